package rollup_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
)

// drawRules draws some of the rules of a tag.
func drawRules(t *rapid.T) flowsheet.Rules {
	within := func() time.Duration { return time.Duration(rapid.IntRange(1, 180).Draw(t, "within")) * time.Second }
	r := flowsheet.Rules{MaxChange: rapid.SampledFrom([]float64{0, 1, 10}).Draw(t, "max change")}
	if rapid.Bool().Draw(t, "flatline") {
		r.Flatline = &flowsheet.Flatline{Readings: rapid.IntRange(2, 5).Draw(t, "readings"), Resolution: rapid.SampledFrom([]float64{0, 50}).Draw(t, "resolution"), Within: within()}
	}
	if rapid.Bool().Draw(t, "spikes") {
		r.Spikes = &flowsheet.Spikes{Neighbours: rapid.IntRange(1, 5).Draw(t, "neighbours"), Sigmas: 3, Least: rapid.SampledFrom([]float64{0, 20}).Draw(t, "least"), Within: within()}
	}
	if rapid.Bool().Draw(t, "sentinels") {
		r.Sentinels = []float64{100}
	}
	return r
}

// series makes readings of a tag, ten seconds apart.
func everyTenSeconds(values ...float64) measure.Series {
	var pairs []float64
	for i, v := range values {
		pairs = append(pairs, float64(10*i), v)
	}
	return read(measure.KilogramPerHour, pairs...)
}

// flags returns what a plan says of each reading: g for good, else the first
// letter of the reason, capital if it is bad.
func flags(plan flowsheet.TagPlan, s measure.Series, process *rollup.Standstills) string {
	var said strings.Builder
	for _, x := range rollup.Flag(&plan, s.Samples, measure.Conversion{Scale: 1}, process) {
		letter := x.Quality.Reason.String() + "g"
		if letter = letter[:1]; !x.Quality.Usable() {
			letter = strings.ToUpper(letter)
		}
		said.WriteString(letter)
	}
	return said.String()
}

// s is a spike, f a flatline, r a rate too high, O out of range, S a sentinel.
func TestReadingsAreFlagged(t *testing.T) {
	spikes := func(neighbours int, least float64) flowsheet.Rules {
		return flowsheet.Rules{Spikes: &flowsheet.Spikes{Neighbours: neighbours, Sigmas: 3, Least: least, Within: time.Hour}}
	}
	flat := func(n int, resolution float64) flowsheet.Rules {
		return flowsheet.Rules{Flatline: &flowsheet.Flatline{Readings: n, Resolution: resolution, Within: time.Hour}}
	}
	for _, c := range []struct {
		name   string
		rules  flowsheet.Rules
		values []float64
		want   string
	}{
		{"vector hampel", spikes(3, 0), []float64{20.1, 20.3, 19.9, 20.2, 35.0, 20.0, 20.1, 19.8, 20.2}, "ggggsgggg"},
		{"vector rate_of_change", flowsheet.Rules{MaxChange: 1}, []float64{100, 101, 140, 141}, "ggrg"},
		{"vector flatline", flat(5, .005), []float64{5.01, 5.02, 5.02, 5.02, 5.02, 5.02, 5.03}, "gfffffg"},
		{"analyser stuck at 109 %", flat(4, 0), []float64{13.1, 12.8, 109, 109, 109, 109, 109}, "ggfffff"},
		{"stuck for too few readings", flat(4, 0), []float64{13.1, 109, 109, 109, 12.8}, "ggggg"},
		{"oxygen a little below 0", spikes(3, .05), []float64{.1, 0, -.05, .05, -.1, 0, .1}, "ggggggg"},
		{"a step of the last digit", spikes(3, .1), []float64{5, 5, 5, 5.1, 5, 5, 5}, "ggggggg"},
		{"the same without a least S", spikes(3, 0), []float64{5, 5, 5, 5.1, 5, 5, 5}, "gggsggg"},
		{"a real step is no spike", spikes(2, 0), []float64{5, 5.1, 4.9, 9, 9.1, 8.9}, "gggggg"},
		{"the instrument's code", flowsheet.Rules{Sentinels: []float64{-32768, 9999}}, []float64{5, -32768, 9999, 9998}, "gSSg"},
		{"the code as a float32 has it", flowsheet.Rules{Sentinels: []float64{-999.9}}, []float64{5, float64(float32(-999.9)), -999.899}, "gSg"},
		{"a code between neighbours does not hide them", flowsheet.Rules{MaxChange: 1, Sentinels: []float64{9999}}, []float64{5, 9999, 95}, "gSr"},
		{"beyond the range", spikes(2, 0), []float64{5, 5.1, 500, 5, 5.1}, "ggOgg"},
		{"a spike that is also too fast", flowsheet.Rules{MaxChange: 1, Spikes: &flowsheet.Spikes{Neighbours: 3, Sigmas: 3, Least: 0, Within: time.Hour}}, []float64{20.1, 20.3, 19.9, 20.2, 35.0, 20.0, 20.1}, "ggggsrg"},
		{"a frozen reading is not mended by a late leap", flowsheet.Rules{MaxChange: 1, Flatline: &flowsheet.Flatline{Readings: 3, Resolution: 0, Within: time.Hour}}, []float64{5, 5, 5, 40}, "fffr"},
	} {
		plan := flowPlan(flowsheet.Sloped, 30*time.Second)
		plan.Low, plan.High, plan.Rules = -40_000, 400, c.rules
		if c.rules.Sentinels != nil {
			plan.High = 10_000
		}
		if got := flags(plan, everyTenSeconds(c.values...), nil); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNeighboursAreNoFurtherAwayThanSaid(t *testing.T) {
	plan := flowPlan(flowsheet.Sloped, 30*time.Second)
	s := read(measure.KilogramPerHour, 0, 5, 10, 5, 60, 5, 70, 5, 200, 90)
	plan.Rules = flowsheet.Rules{Flatline: &flowsheet.Flatline{Readings: 3, Resolution: 0, Within: 60 * time.Second}}
	if got := flags(plan, s, nil); got != "ffffg" {
		t.Errorf("within a minute: %s", got)
	}
	plan.Rules.Flatline.Within = 59 * time.Second
	if got := flags(plan, s, nil); got != "ggggg" {
		t.Errorf("within less: %s", got)
	}
	plan.Rules = flowsheet.Rules{MaxChange: .01, Spikes: &flowsheet.Spikes{Neighbours: 3, Sigmas: 3, Least: 0, Within: 100 * time.Second}}
	if got := flags(plan, s, nil); got != "ggggg" {
		t.Errorf("a reading alone is compared with ones long gone: %s", got)
	}
	plan.Rules.Spikes.Within = 200 * time.Second
	if got := flags(plan, s, nil); got != "ggggs" {
		t.Errorf("neighbours that are near enough: %s", got)
	}
}

func TestAnAlreadyUncertainReadingKeepsItsReason(t *testing.T) {
	plan := flowPlan(flowsheet.Sloped, 30*time.Second)
	plan.Rules = flowsheet.Rules{Flatline: &flowsheet.Flatline{Readings: 2, Resolution: 0, Within: time.Hour}}
	s := everyTenSeconds(5, 5)
	s.Samples[0].Quality = measure.UncertainBecause(measure.ClockUnsure)
	if got := flags(plan, s, nil); got != "cf" {
		t.Error(got)
	}
}

func TestAFlatlineIsJudgedWhileTheProcessRuns(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	src := pipelinetest.SteadyReadings(p, 2, 10*time.Second)
	for i := range src {
		for k, s := range src[i].Samples {
			if src[i].Tag == "p/feed/mass_flow" { // stopped in the second half hour, and alive otherwise
				if src[i].Samples[k].Value += float64(k % 3); s.At >= pipelinetest.Epoch.Add(30*time.Minute).UnixNano() {
					src[i].Samples[k].Value = 0
				}
			}
		}
	}
	r := pipelinetest.Compute(t, p, pipelinetest.LabOf(t, pipelinetest.SmallLab), src, pipelinetest.Window(0, time.Hour)).Rollups
	flat := measure.UncertainBecause(measure.Flatline)
	for minute, want := range map[int]measure.Quality{10: flat, 28: flat, 32: measure.GoodQuality, 50: measure.GoodQuality} {
		if got := r["p/char/moisture"][minute].Quality; got != want {
			t.Errorf("minute %d: char moisture that never moves is %s, want %s", minute, got, want)
		}
	}
	if q := r["p/feed/mass_flow"][45].Quality; q != measure.GoodQuality {
		t.Errorf("a feed that stands still: %s", q)
	}
	if q := r["p/feed/mass_flow"][30].Quality; q != measure.UncertainBecause(measure.RateTooHigh) {
		t.Errorf("a feed that stops in ten seconds: %s", q)
	}
	// Without a word on running it is judged at any time.
	p.Running = nil
	if q := pipelinetest.Compute(t, p, nil, src, pipelinetest.Window(0, time.Hour)).Rollups["p/char/moisture"][50].Quality; q != flat {
		t.Errorf("without running: %s", q)
	}
}

func TestWhatDoesNotAddUpIsUncertain(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	src := pipelinetest.SteadyReadings(p, 2, 10*time.Second) // 10 % and 300 000 ppm
	for i := range src {
		for k, s := range src[i].Samples {
			at := time.Duration(s.At - pipelinetest.Epoch.UnixNano())
			switch src[i].Tag {
			case "p/gas/ch4":
				if at >= 20*time.Minute && at < 25*time.Minute {
					src[i].Samples[k].Value = 109
				}
			case "p/gas/co2":
				if at >= 22*time.Minute && at < 40*time.Minute {
					src[i].Samples[k].Quality = measure.BadBecause(measure.NoReply)
				}
			}
		}
	}
	r := pipelinetest.Compute(t, p, nil, src, pipelinetest.Window(0, time.Hour)).Rollups
	off := measure.UncertainBecause(measure.SumRule)
	for minute, want := range map[int]measure.Quality{10: measure.GoodQuality, 20: off, 21: off, 23: measure.GoodQuality, 30: measure.GoodQuality, 50: measure.GoodQuality} {
		if got := r["p/gas/ch4"][minute].Quality; got != want {
			t.Errorf("minute %d: methane is %s, want %s", minute, got, want)
		}
	}
	if q := r["p/gas/co2"][20].Quality; q != off {
		t.Errorf("the other gas: %s", q)
	}
	p.Sums[0].Low, p.Sums[0].High = math.Inf(-1), 39
	if q := pipelinetest.Compute(t, p, nil, src, pipelinetest.Window(0, time.Hour)).Rollups["p/gas/ch4"][50].Quality; q != off {
		t.Errorf("40 %% where 39 %% are the most: %s", q)
	}
}

// Flags say what a number is worth, and never which number it is.
func TestFlagsChangeTheQualityOnly(t *testing.T) {
	flagged := 0
	rapid.Check(t, func(t *rapid.T) {
		plan, s := drawPlan(t), drawSeries(t, false)
		plan.Counter = rapid.Bool().Draw(t, "counter")
		with, without := rollup.Of(plan, s, pipelinetest.Window(0, 8*time.Minute), rollup.Step), rollup.Of(pipelinetest.WithoutFlags(plan), s, pipelinetest.Window(0, 8*time.Minute), rollup.Step)
		for i := range with {
			if with[i].Quality.Level > without[i].Quality.Level || without[i].Quality.Usable() != with[i].Quality.Usable() {
				t.Fatalf("%s with flags, %s without", with[i].Quality, without[i].Quality)
			}
			if with[i].Quality != without[i].Quality {
				flagged++
			}
			with[i].Quality = without[i].Quality
		}
		if !slices.Equal(with, without) {
			t.Fatalf("with flags %+v\nwithout    %+v", with, without)
		}
	})
	if flagged == 0 && !testing.Short() {
		t.Error("nothing was ever flagged: the law was not put to the test")
	}
}

func BenchmarkRollupsWithRules(b *testing.B) {
	s := measure.Series{Tag: "p/feed/mass_flow", Unit: measure.MustUnit("t/h")}
	for i := range 3600 {
		s.Samples = append(s.Samples, measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(i) * time.Second).UnixNano(), Value: 0.1 + float64(i%60)/1000, Quality: measure.GoodQuality})
	}
	for name, rules := range map[string]flowsheet.Rules{
		"sentinels": {Sentinels: []float64{-32768, 9999}},
		"rate":      {MaxChange: 1},
		"flatline":  {Flatline: &flowsheet.Flatline{Readings: 30, Resolution: .01, Within: 15 * time.Minute}},
		"spikes":    {Spikes: &flowsheet.Spikes{Neighbours: 5, Sigmas: 3, Least: 0, Within: 150 * time.Second}},
	} {
		b.Run(name, func(b *testing.B) {
			plan := flowPlan(flowsheet.Sloped, 30*time.Second)
			plan.Rules = rules
			b.ReportAllocs()
			for b.Loop() {
				rollup.Of(plan, s, pipelinetest.Window(0, time.Hour), rollup.Step)
			}
			b.ReportMetric(float64(b.N)*3600/b.Elapsed().Seconds(), "readings/s")
		})
	}
}
