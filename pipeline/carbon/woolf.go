package carbon

import (
	"math"

	"github.com/nielu/nielu/measure"
)

// woolf computes the permanence of Woolf et al. 2021, a cross-check.
//
//	GHG_bc = CO2/C · M · F_C · F_perm                  [t CO2e] = [1] · [t] · [1] · [1]
//	F_perm = max(0, min(1, c + m · H/Corg))            c and m by horizon and soil temperature
//	u_F    = s √(1 + 1/n + (x - x̄)²/S_xx)              one char, not the mean line
//
// In this order: measured F_C and H/Corg; F_C by feedstock and F_perm by class
// of production temperature; the class of low temperature. A first year of
// nitrous oxide that is not emitted is an avoided emission: it stands in a
// line of its own and is never added.
//
// Source: doi:10.1021/acs.est.1c02425, Eqs 5 and 6, Tables 2 and 3, as the method file labels them.
// Valid:  mineral soils of crop- and grassland, 0 to 30 Cel, pyrolysis from 350 Cel.
// Rounds: GHG_bc once, half to even, to 1 mg. Uncertainty: first order; the model's apart, as u_model.
func (q *quantification) woolf() error {
	q.onlyACrossCheck()
	horizon := q.m.Horizon.Value
	if h := deref(q.r.Sink.Horizon); h > 0 {
		horizon = h
	}
	q.consistent()
	class := woolfClass(q.r.Production.Temperature)
	carbon, fixed := q.woolfCarbon(class)
	soil, hasSoil := q.soilTemperature()
	if t := q.r.Production.Temperature; t != nil && *t < 350 {
		q.gate("batch.production_temperature: %.4g Cel is below 350 Cel, beyond which nothing is said", *t)
		hasSoil = false
	}
	var p permanence
	hc, measured, hasHC := 0.0, false, false
	if q.r.Analysis.HCorg != nil || q.r.Analysis.Hydrogen != nil && !fixed {
		hc, measured, hasHC = q.ratio(carbon, !fixed && carbon > 0)
	}
	if hasSoil && hasHC {
		q.inData(hc)
		for _, years := range []float64{100, 200} {
			if p, ok := q.regression(years, soil, hc); ok {
				q.retained(years, p.share, "")
			}
		}
		p, hasSoil = q.regression(horizon, soil, hc)
		q.labels = append(q.labels, q.m.Tables["regression"].Label)
	} else if hasSoil {
		q.variant("F_perm by class of production temperature")
		p, hasSoil = q.classPermanence(horizon, soil, class)
		if hasSoil {
			q.retained(p.horizon, p.share, "by class")
		}
	}
	if !hasSoil {
		q.note("sink: nothing is said of this soil temperature and horizon; 0 to 30 Cel, and 100, 200, 500 or 1000 a")
		return nil
	}
	q.line("horizon", p.horizon, "a", q.m.Horizon.Label)
	q.line("F_perm", p.share, "1", q.label())
	if carbon <= 0 {
		return nil
	}
	k := q.factor("co2_per_carbon")
	stored, err := measure.CO2eOf(float64(float64(float64(q.r.Char.DryMass.Kilograms()*carbon)*p.share) * k))
	if err != nil {
		return err
	}
	if err := q.avoidedN2O(carbon); err != nil {
		return err
	}
	return q.crossCheck("GHG_bc", stored, spread{r: q.r, carbon: carbon, ratio: hc, durable: p.share, slope: p.slope, k: k, f: q.m.Factors["hc_molar"].Value,
		measured: measured, fixedCarbon: fixed, noRatio: !hasHC, model: p.model})
}

type permanence struct{ horizon, share, slope, model float64 }

// regression evaluates Eq 5. Of the two rows around a soil temperature the one
// with less carbon counts, and of two horizons the longer.
func (q *quantification) regression(horizon, soil, hc float64) (permanence, bool) {
	var best permanence
	for _, row := range around(q.m.Tables["regression"].Rows, horizon, soil) {
		c, m, s, n, mean, sxx := row[2], row[3], row[4], row[5], row[6], row[7]
		raw := c + float64(m*hc)
		p := permanence{horizon: row[0], share: max(0, min(1, raw)), slope: m}
		if raw <= 0 || raw >= 1 {
			p.slope = 0
		}
		if n > 0 && sxx > 0 {
			p.model = float64(s * math.Sqrt(1+1/n+float64((hc-mean)*(hc-mean))/sxx))
		}
		if best.horizon == 0 || p.share < best.share {
			best = p
		}
	}
	return best, best.horizon > 0
}

func (q *quantification) classPermanence(horizon, soil float64, class int) (permanence, bool) {
	t := q.table("class_persistence")
	var best permanence
	for _, row := range around(t.Rows, horizon, soil) {
		if share := row[2+class]; best.horizon == 0 || share < best.share {
			best = permanence{horizon: row[0], share: share}
		}
	}
	return best, best.horizon > 0
}

// around returns the rows of the first horizon that is long enough, at the soil
// temperature or on both sides of it; a soil colder than the first row counts as that.
func around(rows []Row, horizon, soil float64) [][]float64 {
	at := 0.0
	var below, above []float64
	for _, row := range rows {
		v := row.Values
		if v[0] < horizon || at > 0 && v[0] != at {
			continue
		}
		at = v[0]
		if v[1] <= soil {
			below = v
		}
		if v[1] >= soil && above == nil {
			above = v
		}
	}
	switch {
	case above == nil:
		return nil
	case below == nil:
		return [][]float64{above}
	}
	return [][]float64{below, above}
}

// woolfClass is 0, 1 or 2 for char of low, medium and high temperature; an unknown one is low.
func woolfClass(t *float64) int {
	switch {
	case t == nil || *t < 450:
		return 0
	case *t < 600:
		return 1
	}
	return 2
}

// woolfCarbon is F_C: organic carbon as measured, else Table 2.
func (q *quantification) woolfCarbon(class int) (carbon float64, fixed bool) {
	if q.r.Analysis.CarbonTotal != nil || q.r.Analysis.OrganicCarbon != nil {
		carbon, _ = q.organicCarbon("F_C", "1", true)
		return carbon, false
	}
	t := q.table("carbon_content")
	row, ok := t.Named(q.r.Feed.Kind)
	if !ok {
		q.note("batch.carbon_total: not given, and Table 2 has no %q; have the laboratory measure it", q.r.Feed.Kind)
		return 0, true
	}
	carbon = row.Values[class]
	if q.r.Production.Carbonisation == "gasification" {
		carbon = row.Values[len(row.Values)-1]
	}
	q.line("F_C", carbon, "1", t.Label)
	q.variant("F_C of Table 2 for %s", q.r.Feed.Kind)
	return carbon, true
}

// inData flags a ratio outside the incubations.
func (q *quantification) inData(hc float64) {
	if low, high := q.m.Factors["hc_low"].Value, q.m.Factors["hc_high"].Value; hc < low || hc > high {
		q.note("batch.hydrogen: H/Corg of %.4g lies outside %.4g to %.4g, where the data end: an extrapolation", hc, low, high)
	}
}

// avoidedN2O is what the first year does not emit, an avoided emission.
//
//	A = 0.23 · N2O · GWP      [t CO2e] = [1] · [t] · [1]      above 10 t of carbon a hectare
//
// Source: Woolf et al. 2021, Eq 6, as the method file labels it.
func (q *quantification) avoidedN2O(carbon float64) error {
	if q.r.Sink.BaselineN2O == nil || q.r.Sink.ApplicationRate == nil {
		return nil
	}
	if rate := float64(*q.r.Sink.ApplicationRate * carbon); rate <= q.m.Factors["n2o_rate"].Value {
		q.note("sink.application_rate: %.4g t of carbon a hectare; nitrous oxide is less only above 10 t", rate*10)
		return nil
	}
	avoided, err := measure.CO2eOf(float64(float64(q.m.Factors["n2o_share"].Value**q.r.Sink.BaselineN2O) * q.m.GWP.NitrousOxide))
	if err != nil {
		return err
	}
	q.tonnes("N2O_avoided", avoided, Weakest(q.m.Factors["n2o_share"].Label, q.m.GWP.Label))
	q.note("N2O_avoided: an avoided emission; it is no part of what is stored and is never added to it")
	return nil
}
