package formulas

import (
	"math"

	"github.com/nielu/nielu/pipeline/balance"
)

func htl() []Formula {
	return []Formula{
		{
			Name: "htl-mca", About: "products of hydrothermal liquefaction that the additivity model expects",
			Equation: "biocrude = (0.846 l + 0.445 p + 0.205 c) m      hydrochar = 0.377 c m\ndissolved = (0.154 l + 0.481 p) m      gas = (0.074 p + 0.418 c) m\nw_C,biocrude = (68.55 - 8.37 AOSc)/100      AOSc = (3 N/14 + 2 O/16 - H)/(C/12)",
			Source:   "Leow et al. 2015, Li et al. 2018, as in QSD-Group/EXPOsan, exposan/htl/_sanunits.py",
			Valid:    "carbon goes with dry biocrude; aqueous carbon is a difference and called so",
			Vectors:  []string{"htl_mca_small"},
			compute:  htlMCA,
		},
		{
			Name: "htl-split", About: "split of a pilot's dry feed",
			Equation: "char = 1 - biocrude - aqueous - gas",
			Source:   "pilot in QSD-Group/EXPOsan, exposan/biobinder/_process_settings.py",
			Valid:    "char is found by difference unless it is given",
			Vectors:  []string{"htl_pilot_split"},
			compute:  htlSplit,
		},
		{
			Name: "htl-closure", About: "yield, carbon closure and energy recovery of hydrothermal liquefaction",
			Equation: "Y_daf = m_bc (1 - A_bc) / (m_f (1 - A_f))      R_C = m_bc w_bc / (m_f w_f)\nK_C = (C_bc + C_solids + C_gas + C_aq) / C_feed      ER = m_bc HHV_bc / (m_f HHV_f)",
			Source:   "definition",
			Valid:    "masses dry; energy from outside is not in ER",
			Vectors:  []string{"htl_closure_er"},
			compute:  htlClosure,
		},
	}
}

func htlMCA(in *Input, out *Result) {
	s := balance.Slurry{
		Dry: in.Positive("dry_kg", "kg"), Protein: in.Share("protein"), Lipid: in.Share("lipid"), Carbohydrate: in.Share("carbohydrate"), Ash: in.Rest("ash"),
		Carbon: in.Between("C", "1", 0, 1), Hydrogen: in.Share("H"), Nitrogen: in.Share("N"), Oxygen: in.Share("O"), BiocrudeMoisture: in.Rest("biocrude_moisture"),
	}
	if !in.Complete() {
		return
	}
	if sum := s.Protein + s.Lipid + s.Carbohydrate + s.Ash; sum < 0.98 || sum > 1.02 {
		out.Remark("protein, lipid, carbohydrate and ash add up to %v; they are taken as they are", sum)
	}
	r := s.Additivity()
	m, l, p, c := s.Dry, s.Lipid, s.Protein, s.Carbohydrate
	out.Number("biocrude_kg", "kg", r.Biocrude, "(0.846 l + 0.445 p + 0.205 c) m", "(0.846 · %v + 0.445 · %v + 0.205 · %v) · %v kg", l, p, c, m)
	out.Number("hydrochar_kg", "kg", r.Hydrochar, "0.377 c m", "0.377 · %v · %v kg", c, m)
	out.Number("aqueous_dissolved_kg", "kg", r.Aqueous, "(0.154 l + 0.481 p) m", "(0.154 · %v + 0.481 · %v) · %v kg", l, p, m)
	out.Number("gas_kg", "kg", r.Gas, "(0.074 p + 0.418 c) m", "(0.074 · %v + 0.418 · %v) · %v kg", p, c, m)
	out.Number("sum_kg", "kg", r.Biocrude+r.Hydrochar+r.Aqueous+r.Gas, "Σ products", "%s kg", sumOf([]float64{r.Biocrude, r.Hydrochar, r.Aqueous, r.Gas}))
	out.Number("feed_daf_kg", "kg", r.DryAshFree, "m (1 - A)", "%v kg · (1 - %v)", m, s.Ash)
	out.Number("biocrude_yield_daf", "1", r.Biocrude/r.DryAshFree, "biocrude / feed_daf", "%v kg / %v kg", r.Biocrude, r.DryAshFree)
	out.Number("AOSc", "1", r.OxidationState, "(3 N/14 + 2 O/16 - H)/(C/12)", "(3 · %v/14 + 2 · %v/16 - %v)/(%v/12)", s.Nitrogen, s.Oxygen, s.Hydrogen, s.Carbon)
	out.Number("biocrude_C_fraction", "1", r.BiocrudeCarbonShare, "(68.55 - 8.37 AOSc)/100", "(68.55 - 8.37 · %v)/100", r.OxidationState)
	out.Number("C_feed_kg", "kg", r.FeedCarbon, "m C", "%v kg · %v", m, s.Carbon)
	out.Number("C_biocrude_kg", "kg", r.BiocrudeCarbon, "biocrude, dry · w_C", "%v kg · %v", r.Biocrude, r.BiocrudeCarbonShare)
	out.Number("C_hydrochar_kg", "kg", r.HydrocharCarbon, "hydrochar · min(1.75 c, 0.65)", "%v kg · %v", r.Hydrochar, r.HydrocharCarbonShare)
	out.Number("C_gas_kg", "kg", r.GasCarbon, "gas · 12/44", "%v kg · 12/44", r.Gas)
	out.Number("C_aqueous_by_difference_kg", "kg", r.AqueousCarbonByDifference, "C_feed - C_biocrude - C_hydrochar - C_gas", "%v kg - %v kg - %v kg - %v kg", r.FeedCarbon, r.BiocrudeCarbon, r.HydrocharCarbon, r.GasCarbon)
	if r.AqueousCarbonByDifference < 0 {
		out.Remark("less than no carbon is left for the aqueous phase: the model does not fit this feed")
	}
	e := s.Exact()
	out.Number("AOSc_exact", "1", e.OxidationState, "(3 N/14.007 + 2 O/15.999 - H/1.008)/(C/12.011)", "(3 · %v/14.007 + 2 · %v/15.999 - %v/1.008)/(%v/12.011)", s.Nitrogen, s.Oxygen, s.Hydrogen, s.Carbon)
	out.Number("biocrude_C_fraction_exact", "1", e.BiocrudeCarbonShare, "(68.55 - 8.37 AOSc)/100, of exact masses", "(68.55 - 8.37 · %v)/100", e.OxidationState)
	out.Number("C_aqueous_exact_kg", "kg", e.AqueousCarbonByDifference, "C_feed - C_biocrude - C_hydrochar - C_gas, of exact masses", "%v kg - %v kg - %v kg - %v kg", e.FeedCarbon, e.BiocrudeCarbon, e.HydrocharCarbon, e.GasCarbon)
	out.Remark("the model is published with masses of 12, 14, 16 and 1; with exact ones the aqueous phase holds %v kg of carbon: take that where it is compared with an analysis", e.AqueousCarbonByDifference)
	out.Number("C_recovery_biocrude", "1", r.BiocrudeCarbon/r.FeedCarbon, "C_biocrude / C_feed", "%v kg / %v kg", r.BiocrudeCarbon, r.FeedCarbon)
	out.Number("wet_biocrude_kg", "kg", r.WetBiocrude, "biocrude / (1 - M)", "%v kg / (1 - %v)", r.Biocrude, s.BiocrudeMoisture)
}

func htlSplit(in *Input, out *Result) {
	feed, biocrude, aqueous, gas := in.AtLeastZero("dry_feed_kg_h", "kg/h"), in.Share("biocrude"), in.Share("aqueous"), in.Share("gas")
	char := in.NumberOr("char", "1", math.NaN())
	if !in.Complete() {
		return
	}
	if math.IsNaN(char) {
		char = 1 - biocrude - aqueous - gas
		out.Number("char", "1", char, "1 - biocrude - aqueous - gas, by difference", "1 - %v - %v - %v", biocrude, aqueous, gas)
		if char < 0 {
			out.Remark("the products given are already more than the feed")
		}
	} else {
		out.Number("char", "1", char, "as given", "%v", char)
	}
	out.Number("sum", "1", biocrude+aqueous+gas+char, "biocrude + aqueous + gas + char", "%v + %v + %v + %v", biocrude, aqueous, gas, char)
	for _, n := range []Named{{"biocrude", biocrude}, {"aqueous", aqueous}, {"gas", gas}, {"char", char}} {
		out.Number(n.Name+"_kg_h", "kg/h", float64(feed*n.Value), "feed · "+n.Name, "%v kg/h · %v", feed, n.Value)
	}
}

func htlClosure(in *Input, out *Result) {
	feed, ash, feedC, feedHHV := in.Positive("feed_dry_kg_h", "kg/h"), in.Rest("feed_ash"), in.Share("feed_C"), in.Positive("feed_HHV", "MJ/kg")
	bc, bcAsh, bcC, bcHHV := in.AtLeastZero("biocrude_dry_kg_h", "kg/h"), in.Share("bc_ash"), in.Share("bc_C"), in.AtLeastZero("bc_HHV", "MJ/kg")
	solids, solidsC, co2 := in.AtLeastZero("solids_kg_h", "kg/h"), in.Share("solids_C"), in.AtLeastZero("gas_CO2_kg_h", "kg/h")
	aq, tc, tn, feedN := in.AtLeastZero("aq_kg_h", "kg/h"), in.AtLeastZero("aq_TC_g_kg", "g/kg"), in.AtLeastZero("aq_TN_g_kg", "g/kg"), in.Share("feed_N")
	if !in.Complete() {
		return
	}
	cIn, cBc, cSol := float64(feed*feedC), float64(bc*bcC), float64(solids*solidsC)
	cGas, cAq := carbonOfCO2(co2), float64(aq*tc)/1000
	k, ok := balance.Budget{In: cIn, Out: cBc + cSol + cGas + cAq}.Closure()
	if !ok {
		k = math.NaN()
	}
	out.Number("biocrude_yield_daf", "1", balance.Yield(float64(bc*(1-bcAsh)), float64(feed*(1-ash))), "m_bc (1 - A_bc) / (m_f (1 - A_f))", "%v kg/h · (1 - %v) / (%v kg/h · (1 - %v))", bc, bcAsh, feed, ash)
	out.Number("C_in", "kg/h", cIn, "m_f w_f", "%v kg/h · %v", feed, feedC)
	out.Number("C_bc", "kg/h", cBc, "m_bc w_bc", "%v kg/h · %v", bc, bcC)
	out.Number("C_sol", "kg/h", cSol, "m_s w_s", "%v kg/h · %v", solids, solidsC)
	out.Number("C_gas", "kg/h", cGas, "m_CO2 12.011/44.009", "%v kg/h · 12.011/44.009", co2)
	out.Number("C_aq", "kg/h", cAq, "m_aq TC", "%v kg/h · %v g/kg", aq, tc)
	out.Number("C_closure", "1", k, "Σ C_out / C_in", "(%v + %v + %v + %v) kg/h / %v kg/h", cBc, cSol, cGas, cAq, cIn)
	out.Number("carbon_recovery", "1", balance.Yield(cBc, cIn), "C_bc / C_in", "%v kg/h / %v kg/h", cBc, cIn)
	out.Number("ER", "1", balance.Yield(float64(bc*bcHHV), float64(feed*feedHHV)), "m_bc HHV_bc / (m_f HHV_f)", "%v kg/h · %v MJ/kg / (%v kg/h · %v MJ/kg)", bc, bcHHV, feed, feedHHV)
	out.Number("N_aq_fraction", "1", balance.Yield(float64(aq*(tn/1000)), float64(feed*feedN)), "m_aq TN / (m_f N_f)", "%v kg/h · %v g/kg / (%v kg/h · %v)", aq, tn, feed, feedN)
}
