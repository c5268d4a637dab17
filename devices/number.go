package devices

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// parseDecimal reads a decimal number as it is written, without rounding.
func parseDecimal(text string) (*big.Rat, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	digits := strings.TrimLeft(mantissa, "+-")
	if len(mantissa)-len(digits) > 1 || digits == "" || len(digits) > 40 || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	if e, err := strconv.Atoi(exponent); exponent != "" && (err != nil || e < -30 || e > 30) {
		return nil, fmt.Errorf("%q is not a decimal number with an exponent from -30 to 30", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	return r, nil
}

// parseDecimalQuantity reads "0.1 kg". Without a unit the unit is 1 and bare is true.
func parseDecimalQuantity(text string) (value *big.Rat, unit measure.Unit, bare bool, err error) {
	number, code, found := strings.Cut(strings.TrimSpace(text), " ")
	if value, err = parseDecimal(number); err != nil {
		return nil, unit, false, err
	}
	if !found {
		return value, unit, true, nil
	}
	unit, err = measure.ParseUnit(strings.TrimSpace(code))
	return value, unit, false, err
}

// pointIn reads an exact value in a unit, false if there is none or it is
// wrong. A number alone is taken to be in that unit, if bare allows it.
func pointIn(x strict.Node, unit measure.Unit, bare bool) (*big.Rat, bool) {
	return readIn(x, unit, bare, convertPoint)
}

// differenceIn reads as pointIn does what is a difference and not a point: a factor,
// a span, an offset.
func differenceIn(x strict.Node, unit measure.Unit, bare bool) (*big.Rat, bool) {
	return readIn(x, unit, bare, convertDifference)
}

func readIn(x strict.Node, unit measure.Unit, bare bool, convert func(value *big.Rat, from, to measure.Unit) (*big.Rat, error)) (*big.Rat, bool) {
	text := x.Text()
	if text == "" {
		return nil, false
	}
	value, from, alone, err := parseDecimalQuantity(text)
	switch {
	case err != nil:
	case !alone:
		value, err = convert(value, from, unit)
	case !bare && unit != measure.Unit{}:
		err = fmt.Errorf("%q has no unit: write \"%s %s\"", text, text, unit)
	}
	if err != nil {
		x.Fault("%v", err)
	}
	return value, err == nil
}

// convertPoint converts an exact value, a point of its scale, from one unit to another.
func convertPoint(value *big.Rat, from, to measure.Unit) (*big.Rat, error) {
	factor, zero, err := conversionOf(from, to)
	if err != nil {
		return nil, err
	}
	return factor.Mul(factor, value).Add(factor, zero), nil
}

// convertDifference converts an exact difference. Between units that count from
// different zeros, as K and Cel do, it refuses: whoever wrote it may have
// thought of a point.
func convertDifference(value *big.Rat, from, to measure.Unit) (*big.Rat, error) {
	factor, zero, err := conversionOf(from, to)
	if err == nil && zero.Sign() != 0 {
		err = fmt.Errorf("%s counts from another zero than %s: write it in %s", from, to, to)
	}
	if err != nil {
		return nil, err
	}
	return factor.Mul(factor, value), nil
}

// conversionOf returns the exact conversion from one unit to another: what was 1
// is factor + zero, and what was 0 is zero.
func conversionOf(from, to measure.Unit) (factor, zero *big.Rat, err error) {
	if from == to {
		return big.NewRat(1, 1), new(big.Rat), nil
	}
	conversion, err := from.To(to)
	if err != nil {
		return nil, nil, err
	}
	return rational(conversion.Scale), rational(conversion.Offset), nil
}

// absolute tells whether a unit counts from the zero of its own kind: K does,
// Cel does not.
func absolute(unit measure.Unit) bool {
	conversion, err := unit.To(measure.MustUnit("K"))
	return err != nil || conversion.Offset == 0
}

// decimal writes an exact number for people.
func decimal(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', 10, 64)
}

// rational returns the simple fraction a float stands for: its decimal if that
// is short, else the simplest fraction within 1 part in 10^15 of it, so that
// the factor 1/60 is 1/60.
func rational(f float64) *big.Rat {
	decimal, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', 15, 64))
	if !ok { // not finite
		return new(big.Rat)
	}
	limit := big.NewInt(1e12)
	if decimal.Num().CmpAbs(limit) <= 0 && decimal.Denom().Cmp(limit) <= 0 {
		return decimal
	}
	target := new(big.Rat).SetFloat64(f)
	tolerance := new(big.Rat).Mul(new(big.Rat).Abs(target), big.NewRat(1, 1e15))
	rest := new(big.Rat).Set(target)
	p0, q0, p1, q1 := big.NewInt(0), big.NewInt(1), big.NewInt(1), big.NewInt(0)
	for range 64 {
		whole := new(big.Int).Div(rest.Num(), rest.Denom()) // rounds down
		p0, p1 = p1, new(big.Int).Add(new(big.Int).Mul(whole, p1), p0)
		q0, q1 = q1, new(big.Int).Add(new(big.Int).Mul(whole, q1), q0)
		candidate := new(big.Rat).SetFrac(p1, q1)
		difference := new(big.Rat).Sub(candidate, target)
		if difference.Abs(difference).Cmp(tolerance) <= 0 {
			return candidate
		}
		rest.Sub(rest, new(big.Rat).SetInt(whole))
		if rest.Sign() == 0 {
			return candidate
		}
		rest.Inv(rest)
	}
	return decimal
}
