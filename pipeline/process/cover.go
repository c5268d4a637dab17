package process

import (
	"cmp"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// oxidation reports what the cover oxidises, by the balance of two fluxes and
// by the ratio of the two gases, and the default beside them. It holds for the
// flux it was found at and is never carried to another.
//
// Source: [balance.OxidationByFlux], [balance.OxidationByRatio], [balance.Part98Oxidation].
func (r *indicatorSet) oxidation() {
	c := r.plant.Landfill.Cover
	if c == nil {
		c = &flowsheet.Cover{}
	}
	in, out := r.mean(c.FluxIn, "flux_in under cover", measure.GramPerSquareMetreDay), r.mean(c.FluxOut, "flux_out under cover", measure.GramPerSquareMetreDay)
	if !in.why.Given() && !(in.value > 0) {
		in = noFigure("the flux into the cover is not above 0: there is no share of it")
	}
	byFlux := estimate{why: cmp.Or(in.why, out.why)}
	r.putOxidation("e_flux", "methane that the cover oxidises, by the balance of two fluxes", "of the flux of this period", "definition", byFlux, func() balance.Oxidation { return balance.OxidationByFlux(in.value, out.value) })

	area := r.mean(c.Area, "area under cover", measure.SquareMetre)
	days := r.period.Length().Hours() / 24
	kg := combine(func(v ...float64) float64 { return float64((v[0]-v[1])*v[2]) * days / 1000 }, in, out, area)
	i := r.put(Indicator{Name: "F_oxidised", About: "methane oxidised in the cover; a benefit of avoiding, not part of ER_avoided and not added to stored carbon", Unit: "kg", Basis: "flux in less flux out, over the area", Source: "definition (" + sourceCover + ")"}, kg)
	if i.Value != nil && *i.Value < 0 {
		i.flag("negative: more methane leaves the cover than enters it")
	}

	ch4, co2, raw := r.amountOf(c.DepthCH4, "depth CH4 under cover", "CH4"), r.amountOf(c.DepthCO2, "depth CO2 under cover", "CO2"), r.rawGas()
	ratio := estimate{why: cmp.Or(ch4.why, co2.why, raw[0].why, raw[1].why)}
	switch {
	case ratio.why.Given():
	case !(raw[0].value > 0) || !(ch4.value+co2.value > 0) || ch4.value < 0 || co2.value < 0:
		ratio = noFigure("raw gas without CH4, or no CH4 and CO2 at depth: there is no ratio")
	}
	about := "methane oxidised on the way to the depth of the probe, by CO2 over CH4 there and in the raw gas"
	if c.DepthCH4 != nil && r.isFluxValue(c.DepthCH4) {
		about = "methane oxidised in the cover, by CO2 over CH4 in what leaves its surface and in the raw gas"
	}
	r.putOxidation("e_ratio", about, "of the flux of this period; without respiration of the soil, dissolution or growth", "method known, formula unverified ("+sourceCover+")", ratio, func() balance.Oxidation {
		_, o := balance.OxidationByRatio(raw[0].value, raw[1].value, ch4.value, co2.value)
		return o
	})
	r.part98(c, in)
}

// putOxidation reports an oxidation: within 0 to 100 %, and as it came out.
func (r *indicatorSet) putOxidation(name, about, basis, source string, known estimate, of func() balance.Oxidation) {
	o, clipped, raw := balance.Oxidation{}, known, known
	if !known.why.Given() {
		o = of()
		clipped.value, raw.value = 100*o.Efficiency, 100*o.Raw
	}
	flagOxidation(r.put(Indicator{Name: name, About: about + ", held within 0 to 100 %", Unit: "%", Basis: basis, Source: source}, clipped), o)
	flagOxidation(r.put(Indicator{Name: name + "_raw", About: about + ", as it came out", Unit: "%", Basis: basis, Source: source}, raw), o)
}

func flagOxidation(i *Indicator, o balance.Oxidation) {
	switch {
	case o.Negative:
		i.flag("negative as it came out: a cover makes no methane; look at the fluxes or at respiration and leaks")
	case o.Raw > 1:
		i.flag("more than 100 % as it came out")
	}
}

// amountOf returns a gas at depth as an amount: its mole share, or its flux
// out of the surface divided by the molar mass.
func (r *indicatorSet) amountOf(v *flowsheet.Value, what, species string) estimate {
	if v == nil || !r.isFluxValue(v) {
		return r.mean(v, what, measure.One)
	}
	s, _ := balance.SpeciesByName(species)
	return combine(func(v ...float64) float64 { return v[0] / s.MolarMass }, r.mean(v, what, measure.GramPerSquareMetreDay))
}

func (r *indicatorSet) isFluxValue(v *flowsheet.Value) bool {
	if v.Constant != nil {
		return v.Constant.Unit.Same(measure.GramPerSquareMetreDay)
	}
	plan, ok := r.plant.Tag(v.Tag)
	return ok && plan.Unit.Same(measure.GramPerSquareMetreDay)
}

// rawGas returns CH4 and CO2 of the gas as it comes from the wells.
func (r *indicatorSet) rawGas() [2]estimate {
	f := r.stream(flowsheet.RoleLandfillGas)
	var all [2]estimate
	for k, species := range []string{"CH4", "CO2"} {
		if !f.ok {
			all[k] = unknown(f.absence())
			continue
		}
		all[k] = unknown(material.Unplanned("such share").In("stream " + f.s.ID + ": no " + species + ": "))
		for _, c := range f.material().Composition {
			if c.Species == species && !c.Rest {
				all[k] = r.mean(c.Share, species+" of stream "+f.s.ID, measure.One)
			}
		}
	}
	return all
}

// part98 reports the default of the US rule.
func (r *indicatorSet) part98(c *flowsheet.Cover, in estimate) {
	share, why := balance.OxidationWithoutFlux, "no flux into the cover is known"
	switch {
	case c.Geomembrane:
		share, why = balance.OxidationUnderGeomembrane, "under a geomembrane"
	case !in.why.Given():
		share, why = balance.Part98Oxidation(in.value), "by the flux into the cover, "+short(in.value)+" g/(m2.d)"
	}
	r.put(Indicator{Name: "OX_part98", About: "default share of methane that a cover oxidises; to be held beside the measured ones", Unit: "%", Basis: why, Source: "40 CFR 98 Table HH-4"}, estimate{value: 100 * share})
}

// mean returns the mean of a value over the part of the period in which it is known.
func (r *indicatorSet) mean(v *flowsheet.Value, what string, unit measure.Unit) estimate {
	if v == nil {
		return unknown(material.Unplanned(what))
	}
	sum, weight, why := 0.0, 0.0, material.Reason{}
	for _, b := range r.lotWindows {
		s := b.Resolve(v, what, unit, unit)
		for i := range b.Minutes {
			k := b.At(s, i)
			if k.Why.Given() {
				why = cmp.Or(why, k.Why)
				continue
			}
			sum += float64(k.Value * k.Share)
			weight += k.Share
		}
	}
	switch {
	case weight == 0:
		return unknown(cmp.Or(why, material.NoFigure("nothing is known of %s", what)))
	case weight < float64(rollup.Enough*float64(r.minutes)):
		return unknown(cmp.Or(why, material.NoFigure("")).In(what + " is known for " + percent(100*weight/float64(r.minutes)) + " of the period: "))
	}
	return estimate{value: sum / weight}
}
