package rollup_test

import (
	"math"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Half an hour at 10 kg/h and a quarter at 20: the mean of what is covered is
// 40/3 kg/h, which the whole hour would bring; three quarters are known.
func TestHoursOf(t *testing.T) {
	from := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	w := measure.Interval{From: from, To: from.Add(3 * time.Hour)}
	var minutes []rollup.Rollup
	for i := range 60 {
		r := rollup.Rollup{From: from.UnixNano() + int64(i)*int64(rollup.Step), Mean: 10, Coverage: 1}
		switch {
		case i >= 45:
			r.Coverage, r.Mean = 0, 99
		case i >= 30:
			r.Mean = 20
		}
		minutes = append(minutes, r)
	}
	minutes = append(minutes, rollup.Rollup{From: from.Add(2 * time.Hour).UnixNano(), Mean: 6, Coverage: 0.5},
		rollup.Rollup{From: from.Add(-time.Minute).UnixNano(), Mean: 500, Coverage: 1}, rollup.Rollup{From: w.To.UnixNano(), Mean: 500, Coverage: 1})
	got := rollup.HoursOf(w, minutes)
	if len(got) != 3 || math.Abs(got[0].Value-40.0/3) > 1e-12 || math.Abs(got[0].Coverage-0.75) > 1e-12 || got[1] != (rollup.Hour{}) || math.Abs(got[2].Value-6) > 1e-12 || math.Abs(got[2].Coverage-0.5/60) > 1e-12 {
		t.Errorf("%+v", got)
	}
}
