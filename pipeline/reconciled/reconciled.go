package reconciled

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Reconciliation is a window, or a longer period, in which every reading was
// given the least correction that makes all balances close, and the tests
// that say whether the corrections can be believed.
//
// It stands beside the raw closure.Closure and never replaces it. A stream that
// nothing measures has a value only where the balances give one; such a value
// is called observable and checks nothing.
type Reconciliation struct {
	Plant    string           `json:"plant"`
	Interval measure.Interval `json:"-"`
	From     int64            `json:"from"` // Unix nanoseconds
	To       int64            `json:"to"`
	Lot      string           `json:"lot,omitempty"` // the production batch whose analyses were used, of a window
	Windows  int              `json:"windows"`       // balance windows it is made of
	Running  bool             `json:"running"`       // the process ran for most of it
	Steady   bool             `json:"steady"`
	State    string           `json:"state,omitempty"` // why not running or steady, in words
	Refused  string           `json:"refused,omitempty"`

	DF       int      `json:"df"`       // degrees of freedom: how many balances check readings
	Gamma    float64  `json:"gamma"`    // of the global test
	Critical *float64 `json:"critical"` // gamma above it: the readings contradict each other
	P        *float64 `json:"p"`
	Passed   *bool    `json:"passed"` // nil: nothing to test
	Limit    *float64 `json:"limit"`  // of each reading's z

	Readings []Reading      `json:"readings"`
	Sums     []Sum          `json:"sums"`
	Balances []NodeResidual `json:"balances"`
	Suspects []string       `json:"suspects"` // names of readings whose z is beyond the limit
	Sets     [][]string     `json:"sets"`     // readings that no test can tell apart
	Removed  []Suspect      `json:"removed"`  // by serial elimination, while the global test failed
}

// Reading is an observation and what the balances make of it.
type Reading struct {
	Observation
	Status     reconcile.Status `json:"status"`
	Reconciled *float64         `json:"reconciled"`
	SD         *float64         `json:"sd"`
	Z          *float64         `json:"z"`       // of the measurement test
	Bias       *float64         `json:"bias"`    // its error, if it alone were wrong
	BiasSD     *float64         `json:"bias_sd"` // of that estimate
}

// Sum is what a stream carried an hour, of one kind.
type Sum struct {
	Stream     string                `json:"stream"`
	Kind       flowsheet.BalanceKind `json:"kind"`
	Unit       string                `json:"unit"`
	Status     reconcile.Status      `json:"status"` // redundant, non-redundant, observable or unobservable
	Reconciled *float64              `json:"reconciled"`
	SD         *float64              `json:"sd"`
}

// NodeResidual is how far the raw readings are from closing one balance.
type NodeResidual struct {
	Node     string                `json:"node"`
	Kind     flowsheet.BalanceKind `json:"kind"`
	Unit     string                `json:"unit"`
	Residual *float64              `json:"residual"` // in - out - accumulated an hour; nil: something in it is not measured
	Z        *float64              `json:"z"`        // the nodal test
}

// Suspect is a reading that was taken out.
type Suspect struct {
	Name        string   `json:"name"`
	Z           float64  `json:"z"`
	Equivalents []string `json:"alike"` // readings as suspect as this one
	Estimate    *float64 `json:"estimate"`
	SD          *float64 `json:"sd"`
	Bias        *float64 `json:"bias"` // reading less estimate
}

// Check is the short form that stands with a raw closure.
type Check struct {
	Running  bool     `json:"running"`
	Steady   bool     `json:"steady"`
	Refused  string   `json:"refused,omitempty"`
	DF       int      `json:"df"`
	Gamma    float64  `json:"gamma"`
	Critical *float64 `json:"critical"`
	Passed   *bool    `json:"passed"`
	Suspects []string `json:"suspects"` // in words: "WT-301 pyro1/feed/mass_flow"
}

// Reconcile makes the readings of a window agree with the balances.
func (n *Network) Reconcile(w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) Reconciliation {
	p := n.Plant
	b := material.Evaluate(p, w, rollups, lab)
	r := Reconciliation{Plant: p.ID, Interval: w, From: w.From.UnixNano(), To: w.To.UnixNano(), Lot: b.Lot.ID, Windows: 1}
	var share float64
	r.Running, share, r.Steady, r.State = rollup.SteadyState(p, w, rollups)
	if !r.Running {
		r.State = cmp.Or(r.State, fmt.Sprintf("the process did not run for long enough: %.0f %% of the time", 100*share))
	}
	r.solve(n, observe(b, n))
	return r
}

// solve fills in what the observations give.
func (r *Reconciliation) solve(n *Network, observations []Observation) {
	r.Readings, r.Sums, r.Balances = []Reading{}, []Sum{}, []NodeResidual{}
	r.Suspects, r.Sets, r.Removed = []string{}, [][]string{}, []Suspect{}
	for i, o := range observations {
		if n.Quantities[i].Source != nil {
			r.Readings = append(r.Readings, Reading{Observation: o, Status: reconcile.Unobservable})
		}
	}
	if !r.Running {
		r.Refused = "not reconciled: " + r.State
		return
	}
	problem := n.Formulate(n.Plant.ID, observations)
	problem.Options.Serial = true
	solved, err := problem.Solve()
	if err != nil {
		var f *reconcile.Fault
		if r.Refused = "not reconciled: " + err.Error(); errors.As(err, &f) {
			r.Refused = "not reconciled: " + f.Message
		}
		return
	}
	r.read(n, solved)
}

// Formulate is the network with observations, in the form of `nielu reconcile`.
// What nobody measures starts at half the largest flow that is measured: a
// plant of a thousand times the size takes the same way to the solution.
func (n *Network) Formulate(id string, observations []Observation) *reconcile.Problem {
	problem := &reconcile.Problem{ID: id, Equations: n.Equations, Variables: make([]reconcile.Quantity, len(n.Quantities))}
	largest := map[string]float64{}
	for i, o := range observations {
		if o.Known() && n.Quantities[i].Role == FlowRole {
			largest[o.Unit] = max(largest[o.Unit], math.Abs(*o.Value))
		}
	}
	for i, q := range n.Quantities {
		o := observations[i]
		v := reconcile.Quantity{ID: q.Name, Unit: o.Unit}
		start := q.nominal
		if most := largest[o.Unit]; q.Source == nil && most > 0 {
			start = most / 2
		}
		if o.Known() {
			start = *o.Value
			sd := o.Uncertainty()
			if q.Source != nil && (q.Source.Constant == nil || q.Source.Uncertainty != nil) {
				sd = max(sd, leastSD(q, *o.Value, largest[o.Unit]))
			}
			value := *o.Value
			v.Value, v.SD = &value, &sd
		}
		v.Start = &start
		problem.Variables[i] = v
	}
	return problem
}

// leastSD keeps a reading of zero from weighing infinitely much: 10⁻⁴ of the
// largest flow in the same unit, 10⁻⁴ of a share, 10⁻⁶ of anything else; of
// what is zero, 10⁻⁴ of what it reads in normal running.
//
// Source: a floor of 10⁻⁴ for compositions as in EDSONCV/dr-ged-benchmarks; the others are ours.
func leastSD(q Quantity, value, largest float64) float64 {
	least := float64(1e-6 * math.Abs(value))
	switch {
	case q.Role == FlowRole:
		least = float64(1e-4 * largest)
	case q.Unit == measure.One:
		least = 1e-4
	}
	if least == 0 {
		least = float64(1e-4 * math.Abs(q.nominal))
	}
	return max(least, 1e-9)
}

// read takes over what was solved.
func (r *Reconciliation) read(n *Network, solved *reconcile.Result) {
	r.DF, r.Gamma, r.Critical, r.P, r.Passed = solved.GlobalTest.DF, solved.GlobalTest.Gamma, solved.GlobalTest.Critical, solved.GlobalTest.P, solved.GlobalTest.Passed
	r.Limit = solved.MeasurementTest.Critical
	k := 0
	for i, q := range n.Quantities {
		if q.Source == nil {
			continue
		}
		v, at := solved.Values[i], &r.Readings[k]
		at.Status, at.Reconciled, at.SD, at.Z, at.Bias, at.BiasSD = v.Status, v.Reconciled, v.SD, v.Z, v.Bias, v.BiasSD
		k++
	}
	for _, s := range n.Plant.Streams {
		for _, kind := range flowsheet.BalanceKinds {
			if i := n.StreamTotal(s, kind); i >= 0 {
				v := solved.Values[i]
				r.Sums = append(r.Sums, Sum{Stream: s.ID, Kind: kind, Unit: n.Quantities[i].Unit.String(), Status: n.status(i, solved), Reconciled: v.Reconciled, SD: v.SD})
			}
		}
	}
	for i, b := range n.Balances {
		unit := "kg/h"
		if b.Kind == flowsheet.EnergyBalance {
			unit = "MJ/h"
		}
		e := solved.Equations[i]
		r.Balances = append(r.Balances, NodeResidual{Node: b.Node, Kind: b.Kind, Unit: unit, Residual: e.Residual, Z: e.Z})
	}
	r.Suspects = append(r.Suspects, solved.Suspects...)
	for _, set := range solved.EquivalenceSets {
		r.Sets = append(r.Sets, slices.Clone(set))
	}
	if solved.Elimination != nil {
		for _, x := range solved.Elimination.Removed {
			r.Removed = append(r.Removed, Suspect{Name: x.ID, Z: x.Z, Equivalents: x.Equivalent, Estimate: x.Estimate, SD: x.SD, Bias: x.Bias})
		}
	}
}

// status says of a sum whether readings give it or only the balances: a total
// that is worked out from other quantities is as good as the least of them.
func (n *Network) status(i int, solved *reconcile.Result) reconcile.Status {
	status := solved.Values[i].Status
	if status != reconcile.Observable || n.Quantities[i].of == nil {
		return status
	}
	least := reconcile.Fixed
	for _, k := range n.Quantities[i].of {
		switch s := solved.Values[k].Status; {
		case s == reconcile.Observable || s == reconcile.Unobservable:
			return status
		case s == reconcile.NonRedundant, s == reconcile.Redundant && least == reconcile.Fixed:
			least = s
		}
	}
	return least
}

// Check returns the short form.
func (r *Reconciliation) Check() *Check {
	c := &Check{Running: r.Running, Steady: r.Steady, Refused: r.Refused, DF: r.DF, Gamma: r.Gamma, Critical: r.Critical, Passed: r.Passed, Suspects: []string{}}
	for _, name := range r.Suspects {
		c.Suspects = append(c.Suspects, r.DisplayName(name))
	}
	return c
}

// Reading returns a reading by its name.
func (r *Reconciliation) Reading(name string) (Reading, bool) {
	i := slices.IndexFunc(r.Readings, func(x Reading) bool { return x.Name == name })
	if i < 0 {
		return Reading{}, false
	}
	return r.Readings[i], true
}

// DisplayName names a reading as people do: by instrument and tag, or by what the
// laboratory was asked.
func (r *Reconciliation) DisplayName(name string) string {
	x, _ := r.Reading(name)
	switch {
	case x.Tag != "":
		return strings.TrimSpace(x.Instrument+" "+string(x.Tag)) + x.Role.when()
	case x.Lab != "":
		return "laboratory value " + x.Lab
	}
	return cmp.Or(x.What, name)
}
