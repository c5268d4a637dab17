package archive

import (
	"context"
	"encoding/hex"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/registry"
	"github.com/nielu/nielu/pipeline/report"
)

// ReportInput gathers what a report for people is made from: of a period, of
// one lot only or of all if only is "", by the program of the name made. With a
// lot alone the interval is the lot's. Progress may be nil.
func (d *Disk) ReportInput(ctx context.Context, q Query, only, made string, progress func(done, total int)) (in report.Input, err error) {
	var gathering *report.Gathering
	balance, err := d.balance(ctx, q, progress, func(p *flowsheet.Plant, w measure.Interval) watcher {
		gathering = report.NewGathering(p, w)
		q.Interval = w
		return gathering.Add
	})
	if err != nil {
		return in, err
	}
	checkpoint, err := d.Leaves.Checkpoint(ctx)
	if err != nil {
		return in, err
	}
	source, err := d.RegistryInput(ctx, q.Plant, only)
	if err != nil {
		return in, err
	}
	methods, err := d.Methods(ctx)
	return report.Input{
		Plant: balance.Plant, Interval: q.Interval, Lot: only, Made: made, Balance: &balance.Report, Readings: gathering.End(),
		Log:     report.Log{Origin: checkpoint.Origin, Size: checkpoint.Size, Root: hex.EncodeToString(checkpoint.Root[:])},
		Entries: source.Entries, Statements: source.Statements, Methods: methods,
	}, err
}

// RegistryInput gathers what a registry's form is filled from.
func (a *Archive) RegistryInput(ctx context.Context, plant, lot string) (in registry.Input, err error) {
	in = registry.Input{Lot: lot}
	if in.Plant, err = a.Plant(plant); err != nil {
		return in, err
	}
	if in.Entries, _, err = a.entries(ctx, plant); err != nil {
		return in, err
	}
	statements, err := a.Statements(ctx, plant)
	if err != nil {
		return in, err
	}
	for _, s := range statements.Statements {
		in.Statements = append(in.Statements, *s)
	}
	return in, nil
}
