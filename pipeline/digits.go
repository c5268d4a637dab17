package pipeline

import (
	"math"
	"strconv"
)

// Digits writes a number for people, with so many significant digits and,
// from a millionth to a million millions, without an exponent.
func Digits(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'g', digits, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(x) < 1e12 && math.Abs(x) > 1e-6 {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return text
}

// quiet returns 0 for what is no more than the rounding of numbers as large as
// most.
func quiet(x, most float64) float64 {
	if math.Abs(x) <= float64(1e-12*math.Abs(most)) {
		return 0
	}
	return x
}
