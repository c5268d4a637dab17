package balance

import "math"

// Area returns the area under a straight line from x to y over a time.
//
//	A = ½ (x + y) Δt
//
// Source: the trapezoidal rule.
func Area(x, y, dt float64) float64 { return float64(float64(0.5*(x+y)) * dt) }

// PlainMean returns the mean of samples, each counting alike: right for
// repeated measurements of one thing, wrong for samples at uneven times or flows.
//
//	x̄ = Σ x_i / n
//
// Source: GUM (JCGM 100), 4.2.1.
func PlainMean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// SampleDeviation returns the standard deviation of samples.
//
//	s = √(Σ (x_i - x̄)² / (n - 1))
//
// Source: GUM (JCGM 100), 4.2.2.
// Valid: n ≥ 2.
func SampleDeviation(x []float64) float64 { return math.Sqrt(sampleVariance(x)) }

func sampleVariance(x []float64) float64 {
	mean, sum := PlainMean(x), 0.0
	for _, v := range x {
		sum += float64((v - mean) * (v - mean))
	}
	return sum / float64(len(x)-1)
}

// Substitute returns what stands in for a missing hour: high where more is
// worse, as in an emission, and low where more is better, as in a removal.
//
//	emission: x̄ + 2 s      removal: x̄ - 2 s
//
// Source: Regulation (EU) 2018/2066, Art. 45(3) and Annex VIII, equation 4, for emissions; the sign for
// removals is ours. Valid: n ≥ 2 values of a representative period.
func Substitute(x []float64) (emission, removal float64) {
	mean, s := PlainMean(x), SampleDeviation(x)
	return mean + float64(2*s), mean - float64(2*s)
}

// Part98Substitute returns what stands in for a missing value in the US.
//
//	x = (before + after) / 2
//
// Source: 40 CFR 98.365(b).
func Part98Substitute(before, after float64) float64 { return float64(0.5 * (before + after)) }
