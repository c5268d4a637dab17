package reconcile

// Linearisation is a solved problem seen as a filter: it tells, for other
// readings of the same plant, how far they are from obeying the constraints
// in all ways that do not depend on what is unmeasured.
//
//	r(y) = P g(y, û)      f_j = ∂r/∂y_j = P ∂g/∂y_j
//
//	g  the constraints, each scaled to unit slope in standard deviations
//	P  the projection with P ∂g/∂u = 0 at the solution; û the unmeasured there
//
// An error b of reading j alone moves r by b f_j, which is its signature.
//
// Source: VDI 2048 part 1 for the projection; signatures as Narasimhan & Jordache 2000.
type Linearisation struct {
	s     *solution
	place map[string]int // of measured quantities, in the solution
}

// Linearise solves the problem and keeps the point. Its error is a [*Fault].
func (p *Problem) Linearise() (*Linearisation, error) {
	m, f := p.compile()
	var s *solution
	if f == nil {
		s, f = m.converge(m.start(), nil)
	}
	if f != nil {
		f.ID = &p.ID
		return nil, f
	}
	l := &Linearisation{s: s, place: map[string]int{}}
	for k, j := range s.xs {
		l.place[m.names[j]] = k
	}
	return l, nil
}

// Rank returns the length of the residual vectors.
func (l *Linearisation) Rank() int { return len(l.s.live) }

// Residual returns r for other readings, by name; a quantity that is not
// among them keeps its solved value. It is not ok where an equation has no value.
func (l *Linearisation) Residual(readings map[string]float64) (r []float64, ok bool) {
	s := l.s
	z := s.values()
	for name, x := range readings {
		if j, known := s.m.find[name]; known && s.m.class[j] != unmeasured {
			z[j] = x
		}
	}
	slope := make([]float64, len(z))
	g := make([]float64, len(s.rows))
	for i, at := range s.rows {
		value, _, fine := s.m.rows[at].at(z, slope)
		if !fine {
			return nil, false
		}
		g[i] = value / s.size[i]
	}
	s.unmeasured.turn(g)
	r = make([]float64, len(s.live))
	for k, i := range s.live {
		r[k] = g[s.unmeasured.rank+i]
	}
	return r, true
}

// Signature returns how r moves with the reading of that name; nil if nothing
// checks it.
func (l *Linearisation) Signature(name string) []float64 {
	k, ok := l.place[name]
	if !ok || !l.s.redundant[k] {
		return nil
	}
	f := make([]float64, len(l.s.live))
	for to, i := range l.s.live {
		f[to] = l.s.ax[l.s.unmeasured.rank+i][k] / l.s.m.scale[l.s.xs[k]]
	}
	return f
}
