package carbon

import "github.com/nielu/nielu/measure"

// ipcc computes the change of mineral soil carbon of the IPCC 2019
// Refinement, volume 4, chapter 2, appendix 4, a cross-check.
//
//	dBC_mineral = BC_TOT · F_C · F_perm          [t C] = [t] · [1] · [1]
//	GHG_bc      = CO2/C · dBC_mineral            [t CO2e]
//
// F_perm is by production temperature, F_C as measured, else Table 4AP.1.
//
// Source: Tables 4AP.1 and 4AP.2, as the method file labels them; the equation's number is not confirmed.
// Valid:  mineral soils of crop- and grassland at about 20 Cel, 100 years; from 350 Cel.
// Rounds: each amount once, half to even, to 1 mg. Uncertainty: first order;
// that of F_perm apart, as u_model, with the printed ± taken as a standard uncertainty.
func (q *quantification) ipcc() error {
	q.onlyACrossCheck()
	q.consistent()
	carbon, fixed := 0.0, q.r.Analysis.CarbonTotal == nil && q.r.Analysis.OrganicCarbon == nil
	if fixed {
		carbon = q.contentOf(q.r.Feed.Kind, q.r.Production.Carbonisation)
		q.line("F_C", carbon, "1", q.m.Tables["carbon_content"].Label)
		q.variant("F_C of Table 4AP.1")
	} else if carbon, _ = q.organicCarbon("F_C", "1", true); carbon <= 0 {
		return nil
	}
	share, label, ok := q.decomposed()
	if !ok {
		return nil
	}
	q.line("F_perm", share, "1", label)
	q.retained(q.m.Horizon.Value, share, "")
	kg := float64(float64(q.r.Char.DryMass.Kilograms()*carbon) * share)
	change, err := measure.CarbonOf(kg)
	if err != nil {
		return err
	}
	q.line("dBC_mineral", change.Kilograms()/1000, "t", q.label())
	k := q.factor("co2_per_carbon")
	stored, err := measure.CO2eOf(float64(kg * k))
	if err != nil {
		return err
	}
	s := spread{r: q.r, carbon: carbon, durable: share, k: k, noRatio: true, fixedCarbon: fixed}
	if t := q.r.Production.Temperature; t != nil {
		s.model = float64(share * q.factor("spread_"+temperatureClass(*t)))
	}
	return q.crossCheck("GHG_bc", stored, s)
}
