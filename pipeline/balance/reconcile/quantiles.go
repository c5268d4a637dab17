package reconcile

import (
	"math"

	"github.com/nielu/nielu/measure/elementary"
)

// lnGamma returns ln of the gamma function of a > 0.
//
//	ln G(a) = (a - 1/2) ln a - a + ln(2 pi)/2 + 1/(12 a) - 1/(360 a^3) + ...
//
// Source: Abramowitz and Stegun 6.1.41, after 6.1.15 has lifted a above 16.
func lnGamma(a float64) float64 {
	product := 1.0
	for ; a < 16; a++ {
		product = float64(product * a)
	}
	i := 1 / a
	i2 := float64(i * i)
	tail := float64(i * (1./12 + float64(i2*(-1./360+float64(i2*(1./1260+float64(i2*(-1./1680+float64(i2*(1./1188))))))))))
	const halfLnTwoPi = 0.91893853320467274178
	return float64((a-0.5)*elementary.Log(a)) - a + halfLnTwoPi + tail - elementary.Log(product)
}

// gammaUpper returns Q(a, x), the upper regularised incomplete gamma function:
// its series below a + 1 and its continued fraction above, so that small
// values keep their digits.
//
// Source: Abramowitz and Stegun 6.5.29 and 6.5.31.
func gammaUpper(a, x float64) float64 {
	if x <= 0 {
		return 1
	}
	front := elementary.Exp(float64(a*elementary.Log(x)) - x - lnGamma(a))
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := 1.0; term > sum*1e-17 && n < 1e6; n++ {
			term = float64(term*x) / (a + n)
			sum += term
		}
		return 1 - float64(front*sum)
	}
	b := x + 1 - a
	c, d := math.MaxFloat64, 1/b
	h := d
	for n := 1.0; n < 1e6; n++ { // Lentz
		an := float64(-n * (n - a))
		b += 2
		d = 1 / (float64(an*d) + b)
		c = b + an/c
		delta := float64(d * c)
		h = float64(h * delta)
		if math.Abs(delta-1) < 1e-16 {
			break
		}
	}
	return float64(front * h)
}

// chiSquareTail returns the probability that chi-square with df degrees of
// freedom exceeds x.
func chiSquareTail(x float64, df int) float64 { return gammaUpper(float64(df)/2, float64(x/2)) }

// chiSquareLimit returns the x that chi-square with df degrees of freedom
// exceeds with probability alpha: Newton on the logarithm of the tail, kept
// inside a bracket, from the approximation of Wilson and Hilferty.
func chiSquareLimit(alpha float64, df int) float64 {
	nu := float64(df)
	a := float64(nu / 2)
	h := 2 / float64(9*nu)
	root := 1 - h + float64(roughNormal(alpha)*math.Sqrt(h))
	x := math.Max(float64(nu*elementary.Power(math.Max(root, 0.01), 3)), 1e-6)
	low, high := 0.0, math.Inf(1)
	target, constant := elementary.Log(alpha), float64(a*math.Ln2)+lnGamma(a)
	for range 200 {
		tail := gammaUpper(a, float64(x/2))
		off := elementary.Log(tail) - target
		if off > 0 {
			low = x
		} else {
			high = x
		}
		density := elementary.Exp(float64((a-1)*elementary.Log(x)) - float64(x/2) - constant)
		next := x + float64(off*tail)/density
		if math.Abs(next-x) <= float64(1e-9*x) { // the next step would be below 1e-16
			return next
		}
		if !(next > low && next < high) {
			if next = low + float64((high-low)/2); math.IsInf(high, 1) {
				next = float64(2 * x)
			}
		}
		x = next
	}
	return x
}

// roughNormal returns the one-sided normal limit to three digits, a start.
//
// Source: Abramowitz and Stegun 26.2.23.
func roughNormal(alpha float64) float64 {
	if alpha > 0.5 {
		return -roughNormal(1 - alpha)
	}
	t := math.Sqrt(float64(-2 * elementary.Log(math.Max(alpha, 1e-300))))
	over := 2.515517 + float64(t*(0.802853+float64(t*0.010328)))
	under := 1 + float64(t*(1.432788+float64(t*(0.189269+float64(t*0.001308)))))
	return t - over/under
}

// normalLimit returns the z that the absolute value of a standard normal
// variable exceeds with probability beta.
func normalLimit(beta float64) float64 { return math.Sqrt(chiSquareLimit(beta, 1)) }

// sidak returns the level of each of k tests that keeps all of them together
// at alpha.
//
//	beta = 1 - (1 - alpha)^(1/k)
//
// Source: Šidák 1967, J. Am. Stat. Assoc. 62:626.
func sidak(alpha float64, k int) float64 {
	return -elementary.ExpMinusOne(elementary.Log(1-alpha) / float64(k))
}

// MaximumLimit returns the z that the largest absolute value of k independent
// standard normal variables exceeds with probability alpha: the limit for k
// tests that are made together. It needs 0 < alpha < 1 and k of at least 1.
//
// Source: Šidák (1967), as the measurement test of a [Problem].
func MaximumLimit(alpha float64, k int) float64 { return normalLimit(sidak(alpha, k)) }
