package carbon

import (
	"fmt"
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/elementary"
)

// csink computes the Global Biochar C-Sink, 3.3.
//
//	gross       = M_BC · C_cont · CO2/C                     [t CO2e] = [t] · [1] · [1]
//	GPC, SPC    = gross · share of the class                geologically persistent, semi-persistent
//	CINK_H_SPC  = mean of SPC over H years, see Decay       [t CO2e]
//	MoS         = M_BC · 0.020                              [t CO2e], margin of safety
//	C_sink      = GPC - MoS - CO2 - N2O · GWP               [t CO2e]; methane is no part of it
//
//	class       H/Corg                    GPC    SPC
//	spc-only    above 0.40                 0     100 %
//	lower       at most 0.40              75 %    25 %
//	upper       at most 0.40, and inert   90 %    10 %
//
// Emissions are kept a gas: fossil CO2 and N2O are made up for with GPC only,
// methane with a temporary sink, CH4_temporary held 20 years or CH4_SPC of
// decaying carbon, and never with tonnes of GPC by its GWP. SPC is no part of
// the net: it is a temporary sink.
//
// Source: C-Sink 3.3, formulas and factors, as the method file labels them.
// Valid:  end uses of the matrix list. Soil temperature plays no part.
// Rounds: dry matter of a unit to whole percent; each amount once, half to even, to 1 mg.
// Uncertainty: first order, inputs independent; the class is taken as known.
func (q *quantification) csink() error {
	mass := q.unitMass()
	q.line("M_BC", mass.Kilograms()/1000, "t", q.m.EquationsBy)
	carbon, hasCarbon := q.organicCarbon("C_cont", "1", true)
	q.variant("C_cont is total less inorganic carbon")
	hc, _, hasHC := q.ratio(carbon, hasCarbon)
	q.useGates("a sink begins with its matrix: name it")
	q.proofs()
	q.consistent()
	q.mixed()
	q.processGas()
	q.sinkEvidence()

	gpc, class := 0.0, "spc-only"
	if hasHC {
		gpc, class = q.class(hc)
		q.line("class", map[string]float64{"spc-only": 1, "lower": 2, "upper": 3}[class], "{"+class+"}", q.m.Factors["hc_limit"].Label)
		q.retained(q.m.Horizon.Value, gpc, class)
	}
	if mass <= 0 {
		q.gate("batch.dry_mass: there is none in the sink; give the dry mass that was placed")
	}
	if !hasCarbon {
		q.closed = true
		return nil
	}
	k := q.factor("co2_per_carbon")
	gross, err := measure.CO2eOf(float64(float64(mass.Kilograms()*carbon) * k))
	if err != nil {
		return err
	}
	q.tonnes("gross", gross, q.m.Factors["co2_per_carbon"].Label)
	if err := q.gross(gross); err != nil {
		return err
	}
	persistent, semi, err := q.split(gross, gpc)
	if err != nil {
		return err
	}
	margin, err := measure.CO2eOf(float64(mass.Kilograms() * q.factor("margin_of_safety")))
	if err != nil {
		return err
	}
	q.tonnes("MoS", margin, q.m.Factors["margin_of_safety"].Label)
	d, err := q.emissions()
	if err != nil {
		return err
	}
	if err := q.methane(d.by["CH4"], semi); err != nil {
		return err
	}
	nitrous, err := measure.CO2eOf(float64(float64(d.by["N2O"])/1e6) * q.m.GWP.NitrousOxide)
	if err != nil {
		return err
	}
	q.tonnes("N2O_CO2e", nitrous, q.m.GWP.Label)
	deducted := plus(plus(max(0, margin), d.by["CO2"]), max(0, nitrous))
	q.fossil(d.by["CO2"], mass, carbon)
	if !hasHC {
		return nil
	}
	if class == "spc-only" {
		q.gate("batch.hydrogen: H/Corg of %.4g is above %.4g: there is no geologically persistent carbon, only a temporary sink", hc, q.m.Factors["hc_limit"].Value)
	}
	r := q.r
	r.Char.DryMass = mass
	return q.conclude("C_sink", persistent-deducted, spread{r: r, carbon: carbon, ratio: hc, durable: gpc, k: k, noRatio: true, deducted: deducted})
}

// class is the class of persistence, and the share that is persistent.
func (q *quantification) class(hc float64) (gpc float64, class string) {
	limit := q.factor("hc_limit")
	if q.chosen(0) == "csi-hc-below" && hc == limit || hc > limit {
		return 0, "spc-only"
	}
	if q.upper() {
		return q.factor("gpc_upper"), "upper"
	}
	return q.factor("gpc_lower"), "lower"
}

// upper tells whether the char is shown to be inert: by hydropyrolysis, or by
// its reflectance. Of reflectance the mean must be given; what else is given
// must pass. In an account to be certified all of it must be given.
func (q *quantification) upper() bool {
	if q.r.Analysis.HyPyCarbon != nil && *q.r.Analysis.HyPyCarbon >= q.m.Factors["hypy_limit"].Value {
		q.variant("upper class by hydropyrolysis")
		return true
	}
	if len(q.r.Petrography.Reflectance) == 0 {
		return false
	}
	mean, _ := MeanSD(q.r.Petrography.Reflectance)
	durable, _ := MeanSD(q.r.Petrography.DurableShares)
	f := q.m.Factors
	var unknown []string
	for _, c := range []struct {
		key          string
		given, meets bool
	}{
		{key: "random_reflectance", given: true, meets: mean >= f["reflectance_mean"].Value-1e-12},
		{key: "durable_shares", given: len(q.r.Petrography.DurableShares) > 0, meets: 1-durable <= f["reflectance_below"].Value+1e-12},
		{key: "reflectance_points", given: q.r.Petrography.Points > 0, meets: float64(q.r.Petrography.Points) >= f["reflectance_points"].Value},
		{key: "reflectance_heterogeneity", given: q.r.Petrography.Heterogeneity != nil, meets: deref(q.r.Petrography.Heterogeneity) <= f["reflectance_heterogeneity"].Value},
		{key: "reflectance_gaussian", given: q.r.Petrography.Gaussian, meets: true},
	} {
		switch {
		case c.given && !c.meets:
			q.note("batch.%s: does not reach the upper class; the lower one counts", c.key)
			return false
		case !c.given:
			unknown = append(unknown, "batch."+c.key)
		}
	}
	if len(unknown) > 0 {
		q.note("upper class: not shown: %v; at least 500 points of a Gaussian distribution, at most 3 %% of them below 2 %%, heterogeneity at most 8", unknown)
		if q.r.Certify {
			return false
		}
	}
	q.variant("upper class by reflectance")
	return true
}

// split is the persistent and the semi-persistent part, and what the latter
// stores on average.
func (q *quantification) split(gross measure.CO2e, gpc float64) (persistent, semi measure.CO2e, err error) {
	label := Weakest(q.m.Factors["co2_per_carbon"].Label, q.m.Factors["gpc_lower"].Label, q.m.EquationsBy)
	if persistent, err = measure.CO2eOf(float64(float64(gross) / 1e6 * gpc)); err != nil {
		return 0, 0, err
	}
	semi = gross - persistent
	q.tonnes("GPC", persistent, label)
	q.tonnes("SPC", semi, label)
	horizons := []float64{100}
	if h := deref(q.r.Sink.Horizon); h > 0 && h != 100 {
		horizons = append(horizons, h)
	}
	for _, h := range horizons {
		stored, err := measure.CO2eOf(float64(float64(semi) / 1e6 * q.decay().Mean(h)))
		if err != nil {
			return 0, 0, err
		}
		q.tonnes(fmt.Sprintf("CINK_%s_SPC", measure.FormatNumber(h)), stored, Weakest(label, q.m.Factors["spc_slow"].Label))
	}
	return persistent, semi, nil
}

// Decay is carbon that leaves in two pools.
//
//	f(y) = a exp(-α y) + b exp(-β y)      y in years
//
// The weights of C-Sink 3.3 add up to 1.0024; they are not made to add up to
// 1, but a mean is never more than 1.
//
// Source: Global Biochar C-Sink 3.3, formulas and factors, as the method file labels it.
type Decay struct{ FastShare, FastRate, SlowShare, SlowRate float64 }

func (q *quantification) decay() Decay {
	return Decay{FastShare: q.factor("spc_fast"), FastRate: q.factor("spc_fast_rate"), SlowShare: q.factor("spc_slow"), SlowRate: q.factor("spc_slow_rate")}
}

// Mean is the mean share over some years.
//
//	F = [a/α (1 - exp(-α H)) + b/β (1 - exp(-β H))]/H
//
// Source: Global Biochar C-Sink 3.3, formulas and factors, as the method file labels it.
func (d Decay) Mean(years float64) float64 {
	if !(years > 0) {
		return 0
	}
	fast := float64(d.FastShare / d.FastRate * (1 - elementary.Exp(float64(-d.FastRate*years))))
	slow := float64(d.SlowShare / d.SlowRate * (1 - elementary.Exp(float64(-d.SlowRate*years))))
	return max(0, min(1, (fast+slow)/years))
}

// methane states the temporary sinks that make up for methane.
func (q *quantification) methane(ch4, semi measure.CO2e) error {
	kg := float64(ch4) / 1e6
	held, err := measure.CO2eOf(float64(kg * q.m.Factors["methane_temporary"].Value))
	if err != nil {
		return err
	}
	decaying, err := measure.CO2eOf(float64(kg * q.m.Factors["methane_spc"].Value))
	if err != nil {
		return err
	}
	q.tonnes("CH4_temporary", held, q.m.Factors["methane_temporary"].Label)
	q.tonnes("CH4_SPC", decaying, q.m.Factors["methane_spc"].Label)
	switch {
	case ch4 == 0:
	case q.r.Production.MethaneCompensation == "":
		q.gate("batch.methane_compensation: not given; %s of CO2e held for 20 years, or %s of decaying carbon, within 5 to 20 years makes up for the methane", held, decaying)
	case q.r.Production.MethaneCompensation == "own-spc" && decaying > semi:
		q.gate("batch.methane_compensation: own-spc, but %s of decaying carbon is needed and the batch has %s: add another temporary sink", decaying, semi)
	default:
		q.variant("methane made up for by %s", q.r.Production.MethaneCompensation)
	}
	return nil
}

// fossil compares fossil emissions with the target of 2030, by both readings.
func (q *quantification) fossil(co2 measure.CO2e, mass measure.DryMass, carbon float64) {
	kg := mass.Kilograms()
	if !(kg > 0) {
		return
	}
	target := q.m.Factors["fossil_target"]
	toChar := float64(co2) / 1e6 / kg
	toCarbon := toChar / carbon
	q.line("fossil_per_biochar", float64(toChar*1000), "kg/t", target.Label)
	q.line("fossil_per_carbon", float64(toCarbon*1000), "kg/t", target.Label)
	if math.Max(toChar, toCarbon) >= target.Value {
		if made := q.r.Batch.Made.To; !made.IsZero() && made.Year() >= 2030 {
			q.gate("emissions: fossil CO2 of %.4g kg/t of biochar, %.4g kg/t of its carbon; from 2030 below %.4g", toChar*1000, toCarbon*1000, target.Value*1000)
		} else {
			q.note("emissions: fossil CO2 of %.4g kg/t of biochar, %.4g kg/t of its carbon; from 2030 below %.4g", toChar*1000, toCarbon*1000, target.Value*1000)
		}
	}
}

// unitMass is the mass in the sink: no more than the labels of its units add up to.
func (q *quantification) unitMass() measure.DryMass {
	if len(q.r.Char.Units) == 0 {
		q.remark("units: none given; each unit carries its own dry weight, from a dry matter in whole percent (section 9.2)")
		return q.r.Char.DryMass
	}
	var sum measure.DryMass
	for _, u := range q.r.Char.Units {
		if sum += UnitDryMass(u); sum < 0 {
			q.gate("units: more than can be accounted for")
			return 0
		}
		for _, fault := range unitFaults(u) {
			q.remark("units %q: asks for %s (section 9.2)", u.ID, fault)
		}
	}
	if sum < q.r.Char.DryMass {
		q.note("batch.dry_mass: %s, but the units' labels add up to %s, which counts", q.r.Char.DryMass, sum)
		return sum
	}
	return q.r.Char.DryMass
}

// sinkEvidence asks for what plant and site must show.
func (q *quantification) sinkEvidence() {
	limit := q.m.Factors["energy_use_limit"].Value
	switch use := q.r.Production.EnergyUse; {
	case use == nil:
		q.remark("batch.energy_use: not given; at least %s of the energy must be used (section 8.2)", percent(limit))
	case *use < limit:
		q.gate("batch.energy_use: %s is below %s (section 8.2)", percent(*use), percent(limit))
	}
	days := q.m.Factors["batch_days"]
	switch made := q.r.Batch.Made; {
	case made.From.IsZero():
		q.remark("batch.from: not given; a batch is of at most %.0f days (%s)", days.Value, days.Label)
	case made.Length().Hours() > 24*days.Value:
		q.gate("batch.to: the batch is of more than %.0f days (%s): divide it", days.Value, days.Label)
	}
}
