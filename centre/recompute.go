package centre

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Computed is a report with the windows it was made from.
type Computed struct {
	Plant   *pipeline.Plant
	Report  pipeline.Report
	Windows []pipeline.Reconciliation
}

// Report makes a report from the log alone, beside a centre that may be
// running: every figure is computed again from raw words. Progress may be nil.
func (c *Config) Report(ctx context.Context, q ReportQuery, progress func(done, total int)) (Computed, error) {
	return c.compute(ctx, q, progress, func(*pipeline.Plant, measure.Interval) watcher { return func(measure.Interval, pipeline.Result) {} })
}

// A watcher is shown each part of a period as it is computed.
type watcher func(measure.Interval, pipeline.Result)

// compute makes a report and shows whoever asks each part of the period as it
// is computed.
func (c *Config) compute(ctx context.Context, q ReportQuery, progress func(done, total int), watch func(*pipeline.Plant, measure.Interval) watcher) (out Computed, err error) {
	archive, err := c.Archive()
	if err != nil {
		return out, err
	}
	plants, _, err := c.inputs()
	if err != nil {
		return out, err
	}
	reader := &ingest.Reader{Log: archive.Vouched(), Decode: devices.Decode}
	book, _, err := bookOf(ctx, reader.Log, q.Plant)
	if err != nil {
		return out, err
	}
	lab := book.Lab()
	for _, p := range plants {
		if p.ID == q.Plant {
			out.Plant = p
		}
	}
	if out.Plant == nil {
		return out, fmt.Errorf("%w: no plant %s", ErrNoPeriod, q.Plant)
	}
	of, w, err := q.period(out.Plant, lab)
	if err != nil {
		return out, err
	}
	rollups, windows, err := computeAll(ctx, out.Plant, lab, reader, w, progress, watch(out.Plant, w))
	if err != nil {
		return out, err
	}
	first, _ := slices.BinarySearchFunc(windows, w.From.UnixNano(), func(r pipeline.Reconciliation, at int64) int { return cmp.Compare(r.From, at) })
	out.Windows = windows[first:]
	out.Report = out.Plant.Report(of, w, rollups, lab, windows[:first], out.Windows)
	return out, nil
}

// computeAll computes a day at a time; of the time before w it keeps the
// reconciled windows only.
func computeAll(ctx context.Context, p *pipeline.Plant, lab *pipeline.Lab, src pipeline.Source, w measure.Interval, progress func(done, total int), each watcher) (map[measure.Tag][]pipeline.Rollup, []pipeline.Reconciliation, error) {
	rollups, windows := map[measure.Tag][]pipeline.Rollup{}, []pipeline.Reconciliation{}
	from := w.From.Add(-Followed)
	for at := from; at.Before(w.To); {
		to := at.Truncate(24 * time.Hour).Add(24 * time.Hour)
		if to.After(w.To) {
			to = w.To
		}
		result, err := pipeline.Compute(ctx, p, lab, src, measure.Interval{From: at, To: to})
		if err != nil {
			return nil, nil, err
		}
		each(measure.Interval{From: at, To: to}, result)
		windows = append(windows, result.Balances...)
		for tag, all := range result.Rollups {
			for _, r := range all {
				if r.From >= w.From.Add(-pipeline.Step).UnixNano() {
					rollups[tag] = append(rollups[tag], r)
				}
			}
		}
		if at = to; progress != nil {
			progress(int(at.Sub(from)/(24*time.Hour)), int(w.To.Sub(from)/(24*time.Hour)))
		}
	}
	return rollups, windows, nil
}
