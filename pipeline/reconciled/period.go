package reconciled

import (
	"cmp"
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/rollup"
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
// shrink; what is new in each window does. Of several lots, the errors of one
// kind of analysis are taken to be the same in each: that overstates a little
// and never understates. A stock reading at the end of one window is the same
// reading at the start of the next: it cancels, and counts only at the two
// ends of each unbroken run of windows.
//
// Merging periods that were merged gives what merging their windows gives, as
// long as each of them knows what all of them together know.
//
// Source: GUM (JCGM 100), 5.1.2 and 5.2.2.
func (n *Network) Merge(windows []Reconciliation) Reconciliation {
	r := Reconciliation{Plant: n.Plant.ID, Steady: true}
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
		r.State = "the process did not run for long enough in any balance window"
		if len(windows) == 1 {
			r.State = cmp.Or(windows[0].State, "the process did not run")
		}
	}
	r.solve(n, n.MergeObservations(windows))
	return r
}

// Problem returns a merged period as a problem that `nielu reconcile` solves:
// every instrument and every equation by name, to work on by hand.
func (n *Network) Problem(id string, windows []Reconciliation) *reconcile.Problem {
	problem := n.Formulate(id, n.MergeObservations(windows))
	problem.Options.Serial = true
	return problem
}

// MergeObservations brings the observations of windows together.
func (n *Network) MergeObservations(windows []Reconciliation) []Observation {
	out := make([]Observation, len(n.Quantities))
	for i, q := range n.Quantities {
		o := Observation{Name: q.Name, What: q.What, Stream: q.Stream, Role: q.Role, Flow: q.Flow, Unit: q.Unit.String(), Quality: measure.GoodQuality, Why: "nobody measures it"}
		switch {
		case q.Role == constantRole:
			h := 0.0
			for k := range windows {
				h += n.length(&windows[k])
			}
			o.Value, o.Coverage, o.Why = &h, 1, ""
		case q.Source == nil:
		case q.Role == StartRole || q.Role == EndRole:
			mergeLevel(&o, q, windows, n)
		default:
			n.mergeMean(&o, windows)
		}
		out[i] = o
	}
	return out
}

// length returns the hours that a window, or the windows of a period, take.
func (n *Network) length(r *Reconciliation) float64 {
	if r.Windows > 1 {
		return float64(float64(r.Windows) * n.every)
	}
	return float64(r.To-r.From) / 3.6e12
}

func (n *Network) mergeMean(o *Observation, windows []Reconciliation) {
	var sum, weight, systematic, random, hours, covered float64
	why := ""
	for i := range windows {
		length := n.length(&windows[i])
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
		w := x.Weight
		weight += w
		sum += float64(w * *x.Value)
		systematic += float64(w * x.Systematic)
		random += float64(float64(w*x.Random) * float64(w*x.Random))
	}
	if !(weight > 0) {
		o.Why, o.Quality = cmp.Or(why, "nothing is known of it"), measure.BadBecause(measure.Stale)
		return
	}
	value := sum / weight
	o.Value, o.Weight, o.Systematic, o.Random, o.Coverage = &value, weight, systematic/weight, math.Sqrt(random)/weight, covered/hours
	if o.Why = ""; o.Coverage < rollup.Enough {
		o.Why = why
		if why == "" {
			o.Why = "less than 80 % of the period is covered"
		}
	}
}

// mergeLevel puts the level of the first window at the start, and at the end
// that level and all that was gained. Where one window follows the other, the
// level between them is one reading, which cancels, known or not; each break
// adds two readings.
//
//	u²(end) = u²(last) + Σ_breaks (u²(before) + u²(behind))
//
// Source: GUM (JCGM 100), 5.1.2.
func mergeLevel(o *Observation, q Quantity, windows []Reconciliation, n *Network) {
	names := [2]string{o.Name, n.partner(q)}
	if q.Role == EndRole {
		names[0], names[1] = names[1], names[0]
	}
	var first, open, end Reading // at the start of all, of what is not closed yet, and the last
	gained, closed := 0.0, true  // closed: the level at the end of the window before is known
	var systematic, random float64
	for i := range windows {
		start, _ := windows[i].Reading(names[0])
		follows := i > 0 && windows[i-1].To == windows[i].From
		if follows && closed && !start.Known() {
			start = end
		}
		end, _ = windows[i].Reading(names[1])
		switch {
		case closed && start.Known():
			open = start
		case closed || !follows:
			o.miss(start)
			return
		}
		if i == 0 {
			first = open
		}
		if closed && follows {
			systematic -= float64(open.Systematic * open.Systematic)
			random -= float64(open.Random * open.Random)
		} else if closed && i > 0 {
			systematic += float64(open.Systematic * open.Systematic)
			random += float64(open.Random * open.Random)
		}
		if closed = end.Known(); !closed {
			if i == len(windows)-1 {
				o.miss(end)
				return
			}
			continue
		}
		gained += *end.Value - *open.Value
		systematic = max(0, systematic) + float64(end.Systematic*end.Systematic)
		random = max(0, random) + float64(end.Random*end.Random)
		o.Tag, o.Instrument = end.Tag, end.Instrument
		o.Quality = measure.Worse(o.Quality, measure.Worse(open.Quality, end.Quality))
	}
	if len(windows) == 0 {
		return
	}
	value := *first.Value
	o.Systematic, o.Random = first.Systematic, first.Random
	if q.Role == EndRole {
		value += gained
		o.Systematic, o.Random = math.Sqrt(systematic), math.Sqrt(random)
	}
	o.Value, o.Weight, o.Minutes, o.Coverage, o.Why = &value, 1, 1, 1, ""
}

// miss notes that a level is not known, and why.
func (o *Observation) miss(level Reading) {
	o.Tag, o.Instrument = level.Tag, level.Instrument
	o.Why, o.Quality = cmp.Or(level.Why, "the level is not known at an end of a window"), measure.BadBecause(measure.Stale)
}

// partner returns the name of the other end of a stock's level.
func (n *Network) partner(q Quantity) string {
	i := n.Index[q.Name]
	if q.Role == StartRole {
		return n.Quantities[i+1].Name
	}
	return n.Quantities[i-1].Name
}
