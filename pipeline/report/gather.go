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
)

// mostSteps is how many spans of time a curve is drawn with.
const mostSteps = 336

// Gathering condenses what is computed from readings, piece by piece, so that
// a year takes no more room than what a report shows of it.
type Gathering struct {
	plant *pipeline.Plant
	w     measure.Interval
	span  int64 // ns, of the step of a curve

	closures []Closure
	curves   []Curve
	sums     [][]curveSum
	tags     []tagSum // in the order of the plant's tags
}

type curveSum struct {
	covered, sum, low, high float64
	minutes                 int
}

type tagSum struct {
	usable  int
	covered float64
	minutes int
	silent  int64  // since when nothing is known, Unix ns; -1: something is
	why     string // of the first silent minute
	gaps    []silence
}

type silence struct {
	from, to int64
	why      string
}

// NewGathering gathers over an interval, which is widened to whole minutes.
func NewGathering(p *pipeline.Plant, w measure.Interval) *Gathering {
	w = w.Align(pipeline.Step)
	g := &Gathering{plant: p, w: w, tags: make([]tagSum, len(p.Tags))}
	minutes := int64(w.Length() / pipeline.Step)
	g.span = int64(pipeline.Step) * roundMinutes((minutes+mostSteps-1)/mostSteps)
	for i := range g.tags {
		g.tags[i].silent = w.From.UnixNano()
	}
	for _, t := range reactorTags(p) {
		g.curves = append(g.curves, Curve{Tag: t.Tag, About: t.About, Unit: t.Unit.String(), Judged: judged(p, t.Tag)})
		g.sums = append(g.sums, make([]curveSum, (minutes*int64(pipeline.Step)+g.span-1)/g.span))
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
func reactorTags(p *pipeline.Plant) []pipeline.TagPlan {
	isTemperature := func(t pipeline.TagPlan) bool {
		_, err := t.Unit.To(celsius)
		return err == nil
	}
	var all, some []pipeline.TagPlan
	var nodes []string
	for _, t := range p.Tags {
		if isTemperature(t) {
			all = append(all, t)
			if judged(p, t.Tag) {
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
	slices.SortStableFunc(some, func(a, b pipeline.TagPlan) int { return rank(p, a.Tag) - rank(p, b.Tag) })
	return some[:min(len(some), 3)]
}

// judged tells whether a rule of the plant file says how steady a tag must be.
func judged(p *pipeline.Plant, tag measure.Tag) bool {
	return slices.ContainsFunc(slices.Concat(p.Uniform, p.Steady), func(s pipeline.Steady) bool { return s.Tag == tag })
}

func rank(p *pipeline.Plant, tag measure.Tag) int {
	if judged(p, tag) {
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
func (g *Gathering) Add(r pipeline.Result) {
	from, to := g.w.From.UnixNano(), g.w.To.UnixNano()
	for _, c := range r.Closures {
		if c.From < to && from < c.To {
			g.closures = append(g.closures, closureOf(c))
		}
	}
	for i, t := range g.plant.Tags {
		for _, m := range r.Rollups[t.Tag] {
			if from <= m.From && m.From < to {
				g.tags[i].add(m, int64(t.Stale))
			}
		}
	}
	for i := range g.curves {
		for _, m := range r.Rollups[g.curves[i].Tag] {
			if from <= m.From && m.From < to {
				g.sums[i][(m.From-from)/g.span].add(m)
			}
		}
	}
}

func closureOf(c pipeline.Closure) Closure {
	out := Closure{From: c.From, To: c.To, Mass: c.Mass.Closure, Carbon: c.Carbon.Closure, Energy: c.Energy.Closure, Coverage: c.Coverage, Quality: c.Quality}
	if len(c.Missing) > 0 {
		out.Why = c.Missing[0]
	}
	return out
}

func (s *curveSum) add(m pipeline.Rollup) {
	s.minutes++
	if m.Coverage <= 0 {
		return
	}
	if s.covered == 0 {
		s.low, s.high = m.Min, m.Max
	}
	s.low, s.high = min(s.low, m.Min), max(s.high, m.Max)
	s.covered += m.Coverage
	s.sum += float64(m.Mean * m.Coverage)
}

func (t *tagSum) add(m pipeline.Rollup, stale int64) {
	t.usable += m.Count
	t.covered += m.Coverage
	t.minutes++
	known := m.Coverage > 0 || m.Count > 0
	switch {
	case known && t.silent >= 0:
		t.close(m.From, stale)
		t.silent = -1
	case !known:
		if t.silent < 0 {
			t.silent = m.From
		}
		if t.why == "" {
			t.why = m.Quality.Reason.String()
		}
	}
}

// close ends a time without a value.
func (t *tagSum) close(to, stale int64) {
	if to-t.silent > stale {
		t.gaps = append(t.gaps, silence{t.silent, to, cmp.Or(t.why, measure.NotReported.String())})
	}
	t.why = ""
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
	whole := float64(g.w.Length() / pipeline.Step)
	silent := map[silence][]string{}
	for i, t := range g.tags {
		plan := g.plant.Tags[i]
		r.Coverage = append(r.Coverage, Coverage{Tag: plan.Tag, Unit: plan.Unit.String(), Usable: t.usable, Share: t.covered / whole})
		if t.silent >= 0 {
			t.close(g.w.To.UnixNano(), int64(plan.Stale))
		}
		for _, s := range t.gaps {
			silent[s] = append(silent[s], string(plan.Tag))
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
