package pipeline

import (
	"slices"

	"github.com/nielu/nielu/pipeline/balance"
)

// without tells which parts a stream has none of, by what the plant file
// states: a share of exactly 0, or a gas whose species hold none. Air that
// nobody meters carries no carbon, and leaves no hole in the balance of it.
func (p *Plant) without(s Stream) (none [parts]bool) {
	if s.Like != "" {
		like, _ := p.Stream(s.Like)
		like.Phase = s.Phase
		s = like
	}
	for k, v := range s.parts() {
		none[k] = v.nothing()
	}
	if s.Phase != Gas || len(s.Composition) == 0 {
		return none
	}
	holds := func(has func(balance.Species) bool) bool {
		return slices.ContainsFunc(s.Composition, func(c Component) bool {
			species, known := balance.SpeciesByName(c.Species)
			return !c.Share.nothing() && (!known || has(species))
		})
	}
	none[ashPart], none[phosphorusPart] = true, true
	none[carbonPart] = !holds(func(s balance.Species) bool { return s.Carbon > 0 })
	none[energyPart] = !holds(func(s balance.Species) bool { return s.HHV > 0 })
	return none
}
