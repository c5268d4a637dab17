package centre

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/registry"
	"github.com/nielu/nielu/pipeline/report"
)

// Told gathers what a report for people is made from, from the log alone and
// beside a centre that may be running. With a lot alone the interval is the lot's.
func (c *Config) Told(ctx context.Context, q ReportQuery, only, made string, progress func(done, total int)) (report.Input, error) {
	var gathering *report.Gathering
	computed, err := c.compute(ctx, q, progress, func(p *pipeline.Plant, w measure.Interval) watcher {
		gathering = report.NewGathering(p, w)
		q.Interval = w
		return gathering.Add
	})
	if err != nil {
		return report.Input{}, err
	}
	in, err := c.written(ctx, q.Plant)
	in.Plant, in.Interval, in.Only, in.Made = computed.Plant, q.Interval, only, made
	in.Balance, in.Readings = &computed.Report, gathering.End()
	return in, err
}

// Filed gathers what a registry's form is filled from, from the log alone.
func (c *Config) Filed(ctx context.Context, plant, lot string) (registry.Source, error) {
	plants, _, err := c.inputs()
	if err != nil {
		return registry.Source{}, err
	}
	i := slices.IndexFunc(plants, func(p *pipeline.Plant) bool { return p.ID == plant })
	if i < 0 {
		return registry.Source{}, fmt.Errorf("%w: no plant %s", ErrNoPeriod, plant)
	}
	in, err := c.written(ctx, plant)
	return registry.Source{Plant: plants[i], Lot: lot, Entries: in.Entries, Statements: in.Statements}, err
}

// written gathers what is written of a plant in the log: what people entered,
// statements, and the methods.
func (c *Config) written(ctx context.Context, plant string) (in report.Input, err error) {
	archive, err := c.Archive()
	if err != nil {
		return in, err
	}
	reader := &ingest.Reader{Log: archive.Vouched(), Decode: devices.Decode}
	checkpoint, err := archive.Log.Checkpoint(ctx)
	if err != nil {
		return in, err
	}
	in.Log = report.Log{Origin: checkpoint.Origin, Size: checkpoint.Size, Root: hex.EncodeToString(checkpoint.Root[:])}
	if in.Entries, _, err = entriesOf(ctx, reader.Log, plant); err != nil {
		return in, err
	}
	statements, err := new(acts).register(ctx, reader, plant)
	if err != nil {
		return in, err
	}
	for _, s := range statements.Statements {
		in.Statements = append(in.Statements, *s)
	}
	in.Methods, err = methodsOf(ctx, reader, c.File)
	return in, err
}

// methodsOf returns the methods that the log holds, and the built-in ones.
func methodsOf(ctx context.Context, reader *ingest.Reader, file func(digest string) ([]byte, error)) (all []carbon.Method, err error) {
	add := func(name string, text []byte) {
		m, err := carbon.ParseMethod(name, text)
		if err == nil && !slices.ContainsFunc(all, func(o carbon.Method) bool { return o.Digest == m.Digest }) {
			all = append(all, *m)
		}
	}
	for _, id := range carbon.Methods() {
		name := "methods/" + id + ".yaml"
		text, err := configs.Methods.ReadFile(name)
		if err != nil {
			return nil, err
		}
		add(name, text)
	}
	found, err := reader.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}})
	for _, at := range found {
		leaf, err := reader.Leaf(ctx, at.Index)
		if err != nil {
			return nil, err
		}
		if len(leaf.Plants) == 0 {
			text, err := custody.Content(leaf.Body, file)
			if err != nil {
				return nil, err
			}
			add(leaf.Name, text)
		}
	}
	return all, err
}
