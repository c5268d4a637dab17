package lots_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

// controlsOf makes daily zero controls of an analyser with a standard deviation of 2 %.
func controlsOf(d ...float64) *lots.Lab {
	l := &lots.Lab{}
	percent := measure.MustUnit("%")
	for i, x := range d {
		l.Controls = append(l.Controls, lots.Control{
			Tag: "p/gas/co2", Plant: "p", Kind: lots.ZeroControl, At: pipelinetest.Epoch.AddDate(0, 0, i),
			Reference: measure.Quantity{Value: 1, Unit: percent}, Reading: measure.Quantity{Value: 1 + x, Unit: percent}, S: measure.Quantity{Value: 2, Unit: percent},
		})
	}
	return l
}

// Vector qal3_cusum.
func TestDriftIsFoundByTheCUSUM(t *testing.T) {
	l := controlsOf(.5, 1.5, 2.5, 1, 3, 2.8, 3.5, 2.2)
	for i, want := range []float64{0, .498, 1.996, 1.994, 3.992, 5.790, 8.288, 9.486} {
		s, ok := l.ControlAt("p/gas/co2", lots.ZeroControl, pipelinetest.Epoch.AddDate(0, 0, i).Add(time.Hour))
		if !ok || math.Abs(s.Positive-want) > 1e-9 || s.Negative != 0 || math.Abs(s.Limits.Hx-5.7) > 1e-9 {
			t.Errorf("control %d: %+v, want S+ %v", i, s, want)
		}
		if drifts := !s.Drift.IsZero(); drifts != (i >= 5) || drifts && !s.Drift.Equal(pipelinetest.Epoch.AddDate(0, 0, 5)) || !s.Imprecise.IsZero() {
			t.Errorf("control %d: %s", i, s)
		}
	}
	if s, _ := l.ControlAt("p/gas/co2", lots.ZeroControl, pipelinetest.Epoch.AddDate(0, 0, 5)); s.String() != "zero: drift since 2026-11-07T00:00:00Z: S+ 5.79 and S- 0 %, limit 5.7 %" {
		t.Error(s)
	}
	if s, _ := l.ControlAt("p/gas/co2", lots.ZeroControl, pipelinetest.Epoch); s.String() != "in control" {
		t.Error(s)
	}
	if _, ok := l.ControlAt("p/gas/co2", lots.ZeroControl, pipelinetest.Epoch.Add(-1)); ok {
		t.Error("a state before the first control reading")
	}
	if _, ok := l.ControlAt("p/gas/co2", lots.SpanControl, pipelinetest.Epoch.AddDate(1, 0, 0)); ok {
		t.Error("a state of a kind that was never controlled")
	}
}

func TestAnImpreciseAnalyserIsNoDrift(t *testing.T) {
	s, _ := controlsOf(5, -5, 5, -5).ControlAt("p/gas/co2", lots.ZeroControl, pipelinetest.Epoch.AddDate(0, 0, 4))
	if !s.Drift.IsZero() || !strings.HasPrefix(s.String(), "zero: imprecise since 2026-11-03T00:00:00Z: s ") {
		t.Error(s)
	}
}

func TestAnAdjustmentEndsTheDrift(t *testing.T) {
	l := controlsOf(9, 9, -1, 0, 20, 30)
	l.Controls[2].Adjusted, l.Controls[5].Adjusted = true, true
	day := func(n int) time.Time { return pipelinetest.Epoch.AddDate(0, 0, n) }
	got := l.Drifts("p/gas/co2")
	want := []measure.Interval{{From: day(0), To: day(2)}, {From: day(4), To: day(5)}, {From: day(5), To: lots.ForGood}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	slices.Reverse(l.Controls)
	if !slices.Equal(l.Drifts("p/gas/co2"), want) {
		t.Error("the order of entries matters")
	}
}

func TestADriftingAnalyserIsUncertain(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.SmallPlant), pipelinetest.LabOf(t, pipelinetest.SmallLab+pipelinetest.SmallControls)
	r := pipelinetest.Compute(t, p, lab, pipelinetest.SteadyReadings(p, 2, 10*time.Second), pipelinetest.Window(0, time.Hour))
	for i, m := range r.Rollups["p/gas/co2"] {
		want := measure.GoodQuality
		if i >= 20 && i < 40 { // 1.499 + 1.499 standard deviations at the second control: above 2.85
			want = measure.UncertainBecause(measure.Drift)
		}
		if m.Quality != want {
			t.Fatalf("minute %d is %s, want %s", i, m.Quality, want)
		}
	}
	if q := r.Closures[0].Streams[2].Quality; q != measure.UncertainBecause(measure.Drift) {
		t.Errorf("the gas stream is %s", q)
	}
	if q := r.Rollups["p/gas/ch4"][30].Quality; q != measure.GoodQuality {
		t.Errorf("another analyser is %s", q)
	}
}

func TestParseControlsSaysWhatIsWrong(t *testing.T) {
	if l := pipelinetest.LabOf(t, "laboratory: { name: A, accreditation: none }\n"+pipelinetest.SmallControls); len(l.Controls) != 5 || len(l.Lots) != 0 || !slices.Equal(l.Plants(), []string{"p"}) {
		t.Errorf("%+v", l)
	}
	for _, c := range [][3]string{
		{"kind: zero", "kind: zerro", `did you mean "zero"?`},
		{"reading: -0.01 %", "reading: 0.01", "0.01 has no unit"},
		{"reading: -0.01 %", "reading: 0.01 K", "cannot convert"},
		{"reference: 0 %", "reference: 0", "0 has no unit"},
		{`s: "1000 [ppm]"`, "s: 0 %", "must be above 0"},
		{`s: "1000 [ppm]"`, "s: 1 K", "1 K: give it in %"},
		{"tag: p/gas/co2, plant: p, at: 2026-11-02T00:20:00Z", "tag: q/gas/co2, plant: p, at: 2026-11-02T00:20:00Z", "tag q/gas/co2 does not start with the plant, p/"},
		{"at: 2026-11-02T00:20:00Z", "at: 2026-11-02T00:10:00Z", "the span control of p/gas/co2 at 2026-11-02T00:10:00Z is given twice"},
		{"at: 2026-11-02T00:20:00Z, ", "", "at is missing"},
		{"adjusted: true", "adjusted: yes", "must be true or false"},
		{"controls:", "control:", `did you mean "controls"?`},
	} {
		text := strings.Replace(pipelinetest.SmallLab+pipelinetest.SmallControls, c[0], c[1], 1)
		if text == pipelinetest.SmallLab+pipelinetest.SmallControls {
			t.Fatalf("%s is not in the file", c[0])
		}
		if _, err := lots.Parse("lab.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}

// Of two files the newer one's word stands, whatever else they say.
func TestMergeControls(t *testing.T) {
	older, newer := controlsOf(1, 2, 3), controlsOf(1, 9)
	got := lots.MergeControls(newer.Controls, older.Controls)
	if len(got) != 3 || got[1].Reading.Value != 10 || got[2].Reading.Value != 4 {
		t.Errorf("%+v", got)
	}
}

// What was found at an instant does not change with what is found later.
func TestLaterControlsDoNotChangeEarlierStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := controlsOf(rapid.SliceOfN(rapid.Float64Range(-8, 8), 1, 20).Draw(t, "d")...)
		for i := range l.Controls {
			l.Controls[i].Adjusted = rapid.IntRange(0, 5).Draw(t, "adjusted") == 0
		}
		n := rapid.IntRange(1, len(l.Controls)).Draw(t, "n")
		at := l.Controls[n-1].At
		before, _ := (&lots.Lab{Controls: l.Controls[:n]}).ControlAt("p/gas/co2", lots.ZeroControl, at)
		after, _ := l.ControlAt("p/gas/co2", lots.ZeroControl, at)
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Fatalf("%s, later %s", before, after)
		}
	})
}
