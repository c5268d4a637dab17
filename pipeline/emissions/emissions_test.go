package emissions

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
)

var update = flag.Bool("update", false, "write the golden files again")

func library(t testing.TB) *Library {
	t.Helper()
	l, err := OpenLibrary(os.DirFS("../../configs"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const week = `inventory: test
period: { from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }
gwp: ar5
`

func inventory(t testing.TB, text string) Inventory {
	t.Helper()
	a, err := ParseActivity("test.yaml", []byte(text), library(t))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	v, err := a.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// one line of an inventory that has one.
func oneLine(t testing.TB, text string) Line {
	t.Helper()
	v := inventory(t, week+text)
	if len(v.Lines) != 1 {
		t.Fatalf("%d lines of\n%s", len(v.Lines), text)
	}
	return v.Lines[0]
}

// Vectors G1 and G2 of methodologies.md 9.6, and propane as a substance.
func TestFuels(t *testing.T) {
	for _, c := range []struct {
		text string
		want measure.CO2e // mg
	}{
		{"amount: 100 L, density: 0.832 kg/L, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 83.2 kg, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 3577.6 MJ{LHV}, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 100 kg, factor: eu-mrr/lpg", 298_463_000},
		{"amount: 100 kg, factor: eu-mrr/propane", 299_300_000},
		{"amount: 4730 MJ{LHV}, ncv: 47.3 MJ/kg{LHV}, factor: eu-mrr/propane", 299_300_000},
		{"amount: 100 kg, factor: eu-mrr/wood", 0},
	} {
		l := oneLine(t, "fuels:\n  - { name: x, group: E_production, from: { record: y }, "+strings.NewReplacer("3577.6 MJ{LHV}", "'3577.6 MJ{LHV}'", "4730 MJ{LHV}", "'4730 MJ{LHV}'", "47.3 MJ/kg{LHV}", "'47.3 MJ/kg{LHV}'").Replace(c.text)+" }\n")
		if l.CO2e != c.want || l.Scope != 1 || l.Label != "primary" {
			t.Errorf("%s: %d mg, scope %d, %s; want %d", c.text, l.CO2e, l.Scope, l.Label, c.want)
		}
	}
}

// Vector G5: 1 000 kWh at 60 g/kWh, by location, and by market with a
// guarantee of origin.
func TestElectricityByLocationAndMarket(t *testing.T) {
	const head = `inventory: test
period: { from: 2022-01-01T00:00:00Z, to: 2023-01-01T00:00:00Z }
gwp: ar5
electricity:
  - name: x
    group: E_production
    amount: 1000 kW.h
    location: finland-placeholders/electricity-mean-2021-2023
    from: { record: bill }
`
	const certificate = "    market: [{ amount: 1000 kW.h, factor: ghg-protocol/guarantee-of-origin, proof: certificate }]\n"
	for name, c := range map[string]struct {
		text             string
		location, market measure.CO2e
		byMarket         bool
	}{
		"G5":                 {certificate, 60_000_000, 0, false},
		"market is asked":    {certificate + "    counts: market\n", 60_000_000, 0, true},
		"half of it":         {strings.Replace(certificate, "1000", "500", 1), 60_000_000, 30_000_000, false},
		"no certificate":     {"", 60_000_000, 60_000_000, false},
		"a larger residual":  {"    residual: own/residual\nfactors: [{ id: residual, about: rest, kind: electricity, region: FI, co2e: 500 g/(kW.h), gwp: unknown, label: primary, source: x }]\n", 60_000_000, 500_000_000, true},
		"location, asked so": {"    residual: own/residual\n    counts: location\nfactors: [{ id: residual, about: rest, kind: electricity, region: FI, co2e: 500 g/(kW.h), gwp: unknown, label: primary, source: x }]\n", 60_000_000, 500_000_000, false},
	} {
		v := inventory(t, head+c.text)
		location, market := v.Lines[0], v.Lines[1]
		if location.CO2e != c.location || market.CO2e != c.market || market.Counted != c.byMarket || location.Counted == c.byMarket {
			t.Errorf("%s: location %d mg, market %d mg (counted: %v)", name, location.CO2e, market.CO2e, market.Counted)
		}
		want := c.location
		if c.byMarket {
			want = c.market
		}
		if groups := v.Groups(); len(groups) != 1 || groups[0].CO2e != want {
			t.Errorf("%s: groups %v, want %d: one of the two counts", name, groups, want)
		}
	}
}

// The lorry of the public example: 58.5 g/tkm, and half as much again for the
// way back.
func TestTransportCountsTheEmptyWayBack(t *testing.T) {
	const leg = "transport:\n  - { name: x, group: E_use, mass: 100 t, distance: 10 km, factor: puro-2025/lorry, from: { record: y } }\n"
	if l := oneLine(t, leg); l.CO2e != 87_750_000 || l.Scope != 3 {
		t.Errorf("%d mg, scope %d", l.CO2e, l.Scope)
	}
	if l := oneLine(t, strings.Replace(leg, "from:", "loaded: bill of lading, scope: 1, from:", 1)); l.CO2e != 58_500_000 || l.Scope != 1 {
		t.Errorf("loaded both ways: %d mg, scope %d", l.CO2e, l.Scope)
	}
}

// By hand: 10 000 m³ with 12 ppm CH4, 3 ppm N2O and 11 % CO2.
//
//	CH4: 10000 · 12e-6 · 16.043 / 22.41396954 = 0.0858911 kg
//	N2O: 10000 ·  3e-6 · 44.013 / 22.41396954 = 0.0589092 kg
//	CO2: 10000 · 0.11  · 44.009 / 22.41396954 = 2159.8093 kg, apart
//
// and where 10 % of the week is missing, 16.8 h · 100 m³/h at the most besides.
func TestStackByHand(t *testing.T) {
	text := `stack:
  - name: x
    group: E_production
    volume: 10000 m3{N}
    coverage: 100 %
    most: 100 m3{N}/h
    from: { tag: pyro1/stack/volume_flow }
    gases:
      - { gas: ch4_biogenic, share: "12 [ppm]", most: "200 [ppm]" }
      - { gas: n2o, share: "3 [ppm]", most: "50 [ppm]" }
      - { gas: co2_biogenic, share: 11 %, most: 20 % }
`
	l := oneLine(t, text)
	for gas, want := range map[Gas]float64{CH4Biogenic: 0.0858911, N2O: 0.0589092} {
		if m, _ := massOf(l.Gases, gas); math.Abs(m.Kilograms()-want) > 1e-6 {
			t.Errorf("%s: %s, want %v kg", gas, m, want)
		}
	}
	if want := measure.CO2e(math.Round(85891.06*28 + 58909.2*265)); l.CO2e < want-300 || l.CO2e > want+300 {
		t.Errorf("%d mg, want %d", l.CO2e, want)
	}
	if l.BiogenicCO2 == nil || math.Abs(l.BiogenicCO2.Kilograms()-2159.8093) > 0.001 {
		t.Errorf("biogenic CO2: %v", l.BiogenicCO2)
	}
	if len(l.Remarks) > 0 {
		t.Errorf("remarks: %q", l.Remarks)
	}
	l = oneLine(t, strings.Replace(text, "100 %", "90 %", 1))
	for gas, want := range map[Gas]float64{CH4Biogenic: 0.0858911 + 1680*200e-6*16.043/22.41396954, N2O: 0.0589092 + 1680*50e-6*44.013/22.41396954} {
		if m, _ := massOf(l.Gases, gas); math.Abs(m.Kilograms()-want) > 1e-6 {
			t.Errorf("with a hole, %s: %s, want %v kg", gas, m, want)
		}
	}
	if l.StandsIn.Value < 1679.999 || l.StandsIn.Value > 1680.001 || l.Coverage != 0.9 {
		t.Errorf("stands in: %v, coverage %v", l.StandsIn, l.Coverage)
	}
	l = oneLine(t, strings.Replace(text, "      - { gas: n2o, share: \"3 [ppm]\", most: \"50 [ppm]\" }\n", "", 1))
	if len(l.Remarks) != 1 || !strings.Contains(l.Remarks[0], "nothing is read of N2O, which is not none") {
		t.Errorf("a stack without N2O: %q", l.Remarks)
	}
}

// TestStackMinutes holds minutes against what the same minutes are by hand.
func TestStackMinutes(t *testing.T) {
	w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(240, 0)}, &GWP{CH4Biogenic: Potential{28, "primary", ""}, N2O: Potential{265, "primary", ""}}}
	known := func(v float64) *float64 { return &v }
	s := Stack{Most: 120, Gases: []StackGas{{CH4Biogenic, 1e-3}, {N2O, 1e-4}}, Minutes: []Minute{
		{known(1), []*float64{known(1e-4), known(1e-5)}},
		{known(1), []*float64{nil, known(1e-5)}},          // CH4 at its most
		{nil, []*float64{known(1e-4), known(1e-5)}},       // the fan at its most, 2 m³
		{known(-0.1), []*float64{known(-1e-4), known(0)}}, // noise about zero is zero
	}}
	lines, err := s.lines(w)
	if err != nil {
		t.Fatal(err)
	}
	l := lines[0]
	ch4, _ := massOf(l.Gases, CH4Biogenic)
	n2o, _ := massOf(l.Gases, N2O)
	if want := (1e-4 + 1e-3 + 2e-4) * 16.043 / 22.41396954; math.Abs(ch4.Kilograms()-want) > 1e-6 {
		t.Errorf("CH4 %s, want %v kg", ch4, want)
	}
	if want := (1e-5 + 1e-5 + 2e-5) * 44.013 / 22.41396954; math.Abs(n2o.Kilograms()-want) > 1e-6 {
		t.Errorf("N2O %s, want %v kg", n2o, want)
	}
	if l.Coverage != 0.5 || l.StandsIn.Value != 2 || l.Activity.Value != 4 {
		t.Errorf("coverage %v, stands in %v of %v", l.Coverage, l.StandsIn, l.Activity)
	}
	for words, m := range map[string]Minute{
		"m3{N}/h is less than was read in minute 0, 150 m3{N}/h":  {known(2.5), []*float64{known(0), known(0)}},
		"CH4 biogenic: most is less than was read in minute 0":    {known(1), []*float64{known(2e-3), known(0)}},
		"CH4 biogenic: most is less than was read in minute 0, N": {known(1), []*float64{known(math.NaN()), known(0)}},
	} {
		s.Minutes[0] = m
		if _, err := s.lines(w); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	s.Minutes = s.Minutes[:3]
	if _, err := s.lines(w); err == nil {
		t.Error("three minutes passed for four")
	}
}

// TestLosingMinutesNeverLowersAnEmission takes away readings of a stack, one
// after the other, to the last milligram.
func TestLosingMinutesNeverLowersAnEmission(t *testing.T) {
	g := &GWP{CH4Fossil: Potential{30, "primary", ""}, N2O: Potential{265, "primary", ""}}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "minutes")
		w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(int64(60*n), 0)}, g}
		s := Stack{Most: rapid.Float64Range(60, 6000).Draw(t, "most"), Gases: []StackGas{{CH4Fossil, 1e-3}, {N2O, 5e-5}, {CO2Biogenic, 0.2}}}
		some := func(most float64) *float64 {
			if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
				return nil
			}
			v := rapid.Float64Range(-0.1*most, most).Draw(t, "value")
			return &v
		}
		for range n {
			m := Minute{Volume: some(s.Most / 60)}
			for _, gas := range s.Gases {
				m.Shares = append(m.Shares, some(gas.Most))
			}
			s.Minutes = append(s.Minutes, m)
		}
		before := stackLine(t, s, w)
		for range 5 {
			i := rapid.IntRange(0, n-1).Draw(t, "minute")
			if k := rapid.IntRange(-1, 2).Draw(t, "what"); k < 0 {
				s.Minutes[i].Volume = nil
			} else {
				s.Minutes[i].Shares[k] = nil
			}
			after := stackLine(t, s, w)
			if after.CO2e < before.CO2e || after.Coverage > before.Coverage || *after.BiogenicCO2 < *before.BiogenicCO2 {
				t.Fatalf("minute %d lost: %d mg became %d, coverage %v became %v", i, before.CO2e, after.CO2e, before.Coverage, after.Coverage)
			}
			for k := range after.Gases {
				if after.Gases[k].Mass < before.Gases[k].Mass {
					t.Fatalf("%v became %v", before.Gases[k], after.Gases[k])
				}
			}
			before = after
		}
	})
}

func stackLine(t *rapid.T, s Stack, w world) Line {
	lines, err := s.lines(w)
	if err != nil {
		t.Fatal(err)
	}
	return lines[0]
}

// TestLosingReadingsOfAMeterNeverLowersAnEmission loses hours of a meter: each
// takes with it what was read in it and its part of the coverage.
func TestLosingReadingsOfAMeterNeverLowersAnEmission(t *testing.T) {
	f := &Factor{Kind: Electricity, Per: kilowattHour, Rates: map[Gas]float64{Unsplit: 0.06}, Return: 1}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "hours")
		w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(int64(3600*n), 0)}, &GWP{}}
		most := float64(rapid.IntRange(1, 1000).Draw(t, "most"))
		hours := rapid.SliceOfN(rapid.Float64Range(0, most*0.999), n, n).Draw(t, "kWh")
		before := measure.CO2e(-1)
		for lost := range n + 1 {
			sum := 0.0
			for _, h := range hours[lost:] {
				sum += h
			}
			c := float64(n-lost) / float64(n)
			p := Power{Location: f, Metered: Metered{Amount: measure.Quantity{Value: sum, Unit: kilowattHour}, Coverage: &c, Most: &measure.Quantity{Value: most, Unit: measure.MustUnit("kW")}}}
			lines, err := p.lines(w)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				if l.CO2e < before {
					t.Fatalf("%d hours lost: %d mg became %d", lost, before, l.CO2e)
				}
			}
			before = lines[0].CO2e
		}
	})
}

// TestBiogenicCO2IsInNoTotal changes nothing but biogenic CO2.
func TestBiogenicCO2IsInNoTotal(t *testing.T) {
	with := func(share string) Inventory {
		return inventory(t, week+`stack:
  - { name: x, group: E_production, volume: "1000 m3{N}", coverage: 100 %, most: "100 m3{N}/h", from: { tag: a/b/c }, gases: [{ gas: co2_biogenic, share: `+share+`, most: 100 % }] }
process:
  - { name: y, group: E_production, amount: 10 t, factor: kilns/flame-curtain, from: { record: z } }
`)
	}
	a, b := with("0 %"), with("15 %")
	masses := [2]measure.GasMass{}
	for i, v := range []Inventory{a, b} {
		masses[i], _ = massOf(v.Portfolio(), CO2Biogenic)
		want := measure.CO2e(300 * 28 * 1_000_000) // 10 t of char, 30 g of CH4 a kilogram
		sums := slices.Concat(v.Groups(), v.Scopes())
		for _, s := range sums {
			if s.CO2e != want {
				t.Errorf("%s: %d mg, want %d", s.Name, s.CO2e, want)
			}
		}
		for _, e := range v.Emissions() {
			if c, err := e.CO2e(); err != nil || c != 0 && c != want {
				t.Errorf("%s: %d mg, %v", e.Name, c, err)
			}
		}
	}
	if masses[0] != 43_000_000_000 || masses[1] <= masses[0] {
		t.Errorf("biogenic CO2 of %d and %d mg", masses[0], masses[1])
	}
}

// An asset is shared out over the shorter of the two times.
func TestEmbodied(t *testing.T) {
	const text = "factors: [{ id: kiln, about: kiln, kind: embodied, region: EU, co2e: 30 t, gwp: ar5, label: primary, source: x }]\nembodied:\n  - { name: x, group: E_emb, amount: 2, factor: own/kiln, lifetime: 20 a, crediting: 10 a, share: 2 %, from: { record: y } }\n"
	if l := oneLine(t, text); l.CO2e != 120_000_000 {
		t.Errorf("%d mg", l.CO2e)
	}
	if l := oneLine(t, strings.Replace(text, "20 a", "5 a", 1)); l.CO2e != 240_000_000 {
		t.Errorf("a short life: %d mg", l.CO2e)
	}
}

// A gas is counted by the potential of the set that is named.
func TestSetsOfPotentials(t *testing.T) {
	const text = "process:\n  - { name: x, group: E_production, amount: 1 t, factor: kilns/vm0044-low-technology, from: { record: y } }\n"
	for set, want := range map[string]measure.CO2e{"ar4": 49 * 25e6, "ar5": 49 * 28e6, "ar6": 49 * 27e6, "ar6-20": 49 * 79.7e6, "puro-2025": 49 * 28e6, "csi-3.3": 49 * 27e6, "csi-3.3-contract-25": 49 * 25e6} {
		v := inventory(t, strings.Replace(week, "ar5", set, 1)+text)
		if v.Lines[0].CO2e != want {
			t.Errorf("%s: %d mg, want %d", set, v.Lines[0].CO2e, want)
		}
	}
	if names := library(t).GWPNames(); len(names) != 7 {
		t.Errorf("sets %v: each needs a line above", names)
	}
	v := inventory(t, strings.NewReplacer("ar5", "csi-3.3-contract-25", "2026-11-09", "2027-02-01").Replace(week)+text)
	if !slices.ContainsFunc(v.Unmet, func(s string) bool { return strings.Contains(s, "gwp csi-3.3-contract-25 holds to 2027-01-01") }) {
		t.Errorf("beyond its end: %q", v.Unmet)
	}
}

// TestFactorsOutsideTheirYearAreSaid and those that nobody verified.
func TestFactorsAreHeldAgainstPeriodAndLabel(t *testing.T) {
	v := inventory(t, week+"electricity:\n  - { name: x, group: E_production, amount: 1 kW.h, location: finland-placeholders/electricity-2023, from: { record: y } }\n")
	for _, words := range []string{"holds from 2023-01-01 to 2024-01-01, not for all of the period", "is unverified"} {
		if !slices.ContainsFunc(v.Unmet, func(s string) bool { return strings.Contains(s, words) }) {
			t.Errorf("%q does not say %q", v.Unmet, words)
		}
	}
	if v.Lines[0].Label != "unverified" {
		t.Errorf("label %s", v.Lines[0].Label)
	}
}

func TestNothingIsClaimedUnlessSomebodyDoes(t *testing.T) {
	const text = `claims:
  avoided:
    - { name: a, destroyed: 1000 kg, share: 0 %, oxidised: 10 %, baseline: B, claim: C, from: { tag: l/f/v } }
  substitution:
    - { name: s, energy: 36 GJ, instead: eu-mrr/natural-gas, efficiency: 90 %, claim: C, from: { tag: h/t/p } }
`
	v := inventory(t, week+text)
	if got := v.Avoided[0].Amount.String(); got != "25.2 t avoided" {
		t.Errorf("avoided %s", got)
	}
	if got := v.Substitutions[0].Amount.String(); got != "2.244 t substituted" {
		t.Errorf("substituted %s", got)
	}
	for what, c := range map[string]struct{ cut, why string }{
		"no claim":    {", claim: C", "nobody claims it"},
		"no baseline": {", baseline: B", "there is no baseline"},
		"no factor":   {", instead: eu-mrr/natural-gas", "nothing says what is displaced"},
	} {
		v := inventory(t, week+strings.ReplaceAll(text, c.cut, ""))
		found := false
		for _, a := range v.Avoided {
			if a.Why != "" && strings.Contains(a.Why, c.why) {
				found = found || a.Amount == (measure.Avoided{})
			}
		}
		for _, s := range v.Substitutions {
			if s.Why != "" && strings.Contains(s.Why, c.why) {
				found = found || s.Amount == (measure.Substitution{})
			}
		}
		if !found {
			t.Errorf("%s: %+v %+v", what, v.Avoided, v.Substitutions)
		}
	}
	v = inventory(t, week+strings.Replace(text, "eu-mrr/natural-gas", "finland-placeholders/natural-gas", 1))
	if s := v.Substitutions[0]; s.Amount != (measure.Substitution{}) || !strings.Contains(s.Why, "is unverified") {
		t.Errorf("an unverified factor claims %s: %s", s.Amount, s.Why)
	}
	v = inventory(t, week+strings.Replace(text, "oxidised: 10 %", "oxidised: 100 %", 1))
	if a := v.Avoided[0]; a.Amount != (measure.Avoided{}) {
		t.Errorf("a cover that oxidises all leaves %s", a.Amount)
	}
}

// TestNoOutputAddsLedgers looks for every sum and difference of the ledgers and
// the emissions in all that an inventory prints.
func TestNoOutputAddsLedgers(t *testing.T) {
	v := inventory(t, week+`fuels:
  - { name: x, group: E_production, amount: 1237 kg, factor: eu-mrr/propane, from: { record: y } }
claims:
  avoided:
    - { name: a, destroyed: 1013 kg, share: 0 %, oxidised: 10 %, baseline: B, claim: C, from: { tag: l/f/v } }
  substitution:
    - { name: s, energy: 37 GJ, instead: eu-mrr/natural-gas, efficiency: 90 %, claim: C, from: { tag: h/t/p } }
`)
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := v.Write(&table); err != nil {
		t.Fatal(err)
	}
	amounts := []measure.CO2e{v.Lines[0].CO2e, claimedCO2e(t, v.Avoided[0].Amount.String()), claimedCO2e(t, v.Substitutions[0].Amount.String())}
	for i := range 3 {
		for _, printed := range []string{string(text), table.String()} {
			if n := amounts[i].String(); !strings.Contains(printed, n) {
				t.Errorf("%s is not printed", n)
			}
		}
	}
	for mask := range 27 { // each of the three added, left out or taken off
		signs, sum, n := mask, measure.CO2e(0), 0
		for i := range 3 {
			sign := measure.CO2e(signs%3 - 1)
			signs /= 3
			if sum += sign * amounts[i]; sign != 0 {
				n++
			}
		}
		if n < 2 {
			continue
		}
		for _, printed := range []string{string(text), table.String()} {
			if strings.Contains(printed, strings.TrimSuffix(sum.String(), " t")) {
				t.Errorf("%s, a sum over ledgers, stands in\n%s", sum, printed)
			}
		}
	}
	for _, ledger := range []string{"avoided", "substitution"} {
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(text, &parts); err != nil || len(parts[ledger]) == 0 {
			t.Errorf("no %s of its own: %v", ledger, err)
		}
	}
	if bytes.Contains(text, []byte("total")) || strings.Contains(strings.ToLower(table.String()), "total") {
		t.Error("something calls itself a total")
	}
	for _, e := range v.Emissions() {
		if strings.Contains(e.Name, "a") || strings.Contains(e.Name, "s") {
			t.Errorf("the claim %s is among the emissions", e.Name)
		}
	}
}

func claimedCO2e(t *testing.T, s string) measure.CO2e {
	t.Helper()
	number, _, _ := strings.Cut(s, " ")
	m, err := measure.ParseCO2e(number + " t")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAccountsTakeTheLines gives an inventory to a carbon account and finds
// each group there to the milligram.
func TestAccountsTakeTheLines(t *testing.T) {
	v := golden(t, "pyro1")
	sums := map[string]measure.CO2e{}
	for _, e := range v.Emissions() {
		c, err := e.CO2e()
		if err != nil {
			t.Fatal(err)
		}
		sums[e.Group] += c
	}
	for _, g := range v.Groups() {
		if sums[g.Name] != g.CO2e {
			t.Errorf("%s: %d mg of the account, %d of the inventory", g.Name, sums[g.Name], g.CO2e)
		}
	}
	text, err := os.ReadFile("../../configs/methods/puro-2025.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := carbon.ParseMethod("puro-2025.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	total, inorganic, hc, soil := 0.85, 0.0, 0.3, 7.0
	a, err := carbon.Quantify(*m, carbon.Request{DryMass: 4_000_000_000, CarbonTotal: &total, CarbonInorganic: &inorganic, HCorg: &hc, Sink: carbon.Sink{SoilTemperature: &soil}, Emissions: v.Emissions()})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range v.Groups() {
		if l, ok := a.Line(g.Name); !ok || l.Value != g.CO2e.Tonnes() {
			t.Errorf("%s: %v in the account, %s in the inventory", g.Name, l, g.CO2e)
		}
	}
	for _, u := range a.Unmet {
		if strings.HasPrefix(u, "emissions") {
			t.Errorf("not met: %s", u)
		}
	}
}

// TestEmissionsKeepTheirMilligrams brings whole milligrams through the float
// of an account and back.
func TestEmissionsKeepTheirMilligrams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := measure.CO2e(rapid.Int64Range(0, 1<<50).Draw(t, "mg"))
		v := Inventory{GWP: &GWP{}, Lines: []Line{{Counted: true, CO2e: n}}}
		if got, err := v.Emissions()[0].CO2e(); err != nil || got != n {
			t.Fatalf("%d mg became %d: %v", n, got, err)
		}
	})
}

func golden(t testing.TB, name string) Inventory {
	t.Helper()
	file := filepath.Join("../../configs/examples/emissions", name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseActivity(name+".yaml", text, library(t))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExamplesAreGolden(t *testing.T) {
	for _, name := range []string{"pyro1", "lf1"} {
		v := golden(t, name)
		var table bytes.Buffer
		if err := v.Write(&table); err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		for ext, got := range map[string][]byte{".txt": table.Bytes(), ".json": append(text, '\n')} {
			file := filepath.Join("testdata", name+ext)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs; look at it, then write it again with -update:\n%s", file, got)
			}
		}
		if len(v.Unmet) > 0 {
			t.Errorf("%s: not met: %q", name, v.Unmet)
		}
	}
}

// TestFaultsComeWithTheirPlace reads a file in which everything is wrong.
func TestFaultsComeWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, at, words string }{
		{"fuels:\n  - { name: x, group: E, amount: 100 L, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "gives no density"},
		{"fuels:\n  - { name: x, group: E, amount: 100, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "fuel is given as a mass, a volume or an energy"},
		{"fuels:\n  - { name: x, group: E, amount: 100 MJ, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "does not say which heating value"},
		{"fuels:\n  - { name: x, group: E, amount: -1 kg, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "below 0"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oli, from: { record: y } }\n", "5:48", `did you mean "eu-mrr/gas-oil"`},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: puro-2025/lorry, from: { record: y } }\n", "5:48", "is a factor of kind transport, not of fuel"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:5", "coverage is missing"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, coverage: 90 %, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:50", "say with most"},
		{"fuels:\n  - { name: x, group: E, amount: 1000 kg, coverage: 90 %, most: 1 kg/h, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:65", "less than the meter showed"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oil, from: { lab: a, record: y } }\n", "", "needs one of tag, record and lab"},
		{"transport:\n  - { name: x, group: E, mass: 1 km, distance: 1 km, factor: puro-2025/lorry, from: { record: y } }\n", "5:32", "cannot convert km to t"},
		{"electricity:\n  - { name: x, group: E, amount: 1 kg, location: ghg-protocol/guarantee-of-origin, from: { record: y } }\n", "5:34", "cannot convert kg to kW.h"},
		{"electricity:\n  - { name: x, group: E, amount: 1 kW.h, location: ghg-protocol/guarantee-of-origin, market: [{ amount: 2 kW.h, factor: ghg-protocol/guarantee-of-origin, proof: z }], from: { record: y } }\n", "", "for more than was used"},
		{"stack:\n  - { name: x, group: E, volume: 1 m3, coverage: 1, most: '1 m3{N}/h', gases: [], from: { record: y } }\n", "5:34", "a gas volume changes its reference state"},
		{"embodied:\n  - { name: x, group: E, amount: 1 kg, factor: own/a, lifetime: 0 a, crediting: 1 a, share: 1, from: { record: y } }\nfactors: [{ id: a, about: b, kind: embodied, region: EU, co2e: 1 kg/kg, gwp: ar5, label: primary, source: z }]\n", "", "a year or more"},
		{"claims: { substitution: [{ name: x, energy: 1 kg, instead: eu-mrr/lpg, claim: c, from: { record: y } }] }\n", "4:45", "cannot convert kg to MJ"},
		{"claims: { substitution: [{ name: x, energy: '1 MJ{LHV}', efficiency: 90 %, instead: eu-mrr/lpg, claim: c, from: { record: y } }] }\n", "", "without an efficiency"},
		{"gpw: ar5\n", "4:1", `did you mean "gwp"`},
	} {
		_, err := ParseActivity("a.yaml", []byte(week+c.text), library(t))
		problems, ok := strict.ProblemsOf(err)
		if !ok || len(problems) != 1 || !strings.Contains(problems[0].Message, c.words) || c.at != "" && !strings.HasPrefix(problems[0].Error(), "a.yaml:"+c.at+":") {
			t.Errorf("%s%v\nwant one fault at %s: %s", c.text, err, c.at, c.words)
		}
	}
	_, err := ParseActivity("a.yaml", []byte("inventory: x\ngwp: ar7\nperiod: { from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z }\nfuels:\n  - { name: x }\n"), library(t))
	for _, words := range []string{`there is no set of potentials "ar7"`, "is empty", "group is missing", "from is missing", "amount is missing", "factor is missing"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v\ndoes not say %q", err, words)
		}
	}
}

func TestFactorFilesSayAllFaults(t *testing.T) {
	const good = "factors: a\nname: b\nlist:\n  - { id: c, about: d, kind: fuel, region: EU, co2_fossil: '1 t/TJ{LHV}', label: primary, source: e }\n"
	if _, err := ParseFactors("f.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, words string }{
		{"'1 t/TJ{LHV}'", "1 t/TJ", "a factor of kind fuel is a mass of gas a unit of activity: write it in kg/(MJ{LHV}) or kg/(kg)"},
		{"'1 t/TJ{LHV}'", "'-1 t/TJ{LHV}'", "is below 0"},
		{"label: primary", "label: sure", `"sure" is not one of primary`},
		{", source: e", "", "source is missing"},
		{"kind: fuel", "kind: fule", `did you mean "fuel"`},
		{"label:", "co2e: 1 kg/kg, gwp: ar5, label:", "use one unit of activity"},
		{"co2_fossil", "co2e", "gwp is missing"},
		{"label:", "gwp: ar5, label:", "only co2e needs it"},
		{"label:", "n2o: '1 g/MJ{LHV}', co2e: '1 kg/MJ{LHV}', gwp: ar5, label:", "they would count twice"},
		{"label:", "empty_return: 1.5, label:", "only a transport has it"},
		{"label:", "valid: { from: 2027-01-01T00:00:00Z, to: 2026-01-01T00:00:00Z }, label:", "before it begins"},
		{"label:", "ncv: 0 MJ/kg, label:", "cannot convert"},
		{"factors: a", "factors: own", "name the file otherwise"},
		{"co2_fossil: '1 t/TJ{LHV}', ", "", "gives no gas"},
		{"id: c", "id: C", "lower-case letters"},
	} {
		_, err := ParseFactors("f.yaml", []byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.words) || !strings.HasPrefix(err.Error(), "f.yaml:") {
			t.Errorf("%s: %v\nwant %q", c.new, err, c.words)
		}
	}
	const set = "gwp: a\nname: b\nsource: c\nhorizon: 100 a\nch4_fossil: { value: 30, label: primary, source: d }\nch4_biogenic: { value: 28, label: primary, source: d }\nn2o: { value: 265, label: primary, source: d }\n"
	if _, err := ParseGWP("g.yaml", []byte(set)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, words string }{
		{"100 a", "100", "has no unit"}, {"100 a", "0.5 a", "no whole number of years"}, {"30,", "0,", "below 1"}, {"n2o", "N2O", "unknown key"}, {"gwp: a", "gwp: A", "lower-case"},
	} {
		_, err := ParseGWP("g.yaml", []byte(strings.Replace(set, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v\nwant %q", c.new, err, c.words)
		}
	}
}

// TestShippedFactors holds the files against the figures of their sources.
func TestShippedFactors(t *testing.T) {
	l := library(t)
	for name, want := range map[string][2]float64{ // kg CO2 a MJ, MJ/kg
		"gas-oil": {0.0741, 43}, "lpg": {0.0631, 47.3}, "natural-gas": {0.0561, 48}, "residual-fuel-oil": {0.0774, 40.4}, "peat": {0.106, 9.76},
		"wood": {0, 15.6}, "charcoal": {0, 29.5}, "landfill-gas": {0, 50.4}, "methane": {0.0549, 50},
	} {
		f, ok := l.Factor("eu-mrr/" + name)
		if !ok || f.NCV == nil || math.Abs(f.Rates[CO2Fossil]-want[0]) > 1e-12 || math.Abs(*f.NCV-want[1]) > 1e-9 || f.Label != "primary" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for name, want := range map[string]float64{"puro-2025/iluc-cereals": .012, "puro-2025/iluc-sugar": .013, "puro-2025/iluc-oil-crops": .055, "puro-2025/lorry": .0585} {
		if f, ok := l.Factor(name); !ok || math.Abs(f.Rates[Unsplit]-want) > 1e-12 || f.Label != "secondary" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, name := range l.Names() {
		f, _ := l.Factor(name)
		if f.Source == "" || f.Digest == "" || f.Set == "finland-placeholders" != (f.Label == "unverified") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func FuzzParseActivity(f *testing.F) {
	l := library(f)
	for _, name := range []string{"pyro1", "lf1"} {
		text, err := os.ReadFile("../../configs/examples/emissions/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseActivity("f", data, l)
		if err != nil {
			if problems, ok := strict.ProblemsOf(err); !ok || len(problems) == 0 {
				t.Fatalf("%v is no list of faults", err)
			}
			return
		}
		v, err := a.Inventory() // what can be read can be worked out, and printed
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range v.Lines {
			if l.CO2e < 0 || l.Label == "" || l.Scope < 1 || l.Scope > 3 {
				t.Fatalf("%+v", l)
			}
		}
		if _, err := json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseFactors(f *testing.F) {
	files, err := filepath.Glob("../../configs/factors/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseFactors("f", data)
		if err != nil {
			if problems, ok := strict.ProblemsOf(err); !ok || len(problems) == 0 {
				t.Fatalf("%v is no list of faults", err)
			}
			return
		}
		for _, x := range s.Factors {
			if len(x.Rates) == 0 || x.Label == "" || x.Source == "" || x.Return < 1 {
				t.Fatalf("%+v", x)
			}
			for gas, rate := range x.Rates {
				if !(rate >= 0) {
					t.Fatalf("%s of %v", gas, rate)
				}
			}
		}
	})
}

func FuzzParseGWP(f *testing.F) {
	files, err := filepath.Glob("../../configs/factors/gwp/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGWP("f", data)
		if err == nil && (g.Of(CH4Fossil) < 1 || g.Of(CH4Biogenic) < 1 || g.Of(N2O) < 1 || g.Of(CO2Biogenic) != 0 || g.Horizon < 1) {
			t.Fatalf("%+v", g)
		}
	})
}
