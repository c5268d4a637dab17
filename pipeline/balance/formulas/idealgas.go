package formulas

import (
	"fmt"
)

// gasConstant is R in J/(mol K), which is also Pa m³/(mol K).
//
// Source: CODATA 2018.
const gasConstant = 8.314462618

// molarVolumeAt returns the volume of a kilomole of ideal gas.
//
//	V_m = 1000 R T / P      [m³/kmol] = [mol/kmol] [J/(mol K)] [K] / [Pa]
//
// Source: ideal gas. Valid: R in J/(mol K), so near 8.3145. A
// published text prints the constant per kilomole as 0.008314472 Pa m³/(kmol K),
// a factor of 10⁶ off: any other magnitude than the right one is refused.
func molarVolumeAt(r, temperature, pressure float64) (float64, error) {
	if !(r > 8.31 && r < 8.32) {
		return 0, fmt.Errorf("a gas constant of %g J/(mol K): it is 8.314462618 J/(mol K); check its unit, and the power of ten", r)
	}
	if !(temperature > 0) || !(pressure > 0) {
		return 0, fmt.Errorf("a gas at %g K and %g Pa: both are absolute and above 0", temperature, pressure)
	}
	return float64(float64(1000*r)*temperature) / pressure, nil
}

// referenceOxygen returns the factor that brings a concentration to a
// reference content of oxygen.
//
//	c_ref = c (20.95 - O2_ref) / (20.95 - O2)      oxygen in % of dry volume
//
// Source: dilution with air of 20.95 % oxygen; Directive 2010/75/EU, Annex VI part 7, has 21 %.
// Valid: O2 < 20.95 %.
func referenceOxygen(measured, reference float64) float64 {
	return (20.95 - reference) / (20.95 - measured)
}
