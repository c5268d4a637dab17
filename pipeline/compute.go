package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// Source is where readings come from: the evidence log of the centre, or a
// bundle that an auditor took home. It returns the series of a plant whose
// samples lie within w, in any order; the same samples every time.
type Source interface {
	Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error)
}

// Result is all that is computed for an interval of a plant.
type Result struct {
	Rollups  map[measure.Tag][]Rollup `json:"rollups"`  // by tag of the plan, in order of time
	Closures []Closure                `json:"closures"` // one for each balance window, in order of time
	Balances []Reconciliation         `json:"balances"` // the same windows, reconciled
	Faults   []string                 `json:"faults"`   // what in the evidence does not fit the plan, in words
}

// Compute turns the readings of a plant into rollups of a minute for each tag
// of its plan, and closures for each balance window. w is widened to whole
// balance windows. It is pure: plant, lab and readings alone decide every
// byte, not the order or number of calls; the centre and an auditor both call it.
func Compute(ctx context.Context, p *Plant, lab *Lab, src Source, w measure.Interval) (Result, error) {
	w = w.Align(p.BalanceEvery)
	result := Result{Rollups: map[measure.Tag][]Rollup{}}
	minutes := int(w.Length() / Step)
	for _, t := range p.Tags {
		result.Rollups[t.Tag] = make([]Rollup, 0, minutes)
	}
	// Read in pieces, so that a month does not have to fit into memory. The
	// pieces cannot be seen in the result: a rollup depends on its own minute
	// and on the readings within Lookback of it.
	piece := max(p.BalanceEvery, (6*time.Hour + 4*p.Lookback()).Round(p.BalanceEvery))
	for from := w.From; from.Before(w.To); from = from.Add(piece) {
		part := measure.Interval{From: from, To: from.Add(piece)}
		if part.To.After(w.To) {
			part.To = w.To
		}
		if err := p.compute(ctx, lab, src, part, &result); err != nil {
			return Result{}, err
		}
	}
	slices.Sort(result.Faults)
	result.Faults = slices.Compact(result.Faults)
	return result, nil
}

func (p *Plant) compute(ctx context.Context, lab *Lab, src Source, w measure.Interval, result *Result) error {
	// One minute more in front: the stocks at the start of the first window.
	lead := measure.Interval{From: w.From.Add(-Step), To: w.To}
	series, err := src.Readings(ctx, p.ID, measure.Interval{From: lead.From.Add(-p.Lookback()), To: lead.To.Add(p.Lookback())})
	if err != nil {
		return fmt.Errorf("compute %s %s: %w", p.ID, w, err)
	}
	byTag, faults := collect(p, series)
	result.Faults = append(result.Faults, faults...)
	minutes := make(map[measure.Tag][]Rollup, len(p.Tags))
	process := p.process(byTag, lead)
	for _, t := range p.Tags {
		if err := ctx.Err(); err != nil {
			return err
		}
		minutes[t.Tag] = rollups(t, byTag[t.Tag], lead, Step, process)
		lab.drift(t.Tag, minutes[t.Tag])
	}
	for _, s := range p.Sums {
		p.judge(s, minutes)
	}
	for _, t := range p.Tags {
		result.Rollups[t.Tag] = append(result.Rollups[t.Tag], minutes[t.Tag][1:]...)
	}
	for at := w.From; at.Before(w.To); at = at.Add(p.BalanceEvery) {
		window := measure.Interval{From: at, To: at.Add(p.BalanceEvery)}
		closure, balance := p.Close(window, minutes, lab), p.Reconcile(window, minutes, lab)
		closure.Check = balance.Check()
		result.Closures, result.Balances = append(result.Closures, closure), append(result.Balances, balance)
	}
	return nil
}

// collect brings the series of one tag together in the unit of its plan. A
// series in a unit that does not convert is left out and said; one of a tag
// the plan does not have is none of its business.
func collect(p *Plant, all []measure.Series) (map[measure.Tag]measure.Series, []string) {
	byTag := make(map[measure.Tag]measure.Series, len(p.Tags))
	var faults []string
	for _, s := range all {
		plan, ok := p.Tag(s.Tag)
		if !ok {
			continue
		}
		if _, err := s.Unit.To(plan.Unit); err != nil {
			faults = append(faults, fmt.Sprintf("tag %s: readings in %s: %v; correct the unit in the plant file or in the profile of %s", s.Tag, s.Unit, err, cmp.Or(plan.Instrument, "its instrument")))
			continue
		}
		held, ok := byTag[s.Tag]
		switch {
		case !ok:
			held = s
		case held.Unit == s.Unit:
			held.Samples = append(slices.Clip(held.Samples), s.Samples...)
		default:
			held = inUnit(held, plan.Unit)
			held.Samples = append(held.Samples, inUnit(s, plan.Unit).Samples...)
		}
		byTag[s.Tag] = held
	}
	return byTag, faults
}

func inUnit(s measure.Series, unit measure.Unit) measure.Series {
	c, err := s.Unit.To(unit)
	out := measure.Series{Tag: s.Tag, Unit: unit, Samples: slices.Clone(s.Samples)}
	for i := range out.Samples {
		if err != nil {
			out.Samples[i] = measure.Sample{At: s.Samples[i].At, Quality: measure.BadBecause(measure.Unparsable)}
			continue
		}
		out.Samples[i].Value = c.Apply(out.Samples[i].Value)
	}
	return out
}
