package measure

// Unit is a unit of measure as a UCUM code that [ParseUnit] accepted. The
// zero Unit is the pure number "1".
type Unit struct{ code string }

// String returns the UCUM code.
func (u Unit) String() string {
	if u.code == "" {
		return "1"
	}
	return u.code
}

// Conversion turns a value in one unit into another: to = value*Scale + Offset.
type Conversion struct{ Scale, Offset float64 }

// Apply converts one value. Two explicit roundings: the same bits on every CPU.
func (c Conversion) Apply(value float64) float64 {
	return float64(value*c.Scale) + c.Offset
}

// Quantity is a number with its unit, as written in configuration: "0.1 kg".
type Quantity struct {
	Value float64
	Unit  Unit
}
