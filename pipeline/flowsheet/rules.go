package flowsheet

import (
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Rules are the checks of a tag's readings beyond its range, each only if the
// plant file gives it. Sentinels know no context and make a reading bad. The
// others look at its neighbours and make it uncertain, never bad: they flag
// and never delete, so that nothing that happens to one reading can change
// what another one counts.
//
// Source: a convention of this project.
type Rules struct {
	MaxChange float64 // in Unit per second; 0 for none
	Flatline  *Flatline
	Spikes    *Spikes
	Sentinels []float64 // in Unit
}

// Flatline flags readings that are too equal to be alive: at least so many in
// a row that differ by no more than the resolution while the process runs.
type Flatline struct {
	Readings   int
	Resolution float64       // in the tag's unit
	Within     time.Duration // the row is no longer
}

// Spikes flags readings that are far from their neighbours, see
// [balance.HampelAt].
type Spikes struct {
	Neighbours int // on each side
	Sigmas     float64
	Least      float64       // the least S, in the tag's unit
	Within     time.Duration // neighbours are no further away, on each side
}

// longestContext is how far neighbours may bear on a reading. All of it is
// read again for each window, and every window within it is computed anew when
// a batch arrives.
const longestContext = 24 * time.Hour

// rules reads the rules of a tag whose unit and stale time are known.
func (t *TagPlan) rules(v map[string]strict.Node) {
	if n := v["max_change"]; n.Present() {
		if t.Counter {
			n.Fault("a counter has max_rate instead")
		} else {
			t.Rules.MaxChange = t.change(n)
			t.Steepest = t.Rules.MaxChange
		}
	}
	if n := v["flatline"]; n.Present() {
		f := n.Fields("readings", "resolution", "within")
		n.Need(f, "readings", "resolution")
		rule := &Flatline{Readings: f["readings"].Whole(2, 2, 100_000)}
		rule.Resolution = t.difference(f["resolution"])
		rule.Within = t.within(n, f["within"], rule.Readings)
		t.Rules.Flatline = rule
	}
	if n := v["spikes"]; n.Present() {
		f := n.Fields("neighbours", "sigmas", "least", "within")
		n.Need(f, "neighbours", "sigmas")
		rule := &Spikes{Neighbours: f["neighbours"].Whole(1, 1, 1000)}
		if rule.Sigmas, _ = f["sigmas"].In(measure.One); f["sigmas"].Present() && rule.Sigmas <= 0 {
			f["sigmas"].Fault("must be a number above 0, as in 3")
		}
		rule.Least = t.difference(f["least"])
		rule.Within = t.within(n, f["within"], rule.Neighbours)
		if t.Rules.Spikes = rule; t.Counter {
			n.Fault("a counter rises and has no spikes; max_rate finds its leaps")
		}
	}
	for _, n := range v["sentinels"].List() {
		if x, ok := ReadIn(n, t.Unit); ok {
			t.Rules.Sentinels = append(t.Rules.Sentinels, x)
		}
	}
}

// within reads how far away neighbours may be. Without it, it is the stale
// time for each of them.
func (t *TagPlan) within(rule, x strict.Node, readings int) time.Duration {
	if x.Present() {
		d := x.Duration()
		if d > longestContext {
			x.Fault("%s is more than %s", x.Text(), longestContext)
		}
		return d
	}
	if t.Stale > longestContext/time.Duration(readings) {
		rule.Fault("%d readings and stale: %s reach further than %s: add within, as in 10 min", readings, t.Stale, longestContext)
		return 0
	}
	return time.Duration(readings) * t.Stale
}

// difference reads how far two readings of the tag are apart, in its unit. Of
// a temperature that is no temperature: it has no offset.
func (t *TagPlan) difference(x strict.Node) float64 {
	q, ok := x.Quantity()
	if !ok {
		return 0
	}
	c, err := q.Unit.To(t.Unit)
	switch {
	case q.Unit == measure.One && t.Unit != measure.One:
		x.Fault("%s has no unit: give it in %s", q, t.apart())
	case err != nil:
		x.Fault("%s: give it in %s", q, t.apart())
	case q.Value < 0:
		x.Fault("%s is below 0", q)
	}
	return float64(q.Value * c.Scale)
}

// change reads how fast the tag may change, in its unit per second.
func (t *TagPlan) change(x strict.Node) float64 {
	q, ok := x.Quantity()
	if !ok {
		return 0
	}
	inSecond, err := q.Unit.Times(measure.Second)
	var c measure.Conversion
	if err == nil {
		c, err = inSecond.To(t.Unit)
	}
	switch {
	case err != nil:
		x.Fault("%s: give it in %s per time, as in 5 %s/min", q, t.apart(), t.apart())
	case q.Value <= 0:
		x.Fault("must be above 0")
	}
	return float64(q.Value * c.Scale)
}

// ReadIn reads a quantity in a unit. A bare number is refused even for a
// share, where it could be taken for a part of 1: 0.4 is not 0.4 %.
func ReadIn(x strict.Node, unit measure.Unit) (float64, bool) {
	if q, ok := x.Quantity(); ok && q.Unit == measure.One && unit != measure.One {
		x.Fault("%s has no unit: write it with its unit, as in \"%s %s\"", q, q, unit)
		return 0, false
	}
	return x.In(unit)
}

// apart is the unit in which readings are apart.
func (t *TagPlan) apart() measure.Unit {
	if t.Unit.Same(measure.Kelvin) {
		return measure.Kelvin
	}
	return t.Unit
}
