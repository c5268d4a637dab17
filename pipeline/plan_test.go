package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

const smallPlant = `plant: p
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

const smallLab = `laboratory: { name: A laboratory, accreditation: none }
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

func plantOf(t testing.TB, text string) *Plant {
	t.Helper()
	p, err := ParsePlant("small.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func labOf(t testing.TB, text string) *Lab {
	t.Helper()
	l, err := ParseLab("lab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParsePlant(t *testing.T) {
	p := plantOf(t, smallPlant)
	feed, ok := p.Tag("p/feed/mass_flow")
	if !ok || feed.Stale != 30*time.Second || feed.Low != 0 || feed.High != 400 || !feed.Uncertainty.Relative || feed.Uncertainty.Value != 0.01 {
		t.Errorf("feed: %+v", feed)
	}
	if m, _ := p.Tag("p/feed/moisture"); m.Uncertainty.Relative || m.Uncertainty.Value != 0.5 {
		t.Errorf("the uncertainty of a share is in points: %+v", m.Uncertainty)
	}
	if c, _ := p.Tag("p/char/mass_total"); c.MaxRate != 200.0/3600 || c.Rollover != 1000 {
		t.Errorf("counter: %+v", c)
	}
	if s, _ := p.Stream("char"); s.From != "kiln" || s.To != Environment {
		t.Errorf("char: %+v", s)
	}
	if p.Lookback() != 15*time.Minute || len(p.Digest) != 64 || p.BalanceEvery != time.Hour {
		t.Errorf("%+v", p)
	}
	at := time.Date(2026, 11, 2, 10, 59, 58, 0, time.UTC)
	if w := p.Touched(measure.Interval{From: at, To: at.Add(time.Second)}); w.String() != "[2026-11-02T10:00:00Z, 2026-11-02T12:00:00Z)" {
		t.Errorf("a batch at the end of an hour touches %s", w)
	}
}

func TestParsePlantSaysAllFaultsAtOnce(t *testing.T) {
	text := strings.NewReplacer(
		"hold: sloped, stale: 30 s, range: [0 kg/h, 400 kg/h]", "hold: slopped, stale: 30, range: [400 kg/h, 0 kg/h]",
		"process: slow-pyrolysis", "proces: slow-pyrolysis",
		"unit: kW.h, hold", "unit: kWhr, hold",
		"mass: {tag: p/char/mass_total}", "mass: {tag: p/char/masss_total}",
		"carbon: {lab: feed_carbon}", "carbon: {lab: feed_carbon, tag: p/feed/moisture}",
		"8 kW, uncertainty: 25 %, source: \"design\"", "8, uncertainty: 25 %",
		"product: char", "product: chart",
		"to: kiln, power: {tag: p/power/active}", "to: kil, power: {tag: p/feed/moisture}",
	).Replace(smallPlant)
	_, err := ParsePlant("small.yaml", []byte(text))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`small.yaml:4:1: unknown key "proces"; did you mean "process"?`,
		"small.yaml:1:1: process is missing",
		`small.yaml:7:81: hold: "slopped" is not one of sloped, stepped; did you mean "sloped"?`,
		"stale: 30 has no unit: write a time, as in 30 s or 2 min",
		"range: starts at 400 kg/h, which is not below its end 0 kg/h",
		`unit "kWhr"`,
		`tag p/char/masss_total is not among the tags of this file; did you mean "p/char/mass_total"?`,
		"needs exactly one of tag, lab and value",
		"a stated value needs its source",
		`product: "chart" is no stream of this plant; did you mean "char"?`,
		`"kil" is no node of this plant; did you mean "kiln"?`,
		"tag: is in %; needed is kW",
		"value: has no unit; needed is kW",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not said: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestParseLabSaysWhatIsWrong(t *testing.T) {
	l := labOf(t, smallLab)
	if lot, ok := l.LotAt("p", epoch.Add(24*time.Hour-1)); !ok || lot.ID != "p-1" || len(lot.Emissions) != 4 {
		t.Errorf("%+v", lot)
	}
	if _, ok := l.LotAt("p", epoch.Add(24*time.Hour)); ok {
		t.Error("a lot holds its end")
	}
	for _, c := range [][2]string{
		{"value: 50 %", "value: 50"}, {"to: 2026-11-03T00:00:00Z", "to: 2026-11-01T00:00:00Z"}, {"amount: 1 kg", "amount: 1 kW.h"},
		{"soil_temperature: 7 Cel", "soil_temperature: 7"}, {"plant: p\n", "plnt: p\n"}, {"from: 2026-11-02T00:00:00Z", "from: 2026-11-02 00:00"},
		{"factor: 60 g/(kW.h)", "factor: 60 g/km"},
	} {
		text := strings.Replace(smallLab, c[0], c[1], 1)
		if text == smallLab {
			t.Fatalf("%s is not in the file", c[0])
		}
		if _, err := ParseLab("lab.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "lab.yaml:") {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}

func TestPlantFilesOfThePilotsParse(t *testing.T) {
	files, err := filepath.Glob("../configs/plants/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plant files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePlant(file, text); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParsePlant(f *testing.F) {
	f.Add([]byte(smallPlant))
	f.Add([]byte(ruledPlant))
	f.Add([]byte(reactorPlant))
	f.Add([]byte(coverPlant))
	f.Add([]byte(closedKiln))
	f.Add([]byte(kilnWithMeters))
	f.Add([]byte(tankPlant))
	f.Add([]byte("plant: p\nnodes: { n: { balances: [mass, mass] } }\nstreams: { a: { to: n, phase: gas, like: b, state: {} }, b: { to: n, phase: gas, like: a }, c: { to: n, phase: solid, mass: [] } }\nstocks: { s: { node: n, of: a, level: {} } }\nrunning: { tag: p/a }\nsteady: [ {} ]"))
	f.Add([]byte("plant: p\ntags: { p/a: {unit: kg} }"))
	f.Add([]byte("tags: { p/a: {unit: Cel, stale: 9 h, max_change: 5 K/min, flatline: {readings: 9}, spikes: {sigmas: 0, within: 1 s}, sentinels: [1]} }\nsums: [{tags: [p/a]}]"))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePlant("fuzz.yaml", data)
		if (p == nil) == (err == nil) {
			t.Fatal("neither a plant nor an error, or both")
		}
		if p != nil {
			p.Indicators(p.Close(measure.Interval{From: epoch, To: epoch.Add(p.BalanceEvery)}, nil, nil), nil, nil)
		}
	})
}

func FuzzParseLab(f *testing.F) {
	f.Add([]byte(smallLab))
	f.Add([]byte(smallLab + smallControls))
	f.Add([]byte("laboratory: {}\ncontrols: [{ reference: 1 %, s: 0 K, adjusted: 1 }]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := ParseLab("fuzz.yaml", data); (l == nil) == (err == nil) {
			t.Fatal("neither a lab nor an error, or both")
		}
	})
}
