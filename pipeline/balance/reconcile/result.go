package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
)

// Result is a solved problem, in [ResultFormat]. A nil number: nothing
// applies.
type Result struct {
	Format          string          `json:"format"`
	ID              string          `json:"id"`
	Values          []Value         `json:"values"`
	Balances        []Balance       `json:"balances"`
	Objective       float64         `json:"objective"`
	GlobalTest      GlobalTest      `json:"global_test"`
	MeasurementTest MeasurementTest `json:"measurement_test"`
	Suspects        []string        `json:"suspects"`
	EquivalenceSets [][]string      `json:"equivalence_sets"`
	Elimination     *Elimination    `json:"elimination"`
	Covariance      *Covariance     `json:"covariance"`
	Warnings        []string        `json:"warnings"`
	// Equations in the raw readings, in the order of the problem; not in the format.
	Equations []Balance `json:"-"`
}

// Status says how much the constraints know of a quantity.
type Status string

// The statuses.
const (
	Redundant    Status = "redundant"     // measured, and the constraints check it
	NonRedundant Status = "non-redundant" // measured, and nothing checks it
	Observable   Status = "observable"    // unmeasured, and the constraints give it
	Unobservable Status = "unobservable"  // unmeasured, and nothing gives it
	Fixed        Status = "fixed"         // exactly known
)

// Value is one quantity reconciled.
type Value struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"` // stream, variable or fraction
	Status     Status   `json:"status"`
	Measured   *float64 `json:"measured"`
	MeasuredSD *float64 `json:"measured_sd"`
	Reconciled *float64 `json:"reconciled"`
	SD         *float64 `json:"sd"`
	Adjustment *float64 `json:"adjustment"` // measured less reconciled
	Z          *float64 `json:"z"`          // of the measurement test
	Bias       *float64 `json:"bias"`       // positive if the reading is too high
	BiasSD     *float64 `json:"-"`          // of that estimate; not in the format
	Bound      *Bound   `json:"bound"`
}

// Bound is a limit a reconciled value is held at.
type Bound struct {
	Side       string  `json:"side"`       // min or max
	Multiplier float64 `json:"multiplier"` // derivative of the objective by the bound
}

// Balance is a node's total balance, or a constraint, in the raw readings.
type Balance struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"` // node or constraint, or equation
	Residual *float64 `json:"residual"`
	Z        *float64 `json:"z"`
	Leak     *float64 `json:"leak"` // positive if more enters than leaves
	LeakZ    *float64 `json:"leak_z"`
}

// GlobalTest asks whether the readings together fit the constraints.
type GlobalTest struct {
	Gamma    float64  `json:"gamma"`
	DF       int      `json:"df"`
	Alpha    float64  `json:"alpha"`
	Critical *float64 `json:"critical"`
	P        *float64 `json:"p"`
	Passed   *bool    `json:"passed"`
}

// MeasurementTest is the level at which each reading is tested.
type MeasurementTest struct {
	Tests     int      `json:"tests"`
	AlphaEach *float64 `json:"alpha_each"`
	Critical  *float64 `json:"critical"`
}

// Elimination is what serial elimination removed, and the problem after it.
type Elimination struct {
	Removed    []Removed    `json:"removed"`
	Stopped    string       `json:"stopped"` // passed, or no redundancy
	GlobalTest GlobalTest   `json:"global_test"`
	Values     []FinalValue `json:"values"`
}

// Removed is one reading that was taken as unmeasured.
type Removed struct {
	ID          string   `json:"id"`
	Z           float64  `json:"z"`
	GammaBefore float64  `json:"gamma_before"`
	Equivalent  []string `json:"equivalent"` // readings as suspect as this one
	Estimate    *float64 `json:"estimate"`
	SD          *float64 `json:"sd"`
	Bias        *float64 `json:"bias"` // measured less estimate
}

// FinalValue is one quantity after elimination.
type FinalValue struct {
	ID         string   `json:"id"`
	Status     Status   `json:"status"`
	Reconciled *float64 `json:"reconciled"`
	SD         *float64 `json:"sd"`
}

// Covariance is that of the reconciled values that have one.
type Covariance struct {
	IDs    []string    `json:"ids"`
	Matrix [][]float64 `json:"matrix"`
}

// Solve reconciles the problem. Its error is a [*Fault].
func (p *Problem) Solve() (*Result, error) {
	r, f := p.solve()
	if f != nil {
		f.ID = &p.ID
		return nil, f
	}
	return r, nil
}

// Answer reads a problem and returns the text of the answer, one JSON object
// and a newline. With a [*Fault] the text says what is wrong; with
// [ErrNotJSON] there is none.
func Answer(data []byte) ([]byte, error) {
	p, err := Parse(data)
	var r *Result
	if err == nil {
		r, err = p.Solve()
	}
	var f *Fault
	switch {
	case err == nil:
		return encode(r), nil
	case errors.As(err, &f):
		type cause struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		return encode(struct {
			Format string  `json:"format"`
			ID     *string `json:"id"`
			Error  cause   `json:"error"`
		}{ResultFormat, f.ID, cause{f.Code, f.Message}}), f
	}
	return nil, err
}

func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil // unreachable: every number has been seen to be finite
	}
	return out.Bytes()
}

// report turns solutions into a result and watches for numbers that are none.
type report struct {
	m      *model
	block  []float64
	broken bool
}

// number keeps a number for the result, negative zero as zero.
func (r *report) number(x float64) *float64 {
	if !finite(x) {
		r.broken = true
	}
	if len(r.block) == cap(r.block) {
		r.block = make([]float64, 0, 256)
	}
	r.block = append(r.block, x+0)
	return &r.block[len(r.block)-1]
}

func (p *Problem) solve() (*Result, *Fault) {
	m, f := p.compile()
	if f != nil {
		return nil, f
	}
	free, f := m.converge(m.start(), nil)
	if f != nil {
		return nil, f
	}
	final, held, f := m.bounded(free)
	if f != nil {
		return nil, f
	}
	r := &report{m: m, block: make([]float64, 0, 8*len(m.y)+64)}
	out := &Result{Format: ResultFormat, ID: p.ID, Values: make([]Value, len(m.y)), Balances: []Balance{},
		Suspects: []string{}, EquivalenceSets: [][]string{}, Warnings: []string{}}
	spread := r.values(out, free, final, held)
	r.tests(out, free)
	r.balances(out, free)
	out.Equations = m.equations()
	out.Objective = *r.number(final.gamma())
	out.GlobalTest = r.global(free)
	if p.Options.Covariance {
		out.Covariance = r.covariance(out, spread)
	}
	if p.Options.Serial {
		if out.Elimination, f = r.elimination(free); f != nil {
			return nil, f
		}
	}
	if r.broken {
		return nil, fault(NoConvergence, "the numbers are too large or too unequal to compute with")
	}
	r.warnings(out, free, held)
	return out, nil
}

// statuses classifies every quantity.
func (s *solution) statuses() []Status {
	all := make([]Status, len(s.m.y))
	for j := range all {
		all[j] = Fixed
	}
	for k, j := range s.xs {
		if all[j] = NonRedundant; s.redundant[k] {
			all[j] = Redundant
		}
	}
	for k, j := range s.us {
		if all[j] = Unobservable; s.observable[k] {
			all[j] = Observable
		}
	}
	return all
}

// settle returns the values and their standard deviations, exact at bounds.
func (s *solution) settle(held []active) (values, sds []float64, spread [][]float64) {
	values, sds, spread = s.values(), make([]float64, len(s.m.y)), s.spread()
	for _, a := range held {
		values[a.of] = a.at
		clear(spread[a.of])
	}
	for j, v := range spread {
		sds[j] = norm(v)
	}
	return values, sds, spread
}

func (r *report) values(out *Result, free, final *solution, held []active) [][]float64 {
	m := r.m
	values, sds, spread := final.settle(held)
	statuses := free.statuses()
	for j := range out.Values {
		v := &out.Values[j]
		*v = Value{ID: m.names[j], Kind: m.kinds[j], Status: statuses[j]}
		if m.class[j] != unmeasured {
			v.Measured, v.MeasuredSD = r.number(m.y[j]), r.number(*m.given[j].SD)
			v.Adjustment = r.number(0)
		}
		if v.Status != Unobservable {
			v.Reconciled, v.SD = r.number(values[j]), r.number(sds[j])
		}
	}
	for k, j := range final.xs {
		out.Values[j].Adjustment = r.number(float64(-final.dx[k] * m.scale[j]))
	}
	for _, a := range held {
		v := &out.Values[a.of]
		v.Bound = &Bound{Side: a.side, Multiplier: *r.number(a.multiplier)}
		if v.Measured != nil {
			v.Adjustment = r.number(*v.Measured - a.at)
		}
	}
	return spread
}

// tests fills in z and bias, the level, suspects and sets that cannot be told
// apart.
func (r *report) tests(out *Result, s *solution) {
	d, w := s.power()
	t := &out.MeasurementTest
	for k, j := range s.xs {
		if s.redundant[k] {
			t.Tests++
			out.Values[j].Z = r.number(math.Abs(d[k]) / math.Sqrt(w[k]))
			out.Values[j].Bias = r.number(float64(d[k] / w[k] * r.m.scale[j]))
			out.Values[j].BiasSD = r.number(r.m.scale[j] / math.Sqrt(w[k]))
		}
	}
	if t.Tests > 0 {
		each := sidak(r.m.alpha, t.Tests)
		t.AlphaEach, t.Critical = r.number(each), r.number(normalLimit(each))
		for i := range out.Values {
			if z := out.Values[i].Z; z != nil && *z > *t.Critical {
				out.Suspects = append(out.Suspects, out.Values[i].ID)
			}
		}
	}
	for _, set := range s.alike() {
		ids := make([]string, len(set))
		for i, k := range set {
			ids[i] = r.m.names[s.xs[k]]
		}
		out.EquivalenceSets = append(out.EquivalenceSets, ids)
	}
}

func (r *report) balances(out *Result, s *solution) {
	for i := range r.m.nodes {
		b := r.balance(&r.m.nodes[i], "node")
		if r.m.mass {
			if loss, z, ok := s.leak(i); ok {
				b.Leak, b.LeakZ = r.number(loss), r.number(z)
			}
		}
		out.Balances = append(out.Balances, b)
	}
	for i := range r.m.sums {
		out.Balances = append(out.Balances, r.balance(&r.m.sums[i], "constraint"))
	}
}

func (r *report) balance(of *row, kind string) Balance {
	b := Balance{ID: of.name, Kind: kind}
	residual, z, known, tested := r.m.raw(of)
	if known {
		b.Residual = r.number(residual)
	}
	if tested {
		b.Z = r.number(z)
	}
	return b
}

func (r *report) global(s *solution) GlobalTest {
	t := GlobalTest{DF: s.df(), Alpha: r.m.alpha}
	if t.DF > 0 {
		t.Gamma = *r.number(s.gamma())
		critical := chiSquareLimit(t.Alpha, t.DF)
		passed := t.Gamma <= critical
		t.Critical, t.P, t.Passed = r.number(critical), r.number(chiSquareTail(t.Gamma, t.DF)), &passed
	}
	return t
}

func (r *report) covariance(out *Result, spread [][]float64) *Covariance {
	c := &Covariance{IDs: []string{}, Matrix: [][]float64{}}
	var of [][]float64
	for j := range out.Values {
		if s := out.Values[j].Status; s != Fixed && s != Unobservable {
			c.IDs, of = append(c.IDs, out.Values[j].ID), append(of, spread[j])
		}
	}
	for _, a := range of {
		line := make([]float64, len(of))
		for k, b := range of {
			line[k] = *r.number(dot(a, b))
		}
		c.Matrix = append(c.Matrix, line)
	}
	return c
}

func (r *report) elimination(free *solution) (*Elimination, *Fault) {
	s, removed, f := r.m.eliminate(free)
	if f != nil {
		return nil, f
	}
	final, held, f := s.m.bounded(s)
	if f != nil {
		return nil, f
	}
	values, sds, _ := final.settle(held)
	statuses := s.statuses()
	e := &Elimination{Removed: []Removed{}, Stopped: "no redundancy", GlobalTest: r.global(s), Values: make([]FinalValue, len(values))}
	if p := e.GlobalTest.Passed; p != nil && *p {
		e.Stopped = "passed"
	}
	for j := range values {
		v := FinalValue{ID: r.m.names[j], Status: statuses[j]}
		if v.Status != Unobservable {
			v.Reconciled, v.SD = r.number(values[j]), r.number(sds[j])
		}
		e.Values[j] = v
	}
	for _, x := range removed {
		v := &e.Values[x.of]
		out := Removed{ID: v.ID, Z: *r.number(x.z), GammaBefore: *r.number(x.gamma), Equivalent: []string{}, Estimate: v.Reconciled, SD: v.SD}
		for _, j := range x.equivalent {
			out.Equivalent = append(out.Equivalent, r.m.names[j])
		}
		if v.Reconciled != nil {
			out.Bias = r.number(r.m.y[x.of] - *v.Reconciled)
		}
		e.Removed = append(e.Removed, out)
	}
	return e, nil
}

// warnings says in words what the numbers do not show.
func (r *report) warnings(out *Result, free *solution, held []active) {
	say := func(status Status, words string) {
		var ids []string
		for _, v := range out.Values {
			if v.Status == status {
				ids = append(ids, v.ID)
			}
		}
		if len(ids) > 0 {
			out.Warnings = append(out.Warnings, strings.Join(ids, ", ")+words)
		}
	}
	say(NonRedundant, ": nothing checks these readings, their errors cannot be seen")
	say(Unobservable, ": the constraints give no value")
	for j, q := range r.m.given {
		if out.Values[j].Status == Unobservable && (q.Min != nil || q.Max != nil) {
			out.Warnings = append(out.Warnings, r.m.names[j]+": its bounds are not used, for it has no value")
		}
	}
	if free.df() == 0 {
		out.Warnings = append(out.Warnings, "no redundancy: there is nothing to test")
	}
	if len(held) > 0 {
		out.Warnings = append(out.Warnings, "standard deviations beside a bound that holds are approximate")
	}
}
