package carbon

import (
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
)

// symbols are the groups of all methods. A request may serve several of them;
// each takes the lines under its own symbols.
var symbols = []string{
	"E_biomass", "E_production", "E_use", "E_emb", "L_ECO", "L_MA", "E_leakage", "C_baseline",
	"Establishment", "Operations", "End-of-life", "Leakage", "CO2e_Counterfactual",
	"CO2", "CH4", "N2O",
	"PE_ED", "PE_EP", "PE_EC", "PE_AS", "LE",
	"GHGassociated",
}

// Symbols returns the groups that methods know emissions by, in the order of the methods.
func Symbols() []string { return slices.Clone(symbols) }

// deductions is what a method takes off, by symbol and by the sum it enters.
type deductions struct {
	by    map[string]measure.CO2e
	parts map[string]measure.CO2e
	total measure.CO2e
}

// emissions adds up what is deducted, by the method's symbols.
func (q *quantification) emissions() (deductions, error) {
	d := deductions{by: map[string]measure.CO2e{}, parts: map[string]measure.CO2e{}}
	given := map[string]bool{}
	for _, e := range q.r.Emissions {
		given[e.Group] = true
	}
	complete := !slices.ContainsFunc(q.m.Groups, func(g Group) bool { return g.Required && !given[g.Symbol] })
	var others []string
	for i, e := range q.r.Emissions {
		if !slices.ContainsFunc(q.m.Groups, func(g Group) bool { return g.Symbol == e.Group }) {
			switch {
			case !slices.Contains(symbols, e.Group):
				q.gate("emissions[%d] %q: %s is no group of %s; it would be left out: use one of %s", i, e.Name, e.Group, q.m.ID, q.symbols())
			case !complete && !slices.Contains(others, e.Group):
				others = append(others, e.Group)
			}
			continue
		}
		co2e, err := e.CO2e()
		if err != nil {
			return d, err
		}
		if co2e < 0 {
			q.gate("emissions[%d] %q: %s is below zero; what is avoided or substituted is no part of this account", i, e.Name, co2e)
			continue
		}
		if e.Factor != nil && e.Source == "" {
			q.remark("emissions[%d] %q: the factor %s has no source; every factor must be documented%s", i, e.Name, e.Factor, q.cite("rule 7.1.10"))
		}
		d.by[e.Group] = plus(d.by[e.Group], co2e)
	}
	if len(others) > 0 {
		q.gate("emissions: %s: no group of %s, and its own are not all given, so that something would be left out: use %s", strings.Join(others, ", "), q.m.ID, q.symbols())
	}
	if err := q.stack(&d); err != nil {
		return d, err
	}
	if err := q.metered(&d); err != nil {
		return d, err
	}
	for _, g := range q.m.Groups {
		d.parts[g.Part] = plus(d.parts[g.Part], d.by[g.Symbol])
		d.total = plus(d.total, d.by[g.Symbol])
		if g.Required || given[g.Symbol] || d.by[g.Symbol] > 0 {
			q.tonnes(g.Symbol, d.by[g.Symbol], q.m.EquationsBy)
		}
		if g.Required && !given[g.Symbol] {
			q.remark("emissions: %s is not given: %s; if there are none say so with an amount of 0 t", g.Symbol, g.About)
		}
	}
	return d, nil
}

// mostDoubt is the most that a meter's own uncertainty excuses. A meter of feed
// or power that is worse is none; the figure is ours.
const mostDoubt = 0.1

// lowerBound is what was metered at the least.
//
//	x_sure = x (1 - min(2 u, 10 %))
//
// Source: ours: a meter is believed less two standard uncertainties, at most 10 %.
func lowerBound(x, u float64) float64 { return float64(x * (1 - min(float64(2*u), mostDoubt))) }

// metered deducts what instruments counted and no line states. Within twice
// the standard uncertainty of a meter nothing is missing, and within 10 % at most.
//
//	electricity  E = (A_metered - Σ A_i) · max F_i                  [kg CO2e] = [kW.h] · [kg/kW.h]
//	way of feed  E = Σ E_i · (m_counted / m_delivered - 1)          [kg CO2e]
//
// Where no line says with what factor, nothing can be deducted: the gate closes.
//
// Rounds: each once, half to even, to 1 mg.
//
// Source: ours: what was metered beyond its uncertainty counts, at the highest factor stated.
func (q *quantification) metered(d *deductions) error {
	m := q.r.Measurements
	if m.Electricity != nil {
		if err := q.electricity(d, *m.Electricity, lowerBound(*m.Electricity, m.ElectricityU)); err != nil {
			return err
		}
	}
	if m.Feed != nil {
		return q.feed(d, m.Feed.Kilograms(), lowerBound(m.Feed.Kilograms(), m.FeedU))
	}
	return nil
}

func (q *quantification) electricity(d *deductions, metered, least float64) error {
	stated, most := 0.0, 0.0
	group := ""
	for _, e := range q.r.Emissions {
		kwh, isPower := e.electricity()
		if !q.m.has(e.Group) || !isPower {
			continue
		}
		stated += kwh
		if co2e, err := e.CO2e(); err == nil && kwh > 0 {
			if f := float64(co2e) / 1e6 / kwh; group == "" || f > most {
				group, most = e.Group, f
			}
		}
	}
	switch {
	case least <= stated:
		return nil
	case group == "":
		q.remark("emissions: %.6g kW.h were metered, and no line of %s says what they emitted: enter them with their factor, of: electricity", metered, q.m.ID)
		return nil
	}
	missing, err := measure.CO2eOf(float64((metered - stated) * most))
	if err != nil {
		return err
	}
	d.by[group] = plus(d.by[group], missing)
	q.tonnes("electricity_metered", missing, q.m.EquationsBy)
	q.note("emissions: %.6g kW.h were metered and %.6g kW.h stated: the difference is deducted under %s with the largest factor stated, %.4g kg/(kW.h)", metered, stated, group, most)
	return nil
}

// electricity returns the energy of a line of electricity in kW.h. One that
// does not say what it is of is taken as such if it is written in watt hours.
func (e Emission) electricity() (kwh float64, ok bool) {
	kwh, err := e.Amount.In(kilowattHour)
	return kwh, err == nil && (e.Of == OfElectricity || e.Of == "" && strings.Contains(e.Amount.Unit.String(), "W"))
}

func (q *quantification) feed(d *deductions, counted, least float64) error {
	delivered := q.r.Feed.Delivered
	if delivered == nil {
		q.ask("batch.feed_delivered: not given; %.6g kg of feed were counted: enter the deliveries and their way here", counted)
		return nil
	}
	if least <= delivered.Kilograms() {
		return nil
	}
	var way measure.CO2e
	group := ""
	for _, e := range q.r.Emissions {
		if !q.m.has(e.Group) || e.Of != OfFeed && !(e.Of == "" && e.Group == "E_biomass") {
			continue
		}
		co2e, err := e.CO2e()
		if err != nil {
			return err
		}
		way, group = plus(way, max(0, co2e)), e.Group
	}
	if group == "" || *delivered <= 0 {
		q.remark("batch.feed_delivered: %s, and %.6g kg of feed were counted: enter the rest of the deliveries and their way here", delivered, counted)
		return nil
	}
	missing, err := measure.CO2eOf(float64(float64(way) / 1e6 * (counted/delivered.Kilograms() - 1)))
	if err != nil {
		return err
	}
	d.by[group] = plus(d.by[group], missing)
	q.tonnes("feed_metered", missing, q.m.EquationsBy)
	q.note("batch.feed_delivered: %.6g kg of feed were counted and the way of %s is stated: the difference is deducted under %s in proportion", counted, delivered, group)
	return nil
}

// inventory asks for a line of each item that people agreed on: of a bill that
// is missing nobody could know otherwise.
func (q *quantification) inventory() {
	for _, item := range q.r.Inventory {
		if !slices.ContainsFunc(q.r.Emissions, func(e Emission) bool { return e.Item == item && q.m.has(e.Group) }) {
			q.ask("inventory: no line of %s is of the item %s: enter it, with its reason if it was nothing", q.symbols(), item)
		}
	}
}

// plus adds amounts that are not below zero. A sum beyond what can be held
// stays there: it is more than any batch can store.
func plus(a, b measure.CO2e) measure.CO2e {
	if a > math.MaxInt64/4-b {
		return math.MaxInt64 / 4
	}
	return a + b
}

func (q *quantification) symbols() string {
	var names []string
	for _, g := range q.m.Groups {
		names = append(names, g.Symbol)
	}
	return strings.Join(names, ", ")
}
