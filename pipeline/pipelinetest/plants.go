package pipelinetest

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// ClosedKiln is a kiln of which mass, carbon and ash of everything are known.
const ClosedKiln = `plant: k
name: Kiln
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  k/feed: { instrument: FT-1, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1.5 kg/h }
  k/char: { instrument: FT-2, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 0.3 kg/h }
  k/liquid: { instrument: FT-3, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 kg/h }
  k/gas: { instrument: FT-4, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1.4 kg/h }
nodes: { kiln: "Kiln" }
streams:
  feed: { to: kiln, phase: solid, mass: { tag: k/feed }, carbon: { lab: feed_c }, ash: { lab: feed_ash } }
  char: { from: kiln, phase: solid, mass: { tag: k/char }, carbon: { lab: char_c }, ash: { lab: char_ash } }
  liquid: { from: kiln, phase: liquid, mass: { tag: k/liquid }, carbon: { lab: liquid_c }, ash: { value: 0 %, source: "none" } }
  gas: { from: kiln, phase: liquid, mass: { tag: k/gas }, carbon: { lab: gas_c }, ash: { value: 0 %, source: "none" } }
`

const ClosedKilnLab = `laboratory: { name: A laboratory, accreditation: none }
lots:
  - lot: k-1
    plant: k
    from: 2026-11-01T00:00:00Z
    to: 2026-12-01T00:00:00Z
    values:
      feed_c: { value: 50 %, uncertainty: 0.5 % }
      feed_ash: { value: 2 %, uncertainty: 0.2 % }
      char_c: { value: 82 %, uncertainty: 0.8 % }
      char_ash: { value: 7 %, uncertainty: 0.3 % }
      liquid_c: { value: 33 %, uncertainty: 1 % }
      gas_c: { value: 43 %, uncertainty: 1 % }
`

// ClosedKilnReading is what the tags of ClosedKiln read when its balance closes,
// and the second scale of KilnWithMeters.
var ClosedKilnReading = map[measure.Tag]float64{"k/feed": 98.5, "k/feed2": 98.5, "k/char": 29, "k/liquid": 41, "k/gas": 27}

// ConstantHours makes readings that do not change.
func ConstantHours(p *flowsheet.Plant, values map[measure.Tag]float64, hours int) Memory {
	all := map[measure.Tag]func(float64) float64{}
	for _, t := range p.Tags {
		all[t.Tag] = func(float64) float64 { return values[t.Tag] }
	}
	return Readings(p, all, hours)
}

// FirstBalance reconciles the first hour of a plant.
func FirstBalance(t testing.TB, p *flowsheet.Plant, lab *lots.Lab, src pipeline.Source) reconciled.Reconciliation {
	t.Helper()
	return Compute(t, p, lab, src, Window(0, p.BalanceEvery)).Balances[0]
}

func PtrTo(x float64) *float64 { return &x }

const CoverPlant = `plant: l
name: Landfill
site: park
process: landfill-biochar
balance_every: 1 h
tags:
  l/flare/flow:  { unit: "m3{N}/h", hold: sloped, stale: 90 s }
  l/engine/flow: { unit: "m3{N}/h", hold: sloped, stale: 90 s }
  l/gas/ch4:     { unit: "%", hold: sloped, stale: 90 s }
  l/gas/co2:     { unit: "%", hold: sloped, stale: 90 s }
  l/flare/heat:  { unit: Cel, hold: stepped, stale: 90 s }
  l/flare/out:   { unit: "mg/m3{N}", hold: sloped, stale: 90 s }
  l/flare/o2:    { unit: "%", hold: sloped, stale: 90 s }
  l/engine/kw:   { unit: kW, hold: sloped, stale: 90 s }
  l/char/total:  { unit: kg, hold: stepped, counter: true, max_rate: 5000 kg/h, stale: 90 s }
  l/char/water:  { unit: "%", hold: sloped, stale: 90 s }
  l/cover/out:   { unit: g/(m2.d), hold: sloped, stale: 90 s }
nodes: { header: "Header", yard: "Yard", cover: "Cover" }
streams:
  to_flare:  { from: header, phase: gas, volume: {tag: l/flare/flow}, composition: { CH4: {tag: l/gas/ch4}, CO2: {tag: l/gas/co2}, N2: {rest: true} } }
  to_engine: { from: header, phase: gas, volume: {tag: l/engine/flow}, composition: { CH4: {tag: l/gas/ch4}, CO2: {tag: l/gas/co2}, N2: {rest: true} } }
  wells:     { to: header, phase: gas, composition: { CH4: {value: 60 %, source: test}, CO2: {value: 40 %, source: test} } }
  biochar:   { from: yard, to: cover, phase: solid, mass: {tag: l/char/total}, moisture: {tag: l/char/water}, carbon: {lab: biochar_carbon} }
roles: { landfill_gas: wells }
flare: { kind: enclosed, gas: to_flare, flame: {tag: l/flare/heat, above: 500 Cel} }
engine: { gas: to_engine, destruction: {value: 99 %, source: test}, running: {tag: l/engine/kw, above: 5 kW} }
baseline: { share: 0 %, oxidised_top: 0 %, gwp: { set: AR5, value: 28 }, source: test }
`

const ReactorPlant = `plant: h
name: Reactor
site: park
process: htl
balance_every: 1 h
tags:
  h/feed/flow: { unit: kg/h, hold: sloped, stale: 90 s }
  h/oil/flow:  { unit: kg/h, hold: sloped, stale: 90 s }
  h/oil/tank:  { unit: kg, hold: sloped, stale: 90 s }
  h/aq/flow:   { unit: kg/h, hold: sloped, stale: 90 s }
  h/ash/flow:  { unit: kg/h, hold: sloped, stale: 90 s }
  h/gas/flow:  { unit: "m3{N}/h", hold: sloped, stale: 90 s }
nodes: { reactor: "Reactor" }
streams:
  feed:     { to: reactor, phase: liquid, mass: {tag: h/feed/flow}, dry_solids: {value: 20 %, source: test}, carbon: {lab: feed_c}, ash: {lab: feed_a}, nitrogen: {lab: feed_n}, hhv: {lab: feed_hhv} }
  biocrude: { from: reactor, phase: liquid, mass: {tag: h/oil/flow}, carbon: {lab: oil_c}, ash: {lab: oil_a}, nitrogen: {lab: oil_n}, hhv: {lab: oil_hhv} }
  aqueous:  { from: reactor, phase: liquid, mass: {tag: h/aq/flow}, carbon: {lab: aq_tc}, nitrogen: {lab: aq_tn} }
  solids:   { from: reactor, phase: solid, mass: {tag: h/ash/flow}, carbon: {lab: solids_c}, nitrogen: {lab: solids_n} }
  gas:      { from: reactor, phase: gas, volume: {tag: h/gas/flow}, composition: { CO2: {rest: true} } }
energy:
  heat: { to: reactor, power: {value: 10 kW, source: test} }
stocks:
  tank: { node: reactor, of: biocrude, mass: {tag: h/oil/tank} }
`

// ConstantReadings makes readings that never change, every so often, from an hour before
// the epoch to some time behind it.
func ConstantReadings(p *flowsheet.Plant, values map[measure.Tag]float64, long, every time.Duration) Memory {
	var m Memory
	for _, t := range p.Tags {
		v, ok := values[t.Tag]
		if !ok {
			continue
		}
		s := measure.Series{Tag: t.Tag, Unit: t.Unit}
		for at := -time.Hour; at < long+time.Hour; at += every {
			x := v
			if t.Counter { // per hour
				x = v * (1 + at.Hours())
			}
			s.Samples = append(s.Samples, measure.Sample{At: Epoch.Add(at).UnixNano(), Value: x, Quality: measure.GoodQuality})
		}
		m = append(m, s)
	}
	return m
}

const Litre = 22.413969544600 // m3/kmol

// Indicators closes an interval and reports on it.
func Indicators(t testing.TB, p *flowsheet.Plant, lab *lots.Lab, src pipeline.Source, w measure.Interval) map[string]process.Indicator {
	t.Helper()
	lead := measure.Interval{From: w.From.Add(-time.Hour), To: w.To}
	r, err := pipeline.Compute(context.Background(), p, lab, src, lead)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]process.Indicator{}
	raw := closure.RawBalance(p, w, r.Rollups, lab)
	for _, i := range process.Indicators(p, raw, r.Rollups, lab) {
		for name, b := range map[string]closure.Budget{"K_m": raw.Mass, "K_C": raw.Carbon, "K_E": raw.Energy} {
			if i.Name == name && ((i.Value == nil) != (b.Closure == nil) || b.Closure != nil && !Near1e9(*i.Value, 100**b.Closure)) {
				t.Errorf("%s is not that of the closure: %+v, %+v", name, i, b)
			}
		}
		if (i.In(i.Claim.Ledger) == nil) == (i.Why == "") {
			t.Errorf("%s has both a value and a reason why there is none, or neither: %+v", i.Name, i)
		}
		if i.Unit == "" || i.About == "" || i.Source == "" {
			t.Errorf("%s: unit, about or source is missing: %+v", i.Name, i)
		}
		if _, err := measure.ParseUnit(i.Unit); err != nil && i.Unit != "1" {
			t.Errorf("%s: %v", i.Name, err)
		}
		if _, twice := all[i.Name]; twice {
			t.Errorf("%s is reported twice", i.Name)
		}
		if _, err := json.Marshal(i); err != nil {
			t.Errorf("%s: %v", i.Name, err)
		}
		all[i.Name] = i
	}
	return all
}

// LabWith makes a laboratory's file of one lot: "name: value" in turn.
func LabWith(plant string, values ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "laboratory: { name: A laboratory, accreditation: none }\nlots:\n  - lot: %s-1\n    plant: %s\n    from: 2026-11-01T00:00:00Z\n    to: 2026-11-04T00:00:00Z\n    values:\n", plant, plant)
	for _, v := range values {
		name, value, _ := strings.Cut(v, ": ")
		fmt.Fprintf(&b, "      %s: { value: %q }\n", name, value)
	}
	return b.String()
}

// FullPlantReadings is what its instruments read: the counters at an hour count,
// the levels as they rise in the hour.
var FullPlantReadings = map[measure.Tag]func(h float64) float64{
	"t/feed/belt":        func(h float64) float64 { return 100 },
	"t/feed/total":       func(h float64) float64 { return 7 + 0.101*h },
	"t/feed/moisture":    func(h float64) float64 { return 21 },
	"t/char/flow":        func(h float64) float64 { return 20 },
	"t/gas/flow":         func(h float64) float64 { return 31 },
	"t/gas/temperature":  func(h float64) float64 { return 38 },
	"t/gas/pressure":     func(h float64) float64 { return 1050 },
	"t/gas/humidity":     func(h float64) float64 { return 97 },
	"t/gas/ch4":          func(h float64) float64 { return 12 },
	"t/gas/co2":          func(h float64) float64 { return 320_000 },
	"t/gas/co":           func(h float64) float64 { return 29 },
	"t/bleed/flow":       func(h float64) float64 { return 25 },
	"t/liquid/flow":      func(h float64) float64 { return 41 },
	"t/dust/flow":        func(h float64) float64 { return 12 },
	"t/tank/level":       func(h float64) float64 { return 80 + 0.7*h },
	"t/tank/temperature": func(h float64) float64 { return 20 },
	"t/hopper/weight":    func(h float64) float64 { return 50 + 2*h },
	"t/power/energy":     func(h float64) float64 { return 3 + 17*h },
}

// FullPlant is the plant of testdata/network and its laboratory.
func FullPlant(t testing.TB) (*flowsheet.Plant, *lots.Lab) {
	t.Helper()
	return PlantOf(t, FullPlantFile), LabOf(t, fullPlantLab)
}

//go:embed testdata/network/plant.yaml
var FullPlantFile string

//go:embed testdata/network/lab.yaml
var fullPlantLab string

// Readings makes series of what each tag reads at each minute around the epoch.
func Readings(p *flowsheet.Plant, values map[measure.Tag]func(h float64) float64, hours int) Memory {
	var m Memory
	for _, t := range p.Tags {
		s := measure.Series{Tag: t.Tag, Unit: t.Unit}
		for at := -time.Hour; at <= time.Duration(hours+1)*time.Hour; at += time.Minute {
			s.Samples = append(s.Samples, measure.Sample{At: Epoch.Add(at).UnixNano(), Value: values[t.Tag](at.Hours()), Quality: measure.GoodQuality})
		}
		m = append(m, s)
	}
	return m
}

// Golden compares text with a file of testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
	}
}

var update = flag.Bool("update", false, "write golden files anew")

// KilnWithMeters has a second scale at the feed, so that what errs has a name.
var KilnWithMeters = strings.NewReplacer("mass: { tag: k/feed }", "mass: [ { tag: k/feed }, { tag: k/feed2 } ]",
	"tags:\n", "tags:\n  k/feed2: { instrument: FT-9, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1.5 kg/h }\n").Replace(ClosedKiln)

func Near1e9(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

var Epoch = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func Window(from, to time.Duration) measure.Interval {
	return measure.Interval{From: Epoch.Add(from), To: Epoch.Add(to)}
}

// PlantWithRules is the small plant with all rules on.
var PlantWithRules = strings.NewReplacer(
	"range: [0 kg/h, 400 kg/h], uncertainty: 1 % }", "range: [0 kg/h, 400 kg/h], uncertainty: 1 %, max_change: 600 kg/h/min, flatline: { readings: 6, resolution: 0.01 kg/h }, spikes: { neighbours: 3, sigmas: 3, least: 1 kg/h, within: 2 min } }",
	`p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, `, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, flatline: { readings: 9, resolution: 0.01 %, within: 4 min }, sentinels: ["-1 %"], `,
	"rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min", "rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min, flatline: { readings: 4, resolution: 0.001 kg }",
	"nodes: {", "running: { tag: p/feed/mass_flow, above: 50 kg/h }\nsums: [{ name: gas, tags: [p/gas/ch4, p/gas/co2], total: 40 %, within: 2 % }]\nnodes: {",
).Replace(SmallPlant)

// SmallControls is what was noted of the carbon dioxide analyser.
const SmallControls = `controls:
  - { tag: p/gas/co2, plant: p, at: 2026-11-02T00:20:00Z, kind: span, reference: 30 %, reading: "302000 [ppm]", s: "1000 [ppm]" }
  - { tag: p/gas/co2, plant: p, at: 2026-11-02T00:10:00Z, kind: span, reference: 30 %, reading: 30.2 %, s: 0.1 % }
  - { tag: p/gas/co2, plant: p, at: 2026-11-02T00:10:00Z, kind: zero, reference: 0 %, reading: -0.01 %, s: 0.1 % }
  - { tag: p/gas/co2, plant: p, at: 2026-11-02T00:30:00Z, kind: span, reference: 30 %, reading: 30 %, s: 0.1 % }
  - { tag: p/gas/co2, plant: p, at: 2026-11-02T00:40:00Z, kind: span, reference: 30 %, reading: 30.01 %, s: 0.1 %, adjusted: true }
`

const SmallLab = `laboratory: { name: A laboratory, accreditation: none }
lots:
  - lot: p-1
    plant: p
    from: 2026-11-02T00:00:00Z
    to: 2026-11-03T00:00:00Z
    values:
      feed_carbon: { value: 50 %, uncertainty: 0.4 %, method: EN ISO 16948, report: L-1 }
      feed_hhv: { value: "20 MJ/kg{HHV}", uncertainty: 1 % }
      char_carbon_total: { value: 87.4 %, uncertainty: 0.7 % }
      char_carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }
      char_hydrogen: { value: 2.1 %, uncertainty: 0.06 % }
    use: { end_use: agricultural-soil, soil_temperature: 7 Cel, feedstock: wood }
    emissions:
      - { group: E_biomass, name: chips transport, amount: 100 t.km, factor: 87.75 g/(t.km), source: "test" }
      - { group: E_production, name: electricity, amount: 100 kW.h, factor: 60 g/(kW.h), source: "test" }
      - { group: E_use, name: char transport, amount: 1 kg }
      - { group: E_emb, name: kiln, amount: 2 kg }
`

const SmallPlant = `plant: p
name: Small plant
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/feed/mass_flow:  { about: "belt scale", instrument: WT-1, unit: kg/h, hold: sloped, stale: 30 s, range: [0 kg/h, 400 kg/h], uncertainty: 1 % }
  p/feed/moisture:   { unit: "%", hold: sloped, stale: 2 min, range: ["0 %", "100 %"], uncertainty: "0.5 %" }
  p/char/mass_total: { unit: kg, hold: stepped, counter: true, rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min, uncertainty: 1 % }
  p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, range: ["0 %", "60 %"], uncertainty: "0.3 %" }
  p/char/hopper:     { unit: kg, hold: sloped, stale: 2 min }
  p/gas/volume_flow: { unit: "m3{N}/h", hold: sloped, stale: 30 s }
  p/gas/ch4:         { unit: "%", hold: sloped, stale: 2 min }
  p/gas/co2:         { unit: "[ppm]", hold: sloped, stale: 2 min }
  p/power/active:    { unit: W, hold: sloped, stale: 30 s }
  p/power/energy:    { unit: kW.h, hold: stepped, counter: true, max_rate: 100 kW, stale: 5 min }
nodes: { kiln: "Kiln" }
streams:
  feed: { from: environment, to: kiln, phase: solid, mass: {tag: p/feed/mass_flow}, moisture: {tag: p/feed/moisture}, carbon: {lab: feed_carbon}, hhv: {lab: feed_hhv} }
  char: { from: kiln, phase: solid, mass: {tag: p/char/mass_total}, moisture: {tag: p/char/moisture}, carbon: {lab: char_carbon_total}, hhv: {value: "32 MJ/kg{HHV}", source: "estimate"} }
  gas:  { from: kiln, to: environment, phase: gas, volume: {tag: p/gas/volume_flow}, composition: { CH4: {tag: p/gas/ch4}, CO2: {tag: p/gas/co2}, N2: {rest: true} } }
energy:
  electricity: { to: kiln, power: {tag: p/power/active} }
  loss: { from: kiln, power: {value: 8 kW, uncertainty: 25 %, source: "design"} }
stocks:
  hopper: { node: kiln, of: char, mass: {tag: p/char/hopper} }
product: char
`

func PlantOf(t testing.TB, text string) *flowsheet.Plant {
	t.Helper()
	p, err := flowsheet.Parse("small.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func LabOf(t testing.TB, text string) *lots.Lab {
	t.Helper()
	l, err := lots.Parse("lab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const KilnWithStack = `plant: k
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

var StackGases = []emissions.StackGas{{Gas: emissions.CH4Biogenic, Most: 200e-6}, {Gas: emissions.N2O, Most: 50e-6}, {Gas: emissions.CO2Biogenic, Most: 0.2}}

// StackLine works out the inventory of a stack from readings.
func StackLine(t testing.TB, p *flowsheet.Plant, src pipeline.Source, w measure.Interval) emissions.Line {
	t.Helper()
	r, err := pipeline.Compute(context.Background(), p, nil, src, w)
	if err != nil {
		t.Fatal(err)
	}
	s, err := claim.ReadStack(p, emissions.Stack{Record: emissions.Record{Name: "stack", Group: "E_production"}, Most: 200, Gases: StackGases}, "stack", w, r.Rollups, nil)
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

// SteadyReadings makes readings of the small plant, every so often, from an hour
// before the epoch to some hours behind it. In an hour it takes 100 kg of wet
// feed at 20 % moisture and gives 25 kg of char at 4 %.
func SteadyReadings(p *flowsheet.Plant, hours int, every time.Duration) Memory {
	values := map[measure.Tag]func(h float64) float64{
		"p/feed/mass_flow":  func(h float64) float64 { return 100 },
		"p/feed/moisture":   func(h float64) float64 { return 20 },
		"p/char/mass_total": func(h float64) float64 { return math.Mod(500+25*h, 1000) },
		"p/char/moisture":   func(h float64) float64 { return 4 },
		"p/char/hopper":     func(h float64) float64 { return 50 + 2*h },
		"p/gas/volume_flow": func(h float64) float64 { return 40 },
		"p/gas/ch4":         func(h float64) float64 { return 10 },
		"p/gas/co2":         func(h float64) float64 { return 300_000 },
		"p/power/active":    func(h float64) float64 { return 12_000 },
		"p/power/energy":    func(h float64) float64 { return 12 * h },
	}
	var m Memory
	for _, t := range p.Tags {
		s := measure.Series{Tag: t.Tag, Unit: t.Unit}
		for at := -time.Hour; at < time.Duration(hours)*time.Hour; at += every {
			s.Samples = append(s.Samples, measure.Sample{At: Epoch.Add(at).UnixNano(), Value: values[t.Tag](1 + at.Hours()), Quality: measure.GoodQuality})
		}
		m = append(m, s)
	}
	return m
}

func Compute(t testing.TB, p *flowsheet.Plant, lab *lots.Lab, src pipeline.Source, w measure.Interval) pipeline.Result {
	t.Helper()
	r, err := pipeline.Compute(t.Context(), p, lab, src, w)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Memory is a Source of series held in memory, cut to what is asked for.
type Memory []measure.Series

func (m Memory) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var all []measure.Series
	for _, s := range m {
		part := measure.Series{Tag: s.Tag, Unit: s.Unit}
		for _, x := range s.Samples {
			if w.Contains(x.At) {
				part.Samples = append(part.Samples, x)
			}
		}
		all = append(all, part)
	}
	return all, nil
}

// TankPlant is a tank: what comes in less what goes out is what it gains.
const TankPlant = `plant: w
name: Tank
site: park
process: other
balance_every: 1 h
tags:
  w/in: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 %, random: 2 % } }
  w/out: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 %, random: 2 % } }
  w/moisture: { unit: "%", hold: sloped, stale: 2 min, uncertainty: { standard: 0.3 %, random: 1 % } }
  w/weight: { unit: kg, hold: sloped, stale: 2 min, uncertainty: { standard: 2 kg, random: 1 kg } }
nodes: { tank: "Tank" }
streams:
  in: { to: tank, phase: liquid, mass: { tag: w/in }, moisture: { tag: w/moisture }, carbon: { lab: carbon } }
  out: { from: tank, phase: liquid, mass: { tag: w/out }, like: in }
stocks:
  stock: { node: tank, of: in, mass: { tag: w/weight } }
`

const SmallPlantWithStack = `plant: k
name: Kiln
site: park
process: other
balance_every: 1 h
tags:
  k/char/flow:   { unit: kg/h, hold: sloped, stale: 90 s }
  k/stack/flow:  { unit: "m3{N}/h", hold: sloped, stale: 90 s, range: ["0 m3{N}/h", "900 m3{N}/h"] }
  k/stack/total: { unit: "m3{N}", hold: stepped, stale: 90 s, counter: true, max_rate: "900 m3{N}/h" }
  k/stack/ch4:   { unit: "mg/kg", hold: sloped, stale: 90 s, range: ["0 mg/kg", "200 mg/kg"] }
  k/stack/n2o:   { unit: "[ppm]", hold: sloped, stale: 90 s }
  k/stack/state: { unit: Cel, hold: sloped, stale: 90 s }
nodes: { kiln: "Kiln" }
streams:
  char:   { from: kiln, phase: solid, mass: {tag: k/char/flow}, moisture: {value: 5 %, source: test} }
  flue:   { from: kiln, phase: gas, volume: {tag: k/stack/flow}, composition: { CH4: {tag: k/stack/ch4}, N2O: {value: "4 [ppm]", source: test}, N2: {rest: true} } }
  actual: { from: kiln, phase: gas, volume: {value: 2000 m3/h, source: test}, like: flue, state: { pressure: {value: 1 bar, source: test}, temperature: {tag: k/stack/state} } }
  count:  { from: kiln, phase: gas, volume: {tag: k/stack/total} }
  blind:  { from: kiln, phase: gas }
product: char
stack: { stream: flue, group: [E_production, Operations], most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: 0.003 % }, source: emission test 3, fuel: biogenic }
`

// WithoutFlags is a plan with those rules only that look at one reading.
func WithoutFlags(plan flowsheet.TagPlan) flowsheet.TagPlan {
	plan.Rules = flowsheet.Rules{Sentinels: plan.Rules.Sentinels}
	return plan
}
