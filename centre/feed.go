package centre

import (
	"context"
	"iter"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/projection"
)

// feed shows the leaves of the log to the projections.
type feed struct{ reader *ingest.Reader }

// Since yields the touches of the log from a leaf index on.
func (f feed) Since(ctx context.Context, index uint64) iter.Seq2[projection.Touch, error] {
	return func(yield func(projection.Touch, error) bool) {
		for touch, err := range f.reader.Since(ctx, index) {
			if err != nil {
				yield(projection.Touch{}, err)
				return
			}
			if !yield(f.touch(ctx, touch)) {
				return
			}
		}
	}
}

func (f feed) touch(ctx context.Context, t ingest.Touch) (out projection.Touch, err error) {
	out = projection.Touch{Index: t.Index, Kind: t.Kind, Plants: t.Plants, Interval: t.Interval}
	if v, ok := f.reader.Log.(*ingest.TrustedLog); ok && (t.Kind == evidence.Lab || t.Kind == evidence.Records || t.Kind == evidence.Statement) {
		right, err := v.Trusts(ctx, t.Index)
		if err != nil {
			return projection.Touch{}, err
		}
		if !right { // it changes nothing
			return projection.Touch{Index: t.Index, Kind: evidence.Config}, nil
		}
	}
	switch t.Kind {
	case evidence.Batch:
		out.Batch = batchRow(t)
		if out.Runs, err = f.reader.Runs(ctx, t); err != nil {
			return projection.Touch{}, err
		}
	case evidence.Clock:
		if out.Runs, err = f.correctedIntervals(ctx, t.Leaf); err != nil {
			return projection.Touch{}, err
		}
	case evidence.Lab, evidence.Records:
		out.Interval = measure.Interval{} // its lots tell which time it speaks of
		out.Lab = &projection.LabFile{Kind: out.Kind, Name: t.Leaf.Name, Body: t.Leaf.Body, From: t.Leaf.From}
	case evidence.Config, evidence.Signature, evidence.Roll: // none changes what is computed
		out.Interval, out.Plants = measure.Interval{}, nil
	case evidence.Statement:
		row, err := statementRow(t)
		if err != nil {
			return projection.Touch{}, err
		}
		out.Statement = row
	}
	return out, nil
}

// correctedIntervals returns the time in which scans stood and in which they stand now
// that a correction is in the log.
func (f feed) correctedIntervals(ctx context.Context, l evidence.Leaf) (runs []measure.Interval, err error) {
	c, err := evidence.DecodeCorrection(l)
	if err != nil {
		return []measure.Interval{}, nil //nolint:nilerr // it corrects nothing
	}
	plants := l.Plants
	if len(plants) == 0 { // a gateway's own is of all that it serves
		plants = []string{""}
	}
	for _, plant := range plants {
		stood, err := f.reader.TimesOf(ctx, plant, c.Agent, c.Shifts)
		if err != nil {
			return nil, err
		}
		runs = append(runs, stood...)
	}
	return runs, nil
}
