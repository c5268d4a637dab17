package reconcile

import "math"

// solution is one linear problem solved: all rows at one point, columns in
// units of sd (unmeasured ones of max(1, |start|)), rows of unit length.
//
// Minimise (y-x)' S^-1 (y-x) subject to Ax x + Au u = b:
//
//	Au E = [Q1 Q2] [R1 R2; 0 0]     column-pivoted QR
//	G = Q2' Ax,  r = Q2' (A y - b)  the unmeasured are gone
//	G L = T q,   S = L L'           orthonormal rows q, triangle T
//	s = T^-1 r                      gamma = s's = r' V^-1 r, V = G S G'
//	y - x = L q' s
//	u     = R1^-1 Q1' (b - Ax x) - R1^-1 R2 u_rest
//
// Source: VDI 2048 part 1 for the estimate; the triangle of G L stands for
// the Cholesky factor of V without squaring its condition.
type solution struct {
	m    *model
	z    []float64 // the point the rows were taken at
	xs   []int     // measured quantities
	us   []int     // unmeasured quantities
	rows []int     // which rows are in use
	size []float64 // their lengths before scaling

	unmeasured *pivoted
	ax         [][]float64 // Q' Ax: Q1' Ax, then G
	r          []float64   // Q' (A y - b)
	live       []int       // rows of G that are independent
	l          [][]float64 // factor of the correlations, nil if there are none
	basis      basis
	h          [][]float64 // T^-1 G
	s          []float64
	whitened   []float64 // q's, the adjustments in units without correlation

	dx, du     []float64 // x - y and u - z, scaled
	redundant  []bool    // of xs
	observable []bool    // of us
	contradict string    // a row that the others contradict
}

// df returns the degrees of freedom, the rank of G.
func (s *solution) df() int { return len(s.s) }

// gamma returns r' V^-1 r, also the least sum of squares.
func (s *solution) gamma() float64 { return dot(s.s, s.s) }

// solve solves the problem linearised at z, with the extra rows. Strictly, a
// contradiction among the rows is a fault; else it is noted in the solution.
func (m *model) solve(z []float64, extra []row, strict bool) (*solution, *Fault) {
	rows := m.rows
	if len(extra) > 0 {
		rows = append(rows[:len(rows):len(rows)], extra...)
	}
	s := &solution{m: m, z: z}
	for j, c := range m.class {
		switch c {
		case measured:
			s.xs = append(s.xs, j)
		case unmeasured:
			s.us = append(s.us, j)
		}
	}
	s.l, _ = m.factor(s.xs)
	lines, f := s.linearise(rows)
	if f != nil {
		return nil, f
	}
	if !s.reduce(lines, 1e-7) {
		if lines, f = s.linearise(rows); f != nil {
			return nil, f
		}
		if lines, f = s.independent(rows, lines, strict); f != nil {
			return nil, f
		}
		s.reduce(lines, 0)
	}
	s.estimate()
	return s, nil
}

// line is one row at a point: measured columns, unmeasured columns, residual.
type line struct {
	at       int // index of the row
	x, u     []float64
	residual float64
	size     float64 // magnitude of its terms
	length   float64 // before scaling to one; zero if nothing in it is free
}

func (s *solution) linearise(rows []row) ([]line, *Fault) {
	m := s.m
	block := matrix(len(rows), len(s.xs)+len(s.us))
	slope := make([]float64, len(m.y))
	lines := make([]line, len(rows))
	for i := range rows {
		clear(slope)
		value, size, ok := rows[i].at(s.z, slope)
		if !ok {
			return nil, fault(NoConvergence, "%s cannot be evaluated at the point reached, such as a root or logarithm of a negative number: give other starts", rows[i].name)
		}
		l := line{at: i, x: block[i][:len(s.xs):len(s.xs)], u: block[i][len(s.xs):]}
		for k, j := range s.xs {
			if slope[j] == 0 {
				continue
			}
			l.x[k] = float64(slope[j] * m.scale[j])
			if away := m.y[j] - s.z[j]; away != 0 {
				value += float64(slope[j] * away)
			}
		}
		for k, j := range s.us {
			if slope[j] != 0 {
				l.u[k] = float64(slope[j] * m.scale[j])
			}
		}
		l.residual, l.size, l.length = value, size, norm(block[i])
		if l.length > 0 {
			for k := range block[i] {
				block[i][k] /= l.length
			}
			l.residual, l.size = value/l.length, size/l.length
		}
		if !finite(l.length) || !finite(l.residual) || !finite(l.size) {
			return nil, fault(NoConvergence, "%s: its numbers are too large or too unequal to compute with", rows[i].name)
		}
		lines[i] = l
	}
	return lines, nil
}

// independent drops rows that depend on those before them. One that also
// contradicts them makes the problem inconsistent.
func (s *solution) independent(rows []row, lines []line, strict bool) ([]line, *Fault) {
	var b basis
	var residual []float64
	var kept []line
	s.contradict = ""
	for _, l := range lines {
		t, left := b.add(append(append([]float64{}, l.x...), l.u...), zero)
		rest, scale := l.residual, l.size
		if l.length > 0 {
			scale = math.Max(scale, 1) // a standard deviation
		}
		for k, r := range residual {
			rest -= float64(t[k] * r)
			if math.Abs(t[k]) > zero {
				scale = math.Max(scale, kept[k].size)
			}
		}
		if left > zero {
			kept, residual = append(kept, l), append(residual, rest/left)
			continue
		}
		if math.Abs(rest) > float64(zero*scale) {
			if strict {
				if l.length > 0 {
					rest *= l.length // in the row's own unit
				}
				return nil, fault(Inconsistent, "%s contradicts the other constraints or the exactly known values by %.6g", rows[l.at].name, rest)
			}
			s.contradict = rows[l.at].name
		}
	}
	return kept, nil
}

// reduce removes the unmeasured quantities and makes the rest orthogonal. It
// gives up, returning false, on a row of which less than least is left; with
// least 0 it drops what is noise.
func (s *solution) reduce(lines []line, least float64) bool {
	p, n := len(lines), len(s.xs)
	s.rows, s.size, s.r, s.ax = make([]int, p), make([]float64, p), make([]float64, p), make([][]float64, p)
	columns := matrix(len(s.us), p)
	own := make([]float64, n)
	for i, l := range lines {
		if l.length == 0 {
			return false
		}
		s.rows[i], s.size[i], s.r[i], s.ax[i] = l.at, l.length, l.residual, l.x
		for k, x := range l.u {
			columns[k][i] = x
		}
		for k, x := range l.x {
			own[k] += float64(x * x)
		}
	}
	s.unmeasured = factorise(columns, p)
	s.unmeasured.turn(s.r)
	s.unmeasured.turnRows(s.ax)
	g := s.ax[s.unmeasured.rank:]
	s.redundant = make([]bool, n)
	left := make([]float64, n)
	for _, row := range g {
		for k, x := range row {
			left[k] += float64(x * x)
		}
	}
	for k := range left {
		s.redundant[k] = left[k] > float64(zero*zero*own[k])
		for i := range g {
			if !s.redundant[k] {
				g[i][k] = 0
			}
		}
	}
	return s.orthogonalise(g, least)
}

func (s *solution) orthogonalise(g [][]float64, least float64) bool {
	s.basis, s.h, s.s, s.live = basis{}, nil, nil, nil
	whitened := make([]float64, len(s.xs))
	for i, row := range g {
		m := row
		if s.l != nil {
			m = make([]float64, len(row))
			for k, x := range row {
				if x != 0 {
					subtract(m[:k+1], -x, s.l[k][:k+1])
				}
			}
		}
		t, left := s.basis.add(m, math.Max(least, 1e-14))
		if len(s.basis.q) == len(s.s) {
			if least > 0 {
				return false
			}
			continue
		}
		rest := s.r[s.unmeasured.rank+i] - dot(t[:len(s.s)], s.s)
		h := s.basis.q[len(s.s)]
		if s.l != nil {
			h = append([]float64{}, row...)
			for k, before := range s.h {
				subtract(h, t[k], before)
			}
			for k := range h {
				h[k] /= left
			}
		}
		subtract(whitened, -rest/left, s.basis.q[len(s.s)])
		s.h, s.s, s.live = append(s.h, h), append(s.s, rest/left), append(s.live, i)
	}
	s.whitened = whitened
	return true
}

// estimate works out the reconciled values and which unmeasured quantities
// have one.
func (s *solution) estimate() {
	s.dx = make([]float64, len(s.xs))
	for k := range s.dx {
		if s.dx[k] = -s.whitened[k]; s.l != nil {
			s.dx[k] = -dot(s.l[k][:k+1], s.whitened)
		}
	}
	f := s.unmeasured
	s.du, s.observable = make([]float64, len(s.us)), make([]bool, len(s.us))
	top := make([]float64, f.rank)
	blind := make([]bool, f.rank)
	for i := range top {
		top[i] = -s.r[i] - dot(s.ax[i], s.dx)
	}
	f.solveTop(top)
	for j := f.rank; j < len(s.us); j++ {
		c := append([]float64{}, f.columns[j][:f.rank]...)
		f.solveTop(c)
		for i := range c {
			blind[i] = blind[i] || math.Abs(c[i]) > zero
		}
	}
	for i, x := range top {
		s.du[f.order[i]], s.observable[f.order[i]] = x, !blind[i]
	}
}

// values returns all quantities as solved; the unobservable where they were.
func (s *solution) values() []float64 {
	all := append([]float64{}, s.m.y...)
	for k, j := range s.xs {
		all[j] += float64(s.dx[k] * s.m.scale[j])
	}
	for k, j := range s.us {
		all[j] = s.z[j] + float64(s.du[k]*s.m.scale[j])
	}
	return all
}

// spread returns, for each quantity with a value that can vary, the factor
// of its variance: Cov(a, b) is the product of two of them. With v = L'k for
// a value k'x, it is v without its part in the rows of q, which cannot make a
// variance negative.
func (s *solution) spread() [][]float64 {
	all := make([][]float64, len(s.m.y))
	block := matrix(len(s.xs)+len(s.us), len(s.xs))
	project := func(to []float64, unit int, scale float64) []float64 {
		before := norm(to)
		for _, q := range s.basis.q {
			c := 0.0
			if unit < 0 {
				c = dot(q, to)
			} else {
				c = q[unit]
			}
			if c != 0 {
				subtract(to, c, q)
			}
		}
		if norm(to) <= float64(zero*before) {
			clear(to)
		}
		for i := range to {
			to[i] = float64(to[i] * scale)
		}
		return to
	}
	for k, j := range s.xs {
		block[k][k] = 1
		unit := k // the vector is a unit one, and its products are at hand
		if s.l != nil {
			copy(block[k], s.l[k])
			unit = -1
		}
		all[j] = project(block[k], unit, s.m.scale[j])
	}
	f := s.unmeasured
	if f.rank == 0 {
		return all
	}
	influence := matrix(f.rank, len(s.xs)) // R1^-1 Q1' Ax
	for i := f.rank - 1; i >= 0; i-- {
		subtract(influence[i], -1/f.columns[i][i], s.ax[i])
		for k := i + 1; k < f.rank; k++ {
			subtract(influence[i], f.columns[k][i]/f.columns[i][i], influence[k])
		}
	}
	for i := range f.rank {
		k := f.order[i]
		if !s.observable[k] {
			continue
		}
		v := block[len(s.xs)+k]
		for x, c := range influence[i] {
			if s.l == nil {
				v[x] = -c
			} else if c != 0 {
				subtract(v[:x+1], c, s.l[x][:x+1])
			}
		}
		all[s.us[k]] = project(v, -1, s.m.scale[s.us[k]])
	}
	return all
}

// multipliers returns d(objective)/d(b) of every row, zero for those dropped.
func (s *solution) multipliers(rows int) []float64 {
	all := make([]float64, rows)
	scaled := make([]float64, len(s.rows))
	for i, x := range s.force() {
		scaled[s.unmeasured.rank+s.live[i]] = x
	}
	s.unmeasured.back(scaled)
	for i, at := range s.rows {
		all[at] = -2 * scaled[i] / s.size[i]
	}
	return all
}

// force returns V^-1 r = T'^-1 s.
func (s *solution) force() []float64 {
	x := append([]float64{}, s.s...)
	for i := len(x) - 1; i >= 0; i-- {
		x[i] /= s.basis.t[i][i]
		subtract(x[:i], x[i], s.basis.t[i][:i])
	}
	return x
}
