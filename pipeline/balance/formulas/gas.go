package formulas

import (
	"strconv"
	"strings"

	"github.com/nielu/nielu/pipeline/balance"
)

func gas() []Formula {
	return []Formula{
		{
			Name: "molar-volume", About: "volume of a kilomole of gas at four reference states",
			Equation: "V_m = 1000 R T / P",
			Source:   "ideal gas; R of CODATA 2018; the state of 0 Cel and 101 325 Pa is that of DIN 1343",
			Valid:    "every normal volume names its reference state; mixing them costs 1.3 to 9 %",
			Vectors:  []string{"molar_volume"},
			compute:  molarVolume,
		},
		{
			Name: "gas-density", About: "density of gases at 0 Cel and 101 325 Pa",
			Equation: "ρ = M / V_m",
			Source:   "ideal gas",
			Vectors:  []string{"gas_density_0C_101325Pa"},
			compute:  gasDensity,
		},
		{
			Name: "gas-carbon-energy", About: "carbon, mass and heating values of a dry gas",
			Equation: "n = Q / V_m      C = n · 12.011 Σ y n_C      m = n Σ y M      H = Σ y H_i / V_m",
			Source:   "ideal gas; heats of combustion at 25 Cel as given, else of CH4 as in CalebBell/chemicals, of others unverified",
			Valid:    "Q dry at 0 Cel and 101 325 Pa; shares are taken as they are",
			Vectors:  []string{"gas_carbon_energy"},
			compute:  gasCarbonEnergy,
		},
		{
			Name: "flue-gas-carbon", About: "carbon in a flue gas, from its actual volume",
			Equation: "Q_N = Q (P/101325) (273.15/T)      Q_N,dry = Q_N (1 - x_H2O)\nC = Q_N,dry / V_m · 12.011 Σ y n_C      c_ref = c (20.95 - O2_ref)/(20.95 - O2)",
			Source:   "ideal gas; reference oxygen by dilution with air of 20.95 %, for which Directive 2010/75/EU, Annex VI part 7, has 21 %",
			Valid:    "if the pyrolysis gas is burnt, this carbon replaces that of gas and liquid: never both",
			Vectors:  []string{"flue_gas_carbon_small"},
			compute:  flueGasCarbon,
		},
	}
}

func molarVolume(in *Input, out *Result) {
	r := in.NumberOr("R_J_mol_K", "J/(mol.K)", gasConstant)
	if !in.Complete() {
		return
	}
	under := out.Under("m3_per_kmol")
	for _, s := range []struct {
		name   string
		kelvin float64
		pascal float64
	}{{"0C_101325Pa", 273.15, 101325}, {"15C_101325Pa", 288.15, 101325}, {"25C_101325Pa", 298.15, 101325}, {"0C_100000Pa", 273.15, 100000}} {
		v, err := molarVolumeAt(r, s.kelvin, s.pascal)
		if err != nil {
			in.fault("R_J_mol_K", "%v", err)
			return
		}
		under.Number(s.name, "m3/kmol", v, "1000 R T / P", "1000 · %v J/(mol.K) · %v K / %v Pa", r, s.kelvin, s.pascal)
	}
}

func gasDensity(in *Input, out *Result) {
	masses := in.Named("molar_mass_kg_kmol", "kg/kmol")
	if !in.Complete() {
		return
	}
	under := out.Under("kg_per_m3")
	for _, m := range masses {
		if !(m.Value > 0) {
			in.fault("molar_mass_kg_kmol."+m.Name, "%s is not above 0", digits(m.Value))
			continue
		}
		under.Number(m.Name, "kg/m3{N}", balance.Density(m.Value), "M / V_m", "%v kg/kmol / %v m3/kmol", m.Value, balance.MolarVolume)
	}
}

// species turns named shares into shares of known gases.
func species(in *Input, key string, named []Named) []balance.Share {
	var shares []balance.Share
	for _, n := range named {
		s, _, ok := speciesOf(n.Name)
		if !ok {
			in.shared.faults = append(in.shared.faults, Fault{Text: key + ": there is no gas " + quote(n.Name) + "; write its formula, as CH4", Got: n.Name, Known: balance.SpeciesNames()})
		}
		if n.Value < 0 {
			in.fault(key+"."+n.Name, "%s is below 0", digits(n.Value))
		}
		shares = append(shares, balance.Share{Species: s, Value: n.Value})
	}
	return shares
}

// moleShares reads mole shares and refuses such as are percentages.
func moleShares(in *Input, key string) []balance.Share {
	shares := species(in, key, in.Named(key, "1"))
	var sum float64
	for _, s := range shares {
		sum += s.Value
	}
	if sum > 1.1 {
		in.fault(key, "the shares add up to %s: write shares from 0 to 1, not per cent", digits(sum))
	}
	return shares
}

// sumRemark says so if mole shares do not add up to 1. They are not changed.
func sumRemark(out *Result, shares []balance.Share) {
	var sum float64
	for _, s := range shares {
		sum += s.Value
	}
	if sum < 1-balance.GasSumLimit/100 || sum > 1+balance.GasSumLimit/100 {
		out.Remark("the shares add up to %v, outside 1 ± 0.02; they are taken as they are", sum)
	}
}

// massTerms, carbonTerms and sumOf write a sum out for people.
func massTerms(shares []balance.Share) string {
	return terms(len(shares), func(i int) string { return digits(shares[i].Value) + " · " + digits(shares[i].Species.MolarMass) }) + " kg/kmol"
}

func carbonTerms(shares []balance.Share) string {
	return terms(len(shares), func(i int) string { return digits(shares[i].Value) + " · " + digits(shares[i].Species.Carbon) })
}

func sumOf(values []float64) string {
	return terms(len(values), func(i int) string { return digits(values[i]) })
}

// mostTerms is how many terms of a sum are written out.
const mostTerms = 12

func terms(n int, term func(i int) string) string {
	texts := make([]string, min(n, mostTerms))
	for i := range texts {
		texts[i] = term(i)
	}
	if n > mostTerms {
		texts = append(texts, "... of "+strconv.Itoa(n))
	}
	return "(" + strings.Join(texts, " + ") + ")"
}

func gasCarbonEnergy(in *Input, out *Result) {
	q := in.AtLeastZero("Q_Nm3_h_dry", "m3{N}/h")
	shares := moleShares(in, "y")
	hhv, lhv := in.named("HHV_kJ_mol", "kJ/mol", true), in.named("LHV_kJ_mol", "kJ/mol", true)
	for i := range shares {
		s := &shares[i].Species
		_, known, _ := speciesOf(s.Name)
		gotHHV, gotLHV := pick(hhv, s.Name, &s.HHV), pick(lhv, s.Name, &s.LHV)
		if s.Name != "" && !known && !(gotHHV && gotLHV) {
			in.fault("y."+s.Name, "no heats of combustion are known: give HHV_kJ_mol and LHV_kJ_mol for it")
		}
	}
	if !in.Complete() {
		return
	}
	sumRemark(out, shares)
	g, one := balance.Gas(q, shares), balance.Gas(1, shares)
	out.Number("kmol_h", "kmol/h", g.Kilomoles, "n = Q / V_m", "%v m3{N}/h / %v m3/kmol", q, balance.MolarVolume)
	out.Number("C_kg_h", "kg/h", g.Carbon, "n · 12.011 Σ y n_C", "%v kmol/h · 12.011 kg/kmol · %s", g.Kilomoles, carbonTerms(shares))
	out.Number("C_kg_Nm3", "kg/m3{N}", one.Carbon, "12.011 Σ y n_C / V_m", "12.011 kg/kmol · %s / %v m3/kmol", carbonTerms(shares), balance.MolarVolume)
	for _, s := range shares {
		if s.Species.Name == "CO2" {
			co2 := balance.Gas(q, []balance.Share{s}).Mass
			out.Number("CO2_kg_h", "kg/h", co2, "n y_CO2 M_CO2", "%v kmol/h · %v · %v kg/kmol", g.Kilomoles, s.Value, s.Species.MolarMass)
		}
	}
	out.Number("mass_kg_h", "kg/h", g.Mass, "n Σ y M", "%v kmol/h · %s", g.Kilomoles, massTerms(shares))
	out.Number("HHV_MJ_Nm3", "MJ/m3{N}", one.HHV, "Σ y HHV / V_m", "%s MJ/kmol / %v m3/kmol", terms(len(shares), func(i int) string {
		return digits(shares[i].Value) + " · " + digits(shares[i].Species.HHV)
	}), balance.MolarVolume)
	out.Number("LHV_MJ_Nm3", "MJ/m3{N}", one.LHV, "Σ y LHV / V_m", "%s MJ/kmol / %v m3/kmol", terms(len(shares), func(i int) string {
		return digits(shares[i].Value) + " · " + digits(shares[i].Species.LHV)
	}), balance.MolarVolume)
}

func pick(from []Named, name string, to *float64) bool {
	for _, n := range from {
		if n.Name == name {
			*to = n.Value
			return true
		}
	}
	return false
}

func flueGasCarbon(in *Input, out *Result) {
	q, p, t := in.AtLeastZero("Q_actual_m3_h", "m3/h"), in.Positive("P_Pa", "Pa"), in.Positive("T_K", "K")
	water, co2 := in.Share("x_H2O"), in.Share("y_CO2_dry")
	co, ch4 := in.Between("CO_ppmv_dry", "[ppm]", 0, 1e6), in.Between("CH4_ppmv_dry", "[ppm]", 0, 1e6)
	o2, ref := in.Share("O2_dry"), in.Between("O2_ref_pct", "%", 0, 20.9)
	if o2 >= 0.2095 {
		in.fault("O2_dry", "%s is that of air or more: there is no factor to a reference", digits(o2))
	}
	if !in.Complete() {
		return
	}
	wet := balance.NormalVolume(q, p, t)
	dry := balance.Dry(wet, water)
	out.Number("Q_N_wet", "m3{N_wet}/h", wet, "Q (P/101325) (273.15/T)", "%v m3/h · (%v Pa/101325 Pa) · (273.15 K/%v K)", q, p, t)
	out.Number("Q_N_dry", "m3{N}/h", dry, "Q_N (1 - x_H2O)", "%v m3/h · (1 - %v)", wet, water)
	var shares []balance.Share
	for _, n := range []Named{{"CO2", co2}, {"CO", co * 1e-6}, {"CH4", ch4 * 1e-6}} {
		s, _ := balance.SpeciesByName(n.Name)
		shares = append(shares, balance.Share{Species: s, Value: n.Value})
	}
	out.Number("C_kg_h", "kg/h", balance.Gas(dry, shares).Carbon, "Q_N,dry / V_m · 12.011 (y_CO2 + y_CO + y_CH4)",
		"%v m3{N}/h / %v m3/kmol · 12.011 kg/kmol · (%v + %v + %v)", dry, balance.MolarVolume, co2, co*1e-6, ch4*1e-6)
	out.Number("factor_to_reference_O2", "1", referenceOxygen(100*o2, ref), "(20.95 - O2_ref) / (20.95 - O2)",
		"(20.95 %% - %v %%) / (20.95 %% - %v %%)", ref, 100*o2)
}
