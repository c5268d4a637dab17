package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Quantity is a number with its unit, as written in configuration: "0.1 kg".
type Quantity struct {
	Value float64
	Unit  Unit
}

// ParseQuantity reads a number, one space and a unit: "0.1 kg", "-12.5 Cel",
// "44 %". A number alone is a pure number.
func ParseQuantity(s string) (Quantity, error) {
	number, code, spaced := strings.Cut(s, " ")
	value, err := parseNumber(number)
	if err != nil {
		return Quantity{}, fmt.Errorf("quantity %q: %w", clip(s), err)
	}
	if !spaced {
		return Quantity{Value: value}, nil
	}
	unit, err := ParseUnit(code)
	if err != nil {
		return Quantity{}, fmt.Errorf("quantity %q: %w", clip(s), err)
	}
	return Quantity{value, unit}, nil
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}

// parseNumber reads a plain decimal number: no hexadecimal, no infinity, no
// underscores, and a point, not a comma.
func parseNumber(s string) (float64, error) {
	if s == "" {
		return 0, fmt.Errorf("starts with no number")
	}
	for i, c := range []byte(s) {
		switch {
		case digit(c), c == '.', c == '-', c == '+':
		case c == 'e' || c == 'E':
			if i == 0 {
				return 0, fmt.Errorf("%q is not a number", s)
			}
		case c == ',':
			return 0, fmt.Errorf("%q has a comma: write a point for decimals and nothing for thousands", s)
		default:
			if i > 0 && digit(s[i-1]) {
				return 0, fmt.Errorf("%q is not a number: put one space between number and unit, as in 0.1 kg", s)
			}
			return 0, fmt.Errorf("%q is not a number", s)
		}
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number that can be held", s)
	}
	if value == 0 {
		value = 0 // no negative zero
	}
	return value, nil
}

// In returns the value in unit u.
func (q Quantity) In(u Unit) (float64, error) {
	c, err := q.Unit.To(u)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q, err)
	}
	return c.Apply(q.Value), nil
}

// Duration returns a quantity of time in whole nanoseconds.
func (q Quantity) Duration() (time.Duration, error) {
	seconds, err := q.In(Second)
	if err != nil {
		return 0, err
	}
	ns := math.RoundToEven(float64(seconds * 1e9))
	if math.Abs(ns) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%s: longer than 146 years", q)
	}
	return time.Duration(ns), nil
}

// String prints the shortest number that reads back the same, a space and the
// unit; a pure number has no unit.
func (q Quantity) String() string {
	if q.Unit == (Unit{}) {
		return FormatNumber(q.Value)
	}
	return FormatNumber(q.Value) + " " + q.Unit.String()
}

// MarshalText prints the quantity as String does.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads a quantity as ParseQuantity does.
func (q *Quantity) UnmarshalText(text []byte) error {
	parsed, err := ParseQuantity(string(text))
	if err != nil {
		return err
	}
	*q = parsed
	return nil
}

// FormatNumber prints the shortest decimal that reads back as v, without an
// exponent for anything a person would write without one.
func FormatNumber(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
