package rollup

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// standstills says in which minutes the process stood still. A nil process runs
// all the time.
type standstills struct {
	from    int64
	stopped []bool
}

// runs tells whether the process ran at an instant. Where that is not known it
// is taken to run: what is not known excuses nothing.
func (p *standstills) runs(at int64) bool {
	if p == nil {
		return true
	}
	i := (at - p.from) / int64(Step)
	return at < p.from || i >= int64(len(p.stopped)) || !p.stopped[i]
}

// standstillsOf looks for the minutes in which the plant ran, as far around w as
// the flags of its readings need. It is nil if no tag asks.
func standstillsOf(p *flowsheet.Plant, byTag map[measure.Tag]measure.Series, w measure.Interval) *standstills {
	far := flatlineReach(p)
	if p.Running == nil || far == 0 {
		return nil
	}
	plan, _ := p.Tag(p.Running.Tag)
	plan.Rules = flowsheet.Rules{Sentinels: plan.Rules.Sentinels} // flags do not change a mean
	around := measure.Interval{From: w.From.Add(-far), To: w.To.Add(far)}.Align(Step)
	minutes := Of(plan, byTag[plan.Tag], around, Step)
	out := &standstills{from: around.From.UnixNano(), stopped: make([]bool, len(minutes))}
	for i := range minutes {
		rate, ok := RateIn(&plan, &minutes[i])
		out.stopped[i] = ok && !(rate > p.Running.Above)
	}
	return out
}

// RateIn returns what a tag read in a minute: its mean, of a counter its
// increase brought to an hour. It is not ok if nothing of the minute is covered.
func RateIn(t *flowsheet.TagPlan, r *Rollup) (float64, bool) {
	switch {
	case r.Coverage == 0:
		return 0, false
	case t.Counter:
		return float64(r.Total * minutesInHour), true
	}
	return r.Mean, true
}

const minutesInHour = 60.0
