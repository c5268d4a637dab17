// Package entry appends to the evidence log whatever the centre and its people
// decide: files of plants and methods, laboratory files, records, signatures,
// corrections of clocks, statements, and the rolls that close the chain of all
// of them. Each entry is held against the log as it is, one at a time, and what
// a certified statement stands on cannot be entered over: this is where the
// policy of statements is.
//
// Text of a person or a file goes in; a leaf signed by the centre's key comes
// out, or a [Refused] that says what to mend.
//
// Start reading at [Service] and [Service.Records]; statements are made in
// [Service.State].
package entry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/pipeline/carbon"
)

// Service appends to one log. Its fields are given once.
type Service struct {
	Archive   *archive.Archive     // what the log holds
	Log       *writer.Log          // the same log, to append to
	Key       *evidence.SigningKey // the centre's, of decisions
	Site      string
	Method    *carbon.Method // of statements
	Lab       LabFolder      // of laboratory files that people put there; "": none
	Makers    []string       // verifier texts of keys that sign statements and withdraw them
	Verifiers []string       // verifier texts of keys that certify statements
	Logger    *slog.Logger

	mu       sync.Mutex        // one entry at a time: each is checked against all before it
	newest   map[string]string // files in the log, by kind and name: digests
	labFault string            // that was logged last
}

// Refused says that an entry was wrong, each fault in words, and what to do.
type Refused struct {
	Faults []string
	Do     string
}

func (r Refused) Error() string { return strings.Join(r.Faults, "\n") }

func refused(do, format string, args ...any) error {
	return Refused{Faults: []string{fmt.Sprintf(format, args...)}, Do: do}
}

// append signs a decision with the centre's key and appends it.
func (s *Service) append(ctx context.Context, leaf evidence.Leaf) (uint64, error) {
	leaf.Site, leaf.Signer = s.Site, s.Key.Name()
	if leaf.From == 0 {
		leaf.From = time.Now().UnixNano()
		leaf.To = leaf.From + 1
	}
	return s.Log.Decide(ctx, &leaf, s.Key.Sign)
}
