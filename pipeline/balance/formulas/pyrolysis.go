package formulas

import (
	"math"

	"github.com/nielu/nielu/pipeline/balance"
)

func pyrolysis() []Formula {
	return []Formula{
		{
			Name: "basis-conversion", About: "an analysis as received, dry, and dry without ash",
			Equation: "X_d = X_ar / (1 - M)      X_daf = X_d / (1 - A_d)",
			Source:   "ISO 16993:2016",
			Valid:    "M < 1, A_d < 1",
			Vectors:  []string{"basis_conversion"},
			compute:  basisConversion,
		},
		{
			Name: "dry-feed", About: "dry mass of a wet feed, with its uncertainty",
			Equation: "m_d = m (1 - M)      u(m_d)² = (1 - M)² u(m)² + m² u(M)²",
			Source:   "GUM (JCGM 100), 5.1.2, first order",
			Valid:    "inputs independent; M a share of wet mass",
			Vectors:  []string{"dry_feed_uncertainty"},
			compute:  dryFeed,
		},
		{
			Name: "pyrolysis-closure", About: "mass and carbon closure of a pyrolysis run, and the recovery of its ash",
			Equation: "K_m = Σ Y_k      C_k = Y_k w_k / w_feed      K_C = Σ C_k      w_gas = Σ w_i n_C 12.011 / M_i\nash recovery = Y_char A_char / A_feed",
			Source:   "definition",
			Valid:    "nothing is closed by difference; a gas analysis is not normalised silently; a C2+ lump counts as C2H4",
			Vectors:  []string{"slow_pyrolysis_closure"},
			compute:  pyrolysisClosure,
		},
		{
			Name: "ash-recovery", About: "the share of the feed's ash that is found in the char",
			Equation: "R = m_char A_char / (m_feed A_feed)",
			Source:   "definition; the limits are a default of this project",
			Valid:    "a good carbon closure does not clear its flag",
			Vectors:  []string{"ash_recovery"},
			compute:  ashRecovery,
		},
		{
			Name: "yield-sum", About: "whether a set of product yields may be used",
			Equation: "|Σ Y - 1| ≤ tolerance",
			Source:   "definition; tolerance 0.02 if none is given",
			Vectors:  []string{"yield_sum_negative"},
			compute:  yieldSum,
		},
		{
			Name: "closure-agreement", About: "whether products add up to a published closure",
			Equation: "|Σ - published| ≤ u",
			Source:   "definition; the published closure is that of puttak/nrel-efr, experimental-setup.tex",
			Valid:    "published closures carry rounding and averaging",
			Vectors:  []string{"published_closure_rounding"},
			compute:  closureAgreement,
		},
		{
			Name: "cold-gas-efficiency", About: "energy of gas and of char as shares of the feed's",
			Equation: "η = V LHV_gas / (m LHV_f)      char: m_c LHV_c / (m LHV_f)",
			Source:   "definition",
			Valid:    "lower heating values throughout",
			Vectors:  []string{"cold_gas_and_char_energy"},
			compute:  coldGas,
		},
		{
			Name: "azzi-heat-power", About: "heat and power of a pyrolysis plant with a dryer, per kg of biochar",
			Equation: "H_syn = LHV_f/y - LHV_bc + 3.6 i_el      D = h_d/y (1/(1-w) - 1/(1-w_d))\nheat = η H_syn - D      electricity = α η H_syn / 3.6 kWh      recovered = r_d D\nlosses = H_syn (1 - η - α η) and (1 - r_d) D",
			Source:   "Azzi et al., ntropy-esa/biochar-systems-dev, 3-coproduct-use-model-heat-production",
			Valid:    "w_d ≤ w < 1; energy in and out must be equal",
			Vectors:  []string{"azzi_heat_power"},
			compute:  azzi,
		},
		{
			Name: "woolf2021-yield", About: "char yield and its carbon, from temperature, ash and lignin",
			Equation: "Y_daf = 0.1261 + 0.5391 exp(-0.004 T) + 0.2733 L      Y = Y_daf (1 - a) + a\nC = (1 - a/Y) (0.93 - 0.92 exp(-0.0042 T))",
			Source:   "Woolf et al. 2021, Environ. Sci. Technol. 55:14795, on the basis of domwoolf/Biochar_AG, BiocharAG/R/pyrolysis.R",
			Valid:    "T in degrees Celsius, not kelvin; the yield is of ash-free feed, ash joins the char",
			Vectors:  []string{"woolf2021_600C_wood", "woolf2021_500C_grass"},
			compute:  woolf,
		},
		{
			Name: "kiln-carbon", About: "carbon of a kiln from the CO2 it emits per kg of char",
			Equation: "C_CO2 = m 12.011/44.009      C_feed = w_feed / Y      K = (C_CO2 + w_char) / C_feed",
			Source:   "emission factor: Sørmo et al. 2020, as in ntropy-esa/biochar-systems-dev; check by carbon",
			Valid:    "per kg of char",
			Vectors:  []string{"co2_to_carbon_kiln"},
			compute:  kiln,
		},
	}
}

func basisConversion(in *Input, out *Result) {
	parts := in.Named("as_received_wtpct", "%")
	m := in.Between("moisture_wtpct", "%", 0, 99.9) / 100
	var ash float64
	if !pick(parts, "ash", &ash) && len(parts) > 0 {
		in.fault("as_received_wtpct.ash", "missing; without ash there is no ash-free basis")
	}
	for _, p := range parts {
		if p.Value < 0 || p.Value > 100 {
			in.fault("as_received_wtpct."+p.Name, "%s lies outside 0 to 100 %%", digits(p.Value))
		}
	}
	if !in.Complete() {
		return
	}
	ashDry := dryShare(ash, m)
	if ashDry >= 100 {
		in.fault("as_received_wtpct.ash", "%s %% of dry mass: nothing else is left", digits(ashDry))
		return
	}
	dry, free := out.Under("dry_wtpct"), out.Under("dry_ash_free_wtpct")
	for _, p := range parts {
		dry.Number(p.Name, "%", dryShare(p.Value, m), "X_ar / (1 - M)", "%v %% / (1 - %v)", p.Value, m)
	}
	for _, p := range parts {
		if d := dryShare(p.Value, m); p.Name != "ash" {
			free.Number(p.Name, "%", dryShare(d, ashDry/100), "X_d / (1 - A_d)", "%v %% / (1 - %v)", d, ashDry/100)
		}
	}
}

func dryFeed(in *Input, out *Result) {
	m, um := in.AtLeastZero("m_kg", "kg"), in.AtLeastZero("u_m", "kg")
	w, uw := in.Share("moisture"), in.AtLeastZero("u_moisture", "1")
	if !in.Complete() {
		return
	}
	out.Number("dry_kg", "kg", balance.Dry(m, w), "m (1 - M)", "%v kg · (1 - %v)", m, w)
	out.Number("u", "kg", balance.DryUncertainty(m, um, w, uw), "√((1 - M)² u(m)² + m² u(M)²)", "√((1 - %v)² · (%v kg)² + (%v kg)² · %v²)", w, um, m, uw)
}

func pyrolysisClosure(in *Input, out *Result) {
	in.Says("basis", "wt% of dry feed")
	yields, feedC, carbons := in.Named("yields", "%"), in.Positive("feed_C", "%"), in.Named("C", "%")
	analysed := in.Named("gas_wtpct_N2_free", "%")
	ash := in.Object("ash")
	feedAsh, charAsh := ash.Positive("feed", "%"), ash.AtLeastZero("char", "%")
	low, high := in.Limits("ash_limits_pct", "%")
	uC := in.NumberOr("u_C_closure_pct", "%", 0)
	shares := species(in, "gas_wtpct_N2_free", analysed)
	for _, c := range carbons {
		var y float64
		if c.Name == "gas" || !pick(yields, c.Name, &y) {
			in.shared.faults = append(in.shared.faults, Fault{Text: "unknown key " + quote("C."+c.Name) + ": it is the carbon of no product but gas, whose carbon comes from its analysis", Got: c.Name, Known: names(yields)})
		}
	}
	for _, y := range yields {
		var c float64
		if y.Name != "gas" && !pick(carbons, y.Name, &c) {
			in.fault("C."+y.Name, "missing; give the carbon of this product in %%")
		}
		if y.Value < 0 {
			in.fault("yields."+y.Name, "%s is below 0", digits(y.Value))
		}
	}
	var charYield, gasYield float64
	if !pick(yields, "char", &charYield) && len(yields) > 0 {
		in.fault("yields.char", "missing")
	}
	withGas := pick(yields, "gas", &gasYield)
	if !in.Complete() {
		return
	}
	var mass float64
	for _, y := range yields {
		mass += y.Value
	}
	out.Number("mass_closure_pct", "%", mass, "Σ Y", "%s %%", sumOf(values(yields)))
	var others float64
	for _, y := range yields {
		if y.Name == "gas" {
			continue
		}
		var w float64
		pick(carbons, y.Name, &w)
		c := 100 * balance.Yield(float64(y.Value*w), float64(100*feedC))
		others += c
		out.Number("C_"+y.Name+"_pct", "%", c, "Y w / w_feed", "%v %% · %v %% / %v %%", y.Value, w, feedC)
	}
	carbon, sum := carbonByMass(shares)
	raw := 100 * balance.Yield(float64(gasYield*carbon), float64(100*feedC))
	if withGas {
		out.Number("gas_sum_pct", "%", sum, "Σ w_i", "%s %%", sumOf(values(analysed)))
		out.Other("gas_sum_flag", math.Abs(sum-100) > balance.GasSumLimit, "|%v %% - 100 %%| > %v %%", sum, balance.GasSumLimit)
		out.Number("gas_C_mass_fraction_as_reported", "1", carbon/100, "Σ w_i n_C 12.011 / M_i", "%s", terms(len(shares), func(i int) string {
			return digits(shares[i].Value/100) + " · " + digits(shares[i].Species.Carbon) + " · 12.011/" + digits(shares[i].Species.MolarMass)
		}))
		out.Number("C_gas_pct_as_reported", "%", raw, "Y w_gas / w_feed", "%v %% · %v / %v %%", gasYield, carbon/100, feedC)
		if sum > 0 {
			normalised := raw * 100 / sum
			out.Number("C_gas_pct_normalised", "%", normalised, "C_gas · 100 / Σ w_i", "%v %% · 100 %% / %v %%", raw, sum)
			out.Number("C_closure_pct_normalised", "%", others+normalised, "Σ C, gas normalised", "%v %% + %v %%", others, normalised)
		}
	}
	out.Number("C_closure_pct", "%", others+raw, "Σ C, gas as reported", "%v %% + %v %%", others, raw)
	above := others+raw > 100+float64(2*uC)
	out.Other("C_above_input_flag", above, "%v %% > 100 %% + 2 · %v %%", others+raw, uC)
	if above {
		out.Remark("more carbon came out than went in: do not use this run")
	}
	recovery, _ := balance.AshRecovery(100, feedAsh, charYield, charAsh)
	out.Number("ash_recovery_char_pct", "%", 100*recovery, "Y_char A_char / A_feed", "%v %% · %v %% / %v %%", charYield, charAsh, feedAsh)
	out.Other("ash_flag", 100*recovery < low || 100*recovery > high, "outside %v to %v %%", low, high)
}

func names(named []Named) []string {
	var all []string
	for _, n := range named {
		all = append(all, n.Name)
	}
	return all
}

func values(named []Named) []float64 {
	var all []float64
	for _, n := range named {
		all = append(all, n.Value)
	}
	return all
}

func ashRecovery(in *Input, out *Result) {
	feed, feedAsh, char := in.Positive("feed_dry_kg_h", "kg/h"), in.Share("feed_ash"), in.AtLeastZero("char_kg_h", "kg/h")
	var ashes []float64
	for _, c := range in.Objects("cases") {
		ashes = append(ashes, c.Share("char_ash"))
	}
	low, high := in.Limits("limits_pct", "%")
	if !in.Complete() {
		return
	}
	for _, a := range ashes {
		r, _ := balance.AshRecovery(feed, feedAsh, char, a)
		row := out.Row("cases")
		row.Number("recovery_pct", "%", 100*r, "m_char A_char / (m_feed A_feed)", "%v kg/h · %v / (%v kg/h · %v)", char, a, feed, feedAsh)
		row.Other("flag", 100*r < low || 100*r > high, "outside %v to %v %%", low, high)
	}
}

func yieldSum(in *Input, out *Result) {
	sum, tolerance := in.Number("yields_sum", "1"), in.NumberOr("tolerance", "1", 0.02)
	if in.Complete() {
		out.Other("accept", balance.YieldsAddUp(sum, tolerance), "|%v - 1| ≤ %v", sum, tolerance)
	}
}

func closureAgreement(in *Input, out *Result) {
	liquid, char, gas := in.AtLeastZero("liquid", "%"), in.AtLeastZero("char", "%"), in.AtLeastZero("gas", "%")
	published, u := in.Number("published_closure", "%"), in.AtLeastZero("published_u", "%")
	if !in.Complete() {
		return
	}
	sum := liquid + char + gas
	out.Number("sum", "%", sum, "liquid + char + gas", "%v %% + %v %% + %v %%", liquid, char, gas)
	out.Other("agrees_within_published_u", math.Abs(sum-published) <= u, "|%v %% - %v %%| ≤ %v %%", sum, published, u)
}

func coldGas(in *Input, out *Result) {
	v, lhv := in.AtLeastZero("V_gas_Nm3_h", "m3{N}/h"), in.AtLeastZero("LHV_gas_MJ_Nm3", "MJ/m3{N}")
	feed, lhvFeed := in.Positive("feed_kg_h", "kg/h"), in.Positive("LHV_feed", "MJ/kg")
	char, lhvChar := in.AtLeastZero("char_kg_h", "kg/h"), in.AtLeastZero("LHV_char", "MJ/kg")
	if !in.Complete() {
		return
	}
	out.Number("cold_gas_efficiency", "1", balance.Yield(float64(v*lhv), float64(feed*lhvFeed)), "V LHV_gas / (m LHV_f)", "%v m3{N}/h · %v MJ/m3{N} / (%v kg/h · %v MJ/kg)", v, lhv, feed, lhvFeed)
	out.Number("char_energy_yield", "1", balance.Yield(float64(char*lhvChar), float64(feed*lhvFeed)), "m_c LHV_c / (m LHV_f)", "%v kg/h · %v MJ/kg / (%v kg/h · %v MJ/kg)", char, lhvChar, feed, lhvFeed)
}

func azzi(in *Input, out *Result) {
	p := heatPower{
		FeedLHV: in.Positive("LHV_bio_dry", "MJ/kg"), Moisture: in.Rest("w"), DriedMoisture: in.Rest("w_d"),
		DryingHeat: in.AtLeastZero("h_d", "MJ/kg"), DryingRecovery: in.Share("r_d"), CharLHV: in.AtLeastZero("LHV_bc_dry", "MJ/kg"),
		CharYield: in.Between("y_bc", "1", 0, 1), HeatEfficiency: in.Share("eta_h"), PowerToHeat: in.AtLeastZero("alpha", "1"),
		ElectricityIn: in.AtLeastZero("i_el", "kW.h"),
	}
	drying := in.NumberOr("i_dry", "kW.h", 0)
	if drying < 0 {
		in.fault("i_dry", "%s is below 0", digits(drying))
	}
	if p.DriedMoisture > p.Moisture {
		in.fault("w_d", "%s is wetter than the feed, %s", digits(p.DriedMoisture), digits(p.Moisture))
	}
	if !in.Complete() {
		return
	}
	r := p.run()
	out.Number("H_syn_MJ", "MJ", r.Syngas, "LHV_f/y - LHV_bc + 3.6 i_el", "%v MJ/kg / %v - %v MJ + 3.6 · %v kW.h", p.FeedLHV, p.CharYield, p.CharLHV, p.ElectricityIn)
	out.Number("D_drying_MJ", "MJ", r.Drying, "h_d/y (1/(1-w) - 1/(1-w_d))", "%v MJ/kg / %v · (1/(1-%v) - 1/(1-%v))", p.DryingHeat, p.CharYield, p.Moisture, p.DriedMoisture)
	out.Number("district_heat_MJ", "MJ", r.Heat, "η H_syn - D", "%v · %v MJ - %v MJ", p.HeatEfficiency, r.Syngas, r.Drying)
	out.Number("electricity_kWh", "kW.h", r.Electricity/3.6, "α η H_syn / 3.6", "%v · %v · %v MJ / 3.6", p.PowerToHeat, p.HeatEfficiency, r.Syngas)
	out.Number("drying_heat_recovered_MJ", "MJ", r.Recovered, "r_d D", "%v · %v MJ", p.DryingRecovery, r.Drying)
	out.Number("loss_flue_gas_MJ", "MJ", r.LossFlue, "H_syn (1 - η - α η)", "%v MJ · (1 - %v)", r.Syngas, r.Efficiency)
	out.Number("loss_drying_MJ", "MJ", r.LossDrying, "(1 - r_d) D", "(1 - %v) · %v MJ", p.DryingRecovery, r.Drying)
	out.Number("E_in_MJ", "MJ", r.In, "LHV_f/y + 3.6 i_el", "%v MJ/kg / %v + 3.6 · %v kW.h", p.FeedLHV, p.CharYield, p.ElectricityIn)
	out.Number("E_out_MJ", "MJ", r.Out, "LHV_bc + heat + electricity + recovered + losses", "%s MJ", sumOf([]float64{p.CharLHV, r.Heat, r.Electricity, r.Recovered, r.LossFlue, r.LossDrying}))
	out.Number("eta_total", "1", r.Efficiency, "η + α η", "%v + %v · %v", p.HeatEfficiency, p.PowerToHeat, p.HeatEfficiency)
	products := p.CharLHV + r.Heat + r.Electricity + r.Recovered
	out.Number("product_efficiency", "1", products/(r.In+float64(3.6*drying)), "(LHV_bc + heat + electricity + recovered) / (E_in + 3.6 i_dry), electricity of drying", "%v MJ / (%v MJ + 3.6 · %v kW.h)", products, r.In, drying)
	if r.Heat < 0 {
		out.Remark("the gas does not even dry the feed")
	}
}

func woolf(in *Input, out *Result) {
	t, a, l := in.Number("T_C", "Cel"), in.Share("ash"), in.Share("lignin")
	if !in.Complete() {
		return
	}
	free, y, c := woolfYield(t, a, l)
	out.Number("char_yield_daf", "1", free, "0.1261 + 0.5391 exp(-0.004 T) + 0.2733 L", "0.1261 + 0.5391 · exp(-0.004 · %v) + 0.2733 · %v", t, l)
	out.Number("char_yield", "1", y, "Y_daf (1 - a) + a", "%v · (1 - %v) + %v", free, a, a)
	out.Number("C_content", "1", c, "(1 - a/Y) (0.93 - 0.92 exp(-0.0042 T))", "(1 - %v/%v) · (0.93 - 0.92 · exp(-0.0042 · %v))", a, y, t)
	out.Number("C_yield", "1", float64(y*c), "Y C", "%v · %v", y, c)
}

func kiln(in *Input, out *Result) {
	co2, y := in.AtLeastZero("CO2_kg_per_kg_char", "kg/kg"), in.Positive("char_yield", "1")
	feed, char := in.Share("feed_C"), in.Share("char_C")
	if !in.Complete() {
		return
	}
	c := carbonOfCO2(co2)
	out.Number("C_in_CO2_kg", "kg", c, "m 12.011/44.009", "%v kg · 12.011/44.009", co2)
	out.Number("C_feed_kg", "kg", feed/y, "w_feed / Y", "%v / %v kg/kg", feed, y)
	out.Number("C_out_kg", "kg", c+char, "C_CO2 + w_char", "%v kg + %v kg", c, char)
	k, ok := balance.Budget{In: feed / y, Out: c + char}.Closure()
	if !ok {
		k = math.NaN()
	}
	out.Number("closure", "1", k, "C_out / C_feed", "%v kg / %v kg", c+char, feed/y)
}
