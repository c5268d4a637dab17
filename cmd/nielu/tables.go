package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/parquet"
	"github.com/nielu/nielu/program"
)

// tables writes the tables of an export into a folder, as CSV or as Parquet.
// They come out of a bundle, so that they are what a bundle would show.
func (e *exportCommand) tables(ctx context.Context, s program.Streams, m export.Maker, q export.Query) error {
	if err := os.MkdirAll(e.Output, 0o755); err != nil {
		return fmt.Errorf("folder for the tables: %w", err)
	}
	if held, err := os.ReadDir(e.Output); err != nil || len(held) > 0 {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s is not empty: name another folder", e.Output)}
	}
	bundle, err := os.CreateTemp("", "nielu-export-*")
	if err != nil {
		return err
	}
	defer os.Remove(bundle.Name())
	defer bundle.Close()
	if err := export.Build(ctx, m, q, bundle); err != nil {
		return err
	}
	info, err := bundle.Stat()
	if err != nil {
		return err
	}
	names, err := export.Extract(ctx, bundle, info.Size(), e.Output, func(export.Step) {})
	if err != nil {
		return err
	}
	for _, name := range names {
		if e.Format == "parquet" && strings.HasSuffix(name, ".csv") {
			if name, err = parquet.FromFile(name); err != nil {
				return err
			}
		}
		fmt.Fprintln(s.Out, name)
	}
	return nil
}
