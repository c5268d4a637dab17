package reconciled

import (
	"cmp"
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Observation is what one instrument, laboratory or stated value says of a
// quantity over a window or a longer period, with the two parts of its
// standard uncertainty kept apart.
//
// The value of a flow is its mean over time, in its unit an hour; that of a
// share, heating value or state its mean over what flowed; that of a level
// the one reading at the start or at the end.
type Observation struct {
	Name       string          `json:"name"`
	What       string          `json:"what"`
	Stream     string          `json:"stream,omitempty"`
	Tag        measure.Tag     `json:"tag,omitempty"`
	Instrument string          `json:"instrument,omitempty"`
	Lab        string          `json:"lab,omitempty"`
	Unit       string          `json:"unit"`
	Value      *float64        `json:"value"`
	Systematic float64         `json:"u_systematic"`
	Random     float64         `json:"u_random"`
	Weight     float64         `json:"weight"`  // what the mean is over: h, kg or m3{N}
	Minutes    float64         `json:"minutes"` // covered
	Coverage   float64         `json:"coverage"`
	Quality    measure.Quality `json:"quality"`
	Why        string          `json:"why,omitempty"` // why the value takes no part, in words

	// Of the quantity; what is read back from JSON is named once it is merged.
	Role Role   `json:"-"`
	Flow string `json:"-"` // the energy flow whose power it is
}

// Known tells whether the value takes part in a reconciliation.
func (o *Observation) Known() bool { return o.Value != nil && o.Why == "" }

// Uncertainty is the standard uncertainty of the value.
//
//	u² = u_systematic² + u_random²
//
// Source: GUM (JCGM 100), independent parts.
func (o Observation) Uncertainty() float64 {
	return balance.RootSum(o.Systematic, o.Random)
}

// observe returns what is known of each quantity of the network in the window.
func observe(b *material.Evaluation, n *Network) []Observation {
	carriers := map[string]carrier{}
	out := make([]Observation, len(n.Quantities))
	for i, q := range n.Quantities {
		o := Observation{Name: q.Name, What: q.What, Stream: q.Stream, Role: q.Role, Flow: q.Flow, Unit: q.Unit.String(), Quality: measure.BadBecause(measure.Stale)}
		switch {
		case q.Role == constantRole:
			h := float64(b.Minutes) * material.MinuteInHours
			o.Value, o.Coverage, o.Quality = &h, 1, measure.GoodQuality
			o.Weight, o.Minutes = h, float64(b.Minutes)
		case q.Source == nil:
			o.Why = "nobody measures it"
		case q.Role == StartRole || q.Role == EndRole:
			observeLevel(b, q, &o)
		default:
			observeMean(b, q, &o, carriers)
		}
		judge(b, q, &o)
		out[i] = o
	}
	return out
}

// carrier is what a stream carried in each minute: what its properties are
// averaged over.
type carrier struct {
	wet, dry []float64
	thin     bool // the flow covers too little to take part itself
}

// carrierOf returns the amounts of a stream, computing them once.
func carrierOf(b *material.Evaluation, id string, all map[string]carrier) carrier {
	if c, ok := all[id]; ok {
		return c
	}
	c := carrier{wet: make([]float64, b.Minutes), dry: make([]float64, b.Minutes)}
	if s, ok := b.Plant.Stream(id); ok && s.Measured() {
		units := [2]measure.Unit{measure.KilogramPerHour, measure.Kilogram}
		v := s.Mass
		if s.Phase == flowsheet.Gas {
			if v, units = s.Volume, [2]measure.Unit{measure.NormalCubicMetrePerHour, measure.NormalCubicMetre}; s.State != nil {
				units = [2]measure.Unit{measure.CubicMetrePerHour, measure.CubicMetre}
			}
		}
		flow, q := b.Resolve(v, "flow", units[0], units[1]), b.Assay(s)
		covered := 0.0
		for i := range b.Minutes {
			if k := b.At(flow, i); !k.Why.Given() {
				covered += k.Share
			}
			m := b.Amount(flow, i, material.MinuteInHours)
			c.wet[i] = max(0, m.Value)
			if dry := q.Dry(b, i); !dry.Why.Given() {
				c.dry[i] = float64(c.wet[i] * dry.Value)
			}
		}
		c.thin = covered/float64(b.Minutes) < rollup.Enough
	}
	all[id] = c
	return c
}

// observeMean averages a flow over time and a property over what flowed;
// where nothing flowed, a property too is averaged over time.
func observeMean(b *material.Evaluation, q Quantity, o *Observation, carriers map[string]carrier) {
	src := b.Resolve(q.Source, q.What, q.Unit, q.total)
	if src.Why.Given() {
		o.Why = src.Why.String()
		return
	}
	var over []float64
	thin := false
	if q.Role == wetRole || q.Role == dryRole {
		c := carrierOf(b, q.Stream, carriers)
		thin = c.thin
		if over = c.wet; q.Role == dryRole {
			over = c.dry
		}
		if !anyPositive(over) {
			over = nil
		}
	}
	var sum, weight, covered float64
	quality, seen, frozen := measure.GoodQuality, false, false
	first, constant := 0.0, true
	for i := range b.Minutes {
		k := b.At(src, i)
		if k.Why.Given() {
			o.Why = cmp.Or(o.Why, k.Why.String())
			continue
		}
		share := k.Share
		if over != nil {
			share = float64(share * over[i])
		}
		switch {
		case src.Counter: // the amount of the minute
			sum += k.Value
		default:
			sum += float64(k.Value * share)
		}
		if !seen {
			first = k.Value
		}
		constant = constant && k.Value == first
		weight += share
		covered += k.Share
		quality, seen = measure.Worse(quality, k.Quality), true
		frozen = frozen || k.Quality.Reason == measure.Flatline
	}
	if !seen || !(weight > 0) {
		o.Why = cmp.Or(o.Why, "nothing is known of it")
		return
	}
	if over == nil {
		weight = float64(weight * material.MinuteInHours)
		if !src.Counter {
			sum = float64(sum * material.MinuteInHours)
		}
	}
	if frozen && quality.Level == measure.Uncertain { // whatever was flagged before: it must not check anything
		quality = measure.UncertainBecause(measure.Flatline)
	}
	value := sum / weight
	if over != nil && thin && constant && !src.Counter { // its rounding must not tell of a flow that takes no part
		value = first
	}
	if over == nil && q.Role != FlowRole { // what did not flow has properties, but hours are no weight beside kilograms
		weight = float64(weight * noFlowWeight)
	}
	o.Value, o.Weight, o.Minutes, o.Coverage, o.Quality = &value, weight, covered, covered/float64(b.Minutes), quality
	if o.Coverage >= rollup.Enough {
		o.Why = ""
	}
}

// noFlowWeight is what an hour counts in which nothing flowed, beside the kg or
// m3{N} of the others.
const noFlowWeight = 1e-9

func anyPositive(x []float64) bool {
	for _, v := range x {
		if v > 0 {
			return true
		}
	}
	return false
}

// observeLevel takes the level of a stock at the start or the end.
func observeLevel(b *material.Evaluation, q Quantity, o *Observation) {
	src := b.Resolve(q.Source, q.What, q.Unit, q.Unit)
	if src.Why.Given() || src.Tag == "" {
		o.Why = cmp.Or(src.Why, material.NoLevel()).String()
		return
	}
	r := b.Before[src.Tag]
	if q.Role == EndRole {
		r = b.Minute(src.Tag, b.Minutes-1)
	}
	if !material.LevelKnown(r) {
		o.Why = material.Unread(src.Tag, " has no level in the minute before").String()
		return
	}
	value := src.Convert.Apply(r.Last)
	o.Value, o.Weight, o.Minutes, o.Coverage, o.Quality = &value, 1, 1, 1, r.Quality
}

// judge adds where the value comes from and how far it may be off, and
// whether it takes part in a reconciliation.
func judge(b *material.Evaluation, q Quantity, o *Observation) {
	v := q.Source
	if v == nil {
		return
	}
	o.Tag, o.Lab = v.Tag, v.Lab
	var u *flowsheet.Uncertainty
	switch {
	case v.Tag != "":
		plan, _ := b.Plant.Tag(v.Tag)
		o.Instrument = plan.Instrument
		switch u = plan.Uncertainty; {
		case u == nil:
		case !plan.Counter:
			c, _ := plan.Unit.To(q.Unit)
			u = u.Scaled(c.Scale)
		case u.Relative: // a random part in its unit is of the increase in a minute
			c, _ := plan.Unit.To(q.total)
			u = u.Scaled(float64(c.Scale / material.MinuteInHours))
		default:
			u = nil // of a count it says nothing of an increase
		}
	case v.Lab != "":
		result, _ := b.Lot.Value(v.Lab)
		if u = result.Uncertainty; u != nil {
			c, _ := result.Value.Unit.To(q.Unit)
			u = u.Scaled(c.Scale)
		}
	default:
		if u = v.Uncertainty; u == nil {
			return // stated as exact
		}
		c, _ := v.Constant.Unit.To(q.Unit)
		u = u.Scaled(c.Scale)
	}
	switch {
	case o.Value == nil:
		o.Why = cmp.Or(o.Why, "it has no value")
	case u == nil:
		o.Why = "no uncertainty is stated, so nobody can say what the reading is worth: add one to the " + map[bool]string{true: "laboratory file", false: "plant file"}[v.Lab != ""]
	case o.Coverage < rollup.Enough:
		o.Why = fmt.Sprintf("only %.0f %% of the window is covered: %s", 100*o.Coverage, cmp.Or(o.Why, o.Quality.String()))
	case o.Quality.Reason == measure.Flatline:
		o.Why = "the instrument stands still while the process runs"
	}
	if o.Value != nil {
		o.Systematic, o.Random = u.Of(*o.Value), u.RandomOf(*o.Value, o.Minutes)
	}
}
