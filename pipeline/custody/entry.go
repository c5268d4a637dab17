package custody

import (
	"fmt"
	"time"

	"github.com/nielu/nielu/pipeline/lots"
)

// Kinds of leaves that people write, by the names the log gives them.
const (
	LabLeaf    = "lab"    // a laboratory file
	RecordLeaf = "record" // a submission
)

// Entry is a leaf of the log that people wrote: a laboratory file or a submission.
type Entry struct {
	Leaf       uint64
	At         time.Time // when it was entered, by the centre's clock; zero: nobody knows
	Lab        *lots.Lab
	Submission *Submission
}

// Open reads a leaf that people wrote; name is for errors, from is the start
// of the leaf's time in Unix nanoseconds: when the centre entered it.
func Open(leaf uint64, from int64, kind, name string, body []byte) (e Entry, err error) {
	e.Leaf = leaf
	if from != 0 {
		e.At = time.Unix(0, from).UTC()
	}
	switch kind {
	case LabLeaf:
		e.Lab, err = lots.Parse(name, body)
	case RecordLeaf:
		e.Submission, err = Read(name, body)
	default:
		err = fmt.Errorf("leaf %d: a %s is not written by people", leaf, kind)
	}
	return e, err
}
