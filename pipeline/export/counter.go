package export

import (
	"context"
	"sync"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

// counter is a source that counts the readings it gives, by tag, but for those
// that are refused: those of a
// piece that lie within the interval of the bundle.
type counter struct {
	source pipeline.Source
	plant  *flowsheet.Plant
	from   int64 // readings in [from, to) are counted
	to     int64
	first  int64 // minute of from, since the epoch
	length int   // minutes

	mu    sync.Mutex
	tally map[measure.Tag][]readingCount // by minute
}

type readingCount struct{ all, usable int32 }

func newCounter(plant *flowsheet.Plant, source pipeline.Source, w, piece measure.Interval) *counter {
	c := &counter{source: source, plant: plant, from: max(w.From.UnixNano(), piece.From.UnixNano()), to: min(w.To.UnixNano(), piece.To.UnixNano()), tally: map[measure.Tag][]readingCount{}}
	c.first = c.from / step
	c.length = int((c.to+step-1)/step - c.first)
	return c
}

const step = int64(rollup.Step)

// Readings passes the source's series on.
func (c *counter) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	series, err := c.source.Readings(ctx, plant, w)
	if err != nil {
		return nil, err
	}
	here := map[measure.Tag][]readingCount{}
	own, _ := rollup.OwnSeries(c.plant, series)
	for _, s := range own {
		minutes := here[s.Tag]
		if minutes == nil {
			minutes = make([]readingCount, c.length)
			here[s.Tag] = minutes
		}
		c.countSamples(s.Samples, minutes)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for tag, minutes := range here {
		held := c.tally[tag]
		if held == nil {
			c.tally[tag] = minutes
			continue
		}
		for m, n := range minutes { // a minute that was asked for twice counts once
			if n.all > held[m].all {
				held[m] = n
			}
		}
	}
	return series, nil
}

// countSamples tallies samples. The sample that stands where readings were lost is
// none itself.
func (c *counter) countSamples(samples []measure.Sample, minutes []readingCount) {
	lost := measure.BadBecause(measure.Unknown)
	minute, end := -1, int64(0)
	for i := range samples {
		x := &samples[i]
		if x.At < c.from || x.At >= c.to || x.Quality == lost {
			continue
		}
		if minute < 0 || x.At >= end || x.At < end-step {
			minute = int(x.At/step - c.first)
			end = (x.At/step + 1) * step
		}
		n := &minutes[minute]
		n.all++
		if x.Quality.Usable() {
			n.usable++
		}
	}
}

// readings returns how many were counted.
func (c *counter) readings() (n int64) {
	for _, minutes := range c.tally {
		for _, m := range minutes {
			n += int64(m.all)
		}
	}
	return n
}

// tagCoverage is what a day brought of a tag.
type tagCoverage struct {
	readings, usable int
	sum              float64 // of the coverage of its minutes
	minutes          int
}

// minutes is a set of minutes of a day.
type minutes []uint64

// coverageOf brings together what the pieces of a day counted.
func coverageOf(plant *flowsheet.Plant, pieces []*counter, d measure.Interval, rollups map[measure.Tag][]rollup.Rollup, w measure.Interval) (seen []minutes, coverage []tagCoverage) {
	first := d.From.UnixNano() / step
	length := int(d.Length()/rollup.Step) + 1
	for _, plan := range plant.Tags {
		set, t := make(minutes, (length+63)/64), tagCoverage{}
		for _, c := range pieces {
			for m, n := range c.tally[plan.Tag] {
				if n.all > 0 {
					at := int(c.first-first) + m
					set[at/64] |= 1 << (at % 64)
				}
				t.readings += int(n.all)
				t.usable += int(n.usable)
			}
		}
		for _, r := range rollups[plan.Tag] {
			if w.Contains(r.From) {
				t.sum += r.Coverage
				t.minutes++
			}
		}
		seen, coverage = append(seen, set), append(coverage, t)
	}
	return seen, coverage
}
