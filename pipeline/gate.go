package pipeline

import (
	"math"

	"github.com/nielu/nielu/measure"
)

// Gate returns the samples, in the unit of the plan, with the quality that
// the plan gives them: beyond the range a reading is bad, and so is a value
// that is no number. It never mends a value and never drops a sample.
func Gate(plan TagPlan, samples []measure.Sample) []measure.Sample {
	out := make([]measure.Sample, len(samples))
	for i, s := range samples {
		out[i] = plan.gate(s)
	}
	return out
}

func (t *TagPlan) gate(s measure.Sample) measure.Sample {
	switch {
	case s.Quality.Level < measure.Uncertain:
		s.Value = 0
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		s.Value, s.Quality = 0, measure.BadBecause(measure.Sentinel)
	case s.Value < t.Low || s.Value > t.High:
		s.Value, s.Quality = 0, measure.BadBecause(measure.OutOfRange)
	}
	return s
}
