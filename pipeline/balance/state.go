package balance

import (
	"fmt"

	"github.com/nielu/nielu/measure/elementary"
)

// The normal state, to which every volume marked {N} refers.
const (
	normalPressure    = 101325.0 // Pa
	normalTemperature = 273.15   // K
)

// GasConstant is R in J/(mol K), which is also Pa m³/(mol K).
//
// Source: CODATA 2018.
const GasConstant = 8.314462618

// MolarVolumeAt returns the volume of a kilomole of ideal gas.
//
//	V_m = 1000 R T / P      [m³/kmol] = [mol/kmol] [J/(mol K)] [K] / [Pa]
//
// Source: ideal gas. Valid: R in J/(mol K), so near 8.3145. A
// published text prints the constant per kilomole as 0.008314472 Pa m³/(kmol K),
// a factor of 10⁶ off: any other magnitude than the right one is refused.
func MolarVolumeAt(r, temperature, pressure float64) (float64, error) {
	if !(r > 8.31 && r < 8.32) {
		return 0, fmt.Errorf("a gas constant of %g J/(mol K): it is 8.314462618 J/(mol K); check its unit, and the power of ten", r)
	}
	if !(temperature > 0) || !(pressure > 0) {
		return 0, fmt.Errorf("a gas at %g K and %g Pa: both are absolute and above 0", temperature, pressure)
	}
	return float64(float64(1000*r)*temperature) / pressure, nil
}

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
	return float64(volume*(pressure/normalPressure)) * (normalTemperature / temperature)
}

// ReferenceOxygen returns the factor that brings a concentration to a
// reference content of oxygen.
//
//	c_ref = c (20.95 - O2_ref) / (20.95 - O2)      oxygen in % of dry volume
//
// Source: dilution with air of 20.95 % oxygen; Directive 2010/75/EU, Annex VI part 7, has 21 %.
// Valid: O2 < 20.95 %.
func ReferenceOxygen(measured, reference float64) float64 {
	return (20.95 - reference) / (20.95 - measured)
}

// VapourShare returns the mole share of water vapour in a moist gas.
//
//	p_s = 611.2 exp(17.62 t / (243.12 + t))      x = φ p_s / P      [Pa], t in °C
//
//	φ  relative humidity over water, 0 to 1
//
// Source: WMO-No. 8 Annex 4.B, Magnus form. Valid: -45 to 60 °C, P absolute.
func VapourShare(humidity, pressure, temperature float64) float64 {
	t := temperature - 273.15
	saturation := float64(611.2 * elementary.Exp(float64(17.62*t)/(243.12+t)))
	return float64(humidity*saturation) / pressure
}
