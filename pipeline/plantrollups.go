package pipeline

import (
	"context"

	"github.com/nielu/nielu/measure"
)

// RollupsOf returns the minutes of w of each tag of a plant, from the readings
// of its tags within [Lookback] of w. While a tag is known to drift its
// minutes are uncertain, and so are those that break a rule on a sum.
func RollupsOf(ctx context.Context, p *Plant, readings map[measure.Tag]measure.Series, drifts func(measure.Tag) []measure.Interval, w measure.Interval) (map[measure.Tag][]Rollup, error) {
	all := make(map[measure.Tag][]Rollup, len(p.Tags))
	process := p.process(readings, w)
	for _, t := range p.Tags {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all[t.Tag] = rollups(t, readings[t.Tag], w, Step, process)
		doubt(all[t.Tag], drifts(t.Tag))
	}
	for _, s := range p.Sums {
		p.judge(s, all)
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
