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
	"syscall"
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
type Spool struct {
	Stats Stats

	dir     string
	opened  time.Time
	o       Options
	lock    *os.File
	notes   notes  // the file "refused"
	epoch   header // of this opening
	full    chan struct{}
	sealedC chan struct{}

	writing   sync.Mutex // one group at a time; guards what follows
	buffer    []byte
	clock     evidence.ClockState // that the newest segment says stamps what follows
	refused   refusals
	noted     uint64 // how often that was noted
	noteFails bool
	free      int64
	freeAt    time.Time

	sealing sync.Mutex // one Seal at a time; taken before mu

	cursor sync.Mutex // one change of state at a time; taken before mu

	mu       sync.Mutex // held for moments only
	closed   bool
	forming  *group
	next     uint64 // sequence number
	state    state
	known    bool  // head is known
	head     point // of the chain
	outbox   []sealed
	journal  []*segment
	current  *segment
	file     *os.File // of current
	unsealed int64
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
	s := &Spool{dir: dir, opened: time.Now(), o: o, next: 1, full: make(chan struct{}, 1), sealedC: make(chan struct{}, 1)}
	if err := s.open(); err != nil {
		if s.notes != nil {
			err = errors.Join(err, s.notes.Close())
		}
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
	if s.lock, err = os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%s holds it: a spool has one owner", holder(s.lock))
	}
	if err := s.lock.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(s.lock, "process %d", os.Getpid()) // for people; the lock is what counts
	}
	rest, err := filepath.Glob(filepath.Join(s.dir, "*", "*.new")) // of interrupted writes
	for _, path := range rest {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		s.o.Log.Warn("remove the rest of an interrupted write", "error", err)
	}
	var found bool
	s.state, found, s.known = loadState(s.dir)
	if s.outbox, err = listOutbox(filepath.Join(s.dir, "outbox")); err != nil {
		return err
	}
	if s.journal, err = listJournal(filepath.Join(s.dir, "journal")); err != nil {
		return err
	}
	fresh := !found && len(s.outbox) == 0 && len(s.journal) == 0
	s.place(fresh)
	s.heads()
	if err := s.begin(fresh); err != nil {
		return err
	}
	return s.openRefused()
}

// Holder returns who has the spool in dir open, or nothing.
func Holder(dir string) string {
	lock, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return ""
	}
	defer lock.Close()
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return ""
	}
	return holder(lock)
}

// holder reads who wrote itself into a lock.
func holder(lock *os.File) string {
	text := make([]byte, 64)
	n, _ := lock.ReadAt(text, 0)
	if n == 0 {
		return "another process"
	}
	return string(text[:n])
}

// place finds the spool's place in the chain: the newest sealed leaf, or the
// newest with a receipt.
func (s *Spool) place(fresh bool) {
	for len(s.outbox) > 0 && s.known && s.outbox[0].number <= s.state.Trimmed.Number {
		s.remove(s.outbox[0]) // its removal was interrupted
		s.outbox = s.outbox[1:]
	}
	s.head = s.state.Trimmed
	if n := len(s.outbox); n > 0 {
		s.head, s.known = s.outbox[n-1].point(), true
	}
	if fresh {
		s.known = true
	}
	if !s.known {
		s.Stats.Damaged.Add(1)
		s.o.Log.Error("both copies of the spool's state are damaged or empty, as a power cut may leave them; nothing has to be done: scans are accepted, and the centre's receipts tell the place in the chain",
			"files", filepath.Join(s.dir, "state")+" and state.bak")
	}
	for _, e := range s.outbox {
		s.Stats.Bytes.Add(e.size)
	}
	s.gauge()
}

func (s *Spool) remove(e sealed) {
	if err := os.Remove(filepath.Join(s.dir, "outbox", e.name())); err != nil {
		s.o.Log.Error("remove a leaf that has its receipt", "leaf", e.name(), "error", err)
	}
}

// heads reads the header of each segment. One whose header is damaged is
// taken to be of the epoch's catalogue.
func (s *Spool) heads() {
	for _, seg := range s.journal {
		s.Stats.Bytes.Add(seg.size)
		seg.head = header{Epoch: seg.epoch, Catalogue: s.state.Catalogue, Plants: s.state.Plants}
		if b, err := readRange(seg.path, 0, min(seg.size, maxPayload)); err == nil {
			if r, _, ok := parseRecord(b); ok && r.kind == kindHeader {
				seg.head = r.head
			}
		}
	}
}

// begin makes the new epoch durable.
func (s *Spool) begin(fresh bool) error {
	epoch := s.state.Epoch
	for _, seg := range s.journal {
		epoch = max(epoch, seg.epoch)
	}
	epoch = max(epoch, s.head.Epoch)
	if !s.known && !fresh {
		epoch = max(epoch, uint64(max(0, time.Now().Unix()))) // above any that was used
	}
	s.state.Epoch = epoch + 1
	s.state.Catalogue = evidence.CatalogueDigest(s.o.Catalogue)
	s.state.Plants = s.o.Plants
	path := filepath.Join(s.dir, "catalogues", s.state.Catalogue)
	if old, err := os.ReadFile(path); err != nil || evidence.CatalogueDigest(old) != s.state.Catalogue {
		if err := durable.Write(path, s.o.Catalogue, 0o600); err != nil {
			s.o.Log.Error("store the catalogue; it is sent from memory in this run only", "error", err)
		}
	}
	s.epoch = header{Epoch: s.state.Epoch, Catalogue: s.state.Catalogue, Plants: s.state.Plants}
	if !s.known {
		return nil // keep the damaged copies: state.store would say there was no chain
	}
	return s.state.store(s.dir)
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
func (s *Spool) Epoch() uint64 { return s.epoch.Epoch }

// Sealed is signalled after each Seal that made a leaf.
func (s *Spool) Sealed() <-chan struct{} { return s.sealedC }

// Head returns the epoch, last sequence number and hash (in hex) of the
// newest sealed leaf.
func (s *Spool) Head() (epoch, last uint64, hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head.Epoch, s.head.Last, hex.EncodeToString(s.head.Hash)
}

// Close waits for what is being written and releases the folder. What is in
// the journal is sealed when the spool is opened again.
func (s *Spool) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.sealing.Lock()
	defer s.sealing.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	if s.file != nil {
		err = s.file.Close()
		s.file = nil
	}
	if err = errors.Join(err, s.notes.Close(), s.lock.Close()); err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}
