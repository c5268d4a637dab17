package rollup

import (
	"context"
	"maps"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// OfPlant returns the minutes of w of the tags asked for, without any of each
// tag of a plant, from the readings of its tags within [Lookback] of w. While a
// tag is known to drift its minutes are uncertain, and so are those that break
// a rule on a sum.
func OfPlant(ctx context.Context, p *flowsheet.Plant, readings map[measure.Tag]measure.Series, drifts func(measure.Tag) []measure.Interval, w measure.Interval, tags ...measure.Tag) (map[measure.Tag][]Rollup, error) {
	all := make(map[measure.Tag][]Rollup, len(p.Tags))
	needed := withSummands(p, tags)
	process := standstillsOf(p, readings, w)
	for _, t := range p.Tags {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(tags) > 0 && !needed[t.Tag] {
			continue
		}
		all[t.Tag] = of(t, readings[t.Tag], w, Step, process)
		doubt(all[t.Tag], drifts(t.Tag))
	}
	for _, s := range p.Sums {
		checkSum(p, s, all)
	}
	if len(tags) > 0 { // summands that nobody asked for have but some of their sums
		maps.DeleteFunc(all, func(tag measure.Tag, _ []Rollup) bool { return !slices.Contains(tags, tag) })
	}
	return all, nil
}

// withSummands returns the tags and those that stand in a sum with one of them,
// whose means say whether the rule on it holds.
func withSummands(p *flowsheet.Plant, tags []measure.Tag) map[measure.Tag]bool {
	needed := map[measure.Tag]bool{}
	for _, tag := range tags {
		needed[tag] = true
		for _, s := range p.Sums {
			if slices.Contains(s.Tags, tag) {
				for _, summand := range s.Tags {
					needed[summand] = true
				}
			}
		}
	}
	return needed
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
