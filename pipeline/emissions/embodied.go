package emissions

import (
	"github.com/nielu/nielu/measure"
)

// Asset is infrastructure whose making is shared out over the years it serves.
type Asset struct {
	Record
	Amount    measure.Quantity // in the factor's unit of activity
	Factor    *Factor
	Lifetime  measure.Quantity
	Crediting measure.Quantity // the crediting period
	Share     float64          // of a year's emission that this batch or period bears, 0 to 1
}

// lines shares it out over the shorter of the two times.
//
//	E_emb = A F s / min(t_crediting, t_life)      [kg] = [u] [kg/u] [1] / [a], a year each
//
// Source: Puro.earth Edition 2025, Eq 7.3 (secondary).
func (a Asset) lines(w world) ([]Line, error) {
	if a.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	amount, err := positive("amount", a.Amount, a.Factor.Per)
	if err != nil {
		return nil, err
	}
	life, err := positive("lifetime", a.Lifetime, year)
	if err != nil {
		return nil, err
	}
	crediting, err := positive("crediting", a.Crediting, year)
	if err != nil {
		return nil, err
	}
	years := min(life, crediting)
	switch {
	case !(years >= 1):
		return nil, wrongf("lifetime", "lifetime and crediting period are a year or more")
	case !(a.Share >= 0 && a.Share <= 1):
		return nil, wrongf("share", "%v is not between 0 %% and 100 %%", a.Share)
	}
	l := a.line(Embodied)
	if err := l.by(w, part{float64(float64(amount*a.Share) / years), a.Factor}); err != nil {
		return nil, err
	}
	return []Line{l}, nil
}
