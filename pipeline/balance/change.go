package balance

import (
	"cmp"
	"math"
	"slices"

	"github.com/nielu/nielu/measure/elementary"
)

// Change is a moment from which on residuals behave as if one reading had
// begun to err.
type Change struct {
	At        int     // first position after it
	Signature int     // which reading explains it best
	Ramp      bool    // it grows from there on; else it is a step
	Size      float64 // of the error: after a step, or at the end of a ramp
	SD        float64 // standard uncertainty of Size
	T         float64 // likelihood ratio, as a chi-square of one degree of freedom
	Merit     float64 // T less what the size costs: what readings are compared by
	Others    []int   // readings that explain it nearly as well, best first
	// Filter turns a residual vector into an estimate of the error: error = Filter · r.
	Filter []float64
}

// ChangeLimits are when a change is believed.
type ChangeLimits struct {
	Least  float64 // smallest T
	Margin float64 // a reading whose merit is closer to the best than this is named beside it
	Before int     // fewest positions before and after
	After  int
}

// Series is what [FindChange] looks through: one residual vector for each
// stretch of time, and how each reading moves them.
type Series struct {
	Residuals  [][]float64
	Signatures [][]float64 // nil where nothing checks the reading
	Stated     []float64   // standard uncertainty stated of each reading
	Floor      [][]float64 // covariance of what is below anybody's notice
	Groups     []int       // of each stretch: those of one group share the errors of Shared
	Shared     [][]float64 // covariance of errors that are new in each group, as of a laboratory's analyses
}

// FindChange looks for the one change that explains a series of residual
// vectors best, as a step or a ramp in the direction of one signature.
//
//	r_b = μ + δ h_b + l_g + e_b      h: 0 before At, then 1 (step) or rising to 1 at the end (ramp)
//	e ~ (0, S), l_g ~ (0, L)         a group g of n stretches, their means h̄_g and r̄_g
//	S = Σ e eᵀ / (B - G - 1) + F     W_g = (λ S / n_g + L)⁻¹
//	I = S⁻¹ Σ (h - h̄_g)² / λ + Σ W_g h̄_g² - (Σ W_g h̄_g) (Σ W_g)⁻¹ (Σ W_g h̄_g)
//	c = S⁻¹ Σ (h - h̄_g) r / λ + Σ W_g h̄_g r̄_g - (Σ W_g h̄_g) (Σ W_g)⁻¹ (Σ W_g r̄_g)
//	q_j = (f_jᵀ c)² / f_jᵀ I f_j     size = f_jᵀ c / f_jᵀ I f_j
//	F_j = q_j (k/ν) / (1 + (cᵀ I⁻¹ c - q_j)/ν)      u(size)² = size² / F_j
//	T_j = k ln(1 + F_j/k)            ν = (B - G - 1) (1 - ρ²)/(1 + ρ²)      k = ν - m + 1
//	merit = T_j - 2 ln(1 + (size/u_j)²)      u_j: stated; an error of many stated uncertainties is less likely
//	λ = (1 + ρ)/(1 - ρ)              ρ: correlation of one residual vector with the next, 0 to 0.9
//
//	F  the floor; L  the shared covariance; m  the length of a residual vector
//
// The scatter is measured, not declared: a process that wanders by itself is
// not an instrument that drifts, nor is the next lot's analysis. A scatter
// measured in m directions from few stretches is too small in some of them:
// F_j has the F distribution of 1 and k degrees of freedom, and T_j is its
// likelihood ratio, so that few stretches never make a proof. Where groups
// are shorter than a dozen stretches, what is new in each group cannot be
// told from the scatter, and counts as part of it.
//
// Between readings that explain a change alike, the merit prefers the one
// that need not be further off than its maker says: sizes are taken as Cauchy
// distributed with the stated uncertainty as scale, which has room for the
// worst.
//
// Source: generalised likelihood ratio for a bias (Narasimhan & Jordache
// 2000), taken over time by generalised least squares with a random effect of
// each group; for the distribution with a measured covariance, Rao (1959) on
// growth curves; the factor λ is that of the mean of a first-order
// autoregressive series, and ρ is corrected for its bias in short series
// (Kendall 1954).
func FindChange(s Series, limits ChangeLimits) (best Change, ok bool) {
	n := len(s.Residuals)
	best.T = limits.Least
	for at := limits.Before; at <= n-limits.After; at++ {
		for _, ramp := range []bool{false, true} {
			if c := s.changeAt(at, ramp, limits.Margin); c.T > best.T {
				best, ok = c, true
			}
		}
	}
	return best, ok
}

// changeAt judges one moment and one shape.
func (s *Series) changeAt(at int, ramp bool, margin float64) Change {
	fitted, ok := s.fit(shape(len(s.Residuals), at, ramp))
	if !ok {
		return Change{}
	}
	k := fitted.freedom - float64(len(s.Floor)) + 1
	if !(k >= 1) {
		return Change{}
	}
	var all []Change
	for j, f := range s.Signatures {
		if f == nil {
			continue
		}
		a, ok := fitted.along(f, k)
		if !ok {
			continue
		}
		c := Change{At: at, Ramp: ramp, Signature: j, Size: a.size, SD: a.sd, T: a.t, Filter: a.filter}
		c.Merit = c.T - cost(c.Size, s.Stated[j])
		all = append(all, c)
	}
	if len(all) == 0 {
		return Change{}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Compare(b.Merit, a.Merit) })
	best := all[0]
	for _, c := range all[1:] {
		if c.Merit >= best.Merit-margin {
			best.Others = append(best.Others, c.Signature)
		}
	}
	return best
}

// cost is what an error of many stated uncertainties counts against itself.
func cost(size, stated float64) float64 {
	if !(stated > 0) {
		return 0
	}
	off := size / stated
	return float64(2 * elementary.Log(1+float64(off*off)))
}

// direction is what a regressor makes of the residuals along one signature.
type direction struct {
	size, sd, t float64
	filter      []float64
}

// along judges the direction f, of k degrees of freedom; see [FindChange].
func (x *fit) along(f []float64, k float64) (out direction, ok bool) {
	w := times(x.information, f)
	i := dotProduct(w, f)
	if !(i > 0) {
		return out, false
	}
	out.size = dotProduct(f, x.score) / i
	q := float64(float64(out.size*out.size) * i)
	wider := float64((x.freedom + max(0, x.omnibus-q)) / k) // q/F
	out.sd, out.t = math.Sqrt(wider/i), float64(k*elementary.Log(1+q/wider/k))
	for a := range w {
		w[a] /= i
	}
	out.filter = w
	return out, true
}

// group is the stretches that share errors, and their means.
type group struct {
	members []int
	h       float64
	r       []float64
}

// fit is what one regressor makes of the residuals.
type fit struct {
	information [][]float64 // I of [FindChange]
	score       []float64   // c
	omnibus     float64     // cᵀ I⁻¹ c: what a change in any direction explains
	freedom     float64     // ν
}

func (s *Series) fit(h []float64) (out fit, ok bool) {
	m := len(s.Floor)
	groups := s.groups(h)
	inner, cross := 0.0, make([]float64, m) // Σ (h - h̄_g)², Σ (h - h̄_g) r
	for _, g := range groups {
		for _, b := range g.members {
			d := h[b] - g.h
			inner += float64(d * d)
			axpy(cross, d, s.Residuals[b])
		}
	}
	errors := make([][]float64, 0, len(h))
	for _, g := range groups {
		for _, b := range g.members {
			e := slices.Clone(s.Residuals[b])
			axpy(e, -1, g.r)
			if inner > 0 {
				axpy(e, -(h[b]-g.h)/inner, cross)
			}
			errors = append(errors, e)
		}
	}
	scatter := s.scatter(errors, len(groups))
	l, ok := cholesky(scatter)
	if !ok {
		return fit{}, false
	}
	rho := memory(errors, l, len(groups))
	lambda := (1 + rho) / (1 - rho)
	out.freedom = float64(float64(len(errors)-len(groups)-1)*(1-float64(rho*rho))) / (1 + float64(rho*rho))
	information, score := inverse(l), solveCholesky(l, cross)
	for i := range information {
		score[i] /= lambda
		for k := range information[i] {
			information[i][k] = float64(information[i][k] * (inner / lambda))
		}
	}
	weights, weighted := zeros(m), zeros(m) // Σ W, Σ W h̄
	level := make([]float64, m)             // Σ W r̄
	for _, g := range groups {
		v := zeros(m)
		for i := range v {
			for k := range v[i] {
				v[i][k] = float64(scatter[i][k] * (lambda / float64(len(g.members))))
				if len(groups) > 1 {
					v[i][k] += s.Shared[i][k]
				}
			}
		}
		l, ok := cholesky(v)
		if !ok {
			return fit{}, false
		}
		w := inverse(l)
		wr := times(w, g.r)
		axpy(level, 1, wr)
		axpy(score, g.h, wr)
		for i := range w {
			axpy(weights[i], 1, w[i])
			axpy(weighted[i], g.h, w[i])
			axpy(information[i], float64(g.h*g.h), w[i])
		}
	}
	if l, ok = cholesky(weights); !ok {
		return fit{}, false
	}
	axpy(score, -1, times(weighted, solveCholesky(l, level)))
	for i := range information {
		axpy(information[i], -1, times(weighted, solveCholesky(l, weighted[i])))
	}
	if l, ok = cholesky(information); !ok {
		return fit{}, false
	}
	out.information, out.score, out.omnibus = information, score, dotProduct(score, solveCholesky(l, score))
	return out, true
}

// shortest is the mean length of groups that are told from the scatter.
const shortest = 12

// groups brings the stretches of each group together, in order; all of them
// are one group where groups are short.
func (s *Series) groups(h []float64) []group {
	var all []group
	place := map[int]int{}
	for _, id := range s.Groups {
		place[id] = -1
	}
	apart := s.Shared != nil && len(s.Groups) >= shortest*len(place)
	clear(place)
	for b, r := range s.Residuals {
		id := 0
		if apart {
			id = s.Groups[b]
		}
		i, ok := place[id]
		if !ok {
			i = len(all)
			place[id], all = i, append(all, group{r: make([]float64, len(r))})
		}
		g := &all[i]
		g.members = append(g.members, b)
		g.h += h[b]
		axpy(g.r, 1, r)
	}
	for i := range all {
		n := float64(len(all[i].members))
		all[i].h /= n
		for k := range all[i].r {
			all[i].r[k] /= n
		}
	}
	return all
}

// shape returns the regressor of a change.
func shape(n, at int, ramp bool) []float64 {
	h := make([]float64, n)
	for b := at; b < n; b++ {
		if h[b] = 1; ramp {
			h[b] = float64(b-at+1) / float64(n-at)
		}
	}
	return h
}

// scatter is the covariance of what a change leaves unexplained, plus the floor.
func (s *Series) scatter(errors [][]float64, groups int) [][]float64 {
	out := zeros(len(s.Floor))
	for i := range out {
		for k := range out[i] {
			for _, e := range errors {
				out[i][k] += float64(e[i] * e[k])
			}
			out[i][k] = out[i][k]/float64(max(1, len(errors)-groups-1)) + s.Floor[i][k]
		}
	}
	return out
}

// memory returns ρ, the correlation of errors with those before them; l is the
// factor of their covariance. In series of n an estimate falls short by
// (1 + 3ρ)/n, as the mean was taken from the same series.
func memory(errors, l [][]float64, groups int) float64 {
	var product, square float64
	var before []float64
	for _, e := range errors {
		x := solveCholesky(l, e)
		square += dotProduct(x, e)
		if before != nil {
			product += dotProduct(x, before)
		}
		before = e
	}
	if !(square > 0) {
		return 0
	}
	rho := product / square
	rho += (1 + float64(3*rho)) * float64(groups) / float64(len(errors))
	return min(0.9, max(0, rho))
}

// cholesky returns the lower factor of a positive definite matrix.
func cholesky(a [][]float64) ([][]float64, bool) {
	l := make([][]float64, len(a))
	for i := range a {
		l[i] = make([]float64, len(a))
		for k := range i + 1 {
			x := a[i][k] - dotProduct(l[i][:k], l[k][:k])
			if k < i {
				l[i][k] = x / l[k][k]
				continue
			}
			if !(x > 0) || math.IsInf(x, 0) {
				return nil, false
			}
			l[i][i] = math.Sqrt(x)
		}
	}
	return l, true
}

// solveCholesky returns x with L Lᵀ x = b.
func solveCholesky(l [][]float64, b []float64) []float64 {
	n := len(l)
	x := make([]float64, n)
	for i := range n {
		x[i] = (b[i] - dotProduct(l[i][:i], x[:i])) / l[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= float64(l[k][i] * x[k])
		}
		x[i] /= l[i][i]
	}
	return x
}

// inverse returns (L Lᵀ)⁻¹.
func inverse(l [][]float64) [][]float64 {
	out := zeros(len(l))
	for i := range l {
		e := make([]float64, len(l))
		e[i] = 1
		out[i] = solveCholesky(l, e)
	}
	return out
}

func zeros(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// axpy adds a times x to y.
func axpy(y []float64, a float64, x []float64) {
	for i := range y {
		y[i] += float64(a * x[i])
	}
}

func times(a [][]float64, x []float64) []float64 {
	y := make([]float64, len(a))
	for i := range a {
		y[i] = dotProduct(a[i], x)
	}
	return y
}

func dotProduct(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}
