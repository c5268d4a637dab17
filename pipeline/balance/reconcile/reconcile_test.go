package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
)

func solved(t testing.TB, text string) *Result {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Result) value(t testing.TB, id string) Value {
	t.Helper()
	for _, v := range r.Values {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no value %s", id)
	return Value{}
}

func expect(t testing.TB, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > tolerance {
		t.Errorf("%s: got %s, want %v", what, show(got), want)
	}
}

func show(x *float64) any {
	if x == nil {
		return "nothing"
	}
	return *x
}

// TestExchanger: gamma 16.674 with 4 degrees of freedom, z of the readings
// and the culprit as published.
func TestExchanger(t *testing.T) {
	r := solved(t, exchanger)
	expect(t, "gamma", &r.GlobalTest.Gamma, 16.6741666666667, 1e-9)
	expect(t, "limit", r.GlobalTest.Critical, 9.48772903678115, 1e-12)
	expect(t, "p", r.GlobalTest.P, 0.00223594928112576, 1e-15)
	for i, z := range []float64{1.253, 3.205, 0.494, 2.000, 1.698, 2.458} {
		expect(t, "z of "+r.Values[i].ID, r.Values[i].Z, z, 5e-4)
	}
	expect(t, "limit of z", r.MeasurementTest.Critical, 2.631, 5e-4)
	if strings.Join(r.Suspects, " ") != "s2" || len(r.Elimination.Removed) != 1 || r.Elimination.Removed[0].ID != "s2" || r.Elimination.Stopped != "passed" {
		t.Errorf("suspects %v, elimination %+v", r.Suspects, r.Elimination)
	}
	expect(t, "bias", r.Elimination.Removed[0].Bias, 3.925, 1e-9)
	expect(t, "gamma without s2", &r.Elimination.GlobalTest.Gamma, 6.40375, 1e-9)
}

// TestCircuit: the figures of VDI 2048 part 1 and the classes of its flows.
func TestCircuit(t *testing.T) {
	r := solved(t, circuit)
	expect(t, "gamma", &r.GlobalTest.Gamma, 20.309588378331824, 1e-9)
	for id, want := range map[string][2]float64{
		"m_FDKeI": {44.96448920642914, 0.29368702581078027}, "m_SpII": {44.66709644994055, 0.20557110724472286},
		"m_HK": {70.553060829315, 0.285649412699992}, "m_FD2": {89.27719177367885, 0.28305923114131376}, "m_HDAnz": {18.513591795394916, 0.069950260916497},
	} {
		v := r.value(t, id)
		expect(t, id, v.Reconciled, want[0], 1e-9)
		expect(t, "sd of "+id, v.SD, want[1], 1e-9)
	}
	if r.value(t, "m_D").Status != NonRedundant || r.value(t, "m_FD2").Status != Observable || r.value(t, "m_V").Status != Redundant {
		t.Errorf("statuses: %+v", r.Values)
	}
	if len(r.EquivalenceSets) != 3 || strings.Join(r.EquivalenceSets[2], " ") != "m_A7 m_A6 m_A5" {
		t.Errorf("equivalence sets %v", r.EquivalenceSets)
	}
}

func TestSteam(t *testing.T) {
	r := solved(t, steam)
	expect(t, "gamma", &r.GlobalTest.Gamma, 41.62580473023596, 1e-9)
	if len(r.Elimination.Removed) != 1 || r.Elimination.Removed[0].ID != "s4" {
		t.Fatalf("removed %+v", r.Elimination.Removed)
	}
	expect(t, "estimate of s4", r.Elimination.Removed[0].Estimate, 107.10361924833045, 1e-9)
	expect(t, "its sd", r.Elimination.Removed[0].SD, 1.8831043369997436, 1e-9)
	expect(t, "gamma after", &r.Elimination.GlobalTest.Gamma, 10.642141767860632, 1e-9)
}

func TestPaiFisher(t *testing.T) {
	r := solved(t, paiFisher)
	expect(t, "objective", &r.Objective, 0.112297, 5e-7)
	for i, want := range []float64{4.51243, 5.58187, 1.92596, 1.45600, 4.85453, 11.07032, 0.614669, 2.050358} {
		expect(t, r.Values[i].ID, r.Values[i].Reconciled, want, 6e-6)
	}
	if math.Abs(r.Objective-r.GlobalTest.Gamma) > 1e-12 || r.GlobalTest.DF != 3 {
		t.Errorf("objective %v, gamma %v, df %d", r.Objective, r.GlobalTest.Gamma, r.GlobalTest.DF)
	}
}

func TestKiln(t *testing.T) {
	r := solved(t, kiln)
	expect(t, "gamma", &r.GlobalTest.Gamma, 0.7372783751719015, 1e-9)
	for id, want := range map[string]float64{"feed": 97.9711, "char": 28.9978, "liquid": 41.3676, "gas": 27.6057, "feed.C": .501423, "char.C": .818922, "gas.C": .428396, "feed.ash": .020600} {
		expect(t, id, r.value(t, id).Reconciled, want, 6e-5)
	}
	flow := func(id string) float64 { return *r.value(t, id).Reconciled }
	for _, c := range []string{".C", ".ash"} {
		in := flow("feed") * flow("feed"+c)
		out := flow("char")*flow("char"+c) + flow("liquid")*flow("liquid"+c) + flow("gas")*flow("gas"+c)
		if math.Abs(in-out) > 1e-10*in {
			t.Errorf("balance of %s: %v in, %v out", c, in, out)
		}
	}
	if r.Balances[0].Leak != nil {
		t.Error("a leak is claimed in a problem with components")
	}
}

func TestSplitter(t *testing.T) {
	r := solved(t, splitter)
	for i, want := range []float64{10.2, 10.2, 0} {
		expect(t, r.Values[i].ID, r.Values[i].Reconciled, want, 1e-12)
	}
	if b := r.Values[2].Bound; b == nil || b.Side != "min" || math.Abs(b.Multiplier-15) > 1e-9 {
		t.Errorf("bound %+v", r.Values[2].Bound)
	}
	expect(t, "objective", &r.Objective, 2.25, 1e-12)
	expect(t, "gamma", &r.GlobalTest.Gamma, 0.75, 1e-12)
	expect(t, "z", r.Values[2].Z, 0.8660254037844387, 1e-12)
}

// golden is the digest of all answers to the problems of this file. It is the
// same on every processor; a change of it is a change of printed figures.
const golden = "c9a9a6ebadc43a187486de9a06ea29ca18fd64dc937f461b5cc78980a9a6b888"

func TestSameBytesEverywhere(t *testing.T) {
	h := sha256.New()
	for _, text := range []string{exchanger, circuit, steam, paiFisher, kiln, splitter, grid(50), grid(100), elementaryProblem} {
		answer, err := Answer([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		h.Write(answer)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != golden {
		t.Errorf("digest %s, want %s", got, golden)
	}
}

const elementaryProblem = `{"format":"nielu-reconciliation-problem/1","id":"functions","nodes":[],"streams":[],
 "variables":[{"id":"a","value":2.1,"sd":0.1},{"id":"b","value":7.5,"sd":0.3},{"id":"c","value":0.7,"sd":0.05},{"id":"u","start":1.5}],
 "equations":[{"id":"e1","expr":"exp(a) = b*1.1"},{"id":"e2","expr":"ln(b) - a*sqrt(c)^1.5 - 0.4 = 0"},{"id":"e3","expr":"u^2.5 = a^c + -b^-2"}]}`

// TestRefusals: what breaks the format is refused with its code and with
// words that say where.
func TestRefusals(t *testing.T) {
	problem := func(rest string) string {
		return `{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[{"id":"n"}],"streams":[` +
			`{"id":"a","from":null,"to":"n","value":10,"sd":1},{"id":"b","from":"n","to":null,"value":9,"sd":1}]` + rest + `}`
	}
	one := func(stream string) string {
		return `{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[{"id":"node"}],"streams":[` + stream + `]}`
	}
	for name, c := range map[string]struct{ text, code, words string }{
		"list":                {`[]`, BadInput, "not an object"},
		"problem is a list":   {`{"problem":[]}`, BadInput, "not an object"},
		"no format":           {`{"id":"x","nodes":[],"streams":[]}`, BadInput, "format is missing"},
		"other format":        {strings.Replace(problem(""), "problem/1", "problem/2", 1), BadInput, "format is"},
		"no id":               {`{"format":"nielu-reconciliation-problem/1","nodes":[],"streams":[]}`, BadInput, "id is missing"},
		"unknown key":         {problem(`,"equation":[]`), BadInput, `did you mean "equations"?`},
		"key twice":           {problem(`,"id":"y"`), BadInput, "written twice"},
		"unknown stream key":  {one(`{"id":"a","form":null,"value":1,"sd":1}`), BadInput, `did you mean "from"?`},
		"sd missing":          {one(`{"id":"a","value":1}`), BadInput, "value without sd"},
		"value missing":       {one(`{"id":"a","value":null,"sd":1}`), BadInput, "sd without value"},
		"negative sd":         {one(`{"id":"a","value":1,"sd":-1}`), BadInput, "sd is negative"},
		"text for number":     {one(`{"id":"a","value":"1","sd":1}`), BadInput, "not a number"},
		"huge number":         {one(`{"id":"a","value":1e999,"sd":1}`), BadInput, "not a number that fits"},
		"bad id":              {one(`{"id":"1a","value":1,"sd":1}`), BadInput, "not starting with a digit"},
		"unknown node":        {one(`{"id":"a","from":"nod","value":1,"sd":1}`), BadInput, `did you mean "node"?`},
		"min above max":       {one(`{"id":"a","value":1,"sd":1,"min":2,"max":1}`), BadInput, "min is above max"},
		"fraction, no list":   {one(`{"id":"a","value":1,"sd":1,"fractions":{"C":{"value":1,"sd":1}}}`), BadInput, `unknown key "C"`},
		"balance":             {`{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[{"id":"n","balance":["totl"]}],"streams":[]}`, BadInput, `did you mean "total"?`},
		"node twice":          {`{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[{"id":"n"},{"id":"n"}],"streams":[]}`, BadInput, "twice"},
		"variable like strm":  {problem(`,"variables":[{"id":"a"}]`), BadInput, "twice"},
		"variable with from":  {problem(`,"variables":[{"id":"v","from":"n"}]`), BadInput, `unknown key "from"`},
		"correlation 1":       {problem(`,"correlations":[{"between":["a","b"],"r":1}]`), BadInput, "between -1 and 1"},
		"correlation id":      {problem(`,"correlations":[{"between":["a","q"],"r":0}]`), BadInput, "unknown id"},
		"correlation three":   {problem(`,"correlations":[{"between":["a","b","a"],"r":0}]`), BadInput, "two ids"},
		"correlation self":    {problem(`,"correlations":[{"between":["a","a"],"r":0}]`), BadInput, "with itself"},
		"correlation r":       {problem(`,"correlations":[{"between":["a","b"]}]`), BadInput, "r is missing"},
		"not definite":        {problem(`,"variables":[{"id":"c","value":1,"sd":1}],"correlations":[{"between":["a","b"],"r":0.9},{"between":["b","c"],"r":0.9},{"between":["a","c"],"r":-0.9}]`), BadInput, "positive definite"},
		"constraint id":       {problem(`,"constraints":[{"id":"c","a":{"aa":1}}]`), BadInput, "unknown id"},
		"constraint a":        {problem(`,"constraints":[{"id":"c","a":[1]}]`), BadInput, "not an object"},
		"constraint twice":    {problem(`,"constraints":[{"id":"c","a":{"a":1}},{"id":"c","a":{"b":1}}]`), BadInput, "twice"},
		"expression":          {problem(`,"equations":[{"id":"e","expr":"a*(b"}]`), BadInput, "closing parenthesis"},
		"two equals":          {problem(`,"equations":[{"id":"e","expr":"a=b=a"}]`), BadInput, "unexpected"},
		"function":            {problem(`,"equations":[{"id":"e","expr":"log(a)=b"}]`), BadInput, "unknown function"},
		"unary plus":          {problem(`,"equations":[{"id":"e","expr":"a=+b"}]`), BadInput, "unexpected"},
		"empty expression":    {problem(`,"equations":[{"id":"e","expr":" "}]`), BadInput, "missing at the end"},
		"alpha":               {problem(`,"options":{"alpha":1}`), BadInput, "alpha"},
		"elimination":         {problem(`,"options":{"elimination":"seriel"}`), BadInput, `did you mean "serial"?`},
		"option":              {problem(`,"options":{"covarianc":true}`), BadInput, `did you mean "covariance"?`},
		"flag":                {problem(`,"options":{"covariance":1}`), BadInput, "not true or false"},
		"component twice":     {`{"format":"nielu-reconciliation-problem/1","id":"x","nodes":[],"streams":[],"components":["C","C"]}`, BadInput, "twice"},
		"fixed disagree":      {problem(`,"constraints":[{"id":"c","a":{"a":1},"b":3},{"id":"d","a":{"a":2},"b":7}]`), Inconsistent, "contradicts"},
		"fixed figures":       {problem(`,"variables":[{"id":"v","value":10,"sd":0},{"id":"w","value":9,"sd":0}],"constraints":[{"id":"c","a":{"v":1,"w":-1}}]`), Inconsistent, "values by 1"},
		"fixed out of bounds": {one(`{"id":"a","value":1,"sd":0,"min":2}`), Inconsistent, "beyond its min"},
		"bounds disagree":     {problem(`,"variables":[{"id":"v","max":3}],"constraints":[{"id":"c","a":{"v":1},"b":5}]`), Inconsistent, "bounds leave no solution"},
		"equation of numbers": {problem(`,"equations":[{"id":"e","expr":"1 = 2"}]`), Inconsistent, "contradicts"},
		"two products":        {problem(`,"equations":[{"id":"e","expr":"a*b = 90"},{"id":"f","expr":"a*b = 80"}]`), Inconsistent, "contradicts"},
		"root of a negative":  {problem(`,"variables":[{"id":"v","start":-1}],"equations":[{"id":"e","expr":"sqrt(v) = a"}]`), NoConvergence, "other starts"},
		"no solution":         {problem(`,"variables":[{"id":"v","start":3}],"equations":[{"id":"e","expr":"v^2 = -1"}]`), NoConvergence, "start"},
		"flat start":          {problem(`,"variables":[{"id":"v","start":0}],"equations":[{"id":"e","expr":"v^2 = 4"}]`), NoConvergence, "start"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := Answer([]byte(c.text))
			var f *Fault
			if !errors.As(err, &f) {
				t.Fatalf("got %s, %v", answer, err)
			}
			if f.Code != c.code || !strings.Contains(f.Message, c.words) {
				t.Errorf("got %v, want %s with %q", f, c.code, c.words)
			}
			if !strings.Contains(string(answer), `"code":"`+c.code+`"`) {
				t.Errorf("answer %s", answer)
			}
		})
	}
	if answer, err := Answer([]byte("nodes: []")); !errors.Is(err, ErrNotJSON) || answer != nil {
		t.Errorf("a text that is not JSON: %s, %v", answer, err)
	}
	if answer, _ := Answer([]byte(`{"id":7}`)); !strings.Contains(string(answer), `"id":null`) {
		t.Errorf("an id that cannot be read: %s", answer)
	}
}

// TestNothingToTest: problems without redundancy are solved, and say so.
func TestNothingToTest(t *testing.T) {
	r := solved(t, `{"problem":{"format":"nielu-reconciliation-problem/1","id":"open","nodes":[{"id":"n"}],"streams":[
	 {"id":"a","from":null,"to":"n","value":10,"sd":1},{"id":"b","from":"n","to":null},{"id":"loop","from":"n","to":"n"}],"options":{"elimination":"serial"}},"expected":{}}`)
	g := r.GlobalTest
	if g.DF != 0 || g.Gamma != 0 || g.Critical != nil || g.P != nil || g.Passed != nil || r.Objective != 0 {
		t.Errorf("global test %+v", g)
	}
	if m := r.MeasurementTest; m.Tests != 0 || m.AlphaEach != nil || m.Critical != nil {
		t.Errorf("measurement test %+v", m)
	}
	if r.Elimination.Stopped != "no redundancy" || r.value(t, "loop").Status != Unobservable || r.value(t, "loop").Reconciled != nil {
		t.Errorf("%+v", r)
	}
	expect(t, "b", r.value(t, "b").Reconciled, 10, 1e-12)
	if len(r.Warnings) != 3 {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// TestQuantiles: tables of the chi-square and normal distributions.
func TestQuantiles(t *testing.T) {
	for _, c := range []struct {
		alpha float64
		df    int
		want  float64
	}{{0.05, 1, 3.841458820694124}, {0.05, 2, 5.991464547107979}, {0.05, 3, 7.814727903251179}, {0.05, 11, 19.67513757268249},
		{0.01, 1, 6.6348966010212145}, {0.001, 10, 29.58829844507442}, {0.05, 100, 124.34211340400407}, {0.95, 10, 3.9402991361190605}, {0.05, 2000, 2105.15423616464}} {
		got := chiSquareLimit(c.alpha, c.df)
		if math.Abs(got-c.want) > 2e-9*c.want {
			t.Errorf("chi-square %v, %d: %.15g, want %.15g", c.alpha, c.df, got, c.want)
		}
		if back := chiSquareTail(got, c.df); math.Abs(back-c.alpha) > 1e-11*c.alpha {
			t.Errorf("tail of the limit %v, %d: %v", c.alpha, c.df, back)
		}
	}
	for beta, want := range map[float64]float64{0.05: 1.959963984540054, 0.0027: 2.9999769927, 1e-9: 6.109410205} {
		if got := normalLimit(beta); math.Abs(got-want) > 1e-9*want {
			t.Errorf("normal %v: %.12g, want %v", beta, got, want)
		}
	}
	// small tails keep their digits: Q(1/2, x/2) and exp(-x/2) are exact
	for x := 1.0; x < 1400; x *= 1.7 {
		if got, want := chiSquareTail(x, 1), math.Erfc(math.Sqrt(x/2)); math.Abs(got-want) > 3e-13*want {
			t.Errorf("tail of %v: %v, want %v", x, got, want)
		}
		if got, want := chiSquareTail(x, 2), math.Exp(-x/2); math.Abs(got-want) > 3e-13*want {
			t.Errorf("tail of %v with 2: %v, want %v", x, got, want)
		}
	}
	if got := sidak(0.05, 6); math.Abs(got-0.0085124446108471) > 1e-16 {
		t.Errorf("sidak %v", got)
	}
}

func BenchmarkSolve(b *testing.B) {
	for _, c := range []struct{ name, text string }{{"6-streams", exchanger}, {"28-streams", steam}, {"50-streams", grid(50)}, {"bilinear", kiln}} {
		p, err := Parse([]byte(c.text))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Solve(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"-text", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Answer([]byte(c.text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
