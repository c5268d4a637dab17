package balance

import (
	"errors"
	"math"
)

// SteppedMean returns the mean over time of values that each hold until the
// next one; the last value has no weight.
//
//	x̄ = Σ x_i (t_(i+1) - t_i) / (t_n - t_1)
//
// Source: definition; a stepped signal as in OPC 10000-13. Valid: at least two values, times rising.
// The plain mean of samples is never it.
func SteppedMean(t, x []float64) (float64, error) {
	return timeMean(t, x, func(i int, dt float64) float64 { return Area(x[i], x[i], dt) })
}

// SlopedMean returns the mean over time of values that change in a straight line to the next.
//
//	x̄ = Σ ½ (x_i + x_(i+1)) (t_(i+1) - t_i) / (t_n - t_1)
//
// Source: definition, the trapezoidal rule; a sloped signal as in OPC 10000-13. Valid: at least two
// values, times rising.
func SlopedMean(t, x []float64) (float64, error) {
	return timeMean(t, x, func(i int, dt float64) float64 { return Area(x[i], x[i+1], dt) })
}

// Area returns the area under a straight line from x to y over a time.
//
//	A = ½ (x + y) Δt
func Area(x, y, dt float64) float64 { return float64(float64(0.5*(x+y)) * dt) }

func timeMean(t, x []float64, area func(i int, dt float64) float64) (float64, error) {
	if len(t) != len(x) || len(t) < 2 {
		return 0, errors.New("a mean over time needs at least two values, and a time for each")
	}
	var sum float64
	for i := range len(t) - 1 {
		if !(t[i+1] > t[i]) {
			return 0, errors.New("the times of a mean must rise")
		}
		sum += area(i, t[i+1]-t[i])
	}
	return sum / (t[len(t)-1] - t[0]), nil
}

// PlainMean returns the mean of samples, each counting alike: right for
// repeated measurements of one thing, wrong for samples at uneven times or flows.
//
//	x̄ = Σ x_i / n
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
// Valid: n ≥ 2.
func SampleDeviation(x []float64) float64 { return math.Sqrt(sampleVariance(x)) }

func sampleVariance(x []float64) float64 {
	mean, sum := PlainMean(x), 0.0
	for _, v := range x {
		sum += float64((v - mean) * (v - mean))
	}
	return sum / float64(len(x)-1)
}

// FlowWeighted returns the mass that concentrations carry in flows of an hour
// each, and the concentration of the whole.
//
//	m = Σ c_i Q_i 10⁻⁶      c̄ = Σ c_i Q_i / Σ Q_i      [t] = [g/m³] [m³/h] [h], [g/m³]
//
// Source: Regulation (EU) 601/2012, Annex VIII, equation 1. Valid: both of one length, some flow.
func FlowWeighted(concentration, flow []float64) (tonnes, mean float64) {
	var carried, volume float64
	for i, c := range concentration {
		carried += float64(c * flow[i])
		volume += flow[i]
	}
	return carried * 1e-6, carried / volume
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
