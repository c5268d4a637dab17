package rollup

import (
	"context"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// OfPlant returns the minutes of w of each tag of a plant, from the readings
// of its tags within [Lookback] of w. While a tag is known to drift its
// minutes are uncertain, and so are those that break a rule on a sum.
func OfPlant(ctx context.Context, p *flowsheet.Plant, readings map[measure.Tag]measure.Series, drifts func(measure.Tag) []measure.Interval, w measure.Interval) (map[measure.Tag][]Rollup, error) {
	all := make(map[measure.Tag][]Rollup, len(p.Tags))
	process := standstillsOf(p, readings, w)
	for _, t := range p.Tags {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all[t.Tag] = of(t, readings[t.Tag], w, Step, process)
		doubt(all[t.Tag], drifts(t.Tag))
	}
	for _, s := range p.Sums {
		checkSum(p, s, all)
	}
	return all, nil
}

// doubt makes the minutes uncertain in which a tag was known to drift.
func doubt(minutes []Rollup, drifts []measure.Interval) {
	for _, w := range drifts {
		for i := range minutes {
			r := &minutes[i]
			if w.Overlaps(measure.Window(r.From, Step)) {
				r.Quality = measure.Worse(r.Quality, measure.UncertainBecause(measure.Drift))
			}
		}
	}
}
