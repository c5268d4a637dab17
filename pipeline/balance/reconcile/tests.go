package reconcile

import "math"

// power returns, for each measured quantity, d = G' V^-1 r and W = G' V^-1 G
// on its diagonal, in scaled columns. The measurement test of maximum power
// and the likelihood ratio of a bias both come from them:
//
//	z    = |d| / sqrt(W)     T = d^2 / W = z^2
//	bias = d / W
//
// Source: maximum power measurement test and generalised likelihood ratio, Narasimhan & Jordache 2000.
func (s *solution) power() (d, w []float64) {
	d, w = make([]float64, len(s.xs)), make([]float64, len(s.xs))
	for i, h := range s.h {
		for k, x := range h {
			d[k] += float64(x * s.s[i])
			w[k] += float64(x * x)
		}
	}
	return d, w
}

// alike returns the sets of redundant measurements that no test can tell
// apart: their columns of G are proportional.
func (s *solution) alike() [][]int {
	g := s.ax[s.unmeasured.rank:]
	block := matrix(len(s.xs), len(g))
	for k := range s.xs {
		if !s.redundant[k] {
			continue
		}
		for i := range g {
			block[k][i] = g[i][k]
		}
		length := norm(block[k])
		for i := range block[k] {
			block[k][i] /= length
		}
	}
	var sets [][]int
	taken := make([]bool, len(s.xs))
	for a := range s.xs {
		if taken[a] || !s.redundant[a] {
			continue
		}
		set := []int{a}
		for b := a + 1; b < len(s.xs); b++ {
			if !taken[b] && s.redundant[b] && near(block[a], block[b]) {
				set, taken[b] = append(set, b), true
			}
		}
		if len(set) > 1 {
			sets = append(sets, set)
		}
	}
	return sets
}

// near reports whether two unit columns are equal but for their sign.
func near(a, b []float64) bool {
	same, opposite := 0.0, 0.0
	for i, x := range a {
		minus, plus := x-b[i], x+b[i]
		same += float64(minus * minus)
		opposite += float64(plus * plus)
		if same > 1e-14 && opposite > 1e-14 {
			return false
		}
	}
	return true
}

// leak returns the estimated loss at a node and the root of its likelihood
// ratio; not ok where no reading could show it.
//
//	f = P e_i,  d = f' V^-1 r,  C = f' V^-1 f,  b = d / C,  T = d^2 / C
//
// Source: generalised likelihood ratio of a leak, Narasimhan & Jordache 2000, eqs 7-29 to 7-32.
func (s *solution) leak(node int) (loss, z float64, ok bool) {
	for i, at := range s.rows {
		if at >= len(s.m.rows) || s.m.rows[at].node != node {
			continue
		}
		e := make([]float64, len(s.rows))
		e[i] = 1
		s.unmeasured.turn(e)
		f := e[s.unmeasured.rank:]
		if norm(f) <= zero {
			return 0, 0, false
		}
		// T^-1 f; then d and C are products with s and with itself
		x := make([]float64, len(s.s))
		for k, g := range s.live {
			x[k] = (f[g] - dot(s.basis.t[k][:k], x)) / s.basis.t[k][k]
		}
		d, c := dot(x, s.s), dot(x, x)
		if !(c > 0) {
			return 0, 0, false
		}
		return d / c * s.size[i], math.Abs(d) / math.Sqrt(c), true
	}
	return 0, 0, false
}

// raw returns the residual of a linear row in the readings, and its z; known
// is false if something unmeasured is in it, tested if its variance is zero.
func (m *model) raw(r *row) (residual, z float64, known, tested bool) {
	residual = -r.b
	for _, t := range r.terms {
		if m.class[t.of] == unmeasured {
			return 0, 0, false, false
		}
		residual += float64(t.coef * m.y[t.of])
	}
	variance := 0.0
	weight := make(map[int]float64, len(r.terms))
	for _, t := range r.terms {
		if m.class[t.of] == measured {
			u := float64(t.coef * m.scale[t.of])
			variance += float64(u * u)
			weight[t.of] = u
		}
	}
	for _, c := range m.pairs {
		variance += float64(2 * float64(c.r*weight[c.a]) * weight[c.b])
	}
	if !(variance > 0) {
		return residual, 0, true, false
	}
	return residual, math.Abs(residual) / math.Sqrt(variance), true, true
}
