package claim_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

// By hand: an hour of 100 m³/h with 12 ppm of CH4 and 3 ppm of N2O, and the
// same hour when nothing is read of CH4 in the minutes 30 to 39: then the most
// there can be, 200 ppm, stands in.
func TestStackFromReadings(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.KilnWithStack)
	w := pipelinetest.Window(0, time.Hour)
	values := map[measure.Tag]float64{"k/stack/flow": 100, "k/stack/ch4": 12, "k/stack/n2o": 3}
	src := pipelinetest.ConstantReadings(p, values, time.Hour, 10*time.Second)
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
	l := pipelinetest.StackLine(t, p, src, w)
	check("CH4", mass(l, emissions.CH4Biogenic), 100*12e-6*16.043/pipelinetest.Litre)
	check("N2O", mass(l, emissions.N2O), 100*3e-6*44.013/pipelinetest.Litre)
	check("CO2, apart", l.BiogenicCO2.Kilograms(), 100*0.1*44.009/pipelinetest.Litre)
	if l.Coverage != 1 || l.StandsIn.Value != 0 || l.From.Tag != "k/stack/flow" {
		t.Errorf("%+v", l)
	}
	for i := range src {
		for k := range src[i].Samples {
			at := time.Duration(src[i].Samples[k].At - pipelinetest.Epoch.UnixNano())
			if src[i].Tag == "k/stack/ch4" && at > 30*time.Minute && at < 39*time.Minute+50*time.Second {
				src[i].Samples[k].Quality = measure.BadBecause(measure.NoReply)
			}
		}
	}
	l = pipelinetest.StackLine(t, p, src, w)
	check("CH4 with a hole", mass(l, emissions.CH4Biogenic), 100*(50*12e-6+10*200e-6)/60*16.043/pipelinetest.Litre)
	check("N2O beside it", mass(l, emissions.N2O), 100*3e-6*44.013/pipelinetest.Litre)
	if math.Abs(l.Coverage-50.0/60) > 1e-12 {
		t.Errorf("coverage %v", l.Coverage)
	}
	l = pipelinetest.StackLine(t, p, pipelinetest.Memory{}, w)
	check("nothing read", mass(l, emissions.CH4Biogenic), 200*200e-6*16.043/pipelinetest.Litre)
	if l.Coverage != 0 || math.Abs(l.StandsIn.Value-200) > 1e-9 {
		t.Errorf("nothing read: %+v", l)
	}
}

func TestStackRefusesWhatHasNoMinutes(t *testing.T) {
	for words, text := range map[string]string{
		"is a counter":            strings.Replace(pipelinetest.KilnWithStack, `unit: "m3{N}/h", hold: sloped, stale: 90 s`, `unit: "m3{N}", hold: stepped, counter: true, max_rate: "200 m3{N}/h", stale: 90 s`, 1),
		"has no stream stack":     strings.Replace(pipelinetest.KilnWithStack, "  stack: {", "  chimney: {", 1),
		"is no gas with a volume": strings.Replace(pipelinetest.KilnWithStack, " volume: {tag: k/stack/flow},", "", 1),
	} {
		_, err := claim.ReadStack(pipelinetest.PlantOf(t, text), emissions.Stack{Most: 1}, "stack", pipelinetest.Window(0, time.Hour), nil, nil)
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
		"  k/stack/ch4:", "  k/stack/heat: { unit: Cel, hold: sloped, stale: 90 s }\n  k/stack/ch4:").Replace(pipelinetest.KilnWithStack)
	plants := []*flowsheet.Plant{pipelinetest.PlantOf(t, pipelinetest.KilnWithStack), pipelinetest.PlantOf(t, actual)}
	limits := map[measure.Tag][2]float64{"k/stack/flow": {-5, 190}, "k/stack/ch4": {-5, 200}, "k/stack/n2o": {-1, 50}, "k/stack/heat": {20, 200}}
	constant := pipelinetest.ConstantReadings(plants[0], map[measure.Tag]float64{"k/stack/flow": 100, "k/stack/ch4": 12, "k/stack/n2o": 3}, 13*time.Minute, 10*time.Second)
	whole := pipelinetest.StackLine(t, plants[0], constant, pipelinetest.Window(0, 10*time.Minute))
	for i := range constant {
		constant[i].Samples[65*6].Quality = measure.BadBecause(measure.NoReply)
	}
	if holed := pipelinetest.StackLine(t, plants[0], constant, pipelinetest.Window(0, 10*time.Minute)); !(holed.CO2e > whole.CO2e) || !(holed.Coverage > 0) {
		t.Fatalf("a reading is lost, and %s stays %s, coverage %v", whole.CO2e, holed.CO2e, holed.Coverage)
	}
	rapid.Check(t, func(r *rapid.T) {
		p := rapid.SampledFrom(plants).Draw(r, "plant")
		var src, less pipelinetest.Memory
		for _, plan := range p.Tags {
			limit := limits[plan.Tag]
			all, lost := measure.Series{Tag: plan.Tag, Unit: plan.Unit}, measure.Series{Tag: plan.Tag, Unit: plan.Unit}
			for at := pipelinetest.Epoch.Add(-3 * time.Minute).UnixNano(); at < pipelinetest.Epoch.Add(13*time.Minute).UnixNano(); at += 1e9 * rapid.Int64Range(10, 50).Draw(r, "s") {
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
		w := pipelinetest.Window(0, 10*time.Minute)
		before, after := pipelinetest.StackLine(t, p, src, w), pipelinetest.StackLine(t, p, less, w)
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
