package formulas

import "github.com/nielu/nielu/pipeline/balance"

const hhvEquations = `Channiwala-Parikh  HHV = 0.3491 C + 1.1783 H + 0.1005 S - 0.1034 O - 0.0151 N - 0.0211 Ash   [MJ/kg]
Dulong             HHV = 0.3383 C + 1.443 (H - O/8) + 0.0942 S   [MJ/kg]
modified Dulong    HHV = 338 C + 1428 (H - O/8) + 95 S   [kJ/kg]
Boie               HHV = 0.3516 C + 1.16225 H - 0.1109 O + 0.0628 N + 0.10465 S   [MJ/kg]
LHV_d = HHV_d - 2.442 · 8.936 H/100      shares in % of dry mass`

const hhvSource = "Channiwala & Parikh 2002, Fuel 81:1051; Dulong and Boie as commonly printed, unverified; modified Dulong as in the combustion tests of CalebBell/chemicals"

func fuel() []Formula {
	return []Formula{
		{
			Name: "heating-values", About: "heating values of a dry fuel from its elements",
			Equation: hhvEquations,
			Source:   hhvSource,
			Valid:    "Dulong to 10 % oxygen: not for raw biomass",
			Vectors:  []string{"hhv_bituminous_coal", "hhv_biochar"},
			compute:  heatingValues,
		},
		{
			Name: "heating-values-as-received", About: "heating values of a wet fuel from its elements as received",
			Equation: hhvEquations + "\nX_d = X_ar / (1 - M)      LHV_ar = LHV_d (1 - M) - 2.442 M",
			Source:   hhvSource + "; basis ISO 16993:2016",
			Valid:    "the equations take dry shares: converted first",
			Vectors:  []string{"hhv_blend3"},
			compute:  heatingValuesAsReceived,
		},
		{
			Name: "heating-value-proximate", About: "heating value of a dry fuel from its proximate analysis",
			Equation: "HHV = 0.3536 FC + 0.1559 VM - 0.0078 Ash      shares in % of dry mass",
			Source:   "Parikh, Channiwala & Ghosal 2005, Fuel 84:487; mean absolute error 3.74 %",
			Vectors:  []string{"hhv_proximate"},
			compute:  heatingValueProximate,
		},
	}
}

func analysis(in *Input) balance.Analysis {
	share := func(key string) float64 { return in.Between(key, "%", 0, 100) }
	a := balance.Analysis{C: share("C"), H: share("H"), O: share("O"), N: share("N"), S: share("S"), Ash: share("ash")}
	if sum := a.C + a.H + a.O + a.N + a.S + a.Ash; sum > 110 {
		in.fault("C", "elements and ash add up to %s %%", digits(sum))
	}
	return a
}

func putHeatingValues(out *Result, a balance.Analysis) (lhv float64) {
	if sum := a.C + a.H + a.O + a.N + a.S + a.Ash; sum < 98 || sum > 102 {
		out.Remark("elements and ash add up to %v %%; they are taken as they are", sum)
	}
	hhv := a.ChanniwalaParikh()
	lhv = balance.LHVDry(hhv, a.H)
	out.Number("channiwala_parikh", "MJ/kg", hhv, "0.3491 C + 1.1783 H + 0.1005 S - 0.1034 O - 0.0151 N - 0.0211 Ash",
		"0.3491 · %v %% + 1.1783 · %v %% + 0.1005 · %v %% - 0.1034 · %v %% - 0.0151 · %v %% - 0.0211 · %v %%", a.C, a.H, a.S, a.O, a.N, a.Ash)
	if !a.InRange() {
		out.Remark("outside the range for which Channiwala & Parikh give their equation")
	}
	out.Number("dulong", "MJ/kg", dulong(a), "0.3383 C + 1.443 (H - O/8) + 0.0942 S", "0.3383 · %v %% + 1.443 · (%v %% - %v %%/8) + 0.0942 · %v %%", a.C, a.H, a.O, a.S)
	out.Number("modified_dulong_kJ_kg", "kJ/kg", modifiedDulong(a), "338 C + 1428 (H - O/8) + 95 S", "338 · %v %% + 1428 · (%v %% - %v %%/8) + 95 · %v %%", a.C, a.H, a.O, a.S)
	if a.O >= 10 {
		out.Remark("with %v %% oxygen neither of Dulong's equations is valid: below 10 %%", a.O)
	}
	out.Number("boie", "MJ/kg", boie(a), "0.3516 C + 1.16225 H - 0.1109 O + 0.0628 N + 0.10465 S",
		"0.3516 · %v %% + 1.16225 · %v %% - 0.1109 · %v %% + 0.0628 · %v %% + 0.10465 · %v %%", a.C, a.H, a.O, a.N, a.S)
	out.Number("LHV_dry_from_channiwala_parikh", "MJ/kg", lhv, "HHV_d - 2.442 · 8.936 H/100", "%v MJ/kg - 2.442 MJ/kg · 8.936 · %v/100", hhv, a.H)
	return lhv
}

func heatingValues(in *Input, out *Result) {
	a := analysis(in)
	in.Says("unit", "wt% dry")
	if in.Complete() {
		putHeatingValues(out, a)
	}
}

func heatingValuesAsReceived(in *Input, out *Result) {
	wet := analysis(in.Object("as_received_wtpct"))
	m := in.Between("moisture_wtpct", "%", 0, 99.9) / 100
	if !in.Complete() {
		return
	}
	dry := dryAnalysis(wet, m)
	out.Remark("dry: C %v, H %v, O %v, N %v, S %v, ash %v %%", dry.C, dry.H, dry.O, dry.N, dry.S, dry.Ash)
	lhv := putHeatingValues(out, dry)
	out.Number("LHV_as_received_from_channiwala_parikh", "MJ/kg", balance.LHVAsReceived(lhv, m), "LHV_d (1 - M) - 2.442 M", "%v MJ/kg · (1 - %v) - 2.442 MJ/kg · %v", lhv, m, m)
}

func heatingValueProximate(in *Input, out *Result) {
	fc, vm, ash := in.Between("FC", "%", 0, 100), in.Between("VM", "%", 0, 100), in.Between("ash", "%", 0, 100)
	in.Says("unit", "wt% dry")
	if in.Complete() {
		out.Number("HHV_MJ_kg", "MJ/kg", proximateHHV(fc, vm, ash), "0.3536 FC + 0.1559 VM - 0.0078 Ash", "0.3536 · %v %% + 0.1559 · %v %% - 0.0078 · %v %%", fc, vm, ash)
	}
}
