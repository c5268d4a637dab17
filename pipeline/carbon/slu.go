package carbon

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/elementary"
)

// slu computes the power model BC100 of Azzi et al. 2024, a cross-check.
//
//	GHG_bc = CO2/C · M · C_org · F_perm                             [t CO2e]
//	F_perm = max(0, min(M - a (H/Corg)^c, 100))/100                 M, a and c by soil temperature
//	dF/d(H/C) = -a c (H/Corg)^(c-1)/100
//
// Source: doi:10.1016/j.geoderma.2023.116761, calculator of 2023-06-27, as the method file labels it.
// Valid:  0 to 30 Cel, rounded up to whole degrees; colder soil counts as 0. 100 years.
// Rounds: GHG_bc once, half to even, to 1 mg. Uncertainty: first order; the model's is not stated.
func (q *quantification) slu() error {
	q.onlyACrossCheck()
	q.consistent()
	org, hasOrg := q.organicCarbon("C_org", "1", true)
	hc, measured, hasHC := q.ratio(org, hasOrg)
	soil, hasSoil := q.soilTemperature()
	if !hasHC || !hasSoil {
		return nil
	}
	q.inData(hc)
	t := q.table("power")
	ts := math.Ceil(max(soil, t.Rows[0].Values[0]))
	i := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Values[0] == ts })
	if i < 0 {
		q.gate("sink.soil_temperature: %.4g Cel is above %.4g Cel, where the table ends", soil, t.Rows[len(t.Rows)-1].Values[0])
		return nil
	}
	if h := deref(q.r.Sink.Horizon); h > q.m.Horizon.Value {
		q.note("sink.horizon: the model says nothing beyond %.0f a", q.m.Horizon.Value)
	}
	m, a, c := t.Rows[i].Values[1], t.Rows[i].Values[2], t.Rows[i].Values[3]
	raw := m - float64(a*elementary.Power(hc, c))
	share, slope := max(0, min(raw, 100))/100, 0.0
	if raw > 0 && raw < 100 && hc > 0 {
		slope = -float64(float64(a*c)*elementary.Power(hc, c-1)) / 100
	}
	q.line("Ts", ts, "Cel", t.Label)
	q.line("F_perm", share, "1", q.label())
	q.retained(q.m.Horizon.Value, share, "")
	if !hasOrg {
		return nil
	}
	k := q.factor("co2_per_carbon")
	stored, err := measure.CO2eOf(float64(float64(float64(q.r.Char.DryMass.Kilograms()*org)*share) * k))
	if err != nil {
		return err
	}
	return q.crossCheck("GHG_bc", stored, spread{r: q.r, carbon: org, ratio: hc, durable: share, slope: slope, k: k, f: q.m.Factors["hc_molar"].Value, measured: measured})
}
