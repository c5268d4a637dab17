package export

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// counter is a source that counts the readings it gives, each once: those of
// the interval, by tag. The readings around the edge of a piece, which the
// next piece asks for again, are told by their time.
type counter struct {
	source pipeline.Source
	w      measure.Interval

	mu    sync.Mutex
	spans map[measure.Tag]*tally
}

// tally holds, for one tag, readings by minute, so that a minute that is
// asked for twice counts once.
type tally struct{ minutes map[int64]count }

type count struct{ all, usable int }

func newCounter(source pipeline.Source, w measure.Interval) *counter {
	return &counter{source: source, w: w, spans: map[measure.Tag]*tally{}}
}

// Readings passes the source's series on.
func (c *counter) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	series, err := c.source.Readings(ctx, plant, w)
	if err != nil {
		return nil, err
	}
	for _, s := range series {
		c.count(s)
	}
	return series, nil
}

// count tallies a series. Its first and last minute may be cut short at the
// edge of what was asked for; the fuller count of a minute is kept.
func (c *counter) count(s measure.Series) {
	minutes := map[int64]count{}
	from, to := c.w.From.UnixNano(), c.w.To.UnixNano()
	lost := measure.BadBecause(measure.Unknown) // stands where readings were lost: it is none itself
	minute, n := int64(-1), count{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.At < from || x.At >= to || x.Quality == lost {
			continue
		}
		if m := x.At / int64(pipeline.Step); m != minute {
			if minute >= 0 {
				minutes[minute] = n
			}
			minute, n = m, minutes[m]
		}
		n.all++
		if x.Quality.Usable() {
			n.usable++
		}
	}
	if minute >= 0 {
		minutes[minute] = n
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.spans[s.Tag]
	if t == nil {
		t = &tally{map[int64]count{}}
		c.spans[s.Tag] = t
	}
	for m, n := range minutes {
		if n.all > t.minutes[m].all {
			t.minutes[m] = n
		}
	}
}

// coverage returns what each tag of the plant brought, and the sum of readings.
func (c *counter) coverage(plant *pipeline.Plant, rollups map[measure.Tag][]pipeline.Rollup) (out []TagCoverage, readings int) {
	for _, plan := range plant.Tags {
		tag := TagCoverage{Tag: string(plan.Tag), Unit: plan.Unit.String()}
		if t := c.spans[plan.Tag]; t != nil {
			for _, n := range t.minutes {
				tag.Readings += n.all
				tag.Usable += n.usable
			}
		}
		sum, windows := 0.0, 0
		for _, r := range rollups[plan.Tag] {
			if c.w.Contains(r.From) {
				sum += r.Coverage
				windows++
			}
		}
		if windows > 0 {
			tag.Coverage = sum / float64(windows)
		}
		readings += tag.Readings
		out = append(out, tag)
	}
	return out, readings
}

// holes returns the stretches, in whole minutes, for which a tag of the plant
// has no reading, not even a bad one, longer than its stale time. Tags that
// are silent together share a gap.
func (c *counter) holes(plant *pipeline.Plant) (holes []Gap) {
	type stretch struct{ from, to int64 }
	step := int64(pipeline.Step)
	first, end := c.w.From.UnixNano()/step, (c.w.To.UnixNano()+step-1)/step
	silent := map[stretch][]string{}
	for _, plan := range plant.Tags {
		var minutes map[int64]count
		if t := c.spans[plan.Tag]; t != nil {
			minutes = t.minutes
		}
		last := first - 1 // the minute of the last reading
		for m := first; m <= end; m++ {
			if m < end && minutes[m].all == 0 {
				continue
			}
			if s := (stretch{(last + 1) * step, m * step}); s.to-s.from > int64(plan.Stale) {
				silent[s] = append(silent[s], string(plan.Tag))
			}
			last = m
		}
	}
	for s, tags := range silent {
		holes = append(holes, Gap{"any agent", at(max(s.from, c.w.From.UnixNano())), at(min(s.to, c.w.To.UnixNano())),
			fmt.Sprintf("no reading of %d of the plant's %d tags: %s", len(tags), len(plant.Tags), strings.Join(tags, ", "))})
	}
	slices.SortFunc(holes, compareGaps)
	return holes
}
