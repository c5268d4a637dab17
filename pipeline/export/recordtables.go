package export

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// recordTables is what people and the centre wrote, as it stands in a bundle.
type recordTables struct {
	book   *custody.Book
	labs   []custody.Entry
	events []statement.Event
}

// readRecords opens the leaves of a bundle that people and the centre wrote.
// Nothing is checked.
func readRecords(ctx context.Context, a *archive, plant string) (w recordTables, err error) {
	var entries []custody.Entry
	kept := heads{}
	for i, e := range a.entries {
		t, ok := evidence.ParseTilePath(e.name)
		if !ok || t.L != evidence.EntriesLevel {
			continue
		}
		data, err := a.read(i, maxEntries)
		if err != nil {
			return w, err
		}
		all, _, err := parseEntries(data, t.W)
		if err != nil {
			return w, fmt.Errorf("%s: %w", e.name, err)
		}
		for place, entry := range all {
			if len(entry) == 0 {
				continue
			}
			l, leaf, err := kept.open(entryIndex(t, place), entry)
			if err != nil || !slices.Contains(l.Plants, plant) {
				continue
			}
			switch l.Kind { //nolint:exhaustive // the others are not written by people
			case evidence.Lab, evidence.Records:
				if e, err := custody.Open(l.Index, l.From, l.Kind, l.Name, leaf.Body); err == nil {
					if entries = append(entries, e); e.Lab != nil {
						w.labs = append(w.labs, e)
					}
				}
			case evidence.Statement, evidence.Signature:
				if act, err := statement.EventOf(l.Index, leaf); err == nil {
					w.events = append(w.events, act)
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return w, err
		}
	}
	w.book = custody.Replay(entries)
	return w, nil
}

// tables returns what was written as rows, by the name of the table.
func (w recordTables) tables(plant string) map[string][][]string {
	return map[string][][]string{"records": w.records(plant), "corrections": w.corrections(plant), "statements": w.statements()}
}

func leafNumber(index uint64) string { return strconv.FormatUint(index, 10) }

// enteredAt is a time of the centre's clock; empty: not known.
func enteredAt(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// records has a row for each key of each record and each value of a laboratory
// file.
func (w recordTables) records(plant string) [][]string {
	rows := [][]string{{"leaf", "entered", "author", "kind", "name", "key", "value", "superseded_by_leaf", "why"}}
	for _, e := range w.labs {
		for _, lot := range e.Lab.Lots {
			if lot.Plant != plant {
				continue
			}
			head := []string{leafNumber(e.Leaf), enteredAt(e.At), e.Lab.Name, "laboratory file", lot.ID}
			rows = append(rows, append(slices.Clip(head), "from", stamp(lot.Interval.From), "", ""), append(slices.Clip(head), "to", stamp(lot.Interval.To), "", ""))
			for _, name := range slices.Sorted(maps.Keys(lot.Values)) {
				v := lot.Values[name].Value
				rows = append(rows, append(slices.Clip(head), name, measure.FormatNumber(v.Value)+" "+v.Unit.String(), "", ""))
			}
		}
	}
	for _, k := range w.book.Records(plant) {
		by := ""
		if !k.InForce() {
			by = leafNumber(k.Superseded)
		}
		said := k.Fields()
		for _, name := range slices.Sorted(maps.Keys(said)) {
			rows = append(rows, []string{leafNumber(k.Leaf), enteredAt(k.Entered), k.Author, string(k.Kind), k.ID, name, said[name], by, k.Why})
		}
	}
	return rows
}

// corrections has a row for each thing that a correction or a withdrawal made
// different, in a record or in what a lot's records come to.
func (w recordTables) corrections(plant string) [][]string {
	rows := [][]string{{"leaf", "entered", "author", "kind", "name", "done", "why", "of", "what", "before", "after"}}
	for _, c := range w.book.Changes(plant) {
		done := "corrected"
		if c.Withdrawn {
			done = "withdrawn"
		}
		add := func(d Difference, of string) {
			rows = append(rows, []string{leafNumber(c.Leaf), enteredAt(c.At), c.Author, string(c.Kind), c.ID, done, c.Why, of, d.What, d.Before, d.After})
		}
		for _, d := range c.Said {
			add(d, "the record")
		}
		for _, d := range c.Effects {
			add(d, "lot "+d.Lot)
		}
	}
	return rows
}

// Difference is what something was before and is after.
type Difference = custody.Difference

// statements has a row for each statement, with what became of it.
func (w recordTables) statements() [][]string {
	rows := [][]string{{"leaf", "lot", "revision", "from", "to", "method", "edition", "state", "eligible", "dry_mass", "placed", "gross", "net", "conservative", "indicative", "signed_by", "certified_by", "superseded_by_leaf", "withdrawn_why"}}
	for _, s := range statement.Replay(w.events).Statements {
		var signed, certified, by, why string
		for _, act := range s.Events {
			switch act.Kind {
			case statement.Seal:
			case statement.Sign:
				signed = act.By
			case statement.Certify:
				certified = act.By
			case statement.Supersede:
				by = leafNumber(act.Leaf)
			case statement.Withdraw:
				why = act.Reason
			}
		}
		tonnes := func(m *measure.CO2e) string {
			if m == nil {
				return ""
			}
			return m.String()
		}
		c := s.Account
		rows = append(rows, []string{leafNumber(s.Leaf), s.Lot, strconv.Itoa(s.Revision), stamp(s.Interval.From), stamp(s.Interval.To), c.Method, c.Edition, string(s.State),
			strconv.FormatBool(c.Eligible), s.Dry.String(), s.Placed.String(), tonnes(carbon.Shown(c.Gross)), tonnes(carbon.Shown(c.Net)), tonnes(carbon.Shown(c.Conservative)), tonnes(c.Indicative), signed, certified, by, why})
	}
	return rows
}

// writeTable writes a table as CSV. A cell that a spreadsheet would take for a
// formula is given an apostrophe in front.
func writeTable(folder, table string, rows [][]string) (name string, err error) {
	name = filepath.Join(folder, table+".csv")
	out, err := os.Create(name)
	if err != nil {
		return name, err
	}
	w := csv.NewWriter(out)
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.Contains("=+-@", cell[:1]) && !number(cell) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return name, errors.Join(err, out.Close())
		}
	}
	w.Flush()
	return name, errors.Join(w.Error(), out.Close())
}

// number tells whether a cell begins with a number.
func number(cell string) bool {
	first, _, _ := strings.Cut(cell, " ")
	_, err := strconv.ParseFloat(first, 64)
	return err == nil
}
