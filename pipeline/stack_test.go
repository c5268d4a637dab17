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
	"github.com/nielu/nielu/pipeline/emissions"
)

const stackPlant = `plant: k
name: Kiln
site: park
process: other
balance_every: 1 h
tags:
  k/stack/flow: { unit: "m3{N}/h", hold: sloped, stale: 90 s }
  k/stack/ch4:  { unit: "[ppm]", hold: sloped, stale: 90 s }
  k/stack/n2o:  { unit: "[ppm]", hold: stepped, stale: 90 s }
nodes: { kiln: "Kiln" }
streams:
  stack: { from: kiln, phase: gas, volume: {tag: k/stack/flow}, composition: { CH4: {tag: k/stack/ch4}, N2O: {tag: k/stack/n2o}, CO2: {value: 10 %, source: test}, N2: {rest: true} } }
`

var stackGases = []emissions.StackGas{{Gas: emissions.CH4Biogenic, Most: 200e-6}, {Gas: emissions.N2O, Most: 50e-6}, {Gas: emissions.CO2Biogenic, Most: 0.2}}

// stacked works out the inventory of a stack from readings.
func stacked(t testing.TB, p *Plant, src Source, w measure.Interval) emissions.Line {
	t.Helper()
	r, err := Compute(context.Background(), p, nil, src, w)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.ReadStack(emissions.Stack{Record: emissions.Record{Name: "stack", Group: "E_production"}, Most: 200, Gases: stackGases}, "stack", w, r.Rollups, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &emissions.GWP{ID: "ar5", CH4Biogenic: emissions.Potential{Value: 28, Label: "primary"}, N2O: emissions.Potential{Value: 265, Label: "primary"}}
	v, err := emissions.Activity{Name: "test", Period: w, GWP: g, Entries: []emissions.Entry{s}}.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	return v.Lines[0]
}

// By hand: an hour of 100 m³/h with 12 ppm of CH4 and 3 ppm of N2O, and the
// same hour when nothing is read of CH4 in the minutes 30 to 39: then the most
// there can be, 200 ppm, stands in.
func TestStackFromReadings(t *testing.T) {
	p := plantOf(t, stackPlant)
	w := window(0, time.Hour)
	values := map[measure.Tag]float64{"k/stack/flow": 100, "k/stack/ch4": 12, "k/stack/n2o": 3}
	src := held(p, values, time.Hour, 10*time.Second)
	mass := func(l emissions.Line, gas emissions.Gas) float64 {
		for _, m := range l.Gases {
			if m.Gas == gas {
				return m.Mass.Kilograms()
			}
		}
		return math.NaN()
	}
	check := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-6) {
			t.Errorf("%s: %v kg, want %v", what, got, want)
		}
	}
	l := stacked(t, p, src, w)
	check("CH4", mass(l, emissions.CH4Biogenic), 100*12e-6*16.043/litre)
	check("N2O", mass(l, emissions.N2O), 100*3e-6*44.013/litre)
	check("CO2, apart", l.BiogenicCO2.Kilograms(), 100*0.1*44.009/litre)
	if l.Coverage != 1 || l.StandsIn.Value != 0 || l.From.Tag != "k/stack/flow" {
		t.Errorf("%+v", l)
	}
	for i := range src {
		for k := range src[i].Samples {
			at := time.Duration(src[i].Samples[k].At - epoch.UnixNano())
			if src[i].Tag == "k/stack/ch4" && at > 30*time.Minute && at < 39*time.Minute+50*time.Second {
				src[i].Samples[k].Quality = measure.BadBecause(measure.NoReply)
			}
		}
	}
	l = stacked(t, p, src, w)
	check("CH4 with a hole", mass(l, emissions.CH4Biogenic), 100*(50*12e-6+10*200e-6)/60*16.043/litre)
	check("N2O beside it", mass(l, emissions.N2O), 100*3e-6*44.013/litre)
	if math.Abs(l.Coverage-50.0/60) > 1e-12 {
		t.Errorf("coverage %v", l.Coverage)
	}
	l = stacked(t, p, memory{}, w)
	check("nothing read", mass(l, emissions.CH4Biogenic), 200*200e-6*16.043/litre)
	if l.Coverage != 0 || math.Abs(l.StandsIn.Value-200) > 1e-9 {
		t.Errorf("nothing read: %+v", l)
	}
}

func TestStackRefusesWhatHasNoMinutes(t *testing.T) {
	for words, text := range map[string]string{
		"is a counter":            strings.Replace(stackPlant, `unit: "m3{N}/h", hold: sloped, stale: 90 s`, `unit: "m3{N}", hold: stepped, counter: true, max_rate: "200 m3{N}/h", stale: 90 s`, 1),
		"has no stream stack":     strings.Replace(stackPlant, "  stack: {", "  chimney: {", 1),
		"is no gas with a volume": strings.Replace(stackPlant, " volume: {tag: k/stack/flow},", "", 1),
	} {
		_, err := plantOf(t, text).ReadStack(emissions.Stack{Most: 1}, "stack", window(0, time.Hour), nil, nil)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
}

// Less evidence is never less of an emission: whichever readings are lost,
// nothing that is emitted shrinks, by not even a milligram.
func TestLosingReadingsNeverLowersAStack(t *testing.T) {
	actual := strings.NewReplacer(`k/stack/flow: { unit: "m3{N}/h"`, `k/stack/flow: { unit: "m3/h"`,
		"volume: {tag: k/stack/flow}", "volume: {tag: k/stack/flow}, state: { pressure: {value: 1 bar, source: test}, temperature: {tag: k/stack/heat} }",
		"  k/stack/ch4:", "  k/stack/heat: { unit: Cel, hold: sloped, stale: 90 s }\n  k/stack/ch4:").Replace(stackPlant)
	plants := []*Plant{plantOf(t, stackPlant), plantOf(t, actual)}
	limits := map[measure.Tag][2]float64{"k/stack/flow": {-5, 190}, "k/stack/ch4": {-5, 200}, "k/stack/n2o": {-1, 50}, "k/stack/heat": {20, 200}}
	constant := held(plants[0], map[measure.Tag]float64{"k/stack/flow": 100, "k/stack/ch4": 12, "k/stack/n2o": 3}, 13*time.Minute, 10*time.Second)
	whole := stacked(t, plants[0], constant, window(0, 10*time.Minute))
	for i := range constant {
		constant[i].Samples[65*6].Quality = measure.BadBecause(measure.NoReply)
	}
	if holed := stacked(t, plants[0], constant, window(0, 10*time.Minute)); !(holed.CO2e > whole.CO2e) || !(holed.Coverage > 0) {
		t.Fatalf("a reading is lost, and %s stays %s, coverage %v", whole.CO2e, holed.CO2e, holed.Coverage)
	}
	rapid.Check(t, func(r *rapid.T) {
		p := rapid.SampledFrom(plants).Draw(r, "plant")
		var src, less memory
		for _, plan := range p.Tags {
			limit := limits[plan.Tag]
			all, lost := measure.Series{Tag: plan.Tag, Unit: plan.Unit}, measure.Series{Tag: plan.Tag, Unit: plan.Unit}
			for at := epoch.Add(-3 * time.Minute).UnixNano(); at < epoch.Add(13*time.Minute).UnixNano(); at += 1e9 * rapid.Int64Range(10, 50).Draw(r, "s") {
				x := measure.Sample{At: at, Value: rapid.Float64Range(limit[0], limit[1]).Draw(r, "value"), Quality: measure.GoodQuality}
				all.Samples = append(all.Samples, x)
			}
			lost.Samples = slices.Clone(all.Samples)
			for range rapid.IntRange(1, 3).Draw(r, "losses") {
				x := &lost.Samples[rapid.IntRange(0, len(lost.Samples)-1).Draw(r, "lost")]
				*x = measure.Sample{At: x.At, Quality: measure.BadBecause(measure.NoReply)}
			}
			src, less = append(src, all), append(less, lost)
		}
		w := window(0, 10*time.Minute)
		before, after := stacked(t, p, src, w), stacked(t, p, less, w)
		if after.CO2e < before.CO2e || after.Coverage > before.Coverage || *after.BiogenicCO2 < *before.BiogenicCO2 {
			r.Fatalf("fewer readings, less of it: %s, before %s; coverage %v, before %v", after.CO2e, before.CO2e, after.Coverage, before.Coverage)
		}
		for i := range after.Gases {
			if after.Gases[i].Mass < before.Gases[i].Mass {
				r.Fatalf("fewer readings, less of it: %v, before %v", after.Gases[i], before.Gases[i])
			}
		}
	})
}
