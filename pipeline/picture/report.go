package picture

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// Balance draws a report's flowsheet: each stream as it is when every balance
// closes, suspects marked, and what the raw readings leave unexplained at each
// node as a flow of its own.
func Balance(p *flowsheet.Plant, r *pipeline.PeriodReport) []byte {
	b := &r.Balance
	v := Values{
		About: fmt.Sprintf("%s, %s to %s, reconciled", r.Of, r.Interval.From.Format("2006-01-02 15:04"), r.Interval.To.Format("2006-01-02 15:04")),
		Unit:  "kg/h", Streams: map[string]Value{}, Energy: map[string]Value{}, Stocks: map[string]Value{},
	}
	if b.Refused != "" {
		v.About = r.Of + ", " + b.Refused
	}
	for _, s := range b.Sums {
		if s.Kind == flowsheet.MassBalance {
			v.Streams[s.Stream] = flowing(s, suspected(b, s.Stream))
		}
	}
	for _, f := range p.Energy {
		for _, x := range b.Readings {
			if x.Reconciled != nil && x.SD != nil && isPower(f, x) {
				v.Energy[f.ID] = Value{Lines: []string{fmt.Sprintf("%s ± %s kW", measure.Digits(*x.Reconciled, 4), measure.Digits(*x.SD, 2))}, Status: status(x.Status, slices.Contains(b.Suspects, x.Name))}
			}
		}
	}
	for _, s := range r.Raw.Stocks {
		if s.Mass != nil {
			v.Stocks[s.Stock] = Value{Lines: []string{fmt.Sprintf("gained %s kg", measure.Digits(*s.Mass, 3))}, Status: Measured}
		}
	}
	for _, x := range b.Balances {
		if x.Kind == flowsheet.MassBalance && x.Residual != nil && math.Abs(*x.Residual) > 0.001 {
			v.Residuals = append(v.Residuals, Residual{Node: x.Node, Lines: []string{fmt.Sprintf("mass, %s kg/h", measure.Digits(*x.Residual, 3))}, Width: *x.Residual})
		}
	}
	return Flowsheet(p, v)
}

func flowing(s reconciled.Sum, suspect bool) Value {
	if s.Reconciled == nil || s.SD == nil {
		return Value{}
	}
	return Value{Lines: []string{fmt.Sprintf("%s ± %s %s", measure.Digits(*s.Reconciled, 4), measure.Digits(*s.SD, 2), s.Unit)}, Status: status(s.Status, suspect), Width: *s.Reconciled}
}

func status(s reconcile.Status, suspect bool) Status {
	switch {
	case suspect:
		return Suspect
	case s == reconcile.Redundant:
		return Reconciled
	case s == reconcile.NonRedundant:
		return Measured
	case s == reconcile.Observable || s == reconcile.Fixed:
		return Estimated
	}
	return NoValue
}

// suspected tells whether a reading of the stream is accused.
func suspected(b *reconciled.Reconciliation, stream string) bool {
	return slices.ContainsFunc(b.Readings, func(x reconciled.Reading) bool {
		return x.Stream == stream && x.Tag != "" && slices.Contains(b.Suspects, x.Name)
	})
}

func isPower(f flowsheet.EnergyFlow, x reconciled.Reading) bool {
	return f.Power != nil && (f.Power.Tag != "" && f.Power.Tag == x.Tag || f.Power.Constant != nil && x.Flow == f.ID)
}

// Finding plots the error of an accused reading as the balances estimate it
// stretch by stretch: over time, or against the load where it goes with it.
func Finding(f *diagnosis.Finding) []byte {
	if f.Load != nil {
		return loaded(f)
	}
	c := Chart{Title: f.DisplayName, About: f.Text, Unit: f.Unit, Levels: []Level{{Value: 0, Text: "as before the change"}}}
	s := Series{Name: "estimated error, stretches of steady running", Dots: true}
	for _, x := range f.Trace {
		s.Points = append(s.Points, Point{At: time.Unix(0, (x.From+x.To)/2).UTC(), Value: x.Error})
	}
	c.Series = []Series{s}
	if f.Since != 0 {
		c.Marks = []Mark{{At: time.Unix(0, f.Since).UTC(), Text: "change"}}
		c.Levels = append(c.Levels, Level{Value: f.Size, Text: fmt.Sprintf("%s %s", measure.Digits(f.Size, 3), f.Unit)})
	}
	return Plot(c)
}

// loaded plots an error against the load, in percent of what should have been read.
func loaded(f *diagnosis.Finding) []byte {
	errors := Cloud{Name: "estimated error, stretches of steady running"}
	for _, x := range f.Trace {
		errors.Points = append(errors.Points, XY{x.Load, 100 * x.Error / x.Load})
	}
	return PlotAgainst(Scatter{
		Title: f.DisplayName, About: f.Text, X: "what should have been read", XUnit: f.Unit, Unit: "%", Levels: []Level{{Value: 0, Text: "no error"}},
		Clouds: []Cloud{errors, {Name: "error that goes with the load", Points: []XY{{f.Load.Low, f.Load.AtLow}, {f.Load.High, f.Load.AtHigh}}, Joined: true}},
	})
}
