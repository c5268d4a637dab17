package projection

import (
	"context"
	"iter"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Touch is one leaf of the evidence log as far as a projection cares: what it
// is, whose it is, and the stretch of time it speaks of. A batch, a correction
// of a clock, a statement, a laboratory file and records mean something to it; a
// leaf of any other kind marks the windows of its plants and interval, if it
// has any.
type Touch struct {
	Index    uint64           // of the leaf
	Kind     evidence.Kind    // what the leaf is
	Plants   []string         // whose results it may change
	Interval measure.Interval // of its readings, or of the lots it gives values for; zero: all of time

	// Runs is where the readings of a batch lie in Interval, each run without a
	// pause of an hour; nil: all over it. Of a correction of a clock it is where
	// readings lay and where they lie now.
	Runs []measure.Interval

	Batch     *Batch     // of a batch, for the list of batches
	Statement *Statement // of a statement
	Lab       *LabFile   // of a laboratory file, or of what people entered
}

// Feed gives the touches of the log from a leaf index on, in the order of the
// log, and ends at its end. A leaf that cannot be read is an error: the worker
// waits and asks again, and never steps over one.
type Feed interface {
	Since(ctx context.Context, index uint64) iter.Seq2[Touch, error]
}

// Batch is one batch of an agent, as the API shows it.
type Batch struct {
	Index    uint64    `json:"index"`
	Agent    string    `json:"agent"`
	Epoch    string    `json:"epoch"`
	First    uint64    `json:"first"` // sequence number of its first scan
	Last     uint64    `json:"last"`
	Scans    int       `json:"scans"`
	Bytes    int       `json:"bytes"` // of the whole leaf
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Received time.Time `json:"received,omitzero"`
}

// Statement is one signed statement, as the API shows it.
type Statement struct {
	Index      uint64            `json:"index"`
	Plant      string            `json:"plant"`
	Lot        string            `json:"lot"`
	Interval   StatementInterval `json:"interval"`
	Net        *float64          `json:"net"`        // nil: not eligible
	Indicative *float64          `json:"indicative"` // what the formulas give, eligible or not; nil: cannot be computed
	Unit       string            `json:"unit"`       // of Net and Indicative
	Eligible   bool              `json:"eligible"`
	Unmet      []string          `json:"unmet"` // what is not shown and where to mend it; of an eligible one, remarks
	Text       string            `json:"text"`

	// Through is the first leaf of the log that the statement does not cover:
	// a lot touched by that leaf or a later one gets a new statement.
	Through uint64 `json:"through"`
}

// StatementInterval is the half-open time of a lot.
type StatementInterval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// LabFile is a laboratory file, or a submission of records, as it stands in its leaf.
type LabFile struct {
	Kind evidence.Kind
	Name string
	Body []byte
	From int64 // when it was entered, by the centre's clock, Unix nanoseconds
}
