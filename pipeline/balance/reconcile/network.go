package reconcile

import (
	"math"
	"slices"
)

// row is one constraint: linear terms, flow times fraction, an equation, less
// its right-hand side.
type row struct {
	name     string
	terms    []term
	products []product
	equation *expression
	b        float64
	node     int // the node whose total balance it is, else -1
}

type term struct {
	of   int
	coef float64
}

type product struct {
	flow, fraction int
	sign           float64
}

// at returns the row's value at z and adds its derivatives to slope. Size is
// the magnitude against which zero is judged.
func (r *row) at(z, slope []float64) (value, size float64, ok bool) {
	value, size, ok = -r.b, math.Abs(r.b), true
	for _, t := range r.terms {
		x := float64(t.coef * z[t.of])
		value += x
		size += math.Abs(x)
		slope[t.of] += t.coef
	}
	for _, p := range r.products {
		f, c := float64(p.sign*z[p.flow]), z[p.fraction]
		x := float64(f * c)
		value += x
		size += math.Abs(x)
		slope[p.flow] += float64(p.sign * c)
		slope[p.fraction] += f
	}
	if r.equation != nil {
		x, most, fine := r.equation.at(z, slope)
		value, size, ok = value+x, size+most, fine
	}
	return value, size, ok && finite(value)
}

// network makes the rows: each node's balances, sums of fractions,
// constraints, equations.
func (m *model) network(wrong *faults) {
	p := m.p
	nodes := make(map[string]int, len(p.Nodes))
	m.nodes = make([]row, len(p.Nodes))
	for i, n := range p.Nodes {
		if _, twice := nodes[n.ID]; twice {
			wrong.add("node %s: the id is there twice", n.ID)
		}
		nodes[n.ID] = i
		m.nodes[i] = row{name: n.ID, node: i}
	}
	for j := range p.Streams {
		s := &p.Streams[j]
		for k, end := range []string{s.To, s.From} {
			if end == "" {
				continue
			}
			i, ok := nodes[end]
			if !ok {
				names := make([]string, len(p.Nodes))
				for i, n := range p.Nodes {
					names[i] = n.ID
				}
				wrong.add("stream %s: unknown node %q%s", s.ID, end, meant(end, names))
				continue
			}
			m.nodes[i].add(j, float64(1-2*k))
		}
	}
	for i, n := range p.Nodes {
		total, components := m.balances(wrong, n)
		if total {
			m.rows = append(m.rows, m.nodes[i])
		}
		for _, c := range components {
			r := row{name: n.ID + ": " + p.Components[c], node: -1}
			for _, t := range m.nodes[i].terms {
				fraction := len(p.Streams) + len(p.Variables) + t.of*len(p.Components) + c
				r.products = append(r.products, product{flow: t.of, fraction: fraction, sign: t.coef})
			}
			m.rows = append(m.rows, r)
		}
	}
	if p.SumToOne && len(p.Components) > 0 {
		for j := range p.Streams {
			r := row{name: p.Streams[j].ID + ": sum of fractions", b: 1, node: -1}
			for c := range p.Components {
				r.terms = append(r.terms, term{len(p.Streams) + len(p.Variables) + j*len(p.Components) + c, 1})
			}
			m.rows = append(m.rows, r)
		}
	}
	m.relations(wrong)
}

// balances returns which balances of a node are rows.
func (m *model) balances(wrong *faults, n Node) (total bool, components []int) {
	p := m.p
	for c, name := range p.Components {
		if n.Balance == nil || slices.Contains(n.Balance, name) {
			components = append(components, c)
		}
	}
	total = n.Balance == nil || slices.Contains(n.Balance, "total")
	if p.SumToOne && len(p.Components) > 0 && len(components) == len(p.Components) {
		total = false // implied
	}
	for _, name := range n.Balance {
		if name != "total" && !slices.Contains(p.Components, name) {
			wrong.add("node %s: balance of %q, which is no component%s", n.ID, name, meant(name, append([]string{"total"}, p.Components...)))
		}
	}
	return total, components
}

func (m *model) relations(wrong *faults) {
	seen := map[string]bool{}
	for _, c := range m.p.Constraints {
		if seen[c.ID] {
			wrong.add("constraint %s: the id is there twice", c.ID)
		}
		seen[c.ID] = true
		r := row{name: c.ID, b: c.B, node: -1}
		for _, a := range c.A {
			at, err := m.lookup(a.Of)
			if err != nil {
				wrong.add("constraint %s: %v", c.ID, err)
				continue
			}
			r.add(at, a.Value)
		}
		m.sums = append(m.sums, r)
		m.rows = append(m.rows, r)
	}
	clear(seen)
	for _, e := range m.p.Equations {
		if seen[e.ID] {
			wrong.add("equation %s: the id is there twice", e.ID)
		}
		seen[e.ID] = true
		x, err := compile(e.Expr, m.lookup)
		if err != nil {
			wrong.add("equation %s: %v", e.ID, err)
			continue
		}
		m.rows = append(m.rows, row{name: e.ID, equation: x, node: -1})
	}
}

// add adds a coefficient; those that cancel leave no term.
func (r *row) add(of int, coef float64) {
	for i := range r.terms {
		if r.terms[i].of == of {
			if r.terms[i].coef += coef; r.terms[i].coef == 0 {
				r.terms = slices.Delete(r.terms, i, i+1)
			}
			return
		}
	}
	if coef != 0 {
		r.terms = append(r.terms, term{of, coef})
	}
}
