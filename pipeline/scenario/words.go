package scenario

import (
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

var second = measure.MustUnit("s")

// quantity reads a number and its unit, two words.
func (l *line) quantity(what string) (measure.Quantity, word) {
	number := l.next(what)
	if _, err := measure.ParseQuantity(number.text); err != nil && !l.faulty {
		l.fault(number, "%v", err)
	}
	unit := l.next("the unit of " + number.text)
	if l.faulty {
		return measure.Quantity{}, number
	}
	q, err := measure.ParseQuantity(number.text + " " + unit.text)
	if err != nil {
		l.fault(number, "%v", err)
	}
	return q, number
}

// in reads a quantity in a unit.
func (l *line) in(unit measure.Unit, what string) float64 {
	q, at := l.quantity(what)
	if l.faulty {
		return 0
	}
	v, err := q.In(unit)
	if err != nil {
		l.fault(at, "%s is in %s: %v", what, unit, err)
	}
	return v
}

// apart reads how far two values in a unit may be apart; of a temperature it
// has no offset.
func (l *line) apart(unit measure.Unit, what string) float64 {
	q, at := l.quantity(what)
	if l.faulty {
		return 0
	}
	c, err := q.Unit.To(unit)
	switch {
	case err != nil:
		l.fault(at, "%s: %v", what, err)
	case q.Value < 0:
		l.fault(at, "%s is below 0", q)
	}
	return float64(q.Value * c.Scale)
}

func (l *line) duration() time.Duration {
	q, at := l.quantity("a time, as in 10 s,")
	if l.faulty {
		return 0
	}
	d, err := q.Duration()
	switch {
	case err != nil:
		l.fault(at, "%v", err)
	case d < time.Second:
		l.fault(at, "%s is less than a second", q)
	}
	return d
}

// tag reads a tag: in full, without its plant, or by an instrument that has no
// other tag.
func (l *line) tag() flowsheet.TagPlan {
	w := l.next("a tag")
	if l.faulty || !l.planned(w) {
		return flowsheet.TagPlan{}
	}
	plan, ok := l.p.find(w.text)
	if !ok {
		l.unknownTag(w)
	}
	return plan
}

// planned tells whether there is a plant to find names in.
func (l *line) planned(w word) bool {
	if l.p.s.Plant == nil {
		if !l.p.plantAt {
			l.fault(w, "there is no plant yet: name it above")
		}
		l.faulty = true // its own faults are said
	}
	return !l.faulty
}

func (p *parser) find(name string) (flowsheet.TagPlan, bool) {
	plant := p.s.Plant
	for _, tag := range []string{name, plant.ID + "/" + name} {
		if plan, ok := plant.Tag(measure.Tag(tag)); ok {
			return plan, true
		}
	}
	var found []flowsheet.TagPlan
	for _, plan := range plant.Tags {
		if plan.Instrument == name {
			found = append(found, plan)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return flowsheet.TagPlan{}, false
}

func (l *line) unknownTag(w word) {
	var names, own []string
	for _, plan := range l.p.s.Plant.Tags {
		short := strings.TrimPrefix(string(plan.Tag), l.p.s.Plant.ID+"/")
		names = append(names, short)
		if plan.Instrument == w.text {
			own = append(own, short)
		} else if _, sole := l.p.find(plan.Instrument); sole {
			names = append(names, plan.Instrument)
		}
	}
	if len(own) > 1 {
		l.fault(w, "instrument %s has several tags: write %s", w.text, strings.Join(own, " or "))
		return
	}
	l.fault(w, "%q is no tag of plant %s%s", w.text, l.p.s.Plant.ID, strict.Meant(w.text, names))
}

// quality reads a quality if the next word is one.
func (l *line) quality() (measure.Quality, bool) {
	var q measure.Quality
	w := l.peek()
	if w != "good" && !strings.HasPrefix(w, "bad:") && !strings.HasPrefix(w, "uncertain:") {
		return q, false
	}
	at := l.next("a quality")
	if err := q.UnmarshalText([]byte(at.text)); err != nil {
		l.fault(at, "%v", err)
	}
	return q, true
}
