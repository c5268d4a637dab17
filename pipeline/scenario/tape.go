package scenario

import (
	"context"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// tape is what was read, and what of it a gateway still holds back. It is the
// [pipeline.Source] of a scenario.
type tape struct {
	series []measure.Series // one for each tag and unit
	held   []measure.Series
}

// Readings implements [pipeline.Source].
func (t *tape) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var all []measure.Series
	for _, s := range t.series {
		part := measure.Series{Tag: s.Tag, Unit: s.Unit}
		for _, x := range s.Samples {
			if w.Contains(x.At) {
				part.Samples = append(part.Samples, x)
			}
		}
		if len(part.Samples) > 0 {
			all = append(all, part)
		}
	}
	return all, nil
}

// add appends readings, in the order in which they come.
func (t *tape) add(tag measure.Tag, unit measure.Unit, samples []measure.Sample) {
	i := slices.IndexFunc(t.series, func(s measure.Series) bool { return s.Tag == tag && s.Unit == unit })
	if i < 0 {
		i = len(t.series)
		t.series = append(t.series, measure.Series{Tag: tag, Unit: unit})
	}
	t.series[i].Samples = append(t.series[i].Samples, samples...)
}

// remove takes the readings of a tag out, of all tags if it is "", and returns them.
func (t *tape) remove(tag measure.Tag, w measure.Interval) (out []measure.Series) {
	for i := range t.series {
		s := &t.series[i]
		if tag != "" && s.Tag != tag {
			continue
		}
		kept, gone := []measure.Sample{}, measure.Series{Tag: s.Tag, Unit: s.Unit}
		for _, x := range s.Samples {
			if w.Contains(x.At) {
				gone.Samples = append(gone.Samples, x)
			} else {
				kept = append(kept, x)
			}
		}
		if s.Samples = kept; len(gone.Samples) > 0 {
			out = append(out, gone)
		}
	}
	return out
}

// pieces cuts what is held back into batches of some hours, the newest first,
// as a spool does that makes sure of the present before it catches up.
func (t *tape) pieces(length time.Duration) (batches [][]measure.Series) {
	byTime := map[int64][]measure.Series{}
	for _, s := range t.held {
		parts := map[int64]*measure.Series{}
		for _, x := range s.Samples {
			at := x.At - x.At%int64(length)
			if parts[at] == nil {
				parts[at] = &measure.Series{Tag: s.Tag, Unit: s.Unit}
			}
			parts[at].Samples = append(parts[at].Samples, x)
		}
		for at, part := range parts {
			byTime[at] = append(byTime[at], *part)
		}
	}
	var times []int64
	for at := range byTime {
		times = append(times, at)
	}
	slices.Sort(times)
	slices.Reverse(times)
	for _, at := range times {
		batches = append(batches, byTime[at])
	}
	return batches
}

// reach is the interval in which samples lie; not ok if there are none.
func reach(all []measure.Series) (w measure.Interval, ok bool) {
	first, last := int64(0), int64(0)
	for _, s := range all {
		for _, x := range s.Samples {
			if !ok || x.At < first {
				first = x.At
			}
			if !ok || x.At > last {
				last = x.At
			}
			ok = true
		}
	}
	return measure.Interval{From: time.Unix(0, first).UTC(), To: time.Unix(0, last+1).UTC()}, ok
}
