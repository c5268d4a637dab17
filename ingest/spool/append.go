package spool

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nielu/nielu/evidence"
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

// queue gathers the scans that arrive while others are written.
type queue struct {
	mu      sync.Mutex // held for moments only; whoever holds it takes no other lock
	closed  bool
	forming *group
}

// join adds scans to the group that forms and returns how many are in it then.
// Whoever began the group writes it. No scans join none.
func (q *queue) join(scans []measure.Scan, size int64) (g *group, n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, 0, ErrClosed
	}
	if len(scans) == 0 {
		return nil, 0, nil
	}
	if q.forming == nil {
		q.forming = &group{done: make(chan struct{})}
	}
	g = q.forming
	g.scans = append(g.scans, scans...)
	g.size += size
	return g, len(g.scans), nil
}

// take ends the group that forms: nobody joins it any more.
func (q *queue) take() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forming = nil
	if q.closed {
		return ErrClosed
	}
	return nil
}

// close lets nobody join; false: it was closed already.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.closed
	q.closed = true
	return !was
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
	g, n, err := s.queue.join(scans, size)
	if err != nil {
		return 0, fmt.Errorf("append to spool: %w", err)
	}
	if g == nil {
		_, next := s.journal.place()
		return next - 1, nil
	}
	if n == len(scans) {
		s.writer.commit(g, &s.queue)
	}
	<-g.done
	if g.err != nil {
		return 0, fmt.Errorf("append to spool: %w", g.err)
	}
	return g.last - uint64(len(g.scans)-n), nil
}

// Correct books a correction of the clock that stamped earlier scans. It takes
// a sequence number, and is delivered like them.
func (s *Spool) Correct(c evidence.Correction) error {
	if err := s.writer.correct(c); err != nil {
		return fmt.Errorf("correct the clock: %w", err)
	}
	return nil
}
