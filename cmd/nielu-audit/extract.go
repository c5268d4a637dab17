package main

import (
	"context"
	"fmt"
	"os"

	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/program"
)

type extractCommand struct {
	Bundle string
	Folder string
}

// Flags adds what the command asks.
func (x *extractCommand) Flags(f *program.Flags) {
	f.Argument(&x.Bundle, "bundle", "Bundle to read, as made by nielu export.")
	f.Argument(&x.Folder, "folder", "Folder to write to; it is made, and must be empty.")
}

// Run writes the tables of a bundle as CSV, each of the whole interval, and what
// people and the centre wrote.
func (x *extractCommand) Run(ctx context.Context, s program.Streams) error {
	bundle, err := os.Open(x.Bundle)
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	defer bundle.Close()
	info, err := bundle.Stat()
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	if err := os.MkdirAll(x.Folder, 0o755); err != nil {
		return fmt.Errorf("folder for the tables: %w", err)
	}
	if held, err := os.ReadDir(x.Folder); err != nil || len(held) > 0 {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s is not empty: name another folder", x.Folder)}
	}
	meter := program.NewMeter(s.Err)
	names, err := export.Extract(ctx, bundle, info.Size(), x.Folder, func(x export.Step) { meter.Rate(x.Stage, x.Done, x.Total, x.Readings) })
	meter.Clear()
	if err != nil {
		return err
	}
	for _, name := range names {
		fmt.Fprintln(s.Out, name)
	}
	fmt.Fprintln(s.Err, "These are the maker's tables as they stand in the bundle: only verify says what they are worth.")
	return nil
}
