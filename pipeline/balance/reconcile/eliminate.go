package reconcile

import (
	"math"
	"slices"
)

// removal is one measurement turned into an unmeasured quantity.
type removal struct {
	of         int
	z, gamma   float64
	equivalent []int
}

// eliminate turns, while the global test fails and more than one degree of
// freedom is left, the redundant measurement with the largest z into an
// unmeasured quantity; among equals the first.
func (m *model) eliminate(s *solution) (*solution, []removal, *Fault) {
	var removed []removal
	for s.df() > 1 && !m.passes(s) {
		at, z := s.largest()
		if at < 0 {
			break
		}
		r := removal{of: s.xs[at], z: z, gamma: s.gamma()}
		for _, set := range s.alike() {
			if !slices.Contains(set, at) {
				continue
			}
			for _, k := range set {
				if k != at {
					r.equivalent = append(r.equivalent, s.xs[k])
				}
			}
		}
		removed = append(removed, r)
		next := *m
		next.class, next.scale = slices.Clone(m.class), slices.Clone(m.scale)
		next.class[r.of] = unmeasured
		next.scale[r.of] = math.Max(1, math.Abs(m.y[r.of]))
		m = &next
		var f *Fault
		if s, f = m.converge(m.start(), nil); f != nil {
			f.Message = "without " + m.names[r.of] + ": " + f.Message
			return nil, nil, f
		}
	}
	return s, removed, nil
}

func (m *model) passes(s *solution) bool { return s.gamma() <= chiSquareLimit(m.alpha, s.df()) }

// largest returns the redundant measurement with the largest z.
func (s *solution) largest() (at int, z float64) {
	d, w := s.power()
	at = -1
	most := 0.0
	for k := range d {
		if s.redundant[k] {
			d[k] = math.Abs(d[k]) / math.Sqrt(w[k])
			most = math.Max(most, d[k])
		}
	}
	for k := range d {
		if s.redundant[k] && d[k] >= most-float64(zero*most) {
			return k, d[k]
		}
	}
	return at, 0
}
