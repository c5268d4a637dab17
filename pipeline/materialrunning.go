package pipeline

import "time"

func (b *binding) mayRun(i int) bool {
	if b.plant.Running == nil {
		return true
	}
	plan, _ := b.plant.Tag(b.plant.Running.Tag)
	m := b.minute(plan.Tag, i)
	switch {
	case m == nil || m.Coverage < Enough:
		return true
	case plan.Counter:
		return float64(m.Total*float64(time.Hour/Step)) > b.plant.Running.Above
	}
	return m.Mean > b.plant.Running.Above
}
