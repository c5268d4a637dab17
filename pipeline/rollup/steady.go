package rollup

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/elementary"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// steadyRatio is the least ratio R of a steady signal. Source: NeqSim,
// docs/process/optimization/data-reconciliation.md.
const steadyRatio = 0.5

// SteadyState tells from the minutes of a window whether the process ran, and
// whether it ran steadily, so that what it took in may be compared with what
// it gave.
//
// It ran if it did in [Enough] of the minutes; share says in how many. A
// minute of which nothing is known is none in which it ran. Without a word on
// running in the plant file it always runs.
//
// It ran steadily if each tag that the plant file names did, and is known in
// [Enough] of the minutes. A tag is steady if its minutes scatter without
// trend or differ little:
//
//	R = var_f / s² ≥ 0.5      or      max x̄ - min x̄ ≤ within
//
//	x̄       mean of a minute; of a counter its increase brought to an hour
//	var_f   of the differences from minute to minute, s² about the mean; see [balance.SteadyState]
//	within  of the plant file; a share is one of the window's mean
//
// why says in words what moved and by how much, or "" if nothing did. An R
// that others define the other way round is not this one, so it is named.
//
// Source: [balance.SteadyState]. Valid: R for windows of 20 to 60 minutes; a counter
// must be read, and count, several times a minute.
func SteadyState(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]Rollup) (running bool, share float64, steady bool, why string) {
	minutes := int(w.Length() / Step)
	if running, share, why = ranIn(p, w, rollups, minutes); !running {
		return false, share, false, why
	}
	var moved []string
	for _, s := range p.Steady {
		plan, _ := p.Tag(s.Tag)
		if said := judge(s, &plan, ratesOf(&plan, w, rollups[s.Tag]), minutes); said != "" {
			moved = append(moved, said)
		}
	}
	return true, share, moved == nil, strings.Join(moved, "; ")
}

// ranIn tells whether the process ran in a window of so many minutes.
func ranIn(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]Rollup, minutes int) (running bool, share float64, why string) {
	if p.Running == nil {
		return true, 1, ""
	}
	plan, _ := p.Tag(p.Running.Tag)
	above := 0
	for _, x := range ratesOf(&plan, w, rollups[p.Running.Tag]) {
		if x > p.Running.Above {
			above++
		}
	}
	if minutes > 0 {
		share = float64(above) / float64(minutes)
	}
	if share >= Enough {
		return true, share, ""
	}
	return false, share, fmt.Sprintf("the process did not run for long enough: tag %s read more than %.4g %s in %.0f %% of the minutes only", plan.Tag, p.Running.Above, plan.RateUnit(), 100*share)
}

// Stood tells whether the process is known to have run in no minute of a window.
func Stood(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]Rollup, minutes int) bool {
	if p.Running == nil {
		return false
	}
	plan, _ := p.Tag(p.Running.Tag)
	rates := ratesOf(&plan, w, rollups[p.Running.Tag])
	runs := func(x float64) bool { return x > p.Running.Above }
	return float64(len(rates)) >= float64(Enough*float64(minutes)) && !slices.ContainsFunc(rates, runs)
}

// judge says what of a tag is not steady, or "".
func judge(s flowsheet.Steady, plan *flowsheet.TagPlan, x []float64, minutes int) string {
	if len(x) == 0 || float64(len(x)) < float64(Enough*float64(minutes)) {
		return fmt.Sprintf("tag %s is known in %d of %d minutes only", s.Tag, len(x), minutes)
	}
	within := s.Within
	if s.Relative {
		within = math.Abs(float64(s.Within * elementary.Mean(x)))
	}
	moved := slices.Max(x) - slices.Min(x)
	if moved <= within {
		return ""
	}
	ratio := 0.0
	if len(x) > 1 {
		var ok bool
		if _, _, ratio, ok = balance.SteadyState(x); ok && ratio >= steadyRatio {
			return ""
		}
	}
	return fmt.Sprintf("tag %s moved: its minutes differ by %.4g %s, allowed are %.4g; and they have a trend: R is %.3g, steady is %.1f or more (R of NeqSim: variance from minute to minute over variance about the mean)",
		s.Tag, moved, plan.RateUnit(), within, ratio, steadyRatio)
}

// ratesOf returns what a tag read in each minute of a window of which anything is known.
func ratesOf(t *flowsheet.TagPlan, w measure.Interval, rollups []Rollup) []float64 {
	var x []float64
	for i := range rollups {
		r := &rollups[i]
		if !w.Contains(r.From) {
			continue
		}
		if rate, ok := RateIn(t, r); ok {
			x = append(x, rate)
		}
	}
	return x
}
