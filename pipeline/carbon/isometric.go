package carbon

import (
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/elementary"
)

// isometric computes Isometric's Biochar Production and Storage, protocol 1.3.
//
//	CO2e_Removal = CO2e_stored - CO2e_Counterfactual - CO2e_Emissions     [t CO2e]
//	CO2e_stored  = C_biochar · m · F_durable · CO2/C                      [t CO2e] = [1] · [t] · [1] · [1]
//	C_biochar    = C_total - C_inorganic                                  [1], of dry mass
//	F_durable_200  = min(0.95, 1 - [c + (a + b ln T) · H/Corg])           T in Cel, one decimal, at least 7
//	F_durable_1000 = see durable1000
//
// Source: protocol 1.3, section 8 and Eqs 1 to 6; storage in soil 1.3, Tables 2 and 4; as the method file labels them.
// Valid:  H/Corg below 0.5, O/Corg below 0.2; soil uses. Eq 3 is described as the 17th percentile
// of the distribution of Woolf et al. and does not reconcile with its mean: it is the standard's own.
// Rounds: T to 0.1 Cel; CO2e_stored and each emission once, half to even, to 1 mg.
// Uncertainty: first order, inputs independent.
func (q *quantification) isometric() error {
	h, hasHistory := q.fromSamples()
	if hasHistory {
		q.takeHistory(h)
	}
	org, hasOrg := q.organicCarbon("C_biochar", "1", false)
	hc, measured, hasHC := q.ratio(org, hasOrg)
	if limit := q.factor("hc_limit"); hasHC && hc >= limit {
		q.gate("batch.hydrogen: H/Corg of %.4g is not below %.4g (%s)", hc, limit, q.m.Factors["hc_limit"].Source)
	}
	q.oxygenGate(org, hasOrg)
	q.useGates("the application is what is credited: name it")
	if strings.HasPrefix(q.r.Sink.EndUse, "landfill") {
		q.gate("sink.end_use: burial asks for a permitted, lined landfill with proven low oxygen and 20 years of care (storage in low oxygen 1.1), which is not computed here; an old unlined landfill does not fit")
	}
	q.proofs()
	q.mixed()
	q.contaminants()
	q.monthly()
	q.processGas()
	q.stockpile()
	if q.r.Feed.Counterfactual == "" {
		q.ask("batch.counterfactual: not given; say what would have become of the feedstock, and enter what of its carbon would have stayed stored under CO2e_Counterfactual")
	}
	q.consistent()
	soil, hasSoil := q.isometricSoil()

	var durable, slope float64
	hasDurable := hasHC && hasSoil
	k, carbon := q.factor("co2_per_carbon"), org
	if hasDurable {
		durable, slope = q.durable200(hc, soil)
		q.line("F_durable_200", durable, "1", q.m.Factors["durable_a"].Label)
		if hc < q.factor("hc_limit") {
			q.retained(q.m.Horizon.Value, durable, "")
		}
	}
	long, reading, hasLong := q.durable1000()
	if hasLong {
		q.line("F_durable_1000", long, "1", "unverified")
	}
	millennium := deref(q.r.Sink.Horizon) >= 1000
	if millennium {
		durable, slope, hasDurable = long, 0, hasLong
		q.labels = append(q.labels, "unverified")
		q.remark("sink.horizon: the tier of 1000 years is not authoritative here: sources for its equation differ (%s); use the tier of 200 years", reading)
		if reading == "iso1000-blueprint" && q.r.Analysis.CarbonTotal != nil {
			carbon, k = *q.r.Analysis.CarbonTotal, q.factor("co2_per_carbon_1000")
		}
	}
	if q.r.Char.DryMass <= 0 {
		q.gate("batch.dry_mass: there is none in the sink; give the dry mass that was placed")
	}
	d, err := q.emissions()
	if err != nil {
		return err
	}
	q.tonnes("CO2e_Emissions", d.parts["CO2e_Emissions"], q.m.EquationsBy)
	if !hasOrg || !hasDurable {
		q.closed = true
		return nil
	}
	stored, err := measure.CO2eOf(float64(float64(float64(carbon*q.r.Char.DryMass.Kilograms())*durable) * k))
	if err != nil {
		return err
	}
	q.tonnes("CO2e_stored", stored, q.label())
	if err := q.gross(stored); err != nil {
		return err
	}
	net := stored - d.total
	buffer, err := measure.CO2eOf(float64(max(0, net).Tonnes()*q.m.Factors["buffer"].Value) * 1000)
	if err != nil {
		return err
	}
	q.tonnes("buffer", buffer, q.m.Factors["buffer"].Label)
	q.note("buffer: sources differ between 0 and %s; that much of the net is withheld at issuance, not deducted here: ask the registry", percent(q.m.Factors["buffer"].Value))
	return q.conclude("CO2e_Removal", net, spread{r: q.r, carbon: carbon, ratio: hc, durable: durable, slope: slope, k: k, f: q.m.Factors["hc_molar"].Value,
		measured: measured, noRatio: millennium, deducted: d.total, samples: h.n, sampleU: h.se})
}

// takeHistory puts what the samples say in place of the batch's figures; where
// both are given the cautious one stays.
func (q *quantification) takeHistory(h history) {
	zero := 0.0
	inorganic := h.total - h.carbon
	given := q.r.Analysis.CarbonTotal != nil && q.r.Analysis.CarbonInorganic != nil
	if q.r.Analysis.CarbonTotal == nil || given && *q.r.Analysis.CarbonTotal-*q.r.Analysis.CarbonInorganic > h.carbon {
		q.r.Analysis.CarbonTotal, q.r.Analysis.CarbonInorganic = &h.total, &inorganic
		if inorganic < 0 {
			q.r.Analysis.CarbonTotal, q.r.Analysis.CarbonInorganic = &h.carbon, &zero
		}
	}
	if h.hasHydrogen && (q.r.Analysis.Hydrogen == nil || *q.r.Analysis.Hydrogen < h.hydrogen) {
		q.r.Analysis.Hydrogen = &h.hydrogen
	} else if !h.hasHydrogen {
		q.gate("samples: not every sample that counts says its hydrogen; have it analysed")
	}
	if h.hasOxygen && (q.r.Analysis.Oxygen == nil || *q.r.Analysis.Oxygen < h.oxygen) {
		q.r.Analysis.Oxygen = &h.oxygen
	}
}

// oxygenGate is the limit of O/Corg. Of a measured and a given ratio the larger one counts.
func (q *quantification) oxygenGate(org float64, hasOrg bool) {
	oc, has, label := 0.0, false, "given"
	if q.r.Analysis.OCorg != nil {
		oc, has = *q.r.Analysis.OCorg, true
	}
	if q.r.Analysis.Oxygen != nil && hasOrg {
		if m := float64(*q.r.Analysis.Oxygen/org) * q.m.Factors["oc_molar"].Value; !has || m > oc {
			oc, has, label = m, true, q.m.Factors["oc_molar"].Label
		}
	}
	limit := q.m.Factors["oc_limit"]
	switch {
	case !has:
		q.gate("batch.oxygen: neither it nor o_corg is given; O/Corg must be below %.4g (%s)", limit.Value, limit.Source)
		return
	case !(oc >= 0 && oc < limit.Value):
		q.gate("batch.oxygen: O/Corg of %.4g is not below %.4g (%s)", oc, limit.Value, limit.Source)
	}
	q.line("O/Corg", oc, "1", label)
}

// isometricSoil is the soil temperature to one decimal, at least 7 Cel.
func (q *quantification) isometricSoil() (float64, bool) {
	t, ok := q.soilTemperature()
	if !ok {
		return 0, false
	}
	if q.r.Sink.SoilTemperatureFrom == "" {
		q.remark("sink.soil_temperature_from: not given; measured (at least 10 a month for a year) or dataset")
	}
	limit := q.m.Factors["soil_spread"].Value
	switch s := q.r.Sink.SoilTemperatureSpread; {
	case s == nil:
		q.remark("sink.soil_temperature_spread: not given; within a site it may be %.4g K: give it, or give the highest temperature and a spread of 0 K", limit)
	case *s > limit:
		q.gate("sink.soil_temperature_spread: %.4g K is more than %.4g K; divide the site, or give the highest temperature and a spread of 0 K", *s, limit)
	}
	low := q.factor("soil_low")
	rounded := math.RoundToEven(float64(t*10)) / 10
	if rounded < low {
		rounded = low
		q.variant("soil colder than %.4g Cel counts as %.4g Cel", low, low)
	}
	q.line("T_soil", rounded, "Cel", q.m.Factors["soil_low"].Label)
	return rounded, true
}

// durable200 is Eq 3, and its slope against H/Corg.
func (q *quantification) durable200(hc, soil float64) (durable, slope float64) {
	a, b, c, limit := q.factor("durable_a"), q.factor("durable_b"), q.factor("durable_c"), q.factor("cap")
	slope = -(a + float64(b*elementary.Log(soil)))
	raw := 1 - c + float64(slope*hc)
	if raw >= limit || raw <= 0 {
		return max(0, min(limit, raw)), 0
	}
	return raw, slope
}

// durable1000 is the share that lasts 1000 years, by the reading that is chosen.
//
//	iso1000-blueprint: F = s̄ - √(s̄ (1 - s̄)/n)      s: each sample's share of readings R0 ≥ 2 %, n ≥ 3 samples; of total carbon
//	iso1000-eq6:       F = min(0.95, max(0, R̄ - s_R) · max(0, C̄ - s_C))      R in %, C as a share
//
// Source: the registry's worked scheme; protocol 1.3, Eq 6, whose units do not
// agree: the reading is that of tested code. Neither is authoritative.
func (q *quantification) durable1000() (durable float64, reading string, ok bool) {
	asked := deref(q.r.Sink.Horizon) >= 1000
	if reading = "iso1000-blueprint"; slices.Contains(q.r.Variants, "iso1000-eq6") {
		reading = "iso1000-eq6"
	}
	if reading == "iso1000-blueprint" {
		if n := len(q.r.Petrography.DurableShares); n < 3 {
			if asked {
				q.gate("batch.durable_shares: %d given; the tier of 1000 years needs the share of readings of at least 2 %% in each of at least 3 samples", n)
			}
			return 0, reading, false
		}
		q.chosen(0)
		return Blueprint1000(q.r.Petrography.DurableShares), reading, true
	}
	mean, sd := MeanSD(q.r.Petrography.Reflectance)
	if q.r.Petrography.SD != nil {
		sd = max(sd, *q.r.Petrography.SD)
	}
	if len(q.r.Petrography.Reflectance) == 0 || len(q.r.Petrography.Reflectance) == 1 && q.r.Petrography.SD == nil || q.r.Analysis.NonreactiveCarbon == nil || q.r.Analysis.NonreactiveSD == nil {
		if asked {
			q.gate("batch.nonreactive_carbon: Eq 6 needs random_reflectance with random_reflectance_sd, nonreactive_carbon and nonreactive_carbon_sd")
		}
		return 0, reading, false
	}
	q.chosen(0)
	return Eq6(mean*100, sd*100, *q.r.Analysis.NonreactiveCarbon, *q.r.Analysis.NonreactiveSD, q.m.Factors["cap"].Value), reading, true
}

// Blueprint1000 is the binomial form of the share that lasts 1000 years, of
// the share of readings of at least 2 % in each sample.
func Blueprint1000(shares []float64) float64 {
	mean, _ := MeanSD(shares)
	mean = min(1, max(0, mean))
	return max(0, mean-math.Sqrt(float64(mean*(1-mean))/float64(max(len(shares), 1))))
}

// Eq6 is the product form of the share that lasts 1000 years. Each factor is
// held at 0 before the product: two negative ones would make a positive.
func Eq6(reflectance, reflectanceSD, nonreactive, nonreactiveSD, limit float64) float64 {
	return min(limit, float64(max(0, reflectance-reflectanceSD)*max(0, nonreactive-nonreactiveSD)))
}

// stockpile holds the feed to the time it may lie.
//
// Source: Isometric 1.3, feedstock: stockpiles of at most 12 months; secondary.
func (q *quantification) stockpile() {
	const most = 366 // d
	switch age := q.r.Feed.Stored; {
	case age == nil:
		q.ask("batch.feed_stored: not given; feed may lie in a pile for at most 12 months")
	case !(*age <= most):
		q.gate("batch.feed_stored: %.4g days are more than 12 months", *age)
	}
}

// contaminants holds the char to the limits of the soil module.
func (q *quantification) contaminants() {
	var unknown []string
	for _, row := range q.m.Tables["contaminants"].Rows {
		switch v, ok := q.r.Analysis.Contaminants[row.Name]; {
		case !ok:
			unknown = append(unknown, row.Name)
		case !(v <= row.Values[0]):
			q.gate("batch.contaminants.%s: %.4g g/t is above the limit of %.4g g/t (%s)", row.Name, v*1e6, row.Values[0]*1e6, q.m.Tables["contaminants"].Source)
		}
	}
	if len(unknown) > 0 {
		q.remark("batch.contaminants: not given: %s; one analysis at validation, and one after a change of feedstock, reactor or process", strings.Join(unknown, ", "))
	}
}
