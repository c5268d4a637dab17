package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
)

// mostSteps is how many spans of time a curve is drawn with.
const mostSteps = 336

// Gathering condenses what is computed from readings, piece by piece, so that
// a year takes no more room than what a report shows of it.
type Gathering struct {
	plant *flowsheet.Plant
	w     measure.Interval
	span  int64 // ns, of the step of a curve

	closures []Closure
	curves   []Curve
	sums     [][]curveSum
	tags     []tagSum // in the order of the plant's tags
	end      int64    // up to which parts were taken, Unix ns
}

// Part is what is kept of a part of the interval.
type Part struct {
	from, to int64
	closures []Closure
	sums     []map[int64]curveSum // by step of the curve
	tags     []tagSum
}

type curveSum struct {
	covered, sum, low, high float64
	minutes                 int
}

type tagSum struct {
	usable  int
	covered float64
	silent  []silence // in order of time
}

// silence is a time for which nothing is known of a tag.
type silence struct {
	from, to int64
	why      string // of its first minute
}

// NewGathering gathers over an interval, which is widened to whole minutes.
func NewGathering(p *flowsheet.Plant, w measure.Interval) *Gathering {
	w = w.Align(rollup.Step)
	g := &Gathering{plant: p, w: w, tags: make([]tagSum, len(p.Tags))}
	minutes := int64(w.Length() / rollup.Step)
	g.span = int64(rollup.Step) * roundMinutes((minutes+mostSteps-1)/mostSteps)
	g.end = w.From.UnixNano()
	for _, t := range reactorTags(p) {
		g.curves = append(g.curves, Curve{Tag: t.Tag, About: t.About, Unit: t.Unit.String(), HasRule: hasRule(p, t.Tag)})
		g.sums = append(g.sums, make([]curveSum, (minutes*int64(rollup.Step)+g.span-1)/g.span))
	}
	return g
}

// roundMinutes brings a span to one that people count in.
func roundMinutes(n int64) int64 {
	for _, round := range []int64{1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720} {
		if n <= round {
			return round
		}
	}
	return (n + 1439) / 1440 * 1440
}

// reactorTags returns the temperatures that tell how a process was run: those
// that must be uniform or steady, and others of the same part of the plant;
// where no rule names one, all of them. At most three.
func reactorTags(p *flowsheet.Plant) []flowsheet.TagPlan {
	isTemperature := func(t flowsheet.TagPlan) bool {
		_, err := t.Unit.To(celsius)
		return err == nil
	}
	var all, some []flowsheet.TagPlan
	var nodes []string
	for _, t := range p.Tags {
		if isTemperature(t) {
			all = append(all, t)
			if hasRule(p, t.Tag) {
				nodes = append(nodes, nodeOf(t.Tag))
			}
		}
	}
	for _, t := range all {
		if slices.Contains(nodes, nodeOf(t.Tag)) {
			some = append(some, t)
		}
	}
	if len(some) == 0 {
		some = all
	}
	slices.SortStableFunc(some, func(a, b flowsheet.TagPlan) int { return rank(p, a.Tag) - rank(p, b.Tag) })
	return some[:min(len(some), 3)]
}

// hasRule tells whether a rule of the plant file says how steady a tag must be.
func hasRule(p *flowsheet.Plant, tag measure.Tag) bool {
	return slices.ContainsFunc(slices.Concat(p.Uniform, p.Steady), func(s flowsheet.Steady) bool { return s.Tag == tag })
}

func rank(p *flowsheet.Plant, tag measure.Tag) int {
	if hasRule(p, tag) {
		return 0
	}
	return 1
}

// nodeOf is the part of a plant in a tag's name: kiln of pyro1/kiln/temperature_1.
func nodeOf(tag measure.Tag) string {
	parts := strings.Split(string(tag), "/")
	return strings.Join(parts[:len(parts)-1], "/")
}

// Add takes what was computed of a part of the interval. Parts come in the
// order of time; what lies outside the interval is passed over.
func (g *Gathering) Add(w measure.Interval, r pipeline.Result) { g.Join(g.Condense(w, r)) }

// Condense keeps what a report shows of a part of the interval. It may be
// asked from several goroutines.
func (g *Gathering) Condense(w measure.Interval, r pipeline.Result) Part {
	from, to := max(g.w.From.UnixNano(), w.From.UnixNano()), min(g.w.To.UnixNano(), w.To.UnixNano())
	p := Part{from: from, to: to, sums: make([]map[int64]curveSum, len(g.curves)), tags: make([]tagSum, len(g.plant.Tags))}
	for _, c := range r.Closures {
		if c.From < to && from < c.To {
			p.closures = append(p.closures, closureOf(c))
		}
	}
	for i, t := range g.plant.Tags {
		known := from // up to here
		for _, m := range r.Rollups[t.Tag] {
			if from <= m.From && m.From < to {
				p.tags[i].addMinute(m)
				known = m.From + int64(rollup.Step)
			}
		}
		p.tags[i].addSilence(silence{from: known, to: to, why: measure.NotReported.String()})
		p.tags[i].silent = slices.DeleteFunc(p.tags[i].silent, func(s silence) bool { return s.to-s.from <= int64(t.Stale) && s.from != from && s.to != to })
	}
	for i := range g.curves {
		p.sums[i] = map[int64]curveSum{}
		for _, m := range r.Rollups[g.curves[i].Tag] {
			if from <= m.From && m.From < to {
				step := (m.From - g.w.From.UnixNano()) / g.span
				p.sums[i][step] = p.sums[i][step].with(m)
			}
		}
	}
	return p
}

// Join takes the next part.
func (g *Gathering) Join(p Part) {
	if p.from >= p.to {
		return
	}
	g.closures = append(g.closures, p.closures...)
	for i := range g.tags {
		t := &g.tags[i]
		t.addSilence(silence{from: g.end, to: p.from, why: measure.NotReported.String()})
		t.usable, t.covered = t.usable+p.tags[i].usable, t.covered+p.tags[i].covered
		for _, s := range p.tags[i].silent {
			t.addSilence(s)
		}
	}
	for i := range g.sums {
		for step, s := range p.sums[i] {
			g.sums[i][step] = g.sums[i][step].plus(s)
		}
	}
	g.end = p.to
}

func closureOf(c pipeline.Closure) Closure {
	out := Closure{From: c.From, To: c.To, Mass: c.Mass.Closure, Carbon: c.Carbon.Closure, Energy: c.Energy.Closure, Coverage: c.Coverage, Quality: c.Quality}
	if len(c.Missing) > 0 {
		out.Why = c.Missing[0]
	}
	return out
}

// with adds a minute.
func (s curveSum) with(m rollup.Rollup) curveSum {
	if m.Coverage <= 0 {
		return s.plus(curveSum{minutes: 1})
	}
	return s.plus(curveSum{covered: m.Coverage, sum: float64(m.Mean * m.Coverage), low: m.Min, high: m.Max, minutes: 1})
}

func (s curveSum) plus(o curveSum) curveSum {
	switch {
	case s.covered == 0:
		s.low, s.high = o.low, o.high
	case o.covered > 0:
		s.low, s.high = min(s.low, o.low), max(s.high, o.high)
	}
	return curveSum{covered: s.covered + o.covered, sum: s.sum + o.sum, low: s.low, high: s.high, minutes: s.minutes + o.minutes}
}

// addMinute adds a minute.
func (t *tagSum) addMinute(m rollup.Rollup) {
	t.usable += m.Count
	t.covered += m.Coverage
	if m.Coverage <= 0 && m.Count == 0 {
		t.addSilence(silence{from: m.From, to: m.From + int64(rollup.Step), why: m.Quality.Reason.String()})
	}
}

// addSilence adds a time without a value to those before it.
func (t *tagSum) addSilence(s silence) {
	if s.from >= s.to {
		return
	}
	if n := len(t.silent); n > 0 && t.silent[n-1].to == s.from {
		t.silent[n-1].to = s.to
		return
	}
	t.silent = append(t.silent, s)
}

// End returns what was gathered.
func (g *Gathering) End() Readings {
	r := Readings{Closures: g.closures}
	for i, c := range g.curves {
		for k, s := range g.sums[i] {
			from := g.w.From.UnixNano() + int64(k)*g.span
			step := Step{From: from, To: min(from+g.span, g.w.To.UnixNano()), Mean: math.NaN(), Min: math.NaN(), Max: math.NaN()}
			if s.covered > 0 {
				step.Mean, step.Min, step.Max = s.sum/s.covered, s.low, s.high
				step.Coverage = s.covered / float64(s.minutes)
			}
			c.Steps = append(c.Steps, step)
		}
		r.Temperatures = append(r.Temperatures, c)
	}
	whole := float64(g.w.Length() / rollup.Step)
	silent := map[silence][]string{}
	for i, t := range g.tags {
		plan := g.plant.Tags[i]
		r.Coverage = append(r.Coverage, Coverage{Tag: plan.Tag, Unit: plan.Unit.String(), Usable: t.usable, Share: t.covered / whole})
		t.silent = slices.Clone(t.silent)
		t.addSilence(silence{from: g.end, to: g.w.To.UnixNano(), why: measure.NotReported.String()})
		for _, s := range t.silent {
			if s.to-s.from > int64(plan.Stale) {
				silent[s] = append(silent[s], string(plan.Tag))
			}
		}
	}
	for s, tags := range silent {
		r.Gaps = append(r.Gaps, Gap{Who: listOf(tags, len(g.plant.Tags)), From: at(s.from), To: at(s.to), Why: s.why})
	}
	slices.SortFunc(r.Gaps, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Who, b.Who), cmp.Compare(a.Why, b.Why))
	})
	return r
}

// listOf names tags, or how many there are where they are many.
func listOf(tags []string, of int) string {
	switch {
	case len(tags) == of:
		return fmt.Sprintf("all %d tags", of)
	case len(tags) > 6:
		return fmt.Sprintf("%s and %d more", strings.Join(tags[:6], ", "), len(tags)-6)
	}
	return strings.Join(tags, ", ")
}

func at(ns int64) time.Time { return time.Unix(0, ns).UTC() }

var celsius = measure.MustUnit("Cel")
