package formulas

import (
	"github.com/nielu/nielu/measure/elementary"
)

// woolfYield returns the ash-free char made of dry ash-free feed, the dry char
// made of dry feed, ash and all, and the carbon share of that char.
//
//	Y_daf = 0.1261 + 0.5391 exp(-0.004 T) + 0.2733 L            [kg/kg], both dry and ash-free
//	Y     = Y_daf (1 - a) + a                                   [kg/kg], both dry
//	C     = (1 - a / Y) (0.93 - 0.92 exp(-0.0042 T))            [1], of dry char
//
//	T  highest treatment temperature, °C and not kelvin
//	a  ash of dry feed, L lignin of dry feed, 0 to 1
//
// Source: Woolf et al. 2021, Environ. Sci. Technol. 55:14795, on the basis of
// the authors' own code (domwoolf/Biochar_AG, BiocharAG/R/pyrolysis.R).
func woolfYield(celsius, ash, lignin float64) (ashFree, char, carbon float64) {
	ashFree = 0.1261 + float64(0.5391*elementary.Exp(float64(-0.004*celsius))) + float64(0.2733*lignin)
	char = float64(ashFree*(1-ash)) + ash
	carbon = float64((1 - ash/char) * (0.93 - float64(0.92*elementary.Exp(float64(-0.0042*celsius)))))
	return ashFree, char, carbon
}
