package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
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

// guess begins the chain anew, once no receipt has told its place; false: it is
// too early.
func (s *Spool) guess() bool {
	if time.Since(s.opened) < guessAfter {
		return false
	}
	if err := s.change(func(next *state) { next.Guessed = true }); err != nil {
		s.o.Log.Error("begin the chain anew", "error", err)
		return false
	}
	s.mu.Lock()
	s.known = true
	s.mu.Unlock()
	s.o.Log.Warn("no receipt told the place in the chain; what was scanned is sealed and published, and the centre's answer puts the place right")
	return true
}

// rebase moves what is sealed behind the place of a receipt.
func (s *Spool) rebase(r ingest.Receipt) error {
	s.sealing.Lock()
	defer s.sealing.Unlock()
	raised, err := s.raise(r.Epoch)
	if err != nil {
		return err
	}
	s.mu.Lock()
	old, number := slices.Clone(s.outbox), s.state.Trimmed.Number
	s.mu.Unlock()
	if n := len(old); n > 0 {
		number = old[n-1].number
	}
	from := point{Number: number, Epoch: r.Epoch, Last: r.Seq, Hash: r.Digest[:]}
	head := from
	var moved []sealed
	for _, e := range old {
		l, err := s.leafOf(e)
		if err != nil {
			return err
		}
		if to, is := raised[l.Epoch]; is {
			l.Epoch = to
		}
		l, left, err := s.behind(l, head)
		if err != nil {
			return err
		}
		if !left {
			continue
		}
		next, err := s.storeLeaf(l, head)
		if err != nil {
			return err
		}
		moved, head = append(moved, next), next.point()
	}
	if err := s.change(func(next *state) { next.Trimmed, next.Guessed = from, true }); err != nil {
		return err
	}
	s.mu.Lock()
	s.known, s.head, s.outbox = true, head, moved
	for _, e := range moved {
		s.Stats.Bytes.Add(e.size)
	}
	s.gauge()
	s.mu.Unlock()
	for _, e := range old {
		s.remove(e)
		s.Stats.Bytes.Add(-e.size)
	}
	s.o.Log.Info("the place in the chain was taken from the centre's receipt", "epoch", r.Epoch, "seq", r.Seq, "leaves_moved", len(moved), "leaves_it_had", len(old)-len(moved))
	for _, signal := range []chan struct{}{s.full, s.sealedC} {
		select {
		case signal <- struct{}{}:
		default:
		}
	}
	return nil
}

// raise gives the running epoch a number above that of a receipt, where the
// gateway's clock gave it a lower one. It returns the new number by the old.
// The caller holds s.sealing.
func (s *Spool) raise(above uint64) (map[uint64]uint64, error) {
	if s.epoch.Epoch > above {
		return nil, nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	from, to := s.epoch.Epoch, above+1
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.journal {
		if seg.epoch != from {
			continue
		}
		path := filepath.Join(s.dir, "journal", segmentName(to, seg.first))
		if err := os.Rename(seg.path, path); err != nil {
			return nil, err
		}
		seg.path, seg.epoch = path, to
	}
	s.epoch.Epoch, s.state.Epoch = to, to
	return map[uint64]uint64{from: to}, durable.SyncDir(filepath.Join(s.dir, "journal"))
}

// leafOf reads a sealed leaf; of a damaged one, the record of its loss.
func (s *Spool) leafOf(e sealed) (evidence.Leaf, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, "outbox", e.name()))
	if err == nil {
		data, err = parseSealed(data)
	}
	if err == nil {
		return evidence.DecodeLeaf(data)
	}
	s.o.Log.Error("a sealed leaf is damaged; its loss is booked in its place", "leaf", e.name(), "cause", err)
	loss := evidence.LossRecord{Reason: "a sealed leaf was damaged on the gateway's disk"}
	if e.first != 0 {
		loss.Count = e.last - e.first + 1
	}
	l, err := evidence.EncodeLoss(s.o.Site, s.o.Agent, s.o.Plants, loss)
	if l.Epoch = e.epoch; e.first != 0 {
		l.First, l.Last = e.first, e.last
	}
	return l, err
}

// behind leaves of a leaf what lies behind a place in the chain; false: nothing.
func (s *Spool) behind(l evidence.Leaf, place point) (evidence.Leaf, bool, error) {
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

// storeLeaf signs a leaf as the one behind a place in the chain, and stores it in
// the outbox. A leaf without numbers keeps the last one.
func (s *Spool) storeLeaf(l evidence.Leaf, head point) (sealed, error) {
	l.Prev = head.Hash
	leaf, err := evidence.SignLeaf(l, s.o.Sign)
	if err != nil {
		return sealed{}, err
	}
	e := sealed{number: head.Number + 1, epoch: l.Epoch, first: l.First, last: l.Last,
		hash: evidence.LeafHash(leaf), size: int64(len(leaf) + 4), at: time.Now().UnixNano()}
	if l.Last == 0 && l.Epoch == head.Epoch {
		e.last = head.Last
	}
	if err := durable.Write(filepath.Join(s.dir, "outbox", e.name()), frameLeaf(leaf), 0o600); err != nil {
		return sealed{}, fmt.Errorf("store a sealed leaf: %w", err)
	}
	return e, nil
}
