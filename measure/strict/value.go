package strict

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/nielu/nielu/measure"
)

// Text returns a single value as it is written.
func (x Node) Text() string {
	text, ok := x.scalar()
	if !ok && x.n != nil {
		x.Fault("needs a single value here, not %s", x.kind())
	}
	return text
}

func (x Node) scalar() (string, bool) {
	switch v := x.n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		if v.Value != nil {
			return strings.TrimSpace(v.Value.Value), true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return x.n.GetToken().Value, true
	}
	return "", false
}

// Choice returns a value that must be one of a few.
func (x Node) Choice(allowed ...string) string {
	s := x.Text()
	if s != "" && !slices.Contains(allowed, s) {
		hint := ""
		if name := nearest(s, allowed); name != "" {
			hint = meant(name)
		}
		x.Fault("%q is not one of %s%s", s, strings.Join(allowed, ", "), hint)
		return ""
	}
	return s
}

// Flag returns true or false.
func (x Node) Flag() bool {
	switch b := x.n.(type) {
	case nil:
		return false
	case *ast.BoolNode:
		return b.Value
	}
	x.Fault("must be true or false, not %q", x.Text())
	return false
}

// Whole returns a whole number, decimal or 0x hexadecimal, within bounds, and
// another number if there is none.
func (x Node) Whole(absent, low, high int) int {
	text := x.Text()
	if text == "" {
		return absent
	}
	value, err := strconv.ParseInt(text, 0, 64)
	octal := len(text) > 1 && text[0] == '0' && text[1] != 'x'
	if err != nil || value < int64(low) || value > int64(high) || octal || strings.Contains(text, "_") {
		x.Fault("must be a whole number from %d to %d, not %q", low, high, text)
		return absent
	}
	return int(value)
}

// PlainName returns a name of one segment; what says which kind of name it is.
func (x Node) PlainName(what string) string {
	s := x.Text()
	if s == "" && !x.Present() {
		return ""
	}
	if _, err := measure.ParseName(what, s); err != nil {
		x.fault(err.Error())
	}
	return s
}

// Tag returns a tag, "" if it is not one.
func (x Node) Tag() measure.Tag {
	if x.n == nil {
		return ""
	}
	t, err := measure.ParseTag(x.Text())
	if err != nil {
		x.fault(err.Error())
	}
	return t
}

// Unit returns a unit by its code, false if there is none or it is wrong.
func (x Node) Unit() (measure.Unit, bool) {
	if x.n == nil {
		return measure.Unit{}, false
	}
	u, err := measure.ParseUnit(x.Text())
	if err != nil {
		x.Fault("%v", err)
	}
	return u, err == nil
}

// Quantity returns a number with its unit; a number alone is a pure number.
func (x Node) Quantity() (measure.Quantity, bool) {
	s := x.Text()
	if s == "" {
		return measure.Quantity{}, false
	}
	q, err := measure.ParseQuantity(s)
	if err != nil {
		x.Fault("%v", err)
		return measure.Quantity{}, false
	}
	return q, true
}

// In returns a quantity in the unit given. A bare number is refused unless
// the unit is that of pure numbers.
func (x Node) In(u measure.Unit) (float64, bool) {
	q, ok := x.Quantity()
	if !ok {
		return 0, false
	}
	v, err := q.In(u)
	switch {
	case err != nil && q.Unit == measure.Unit{}:
		x.Fault("%s has no unit: write it with its unit, as in \"%s %s\"", q, q, u)
	case err != nil:
		x.Fault("%v", err)
	}
	return v, err == nil
}

// Optional returns a quantity in a unit, or nil if it is not given.
func (x Node) Optional(u measure.Unit) *float64 {
	if v, ok := x.In(u); ok {
		return &v
	}
	return nil
}

// Fraction returns a share written in %, [ppm] or as a pure number, 0 to 1.
func (x Node) Fraction() (float64, bool) {
	v, ok := x.In(measure.Unit{})
	if ok && (v < 0 || v > 1) {
		x.Fault("%s is not between 0 %% and 100 %%", x.Text())
		return 0, false
	}
	return v, ok
}

// Share returns a fraction, or nil if it is not given.
func (x Node) Share() *float64 {
	if v, ok := x.Fraction(); ok {
		return &v
	}
	return nil
}

// Duration returns a length of time above 0, and 0 if there is none.
func (x Node) Duration() time.Duration {
	q, ok := x.Quantity()
	if !ok {
		return 0
	}
	d, err := q.Duration()
	switch {
	case err != nil && q.Unit == measure.Unit{}:
		x.Fault("%s has no unit: write a time, as in 30 s or 2 min", q)
	case err != nil:
		x.Fault("%v", err)
	case d <= 0:
		x.Fault("%s must be more than 0", q)
		d = 0
	}
	return d
}

// Instant returns a time in UTC.
func (x Node) Instant() time.Time {
	s := x.Text()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		x.Fault("%q is not an RFC 3339 time with zone, as in 2026-11-02T00:00:00Z", s)
		return time.Time{}
	}
	return t.UTC()
}
