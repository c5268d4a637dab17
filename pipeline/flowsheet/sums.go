package flowsheet

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// SumRule is a rule for tags that together make up a whole, as the species of a
// gas do. In a minute in which their means add up to less than Low or more
// than High all of them are uncertain: which of them is wrong nobody knows. A
// minute in which one of them is not known is not judged.
//
// Source: definition.
type SumRule struct {
	Name string        `json:"name"`
	Tags []measure.Tag `json:"tags"`
	Unit measure.Unit  `json:"unit"`
	Low  float64       `json:"-"` // in Unit; minus infinity where nothing is given
	High float64       `json:"high"`
}

// sum reads one sum rule.
func (p *Plant) sum(x strict.Node) SumRule {
	f := x.Fields("name", "tags", "total", "within", "at_most")
	x.Need(f, "name", "tags")
	s := SumRule{Name: f["name"].Text(), Low: math.Inf(-1), High: math.Inf(1)}
	total, most := f["total"], f["at_most"]
	switch {
	case total.Present() == most.Present():
		x.Fault("needs total and within, or at_most")
	case total.Present():
		x.Need(f, "within")
		if q, ok := total.Quantity(); ok {
			s.Unit = q.Unit
			within, _ := ReadIn(f["within"], s.Unit)
			if s.Low, s.High = q.Value-within, q.Value+within; within < 0 {
				f["within"].Fault("%s is below 0", f["within"].Text())
			}
		}
	default:
		if f["within"].Present() {
			f["within"].Fault("belongs to total; at_most is the limit itself")
		}
		if q, ok := most.Quantity(); ok {
			s.Unit, s.High = q.Unit, q.Value
		}
	}
	members := f["tags"].List()
	if f["tags"].Present() && len(members) < 2 {
		f["tags"].Fault("needs at least two tags")
	}
	for _, m := range members {
		tag := m.Tag()
		plan, ok := p.known(m, tag)
		switch {
		case !ok:
			continue
		case slices.Contains(s.Tags, tag):
			m.Fault("tag %s is given twice", tag)
		case plan.Counter:
			m.Fault("tag %s is a counter; what adds up are readings", tag)
		case s.Unit == measure.One && plan.Unit != measure.One:
			m.Fault("tag %s is in %s; the sum has no unit", tag, plan.Unit)
		case !plan.Unit.Same(s.Unit):
			m.Fault("tag %s is in %s; the sum is in %s", tag, plan.Unit, s.Unit)
		}
		s.Tags = append(s.Tags, tag)
	}
	return s
}
