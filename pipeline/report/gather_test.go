package report_test

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/reporttest"
	"github.com/nielu/nielu/pipeline/rollup"
)

func gathered(t *testing.T) (*flowsheet.Plant, measure.Interval, report.Readings) {
	t.Helper()
	p := reporttest.Must(flowsheet.Parse("p.yaml", []byte(reporttest.PlantFile)))(t)
	w := measure.Interval{From: reporttest.Clock("2026-11-01T00:00:00Z"), To: reporttest.Clock("2026-11-04T00:00:00Z")}
	return p, w, reporttest.Readings(p, w)
}

// TestGathering holds what is kept of three days with a silence of two hours.
func TestGathering(t *testing.T) {
	_, _, r := gathered(t)
	if len(r.Coverage) != 3 || r.Coverage[0].Usable != 6*(3*1440-120) || math.Abs(r.Coverage[0].Share-(1-120.0/4320)) > 1e-12 || r.Coverage[1].Share != 1 {
		t.Errorf("coverage: %+v", r.Coverage)
	}
	want := []report.Gap{{"p/char/mass_flow", reporttest.Clock("2026-11-03T00:00:00Z"), reporttest.Clock("2026-11-03T02:00:00Z"), "no-reply"}}
	if !reflect.DeepEqual(r.Gaps, want) {
		t.Errorf("gaps: %+v", r.Gaps)
	}
	if len(r.Closures) != 72 || r.Closures[5].Mass != nil || r.Closures[5].Why == "" {
		t.Errorf("closures: %d, the sixth %+v", len(r.Closures), r.Closures[5])
	}
	if len(r.Temperatures) != 1 || r.Temperatures[0].Tag != "p/kiln/temperature" || !r.Temperatures[0].HasRule {
		t.Fatalf("temperatures: %+v", r.Temperatures)
	}
	steps := r.Temperatures[0].Steps
	if len(steps) != 288 || steps[0].To-steps[0].From != int64(15*time.Minute) || steps[0].Min != 30 || steps[0].Max != 31 || steps[0].Coverage != 1 {
		t.Errorf("%d steps, the first %+v", len(steps), steps[0])
	}
	mean := 0.0
	for i := range 15 {
		mean += (30 + float64(i%7)/10) / 15
	}
	if math.Abs(steps[0].Mean-mean) > 1e-9 {
		t.Errorf("the first mean is %g, not %g", steps[0].Mean, mean)
	}
}

// TestPieces holds that parts of any size, and parts beyond the interval, give
// what the whole gives.
func TestPieces(t *testing.T) {
	p, w, whole := gathered(t)
	g := report.NewGathering(p, w)
	for from := w.From.Add(-24 * time.Hour); !from.After(w.To); from = from.Add(24 * time.Hour) {
		day := reporttest.Part(p, from)
		for h := range 24 { // an hour at a time
			lo, hi := from.Add(time.Duration(h)*time.Hour).UnixNano(), from.Add(time.Duration(h+1)*time.Hour).UnixNano()
			hour := pipeline.Result{Rollups: map[measure.Tag][]rollup.Rollup{}}
			for tag, all := range day.Rollups {
				for _, r := range all {
					if lo <= r.From && r.From < hi {
						hour.Rollups[tag] = append(hour.Rollups[tag], r)
					}
				}
			}
			hour.Closures = slices.DeleteFunc(slices.Clone(day.Closures), func(c pipeline.Closure) bool { return c.From < lo || c.From >= hi })
			g.Add(measure.Interval{From: time.Unix(0, lo).UTC(), To: time.Unix(0, hi).UTC()}, hour)
		}
	}
	if got := g.End(); !reflect.DeepEqual(got, whole) {
		t.Error("hours gathered one by one differ from days")
	}
}

// TestSilentThroughout holds that a tag of which nothing came has one gap.
func TestSilentThroughout(t *testing.T) {
	p, w, _ := gathered(t)
	r := report.NewGathering(p, w).End()
	if len(r.Gaps) != 1 || r.Gaps[0].Who != "all 3 tags" || !r.Gaps[0].From.Equal(w.From) || !r.Gaps[0].To.Equal(w.To) || r.Gaps[0].Why != "not-reported" {
		t.Errorf("gaps: %+v", r.Gaps)
	}
	if r.Coverage[0].Share != 0 || r.Coverage[0].Usable != 0 {
		t.Errorf("coverage: %+v", r.Coverage)
	}
}
