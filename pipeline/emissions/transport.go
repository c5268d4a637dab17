package emissions

import (
	"github.com/nielu/nielu/measure"
)

// EmptyReturn is what the way back without a load multiplies a transport with
// where nothing better is known.
//
// Source: Puro.earth Edition 2025, rule 7.3.8b (secondary).
const EmptyReturn = 1.5

// Leg is one way of a transport: what was carried, as received, and how far.
type Leg struct {
	Record
	Mass     measure.Quantity
	Distance measure.Quantity
	Factor   *Factor
	// Loaded names what shows that the way back was not empty. Without it the
	// factor's empty return counts.
	Loaded string
}

// lines counts the way there, and the empty way back.
//
//	E = m d F r      [kg] = [t] [km] [kg/(t.km)] [1]
//
// Source: Puro.earth Edition 2025, rule 7.3.8b (secondary).
// Mass is that of wet material.
func (g Leg) lines(w world) ([]Line, error) {
	if g.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	mass, err := positive("mass", g.Mass, tonne)
	if err != nil {
		return nil, err
	}
	distance, err := positive("distance", g.Distance, kilometre)
	if err != nil {
		return nil, err
	}
	back := g.Factor.Return
	if g.Loaded != "" {
		back = 1
	}
	l := g.line(Transport)
	if err := l.by(w, part{float64(float64(mass*distance) * back), g.Factor}); err != nil {
		return nil, err
	}
	return []Line{l}, nil
}

// positive returns a quantity of 0 or more in a unit.
func positive(key string, q measure.Quantity, u measure.Unit) (float64, error) {
	v, err := q.In(u)
	switch {
	case err != nil && q.Unit == one:
		return 0, wrongf(key, "%s has no unit: write it with its unit, as in \"%s %s\"", q, q, u)
	case err != nil:
		return 0, wrong{key, err}
	case v < 0:
		return 0, wrongf(key, "%s is below 0", q)
	}
	return v, nil
}

var tonne = measure.MustUnit("t")
