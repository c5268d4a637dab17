package measure

import (
	"fmt"
	"math/big"
	"strings"
)

// Unit is a unit of measure as a UCUM code that [ParseUnit] accepted. The
// zero Unit is the pure number "1". Two Units are the same if their codes are;
// kWh and kW.h are two codes with a conversion of 1.
//
// A code is a product of units with '.' and '/', integer exponents,
// parentheses and SI prefixes: "kg/h", "g/(m2.d)", "k[lb_av]/h". What stands
// in braces is part of the unit and is kept, unlike in plain UCUM:
// "m3{N}/h" is dry gas at 0 Cel and 101 325 Pa, "bar{g}" is gauge pressure,
// "MJ/kg{LHV}" a lower heating value. There is no conversion between units
// that differ in braces, because that takes physics and not arithmetic.
type Unit struct{ code string }

// ParseUnit reads a UCUM code. What people write instead of one, and what may
// mean two things ("ton", "Nm3", "klb/hr"), is refused with a suggestion.
func ParseUnit(code string) (Unit, error) {
	if code == "" {
		return Unit{}, fmt.Errorf("unit is empty: write 1 for a pure number")
	}
	if len(code) > 60 {
		return Unit{}, fmt.Errorf("unit %.20q...: longer than 60 bytes", code)
	}
	if _, err := resolve(code); err != nil {
		return Unit{}, err
	}
	if code == "1" {
		return Unit{}, nil
	}
	return Unit{code}, nil
}

// MustUnit is ParseUnit for constants in the source; it panics on an error.
func MustUnit(code string) Unit {
	u, err := ParseUnit(code)
	if err != nil {
		panic("measure: " + err.Error())
	}
	return u
}

// String returns the UCUM code.
func (u Unit) String() string {
	if u.code == "" {
		return "1"
	}
	return u.code
}

// MarshalText returns the UCUM code.
func (u Unit) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads a UCUM code as ParseUnit does.
func (u *Unit) UnmarshalText(text []byte) error {
	parsed, err := ParseUnit(string(text))
	if err != nil {
		return err
	}
	*u = parsed
	return nil
}

// Per returns the unit u/o, Times the unit u.o.
func (u Unit) Per(o Unit) (Unit, error) { return ParseUnit(u.String() + "/(" + o.String() + ")") }

// Times returns the unit u.o.
func (u Unit) Times(o Unit) (Unit, error) {
	return ParseUnit("(" + u.String() + ").(" + o.String() + ")")
}

// Same tells whether values in u and o are of one kind, so that u.To(o) works.
func (u Unit) Same(o Unit) bool { _, err := u.To(o); return err == nil }

// Conversion turns a value in one unit into another: to = value*Scale + Offset.
// Resolve it once, then apply it to every value.
type Conversion struct{ Scale, Offset float64 }

// Apply converts one value. Two explicit roundings: the same bits on every CPU.
func (c Conversion) Apply(value float64) float64 {
	return float64(value*c.Scale) + c.Offset
}

// To returns the conversion from u to other. Scale and offset are computed
// exactly and rounded once each.
func (u Unit) To(other Unit) (Conversion, error) {
	if u == other {
		return Conversion{1, 0}, nil
	}
	from, err := resolve(u.String())
	if err != nil {
		return Conversion{}, err
	}
	to, err := resolve(other.String())
	if err != nil {
		return Conversion{}, err
	}
	if from.dims != to.dims {
		return Conversion{}, fmt.Errorf("cannot convert %s to %s: %s is not %s", u, other, from.dims, to.dims)
	}
	if a, b := from.noteText(), to.noteText(); a != b {
		return Conversion{}, fmt.Errorf("cannot convert %s to %s: %s", u, other, differs(a, b))
	}
	// value*fs + fo = x*ts + to, so x = value*fs/ts + (fo-to)/ts.
	scale, offset := new(big.Rat).Quo(from.scale, to.scale), new(big.Rat)
	if from.offset != nil {
		offset.Add(offset, from.offset)
	}
	if to.offset != nil {
		offset.Sub(offset, to.offset)
	}
	offset.Quo(offset, to.scale)
	var c Conversion
	c.Scale, _ = scale.Float64()
	c.Offset, _ = offset.Float64()
	return c, nil
}

func differs(a, b string) string {
	name := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	said := name(a) + " and " + name(b) + " stand in braces and must be equal"
	switch {
	case strings.Contains(a+b, "{N}") || strings.Contains(a+b, "{S15}"):
		return said + "; a gas volume changes its reference state only with pressure, temperature and humidity"
	case strings.Contains(a+b, "{g}"):
		return said + "; gauge pressure becomes absolute only with the pressure of the air"
	case strings.Contains(a+b, "HV}"):
		return said + "; a heating value changes its basis only with hydrogen and moisture"
	}
	return said
}
