package rollup_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
)

func flowPlan(hold flowsheet.Hold, stale time.Duration) flowsheet.TagPlan {
	return flowsheet.TagPlan{Tag: "p/feed/mass_flow", Unit: measure.KilogramPerHour, Hold: hold, Stale: stale, Low: math.Inf(-1), High: math.Inf(1)}
}

// read makes a series of good readings from seconds and values in turn.
func read(unit measure.Unit, pairs ...float64) measure.Series {
	s := measure.Series{Tag: "p/feed/mass_flow", Unit: unit}
	for i := 0; i < len(pairs); i += 2 {
		s.Samples = append(s.Samples, measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(pairs[i] * 1e9)).UnixNano(), Value: pairs[i+1], Quality: measure.GoodQuality})
	}
	return s
}

// Vector time_weighted_small.
func TestMeansAreWeightedByTime(t *testing.T) {
	s := read(measure.KilogramPerHour, 0, 6, 120, 12, 180, 3, 240, 9)
	for _, c := range []struct {
		hold flowsheet.Hold
		want float64
	}{{flowsheet.Stepped, 6.75}, {flowsheet.Sloped, 7.875}} {
		r := rollup.Of(flowPlan(c.hold, 5*time.Minute), s, pipelinetest.Window(0, 4*time.Minute), 4*time.Minute)[0]
		if !pipelinetest.Near1e9(r.Mean, c.want) || r.Coverage != 1 || r.Quality != measure.GoodQuality || r.Count != 3 || r.Average != 7 {
			t.Errorf("%s: %+v, want mean %v", c.hold, r, c.want)
		}
	}
}

func TestAValueIsConvertedToTheUnitOfThePlan(t *testing.T) {
	r := rollup.Of(flowPlan(flowsheet.Stepped, time.Hour), read(measure.MustUnit("t/h"), 0, 0.25), pipelinetest.Window(0, time.Minute), rollup.Step)[0]
	if r.Mean != 250 || r.Last != 250 {
		t.Errorf("0.25 t/h became %v kg/h", r.Mean)
	}
	r = rollup.Of(flowPlan(flowsheet.Stepped, time.Hour), read(measure.MustUnit("kW"), 0, 0.25), pipelinetest.Window(0, time.Minute), rollup.Step)[0]
	if r.Coverage != 0 || r.Quality != measure.BadBecause(measure.Unparsable) {
		t.Errorf("kW counted as kg/h: %+v", r)
	}
}

func TestAValueHoldsNoLongerThanItIsStale(t *testing.T) {
	plan := flowPlan(flowsheet.Stepped, 30*time.Second)
	rollups := rollup.Of(plan, read(measure.KilogramPerHour, -10, 5), pipelinetest.Window(0, 2*time.Minute), rollup.Step)
	if r := rollups[0]; !pipelinetest.Near1e9(r.Coverage, 20.0/60) || r.Mean != 5 || r.Last != 5 || r.Count != 0 || r.Quality != measure.UncertainBecause(measure.Partial) {
		t.Errorf("carried in: %+v", r)
	}
	if r := rollups[1]; r.Coverage != 0 || r.Quality != measure.BadBecause(measure.Stale) || r.Mean != 0 {
		t.Errorf("after it went stale: %+v", r)
	}
	// A line is drawn to the next reading only if that comes in time.
	plan.Hold = flowsheet.Sloped
	if r := rollup.Of(plan, read(measure.KilogramPerHour, 0, 5, 31, 5), pipelinetest.Window(0, time.Minute), rollup.Step)[0]; r.Coverage != 0 || r.Count != 2 {
		t.Errorf("over a gap: %+v", r)
	}
}

func TestABadReadingEndsTheHold(t *testing.T) {
	for _, hold := range []flowsheet.Hold{flowsheet.Stepped, flowsheet.Sloped} {
		s := read(measure.KilogramPerHour, 0, 6, 20, 7, 40, 6)
		s.Samples[1].Quality = measure.BadBecause(measure.NoReply)
		r := rollup.Of(flowPlan(hold, time.Minute), s, pipelinetest.Window(0, time.Minute), rollup.Step)[0]
		want := map[flowsheet.Hold]float64{flowsheet.Stepped: 40.0 / 60, flowsheet.Sloped: 0}[hold]
		if !pipelinetest.Near1e9(r.Coverage, want) || r.Count != 2 {
			t.Errorf("%s: %+v, want coverage %v", hold, r, want)
		}
	}
	s := read(measure.KilogramPerHour, 10, 6)
	s.Samples[0].Quality = measure.BadBecause(measure.NoReply)
	if r := rollup.Of(flowPlan(flowsheet.Stepped, time.Minute), s, pipelinetest.Window(0, time.Minute), rollup.Step)[0]; r.Quality != measure.BadBecause(measure.NoReply) || r.Count != 0 {
		t.Errorf("only bad readings: %+v", r)
	}
}

func TestBeyondTheRangeIsBad(t *testing.T) {
	plan := flowPlan(flowsheet.Stepped, time.Minute)
	plan.Low, plan.High = 0, 400
	s := read(measure.KilogramPerHour, 0, 500, 30, 100, 45, math.NaN())
	got := rollup.Gate(plan, s.Samples)
	if got[0].Quality != measure.BadBecause(measure.OutOfRange) || got[1].Quality != measure.GoodQuality || got[2].Quality != measure.BadBecause(measure.Sentinel) {
		t.Errorf("gate: %v", got)
	}
	if r := rollup.Of(plan, s, pipelinetest.Window(0, time.Minute), rollup.Step)[0]; r.Coverage != 0.25 || r.Mean != 100 || r.Max != 100 {
		t.Errorf("%+v", r)
	}
}

func counterPlan() flowsheet.TagPlan {
	return flowsheet.TagPlan{Tag: "p/feed/mass_flow", Unit: measure.Kilogram, Hold: flowsheet.Stepped, Stale: 2 * time.Minute, Counter: true, Low: math.Inf(-1), High: math.Inf(1)}
}

// Vectors counter_binary, counter_reset and counter_decimal_small.
func TestCounters(t *testing.T) {
	const perHour = 1.0 / 3600
	for _, c := range []struct {
		name              string
		rollover, maxRate float64
		pairs             []float64
		total             float64
		quality           measure.Quality
	}{
		{"binary", 429496729.6, 200 * perHour, []float64{-30, 429496729.0, 30, 1.5}, 2.1, measure.GoodQuality},
		{"reset", 429496729.6, 200 * perHour, []float64{0, 500, 30, 1.2, 59, 1.3}, 0.1, measure.UncertainBecause(measure.Reset)},
		{"decimal", 1000, 500 * perHour, []float64{-30, 998.6, 30, 4.1}, 5.5, measure.GoodQuality},
		{"without a rate", 1000, 0, []float64{-30, 998.6, 30, 4.1}, 5.5, measure.GoodQuality},
		{"no rollover", 0, 0, []float64{0, 998.6, 30, 4.1, 59, 5.1}, 1, measure.UncertainBecause(measure.Reset)},
		{"too fast", 0, 200 * perHour, []float64{0, 10, 30, 5000, 59, 5000.5}, 0.5, measure.UncertainBecause(measure.Reset)},
	} {
		plan := counterPlan()
		plan.Rollover, plan.MaxRate = c.rollover, c.maxRate
		r := rollup.Of(plan, read(measure.Kilogram, c.pairs...), pipelinetest.Window(0, time.Minute), rollup.Step)[0]
		if math.Abs(r.Total-c.total) > 1e-6 || r.Quality.Level != c.quality.Level || c.quality.Reason == measure.Reset && r.Quality.Reason != measure.Reset {
			// A total that reaches over the end of the window is not covered to its end.
			if !(c.quality == measure.GoodQuality && r.Quality == measure.UncertainBecause(measure.Partial) && math.Abs(r.Total-c.total) < 1e-6) {
				t.Errorf("%s: %+v, want %v %s", c.name, r, c.total, c.quality)
			}
		}
	}
}

// drawSeries draws readings at rising times over some ten minutes.
func drawSeries(t *rapid.T, good bool) measure.Series {
	s := measure.Series{Tag: "p/feed/mass_flow", Unit: measure.KilogramPerHour}
	at := pipelinetest.Epoch.Add(-2 * time.Minute).UnixNano()
	for range rapid.IntRange(0, 60).Draw(t, "n") {
		at += int64(rapid.IntRange(1, 40_000).Draw(t, "ms")) * 1e6
		q := measure.GoodQuality
		if !good {
			q = rapid.SampledFrom([]measure.Quality{measure.GoodQuality, measure.GoodQuality, measure.UncertainBecause(measure.ClockUnsure), measure.BadBecause(measure.NoReply)}).Draw(t, "quality")
		}
		s.Samples = append(s.Samples, measure.Sample{At: at, Value: rapid.OneOf(rapid.Float64Range(0, 400), rapid.Just(100.0)).Draw(t, "value"), Quality: q})
	}
	return s
}

func drawPlan(t *rapid.T) flowsheet.TagPlan {
	plan := flowPlan(rapid.SampledFrom([]flowsheet.Hold{flowsheet.Sloped, flowsheet.Stepped}).Draw(t, "hold"), time.Duration(rapid.IntRange(1, 120).Draw(t, "stale"))*time.Second)
	plan.Rules = drawRules(t)
	return plan
}

func TestOrderAndDuplicatesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan, s := drawPlan(t), drawSeries(t, false)
		plan.Counter = rapid.Bool().Draw(t, "counter")
		w := pipelinetest.Window(0, 8*time.Minute)
		want := rollup.Of(plan, s, w, rollup.Step)
		mixed := s
		mixed.Samples = rapid.Permutation(append(slices.Clone(s.Samples), s.Samples...)).Draw(t, "order")
		before := slices.Clone(mixed.Samples)
		if got := rollup.Of(plan, mixed, w, rollup.Step); !slices.Equal(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		if !slices.Equal(before, mixed.Samples) {
			t.Fatal("Rollups changed the samples it was given")
		}
	})
}

func TestTwoHalvesMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan, s := drawPlan(t), drawSeries(t, false)
		plan.Counter = rapid.Bool().Draw(t, "counter")
		whole := rollup.Of(plan, s, pipelinetest.Window(0, 8*time.Minute), rollup.Step)
		cut := time.Duration(rapid.IntRange(1, 7).Draw(t, "cut")) * time.Minute
		halves := append(rollup.Of(plan, s, pipelinetest.Window(0, cut), rollup.Step), rollup.Of(plan, s, pipelinetest.Window(cut, 8*time.Minute), rollup.Step)...)
		if !slices.Equal(whole, halves) {
			t.Fatalf("cut at %s:\n%+v\n%+v", cut, whole, halves)
		}
		long := rollup.Of(plan, s, pipelinetest.Window(0, 8*time.Minute), 2*time.Minute)
		for i, r := range long {
			a, b := whole[2*i], whole[2*i+1]
			area := (a.Mean*a.Coverage + b.Mean*b.Coverage) / 2
			if !pipelinetest.Near1e9(r.Mean*r.Coverage, area) || !pipelinetest.Near1e9(r.Coverage, (a.Coverage+b.Coverage)/2) || !pipelinetest.Near1e9(r.Total, a.Total+b.Total) || r.Count != a.Count+b.Count {
				t.Fatalf("two minutes %+v\nare not  %+v\nand      %+v", r, a, b)
			}
		}
	})
}

func TestRollupsStayWithinTheirReadings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan, s := drawPlan(t), drawSeries(t, false)
		for _, r := range rollup.Of(plan, s, pipelinetest.Window(0, 8*time.Minute), rollup.Step) {
			switch {
			case r.Coverage < 0 || r.Coverage > 1:
				t.Fatalf("coverage: %+v", r)
			case r.Coverage > 0 && !(0 <= r.Min && r.Min <= r.Mean && r.Mean <= r.Max && r.Max <= 400):
				t.Fatalf("order: %+v", r)
			case r.Coverage == 0 && (r.Mean != 0 || r.Quality.Usable()):
				t.Fatalf("nothing covered: %+v", r)
			case r.Total != 0:
				t.Fatalf("a total without a counter: %+v", r)
			}
		}
	})
}

func BenchmarkRollups(b *testing.B) {
	plan := flowPlan(flowsheet.Sloped, 30*time.Second)
	s := measure.Series{Tag: plan.Tag, Unit: measure.MustUnit("t/h")}
	for i := range 3600 {
		s.Samples = append(s.Samples, measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(i) * time.Second).UnixNano(), Value: 0.1 + float64(i%60)/1000, Quality: measure.GoodQuality})
	}
	w := pipelinetest.Window(0, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if len(rollup.Of(plan, s, w, rollup.Step)) != 60 {
			b.Fatal("not 60 minutes")
		}
	}
	b.ReportMetric(float64(b.N)*3600/b.Elapsed().Seconds(), "readings/s")
}
