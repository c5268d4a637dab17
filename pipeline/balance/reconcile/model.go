package reconcile

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// class says what is known of a quantity before solving.
type class byte

const (
	measured class = iota
	unmeasured
	fixed
)

// model is a problem with its quantities numbered: streams, then variables,
// then fractions.
type model struct {
	p      *Problem
	names  []string
	kinds  []string
	given  []*Quantity
	class  []class
	y      []float64 // the reading, or where an unmeasured one starts
	scale  []float64 // sd of a reading; max(1, |start|) of an unmeasured one
	rows   []row
	nodes  []row // total balance of every node, in use or not
	sums   []row // every entry of constraints
	pairs  []pair
	linear bool
	mass   bool // linear and without components: leaks can be told
	alpha  float64
	find   map[string]int
}

// pair is the correlation of the errors of two measured quantities.
type pair struct {
	a, b int
	r    float64
}

// compile numbers the quantities of a problem and refuses what breaks the
// format.
func (p *Problem) compile() (*model, *Fault) {
	n := len(p.Streams)*(1+len(p.Components)) + len(p.Variables)
	m := &model{p: p, find: make(map[string]int, n), alpha: p.Options.Alpha,
		names: make([]string, 0, n), kinds: make([]string, 0, n), given: make([]*Quantity, 0, n),
		class: make([]class, 0, n), y: make([]float64, 0, n), scale: make([]float64, 0, n)}
	if m.alpha == 0 {
		m.alpha = 0.05
	}
	var wrong faults
	if !(m.alpha > 0 && m.alpha < 1) {
		wrong.add("options: alpha is not between 0 and 1")
	}
	m.linear = len(p.Components) == 0 && len(p.Equations) == 0
	m.mass = m.linear
	for i := range p.Streams {
		m.quantity(&wrong, "stream", p.Streams[i].ID, &p.Streams[i].Quantity)
	}
	for i := range p.Variables {
		m.quantity(&wrong, "variable", p.Variables[i].ID, &p.Variables[i])
	}
	for i, c := range p.Components {
		if !isID(c) || c == "total" {
			wrong.add("component %q: write letters, digits and underscores, not starting with a digit, and not \"total\"", c)
		}
		if slices.Contains(p.Components[:i], c) {
			wrong.add("component %s is there twice", c)
		}
	}
	for i := range p.Streams {
		s := &p.Streams[i]
		if len(s.Fractions) != len(p.Components) {
			wrong.add("stream %s: %d fractions for %d components", s.ID, len(s.Fractions), len(p.Components))
			continue
		}
		for k := range s.Fractions {
			m.quantity(&wrong, "fraction", s.ID+"."+p.Components[k], &s.Fractions[k])
		}
	}
	m.correlate(&wrong)
	if len(wrong) == 0 || len(m.names) == n {
		m.network(&wrong)
	}
	if f := wrong.err(); f != nil {
		return nil, f
	}
	return m, nil
}

func (m *model) quantity(wrong *faults, kind, id string, q *Quantity) {
	where := kind + " " + id
	if kind != "fraction" && !isID(id) {
		wrong.add("%s %q: an id is letters, digits and underscores, not starting with a digit", kind, id)
	}
	if _, twice := m.find[id]; twice {
		wrong.add("%s: the id is there twice", where)
	}
	c, y, scale := measured, 0.0, 1.0
	switch {
	case q.Value != nil && q.SD == nil:
		wrong.add("%s: value without sd", where)
	case q.Value == nil && q.SD != nil:
		wrong.add("%s: sd without value", where)
	case q.Value == nil:
		c, y = unmeasured, 1
		if q.Start != nil {
			y = *q.Start
		}
		scale = math.Max(1, math.Abs(y))
	case *q.SD < 0:
		wrong.add("%s: sd is negative", where)
	case *q.SD == 0:
		c, y = fixed, *q.Value
	default:
		y, scale = *q.Value, *q.SD
	}
	for _, x := range []*float64{q.Value, q.SD, q.Min, q.Max, q.Start} {
		if x != nil && !finite(*x) {
			wrong.add("%s: a number is not finite", where)
		}
	}
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		wrong.add("%s: min is above max", where)
	}
	m.find[id] = len(m.names)
	m.names, m.kinds, m.given = append(m.names, id), append(m.kinds, kind), append(m.given, q)
	m.class, m.y, m.scale = append(m.class, c), append(m.y, y), append(m.scale, scale)
}

// lookup finds a quantity by its id, or says which was probably meant.
func (m *model) lookup(id string) (int, error) {
	if at, ok := m.find[id]; ok {
		return at, nil
	}
	return 0, fmt.Errorf("unknown id %q%s", id, meant(id, m.names))
}

func (m *model) correlate(wrong *faults) {
	if len(m.p.Correlations) == 0 {
		return
	}
	seen := map[[2]int]bool{}
	for _, c := range m.p.Correlations {
		where := "correlation of " + strings.Join(c.Between[:], " and ")
		a, err := m.lookup(c.Between[0])
		if err != nil {
			wrong.add("%s: %v", where, err)
			continue
		}
		b, err := m.lookup(c.Between[1])
		if err != nil {
			wrong.add("%s: %v", where, err)
			continue
		}
		if !(c.R > -1 && c.R < 1) {
			wrong.add("%s: r is not between -1 and 1", where)
		}
		key := [2]int{min(a, b), max(a, b)}
		switch {
		case a == b:
			wrong.add("%s: a reading with itself", where)
		case seen[key]:
			wrong.add("%s: given twice", where)
		case m.class[a] == measured && m.class[b] == measured:
			m.pairs = append(m.pairs, pair{a: a, b: b, r: c.R})
		}
		seen[key] = true
	}
	var xs []int
	for j, c := range m.class {
		if c == measured {
			xs = append(xs, j)
		}
	}
	if _, ok := m.factor(xs); !ok && len(*wrong) == 0 {
		wrong.add("correlations: the covariance is not positive definite")
	}
}

// factor returns the lower Cholesky factor of the correlation matrix of the
// measured quantities xs; nil if no two are correlated.
func (m *model) factor(xs []int) ([][]float64, bool) {
	if len(m.pairs) == 0 {
		return nil, true
	}
	place := make(map[int]int, len(xs))
	for k, j := range xs {
		place[j] = k
	}
	var l [][]float64
	for _, c := range m.pairs {
		a, hasA := place[c.a]
		b, hasB := place[c.b]
		if !hasA || !hasB || c.r == 0 {
			continue
		}
		if l == nil {
			l = matrix(len(xs), len(xs))
			for k := range l {
				l[k][k] = 1
			}
		}
		l[max(a, b)][min(a, b)] = c.r
	}
	for i := range l {
		for k := range i {
			l[i][k] = (l[i][k] - dot(l[i][:k], l[k][:k])) / l[k][k]
		}
		pivot := 1 - dot(l[i][:i], l[i][:i])
		if !(pivot > 1e-12) {
			return nil, false
		}
		l[i][i] = math.Sqrt(pivot)
	}
	return l, true
}
