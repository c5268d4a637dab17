package process

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

// relative returns the relative standard uncertainty of a part of what a
// stream carried, or nil if the plant file or the laboratory does not state
// all that it needs.
//
//	u_r² = u_r(m_d)² + u_r(w)²      gas: u_r² = u_r(V)² + Σ (n_i u(y_i))² / (Σ n_i y_i)²
//
// All are taken as uncertainties of calibration, which no averaging takes
// away; inputs independent; those of tanks and hoppers are left out.
//
// Source: GUM (JCGM 100), 5.1.2 and 5.1.6, first order.
func (r *indicatorSet) relative(f roleStream, part int) *float64 {
	if !f.ok || len(r.lotWindows) == 0 {
		return nil
	}
	b, m, t := r.lotWindows[0], f.material(), r.tally(f.s)
	switch {
	case m.Phase == flowsheet.Gas && part == material.Carbon:
		return relativeCarbon(b, m)
	case m.Phase == flowsheet.Gas:
		return nil
	}
	if !(t.Dry.Sum > 0) || !(t.Mass.Sum > 0) {
		return nil
	}
	dry := b.DryUncertainty(m, t.Mass.Sum, 1-t.Dry.Sum/t.Mass.Sum)
	if part == material.DryMass && dry > 0 {
		return &dry
	}
	if part >= material.Constituents || material.ConstituentValues(&m)[part] == nil || m.Basis != flowsheet.DryBasis {
		return nil
	}
	u := b.Uncertainty(material.ConstituentValues(&m)[part])
	share := f.share(part)
	if dry == 0 || u == nil || share.why.Given() || !(share.value > 0) {
		return nil
	}
	rel := u.Of(share.value) / share.value
	sum := balance.RootSum(dry, rel)
	return &sum
}

// relativeCarbon is that of the carbon of a gas; its shares are taken at their means.
func relativeCarbon(b *material.Evaluation, s flowsheet.Stream) *float64 {
	if s.Volume == nil {
		return nil
	}
	volume := b.Uncertainty(s.Volume)
	if volume == nil || !volume.Relative || s.State != nil {
		return nil
	}
	sum, carbon := 0.0, 0.0
	for _, c := range s.Composition {
		species, _ := balance.SpeciesByName(c.Species)
		if species.Carbon == 0 {
			continue
		}
		u := b.Uncertainty(c.Share)
		if c.Rest || u == nil {
			return nil
		}
		s := b.Resolve(c.Share, "share", measure.One, measure.One)
		y, why := b.Mean(func(i int) material.MinuteValue { return b.At(s, i) })
		if why.Given() {
			return nil
		}
		d := float64(species.Carbon * u.Of(y))
		sum += float64(d * d)
		carbon += float64(species.Carbon * y)
	}
	if !(carbon > 0) {
		return nil
	}
	rel := math.Sqrt(float64(volume.Value*volume.Value) + sum/float64(carbon*carbon))
	return &rel
}

// product returns the uncertainty of a product or quotient from the relative
// ones of its factors, nil if one is not known.
func product(value float64, factors ...*float64) *float64 {
	u := rootSum(factors)
	if u != nil {
		*u = math.Abs(float64(value * *u))
	}
	return u
}

// rootSum returns the root of the sum of squares, nil if one is not known.
func rootSum(us []*float64) *float64 {
	known := make([]float64, len(us))
	for i, u := range us {
		if u == nil {
			return nil
		}
		known[i] = *u
	}
	root := balance.RootSum(known...)
	return &root
}

func ratioOf(u *float64, value float64) *float64 {
	if u == nil || !(value > 0) {
		return nil
	}
	rel := *u / value
	return &rel
}
