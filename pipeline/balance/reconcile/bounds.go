package reconcile

import "math"

// active is a bound that a reconciled value is held at.
type active struct {
	of         int
	side       string
	at         float64
	multiplier float64 // d(objective)/d(bound)
}

func (a active) row(name string) row {
	return row{name: name + " at its " + a.side, terms: []term{{a.of, 1}}, b: a.at, node: -1}
}

// strength is the multiplier with the sign that makes a needed bound positive.
func (a active) strength() float64 {
	if a.side == "max" {
		return -a.multiplier
	}
	return a.multiplier
}

// bounded solves the problem again with those bounds that the solution s
// breaks: the most violated one is added, and what its addition makes
// superfluous is let go in the order in which the multipliers vanish
// (the dual method of Goldfarb and Idnani).
func (m *model) bounded(s *solution) (*solution, []active, *Fault) {
	for j, c := range m.class {
		if side, at, off := m.violated(j, m.y[j]); c == fixed && off > 0 {
			return nil, nil, fault(Inconsistent, "%s is known to be %.6g, beyond its %s of %.6g", m.names[j], m.y[j], side, at)
		}
	}
	var held []active
	visible := s.visible()
	for range 20 + 4*len(m.y) {
		p, found := m.worst(s.values(), held, visible)
		if !found {
			return s, held, nil
		}
		var f *Fault
		if s, held, f = m.hold(s, held, p); f != nil {
			return nil, nil, f
		}
	}
	return nil, nil, fault(NoConvergence, "the bounds that hold could not be settled")
}

// visible tells which quantities have a value.
func (s *solution) visible() []bool {
	all := make([]bool, len(s.m.y))
	for j := range all {
		all[j] = true
	}
	for k, j := range s.us {
		all[j] = s.observable[k]
	}
	return all
}

// violated returns the bound that x breaks and by how much, scaled.
func (m *model) violated(j int, x float64) (side string, at, off float64) {
	q := m.given[j]
	if q.Min != nil && x < *q.Min {
		side, at, off = "min", *q.Min, (*q.Min-x)/m.scale[j]
	}
	if q.Max != nil && x > *q.Max {
		side, at, off = "max", *q.Max, (x-*q.Max)/m.scale[j]
	}
	if off <= zero+float64(1e-12*math.Abs(at))/m.scale[j] {
		off = 0
	}
	return side, at, off
}

func (m *model) worst(x []float64, held []active, visible []bool) (active, bool) {
	best, most := active{}, 0.0
	for j, q := range m.given {
		if q.Min == nil && q.Max == nil || m.class[j] == fixed || !visible[j] {
			continue
		}
		side, at, off := m.violated(j, x[j])
		for _, a := range held {
			if a.of == j {
				off = 0
			}
		}
		if off > most {
			best, most = active{of: j, side: side, at: at}, off
		}
	}
	return best, most > 0
}

// hold adds the bound p to those held.
func (m *model) hold(s *solution, held []active, p active) (*solution, []active, *Fault) {
	held = append([]active{}, held...)
	for {
		trial := append(append([]active{}, held...), p)
		next, f := m.at(s, trial)
		if f != nil && (f.Code != Inconsistent || len(held) == 0) {
			if f.Code == Inconsistent {
				f.Message = "the bounds leave no solution: " + f.Message
			}
			return nil, nil, f
		}
		if f != nil { // p follows from those held: move multipliers until one vanishes
			first, t, change := m.exchange(s, held, p)
			if first < 0 {
				f.Message = "the bounds leave no solution: " + f.Message
				return nil, nil, f
			}
			for i := range held {
				held[i].multiplier -= float64(t * change[i])
			}
			held = append(held[:first], held[first+1:]...)
			continue
		}
		tolerance := 0.0
		for _, a := range trial {
			tolerance = math.Max(tolerance, float64(zero*math.Abs(a.multiplier)))
		}
		first, t := -1, 1.0
		for i := range held {
			was, is := held[i].strength(), trial[i].strength()
			if is < -tolerance && (first < 0 || was/(was-is) < t) {
				first, t = i, was/(was-is)
			}
		}
		if first < 0 {
			return next, trial, nil
		}
		for i := range held {
			held[i].multiplier += float64(t * (trial[i].multiplier - held[i].multiplier))
		}
		held = append(held[:first], held[first+1:]...)
	}
}

// exchange finds which bound to let go where p contradicts those held: p's row
// is a sum c of rows, so that a multiplier t of p takes t c from theirs and
// the values stay. The first to vanish goes; first is -1 if none does.
func (m *model) exchange(s *solution, held []active, p active) (first int, t float64, change []float64) {
	rows := m.rows[:len(m.rows):len(m.rows)]
	for _, a := range append(held[:len(held):len(held)], p) {
		rows = append(rows, a.row(m.names[a.of]))
	}
	at := *s
	at.z = s.values()
	lines, f := at.linearise(rows)
	if f != nil {
		return -1, 0, nil
	}
	var b basis
	place := make([]int, len(rows))
	var c []float64
	for i, l := range lines {
		place[i] = len(b.q)
		var left float64
		if c, left = b.add(append(append([]float64{}, l.x...), l.u...), zero); left <= zero {
			place[i] = -1
		}
	}
	if place[len(rows)-1] >= 0 {
		return -1, 0, nil
	}
	for i := len(c) - 1; i >= 0; i-- { // T'c
		c[i] /= b.t[i][i]
		subtract(c[:i], c[i], b.t[i][:i])
	}
	first, change = -1, make([]float64, len(held))
	for i, a := range held {
		k := place[len(m.rows)+i]
		if k < 0 {
			continue
		}
		change[i] = c[k] * lines[len(rows)-1].length / lines[len(m.rows)+i].length
		if p.side == "max" {
			change[i] = -change[i]
		}
		falls := active{side: a.side, multiplier: change[i]}.strength()
		if reach := math.Max(0, a.strength()) / falls; math.Abs(c[k]) > zero && falls > 0 && (first < 0 || reach < t) {
			first, t = i, reach
		}
	}
	return first, t, change
}

// at solves the problem with the bounds as equalities and fills in their
// multipliers.
func (m *model) at(s *solution, held []active) (*solution, *Fault) {
	extra := make([]row, len(held))
	for i, a := range held {
		extra[i] = a.row(m.names[a.of])
	}
	z := s.z
	if !m.linear {
		z = s.values()
	}
	next, f := m.converge(z, extra)
	if f != nil {
		return nil, f
	}
	all := next.multipliers(len(m.rows) + len(extra))
	for i := range held {
		held[i].multiplier = all[len(m.rows)+i]
	}
	return next, nil
}
