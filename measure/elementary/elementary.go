// Package elementary has the elementary functions, and the mean and scatter of
// samples, of everything that becomes a figure of an account. Numbers go in and
// come out with the same bits on every processor: those of the standard library
// are written anew for each, and a last digit can turn into a tonne. Start with
// [Exp].
package elementary

import "math"

// ln 2 in two parts, the first of which leaves room for a factor of 2^k.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Exp returns e to the power of x.
//
//	e^x = 2^k e^r      k = x/ln 2 to the nearest integer, r = x - k ln 2, |r| ≤ ½ ln 2
//	e^r = 1 + r (1 + r/2 (1 + r/3 (1 + ...)))      16 terms, the next is below 10⁻²²
//
// Source: Cody-Waite reduction and the Taylor series.
// Valid: every number; beyond the range of float64 it is 0 or infinite. Error: below 4 units of the last place.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 709.78:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	k := math.RoundToEven(float64(x * math.Log2E))
	r := x - float64(k*ln2High) - float64(k*ln2Low)
	sum := 1.0
	for n := 16.0; n >= 1; n-- {
		sum = 1 + float64(r/n*sum)
	}
	return math.Ldexp(sum, int(k))
}

// Log returns the natural logarithm of x.
//
//	ln x = k ln 2 + ln m      x = 2^k m, ½√2 ≤ m < √2
//	ln m = 2 (s + s³/3 + s⁵/5 + ...)      s = (m - 1)/(m + 1), |s| < 0.172; 13 terms, the next is below 10⁻²¹
//
// Source: Abramowitz and Stegun 4.1.27, after reduction by powers of two.
// Valid: x > 0; of 0 it is -Inf, below it NaN. Error: below 3 units of the last place.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = float64(2*m), e-1
	}
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	sum := 0.0
	for n := 25.0; n >= 3; n -= 2 {
		sum = float64(square * (1/n + sum))
	}
	k := float64(e)
	return float64(k*ln2High) + (float64(2*s) + (float64(2*s*sum) + float64(k*ln2Low)))
}

// ExpMinusOne returns e^x - 1, which keeps its digits near zero.
//
//	e^x - 1 = x (1 + x/2 (1 + x/3 (1 + ...)))      |x| ≤ 0.3: 15 terms, the next is below 10⁻²²
//
// Source: the Taylor series.
// Valid: every number. Error: below 4 units of the last place.
func ExpMinusOne(x float64) float64 {
	if math.Abs(x) > 0.3 {
		return Exp(x) - 1
	}
	sum := 1.0
	for n := 15.0; n >= 2; n-- {
		sum = 1 + float64(x*sum)/n
	}
	return float64(x * sum)
}

// Power returns x to the power of y.
//
//	x^y = x x ... x      y whole, to 64; of y below 0 its reciprocal
//	x^y = e^(y ln x)     any other y
//
// Source: definition.
// Valid: x not below 0, where y is not whole. 0 to a power below 0 is infinite.
func Power(x, y float64) float64 {
	if y == math.Trunc(y) && math.Abs(y) <= 64 {
		product, n := 1.0, int(math.Abs(y))
		for square := x; n > 0; n >>= 1 {
			if n&1 == 1 {
				product = float64(product * square)
			}
			square = float64(square * square)
		}
		if y < 0 {
			return 1 / product
		}
		return product
	}
	if x == 0 && y > 0 {
		return 0
	}
	return Exp(float64(y * Log(x)))
}
