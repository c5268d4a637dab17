package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/program"
	"github.com/nielu/nielu/verifier"
)

type exportCommand struct {
	centreFile
	Plant  string `required:"" help:"The plant."`
	From   string `required:"" placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To     string `required:"" placeholder:"TIME" help:"The instant after the last."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"The bundle to write, or the folder for tables."`
	Format string `enum:"bundle,csv,parquet" default:"bundle" help:"bundle, or only its tables as csv or parquet (${default})."`
}

// Run writes a bundle from the log as its newest checkpoint has it, beside a
// centre that may be running.
func (e *exportCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := e.of(ctx, e.Plant)
	if err != nil {
		return err
	}
	w, err := measure.ParseInterval(e.From, e.To)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	disk, err := config.Archive()
	if err != nil {
		return err
	}
	if err := usageError(disk.SpeaksOf(ctx, e.Plant, w)); err != nil {
		return err
	}
	meter := program.NewMeter(s.Err)
	maker, query := export.Maker{
		Log: disk.Leaves, Replay: verifier.Readings, LogKey: disk.LogKey,
		Key: disk.Key.Verifier(), Sign: disk.Key.SignNote, Name: "nielu " + program.Version(),
		File:     disk.Files.Read,
		Progress: func(x export.Step) { meter.Rate(x.Stage, x.Done, x.Total, x.Readings) },
	}, export.Query{Plant: e.Plant, Interval: w}
	if e.Format != "bundle" {
		err := e.tables(ctx, s, maker, query)
		meter.Clear()
		return err
	}
	size, err := e.write(ctx, maker, query)
	meter.Clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "%s: %.1f MB, %s %s; verify it with: nielu-audit verify %s --policy %s\n",
		e.Output, float64(size)/1e6, e.Plant, w, e.Output, disk.Policy)
	return nil
}

// write writes the bundle beside its place and moves it there when it is whole.
func (e *exportCommand) write(ctx context.Context, m export.Maker, q export.Query) (size int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(e.Output), ".export-*")
	if err != nil {
		return 0, fmt.Errorf("write bundle: %w", err)
	}
	defer os.Remove(part.Name())
	defer part.Close()
	if err := export.Build(ctx, m, q, part); err != nil {
		return 0, err
	}
	info, err := part.Stat()
	if err != nil {
		return 0, fmt.Errorf("write bundle: %w", err)
	}
	for _, step := range []func() error{
		func() error { return part.Chmod(0o644) }, part.Sync, part.Close,
		func() error { return os.Rename(part.Name(), e.Output) },
	} {
		if err := step(); err != nil {
			return 0, fmt.Errorf("write bundle: %w", err)
		}
	}
	return info.Size(), nil
}
