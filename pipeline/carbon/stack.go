package carbon

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Stack is what the stack of a plant emitted with a batch, as masses: each
// method weighs them by its own potentials.
type Stack struct {
	Groups       []string // symbols, as of several methods: each takes the first that is its own
	Methane      measure.GasMass
	NitrousOxide measure.GasMass
	Biogenic     bool   // nothing but biomass was burnt
	Source       string // what was read, and what stood in for the rest
	StandsIn     string // what stood in for what was not read; "": all was read
}

// apart are the symbols of a method that keeps gases apart.
var apart = []string{"CO2", "CH4", "N2O"}

// StackGroups returns the symbols that a stack can count under. A method that
// keeps gases apart takes them under CH4 and N2O, whatever is named.
func StackGroups() []string {
	return slices.DeleteFunc(slices.Clone(symbols), func(s string) bool { return slices.Contains(apart, s) })
}

// Emissions returns the lines that a method deducts: CO2e by its own
// potentials, or the masses themselves where it keeps gases apart. ok is false
// if it has groups and none of them is the stack's.
//
//	E = m GWP      [mg CO2e] = [mg] [1]
//
// Methane of biomass has the method's biogenic potential; fossil methane the
// fossil one, if the method tells the two apart. Rounds: each line once, half
// to even, to 1 mg.
//
// Source: definition of the GWP; IPCC, as the method file labels it.
func (s Stack) Emissions(m Method) (lines []Emission, ok bool, err error) {
	if len(m.Groups) == 0 {
		return nil, true, nil // a cross-check that deducts nothing
	}
	methane := m.GWP.Methane
	if !s.Biogenic && m.GWP.MethaneFossil > 0 {
		methane = m.GWP.MethaneFossil
	}
	masses := m.has("CH4") && m.has("N2O")
	at := slices.IndexFunc(s.Groups, m.has)
	if !masses && at < 0 {
		return nil, false, nil
	}
	for _, gas := range []struct {
		name      string
		mass      measure.GasMass
		potential float64
	}{{"CH4", s.Methane, methane}, {"N2O", s.NitrousOxide, m.GWP.NitrousOxide}} {
		e := Emission{Name: "stack " + gas.name, Source: s.Source}
		amount := measure.CO2e(gas.mass)
		if e.Group = gas.name; !masses {
			e.Group = s.Groups[at]
			e.Source += fmt.Sprintf("; GWP %s of %s", measure.FormatNumber(gas.potential), m.GWP.Set)
			if amount, err = measure.CO2eOf(float64(gas.mass.Kilograms() * gas.potential)); err != nil {
				return nil, false, fmt.Errorf("%s: %w", e.Name, err)
			}
		}
		e.Amount = measure.Quantity{Value: float64(amount) / 1e6, Unit: kilogram}
		lines = append(lines, e)
	}
	return lines, true, nil
}

func (m Method) has(symbol string) bool {
	return slices.ContainsFunc(m.Groups, func(g Group) bool { return g.Symbol == symbol })
}

// stack deducts what the stack emitted. It does not make up for what people
// must state of the same group, electricity and fuels.
func (q *quantification) stack(d *deductions) error {
	if q.r.Stack == nil {
		return nil
	}
	lines, ok, err := q.r.Stack.Emissions(q.m)
	if err != nil {
		return err
	}
	if !ok {
		q.gate("stack: %s is no group of %s; its methane and nitrous oxide would be left out: add one of %s to the stack of the plant file", strings.Join(q.r.Stack.Groups, ", "), q.m.ID, q.symbols())
		return nil
	}
	for _, e := range lines {
		amount, err := e.CO2e()
		if err != nil {
			return err
		}
		d.by[e.Group] = plus(d.by[e.Group], amount)
		q.tonnes(strings.ReplaceAll(e.Name, " ", "_"), amount, Weakest("computed", q.m.GWP.Label))
	}
	if q.r.Stack.StandsIn != "" {
		q.note("stack: %s", q.r.Stack.StandsIn)
	}
	return nil
}
