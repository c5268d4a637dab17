package material

import (
	"slices"

	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// without tells which parts a stream has none of, by what the plant file
// states: a share of exactly 0, or a gas whose species hold none. Air that
// nobody meters carries no carbon, and leaves no hole in the balance of it.
func without(p *flowsheet.Plant, s flowsheet.Stream) (none [Constituents]bool) {
	if s.Like != "" {
		like, _ := p.Stream(s.Like)
		like.Phase = s.Phase
		s = like
	}
	for k, v := range ConstituentValues(&s) {
		none[k] = v.Absent()
	}
	if s.Phase != flowsheet.Gas || len(s.Composition) == 0 {
		return none
	}
	holds := func(has func(balance.Species) bool) bool {
		return slices.ContainsFunc(s.Composition, func(c flowsheet.Component) bool {
			species, known := balance.SpeciesByName(c.Species)
			return !c.Share.Absent() && (!known || has(species))
		})
	}
	none[Ash], none[Phosphorus] = true, true
	none[Carbon] = !holds(func(s balance.Species) bool { return s.Carbon > 0 })
	none[Energy] = !holds(func(s balance.Species) bool { return s.HHV > 0 })
	return none
}
