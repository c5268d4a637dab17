package spool

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// refusals is what was refused for want of room and is not booked yet. It is
// kept in the file "refused", which has its room beforehand: two slots, written
// in turn and synced each time, so that a full disk has room for the count and
// a power cut leaves at least the one before.
type refusals struct {
	evidence.LossRecord
	// The record of the journal it is about to be booked as. Whether it was, the
	// journal and the chain tell: it is booked once, whenever the power is cut.
	Epoch, Seq uint64 `json:",omitempty"`
}

const (
	slotBytes = 4096 // a slot; no write touches two
	noteBytes = 512  // of it that are written
)

// notes is the file of refusals.
type notes interface {
	io.WriterAt
	Sync() error
	io.Closer
}

// openRefused opens the file of refused scans and takes up what is not booked.
func (s *Spool) openRefused() error {
	path := filepath.Join(s.dir, "refused")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s.notes = file
	b := make([]byte, 2*slotBytes)
	n, err := file.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for at := 0; at < n; at += slotBytes {
		if r, _, ok := parseRecord(b[at:n]); ok && (r.kind == kindRefused || r.kind == kindLoss) && r.seq >= s.noted {
			s.refused, s.noted = r.refused, r.seq
		}
	}
	if r := s.refused; r.Seq != 0 && s.booked(r.Epoch, r.Seq) {
		s.refused = refusals{}
	}
	s.refused.Epoch, s.refused.Seq = 0, 0
	if n < 2*slotBytes { // made, or of an earlier version: take the room of both slots
		if _, err := s.notes.WriteAt(make([]byte, 2*slotBytes-n), int64(n)); err != nil {
			s.o.Log.Warn("no room to note what is refused; a restart may forget it", "error", err)
		}
	}
	s.note(s.refused)
	if n < 2*slotBytes {
		return durable.SyncDir(s.dir)
	}
	return nil
}

// booked tells whether a record of the journal was written, as a whole. It is
// asked before anything of this opening is sealed.
func (s *Spool) booked(epoch, seq uint64) bool {
	if s.head.Epoch > epoch || s.head.Epoch == epoch && s.head.Last >= seq {
		return true
	}
	for i, seg := range s.journal {
		next := i + 1
		if seg.epoch != epoch || seg.first > seq || next < len(s.journal) && s.journal[next].epoch == epoch && s.journal[next].first <= seq {
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

// bookAs notes the number under which what was refused is about to be booked;
// false: it cannot be noted, and has to wait, for it might be booked twice.
func (s *Spool) bookAs(seq uint64) bool {
	r := s.refused
	r.Epoch, r.Seq = s.epoch.Epoch, seq
	return s.note(r)
}

// note keeps what was refused, in memory and on disk, and tells whether it is
// on disk.
func (s *Spool) note(r refusals) bool {
	s.refused = r
	s.noted++
	b, err := appendJSON(nil, s.noted, kindRefused, r)
	if err == nil {
		at := int64(s.noted%2) * slotBytes
		_, err = s.notes.WriteAt(append(b, make([]byte, max(0, noteBytes-len(b)))...), at)
	}
	if err == nil {
		err = s.notes.Sync()
	}
	if err != nil && !s.noteFails {
		s.o.Log.Warn("note what was refused; a restart may forget it", "error", err)
	}
	s.noteFails = err != nil
	return err == nil
}
