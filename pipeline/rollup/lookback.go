package rollup

import (
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Lookback returns how far before a window, and how far behind its end,
// readings still bear on it: the longest of its tags, see [TagLookback],
// and where a flatline is judged only while the process runs, as far as the
// minutes in which it does are looked for. A reading at t bears on
// [t-Lookback, t+Lookback]; see [Touched].
func Lookback(p *flowsheet.Plant) time.Duration {
	longest := time.Duration(0)
	for i := range p.Tags {
		longest = max(longest, TagLookback(&p.Tags[i]))
	}
	if far := flatlineReach(p); p.Running != nil && far > 0 {
		t, _ := p.Tag(p.Running.Tag)
		longest = max(longest, far+Step+t.Stale)
	}
	return longest
}

// Around returns the time whose evidence bears on w: readings within
// [Lookback], and the scans that tell whether a clock was set among them.
func Around(p *flowsheet.Plant, w measure.Interval) measure.Interval {
	far := Lookback(p) + measure.Near
	return measure.Interval{From: w.From.Add(-far), To: w.To.Add(far)}
}

// Touched returns the balance windows whose numbers readings within w may
// change: what a worker recomputes when a batch arrives.
func Touched(p *flowsheet.Plant, w measure.Interval) measure.Interval {
	back := Lookback(p)
	return measure.Interval{From: w.From.Add(-back), To: w.To.Add(back)}.Align(p.BalanceEvery)
}

// TagLookback returns how far before a window, and how far behind its end,
// readings still bear on the tag's rollup: those that are within the stale
// time of it, and those that bear on their flags.
func TagLookback(t *flowsheet.TagPlan) time.Duration { return t.Stale + contextOf(t) }

// contextOf returns how far to either side of a reading other readings bear on
// its flags; 0 if none do. Two readings further apart than the stale time are
// not compared by their rate.
func contextOf(t *flowsheet.TagPlan) time.Duration {
	far := time.Duration(0)
	if t.Rules.MaxChange > 0 {
		far = t.Stale
	}
	if t.Rules.Flatline != nil {
		far = max(far, t.Rules.Flatline.Within)
	}
	if t.Rules.Spikes != nil {
		far = max(far, t.Rules.Spikes.Within)
	}
	if t.Counter {
		far = max(far, 2*settleTime(t))
	}
	return far
}

// settleTime is how long a counter must stay away to have been reset: no less than
// the stale time, within which each reading goes on from the one before.
func settleTime(t *flowsheet.TagPlan) time.Duration { return max(t.Settle, t.Stale) }

// flatlineReach returns how far around a window flatlines are looked for; 0 if
// no tag asks.
func flatlineReach(p *flowsheet.Plant) time.Duration {
	far := time.Duration(0)
	for i := range p.Tags {
		if t := &p.Tags[i]; t.Rules.Flatline != nil {
			far = max(far, TagLookback(t))
		}
	}
	return far
}
