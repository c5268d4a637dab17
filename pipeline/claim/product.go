package claim

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
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
	Why     material.Reason // the first reason why something is not covered
	RelU    float64         // relative standard uncertainty of the dry mass; 0: not stated
	Water   float64         // share of the wet mass, mean of what was covered
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
// limits of its tag allow, see [flowsheet.Plant.Bounds].
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
//
// Source: definition; only paired readings count.
func CountProduct(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) (Product, error) {
	s, ok := p.Stream(p.Product)
	if !ok {
		return Product{}, fmt.Errorf("count product of %s: the plant file names no product", p.ID)
	}
	b := material.Evaluate(p, w, rollups, lab)
	out := Product{Stream: s.ID, Of: w.Length(), Quality: measure.GoodQuality}
	mass := b.Resolve(s.Mass, "mass", measure.KilogramPerHour, measure.Kilogram)
	q := b.Assay(s)
	wetSum, drySum := 0.0, 0.0
	least, begun := 1.0, false // of the dry shares since the counter was last read; whether it was, in w
	passed := passagesOf(p, mass.Tag)
	for i := range b.Minutes {
		m, dry := pairedMinute(b, mass, i), pairedDry(q, b, i)
		for _, c := range []pairedValue{m, dry} {
			if c.why.Given() && !out.Why.Given() {
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
			out.Covered += time.Duration(math.Floor(float64(float64(m.share*dry.share) * float64(rollup.Step))))
			out.Quality = measure.Worse(out.Quality, dry.quality)
			wetSum += m.value + m.before
			drySum += float64((m.value+m.before)*dry.value) / dry.share
		}
		if mass.Counter {
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
		slack := float64(b.Minutes) / 1e6 // kg: to what each minute was rounded
		wet, err1 := measure.WetMassOf(float64(length*mass.Convert.Scale) + slack)
		dry, err2 := measure.DryMassOf(float64(weight*mass.Convert.Scale) + slack)
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
		out.RelU = b.DryUncertainty(s, wetSum, out.Water)
	}
	return out, nil
}

// pairedValue is what is sure of a value in one minute.
type pairedValue struct {
	value        float64       // kg; of a dry share, its integral over the minute
	before       float64       // of a counter, kg: the increase that began before the minute
	share        float64       // of the minute that is sure
	read         bool          // of a counter: it was read in the minute
	levels       rollup.Levels // of a counter, in its unit: what it passed inside
	levelsBefore rollup.Levels // and before
	again        bool          // of a counter: it passed some level more than once
	quality      measure.Quality
	why          material.Reason // the first reason why nothing is sure
}

// pairedMinute returns what is sure of a flow or counter in a minute.
func pairedMinute(b *material.Evaluation, s material.ResolvedValue, i int) pairedValue {
	k := b.At(s, i)
	if s.Tag == "" {
		return pairedValue{value: max(0, float64(k.Value*material.MinuteInHours)), share: k.Share, quality: k.Quality, why: k.Why}
	}
	r := b.Minute(s.Tag, i)
	if r == nil {
		return pairedValue{why: k.Why}
	}
	c := pairedValue{share: r.Pairs.Covered / float64(rollup.Step), quality: k.Quality, why: k.Why, read: r.Count > 0}
	if c.share == 0 && !c.why.Given() {
		c.why = material.Unread(s.Tag, ": no two usable readings follow each other")
	}
	if c.value = float64(r.Pairs.Area*s.Convert.Scale) / float64(time.Hour); s.Counter {
		c.value, c.before = float64(r.Pairs.Inside*s.Convert.Scale), float64(r.Pairs.Before*s.Convert.Scale)
		c.levels, c.levelsBefore, c.again = r.Pairs.Levels, r.Pairs.LevelsBefore, r.Pairs.Again
	}
	return c
}

// pairedDry returns what is sure of the dry share in a minute.
func pairedDry(q material.Assay, b *material.Evaluation, i int) pairedValue {
	k := q.Dry(b, i)
	if q.AsIs || q.Moisture.Tag == "" {
		if k.Why.Given() {
			return pairedValue{why: k.Why}
		}
		return pairedValue{value: k.Value, share: k.Share, quality: k.Quality}
	}
	c := pairedMinute(b, q.Moisture, i)
	c.value = 0
	if r := b.Minute(q.Moisture.Tag, i); r != nil {
		dry := r.Pairs.Area
		if !q.Solids {
			dry = r.Pairs.Covered - r.Pairs.Area
		}
		c.value = dry / float64(rollup.Step)
	}
	return c
}
