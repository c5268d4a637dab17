package emissions

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// Destruction is landfill methane that was captured and destroyed: a claim to an
// avoided emission, if somebody makes it.
type Destruction struct {
	Name     string
	Methane  float64 // kg, captured and destroyed: of sure readings, as F_destroyed of a landfill's report
	Share    float64 // of it that would have been destroyed anyway
	Oxidised float64 // share that the cover would have oxidised
	Baseline string  // who says so of share and cover
	Claim    string  // who claims it, under which rule; "": nobody
	From     Origin
}

// Displacement is a product that stands in for a fuel: a claim to a substitution,
// if somebody makes it.
type Displacement struct {
	Name       string
	Energy     measure.Quantity // delivered: heat in MJ, fuel in MJ{LHV}
	Instead    *Factor          // the fuel that was not burnt, or the heat that was not bought
	Efficiency float64          // of the boiler that was not fired: heat over fuel; 1 claims the least
	Claim      string           // who claims it, under which rule or contract; "": nobody
	From       Origin
}

// AvoidedClaim is what is claimed, or why nothing is.
type AvoidedClaim struct {
	Name   string
	Amount measure.Avoided
	Basis  string
	Label  string
	Source string
	Claim  string
	From   Origin
	Why    string // why nothing is claimed
}

// SubstitutionClaim is what is claimed, or why nothing is.
type SubstitutionClaim struct {
	Name   string
	Amount measure.Substitution
	Basis  string
	Factor string
	Label  string
	Source string
	Claim  string
	From   Origin
	Why    string // why nothing is claimed
}

const (
	sourceAvoided = "CDM ACM0001 from v13 (unverified)"
	nobodyClaims  = "nobody claims it: name with claim who does and under which rule"
)

// claim returns what the destruction avoids beyond the baseline.
//
//	ER = ((1 - OX) F - f F) GWP      [kg CO2e] = [1] [kg] [kg/kg]
//
// The methane is of waste, so the potential is that of biogenic methane.
// Nothing is claimed without a baseline and somebody who claims it.
//
// Source: [balance.Acm0001].
func (d Destruction) claim(w world) (AvoidedClaim, error) {
	c := AvoidedClaim{Name: d.Name, Claim: d.Claim, From: d.From, Source: sourceAvoided, Label: "unverified"}
	switch {
	case !(d.Methane >= 0):
		return c, wrongf("destroyed", "%v kg is below 0", d.Methane)
	case d.Claim == "":
		c.Why = nobodyClaims
		return c, nil
	case d.Baseline == "":
		c.Why = "there is no baseline: name with baseline who says what would have become of the methane"
		return c, nil
	}
	kg := max(0, balance.Acm0001(d.Methane, 1, d.Oxidised, d.Share, w.gwp.CH4Biogenic.Value))
	m, err := measure.CO2eOf(kg)
	if err != nil {
		return c, wrong{"destroyed", err}
	}
	c.Basis = "GWP of CH4 " + measure.FormatNumber(w.gwp.CH4Biogenic.Value) + ", set " + w.gwp.ID + "; baseline: " +
		measure.FormatNumber(float64(100*d.Share)) + " % destroyed, " + measure.FormatNumber(float64(100*d.Oxidised)) + " % oxidised in the cover; " + d.Baseline
	c.Amount, err = measure.AvoidedOf(m)
	return c, err
}

// claim returns what the product stands in for.
//
//	S = E F / η      [kg CO2e] = [MJ] [kg/MJ{LHV}] [MJ/MJ{LHV}]      of heat
//	S = E F          [kg CO2e] = [MJ{LHV}] [kg/MJ{LHV}]              of fuel
//
// Nothing is claimed without the factor of what is displaced and somebody who
// claims it. What the product itself emits is an emission of the project, and
// is not taken off here.
//
// Source: definition.
func (d Displacement) claim(w world) (SubstitutionClaim, error) {
	c := SubstitutionClaim{Name: d.Name, Claim: d.Claim, From: d.From}
	switch {
	case d.Claim == "":
		c.Why = nobodyClaims
		return c, nil
	case d.Instead == nil:
		c.Why = "nothing says what is displaced: name its factor with instead"
		return c, nil
	case !(d.Efficiency > 0 && d.Efficiency <= 1):
		return c, wrongf("efficiency", "%v is not above 0 %% and at most 100 %%", d.Efficiency)
	case d.Instead.Per != megajouleLHV && d.Instead.Per != megajoule:
		return c, wrongf("instead", "%s is by %s: name a factor by energy", d.Instead.Name(), d.Instead.Per)
	}
	unit, efficiency := megajoule, d.Efficiency
	if d.Instead.Per == megajoule && efficiency != 1 {
		return c, wrongf("efficiency", "%s is by heat already: it has no boiler", d.Instead.Name())
	}
	if d.Energy.Unit.Same(megajouleLHV) {
		unit = megajouleLHV
		if efficiency != 1 || d.Instead.Per != megajouleLHV {
			return c, wrongf("energy", "%s is fuel: it stands in for a fuel, energy for energy and without an efficiency", d.Energy)
		}
	}
	energy, err := positive("energy", d.Energy, unit)
	if err != nil {
		return c, err
	}
	l := Line{Name: d.Name}
	if err := l.by(w, part{float64(energy / efficiency), d.Instead}); err != nil {
		return c, wrong{"energy", err}
	}
	c.Factor, c.Label, c.Source = l.Factor, l.Label, l.Source
	c.Basis = d.Energy.String() + " in the place of " + d.Instead.About + ", efficiency " + measure.FormatNumber(float64(100*efficiency)) + " %"
	if len(l.Remarks) > 0 {
		c.Why = l.Remarks[0]
		return c, nil
	}
	c.Amount, err = measure.SubstitutionOf(l.CO2e)
	return c, err
}
