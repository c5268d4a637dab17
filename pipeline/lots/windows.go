package lots

import (
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Windows cuts a period where a lot of the plant begins or ends.
func Windows(p *flowsheet.Plant, w measure.Interval, lab *Lab) []measure.Interval {
	cuts := []time.Time{w.From, w.To}
	if lab != nil {
		for _, lot := range lab.Lots {
			for _, at := range []time.Time{lot.Interval.From, lot.Interval.To} {
				if lot.Plant == p.ID && at.After(w.From) && at.Before(w.To) {
					cuts = append(cuts, at)
				}
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var all []measure.Interval
	for i := 1; i < len(cuts); i++ {
		all = append(all, measure.Interval{From: cuts[i-1], To: cuts[i]})
	}
	return all
}
