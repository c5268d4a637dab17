package pipeline

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// RawClosure is the raw balance of a plant over a window: nothing is reconciled,
// nothing closed by difference.
type RawClosure struct {
	Plant    string           `json:"plant"`
	Interval measure.Interval `json:"-"`
	From     int64            `json:"from"` // Unix nanoseconds
	To       int64            `json:"to"`
	Mass     Budget           `json:"mass"`   // kg, as received
	Carbon   Budget           `json:"carbon"` // kg of carbon
	Ash      Budget           `json:"ash"`    // kg of ash
	Water    Budget           `json:"water"`  // kg; what a process makes or uses up shows as a closure beside 1
	Energy   Budget           `json:"energy"` // MJ: higher heating value of what is dry, heat and power
	Streams  []StreamAmount   `json:"streams"`
	Flows    []EnergyAmount   `json:"flows"`
	Stocks   []StockAmount    `json:"stocks"`
	Coverage float64          `json:"coverage"` // of the boundary stream that is covered least
	Quality  measure.Quality  `json:"quality"`
	Missing  []string         `json:"missing"` // what is not known, in words
}

// NamedBudget is one of a closure's budgets.
type NamedBudget struct {
	Name string
	Budget
}

// Budgets returns the budgets of mass, carbon, ash, water and energy. That of
// water does not close where a reaction makes or takes some.
func (c *RawClosure) Budgets() []NamedBudget {
	return []NamedBudget{{"mass", c.Mass}, {"carbon", c.Carbon}, {"ash", c.Ash}, {"water", c.Water}, {"energy", c.Energy}}
}

// Budget sums what crossed the boundary. In, Out and Accumulation count
// covered time only, so that the budgets of two windows add up to the budget
// of both. Closure is (out + accumulation)/in of the rates: each stream over
// its own covered time. It is nil if any part is unknown or covered less than
// [Enough]: a balance with a hole in it has no closure. Nor has what a plant
// takes in and gives that stands all the time: that is scatter.
type Budget struct {
	In           float64  `json:"in"`
	Out          float64  `json:"out"`
	Accumulation float64  `json:"accumulation"`
	Closure      *float64 `json:"closure"`
	Complete     bool     `json:"complete"`
	Unit         string   `json:"unit"`

	idle bool // the process stood: nothing came in that could close
}

// StreamAmount is what a stream carried in the window while it was covered.
// What is not known is nil.
type StreamAmount struct {
	Stream  string   `json:"stream"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Mass    *float64 `json:"mass"`     // kg, as received
	DryMass *float64 `json:"dry_mass"` // kg
	Carbon  *float64 `json:"carbon"`   // kg
	Energy  *float64 `json:"energy"`   // MJ, higher heating value
	Water   *float64 `json:"water"`    // kg; gases are dry
	Ash     *float64 `json:"ash"`      // kg

	Hydrogen   *float64 `json:"hydrogen,omitempty"`   // kg, in dry matter
	Nitrogen   *float64 `json:"nitrogen,omitempty"`   // kg, bound
	Phosphorus *float64 `json:"phosphorus,omitempty"` // kg

	Volume   *float64        `json:"volume"`   // m3{N}, dry; gases only
	Coverage float64         `json:"coverage"` // of the mass
	Quality  measure.Quality `json:"quality"`
}

// EnergyAmount is heat or power that no stream carried.
type EnergyAmount struct {
	Flow     string          `json:"energy"`
	From     string          `json:"from"`
	To       string          `json:"to"`
	Energy   *float64        `json:"amount"` // MJ
	Coverage float64         `json:"coverage"`
	Quality  measure.Quality `json:"quality"`
}

// Close adds up the rollups of a window. They are one-minute rollups by tag,
// in order of time; the minute before w is needed for the stocks at its start.
// What they do not tell is not known: missing readings lower an amount, and
// a missing part leaves no closure.
func (p *Plant) Close(w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) RawClosure {
	b := newBinding(p, w, rollups, lab)
	c := RawClosure{
		Plant: p.ID, Interval: w, From: b.from, To: w.To.UnixNano(),
		Streams: []StreamAmount{}, Flows: []EnergyAmount{}, Stocks: []StockAmount{},
		Coverage: 1, Quality: measure.GoodQuality, Missing: []string{},
	}
	mass, carbon, energy, ash, water := newLedger("kg"), newLedger("kg"), newLedger("MJ"), newLedger("kg"), newLedger("kg")
	for _, s := range p.Streams {
		a := b.stream(s)
		c.Streams = append(c.Streams, a.amount(s, b.minutes))
		if s.From != Environment && s.To != Environment {
			if s.Measured() {
				c.say(a, s, b.minutes)
			}
			continue
		}
		c.say(a, s, b.minutes)
		mass.book(s.From, a.mass, b.minutes)
		carbon.book(s.From, a.parts[carbonPart], b.minutes)
		energy.book(s.From, a.parts[energyPart], b.minutes)
		ash.book(s.From, a.parts[ashPart], b.minutes)
		water.book(s.From, a.water(s), b.minutes)
		c.Coverage = min(c.Coverage, a.mass.coverage(b.minutes))
		c.Quality = measure.Worse(c.Quality, a.mass.worth(b.minutes))
	}
	for _, f := range p.Energy {
		a := b.flow(f)
		c.Flows = append(c.Flows, EnergyAmount{f.ID, f.From, f.To, a.value(), a.coverage(b.minutes), a.worth(b.minutes)})
		c.need(a, "energy flow "+f.ID, "energy", b.minutes)
		if f.From == Environment || f.To == Environment {
			energy.book(f.From, a, b.minutes)
		}
	}
	for _, stock := range p.Stocks {
		a, missing := b.stock(stock)
		c.Stocks, c.Missing = append(c.Stocks, a), append(c.Missing, missing...)
		mass.stay(a.Mass)
		carbon.stay(a.Carbon)
		energy.stay(a.Energy)
		ash.stay(a.Ash)
		water.stay(a.Water)
	}
	c.Mass, c.Carbon, c.Energy = mass.budget(), carbon.budget(), energy.budget()
	c.Ash, c.Water = ash.budget(), water.budget()
	if p.stood(w, rollups, b.minutes) {
		for _, of := range []*Budget{&c.Mass, &c.Carbon, &c.Ash, &c.Water} {
			of.Closure, of.idle = nil, true
		}
		c.Missing = append(c.Missing, "no closure: the process stood")
	}
	slices.Sort(c.Missing)
	c.Missing = slices.Compact(c.Missing)
	return c
}

// ledger adds up one of mass, carbon and energy over the boundary.
type ledger struct {
	counted balance.Budget // covered time only
	rated   balance.Budget // each stream over its own covered time, brought to the whole window
	holed   bool
	unit    string
}

func newLedger(unit string) *ledger { return &ledger{unit: unit} }

func (l *ledger) book(from string, t tally, minutes int) {
	if t.coverage(minutes) < Enough {
		l.holed = true
	}
	if t.covered == 0 {
		return
	}
	rated := t.sum / t.coverage(minutes)
	if from == Environment {
		l.counted.In += t.sum
		l.rated.In += rated
	} else {
		l.counted.Out += t.sum
		l.rated.Out += rated
	}
}

func (l *ledger) stay(amount *float64) {
	if amount == nil {
		l.holed = true
		return
	}
	l.counted.Accumulation += *amount
	l.rated.Accumulation += *amount
}

func (l *ledger) budget() Budget {
	b := Budget{In: l.counted.In, Out: l.counted.Out, Accumulation: l.counted.Accumulation, Complete: !l.holed, Unit: l.unit}
	if k, ok := l.rated.Closure(); ok && !l.holed {
		b.Closure = &k
	}
	return b
}

func (a streamTally) amount(s Stream, minutes int) StreamAmount {
	out := StreamAmount{
		Stream: s.ID, From: s.From, To: s.To,
		Mass: a.mass.value(), Water: a.water(s).value(),
		Carbon: a.parts[carbonPart].value(), Ash: a.parts[ashPart].value(), Energy: a.parts[energyPart].value(),
		Hydrogen: a.parts[hydrogenPart].value(), Nitrogen: a.parts[nitrogenPart].value(), Phosphorus: a.parts[phosphorusPart].value(),
		Coverage: a.mass.coverage(minutes), Quality: a.mass.worth(minutes),
	}
	if s.Phase == Gas {
		out.Volume = a.volume.value()
	} else {
		out.DryMass = a.dry.value()
	}
	return out
}

// say puts into words what of a stream is not known.
func (c *RawClosure) say(a streamTally, s Stream, minutes int) {
	what := "stream " + s.ID
	c.need(a.mass, what, "mass", minutes)
	c.need(a.parts[carbonPart], what, "carbon", minutes)
	c.need(a.parts[energyPart], what, "energy", minutes)
}

func (c *RawClosure) need(t tally, what, part string, minutes int) {
	switch share := t.coverage(minutes); {
	case t.why != "" && t.covered == 0:
		c.Missing = append(c.Missing, fmt.Sprintf("%s: no %s: %s", what, part, t.why))
	case share < Enough && t.why != "":
		c.Missing = append(c.Missing, fmt.Sprintf("%s: %s is known for %.0f %% of the window: %s", what, part, 100*share, t.why))
	}
}
