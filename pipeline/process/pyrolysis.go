package process

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

// Limits of a pyrolysis report. All are defaults of the project but
// the factor of 1.96 for 95 % and the error of Channiwala & Parikh.
const (
	yieldTolerance = 0.05  // of the sum of all yields beside 1
	coverageFactor = 1.96  // of a difference of ash, in standard uncertainties
	hhvScatter     = 0.029 // of a heating value from elements: 2 · 1.45 %, twice its mean absolute error
)

// usual is a range that is usual for slow pyrolysis, in % of dry feed.
//
// Source: UK Biochar Research Centre, working paper 5. Liquid
// means with the water of reaction. Char varies by about 5 % of itself.
type usual struct{ low, high float64 }

var (
	usualChar   = usual{25, 35}
	usualLiquid = usual{20, 50}
	usualGas    = usual{20, 50}
)

func (u usual) flag(i *Indicator) {
	if i.Value != nil && (*i.Value < u.low || *i.Value > u.high) {
		i.flag(fmt.Sprintf("outside the %g to %g %% that are usual for slow pyrolysis", u.low, u.high))
	}
}

const (
	sourceBases  = "definition"
	sourceFuel   = "Channiwala & Parikh 2002, Fuel 81:1051, mean absolute error 1.45 %"
	sourceEnergy = "definition"
	basisAr      = "as received, of feed as received"
	basisDry     = "dry, of dry feed"
	basisDaf     = "dry and ash-free, of dry and ash-free feed"
	basisCarbon  = "carbon, of carbon of the feed"
	withoutInert = "; gas without N2 and Ar"
)

// kiln is a pyrolysis over a period.
type kiln struct {
	*indicatorSet
	feed, char, liquid, gas, flue roleStream
	fumes                         gasTally
}

func (r *indicatorSet) pyrolysis() {
	k := kiln{
		indicatorSet: r, feed: r.stream(flowsheet.RoleFeed), char: r.stream(flowsheet.RoleChar), liquid: r.stream(flowsheet.RoleLiquid),
		gas: r.stream(flowsheet.RoleGas), flue: r.stream(flowsheet.RoleFlueGas),
	}
	k.fumes = k.gas.gasAnalysis()
	k.yields()
	k.carbon()
	k.ash()
	k.gasSum()
	k.heatingValues()
	k.energy()
	r.uniform()
}

// yields reports product over feed on three bases.
//
//	Y_k = m_k / m_feed      Y_daf = m_k (1 - A_k) / (m_feed (1 - A_feed))
//
// The product is what was made: what left and what more is in the hopper. The
// gas counts without N2 and Ar, which a purge brings.
//
// Source: definition, see [balance.Yield].
func (k *kiln) yields() {
	feed := k.feed.boundaryFlow(material.WetMass)
	dry := k.feed.boundaryFlow(material.DryMass)
	free := k.fumes.estimate(k.gas, k.fumes.free, "mass without N2 and Ar")
	put := func(name, about, basis string, f estimate) *Indicator {
		return k.put(Indicator{Name: name, About: about, Unit: "%", Basis: basis, Source: sourceBases}, f)
	}
	put("Y_char_ar", "yield of char as it leaves, quench water included", basisAr, k.char.production(material.WetMass).over(feed))
	put("Y_liquid_ar", "yield of condensate as it leaves", basisAr, k.liquid.production(material.WetMass).over(feed))
	put("Y_gas_ar", "yield of permanent gas", basisAr+withoutInert, free.over(feed))

	weighed := k.feed.productionWithU(material.DryMass)
	char, liquid, gas := k.char.productionWithU(material.DryMass).over(weighed), k.liquid.productionWithU(material.DryMass).over(weighed), free.over(dry)
	usualChar.flag(put("Y_char_dry", "yield of char", basisDry, char))
	if i := put("Y_liquid_dry", "yield of condensate without its water", basisDry, liquid); i.Value != nil && *i.Value > usualLiquid.high {
		usualLiquid.flag(i)
	}
	usualGas.flag(put("Y_gas_dry", "yield of permanent gas", basisDry+withoutInert, gas))
	whole := k.withReactionWater().over(dry)
	if m := k.liquid.material(); m.Moisture == nil && m.DrySolids == nil {
		whole = liquid // nobody tells its water: it counts as it is
	}
	usualLiquid.flag(put("Y_liquid_reaction", "yield of condensate with the water of reaction; that water by difference: what came in less what the char holds", basisDry, whole))

	ashFree := func(f roleStream) estimate { return f.production(material.DryMass).minus(f.production(material.Ash)) }
	feedFree := k.feed.boundaryFlow(material.DryMass).minus(k.feed.boundaryFlow(material.Ash))
	put("Y_char_daf", "yield of char", basisDaf, ashFree(k.char).over(feedFree))
	put("Y_liquid_daf", "yield of condensate without its water", basisDaf, ashFree(k.liquid).over(feedFree))
	put("Y_gas_daf", "yield of permanent gas", basisDaf+withoutInert, free.over(feedFree))

	added := char.plus(whole).plus(gas)
	added.u = nil // the feed is in all of them
	sum := put("Y_sum_dry", "Y_char_dry, Y_liquid_reaction and Y_gas_dry added up; raw", basisDry+withoutInert, added)
	if sum.Value != nil && !balance.YieldsAddUp(*sum.Value/100, yieldTolerance) {
		sum.flag(fmt.Sprintf("beside 100 ± %g %%: do not use these yields before the cause is found", 100*yieldTolerance))
	}
	mass := put("K_m", "closure of mass over all streams of the boundary; raw", "as received", k.closure(material.WetMass))
	mass.Source = sourceBases
}

// withReactionWater returns the condensate with the water that the reaction
// made: all of it but the water that came in and is not in the char.
func (k *kiln) withReactionWater() estimate {
	in := estimate{}
	for _, s := range k.plant.Streams {
		if s.From == flowsheet.Environment && s.Phase != flowsheet.Gas {
			in = in.plus(roleStream{r: k.indicatorSet, s: s, role: s.ID, ok: true}.boundaryFlow(material.Water))
		}
	}
	return k.liquid.production(material.WetMass).minus(in.minus(k.char.production(material.Water)))
}

// carbon reports where the carbon of the feed went.
//
//	C_k = m_k w_C,k / (m_feed w_C,feed)      C_sum = Σ C_k
//
// If a flue gas is measured, gas and condensate were burnt in it: it stands in
// the sum in their place, and they are shown beside it and not added. Only
// where the flowsheet shows the gas ending within the plant and the condensate
// leaving it was the gas burnt alone; then the condensate is added.
//
// Source: definition; [balance.Gas] for the carbon of a gas.
func (k *kiln) carbon() {
	feed := k.feed.productionWithU(material.Carbon)
	share := func(name, about string, f roleStream) estimate {
		v := f.productionWithU(material.Carbon)
		k.put(Indicator{Name: name, About: about, Unit: "%", Basis: basisCarbon, Source: sourceBases}, v.over(feed))
		return v
	}
	char := share("C_char", "carbon yield of char", k.char)
	liquid := share("C_liquid", "carbon to condensate", k.liquid)
	gas := share("C_gas", "carbon to permanent gas, from its analysis as reported", k.gas)
	normal := k.fumes.estimate(k.gas, k.fumes.normalised, "carbon")
	if k.fumes.rest {
		normal = noFigure("the rest of the gas analysis is taken as one species: there is nothing to normalise")
	}
	k.put(Indicator{Name: "C_gas_normalised", About: "carbon to permanent gas, its analysis made to add up to 100 %; not in any sum", Unit: "%", Basis: basisCarbon, Source: sourceBases}, normal.over(feed))
	about, sum := "C_char, C_liquid and C_gas added up; raw", char.plus(liquid).plus(gas)
	if k.flue.ok {
		flue := share("C_flue_gas", "carbon to flue gas, which is that of gas and condensate burnt", k.flue)
		about, sum = "C_char and C_flue_gas added up; gas and condensate are burnt and not counted again; raw", char.plus(flue)
		if k.gas.ok && k.gas.s.To != flowsheet.Environment && k.liquid.ok && k.liquid.s.To == flowsheet.Environment {
			about, sum = "C_char, C_liquid and C_flue_gas added up; the gas is burnt and not counted again; raw", sum.plus(liquid)
		}
	}
	i := k.put(Indicator{Name: "C_sum", About: about, Unit: "%", Basis: basisCarbon, Source: sourceBases}, sum.over(feed))
	switch {
	case i.Value == nil || !(*i.Value > 100):
	case i.U == nil:
		i.flag("more carbon came out than went in; no uncertainty is stated to tell whether it matters")
	case *i.Value-100 > 2**i.U:
		i.flag("more carbon came out than went in, beyond twice the uncertainty: do not use this run")
	}
}

// ash reports the ash tracer beside the weighed yield.
//
//	Y_char = A_feed / A_char      recovery = m_char A_char / (m_feed A_feed)      A of dry mass
//
// Source: definition, see [balance.AshRecovery]. Valid: no ash is lost and no sand comes in. A good
// carbon closure does not clear the flag.
func (k *kiln) ash() {
	in, out := k.feed.productionWithU(material.Ash), k.char.productionWithU(material.Ash)
	k.put(Indicator{Name: "Y_char_ash", About: "yield of char from ash as a tracer, A_feed/A_char; to be held beside Y_char_dry", Unit: "%", Basis: basisDry, Source: sourceBases},
		k.feed.share(material.Ash).over(k.char.share(material.Ash)))
	recovery := out.over(in)
	i := k.put(Indicator{Name: "R_ash", About: "share of the feed's ash that is found in the char", Unit: "%", Basis: "dry", Source: "definition; limits 85 to 115 % are a default of the project"}, recovery)
	if i.Value == nil {
		return
	}
	if _, flagged := balance.AshRecovery(in.value, 1, out.value, 1); flagged {
		i.flag("outside 85 to 115 %: above it sand, attrition or a bad ash sample; below it ash left with gas, oil or dust")
	}
	if lost := out.minus(in); lost.u != nil && math.Abs(lost.value) > float64(coverageFactor**lost.u) {
		i.flag(fmt.Sprintf("ash in and out differ by %s kg, more than 1.96 u = %s kg", short(lost.value), short(coverageFactor**lost.u)))
	}
}

// gasSum reports what the gas analysis adds up to, as it was reported.
//
// Nothing is normalised; beside 100 ± 2 %, a default of the project, it is flagged.
func (k *kiln) gasSum() {
	i := k.put(Indicator{Name: "gas_sum", About: "species of the gas analysis added up as reported, by volume of gas", Unit: "%", Basis: "dry gas", Source: sourceBases}, k.fumes.sum())
	if i.Value == nil {
		return
	}
	if k.fumes.rest {
		i.About += "; the rest is taken as " + k.fumes.of
	}
	if *i.Value > 100+balance.GasSumLimit || !k.fumes.rest && *i.Value < 100-balance.GasSumLimit {
		i.flag(fmt.Sprintf("beside 100 ± %g %%: minutes in which the analysis is off are not counted", balance.GasSumLimit))
	}
}

// heatingValues holds the heating value that follows from the elements of feed
// and char beside that of the laboratory.
func (k *kiln) heatingValues() {
	for _, f := range []roleStream{k.feed, k.char, k.liquid} {
		k.heatingValue(f)
	}
	wet := combine(func(v ...float64) float64 { return balance.LHVAsReceived(v[0], 1-v[1]/v[2]) }, k.feed.lhv(), k.feed.boundaryFlow(material.DryMass), k.feed.boundaryFlow(material.WetMass))
	k.put(Indicator{Name: "LHV_feed_ar", About: "lower heating value of the feed as received", Unit: "MJ/kg", Basis: "as received", Source: "thermodynamic identity"}, wet)
	k.put(Indicator{Name: "HHV_gas", About: "higher heating value of the gas, purge included", Unit: "MJ/m3{N}", Basis: "dry, 0 Cel and 101 325 Pa", Source: "heats of combustion at 25 Cel (CH4 confirmed, others unverified)"},
		k.fumes.perVolume(k.gas, k.fumes.hhv))
	k.put(Indicator{Name: "LHV_gas", About: "lower heating value of the gas, purge included", Unit: "MJ/m3{N}", Basis: "dry, 0 Cel and 101 325 Pa", Source: "heats of combustion at 25 Cel (CH4 confirmed, others unverified)"},
		k.fumes.perVolume(k.gas, k.fumes.lhv))
}

// heatingValue reports what a solid or liquid releases when it burns.
//
//	|HHV_elements - HHV_laboratory| ≤ 2 · 1.45 % · HHV_laboratory
//
// Source: Channiwala & Parikh 2002, Fuel 81:1051; twice its mean absolute error is ours.
func (r *indicatorSet) heatingValue(f roleStream) {
	hhv := f.share(material.Energy)
	fuel, note, why := f.analysis()
	elements := unknown(why)
	if !why.Given() {
		elements = estimate{value: fuel.ChanniwalaParikh()}
	}
	i := r.put(Indicator{Name: "HHV_" + f.role + "_elements", About: "higher heating value from carbon, hydrogen, oxygen, nitrogen and ash" + note, Unit: "MJ/kg", Basis: "dry", Source: sourceFuel}, elements)
	if i.Value != nil {
		if !fuel.InRange() {
			i.flag("the formula was not made for such a fuel")
		}
		if !hhv.why.Given() && math.Abs(*i.Value-hhv.value) > float64(hhvScatter*hhv.value) {
			i.flag(fmt.Sprintf("beside the laboratory's %s MJ/kg by more than 2 · 1.45 %%: one of the analyses is wrong", short(hhv.value)))
		}
	}
	r.put(Indicator{Name: "HHV_" + f.role, About: "higher heating value", Unit: "MJ/kg", Basis: "dry", Source: "the plant file or the laboratory"}, hhv)
	r.put(Indicator{Name: "LHV_" + f.role, About: "lower heating value", Unit: "MJ/kg", Basis: "dry", Source: "thermodynamic identity"}, f.lhv())
}

// analysis returns the elements of a stream in % of dry mass. What is left
// out, and what is a difference, is said in note.
func (f roleStream) analysis() (a balance.Analysis, note string, why material.Reason) {
	oxygen, byDifference := f.oxygen()
	c, h, n, ash := f.share(material.Carbon), f.share(material.Hydrogen), f.share(material.Nitrogen), f.share(material.Ash)
	if byDifference {
		note = "; oxygen by difference"
	}
	if f.ok && f.material().Nitrogen == nil {
		n, note = estimate{}, note+"; nitrogen is not given and left out"
	}
	for _, v := range []estimate{c, h, oxygen, n, ash} {
		if why = cmp.Or(why, v.why); why.Given() {
			return a, "", why
		}
	}
	return balance.Analysis{C: 100 * c.value, H: 100 * h.value, O: 100 * oxygen.value, N: 100 * n.value, Ash: 100 * ash.value}, note + "; sulphur left out", why
}

// lhv returns the lower heating value of dry matter, in MJ/kg.
func (f roleStream) lhv() estimate {
	return combine(func(v ...float64) float64 { return balance.LHVDry(v[0], 100*v[1]) }, f.share(material.Energy), f.share(material.Hydrogen))
}

// heat returns the lower heating value of all that was made, in MJ.
func (f roleStream) heat() estimate {
	return combine(func(v ...float64) float64 { return float64(v[0] * v[1]) }, f.production(material.DryMass), f.lhv())
}

// heatAsReceived returns the lower heating value of all that was made as it
// comes, in MJ: what its own water takes up to evaporate is not released.
//
//	Q = m LHV_ar      [MJ] = [kg] [MJ/kg], as received
//
// Source: thermodynamic identity, see [balance.LHVAsReceived].
func (f roleStream) heatAsReceived() estimate {
	return combine(func(v ...float64) float64 {
		if v[2] == 0 {
			return 0
		}
		return float64(v[2] * balance.LHVAsReceived(v[1], 1-v[0]/v[2]))
	}, f.production(material.DryMass), f.lhv(), f.production(material.WetMass))
}

// energy reports what became of the energy of the feed.
//
//	char energy yield = m_c LHV_c / (m_f LHV_f)      cold gas efficiency = V LHV_gas / (m_f LHV_f)
//	system = (char + gas + oil + heat + electricity) / (feed + electricity + fuel)
//
// Heat and electricity stand in columns of their own; a tonne of heat is no
// tonne of char.
//
// Source: definition, see [balance.Yield].
func (k *kiln) energy() {
	put := func(name, about, basis string, f estimate) *Indicator {
		return k.put(Indicator{Name: name, About: about, Unit: "%", Basis: basis, Source: sourceEnergy}, f)
	}
	const lower, higher = "LHV, of LHV of dry feed", "HHV, of HHV of dry feed"
	gasLHV, gasHHV := k.fumes.estimate(k.gas, k.fumes.lhv, "heating value"), k.fumes.estimate(k.gas, k.fumes.hhv, "heating value")
	feed, feedHHV := k.feed.heat(), k.feed.boundaryFlow(material.Energy)
	charHHV, liquidHHV := k.char.production(material.Energy), k.liquid.production(material.Energy)
	put("char_energy_yield", "energy of the feed that is in the char", lower, k.char.heat().over(feed))
	put("char_energy_yield_HHV", "energy of the feed that is in the char", higher, charHHV.over(feedHHV))
	put("cold_gas_efficiency", "energy of the feed that is in the cold gas", lower, gasLHV.over(feed))
	put("cold_gas_efficiency_HHV", "energy of the feed that is in the cold gas", higher, gasHHV.over(feedHHV))

	in, out := k.energyIn(), charHHV.plus(gasHHV).plus(liquidHHV)
	const all = "HHV; of all energy that came in with streams, heat and electricity"
	put("system_products", "energy of what came in that is in char, gas and condensate", all, out.over(in))
	heat, electricity := k.inflow(flowsheet.RoleHeat), k.inflow(flowsheet.RoleElectricity)
	put("system_heat", "of what came in, heat that is used", all, heat.over(in))
	put("system_electricity", "of what came in, electricity that leaves", all, electricity.over(in))
	system := out
	for _, v := range []estimate{heat, electricity} {
		if !v.why.Given() {
			system = system.plus(v)
		}
	}
	put("system_efficiency", "system_products, system_heat and system_electricity together, of which those that there are", all, system.over(in))
	put("energy_loss", "of what came in, heat and power that left without use, as measured or stated", all, k.loss().over(in))
	put("K_E", "closure of energy over the boundary; raw", "HHV", k.closure(material.Energy))
	demand := unknown(material.Unplanned("heat_demand"))
	if d := k.plant.HeatDemand; d != nil {
		demand = k.power(flowsheet.EnergyFlow{ID: "heat_demand", Power: d})
	}
	put("self_sufficiency", "energy of gas and condensate as they come, their water evaporated, over the heat that the process needs", "LHV as received, of heat", gasLHV.plus(k.liquid.heatAsReceived()).over(demand))
}

// energyIn returns all energy that came in, in MJ of higher heating value.
func (r *indicatorSet) energyIn() estimate {
	in := estimate{}
	for _, s := range r.plant.Streams {
		if s.From == flowsheet.Environment {
			in = in.plus(roleStream{r: r, s: s, role: s.ID, ok: true}.boundaryFlow(material.Energy))
		}
	}
	for _, e := range r.plant.Energy {
		if e.From == flowsheet.Environment {
			in = in.plus(r.power(e))
		}
	}
	return in
}

// inflow returns what the energy flow of a role took out of the plant, in MJ.
func (r *indicatorSet) inflow(role string) estimate {
	name := r.plant.Roles.Name(role)
	e, ok := r.plant.EnergyFlow(name)
	switch {
	case !ok:
		return noFigure("the plant has no energy flow " + name + "; name the one that is its " + role + " under roles in the plant file")
	case e.To != flowsheet.Environment:
		return noFigure("energy flow " + name + " brings none out of the plant; nothing to do if none leaves")
	}
	return r.power(e)
}

// loss returns heat and power that left and play no part, in MJ.
func (r *indicatorSet) loss() estimate {
	sum, named := estimate{}, false
	for _, e := range r.plant.Energy {
		if e.To == flowsheet.Environment && e.ID != r.plant.Roles.Name(flowsheet.RoleHeat) && e.ID != r.plant.Roles.Name(flowsheet.RoleElectricity) {
			sum, named = sum.plus(r.power(e)), true
		}
	}
	if !named {
		return unknown(material.Unplanned("energy flow that is lost"))
	}
	return sum
}

func (f estimate) minus(o estimate) estimate {
	o.value = -o.value
	return f.plus(o)
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) + " %" }
