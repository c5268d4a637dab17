package pipeline

import (
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
)

// Merge reconciles a longer period as one problem, from the reconciliations
// of its windows, in order of time: a production batch, a campaign, a day.
// Flows are means over the windows' covered time, properties means over what
// flowed, and a stock is what it gained in the windows.
//
//	v = Σ W_i v_i / Σ W_i      u_systematic = Σ W_i u_i / Σ W_i      u_random² = Σ (W_i u_i)² / (Σ W_i)²
//
//	W  the weight of an observation: hours, kg or m3{N}
//
// A calibration or an analysis is shared by all windows, so its part does not
// shrink; what is new in each window does. A stock reading at the end of one
// window is the same reading at the start of the next: it cancels, and
// counts only at the two ends of each unbroken run of windows.
//
// Source: GUM (JCGM 100) 5.2; balances.md 1.5 and 5.5.
func (p *Plant) Merge(windows []Reconciliation) Reconciliation {
	r := Reconciliation{Plant: p.ID, Steady: true}
	n := p.network
	if len(windows) > 0 {
		r.From, r.To = windows[0].From, windows[len(windows)-1].To
		r.Interval = measure.Interval{From: windows[0].Interval.From, To: windows[len(windows)-1].Interval.To}
	}
	for i := range windows {
		r.Windows += windows[i].Windows
		r.Running = r.Running || windows[i].Running
		r.Steady = r.Steady && windows[i].Steady
	}
	if !r.Running {
		r.State = "the process did not run"
	}
	r.solve(p, n, n.merge(windows))
	return r
}

// Problem returns a merged period as a problem that `nielu reconcile` solves:
// every instrument and every equation by name, to work on by hand.
func (p *Plant) Problem(id string, windows []Reconciliation) *reconcile.Problem {
	problem := p.network.problem(id, p.network.merge(windows))
	problem.Options.Serial = true
	return problem
}

// merge brings the observations of windows together.
func (n *network) merge(windows []Reconciliation) []Observation {
	out := make([]Observation, len(n.quantities))
	for i, q := range n.quantities {
		o := Observation{Name: q.name, What: q.what, Stream: q.stream, Unit: q.unit.String(), Quality: measure.GoodQuality, Why: "nobody measures it"}
		switch {
		case q.role == constantRole:
			h := 0.0
			for k := range windows {
				h += float64(windows[k].To-windows[k].From) / 3.6e12
			}
			o.Value, o.Coverage, o.Why = &h, 1, ""
		case q.source == nil:
		case q.role == startRole || q.role == endRole:
			mergeLevel(&o, q, windows, n)
		default:
			mergeMean(&o, windows)
		}
		out[i] = o
	}
	return out
}

func mergeMean(o *Observation, windows []Reconciliation) {
	var sum, weight, systematic, random, hours, covered float64
	why := ""
	for i := range windows {
		length := float64(windows[i].To-windows[i].From) / 3.6e12
		hours += length
		x, ok := windows[i].Reading(o.Name)
		if !ok {
			continue
		}
		o.Tag, o.Instrument, o.Lab = x.Tag, x.Instrument, x.Lab
		if !x.Known() {
			if why == "" {
				why = x.Why
			}
			continue
		}
		covered += float64(length * x.Coverage)
		o.Minutes += x.Minutes
		o.Quality = measure.Worse(o.Quality, x.Quality)
		w := max(x.Weight, 1e-9) // what did not flow has properties all the same
		weight += w
		sum += float64(w * *x.Value)
		systematic += float64(w * x.Systematic)
		random += float64(float64(w*x.Random) * float64(w*x.Random))
	}
	if !(weight > 0) {
		o.Why, o.Quality = why, measure.BadBecause(measure.Stale)
		return
	}
	value := sum / weight
	o.Value, o.Weight, o.Systematic, o.Random, o.Coverage = &value, weight, systematic/weight, math.Sqrt(random)/weight, covered/hours
	if o.Why = ""; o.Coverage < Enough {
		o.Why = why
		if why == "" {
			o.Why = "less than 80 % of the period is covered"
		}
	}
}

// mergeLevel puts the level of the first window at the start, and at the end
// that level and all that was gained. Each break between windows adds two
// readings.
func mergeLevel(o *Observation, q quantity, windows []Reconciliation, n *network) {
	other := n.partner(q)
	gained, first := 0.0, 0.0
	breaks := -1
	for i := range windows {
		a, okA := windows[i].Reading(o.Name)
		b, okB := windows[i].Reading(other)
		if q.role == endRole {
			a, b = b, a
		}
		if !okA || !okB || !a.Known() || !b.Known() {
			o.Why, o.Quality = "the level is not known at an end of a window", measure.BadBecause(measure.Stale)
			return
		}
		o.Tag, o.Instrument = a.Tag, a.Instrument
		if i == 0 {
			first = *a.Value
		}
		if i == 0 || windows[i-1].To != windows[i].From {
			breaks++
		}
		gained += *b.Value - *a.Value
		o.Systematic = max(a.Systematic, b.Systematic)
		o.Random = max(a.Random, b.Random)
		o.Quality = measure.Worse(o.Quality, measure.Worse(a.Quality, b.Quality))
	}
	value := first
	if q.role == endRole {
		value += gained
		spread := math.Sqrt(float64(1 + 2*max(0, breaks)))
		o.Systematic, o.Random = float64(o.Systematic*spread), float64(o.Random*spread)
	}
	o.Value, o.Weight, o.Minutes, o.Coverage, o.Why = &value, 1, 1, 1, ""
}

// partner returns the name of the other end of a stock's level.
func (n *network) partner(q quantity) string {
	i := n.index[q.name]
	if q.role == startRole {
		return n.quantities[i+1].name
	}
	return n.quantities[i-1].name
}
