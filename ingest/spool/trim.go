package spool

import (
	"fmt"

	"github.com/nielu/nielu/ingest"
)

// Trim takes a receipt signed by the centre, records it, and removes the
// leaves it covers. A receipt that is older than the newest one known changes
// nothing; one for a leaf that was never sealed here is an error.
func (s *Spool) Trim(receipt []byte) error {
	r, err := ingest.ParseReceipt(receipt, s.o.Centre)
	if err != nil {
		return err
	}
	if r.Site != s.o.Site || r.Agent != s.o.Agent {
		return fmt.Errorf("receipt: for %s/%s, not %s/%s", r.Site, r.Agent, s.o.Site, s.o.Agent)
	}
	if e, ok := s.outbox.find(r.Digest); ok {
		if e.epoch != r.Epoch || e.last != r.Seq {
			return fmt.Errorf("receipt: names leaf %s as epoch %d, sequence number %d", e.name(), r.Epoch, r.Seq)
		}
		return s.trim(e.position())
	}
	state, known := s.cursor.get()
	if known && (r.Epoch < state.Trimmed.Epoch || r.Epoch == state.Trimmed.Epoch && r.Seq <= state.Trimmed.Last) {
		return nil
	}
	if !known || state.Guessed {
		return s.rebase(r)
	}
	if e, ok := s.outbox.oldest(); ok && (r.Epoch < e.epoch || r.Epoch == e.epoch && r.Seq < e.first) {
		return nil // an old one, of before what is held
	}
	return fmt.Errorf("receipt: for epoch %d, sequence number %d, which this spool never sealed; was its folder restored or copied? Enrol the agent anew under another name", r.Epoch, r.Seq)
}

// trim forgets the leaves of the outbox up to a place in the chain.
func (s *Spool) trim(to position) error {
	if err := s.cursor.change(func(next *state) {
		if to.Number > next.Trimmed.Number {
			next.Trimmed = to
		}
		next.Guessed = false
	}); err != nil {
		return err
	}
	for _, e := range s.outbox.trim(to.Number) {
		s.remove(e)
		s.Stats.Trimmed.Add(1)
		s.Stats.Bytes.Add(-e.size)
	}
	return nil
}
