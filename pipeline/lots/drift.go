package lots

import (
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Control is one control reading of an analyser: what it reads while it is fed
// a reference, as people note it between two calibrations (QAL3 of EN 14181).
type Control struct {
	Tag       measure.Tag      `json:"tag"`
	Plant     string           `json:"plant"`
	At        time.Time        `json:"at"`
	Kind      ControlKind      `json:"kind"`
	Reference measure.Quantity `json:"reference"`
	Reading   measure.Quantity `json:"reading"`
	S         measure.Quantity `json:"s"`                  // standard deviation of the analyser at this reference
	Adjusted  bool             `json:"adjusted,omitempty"` // the analyser was adjusted since the control reading before
}

// ControlKind is what an analyser is fed: nothing of what it measures, or a known share.
type ControlKind string

// The kinds. Each is controlled by itself.
const (
	ZeroControl ControlKind = "zero"
	SpanControl ControlKind = "span"
)

// ControlState is what the control readings of one kind tell of an analyser.
// Once found, drift lasts until a control reading that follows an adjustment.
type ControlState struct {
	Kind      ControlKind
	Unit      measure.Unit
	Last      time.Time     // of the last control reading
	Positive  float64       // S+, in Unit
	Negative  float64       // S-, in Unit
	Spread    float64       // s, in the square of Unit
	Limits    balance.Cusum // of these three
	Drift     time.Time     // since when; zero: none was found
	Imprecise time.Time     // the same for the spread
}

// states runs the control readings of a tag in order of time through the
// CUSUM, which begins anew with each that follows an adjustment, and returns
// the state after each.
//
//	d = (reading - reference) / s      limits of QAL3 for s = 1
//
// So the readings stay comparable if s changes. What is returned is brought
// back to the unit of the reference by the s of the last reading.
//
// Source: EN 14181 Annex C (update rule unverified), see [balance.Cusum.Run].
func (l *Lab) states(tag measure.Tag, kind ControlKind) []ControlState {
	var all []Control
	if l != nil {
		for _, c := range l.Controls {
			if c.Tag == tag && c.Kind == kind {
				all = append(all, c)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Control) int { return a.At.Compare(b.At) })
	var states []ControlState
	for len(all) > 0 {
		n := 1
		for n < len(all) && !all[n].Adjusted {
			n++
		}
		states = append(states, sinceAdjustment(all[:n])...)
		all = all[n:]
	}
	return states
}

// sinceAdjustment goes through the control readings from one adjustment to the next.
func sinceAdjustment(controls []Control) []ControlState {
	d := make([]float64, len(controls))
	for i, c := range controls {
		distance, s := c.distance()
		d[i] = distance / s
	}
	states := make([]ControlState, len(controls))
	var drift, imprecise time.Time
	for i, point := range balance.QAL3(1).Run(d) {
		c := controls[i]
		if point.Drift && drift.IsZero() {
			drift = c.At
		}
		if point.Imprecise && imprecise.IsZero() {
			imprecise = c.At
		}
		_, s := c.distance()
		states[i] = ControlState{
			Kind: c.Kind, Unit: c.Reference.Unit, Last: c.At,
			Positive: float64(point.Positive * s), Negative: float64(point.Negative * s), Spread: float64(float64(point.Spread*s) * s),
			Limits: balance.QAL3(s), Drift: drift, Imprecise: imprecise,
		}
	}
	return states
}

// distance returns how far the reading is from the reference, and s, in the
// unit of the reference.
func (c *Control) distance() (d, s float64) {
	reading, _ := c.Reading.In(c.Reference.Unit)
	apart, _ := c.S.Unit.To(c.Reference.Unit)
	return reading - c.Reference.Value, float64(c.S.Value * apart.Scale)
}

// Drifts returns when a tag was known to drift, by zero or by span: from the
// control reading that found it to the one after an adjustment, or for good.
func (l *Lab) Drifts(tag measure.Tag) []measure.Interval {
	var all []measure.Interval
	for _, kind := range []ControlKind{ZeroControl, SpanControl} {
		var open time.Time
		for _, s := range l.states(tag, kind) {
			if !open.IsZero() && !open.Equal(s.Drift) {
				all = append(all, measure.Interval{From: open, To: s.Last})
			}
			open = s.Drift
		}
		if !open.IsZero() {
			all = append(all, measure.Interval{From: open, To: forGood})
		}
	}
	return all
}

var forGood = measure.Window(1<<63-1, 0).From

// MergeControls returns the control readings of two laboratory files. Of one
// that both give, the newer file's word stands.
func MergeControls(newer, older []Control) []Control {
	all := slices.Clone(newer)
	for _, c := range older {
		if !slices.ContainsFunc(newer, c.same) {
			all = append(all, c)
		}
	}
	return all
}

// same tells whether two entries speak of one control reading.
func (c Control) same(o Control) bool {
	return c.Tag == o.Tag && c.Kind == o.Kind && c.At.Equal(o.At)
}

func readControl(x strict.Node) Control {
	f := x.Fields("tag", "plant", "at", "kind", "reference", "reading", "s", "adjusted")
	x.Need(f, "tag", "plant", "at", "kind", "reference", "reading", "s")
	c := Control{
		Tag: f["tag"].Tag(), Plant: f["plant"].PlainName("plant"), At: f["at"].Instant(),
		Kind:     ControlKind(f["kind"].Choice(string(ZeroControl), string(SpanControl))),
		Adjusted: f["adjusted"].Flag(),
	}
	if c.Tag != "" && c.Plant != "" && c.Tag.Plant() != c.Plant {
		f["tag"].Fault("tag %s does not start with the plant, %s/", c.Tag, c.Plant)
	}
	var ok bool
	if c.Reference, ok = f["reference"].Quantity(); !ok {
		return c
	}
	if c.Reference.Unit == measure.One {
		f["reference"].Fault("%s has no unit: a share is written in %%", c.Reference)
		return c
	}
	if _, ok := flowsheet.ReadIn(f["reading"], c.Reference.Unit); ok {
		c.Reading, _ = f["reading"].Quantity()
	}
	if s, ok := f["s"].Quantity(); ok {
		switch c.S = s; {
		case s.Unit == measure.One || !s.Unit.Same(c.Reference.Unit):
			f["s"].Fault("%s: give it in %s", s, c.Reference.Unit)
		case s.Value <= 0:
			f["s"].Fault("must be above 0")
		}
	}
	return c
}
