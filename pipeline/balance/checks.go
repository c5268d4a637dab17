package balance

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure/elementary"
)

// HampelPoint is one value as the Hampel check sees it.
type HampelPoint struct {
	Median float64 // of the window around it
	S      float64 // scale · median absolute deviation of the window
	Spike  bool
}

// HampelAt tells whether one value is a spike among those of its window, the
// value itself among them. It uses the window up.
//
//	spike if |x - x̃| > sigmas · max(S, least)
//
// With a least S one step of the last digit is no spike in a series that
// stands still, whose S is 0.
//
// Source: Hampel identifier, Davies & Gather 1993, J. Am. Stat. Assoc. 88:782;
// the least S is ours. Valid: a window of at least one value.
func HampelAt(v float64, window []float64, sigmas, scale, least float64) HampelPoint {
	m := Median(window)
	for j, w := range window {
		window[j] = math.Abs(w - m)
	}
	s := float64(scale * Median(window))
	return HampelPoint{Median: m, S: s, Spike: math.Abs(v-m) > float64(sigmas*max(s, least))}
}

// Median returns the middle value, or the mean of the two in the middle. It
// sorts x. Valid: at least one value.
func Median(x []float64) float64 {
	slices.Sort(x)
	n := len(x) / 2
	if len(x)%2 == 1 {
		return x[n]
	}
	return float64(0.5 * (x[n-1] + x[n]))
}

// ChangedTooFast tells whether a value went from x to y within dt faster than a
// limit.
//
//	|y - x| / dt > limit
//
// Source: definition. Valid: dt > 0.
func ChangedTooFast(x, y, dt, limit float64) bool { return math.Abs(y-x)/dt > limit }

// IsFlat tells whether a run of at least one value is too equal to be alive.
//
//	max(run) - min(run) ≤ resolution
//
// Source: definition. Whether the process moved meanwhile is for the caller to know.
func IsFlat(run []float64, resolution float64) bool {
	last := run[len(run)-1]
	low, high := last, last
	for i := len(run) - 1; i >= 0; i-- { // what is alive differs soon
		if low, high = min(low, run[i]), max(high, run[i]); !(high-low <= resolution) {
			return false
		}
	}
	return true
}

// SteadyState compares the scatter from value to value with that about the
// mean. It is not ok if nothing varies at all: then it cannot tell.
//
//	var_f = Σ (x_i - x_(i-1))² / (2 (n - 1))      R = var_f / s²      steady if R ≥ 0.5
//
// Source: ratio of the mean square successive difference, von Neumann 1941, Ann. Math. Statist. 12:367;
// sense and limit as in NeqSim, docs/process/optimization/data-reconciliation.md. Valid: 20 to 60
// values, at least 2. Others name the inverse ratio R, near 1 when steady and large when not: say
// which one is meant.
func SteadyState(x []float64) (successive, sample, ratio float64, ok bool) {
	var sum float64
	for i := 1; i < len(x); i++ {
		d := x[i] - x[i-1]
		sum += float64(d * d)
	}
	successive = sum / float64(2*float64(len(x)-1))
	sample = elementary.SampleVariance(x)
	if !(sample > 0) {
		return successive, sample, 0, false
	}
	return successive, sample, successive / sample, true
}
