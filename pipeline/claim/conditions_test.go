package claim

import (
	"math"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// A minute of which a part is lost counts as far off as the tag's range lets
// it have been, and a temperature in the unit in which kilns are set.
func TestAMinuteIsNoMoreUniformThanItsReadings(t *testing.T) {
	kiln := func(unit string, low, high float64) flowsheet.TagPlan {
		return flowsheet.TagPlan{Unit: measure.MustUnit(unit), Low: low, High: high}
	}
	steady := []coveredMinute{{mean: 550, share: 1}, {mean: 550, share: 1}, {mean: 550, share: 1}}
	lost := []coveredMinute{{mean: 550, share: 1}, {mean: 550, share: .8}, {mean: 550, share: 1}}
	kelvin := []coveredMinute{{mean: 823.15, share: 1}, {mean: 883.15, share: 1}, {mean: 763.15, share: 1}}
	for name, c := range map[string]struct {
		plan     flowsheet.TagPlan
		minutes  []coveredMinute
		want     float64
		complete bool
	}{
		"steady":                   {kiln("Cel", 0, 1200), steady, 0, true},
		"a fifth lost":             {kiln("Cel", 0, 1200), lost, (550*.8 + 1200*.2 - (1100+550*.8)/3) / ((1100 + 550*.8) / 3), true},
		"a fifth lost, no range":   {kiln("Cel", math.Inf(-1), math.Inf(1)), lost, 0, false},
		"not shown":                {kiln("Cel", 0, 1200), append([]coveredMinute{{}}, steady...), 0, false},
		"60 K of 550 Cel, in K":    {kiln("K", 273.15, 1473.15), kelvin, 60. / 550, true},
		"residence time, in whole": {kiln("s", 0, 3600), steady, 0, true},
	} {
		d, complete := carbon.Uniform(bounds(c.plan, c.minutes))
		if complete != c.complete || complete && math.Abs(d-c.want) > 1e-9 {
			t.Errorf("%s: %v %v, want %v %v", name, d, complete, c.want, c.complete)
		}
	}
}
