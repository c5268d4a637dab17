package reconcile

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// world is a random network and flows that close all its nodes.
type world struct {
	p     Problem
	truth []float64
}

func ptr(x float64) *float64 { return &x }

// draw makes a connected network: circulations from the environment through
// nodes and back are added up, so that the flows close by construction. Flows
// are multiples of 1/8 and their sums exact.
func draw(t *rapid.T) world {
	var w world
	nodes := rapid.IntRange(1, 6).Draw(t, "nodes")
	for i := range nodes {
		w.p.Nodes = append(w.p.Nodes, Node{ID: fmt.Sprintf("n%d", i)})
	}
	at := map[[2]string]int{}
	add := func(from, to string, flow float64) {
		key := [2]string{from, to}
		if _, ok := at[key]; !ok {
			at[key] = len(w.truth)
			w.truth = append(w.truth, 0)
			w.p.Streams = append(w.p.Streams, Stream{Quantity: Quantity{ID: fmt.Sprintf("s%d", at[key])}, From: from, To: to})
		}
		w.truth[at[key]] += flow
	}
	for range rapid.IntRange(1, 6).Draw(t, "paths") {
		flow := float64(rapid.IntRange(8, 4000).Draw(t, "eighths")) / 8
		before := ""
		for _, n := range rapid.Permutation(w.p.Nodes).Draw(t, "path")[:1+rapid.IntRange(0, nodes-1).Draw(t, "length")] {
			add(before, n.ID, flow)
			before = n.ID
		}
		add(before, "", flow)
	}
	w.p.ID = "world"
	w.p.Options.Covariance = true
	return w
}

// measure gives streams readings: the truth and an error in multiples of sd.
func (w *world) measure(t *rapid.T, unmeasured int, errors bool) {
	for i := range w.p.Streams {
		s := &w.p.Streams[i]
		if rapid.IntRange(0, 9).Draw(t, "measured") < unmeasured {
			continue
		}
		sd := float64(rapid.IntRange(1, 40).Draw(t, "sd")) / 16
		off := 0.0
		if errors {
			off = sd * float64(rapid.IntRange(-400, 400).Draw(t, "error")) / 100
		}
		s.Value, s.SD = ptr(w.truth[i]+off), ptr(sd)
	}
}

func (w *world) correlate(t *rapid.T) {
	for i := 0; i+1 < len(w.p.Streams); i += 2 {
		w.p.Correlations = append(w.p.Correlations, Correlation{[2]string{w.p.Streams[i].ID, w.p.Streams[i+1].ID}, float64(rapid.IntRange(-9, 9).Draw(t, "r")) / 10})
	}
}

func must(t rapid.TB, p *Problem) *Result {
	r, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func agree(t rapid.TB, what string, got, want, tolerance float64) {
	if !(math.Abs(got-want) <= tolerance) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// TestTruthIsRecovered: readings that close stay as they are, and what is
// observable gets its true value.
func TestTruthIsRecovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, false)
		w.correlate(t)
		r := must(t, &w.p)
		agree(t, "gamma", r.GlobalTest.Gamma, 0, 1e-15)
		for i, v := range r.Values {
			if v.Reconciled != nil {
				agree(t, v.ID, *v.Reconciled, w.truth[i], 1e-9)
			}
		}
	})
}

// TestIdentities: what must hold whatever the readings: balances close, the
// two forms of the objective agree, no variance is negative or larger than
// before, the covariance closes too.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, true)
		w.correlate(t)
		r := must(t, &w.p)
		for _, n := range w.p.Nodes {
			sum, known := 0.0, true
			for i, s := range w.p.Streams {
				if s.From != n.ID && s.To != n.ID {
					continue
				}
				if r.Values[i].Reconciled == nil {
					known = false
				} else if s.To == n.ID {
					sum += *r.Values[i].Reconciled
				} else {
					sum -= *r.Values[i].Reconciled
				}
			}
			if known {
				agree(t, "balance of "+n.ID, sum, 0, 1e-9)
			}
		}
		// a' S^-1 a by solving S x = a pair by pair
		sum := 0.0
		paired := map[string]bool{}
		a := map[string]float64{}
		for i, v := range r.Values {
			if v.Adjustment != nil {
				a[v.ID] = *v.Adjustment / *w.p.Streams[i].SD
			}
			if v.SD != nil && v.MeasuredSD != nil && *v.SD > *v.MeasuredSD*(1+1e-12) {
				t.Fatalf("%s: sd grew from %v to %v", v.ID, *v.MeasuredSD, *v.SD)
			}
		}
		for _, c := range w.p.Correlations {
			x, hasX := a[c.Between[0]]
			y, hasY := a[c.Between[1]]
			if hasX && hasY {
				sum += (x*x - 2*c.R*x*y + y*y) / (1 - c.R*c.R)
				paired[c.Between[0]], paired[c.Between[1]] = true, true
			}
		}
		for id, x := range a {
			if !paired[id] {
				sum += x * x
			}
		}
		agree(t, "a' S^-1 a", sum, r.Objective, 1e-9*(1+r.Objective))
		agree(t, "gamma", r.GlobalTest.Gamma, r.Objective, 1e-9*(1+r.Objective))
		c := r.Covariance
		for range 5 {
			weights := make([]float64, len(c.IDs))
			for i := range weights {
				weights[i] = float64(rapid.IntRange(-8, 8).Draw(t, "weight"))
			}
			square := 0.0
			for i := range weights {
				for k := range weights {
					square += weights[i] * c.Matrix[i][k] * weights[k]
					if c.Matrix[i][k] != c.Matrix[k][i] {
						t.Fatalf("covariance of %s and %s is not symmetric", c.IDs[i], c.IDs[k])
					}
				}
			}
			if square < -1e-8 {
				t.Fatalf("variance %v of %v", square, weights)
			}
		}
		for i, id := range c.IDs {
			for _, v := range r.Values {
				if v.ID == id {
					agree(t, "sd of "+id, math.Sqrt(c.Matrix[i][i]), *v.SD, 1e-12*(1+*v.SD))
				}
			}
		}
	})
}

// TestLikelihoodRatios: z^2 of a reading is what gamma falls by when the
// reading is taken away, and its bias the difference to the estimate that is
// left; the same holds for a leak and a stream of unknown size out of a node.
func TestLikelihoodRatios(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 2, true)
		full := must(t, &w.p)
		i := rapid.IntRange(0, len(w.p.Streams)-1).Draw(t, "which")
		if v := full.Values[i]; v.Z != nil {
			without := w.p
			without.Streams = append([]Stream{}, w.p.Streams...)
			without.Streams[i].Value, without.Streams[i].SD = nil, nil
			r := must(t, &without)
			agree(t, "z^2", *v.Z**v.Z, full.GlobalTest.Gamma-r.GlobalTest.Gamma, 1e-8*(1+full.GlobalTest.Gamma))
			agree(t, "bias", *v.Bias, *v.Measured-*r.Values[i].Reconciled, 1e-8*(1+math.Abs(*v.Bias)))
			agree(t, "df", float64(r.GlobalTest.DF), float64(full.GlobalTest.DF-1), 0)
		}
		n := rapid.IntRange(0, len(w.p.Nodes)-1).Draw(t, "node")
		leaky := w.p
		leaky.Streams = append(append([]Stream{}, w.p.Streams...), Stream{Quantity: Quantity{ID: "leak"}, From: w.p.Nodes[n].ID})
		r := must(t, &leaky)
		b := full.Balances[n]
		if b.Leak == nil {
			if r.GlobalTest.DF != full.GlobalTest.DF {
				t.Fatalf("no leak is told at %s, though it could be seen", b.ID)
			}
			return
		}
		agree(t, "T of the leak", *b.LeakZ**b.LeakZ, full.GlobalTest.Gamma-r.GlobalTest.Gamma, 1e-8*(1+full.GlobalTest.Gamma))
		agree(t, "leak", *b.Leak, *r.Values[len(w.p.Streams)].Reconciled, 1e-8*(1+math.Abs(*b.Leak)))
	})
}

// TestOrderAndUnits: in another order, or another unit, the result is the same.
func TestOrderAndUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, true)
		w.p.Options.Serial = true
		r := must(t, &w.p)
		other := w.p
		other.Nodes = rapid.Permutation(w.p.Nodes).Draw(t, "nodes")
		other.Streams = rapid.Permutation(w.p.Streams).Draw(t, "streams")
		factor := rapid.SampledFrom([]float64{1, 1000, 1. / 3600, 2.20462}).Draw(t, "factor")
		for i := range other.Streams {
			if s := &other.Streams[i]; s.Value != nil {
				s.Value, s.SD = ptr(*s.Value*factor), ptr(*s.SD*factor)
			}
		}
		o := must(t, &other)
		agree(t, "gamma", o.GlobalTest.Gamma, r.GlobalTest.Gamma, 1e-8*(1+r.GlobalTest.Gamma))
		agree(t, "df", float64(o.GlobalTest.DF), float64(r.GlobalTest.DF), 0)
		byID := map[string]Value{}
		for _, v := range o.Values {
			byID[v.ID] = v
		}
		for _, v := range r.Values {
			u := byID[v.ID]
			if u.Status != v.Status {
				t.Fatalf("%s: %s, in another order or unit %s", v.ID, v.Status, u.Status)
			}
			for _, pair := range [][2]*float64{{v.Reconciled, u.Reconciled}, {v.SD, u.SD}, {v.Bias, u.Bias}} {
				if (pair[0] == nil) != (pair[1] == nil) {
					t.Fatalf("%s: a number is missing", v.ID)
				}
				if pair[0] != nil {
					agree(t, v.ID, *pair[1]/factor, *pair[0], 1e-7*(1+math.Abs(*pair[0])))
				}
			}
			if v.Z != nil {
				agree(t, "z of "+v.ID, *u.Z, *v.Z, 1e-7*(1+*v.Z))
			}
		}
		sets := func(r *Result) int {
			n := 0
			for _, s := range r.EquivalenceSets {
				n += len(s) * len(s)
			}
			return n
		}
		if sets(o) != sets(r) {
			t.Fatalf("sets %v and %v", r.EquivalenceSets, o.EquivalenceSets)
		}
	})
}

// TestBoundsAreOptimal compares with the best of all choices of bounds held.
func TestBoundsAreOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 1, true)
		w.correlate(t)
		n := min(len(w.p.Streams), 5)
		bound, upper, seen := make([]float64, n), make([]bool, n), make([]bool, n)
		free := must(t, &w.p)
		for i := range n {
			s := &w.p.Streams[i]
			seen[i] = free.Values[i].Reconciled != nil
			bound[i] = w.truth[i] + float64(rapid.IntRange(-40, 10).Draw(t, "bound"))/10
			if upper[i] = rapid.Bool().Draw(t, "upper"); upper[i] {
				bound[i] = 2*w.truth[i] - bound[i]
				s.Max = ptr(bound[i])
			} else {
				s.Min = ptr(bound[i])
			}
		}
		r, err := w.p.Solve()
		best := math.Inf(1)
		for mask := range 1 << n {
			q := w.p
			q.Streams = append([]Stream{}, w.p.Streams...)
			q.Constraints = nil
			for i := range n {
				q.Streams[i].Min, q.Streams[i].Max = nil, nil
				if mask>>i&1 == 1 && seen[i] {
					q.Constraints = append(q.Constraints, Constraint{ID: fmt.Sprint(i), A: []Coefficient{{w.p.Streams[i].ID, 1}}, B: bound[i]})
				}
			}
			e, err := q.Solve()
			if err != nil {
				continue
			}
			fine := true
			for i := range n {
				fine = fine && (!seen[i] || !broken(*e.Values[i].Reconciled, bound[i], upper[i]))
			}
			if fine {
				best = math.Min(best, e.Objective)
			}
		}
		if err != nil {
			if !math.IsInf(best, 1) {
				t.Fatalf("%v, though the objective %v can be reached", err, best)
			}
			return
		}
		agree(t, "objective", r.Objective, best, 1e-7*(1+r.Objective))
		for i := range n {
			v := r.Values[i]
			if !seen[i] {
				continue
			}
			if broken(*v.Reconciled, bound[i], upper[i]) {
				t.Fatalf("%s is %v, beyond %v", v.ID, *v.Reconciled, bound[i])
			}
			if v.Bound != nil && (v.Bound.Side == "max") != (v.Bound.Multiplier < 1e-9) && math.Abs(v.Bound.Multiplier) > 1e-9 {
				t.Fatalf("%s: %+v", v.ID, v.Bound)
			}
		}
	})
}

func broken(x, bound float64, upper bool) bool {
	return upper && x > bound+1e-8 || !upper && x < bound-1e-8
}

// TestLinearAsEquations: a linear problem written as equations gives what it
// gives as nodes.
func TestLinearAsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, true)
		w.correlate(t)
		q := w.p
		q.Nodes, q.Streams = nil, nil
		for _, n := range w.p.Nodes {
			var b strings.Builder
			for _, s := range w.p.Streams {
				switch n.ID {
				case s.To:
					b.WriteString(" + " + s.ID)
				case s.From:
					b.WriteString(" - " + s.ID)
				}
			}
			if b.Len() > 0 {
				q.Equations = append(q.Equations, Equation{ID: n.ID, Expr: Text("0" + b.String() + " = 0")})
			}
		}
		for _, s := range w.p.Streams {
			s.From, s.To = "", ""
			q.Streams = append(q.Streams, s)
		}
		r, o := must(t, &w.p), must(t, &q)
		agree(t, "gamma", o.GlobalTest.Gamma, r.GlobalTest.Gamma, 1e-8*(1+r.GlobalTest.Gamma))
		for i, v := range r.Values {
			u := o.Values[i]
			if u.Status != v.Status {
				t.Fatalf("%s: %s as nodes, %s as equations", v.ID, v.Status, u.Status)
			}
			if v.Reconciled != nil {
				agree(t, v.ID, *u.Reconciled, *v.Reconciled, 1e-7)
				agree(t, "sd of "+v.ID, *u.SD, *v.SD, 1e-7)
			}
		}
	})
}

// TestSlopes compares derivatives with differences.
func TestSlopes(t *testing.T) {
	find := func(id string) (int, error) { return int(id[0] - 'a'), nil }
	for _, text := range []string{"a*b - c", "a/b + c^3 = a", "sqrt(a)*exp(-b) + ln(c)", "a^b - b^-c", "-a^2 + (a-b)*(b-c)/c^0.5", "exp(ln(a)*b)/sqrt(c^2+1)", "2^a - a^2^0.5"} {
		e, err := parseExpression(text, find)
		if err != nil {
			t.Fatal(text, err)
		}
		rapid.Check(t, func(t *rapid.T) {
			z := []float64{rapid.Float64Range(0.5, 3).Draw(t, "a"), rapid.Float64Range(0.5, 3).Draw(t, "b"), rapid.Float64Range(0.5, 3).Draw(t, "c")}
			slope := make([]float64, 3)
			if _, _, ok := e.at(z, slope); !ok {
				t.Fatal("not finite")
			}
			for j := range z {
				const h = 1e-5
				up, down := append([]float64{}, z...), append([]float64{}, z...)
				up[j] += h
				down[j] -= h
				hi, _, _ := e.at(up, make([]float64, 3))
				lo, _, _ := e.at(down, make([]float64, 3))
				agree(t, text, slope[j], (hi-lo)/(2*h), 1e-6*(1+math.Abs(slope[j])))
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	for text, want := range map[string]float64{"-2^2": -4, "2^-1": 0.5, "2^3^2": 512, "1-2-3": -4, "8/4/2": 1, "2*-3": -6, "1+2*3^2": 19, "(1+2)*3": 9, ".5e1": 5, "1e-2*1E+2": 1, "7 = 3": 4, "exp(0)+ln(1)+sqrt(9)": 4, "--2": 2} {
		e, err := parseExpression(text, nil)
		if err != nil {
			t.Fatal(text, err)
		}
		if got, _, ok := e.at(nil, nil); !ok || got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, text := range []string{exchanger, circuit, paiFisher, kiln, splitter, elementaryProblem, grid(12), `{"problem":{}}`, `[{"a":"\u00e4\""}]`, `{"streams":{"a":[1,2,{"x":null}]}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		answer, err := Answer(data)
		if err == ErrNotJSON {
			if json.Valid(data) {
				t.Fatal("JSON that is said not to be")
			}
			return
		}
		if !json.Valid(answer) {
			t.Fatalf("answer %q", answer)
		}
		if again, _ := Answer(data); string(again) != string(answer) {
			t.Fatal("two answers to one problem")
		}
	})
}

func FuzzExpression(f *testing.F) {
	for _, text := range []string{"a*b = c", "sqrt(a)^-2.5e1", "((((a))))", "exp(-ln(a)/b)", "0.5*a^2 - .7*b", "ä = 1", "a.b + _c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpression(text, func(id string) (int, error) { return len(id) % 3, nil })
		if err != nil {
			return
		}
		slope := make([]float64, 3)
		if x, _, ok := e.at([]float64{2, 0, -1}, slope); ok && !finite(x) {
			t.Fatalf("%q: %v", text, x)
		}
	})
}

// TestBilinear: separators with random readings converge to values that close
// every component, at a cost that no small step along the constraints lowers.
func TestBilinear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Problem{ID: "b", Nodes: []Node{{ID: "n"}}, Components: []string{"A", "B"}, SumToOne: rapid.Bool().Draw(t, "sum")}
		p.Options.Serial = rapid.Bool().Draw(t, "serial")
		reading := func(value, relative float64) Quantity {
			sd := value * relative
			return Quantity{Value: ptr(value + sd*float64(rapid.IntRange(-300, 300).Draw(t, "error"))/100), SD: ptr(sd)}
		}
		outs := rapid.IntRange(2, 4).Draw(t, "outs")
		flow, a := 0.0, 0.0
		for i := range outs {
			f := float64(rapid.IntRange(10, 200).Draw(t, "flow"))
			c := float64(rapid.IntRange(5, 95).Draw(t, "fraction")) / 100
			flow, a = flow+f, a+f*c
			s := Stream{Quantity: reading(f, 0.02), From: "n", Fractions: []Quantity{reading(c, 0.02), reading(1-c, 0.02)}}
			s.ID = fmt.Sprintf("out%d", i)
			if i == 0 && rapid.Bool().Draw(t, "unmeasured") {
				s.Value, s.SD, s.Start = nil, nil, ptr(50)
			}
			p.Streams = append(p.Streams, s)
		}
		in := Stream{Quantity: reading(flow, 0.02), To: "n", Fractions: []Quantity{reading(a/flow, 0.02), reading(1-a/flow, 0.02)}}
		in.ID = "in"
		p.Streams = append(p.Streams, in)
		r := must(t, &p)
		agree(t, "gamma", r.GlobalTest.Gamma, r.Objective, 1e-8*(1+r.Objective))
		all := map[string]float64{}
		for _, v := range r.Values {
			all[v.ID] = *v.Reconciled
		}
		for _, c := range p.Components {
			sum := all["in"] * all["in."+c]
			for i := range outs {
				id := fmt.Sprintf("out%d", i)
				sum -= all[id] * all[id+"."+c]
				if p.SumToOne {
					agree(t, "sum of fractions of "+id, all[id+".A"]+all[id+".B"], 1, 1e-9)
				}
			}
			agree(t, "balance of "+c, sum, 0, 1e-8*flow)
		}
	})
}
