package reconcile

import "math"

// Inspection is what the constraints can tell of each quantity where the
// readings are, before anything is solved for. It needs no readings that fit:
// with expected values it judges a plant that does not run yet.
type Inspection struct {
	DF              int
	Critical        float64 // of the measurement test; 0 if nothing is tested
	Quantities      []Inspected
	EquivalenceSets [][]string
	Equations       []Balance // of kind equation, in the order of the problem
}

// Inspected is one quantity of an inspection, in the order of [Result] values.
type Inspected struct {
	ID     string
	Status Status
	SD     *float64 // after reconciliation; nil when unobservable
	BiasSD *float64 // of the error that the measurement test estimates; nil unless redundant
}

// Inspect linearises the problem once, at its readings and starts.
//
//	sd(bias) = 1 / √W_jj      the smallest error found as often as not is critical · sd(bias)
//
// Its error is a [*Fault].
//
// Source: Narasimhan & Jordache 2000, from the variance of the estimated bias.
func (p *Problem) Inspect() (*Inspection, error) {
	m, f := p.compile()
	if f != nil {
		f.ID = &p.ID
		return nil, f
	}
	s, f := m.solve(m.start(), nil, false)
	if f != nil {
		f.ID = &p.ID
		return nil, f
	}
	out := &Inspection{DF: s.df(), Quantities: make([]Inspected, len(m.y))}
	statuses := s.statuses()
	_, sds, _ := s.settle(nil)
	for j, status := range statuses {
		out.Quantities[j] = Inspected{ID: m.names[j], Status: status}
		if status != Unobservable {
			out.Quantities[j].SD = &sds[j]
		}
	}
	tests := 0
	_, w := s.power()
	for k, j := range s.xs {
		if s.redundant[k] {
			tests++
			sd := m.scale[j] / math.Sqrt(w[k])
			out.Quantities[j].BiasSD = &sd
		}
	}
	if tests > 0 {
		out.Critical = normalLimit(sidak(m.alpha, tests))
	}
	for _, set := range s.alike() {
		ids := make([]string, len(set))
		for i, k := range set {
			ids[i] = m.names[s.xs[k]]
		}
		out.EquivalenceSets = append(out.EquivalenceSets, ids)
	}
	out.Equations = m.equations()
	return out, nil
}

// equations returns the equations in the readings.
func (m *model) equations() (all []Balance) {
	for i := range m.rows {
		if m.rows[i].equation != nil {
			all = append(all, m.equation(&m.rows[i]))
		}
	}
	return all
}

// equation returns the residual of an equation in the readings and its z, to
// first order; neither where something unmeasured is in it.
//
//	z = |g(y)| / √(g' Σ g'ᵀ)
//
// Source: the nodal test, Narasimhan & Jordache 2000, to first order.
func (m *model) equation(r *row) Balance {
	b := Balance{ID: r.name, Kind: "equation"}
	slope := make([]float64, len(m.y))
	value, _, ok := r.at(m.y, slope)
	for j, c := range m.class {
		ok = ok && !(c == unmeasured && slope[j] != 0)
	}
	if !ok {
		return b
	}
	value += 0
	b.Residual = &value
	variance := 0.0
	for j, c := range m.class {
		if c == measured {
			u := float64(slope[j] * m.scale[j])
			variance += float64(u * u)
		}
	}
	for _, c := range m.pairs {
		variance += float64(2 * float64(float64(c.r*slope[c.a])*m.scale[c.a]) * float64(slope[c.b]*m.scale[c.b]))
	}
	if variance > 0 {
		z := math.Abs(value) / math.Sqrt(variance)
		b.Z = &z
	}
	return b
}
