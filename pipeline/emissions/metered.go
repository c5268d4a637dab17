package emissions

import (
	"github.com/nielu/nielu/measure"
)

// Metered is an amount and how much of the period it is of.
type Metered struct {
	Amount   measure.Quantity  // of the covered part
	Coverage *float64          // share of the period; nil: a document of all of it
	Most     *measure.Quantity // the most an hour can bring: the size of a fuse, a burner, a fan
}

// in returns the amount of all of the period, and the part of it that stands
// in for what was not read.
//
//	A = a + (1 - c) T A_max      [u] = [u] + [1] [h] [u/h]
//
// It is refused if the covered part shows more than A_max, or if nothing says
// what A_max is: then losing readings never lowers A.
//
// Source: after Regulation (EU) 2018/2066, Art. 45: a gap counts as the most there can be.
func (m Metered) in(u measure.Unit, w world) (all, standsIn float64, err error) {
	a, err := m.Amount.In(u)
	switch {
	case err != nil && m.Amount.Unit == one:
		return 0, 0, wrongf("amount", "%s has no unit: write it with its unit, as in \"%s %s\"", m.Amount, m.Amount, u)
	case err != nil:
		return 0, 0, wrong{"amount", err}
	case a < 0:
		return 0, 0, wrongf("amount", "%s is below 0: what is avoided or substituted is a claim and no emission", m.Amount)
	case m.Coverage == nil:
		return a, 0, nil
	}
	c := *m.Coverage
	if m.Most == nil {
		if c < 1 {
			return 0, 0, wrongf("coverage", "readings cover %.4g %% of the period: say with most what an hour can bring at most, it stands in for the rest", 100*c)
		}
		return a, 0, nil
	}
	rate, err := u.Per(hour)
	if err != nil {
		return 0, 0, wrong{"most", err}
	}
	most, err := m.Most.In(rate)
	switch {
	case err != nil:
		return 0, 0, wrong{"most", err}
	case most < 0:
		return 0, 0, wrongf("most", "%s is below 0", m.Most)
	}
	covered := float64(float64(most*c) * w.hours())
	if a > covered {
		return 0, 0, wrongf("most", "%s is less than the meter showed, %s in %.6g h: correct it", m.Most, m.Amount, float64(c*w.hours()))
	}
	standsIn = float64(float64(most*(1-c)) * w.hours())
	return a + standsIn, standsIn, nil
}

// cover enters coverage and what stands in for readings into a line.
func (m Metered) cover(l *Line, standsIn float64) {
	if m.Coverage != nil {
		l.Coverage = *m.Coverage
	}
	l.StandsIn = measure.Quantity{Value: standsIn, Unit: l.Activity.Unit}
}

var hour = measure.MustUnit("h")
