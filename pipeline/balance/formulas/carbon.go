package formulas

import "github.com/nielu/nielu/pipeline/balance"

// carbonOfCO2 returns the carbon in a mass of carbon dioxide.
//
//	C = m · 12.011 / 44.009      [kg] = [kg] [1]
//
// Source: IUPAC abridged atomic masses. A method that says 12/44 uses its own factor.
func carbonOfCO2(mass float64) float64 { return float64(mass*12.011) / 44.009 }

// carbonByMass returns the carbon in a mass of gas whose analysis is in shares
// of mass. The sum of the shares is returned beside it and nothing is
// normalised.
//
//	w_C = Σ w_i n_C,i 12.011 / M_i      [1] = [1] [1]
//
// Source: definition.
func carbonByMass(massShares []balance.Share) (carbon, sum float64) {
	for _, s := range massShares {
		carbon += float64(s.Value * (float64(s.Species.Carbon*12.011) / s.Species.MolarMass))
		sum += s.Value
	}
	return carbon, sum
}
