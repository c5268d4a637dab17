package balance

import "github.com/nielu/nielu/measure/elementary"

// The normal state, to which every volume marked {N} refers; its temperature is
// also the zero of the Celsius scale.
const (
	NormalPressure    = 101325.0 // Pa
	NormalTemperature = 273.15   // K
)

// The coefficients of the Magnus form, see [VapourShare].
const (
	MagnusA = 611.2  // Pa
	MagnusB = 17.62  // 1
	MagnusC = 243.12 // K
)

// Density returns the density of an ideal gas in the normal state.
//
//	ρ = M / V_m      [kg/m³] = [kg/kmol] / [m³/kmol]
//
// Source: ideal gas, as CDM TOOL08 v3.
func Density(molarMass float64) float64 { return molarMass / MolarVolume }

// NormalVolume brings an actual volume to the normal state, 0 °C and 101 325 Pa.
//
//	Q_N = Q (P / 101 325) (273.15 / T)      [m³] = [m³] [Pa/Pa] [K/K]
//
// Source: ideal gas. Valid: P absolute, T > 0 K. Water vapour
// is still in it: the dry volume is Q_N (1 - x_H2O), as [Dry] is for mass.
func NormalVolume(volume, pressure, temperature float64) float64 {
	return float64(volume*(pressure/NormalPressure)) * (NormalTemperature / temperature)
}

// VapourShare returns the mole share of water vapour in a moist gas.
//
//	p_s = 611.2 exp(17.62 t / (243.12 + t))      x = φ p_s / P      [Pa], t in °C
//
//	φ  relative humidity over water, 0 to 1
//
// Source: WMO-No. 8 Annex 4.B, Magnus form. Valid: -45 to 60 °C, P absolute.
func VapourShare(humidity, pressure, temperature float64) float64 {
	t := temperature - NormalTemperature
	saturation := float64(MagnusA * elementary.Exp(float64(MagnusB*t)/(MagnusC+t)))
	return float64(humidity*saturation) / pressure
}
