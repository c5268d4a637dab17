package balance

import (
	"cmp"
	"math"
	"slices"

	"github.com/nielu/nielu/measure/elementary"
)

// Slope is an error of one reading that goes with how much flows: it reads
// too much at one load and too little, or less too much, at another.
//
// At a load x its error is (Level + Size·(x - Centre)/Centre)·x/Centre, in the
// reading's unit: a share of the reading that changes along a straight line.
type Slope struct {
	Signature int       // which reading explains it best
	Centre    float64   // mean of its load
	Low, High float64   // loads of which 5 % lie below the first, 5 % above the second
	Level     float64   // the error at Centre
	Size      float64   // how it changes when the load changes by Centre
	SD        float64   // standard uncertainty of Size, with what is stated of all others
	T         float64   // likelihood ratio, as a chi-square of one degree of freedom
	Merit     float64   // T less what the size costs: what readings are compared by
	Others    []int     // readings that explain it nearly as well, best first
	Filter    []float64 // error = Filter · r, as of a [Change]
}

// At returns the error at a load, in the unit of the reading.
func (x *Slope) At(load float64) float64 {
	share := load / x.Centre
	return float64((x.Level + float64(x.Size*(share-1))) * share)
}

// Swing is by how much the error, brought to Centre, moves to either side
// between Low and High, in the unit of the reading.
func (x *Slope) Swing() float64 { return float64(x.Size * ((x.High - x.Low) / x.Centre / 2)) }

// SystematicError is an error that is allowed for: a calibration may be off by its
// stated uncertainty for good. With a scale that is off the error goes with
// what it weighs, so that it is no slope; with a zero that is off it does not.
type SystematicError struct {
	Signature []float64
	U         float64   // standard uncertainty stated of it
	Shape     []float64 // of each stretch: how large the error is beside its mean
}

// SlopeLimits are when a slope is believed.
type SlopeLimits struct {
	Least  float64 // smallest T
	Margin float64 // a reading whose merit is closer to the best than this is named beside it
	Fewest int     // stretches
	Range  float64 // the least ratio of High to Low
}

// FindSlope looks for the one reading whose error goes with its load, as a
// least-squares line through the estimated errors.
//
//	r_b / ξ_b = μ + d (ξ_b - 1) + l_g + e_b      ξ_b = x_jb / x̄_j      d = I⁻¹ c, I and c as in [FindChange]
//	d = f_j δ + Σ_k≠j f_k ε_k γ_k                ε_k ~ (0, u_k²)      so that δ is found with I' for I
//	I' = (I⁻¹ + Σ_k≠j (u_k γ_k)² f_k f_kᵀ)⁻¹     c' = I' d            and judged by T as there
//	γ_k = Σ (ξ_b - 1)(p_kb/ξ_b) / Σ (ξ_b - 1)²
//
//	x_jb  the load of reading j in stretch b: its reconciled value, which does not share the
//	      random part of the residual; the reading itself would make a slope of its own noise
//	f  signature; u_k, p_kb  standard uncertainty and shape of a [SystematicError] of another reading
//
// Residuals are divided by the load: a scale that is off by a constant share,
// as every one is within its stated uncertainty, leaves a level and no slope.
// A reading that would have to be off by more than all it reads explains nothing.
//
// Source: weighted least squares with a measured covariance, as [FindChange];
// errors that last are propagated (GUM, JCGM 100, 5.1.2).
func FindSlope(s Series, loads [][]float64, systematic [][]SystematicError, limits SlopeLimits) (best Slope, ok bool) {
	var all []Slope
	for j, f := range s.Signatures {
		if f == nil || loads[j] == nil {
			continue
		}
		if x, ok := s.slopeOf(j, loads[j], systematic[j], limits); ok {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return Slope{}, false
	}
	slices.SortStableFunc(all, func(a, b Slope) int { return cmp.Compare(b.Merit, a.Merit) })
	best = all[0]
	for _, x := range all[1:] {
		if x.Merit >= best.Merit-limits.Margin {
			best.Others = append(best.Others, x.Signature)
		}
	}
	return best, best.T > limits.Least
}

// slopeOf judges one reading.
func (s *Series) slopeOf(j int, loads []float64, systematic []SystematicError, limits SlopeLimits) (out Slope, ok bool) {
	sub := Series{Floor: s.Floor, Shared: s.Shared}
	var kept []int
	var x []float64
	for b, load := range loads {
		if load > 0 && !math.IsInf(load, 0) {
			kept, x = append(kept, b), append(x, load)
		}
	}
	if len(kept) < max(limits.Fewest, 3) {
		return out, false
	}
	out = Slope{Signature: j, Centre: elementary.Mean(x)}
	sorted := slices.Sorted(slices.Values(x))
	edge := (len(x) - 1) / 20
	if out.Low, out.High = sorted[edge], sorted[len(x)-1-edge]; out.High < float64(limits.Range*out.Low) {
		return out, false
	}
	h := make([]float64, len(kept))
	for i, b := range kept {
		h[i] = x[i] / out.Centre
		r := slices.Clone(s.Residuals[b])
		for a := range r {
			r[a] /= h[i]
		}
		sub.Residuals, sub.Groups = append(sub.Residuals, r), append(sub.Groups, s.Groups[b])
	}
	fitted, ok := sub.fit(h)
	if !ok {
		return out, false
	}
	for _, l := range systematic {
		ok = ok && fitted.allow(l.Signature, float64(l.U*gain(h, kept, l.Shape)))
	}
	k := fitted.freedom - float64(len(s.Floor)) + 1
	if !ok || !(k >= 1) {
		return out, false
	}
	a, ok := fitted.along(s.Signatures[j], k)
	if !ok || !(a.sd > 0) {
		return out, false
	}
	out.Size, out.SD, out.T, out.Filter = a.size, a.sd, a.t, a.filter
	for i := range sub.Residuals {
		out.Level += dotProduct(a.filter, sub.Residuals[i]) / float64(len(h))
	}
	if low, high := out.At(out.Low)/out.Low, out.At(out.High)/out.High; max(math.Abs(low), math.Abs(high)) >= 1 {
		return out, false
	}
	out.Merit = out.T - cost(out.Swing(), s.Stated[j])
	return out, true
}

// allow lets the slope be made of an error along f of standard deviation u.
//
//	I' = (I⁻¹ + u² f fᵀ)⁻¹ = I - I f fᵀ I / (1/u² + fᵀ I f)      c' = I' I⁻¹ c
//
// Source: the formula of Sherman and Morrison.
func (x *fit) allow(f []float64, u float64) bool {
	w := times(x.information, f)
	by := float64(u*u) / (1 + float64(float64(u*u)*dotProduct(f, w)))
	toward := dotProduct(f, x.score)
	if math.IsNaN(by) || math.IsInf(by, 0) {
		return false
	}
	x.omnibus -= float64(by * float64(toward*toward))
	axpy(x.score, -float64(by*toward), w)
	for i := range w {
		axpy(x.information[i], -float64(by*w[i]), w)
	}
	return true
}

// gain is the slope that an error of the shape p would show, as γ of [FindSlope].
func gain(h []float64, kept []int, p []float64) float64 {
	mean, product, square := elementary.Mean(h), 0.0, 0.0
	for i, b := range kept {
		d := h[i] - mean
		product += float64(d * (p[b] / h[i]))
		square += float64(d * d)
	}
	return product / square
}
