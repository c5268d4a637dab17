package export

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/rollup"
)

// recomputation computes anew, day by day, what the leaves give. Only what a
// leaf says enters it.
type recomputation struct {
	all      *leaves
	plant    *flowsheet.Plant
	lab      *lots.Lab
	w        measure.Interval // what the bundle answers
	days     []day
	planned  int                // days that will be computed
	pieces   []measure.Interval // of all days
	needs    [][]int32          // the leaves of each piece
	cores    chan struct{}      // who may compute
	progress Progress

	gathering *report.Gathering
	done      atomic.Int64 // pieces
	readings  atomic.Int64 // decoded
}

const recomputing = "recomputing"

// day is a calendar day (UTC) of the interval, widened to whole balance
// windows, and the pieces it is computed in.
type day struct {
	measure.Interval
	name        string // 2026-11-02
	first, last int    // of the pieces, last is not in it
}

// newRecomputation plans the days. A piece is one question to the source of
// readings, as [pipeline.Compute] asks it.
func newRecomputation(ctx context.Context, all *leaves, m Manifest, progress Progress) (*recomputation, error) {
	plant, err := all.plant(ctx, m.Views.PlantFile, m.Plant)
	if err != nil {
		return nil, err
	}
	lab, err := all.lab(ctx, m.Views.LabFiles)
	if err != nil {
		return nil, err
	}
	r := &recomputation{all: all, plant: plant, lab: lab, w: m.Interval(), progress: progress, cores: make(chan struct{}, runtime.GOMAXPROCS(0))}
	length := max(plant.BalanceEvery, (4*time.Hour + 4*rollup.Lookback(plant)).Round(plant.BalanceEvery))
	whole := r.w.Align(plant.BalanceEvery)
	for from := whole.From; from.Before(whole.To); {
		midnight := from.Truncate(24 * time.Hour).Add(24 * time.Hour)
		d := day{Interval: measure.Interval{From: from, To: earlier(midnight, whole.To)}, name: from.Format(time.DateOnly), first: len(r.pieces)}
		for ; from.Before(d.To); from = from.Add(length) {
			r.pieces = append(r.pieces, measure.Interval{From: from, To: earlier(from.Add(length), d.To)})
		}
		from, d.last = d.To, len(r.pieces)
		r.days = append(r.days, d)
	}
	wider := make([]measure.Interval, len(r.pieces))
	for i, piece := range r.pieces {
		wider[i] = withLookback(piece, plant)
	}
	r.gathering = report.NewGathering(plant, r.w)
	r.needs, r.planned = all.byStretch(wider), len(r.pieces)
	return r, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// dayResult is what was computed for a day.
type dayResult struct {
	name     string
	views    views
	seen     []minutes     // by tag of the plant: which had a reading
	coverage []tagCoverage // by tag of the plant
	packed   []File        // the views as a bundle has them
	report   reportDay
}

// compute computes a day, its pieces side by side: halves computed apart add
// up to the whole.
func (r *recomputation) compute(ctx context.Context, i int) (*dayResult, error) {
	d := r.days[i]
	results := make([]pipeline.Result, d.last-d.first)
	counters := make([]*counter, d.last-d.first)
	group, inner := errgroup.WithContext(ctx)
	for k := range results {
		group.Go(func() error {
			select {
			case r.cores <- struct{}{}:
				defer func() { <-r.cores }()
			case <-inner.Done():
				return inner.Err()
			}
			piece := r.pieces[d.first+k]
			counters[k] = newCounter(r.plant, r.all.replay(r.all.at(r.needs[d.first+k]), nil), r.w, piece)
			var err error
			results[k], err = pipeline.Compute(inner, r.plant, r.lab, counters[k], piece)
			r.progress(Step{Stage: recomputing, Done: r.done.Add(1), Total: int64(r.planned), Readings: r.readings.Add(counters[k].readings())})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &dayResult{name: d.name, views: views{r.plant, join(results)}}
	out.seen, out.coverage = coverageOf(r.plant, counters, d.Interval, out.views.result.Rollups, r.w)
	out.report = reportDay{r.gathering.Condense(d.Interval, out.views.result), reconciled.New(r.plant).Merge(out.views.result.Balances)}
	return out, nil
}

// join puts the results of consecutive pieces together.
func join(results []pipeline.Result) pipeline.Result {
	whole := pipeline.Result{Rollups: map[measure.Tag][]rollup.Rollup{}}
	for _, r := range results {
		for tag, rollups := range r.Rollups {
			whole.Rollups[tag] = append(whole.Rollups[tag], rollups...)
		}
		whole.Closures = append(whole.Closures, r.Closures...)
		whole.Balances = append(whole.Balances, r.Balances...)
		whole.Faults = append(whole.Faults, r.Faults...)
		whole.Foreign = append(whole.Foreign, r.Foreign...)
	}
	slices.Sort(whole.Faults)
	whole.Faults = slices.Compact(whole.Faults)
	return whole
}

// inOrder makes things side by side, as many as there are processors, and uses
// them one after another in their order.
func inOrder[T any](ctx context.Context, n int, produce func(ctx context.Context, i int) (T, error), use func(i int, made T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan T, runtime.GOMAXPROCS(0))
	group.Go(func() error {
		defer close(queue)
		for i := range n {
			made := make(chan T, 1)
			select {
			case queue <- made:
			case <-ctx.Done():
				return ctx.Err()
			}
			group.Go(func() error {
				thing, err := produce(ctx, i)
				if err == nil {
					made <- thing
				}
				return err
			})
		}
		return nil
	})
	group.Go(func() error {
		i := 0
		for made := range queue {
			select {
			case thing := <-made:
				if err := use(i, thing); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			i++
		}
		return nil
	})
	return group.Wait()
}

// parallel calls do(0) to do(n-1) on all processors.
func parallel(ctx context.Context, n int, do func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next sync.Mutex
	at := 0
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(i); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}
