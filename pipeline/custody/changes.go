package custody

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/lots"
)

// Change is a record that was corrected, withdrawn, or entered again after it
// was withdrawn. Nothing is ever taken out of the log; this says what changed.
type Change struct {
	Leaf      uint64    `json:"leaf"`
	At        time.Time `json:"at,omitzero"` // when it was entered, by the centre's clock
	Plant     string    `json:"plant"`
	Author    string    `json:"author"`
	Kind      Kind      `json:"kind"`
	ID        string    `json:"id"`
	Why       string    `json:"why"`
	Withdrawn bool      `json:"withdrawn,omitempty"`

	Said    []Difference `json:"said"`    // by the record, key by key
	Effects []Difference `json:"effects"` // on lots: what was placed, laboratory means, emissions
}

// Difference is what something was before and is after; "" is not there.
type Difference struct {
	Lot    string `json:"lot,omitempty"` // of an effect
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func (d Difference) String() string {
	said := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s, then %s", d.Lot, d.What, said(d.Before), said(d.After)))
}

// Changes returns what was corrected, withdrawn and entered again of a plant,
// in the order of the log.
func (b *Book) Changes(plant string) (all []Change) {
	for _, c := range b.changes {
		if c.Plant == plant {
			all = append(all, c)
		}
	}
	return all
}

// ChangesOf returns those of the changes that touch a lot.
func (b *Book) ChangesOf(plant, lot string) (all []Change) {
	for _, c := range b.Changes(plant) {
		if c.Kind == KindLot && c.ID == lot || slices.ContainsFunc(c.Effects, func(d Difference) bool { return d.Lot == lot }) {
			all = append(all, c)
		}
	}
	return all
}

// remarks says in words what was changed of the records of a lot, and which of
// them emit next to nothing.
func (b *Book) remarks(lot *lots.Lot) (all []string) {
	changes := b.ChangesOf(lot.Plant, lot.ID)
	for i, c := range changes {
		if i == mostRemarks {
			all = append(all, fmt.Sprintf("%d more corrections and withdrawals", len(changes)-i))
			break
		}
		all = append(all, c.String())
	}
	for _, k := range b.legs(lot) {
		if t := k.Transport; t.Reason != "" {
			all = append(all, fmt.Sprintf("transport %s of %s with %s emits next to nothing: %s", k.ID, measure.Quantity{Value: t.Distance, Unit: kilometre}, t.Factor, t.Reason))
		}
	}
	for _, k := range b.citedBy(lot.Plant, KindLot, lot.ID, KindActivity) {
		if k.Activity.Reason != "" {
			all = append(all, fmt.Sprintf("activity %s of %s emits next to nothing: %s", k.ID, k.Activity.Amount, k.Activity.Reason))
		}
	}
	return all
}

// mostRemarks is how many changes of a lot's records its statement tells.
const mostRemarks = 20

// String says a change in one line.
func (c Change) String() string {
	what := "corrected"
	if c.Withdrawn {
		what = "withdrawn"
	}
	line := fmt.Sprintf("%s %s was %s in leaf %d by %s (%s)", c.Kind, c.ID, what, c.Leaf, c.Author, c.Why)
	var effects []string
	for _, d := range c.Effects {
		effects = append(effects, d.String())
	}
	if len(effects) > 0 {
		line += "; " + strings.Join(effects, "; ")
	}
	return line
}

// change is one that is being made: what the lots it touches came to before.
type change struct {
	old    *Posting
	before map[string]map[string]string // by lot, then by figure
}

// changing notes how things are before a record takes the place of another,
// or takes it away; nil if it does neither.
func (b *Book) changing(k *Posting) *change {
	old := b.current[k.key()]
	if k.Withdraw != nil {
		old = b.posting(k.Plant, k.Withdraw.Kind, k.ID)
	}
	if old == nil && k.Withdraw == nil { // perhaps it was withdrawn before, and is entered again
		old = b.superseded[k.key()]
	}
	if old == nil {
		return nil
	}
	c := &change{old: old, before: map[string]map[string]string{}}
	for _, lot := range append(b.affectedLots(old), b.affectedLots(k)...) {
		c.before[lot] = b.figures(k.Plant, lot)
	}
	return c
}

// changed keeps the change when it is made.
func (b *Book) changed(k *Posting, c *change) {
	if c == nil {
		return
	}
	done := Change{Leaf: k.Leaf, At: k.Entered, Plant: k.Plant, Author: k.Author, Kind: c.old.Kind, ID: k.ID, Why: k.Corrects, Withdrawn: k.Withdraw != nil}
	after := map[string]string{}
	switch {
	case k.Withdraw != nil:
		done.Why = k.Withdraw.Reason
	default:
		after = k.fields
	}
	if done.Why == "" {
		done.Why = "entered again after it was withdrawn"
	}
	done.Said = differences("", c.old.fields, after)
	for _, lot := range sorted(c.before) {
		done.Effects = append(done.Effects, differences(lot, c.before[lot], b.figures(k.Plant, lot))...)
	}
	b.changes = append(b.changes, done)
}

func differences(lot string, before, after map[string]string) (all []Difference) {
	whole := maps.Clone(before)
	maps.Copy(whole, after)
	for _, what := range sorted(whole) {
		if before[what] != after[what] {
			all = append(all, Difference{Lot: lot, What: what, Before: before[what], After: after[what]})
		}
	}
	return all
}

// affectedLots returns the lots whose figures rest on a record, sorted.
func (b *Book) affectedLots(k *Posting) (lots []string) {
	unit := func(ids ...string) {
		for _, id := range ids {
			if u := b.posting(k.Plant, KindUnit, id); u != nil {
				lots = append(lots, u.Unit.Lot)
			}
		}
	}
	switch k.Kind {
	case KindUnit:
		lots = append(lots, k.Unit.Lot)
	case KindSample:
		lots = append(append(lots, k.Sample.Lot), k.Sample.StandsFor...)
	case KindReport:
		for _, id := range sorted(k.Report.Results) {
			if s := b.posting(k.Plant, KindSample, id); s != nil {
				lots = append(append(lots, s.Sample.Lot), s.Sample.StandsFor...)
			}
		}
	case KindDelivery:
		for _, t := range b.citedBy(k.Plant, KindDelivery, k.ID, KindTransport) {
			lots = append(lots, t.Transport.Lot)
		}
	case KindTransport:
		lots = append(lots, k.Transport.Lot)
		unit(k.Transport.Units...)
	case KindActivity:
		lots = append(lots, k.Activity.Lot)
	case KindUse:
		unit(k.Use.Units...)
	case KindLoss:
		unit(k.Loss.Units...)
	}
	lots = slices.DeleteFunc(lots, func(lot string) bool { return lot == "" })
	slices.Sort(lots)
	return slices.Compact(lots)
}

// figures is what the records of a lot come to, in words.
func (b *Book) figures(plant, lot string) map[string]string {
	l := lots.Lot{ID: lot, Plant: plant}
	b.report(&l, nil) // values alone, no uncertainty
	b.use(&l)
	b.emissions(&l)
	said := map[string]string{"placed": b.Masses(plant, lot).Placed.String()}
	for name, v := range l.Values {
		said[name] = fmt.Sprintf("%.6g %s", v.Value.Value, v.Value.Unit)
	}
	for _, e := range l.Emissions {
		said[e.Group+" "+e.Name] = e.Amount.String()
		if e.Factor != nil {
			said[e.Group+" "+e.Name] += " of " + e.Factor.String()
		}
	}
	if t := l.Use.SoilTemperature; t != nil {
		said["soil_temperature"] = fmt.Sprintf("%.6g Cel", *t)
	}
	return said
}

// fieldsOf returns what a record says, key by key, as it was written.
func fieldsOf(x strict.Node) map[string]string {
	all := map[string]string{}
	var walk func(prefix string, x strict.Node)
	walk = func(prefix string, x strict.Node) {
		switch {
		case x.IsMapping():
			for _, e := range x.Entries() {
				walk(strings.TrimPrefix(prefix+"."+e.Text, "."), e.Value)
			}
		case x.IsList():
			var items []string
			for _, item := range x.List() {
				if item.IsMapping() || item.IsList() {
					continue // no record has such
				}
				items = append(items, item.Text())
			}
			all[prefix] = strings.Join(items, ", ")
		case x.Present():
			all[prefix] = x.Text()
		}
	}
	walk("", x)
	delete(all, "corrects")
	return all
}

// Fields returns what a record says, key by key, as it was written: the same
// text as in its file.
func (r Record) Fields() map[string]string { return maps.Clone(r.fields) }
