package rollup

import (
	"time"

	"github.com/nielu/nielu/measure"
)

// HoursOf returns what a rate brought in each hour of w, from the rollups of
// its minutes, in the rate's unit times an hour: the mean of the covered time,
// and how much of the hour that was. w begins and ends on the hour.
//
//	x = Σ mean c / Σ c        c = Σ c / 60
//
// Source: definition; an hour pro rata as Regulation (EU) 2018/2066, Art. 44.
func HoursOf(w measure.Interval, minutes []Rollup) []Hour {
	hours := make([]Hour, int(w.Length()/time.Hour))
	for _, r := range minutes {
		at := r.From - w.From.UnixNano()
		if i := int(at / int64(time.Hour)); at >= 0 && i < len(hours) {
			hours[i].Value += float64(r.Mean * r.Coverage)
			hours[i].Coverage += r.Coverage
		}
	}
	for i := range hours {
		if h := &hours[i]; h.Coverage > 0 {
			h.Value /= h.Coverage
			h.Coverage = min(1, h.Coverage/float64(time.Hour/Step))
		}
	}
	return hours
}
