package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Query asks for the balance of a period: of a lot, of a campaign, or of an
// interval.
type Query struct {
	Plant, Lot, Campaign string
	Interval             measure.Interval
}

// History is how far before a period instruments are followed.
const History = 28 * 24 * time.Hour

// Period finds what a query asks for, and how it is called.
func (q Query) Period(p *flowsheet.Plant, lab *lots.Lab) (name string, w measure.Interval, err error) {
	switch {
	case q.Lot != "":
		lot, ok := lab.Lot(q.Lot)
		if !ok || lot.Plant != p.ID {
			return "", w, fmt.Errorf("%w: no laboratory file in the log speaks of lot %s of %s; a running centre enters new files", ErrNoPeriod, q.Lot, p.ID)
		}
		name, w = "lot "+lot.ID, lot.Interval
	case q.Campaign != "":
		c, ok := lab.Campaign(q.Campaign)
		if !ok || c.Plant != p.ID {
			return "", w, fmt.Errorf("%w: no laboratory file in the log speaks of campaign %s of %s; a running centre enters new files", ErrNoPeriod, q.Campaign, p.ID)
		}
		name, w = "campaign "+c.ID, c.Interval
	default:
		name, w = "interval", q.Interval
	}
	return name, w.Align(p.BalanceEvery), nil
}

// Balance is a report of a period with the windows it was made from.
type Balance struct {
	Plant   *flowsheet.Plant
	Report  pipeline.PeriodReport
	Windows []reconciled.Reconciliation
}

// Balance reports a period, every figure of it computed from raw words.
// Progress may be nil.
func (a *Archive) Balance(ctx context.Context, q Query, progress func(done, total int)) (Balance, error) {
	return a.balance(ctx, q, progress, func(*flowsheet.Plant, measure.Interval) watcher { return func(measure.Interval, pipeline.Result) {} })
}

// A watcher is shown each part of a period as it is computed.
type watcher func(measure.Interval, pipeline.Result)

// balance reports a period and shows whoever asks each part of it as it is
// computed.
func (a *Archive) balance(ctx context.Context, q Query, progress func(done, total int), watch func(*flowsheet.Plant, measure.Interval) watcher) (b Balance, err error) {
	book, _, err := a.Book(ctx, q.Plant)
	if err != nil {
		return b, err
	}
	lab := book.Lab()
	if b.Plant, err = a.Plant(q.Plant); err != nil {
		return b, err
	}
	name, w, err := q.Period(b.Plant, lab)
	if err != nil {
		return b, err
	}
	rollups, windows, err := computeAll(ctx, b.Plant, lab, a.Reader, w, progress, watch(b.Plant, w))
	if err != nil {
		return b, err
	}
	first, _ := slices.BinarySearchFunc(windows, w.From.UnixNano(), func(r reconciled.Reconciliation, at int64) int { return cmp.Compare(r.From, at) })
	b.Windows = windows[first:]
	b.Report = pipeline.Report(b.Plant, name, w, rollups, lab, windows[:first], b.Windows)
	return b, nil
}

// computeAll computes a day at a time; of the time before w it keeps the
// reconciled windows only.
func computeAll(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, src pipeline.Source, w measure.Interval, progress func(done, total int), each watcher) (map[measure.Tag][]rollup.Rollup, []reconciled.Reconciliation, error) {
	rollups, windows := map[measure.Tag][]rollup.Rollup{}, []reconciled.Reconciliation{}
	from := w.From.Add(-History)
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
				if r.From >= w.From.Add(-rollup.Step).UnixNano() {
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
