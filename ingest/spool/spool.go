package spool

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// Options of a spool. Site, Agent, Catalogue, Sign and Centre must be set.
type Options struct {
	Site, Agent string
	Plants      []string                    // that the scans touch
	Catalogue   []byte                      // canonical bytes; sent once, then named by digest
	Sign        func(message []byte) []byte // with the agent's key
	Centre      string                      // verifier text of the log, whose receipts end custody

	Limit     int64         // bytes the spool may hold; default 2 GB
	FreeFloor int64         // bytes to leave free on the file system; default 64 MB, below 0: none
	SealEvery time.Duration // default 5 s
	// Span returns the times of the scans' readings as [from, to), in Unix
	// nanoseconds. It is needed where instruments bring times of their own;
	// default: the times of the scans.
	Span  func(scans []measure.Scan) (from, to int64)
	Clock func() evidence.ClockState // that stamps the scans, as it is now; default: unknown
	Log   *slog.Logger
}

// Stats are the counters and gauges of a spool.
type Stats struct {
	Appended atomic.Uint64 // scans accepted
	Syncs    atomic.Uint64 // of the journal
	Sealed   atomic.Uint64 // leaves
	Trimmed  atomic.Uint64 // leaves removed on a receipt
	Refused  atomic.Uint64 // scans, for want of room
	Lost     atomic.Uint64 // scans booked as lost
	Damaged  atomic.Uint64 // stretches and files set aside
	Bytes    atomic.Int64  // held on disk
	Waiting  atomic.Int64  // sealed leaves without a receipt
	Oldest   atomic.Int64  // Unix nanoseconds at which the oldest of them was sealed; 0: none
}

// Spool is the durable queue of an agent. It is safe for concurrent use.
//
// Scans wait in the queue until the writer adds them to the journal, Seal takes
// them from there into the outbox, and the cursor says what of the chain has a
// receipt. Each has its own lock; whoever holds that of queue, journal, outbox
// or cursor calls none of the others.
type Spool struct {
	Stats Stats

	dir    string
	opened time.Time
	o      Options
	lock   *os.File // of the folder

	queue   queue
	writer  writer
	journal journal
	outbox  outbox
	cursor  cursor
	sealing sync.Mutex    // one at a time takes from the journal and adds to the outbox
	full    chan struct{} // signalled when the journal holds enough for a batch
	sealed  chan struct{} // signalled when a leaf was sealed
}

// Open opens the spool in dir, or makes a new one, and begins a new epoch.
// Damage does not stop it: it is set aside, counted and booked.
func Open(dir string, o Options) (*Spool, error) {
	if o.Site == "" || o.Agent == "" || o.Sign == nil || o.Centre == "" {
		return nil, errors.New("open spool: Options must have Site, Agent, Sign and Centre")
	}
	if o.Limit == 0 {
		o.Limit = 2e9
	}
	if o.FreeFloor == 0 {
		o.FreeFloor = 64e6
	}
	if o.SealEvery == 0 {
		o.SealEvery = 5 * time.Second
	}
	if o.Span == nil {
		o.Span = ingest.Span
	}
	if o.Clock == nil {
		o.Clock = func() evidence.ClockState { return evidence.ClockUnknown }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if l, err := ingest.EncodeCatalogue(o.Site, o.Agent, o.Plants, o.Catalogue); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	} else if _, err := evidence.SignLeaf(l, o.Sign); err != nil {
		return nil, fmt.Errorf("open spool: the catalogue does not fit a leaf; divide the instruments among more agents: %w", err)
	}
	s := &Spool{dir: dir, opened: time.Now(), o: o, full: make(chan struct{}, 1), sealed: make(chan struct{}, 1)}
	s.journal = journal{dir: filepath.Join(dir, "journal"), stats: &s.Stats, next: 1}
	s.writer = writer{dir: dir, o: &s.o, stats: &s.Stats, journal: &s.journal, full: s.full}
	s.outbox = outbox{dir: filepath.Join(dir, "outbox"), stats: &s.Stats}
	s.cursor = cursor{dir: dir}
	if err := s.open(); err != nil {
		if s.lock != nil {
			err = errors.Join(err, s.lock.Close())
		}
		return nil, fmt.Errorf("open spool %s: %w", dir, err)
	}
	if err := s.Seal(); err != nil {
		s.o.Log.Error("scans of an earlier run are not sealed yet; sealing is tried again", "error", err)
	}
	return s, nil
}

func (s *Spool) open() (err error) {
	for _, name := range []string{"journal", "outbox", "catalogues", "quarantine"} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
			return err
		}
	}
	if s.lock, err = lockFolder(s.dir); err != nil {
		return err
	}
	rest, err := filepath.Glob(filepath.Join(s.dir, "*", "*.new")) // of interrupted writes
	for _, path := range rest {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		s.o.Log.Warn("remove the rest of an interrupted write", "error", err)
	}
	var found bool
	s.cursor.state, found, s.cursor.known = loadState(s.dir)
	if s.outbox.leaves, err = listLeaves(s.outbox.dir); err != nil {
		return err
	}
	if s.journal.segments, err = listSegments(s.journal.dir); err != nil {
		return err
	}
	s.findHead(!found && len(s.outbox.leaves) == 0 && len(s.journal.segments) == 0)
	s.journal.readHeaders(s.cursor.state)
	if err := s.begin(); err != nil {
		return err
	}
	s.writer.refusals, err = openRefusals(s.dir, func(epoch, seq uint64) bool {
		head := s.outbox.head
		return head.Epoch > epoch || head.Epoch == epoch && head.Last >= seq || s.journal.booked(epoch, seq)
	}, s.o.Log)
	return err
}

// findHead finds the spool's place in the chain: the newest sealed leaf, or the
// newest with a receipt. fresh: the spool is new.
func (s *Spool) findHead(fresh bool) {
	b, c := &s.outbox, &s.cursor
	for len(b.leaves) > 0 && c.known && b.leaves[0].number <= c.state.Trimmed.Number {
		s.remove(b.leaves[0]) // its removal was interrupted
		b.leaves = b.leaves[1:]
	}
	b.head = c.state.Trimmed
	if n := len(b.leaves); n > 0 {
		b.head, c.known = b.leaves[n-1].position(), true
	}
	if fresh {
		c.known = true
	}
	if !c.known {
		s.Stats.Damaged.Add(1)
		s.o.Log.Error("both copies of the spool's state are damaged or empty, as a power cut may leave them; nothing has to be done: scans are accepted, and the centre's receipts tell the place in the chain",
			"files", filepath.Join(s.dir, "state")+" and state.bak")
	}
	for _, e := range b.leaves {
		s.Stats.Bytes.Add(e.size)
	}
	b.gauge()
}

// begin makes the new epoch durable.
func (s *Spool) begin() error {
	c := &s.cursor
	epoch := max(c.state.Epoch, s.outbox.head.Epoch)
	for _, seg := range s.journal.segments {
		epoch = max(epoch, seg.epoch)
	}
	if !c.known {
		epoch = max(epoch, uint64(max(0, time.Now().Unix()))) // above any that was used
	}
	c.state.Epoch = epoch + 1
	c.state.Catalogue = evidence.CatalogueDigest(s.o.Catalogue)
	c.state.Plants = s.o.Plants
	path := filepath.Join(s.dir, "catalogues", c.state.Catalogue)
	if old, err := os.ReadFile(path); err != nil || evidence.CatalogueDigest(old) != c.state.Catalogue {
		if err := durable.Write(path, s.o.Catalogue, 0o600); err != nil {
			s.o.Log.Error("store the catalogue; it is sent from memory in this run only", "error", err)
		}
	}
	s.journal.header = segmentHeader{Epoch: c.state.Epoch, Catalogue: c.state.Catalogue, Plants: c.state.Plants}
	if !c.known {
		return nil // keep the damaged copies: state.store would say there was no chain
	}
	return c.state.store(s.dir)
}

// Run seals every SealEvery, or earlier when much has come, until ctx ends,
// and a last time.
func (s *Spool) Run(ctx context.Context) error {
	tick := time.NewTicker(s.o.SealEvery)
	defer tick.Stop()
	failing := false
	for {
		err := s.Seal()
		if failed := err != nil; failed != failing {
			failing = failed
			if failed {
				s.o.Log.Error("sealing fails; scans stay in the journal and it is tried again", "error", err)
			} else {
				s.o.Log.Info("sealing works again")
			}
		}
		if ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-s.full:
		}
	}
}

// Epoch returns the number of this opening of the spool.
func (s *Spool) Epoch() uint64 {
	header, _ := s.journal.place()
	return header.Epoch
}

// Sealed is signalled after each Seal that made a leaf.
func (s *Spool) Sealed() <-chan struct{} { return s.sealed }

// Head returns the epoch, last sequence number and hash (in hex) of the
// newest sealed leaf.
func (s *Spool) Head() (epoch, last uint64, hash string) {
	head := s.outbox.end()
	return head.Epoch, head.Last, hex.EncodeToString(head.Hash)
}

// Close waits for what is being written and releases the folder. What is in
// the journal is sealed when the spool is opened again.
func (s *Spool) Close() error {
	if !s.queue.close() {
		return nil
	}
	s.sealing.Lock()
	defer s.sealing.Unlock()
	if err := errors.Join(s.writer.close(), s.lock.Close()); err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}
