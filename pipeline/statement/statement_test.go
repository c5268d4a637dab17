package statement

import (
	"bytes"
	"context"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

var update = flag.Bool("update", false, "write golden files anew")

const plantFile = `plant: p
name: Small plant
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/char/mass_flow: { unit: kg/h, hold: sloped, stale: 30 s, range: [0 kg/h, 100 kg/h], uncertainty: 1 % }
  p/char/moisture:  { unit: "%", hold: sloped, stale: 2 min, range: ["0 %", "60 %"], uncertainty: "0.3 %" }
nodes: { kiln: "Kiln" }
streams:
  char: { from: kiln, phase: solid, mass: {tag: p/char/mass_flow}, moisture: {tag: p/char/moisture}, carbon: {lab: char_carbon_total} }
product: char
`

const labFile = `laboratory: { name: A laboratory, accreditation: none }
lots:
  - lot: p-1
    plant: p
    from: 2026-11-02T00:30:00Z
    to: 2026-11-04T06:00:00Z
    values:
      char_carbon_total: { value: 87.4 %, uncertainty: 0.7 % }
      char_carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }
      char_hydrogen: { value: 2.1 %, uncertainty: 0.06 % }
      char_oxygen: { value: 10.1 %, uncertainty: 0.3 % }
    use: { end_use: agricultural-soil, soil_temperature: 7 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, proof: spreading record 12, biomass_proof: forest certificate 7, flame_log: burner log 11, impurity: 0 %, fossil_carbon: 0 kg, feed_categories: [E] }
    sampling: { regime: B, analyses_in_year: 4 }
    emissions:
      - { group: E_biomass, name: chips transport, amount: 100 t.km, factor: 87.75 g/(t.km), source: "test" }
      - { group: E_production, name: electricity, amount: 100 kW.h, factor: 60 g/(kW.h), source: "test" }
      - { group: E_production, name: methane slip, of: process-gas, amount: 1.5 t, factor: 0.28 kg/t, source: "emission test 3" }
      - { group: E_use, name: char transport, amount: 1 kg }
      - { group: E_emb, name: kiln, amount: 2 kg }
`

// kiln gives readings every ten seconds, with an hour's hole on the second day.
type kiln struct{}

func (kiln) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	flow := measure.Series{Tag: "p/char/mass_flow", Unit: measure.MustUnit("t/h")}
	water := measure.Series{Tag: "p/char/moisture", Unit: measure.MustUnit("1")}
	hole := measure.Interval{From: time.Date(2026, 11, 3, 3, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 3, 4, 0, 0, 0, time.UTC)}
	for at := w.From.Truncate(10 * time.Second); at.Before(w.To); at = at.Add(10 * time.Second) {
		ns := at.UnixNano()
		if !w.Contains(ns) || hole.Contains(ns) {
			continue
		}
		n := float64(at.Unix() % 97)
		flow.Samples = append(flow.Samples, measure.Sample{At: ns, Value: 0.025 + n/10000, Quality: measure.GoodQuality})
		water.Samples = append(water.Samples, measure.Sample{At: ns, Value: 0.04 + n/20000, Quality: measure.GoodQuality})
	}
	return []measure.Series{flow, water}, nil
}

func input(t testing.TB) Input {
	t.Helper()
	plant, err1 := flowsheet.Parse("plant.yaml", []byte(plantFile))
	lab, err2 := lots.Parse("lab.yaml", []byte(labFile))
	const file = "../../configs/methods/puro-2025.yaml"
	text, err3 := os.ReadFile(file)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	method, err := carbon.ParseMethod(file, text)
	if err != nil {
		t.Fatal(err)
	}
	counted, err := CountLot(t.Context(), plant, lab, "p-1", kiln{})
	if err != nil {
		t.Fatal(err)
	}
	return Input{Plant: plant, Lab: lab, Lot: "p-1", Method: *method, Count: counted,
		Evidence: Evidence{First: 3, Last: 41, Leaves: 37, Digest: strings.Repeat("ab", 32)},
		Entered:  Evidence{First: 1, Last: 2, Leaves: 2, Digest: strings.Repeat("cd", 32)}}
}

func statement(t testing.TB) Statement {
	t.Helper()
	s, err := NewStatement(input(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The same bytes on every processor: this file was made on one and is
// compared on all.
func TestStatementIsTheSameEverywhere(t *testing.T) {
	const golden = "testdata/statement.txt"
	got := statement(t).Text()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestStatementSaysWhatWasCounted(t *testing.T) {
	s := statement(t)
	// A mean of 0.025 + 48/10000 t/h over 53.5 h less the hole of one hour.
	if wet := s.Wet.Kilograms(); math.Abs(wet-29.8*52.5) > 2 || s.Dry.Kilograms() >= wet*.96 || s.Dry.Kilograms() < wet*.95 {
		t.Errorf("wet %s, dry %s", s.Wet, s.Dry)
	}
	if missing := s.Interval.Length() - s.Covered; missing < time.Hour || missing > time.Hour+time.Minute {
		t.Errorf("%s is not covered", missing)
	}
	if !s.Account.Eligible || s.Account.Net == nil || s.Account.Conservative == nil || s.Account.Conservative.CO2e() >= s.Account.Net.CO2e() {
		t.Errorf("%+v", s.Account)
	}
	if said := strings.Join(s.Account.Unmet, "\n"); !strings.Contains(said, "coverage:") {
		t.Errorf("the hole is not said: %q", said)
	}
}

func TestCountDoesNotDependOnTheCuts(t *testing.T) {
	in := input(t)
	lot, _ := in.Lab.Lot("p-1")
	whole, err := pipeline.Compute(t.Context(), in.Plant, in.Lab, kiln{}, lot.Interval)
	if err != nil {
		t.Fatal(err)
	}
	product, err := claim.CountProduct(in.Plant, lot.Interval, whole.Rollups, in.Lab)
	if err != nil || product != in.Count.Product {
		t.Errorf("in one piece %+v, by days %+v: %v", product, in.Count.Product, err)
	}
	in.Count.Product.Of--
	if _, err := NewStatement(in); err == nil {
		t.Error("the product of another length of time was stated")
	}
	in.Lot = "p-2"
	if _, err := NewStatement(in); err == nil {
		t.Error("a lot that is not there was stated")
	}
}

func TestAnIneligibleLotHasNoNet(t *testing.T) {
	in := input(t)
	in.Lab.Lots[0].Use.SoilTemperature = nil
	s, err := NewStatement(in)
	if err != nil {
		t.Fatal(err)
	}
	text := string(s.Text())
	for _, want := range []string{"\nnet none\n", "\neligible no\n", "\nunmet sink.soil_temperature: not given"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	// A stated end use is no proof of it.
	in = input(t)
	in.Lab.Lots[0].Use.Proof = ""
	if s, err = NewStatement(in); err != nil {
		t.Fatal(err)
	}
	if a := s.Account; a.Eligible || a.Net != nil || a.Indicative == nil || !strings.Contains(string(s.Text()), "\nunmet use.proof: not given") {
		t.Errorf("%+v", a)
	}
	if back, err := Parse(s.Text()); err != nil || back.Account.Net != nil {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestStatementReadsBack(t *testing.T) {
	s := statement(t)
	back, err := Parse(s.Text())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.Text(), s.Text()) || back.Dry != s.Dry || back.Account.Net.CO2e() != s.Account.Net.CO2e() || back.Evidence != s.Evidence || back.Entered != s.Entered || back.Placed != s.Placed || !back.Interval.From.Equal(s.Interval.From) {
		t.Errorf("%+v\nis not %+v", back, s)
	}
}

func TestStatementIsRefusedIfNotCanonical(t *testing.T) {
	text := string(statement(t).Text())
	for _, c := range [][2]string{
		{"nielu statement 3", "nielu statement 2"}, {"\nnet ", "\nnet 0"}, {"eligible yes", "eligible no "}, {"eligible yes", "eligible maybe"},
		{"from 2026-11-02T00:30:00Z", "from 2026-11-02T01:30:00+01:00"}, {"plant p\n", "plant p\nplant p\n"}, {"revision 1", "revision 01"},
		{"plant-file sha256:", "plant-file md5:"}, {"evidence 3 41 37", "evidence 3 41"}, {"quality good", "quality fine"}, {" kg\n", " g\n"},
		{"line C_org 86.9 ", "line C_org 86.90 "}, {"line PF ", "line P F "},
	} {
		changed := strings.Replace(text, c[0], c[1], 1)
		if changed == text {
			t.Fatalf("%q is not in the text", c[0])
		}
		if _, err := Parse([]byte(changed)); err == nil {
			t.Errorf("%q was accepted", c[1])
		}
	}
	for _, cut := range []int{0, 1, len(text) / 2, len(text) - 1} {
		if _, err := Parse([]byte(text[:cut])); err == nil {
			t.Errorf("the first %d bytes were accepted", cut)
		}
	}
	if _, err := Parse([]byte(text + "\n")); err == nil {
		t.Error("a line too many was accepted")
	}
}

func TestLessProductLessNet(t *testing.T) {
	in := input(t)
	full := statement(t)
	rapid.Check(t, func(t *rapid.T) {
		less := in
		less.Count.Product.Dry = measure.DryMass(rapid.Int64Range(1e9, int64(in.Count.Product.Dry)).Draw(t, "mg"))
		s, err := NewStatement(less)
		if err != nil {
			t.Fatal(err)
		}
		if *s.Account.Indicative > *full.Account.Indicative {
			t.Fatalf("%s of product gives %s, %s gives %s", s.Dry, s.Account.Indicative, full.Dry, full.Account.Indicative)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(statement(f).Text())
	f.Add([]byte(title + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := Parse(text); err == nil && !bytes.Equal(s.Text(), text) {
			t.Fatalf("%q prints %q", text, s.Text())
		}
	})
}
