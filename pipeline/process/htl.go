package process

import (
	"cmp"
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

// A carbon closure of 90 to 110 % is typical of continuous plants.
//
// Source: common practice of continuous plants (unverified).
const htlLow, htlHigh = 90, 110

const (
	sourceHTL        = "definition"
	sourceAdditivity = "multi-component additivity: Leow 2015, Li 2018, as in EXPOsan; an expectation, never in a closure"
	sourceClaims     = "Verra VM0044 and its FAQ, which leave hydrothermal carbonisation out; Isometric bio-oil storage 1.2 for oil that is injected"
)

// reactor is a hydrothermal liquefaction over a period. Products are let down
// in batches, so everything is a total of the period: what left, and what more
// there is in the tanks.
type reactor struct {
	*indicatorSet
	feed, biocrude, aqueous, solids, gas roleStream
}

func (r *indicatorSet) htl() {
	x := reactor{
		indicatorSet: r, feed: r.stream(flowsheet.RoleFeed), biocrude: r.stream(flowsheet.RoleBiocrude),
		aqueous: r.stream(flowsheet.RoleAqueous), solids: r.stream(flowsheet.RoleSolids), gas: r.stream(flowsheet.RoleGas),
	}
	x.yields()
	x.recoveries()
	x.energy()
	x.recycle()
	x.heatingValue(x.feed)
	x.heatingValue(x.biocrude)
	x.additivity()
	x.hydrochar()
	x.claims()
	if len(r.plant.Uniform) > 0 {
		r.uniform()
	}
}

func (x *reactor) products() []roleStream {
	return []roleStream{x.biocrude, x.solids, x.aqueous, x.gas}
}

// yields reports product over feed.
//
//	Y_daf = m_k (1 - A_k) / (m_feed (1 - A_feed))
//
// Source: definition, see [balance.Yield].
func (x *reactor) yields() {
	put := func(name, about, basis string, f estimate) {
		x.put(Indicator{Name: name, About: about, Unit: "%", Basis: basis, Source: sourceHTL}, f)
	}
	dry := x.feed.productionWithU(material.DryMass)
	free := x.feed.boundaryFlow(material.DryMass).minus(x.feed.boundaryFlow(material.Ash))
	put("Y_biocrude_daf", "yield of biocrude without its water", basisDaf, x.biocrude.production(material.DryMass).minus(x.biocrude.production(material.Ash)).over(free))
	put("Y_biocrude_dry", "yield of biocrude without its water", basisDry, x.biocrude.productionWithU(material.DryMass).over(dry))
	put("Y_solids_dry", "yield of solids", basisDry, x.solids.productionWithU(material.DryMass).over(dry))
	put("Y_gas_dry", "yield of gas", basisDry, x.gas.production(material.DryMass).over(dry))
	put("K_m", "closure of mass over all streams of the boundary; raw", "as received", x.closure(material.WetMass))
}

// recoveries reports in which phase the carbon, nitrogen and phosphorus of the
// feed are found again, and what is found of them altogether.
//
//	R_k = m_k w_k / (m_feed w_feed)      K = Σ out / Σ in
//
// Source: definition, see [balance.Yield].
func (x *reactor) recoveries() {
	for _, e := range []struct {
		part   int
		symbol string
	}{{material.Carbon, "C"}, {material.Nitrogen, "N"}, {material.Phosphorus, "P"}} {
		name := material.ConstituentNames[e.part]
		in := x.feed.productionWithU(e.part)
		for _, f := range x.products() {
			about := name + " of the feed that is found in the " + phaseName(f.role)
			if f.s.Phase == flowsheet.Gas && e.part != material.Carbon {
				about += "; 0 as long as no species of its analysis holds any"
			}
			x.put(Indicator{Name: "R_" + e.symbol + "_" + f.role, About: about, Unit: "%", Basis: name + ", of " + name + " of the feed", Source: sourceHTL}, f.productionWithU(e.part).over(in))
		}
		i := x.put(Indicator{Name: "K_" + e.symbol, About: "closure of " + name + " over the boundary; raw", Unit: "%", Basis: name, Source: sourceHTL}, x.closure(e.part))
		if i.Value != nil && (*i.Value < htlLow || *i.Value > htlHigh) {
			i.flag(fmt.Sprintf("outside the %d to %d %% that are typical of continuous plants", htlLow, htlHigh))
		}
	}
}

func phaseName(role string) string {
	if role == flowsheet.RoleAqueous {
		return "aqueous phase"
	}
	return role
}

// energy reports what the biocrude holds of the energy of the feed, and apart
// from it what it holds of all energy that the plant was given.
//
//	ER = m_bc HHV_bc / (m_feed HHV_feed)      η = m_bc HHV_bc / (feed + heat + electricity)
//
// Source: definition; the two are kept apart.
func (x *reactor) energy() {
	biocrude := x.biocrude.production(material.Energy)
	put := func(name, about, basis string, f estimate) {
		x.put(Indicator{Name: name, About: about, Unit: "%", Basis: basis, Source: sourceHTL}, f)
	}
	put("ER", "energy recovery: energy of the feed that is in the biocrude; energy from outside is not in it", "HHV, of HHV of dry feed", x.biocrude.productionWithU(material.Energy).over(x.feed.productionWithU(material.Energy)))
	put("energy_out_over_in", "energy of biocrude over feed, heat and electricity together; not to be mixed up with ER", "HHV; of all energy that came in", biocrude.over(x.energyIn()))
	process := estimate{}
	for _, e := range x.plant.Energy {
		if e.From == flowsheet.Environment {
			process = process.plus(x.power(e))
		}
	}
	put("process_energy", "heat and electricity given, over the energy of the biocrude", "HHV of biocrude", process.over(biocrude))
	put("K_E", "closure of energy over the boundary; raw", "HHV", x.closure(material.Energy))
}

// recycle reports how much of the carbon of the aqueous phase goes back.
//
//	recycle = C_returned / C_aq
//
// C_aq is all aqueous carbon: the stream that leaves and, if the recycle does
// not branch off from behind it, the recycle as well.
//
// Source: definition.
func (x *reactor) recycle() {
	back := x.stream(flowsheet.RoleRecycle)
	of := x.aqueous.production(material.Carbon)
	if back.ok && x.aqueous.ok && x.aqueous.s.To != back.s.From {
		of = of.plus(back.boundaryFlow(material.Carbon))
	}
	x.put(Indicator{Name: "C_aqueous_recycle", About: "carbon of the aqueous phase that is returned to the feed", Unit: "%", Basis: "carbon, of carbon of the aqueous phase", Source: sourceHTL}, back.boundaryFlow(material.Carbon).over(of))
}

// additivity reports what the composition of the feed lets expect, to be held
// beside what was measured.
//
// Source: [balance.Slurry.Exact].
func (x *reactor) additivity() {
	sum, dry, free, why := x.expected()
	put := func(name, about, basis string, kg float64, of float64) {
		f := estimate{value: kg, why: why}
		x.put(Indicator{Name: name, About: about, Unit: "%", Basis: basis, Source: sourceAdditivity}, f.over(estimate{value: of, why: why}))
	}
	put("MCA_biocrude_daf", "expected yield of biocrude, beside Y_biocrude_daf", basisDaf, sum.Biocrude, free)
	put("MCA_biocrude_dry", "expected yield of biocrude, beside Y_biocrude_dry", basisDry, sum.Biocrude, dry)
	put("MCA_hydrochar_dry", "expected yield of hydrochar, beside Y_solids_dry less the ash of the feed", basisDry, sum.Hydrochar, dry)
	put("MCA_aqueous_dry", "expected matter dissolved in the aqueous phase", basisDry, sum.Aqueous, dry)
	put("MCA_gas_dry", "expected gas, as CO2; beside Y_gas_dry", basisDry, sum.Gas, dry)
}

// expected adds up the model lot by lot, each weighted with its dry feed.
func (x *reactor) expected() (sum balance.Liquefaction, dry, free float64, why material.Reason) {
	if !x.feed.ok {
		return sum, 0, 0, x.feed.absence()
	}
	for _, b := range x.lotWindows {
		t := b.Stream(x.feed.s)
		if t.Dry.Covered == 0 {
			return sum, 0, 0, cmp.Or(t.Dry.Why, noReadings).In("stream " + x.feed.s.ID + ": no dry mass: ")
		}
		s := balance.Slurry{Dry: t.Dry.Sum}
		for _, c := range []struct {
			name string
			to   *float64
		}{{"lipid", &s.Lipid}, {"protein", &s.Protein}, {"carbohydrate", &s.Carbohydrate}} {
			v := b.Resolve(&flowsheet.Value{Lab: x.feed.s.ID + "_" + c.name}, c.name, measure.One, measure.One)
			if v.Why.Given() {
				return sum, 0, 0, v.Why
			}
			*c.to = v.Fixed
		}
		if t.Constituents[material.Ash].Covered == 0 {
			return sum, 0, 0, cmp.Or(t.Constituents[material.Ash].Why, noReadings).In("stream " + x.feed.s.ID + ": no ash: ")
		}
		s.Ash = t.Constituents[material.Ash].Sum / t.Dry.Sum
		r := s.Exact()
		sum.Biocrude += r.Biocrude
		sum.Hydrochar += r.Hydrochar
		sum.Aqueous += r.Aqueous
		sum.Gas += r.Gas
		dry += s.Dry
		free += r.DryAshFree
	}
	return sum, dry, free, why
}

// hydrochar reports the carbon and H/C of the solids, which claim
// nothing.
func (x *reactor) hydrochar() {
	x.put(Indicator{Name: "m_C_solids", About: "carbon in the solids", Unit: "kg", Basis: "carbon", Source: sourceHTL}, x.solids.production(material.Carbon))
	ratio := combine(func(v ...float64) float64 {
		return v[0] / v[1] * (balance.Elements{C: 1}.MolarMass() / balance.Elements{H: 1}.MolarMass())
	}, x.solids.share(material.Hydrogen), x.solids.share(material.Carbon))
	i := x.put(Indicator{Name: "H_C_solids", About: "hydrogen over total carbon of the solids", Unit: "mol/mol", Basis: "dry; total carbon, not organic", Source: "definition; biochar is usually asked for below 0.7, as in Verra VM0044"}, ratio)
	if i.Value != nil && *i.Value >= 0.7 {
		i.flag("not below 0.7: no biochar by the usual threshold")
	}
}

// claims says of each product what may and what may not be claimed for it.
// Nothing is claimed here: no indicator of it has a value.
//
// Source: Verra VM0044 and its FAQ; Isometric bio-oil geological storage 1.2.
func (x *reactor) claims() {
	for _, c := range []struct {
		of    roleStream
		words func(use string) (measure.Ledger, string)
	}{{x.biocrude, claimOfBiocrude}, {x.solids, claimOfSolids}, {x.aqueous, claimOfAqueous}, {x.gas, claimOfGas}} {
		if !c.of.ok {
			continue
		}
		ledger, words := c.words(x.use())
		x.put(Indicator{Name: "claim_" + c.of.role, About: "what may be claimed for the " + phaseName(c.of.role), Unit: "kg{CO2e}", Source: sourceClaims, Claim: ledger.Amount(nil)}, noFigure(words))
	}
}

// use returns the end use that the lots name, if they name the same.
func (x *reactor) use() string {
	use := ""
	for i, b := range x.lotWindows {
		if i > 0 && b.Lot.Use.EndUse != use {
			return ""
		}
		use = b.Lot.Use.EndUse
	}
	return use
}

func claimOfBiocrude(use string) (measure.Ledger, string) {
	switch use {
	case "fuel":
		return measure.SubstitutionLedger, "burnt as fuel its carbon returns as CO2: never a removal. It may stand for fossil fuel that is not burnt; name the fuel and its factor in an account of substitution, nothing is claimed here"
	case "geological-storage":
		return measure.RemovalLedger, "a removal only under a protocol of storage that accepts biocrude of liquefaction: ask the registry, whose definition is of pyrolysis oil; nothing is claimed here"
	case "bitumen", "biobinder":
		return measure.NoLedger, "temporary storage in a product, a line of its own: no removal; nothing is claimed here"
	}
	return measure.NoLedger, "nothing is claimed: the lot names no end_use (fuel, geological-storage, bitumen or biobinder) in the lab file"
}

func claimOfSolids(string) (measure.Ledger, string) {
	return measure.NoLedger, "nothing is claimed: there is no methodology, VM0044 excludes hydrothermal carbonisation; carbon and H/C are reported, ask a registry before naming it biochar"
}

func claimOfAqueous(string) (measure.Ledger, string) {
	return measure.NoLedger, "nothing is claimed: its carbon returns; report the recycle and the treatment"
}

func claimOfGas(string) (measure.Ledger, string) {
	return measure.NoLedger, "nothing is claimed: its CO2 is a removal only if it is captured and stored, which no reading shows"
}
