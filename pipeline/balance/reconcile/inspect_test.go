package reconcile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// equations writes the balances of a network as equations between variables.
func (w *world) equations() Problem {
	p := Problem{ID: w.p.ID}
	for i, s := range w.p.Streams {
		q := s.Quantity
		q.Start = ptr(w.truth[i])
		p.Variables = append(p.Variables, q)
	}
	for _, n := range w.p.Nodes {
		expr := "0"
		for _, s := range w.p.Streams {
			switch n.ID {
			case s.To:
				expr += " + " + s.ID
			case s.From:
				expr += " - " + s.ID
			}
		}
		p.Equations = append(p.Equations, Equation{ID: n.ID, Expr: Text(expr)})
	}
	return p
}

// TestInspectAgreesWithSolve: linear problems look the same before and after
// they are solved.
func TestInspectAgreesWithSolve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, true)
		p := w.equations()
		p.Correlations = nil
		if rapid.Bool().Draw(t, "correlated") {
			w.correlate(t)
			p.Correlations = w.p.Correlations
		}
		r := must(t, &p)
		i, err := p.Inspect()
		if err != nil {
			t.Fatal(err)
		}
		if i.DF != r.GlobalTest.DF || fmt.Sprint(i.EquivalenceSets) != fmt.Sprint(r.EquivalenceSets) {
			t.Fatalf("df %d and %d, sets %v and %v", i.DF, r.GlobalTest.DF, i.EquivalenceSets, r.EquivalenceSets)
		}
		if c := r.MeasurementTest.Critical; (c == nil) != (i.Critical == 0) || c != nil && *c != i.Critical {
			t.Fatalf("limit %v and %v", i.Critical, show(c))
		}
		for k, v := range r.Values {
			q := i.Quantities[k]
			if q.ID != v.ID || q.Status != v.Status || (q.SD == nil) != (v.SD == nil) || (q.BiasSD == nil) != (v.Z == nil) || (v.BiasSD == nil) != (v.Z == nil) {
				t.Fatalf("%+v, inspected %+v", v, q)
			}
			if v.SD != nil {
				agree(t, "sd of "+v.ID, *q.SD, *v.SD, 1e-9*(1+*v.SD))
			}
			if v.Z != nil {
				agree(t, "bias sd of "+v.ID, *q.BiasSD, *v.BiasSD, 1e-9**v.BiasSD)
				agree(t, "z times bias sd of "+v.ID, *v.Z**v.BiasSD, math.Abs(*v.Bias), 1e-12+1e-9*math.Abs(*v.Bias))
			}
		}
		for k, n := range w.p.Nodes {
			residual, variance, known := 0.0, 0.0, true
			for _, s := range w.p.Streams {
				switch {
				case s.To != n.ID && s.From != n.ID:
					continue
				case s.Value == nil:
					known = false
					continue
				case s.To == n.ID:
					residual += *s.Value
				default:
					residual -= *s.Value
				}
				variance += *s.SD * *s.SD
			}
			e := i.Equations[k]
			if e.ID != n.ID || e.Kind != "equation" || (e.Residual != nil) != known || (e.Z != nil) != (known && variance > 0) {
				t.Fatalf("%s: %+v", n.ID, e)
			}
			if known {
				agree(t, "residual of "+n.ID, *e.Residual, residual, 1e-9)
				if p.Correlations == nil && variance > 0 {
					agree(t, "z of "+n.ID, *e.Z, math.Abs(residual)/math.Sqrt(variance), 1e-9)
				}
			}
		}
	})
}

// two streams in, one out; what is not measured starts far from where it ends.
func carbonProblem() Problem {
	return Problem{ID: "carbon", Variables: []Quantity{
		{ID: "f", Value: ptr(100), SD: ptr(1)}, {ID: "c", Value: ptr(0.5), SD: ptr(0.005)},
		{ID: "b", Value: ptr(30), SD: ptr(0.3)}, {ID: "k", Value: ptr(0.8), SD: ptr(0.008)},
		{ID: "g", Start: ptr(500)}, {ID: "y", Value: ptr(0.4), SD: ptr(0.01)},
	}, Equations: []Equation{{ID: "mass", Expr: Text("f - b - g")}, {ID: "carbon", Expr: Text("f * c - b * k - g * y")}}}
}

// TestNonlinearResidual: the z of a bilinear balance by hand, with r = f c - b k:
//
//	u² = (c u_f)² + (f u_c)² + (k u_b)² + (b u_k)²
func TestNonlinearResidual(t *testing.T) {
	p := carbonProblem()
	p.Variables, p.Equations = p.Variables[:4], []Equation{{ID: "carbon", Expr: Text("f * c - b * k")}}
	i, err := p.Inspect()
	if err != nil {
		t.Fatal(err)
	}
	u := math.Sqrt(0.5*0.5 + 0.5*0.5 + 0.24*0.24 + 0.24*0.24)
	expect(t, "residual", i.Equations[0].Residual, 26, 1e-12)
	expect(t, "z", i.Equations[0].Z, 26/u, 1e-12)
	p.Correlations = []Correlation{{[2]string{"f", "c"}, 0.5}}
	if i, err = p.Inspect(); err != nil {
		t.Fatal(err)
	}
	expect(t, "z with correlation", i.Equations[0].Z, 26/math.Sqrt(u*u+2*0.5*0.5*0.5), 1e-12)
}

// TestBiasIsJudgedWhereTheProblemIsSolved: what an error of a share does to a
// balance depends on an unmeasured flow; its uncertainty is the one at the
// solution, wherever the flow started.
func TestBiasIsJudgedWhereTheProblemIsSolved(t *testing.T) {
	for _, start := range []float64{1, 70, 500} {
		p := carbonProblem()
		p.Variables[4].Start = ptr(start)
		r := must(t, &p)
		for _, id := range []string{"f", "c", "b", "k", "y"} {
			v := r.value(t, id)
			expect(t, "bias sd of "+id, v.BiasSD, math.Abs(*v.Bias / *v.Z), 1e-9**v.BiasSD)
		}
		// √((c-y)² u_f² + f² u_c² + (k-y)² u_b² + b² u_k² + g² u_y²) / g, near the readings
		by := math.Sqrt(0.1*0.1+0.5*0.5+0.12*0.12+0.24*0.24+0.7*0.7) / 70
		expect(t, "bias sd of y", r.value(t, "y").BiasSD, by, 0.01*by)
		if r.Equations[0].Residual != nil || r.Equations[0].Z != nil {
			t.Errorf("the raw residual of a balance with an unmeasured flow: %+v", r.Equations[0])
		}
	}
}

// TestFormatHasNoMoreKeys: what is not in the published format is not written.
func TestFormatHasNoMoreKeys(t *testing.T) {
	p := carbonProblem()
	text, err := json.Marshal(must(t, &p))
	if err != nil || bytes.Contains(text, []byte("BiasSD")) || bytes.Contains(text, []byte("Equations")) || bytes.Contains(text, []byte("bias_sd")) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestLinearisation: the reference itself has no residual; a signature is the
// derivative of the residual; what is unmeasured has no part in it; and the
// squared length of the residual of other readings, weighted with the
// covariance of the residual, is gamma to first order.
func TestLinearisation(t *testing.T) {
	p := carbonProblem()
	l, err := p.Linearise()
	if err != nil {
		t.Fatal(err)
	}
	r := must(t, &p)
	if l.Rank() != r.GlobalTest.DF {
		t.Fatalf("rank %d, df %d", l.Rank(), r.GlobalTest.DF)
	}
	at := map[string]float64{}
	for _, v := range r.Values {
		if v.Measured != nil {
			at[v.ID] = *v.Reconciled
		}
	}
	length := func(readings map[string]float64) float64 {
		x, ok := l.Residual(readings)
		if !ok {
			t.Fatal("no residual")
		}
		return norm(x)
	}
	agree(t, "residual of the solution", length(at), 0, 1e-9)
	agree(t, "residual without readings", length(nil), 0, 1e-9)
	for id, x := range at {
		const h = 1e-6
		step := h * (1 + math.Abs(x))
		at[id] = x + step
		up, _ := l.Residual(at)
		at[id] = x - step
		down, _ := l.Residual(at)
		at[id] = x
		f := l.Signature(id)
		if len(f) != l.Rank() {
			t.Fatalf("%s: signature %v", id, f)
		}
		for k := range f {
			agree(t, "slope by "+id, f[k], (up[k]-down[k])/(2*step), 1e-6*(1e-3+norm(f)))
		}
	}
	if l.Signature("g") != nil || l.Signature("nobody") != nil {
		t.Error("an unmeasured quantity has a signature")
	}
	// Another operating point that balances, with more gas: only second order is left.
	moved := map[string]float64{"f": at["f"] + 1, "c": at["c"], "b": at["b"], "k": at["k"], "y": at["y"]}
	g := *r.value(t, "g").Reconciled
	moved["c"] = (moved["b"]*moved["k"] + (g+1)*moved["y"]) / moved["f"]
	wrong := map[string]float64{}
	for id, x := range moved {
		wrong[id] = x
	}
	wrong["c"] *= 1.01
	if off, signal := length(moved), length(wrong); off > 0.02*signal {
		t.Errorf("a plant that balances has residual %v, one with an error of 1 %% has %v", off, signal)
	}
}

// TestLinearisationOfNetworks: the same on random networks, where everything
// is linear: the residual of readings off by e_j is Σ e_j f_j, and its length
// in the metric of its covariance is gamma.
func TestLinearisationOfNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, false)
		p := w.equations()
		l, err := p.Linearise()
		if err != nil {
			t.Fatal(err)
		}
		off := map[string]float64{}
		want := make([]float64, l.Rank())
		covariance := matrix(l.Rank(), l.Rank())
		other := p
		other.Variables = slices.Clone(p.Variables)
		for i, q := range p.Variables {
			if q.Value == nil {
				continue
			}
			e := *q.SD * float64(rapid.IntRange(-300, 300).Draw(t, "error")) / 100
			off[q.ID] = *q.Value + e
			other.Variables[i].Value = ptr(*q.Value + e)
			f := l.Signature(q.ID)
			if f == nil {
				continue
			}
			for a := range f {
				want[a] += e * f[a]
				for b := range f {
					covariance[a][b] += *q.SD * f[a] * *q.SD * f[b]
				}
			}
		}
		got, ok := l.Residual(off)
		if !ok {
			t.Fatal("no residual")
		}
		for k := range want {
			agree(t, "residual", got[k], want[k], 1e-8*(1+norm(want)))
		}
		// gamma = r' V^-1 r by elimination
		a := matrix(l.Rank(), l.Rank()+1)
		for i := range a {
			copy(a[i], covariance[i])
			a[i][l.Rank()] = got[i]
		}
		gamma := 0.0
		for i := range a {
			for k := range i {
				subtract(a[i], a[i][k]/a[k][k], a[k])
			}
			gamma += a[i][l.Rank()] * a[i][l.Rank()] / a[i][i]
		}
		r := must(t, &other)
		agree(t, "gamma", gamma, r.GlobalTest.Gamma, 1e-6*(1+gamma))
	})
}

// TestTextRoundTrips: a problem that was written is read as the same problem,
// with the same answer to the byte.
func TestTextRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.measure(t, 3, true)
		p := w.equations()
		for i := range p.Variables {
			p.Variables[i].Unit = "m3{N}/h < \"x\" & y"
			if rapid.Bool().Draw(t, "bounded") {
				p.Variables[i].Min = ptr(-1e6)
			}
		}
		p.Options = Options{Serial: rapid.Bool().Draw(t, "serial"), Covariance: rapid.Bool().Draw(t, "covariance"), Alpha: rapid.SampledFrom([]float64{0, 0.01}).Draw(t, "alpha")}
		text, err := p.Text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if a, b := encode(must(t, &p)), encode(must(t, again)); !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
		twice, err := again.Text()
		if err != nil || !bytes.Equal(text, twice) {
			t.Fatalf("%v: %s\n%s", err, text, twice)
		}
	})
	empty := Problem{ID: "empty"}
	text, err := empty.Text()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(text); err != nil || again.ID != "empty" {
		t.Errorf("%v: %s", err, text)
	}
	if text, err := (&Problem{Nodes: []Node{{ID: "n"}}}).Text(); err == nil {
		t.Errorf("nodes are not written, nor said to be left out: %s", text)
	}
}

// TestWithoutEquations: there is nothing to check and nothing to divide by.
func TestWithoutEquations(t *testing.T) {
	p := Problem{ID: "alone", Variables: []Quantity{{ID: "a", Value: ptr(0), SD: ptr(1)}, {ID: "b"}}}
	r := must(t, &p)
	if r.GlobalTest.Passed != nil || r.Values[0].Status != NonRedundant || r.Values[1].Status != Unobservable || len(r.Equations) != 0 {
		t.Errorf("%+v", r)
	}
	l, err := p.Linearise()
	if err != nil || l.Rank() != 0 || l.Signature("a") != nil {
		t.Errorf("%v %+v", err, l)
	}
}

// TestNumbersThatDoNotFit are refused before anything infinite is written.
func TestNumbersThatDoNotFit(t *testing.T) {
	for _, sd := range []float64{1e300, 1e-300} {
		p := Problem{ID: "huge", Variables: []Quantity{{ID: "a", Value: ptr(1), SD: ptr(sd)}, {ID: "b", Value: ptr(1e10), SD: ptr(1)}}, Equations: []Equation{{ID: "e", Expr: Text("a * a - b")}}}
		if r, err := p.Solve(); err == nil {
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("sd %g: %v", sd, err)
			}
		}
		if i, err := p.Inspect(); err == nil {
			if _, err := json.Marshal(i); err != nil {
				t.Errorf("sd %g: %v", sd, err)
			}
		}
	}
}
