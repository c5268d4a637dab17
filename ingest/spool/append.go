package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// ErrFull is returned by Append when there is no room. What was accepted
// before is safe; what was refused is counted and booked as a loss.
var ErrFull = errors.New("the spool is full; restore the link to the centre, or give it more room")

// ErrClosed is returned by Append after Close.
var ErrClosed = errors.New("the spool is closed")

// group is the scans that share one write and one sync.
type group struct {
	scans []measure.Scan
	size  int64
	done  chan struct{}
	last  uint64 // sequence number, once done
	err   error
}

// Append stores scans and returns the sequence number of the last of them
// once all are on disk. Calls that arrive while another is being written
// share the next write and its sync. When there is no room, none of them is
// stored and the error is [ErrFull]. The scans' Seq is not read.
func (s *Spool) Append(ctx context.Context, scans ...measure.Scan) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("append to spool: %w", err)
	}
	size := int64(0)
	for _, scan := range scans {
		if len(scan.Raw) > ingest.MaxRaw {
			return 0, fmt.Errorf("append to spool: block %d: %d bytes in one scan, at most %d fit; split the block or shorten the message", scan.Block, len(scan.Raw), ingest.MaxRaw)
		}
		size += int64(recordHead + 16 + len(scan.Raw))
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return 0, fmt.Errorf("append to spool: %w", ErrClosed)
	}
	if len(scans) == 0 {
		defer s.mu.Unlock()
		return s.next - 1, nil
	}
	g := s.forming
	if g == nil {
		g = &group{done: make(chan struct{})}
		s.forming = g
	}
	g.scans = append(g.scans, scans...)
	g.size += size
	offset := len(g.scans)
	leader := offset == len(scans)
	s.mu.Unlock()

	if leader {
		s.writing.Lock() // until then others join
		s.mu.Lock()
		s.forming = nil
		closed := s.closed
		s.mu.Unlock()
		if g.err = ErrClosed; !closed {
			g.err = s.write(g)
		}
		s.writing.Unlock()
		close(g.done)
	}
	<-g.done
	if g.err != nil {
		return 0, fmt.Errorf("append to spool: %w", g.err)
	}
	return g.last - uint64(len(g.scans)-offset), nil
}

// write stores a group. The caller holds s.writing.
func (s *Spool) write(g *group) error {
	if err := s.room(g.size); err != nil {
		return s.refuse(g, err)
	}
	next := s.next
	b := s.buffer[:0]
	booked := s.refused.Count > 0 && s.bookAs(next)
	if booked {
		var err error
		if b, err = appendJSON(b, next, kindLoss, s.refused.LossRecord); err != nil {
			return err
		}
		next++
	}
	state := s.o.Clock()
	if state != s.clock {
		b = appendClock(b, next, state)
	}
	for i := range g.scans {
		b = appendScan(b, next, g.scans[i])
		next++
	}
	s.buffer = b
	if err := s.store(b, next); err != nil {
		return s.refuse(g, err)
	}
	g.last, s.clock = next-1, state
	s.Stats.Appended.Add(uint64(len(g.scans)))
	if booked {
		s.Stats.Lost.Add(s.refused.Count)
		s.o.Log.Info("the spool has room again; the loss is booked", "scans", s.refused.Count)
		s.note(refusals{})
	}
	return nil
}

// Correct books a correction of the clock that stamped earlier scans. It takes
// a sequence number, and is delivered like them.
func (s *Spool) Correct(c evidence.Correction) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return fmt.Errorf("correct the clock: %w", ErrClosed)
	}
	b, err := appendJSON(nil, s.next, kindShift, c)
	if err == nil {
		err = s.store(b, s.next+1)
	}
	if err != nil {
		return fmt.Errorf("correct the clock: %w", err)
	}
	return nil
}

// store writes records to the newest segment and syncs it; next is the
// sequence number that will follow them. On an error nothing counts as stored.
func (s *Spool) store(b []byte, next uint64) error {
	seg, file := s.current, s.file
	if file == nil || seg.size >= segmentBytes {
		var err error
		if seg, file, err = s.rotate(); err != nil {
			return err
		}
	}
	_, err := file.WriteAt(b, seg.size)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		// What reached the disk is not known. The next segment begins with
		// the same number, which ends this one there.
		err = errors.Join(err, file.Close())
		s.mu.Lock()
		s.file = nil
		s.mu.Unlock()
		os.Truncate(seg.path, seg.size)
		return err
	}
	s.Stats.Syncs.Add(1)
	s.Stats.Bytes.Add(int64(len(b)))
	s.mu.Lock()
	s.next = next
	seg.size += int64(len(b))
	s.unsealed += int64(len(b))
	enough := s.unsealed >= sealBytes
	s.mu.Unlock()
	if enough {
		select {
		case s.full <- struct{}{}:
		default:
		}
	}
	return nil
}

// rotate begins a new segment, durable with its name and header.
func (s *Spool) rotate() (*segment, *os.File, error) {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			s.o.Log.Warn("close a segment", "error", err)
		}
		s.mu.Lock()
		s.file = nil
		s.mu.Unlock()
	}
	head, err := newSegment(s.epoch.Epoch, s.next, s.epoch.Catalogue, s.epoch.Plants)
	if err != nil {
		return nil, nil, err
	}
	if s.clock != evidence.ClockUnknown {
		head = appendClock(head, s.next, s.clock)
	}
	path := filepath.Join(s.dir, "journal", segmentName(s.epoch.Epoch, s.next))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, err
	}
	_, err = file.Write(head)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	seg := &segment{path: path, epoch: s.epoch.Epoch, first: s.next, size: int64(len(head)), sealed: int64(len(head)),
		head: s.epoch, clock: s.clock}
	s.Stats.Bytes.Add(seg.size)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.journal); n > 0 && s.journal[n-1].path == path {
		s.journal = s.journal[:n-1] // a segment that failed before it held a record
	}
	s.journal = append(s.journal, seg)
	s.current, s.file = seg, file
	return seg, file, nil
}

// room tells whether size more bytes may be written.
func (s *Spool) room(size int64) error {
	if held := s.Stats.Bytes.Load(); held+size > s.o.Limit {
		return fmt.Errorf("%s holds %d bytes of %d allowed: %w", s.dir, held, s.o.Limit, ErrFull)
	}
	if s.o.FreeFloor < 0 {
		return nil
	}
	now := time.Now()
	if s.free -= size; s.free < s.o.FreeFloor || now.Sub(s.freeAt) > time.Second {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(s.dir, &fs); err != nil {
			return fmt.Errorf("%s: free space: %w", s.dir, err)
		}
		s.free, s.freeAt = int64(fs.Bavail)*int64(fs.Bsize)-size, now
	}
	if s.free < s.o.FreeFloor {
		return fmt.Errorf("%s: %d bytes free on the disk, %d are kept free: %w", s.dir, s.free+size, s.o.FreeFloor, ErrFull)
	}
	return nil
}

// refuse counts a group that could not be stored and returns why.
func (s *Spool) refuse(g *group, cause error) error {
	if errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT) {
		cause = fmt.Errorf("%w: %w", ErrFull, cause)
	}
	r := s.refused
	if r.Count == 0 {
		s.o.Log.Error("the spool refuses scans; they are counted and the loss will be booked", "cause", cause)
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
	s.Stats.Refused.Add(uint64(len(g.scans)))
	s.note(r)
	return cause
}
