package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/print"
	"github.com/nielu/nielu/pipeline/report/workbook"
	"github.com/nielu/nielu/program"
	"github.com/nielu/nielu/verifier"
)

type reportCommand struct {
	Bundle string `arg:"" optional:"" help:"Make it from this evidence bundle, which is verified first, and not from the log."`
	Policy string `placeholder:"FILE" help:"The keys you trust, as for nielu-audit verify; with a bundle."`
	centreFile
	Plant  string   `help:"The plant. A bundle has but one."`
	From   string   `placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To     string   `placeholder:"TIME" help:"The instant after the last."`
	Lot    string   `help:"Tell of this production batch alone; without from and to, over its time."`
	Output []string `short:"o" required:"" placeholder:"FILE" help:"The file to write: .html, .pdf or .xlsx; may be given more than once."`
}

// makers of a report, by the end of a file's name.
var makers = map[string]func(report.Input) ([]byte, error){".html": report.HTML, ".pdf": print.PDF, ".xlsx": workbook.XLSX}

// Run writes a report from a bundle, or from the log beside a centre that may
// be running.
func (r *reportCommand) Run(ctx context.Context, s program.Streams) error {
	for _, name := range r.Output {
		if makers[filepath.Ext(name)] == nil {
			return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: a report is written as .html, .pdf or .xlsx", name)}
		}
	}
	gather := r.fromLog
	if r.Bundle != "" {
		gather = r.fromBundle
	}
	in, err := gather(ctx, s)
	if err != nil {
		return err
	}
	for _, name := range r.Output {
		text, err := makers[filepath.Ext(name)](in)
		if err == nil {
			err = os.WriteFile(name, text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(s.Err, "%s: %.1f kB\n", name, float64(len(text))/1000)
	}
	return nil
}

// fromLog computes what the report is made from.
func (r *reportCommand) fromLog(ctx context.Context, s program.Streams) (in report.Input, err error) {
	switch {
	case r.Plant == "":
		return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("name the plant with --plant, or a bundle")}
	case r.Policy != "":
		return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("--policy says whose bundle to believe: name a bundle, or leave it out")}
	}
	config, err := r.of(ctx, r.Plant)
	if err != nil {
		return in, err
	}
	query := archive.Query{Plant: r.Plant}
	if r.From == "" && r.To == "" && r.Lot != "" {
		query.Lot = r.Lot
	} else if query.Interval, err = measure.ParseInterval(r.From, r.To); err != nil {
		return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("name --from and --to, or --lot: %w", err)}
	}
	disk, err := config.Archive()
	if err != nil {
		return in, err
	}
	progress := program.NewMeter(s.Err)
	in, err = disk.ReportInput(ctx, query, r.Lot, "nielu "+program.Version(), func(done, total int) { progress.Show("days computed", done, total) })
	progress.Clear()
	return in, usageError(err)
}

// fromBundle verifies a bundle and takes from it what the report is made from.
// A bundle in which anything is wrong gives none.
func (r *reportCommand) fromBundle(ctx context.Context, s program.Streams) (in report.Input, err error) {
	if r.Plant != "" || r.From != "" || r.To != "" {
		return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("a bundle is of one plant and one interval: leave out --plant, --from and --to")}
	}
	var o export.Options
	if r.Policy != "" {
		text, err := program.ReadConfig(r.Policy)
		if err == nil {
			o.Policy, err = export.ParsePolicy(r.Policy, text)
		}
		if err != nil {
			return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("read policy: %w", err)}
		}
	}
	bundle, err := os.Open(r.Bundle)
	if err != nil {
		return in, fmt.Errorf("read bundle: %w", err)
	}
	defer bundle.Close()
	info, err := bundle.Stat()
	if err != nil {
		return in, fmt.Errorf("read bundle: %w", err)
	}
	o.Replay, o.Published = verifier.Readings, verifier.Method
	meter := program.NewMeter(s.Err)
	o.Progress = func(x export.Step) { meter.Rate(x.Stage, x.Done, x.Total, x.Readings) }
	found, err := export.Verify(ctx, bundle, info.Size(), o)
	meter.Clear()
	if err != nil {
		return in, err
	}
	people := found.ReportInput()
	if people == nil || found.Result != export.Verified && found.Result != export.Incomplete {
		return in, program.Exit{Code: max(program.Wrong, int(found.Result)), Err: fmt.Errorf("%s: %s; no report is made of it, run nielu-audit verify to see why", r.Bundle, found.Verdict())}
	}
	all := people.LotNames()
	if r.Lot != "" && !slices.Contains(all, r.Lot) {
		return in, program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: nothing in this bundle speaks of lot %s; its lots are %s", r.Bundle, r.Lot, cmp.Or(strings.Join(all, ", "), "none"))}
	}
	people.Lot = r.Lot
	fmt.Fprintf(s.Err, "%s: %s\n", r.Bundle, found.Verdict())
	return *people, nil
}
