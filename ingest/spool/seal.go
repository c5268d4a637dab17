package spool

import (
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
	portions := s.journal.portions()
	if _, known := s.cursor.get(); !known && !s.beginAnew() {
		return nil // until a receipt tells the place in the chain
	}
	made := false
	for _, p := range portions {
		leaves, err := s.sealPortion(p)
		made = made || leaves > 0
		if err != nil {
			return fmt.Errorf("seal %s: %w", filepath.Base(p.path), err)
		}
		if p.closed {
			if err := s.journal.drop(p.segment); err != nil {
				s.o.Log.Error("remove a sealed segment", "error", err)
			}
		}
	}
	if made {
		signal(s.sealed)
	}
	return nil
}

// sealPortion seals what a segment holds beyond what is sealed, below the
// portion's limits, and returns how many leaves it made.
func (s *Spool) sealPortion(p portion) (leaves int, err error) {
	if p.to <= p.sealed && !p.ended {
		return 0, nil
	}
	data, err := readRange(p.path, p.sealed, p.to)
	if err != nil {
		return 0, err
	}
	records, torn := parseJournal(data)
	s.setAside(p, data, torn)
	c := cut{spool: s, portion: p, clock: p.clock, last: p.first - 1, whole: p.first - 1}
	switch end := s.outbox.end(); {
	case end.Epoch > p.epoch: // all is sealed, though not removed yet
		s.journal.sealed(p.segment, p.to, p.clock)
		return 0, nil
	case end.Epoch == p.epoch:
		c.last = max(c.last, end.Last)
	}
	for _, r := range records {
		if err := c.add(r); err != nil {
			return c.leaves, err
		}
	}
	if err := c.finish(len(torn) > 0 && torn[len(torn)-1].to == len(data)); err != nil {
		return c.leaves, err
	}
	s.journal.sealed(p.segment, p.to, c.clock)
	return c.leaves, nil
}

// setAside keeps what is damaged in a portion for a person to look at.
func (s *Spool) setAside(p portion, data []byte, torn []damage) {
	for _, d := range torn {
		from := p.sealed + int64(d.from)
		s.Stats.Damaged.Add(1)
		s.o.Log.Warn("a stretch of the journal holds no whole record and is set aside",
			"segment", filepath.Base(p.path), "from", from, "bytes", d.to-d.from, "zero", isZero(data[d.from:d.to]))
		name := fmt.Sprintf("%s.%d", filepath.Base(p.path), from)
		if err := os.WriteFile(filepath.Join(s.dir, "quarantine", name), data[d.from:d.to], 0o600); err != nil {
			s.o.Log.Error("set damage aside", "error", err)
		}
	}
}

// cut turns the records of a portion into leaves: scans into batches, every
// number that is gone into a loss.
type cut struct {
	portion
	spool  *Spool
	clock  evidence.ClockState // that stamps what follows
	scans  []measure.Scan      // not sealed yet
	bytes  int                 // of them
	last   uint64              // number sealed last, or of the last of scans
	whole  uint64              // number of the last whole record
	leaves int                 // made
}

// add takes the next whole record.
func (c *cut) add(r record) error {
	switch r.kind {
	case kindHeader:
		return nil
	case kindClock:
		if err := c.flush(); err != nil {
			return err
		}
		c.clock = r.clock
		return nil
	}
	c.whole = r.seq
	if r.seq <= c.last || r.seq >= c.limit {
		return nil
	}
	if r.seq > c.last+1 {
		if err := c.hole(r.seq, journalDamaged, r.seq-c.last-1); err != nil {
			return err
		}
	}
	c.last = r.seq
	switch o := &c.spool.o; r.kind {
	case kindLoss:
		l, err := evidence.EncodeLoss(o.Site, o.Agent, c.header.Plants, r.loss)
		return c.seal(l, err, r.seq, r.seq)
	case kindShift:
		l, err := evidence.EncodeCorrection(o.Site, o.Agent, c.header.Plants, r.shift)
		return c.seal(l, err, r.seq, r.seq)
	}
	c.scans = append(c.scans, r.scan)
	if c.bytes += len(r.scan.Raw) + 8; c.bytes >= sealBytes || len(c.scans) >= sealScans {
		return c.flush()
	}
	return nil
}

// Why scans are booked as lost.
const (
	journalDamaged = "the journal was damaged on the gateway's disk"
	journalTorn    = "the journal's tail was torn; what was in it had most likely not been accepted"
)

// finish seals what is left. tornTail: the portion ends in the middle of a record.
func (c *cut) finish(tornTail bool) error {
	if c.limit != noLimit && c.last+1 < c.limit {
		if err := c.hole(c.limit, journalDamaged, c.limit-c.last-1); err != nil {
			return err
		}
	}
	if c.ended && tornTail && c.last == c.whole {
		if err := c.hole(c.last+2, journalTorn, 0); err != nil {
			return err
		}
	}
	return c.flush()
}

// hole books the loss of the numbers before the next one.
func (c *cut) hole(next uint64, reason string, count uint64) error {
	if err := c.flush(); err != nil {
		return err
	}
	c.spool.Stats.Lost.Add(count)
	o := &c.spool.o
	l, err := evidence.EncodeLoss(o.Site, o.Agent, c.header.Plants, evidence.LossRecord{Reason: reason, Count: count})
	first := c.last + 1
	c.last = next - 1
	return c.seal(l, err, first, c.last)
}

// seal seals a leaf of its own, after the scans before it.
func (c *cut) seal(l evidence.Leaf, err error, first, last uint64) error {
	if err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	l.Epoch, l.First, l.Last = c.epoch, first, last
	if err := c.spool.sealLeaf(l); err != nil {
		return err
	}
	c.leaves++
	return nil
}

// flush seals the scans that are not sealed yet.
func (c *cut) flush() error {
	if len(c.scans) == 0 {
		return nil
	}
	scans := c.scans
	c.scans, c.bytes = nil, 0
	return c.sealScans(scans)
}

// sealScans seals scans as one batch, or as two halves if it is too large,
// after the catalogue if that was not sealed last.
func (c *cut) sealScans(scans []measure.Scan) error {
	if err := c.sealCatalogue(); err != nil {
		return err
	}
	o := &c.spool.o
	from, to := o.Span(scans)
	l, err := ingest.EncodeBatch(ingest.Batch{Site: o.Site, Agent: o.Agent, Plants: c.header.Plants, Epoch: c.epoch,
		From: from, To: to, Catalogue: c.header.Catalogue, Clock: c.clock, Scans: scans})
	if (err != nil || len(l.Body) > evidence.MaxLeaf-8192) && len(scans) > 1 {
		half := len(scans) / 2
		if err := c.sealScans(scans[:half]); err != nil {
			return err
		}
		return c.sealScans(scans[half:])
	}
	if err == nil {
		err = c.spool.sealLeaf(l)
	}
	if err != nil {
		return err
	}
	c.leaves++
	return nil
}

// sealCatalogue seals the catalogue of the scans, unless it was sealed last.
func (c *cut) sealCatalogue() error {
	s, digest := c.spool, c.header.Catalogue
	if state, _ := s.cursor.get(); state.Sent == digest {
		return nil
	}
	catalogue, err := os.ReadFile(filepath.Join(s.dir, "catalogues", digest))
	if err != nil || evidence.CatalogueDigest(catalogue) != digest {
		if digest != evidence.CatalogueDigest(s.o.Catalogue) {
			// The scans are worth more than their catalogue: it may be in
			// the log already, or be brought there from a backup.
			s.o.Log.Error("the catalogue of older scans is missing or damaged; they are sent without it", "catalogue", digest, "error", err)
			return nil
		}
		catalogue = s.o.Catalogue
	}
	l, err := ingest.EncodeCatalogue(s.o.Site, s.o.Agent, c.header.Plants, catalogue)
	if err != nil {
		return err
	}
	l.Epoch = max(c.epoch, s.outbox.end().Epoch)
	if err := s.sealLeaf(l); err != nil {
		return err
	}
	c.leaves++
	return s.cursor.change(func(next *state) { next.Sent = digest })
}

// sealLeaf signs a leaf as the next of the chain and stores it in the outbox.
func (s *Spool) sealLeaf(l evidence.Leaf) error {
	e, err := s.outbox.write(l, s.outbox.end(), s.o.Sign)
	if err != nil {
		return err
	}
	s.outbox.add(e)
	return nil
}
