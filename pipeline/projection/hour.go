package projection

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// hour sums up the minutes of one hour as if it had been one window.
//
//	Mean     = Σ mean·c / Σ c          c  coverage of each minute
//	Average  = Σ average·n / Σ n       n  its number of readings
//	Total    = Σ total                 Coverage = Σ c / 60
//
// Minutes that are not there count as not covered. The quality is the worst
// of the minutes that cover anything, except that a minute covered in part is
// judged by the coverage of the hour; below [rollup.Enough] that is
// uncertain. An hour that nothing covers has the quality of its first minute.
//
// Rounds: each product once, explicitly; the same bits on every CPU.
func (m *minutes) hour(tag measure.Tag, from int64) rollup.Rollup {
	out := rollup.Rollup{Tag: tag, From: from, Quality: measure.GoodQuality}
	var first measure.Quality
	var weight, area, sum float64
	any := false
	m.each(func(i int) {
		r := m.get(i, tag, from)
		if first == (measure.Quality{}) {
			first = r.Quality
		}
		out.Total += r.Total
		if r.Count == 0 && r.Coverage == 0 {
			return
		}
		if !any {
			out.Min, out.Max, any = r.Min, r.Max, true
		}
		out.Min, out.Max, out.Last = min(out.Min, r.Min), max(out.Max, r.Max), r.Last
		out.Count += r.Count
		sum += float64(r.Average * float64(r.Count))
		weight += r.Coverage
		area += float64(r.Mean * r.Coverage)
		if r.Quality.Reason != measure.Partial {
			out.Quality = measure.Worse(out.Quality, r.Quality)
		}
	})
	if out.Count > 0 {
		out.Average = sum / float64(out.Count)
	}
	if weight > 0 {
		out.Mean = min(max(area/weight, out.Min), out.Max)
	}
	out.Coverage = weight / 60
	switch {
	case !any:
		out.Quality = first
	case out.Coverage == 0 && out.Quality.Level > measure.Bad:
		out.Quality = measure.BadBecause(measure.Stale)
	case out.Coverage < rollup.Enough:
		out.Quality = measure.Worse(out.Quality, measure.UncertainBecause(measure.Partial))
	}
	return out
}
