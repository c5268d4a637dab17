package formulas

import (
	"errors"

	"github.com/nielu/nielu/pipeline/balance"
)

// hampelSeries tells spikes from their neighbours. Spikes are marked, never taken out.
//
//	S = 1.4826 · median |x - x̃|      spike if |x_i - x̃| > 3 S
//
//	half    values before and after in the window, which is cut at the ends and not padded
//	sigmas  3, scale 1.4826 for normal scatter
//
// Source: Hampel identifier, Davies & Gather 1993, J. Am. Stat. Assoc. 88:782.
func hampelSeries(x []float64, half int, sigmas, scale float64) []balance.HampelPoint {
	points := make([]balance.HampelPoint, len(x))
	window := make([]float64, 0, min(len(x), 2*min(half, len(x))+1))
	for i, v := range x {
		window = append(window[:0], x[max(0, i-half):min(len(x), i+min(half, len(x))+1)]...)
		points[i] = balance.HampelAt(v, window, sigmas, scale, 0)
	}
	return points
}

// reachedTooFast marks values that were reached faster than a limit. The first has
// nothing before it and is not marked.
//
//	|x_i - x_(i-1)| / (t_i - t_(i-1)) > limit
//
// Source: definition. Valid: times rising.
func reachedTooFast(t, x []float64, limit float64) []bool {
	flags := make([]bool, len(x))
	for i := 1; i < len(x); i++ {
		flags[i] = balance.ChangedTooFast(x[i-1], x[i], t[i]-t[i-1], limit)
	}
	return flags
}

// flatPositions returns the positions, from 0, that lie in a run of values too
// equal to be alive.
//
//	max(run) - min(run) ≤ resolution over at least n values
//
// Source: definition. Whether the process moved meanwhile is for the caller to know.
func flatPositions(x []float64, n int, resolution float64) []int {
	flat := []int{}
	for i := 0; n > 0 && i+n <= len(x); i++ {
		if !balance.IsFlat(x[i:i+n], resolution) {
			continue
		}
		for j := i; j < i+n; j++ {
			if len(flat) == 0 || flat[len(flat)-1] < j {
				flat = append(flat, j)
			}
		}
	}
	return flat
}

// steppedMean returns the mean over time of values that each hold until the
// next one; the last value has no weight.
//
//	x̄ = Σ x_i (t_(i+1) - t_i) / (t_n - t_1)
//
// Source: definition; a stepped signal as in OPC 10000-13. Valid: at least two values, times rising.
// The plain mean of samples is never it.
func steppedMean(t, x []float64) (float64, error) {
	return timeMean(t, x, func(i int, dt float64) float64 { return balance.Area(x[i], x[i], dt) })
}

// slopedMean returns the mean over time of values that change in a straight line to the next.
//
//	x̄ = Σ ½ (x_i + x_(i+1)) (t_(i+1) - t_i) / (t_n - t_1)
//
// Source: definition, the trapezoidal rule; a sloped signal as in OPC 10000-13. Valid: at least two
// values, times rising.
func slopedMean(t, x []float64) (float64, error) {
	return timeMean(t, x, func(i int, dt float64) float64 { return balance.Area(x[i], x[i+1], dt) })
}

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

// weightedByFlow returns the mass that concentrations carry in flows of an hour
// each, and the concentration of the whole.
//
//	m = Σ c_i Q_i 10⁻⁶      c̄ = Σ c_i Q_i / Σ Q_i      [t] = [g/m³] [m³/h] [h], [g/m³]
//
// Source: Regulation (EU) 601/2012, Annex VIII, equation 1. Valid: both of one length, some flow.
func weightedByFlow(concentration, flow []float64) (tonnes, mean float64) {
	var carried, volume float64
	for i, c := range concentration {
		carried += float64(c * flow[i])
		volume += flow[i]
	}
	return carried * 1e-6, carried / volume
}
