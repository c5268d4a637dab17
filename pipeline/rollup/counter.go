package rollup

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// tick is what one reading of a counter says: which reading it goes on from
// and how much of the way from there is new.
type tick struct {
	from  int     // the place of the reading it goes on from, -1 if there is none
	step  float64 // how far it is from there; below 0 if the last digits fell back
	Rise  float64 // how far it is above all that was reached before
	Doubt bool    // it goes on from nothing although there are readings before it, or others go on without it
}

// farthest is how many readings back a counter is looked for that goes on.
const farthest = 1000

// MostGain is the furthest a counter is believed to go in so many nanoseconds;
// without a max_rate, which a plant file must give, as far as it likes. It is
// no more than half its rollover: beyond that a last digit that falls back and
// a whole turn forward look alike.
func MostGain(t *flowsheet.TagPlan, elapsed int64) float64 {
	if t.MaxRate == 0 {
		return math.Inf(1)
	}
	most := float64(t.MaxRate * (float64(elapsed) / 1e9))
	if t.Rollover > 0 {
		most = min(most, t.Rollover/2)
	}
	return most
}

// stepOf returns how far a counter went from a to z, below 0 if its last digits
// fell back. It is not ok if it cannot have gone there. A counter that the
// plant file says starts from 0 again by itself may have: what is behind that
// start counts, what was counted up to it since a does not.
//
// Source: [balance.Counter].
func stepOf(t *flowsheet.TagPlan, a, z measure.Sample) (float64, bool) {
	most := MostGain(t, z.At-a.At)
	if t.MaxRate == 0 && z.Value < a.Value {
		most = t.Rollover / 10
	}
	delta, event := balance.Counter(a.Value, z.Value, t.Rollover, most)
	if event == balance.CounterReset && t.Resets && z.Value < a.Value && z.Value >= 0 && z.Value <= most {
		return z.Value, true
	}
	return delta, event != balance.CounterReset
}

// ticksOf reads a counter: readings in order of time, in the unit of the plan
// and through its gate.
//
// A reading goes on from the last one from which the counter can have come
// within its max_rate, be it the one before or one before those that cannot be
// right: one poll of 0 or of full scale is passed over. It may not pass over a
// reading that itself goes on from there. A counter that has not come back
// after the settle time goes on from where it is: it was reset, and what
// brought it there is not booked. So a reading that went away and came back
// within that time was never a reset, and adds nothing.
//
// What is new is what rises above all that was reached within the settle time
// before, and no more than that is booked. A last digit that wobbles, also
// around a roll, rises once.
//
// All of it depends on readings no further than twice the settle time away, so
// that it does not matter in which pieces a series is read.
func ticksOf(t *flowsheet.TagPlan, samples []measure.Sample) []tick {
	out := make([]tick, len(samples))
	last := make([]int, len(samples)+1) // the usable reading before, -1 if none
	last[0] = -1
	for i, s := range samples {
		out[i].from = -1
		if last[i+1] = last[i]; !s.Quality.Usable() {
			continue
		}
		last[i+1] = i
		join(t, samples, out, last, i)
	}
	fell := make([]int64, len(samples)) // when the counter last fell back on the way to a reading
	for i, s := range samples {
		x := &out[i]
		if fell[i] = math.MinInt64; x.from < 0 {
			continue
		}
		fell[i] = fell[x.from]
		switch {
		case x.step < 0:
			fell[i] = s.At
		case fell[i] != math.MinInt64 && s.At-fell[i] <= int64(settleTime(t)):
			x.Rise = max(0, x.step-above(samples, out, x.from, s.At-int64(settleTime(t))))
		default:
			x.Rise = x.step
		}
	}
	return out
}

// join looks for the reading that reading i goes on from.
func join(t *flowsheet.TagPlan, samples []measure.Sample, out []tick, last []int, i int) {
	z := samples[i]
	oldest := z.At - int64(settleTime(t))
	for a, n := last[i], 0; a >= 0 && samples[a].At >= oldest && n < farthest; a, n = last[a], n+1 {
		step, ok := stepOf(t, samples[a], z)
		out[i].Doubt = !ok
		if !ok {
			continue
		}
		for m := last[i]; m > a; m = last[m] {
			if _, ok := stepOf(t, samples[a], samples[m]); ok {
				out[i].Doubt = true
				return
			}
		}
		out[i].from, out[i].step = a, step
		for m := last[i]; m > a; m = last[m] {
			out[m] = tick{from: -1, Doubt: true}
		}
		return
	}
}

// above returns how far the counter had been above reading i on the way there,
// since an instant.
func above(samples []measure.Sample, out []tick, i int, since int64) (most float64) {
	at := 0.0
	for out[i].from >= 0 && samples[out[i].from].At >= since {
		at -= out[i].step
		most = max(most, at)
		i = out[i].from
	}
	return most
}

// pair adds what is sure of the way of a counter to reading z, the i-th: from
// the reading next to it, if it can have gone on from there. If it cannot, it
// went on from the last one from which it can, provided that all readings in
// between fell or stood still: then one poll of 0 takes nothing away, and no
// time counts twice.
func (b *builder) pair(samples []measure.Sample, i int) {
	z := samples[i]
	if !z.Quality.Usable() || z.At < b.from {
		return
	}
	for a := i - 1; a >= 0 && samples[a].Quality.Usable() && z.At-samples[a].At <= int64(b.plan.Stale); a-- {
		if a < i-1 && samples[a].Value < samples[a+1].Value {
			return
		}
		step, ok := stepOf(&b.plan, samples[a], z)
		if !ok {
			continue
		}
		for m := a; m < i; m++ { // the others cover themselves
			if _, ok := stepOf(&b.plan, samples[m], samples[m+1]); !ok || m == i-1 {
				b.cover(samples[m].At, samples[m+1].At)
			}
		}
		b.gain(samples[a], z, step)
		return
	}
}

// gain adds what a counter gained between two readings to what is sure of the
// step of the later one.
func (b *builder) gain(a, z measure.Sample, step float64) {
	if z.At >= b.end || !(step > 0) {
		return
	}
	r := &b.out[b.at]
	low := a.Value
	if b.plan.Resets && z.Value < a.Value && step == z.Value {
		low = 0
	}
	before := a.At < r.From
	if before {
		r.Pairs.Before += step
	} else {
		r.Pairs.Inside += step
	}
	p := &b.passed
	if p.any && p.at == b.at && p.before == before && p.low <= low && low <= p.high {
		r.Pairs.Again = r.Pairs.Again || low < p.high
		p.high = max(p.high, low+step)
		return
	}
	b.pass()
	b.passed = passed{any: true, at: b.at, before: before, low: low, high: low + step}
}

// passed is levels that a counter passed one after the other.
type passed struct {
	any       bool
	at        int // the step
	before    bool
	low, high float64
}

// pass writes the levels that were passed to what is sure of their step.
func (b *builder) pass() {
	p := &b.passed
	if !p.any {
		return
	}
	s := &b.out[p.at].Pairs
	to := &s.Levels
	if p.before {
		to = &s.LevelsBefore
	}
	*to = to.With(p.low, p.high)
	p.any = false
}
