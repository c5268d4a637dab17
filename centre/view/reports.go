package view

import (
	"context"
	"sync"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// reportCache keeps the last reports for a moment: a page asks for a report,
// its picture and its plots at once, and each is computed from the evidence.
type reportCache struct {
	mu   sync.Mutex
	kept map[archive.Query]*cachedReport
}

type cachedReport struct {
	mu     sync.Mutex // held while it is made: who asks meanwhile waits for it
	made   time.Time
	report pipeline.PeriodReport
}

const (
	reportKept  = 20 * time.Second
	mostReports = 16
)

// Report returns the report of a period; the error wraps [archive.ErrNoPeriod]
// if there is none of that name.
func (v *View) Report(ctx context.Context, q archive.Query) (pipeline.PeriodReport, error) {
	k := v.reports.of(q)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.made.IsZero() && time.Since(k.made) < reportKept {
		return k.report, nil
	}
	r, err := v.report(ctx, q)
	if err != nil {
		return r, err
	}
	k.report, k.made = r, time.Now()
	return r, nil
}

// of returns the place of a query, and makes room for it.
func (c *reportCache) of(q archive.Query) *cachedReport {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[archive.Query]*cachedReport{}
	}
	if c.kept[q] == nil {
		for old := range c.kept { // any one: it is made again if it is asked for
			if len(c.kept) < mostReports {
				break
			}
			delete(c.kept, old)
		}
		c.kept[q] = &cachedReport{}
	}
	return c.kept[q]
}

// report makes a report, its reconciled windows from the projections.
func (v *View) report(ctx context.Context, q archive.Query) (r pipeline.PeriodReport, err error) {
	p, err := v.archive.Plant(q.Plant)
	if err != nil {
		return r, err
	}
	lab, err := v.store.Lab(ctx)
	if err != nil {
		return r, err
	}
	name, w, err := q.Period(p, lab)
	if err != nil {
		return r, err
	}
	// From the evidence, not from the store: what a claim may count is not kept
	// there. One window more in front brings the stocks at the start.
	computed, err := pipeline.Rollups(ctx, p, lab, v.archive.Reader, measure.Interval{From: w.From.Add(-p.BalanceEvery), To: w.To}.Align(p.BalanceEvery))
	if err != nil {
		return r, err
	}
	history, windows, err := v.windows(ctx, p, w)
	if err != nil {
		return r, err
	}
	return pipeline.Report(p, name, w, computed.Rollups, lab, history, windows), nil
}

// windows returns the reconciled windows of a period, and those before it in
// which instruments are followed.
func (v *View) windows(ctx context.Context, p *flowsheet.Plant, w measure.Interval) (history, windows []reconciled.Reconciliation, err error) {
	if history, err = v.store.Balances(ctx, p.ID, measure.Interval{From: w.From.Add(-archive.History), To: w.From}); err != nil {
		return nil, nil, err
	}
	windows, err = v.store.Balances(ctx, p.ID, w)
	return history, windows, err
}
