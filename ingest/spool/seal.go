package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

const (
	sealBytes    = 128 << 10 // of the journal that make a batch without waiting
	sealScans    = 1 << 14   // most scans in a batch
	segmentBytes = 1 << 20   // after which a segment is closed
)

// Seal turns the scans in the journal into signed leaves in the outbox, those
// of older epochs first. It is safe to call at any time.
func (s *Spool) Seal() error {
	s.sealing.Lock()
	defer s.sealing.Unlock()
	s.mu.Lock()
	known, segments := s.known, append([]*segment(nil), s.journal...)
	sizes := make([]int64, len(segments))
	for i, seg := range segments {
		sizes[i] = seg.size
	}
	current := s.current
	s.unsealed = 0
	s.mu.Unlock()
	if !known && !s.guess() {
		return nil // until a receipt tells the place in the chain
	}
	made := false
	for i, seg := range segments {
		limit := ^uint64(0) // the next segment's first number ends this one
		closed := seg != current || sizes[i] >= segmentBytes
		if i+1 < len(segments) && segments[i+1].epoch == seg.epoch {
			limit = segments[i+1].first
		}
		n, err := s.sealSegment(seg, sizes[i], limit, seg.epoch != s.epoch.Epoch && limit == ^uint64(0))
		made = made || n > 0
		if err != nil {
			return fmt.Errorf("seal %s: %w", filepath.Base(seg.path), err)
		}
		if closed {
			s.drop(seg)
		}
	}
	if made {
		select {
		case s.sealedC <- struct{}{}:
		default:
		}
	}
	return nil
}

// sealSegment seals what a segment holds beyond what is sealed, up to size
// bytes and below the sequence number limit, and returns how many leaves it
// made. ended: nothing will follow in the segment's epoch.
func (s *Spool) sealSegment(seg *segment, size int64, limit uint64, ended bool) (int, error) {
	if size <= seg.sealed && !ended {
		return 0, nil
	}
	data, err := readRange(seg.path, seg.sealed, size)
	if err != nil {
		return 0, err
	}
	records, torn := parseJournal(data)
	for _, d := range torn {
		s.Stats.Damaged.Add(1)
		s.o.Log.Warn("a stretch of the journal holds no whole record and is set aside",
			"segment", filepath.Base(seg.path), "from", seg.sealed+int64(d.from), "bytes", d.to-d.from, "zero", isZero(data[d.from:d.to]))
		name := fmt.Sprintf("%s.%d", filepath.Base(seg.path), seg.sealed+int64(d.from))
		if err := os.WriteFile(filepath.Join(s.dir, "quarantine", name), data[d.from:d.to], 0o600); err != nil {
			s.o.Log.Error("set damage aside", "error", err)
		}
	}
	last, head := seg.first-1, s.chainHead() // last: sequence number sealed last in this epoch
	switch {
	case head.Epoch > seg.epoch:
		records, torn = nil, nil // all sealed, though not removed yet
		ended, limit = false, 0
	case head.Epoch == seg.epoch:
		last = max(last, head.Last)
	}
	made := 0
	seal := func(l evidence.Leaf, err error) error {
		if err == nil {
			err = s.sealLeaf(l)
		}
		if err == nil {
			made++
		}
		return err
	}
	var scans []measure.Scan
	held, clock := 0, seg.clock
	flush := func() error {
		if len(scans) == 0 {
			return nil
		}
		n, err := s.sealScans(seg, clock, scans)
		made += n
		scans, held = nil, 0
		return err
	}
	hole := func(next uint64, reason string, count uint64) error {
		if err := flush(); err != nil {
			return err
		}
		s.Stats.Lost.Add(count)
		l, err := evidence.EncodeLoss(s.o.Site, s.o.Agent, seg.head.Plants, evidence.LossRecord{Reason: reason, Count: count})
		l.Epoch, l.First, l.Last = seg.epoch, last+1, next-1
		last = next - 1
		return seal(l, err)
	}
	seen := seg.first - 1 // sequence number of the last whole record
	for _, r := range records {
		switch r.kind {
		case kindHeader:
		case kindClock:
			if err := flush(); err != nil {
				return made, err
			}
			clock = r.clock
		default:
			seen = r.seq
		}
		if r.kind == kindHeader || r.kind == kindClock || r.seq <= last || r.seq >= limit {
			continue
		}
		if r.seq > last+1 {
			if err := hole(r.seq, "the journal was damaged on the gateway's disk", r.seq-last-1); err != nil {
				return made, err
			}
		}
		last = r.seq
		if r.kind == kindLoss {
			if err := flush(); err != nil {
				return made, err
			}
			l, err := evidence.EncodeLoss(s.o.Site, s.o.Agent, seg.head.Plants, r.loss)
			l.Epoch, l.First, l.Last = seg.epoch, r.seq, r.seq
			if err := seal(l, err); err != nil {
				return made, err
			}
			continue
		}
		if r.kind == kindShift {
			if err := flush(); err != nil {
				return made, err
			}
			l, err := evidence.EncodeCorrection(s.o.Site, s.o.Agent, seg.head.Plants, r.shift)
			l.Epoch, l.First, l.Last = seg.epoch, r.seq, r.seq
			if err := seal(l, err); err != nil {
				return made, err
			}
			continue
		}
		scans = append(scans, r.scan)
		if held += len(r.scan.Raw) + 8; held >= sealBytes || len(scans) >= sealScans {
			if err := flush(); err != nil {
				return made, err
			}
		}
	}
	if limit != ^uint64(0) && limit != 0 && last+1 < limit {
		if err := hole(limit, "the journal was damaged on the gateway's disk", limit-last-1); err != nil {
			return made, err
		}
	}
	if n := len(torn); ended && n > 0 && torn[n-1].to == len(data) && last == seen {
		reason := "the journal's tail was torn; what was in it had most likely not been accepted"
		if err := hole(last+2, reason, 0); err != nil {
			return made, err
		}
	}
	if err := flush(); err != nil {
		return made, err
	}
	s.mu.Lock()
	seg.sealed, seg.clock = size, clock
	s.mu.Unlock()
	return made, nil
}

func readRange(path string, from, to int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, max(0, to-from))
	n, err := f.ReadAt(b, from)
	if n == len(b) {
		err = nil
	}
	return b[:n], err
}

// sealScans seals scans as one batch, or as two halves if it is too large,
// after the catalogue if that was not sealed last. It returns the number of leaves.
func (s *Spool) sealScans(seg *segment, clock evidence.ClockState, scans []measure.Scan) (int, error) {
	made := 0
	s.mu.Lock()
	sent := s.state.Sent
	s.mu.Unlock()
	if seg.head.Catalogue != sent {
		if err := s.sealCatalogue(seg); err != nil {
			return made, err
		}
		made++
	}
	from, to := s.o.Span(scans)
	b := ingest.Batch{Site: s.o.Site, Agent: s.o.Agent, Plants: seg.head.Plants, Epoch: seg.epoch,
		From: from, To: to, Catalogue: seg.head.Catalogue, Clock: clock, Scans: scans}
	l, err := ingest.EncodeBatch(b)
	if (err != nil || len(l.Body) > evidence.MaxLeaf-8192) && len(scans) > 1 {
		half := len(scans) / 2
		n, err := s.sealScans(seg, clock, scans[:half])
		made += n
		if err == nil {
			n, err = s.sealScans(seg, clock, scans[half:])
			made += n
		}
		return made, err
	}
	if err == nil {
		err = s.sealLeaf(l)
	}
	if err != nil {
		return made, err
	}
	return made + 1, nil
}

func (s *Spool) sealCatalogue(seg *segment) error {
	catalogue, err := os.ReadFile(filepath.Join(s.dir, "catalogues", seg.head.Catalogue))
	if err != nil || evidence.CatalogueDigest(catalogue) != seg.head.Catalogue {
		if seg.head.Catalogue != s.epoch.Catalogue {
			// The scans are worth more than their catalogue: it may be in
			// the log already, or be brought there from a backup.
			s.o.Log.Error("the catalogue of older scans is missing or damaged; they are sent without it", "catalogue", seg.head.Catalogue, "error", err)
			return nil
		}
		catalogue = s.o.Catalogue
	}
	l, err := ingest.EncodeCatalogue(s.o.Site, s.o.Agent, seg.head.Plants, catalogue)
	if err != nil {
		return err
	}
	l.Epoch = max(seg.epoch, s.chainHead().Epoch)
	if err := s.sealLeaf(l); err != nil {
		return err
	}
	return s.change(func(next *state) { next.Sent = seg.head.Catalogue })
}

// change stores the state with one change made to it.
func (s *Spool) change(edit func(*state)) error {
	s.cursor.Lock()
	defer s.cursor.Unlock()
	s.mu.Lock()
	next := s.state
	s.mu.Unlock()
	edit(&next)
	if err := next.store(s.dir); err != nil {
		return err
	}
	s.mu.Lock()
	s.state = next
	s.mu.Unlock()
	return nil
}

func (s *Spool) chainHead() point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// sealLeaf signs a leaf as the next of the chain and stores it in the outbox.
func (s *Spool) sealLeaf(l evidence.Leaf) error {
	e, err := s.storeLeaf(l, s.chainHead())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outbox = append(s.outbox, e)
	s.head = e.point()
	s.Stats.Sealed.Add(1)
	s.Stats.Bytes.Add(e.size)
	s.gauge()
	return nil
}

// drop removes a segment that is sealed and will not grow.
func (s *Spool) drop(seg *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seg.sealed < seg.size {
		return
	}
	if seg == s.current {
		return // it is closed by the next append
	}
	for i, other := range s.journal {
		if other == seg {
			s.journal = append(s.journal[:i:i], s.journal[i+1:]...)
			break
		}
	}
	if err := os.Remove(seg.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.o.Log.Error("remove a sealed segment", "error", err)
	}
	s.Stats.Bytes.Add(-seg.size)
}

// gauge sets the gauges of the outbox. The caller holds s.mu.
func (s *Spool) gauge() {
	s.Stats.Waiting.Store(int64(len(s.outbox)))
	oldest := int64(0)
	if len(s.outbox) > 0 {
		oldest = s.outbox[0].at
	}
	s.Stats.Oldest.Store(oldest)
}
