package pipeline

import (
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
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
}

// CountProduct counts the plant's product over the whole minutes of w, from
// the rollups of those minutes. For a lot, w is the interval of the lot.
//
//	m_d = Σ over minutes of  F · c_F · 1/60 h · (1 - M) · c_M      [kg]
//
//	F    mean flow while covered, kg/h
//	M    mean moisture while covered, or the laboratory's
//	c    share of the minute that readings cover
//
// With a counter its increase stands for F · c_F · 1/60 h; an increase that
// spans several minutes is taken at the smallest
// (1 - M) · c_M among them, and one that spans an end of w is not counted.
//
// Losing readings never raises the result. It is an integral of something
// that is not negative over what is covered, so a reading that turns bad takes
// its part away and adds nothing. A reading that is absent leaves a counter's
// increase as it is, or spreads it over a minute that looks moister. Under a
// flow or a moisture it leaves a hole if the tag's stale time is below twice
// the interval of its readings; with a longer one the curve bridges the hole,
// and the bridge may lie above what was lost. Negative minutes count as 0.
//
// Rounds: each minute once, half to even, to 1 mg.
func (p *Plant) CountProduct(w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) (Product, error) {
	s, ok := p.Stream(p.Product)
	if !ok {
		return Product{}, fmt.Errorf("count product of %s: the plant file names no product", p.ID)
	}
	b := newBinding(p, w, rollups, lab)
	out := Product{Stream: s.ID, Of: w.Length(), Quality: measure.GoodQuality}
	mass := b.resolve(s.Mass, "mass", kgPerHour, kilogram)
	q := b.qualities(s)
	flow, dryFlow := 0.0, 0.0
	least, begun := 1.0, false // of the dry shares since the counter was last read; whether it was, in w
	for i := range b.minutes {
		m, dry := b.amount(mass, i, minuteInHours), q.dry(b, i)
		for _, k := range []known{m, dry} {
			if k.why != "" && out.Why == "" {
				out.Why = k.why
			}
		}
		share := 0.0 // of dry matter, in what is covered
		if dry.why == "" {
			share = float64(dry.value * dry.share)
		}
		least = min(least, share)
		if m.why == "" {
			if !begun { // what the counter gained on the way into w is not known to lie within w
				m.value -= m.carried
				m.carried = 0
			}
			kg := max(0, float64((m.value-m.carried)*share)+float64(m.carried*least))
			wet, err := measure.WetMassOf(max(0, m.value))
			if err != nil {
				return Product{}, fmt.Errorf("count product of %s: %w", p.ID, err)
			}
			counted, err := measure.DryMassOf(kg)
			if err != nil {
				return Product{}, fmt.Errorf("count product of %s: %w", p.ID, err)
			}
			out.Wet += wet
			out.Dry += counted
			out.Quality = measure.Worse(out.Quality, m.quality)
			if dry.why == "" {
				out.Covered += time.Duration(math.Floor(float64(float64(m.share*dry.share) * float64(Step))))
				out.Quality = measure.Worse(out.Quality, dry.quality)
				flow += max(0, m.value)
				dryFlow += float64(max(0, m.value) * dry.value)
			}
		}
		if m.read {
			least, begun = share, true
		}
	}
	if out.Covered == 0 {
		out.Quality = measure.BadBecause(measure.Stale)
	}
	if flow > 0 {
		out.RelU = b.productUncertainty(s, flow, 1-dryFlow/flow)
	}
	return out, nil
}

// productUncertainty is the relative standard uncertainty of the dry mass. It
// is taken as one of calibration, which does not shrink with the number of
// readings (balances.md 5.5).
func (b *binding) productUncertainty(s Stream, kg, moisture float64) float64 {
	uMass := 0.0
	if u := b.uncertainty(s.Mass); u != nil {
		uMass = u.Value
		if !u.Relative {
			uMass = u.Value / (kg / (float64(b.minutes) * minuteInHours))
		}
	}
	uMoisture := 0.0
	v := s.Moisture
	if v == nil {
		v = s.DrySolids
	}
	if u := b.uncertainty(v); u != nil {
		uMoisture = u.Value
		switch {
		case u.Relative && v == s.DrySolids:
			uMoisture = float64(u.Value * (1 - moisture))
		case u.Relative:
			uMoisture = float64(u.Value * moisture)
		}
	}
	dry := balance.Dry(1, moisture)
	if dry <= 0 || uMass == 0 && uMoisture == 0 {
		return 0
	}
	return balance.DryUncertainty(1, uMass, moisture, uMoisture) / dry
}

// uncertainty returns the standard uncertainty stated for a value: relative,
// or absolute in kg/h for a flow and as a share for moisture.
func (b *binding) uncertainty(v *Value) *Uncertainty {
	var u *Uncertainty
	var unit measure.Unit
	switch {
	case v == nil:
		return nil
	case v.Tag != "":
		plan, _ := b.plant.Tag(v.Tag)
		if plan.Counter && (plan.Uncertainty == nil || !plan.Uncertainty.Relative) {
			return nil // an absolute uncertainty of a count says nothing of an increase
		}
		u, unit = plan.Uncertainty, plan.Unit
	case v.Lab != "":
		u, unit = b.lot.Values[v.Lab].Uncertainty, b.lot.Values[v.Lab].Value.Unit
	default:
		u, unit = v.Uncertainty, v.Constant.Unit
	}
	if u == nil || u.Relative {
		return u
	}
	for _, want := range []measure.Unit{kgPerHour, one} {
		if c, err := unit.To(want); err == nil {
			return &Uncertainty{Value: float64(u.Value * c.Scale)}
		}
	}
	return nil
}

// ProductTags returns the tags that [Plant.CountProduct] needs rollups of.
func (p *Plant) ProductTags() []measure.Tag {
	s, _ := p.Stream(p.Product)
	var tags []measure.Tag
	for _, v := range []*Value{s.Mass, s.Moisture, s.DrySolids} {
		if v != nil && v.Tag != "" {
			tags = append(tags, v.Tag)
		}
	}
	return tags
}
