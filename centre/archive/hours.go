package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/rollup"
)

// inTotals brings hours to the unit in which such a thing is added up.
func inTotals(hours []rollup.Hour, unit measure.Unit) ([]rollup.Hour, measure.Unit, error) {
	for _, code := range []string{"kg", "m3{N}", "m3", "kW.h"} {
		total := measure.MustUnit(code)
		c, err := unit.To(total)
		if err != nil {
			continue
		}
		for i := range hours {
			hours[i].Value = c.Apply(hours[i].Value)
		}
		return hours, total, nil
	}
	return nil, unit, fmt.Errorf("%s is no mass, volume or energy: name a tag of a flow or a power", unit)
}

// Hours returns what a rate brought in each hour of a period, computed a day at
// a time, in kg, m3{N}, m3 or kW.h. Progress may be nil.
func (a *Archive) Hours(ctx context.Context, plant string, tag measure.Tag, w measure.Interval, progress func(done, total int)) (hours []rollup.Hour, unit measure.Unit, err error) {
	p, err := a.Plant(plant)
	if err != nil {
		return nil, unit, fmt.Errorf("%w: no tag %s of plant %s", ErrNoPeriod, tag, plant)
	}
	plan, ok := p.Tag(tag)
	switch {
	case !ok:
		return nil, unit, fmt.Errorf("%w: no tag %s of plant %s", ErrNoPeriod, tag, plant)
	case plan.Counter:
		return nil, unit, fmt.Errorf("tag %s is a counter: name a tag of the rate", tag)
	}
	w = w.Align(time.Hour)
	for at := w.From; at.Before(w.To); at = at.Add(24 * time.Hour) {
		to := at.Add(24 * time.Hour)
		if to.After(w.To) {
			to = w.To
		}
		day := measure.Interval{From: at, To: to}
		result, err := pipeline.Rollups(ctx, p, nil, a.Reader, day, tag)
		if err != nil {
			return nil, unit, err
		}
		hours = append(hours, rollup.HoursOf(day, result.Rollups[tag])...)
		if progress != nil {
			progress(int(to.Sub(w.From)/time.Hour), int(w.Length()/time.Hour))
		}
	}
	if unit, err = plan.Unit.Times(measure.MustUnit("h")); err != nil {
		return nil, unit, err
	}
	return inTotals(hours, unit)
}
