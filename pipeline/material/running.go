package material

import (
	"time"

	"github.com/nielu/nielu/pipeline/rollup"
)

// MayRun tells whether the process ran in a minute, or may have: a minute that
// readings do not show is one in which it may.
func (e *Evaluation) MayRun(i int) bool {
	if e.Plant.Running == nil {
		return true
	}
	plan, _ := e.Plant.Tag(e.Plant.Running.Tag)
	m := e.Minute(plan.Tag, i)
	switch {
	case m == nil || m.Coverage < rollup.Enough:
		return true
	case plan.Counter:
		return float64(m.Total*float64(time.Hour/rollup.Step)) > e.Plant.Running.Above
	}
	return m.Mean > e.Plant.Running.Above
}
