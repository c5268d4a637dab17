package main

import (
	"context"
	"fmt"
	"os"

	"github.com/nielu/nielu/cmd/centre"
	"github.com/nielu/nielu/cmd/nielu-audit/forms"
	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

type exportCommand struct {
	centreFile
	Plant  string `required:"" help:"The plant."`
	From   string `required:"" placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To     string `required:"" placeholder:"TIME" help:"The instant after the last."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"The bundle to write."`
}

// Run writes a bundle from the log as its newest checkpoint has it, beside a
// centre that may be running.
func (e *exportCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := centre.ReadConfig(e.File)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	w, err := measure.ParseInterval(e.From, e.To)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	archive, err := config.Archive()
	if err != nil {
		return err
	}
	bundle, err := export.Build(ctx, export.Maker{
		Log: forms.Log{Reader: archive.Log}, Forms: forms.Forms(), LogKey: archive.LogKey,
		Key: archive.Key.Verifier(), Sign: archive.Key.SignNote, Name: "nielu " + program.Version(),
	}, export.Query{Plant: e.Plant, Interval: w})
	if err != nil {
		return err
	}
	if err := os.WriteFile(e.Output, bundle, 0o644); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	fmt.Fprintf(s.Err, "%s: %.1f MB, %s %s; verify it with: nielu-audit verify %s --policy %s\n",
		e.Output, float64(len(bundle))/1e6, e.Plant, w, e.Output, archive.PolicyFile)
	return nil
}
