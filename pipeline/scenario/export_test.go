package scenario

import (
	"slices"

	"github.com/nielu/nielu/pipeline/rollup"
)

// Words returns the verbs, and what may be expected.
func Words() []string { return append(slices.Clone(verbs), subjects...) }

// Size tells how much there is to compute: readings, and minutes of all tags.
func (s *Scenario) Size() int {
	n := int(s.horizon().Length()/rollup.Step) * len(s.Plant.Tags)
	for _, x := range s.steps {
		if r, ok := x.(*read); ok {
			n += r.count()
		}
	}
	return n
}
