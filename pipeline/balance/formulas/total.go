package formulas

import (
	"math"

	"github.com/nielu/nielu/pipeline/balance"
)

// productUncertainty returns the standard uncertainty of a product of two independent values.
//
//	u(m c)² = (c u_m)² + (m u_c)²      [kg²] = ([1] [kg])² + ([kg] [1])²
//
// Source: GUM (JCGM 100), 5.1.2, first order.
func productUncertainty(m, um, c, uc float64) float64 {
	return balance.RootSum(float64(c*um), float64(m*uc))
}

// totalUncertainty returns the two parts of the standard uncertainty of a
// total of n equal values: what is random in each, and what all share.
//
//	u_random = √n q u_r      u_shared = n q u_s      u = √(u_random² + u_shared²)
//
//	q  one value; u_r, u_s  relative standard uncertainties
//
// Source: GUM (JCGM 100), 5.1.2 and 5.2.2, first order. Treating a calibration as random in each value
// makes the uncertainty of a year's total many times too small.
func totalUncertainty(n, q, random, shared float64) (uRandom, uShared, u float64) {
	uRandom = float64(float64(math.Sqrt(n)*q) * random)
	uShared = float64(float64(n*q) * shared)
	return uRandom, uShared, balance.RootSum(uRandom, uShared)
}
