package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/program"
)

type reportCommand struct {
	centreFile
	Plant  string   `required:"" help:"The plant."`
	From   string   `placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To     string   `placeholder:"TIME" help:"The instant after the last."`
	Lot    string   `help:"Tell of this production batch alone; without from and to, over its time."`
	Output []string `short:"o" required:"" placeholder:"FILE" help:"The file to write: .html, .pdf or .xlsx; may be given more than once."`
}

// makers of a report, by the end of a file's name.
var makers = map[string]func(report.Input) ([]byte, error){".html": report.HTML, ".pdf": report.PDF, ".xlsx": report.Workbook}

// Run writes a report from the log, beside a centre that may be running.
func (r *reportCommand) Run(ctx context.Context, s program.Streams) error {
	for _, name := range r.Output {
		if makers[filepath.Ext(name)] == nil {
			return program.Exit{Code: program.Usage, Err: fmt.Errorf("%s: a report is written as .html, .pdf or .xlsx", name)}
		}
	}
	config, err := r.of(ctx, r.Plant)
	if err != nil {
		return err
	}
	query := centre.ReportQuery{Plant: r.Plant}
	if r.From == "" && r.To == "" && r.Lot != "" {
		query.Lot = r.Lot
	} else if query.Interval, err = measure.ParseInterval(r.From, r.To); err != nil {
		return program.Exit{Code: program.Usage, Err: fmt.Errorf("name --from and --to, or --lot: %w", err)}
	}
	progress := program.NewMeter(s.Err)
	in, err := config.Told(ctx, query, r.Lot, "nielu "+program.Version(), func(done, total int) { progress.Show("days computed", done, total) })
	progress.Clear()
	if err != nil {
		return asked(err)
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
