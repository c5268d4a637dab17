package emissions

import (
	"github.com/nielu/nielu/measure"
)

// Power is electricity that a project used, by both ways of counting it.
type Power struct {
	Record
	Metered
	Location  *Factor    // mean of the grid
	Residual  *Factor    // what the market leaves to those without a contract; nil: the grid's mean stands in
	Contracts []Contract // contracts and cancelled guarantees of origin
	Counts    string     // location or market; "": the larger of the two
}

// Contract is electricity bought by a contract or certificate.
type Contract struct {
	Amount measure.Quantity
	Factor *Factor
	Proof  string
}

// lines reports both: by location and by market.
//
//	E_location = A F_grid      E_market = Σ A_j F_j + (A - Σ A_j) F_residual
//
// Source: GHG Protocol, Scope 2 Guidance, ch. 6.
func (p Power) lines(w world) ([]Line, error) {
	all, standsIn, err := p.in(kilowattHour, w)
	if err != nil {
		return nil, err
	}
	if p.Location == nil {
		return nil, wrongf("location", "is missing: name the factor of the grid")
	}
	location, market := p.line(Electricity), p.line(Electricity)
	location.Basis, market.Basis = "location", "market"
	var parts []part
	rest := all
	for _, c := range p.Contracts {
		a, err := c.Amount.In(kilowattHour)
		switch {
		case err != nil:
			return nil, wrong{"market", err}
		case a < 0:
			return nil, wrongf("market", "%s is below 0", c.Amount)
		case c.Factor == nil || c.Proof == "":
			return nil, wrongf("market", "a contract needs factor and proof, else it counts nothing")
		}
		rest -= a
		parts = append(parts, part{a, c.Factor})
	}
	if rest < 0 {
		return nil, wrongf("market", "the contracts are for more than was used: state what of them was used in the period")
	}
	residual := p.Residual
	if residual == nil {
		residual = p.Location
		if rest > 0 {
			market.remark("no factor of the residual mix is given; the mean of the grid stands in: name it with residual")
		}
	}
	if rest > 0 || len(parts) == 0 {
		parts = append(parts, part{rest, residual})
	}
	if err := location.by(w, part{all, p.Location}); err != nil {
		return nil, err
	}
	if err := market.by(w, parts...); err != nil {
		return nil, err
	}
	p.cover(&location, standsIn)
	p.cover(&market, standsIn)
	byMarket := p.Counts == "market" || p.Counts == "" && market.CO2e > location.CO2e
	location.Counted, market.Counted = !byMarket, byMarket
	return []Line{location, market}, nil
}
