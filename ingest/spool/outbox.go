package spool

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
	"github.com/nielu/nielu/ingest"
)

// sealed is a leaf in the outbox. Its file's name says all that must survive
// damage to the file's content.
type sealed struct {
	number             uint64
	epoch, first, last uint64
	hash               evidence.Hash
	size               int64
	at                 int64 // Unix nanoseconds of the sealing
}

func (e sealed) name() string {
	return fmt.Sprintf("%016x-%016x-%016x-%016x-%x.leaf", e.number, e.epoch, e.first, e.last, e.hash[:])
}

func (e sealed) point() point { return point{e.number, e.epoch, e.last, e.hash[:]} }

func parseSealedName(name string) (e sealed, ok bool) {
	parts := strings.Split(strings.TrimSuffix(name, ".leaf"), "-")
	if len(parts) != 5 || len(parts[4]) != 2*len(e.hash) {
		return e, false
	}
	for i, to := range []*uint64{&e.number, &e.epoch, &e.first, &e.last} {
		b, err := hex.DecodeString(parts[i])
		if err != nil || len(b) != 8 {
			return e, false
		}
		*to = binary.BigEndian.Uint64(b)
	}
	if _, err := hex.Decode(e.hash[:], []byte(parts[4])); err != nil {
		return e, false
	}
	return e, name == e.name()
}

// A file of the outbox is the leaf and its CRC-32C.
func frameLeaf(leaf []byte) []byte {
	return binary.BigEndian.AppendUint32(leaf[:len(leaf):len(leaf)], castagnoli(leaf))
}

// parseSealed reads a file of the outbox.
func parseSealed(b []byte) ([]byte, error) {
	n := len(b) - 4
	if n <= 0 || n > evidence.MaxLeaf || binary.BigEndian.Uint32(b[n:]) != castagnoli(b[:n]) {
		return nil, errors.New("the checksum is wrong")
	}
	return b[:n:n], nil
}

// listOutbox returns the leaves in the folder in order of their numbers.
func listOutbox(dir string) ([]sealed, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []sealed
	for _, f := range files {
		e, ok := parseSealedName(f.Name())
		if !ok {
			continue // the rest of an interrupted write
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		e.size, e.at = info.Size(), info.ModTime().UnixNano()
		out = append(out, e)
	}
	return out, nil
}

// Next returns the sealed leaf that follows the given number, and its own
// number; false: none is sealed yet. Next(0) is the oldest without a receipt.
func (s *Spool) Next(after uint64) (number uint64, leaf []byte, ok bool, err error) {
	s.mu.Lock()
	prev := s.state.Trimmed.Hash
	i := 0
	for ; i < len(s.outbox) && s.outbox[i].number <= after; i++ {
		prev = s.outbox[i].hash[:]
	}
	if i == len(s.outbox) {
		s.mu.Unlock()
		return 0, nil, false, nil
	}
	e := s.outbox[i]
	s.mu.Unlock()

	path := filepath.Join(s.dir, "outbox", e.name())
	data, err := os.ReadFile(path)
	if err == nil {
		if leaf, err = parseSealed(data); err == nil {
			return e.number, leaf, true, nil
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return 0, nil, false, fmt.Errorf("read sealed leaf %s: %w", path, err)
	}
	s.mu.Lock()
	held := slices.ContainsFunc(s.outbox, func(o sealed) bool { return o.number == e.number })
	s.mu.Unlock()
	if !held {
		return s.Next(after) // a receipt removed it meanwhile
	}
	if leaf, err = s.standIn(e, prev, err); err != nil {
		return 0, nil, false, fmt.Errorf("replace damaged leaf %s: %w", path, err)
	}
	return e.number, leaf, true, nil
}

// standIn replaces a damaged leaf by the record of its loss, under the same
// name: the leaves after it carry the hash of the lost one.
func (s *Spool) standIn(e sealed, prev []byte, cause error) ([]byte, error) {
	s.o.Log.Error("a sealed leaf is damaged; its loss is booked in its place", "leaf", e.name(), "cause", cause)
	count := uint64(0) // of a leaf that carried no scans
	if e.first != 0 {
		count = e.last - e.first + 1
	}
	s.Stats.Damaged.Add(1)
	s.Stats.Lost.Add(count)
	path := filepath.Join(s.dir, "outbox", e.name())
	if err := s.quarantine(path); err != nil {
		return nil, err
	}
	l, err := evidence.EncodeLoss(s.o.Site, s.o.Agent, s.o.Plants, evidence.LossRecord{
		Reason: "a sealed leaf was damaged on the gateway's disk", Replaces: e.hash[:], Count: count,
	})
	if err != nil {
		return nil, err
	}
	l.Epoch, l.Prev = e.epoch, prev
	if l.First = e.first; e.first != 0 {
		l.Last = e.last
	}
	leaf, err := evidence.SignLeaf(l, s.o.Sign)
	if err != nil {
		return nil, err
	}
	return leaf, durable.Write(path, frameLeaf(leaf), 0o600)
}

// quarantine moves a file aside, if it is there.
func (s *Spool) quarantine(path string) error {
	err := os.Rename(path, filepath.Join(s.dir, "quarantine", filepath.Base(path)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Trim takes a receipt signed by the centre, records it, and removes the
// leaves it covers. A receipt that is older than the newest one known changes
// nothing; one for a leaf that was never sealed here is an error.
func (s *Spool) Trim(receipt []byte) error {
	r, err := ingest.ParseReceipt(receipt, s.o.Centre)
	if err != nil {
		return err
	}
	if r.Site != s.o.Site || r.Agent != s.o.Agent {
		return fmt.Errorf("receipt: for %s/%s, not %s/%s", r.Site, r.Agent, s.o.Site, s.o.Agent)
	}
	s.mu.Lock()
	known, guessed, trimmed, outbox := s.known, s.state.Guessed, s.state.Trimmed, s.outbox
	s.mu.Unlock()
	for _, e := range outbox {
		if e.hash != r.Digest {
			continue
		}
		if e.epoch != r.Epoch || e.last != r.Seq {
			return fmt.Errorf("receipt: names leaf %s as epoch %d, sequence number %d", e.name(), r.Epoch, r.Seq)
		}
		return s.trim(e.point())
	}
	if known && (r.Epoch < trimmed.Epoch || r.Epoch == trimmed.Epoch && r.Seq <= trimmed.Last) {
		return nil
	}
	if !known || guessed {
		return s.rebase(r)
	}
	if len(outbox) > 0 && (r.Epoch < outbox[0].epoch || r.Epoch == outbox[0].epoch && r.Seq < outbox[0].first) {
		return nil // an old one, of before what is held
	}
	return fmt.Errorf("receipt: for epoch %d, sequence number %d, which this spool never sealed; was its folder restored or copied? Enrol the agent anew under another name", r.Epoch, r.Seq)
}

// trim forgets the leaves of the outbox up to a point.
func (s *Spool) trim(to point) error {
	if err := s.change(func(next *state) {
		if to.Number > next.Trimmed.Number {
			next.Trimmed = to
		}
		next.Guessed = false
	}); err != nil {
		return err
	}
	s.mu.Lock()
	n := 0
	for n < len(s.outbox) && s.outbox[n].number <= to.Number {
		n++
	}
	gone := s.outbox[:n:n]
	s.outbox = slices.Clone(s.outbox[n:])
	s.gauge()
	s.mu.Unlock()
	for _, e := range gone {
		s.remove(e)
		s.Stats.Trimmed.Add(1)
		s.Stats.Bytes.Add(-e.size)
	}
	return nil
}
