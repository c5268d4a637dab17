package spool

import (
	"errors"
	"io"
	"log/slog"
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

// refusalFile is the file of refusals.
type refusalFile interface {
	io.WriterAt
	Sync() error
	io.Closer
}

// refusalBook is the refusals and the file that keeps them. The writer guards it.
type refusalBook struct {
	file    refusalFile
	log     *slog.Logger
	open    refusals // not booked yet
	written uint64   // how often the file was
	failing bool
}

// openRefusals opens the file of refused scans and takes up what is not booked.
// booked tells whether a record of the journal was written, as a whole.
func openRefusals(dir string, booked func(epoch, seq uint64) bool, log *slog.Logger) (refusalBook, error) {
	file, err := os.OpenFile(filepath.Join(dir, "refused"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return refusalBook{}, err
	}
	b := refusalBook{file: file, log: log}
	slots := make([]byte, 2*slotBytes)
	n, err := file.ReadAt(slots, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return refusalBook{}, errors.Join(err, file.Close())
	}
	for at := 0; at < n; at += slotBytes {
		if r, _, ok := parseRecord(slots[at:n]); ok && (r.kind == kindRefused || r.kind == kindLoss) && r.seq >= b.written {
			b.open, b.written = r.refused, r.seq
		}
	}
	if r := b.open; r.Seq != 0 && booked(r.Epoch, r.Seq) {
		b.open = refusals{}
	}
	b.open.Epoch, b.open.Seq = 0, 0
	if n < 2*slotBytes { // made, or of an earlier version: take the room of both slots
		if _, err := file.WriteAt(make([]byte, 2*slotBytes-n), int64(n)); err != nil {
			log.Warn("no room to note what is refused; a restart may forget it", "error", err)
		}
	}
	b.note(b.open)
	if n < 2*slotBytes {
		if err := durable.SyncDir(dir); err != nil {
			return refusalBook{}, errors.Join(err, file.Close())
		}
	}
	return b, nil
}

// bookAs notes the number under which what was refused is about to be booked;
// false: it cannot be noted, and has to wait, for it might be booked twice.
func (b *refusalBook) bookAs(epoch, seq uint64) bool {
	r := b.open
	r.Epoch, r.Seq = epoch, seq
	return b.note(r)
}

// note keeps what was refused, in memory and on disk, and tells whether it is
// on disk.
func (b *refusalBook) note(r refusals) bool {
	b.open = r
	b.written++
	record, err := appendJSON(nil, b.written, kindRefused, r)
	if err == nil {
		at := int64(b.written%2) * slotBytes
		_, err = b.file.WriteAt(append(record, make([]byte, max(0, noteBytes-len(record)))...), at)
	}
	if err == nil {
		err = b.file.Sync()
	}
	if err != nil && !b.failing {
		b.log.Warn("note what was refused; a restart may forget it", "error", err)
	}
	b.failing = err != nil
	return err == nil
}
