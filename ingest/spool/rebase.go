package spool

import (
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// Where both copies of the state are damaged and the outbox is empty, the place
// in the chain is taken from the first receipt that comes, which may be an old
// one that a broker kept, or from none. What is sealed behind a wrong place the
// centre does not take; it answers with a receipt for where it stands. That
// receipt is newer, and what is sealed is moved behind it: without what it
// covers, with the hash of the leaf it names.

// guessAfter is how long a receipt is waited for before the chain is begun anew.
const guessAfter = 30 * time.Second

// beginAnew begins the chain anew, once no receipt has told its place; false: it
// is too early.
func (s *Spool) beginAnew() bool {
	if time.Since(s.opened) < guessAfter {
		return false
	}
	if err := s.cursor.change(func(next *state) { next.Guessed = true }); err != nil {
		s.o.Log.Error("begin the chain anew", "error", err)
		return false
	}
	s.o.Log.Warn("no receipt told the place in the chain; what was scanned is sealed and published, and the centre's answer puts the place right")
	return true
}

// rebase moves what is sealed behind the place of a receipt.
func (s *Spool) rebase(r ingest.Receipt) error {
	s.sealing.Lock()
	defer s.sealing.Unlock()
	raised, err := s.raiseEpoch(r.Epoch)
	if err != nil {
		return err
	}
	old := s.outbox.list()
	cursor, _ := s.cursor.get()
	from := position{Number: cursor.Trimmed.Number, Epoch: r.Epoch, Last: r.Seq, Hash: r.Digest[:]}
	if n := len(old); n > 0 {
		from.Number = old[n-1].number
	}
	head := from
	var moved []leafFile
	for _, e := range old {
		l, err := s.leafOf(e)
		if err != nil {
			return err
		}
		if to, is := raised[l.Epoch]; is {
			l.Epoch = to
		}
		l, left, err := s.remainder(l, head)
		if err != nil {
			return err
		}
		if !left {
			continue
		}
		next, err := s.outbox.write(l, head, s.o.Sign)
		if err != nil {
			return err
		}
		moved, head = append(moved, next), next.position()
	}
	if err := s.cursor.change(func(next *state) { next.Trimmed, next.Guessed = from, true }); err != nil {
		return err
	}
	s.outbox.replace(moved, head)
	for _, e := range old {
		s.remove(e)
		s.Stats.Bytes.Add(-e.size)
	}
	s.o.Log.Info("the place in the chain was taken from the centre's receipt", "epoch", r.Epoch, "seq", r.Seq, "leaves_moved", len(moved), "leaves_it_had", len(old)-len(moved))
	signal(s.full)
	signal(s.sealed)
	return nil
}

// raiseEpoch gives the running epoch a number above that of a receipt, where the
// gateway's clock gave it a lower one. It returns the new number by the old.
// The caller holds s.sealing.
func (s *Spool) raiseEpoch(above uint64) (map[uint64]uint64, error) {
	header, _ := s.journal.place()
	if header.Epoch > above {
		return nil, nil
	}
	if err := s.writer.raiseEpoch(above + 1); err != nil {
		return nil, err
	}
	s.cursor.raiseEpoch(above + 1)
	return map[uint64]uint64{header.Epoch: above + 1}, nil
}

// leafOf reads a sealed leaf; of a damaged one, the record of its loss.
func (s *Spool) leafOf(e leafFile) (evidence.Leaf, error) {
	data, err := s.outbox.read(e)
	if err != nil {
		return s.lossOf(e, nil, err)
	}
	return evidence.DecodeLeaf(data)
}

// remainder cuts off a leaf what lies before a place in the chain; false: nothing
// is left.
func (s *Spool) remainder(l evidence.Leaf, place position) (evidence.Leaf, bool, error) {
	switch {
	case l.Last == 0: // it has no numbers
		l.Epoch = max(l.Epoch, place.Epoch)
		return l, true, nil
	case l.Epoch < place.Epoch || l.Epoch == place.Epoch && l.Last <= place.Last:
		return l, false, nil
	case l.Epoch > place.Epoch || l.First > place.Last:
		return l, true, nil
	}
	first := place.Last + 1
	if l.Kind == evidence.Loss {
		loss, err := evidence.DecodeLoss(l)
		if err != nil {
			return l, false, err
		}
		if loss.Count == l.Last-l.First+1 {
			loss.Count = l.Last - place.Last
		}
		cut, err := evidence.EncodeLoss(l.Site, l.Signer, l.Plants, loss)
		cut.Epoch, cut.First, cut.Last = l.Epoch, first, l.Last
		return cut, true, err
	}
	b, err := ingest.DecodeBatch(l)
	if err != nil {
		return l, false, err
	}
	b.Scans = slices.DeleteFunc(b.Scans, func(scan measure.Scan) bool { return scan.Seq < first })
	b.From, b.To = s.o.Span(b.Scans)
	cut, err := ingest.EncodeBatch(b)
	return cut, true, err
}
