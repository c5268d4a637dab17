package measure

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
