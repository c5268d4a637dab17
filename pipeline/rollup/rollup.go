package rollup

import (
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Step is the length of a rollup: one minute.
const Step = time.Minute

// Enough is the least share of a window that must be covered for the window
// to speak for the whole of it. Source: Regulation (EU) 2018/2066, Art. 44,
// which allows an hour to be taken pro rata from 80 % of its readings.
const Enough = 0.8

// Rollup is what the readings of one tag say about one window.
//
// A curve is drawn through the readings as the tag's plan says. The curve
// covers the window only where readings vouch for it: a stepped reading holds
// until the next one, good or bad, and no longer than the stale time; a line
// is drawn between two usable readings that follow each other within the
// stale time. Where there is no curve there is no value, and Coverage says how
// much is left. The numbers are 0 where there is nothing to tell.
type Rollup struct {
	Tag      measure.Tag     `json:"tag"`
	From     int64           `json:"from"`     // Unix nanoseconds
	Count    int             `json:"count"`    // usable readings in the window
	Mean     float64         `json:"mean"`     // of the curve, weighted by time
	Average  float64         `json:"average"`  // of the usable readings, each the same weight; only if Count > 0
	Min      float64         `json:"min"`      // of the curve and the usable readings
	Max      float64         `json:"max"`      // of the curve and the usable readings
	Last     float64         `json:"last"`     // the last usable reading, or the end of the curve if there is none
	Total    float64         `json:"total"`    // counters: what is new, booked when the reading was taken that shows it
	Coverage float64         `json:"coverage"` // share of the window that the curve covers, 0 to 1
	Quality  measure.Quality `json:"quality"`

	Pairs Pairs `json:"-"` // what may be counted of a claim
}

// Pairs is what may be counted of a product: only the time between two usable
// readings that follow each other, with nothing bad between them and no longer
// apart than the stale time, of which neither changed faster than the plan
// allows. So a reading that turns bad takes away the time on both sides of it
// and adds none, be the tag sloped, stepped or a counter; and a reading that
// the limits of the plan deny adds none.
//
// Area is made of whole numbers, and whatever is added is 0 or more: what is
// left after readings are lost is never more, to the last bit.
type Pairs struct {
	Covered float64 // ns
	Area    float64 // ∫ x dt, x below 0 counting as 0, a share in parts of 1; each piece rounded to 1 unit·ns
	Inside  float64 // counters: the increase that began in the window
	Before  float64 // counters: the increase that began before it; one pair of readings at most

	Levels       Levels // counters: where it was inside; see claim.passages
	LevelsBefore Levels // and before
	Again        bool   // counters: it passed some level in it more than once

	Denied measure.Reason // why a reading in the window cannot be right, if there is one
}

// Of returns one rollup for each step of w, from the readings of one
// tag. Readings within its [TagLookback] before w and behind it bear on
// it, so the series should hold them; others are of no effect. The order of
// the samples and duplicates among them change nothing. The process is taken
// to run all the time, see [flowsheet.Flatline]; pipeline.Compute looks.
//
//	Mean = ∫ x dt / ∫ dt over the covered part      [u] = [u·ns] / [ns]
//
// Source: definition; stepped and sloped are properties of a tag as in OPC 10000-13.
// Rounds: each product once, explicitly; the same bits on every CPU.
func Of(plan flowsheet.TagPlan, series measure.Series, w measure.Interval, step time.Duration) []Rollup {
	return of(plan, series, w, step, nil)
}

func of(plan flowsheet.TagPlan, series measure.Series, w measure.Interval, step time.Duration, process *standstills) []Rollup {
	b := newBuilder(plan, w, step)
	conversion, err := series.Unit.To(plan.Unit)
	if err != nil && len(series.Samples) > 0 { // without samples there is no unit to be wrong
		for i := range b.out {
			b.note(i, measure.BadBecause(measure.Unparsable))
		}
		return b.finish()
	}
	samples := series.Samples
	if !measure.Ascending(samples) {
		series.Samples = slices.Clone(samples)
		series.Sort()
		samples = series.Samples
	}
	plain := conversion == measure.Conversion{Scale: 1}
	if contextOf(&plan) > 0 {
		far := int64(TagLookback(&plan))
		samples, plain = flag(&plan, within(samples, b.from-far, b.end+far), conversion, process), true
	}
	if plan.Counter {
		b.counter(samples)
		return b.finish()
	}
	samples = within(samples, b.from-int64(plan.Stale), b.end+int64(plan.Stale))
	var last measure.Sample // the reading before
	for i, s := range samples {
		if !plain {
			s.Value = conversion.Apply(s.Value)
		}
		s = gate(&plan, s)
		b.sample(s)
		if i > 0 {
			b.segment(last, s)
			b.addPair(last, s)
		}
		last = s
	}
	if plan.Hold == flowsheet.Stepped && last.Quality.Usable() {
		b.piece(last.At, last.At+int64(plan.Stale), last.Value, last.Value, last.Quality)
	}
	return b.finish()
}

// counter goes through the readings of a counter, in the unit of the plan and
// through its gate.
func (b *builder) counter(samples []measure.Sample) {
	ticks := ticksOf(&b.plan, samples)
	for i, s := range samples {
		if s.At < b.from-int64(b.plan.Stale) || s.At > b.end+int64(b.plan.Stale) {
			continue
		}
		b.sample(s)
		switch x := ticks[i]; {
		case x.from >= 0:
			b.count(samples[x.from], s, x)
		case x.Doubt:
			b.doubt(s)
		}
		b.pair(samples, i)
	}
	b.pass()
}

// within cuts sorted samples to those in [from, to].
func within(samples []measure.Sample, from, to int64) []measure.Sample {
	at := func(s measure.Sample, t int64) int {
		switch {
		case s.At < t:
			return -1
		case s.At > t:
			return 1
		}
		return 0
	}
	i, _ := slices.BinarySearchFunc(samples, from, at)
	j, found := slices.BinarySearchFunc(samples, to, at)
	if found {
		j++
	}
	return samples[i:max(i, j)]
}

// builder fills rollups in order of time. Until finish, Mean holds the area
// under the curve in unit·ns, Coverage the covered ns and Average the sum.
type builder struct {
	plan      flowsheet.TagPlan
	from, end int64
	step      int64
	out       []Rollup
	at        int   // the step in which the last sample fell
	atEnd     int64 // its end

	passed passed
}

func newBuilder(plan flowsheet.TagPlan, w measure.Interval, step time.Duration) *builder {
	b := &builder{plan: plan, from: w.From.UnixNano(), step: int64(step)}
	n := int((int64(w.Length()) + b.step - 1) / b.step)
	b.end = b.from + int64(n)*b.step
	b.atEnd = b.from + b.step
	b.out = make([]Rollup, n)
	for i := range b.out {
		b.out[i] = Rollup{Tag: plan.Tag, From: b.from + int64(i)*b.step, Quality: measure.GoodQuality}
	}
	return b
}

// seek moves to the step that holds t and tells whether there is one.
func (b *builder) seek(t int64) bool {
	for t >= b.atEnd && b.at+1 < len(b.out) {
		b.at++
		b.atEnd += b.step
	}
	return t >= b.from && t < b.end
}

func (b *builder) note(i int, q measure.Quality) {
	b.out[i].Quality = measure.Worse(b.out[i].Quality, q)
}

func (b *builder) sample(s measure.Sample) {
	if !b.seek(s.At) {
		return
	}
	r := &b.out[b.at]
	if !s.Quality.Usable() {
		if denies(s.Quality.Reason) {
			r.Pairs.Denied = s.Quality.Reason
		}
		// The reason is wanted only if nothing covers the window; see finish.
		if r.Count == 0 && r.Coverage == 0 && r.Quality.Level == measure.Good {
			r.Quality = s.Quality
		}
		return
	}
	b.revive(r)
	r.see(s.Value, s.Value)
	r.Count++
	r.Average += s.Value
	r.Last = s.Value
	r.Quality = measure.Worse(r.Quality, s.Quality)
}

// denies tells whether a reading is bad because of what it says: it came, and
// cannot be right. It marks the window however much others cover.
func denies(why measure.Reason) bool {
	return why == measure.OutOfRange || why == measure.Implausible || why == measure.Conflict
}

// revive clears the reason of a bad reading once something usable arrives.
func (b *builder) revive(r *Rollup) {
	if r.Count == 0 && r.Coverage == 0 {
		if r.Quality.Level == measure.Bad {
			r.Quality = measure.GoodQuality
		}
	}
}

// see widens the range by what lies between two values.
func (r *Rollup) see(u, v float64) {
	if r.Count == 0 && r.Coverage == 0 {
		r.Min, r.Max = min(u, v), max(u, v)
		return
	}
	r.Min, r.Max = min(r.Min, u, v), max(r.Max, u, v)
}

// segment draws the curve from reading a to the next reading z.
func (b *builder) segment(a, z measure.Sample) {
	switch {
	case !a.Quality.Usable():
	case b.plan.Hold == flowsheet.Stepped:
		b.piece(a.At, min(z.At, a.At+int64(b.plan.Stale)), a.Value, a.Value, a.Quality)
	case z.Quality.Usable() && z.At-a.At <= int64(b.plan.Stale):
		b.piece(a.At, z.At, a.Value, z.Value, measure.Worse(a.Quality, z.Quality))
	}
}

// piece adds the straight line from (from, x) to (to, y) to the steps it crosses.
func (b *builder) piece(from, to int64, x, y float64, q measure.Quality) {
	if to <= b.from || from >= b.end || from >= to {
		return
	}
	// Readings come in order, so a line ends in the step of the last sample,
	// or behind it; it begins at most the stale time before.
	for i := b.first(from); i < len(b.out) && b.out[i].From < to; i++ {
		start, end := max(from, b.out[i].From), min(to, b.out[i].From+b.step)
		if start >= end {
			continue
		}
		u, v := x, y
		if x != y {
			if start != from {
				u = x + float64((y-x)*(float64(start-from)/float64(to-from)))
			}
			if end != to {
				v = x + float64((y-x)*(float64(end-from)/float64(to-from)))
			}
		}
		r := &b.out[i]
		b.revive(r)
		r.see(u, v)
		if r.Count == 0 {
			r.Last = v
		}
		length := float64(end - start)
		r.Mean += balance.Area(u, v, length)
		r.Coverage += length
		r.Quality = measure.Worse(r.Quality, q)
	}
}

// addPair adds what lies between two readings that follow each other to what is
// sure of the steps they cross.
func (b *builder) addPair(a, z measure.Sample) {
	if !a.Quality.Usable() || !z.Quality.Usable() || z.At-a.At > int64(b.plan.Stale) || z.At < b.from || a.At >= b.end {
		return
	}
	x, y := a.Value, z.Value
	if b.plan.Steepest > 0 && balance.ChangedTooFast(x, y, float64(z.At-a.At)/1e9, b.plan.Steepest) {
		return // one of them cannot be
	}
	if b.plan.Hold == flowsheet.Stepped {
		y = x
	}
	if u, v := float64(x*b.plan.Share), float64(y*b.plan.Share); u < 0 || u > 1 || v < 0 || v > 1 {
		return // no share of anything
	}
	b.cover(a.At, z.At)
	length := float64(z.At - a.At)
	for i := b.first(a.At); i < len(b.out) && b.out[i].From < z.At; i++ {
		r := &b.out[i]
		start, end := max(a.At, r.From), min(z.At, r.From+b.step)
		if start >= end {
			continue
		}
		middle := x + float64((y-x)*(float64(float64(start-a.At)+float64(end-a.At))/2/length))
		if b.plan.Share != 0 {
			middle = min(float64(middle*b.plan.Share), 1) // rounding must not lift it above the whole
		}
		r.Pairs.Area += math.RoundToEven(float64(max(0, middle) * float64(end-start)))
	}
}

// first returns the step in which something begins that ends in the step of
// the last sample or behind it.
func (b *builder) first(from int64) int {
	i := b.at
	for i > 0 && b.out[i].From > from {
		i--
	}
	return i
}

// cover adds a time to what is sure of the steps it crosses.
func (b *builder) cover(from, to int64) {
	for i := b.first(from); i < len(b.out) && b.out[i].From < to; i++ {
		r := &b.out[i]
		if start, end := max(from, r.From), min(to, r.From+b.step); start < end {
			r.Pairs.Covered += float64(end - start)
		}
	}
}

// count books what is new at the reading z of a counter, which goes on from a,
// in the step of z.
func (b *builder) count(a, z measure.Sample, x tick) {
	if z.At-a.At > int64(b.plan.Stale) {
		return
	}
	if z.At >= b.from && z.At < b.end {
		b.out[b.at].Total += x.Rise
	}
	y := z.Value
	if x.step > 0 && y < a.Value {
		y = a.Value + x.step // over the roll: as if the counter had gone on
	}
	b.piece(a.At, z.At, a.Value, y, measure.Worse(a.Quality, z.Quality))
}

// doubt marks the step of a counter's reading that cannot be, or from which it
// began anew. It goes before other doubts: it tells why there is no total.
func (b *builder) doubt(s measure.Sample) {
	if r := &b.out[b.at]; s.At >= b.from && s.At < b.end && r.Quality.Usable() {
		r.Quality = measure.UncertainBecause(measure.Reset)
	}
}

// finish turns sums into means and says what the coverage is worth.
func (b *builder) finish() []Rollup {
	for i := range b.out {
		r := &b.out[i]
		if r.Count > 0 {
			r.Average /= float64(r.Count)
		}
		if r.Coverage > 0 {
			r.Mean /= r.Coverage
			r.Mean = min(max(r.Mean, r.Min), r.Max) // rounding must not lift a mean out of its range
		}
		r.Coverage /= float64(b.step)
		switch {
		case r.Coverage == 0 && r.Quality.Level == measure.Bad:
		case r.Coverage == 0 && r.Quality.Reason == measure.Reset:
		case r.Coverage == 0:
			r.Quality = measure.BadBecause(measure.Stale)
		case r.Pairs.Denied != measure.Unknown:
			r.Quality = measure.Worse(r.Quality, measure.UncertainBecause(r.Pairs.Denied))
		case r.Coverage < Enough:
			r.Quality = measure.Worse(r.Quality, measure.UncertainBecause(measure.Partial))
		}
	}
	return b.out
}
