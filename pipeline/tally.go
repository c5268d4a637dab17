package pipeline

import "github.com/nielu/nielu/measure"

// tally adds up one quantity over the minutes of a window.
type tally struct {
	sum     float64
	covered float64 // minutes
	quality measure.Quality
	why     string // the first reason why a minute is not there
}

func (t *tally) add(sum float64, share float64, q measure.Quality) {
	if t.covered == 0 && t.quality == (measure.Quality{}) {
		t.quality = measure.GoodQuality
	}
	t.sum += sum
	t.covered += share
	t.quality = measure.Worse(t.quality, q)
	if share < 1 && t.why == "" && q.Level != measure.Good {
		t.why = q.String()
	}
}

func (t *tally) miss(why string) {
	if t.why == "" {
		t.why = why
	}
}

func (t tally) coverage(minutes int) float64 { return t.covered / float64(minutes) }

func (t tally) value() *float64 {
	if t.covered == 0 {
		return nil
	}
	v := t.sum
	return &v
}

// worth is the quality of the sum: of its parts, and of what it covers.
func (t tally) worth(minutes int) measure.Quality {
	switch {
	case t.covered == 0:
		return measure.BadBecause(measure.Stale)
	case t.coverage(minutes) < Enough:
		return measure.Worse(t.quality, measure.UncertainBecause(measure.Partial))
	}
	return t.quality
}

// streamTally is what a stream carried, by quantity.
type streamTally struct {
	mass, dry, volume tally
	parts             [parts]tally
}

func (t *streamTally) miss(why string) {
	for _, part := range []*tally{&t.mass, &t.dry, &t.volume} {
		part.miss(why)
	}
	for k := range t.parts {
		t.parts[k].miss(why)
	}
}

// join adds the tally of the time that follows.
func (t *tally) join(o tally) {
	if o.covered > 0 {
		t.add(o.sum, o.covered, o.quality)
	}
	if o.why != "" {
		t.miss(o.why)
	}
}

func (t streamTally) of(q int, s Stream) tally {
	switch {
	case q == wetMass, q == dryMass && s.Phase == Gas:
		return t.mass
	case q == dryMass:
		return t.dry
	case q == waterMass:
		return t.water(s)
	}
	return t.parts[q]
}

// water is what of a stream is not dry; a gas is dry as it is measured. Of a
// stream without moisture it is not known.
func (a streamTally) water(s Stream) tally {
	t := a.dry
	switch {
	case s.Phase == Gas:
		t = a.mass
		t.sum = 0
	case s.Moisture == nil && s.DrySolids == nil && s.Like == "":
		t = tally{why: "the plant file gives no moisture"}
	case t.covered > 0: // the wet mass of the time for which the dry one is known
		t.sum = max(0, float64(a.mass.sum*(t.covered/a.mass.covered))-t.sum)
	}
	return t
}

// The quantities of a stream beside its parts.
const (
	wetMass = parts + iota
	dryMass
	waterMass
)

var quantityNames = map[int]string{wetMass: "mass", dryMass: "dry mass", waterMass: "water"}

func quantityName(q int) string {
	if q < parts {
		return partNames[q]
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

func (a StockAmount) of(q int, s Stream) *float64 {
	switch q {
	case wetMass:
		return a.Mass
	case dryMass:
		if s.Moisture == nil && s.DrySolids == nil && s.Like == "" {
			return a.Mass
		}
		if a.Mass == nil || a.Water == nil {
			return nil
		}
		dry := *a.Mass - *a.Water
		return &dry
	case waterMass:
		return a.Water
	case carbonPart:
		return a.Carbon
	case ashPart:
		return a.Ash
	case energyPart:
		return a.Energy
	case nitrogenPart:
		return a.Nitrogen
	case phosphorusPart:
		return a.Phosphorus
	}
	return nil
}
