package view

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/statement"
)

// Book is what people entered of a plant, and its statements.
type Book struct {
	Plant      string            `json:"plant"`
	Lots       []Lot             `json:"lots"`
	Records    []Record          `json:"records"` // in the order of the log
	Changes    []custody.Change  `json:"changes"` // what was corrected, withdrawn and entered again
	Problems   []custody.Refusal `json:"problems"`
	Calibrated []Calibration     `json:"calibrations"`
	Statements []Statement       `json:"statements"`
	Refused    []string          `json:"refused"` // signatures that changed nothing
}

// Calibration is until when an instrument's calibration counts.
type Calibration struct {
	Instrument string    `json:"instrument"`
	Due        time.Time `json:"due"`
	Overdue    bool      `json:"overdue"`
}

// Lot is a lot and its mass ledger. Masses are kg, dry; of a lot of a
// laboratory file, whose units are not on record, they are nil.
type Lot struct {
	Lot    string    `json:"lot"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // absent: open
	Units  int       `json:"units"`
	Packed *float64  `json:"packed"`
	Placed *float64  `json:"placed"`
	Stock  *float64  `json:"stock"`
	Lost   *float64  `json:"lost"`
	Why    []string  `json:"why,omitempty"` // units that are not counted as placed
	Doubts []string  `json:"doubts"`        // of its laboratory values
}

// Record is one record.
type Record struct {
	Leaf       uint64 `json:"leaf"`
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	Author     string `json:"author"`
	Corrects   string `json:"corrects,omitempty"`
	Superseded uint64 `json:"superseded,omitempty"` // leaf
	Why        string `json:"why,omitempty"`
}

// Statement is a statement and how far it has come.
type Statement struct {
	Leaf     uint64   `json:"leaf"`
	Lot      string   `json:"lot"`
	Revision int      `json:"revision"`
	Method   string   `json:"method"`
	State    string   `json:"state"`
	Digest   string   `json:"digest"`
	Eligible bool     `json:"eligible"`
	Net      *float64 `json:"net"` // t CO2e; nil: not eligible
	Acts     []Event  `json:"acts"`
}

// Event is one thing that happened to a statement.
type Event struct {
	Leaf   uint64 `json:"leaf"`
	Event  string `json:"event"`
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// BookOf makes the view of what an archive holds of a plant.
func BookOf(ctx context.Context, a *archive.Archive, plant string) (*Book, error) {
	book, _, err := a.Book(ctx, plant)
	if err != nil {
		return nil, err
	}
	statements, err := a.Statements(ctx, plant)
	if err != nil {
		return nil, err
	}
	v := &Book{
		Plant: plant, Lots: []Lot{}, Records: []Record{}, Changes: append([]custody.Change{}, book.Changes(plant)...),
		Problems: append([]custody.Refusal{}, book.Refusals...), Calibrated: []Calibration{}, Statements: []Statement{}, Refused: []string{},
	}
	now := time.Now()
	for _, lot := range book.Lab().Lots {
		if lot.Plant == plant && !lot.Interval.From.After(now) {
			v.Lots = append(v.Lots, lotOf(book, lot))
		}
	}
	due := LastDue(book.Lab().Calibrations)
	for _, at := range slices.SortedFunc(maps.Keys(due), func(a, b Instrument) int { return cmp.Compare(a.ID, b.ID) }) {
		if at.Plant == plant {
			v.Calibrated = append(v.Calibrated, Calibration{Instrument: at.ID, Due: due[at], Overdue: due[at].Before(now)})
		}
	}
	for _, k := range book.Records(plant) {
		v.Records = append(v.Records, Record{Leaf: k.Leaf, Kind: string(k.Kind), ID: k.ID, Author: k.Author, Corrects: k.Corrects, Superseded: k.Superseded, Why: k.Why})
	}
	for _, s := range statements.Statements {
		v.Statements = append(v.Statements, StatementOf(s))
	}
	for _, err := range statements.Refused {
		v.Refused = append(v.Refused, err.Error())
	}
	return v, nil
}

func lotOf(book *custody.Book, lot lots.Lot) Lot {
	l := Lot{Lot: lot.ID, From: lot.Interval.From, Doubts: book.Doubts(lot)}
	if !lot.Open {
		l.To = lot.Interval.To
	}
	if m := book.Masses(lot.Plant, lot.ID); lot.Recorded {
		l.Units, l.Why = m.Units, m.NotPlaced
		l.Packed, l.Placed, l.Stock, l.Lost = kilograms(m.Packed), kilograms(m.Placed), kilograms(m.Stock), kilograms(m.Lost)
	}
	return l
}

func kilograms(m measure.DryMass) *float64 {
	kg := m.Kilograms()
	return &kg
}

// StatementOf makes the view of a statement.
func StatementOf(s *statement.Status) Statement {
	v := Statement{Leaf: s.Leaf, Lot: s.Lot, Revision: s.Revision, Method: s.Account.Method, State: string(s.State), Digest: "sha256:" + s.Digest, Eligible: s.Account.Eligible}
	if net := carbon.Shown(s.Account.Net); net != nil {
		t := net.Tonnes()
		v.Net = &t
	}
	for _, a := range s.Events {
		v.Acts = append(v.Acts, Event{Leaf: a.Leaf, Event: string(a.Kind), By: a.By, Reason: a.Reason})
	}
	return v
}

// Instrument names an instrument of a plant.
type Instrument struct{ Plant, ID string }

// LastDue returns until when the calibrations of each instrument count.
func LastDue(all []lots.Calibration) map[Instrument]time.Time {
	due := map[Instrument]time.Time{}
	for _, c := range all {
		at := Instrument{c.Plant, c.Instrument}
		if c.Interval.To.After(due[at]) {
			due[at] = c.Interval.To
		}
	}
	return due
}
