package emissions

import (
	"github.com/nielu/nielu/measure"
)

// Kind is what an activity is.
type Kind string

// The kinds of activity.
const (
	Electricity   Kind = "electricity"
	Heat          Kind = "heat" // bought
	FuelKind      Kind = "fuel"
	Transport     Kind = "transport"
	ProcessGas    Kind = "process-gas" // by a factor, where no instrument stands
	StackReadings Kind = "stack"       // by readings
	Embodied      Kind = "embodied"    // infrastructure
	Reagent       Kind = "reagent"
	LandUse       Kind = "land-use"
)

// scope returns the scope of the GHG Protocol that a kind is in unless a line
// says otherwise, as for lorries of one's own.
//
// Source: GHG Protocol, Corporate Standard and Scope 2 Guidance.
func (k Kind) scope() int {
	switch k {
	case FuelKind, ProcessGas, StackReadings:
		return 1
	case Electricity, Heat:
		return 2
	}
	return 3
}

// Factor is a published emission factor, or one that a plant states for itself.
type Factor struct {
	Set    string // the file it is in
	Digest string // sha256 of that file, hexadecimal
	ID     string
	About  string
	Kind   Kind
	Region string
	Valid  Validity
	Label  string // primary, secondary, reproduced, computed or unverified
	Source string

	Per    measure.Unit    // of the activity: MJ{LHV}, MJ, kg, t.km, ...
	Rates  map[Gas]float64 // kg of gas a unit of activity; a gas that is not here is not known
	Made   string          // of unsplit CO2e: the set of potentials it was made with, or "unknown"
	NCV    *float64        // MJ{LHV}/kg
	Dense  *float64        // kg/m3
	Return float64         // of a transport: what the way back without a load multiplies it with; at least 1, EmptyReturn if not stated
}

// Name returns the name by which an activity file calls the factor: "SET/ID".
func (f *Factor) Name() string { return f.Set + "/" + f.ID }

// bases are the units of activity that a kind may have.
func (k Kind) bases() []measure.Unit {
	switch k {
	case Electricity:
		return []measure.Unit{kilowattHour}
	case Heat:
		return []measure.Unit{megajoule}
	case FuelKind:
		return []measure.Unit{megajouleLHV, kilogram, cubicMetre, normalCubicMetre}
	case Transport:
		return []measure.Unit{tonneKilometre}
	case ProcessGas:
		return []measure.Unit{kilogram}
	case Embodied:
		return []measure.Unit{kilogram, squareMetre, one}
	case Reagent:
		return []measure.Unit{kilogram, cubicMetre, normalCubicMetre}
	case LandUse:
		return []measure.Unit{megajoule, kilogram, squareMetre}
	}
	return nil
}

var (
	one              measure.Unit
	kilogram         = measure.MustUnit("kg")
	cubicMetre       = measure.MustUnit("m3")
	normalCubicMetre = measure.MustUnit("m3{N}")
	normalFlow       = measure.MustUnit("m3{N}/h")
	squareMetre      = measure.MustUnit("m2")
	kilowattHour     = measure.MustUnit("kW.h")
	megajoule        = measure.MustUnit("MJ")
	megajouleLHV     = measure.MustUnit("MJ{LHV}")
	lowerHeating     = measure.MustUnit("MJ/kg{LHV}")
	density          = measure.MustUnit("kg/m3")
	tonneKilometre   = measure.MustUnit("t.km")
	kilometre        = measure.MustUnit("km")
	year             = measure.MustUnit("a")
)
