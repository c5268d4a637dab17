package projection

import (
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// balanceLines are the records of a reconciled window: the test of the whole,
// every stream with its uncertainty, every instrument with what speaks
// against it.
func balanceLines(site string, r reconciled.Reconciliation) []string {
	var l line
	l.start("nielu_balance")
	l.tag("plant", r.Plant)
	l.tag("site", site)
	l.balance(r)
	lines := []string{l.stamp(r.From)}
	for _, s := range r.Sums {
		if s.Reconciled == nil || s.SD == nil {
			continue
		}
		l.start("nielu_reconciled")
		l.tag("component", string(s.Kind))
		l.tag("plant", r.Plant)
		l.tag("site", site)
		l.tag("stream", s.Stream)
		l.tag("unit", s.Unit)
		l.float("rate", *s.Reconciled)
		l.float("sd", *s.SD)
		l.text("status", string(s.Status))
		lines = append(lines, l.stamp(r.From))
	}
	for _, x := range r.Readings {
		if x.Status != reconcile.Redundant || x.Tag == "" || x.Z == nil || x.Bias == nil || x.Value == nil || x.Reconciled == nil {
			continue
		}
		l.start("nielu_instrument")
		l.tag("instrument", x.Instrument)
		l.tag("plant", r.Plant)
		l.tag("quantity", x.Name)
		l.tag("site", site)
		l.tag("tag", string(x.Tag))
		l.tag("unit", x.Unit)
		l.float("measured", *x.Value)
		l.float("reconciled", *x.Reconciled)
		l.float("z", *x.Z)
		l.float("bias", *x.Bias)
		lines = append(lines, l.stamp(r.From))
	}
	return lines
}

func (l *line) balance(r reconciled.Reconciliation) {
	flag := func(key string, set bool) {
		value := int64(0)
		if set {
			value = 1
		}
		l.integer(key, value)
	}
	flag("running", r.Running)
	flag("steady", r.Steady)
	flag("solved", r.Refused == "")
	l.integer("df", int64(r.DF))
	l.float("gamma", r.Gamma)
	if r.Critical != nil {
		l.float("critical", *r.Critical)
	}
	if r.Passed != nil {
		flag("passed", *r.Passed)
	}
	l.integer("suspects", int64(len(r.Suspects)))
}
