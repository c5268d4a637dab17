package statement

import (
	"bytes"
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

const stackTags = `  p/flue/flow:      { unit: "m3{N}/h", hold: sloped, stale: 30 s, range: ["0 m3{N}/h", "900 m3{N}/h"] }
  p/flue/ch4:       { unit: "[ppm]", hold: sloped, stale: 30 s, range: ["-10 [ppm]", "200 [ppm]"] }
  p/flue/n2o:       { unit: "[ppm]", hold: sloped, stale: 30 s, range: ["-10 [ppm]", "30 [ppm]"] }
`

const stackStream = `  flue: { from: kiln, phase: gas, volume: {tag: p/flue/flow}, composition: { CH4: {tag: p/flue/ch4}, N2O: {tag: p/flue/n2o}, N2: {rest: true} } }
`

const stackPlan = `stack: { stream: flue, group: [E_production, PE_EP, Operations], most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: "30 [ppm]" }, source: emission test 3, fuel: biogenic }
`

// stackFile is the plant of this package with a stack.
var stackFile = strings.NewReplacer("nodes:", stackTags+"nodes:", "product:", stackStream+"product:").Replace(plantFile) + stackPlan

// flued is the kiln with instruments of its stack: 600 m3{N}/h with 12 ppm of
// CH4 and 3 ppm of N2O, and the kiln's own hole.
type flued struct{ kiln }

func (f flued) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	all, err := f.kiln.Readings(ctx, plant, w)
	for _, c := range []struct {
		tag   measure.Tag
		unit  string
		value float64
	}{{"p/flue/flow", "m3{N}/h", 600}, {"p/flue/ch4", "[ppm]", 12}, {"p/flue/n2o", "[ppm]", 3}} {
		s := measure.Series{Tag: c.tag, Unit: measure.MustUnit(c.unit)}
		for _, x := range all[0].Samples {
			s.Samples = append(s.Samples, measure.Sample{At: x.At, Value: c.value, Quality: x.Quality})
		}
		all = append(all, s)
	}
	return all, err
}

func methodFile(t testing.TB, id string) carbon.Method {
	t.Helper()
	text, err := os.ReadFile("../../configs/methods/" + id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := carbon.ParseMethod(id+".yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

func plantOf(t testing.TB, text string) *flowsheet.Plant {
	t.Helper()
	p, err := flowsheet.Parse("plant.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stackInput is a statement's input of a plant file, with the stack that src shows.
func stackInput(t testing.TB, text string, src pipeline.Source) Input {
	t.Helper()
	in := input(t)
	in.Plant = plantOf(t, text)
	var err error
	if in.Count, err = CountLot(t.Context(), in.Plant, in.Lab, in.Lot, src); err != nil {
		t.Fatal(err)
	}
	return in
}

func stated(t testing.TB, in Input) Statement {
	t.Helper()
	s, err := NewStatement(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tonnesOf(t testing.TB, s Statement, symbol string) measure.CO2e {
	t.Helper()
	l, ok := s.Account.Line(symbol)
	if !ok || l.Unit != "t" {
		t.Fatalf("no line %s in\n%s", symbol, s.Text())
	}
	return measure.CO2e(math.Round(l.Value * 1e9))
}

// By hand: of 53.5 h all but 61 minutes are read, the hour of the hole and the
// minute of its last reading, whose second part nothing covers.
//
//	CH4: (3149 · 10 · 12e-6 + 61 · 15 · 200e-6) m³ · 16.043 / 22.41396954 = 0.40145 kg; · 28 = 11.241 kg CO2e
//	N2O: (3149 · 10 ·  3e-6 + 61 · 15 ·  30e-6) m³ · 44.013 / 22.41396954 = 0.23940 kg; · 265 = 63.442 kg CO2e
func TestStackByHand(t *testing.T) {
	in := stackInput(t, stackFile, flued{})
	stack := in.Count.Stack
	const methane, nitrous = (3149*10*12e-6 + 61*15*200e-6) * 16.043 / 22.41396954, (3149*10*3e-6 + 61*15*30e-6) * 44.013 / 22.41396954
	for what, c := range map[string][2]float64{"CH4": {stack.Methane.Kilograms(), methane}, "N2O": {stack.NitrousOxide.Kilograms(), nitrous}} {
		if !(math.Abs(c[0]-c[1]) <= 1e-6) {
			t.Errorf("%s: %v kg, by hand %v", what, c[0], c[1])
		}
	}
	for _, words := range []string{"p/flue/flow, p/flue/ch4, p/flue/n2o in 3149 of 3210 minutes", "900 m3{N}/h", "200 [ppm] CH4", "30 [ppm] N2O", "emission test 3"} {
		if !strings.Contains(stack.Source, words) {
			t.Errorf("%q is not in %q", words, stack.Source)
		}
	}
	with, without := stated(t, in), statement(t)
	ch4, n2o := tonnesOf(t, with, "stack_CH4"), tonnesOf(t, with, "stack_N2O")
	if math.Abs(float64(ch4)-methane*28e6) > 50 || math.Abs(float64(n2o)-nitrous*265e6) > 500 {
		t.Errorf("CH4 %s, N2O %s", ch4, n2o)
	}
	if got, want := tonnesOf(t, with, "E_production")-tonnesOf(t, without, "E_production"), ch4+n2o; got != want {
		t.Errorf("E_production grew by %s, the stack emitted %s", got, want)
	}
	if with.Dry != without.Dry || with.Account.Net.CO2e() != without.Account.Net.CO2e()-ch4-n2o {
		t.Errorf("net %s, without a stack %s", with.Account.Net, without.Account.Net)
	}
	text := string(with.Text())
	if !strings.Contains(text, "\nunmet stack: flow, CH4 and N2O of flue were all read in 3149 of 3210 minutes; where one was not, the most there can be counts") {
		t.Errorf("nothing says what stood in:\n%s", text)
	}
	if back, err := Parse(with.Text()); err != nil || string(back.Text()) != text {
		t.Errorf("does not read back: %v", err)
	}
}

// Each method weighs the same masses by its own potentials, under its own symbol.
func TestStackByMethod(t *testing.T) {
	in := stackInput(t, stackFile, flued{})
	stack := in.Count.Stack
	mass := map[string]float64{"CH4": float64(stack.Methane), "N2O": float64(stack.NitrousOxide)}
	for _, c := range []struct {
		method, fuel string
		ch4, n2o     float64
		group        string
	}{
		{"puro-2025", "biogenic", 28, 265, "E_production"}, {"puro-2025", "fossil", 28, 265, "E_production"},
		{"isometric-1.3", "biogenic", 27, 273, "Operations"}, {"isometric-1.3", "fossil", 29.8, 273, "Operations"},
		{"vm0044-1.2", "biogenic", 28, 265, "PE_EP"}, {"csi-3.3", "biogenic", 1, 1, "CH4"},
	} {
		m := methodFile(t, c.method)
		stack.Biogenic = c.fuel == "biogenic"
		lines, ok, err := stack.Emissions(m)
		if err != nil || !ok || len(lines) != 2 {
			t.Fatalf("%s: %v %v %v", c.method, lines, ok, err)
		}
		for i, want := range []float64{mass["CH4"] * c.ch4, mass["N2O"] * c.n2o} {
			got, err := lines[i].CO2e()
			if err != nil || math.Abs(float64(got)-want) > 1 {
				t.Errorf("%s, %s: %s: %d mg, want %v (%v)", c.method, c.fuel, lines[i].Name, got, want, err)
			}
		}
		if lines[0].Group != c.group || c.method == "csi-3.3" && lines[1].Group != "N2O" {
			t.Errorf("%s: %+v", c.method, lines)
		}
		in.Method = m
		s := stated(t, in)
		if got, want := tonnesOf(t, s, "stack_CH4"), measure.CO2e(math.Round(mass["CH4"]*c.ch4)); got != want {
			t.Errorf("%s: states %d mg of CH4, want %d", c.method, got, want)
		}
	}
	// The masses themselves stand under the symbols of the method that keeps gases apart.
	in.Method = methodFile(t, "csi-3.3")
	s := stated(t, in)
	if tonnesOf(t, s, "CH4") != measure.CO2e(stack.Methane) || tonnesOf(t, s, "N2O") != measure.CO2e(stack.NitrousOxide) {
		t.Errorf("%s of CH4, %s of N2O:\n%s", stack.Methane, stack.NitrousOxide, s.Text())
	}
}

// A method that has none of the stack's symbols would leave its gases out: no
// net. Nor does a stack make up for electricity and fuels that nobody stated.
func TestNothingOfAStackIsLeftOut(t *testing.T) {
	in := stackInput(t, strings.Replace(stackFile, "[E_production, PE_EP, Operations]", "PE_EP", 1), flued{})
	s := stated(t, in)
	if a := s.Account; a.Eligible || a.Net != nil || !strings.Contains(string(s.Text()), "\nunmet stack: PE_EP is no group of puro-2025; its methane and nitrous oxide would be left out: add one of E_biomass, E_production") {
		t.Errorf("%s", s.Text())
	}
	in = stackInput(t, stackFile, flued{})
	in.Lab.Lots[0].Emissions = slices.DeleteFunc(in.Lab.Lots[0].Emissions, func(e carbon.Emission) bool { return e.Group == "E_production" })
	s = stated(t, in)
	if a := s.Account; a.Eligible || a.Net != nil || !strings.Contains(string(s.Text()), "\nunmet emissions: E_production is not given") {
		t.Errorf("%s", s.Text())
	}
	in = stackInput(t, stackFile, flued{})
	in.Count.Stack = nil
	if _, err := NewStatement(in); err == nil {
		t.Error("a plant with a stack was stated without it")
	}
	in = input(t)
	in.Count.Stack = &carbon.Stack{}
	if _, err := NewStatement(in); err == nil {
		t.Error("a plant without a stack was stated with one")
	}
}

// TestStackStatementIsTheSameEverywhere: this file was made on one processor
// and is compared on all.
func TestStackStatementIsTheSameEverywhere(t *testing.T) {
	const golden = "testdata/stack.txt"
	got := stated(t, stackInput(t, stackFile, flued{})).Text()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}

// The days that Count cuts a lot into cannot be seen in the masses.
func TestStackDoesNotDependOnTheCuts(t *testing.T) {
	in := stackInput(t, stackFile, flued{})
	lot, _ := in.Lab.Lot(in.Lot)
	whole, err := pipeline.Compute(t.Context(), in.Plant, in.Lab, flued{}, lot.Interval)
	if err != nil {
		t.Fatal(err)
	}
	var sum emissions.StackSum
	if err := addStack(&sum, in.Plant, in.Lab, lot.Interval, whole.Rollups); err != nil {
		t.Fatal(err)
	}
	got, err := stackOf(in.Plant, sum, lot.Interval)
	if err != nil || got.Methane != in.Count.Stack.Methane || got.NitrousOxide != in.Count.Stack.NitrousOxide || got.Source != in.Count.Stack.Source {
		t.Errorf("in one piece %+v, by days %+v: %v", got, in.Count.Stack, err)
	}
}

// An analyser that nobody has counts at its most all of the time.
func TestNoAnalyserCountsTheMost(t *testing.T) {
	in := stackInput(t, strings.Replace(stackFile, " N2O: {tag: p/flue/n2o},", "", 1), flued{})
	if want := (3149*10 + 61*15) * 30e-6 * 44.013 / 22.41396954; math.Abs(in.Count.Stack.NitrousOxide.Kilograms()-want) > 1e-6 {
		t.Errorf("%s, want %v kg", in.Count.Stack.NitrousOxide, want)
	}
	if !strings.Contains(in.Count.Stack.StandsIn, "in 0 of 3210 minutes") {
		t.Error(in.Count.Stack.StandsIn)
	}
}

// A reading above the most shows that it is none: nothing is stated.
func TestAReadingAboveTheMostStopsTheStatement(t *testing.T) {
	text := strings.NewReplacer(`, range: ["-10 [ppm]", "200 [ppm]"]`, "", `ch4: "200 [ppm]"`, `ch4: "11 [ppm]"`).Replace(stackFile)
	in := input(t)
	_, err := CountLot(t.Context(), plantOf(t, text), in.Lab, in.Lot, flued{})
	if err == nil || !strings.Contains(err.Error(), "count lot p-1 from 2026-11-02T00:30:00Z: gases: CH4 biogenic: most is less than was read in minute 0, 1.2e-05: correct it") {
		t.Error(err)
	}
}

// holey is readings some of which turned bad, as lost ones do.
type holey []measure.Series

func (h holey) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var all []measure.Series
	for _, s := range h {
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

// TestFewerReadingsNeverMoreNet takes readings of char and stack away: by no
// method does anything that a statement claims rise, by not even a milligram.
func TestFewerReadingsNeverMoreNet(t *testing.T) {
	in := input(t)
	in.Plant = plantOf(t, stackFile)
	lot := &in.Lab.Lots[0]
	lot.Interval = measure.Interval{From: time.Date(2026, 11, 2, 23, 54, 0, 0, time.UTC), To: time.Date(2026, 11, 3, 0, 4, 0, 0, time.UTC)}
	for i := range lot.Emissions { // as little as ten minutes of char can bear, and of each method's groups
		lot.Emissions[i].Amount.Value = 0
	}
	for _, group := range []string{"Establishment", "Operations", "End-of-life", "Leakage", "CO2", "CH4", "N2O", "PE_ED", "PE_EC", "PE_AS", "LE"} {
		lot.Emissions = append(lot.Emissions, carbon.Emission{Group: group, Name: "none", Amount: measure.Quantity{Unit: measure.MustUnit("kg")}})
	}
	var methods []carbon.Method
	for _, id := range []string{"puro-2025", "isometric-1.3", "vm0044-1.2", "csi-3.3"} {
		methods = append(methods, methodFile(t, id))
	}
	limits := map[measure.Tag][2]float64{"p/char/mass_flow": {20, 90}, "p/char/moisture": {2, 40}, "p/flue/flow": {0, 900}, "p/flue/ch4": {-5, 200}, "p/flue/n2o": {-2, 30}}
	fell, kept := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		var all, less holey
		for _, plan := range in.Plant.Tags {
			s := measure.Series{Tag: plan.Tag, Unit: plan.Unit}
			lost := measure.Series{Tag: plan.Tag, Unit: plan.Unit}
			limit, holes := limits[plan.Tag], rapid.IntRange(0, 2).Draw(r, "losses")
			for at := lot.Interval.From.Add(-time.Minute); at.Before(lot.Interval.To.Add(time.Minute)); at = at.Add(20 * time.Second) {
				x := measure.Sample{At: at.UnixNano(), Value: rapid.Float64Range(limit[0], limit[1]).Draw(r, "value"), Quality: measure.GoodQuality}
				s.Samples = append(s.Samples, x)
				if holes > 0 && rapid.IntRange(0, 9).Draw(r, "fate") == 0 {
					holes--
					x = measure.Sample{At: x.At, Quality: measure.BadBecause(measure.NoReply)}
				}
				lost.Samples = append(lost.Samples, x)
			}
			all, less = append(all, s), append(less, lost)
		}
		var counted [2]LotCount
		for i, src := range []holey{all, less} {
			var err error
			if counted[i], err = CountLot(context.Background(), in.Plant, in.Lab, in.Lot, src); err != nil {
				r.Fatal(err)
			}
		}
		if a, b := counted[0].Stack, counted[1].Stack; b.Methane < a.Methane || b.NitrousOxide < a.NitrousOxide {
			r.Fatalf("fewer readings, less of it: %+v, before %+v", b, a)
		}
		for _, m := range methods {
			var s [2]Statement
			for i := range s {
				one := in
				one.Method, one.Count = m, counted[i]
				var err error
				if s[i], err = NewStatement(one); err != nil {
					r.Fatal(err)
				}
			}
			before, after := s[0].Account, s[1].Account
			if *after.Indicative > *before.Indicative || after.Net != nil && (before.Net == nil || after.Net.CO2e() > before.Net.CO2e()) {
				r.Fatalf("%s: fewer readings, more net: %s, before %s\n%s", m.ID, after.Indicative, before.Indicative, s[1].Text())
			}
			if after.Net != nil {
				kept++
			}
			if counted[0].Product == counted[1].Product && *after.Indicative < *before.Indicative {
				fell++
			}
		}
	})
	if (fell == 0 || kept == 0) && !testing.Short() {
		t.Errorf("the stack alone lowered %d accounts, %d kept a net: the law was not put to the test", fell, kept)
	}
}

// No statement claims what nothing here can show, wherever its words are from.
func TestAStatementThatClaimsTheFrameworkIsRefused(t *testing.T) {
	for what, change := range map[string]func(*Input){
		"proof":    func(in *Input) { in.Lab.Lots[0].Use.Proof = "spreading record 12, CRCF compliant" },
		"coverage": func(in *Input) { in.Count.Product.Why = material.NoFigure("certified under Regulation (EU) 2024/3012") },
		"method":   func(in *Input) { in.Method.Edition = "in line with the CRCF" },
		"stack":    func(in *Input) { in.Count.Stack.StandsIn = "as the CRCF approved it" },
	} {
		in := stackInput(t, stackFile, flued{})
		change(&in)
		if s, err := NewStatement(in); err == nil || !strings.Contains(err.Error(), "state lot p-1: ") || !strings.Contains(err.Error(), "claims compliance with the CRCF") {
			t.Errorf("%s: %v\n%s", what, err, s.Text())
		}
	}
	// That a method of that name is blocked is no claim.
	in := input(t)
	in.Method = methodFile(t, "crcf-art4")
	if s := stated(t, in); s.Account.Eligible {
		t.Errorf("%s", s.Text())
	}
}
