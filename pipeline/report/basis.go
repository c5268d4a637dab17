package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
)

// emissions are the lines that the lot's account takes off.
func (c *composer) emissions(f lotReport) Block {
	b := Block{Heading: "Emissions that are taken off"}
	stack := f.stack()
	if len(f.lot.Emissions) == 0 && len(stack) == 0 {
		b.Empty = "None is entered. A method that asks for a group of emissions says so among its requirements."
		return b
	}
	b.Table = &Table{Columns: []Column{{Name: "Group", Room: 13}, {Name: "What", Room: 22}, {Name: "Amount", Number: true, Room: 14}, {Name: "Factor", Number: true, Room: 14}, {Name: "CO2e, kg", Number: true, Room: 10}, {Name: "Source", Room: 27}}}
	for _, e := range f.lot.Emissions {
		factor, amount := none, none
		if e.Factor != nil {
			factor = quantity(*e.Factor)
		}
		if m, err := e.CO2e(); err == nil {
			amount = thousands(float64(m)/1e6, 3)
		}
		b.Table.Rows = append(b.Table.Rows, []string{e.Group, e.Name, quantity(e.Amount), factor, amount, orElse(e.Source, none)})
	}
	for _, l := range stack {
		amount := none
		if !f.gasesApart() {
			amount = thousands(float64(1000*l.Value), 3)
		}
		b.Table.Rows = append(b.Table.Rows, []string{"stack", l.Name, value(l) + " " + unitOf(l), none, amount, "statement, from readings"})
	}
	return b
}

// stack is what the plant's stack emitted with the lot, as stated.
func (f *lotReport) stack() []carbon.Line {
	if f.newest == nil {
		return nil
	}
	return f.newest.StackLines()
}

// gasesApart tells whether the stack's lines are masses of the gas, not CO2e.
func (f *lotReport) gasesApart() bool {
	_, masses := f.newest.Account.Line("CH4")
	return masses
}

func quantity(q measure.Quantity) string {
	return minus(measure.FormatNumber(q.Value)) + " " + unit(q.Unit.String())
}

// laboratory lists the values that the lot's account and balances use.
func (c *composer) laboratory(f lotReport) Block {
	b := Block{Heading: "Laboratory values"}
	if len(f.lot.Values) == 0 {
		b.Empty = "No laboratory value of this lot is entered."
		return b
	}
	b.Table = &Table{Columns: []Column{{Name: "Value", Room: 26}, {Name: "Result", Number: true, Room: 20}, {Name: "± u", Number: true, Room: 12}, {Name: "Method", Room: 20}, {Name: "Report", Room: 22}}}
	if lab := f.book.Lab(); lab.Name != "" && !f.lot.Recorded { // of a lot on record the reports below name their laboratories
		b.Table.Caption = fmt.Sprintf("%s, accreditation: %s.", lab.Name, orElse(lab.Accreditation, "not entered"))
	}
	for _, name := range slices.Sorted(maps.Keys(f.lot.Values)) {
		v := f.lot.Values[name]
		b.Table.Rows = append(b.Table.Rows, []string{name, quantity(rounded(v.Value)), uncertaintyOf(v), orElse(v.Method, none), orElse(v.Report, none)})
	}
	for _, doubt := range custody.Doubts(f.lot) {
		b.Table.Rows = append(b.Table.Rows, []string{"to look at", "", "", "", doubt})
	}
	return b
}

// rounded takes a mean of results to nine digits: what is beyond them is the
// trace of a division.
func rounded(q measure.Quantity) measure.Quantity {
	q.Value = significant(q.Value, 9)
	return q
}

func uncertaintyOf(v lots.LabValue) string {
	u := v.Uncertainty
	switch {
	case u == nil:
		return "not stated"
	case u.Relative:
		return number(100*u.Value, 3) + " % of it"
	}
	return measure.FormatNumber(significant(u.Value, 3)) + " " + unit(v.Value.Unit.String())
}

// reports lists the laboratory reports on record that speak of the lot.
func (c *composer) reports(f lotReport) Block {
	t := &Table{Columns: []Column{{Name: "Report", Room: 16}, {Name: "Laboratory", Room: 22}, {Name: "Accreditation", Room: 14}, {Name: "Date", Room: 12}, {Name: "Samples of the lot", Room: 18}, {Name: "Original, SHA-256", Code: true, Room: 18}}}
	of := map[string]bool{}
	for _, k := range f.book.InForce(c.Plant.ID, custody.KindSample) {
		of[k.ID] = k.Sample.Lot == f.lot.ID
	}
	for _, k := range f.book.InForce(c.Plant.ID, custody.KindReport) {
		var samples []string
		for _, id := range slices.Sorted(maps.Keys(k.Report.Results)) {
			if of[id] {
				samples = append(samples, id)
			}
		}
		if len(samples) == 0 {
			continue
		}
		t.Rows = append(t.Rows, []string{k.ID, k.Report.Laboratory, k.Report.Accreditation, day(k.Report.At), strings.Join(samples, ", "),
			orElse(short(strings.TrimPrefix(k.Report.Original, "sha256:")), "not kept")})
	}
	if len(t.Rows) == 0 {
		return Block{Heading: "Laboratory reports", Empty: "No report of a laboratory is on record for this lot; values of a laboratory file name their reports above."}
	}
	return Block{Heading: "Laboratory reports", Table: t}
}

// custody is the way of each unit of the lot, from the plant to its place.
func (c *composer) custody(f lotReport) Block {
	t := &Table{Wide: true, Columns: []Column{{Name: "Unit", Room: 11}, {Name: "Dry, kg", Number: true, Room: 10}, {Name: "Wet, kg", Number: true, Room: 10}, {Name: "Packed", Room: 15}, {Name: "On the way", Room: 27}, {Name: "Where it is", Room: 27}}}
	for _, u := range c.units(f) {
		var way, end []string
		for _, i := range f.book.ChainOfCustody(c.Plant.ID, u.ID) {
			switch words := eventWords(i); i.Kind {
			case custody.KindUnit:
			case custody.KindUse, custody.KindLoss:
				end = append(end, words)
			default:
				way = append(way, words)
			}
		}
		t.Rows = append(t.Rows, []string{u.ID, kilograms(u.Unit.Dry), thousands(u.Unit.Wet.Kilograms(), 1), minute(u.Unit.At), orElse(strings.Join(way, "; "), none), orElse(strings.Join(end, "; "), "in stock")})
	}
	if len(t.Rows) == 0 {
		return Block{Heading: "Custody of the units", Empty: "No unit of this lot is on record, so nobody can follow a bag from the plant to its place."}
	}
	return Block{Heading: "Custody of the units", Table: t}
}

// changes lists the records of the lot that were corrected, withdrawn or
// entered again, until now, with what that did to it; nil if none was.
func (c *composer) changes(f lotReport) *Table {
	t := &Table{Wide: true, Columns: []Column{{Name: "Record", Room: 16}, {Name: "Leaf", Number: true, Room: 7}, {Name: "Entered", Room: 15}, {Name: "By", Room: 12}, {Name: "Why", Room: 20},
		{Name: "What it said", Room: 28}, {Name: "What it does to the lot", Room: 28}}}
	for _, x := range c.now.ChangesOf(c.Plant.ID, f.lot.ID) {
		what, when := "corrected", "not known"
		if x.Withdrawn {
			what = "withdrawn"
		}
		if !x.At.IsZero() {
			when = minute(x.At)
		}
		t.Rows = append(t.Rows, []string{string(x.Kind) + " " + x.ID + ", " + what, fmt.Sprint(x.Leaf), when, x.Author, x.Why, differenceWords(x.Said), orElse(differenceWords(x.Effects), "nothing")})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func differenceWords(all []custody.Difference) string {
	var words []string
	for _, d := range all {
		words = append(words, d.String())
	}
	return strings.Join(words, "; ")
}

// units returns the packed units of a lot, in the order of the log.
func (c *composer) units(f lotReport) (all []*custody.Posting) {
	for _, k := range f.book.InForce(c.Plant.ID, custody.KindUnit) {
		if k.Unit.Lot == f.lot.ID {
			all = append(all, k)
		}
	}
	return all
}

// eventWords puts an event of a unit's life into words.
func eventWords(i custody.UnitEvent) string {
	k, when := i.Record, minute(i.At)
	switch i.Kind {
	case custody.KindSample:
		return fmt.Sprintf("sampled %s (%s)", when, k.ID)
	case custody.KindTransport:
		return fmt.Sprintf("moved %s, %s km (%s)", when, measure.FormatNumber(k.Transport.Distance), k.ID)
	case custody.KindSale:
		return fmt.Sprintf("to %s, %s (%s)", k.Sale.To, when, k.ID)
	case custody.KindUse:
		where := orElse(k.Use.Place, "a place without a name")
		if k.Use.Latitude != nil && k.Use.Longitude != nil {
			where += fmt.Sprintf(" %.5f, %.5f", *k.Use.Latitude, *k.Use.Longitude)
		}
		proof := "no proof"
		if k.Use.Proof != "" {
			proof = "proof " + shortProof(k.Use.Proof)
		}
		return sentence(fmt.Sprintf("%s, %s, %s (%s)", k.Use.EndUse, where, when, k.ID), proof)
	case custody.KindLoss:
		return fmt.Sprintf("lost %s: %s (%s)", when, k.Loss.About, k.ID)
	}
	return string(i.Kind) + " " + when
}

func shortProof(proof string) string {
	if digest, ok := strings.CutPrefix(proof, "sha256:"); ok {
		return "sha256:" + short(digest)
	}
	return proof
}
