package claim

import (
	"cmp"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

// passages is what a counter passed over a longer time, to count each level
// once.
//
// A counter that falls between two passages by more than it can climb in the
// time began anew, and passes its levels anew. A smaller fall is the scatter of
// its last digits, and what is passed again is not new. Readings that are wrong
// together can make it look as if it had begun anew; then what scatter passes
// twice counts twice, once for each such fall.
type passages struct {
	rollover float64
	rate     float64 // the furthest it goes in a minute
	stale    int     // minutes
	all      []passage

	line   int     // it began anew so many times
	at     float64 // the level that was passed last
	top    float64 // the highest of the line
	minute int     // the minute of it
	twice  bool    // some level was passed more than once
}

type passage struct {
	line      int
	low, high float64
	weight    float64
}

// pass adds the levels that were passed in a minute and what a unit of them
// weighs; minutes come in order.
func (p *passages) pass(minute int, l rollup.Levels, weight float64) {
	for low, high := range l.All {
		if p.rollover > 0 && p.all != nil { // over the roll it goes on
			turns := float64(p.rollover * math.RoundToEven((p.at-low)/p.rollover))
			low, high = low+turns, high+turns
		}
		elapsed := min(minute-p.minute, p.stale) + 1
		switch {
		case p.all == nil || p.at-low > float64(p.rate*float64(elapsed)):
			p.line, p.top = p.line+1, high
		case low < p.top:
			p.twice = true
		}
		p.top = max(p.top, high)
		p.at, p.minute = high, minute
		p.all = append(p.all, passage{line: p.line, low: low, high: high, weight: weight})
	}
}

// passMinute adds what a counter passed in a minute, which brought so much; scale is
// what one of its units is where it was added up.
func (p *passages) passMinute(minute int, c pairedValue, brought, scale float64) {
	if total := c.value + c.before; total > 0 {
		weight := float64(brought / total * scale)
		p.pass(minute, c.levelsBefore, weight)
		p.pass(minute, c.levels, weight)
	}
	p.twice = p.twice || c.again
}

// most returns what was passed, each level once, and its weight, each level at
// the most that it weighed. Fewer passages never give more.
//
//	l = Σ_lines |∪ (low, high]|      m = Σ_lines ∫ max w dl
//
// Source: definition.
func (p *passages) most() (length, weight float64) {
	slices.SortStableFunc(p.all, func(a, b passage) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(b.weight, a.weight), cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high))
	})
	var done spans
	for i, x := range p.all {
		if i > 0 && p.all[i-1].line != x.line {
			done = done[:0]
		}
		fresh := done.add(x.low, x.high)
		length += fresh
		weight += float64(fresh * x.weight)
	}
	return length, weight
}

// spans are ranges apart from each other, in order.
type spans []struct{ low, high float64 }

// add adds a range and returns how much of it was not there.
func (s *spans) add(low, high float64) float64 {
	all := *s
	i, _ := slices.BinarySearchFunc(all, low, func(x struct{ low, high float64 }, v float64) int { return cmp.Compare(x.high, v) })
	fresh, from, to, j := high-low, low, high, i
	for ; j < len(all) && all[j].low <= high; j++ {
		fresh -= max(0, min(high, all[j].high)-max(low, all[j].low))
		from, to = min(from, all[j].low), max(to, all[j].high)
	}
	*s = slices.Replace(all, i, j, struct{ low, high float64 }{from, to})
	return max(0, fresh)
}

// passagesOf begins to count the levels of a counter.
func passagesOf(p *flowsheet.Plant, tag measure.Tag) passages {
	plan, _ := p.Tag(tag)
	return passages{rollover: plan.Rollover, rate: rollup.MostGain(&plan, int64(rollup.Step)), stale: int(plan.Stale / rollup.Step)}
}
