package reconcile

import "math"

// The standard library's exp and log are written per processor, or compiled
// with fused multiply-add on some; these give the same bytes on all. Errors
// stay below two units in the last place.

const (
	ln2High = 6.93147180369123816490e-01 // its last 32 bits are zero
	ln2Low  = 1.90821492927058770002e-10
)

// exponential returns e^x.
func exponential(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 709.782712893384:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	k := math.Floor(x/math.Ln2 + 0.5)
	r := x - float64(k*ln2High) - float64(k*ln2Low)
	sum := 1.0
	for n := 15.0; n >= 1; n-- { // |r| < 0.35: the next term is below 1e-20
		sum = 1 + float64(r*sum)/n
	}
	return math.Ldexp(sum, int(k))
}

// logarithm returns ln x; NaN for x < 0.
func logarithm(x float64) float64 {
	switch {
	case x != x || x < 0:
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
	s := (m - 1) / (m + 1) // ln m = 2 artanh s, |s| < 0.172
	s2 := float64(s * s)
	sum := 0.0
	for n := 25.0; n >= 3; n -= 2 {
		sum = float64(s2 * (1/n + sum))
	}
	k := float64(e)
	return float64(k*ln2High) + (float64(2*s) + (float64(2*s*sum) + float64(k*ln2Low)))
}

// expMinusOne returns e^x - 1, exact also near zero.
func expMinusOne(x float64) float64 {
	if math.Abs(x) > 0.3 {
		return exponential(x) - 1
	}
	sum := 1.0
	for n := 15.0; n >= 2; n-- {
		sum = 1 + float64(x*sum)/n
	}
	return float64(x * sum)
}

// power returns x^c. Whole exponents up to 64 are products, so that x may be
// negative.
func power(x, c float64) float64 {
	if c == math.Trunc(c) && math.Abs(c) <= 64 {
		product, n := 1.0, int(math.Abs(c))
		for square := x; n > 0; n >>= 1 {
			if n&1 == 1 {
				product = float64(product * square)
			}
			square = float64(square * square)
		}
		if c < 0 {
			return 1 / product
		}
		return product
	}
	if x == 0 && c > 0 {
		return 0
	}
	return exponential(float64(c * logarithm(x)))
}
