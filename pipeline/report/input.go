package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/statement"
)

// Input is all that a report is made from. Nothing of it may change while it
// is read.
type Input struct {
	Plant    *flowsheet.Plant
	Interval measure.Interval
	Lot      string // a lot; "": every lot that touches the interval
	Made     string // program and version

	Log        Log
	Entries    []custody.Entry    // what people wrote, in the order of the log
	Statements []statement.Status // of the plant, in the order of the log
	Methods    []carbon.Method    // what other methods say is computed with these

	Balance  *pipeline.PeriodReport     // of the interval; nil: it was not computed
	Merged   *reconciled.Reconciliation // its windows reconciled as one, where Balance is nil; nil: not computed
	Readings Readings
	Declared []Gap // of a bundle's manifest: what its leaves lack
}

// Log names the evidence log as it was read.
type Log struct {
	Origin string
	Size   uint64 // leaves
	Root   string // hexadecimal
}

// Readings is what a [Gathering] kept of the readings of an interval.
type Readings struct {
	Closures     []Closure
	Temperatures []Curve
	Coverage     []Coverage // by tag
	Gaps         []Gap      // by time: no usable value of a tag for longer than its stale time
}

// Closure is the raw closure of one balance window. A nil one is not known.
type Closure struct {
	From, To             int64 // Unix nanoseconds
	Mass, Carbon, Energy *float64
	Coverage             float64 // of the boundary stream that is covered least
	Quality              measure.Quality
	Why                  string // the first thing that is not known
}

// Curve is a tag's values over time, a step for each span of time.
type Curve struct {
	Tag     measure.Tag
	About   string
	Unit    string
	HasRule bool // a rule of the plant file says how steady it must be
	Steps   []Step
}

// Step is what the usable readings of a span said. Without any, Coverage is 0.
type Step struct {
	From, To       int64 // Unix nanoseconds
	Mean, Min, Max float64
	Coverage       float64 // share of the span that is covered
}

// Coverage is how much of the interval a tag was known for.
type Coverage struct {
	Tag    measure.Tag
	Unit   string
	Usable int     // usable readings
	Share  float64 // of the interval that their curve covers, 0 to 1
}

// Gap is a time for which something is not known.
type Gap struct {
	Who      string // agent, or tags
	From, To time.Time
	Why      string
}

// LotNames returns the lots that the report would be of, in the order of time.
func (in *Input) LotNames() (names []string) {
	for _, l := range in.lots(custody.Replay(in.Entries).Lab()) {
		names = append(names, l.ID)
	}
	return names
}

// lots returns the lots that the report is of: those of the interval that were
// begun, and whatever a statement names, in the order of time.
func (in *Input) lots(lab *lots.Lab) []lots.Lot {
	var all []lots.Lot
	for _, l := range lab.Lots {
		if l.Plant == in.Plant.ID && in.wants(l.ID, l.Interval) {
			all = append(all, l)
		}
	}
	for _, s := range in.Statements {
		if _, ok := lab.Lot(s.Lot); !ok && in.wants(s.Lot, s.Interval) {
			all = append(all, lots.Lot{ID: s.Lot, Plant: s.Plant, Interval: s.Interval})
			lab = &lots.Lab{Lots: append(slices.Clone(lab.Lots), all[len(all)-1])}
		}
	}
	slices.SortStableFunc(all, func(a, b lots.Lot) int {
		return cmp.Or(a.Interval.From.Compare(b.Interval.From), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (in *Input) wants(lot string, w measure.Interval) bool {
	if in.Lot != "" {
		return lot == in.Lot
	}
	return w.Overlaps(in.Interval)
}

// statementsOf returns the statements of a lot, in the order of the log.
func (in *Input) statementsOf(lot string) (all []statement.Status) {
	for _, s := range in.Statements {
		if s.Lot == lot {
			all = append(all, s)
		}
	}
	return all
}

// book keeps what people had written up to a leaf of the log.
func (in *Input) book(last uint64) *custody.Book {
	var until []custody.Entry
	for _, e := range in.Entries {
		if e.Leaf <= last {
			until = append(until, e)
		}
	}
	return custody.Replay(until)
}

// method returns the method of a file's digest, or of an id where the digest is not known.
func (in *Input) method(digest string) (carbon.Method, bool) {
	i := slices.IndexFunc(in.Methods, func(m carbon.Method) bool { return m.Digest == digest })
	if i < 0 {
		return carbon.Method{}, false
	}
	return in.Methods[i], true
}
