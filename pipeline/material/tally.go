package material

import (
	"github.com/nielu/nielu/measure"

	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Tally adds up one quantity over the minutes of a window.
type Tally struct {
	Sum     float64
	Covered float64 // minutes
	Quality measure.Quality
	Why     Reason // the first reason why a minute is not there
}

// Add adds what a minute brought, and the share of it that is known.
func (t *Tally) Add(sum float64, share float64, q measure.Quality) {
	if t.Covered == 0 && t.Quality == (measure.Quality{}) {
		t.Quality = measure.GoodQuality
	}
	t.Sum += sum
	t.Covered += share
	t.Quality = measure.Worse(t.Quality, q)
	if share < 1 && !t.Why.Given() && q.Level != measure.Good {
		t.Why = NoFigure("%s", q)
	}
}

func (t *Tally) Miss(why Reason) {
	if !t.Why.Given() {
		t.Why = why
	}
}

// Coverage is the share of so many minutes that is known.
func (t Tally) Coverage(minutes int) float64 { return t.Covered / float64(minutes) }

// Value is the sum, nil if nothing is known.
func (t Tally) Value() *float64 {
	if t.Covered == 0 {
		return nil
	}
	v := t.Sum
	return &v
}

// SumQuality is the quality of the sum: of its parts, and of what it covers.
func (t Tally) SumQuality(minutes int) measure.Quality {
	switch {
	case t.Covered == 0:
		return measure.BadBecause(measure.Stale)
	case t.Coverage(minutes) < rollup.Enough:
		return measure.Worse(t.Quality, measure.UncertainBecause(measure.Partial))
	}
	return t.Quality
}

// StreamTally is what a stream carried, by quantity.
type StreamTally struct {
	Mass, Dry, Volume Tally
	Constituents      [Constituents]Tally
}

func (t *StreamTally) miss(why Reason) {
	for _, part := range []*Tally{&t.Mass, &t.Dry, &t.Volume} {
		part.Miss(why)
	}
	for k := range t.Constituents {
		t.Constituents[k].Miss(why)
	}
}

// Join adds the tally of the time that follows.
func (t *Tally) Join(o Tally) {
	if o.Covered > 0 {
		t.Add(o.Sum, o.Covered, o.Quality)
	}
	if o.Why.Given() {
		t.Miss(o.Why)
	}
}

// Of returns the tally of one constituent or quantity.
func (t StreamTally) Of(q int, s flowsheet.Stream) Tally {
	switch {
	case q == WetMass, q == DryMass && s.Phase == flowsheet.Gas:
		return t.Mass
	case q == DryMass:
		return t.Dry
	case q == Water:
		return t.Water(s)
	}
	return t.Constituents[q]
}

// Water is what of a stream is not dry; a gas is dry as it is measured. Of a
// stream without moisture it is not known.
func (a StreamTally) Water(s flowsheet.Stream) Tally {
	t := a.Dry
	switch {
	case s.Phase == flowsheet.Gas:
		t = a.Mass
		t.Sum = 0
	case s.Moisture == nil && s.DrySolids == nil && s.Like == "":
		t = Tally{Why: Unplanned("moisture")}
	case t.Covered > 0: // the wet mass of the time for which the dry one is known
		t.Sum = max(0, float64(a.Mass.Sum*(t.Covered/a.Mass.Covered))-t.Sum)
	}
	return t
}

// The quantities of a stream beside its constituents.
const (
	WetMass = Constituents + iota
	DryMass
	Water
)

var quantityNames = map[int]string{WetMass: "mass", DryMass: "dry mass", Water: "water"}

// QuantityName names a constituent or quantity.
func QuantityName(q int) string {
	if q < Constituents {
		return ConstituentNames[q]
	}
	return quantityNames[q]
}

// StockAmount is how much more of a stream's material a node holds at the end
// of the window than at its start.
type StockAmount struct {
	Stock  string   `json:"stock"`
	Node   string   `json:"node"`
	Mass   *float64 `json:"mass"`
	Carbon *float64 `json:"carbon"`
	Energy *float64 `json:"energy"`
	Water  *float64 `json:"water"`
	Ash    *float64 `json:"ash"`

	Nitrogen   *float64 `json:"nitrogen,omitempty"`
	Phosphorus *float64 `json:"phosphorus,omitempty"`

	Quality measure.Quality `json:"quality"`
}

// Of returns one constituent or quantity, nil if it is not known.
func (a StockAmount) Of(q int, s flowsheet.Stream) *float64 {
	switch q {
	case WetMass:
		return a.Mass
	case DryMass:
		if s.Moisture == nil && s.DrySolids == nil && s.Like == "" {
			return a.Mass
		}
		if a.Mass == nil || a.Water == nil {
			return nil
		}
		dry := *a.Mass - *a.Water
		return &dry
	case Water:
		return a.Water
	case Carbon:
		return a.Carbon
	case Ash:
		return a.Ash
	case Energy:
		return a.Energy
	case Nitrogen:
		return a.Nitrogen
	case Phosphorus:
		return a.Phosphorus
	}
	return nil
}
