package balance

import "math"

// CO2PerCarbon is the mass of carbon dioxide that holds a mass of carbon: 44.009/12.011.
//
// Source: IUPAC abridged atomic masses. A method that says 44/12 uses its own factor.
const CO2PerCarbon = (massC + 2*massO) / massC

// RootSum returns the standard uncertainty of a sum from those of its terms,
// and the relative one of a product from the relative ones of its factors.
//
//	u = √Σ u_i²
//
// Source: GUM (JCGM 100), 5.1.2 and 5.1.6. Valid: inputs independent.
func RootSum(u ...float64) float64 {
	sum := 0.0
	for _, x := range u {
		sum += float64(x * x)
	}
	return math.Sqrt(sum)
}
