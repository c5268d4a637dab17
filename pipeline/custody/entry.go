package custody

import (
	"fmt"

	"github.com/nielu/nielu/pipeline"
)

// Kinds of leaves that people write, by the names the log gives them.
const (
	LabLeaf    = "lab"    // a laboratory file
	RecordLeaf = "record" // a submission
)

// Open reads a leaf that people wrote; name is for errors.
func Open(leaf uint64, kind, name string, body []byte) (e Entry, err error) {
	e.Leaf = leaf
	switch kind {
	case LabLeaf:
		e.Lab, err = pipeline.ParseLab(name, body)
	case RecordLeaf:
		e.Submission, err = Read(name, body)
	default:
		err = fmt.Errorf("leaf %d: a %s is not written by people", leaf, kind)
	}
	return e, err
}
