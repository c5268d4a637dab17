package balance

import "math"

// CO2PerCarbon is the mass of carbon dioxide that holds a mass of carbon: 44.009/12.011.
//
// Source: IUPAC abridged atomic masses. A method that says 44/12 uses its own factor.
const CO2PerCarbon = (massC + 2*massO) / massC

// ProductUncertainty returns the standard uncertainty of a product of two independent values.
//
//	u(m c)² = (c u_m)² + (m u_c)²
//
// Source: GUM (JCGM 100), 5.1.2, first order.
func ProductUncertainty(m, um, c, uc float64) float64 {
	a, b := float64(c*um), float64(m*uc)
	return math.Sqrt(float64(a*a) + float64(b*b))
}

// TotalUncertainty returns the two parts of the standard uncertainty of a
// total of n equal values: what is random in each, and what all share.
//
//	u_random = √n q u_r      u_shared = n q u_s      u = √(u_random² + u_shared²)
//
//	q  one value; u_r, u_s  relative standard uncertainties
//
// Source: GUM (JCGM 100), 5.1.2 and 5.2.2, first order. Treating a calibration as random in each value
// makes the uncertainty of a year's total many times too small.
func TotalUncertainty(n, q, random, shared float64) (uRandom, uShared, u float64) {
	uRandom = float64(float64(math.Sqrt(n)*q) * random)
	uShared = float64(float64(n*q) * shared)
	return uRandom, uShared, math.Sqrt(float64(uRandom*uRandom) + float64(uShared*uShared))
}
