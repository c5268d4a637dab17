// Package elementary has the elementary functions of everything that becomes a
// figure of an account, with the same bits on every processor: those of the
// standard library are written anew for each, and a last digit can turn into a
// tonne.
package elementary

import "math"

// Exp returns e to the power of x.
//
//	e^x = 2^k e^r      k = x/ln 2 to the nearest integer, r = x - k ln 2, |r| ≤ ½ ln 2
//	e^r = 1 + r (1 + r/2 (1 + r/3 (1 + ...)))      16 terms, the next is below 10⁻²²
//
// Valid: every number; beyond the range of float64 it is 0 or infinite. Error: below 4 units of the last place.
func Exp(x float64) float64 {
	const (
		high = 6.93147180369123816490e-01 // ln 2 in two parts, the first with room for k
		low  = 1.90821492927058770002e-10
	)
	switch {
	case math.IsNaN(x):
		return x
	case x > 709.78:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	k := math.RoundToEven(float64(x * math.Log2E))
	r := x - float64(k*high) - float64(k*low)
	sum := 1.0
	for n := 16.0; n >= 1; n-- {
		sum = 1 + float64(r/n*sum)
	}
	return math.Ldexp(sum, int(k))
}

// Log returns the natural logarithm of x.
//
//	ln x = k ln 2 + ln m      x = 2^k m, ½√2 ≤ m < √2
//	ln m = 2 (s + s³/3 + s⁵/5 + ...)      s = (m - 1)/(m + 1), |s| < 0.172; 12 terms, the next is below 10⁻¹⁹
//
// Valid: x > 0; of 0 it is -Inf, below it NaN. Error: below 4 units of the last place.
func Log(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log(x)
	}
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = float64(2*m), k-1
	}
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	sum := 0.0
	for n := 23.0; n >= 1; n -= 2 {
		sum = 1/n + float64(square*sum)
	}
	return float64(float64(k)*math.Ln2) + float64(2*s*sum)
}

// Power returns x to the power of y, for x not below 0.
func Power(x, y float64) float64 {
	switch {
	case y == 0:
		return 1
	case x == 0:
		return 0
	}
	return Exp(float64(y * Log(x)))
}
