package pipeline

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

// drawRules draws some of the rules of a tag.
func drawRules(t *rapid.T) Rules {
	within := func() time.Duration { return time.Duration(rapid.IntRange(1, 180).Draw(t, "within")) * time.Second }
	r := Rules{MaxChange: rapid.SampledFrom([]float64{0, 1, 10}).Draw(t, "max change")}
	if rapid.Bool().Draw(t, "flatline") {
		r.Flatline = &Flatline{rapid.IntRange(2, 5).Draw(t, "readings"), rapid.SampledFrom([]float64{0, 50}).Draw(t, "resolution"), within()}
	}
	if rapid.Bool().Draw(t, "spikes") {
		r.Spikes = &Spikes{rapid.IntRange(1, 5).Draw(t, "neighbours"), 3, rapid.SampledFrom([]float64{0, 20}).Draw(t, "least"), within()}
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
func flags(plan TagPlan, s measure.Series, process *process) string {
	var said strings.Builder
	for _, x := range plan.flagged(s.Samples, measure.Conversion{Scale: 1}, process) {
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
	spikes := func(neighbours int, least float64) Rules {
		return Rules{Spikes: &Spikes{neighbours, 3, least, time.Hour}}
	}
	flat := func(n int, resolution float64) Rules {
		return Rules{Flatline: &Flatline{n, resolution, time.Hour}}
	}
	for _, c := range []struct {
		name   string
		rules  Rules
		values []float64
		want   string
	}{
		{"vector hampel", spikes(3, 0), []float64{20.1, 20.3, 19.9, 20.2, 35.0, 20.0, 20.1, 19.8, 20.2}, "ggggsgggg"},
		{"vector rate_of_change", Rules{MaxChange: 1}, []float64{100, 101, 140, 141}, "ggrg"},
		{"vector flatline", flat(5, .005), []float64{5.01, 5.02, 5.02, 5.02, 5.02, 5.02, 5.03}, "gfffffg"},
		{"analyser stuck at 109 %", flat(4, 0), []float64{13.1, 12.8, 109, 109, 109, 109, 109}, "ggfffff"},
		{"stuck for too few readings", flat(4, 0), []float64{13.1, 109, 109, 109, 12.8}, "ggggg"},
		{"oxygen a little below 0", spikes(3, .05), []float64{.1, 0, -.05, .05, -.1, 0, .1}, "ggggggg"},
		{"a step of the last digit", spikes(3, .1), []float64{5, 5, 5, 5.1, 5, 5, 5}, "ggggggg"},
		{"the same without a least S", spikes(3, 0), []float64{5, 5, 5, 5.1, 5, 5, 5}, "gggsggg"},
		{"a real step is no spike", spikes(2, 0), []float64{5, 5.1, 4.9, 9, 9.1, 8.9}, "gggggg"},
		{"the instrument's code", Rules{Sentinels: []float64{-32768, 9999}}, []float64{5, -32768, 9999, 9998}, "gSSg"},
		{"the code as a float32 has it", Rules{Sentinels: []float64{-999.9}}, []float64{5, float64(float32(-999.9)), -999.899}, "gSg"},
		{"a code between neighbours does not hide them", Rules{MaxChange: 1, Sentinels: []float64{9999}}, []float64{5, 9999, 95}, "gSr"},
		{"beyond the range", spikes(2, 0), []float64{5, 5.1, 500, 5, 5.1}, "ggOgg"},
		{"a spike that is also too fast", Rules{MaxChange: 1, Spikes: &Spikes{3, 3, 0, time.Hour}}, []float64{20.1, 20.3, 19.9, 20.2, 35.0, 20.0, 20.1}, "ggggsrg"},
		{"a frozen reading is not mended by a late leap", Rules{MaxChange: 1, Flatline: &Flatline{3, 0, time.Hour}}, []float64{5, 5, 5, 40}, "fffr"},
	} {
		plan := flowPlan(Sloped, 30*time.Second)
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
	plan := flowPlan(Sloped, 30*time.Second)
	s := read(measure.KilogramPerHour, 0, 5, 10, 5, 60, 5, 70, 5, 200, 90)
	plan.Rules = Rules{Flatline: &Flatline{3, 0, 60 * time.Second}}
	if got := flags(plan, s, nil); got != "ffffg" {
		t.Errorf("within a minute: %s", got)
	}
	plan.Rules.Flatline.Within = 59 * time.Second
	if got := flags(plan, s, nil); got != "ggggg" {
		t.Errorf("within less: %s", got)
	}
	plan.Rules = Rules{MaxChange: .01, Spikes: &Spikes{3, 3, 0, 100 * time.Second}}
	if got := flags(plan, s, nil); got != "ggggg" {
		t.Errorf("a reading alone is compared with ones long gone: %s", got)
	}
	plan.Rules.Spikes.Within = 200 * time.Second
	if got := flags(plan, s, nil); got != "ggggs" {
		t.Errorf("neighbours that are near enough: %s", got)
	}
}

func TestAnAlreadyUncertainReadingKeepsItsReason(t *testing.T) {
	plan := flowPlan(Sloped, 30*time.Second)
	plan.Rules = Rules{Flatline: &Flatline{2, 0, time.Hour}}
	s := everyTenSeconds(5, 5)
	s.Samples[0].Quality = measure.UncertainBecause(measure.ClockUnsure)
	if got := flags(plan, s, nil); got != "cf" {
		t.Error(got)
	}
}

// ruledPlant is the small plant with all rules on.
var ruledPlant = strings.NewReplacer(
	"range: [0 kg/h, 400 kg/h], uncertainty: 1 % }", "range: [0 kg/h, 400 kg/h], uncertainty: 1 %, max_change: 600 kg/h/min, flatline: { readings: 6, resolution: 0.01 kg/h }, spikes: { neighbours: 3, sigmas: 3, least: 1 kg/h, within: 2 min } }",
	`p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, `, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, flatline: { readings: 9, resolution: 0.01 %, within: 4 min }, sentinels: ["-1 %"], `,
	"rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min", "rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min, flatline: { readings: 4, resolution: 0.001 kg }",
	"nodes: {", "running: { tag: p/feed/mass_flow, above: 50 kg/h }\nsums: [{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 %, within: 2 % }]\nnodes: {",
).Replace(smallPlant)

func TestAFlatlineIsJudgedWhileTheProcessRuns(t *testing.T) {
	p := plantOf(t, ruledPlant)
	src := steady(p, 2, 10*time.Second)
	for i := range src {
		for k, s := range src[i].Samples {
			if src[i].Tag == "p/feed/mass_flow" { // stopped in the second half hour, and alive otherwise
				if src[i].Samples[k].Value += float64(k % 3); s.At >= epoch.Add(30*time.Minute).UnixNano() {
					src[i].Samples[k].Value = 0
				}
			}
		}
	}
	r := computed(t, p, labOf(t, smallLab), src, window(0, time.Hour)).Rollups
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
	if q := computed(t, p, nil, src, window(0, time.Hour)).Rollups["p/char/moisture"][50].Quality; q != flat {
		t.Errorf("without running: %s", q)
	}
}

func TestWhatDoesNotAddUpIsUncertain(t *testing.T) {
	p := plantOf(t, ruledPlant)
	src := steady(p, 2, 10*time.Second) // 10 % and 300 000 ppm
	for i := range src {
		for k, s := range src[i].Samples {
			at := time.Duration(s.At - epoch.UnixNano())
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
	r := computed(t, p, nil, src, window(0, time.Hour)).Rollups
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
	if q := computed(t, p, nil, src, window(0, time.Hour)).Rollups["p/gas/ch4"][50].Quality; q != off {
		t.Errorf("40 %% where 39 %% are the most: %s", q)
	}
}

// unflagged is a plan with those rules only that look at one reading.
func unflagged(plan TagPlan) TagPlan {
	plan.Rules = Rules{Sentinels: plan.Rules.Sentinels}
	return plan
}

// Flags say what a number is worth, and never which number it is.
func TestFlagsChangeTheQualityOnly(t *testing.T) {
	flagged := 0
	rapid.Check(t, func(t *rapid.T) {
		plan, s := drawPlan(t), drawSeries(t, false)
		plan.Counter = rapid.Bool().Draw(t, "counter")
		with, without := Rollups(plan, s, window(0, 8*time.Minute), Step), Rollups(unflagged(plan), s, window(0, 8*time.Minute), Step)
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
	if flagged == 0 {
		t.Error("nothing was ever flagged: the law was not put to the test")
	}
}

func TestFlagsDoNotChangeTheProduct(t *testing.T) {
	lab := labOf(t, smallLab)
	p := plantOf(t, ruledPlant)
	plain := plantOf(t, ruledPlant)
	for i := range plain.Tags {
		plain.Tags[i] = unflagged(plain.Tags[i])
	}
	plain.Sums = nil
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 1)
		with, without := countMinutes(t, p, lab, src, 30), countMinutes(t, plain, lab, src, 30)
		if with.Quality.Level > without.Quality.Level {
			t.Fatalf("flags made %s of %s", with.Quality, without.Quality)
		}
		if with.Quality = without.Quality; with != without {
			t.Fatalf("with flags %+v\nwithout    %+v", with, without)
		}
	})
}

// However the computation is cut, a reading is judged by the same neighbours.
func TestFlagsDoNotDependOnThePieces(t *testing.T) {
	p := plantOf(t, strings.Replace(ruledPlant, "balance_every: 1 h", "balance_every: 10 min", 1))
	flagged := 0
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 3)
		for i := range src {
			for range rapid.IntRange(0, 3).Draw(t, "stops") {
				from := rapid.IntRange(0, len(src[i].Samples)-1).Draw(t, "stop")
				for k := from; k < min(len(src[i].Samples), from+rapid.IntRange(1, 90).Draw(t, "long")); k++ {
					src[i].Samples[k].Value = src[i].Samples[from].Value * float64(rapid.IntRange(0, 1).Draw(t, "still"))
				}
			}
		}
		cut := time.Duration(rapid.IntRange(1, 11).Draw(t, "cut")) * 10 * time.Minute
		var parts [3]Result
		for i, w := range []measure.Interval{window(0, 2*time.Hour), window(0, cut), window(cut, 2*time.Hour)} {
			var err error
			if parts[i], err = Compute(context.Background(), p, nil, src, w); err != nil {
				t.Fatal(err)
			}
		}
		for tag, whole := range parts[0].Rollups {
			if !slices.Equal(whole, append(slices.Clone(parts[1].Rollups[tag]), parts[2].Rollups[tag]...)) {
				t.Fatalf("rollups of %s differ, cut at %s", tag, cut)
			}
			for _, r := range whole {
				if r.Quality.Reason == measure.Flatline || r.Quality.Reason == measure.Spike {
					flagged++
				}
			}
		}
	})
	if flagged == 0 {
		t.Error("nothing was ever flagged: the law was not put to the test")
	}
}

func BenchmarkRollupsWithRules(b *testing.B) {
	s := measure.Series{Tag: "p/feed/mass_flow", Unit: measure.MustUnit("t/h")}
	for i := range 3600 {
		s.Samples = append(s.Samples, measure.Sample{At: epoch.Add(time.Duration(i) * time.Second).UnixNano(), Value: 0.1 + float64(i%60)/1000, Quality: measure.GoodQuality})
	}
	for name, rules := range map[string]Rules{
		"sentinels": {Sentinels: []float64{-32768, 9999}},
		"rate":      {MaxChange: 1},
		"flatline":  {Flatline: &Flatline{30, .01, 15 * time.Minute}},
		"spikes":    {Spikes: &Spikes{5, 3, 0, 150 * time.Second}},
	} {
		b.Run(name, func(b *testing.B) {
			plan := flowPlan(Sloped, 30*time.Second)
			plan.Rules = rules
			b.ReportAllocs()
			for b.Loop() {
				Rollups(plan, s, window(0, time.Hour), Step)
			}
			b.ReportMetric(float64(b.N)*3600/b.Elapsed().Seconds(), "readings/s")
		})
	}
}
