package balance

import "github.com/nielu/nielu/measure/elementary"

// Area returns the area under a straight line from x to y over a time.
//
//	A = ½ (x + y) Δt
//
// Source: the trapezoidal rule.
func Area(x, y, dt float64) float64 { return float64(float64(0.5*(x+y)) * dt) }

// Substitute returns what stands in for a missing hour: high where more is
// worse, as in an emission, and low where more is better, as in a removal.
//
//	emission: x̄ + 2 s      removal: x̄ - 2 s
//
// Source: Regulation (EU) 2018/2066, Art. 45(3) and Annex VIII, equation 4, for emissions; the sign for
// removals is ours. Valid: n ≥ 2 values of a representative period.
func Substitute(x []float64) (emission, removal float64) {
	mean, s := elementary.Mean(x), elementary.SampleDeviation(x)
	return mean + float64(2*s), mean - float64(2*s)
}

// Part98Substitute returns what stands in for a missing value in the US.
//
//	x = (before + after) / 2
//
// Source: 40 CFR 98.365(b).
func Part98Substitute(before, after float64) float64 { return float64(0.5 * (before + after)) }
