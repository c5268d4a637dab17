package reconcile

import "math"

// steps is how often a nonlinear problem is linearised at most.
const steps = 200

// start returns the point a solution starts from.
func (m *model) start() []float64 {
	z := append([]float64{}, m.y...)
	for j, c := range m.class {
		if m.linear && c == unmeasured {
			z[j] = 0
		}
	}
	return z
}

// converge solves the problem with the extra rows, from z on. A nonlinear
// one is solved by successive linearisation (after Knepper and Gorman):
//
//	repeat: solve the problem linearised at z; z += t dz
//	t <= 1, halved while neither the constraints come closer to zero nor
//	objective/2 + mu * sum |g| becomes less
//
// A point that stays where it is satisfies the exact conditions of an
// optimum.
//
// Source: successive linearisation after Knepper and Gorman (unverified); the step rule is ours.
func (m *model) converge(z []float64, extra []row) (*solution, *Fault) {
	if m.linear {
		return m.solve(z, extra, true)
	}
	mu, before := 0.0, math.Inf(1)
	for range steps {
		s, f := m.solve(z, extra, false)
		if f != nil {
			return nil, f
		}
		next := s.values()
		move := 0.0
		for j := range z {
			if !finite(next[j]) {
				return nil, fault(NoConvergence, "%s runs off to infinity: give other starts", m.names[j])
			}
			move = math.Max(move, math.Abs(next[j]-z[j])/(m.scale[j]+float64(0.04*math.Abs(z[j]))))
		}
		if move <= 1e-12 || move <= 1e-9 && move >= before/2 { // the latter is rounding
			return s, m.settled(z, extra)
		}
		before = move
		for _, x := range s.multipliers(len(m.rows) + len(extra)) {
			mu = math.Max(mu, math.Abs(x))
		}
		z = m.step(s, z, next, extra, mu)
	}
	return nil, fault(NoConvergence, "no solution after %d linearisations: check starts, bounds and units", steps)
}

// step goes from z towards next.
func (m *model) step(s *solution, z, next []float64, extra []row, mu float64) []float64 {
	rows := append(m.rows[:len(m.rows):len(m.rows)], extra...)
	length := make([]float64, len(rows))
	for i, at := range s.rows {
		length[at] = s.size[i]
	}
	slope := make([]float64, len(z))
	merit := func(z []float64) (off, cost float64, ok bool) {
		for i := range rows {
			value, _, fine := rows[i].at(z, slope)
			if !fine {
				return 0, 0, false
			}
			if length[i] > 0 {
				off += math.Abs(value) / length[i]
				cost += float64(mu * math.Abs(value))
			}
		}
		return off, cost + float64(m.objective(s, z)/2), true
	}
	off, cost, _ := merit(z)
	trial := make([]float64, len(z))
	for t := 1.0; t > 1e-9; t /= 2 {
		for j := range z {
			trial[j] = z[j] + float64(t*(next[j]-z[j]))
		}
		o, c, ok := merit(trial)
		if ok && (o <= off || c <= cost || o < 1e-9) {
			return trial
		}
	}
	return trial
}

// objective returns (y-x)' S^-1 (y-x) at z.
func (m *model) objective(s *solution, z []float64) float64 {
	a := make([]float64, len(s.xs))
	for k, j := range s.xs {
		a[k] = (m.y[j] - z[j]) / m.scale[j]
	}
	for k := range s.l {
		a[k] = (a[k] - dot(s.l[k][:k], a)) / s.l[k][k]
	}
	return dot(a, a)
}

// settled checks that a point that does not move satisfies every constraint.
func (m *model) settled(z []float64, extra []row) *Fault {
	rows := append(m.rows[:len(m.rows):len(m.rows)], extra...)
	slope := make([]float64, len(z))
	for i := range rows {
		clear(slope)
		value, size, ok := rows[i].at(z, slope)
		free, length := false, 0.0
		for j, c := range m.class {
			if c != fixed {
				free = free || rows[i].has(j)
				length = math.Max(length, math.Abs(float64(slope[j]*m.scale[j])))
			}
		}
		if ok && math.Abs(value) <= float64(zero*math.Max(size, length)) {
			continue
		}
		if free && length == 0 {
			return fault(NoConvergence, "%s has no slope at the point reached: give other starts", rows[i].name)
		}
		return fault(Inconsistent, "%s is off by %.6g where all else is met: it contradicts the other constraints or the exactly known values", rows[i].name, value)
	}
	return nil
}

func (r *row) has(j int) bool {
	for _, t := range r.terms {
		if t.of == j {
			return true
		}
	}
	for _, p := range r.products {
		if p.flow == j || p.fraction == j {
			return true
		}
	}
	if r.equation != nil {
		for _, of := range r.equation.of {
			if of == j {
				return true
			}
		}
	}
	return false
}
