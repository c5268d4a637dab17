package reconciled_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

func reading(t testing.TB, r *reconciled.Reconciliation, name string) reconciled.Reading {
	t.Helper()
	x, ok := r.Reading(name)
	if !ok {
		t.Fatalf("no reading %s among %v", name, r.Readings)
	}
	return x
}

func within1(t testing.TB, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: nothing, want %v", what, want)
	} else if !(math.Abs(*got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v", what, *got, want)
	}
}

// The problem bilinear_pyrolysis, as a plant file with a laboratory.
func TestPublishedKiln(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	r := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1))
	for name, want := range map[string][2]float64{ // reconciled, sd
		"tag_feed": {97.97113667, 1.12136676}, "tag_char": {28.99779472, 0.29320714}, "tag_liquid": {41.36761274, 0.88590484}, "tag_gas": {27.60572922, 1.10680516},
		"lab_feed_c": {0.50142310, 0.00381586}, "lab_char_c": {0.81892170, 0.00761620}, "lab_liquid_c": {0.32759643, 0.00837979}, "lab_gas_c": {0.42839603, 0.00931335},
		"lab_feed_ash": {0.02060045, 0.00084719}, "lab_char_ash": {0.06960012, 0.00274669},
	} {
		x := reading(t, &r, name)
		within1(t, name, x.Reconciled, want[0], 2e-8*math.Max(1, want[0]))
		within1(t, "sd of "+name, x.SD, want[1], 2e-8)
		if x.Status != reconcile.Redundant || x.BiasSD == nil || math.Abs(*x.Z**x.BiasSD-math.Abs(*x.Bias)) > 1e-9 {
			t.Errorf("%s: %+v", name, x)
		}
	}
	within1(t, "z of feed", reading(t, &r, "tag_feed").Z, 0.53084800, 1e-7)
	within1(t, "bias of feed", reading(t, &r, "tag_feed").Bias, 1.19889030, 1e-7)
	within1(t, "gamma", &r.Gamma, 0.73727838, 1e-7)
	within1(t, "limit", r.Critical, 7.81472790, 1e-7)
	within1(t, "limit of z", r.Limit, 2.79962522, 1e-7)
	within1(t, "residual", r.Balances[0].Residual, 1.5, 1e-9)
	within1(t, "z of the residual", r.Balances[0].Z, 0.65155836, 1e-7)
	if r.DF != 3 || r.Passed == nil || !*r.Passed || len(r.Suspects) > 0 || len(r.Removed) > 0 || r.Lot != "k-1" {
		t.Errorf("%+v", r)
	}
	if fmt.Sprint(r.Sets) != "[[lab_feed_ash lab_char_ash] [lab_feed_c lab_char_c lab_liquid_c lab_gas_c]]" {
		t.Errorf("sets: %v", r.Sets)
	}
	carbon := 0.0
	for _, s := range r.Sums {
		if s.Kind != flowsheet.CarbonBalance {
			continue
		}
		if s.Stream == "feed" {
			carbon += *s.Reconciled
		} else {
			carbon -= *s.Reconciled
		}
		if s.Status != reconcile.Redundant {
			t.Errorf("%+v", s)
		}
	}
	within1(t, "carbon in less out", &carbon, 0, 1e-9)
	// The same as a problem to work on by hand.
	text, err := reconciled.New(p).Problem("k", []reconciled.Reconciliation{r}).Text()
	if err != nil {
		t.Fatal(err)
	}
	problem, err := reconcile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	solved, err := problem.Solve()
	if err != nil || solved.GlobalTest.Gamma != r.Gamma {
		t.Errorf("%v: gamma %v, want %v", err, solved.GlobalTest.Gamma, r.Gamma)
	}
	if c := r.Check(); !c.Running || c.DF != 3 || *c.Passed != true || len(c.Suspects) != 0 {
		t.Errorf("check: %+v", c)
	}
}

// One reading far off is suspected, called by its instrument, and taken out.
func TestAGrossErrorIsNamed(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	values := map[measure.Tag]float64{"k/feed": 98.5, "k/char": 29 + 6, "k/liquid": 41, "k/gas": 27}
	r := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, values, 1))
	if r.Passed == nil || *r.Passed || len(r.Removed) != 1 || r.Removed[0].Name != "tag_char" {
		t.Fatalf("%+v", r.Removed)
	}
	within1(t, "estimate", r.Removed[0].Estimate, 29, 1)
	within1(t, "bias", r.Removed[0].Bias, 6, 1)
	if c := r.Check(); !slices.Contains(c.Suspects, "FT-2 k/char") {
		t.Errorf("suspects: %v", c.Suspects)
	}
}

// numbers walks through all numbers of a reconciliation.
func numbers(r *reconciled.Reconciliation) (all []float64) {
	add := func(some ...*float64) {
		for _, x := range some {
			if x != nil {
				all = append(all, *x)
			}
		}
	}
	add(&r.Gamma, r.Critical, r.P, r.Limit)
	for i := range r.Readings {
		x := &r.Readings[i]
		add(x.Value, &x.Systematic, &x.Random, &x.Weight, &x.Minutes, &x.Coverage, x.Reconciled, x.SD, x.Z, x.Bias, x.BiasSD)
	}
	for _, s := range r.Sums {
		add(s.Reconciled, s.SD)
	}
	for _, b := range r.Balances {
		add(b.Residual, b.Z)
	}
	for i := range r.Removed {
		add(&r.Removed[i].Z, r.Removed[i].Estimate, r.Removed[i].SD, r.Removed[i].Bias)
	}
	return all
}

// sound fails on what no reconciliation may hold: a number that is none, a
// refusal without words, words that name a number that is none.
func sound(t rapid.TB, r *reconciled.Reconciliation) {
	t.Helper()
	for _, x := range numbers(r) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Fatalf("a number is %v: %+v", x, r)
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "NaN") || strings.Contains(string(text), "Inf") || strings.Contains(string(text), ":null,\"sums\"") {
		t.Fatalf("%s", text)
	}
	if r.Refused != "" && !strings.HasPrefix(r.Refused, "not reconciled: ") || r.Refused == "not reconciled: " {
		t.Fatalf("refused: %q", r.Refused)
	}
	if r.Readings == nil || r.Sums == nil || r.Balances == nil || r.Suspects == nil || r.Sets == nil || r.Removed == nil {
		t.Fatalf("a list is null: %+v", r)
	}
	for _, x := range r.Readings {
		if !x.Known() && x.Why == "" {
			t.Fatalf("%s takes no part, and nobody says why", x.Name)
		}
	}
}

// What has no value, no uncertainty or not enough of either takes no part and
// says why; the rest is reconciled all the same.
func TestWhatTakesNoPart(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	without := func(m pipelinetest.Memory, tag measure.Tag, from, to time.Duration) pipelinetest.Memory {
		for i := range m {
			if m[i].Tag == tag {
				m[i].Samples = slices.DeleteFunc(m[i].Samples, func(s measure.Sample) bool { return pipelinetest.Window(from, to).Contains(s.At) })
			}
		}
		return m
	}
	all := pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1)
	for _, c := range []struct {
		name, of, why string
		plant         *flowsheet.Plant
		lab           *lots.Lab
		src           pipelinetest.Memory
		df            int
	}{
		{"a laboratory value that is missing", "lab_gas_c", "lot k-1 has no value gas_c", p, pipelinetest.LabOf(t, strings.Replace(pipelinetest.ClosedKilnLab, "gas_c:", "gaz_c:", 1)), all, 2},
		{"a laboratory that says nothing", "lab_feed_c", "no lot of k covers", p, nil, all, 1},
		{"a laboratory value without uncertainty", "lab_gas_c", "add one to the laboratory file", p, pipelinetest.LabOf(t, strings.Replace(pipelinetest.ClosedKilnLab, "gas_c: { value: 43 %, uncertainty: 1 % }", "gas_c: { value: 43 % }", 1)), all, 2},
		{"a tag without uncertainty", "tag_gas", "add one to the plant file", pipelinetest.PlantOf(t, strings.Replace(pipelinetest.ClosedKiln, ", uncertainty: 1.4 kg/h", "", 1)), lab, all, 2},
		{"a third of the window missing", "tag_gas", "only 6", p, lab, without(pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1), "k/gas", 20*time.Minute, 40*time.Minute), 2},
		{"no readings of one", "tag_gas", "tag k/gas:", p, lab, without(pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1), "k/gas", -2*time.Hour, 3*time.Hour), 2},
		{"no evidence at all", "tag_feed", "tag k/feed:", p, lab, pipelinetest.Memory{}, 0},
	} {
		r := pipelinetest.FirstBalance(t, c.plant, c.lab, c.src)
		sound(t, &r)
		x := reading(t, &r, c.of)
		if x.Known() || !strings.Contains(x.Why, c.why) || r.Refused != "" || r.DF != c.df {
			t.Errorf("%s: why %q, df %d, refused %q", c.name, x.Why, r.DF, r.Refused)
		}
		if x.Status == reconcile.Redundant || x.Z != nil {
			t.Errorf("%s: %+v", c.name, x)
		}
	}
	// A tenth missing is brought to the whole.
	r := pipelinetest.FirstBalance(t, p, lab, without(pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1), "k/gas", 20*time.Minute, 24*time.Minute))
	if x := reading(t, &r, "tag_gas"); !x.Known() || math.Abs(*x.Value-27) > 1e-9 || !(x.Coverage > 0.9 && x.Coverage < 1) {
		t.Errorf("%+v", x)
	}
}

// Nothing flows, flows backwards, or is beyond all measure.
func TestStrangeReadings(t *testing.T) {
	lab := pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	for _, uncertainty := range []string{"1.5 kg/h", "1 %"} {
		p := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.ClosedKiln, "uncertainty: 1.5 kg/h", "uncertainty: "+uncertainty, 1))
		for name, values := range map[string]map[measure.Tag]float64{
			"nothing": {}, "no feed": {"k/char": 29, "k/liquid": 41, "k/gas": 27}, "only feed": {"k/feed": 98.5},
			"backwards": {"k/feed": -98.5, "k/char": -29, "k/liquid": -41, "k/gas": -27}, "one backwards": {"k/feed": 98.5, "k/char": 29, "k/liquid": 41, "k/gas": -27},
			"tiny": {"k/feed": 1e-300, "k/char": 1e-300}, "huge": {"k/feed": 1e300, "k/char": 1e-300, "k/liquid": 1e12},
			"huge alike": {"k/feed": 1e300, "k/char": 1e300, "k/liquid": 1e300},
		} {
			r := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, values, 1))
			sound(t, &r)
			f := diagnosis.Diagnose(reconciled.New(p), []reconciled.Reconciliation{r, r})
			if _, err := json.Marshal(f); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if name == "nothing" && (r.Refused != "" || r.Gamma > 1e-9) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// A stream of no measured amount, a node of one stream, no node at all.
func TestFlowsheetsOfAlmostNothing(t *testing.T) {
	lab := pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	for name, c := range map[string]struct {
		text      string
		equations int
	}{
		"no nodes":          {`streams: {}`, 0},
		"only nodes":        {`nodes: { a: "A", b: { about: "B", balances: [mass, energy] } }`, 0},
		"no streams":        {"nodes: { a: \"A\" }\nenergy: { power: { to: a }, loss: { from: a } }", 0},
		"one stream a node": {"nodes: { a: \"A\" }\nstreams: { feed: { to: a, phase: solid, mass: { tag: k/feed }, carbon: { lab: feed_c } } }", 0},
		"nobody measures":   {"nodes: { a: \"A\" }\nstreams: { x: { to: a, phase: solid }, y: { from: a, phase: gas } }", 6},
		"a silo":            {"nodes: { a: \"A\" }\nstreams: { feed: { to: a, phase: solid, mass: { tag: k/feed }, carbon: { lab: feed_c } } }\nstocks: { silo: { node: a, of: feed, mass: { tag: k/weight } } }", 1},
	} {
		text := pipelinetest.ClosedKiln[:strings.Index(pipelinetest.ClosedKiln, "nodes:")] + c.text + "\n"
		text = strings.Replace(text, "tags:\n", "tags:\n  k/weight: { unit: kg, hold: sloped, stale: 2 min, uncertainty: 1 kg }\n", 1)
		p := pipelinetest.PlantOf(t, text)
		if n := len(reconciled.New(p).Balances); n != c.equations {
			t.Errorf("%s: %d balances, want %d: %v", name, n, c.equations, reconciled.New(p).Equations)
		}
		values := map[measure.Tag]func(float64) float64{}
		for _, tag := range p.Tags {
			values[tag.Tag] = func(h float64) float64 { return 10 }
		}
		values["k/weight"] = func(h float64) float64 { return 10 + 10*h }
		r := pipelinetest.FirstBalance(t, p, lab, pipelinetest.Readings(p, values, 1))
		sound(t, &r)
		if r.Refused != "" {
			t.Errorf("%s: %s", name, r.Refused)
		}
		if name == "a silo" && (r.DF != 1 || r.Gamma > 1e-9 || r.Balances[0].Residual == nil || math.Abs(*r.Balances[0].Residual) > 1e-9) {
			t.Errorf("%s: %+v", name, r)
		}
		merged := reconciled.New(p).Merge([]reconciled.Reconciliation{r, r})
		sound(t, &merged)
		none := reconciled.New(p).Merge(nil)
		sound(t, &none)
	}
}

// Two exact values that contradict each other are refused in words.
func TestAContradictionIsRefusedInWords(t *testing.T) {
	text := pipelinetest.ClosedKiln
	for _, tag := range []string{"feed", "char", "liquid", "gas"} {
		text = strings.Replace(text, "{ tag: k/"+tag+" }", `{ value: 10 kg/h, source: "the contract" }`, 1)
	}
	p := pipelinetest.PlantOf(t, text)
	r := pipelinetest.FirstBalance(t, p, pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab), pipelinetest.Memory{})
	sound(t, &r)
	if !strings.Contains(r.Refused, "contradicts") || !strings.Contains(r.Refused, "kiln: mass") {
		t.Errorf("refused: %q", r.Refused)
	}
}

// Names that differ in a sign that an equation cannot hold are two quantities;
// a tag or analysis that serves two streams is one.
func TestEachInstrumentIsOneQuantity(t *testing.T) {
	p := pipelinetest.PlantOf(t, `plant: k
name: Names
site: park
process: other
balance_every: 1 h
tags:
  k/a-b: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
  k/a_b: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
  k/a/b: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
  k/silo: { unit: kg, hold: sloped, stale: 2 min, uncertainty: 1 kg }
nodes: { n: "N" }
streams:
  x-y: { to: n, phase: solid, mass: [ { tag: k/a-b }, { value: 50 kg/h, uncertainty: 5 %, source: "contract" }, { value: 51 kg/h, uncertainty: 5 %, source: "invoice" } ] }
  x_y: { from: n, phase: solid, mass: { tag: k/a_b } }
  char: { from: n, phase: solid }
  tar: { from: n, phase: liquid, ash: { lab: tar_ash } }
  twice: { phase: solid, to: n, mass: { tag: k/a/b } }
  again: { phase: solid, from: n, mass: { tag: k/a/b } }
stocks:
  char: { node: n, of: char, mass: { tag: k/silo } }
`)
	n := reconciled.New(p)
	names := map[string]bool{}
	tags := map[measure.Tag]int{}
	for _, q := range n.Quantities {
		if names[q.Name] {
			t.Errorf("name %s is there twice", q.Name)
		}
		names[q.Name] = true
		if q.Source != nil {
			tags[q.Source.Tag]++
		}
	}
	ids := map[string]bool{}
	for _, e := range n.Equations {
		if ids[e.ID] {
			t.Errorf("equation %s is there twice", e.ID)
		}
		ids[e.ID] = true
	}
	for _, tag := range []measure.Tag{"k/a-b", "k/a_b", "k/a/b"} {
		if tags[tag] != 1 {
			t.Errorf("tag %s is %d quantities", tag, tags[tag])
		}
	}
	for _, s := range p.Streams {
		if i := n.StreamTotal(s, flowsheet.MassBalance); i < 0 || s.ID != "again" && n.Quantities[i].Stream != s.ID {
			t.Errorf("mass of %s: %d", s.ID, i)
		}
	}
	i := slices.IndexFunc(n.Equations, func(e reconcile.Equation) bool { return e.ID == "ash of stream tar" })
	if i < 0 || n.Equations[i].Expr.String() != "ash_of_tar = flow_of_tar * lab_tar_ash" {
		t.Errorf("a stream that is analysed and not weighed: %v", n.Equations)
	}
	r := pipelinetest.FirstBalance(t, p, nil, pipelinetest.ConstantHours(p, map[measure.Tag]float64{"k/a-b": 50, "k/a_b": 40, "k/a/b": 7}, 1))
	sound(t, &r)
	if r.Refused != "" || r.DF != 2 {
		t.Errorf("df %d, refused %q", r.DF, r.Refused)
	}
	p.Nodes[0].Balances = []flowsheet.BalanceKind{flowsheet.EnergyBalance}
	n = reconciled.New(p)
	if n.Index["energy_of_char"] == n.Index["energy_of_stock_char"] || len(n.QuantitiesIn(n.Equations[0].Expr)) != 7 {
		t.Errorf("what a stock gains is what a stream of the same name carries: %s", n.Equations[0].Expr)
	}
}

// A sum is as good as the least of what it is worked out from.
func TestStatusOfASum(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln)
	r := pipelinetest.FirstBalance(t, p, pipelinetest.LabOf(t, strings.Replace(pipelinetest.ClosedKilnLab, "gas_c:", "gaz_c:", 1)), pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1))
	for _, want := range []struct {
		stream string
		kind   flowsheet.BalanceKind
		status reconcile.Status
	}{
		{"gas", flowsheet.MassBalance, reconcile.Redundant}, {"gas", flowsheet.CarbonBalance, reconcile.Observable}, {"feed", flowsheet.CarbonBalance, reconcile.NonRedundant}, {"feed", flowsheet.AshBalance, reconcile.Redundant},
	} {
		i := slices.IndexFunc(r.Sums, func(s reconciled.Sum) bool { return s.Stream == want.stream && s.Kind == want.kind })
		if i < 0 || r.Sums[i].Status != want.status || r.Sums[i].Reconciled == nil {
			t.Errorf("%s of %s: %+v, want %s", want.kind, want.stream, r.Sums[max(0, i)], want.status)
		}
	}
}

// A counter's uncertainty: relative of what it counted, its random part of
// the increase of a minute.
func TestUncertaintyOfReadings(t *testing.T) {
	p := pipelinetest.PlantOf(t, strings.NewReplacer(
		"k/feed: { instrument: FT-1, unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1.5 kg/h }", `k/feed: { instrument: FT-1, unit: t, counter: true, max_rate: 10 t/h, hold: sloped, stale: 2 min, uncertainty: { standard: 1 %, random: 0.12 kg } }`,
		"uncertainty: 0.3 kg/h", "uncertainty: { limits: 2 %, read_as: rectangular, random: 30 g/min }",
		"uncertainty: 1 kg/h", "uncertainty: { limits: 3 kg/h, read_as: normal }").Replace(pipelinetest.ClosedKiln))
	values := map[measure.Tag]func(h float64) float64{
		"k/feed": func(h float64) float64 { return 5 + 0.0985*h }, "k/char": func(float64) float64 { return 29 }, "k/liquid": func(float64) float64 { return 41 }, "k/gas": func(float64) float64 { return 27 },
	}
	r := pipelinetest.FirstBalance(t, p, pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab), pipelinetest.Readings(p, values, 1))
	for name, want := range map[string][3]float64{
		"tag_feed":   {98.5, 0.985, 0.12 * 60 / math.Sqrt(60)},
		"tag_char":   {29, 0.02 * 29 / math.Sqrt(3), 1.8 / math.Sqrt(60)},
		"tag_liquid": {41, 1.5, 0},
		"lab_feed_c": {0.5, 0.005, 0},
	} {
		x := reading(t, &r, name)
		within1(t, name, x.Value, want[0], 1e-6)
		within1(t, "systematic of "+name, &x.Systematic, want[1], 1e-6)
		within1(t, "random of "+name, &x.Random, want[2], 1e-6)
		u := x.Uncertainty()
		within1(t, "u of "+name, &u, math.Hypot(want[1], want[2]), 1e-6)
	}
}

// randomPlant is a random plant that conserves mass, carbon and ash, and what
// its instruments read without error.
type randomPlant struct {
	p      *flowsheet.Plant
	lab    *lots.Lab
	text   string
	values map[measure.Tag]float64 // at the epoch
	rates  map[measure.Tag]float64 // an hour: of levels
}

// drawFlowsheet draws circulations through nodes, each of a material of its
// own, so that all balances close; some streams nobody measures, some nobody
// analyses, and some fill a stock.
func drawFlowsheet(t *rapid.T, scale float64) randomPlant {
	type stream struct {
		from, to          string
		mass, carbon, ash float64
		measured, knownC  bool
	}
	nodes := []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "nodes")]
	var streams []*stream
	find := func(from, to string) *stream {
		for _, s := range streams {
			if s.from == from && s.to == to {
				return s
			}
		}
		s := &stream{from: from, to: to, measured: rapid.IntRange(0, 9).Draw(t, "measured") > 1, knownC: rapid.IntRange(0, 9).Draw(t, "analysed") > 1}
		streams = append(streams, s)
		return s
	}
	for range rapid.IntRange(1, 4).Draw(t, "paths") {
		flow := float64(rapid.IntRange(10, 2000).Draw(t, "flow")) / 10
		carbon := float64(rapid.IntRange(100, 900).Draw(t, "carbon")) / 1000
		ash := float64(rapid.IntRange(5, 95).Draw(t, "ash")) / 1000
		before := flowsheet.Environment
		for _, node := range append(rapid.Permutation(nodes).Draw(t, "path")[:rapid.IntRange(1, len(nodes)).Draw(t, "length")], flowsheet.Environment) {
			s := find(before, node)
			s.mass, s.carbon, s.ash, before = s.mass+flow, s.carbon+flow*carbon, s.ash+flow*ash, node
		}
	}
	f := randomPlant{values: map[measure.Tag]float64{}, rates: map[measure.Tag]float64{}}
	var tags, lines, lab, stocks strings.Builder
	put := func(id string, s *stream) {
		fmt.Fprintf(&lines, "  %s: { from: %s, to: %s, phase: solid", id, s.from, s.to)
		if s.measured {
			fmt.Fprintf(&lines, ", mass: { tag: r/%s }", id)
			fmt.Fprintf(&tags, "  r/%s: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 %% }\n", id)
			f.values[measure.Tag("r/"+id)] = s.mass * scale
		}
		if s.knownC {
			fmt.Fprintf(&lines, ", carbon: { lab: %s_c }, ash: { lab: %s_a }", id, id)
			for name, share := range map[string]float64{"c": s.carbon / s.mass, "a": s.ash / s.mass} {
				fmt.Fprintf(&lab, "      %s_%s: { value: \"%s %%\", uncertainty: 0.5 %% }\n", id, name, strconv.FormatFloat(100*share, 'g', -1, 64))
			}
		}
		lines.WriteString(" }\n")
	}
	for i, s := range streams {
		put(fmt.Sprintf("s%d", i), s)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "stocks") {
		node := rapid.SampledFrom(nodes).Draw(t, "node of the stock")
		s := &stream{from: flowsheet.Environment, to: node, mass: float64(rapid.IntRange(1, 20).Draw(t, "gain")), measured: true, knownC: true}
		s.carbon, s.ash = s.mass*0.5, s.mass*0.03
		id := fmt.Sprintf("fill%d", i)
		put(id, s)
		fmt.Fprintf(&stocks, "  stock%d: { node: %s, of: %s, mass: { tag: r/level%d } }\n", i, node, id, i)
		fmt.Fprintf(&tags, "  r/level%d: { unit: kg, hold: sloped, stale: 2 min, uncertainty: 1 %% }\n", i)
		f.values[measure.Tag(fmt.Sprintf("r/level%d", i))], f.rates[measure.Tag(fmt.Sprintf("r/level%d", i))] = 30*scale, s.mass*scale
	}
	text := "plant: r\nname: Random\nsite: park\nprocess: other\nbalance_every: 20 min\ntags:\n  r/spare: { unit: kg, hold: sloped, stale: 2 min }\n" + tags.String() + "nodes: { " + strings.Join(nodes, ": \"\", ") + ": \"\" }\nstreams:\n" + lines.String()
	if stocks.Len() > 0 {
		text += "stocks:\n" + stocks.String()
	}
	p, err := flowsheet.Parse("random.yaml", []byte(strings.ReplaceAll(text, `""`, "node")))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lots.Parse("lab.yaml", []byte("laboratory: { name: L, accreditation: none }\nlots:\n  - lot: r-1\n    plant: r\n    from: 2026-11-01T00:00:00Z\n    to: 2026-12-01T00:00:00Z\n    values:\n      none: { value: 1 % }\n"+lab.String()))
	if err != nil {
		t.Fatal(err)
	}
	f.p, f.lab, f.text = p, l, text
	return f
}

// rollups are those of the first window, each value off by an error.
func (f *randomPlant) rollups(off func(tag measure.Tag, x float64) float64) map[measure.Tag][]rollup.Rollup {
	all := map[measure.Tag][]rollup.Rollup{}
	minutes := int(f.p.BalanceEvery / rollup.Step)
	for _, plan := range f.p.Tags {
		for i := -1; i < minutes; i++ {
			x := f.values[plan.Tag] + f.rates[plan.Tag]*float64(i+1)/60
			x = off(plan.Tag, x)
			all[plan.Tag] = append(all[plan.Tag], rollup.Rollup{Tag: plan.Tag, From: pipelinetest.Epoch.UnixNano() + int64(i)*int64(rollup.Step), Count: 6, Mean: x, Average: x, Min: x, Max: x, Last: x, Coverage: 1, Quality: measure.GoodQuality})
		}
	}
	return all
}

func exact(_ measure.Tag, x float64) float64 { return x }

// noisy draws an error of each tag, within four standard uncertainties.
func noisy(t *rapid.T) func(measure.Tag, float64) float64 {
	errors := map[measure.Tag]float64{}
	return func(tag measure.Tag, x float64) float64 {
		if _, ok := errors[tag]; !ok {
			errors[tag] = float64(rapid.IntRange(-400, 400).Draw(t, "error of "+string(tag))) / 1e4
		}
		return x * (1 + errors[tag])
	}
}

// residuals sums up every balance of every node in the reconciled values.
func (f *randomPlant) residuals(t rapid.TB, r *reconciled.Reconciliation) {
	t.Helper()
	sums := map[string]*float64{}
	for _, s := range r.Sums {
		sums[string(s.Kind)+" "+s.Stream] = s.Reconciled
	}
	value := func(name string) *float64 {
		x, _ := r.Reading(name)
		return x.Reconciled
	}
	for _, b := range reconciled.New(f.p).Balances {
		sum, size, known := 0.0, 0.0, true
		add := func(x *float64, sign float64) {
			if x == nil {
				known = false
				return
			}
			sum += sign * *x
			size += math.Abs(*x)
		}
		for _, s := range f.p.Streams {
			switch b.Node {
			case s.To:
				add(sums[string(b.Kind)+" "+s.ID], 1)
			case s.From:
				add(sums[string(b.Kind)+" "+s.ID], -1)
			}
		}
		for _, s := range f.p.Stocks {
			start, end := value(s.ID+"_start"), value(s.ID+"_end")
			share := pipelinetest.PtrTo(1)
			switch b.Kind {
			case flowsheet.CarbonBalance:
				share = value("lab_" + s.Of + "_c")
			case flowsheet.AshBalance:
				share = value("lab_" + s.Of + "_a")
			}
			switch {
			case s.Node != b.Node:
			case start == nil || end == nil || share == nil:
				known = false
			default:
				add(pipelinetest.PtrTo((*end-*start)*3**share), -1)
			}
		}
		if known && math.Abs(sum) > 1e-9*(1+size) {
			t.Fatalf("%s of %s is off by %v after it was reconciled", b.Kind, b.Node, sum)
		}
	}
}

// Where a flow that nobody measures is only told by two analyses that should
// be equal, there may be no solution to find; that is said, and is rare.
func TestRandomFlowsheets(t *testing.T) {
	refused, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlowsheet(t, 1)
		w := measure.Interval{From: pipelinetest.Epoch, To: pipelinetest.Epoch.Add(f.p.BalanceEvery)}
		for _, off := range []func(measure.Tag, float64) float64{exact, noisy(t)} {
			r := reconciled.New(f.p).Reconcile(w, f.rollups(off), f.lab)
			sound(t, &r)
			f.residuals(t, &r)
			if all++; r.Refused != "" {
				refused++
				if !strings.Contains(r.Refused, "no solution after") {
					t.Fatalf("%s\n%s", r.Refused, f.text)
				}
				continue
			}
			if r.DF == 0 && r.Gamma != 0 {
				t.Fatalf("gamma %v of nothing", r.Gamma)
			}
		}
		if r := reconciled.New(f.p).Reconcile(w, f.rollups(exact), f.lab); r.Refused == "" && r.Gamma > 1e-9 {
			t.Fatalf("readings without error: gamma %v\n%s", r.Gamma, f.text)
		}
	})
	if t.Logf("refused: %d of %d", refused, all); refused*25 > all {
		t.Errorf("refused: %d of %d", refused, all)
	}
}

// A plant of twice the size has twice the sums.
func TestScalingAllFlowsScalesTheSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlowsheet(t, 1)
		w := measure.Interval{From: pipelinetest.Epoch, To: pipelinetest.Epoch.Add(f.p.BalanceEvery)}
		off := noisy(t)
		r := reconciled.New(f.p).Reconcile(w, f.rollups(off), f.lab)
		by := rapid.SampledFrom([]float64{0.01, 2, 1000}).Draw(t, "by")
		s := reconciled.New(f.p).Reconcile(w, f.rollups(func(tag measure.Tag, x float64) float64 { return by * off(tag, x) }), f.lab)
		if r.Refused != "" || s.Refused != "" {
			t.Skip("see TestRandomFlowsheets")
		}
		if r.DF != s.DF || math.Abs(r.Gamma-s.Gamma) > 1e-6*(1+r.Gamma) {
			t.Fatalf("gamma %v and %v, df %d and %d", r.Gamma, s.Gamma, r.DF, s.DF)
		}
		for i, a := range r.Sums {
			b := s.Sums[i]
			if a.Status != b.Status || (a.Reconciled == nil) != (b.Reconciled == nil) || a.Reconciled != nil && math.Abs(by**a.Reconciled-*b.Reconciled) > 1e-6*by*(1+math.Abs(*a.Reconciled)) {
				t.Fatalf("%s of %s: %v %s, %v times as large %v %s", a.Kind, a.Stream, *a.Reconciled, a.Status, by, *b.Reconciled, b.Status)
			}
		}
	})
}

// A reading that covers less than four fifths takes no part: whatever it says,
// nothing else changes.
func TestAReadingOfTooFewMinutesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlowsheet(t, 1)
		var flows []measure.Tag
		for tag := range f.values {
			if f.rates[tag] == 0 {
				flows = append(flows, tag)
			}
		}
		if len(flows) == 0 {
			t.Skip("nothing is measured")
		}
		slices.Sort(flows)
		tag := rapid.SampledFrom(flows).Draw(t, "tag")
		w := measure.Interval{From: pipelinetest.Epoch, To: pipelinetest.Epoch.Add(f.p.BalanceEvery)}
		off := noisy(t)
		with := func(factor float64) reconciled.Reconciliation {
			all := f.rollups(off)
			all[tag] = all[tag][:15]
			for i := range all[tag] {
				all[tag][i].Mean *= factor
			}
			return reconciled.New(f.p).Reconcile(w, all, f.lab)
		}
		a, b := with(1), with(3)
		sound(t, &a)
		for i, x := range a.Readings {
			y := b.Readings[i]
			if x.Tag == tag {
				if x.Known() || x.Z != nil {
					t.Fatalf("%+v takes part", x)
				}
				continue
			}
			// The share of another reading may be weighted by this flow, no more.
			if x.Status != y.Status || x.Reconciled != nil && math.Abs(*x.Reconciled-*y.Reconciled) > 1e-9*(1+math.Abs(*x.Reconciled)) {
				t.Fatalf("%+v and %+v, refused %q and %q", x, y, a.Refused, b.Refused)
			}
		}
	})
}

// With normal errors as stated, one window in twenty fails the global test,
// and no more than one in twenty accuses a reading.
func TestFalseAlarmsOfAWindow(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	// What balances exactly: the published solution.
	base := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1))
	observations := reconciled.New(p).MergeObservations([]reconciled.Reconciliation{base})
	truth := make([]float64, len(observations))
	for i, o := range observations {
		if x, ok := base.Reading(o.Name); ok && x.Reconciled != nil {
			truth[i] = *x.Reconciled
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	failed, accused, named := 0, 0, 0
	const windows = 2000
	for range windows {
		drawn := slices.Clone(observations)
		for i := range drawn {
			if u := drawn[i].Uncertainty(); u > 0 {
				x := truth[i] + u*r.NormFloat64()
				drawn[i].Value = &x
			}
		}
		w := reconciled.Reconciliation{Running: true}
		w.Solve(reconciled.New(p), drawn)
		sound(t, &w)
		if w.Refused != "" {
			t.Fatal(w.Refused)
		}
		if !*w.Passed {
			failed++
		}
		if len(w.Suspects) > 0 {
			accused++
		}
		if len(w.Removed) > 0 {
			named++
		}
	}
	t.Logf("of %d windows with errors as stated: %d fail the global test, %d accuse a reading, %d take one out", windows, failed, accused, named)
	// 5 % ± 3 standard deviations of a count; Sidak's level is kept and not reached, as readings are alike.
	if failed < 71 || failed > 129 || accused > 129 {
		t.Errorf("of %d windows: %d fail the global test, %d accuse a reading", windows, failed, accused)
	}
}

// FuzzFlowsheet: whatever parses can be balanced, reconciled and followed,
// without readings and with them, and gives numbers.
func FuzzFlowsheet(f *testing.F) {
	for _, text := range []string{pipelinetest.FullPlantFile, pipelinetest.ClosedKiln, pipelinetest.SmallPlant, pipelinetest.TankPlant, pipelinetest.KilnWithMeters, pipelinetest.SmallPlantWithStack} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := flowsheet.Parse("fuzz.yaml", data)
		if err != nil {
			return
		}
		w := measure.Interval{From: pipelinetest.Epoch, To: pipelinetest.Epoch.Add(min(p.BalanceEvery, 60*rollup.Step))}
		rollups := map[measure.Tag][]rollup.Rollup{}
		for k, plan := range p.Tags {
			for i := -1; i < int(w.Length()/rollup.Step); i++ {
				x := float64(k%7) * 10
				rollups[plan.Tag] = append(rollups[plan.Tag], rollup.Rollup{Tag: plan.Tag, From: pipelinetest.Epoch.UnixNano() + int64(i)*int64(rollup.Step), Count: 1, Mean: x, Last: x, Total: x / 60, Coverage: 1, Quality: measure.GoodQuality})
			}
		}
		for _, all := range []map[measure.Tag][]rollup.Rollup{nil, rollups} {
			if p.Stack != nil {
				if s, err := claim.StackOf(p, w, all, nil); err != nil || len(s.Minutes) != int(w.Length()/rollup.Step) {
					t.Fatalf("%d minutes of the stack, %v\n%s", len(s.Minutes), err, data)
				}
			}
			r := reconciled.New(p).Reconcile(w, all, nil)
			merged := reconciled.New(p).Merge([]reconciled.Reconciliation{r, r})
			for _, r := range []*reconciled.Reconciliation{&r, &merged} {
				sound(t, r)
			}
			if strings.Contains(r.Refused, "bad-input") || strings.Contains(r.Refused, "the id is there twice") || strings.Contains(r.Refused, "unknown") {
				t.Fatalf("%s\n%s", r.Refused, data)
			}
			if _, err := json.Marshal(diagnosis.Diagnose(reconciled.New(p), []reconciled.Reconciliation{r, merged})); err != nil {
				t.Fatal(err)
			}
		}
	})
}
