package formulas

import "github.com/nielu/nielu/pipeline/balance"

// dulong returns the higher heating value of a dry fuel.
//
//	HHV = 0.3383 C + 1.443 (H - O/8) + 0.0942 S      [MJ/kg], shares in % dry
//
// Source: Dulong as commonly printed (unverified; another published version is 0.1 % off).
// Valid: to 10 % oxygen; not for raw biomass.
func dulong(a balance.Analysis) float64 {
	return float64(0.3383*a.C) + float64(1.443*(a.H-a.O/8)) + float64(0.0942*a.S)
}

// modifiedDulong returns the higher heating value of a dry fuel in kJ/kg.
//
//	HHV = 338 C + 1428 (H - O/8) + 95 S      [kJ/kg], shares in % dry
//
// Source: as printed in the combustion tests of CalebBell/chemicals, where the
// result for mass fractions is kJ/kg divided by 100. Valid: below 10 % oxygen.
func modifiedDulong(a balance.Analysis) float64 {
	return float64(338*a.C) + float64(1428*(a.H-a.O/8)) + float64(95*a.S)
}

// boie returns the higher heating value of a dry fuel.
//
//	HHV = 0.3516 C + 1.16225 H - 0.1109 O + 0.0628 N + 0.10465 S      [MJ/kg], shares in % dry
//
// Source: Boie as commonly printed (unverified).
func boie(a balance.Analysis) float64 {
	h := float64(0.3516*a.C) + float64(1.16225*a.H) - float64(0.1109*a.O)
	return h + float64(0.0628*a.N) + float64(0.10465*a.S)
}

// dryAnalysis turns an analysis as received into one of dry matter. Moisture is a
// share of wet mass, 0 to 1.
func dryAnalysis(a balance.Analysis, moisture float64) balance.Analysis {
	d := func(x float64) float64 { return dryShare(x, moisture) }
	return balance.Analysis{C: d(a.C), H: d(a.H), O: d(a.O), N: d(a.N), S: d(a.S), Ash: d(a.Ash)}
}

// proximateHHV returns the higher heating value of a dry fuel from its fixed
// carbon, volatile matter and ash.
//
//	HHV = 0.3536 FC + 0.1559 VM - 0.0078 Ash      [MJ/kg], shares in % dry
//
// Source: Parikh, Channiwala & Ghosal 2005, Fuel 84:487; mean absolute error 3.74 %.
func proximateHHV(fixedCarbon, volatile, ash float64) float64 {
	return float64(0.3536*fixedCarbon) + float64(0.1559*volatile) - float64(0.0078*ash)
}

// dryShare turns a share of matter as received into a share of dry matter.
//
//	X_d = X_ar / (1 - M)      [1] = [1] / [1]
//
// Source: ISO 16993:2016. Valid: 0 ≤ M < 1.
func dryShare(asReceived, moisture float64) float64 { return asReceived / (1 - moisture) }
