package formulas

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nielu/nielu/pipeline/balance"
)

func landfill() []Formula {
	return []Formula{
		{
			Name: "tool08-dry", About: "methane in a dry gas flow, option A",
			Equation: "F = V_db v ρ      ρ = P M / (R T)",
			Source:   "CDM TOOL08 v3, option A",
			Valid:    "V dry at 0 Cel and 101 325 Pa; the tool rounds the density to 0.716 kg/m3",
			Vectors:  []string{"tool08_option_a"},
			compute:  tool08,
		},
		{
			Name: "tool06-minute", About: "efficiency of an enclosed flare in one minute",
			Equation: "η = 1 - F_EG/F_RG      F_EG = V_EG fc_CH4 10⁻⁶      V_EG = Q_EG ρ_RG V_RG\nQ_EG = Q_CO2 + Q_O2 + Q_N2      Q_CO2 = 22.4 MF_C/AM_C      Q_O2 = 22.4 n_O2\nQ_N2 = 22.4 [MF_N/(2 AM_N) + (0.79/0.21)(F_O2 + n_O2)]\nn_O2 = v_O2/(1 - v_O2/0.21) [MF_C/AM_C + MF_N/(2 AM_N) + (0.79/0.21) F_O2]\nF_O2 = MF_C/AM_C + MF_H/(4 AM_H) - MF_O/(2 AM_O)",
			Source:   "CDM TOOL06 v2.0.0, EB 68 Annex 15; n_O2, F_O2 and atomic masses unverified",
			Valid:    "a minute without a flame has η = 0; v_O2 < 0.21",
			Vectors:  []string{"tool06_minute_small"},
			compute:  tool06,
		},
		{
			Name: "tool06-calculated-efficiency", About: "efficiency of a flare from two measurements in a year",
			Equation: "η = 1 - ½ Σ F_EG/F_RG",
			Source:   "CDM TOOL06 v2.0.0, EB 68 Annex 15",
			Valid:    "the half is 0.5 and not 1/2 of integers",
			Vectors:  []string{"tool06_two_measurements"},
			compute:  tool06Two,
		},
		{
			Name: "flare-year", About: "emission and destruction of a flare in a year",
			Equation: "PE = GWP Σ F (1 - η) 10⁻³      destroyed = Σ F η 10⁻³",
			Source:   "CDM TOOL06 v2.0.0, EB 68 Annex 15 (unverified)",
			Valid:    "an avoided emission: its own ledger",
			Vectors:  []string{"flare_year"},
			compute:  flareYear,
		},
		{
			Name: "acm0001", About: "what the destruction of landfill methane avoids",
			Equation: "BE = ((1 - OX) F - f F) GWP      F = V ρ",
			Source:   "CDM ACM0001 from v13 (unverified); examples of independentimpact.github.io recomputed",
			Valid:    "an avoided emission: its own ledger",
			Vectors:  []string{"acm0001_1", "acm0001_2"},
			compute:  acm0001,
		},
		{
			Name: "first-order-decay", About: "methane of one deposit by year, or of several by calendar year with a delay and what is recovered",
			Equation: "DDOCm = W DOC DOCf MCF      L_0 = DDOCm F 16/12\ndecomp_n = DDOCm e^(-k(n-1)) (1 - e^-k)      CH4 = decomp F 16/12      emission = CH4 (1 - OX)\nof deposits: decomp_0 = DDOCm (1 - e^(-k(13-M)/12)), the rest from the year after; emission = max(0, Σ CH4 - R) (1 - OX)",
			Source:   "IPCC 2006 vol. 5 ch. 3, CDM TOOL04 (both unverified)",
			Valid:    "one deposit: nothing recovered, years 5 if not given; deposits: M is the month in which decay begins, 13 (the first of the year after) if not given",
			Vectors:  []string{"fod_single_deposit"},
			compute:  firstOrderDecay,
		},
		{
			Name: "collection-efficiency", About: "mean gas collection of a landfill's areas",
			Equation: "CE = Σ A_i CE_i / Σ A_i",
			Source:   "40 CFR 98 Table HH-3",
			Vectors:  []string{"us_collection_efficiency"},
			compute:  collectionEfficiency,
		},
		{
			Name: "oxidation-fraction", About: "share of methane that a cover oxidises",
			Equation: "by flux in g/(m2.d): below 10 0.35, to 70 0.25, above 0.10; geomembrane 0; no flux 0.10",
			Source:   "40 CFR 98 Table HH-4",
			Valid:    "at least interim cover",
			Vectors:  []string{"us_oxidation_fraction"},
			compute:  oxidationFraction,
		},
		{
			Name: "biocover-ratio", About: "oxidation in a cover from CO2 and CH4 at a depth",
			Equation: "R = CO2_i/CH4_i      x = (CH4 R - CO2)/(1 + R)      e = x / CH4",
			Source:   "carbon balance of the gas in a cover, as Gebert et al. 2011, Waste Management 31:987 (formula unverified)",
			Valid:    "without respiration of the soil; a percentage holds for its flux only",
			Vectors:  []string{"biocover_ratio_1", "biocover_ratio_negative"},
			compute:  biocoverRatio,
		},
		{
			Name: "biocover-flux", About: "oxidation in a cover from two fluxes",
			Equation: "e = 1 - J_out/J_in      m = (J_in - J_out) A",
			Source:   "definition",
			Valid:    "a percentage holds for its flux only",
			Vectors:  []string{"biocover_flux"},
			compute:  biocoverFlux,
		},
	}
}

func tool08(in *Input, out *Result) {
	v, y := in.AtLeastZero("V_dry_Nm3_h", "m3{N}/h"), in.Share("y_CH4")
	if !in.Complete() {
		return
	}
	ch4, _ := balance.SpeciesByName("CH4")
	rounded := balance.Tool06V2().MethaneDensity
	out.Number("CH4_kg_h", "kg/h", balance.Gas(v, []balance.Share{{Species: ch4, Value: y}}).Mass, "V v ρ", "%v m3{N}/h · %v · %v kg/m3{N}", v, y, balance.Density(ch4.MolarMass))
	out.Number("CH4_kg_h_with_rho_0_716", "kg/h", float64(float64(v*y)*rounded), "V v 0.716", "%v m3{N}/h · %v · 0.716 kg/m3{N}", v, y)
}

func tool06(in *Input, out *Result) {
	v, gas := in.Positive("V_RG_Nm3_h", "m3{N}/h"), moleShares(in, "y")
	o2, ch4 := in.Share("O2_exhaust_dry"), in.AtLeastZero("CH4_exhaust_mg_Nm3", "mg/m3{N}")
	if !in.Complete() {
		return
	}
	sumRemark(out, gas)
	m, err := balance.Tool06V2().Minute(v/60, gas, o2, ch4)
	if err != nil {
		in.shared.faults = append(in.shared.faults, Fault{Text: err.Error()})
		return
	}
	out.Number("MM_kg_kmol", "kg/kmol", m.MolarMass, "Σ v_i MM_i", "%s", massTerms(gas))
	out.Number("rho_kg_m3", "kg/m3{N}", m.Density, "101325 / ((R_u/MM) 273.15)", "101325 Pa / ((8314.472 Pa.m3/(kmol.K) / %v kg/kmol) · 273.15 K)", m.MolarMass)
	out.Number("F_O2_kmol_kg", "kmol/kg", m.OxygenNeeded, "MF_C/AM_C + MF_H/(4 AM_H) - MF_O/(2 AM_O)", "%v kmol/kg + %v kmol/kg / 4 - %v kmol/kg / 2", m.Carbon, m.Hydrogen, m.Oxygen)
	out.Number("n_O2_kmol_kg", "kmol/kg", m.OxygenLeft, "v_O2/(1 - v_O2/0.21) [MF_C/AM_C + MF_N/(2 AM_N) + (0.79/0.21) F_O2]", "%v/(1 - %v/0.21) · [%v kmol/kg + %v kmol/kg / 2 + (0.79/0.21) · %v kmol/kg]", o2, o2, m.Carbon, m.Nitrogen, m.OxygenNeeded)
	out.Number("Q_EG_m3_kg", "m3{N}/kg", m.ExhaustPerGas, "Q_CO2 + Q_O2 + Q_N2", "22.4 m3/kmol · (%v + %v + [%v/2 + (0.79/0.21) · (%v + %v)]) kmol/kg", m.Carbon, m.OxygenLeft, m.Nitrogen, m.OxygenNeeded, m.OxygenLeft)
	out.Number("check_O2_dry", "1", m.CheckOxygen, "Q_O2 / Q_EG, the measured oxygen again", "22.4 m3/kmol · %v kmol/kg / %v m3{N}/kg", m.OxygenLeft, m.ExhaustPerGas)
	out.Number("V_EG_m3_min", "m3{N}/min", m.Exhaust, "Q_EG ρ V_RG", "%v m3{N}/kg · %v kg/m3{N} · %v m3{N}/min", m.ExhaustPerGas, m.Density, v/60)
	out.Number("F_EG_kg_min", "kg/min", m.MethaneOut, "V_EG fc 10⁻⁶", "%v m3{N}/min · %v mg/m3{N}", m.Exhaust, ch4)
	out.Number("F_RG_kg_min", "kg/min", m.MethaneIn, "V_RG v_CH4 0.716", "%v m3{N}/min · %v · 0.716 kg/m3{N}", v/60, m.MethaneIn/(v/60)/balance.Tool06V2().MethaneDensity)
	out.Number("eta", "1", m.Efficiency, "1 - F_EG/F_RG", "1 - %v kg/min / %v kg/min", m.MethaneOut, m.MethaneIn)
	if m.RawEfficiency < 0 {
		out.Remark("more methane leaves than comes (%v): check the instruments; counted as 0", m.RawEfficiency)
	}
}

// twiceMeasured returns the efficiency of a flare from the two measurements of a year.
//
//	η = 1 - ½ Σ F_EG,t / F_RG,t      [1]
//
// The half is 0.5: in a language with integer division 1/2 is 0 and every flare perfect.
//
// Source: CDM TOOL06 v2.0.0, EB 68 Annex 15. Valid: exactly two measurements.
func twiceMeasured(first, second float64) float64 { return 1 - float64(0.5*(first+second)) }

func tool06Two(in *Input, out *Result) {
	r := in.List("F_EG_over_F_RG", "1", 2)
	if len(r) > 2 {
		in.fault("F_EG_over_F_RG", "has %d values: the tool knows two measurements a year", len(r))
	}
	if !in.Complete() {
		return
	}
	out.Number("eta", "1", twiceMeasured(r[0], r[1]), "1 - ½ Σ F_EG/F_RG", "1 - 0.5 · (%v + %v)", r[0], r[1])
	const integerHalf = 0.0 // what 1/2 is among integers
	out.Number("wrong_eta_with_integer_division", "1", 1-float64(integerHalf*(r[0]+r[1])), "what 1/2 of integers makes of it", "1 - 0 · (%v + %v)", r[0], r[1])
}

func flareYear(in *Input, out *Result) {
	on, off, f := in.AtLeastZero("minutes_on", "min"), in.AtLeastZero("minutes_off", "min"), in.AtLeastZero("F_kg_min", "kg/min")
	etaOn, etaOff, gwp := in.Share("eta_on"), in.Share("eta_off"), in.Positive("GWP", "1")
	if !in.Complete() {
		return
	}
	pe, destroyed := balance.FlareYear([]balance.FlareTime{{Minutes: on, Methane: f, Efficiency: etaOn}, {Minutes: off, Methane: f, Efficiency: etaOff}}, gwp)
	out.Number("PE_tCO2e", "t{CO2e}", pe, "GWP Σ F (1 - η) 10⁻³", "%v · %v kg/min · (%v min · (1 - %v) + %v min · (1 - %v)) · 10⁻³", gwp, f, on, etaOn, off, etaOff)
	out.Number("destroyed_tCH4", "t{CH4}", destroyed, "Σ F η 10⁻³", "%v kg/min · (%v min · %v + %v min · %v) · 10⁻³", f, on, etaOn, off, etaOff)
}

func acm0001(in *Input, out *Result) {
	v, rho, ox := in.AtLeastZero("V_CH4_m3", "m3"), in.Positive("rho_t_m3", "t/m3"), in.Share("OX")
	gwp, f := in.Positive("GWP", "1"), in.Share("baseline_fraction")
	if rho > 0.01 {
		in.fault("rho_t_m3", "%s t/m3 is no density of methane, about 0.000716; is it in kg/m3?", digits(rho))
	}
	if !in.Complete() {
		return
	}
	out.Number("tCO2e", "t{CO2e}", balance.Acm0001(v, rho, ox, f, gwp), "((1 - OX) V ρ - f V ρ) GWP", "((1 - %v) - %v) · %v m3 · %v t/m3 · %v", ox, f, v, rho, gwp)
}

func firstOrderDecay(in *Input, out *Result) {
	if deposits, several := in.optionalObjects("deposits"); several {
		decaySite(deposits, in, out)
		return
	}
	d := balance.Deposit{Mass: in.AtLeastZero("W_t", "t"), DOC: in.Share("DOC"), DOCf: in.Share("DOCf"), MCF: in.Share("MCF"), F: in.Share("F"), K: in.Positive("k", "1/a"), OX: in.Share("OX")}
	years := in.CountOr("years", 5)
	if years < 1 || years > 1000 {
		in.fault("years", "%d: from 1 to 1000", years)
	}
	if !in.Complete() {
		return
	}
	carbon, methane := d.Degradable()
	out.Number("DDOCm0_t", "t", carbon, "W DOC DOCf MCF", "%v t · %v · %v · %v", d.Mass, d.DOC, d.DOCf, d.MCF)
	out.Number("L0_tCH4", "t", methane, "DDOCm F 16/12", "%v t · %v · 16/12", carbon, d.F)
	for n := range int(years) {
		y, row := d.Year(n+1), out.Row("years")
		row.Number("year_after", "a", float64(n+1), "", "")
		row.Number("DDOCm_decomp_t", "t", y.Decomposed, "DDOCm e^(-k(n-1)) (1 - e^-k)", "%v t · e^(-%v · %d) · (1 - e^-%v)", carbon, d.K, n, d.K)
		row.Number("CH4_gen_t", "t", y.Generated, "decomp F 16/12", "%v t · %v · 16/12", y.Decomposed, d.F)
		row.Number("CH4_emit_t", "t", y.Emitted, "CH4 (1 - OX)", "%v t · (1 - %v)", y.Generated, d.OX)
	}
	out.Number("tool04_first_year_tCH4", "t", d.Year(1).Generated, "16/12 F DOCf MCF W DOC (1 - e^-k)", "16/12 · %v · %v · %v · %v t · %v · (1 - e^-%v)", d.F, d.DOCf, d.MCF, d.Mass, d.DOC, d.K)
}

func decaySite(deposits []*Input, in *Input, out *Result) {
	type deposit struct {
		balance.Deposit
		year int
	}
	var all []deposit
	for _, x := range deposits {
		all = append(all, deposit{balance.Deposit{Mass: x.AtLeastZero("W_t", "t"), DOC: x.Share("DOC"), DOCf: x.Share("DOCf"), MCF: x.Share("MCF"), F: x.Share("F"), K: x.Positive("k", "1/a")}, int(x.Between("year", "a", 1900, 2200))})
	}
	from, to := int(in.Between("from", "a", 1900, 2200)), int(in.Between("to", "a", 1900, 2200))
	month, oxidised := in.NumberOr("start_month", "1", 13), in.NumberOr("OX", "1", 0)
	recovered := in.named("recovered", "t", true)
	if month < 1 || month > 13 {
		in.fault("start_month", "%s: from 1 to 13", digits(month))
	}
	if oxidised < 0 || oxidised > 1 {
		in.fault("OX", "%s is no share", digits(oxidised))
	}
	if to < from {
		in.fault("to", "%d is before from, %d", to, from)
	}
	if !in.Complete() {
		return
	}
	for year := from; year <= to; year++ {
		made, taken := 0.0, 0.0
		for _, d := range all {
			made += d.In(year-d.year, month).Generated
		}
		pick(recovered, fmt.Sprint(year), &taken)
		row := out.Row("years")
		row.Number("year", "a", float64(year), "", "")
		row.Number("CH4_gen_t", "t", made, "Σ decomp F 16/12", "of %d deposits", len(all))
		row.Number("CH4_emit_t", "t", float64(max(0, made-taken)*(1-oxidised)), "max(0, CH4 - R) (1 - OX)", "max(0, %v t - %v t) · (1 - %v)", made, taken, oxidised)
		if taken > made {
			out.Remark("%d: %v t were recovered and %v t generated: the model, or the meter, is wrong; the emission counts as 0", year, taken, made)
		}
	}
}

func collectionEfficiency(in *Input, out *Result) {
	areas, ce := in.Named("areas", "m2"), in.Named("CE", "1")
	var sum, collected float64
	for _, a := range areas {
		var c float64
		if !pick(ce, a.Name, &c) {
			in.fault("CE."+a.Name, "missing; give the collection efficiency of this area as a share")
		}
		if !(a.Value >= 0) || !(c >= 0 && c <= 1) {
			in.fault("areas."+a.Name, "an area is at least 0 and its efficiency a share from 0 to 1")
		}
		sum += a.Value
		collected += float64(a.Value * c)
	}
	for _, c := range ce {
		var a float64
		if !pick(areas, c.Name, &a) {
			in.shared.faults = append(in.shared.faults, Fault{Text: "unknown key " + quote("CE."+c.Name) + ": there is no such area", Got: c.Name, Known: names(areas)})
		}
	}
	if in.Complete() {
		out.Number("CE_average", "1", collected/sum, "Σ A CE / Σ A", "%v / %v", collected, sum)
	}
}

const oxidationForms = `write "geomembrane cover", "no flux known" or "flux 12.5 g/m2/d"`

func oxidationFraction(in *Input, out *Result) {
	cases := in.Texts("cases", "list of covers: geomembrane cover | no flux known | flux 12.5 g/m2/d")
	ox := make([]float64, len(cases))
	for i, c := range cases {
		switch c {
		case "geomembrane cover":
			ox[i] = balance.OxidationUnderGeomembrane
		case "no flux known":
			ox[i] = balance.OxidationWithoutFlux
		default:
			text, front := strings.CutPrefix(c, "flux ")
			text, back := strings.CutSuffix(text, " g/m2/d")
			flux, err := strconv.ParseFloat(text, 64)
			if !front || !back || err != nil || !(flux >= 0) {
				in.fault("cases["+strconv.Itoa(i)+"]", "%s is not known; %s", quote(c), oxidationForms)
				continue
			}
			ox[i] = balance.Part98Oxidation(flux)
		}
	}
	if in.Complete() {
		out.List("OX", "1", ox, "Table HH-4")
	}
}

func putOxidation(out *Result, o balance.Oxidation, equation, numbers string, args ...any) {
	out.Number("raw_efficiency", "1", o.Raw, equation, numbers, args...)
	out.Number("efficiency", "1", o.Efficiency, "raw, not outside 0 to 1", "%v", o.Raw)
	out.Other("flag_negative", o.Negative, "raw < 0")
}

func biocoverRatio(in *Input, out *Result) {
	ch4, co2 := in.Positive("CH4_LFG", "%"), in.AtLeastZero("CO2_LFG", "%")
	ch4i, co2i := in.AtLeastZero("CH4_depth", "%"), in.AtLeastZero("CO2_depth", "%")
	in.Says("unit", "vol%")
	if !in.Complete() {
		return
	}
	x, o := balance.OxidationByRatio(ch4, co2, ch4i, co2i)
	out.Number("x", "%", x, "(CH4 CO2_i - CO2 CH4_i) / (CH4_i + CO2_i)", "(%v %% · %v %% - %v %% · %v %%) / (%v %% + %v %%)", ch4, co2i, co2, ch4i, ch4i, co2i)
	putOxidation(out, o, "x / CH4", "%v %% / %v %%", x, ch4)
}

func biocoverFlux(in *Input, out *Result) {
	jIn, jOut, area := in.Positive("J_in_g_m2_d", "g/(m2.d)"), in.Number("J_out_g_m2_d", "g/(m2.d)"), in.Positive("area_m2", "m2")
	if !in.Complete() {
		return
	}
	o := balance.OxidationByFlux(jIn, jOut)
	putOxidation(out, o, "1 - J_out/J_in", "1 - %v g/(m2.d) / %v g/(m2.d)", jOut, jIn)
	out.Number("oxidised_kg_d", "kg/d", float64(float64(o.Efficiency*jIn)*area)/1000, "e J_in A", "%v · %v g/(m2.d) · %v m2", o.Efficiency, jIn, area)
}
