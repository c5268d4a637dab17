package process

import (
	"fmt"
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// uniform reports for how much of the running time each tag of the plant
// file's list stayed within a band of its own mean: the evidence of uniform
// carbonisation.
//
//	share = minutes with |x_m - x̄| ≤ band / running minutes      x̄ = Σ x_m t_m / Σ t_m over running minutes
//
// A minute counts as shown if readings cover at least [rollup.Enough] of it. One that
// is not shown, or of which nobody knows whether the process ran, counts as
// running and as outside. A share in % of a temperature is of the number in
// the tag's own unit.
//
// Source: Puro.earth Biochar Methodology, Edition 2025 (secondary), Regime A:
// temperature and residence time of every minute, stable within ±10 %.
func (r *indicatorSet) uniform() {
	const source = "Puro.earth Biochar, Edition 2025, Regime A: one-minute temperature and residence time within ±10 % (secondary)"
	if len(r.plant.Uniform) == 0 {
		r.put(Indicator{Name: "regime_A", About: "share of running minutes in which temperature and residence time are shown to be stable", Unit: "%", Source: source},
			unknown(material.Unplanned("uniform: list the tags of temperature and residence time there")))
		return
	}
	running := r.runningMinutes()
	together := make([]bool, r.minutes)
	for i := range together {
		together[i] = running[i]
	}
	total := 0
	for _, on := range running {
		if on {
			total++
		}
	}
	basis := "running minutes"
	if r.plant.Running == nil {
		basis = "all minutes: the plant file does not say when the process runs"
	}
	temperature, residence := false, false
	for _, u := range r.plant.Uniform {
		plan, _ := r.plant.Tag(u.Tag)
		temperature = temperature || plan.Unit.Same(measure.Kelvin)
		residence = residence || plan.Unit.Same(measure.Second)
		s := r.stabilityOf(u, running)
		for i := range together {
			together[i] = together[i] && s.inside[i]
		}
		of := func(name, about, unit string, f estimate) *Indicator {
			return r.put(Indicator{Name: name + ":" + string(u.Tag), About: about, Unit: unit, Basis: basis, Source: source}, f)
		}
		band := bandOf(u, plan)
		of("mean", "mean of the running time, weighted by time", plan.Unit.String(), s.mean)
		i := of("uniform", "share of running minutes whose mean lies within "+band+" of the period's", "%", share(s.within, total))
		if i.Value != nil && s.within < total {
			i.flag(fmt.Sprintf("%d of %d minutes are outside, or nothing shows that they are inside", total-s.within, total))
		}
		of("longest_excursion", "longest run of running minutes outside "+band+" of the mean, or not shown", "min", minutesOf(s.longest, total))
		of("coverage", "share of running minutes that readings show", "%", share(s.shown, total))
	}
	all := 0
	for _, in := range together {
		if in {
			all++
		}
	}
	i := r.put(Indicator{Name: "regime_A", About: "share of running minutes in which all of them are shown to be stable", Unit: "%", Basis: basis, Source: source}, share(all, total))
	if !temperature || !residence {
		i.flag("Regime A asks for a temperature and a residence time; list both under uniform")
	}
	if all < total {
		i.flag("uniform carbonisation is not shown for every minute: Regime B")
	}
}

func share(n, of int) estimate {
	if of == 0 {
		return noFigure("the process did not run in the period; nothing to show")
	}
	return estimate{value: 100 * float64(n) / float64(of)}
}

func minutesOf(n, of int) estimate {
	if of == 0 {
		return share(n, of)
	}
	return estimate{value: float64(n)}
}

// bandOf puts a condition into words.
func bandOf(s flowsheet.Steady, plan flowsheet.TagPlan) string {
	if s.Relative {
		return "±" + short(100*s.Within) + " %"
	}
	return "±" + short(s.Within) + " " + plan.RateUnit().String()
}

// runningMinutes tells of each minute of the period whether the process ran, or may have.
func (r *indicatorSet) runningMinutes() []bool {
	all := make([]bool, 0, r.minutes)
	for _, b := range r.lotWindows {
		for i := range b.Minutes {
			all = append(all, b.MayRun(i))
		}
	}
	return all
}

// stability is how one tag kept to its mean.
type stability struct {
	mean                   estimate
	inside                 []bool // by minute
	within, shown, longest int    // minutes
}

func (r *indicatorSet) stabilityOf(u flowsheet.Steady, running []bool) stability {
	s := stability{inside: make([]bool, len(running))}
	minutes := r.minutesOf(u.Tag)
	sum, weight := 0.0, 0.0
	for i, m := range minutes {
		if running[i] && m != nil {
			sum += float64(m.Mean * m.Coverage)
			weight += m.Coverage
		}
	}
	if weight == 0 {
		s.mean = unknown(material.Unread(u.Tag, ": no readings while the process ran"))
	} else {
		s.mean.value = sum / weight
	}
	band := u.Within
	if u.Relative {
		band = math.Abs(float64(u.Within * s.mean.value))
	}
	out := 0
	for i, m := range minutes {
		if !running[i] {
			out = 0 // a standstill ends an excursion
			continue
		}
		if m != nil && m.Coverage >= rollup.Enough {
			s.shown++
			s.inside[i] = math.Abs(m.Mean-s.mean.value) <= band
		}
		if out++; s.inside[i] {
			s.within++
			out = 0
		}
		s.longest = max(s.longest, out)
	}
	return s
}

// minutesOf returns the rollups of a tag, nil where there is none.
func (r *indicatorSet) minutesOf(tag measure.Tag) []*rollup.Rollup {
	all := make([]*rollup.Rollup, 0, r.minutes)
	for _, b := range r.lotWindows {
		for i := range b.Minutes {
			all = append(all, b.Minute(tag, i))
		}
	}
	return all
}
