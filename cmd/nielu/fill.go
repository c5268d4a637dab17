package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/program"
)

type fillCommand struct {
	centreFile
	Plant     string `required:"" help:"The plant."`
	Tag       string `required:"" help:"A tag of a rate, such as a flow."`
	From      string `required:"" placeholder:"TIME" help:"First instant, as in 2026-11-02T00:00:00Z."`
	To        string `required:"" placeholder:"TIME" help:"The instant after the last."`
	Rule      string `required:"" enum:"eu-2018-2066,us-part-98" help:"The rule for missing hours: eu-2018-2066 or us-part-98."`
	Direction string `required:"" enum:"emission,removal" help:"emission or removal: which way an error would flatter."`
	Ceiling   string `placeholder:"QUANTITY" help:"Of an emission: the most that it can be, as in \"900 m3{N}/h\"; a missing hour then counts as that."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// fillResult is what the command prints as JSON.
type fillResult struct {
	Unit  string `json:"unit"`
	Hours int    `json:"hours"`
	rollup.FilledTotal
}

// Run adds up the hours of a rate and fills the missing ones by a published rule.
func (f *fillCommand) Run(ctx context.Context, s program.Streams) error {
	config, err := f.of(ctx, f.Plant)
	if err != nil {
		return err
	}
	w, err := measure.ParseInterval(f.From, f.To)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	tag, err := measure.ParseTag(f.Tag)
	if err != nil {
		return program.Exit{Code: program.Usage, Err: err}
	}
	disk, err := config.Archive()
	if err != nil {
		return err
	}
	meter := program.NewMeter(s.Err)
	hours, unit, err := disk.Hours(ctx, f.Plant, tag, w, func(done, total int) { meter.Show("hours computed", done, total) })
	meter.Clear()
	if err != nil {
		return usageError(err)
	}
	gaps := rollup.Gaps{Rule: rollup.GapRule(f.Rule), Direction: rollup.Direction(f.Direction)}
	if f.Ceiling != "" {
		if gaps.Ceiling, err = ceiling(f.Ceiling, unit); err != nil {
			return program.Exit{Code: program.Usage, Err: err}
		}
	}
	total, err := gaps.Fill(hours)
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	if f.JSON {
		return json.NewEncoder(s.Out).Encode(fillResult{Unit: unit.String(), Hours: len(hours), FilledTotal: total})
	}
	for _, line := range []struct {
		what  string
		value float64
		hours int
	}{
		{what: "measured", value: total.Measured, hours: total.MeasuredHours},
		{what: "pro rata", value: total.ProRata, hours: total.ProRataHours},
		{what: "substituted", value: total.Substituted, hours: total.SubstitutedHours},
	} {
		fmt.Fprintf(s.Out, "%-22s %16.6g %s  (%d of %d hours)\n", line.what, line.value, unit, line.hours, len(hours))
	}
	fmt.Fprintf(s.Out, "%-22s %16.6g %s\n%-22s %16.6g %s  as %s\n", "by the rule", total.Published, unit, "that may be used", total.Total, unit, f.Direction)
	if total.Notice != "" {
		fmt.Fprintln(s.Out, total.Notice)
	}
	return nil
}

// ceiling is the most of an hour.
func ceiling(text string, unit measure.Unit) (float64, error) {
	q, err := measure.ParseQuantity(text)
	if err != nil {
		return 0, err
	}
	hour, err := q.Unit.Times(measure.MustUnit("h"))
	if err != nil {
		return 0, err
	}
	return measure.Quantity{Value: q.Value, Unit: hour}.In(unit)
}
