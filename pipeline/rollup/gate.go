package rollup

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Gate returns the samples, in the unit of the plan, with the quality that
// the plan gives each by itself: beyond the range a reading is bad, and so is
// a value that is no number or one of the sentinels. It never mends a value
// and never drops a sample. What neighbours tell of a reading is not looked
// at; that is for [Of].
func Gate(plan flowsheet.TagPlan, samples []measure.Sample) []measure.Sample {
	out := make([]measure.Sample, len(samples))
	for i, s := range samples {
		out[i] = gate(&plan, s)
	}
	return out
}

func gate(t *flowsheet.TagPlan, s measure.Sample) measure.Sample {
	switch {
	case s.Quality.Level < measure.Uncertain:
		s.Value = 0
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		s.Value, s.Quality = 0, measure.BadBecause(measure.Sentinel)
	case len(t.Rules.Sentinels) > 0 && isSentinel(t, s.Value):
		s.Value, s.Quality = 0, measure.BadBecause(measure.Sentinel)
	case s.Value < t.Low || s.Value > t.High:
		s.Value, s.Quality = 0, measure.BadBecause(measure.OutOfRange)
	}
	return s
}

// isSentinel tells whether a value is the instrument's code for "no value".
func isSentinel(t *flowsheet.TagPlan, x float64) bool {
	return slices.ContainsFunc(t.Rules.Sentinels, func(code float64) bool { return measure.SameCode(x, code) })
}
