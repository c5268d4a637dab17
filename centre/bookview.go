package centre

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// BookView is what people entered of a plant, and its statements, for people.
type BookView struct {
	Plant      string            `json:"plant"`
	Lots       []LotView         `json:"lots"`
	Records    []RecordView      `json:"records"` // in the order of the log
	Changes    []custody.Change  `json:"changes"` // what was corrected, withdrawn and entered again
	Problems   []custody.Problem `json:"problems"`
	Calibrated []CalibrationView `json:"calibrations"`
	Statements []StandingView    `json:"statements"`
	Refused    []string          `json:"refused"` // signatures that changed nothing
}

// CalibrationView is until when an instrument's calibration counts.
type CalibrationView struct {
	Instrument string    `json:"instrument"`
	Due        time.Time `json:"due"`
	Overdue    bool      `json:"overdue"`
}

// LotView is a lot and its mass ledger. Masses are kg, dry; of a lot of a
// laboratory file, whose units are not on record, they are nil.
type LotView struct {
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

// RecordView is one record.
type RecordView struct {
	Leaf       uint64 `json:"leaf"`
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	Author     string `json:"author"`
	Corrects   string `json:"corrects,omitempty"`
	Superseded uint64 `json:"superseded,omitempty"` // leaf
	Why        string `json:"why,omitempty"`
}

// StandingView is a statement and how far it has come.
type StandingView struct {
	Leaf     uint64    `json:"leaf"`
	Lot      string    `json:"lot"`
	Revision int       `json:"revision"`
	Method   string    `json:"method"`
	State    string    `json:"state"`
	Digest   string    `json:"digest"`
	Eligible bool      `json:"eligible"`
	Net      *float64  `json:"net"` // t CO2e; nil: not eligible
	Acts     []ActView `json:"acts"`
}

// ActView is one thing that happened to a statement.
type ActView struct {
	Leaf   uint64 `json:"leaf"`
	Event  string `json:"event"`
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// bookView makes the view of a plant from the log.
func bookView(ctx context.Context, reader *ingest.Reader, known *acts, plant string) (*BookView, error) {
	book, _, err := bookOf(ctx, reader.Log, plant)
	if err != nil {
		return nil, err
	}
	register, err := known.register(ctx, reader, plant)
	if err != nil {
		return nil, err
	}
	v := &BookView{Plant: plant, Lots: []LotView{}, Records: []RecordView{}, Changes: append([]custody.Change{}, book.Changes(plant)...), Problems: append([]custody.Problem{}, book.Problems...), Calibrated: []CalibrationView{}, Statements: []StandingView{}, Refused: []string{}}
	now := time.Now()
	for _, lot := range book.Lab().Lots {
		if lot.Plant != plant || lot.Interval.From.After(now) {
			continue
		}
		l := LotView{Lot: lot.ID, From: lot.Interval.From, Doubts: book.Doubts(lot)}
		if !lot.Open {
			l.To = lot.Interval.To
		}
		if m := book.Masses(plant, lot.ID); lot.Recorded {
			l.Units, l.Why = m.Units, m.Why
			l.Packed, l.Placed, l.Stock, l.Lost = kilograms(m.Packed), kilograms(m.Placed), kilograms(m.Stock), kilograms(m.Lost)
		}
		v.Lots = append(v.Lots, l)
	}
	due := lastDue(book.Lab().Calibrations)
	for _, at := range slices.SortedFunc(maps.Keys(due), func(a, b calibrated) int { return cmp.Compare(a.instrument, b.instrument) }) {
		if at.plant == plant {
			v.Calibrated = append(v.Calibrated, CalibrationView{at.instrument, due[at], due[at].Before(now)})
		}
	}
	for _, k := range book.Records(plant) {
		v.Records = append(v.Records, RecordView{k.Leaf, string(k.Kind), k.ID, k.Author, k.Corrects, k.Superseded, k.Why})
	}
	for _, s := range register.Statements {
		v.Statements = append(v.Statements, standingOf(s))
	}
	for _, err := range register.Refused {
		v.Refused = append(v.Refused, err.Error())
	}
	return v, nil
}

func kilograms(m measure.DryMass) *float64 {
	kg := m.Kilograms()
	return &kg
}

func standingOf(s *statement.Standing) StandingView {
	v := StandingView{Leaf: s.Leaf, Lot: s.Lot, Revision: s.Revision, Method: s.Account.Method, State: string(s.State), Digest: "sha256:" + s.Digest, Eligible: s.Account.Eligible, Net: tonnes(carbon.Shown(s.Account.Net))}
	for _, a := range s.Acts {
		v.Acts = append(v.Acts, ActView{a.Leaf, string(a.Event), a.By, a.Reason})
	}
	return v
}
