package balance

// Oxidation is how much of the methane a cover oxidises. Efficiency is never
// outside 0 to 1; Raw is the number as it came out.
type Oxidation struct {
	Efficiency, Raw float64
	Negative        bool
}

func oxidation(raw float64) Oxidation {
	return Oxidation{Efficiency: min(1, max(0, raw)), Raw: raw, Negative: raw < 0}
}

// OxidationByRatio returns what is oxidised above a depth, from the ratio of the two gases there.
//
//	R = CO2_i / CH4_i      x = (CH4 R - CO2) / (1 + R)      e = x / CH4      gases in % of volume
//
//	CH4, CO2      raw landfill gas
//	CH4_i, CO2_i  at depth i
//
// Computed as x = (CH4 CO2_i - CO2 CH4_i) / (CH4_i + CO2_i), which also holds where no methane is left.
//
// Source: carbon balance of the gas in a cover, as Gebert et al. 2011, Waste Management 31:987
// (formula unverified). Valid: without respiration of the soil, dissolution or growth. Of one flux: a percentage is never carried to another flux.
func OxidationByRatio(rawCH4, rawCO2, depthCH4, depthCO2 float64) (x float64, o Oxidation) {
	x = (float64(rawCH4*depthCO2) - float64(rawCO2*depthCH4)) / (depthCH4 + depthCO2)
	return x, oxidation(x / rawCH4)
}

// OxidationByFlux returns what is oxidised between two fluxes of methane.
//
//	e = 1 - J_out / J_in      [1]; g/(m².d)
//
// Source: definition. Valid: J_in > 0.
func OxidationByFlux(in, out float64) Oxidation { return oxidation(1 - out/in) }
