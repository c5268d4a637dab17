package elementary

import "math"

// Mean returns the mean of samples, each counting alike: right for repeated
// measurements of one thing, wrong for samples at uneven times or flows.
//
//	x̄ = Σ x_i / n
//
// Source: GUM (JCGM 100), 4.2.1. Valid: n ≥ 1.
func Mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// SampleVariance returns the variance of samples.
//
//	s² = Σ (x_i - x̄)² / (n - 1)
//
// Source: GUM (JCGM 100), 4.2.2. Valid: n ≥ 2.
func SampleVariance(x []float64) float64 {
	mean, sum := Mean(x), 0.0
	for _, v := range x {
		sum += float64((v - mean) * (v - mean))
	}
	return sum / float64(len(x)-1)
}

// SampleDeviation returns the standard deviation of samples, the root of
// [SampleVariance].
//
// Source: GUM (JCGM 100), 4.2.2.
func SampleDeviation(x []float64) float64 { return math.Sqrt(SampleVariance(x)) }
