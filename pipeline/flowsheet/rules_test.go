package flowsheet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
)

func TestParseRules(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	feed, _ := p.Tag("p/feed/mass_flow")
	if r := feed.Rules; r.MaxChange != 10 || *r.Flatline != (flowsheet.Flatline{Readings: 6, Resolution: .01, Within: 3 * time.Minute}) || *r.Spikes != (flowsheet.Spikes{Neighbours: 3, Sigmas: 3, Least: 1, Within: 2 * time.Minute}) {
		t.Errorf("feed: %+v, %+v, %+v", r, r.Flatline, r.Spikes)
	}
	if m, _ := p.Tag("p/char/moisture"); m.Rules.Sentinels[0] != -1 || m.Rules.Flatline.Within != 4*time.Minute {
		t.Errorf("moisture: %+v", m.Rules)
	}
	if s := p.Sums[0]; len(p.Sums) != 1 || s.Name != "gas" || len(s.Tags) != 2 || s.Low != 38 || s.High != 42 || s.Unit != measure.MustUnit("%") {
		t.Errorf("sum: %+v", s)
	}
	hot := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.SmallPlant, "p/char/hopper:     { unit: kg,", "p/oven/temperature: { unit: Cel, hold: sloped, stale: 30 s, max_change: 6 K/min, flatline: { readings: 5, resolution: 0.5 K } }\n  p/char/hopper:     { unit: kg,", 1))
	if oven, _ := hot.Tag("p/oven/temperature"); oven.Rules.MaxChange != .1 || oven.Rules.Flatline.Resolution != .5 {
		t.Errorf("a change of temperature: %+v %+v", oven.Rules, oven.Rules.Flatline)
	}
}

// What bears on the flags of a window bears on the window.
func TestLookbackCoversTheContext(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	mass, _ := p.Tag("p/char/mass_total")
	// 5 min stale, 4 readings of 5 min each (twice the settle time is less), and the minute in which the feed of at most 30 s before tells whether it ran.
	if rollup.TagLookback(&mass) != 25*time.Minute || rollup.Lookback(p) != 26*time.Minute+30*time.Second {
		t.Errorf("the counter looks back %s, the plant %s", rollup.TagLookback(&mass), rollup.Lookback(p))
	}
	p.Running = nil
	if rollup.Lookback(p) != 25*time.Minute {
		t.Errorf("without running the plant looks back %s", rollup.Lookback(p))
	}
}

func TestParseRulesSaysWhatIsWrong(t *testing.T) {
	const feed = "max_change: 600 kg/h/min, flatline: { readings: 6, resolution: 0.01 kg/h }, spikes: { neighbours: 3, sigmas: 3, least: 1 kg/h, within: 2 min }"
	const sums = "{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 %, within: 2 % }"
	for _, c := range [][3]string{
		{feed, "max_change: 600 kg/h", "600 kg/h: give it in kg/h per time, as in 5 kg/h/min"},
		{feed, "max_change: 600", "600: give it in kg/h per time"},
		{feed, "max_change: 0 kg/h/min", "max_change: must be above 0"},
		{feed, "max_chang: 0 kg/h/min", `did you mean "max_change"?`},
		{feed, "flatline: { readings: 1, resolution: 0.01 kg/h }", "must be a whole number from 2"},
		{feed, "flatline: { readings: 6 }", "resolution is missing"},
		{feed, "flatline: { readings: 6, resolution: 1 % }", "give it in kg/h"},
		{feed, "flatline: { readings: 6, resolution: -1 kg/h }", "is below 0"},
		{feed, "flatline: { readings: 6, resolution: 1 kg/h, within: 25 h }", "is more than 24h"},
		{feed, "flatline: { readings: 5000, resolution: 1 kg/h }", "5000 readings and stale: 30s reach further than 24h0m0s: add within"},
		{feed, "spikes: { neighbours: 3, sigmas: 0 }", "must be a number above 0"},
		{feed, "spikes: { neighbours: 3, sigmas: 3 kg }", "cannot convert kg to 1"},
		{feed, "spikes: { neighbours: 3 }", "sigmas is missing"},
		{feed, "sentinels: [9999]", `9999 has no unit: write it with its unit, as in "9999 kg/h"`},
		{feed, "sentinels: 9999 kg/h", "sentinels"},
		{`sentinels: ["-1 %"]`, "sentinels: [-1]", "-1 has no unit"},
		{"resolution: 0.01 %", "resolution: 0.01", "0.01 has no unit: give it in %"},
		{"max_rate: 200 kg/h", "max_rate: 200 kg/h, max_change: 1 kg/s", "a counter has max_rate instead"},
		{"max_rate: 200 kg/h", "max_rate: 200 kg/h, spikes: { neighbours: 3, sigmas: 3 }", "a counter rises and has no spikes"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co3], total: 40 %, within: 2 % }", `did you mean "p/gas/co2"?`},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co2], at_most: 100 }", "tag p/gas/ch4 is in %; the sum has no unit"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 %, within: 2 }", "2 has no unit"},
		{sums, "{ name: gas, tags: [p/gas/ch4], total: 40 %, within: 2 % }", "needs at least two tags"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/ch4], total: 40 %, within: 2 % }", "tag p/gas/ch4 is given twice"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 % }", "within is missing"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 %, at_most: 50 % }", "needs total and within, or at_most"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/gas/co2], at_most: 40 %, within: 2 % }", "belongs to total"},
		{sums, "{ name: gas, tags: [p/gas/ch4, p/feed/mass_flow], at_most: 40 % }", "tag p/feed/mass_flow is in kg/h; the sum is in %"},
		{sums, "{ name: gas, tags: [p/char/mass_total, p/char/hopper], at_most: 40 kg }", "tag p/char/mass_total is a counter"},
		{sums, "{ tags: [p/gas/ch4, p/gas/co2], at_most: 40 % }", "name is missing"},
	} {
		text := strings.Replace(pipelinetest.PlantWithRules, c[0], c[1], 1)
		if text == pipelinetest.PlantWithRules {
			t.Fatalf("%s is not in the file", c[0])
		}
		if _, err := flowsheet.Parse("small.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s:\n got  %v\n want %s", c[1], err, c[2])
		}
	}
}
