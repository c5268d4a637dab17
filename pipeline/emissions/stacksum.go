package emissions

import (
	"fmt"

	"github.com/nielu/nielu/measure"
)

// StackSum adds up the minutes of a stack a part of a period after the other,
// in order of time. Where the parts are cut cannot be seen in it.
type StackSum struct {
	Minutes  int     // of all parts
	Read     int     // of them, those in which flow and all gases were read
	Volume   float64 // m3{N}, dry, what stands in for readings included
	StandsIn float64 // part of it, m3{N}: the most there can be in minutes without a flow

	kg []float64 // in the order of the gases
}

// Add adds the minutes of the next part, by the equation at [Stack]. The gases
// and their most are the same in each.
func (a *StackSum) Add(s Stack) error {
	if err := s.check(); err != nil {
		return err
	}
	if a.kg == nil {
		a.kg = make([]float64, len(s.Gases))
	}
	if len(a.kg) != len(s.Gases) {
		return fmt.Errorf("stack %s: %d gases, those before had %d", s.Name, len(s.Gases), len(a.kg))
	}
	most := s.Most / 60
	for i, m := range s.Minutes {
		v, measured := most, m.Volume != nil
		if measured {
			var ok bool
			if v, ok = within(*m.Volume, most); !ok {
				return wrongf("most", "%v m3{N}/h is less than was read in minute %d, %.6g m3{N}/h: correct it", s.Most, a.Minutes+i, float64(v*60))
			}
		} else {
			a.StandsIn += v
		}
		a.Volume += v
		all := measured
		for k, g := range s.Gases {
			x := g.Most
			if k < len(m.Shares) && m.Shares[k] != nil {
				var ok bool
				if x, ok = within(*m.Shares[k], g.Most); !ok {
					return wrongf("gases", "%s: most is less than was read in minute %d, %.6g: correct it", g.Gas, a.Minutes+i, x)
				}
			} else {
				all = false
			}
			a.kg[k] += float64(float64(v*x) * perVolume(g.Gas))
		}
		if all {
			a.Read++
		}
	}
	a.Minutes += len(s.Minutes)
	return nil
}

// Mass returns the mass of a gas by its place. Rounds: once, half to even, to 1 mg.
func (a *StackSum) Mass(k int) (measure.GasMass, error) {
	if k >= len(a.kg) {
		return 0, nil
	}
	return measure.GasMassOf(a.kg[k])
}

// within returns a reading as it counts: below 0 it is 0. ok is false if it is
// above the most by more than means of equal readings are rounded.
func within(x, most float64) (counts float64, ok bool) {
	const rounding = 1e-9
	if x > most && x <= float64(most*(1+rounding)) {
		return most, true
	}
	x = max(0, x)
	return x, x <= most
}
