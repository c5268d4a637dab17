package ingest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// runBreak is how long no reading ends a run.
const runBreak = time.Hour

// Runs returns the stretches of a batch's time that its readings lie in, in
// order, none with a pause of an hour within: a batch from a gateway whose clock
// was not set may bridge decades. A batch of a short time is one run.
func (r *Reader) Runs(ctx context.Context, t Touch) ([]measure.Interval, error) {
	if t.Interval.Length() <= 2*runBreak {
		return []measure.Interval{t.Interval}, nil
	}
	b, err := r.Batch(ctx, t.Index)
	if err != nil {
		return nil, err
	}
	minutes := map[int64]bool{}
	for at := range r.times(ctx, b) {
		if t.Interval.Contains(at) {
			minutes[at/int64(time.Minute)] = true
		}
	}
	var runs []measure.Interval
	for _, minute := range slices.Sorted(maps.Keys(minutes)) {
		w := measure.Window(minute*int64(time.Minute), time.Minute)
		if n := len(runs); n > 0 && w.From.Sub(runs[n-1].To) < runBreak {
			runs[n-1].To = w.To
		} else {
			runs = append(runs, w)
		}
	}
	if n := len(runs); n > 0 && runs[n-1].To.After(t.Interval.To) {
		runs[n-1].To = t.Interval.To
	}
	return runs, nil
}

// times yields the times of a batch's readings, or of its scans where nothing
// decodes them.
func (r *Reader) times(ctx context.Context, b *Batch) func(yield func(int64) bool) {
	return func(yield func(int64) bool) {
		catalogue, err := r.Catalogue(ctx, b.Catalogue)
		var all []measure.Series
		if err == nil {
			all, err = r.Decode(catalogue, b.Scans)
		}
		if err != nil {
			for _, scan := range b.Scans {
				if !yield(scan.At) {
					return
				}
			}
		}
		for _, s := range all {
			for _, sample := range s.Samples {
				if !yield(sample.At) {
					return
				}
			}
		}
	}
}
