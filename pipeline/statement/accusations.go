package statement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// accusations says which instruments of a claim the balances of its lot accuse,
// and nobody answered for. A finding that more readings would explain alike
// accuses each of them.
//
// An answer is a calibration of the instrument on record from after the error
// began, or a downtime of the sensor that names it: then its readings of that
// time are not counted. A correction of the plant file takes the finding away.
func accusations(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, windows []reconciled.Reconciliation) (all []string) {
	if len(windows) == 0 {
		return nil
	}
	claimed := map[string]bool{}
	for _, tag := range claim.Tags(p) {
		plan, _ := p.Tag(tag)
		claimed[string(tag)] = true
		if plan.Instrument != "" {
			claimed[plan.Instrument] = true
		}
	}
	merged, findings := pipeline.Assess(p, nil, windows)
	for _, f := range findings {
		if !f.Named() {
			continue
		}
		touches := claimed[string(f.Tag)] || f.Instrument != "" && claimed[f.Instrument]
		for _, or := range f.Alternatives {
			touches = touches || slices.ContainsFunc(strings.Fields(or), func(word string) bool { return claimed[word] })
		}
		if !touches || isAnswered(p, lab, lot, f) {
			continue
		}
		how, since := "high", "from the first readings of the lot"
		if f.Size < 0 {
			how = "low"
		}
		if f.Since != 0 {
			since = "since " + time.Unix(0, f.Since).UTC().Format(time.RFC3339)
		}
		why := fmt.Sprintf("%s reads %s %s, as the other instruments have it", f.DisplayName, how, since)
		if len(f.Alternatives) > 0 {
			why += ", or it is " + strings.Join(f.Alternatives, " or ")
		}
		all = append(all, why)
	}
	if len(findings) == 0 {
		all = contradictions(p, lab, lot, claimed, merged)
	}
	return all
}

// contradiction is how seldom healthy readings of a lot are so far apart.
const contradiction = 1e-3

// contradictions says which instruments of a claim others contradict where too
// few check them to tell which one errs: two scales of one stream.
func contradictions(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, claimed map[string]bool, r reconciled.Reconciliation) (all []string) {
	if r.P == nil || *r.P > contradiction {
		return nil
	}
	for _, name := range r.Suspects {
		x, ok := r.Reading(name)
		if !ok || x.Bias == nil || !(claimed[string(x.Tag)] || x.Instrument != "" && claimed[x.Instrument]) {
			continue
		}
		// What the instrument is allowed: twice its standard uncertainty.
		if size := *x.Bias; size > 2*x.Uncertainty() || size < -2*x.Uncertainty() {
			if !isAnswered(p, lab, lot, diagnosis.Finding{Tag: x.Tag, Instrument: x.Instrument}) {
				all = append(all, r.DisplayName(name)+" and the other instruments contradict each other over the lot")
			}
		}
	}
	return all
}

// isAnswered tells whether a calibration or a downtime of the sensor answers a finding.
func isAnswered(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, f diagnosis.Finding) bool {
	since := lot.Interval.From
	if f.Since != 0 {
		since = time.Unix(0, f.Since)
	}
	for _, c := range lab.Calibrations {
		if f.Instrument != "" && c.Plant == p.ID && c.Instrument == f.Instrument && !c.Interval.From.Before(since) {
			return true
		}
	}
	for _, d := range lab.Downtimes {
		if d.Plant == p.ID && namesInstrument(d, f.Instrument) && !d.Interval.From.After(since) && !d.Interval.To.Before(lot.Interval.To) {
			return true
		}
	}
	return false
}

// namesInstrument tells whether a downtime is of a sensor that it names.
func namesInstrument(d lots.Downtime, instrument string) bool {
	return instrument != "" && d.Kind == "sensor" && slices.Contains(strings.FieldsFunc(d.About, func(c rune) bool { return c == ' ' || c == ',' || c == ':' || c == ';' }), instrument)
}
