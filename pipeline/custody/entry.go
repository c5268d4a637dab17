package custody

import (
	"fmt"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/lots"
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
func Open(leaf uint64, from int64, kind evidence.Kind, name string, body []byte) (e Entry, err error) {
	e.Leaf = leaf
	if from != 0 {
		e.At = time.Unix(0, from).UTC()
	}
	switch kind { //nolint:exhaustive // the others are not written by people
	case evidence.Lab:
		e.Lab, err = lots.Parse(name, body)
	case evidence.Records:
		e.Submission, err = Read(name, body)
	default:
		err = fmt.Errorf("leaf %d: a %s is not written by people", leaf, kind)
	}
	return e, err
}
