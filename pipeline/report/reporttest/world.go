// Package reporttest has the small world that the tests of reports tell of:
// a plant, two lots, a statement and three days of readings. Start at [World].
package reporttest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/pipeline/statement"
)

// PlantFile is of a kiln whose char flow is metered.
const PlantFile = `plant: p
name: Small plant
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/char/mass_flow:   { about: "Char, dry screw", instrument: WT-1, unit: kg/h, hold: sloped, stale: 30 s, range: [0 kg/h, 100 kg/h], uncertainty: 1 % }
  p/char/moisture:    { about: "Char, moisture", instrument: MT-1, unit: "%", hold: sloped, stale: 2 min, range: ["0 %", "60 %"], uncertainty: "0.3 %" }
  p/kiln/temperature: { about: "Kiln, middle", instrument: TT-1, unit: Cel, hold: sloped, stale: 2 min, range: ["-40 Cel", "1200 Cel"] }
nodes: { kiln: "Kiln" }
streams:
  char: { from: kiln, phase: solid, mass: {tag: p/char/mass_flow}, moisture: {tag: p/char/moisture}, carbon: {lab: char_carbon_total} }
product: char
uniform:
  - { tag: p/kiln/temperature, within: 10 % }
`

// labFile is of one lot, whose units nobody has put on record.
const labFile = `laboratory: { name: A laboratory, accreditation: none }
lots:
  - lot: p-0
    plant: p
    from: 2026-11-01T00:00:00Z
    to: 2026-11-02T00:00:00Z
    values:
      char_carbon_total: { value: 85 %, uncertainty: 0.7 %, method: EN ISO 16948, report: L-0 }
    use: { feedstock: wood }
`

// Records are of another one, with three bags, and of three before it that were
// analysed.
const Records = `author: shift lead
plant: p
records:
  - { lot: p-a, from: 2026-09-01T00:00:00Z, to: 2026-09-02T00:00:00Z, process: wood at 550 Cel }
  - { sample: S-a, lot: p-a, of: char, at: 2026-09-01T12:00:00Z }
  - { report: L-a, laboratory: { name: B laboratory, accreditation: T001 }, at: 2026-09-20T00:00:00Z, results: { S-a: { carbon_total: { value: 87 % } } } }
  - { lot: p-b, from: 2026-09-03T00:00:00Z, to: 2026-09-04T00:00:00Z, process: wood at 550 Cel }
  - { sample: S-b, lot: p-b, of: char, at: 2026-09-03T12:00:00Z }
  - { report: L-b, laboratory: { name: B laboratory, accreditation: T001 }, at: 2026-09-20T00:00:00Z, results: { S-b: { carbon_total: { value: 87 % } } } }
  - { lot: p-c, from: 2026-09-05T00:00:00Z, to: 2026-09-06T00:00:00Z, process: wood at 550 Cel }
  - { sample: S-c, lot: p-c, of: char, at: 2026-09-05T12:00:00Z }
  - { report: L-c, laboratory: { name: B laboratory, accreditation: T001 }, at: 2026-09-20T00:00:00Z, results: { S-c: { carbon_total: { value: 87 % } } } }
  - { lot: p-1, from: 2026-11-02T00:00:00Z, to: 2026-11-04T00:00:00Z, process: wood at 550 Cel, feedstock: wood, biomass_proof: "delivery notes D-1 to D-9, category E", technology: high, production_temperature: 550 Cel, regime: B, facility: new, flame_log: burner log 11 }
  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12.4 t, moisture: 18 %, feedstock: wood, category: E, impurity: 0 %, fossil_carbon: 0 % }
  - { transport: T-0, at: 2026-11-01T08:00:00Z, lot: p-1, group: E_biomass, deliveries: [D-1], distance: 35 km, factor: 58.5 g/(t.km), source: "a table" }
  - { unit: BB-1, lot: p-1, at: 2026-11-04T06:00:00Z, wet_mass: 500 kg, moisture: 20 %, scale: WT-2 }
  - { unit: BB-2, lot: p-1, at: 2026-11-04T07:00:00Z, wet_mass: 60 kg, moisture: 20 %, scale: WT-2 }
  - { unit: BB-3, lot: p-1, at: 2026-11-04T08:00:00Z, wet_mass: 10 kg, dry_mass: 8 kg }
  - { sample: S-1, lot: p-1, of: char, at: 2026-11-03T12:00:00Z, unit: BB-1 }
  - { report: L-1, laboratory: { name: B laboratory, accreditation: T001 }, at: 2026-11-05T00:00:00Z, results: { S-1: { carbon_total: { value: 87.4 %, uncertainty: 0.7 %, method: EN ISO 16948 }, carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }, hydrogen: { value: 2.1 %, uncertainty: 0.06 % }, oxygen: { value: 8 %, uncertainty: 0.3 % } } } }
  - { transport: T-1, at: 2026-11-06T08:00:00Z, group: E_use, units: [BB-1], distance: 35 km, factor: 58.5 g/(t.km), source: "a table" }
  - { activity: A-1, lot: p-1, group: E_production, about: diesel of the loader, amount: 10 L, factor: 2.651 kg/L, source: "a table" }
  - { activity: A-2, lot: p-1, group: E_biomass, about: chips, amount: 12 kg }
  - { activity: A-4, lot: p-1, group: E_production, about: methane slip, of: process-gas, amount: 1.5 t, factor: 0.28 kg/t, source: "emission test 3", reason: after the burner }
  - { activity: A-3, lot: p-1, group: E_emb, about: kiln, amount: 2 kg }
  - { use: U-1, at: 2026-11-06T12:00:00Z, units: [BB-1], end_use: agricultural-soil, matrix: S-01, place: { name: field 3, latitude: 60.98 deg, longitude: 25.66 deg }, soil_temperature: 7 Cel, horizon: 200 a, proof: "spreading record 12" }
  - { use: U-2, at: 2026-11-06T13:00:00Z, units: [BB-2], end_use: agricultural-soil }
  - { lost: X-1, at: 2026-11-06T14:00:00Z, units: [BB-3], about: burst in the yard }
  - { calibration: K-1, instrument: WT-1, at: 2026-01-15T00:00:00Z, due: 2027-01-15T00:00:00Z, certificate: certificate 77 }
  - { calibration: K-2, instrument: WT-2, at: 2026-01-15T00:00:00Z, due: 2027-01-15T00:00:00Z, certificate: certificate 78 }
  - { calibration: K-3, instrument: MT-1, at: 2026-01-15T00:00:00Z, due: 2027-01-15T00:00:00Z, certificate: certificate 79 }
  - { downtime: Z-1, from: 2026-11-03T01:00:00Z, to: 2026-11-03T02:00:00Z, kind: flame-out, about: burner tripped }
`

// afterwards is a record that came after the statement.
const afterwards = `author: shift lead
plant: p
records:
  - { sale: V-1, at: 2026-11-07T08:00:00Z, units: [BB-1], to: "farm 12", document: invoice 7 }
`

// World is a small report's input, made anew at each call.
func World(t testing.TB) report.Input {
	t.Helper()
	return WorldOf(t, PlantFile, Records)
}

// WorldOf is a report's input of that plant file and those records.
func WorldOf(t testing.TB, plantText, recordText string) report.Input {
	t.Helper()
	plant := Must(flowsheet.Parse("p.yaml", []byte(plantText)))(t)
	methods := methodFiles(t)
	in := report.Input{
		Plant: plant, Interval: measure.Interval{From: Clock("2026-11-01T00:00:00Z"), To: Clock("2026-11-04T00:00:00Z")}, Made: "nielu test",
		Log: report.Log{Origin: "test-log", Size: 12, Root: strings.Repeat("ab", 32)}, Methods: methods,
	}
	for i, text := range []string{labFile, recordText, afterwards} {
		kind := evidence.Records
		if i == 0 {
			kind = evidence.Lab
		}
		in.Entries = append(in.Entries, Must(custody.Open(uint64(3+i), 0, kind, "entry.yaml", []byte(text)))(t))
	}
	book := custody.Replay(in.Entries[:2])
	if len(book.Refusals) > 0 {
		t.Fatal(book.Refusals)
	}
	product := claim.Product{Stream: "char", Wet: 480_000_000, Dry: 456_789_123, Covered: 47 * time.Hour, Of: 48 * time.Hour, Quality: measure.GoodQuality, Why: material.NoFigure("p/char/mass_flow: no-reply"), RelU: 0.01}
	up := 1 - 1.0/48
	puro := methods[slices.IndexFunc(methods, func(m carbon.Method) bool { return m.ID == "puro-2025" })]
	s := Must(statement.NewStatement(statement.Input{
		Plant: plant, Lab: book.Lab(), Lot: "p-1", Made: []string{"p-a", "p-b", "p-c"}, Method: puro, Count: statement.LotCount{Product: product, Stack: stackOf(plant), Found: claim.Conditions{Records: &up}},
		Entered:  statement.Evidence{First: 3, Last: 4, Leaves: 2, Digest: strings.Repeat("cd", 32)},
		Evidence: statement.Evidence{First: 5, Last: 9, Leaves: 4, Digest: strings.Repeat("ef", 32)},
	}))(t)
	digest := statement.DigestOf(s.Text())
	r := statement.Replay([]statement.Event{{Leaf: 10, Kind: statement.Seal, Statement: &s, Digest: digest, By: "centre-park"}, {Leaf: 11, Kind: statement.Sign, Digest: digest, By: "maker"}})
	if len(r.Refused) > 0 {
		t.Fatal(r.Refused)
	}
	for _, lot := range []string{"p-a", "p-b", "p-c"} { // they were made
		in.Statements = append(in.Statements, statement.Status{Statement: statement.Statement{Plant: "p", Lot: lot, Dry: 1}, State: statement.Withdrawn})
	}
	in.Statements = append([]statement.Status{*r.Statements[0]}, in.Statements...)
	in.Readings = Readings(plant, in.Interval)
	return in
}

// stackOf is what a stack emitted, if the plant has one.
func stackOf(p *flowsheet.Plant) *carbon.Stack {
	if p.Stack == nil {
		return nil
	}
	return &carbon.Stack{Groups: p.Stack.Groups, Methane: 400_000, NitrousOxide: 200_000, Biogenic: true, Source: "test"}
}

// Readings are two days of minutes, with a silence of the scale and hours
// without closure, gathered a day at a time.
func Readings(p *flowsheet.Plant, w measure.Interval) report.Readings {
	g := report.NewGathering(p, w)
	for from := w.From; from.Before(w.To); from = from.Add(24 * time.Hour) {
		g.Add(measure.Interval{From: from, To: from.Add(24 * time.Hour)}, Part(p, from))
	}
	return g.End()
}

// Part is what was computed of one of those days.
func Part(p *flowsheet.Plant, from time.Time) pipeline.Result {
	r := pipeline.Result{Rollups: map[measure.Tag][]rollup.Rollup{}}
	for i := range 24 * 60 {
		at := from.Add(time.Duration(i) * time.Minute)
		for k, tag := range p.Tags {
			m := rollup.Rollup{Tag: tag.Tag, From: at.UnixNano(), Count: 6, Mean: float64(10*(k+1)) + float64(i%7)/10, Min: float64(10 * (k + 1)), Max: float64(10*(k+1)) + 1, Coverage: 1, Quality: measure.GoodQuality}
			if k == 0 && at.Day() == 3 && at.Hour() < 2 {
				m = rollup.Rollup{Tag: tag.Tag, From: at.UnixNano(), Quality: measure.BadBecause(measure.NoReply)}
			}
			r.Rollups[tag.Tag] = append(r.Rollups[tag.Tag], m)
		}
	}
	for h := range 24 {
		at := from.Add(time.Duration(h) * time.Hour)
		c := pipeline.Closure{Closure: closure.Closure{From: at.UnixNano(), To: at.Add(time.Hour).UnixNano(), Coverage: 1, Quality: measure.GoodQuality}}
		if k := 0.99 + float64(h)/1000; h != 5 {
			c.Mass.Closure, c.Carbon.Closure = &k, &k
		} else {
			c.Missing = []string{"stream char: no mass: no readings"}
		}
		r.Closures = append(r.Closures, c)
	}
	return r
}

// methodFiles reads the methods of the module that the test is of.
func methodFiles(t testing.TB) (all []carbon.Method) {
	t.Helper()
	root := ".."
	for _, err := os.Stat(root + "/go.mod"); err != nil; _, err = os.Stat(root + "/go.mod") {
		if root += "/.."; len(root) > 60 {
			t.Fatal("there is no go.mod above the test")
		}
	}
	for _, id := range carbon.Methods() {
		name := root + "/configs/methods/" + id + ".yaml"
		text := Must(os.ReadFile(name))(t)
		m := *Must(carbon.ParseMethod(name, text))(t)
		m.Digest = statement.DigestOf([]byte(id)) // what else such a file says is no matter of the report
		all = append(all, m)
	}
	return all
}

// Must returns the value, or ends the test by the error.
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Clock reads a time.
func Clock(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}
