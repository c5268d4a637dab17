package material

import (
	"time"

	"github.com/nielu/nielu/pipeline/rollup"
)

// MayRun tells whether the process ran in a minute, or may have: a minute that
// readings do not show is one in which it may.
func (b *Evaluation) MayRun(i int) bool {
	if b.Plant.Running == nil {
		return true
	}
	plan, _ := b.Plant.Tag(b.Plant.Running.Tag)
	m := b.Minute(plan.Tag, i)
	switch {
	case m == nil || m.Coverage < rollup.Enough:
		return true
	case plan.Counter:
		return float64(m.Total*float64(time.Hour/rollup.Step)) > b.Plant.Running.Above
	}
	return m.Mean > b.Plant.Running.Above
}
