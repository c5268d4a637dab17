package flowsheet

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Uncertainty is how far an instrument or a laboratory may be off: a
// systematic part, which all readings share and no averaging takes away, and
// a random part, new in each minute. Both are standard uncertainties, each a
// share of the value or in its unit.
//
//	uncertainty: 1 %                                       # systematic, already a standard uncertainty
//	uncertainty: { standard: 1 %, random: 0.5 %, source: "calibration certificate 2026-114" }
//	uncertainty: { limits: 2 %, read_as: normal, source: "data sheet" }
//
// Limits are what makers print, "maximum error ± e". How they are read is
// recorded: as an interval of 95 % (normal) or as one in which every error is
// as likely as another (rectangular).
//
//	normal: u = e/2      rectangular: u = e/√3
//
// Source: GUM (JCGM 100), 4.3.4 and 4.3.7.
type Uncertainty struct {
	Relative bool    `json:"relative"`
	Value    float64 `json:"value"` // systematic
	Random   *Spread `json:"random,omitempty"`
	ReadAs   string  `json:"read_as,omitempty"` // normal or rectangular, of limits
	Limits   float64 `json:"limits,omitempty"`  // as they were given
	Source   string  `json:"source,omitempty"`
}

// Spread is the standard deviation of the mean of one minute.
type Spread struct {
	Relative bool    `json:"relative"`
	Value    float64 `json:"value"`
}

// Of returns the systematic standard uncertainty of a value, in the value's unit.
func (u *Uncertainty) Of(value float64) float64 {
	if u == nil {
		return 0
	}
	return part(u.Relative, u.Value, value)
}

// RandomOf returns the random standard uncertainty of the mean of so many
// minutes, in the value's unit.
//
//	u = u_1 / √n
//
// Source: GUM (JCGM 100) 4.2.3; minutes are taken as independent.
func (u *Uncertainty) RandomOf(value, minutes float64) float64 {
	if u == nil || u.Random == nil || !(minutes > 0) {
		return 0
	}
	return part(u.Random.Relative, u.Random.Value, value) / math.Sqrt(math.Max(1, minutes))
}

func part(relative bool, u, value float64) float64 {
	if relative {
		return math.Abs(float64(u * value))
	}
	return u
}

// Scaled returns the uncertainty of a value in another unit.
func (u *Uncertainty) Scaled(by float64) *Uncertainty {
	if u == nil {
		return nil
	}
	v := *u
	if !v.Relative {
		v.Value = math.Abs(float64(v.Value * by))
	}
	if v.Random != nil {
		r := *v.Random
		if !r.Relative {
			r.Value = math.Abs(float64(r.Value * by))
		}
		v.Random = &r
	}
	return &v
}

// ReadUncertainty reads an uncertainty of a value in unit.
func ReadUncertainty(x strict.Node, unit measure.Unit) *Uncertainty {
	if !x.Present() {
		return nil
	}
	if !x.IsMapping() {
		relative, value, ok := readSpread(x, unit)
		if !ok {
			return nil
		}
		return &Uncertainty{Relative: relative, Value: value}
	}
	f := x.Fields("standard", "limits", "read_as", "random", "source")
	u := &Uncertainty{Source: f["source"].Text(), ReadAs: f["read_as"].Choice("normal", "rectangular")}
	switch standard, limits := f["standard"], f["limits"]; {
	case standard.Present() == limits.Present():
		x.Fault("needs standard or limits, one of the two")
	case standard.Present():
		u.Relative, u.Value, _ = readSpread(standard, unit)
		if f["read_as"].Present() {
			f["read_as"].Fault("only limits are read one way or another")
		}
	default:
		f["read_as"].Needed("normal")
		u.Relative, u.Limits, _ = readSpread(limits, unit)
		if u.Value = float64(u.Limits / 2); u.ReadAs == "rectangular" {
			u.Value = u.Limits / math.Sqrt(3)
		}
	}
	if f["random"].Present() {
		if relative, value, ok := readSpread(f["random"], unit); ok {
			u.Random = &Spread{relative, value}
		}
	}
	return u
}

// readSpread reads an uncertainty in the same kind of unit as the value, or
// in % of it. Of a value that is itself a share it is in points.
func readSpread(x strict.Node, unit measure.Unit) (relative bool, value float64, ok bool) {
	q, ok := x.Quantity()
	if !ok {
		return false, 0, false
	}
	if c, err := q.Unit.To(unit); err == nil {
		value = float64(q.Value * c.Scale) // a difference: no offset
	} else if c, err := q.Unit.To(measure.One); err == nil {
		relative, value = true, float64(q.Value*c.Scale)
	} else {
		x.Fault("%s: give it in %s or in %% of the value", q, unit)
		return false, 0, false
	}
	if value < 0 {
		x.Fault("%s is below 0", q)
	}
	return relative, value, true
}
