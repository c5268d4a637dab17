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

// deductions is what a method takes off, by symbol and by the sum it enters.
type deductions struct {
	by    map[string]measure.CO2e
	parts map[string]measure.CO2e
	total measure.CO2e
}

// emissions adds up what is deducted, by the method's symbols.
func (q *quantification) emissions() (deductions, error) {
	d := deductions{map[string]measure.CO2e{}, map[string]measure.CO2e{}, 0}
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
