package pipeline

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
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
// Source: GUM (JCGM 100), first order; balances.md 5.5.
func (r *report) relative(f flow, part int) *float64 {
	if !f.ok || len(r.parts) == 0 {
		return nil
	}
	b, m, t := r.parts[0], f.material(), r.tally(f.s)
	switch {
	case m.Phase == Gas && part == carbonPart:
		return b.relativeCarbon(m)
	case m.Phase == Gas:
		return nil
	}
	if !(t.dry.sum > 0) || !(t.mass.sum > 0) {
		return nil
	}
	dry := b.productUncertainty(m, t.mass.sum, 1-t.dry.sum/t.mass.sum)
	if part == dryMass && dry > 0 {
		return &dry
	}
	if part >= parts || m.parts()[part] == nil || m.Basis != DryBasis {
		return nil
	}
	u := b.uncertainty(m.parts()[part])
	share := f.share(part)
	if dry == 0 || u == nil || share.why != "" || !(share.value > 0) {
		return nil
	}
	rel := u.Of(share.value) / share.value
	sum := math.Sqrt(float64(dry*dry) + float64(rel*rel))
	return &sum
}

// relativeCarbon is that of the carbon of a gas; its shares are taken at their means.
func (b *binding) relativeCarbon(s Stream) *float64 {
	if s.Volume == nil {
		return nil
	}
	volume := b.uncertainty(s.Volume)
	if volume == nil || !volume.Relative || s.State != nil {
		return nil
	}
	sum, carbon := 0.0, 0.0
	for _, c := range s.Composition {
		species, _ := balance.SpeciesByName(c.Species)
		if species.Carbon == 0 {
			continue
		}
		u := b.uncertainty(c.Share)
		if c.Rest || u == nil {
			return nil
		}
		s := b.resolve(c.Share, "share", measure.One, measure.One)
		y, why := b.mean(func(i int) known { return b.at(s, i) })
		if why != "" {
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
	sum := 0.0
	for _, u := range us {
		if u == nil {
			return nil
		}
		sum += float64(*u * *u)
	}
	root := math.Sqrt(sum)
	return &root
}

func ratioOf(u *float64, value float64) *float64 {
	if u == nil || !(value > 0) {
		return nil
	}
	rel := *u / value
	return &rel
}
