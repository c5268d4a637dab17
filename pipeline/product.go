package pipeline

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
)

// Product is an amount of a plant's product, counted from readings. Only what
// readings cover is counted: missing data lowers it.
type Product struct {
	Stream  string
	Wet     measure.WetMass // as received
	Dry     measure.DryMass
	Covered time.Duration // how long the dry mass was known
	Of      time.Duration // out of how long
	Quality measure.Quality
	Why     string  // the first reason why something is not covered, or ""
	RelU    float64 // relative standard uncertainty of the dry mass; 0: not stated
	Water   float64 // share of the wet mass, mean of what was covered
}

// CountProduct counts the plant's product over the whole minutes of w, from
// the rollups of those minutes. For a lot, w is the interval of the lot.
//
//	m_d = Σ over minutes of  ∫ F dt · ∫ (1 - M) dt / 1 min      [kg] = [kg/h] · [h] · [1]
//
//	F    flow, kg/h; below 0 it counts as 0
//	M    moisture, or the laboratory's
//
// Both integrals are taken over what is sure only: the time between two usable
// readings that follow each other, no longer apart than the stale time, with
// no bad reading between them. With a counter its increase between two such
// readings stands for the first; one that spans several minutes is taken at
// the smallest second integral among them, and one that spans an end of w is
// not counted.
//
// A counter counts each level once, however often its last digits pass it: what
// is counted is at most what it passed, each level at the driest minute in
// which it was passed, see [passages]. One wrong reading adds no more than the
// limits of its tag allow, see [Plant.Bounds].
//
// Losing readings never raises the result, not by 1 mg. A reading that turns
// bad takes the pairs it belongs to away and makes no new one, and every pair
// adds 0 or more to sums of whole numbers. A reading that is gone from the
// evidence is a bad one as well: an agent's sequence has no holes, so what was
// lost is declared, and the source of readings puts a bad sample in its place.
// Nobody can know of a reading that was never taken while its agent ran; over
// that time two neighbours may speak for no longer than the stale time.
//
// Rounds: each minute once, half to even, to 1 mg.
func (p *Plant) CountProduct(w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) (Product, error) {
	s, ok := p.Stream(p.Product)
	if !ok {
		return Product{}, fmt.Errorf("count product of %s: the plant file names no product", p.ID)
	}
	b := newBinding(p, w, rollups, lab)
	out := Product{Stream: s.ID, Of: w.Length(), Quality: measure.GoodQuality}
	mass := b.resolve(s.Mass, "mass", measure.KilogramPerHour, measure.Kilogram)
	q := b.qualities(s)
	wetSum, drySum := 0.0, 0.0
	least, begun := 1.0, false // of the dry shares since the counter was last read; whether it was, in w
	passed := p.passages(mass.tag)
	for i := range b.minutes {
		m, dry := b.certain(mass, i), q.certain(b, i)
		for _, c := range []certain{m, dry} {
			if c.why != "" && out.Why == "" {
				out.Why = c.why
			}
		}
		least = min(least, dry.value)
		if !begun { // what the counter gained on the way into w is not known to lie within w
			m.before = 0
		}
		wet, err := measure.WetMassOf(m.value + m.before)
		if err != nil {
			return Product{}, fmt.Errorf("count product of %s: %w", p.ID, err)
		}
		counted, err := measure.DryMassOf(float64(m.value*dry.value) + float64(m.before*least))
		if err != nil {
			return Product{}, fmt.Errorf("count product of %s: %w", p.ID, err)
		}
		out.Wet += wet
		out.Dry += counted
		if m.share > 0 {
			out.Quality = measure.Worse(out.Quality, m.quality)
		}
		if m.share > 0 && dry.share > 0 {
			out.Covered += time.Duration(math.Floor(float64(float64(m.share*dry.share) * float64(Step))))
			out.Quality = measure.Worse(out.Quality, dry.quality)
			wetSum += m.value + m.before
			drySum += float64((m.value+m.before)*dry.value) / dry.share
		}
		if mass.counter {
			if begun {
				passed.pass(i, m.levelsBefore, least)
			}
			passed.pass(i, m.levels, dry.value)
			passed.twice = passed.twice || m.again
		}
		if m.read {
			least, begun = dry.value, true
		}
	}
	if passed.twice {
		length, weight := passed.most()
		slack := float64(b.minutes) / 1e6 // kg: to what each minute was rounded
		wet, err1 := measure.WetMassOf(float64(length*mass.convert.Scale) + slack)
		dry, err2 := measure.DryMassOf(float64(weight*mass.convert.Scale) + slack)
		if err := errors.Join(err1, err2); err != nil {
			return Product{}, fmt.Errorf("count product of %s: %w", p.ID, err)
		}
		out.Wet, out.Dry = min(out.Wet, wet), min(out.Dry, dry)
	}
	if out.Covered == 0 {
		out.Quality = measure.BadBecause(measure.Stale)
	}
	if wetSum > 0 {
		out.Water = 1 - drySum/wetSum
		out.RelU = b.productUncertainty(s, wetSum, out.Water)
	}
	return out, nil
}

// certain is what is sure of a value in one minute.
type certain struct {
	value        float64 // kg; of a dry share, its integral over the minute
	before       float64 // of a counter, kg: the increase that began before the minute
	share        float64 // of the minute that is sure
	read         bool    // of a counter: it was read in the minute
	levels       levels  // of a counter, in its unit: what it passed inside
	levelsBefore levels  // and before
	again        bool    // of a counter: it passed some level more than once
	quality      measure.Quality
	why          string // the first reason why nothing is sure
}

// certain returns what is sure of a flow or counter in a minute.
func (b *binding) certain(s source, i int) certain {
	k := b.at(s, i)
	if s.tag == "" {
		return certain{value: max(0, float64(k.value*minuteInHours)), share: k.share, quality: k.quality, why: k.why}
	}
	r := b.minute(s.tag, i)
	if r == nil {
		return certain{why: k.why}
	}
	c := certain{share: r.sure.covered / float64(Step), quality: k.quality, why: k.why, read: r.Count > 0}
	if c.share == 0 && c.why == "" {
		c.why = fmt.Sprintf("tag %s: no two usable readings follow each other", s.tag)
	}
	if c.value = float64(r.sure.area*s.convert.Scale) / float64(time.Hour); s.counter {
		c.value, c.before = float64(r.sure.inside*s.convert.Scale), float64(r.sure.before*s.convert.Scale)
		c.levels, c.levelsBefore, c.again = r.sure.levels, r.sure.levelsBefore, r.sure.again
	}
	return c
}

// certain returns what is sure of the dry share in a minute.
func (q qualities) certain(b *binding, i int) certain {
	k := q.dry(b, i)
	if q.asIs || q.moisture.tag == "" {
		if k.why != "" {
			return certain{why: k.why}
		}
		return certain{value: k.value, share: k.share, quality: k.quality}
	}
	c := b.certain(q.moisture, i)
	c.value = 0
	if r := b.minute(q.moisture.tag, i); r != nil {
		dry := r.sure.area
		if !q.solids {
			dry = r.sure.covered - r.sure.area
		}
		c.value = dry / float64(Step)
	}
	return c
}
