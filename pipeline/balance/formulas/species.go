package formulas

import "github.com/nielu/nielu/pipeline/balance"

// speciesOf returns a gas of the table by its name, and any other molecule of
// C, H, O, N and S by its formula, then without heats of combustion.
func speciesOf(name string) (s balance.Species, heats bool, ok bool) {
	if s, ok := balance.SpeciesByName(name); ok {
		return s, true, true
	}
	e, ok := balance.ElementsOf(name)
	if !ok {
		return balance.Species{}, false, false
	}
	if name == "C2+" || name == "C2plus" {
		s, _ = balance.SpeciesByName("C2H4")
		s.Name = name
		return s, true, true
	}
	burns := e.C > 0 && e.O < 2*e.C || e.H > 0 && e.O == 0
	return balance.Species{Name: name, MolarMass: e.MolarMass(), Carbon: float64(e.C)}, !burns, true
}
