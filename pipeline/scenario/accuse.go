package scenario

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// named reads the name of a reading of the reconciliation: a tag, or a
// laboratory value.
func (l *line) named() (matches func(reconciled.Reading) bool, unit measure.Unit) {
	w := l.next("a tag, or the name of a laboratory value,")
	if l.faulty {
		return nil, unit
	}
	if plan, ok := l.p.find(w.text); ok {
		return func(x reconciled.Reading) bool { return x.Tag == plan.Tag }, plan.Unit
	}
	labs := labNames(l.p.s.Plant)
	if !slices.Contains(labs, w.text) {
		if strict.Meant(w.text, labs) != "" && len(labs) > 0 {
			l.fault(w, "%q is neither a tag nor a laboratory value of the plant file%s", w.text, strict.Meant(w.text, labs))
		} else {
			l.unknownTag(w)
		}
	}
	return func(x reconciled.Reading) bool { return x.Lab == w.text }, unit
}

// labNames lists the laboratory values that a plant refers to.
func labNames(p *flowsheet.Plant) (names []string) {
	for _, s := range p.Streams {
		for _, v := range []*flowsheet.Value{s.Moisture, s.DrySolids, s.Carbon, s.Ash, s.Hydrogen, s.Oxygen, s.Nitrogen, s.Phosphorus, s.HHV} {
			if v != nil && v.Lab != "" {
				names = append(names, v.Lab)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reading is what one instrument or analysis says, and what the balances make of it.
func (l *line) reading(what string) check {
	of, _ := l.named()
	unit := one
	if what != "z" && l.peek() != "unknown" && l.at+1 < len(l.words) {
		unit, _ = measure.ParseUnit(l.words[l.at+1].text)
	}
	if what == "z" {
		return l.plain(of)
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		x, ok := find(c, of)
		if !ok {
			return nil, "the reconciliation has no such reading"
		}
		v := x.Value
		if what == "reconciled" {
			v = x.Reconciled
		}
		if v == nil {
			return nil, orWords(x.Why, "it has no value")
		}
		own, err := measure.ParseUnit(x.Unit)
		if err != nil {
			return nil, err.Error()
		}
		into, err := own.To(unit)
		if err != nil {
			return nil, err.Error()
		}
		value := into.Apply(*v)
		return &value, ""
	})
}

// plain parses VALUE ± TOLERANCE without a unit, of the z of a reading.
func (l *line) plain(of func(reconciled.Reading) bool) check {
	var q [2]measure.Quantity
	for i := range q {
		w := l.next("a number")
		var err error
		if q[i], err = measure.ParseQuantity(w.text); err != nil && !l.faulty {
			l.fault(w, "%v", err)
		}
		if i == 0 && !l.take("±") && !l.take("+-") {
			l.fault(w, "needs ± and what it may be off")
		}
	}
	return func(c *Closed) (string, bool) {
		x, ok := find(c, of)
		if !ok || x.Z == nil {
			return "unknown: " + orWords(x.Why, "nothing checks it"), false
		}
		return number(*x.Z, one), math.Abs(*x.Z-q[0].Value) <= q[1].Value
	}
}

func orWords(why, or string) string {
	if why == "" {
		return or
	}
	return why
}

func find(c *Closed, of func(reconciled.Reading) bool) (reconciled.Reading, bool) {
	all := c.Report.Balance.Readings
	i := slices.IndexFunc(all, of)
	if i < 0 {
		return reconciled.Reading{}, false
	}
	return all[i], true
}

func (l *line) leftOut() check {
	of, _ := l.named()
	w := l.next("words in quotation marks")
	return func(c *Closed) (string, bool) {
		x, ok := find(c, of)
		switch {
		case !ok:
			return "no such reading in the reconciliation", false
		case x.Known():
			return "it takes part", false
		}
		return x.Why, strings.Contains(x.Why, w.text)
	}
}

// rateOf is the reconciled rate of a stream, measured or not.
func (l *line) rateOf() check {
	id := l.choice("stream", l.p.streams()...)
	kind := l.choice("balance", "mass", "carbon", "ash", "energy", "nitrogen", "phosphorus", "inert")
	unit := kgPerHour
	if kind == "energy" {
		unit = mjPerHour
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		for _, s := range c.Report.Balance.Sums {
			if s.Stream == id && string(s.Kind) == kind {
				return s.Reconciled, string(s.Status)
			}
		}
		return nil, orWords(c.Report.Balance.Refused, "no balance has it")
	})
}

// residual is how far raw readings are from closing a balance at a node.
func (l *line) residual() check {
	var nodes []string
	for _, n := range l.p.s.Plant.Nodes {
		nodes = append(nodes, n.ID)
	}
	node := l.choice("node", nodes...)
	kind := l.choice("balance", "mass", "carbon", "ash", "energy", "nitrogen", "phosphorus", "inert")
	unit := kgPerHour
	if kind == "energy" {
		unit = mjPerHour
	}
	return l.value(unit, func(c *Closed) (*float64, string) {
		for _, b := range c.Report.Balance.Balances {
			if b.Node == node && string(b.Kind) == kind {
				return b.Residual, "something in it is not measured"
			}
		}
		return nil, orWords(c.Report.Balance.Refused, "no such balance is made")
	})
}

func (l *line) test() check {
	want := l.choice("verdict", "passed", "failed", "none")
	return func(c *Closed) (string, bool) {
		b := &c.Report.Balance
		got := "none"
		if b.Passed != nil {
			if got = "failed"; *b.Passed {
				got = "passed"
			}
		}
		text := got
		if b.Critical != nil {
			text += ": gamma " + number(b.Gamma, one) + ", limit " + number(*b.Critical, one)
		}
		if b.Refused != "" {
			text += ": " + b.Refused
		}
		return text, got == want
	}
}

// doubted are the readings beyond the limit of the measurement test.
func (l *line) doubted() check {
	return l.accusedOf(func(b *reconciled.Reconciliation) []string { return b.Suspects })
}

// takenOut are the readings that serial elimination took out.
func (l *line) takenOut() check {
	return l.accusedOf(func(b *reconciled.Reconciliation) (names []string) {
		for _, x := range b.Removed {
			names = append(names, x.Name)
		}
		return names
	})
}

// accusedOf parses the readings that are to be in a list, all of them, in any order.
func (l *line) accusedOf(list func(*reconciled.Reconciliation) []string) check {
	var want []func(reconciled.Reading) bool
	if !l.take("none") {
		for first := true; first || l.more(); first = false {
			of, _ := l.named()
			if want = append(want, of); l.faulty {
				return nil
			}
		}
	}
	return func(c *Closed) (string, bool) {
		b := &c.Report.Balance
		var names []string
		got := list(b)
		met := len(got) == len(want)
		for _, name := range got {
			x, _ := b.Reading(name)
			names = append(names, b.DisplayName(name))
			met = met && slices.ContainsFunc(want, func(of func(reconciled.Reading) bool) bool { return of(x) })
		}
		if len(names) == 0 {
			return "none", met
		}
		return strings.Join(names, ", "), met
	}
}

// suspect parses
//
//	none
//	TAG reads|drifts SIZE ± TOLERANCE high|low since TIME|start [± TIME] [or TAG ...]
func (l *line) suspect() check {
	if l.take("none") {
		return func(c *Closed) (string, bool) { return accused(c), len(c.Report.Findings) == 0 }
	}
	plan := l.tag()
	grows := l.choice("verb", "reads", "drifts") == "drifts"
	size, _ := l.quantity("how much it is off")
	tolerance := l.tolerance(size.Unit)
	sign := 1.0
	if l.choice("direction", "high", "low") == "low" {
		sign = -1
	}
	if !l.take("since") {
		l.fault(word{col: l.end}, "needs since and a time, or since start")
	}
	var since, within int64
	if !l.take("start") {
		if since = l.instant(l.next("a time")).UnixNano(); l.take("±") || l.take("+-") {
			within = int64(l.duration())
		}
	}
	var others []measure.Tag
	for l.take("or") {
		others = append(others, l.tag().Tag)
	}
	return func(c *Closed) (string, bool) {
		for _, f := range c.Report.Findings {
			if f.Tag != plan.Tag || f.Grows != grows || len(f.Alternatives) != len(others) {
				continue
			}
			got, ok := off(f, size.Unit)
			met := ok && math.Abs(float64(sign*got)-size.Value) <= tolerance && (f.Since == 0) == (since == 0) && abs(f.Since-since) <= within
			for _, tag := range others {
				met = met && slices.ContainsFunc(f.Alternatives, func(name string) bool { return strings.HasSuffix(name, string(tag)) })
			}
			if met {
				return f.Text, true
			}
		}
		return accused(c), false
	}
}

func abs(d int64) int64 { return max(d, -d) }

// off is how much a finding is off in a unit: in % of the reading, or in
// the unit of the reading, points of a share.
func off(f diagnosis.Finding, unit measure.Unit) (float64, bool) {
	if f.Percent != nil && unit == percent {
		return *f.Percent, true
	}
	own, err := measure.ParseUnit(f.Unit)
	if err != nil {
		return 0, false
	}
	into, err := own.To(unit)
	return float64(f.Size * into.Scale), err == nil
}

// accused says what the report accuses.
func accused(c *Closed) string {
	var said []string
	for _, f := range c.Report.Findings {
		text := f.Text
		if f.Since != 0 {
			text += " [since " + time.Unix(0, f.Since).UTC().Format(time.RFC3339) + "]"
		}
		said = append(said, text)
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, "; ")
}

func (l *line) leak() check {
	id := l.choice("stream", l.p.streams()...)
	return func(c *Closed) (string, bool) {
		return accused(c), slices.ContainsFunc(c.Report.Findings, func(f diagnosis.Finding) bool { return strings.Contains(f.Text, "or "+id+" is lost before the meter") })
	}
}
