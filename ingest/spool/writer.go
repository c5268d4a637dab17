package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// writer appends to the journal and books what it has to refuse.
type writer struct {
	dir     string
	o       *Options
	stats   *Stats
	journal *journal
	full    chan<- struct{} // signalled when there is enough for a batch

	mu       sync.Mutex // one write at a time; guards what follows
	closed   bool
	segment  *segment // the newest of this opening; nil: none yet
	file     *os.File // of it; nil: the next write begins another
	size     int64    // bytes of it known to be on disk
	buffer   []byte
	clock    evidence.ClockState // that the newest segment says stamps what follows
	refusals refusalBook
	free     int64
	freeAt   time.Time
}

// commit stores the group that its caller began. Until its turn comes, others join.
func (w *writer) commit(g *group, q *queue) {
	w.mu.Lock()
	if g.err = q.take(); g.err == nil {
		g.err = w.write(g)
	}
	w.mu.Unlock()
	close(g.done)
}

// write stores a group. The caller holds w.mu, as of all that follows.
func (w *writer) write(g *group) error {
	if err := w.room(g.size); err != nil {
		return w.refuse(g, err)
	}
	header, next := w.journal.place()
	b := w.buffer[:0]
	booked := w.refusals.open.Count > 0 && w.refusals.bookAs(header.Epoch, next)
	if booked {
		var err error
		if b, err = appendJSON(b, next, kindLoss, w.refusals.open.LossRecord); err != nil {
			return err
		}
		next++
	}
	state := w.o.Clock()
	if state != w.clock {
		b = appendClock(b, next, state)
	}
	for i := range g.scans {
		b = appendScan(b, next, g.scans[i])
		next++
	}
	w.buffer = b
	if err := w.store(b, next); err != nil {
		return w.refuse(g, err)
	}
	g.last, w.clock = next-1, state
	w.stats.Appended.Add(uint64(len(g.scans)))
	if booked {
		w.stats.Lost.Add(w.refusals.open.Count)
		w.o.Log.Info("the spool has room again; the loss is booked", "scans", w.refusals.open.Count)
		w.refusals.note(refusals{})
	}
	return nil
}

// correct stores a correction of the clock.
func (w *writer) correct(c evidence.Correction) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	_, next := w.journal.place()
	b, err := appendJSON(nil, next, kindShift, c)
	if err != nil {
		return err
	}
	return w.store(b, next+1)
}

// store writes records to the newest segment and syncs it; next is the
// sequence number that will follow them. On an error nothing counts as stored.
func (w *writer) store(b []byte, next uint64) error {
	if w.file == nil || w.size >= segmentBytes {
		if err := w.rotate(); err != nil {
			return err
		}
	}
	_, err := w.file.WriteAt(b, w.size)
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		// What reached the disk is not known. The next segment begins with
		// the same number, which ends this one there.
		err = errors.Join(err, w.file.Close())
		w.file = nil
		os.Truncate(w.segment.path, w.size)
		return err
	}
	w.size += int64(len(b))
	w.stats.Syncs.Add(1)
	if w.journal.grow(w.segment, len(b), next) {
		signal(w.full)
	}
	return nil
}

// rotate begins a new segment, durable with its name and header.
func (w *writer) rotate() error {
	if w.file != nil {
		if err := w.file.Close(); err != nil {
			w.o.Log.Warn("close a segment", "error", err)
		}
		w.file = nil
	}
	header, next := w.journal.place()
	head, err := newSegment(next, header)
	if err != nil {
		return err
	}
	if w.clock != evidence.ClockUnknown {
		head = appendClock(head, next, w.clock)
	}
	path := filepath.Join(w.journal.dir, segmentName(header.Epoch, next))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(head)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = durable.SyncDir(w.journal.dir)
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(path))
	}
	w.size = int64(len(head))
	w.segment = &segment{path: path, epoch: header.Epoch, first: next, size: w.size, sealed: w.size, header: header, clock: w.clock}
	w.file = file
	w.journal.add(w.segment)
	return nil
}

// room tells whether size more bytes may be written.
func (w *writer) room(size int64) error {
	if held := w.stats.Bytes.Load(); held+size > w.o.Limit {
		return fmt.Errorf("%s holds %d bytes of %d allowed: %w", w.dir, held, w.o.Limit, ErrFull)
	}
	if w.o.FreeFloor < 0 {
		return nil
	}
	now := time.Now()
	if w.free -= size; w.free < w.o.FreeFloor || now.Sub(w.freeAt) > time.Second {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(w.dir, &fs); err != nil {
			return fmt.Errorf("%s: free space: %w", w.dir, err)
		}
		w.free, w.freeAt = int64(fs.Bavail)*int64(fs.Bsize)-size, now
	}
	if w.free < w.o.FreeFloor {
		return fmt.Errorf("%s: %d bytes free on the disk, %d are kept free: %w", w.dir, w.free+size, w.o.FreeFloor, ErrFull)
	}
	return nil
}

// refuse counts a group that could not be stored and returns why.
func (w *writer) refuse(g *group, cause error) error {
	if errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT) {
		cause = fmt.Errorf("%w: %w", ErrFull, cause)
	}
	r := w.refusals.open
	if r.Count == 0 {
		w.o.Log.Error("the spool refuses scans; they are counted and the loss will be booked", "cause", cause)
		r.LossRecord = evidence.LossRecord{Reason: "the spool had no room", From: g.scans[0].At, To: g.scans[0].At}
		if !errors.Is(cause, ErrFull) {
			r.Reason = "the spool could not write"
		}
	}
	r.Count += uint64(len(g.scans))
	for _, scan := range g.scans {
		r.From, r.To = min(r.From, scan.At), max(r.To, scan.At)
	}
	r.Epoch, r.Seq = 0, 0 // if it was to be booked with this group, it is not
	w.stats.Refused.Add(uint64(len(g.scans)))
	w.refusals.note(r)
	return cause
}

// raiseEpoch gives the epoch of this opening a higher number. The caller keeps
// others from sealing.
func (w *writer) raiseEpoch(to uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.journal.raiseEpoch(to)
}

// close waits for what is being written.
func (w *writer) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	var err error
	if w.file != nil {
		err = w.file.Close()
		w.file = nil
	}
	return errors.Join(err, w.refusals.file.Close())
}

// signal wakes whoever waits for a channel of one place.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
