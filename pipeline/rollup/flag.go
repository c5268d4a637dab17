package rollup

import (
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// hampelScale makes the median absolute deviation of normal scatter its
// standard deviation. Source: Davies & Gather 1993, J. Am. Stat. Assoc. 88:782.
const hampelScale = 1.4826

// flag returns samples in the unit of the plan and through its gate, those
// that are suspect beside their neighbours uncertain. The samples are in order
// of time. A flag depends on what lies within the context of its reading only,
// so that it does not matter in which pieces a series is read.
func flag(t *flowsheet.TagPlan, samples []measure.Sample, unit measure.Conversion, process *standstills) []measure.Sample {
	out := make([]measure.Sample, len(samples))
	n := len(samples)
	r := row{at: make([]int64, 0, n), x: make([]float64, 0, n)}
	for i, s := range samples {
		s.Value = unit.Apply(s.Value)
		out[i] = gate(t, s)
		if out[i].Quality.Usable() {
			r.at, r.x = append(r.at, s.At), append(r.x, out[i].Value)
		}
	}
	r.reason = make([]measure.Reason, len(r.at))
	if rule := t.Rules.Spikes; rule != nil {
		r.spikes(rule)
	}
	if rule := t.Rules.Flatline; rule != nil {
		r.flatlines(rule, process)
	}
	if t.Rules.MaxChange > 0 {
		r.leaps(t.Rules.MaxChange, int64(t.Stale))
	}
	k := 0
	for i := range out {
		if !out[i].Quality.Usable() {
			continue
		}
		if r.reason[k] != measure.Unknown {
			out[i].Quality = measure.Worse(out[i].Quality, measure.UncertainBecause(r.reason[k]))
		}
		k++
	}
	return out
}

// row is the usable readings of a tag in order of time, and the first reason
// why each is suspect, Unknown if it is not.
type row struct {
	at     []int64
	x      []float64
	reason []measure.Reason
}

func (r *row) flag(i int, why measure.Reason) {
	if r.reason[i] == measure.Unknown {
		r.reason[i] = why
	}
}

// spikes flags readings far from those around them.
func (r *row) spikes(rule *flowsheet.Spikes) {
	window := make([]float64, 0, 2*rule.Neighbours+1)
	for i, v := range r.x {
		from, to := i, i+1
		for from > 0 && i-from < rule.Neighbours && r.at[i]-r.at[from-1] <= int64(rule.Within) {
			from--
		}
		for to < len(r.x) && to-i <= rule.Neighbours && r.at[to]-r.at[i] <= int64(rule.Within) {
			to++
		}
		window = append(window[:0], r.x[from:to]...)
		if balance.HampelAt(v, window, rule.Sigmas, hampelScale, rule.Least).Spike {
			r.flag(i, measure.Spike)
		}
	}
}

// flatlines flags rows of readings too equal to be alive.
//
//	max(row) - min(row) ≤ resolution over at least n readings
//
// Source: definition, see [balance.IsFlat].
func (r *row) flatlines(rule *flowsheet.Flatline, process *standstills) {
	for end := rule.Readings - 1; end < len(r.x); end++ {
		from := end - rule.Readings + 1
		stopped := func(at int64) bool { return !process.runs(at) }
		if r.at[end]-r.at[from] > int64(rule.Within) || !balance.IsFlat(r.x[from:end+1], rule.Resolution) || slices.ContainsFunc(r.at[from:end+1], stopped) {
			continue
		}
		for i := from; i <= end; i++ {
			r.flag(i, measure.Flatline)
		}
	}
}

// leaps flags readings that were reached faster than a limit, in units per
// second, unless the one before is too old to tell.
//
//	|x_i - x_(i-1)| / (t_i - t_(i-1)) > limit
//
// Source: definition, see [balance.ChangedTooFast].
func (r *row) leaps(limit float64, stale int64) {
	for i := 1; i < len(r.x); i++ {
		elapsed := r.at[i] - r.at[i-1]
		if elapsed <= stale && balance.ChangedTooFast(r.x[i-1], r.x[i], float64(elapsed)/1e9, limit) {
			r.flag(i, measure.RateTooHigh)
		}
	}
}
