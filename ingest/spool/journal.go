package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// journal is the scans on disk that are not sealed, in segments. The writer
// adds to it, Seal takes from it.
type journal struct {
	dir   string
	stats *Stats

	mu       sync.Mutex    // held for moments only; whoever holds it takes no other lock
	header   segmentHeader // of the segments of this opening
	next     uint64        // sequence number
	segments []*segment    // oldest first
	current  *segment      // the one that grows
	unsealed int64         // bytes since the last Seal began
}

// segment is one file of the journal. Only the last one of an epoch grows.
type segment struct {
	path   string
	epoch  uint64
	first  uint64
	size   int64 // bytes known to be on disk
	sealed int64 // bytes of it that are in the outbox
	header segmentHeader
	clock  evidence.ClockState // that stamped what follows sealed
}

func segmentName(epoch, first uint64) string { return fmt.Sprintf("%016x-%016x.seg", epoch, first) }

func parseSegmentName(name string) (epoch, first uint64, ok bool) {
	n, err := fmt.Sscanf(name, "%016x-%016x.seg", &epoch, &first)
	return epoch, first, err == nil && n == 2 && name == segmentName(epoch, first)
}

// listSegments returns the segments in the folder, oldest first.
func listSegments(dir string) ([]*segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []*segment
	for _, f := range files { // sorted by name, which is by epoch and sequence
		epoch, first, ok := parseSegmentName(f.Name())
		if !ok {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		out = append(out, &segment{path: filepath.Join(dir, f.Name()), epoch: epoch, first: first, size: info.Size()})
	}
	return out, nil
}

// newSegment returns the bytes a segment begins with.
func newSegment(first uint64, h segmentHeader) ([]byte, error) {
	return appendJSON(nil, first, kindHeader, h)
}

// readHeaders reads the header of each segment. One whose header is damaged is
// taken to be of the catalogue and the plants of the newest epoch.
func (j *journal) readHeaders(newest state) {
	for _, seg := range j.segments {
		j.stats.Bytes.Add(seg.size)
		seg.header = segmentHeader{Epoch: seg.epoch, Catalogue: newest.Catalogue, Plants: newest.Plants}
		if b, err := readRange(seg.path, 0, min(seg.size, maxPayload)); err == nil {
			if r, _, ok := parseRecord(b); ok && r.kind == kindHeader {
				seg.header = r.header
			}
		}
	}
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

// place returns the header of new segments and the next sequence number.
func (j *journal) place() (segmentHeader, uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.header, j.next
}

// add makes a segment the one that grows.
func (j *journal) add(seg *segment) {
	j.stats.Bytes.Add(seg.size)
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.segments); n > 0 && j.segments[n-1].path == seg.path {
		j.segments = j.segments[:n-1] // a segment that failed before it held a record
	}
	j.segments = append(j.segments, seg)
	j.current = seg
}

// grow notes that n more bytes of a segment are on disk and which number
// follows them, and tells whether there is enough for a batch.
func (j *journal) grow(seg *segment, n int, next uint64) (enough bool) {
	j.stats.Bytes.Add(int64(n))
	j.mu.Lock()
	defer j.mu.Unlock()
	j.next = next
	seg.size += int64(n)
	j.unsealed += int64(n)
	return j.unsealed >= sealBytes
}

// portion is what a Seal finds of a segment.
type portion struct {
	*segment
	to     int64  // bytes on disk
	limit  uint64 // the first number of the next segment, which ends this one; else noLimit
	closed bool   // it grows no more
	ended  bool   // nothing will follow in its epoch
}

const noLimit = ^uint64(0)

// portions returns what is to be sealed, the oldest first.
func (j *journal) portions() []portion {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.unsealed = 0
	out := make([]portion, len(j.segments))
	for i, seg := range j.segments {
		p := portion{segment: seg, to: seg.size, limit: noLimit, closed: seg != j.current || seg.size >= segmentBytes}
		if i+1 < len(j.segments) && j.segments[i+1].epoch == seg.epoch {
			p.limit = j.segments[i+1].first
		}
		p.ended = seg.epoch != j.header.Epoch && p.limit == noLimit
		out[i] = p
	}
	return out
}

// sealed notes that a segment is sealed up to a byte, and the clock that stamps
// what follows.
func (j *journal) sealed(seg *segment, to int64, clock evidence.ClockState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	seg.sealed, seg.clock = to, clock
}

// drop removes a segment that is sealed and will not grow. The one that grows is
// closed by the next append.
func (j *journal) drop(seg *segment) error {
	j.mu.Lock()
	keep := seg.sealed < seg.size || seg == j.current
	if !keep {
		j.segments = slices.DeleteFunc(slices.Clone(j.segments), func(other *segment) bool { return other == seg })
	}
	j.mu.Unlock()
	if keep {
		return nil
	}
	j.stats.Bytes.Add(-seg.size)
	if err := os.Remove(seg.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// raiseEpoch gives the epoch of this opening a higher number. The caller keeps
// others from writing and sealing.
func (j *journal) raiseEpoch(to uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, seg := range j.segments {
		if seg.epoch != j.header.Epoch {
			continue
		}
		path := filepath.Join(j.dir, segmentName(to, seg.first))
		if err := os.Rename(seg.path, path); err != nil {
			return err
		}
		seg.path, seg.epoch = path, to
	}
	j.header.Epoch = to
	return durable.SyncDir(j.dir)
}

// booked tells whether a loss was written under a number, as a whole record. It
// is asked while the spool is opened.
func (j *journal) booked(epoch, seq uint64) bool {
	for i, seg := range j.segments {
		next := i + 1
		if seg.epoch != epoch || seg.first > seq || next < len(j.segments) && j.segments[next].epoch == epoch && j.segments[next].first <= seq {
			continue
		}
		data, err := readRange(seg.path, 0, seg.size)
		if err != nil {
			continue
		}
		records, _ := parseJournal(data)
		for _, r := range records {
			if r.kind == kindLoss && r.seq == seq {
				return true
			}
		}
	}
	return false
}
