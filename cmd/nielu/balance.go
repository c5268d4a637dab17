package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/picture"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/program"
)

type balanceCommand struct {
	centreFile
	Plant    string `required:"" help:"The plant."`
	Lot      string `xor:"period" help:"A production batch, as the laboratory file names it."`
	Campaign string `xor:"period" help:"A campaign, as the laboratory file names it."`
	From     string `xor:"period" placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To       string `placeholder:"TIME" help:"The instant after the last."`
	Problem  string `placeholder:"FILE.json" help:"Also write the period as a problem for nielu reconcile."`
	Picture  string `placeholder:"FILE.svg" help:"Also draw the flowsheet with the reconciled streams."`
	Plot     string `placeholder:"FILE.svg" help:"Also plot the error of the first accused instrument over time."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run computes the balance of a period from the log, beside a centre that may
// be running. It ends with 1 if an instrument is accused or the readings
// contradict each other.
func (b *balanceCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := b.of(ctx, b.Plant)
	if err != nil {
		return err
	}
	query := archive.Query{Plant: b.Plant, Lot: b.Lot, Campaign: b.Campaign}
	if b.Lot == "" && b.Campaign == "" {
		if query.Interval, err = measure.ParseInterval(b.From, b.To); err != nil {
			return program.Exit{Code: program.Usage, Err: fmt.Errorf("name --lot, --campaign, or --from and --to: %w", err)}
		}
	}
	disk, err := config.Archive()
	if err != nil {
		return err
	}
	progress := program.NewMeter(s.Err)
	computed, err := disk.Balance(ctx, query, func(done, total int) { progress.Show("days computed", done, total) })
	progress.Clear()
	if err != nil {
		return usageError(err)
	}
	r := &computed.Report
	if b.JSON {
		err = json.NewEncoder(s.Out).Encode(r)
	} else {
		err = r.Write(s.Out)
	}
	if err == nil {
		err = b.write(computed, s)
	}
	if failed := r.Balance.Passed != nil && !*r.Balance.Passed; err == nil && (failed || len(r.Findings) > 0) {
		return program.Exit{Code: program.Wrong}
	}
	return err
}

// write writes the files that are asked for. Where no instrument is accused
// there is no error to plot, and it says so.
func (b *balanceCommand) write(computed archive.Balance, s program.Streams) error {
	plot := b.Plot
	if plot != "" && len(computed.Report.Findings) == 0 {
		fmt.Fprintln(s.Err, plot+": not written: no instrument is accused, so there is nothing to plot")
		plot = ""
	}
	for _, f := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{b.Problem, func() ([]byte, error) {
			return reconciled.New(computed.Plant).Problem(computed.Plant.ID, computed.Windows).Text()
		}},
		{b.Picture, func() ([]byte, error) { return picture.Balance(computed.Plant, &computed.Report), nil }},
		{plot, func() ([]byte, error) { return picture.Finding(&computed.Report.Findings[0]), nil }},
	} {
		if f.name == "" {
			continue
		}
		body, err := f.make()
		if err == nil {
			err = os.WriteFile(f.name, body, 0o644)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}
