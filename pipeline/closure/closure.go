package closure

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Closure is the raw balance of a plant over a window: nothing is reconciled,
// nothing closed by difference.
type Closure struct {
	Plant     string                 `json:"plant"`
	Interval  measure.Interval       `json:"-"`
	From      int64                  `json:"from"` // Unix nanoseconds
	To        int64                  `json:"to"`
	Mass      Budget                 `json:"mass"`   // kg, as received
	Carbon    Budget                 `json:"carbon"` // kg of carbon
	Ash       Budget                 `json:"ash"`    // kg of ash
	Water     Budget                 `json:"water"`  // kg; what a process makes or uses up shows as a closure beside 1
	Energy    Budget                 `json:"energy"` // MJ: higher heating value of what is dry, heat and power
	Streams   []StreamAmount         `json:"streams"`
	Flows     []EnergyAmount         `json:"flows"`
	Stocks    []material.StockAmount `json:"stocks"`
	Coverage  float64                `json:"coverage"` // of the boundary stream that is covered least
	Quality   measure.Quality        `json:"quality"`
	Missing   []string               `json:"missing"` // what is not known, in words
	Unplanned []string               `json:"-"`       // of these, what the plant file does not give
}

// NamedBudget is one of a closure's budgets.
type NamedBudget struct {
	Name string
	Budget
}

// Budgets returns the budgets of mass, carbon, ash, water and energy. That of
// water does not close where a reaction makes or takes some.
func (c *Closure) Budgets() []NamedBudget {
	return []NamedBudget{{"mass", c.Mass}, {"carbon", c.Carbon}, {"ash", c.Ash}, {"water", c.Water}, {"energy", c.Energy}}
}

// Budget sums what crossed the boundary. In, Out and Accumulation count
// covered time only, so that the budgets of two windows add up to the budget
// of both. Closure is (out + accumulation)/in of the rates: each stream over
// its own covered time. It is nil if any part is unknown or covered less than
// [rollup.Enough]: a balance with a hole in it has no closure. Nor has what a plant
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

// RawBalance adds up the rollups of a window. They are one-minute rollups by tag,
// in order of time; the minute before w is needed for the stocks at its start.
// What they do not tell is not known: missing readings lower an amount, and
// a missing part leaves no closure.
func RawBalance(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) Closure {
	b := material.Evaluate(p, w, rollups, lab)
	c := Closure{
		Plant: p.ID, Interval: w, From: b.From, To: w.To.UnixNano(),
		Streams: []StreamAmount{}, Flows: []EnergyAmount{}, Stocks: []material.StockAmount{},
		Coverage: 1, Quality: measure.GoodQuality, Missing: []string{},
	}
	mass, carbon, energy, ash, water := newBudgetSum("kg"), newBudgetSum("kg"), newBudgetSum("MJ"), newBudgetSum("kg"), newBudgetSum("kg")
	for _, s := range p.Streams {
		a := b.Stream(s)
		c.Streams = append(c.Streams, streamAmount(a, s, b.Minutes))
		if s.From != flowsheet.Environment && s.To != flowsheet.Environment {
			if s.Measured() {
				c.noteStream(a, s, b.Minutes)
			}
			continue
		}
		c.noteStream(a, s, b.Minutes)
		mass.book(s.From, a.Mass, b.Minutes)
		carbon.book(s.From, a.Constituents[material.Carbon], b.Minutes)
		energy.book(s.From, a.Constituents[material.Energy], b.Minutes)
		ash.book(s.From, a.Constituents[material.Ash], b.Minutes)
		water.book(s.From, a.Water(s), b.Minutes)
		c.Coverage = min(c.Coverage, a.Mass.Coverage(b.Minutes))
		c.Quality = measure.Worse(c.Quality, a.Mass.SumQuality(b.Minutes))
	}
	for _, f := range p.Energy {
		a := b.EnergyFlow(f)
		c.Flows = append(c.Flows, EnergyAmount{Flow: f.ID, From: f.From, To: f.To, Energy: a.Value(), Coverage: a.Coverage(b.Minutes), Quality: a.SumQuality(b.Minutes)})
		c.noteMissing(a, "energy flow "+f.ID, "energy", b.Minutes)
		if f.From == flowsheet.Environment || f.To == flowsheet.Environment {
			energy.book(f.From, a, b.Minutes)
		}
	}
	for _, stock := range p.Stocks {
		a, missing := b.Stock(stock)
		c.Stocks = append(c.Stocks, a)
		for _, why := range missing {
			c.note(why.String(), why)
		}
		mass.bookStock(a.Mass)
		carbon.bookStock(a.Carbon)
		energy.bookStock(a.Energy)
		ash.bookStock(a.Ash)
		water.bookStock(a.Water)
	}
	c.Mass, c.Carbon, c.Energy = mass.budget(), carbon.budget(), energy.budget()
	c.Ash, c.Water = ash.budget(), water.budget()
	if rollup.Stood(p, w, rollups, b.Minutes) {
		for _, of := range []*Budget{&c.Mass, &c.Carbon, &c.Ash, &c.Water} {
			of.Closure, of.idle = nil, true
		}
		c.Missing = append(c.Missing, "no closure: the process stood")
	}
	slices.Sort(c.Missing)
	c.Missing = slices.Compact(c.Missing)
	return c
}

// budgetSum adds up one of mass, carbon, ash, water and energy over the boundary.
type budgetSum struct {
	counted    balance.Budget // covered time only
	rated      balance.Budget // each stream over its own covered time, brought to the whole window
	incomplete bool
	unit       string
}

func newBudgetSum(unit string) *budgetSum { return &budgetSum{unit: unit} }

func (l *budgetSum) book(from string, t material.Tally, minutes int) {
	if t.Coverage(minutes) < rollup.Enough {
		l.incomplete = true
	}
	if t.Covered == 0 {
		return
	}
	rated := t.Sum / t.Coverage(minutes)
	if from == flowsheet.Environment {
		l.counted.In += t.Sum
		l.rated.In += rated
	} else {
		l.counted.Out += t.Sum
		l.rated.Out += rated
	}
}

func (l *budgetSum) bookStock(amount *float64) {
	if amount == nil {
		l.incomplete = true
		return
	}
	l.counted.Accumulation += *amount
	l.rated.Accumulation += *amount
}

func (l *budgetSum) budget() Budget {
	b := Budget{In: l.counted.In, Out: l.counted.Out, Accumulation: l.counted.Accumulation, Complete: !l.incomplete, Unit: l.unit}
	if k, ok := l.rated.Closure(); ok && !l.incomplete {
		b.Closure = &k
	}
	return b
}

func streamAmount(a material.StreamTally, s flowsheet.Stream, minutes int) StreamAmount {
	out := StreamAmount{
		Stream: s.ID, From: s.From, To: s.To,
		Mass: a.Mass.Value(), Water: a.Water(s).Value(),
		Carbon: a.Constituents[material.Carbon].Value(), Ash: a.Constituents[material.Ash].Value(), Energy: a.Constituents[material.Energy].Value(),
		Hydrogen: a.Constituents[material.Hydrogen].Value(), Nitrogen: a.Constituents[material.Nitrogen].Value(), Phosphorus: a.Constituents[material.Phosphorus].Value(),
		Coverage: a.Mass.Coverage(minutes), Quality: a.Mass.SumQuality(minutes),
	}
	if s.Phase == flowsheet.Gas {
		out.Volume = a.Volume.Value()
	} else {
		out.DryMass = a.Dry.Value()
	}
	return out
}

// noteStream puts into words what of a stream is not known.
func (c *Closure) noteStream(a material.StreamTally, s flowsheet.Stream, minutes int) {
	what := "stream " + s.ID
	c.noteMissing(a.Mass, what, "mass", minutes)
	c.noteMissing(a.Constituents[material.Carbon], what, "carbon", minutes)
	c.noteMissing(a.Constituents[material.Energy], what, "energy", minutes)
}

func (c *Closure) noteMissing(t material.Tally, what, part string, minutes int) {
	switch share := t.Coverage(minutes); {
	case t.Why.Given() && t.Covered == 0:
		c.note(fmt.Sprintf("%s: no %s: %s", what, part, t.Why), t.Why)
	case share < rollup.Enough && t.Why.Given():
		c.note(fmt.Sprintf("%s: %s is known for %.0f %% of the window: %s", what, part, 100*share, t.Why), t.Why)
	}
}

func (c *Closure) note(words string, why material.Reason) {
	c.Missing = append(c.Missing, words)
	if why.Code == material.NotInPlan {
		c.Unplanned = append(c.Unplanned, words)
	}
}
