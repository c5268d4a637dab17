package flowsheet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/pipeline/rollup"
)

func TestParsePlant(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.SmallPlant)
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
	if s, _ := p.Stream("char"); s.From != "kiln" || s.To != flowsheet.Environment {
		t.Errorf("char: %+v", s)
	}
	if rollup.Lookback(p) != 15*time.Minute || len(p.Digest) != 64 || p.BalanceEvery != time.Hour {
		t.Errorf("%+v", p)
	}
	at := time.Date(2026, 11, 2, 10, 59, 58, 0, time.UTC)
	if w := rollup.Touched(p, measure.Interval{From: at, To: at.Add(time.Second)}); w.String() != "[2026-11-02T10:00:00Z, 2026-11-02T12:00:00Z)" {
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
	).Replace(pipelinetest.SmallPlant)
	_, err := flowsheet.Parse("small.yaml", []byte(text))
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
	l := pipelinetest.LabOf(t, pipelinetest.SmallLab)
	if lot, ok := l.LotAt("p", pipelinetest.Epoch.Add(24*time.Hour-1)); !ok || lot.ID != "p-1" || len(lot.Emissions) != 4 {
		t.Errorf("%+v", lot)
	}
	if _, ok := l.LotAt("p", pipelinetest.Epoch.Add(24*time.Hour)); ok {
		t.Error("a lot holds its end")
	}
	for _, c := range [][2]string{
		{"value: 50 %", "value: 50"}, {"to: 2026-11-03T00:00:00Z", "to: 2026-11-01T00:00:00Z"}, {"amount: 1 kg", "amount: 1 kW.h"},
		{"soil_temperature: 7 Cel", "soil_temperature: 7"}, {"plant: p\n", "plnt: p\n"}, {"from: 2026-11-02T00:00:00Z", "from: 2026-11-02 00:00"},
		{"factor: 60 g/(kW.h)", "factor: 60 g/km"},
	} {
		text := strings.Replace(pipelinetest.SmallLab, c[0], c[1], 1)
		if text == pipelinetest.SmallLab {
			t.Fatalf("%s is not in the file", c[0])
		}
		if _, err := lots.Parse("lab.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "lab.yaml:") {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}

func TestPlantFilesOfThePilotsParse(t *testing.T) {
	files, err := filepath.Glob("../../configs/plants/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plant files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := flowsheet.Parse(file, text); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParsePlant(f *testing.F) {
	f.Add([]byte(pipelinetest.SmallPlant))
	f.Add([]byte(pipelinetest.PlantWithRules))
	f.Add([]byte(pipelinetest.ReactorPlant))
	f.Add([]byte(pipelinetest.CoverPlant))
	f.Add([]byte(pipelinetest.ClosedKiln))
	f.Add([]byte(pipelinetest.KilnWithMeters))
	f.Add([]byte(pipelinetest.TankPlant))
	f.Add([]byte("plant: p\nnodes: { n: { balances: [mass, mass] } }\nstreams: { a: { to: n, phase: gas, like: b, state: {} }, b: { to: n, phase: gas, like: a }, c: { to: n, phase: solid, mass: [] } }\nstocks: { s: { node: n, of: a, level: {} } }\nrunning: { tag: p/a }\nsteady: [ {} ]"))
	f.Add([]byte("plant: p\ntags: { p/a: {unit: kg} }"))
	f.Add([]byte("tags: { p/a: {unit: Cel, stale: 9 h, max_change: 5 K/min, flatline: {readings: 9}, spikes: {sigmas: 0, within: 1 s}, sentinels: [1]} }\nsums: [{tags: [p/a]}]"))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := flowsheet.Parse("fuzz.yaml", data)
		if (p == nil) == (err == nil) {
			t.Fatal("neither a plant nor an error, or both")
		}
		if p != nil {
			process.Indicators(p, closure.RawBalance(p, measure.Interval{From: pipelinetest.Epoch, To: pipelinetest.Epoch.Add(p.BalanceEvery)}, nil, nil), nil, nil)
		}
	})
}

func FuzzParseLab(f *testing.F) {
	f.Add([]byte(pipelinetest.SmallLab))
	f.Add([]byte(pipelinetest.SmallLab + pipelinetest.SmallControls))
	f.Add([]byte("laboratory: {}\ncontrols: [{ reference: 1 %, s: 0 K, adjusted: 1 }]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := lots.Parse("fuzz.yaml", data); (l == nil) == (err == nil) {
			t.Fatal("neither a lab nor an error, or both")
		}
	})
}
