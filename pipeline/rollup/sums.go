package rollup

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// checkSum makes the minutes uncertain in which a sum rule is broken.
//
//	Low ≤ Σ x̄_i ≤ High      x̄_i  mean of tag i in the minute, in Unit
//
// Source: definition.
func checkSum(p *flowsheet.Plant, s flowsheet.SumRule, rollups map[measure.Tag][]Rollup) {
	conversions := make([]measure.Conversion, len(s.Tags))
	minutes := math.MaxInt
	for i, tag := range s.Tags {
		plan, _ := p.Tag(tag)
		conversions[i], _ = plan.Unit.To(s.Unit)
		minutes = min(minutes, len(rollups[tag]))
	}
	for m := range minutes {
		sum, known := 0.0, true
		for i, tag := range s.Tags {
			r := &rollups[tag][m]
			known = known && r.Coverage > 0
			sum += conversions[i].Apply(r.Mean)
		}
		if !known || sum >= s.Low && sum <= s.High {
			continue
		}
		for _, tag := range s.Tags {
			r := &rollups[tag][m]
			r.Quality = measure.Worse(r.Quality, measure.UncertainBecause(measure.SumRule))
		}
	}
}
