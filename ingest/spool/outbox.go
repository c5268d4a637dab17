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
	"sync"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// outbox is the sealed leaves without a receipt, and the end of the chain.
type outbox struct {
	dir   string
	stats *Stats

	mu     sync.Mutex // held for moments only; whoever holds it takes no other lock
	leaves []leafFile // in order of their numbers
	head   position   // after the newest leaf, be it here or trimmed
}

// leafFile is a leaf in the outbox. Its file's name says all that must survive
// damage to the file's content.
type leafFile struct {
	number             uint64
	epoch, first, last uint64
	hash               evidence.Hash
	size               int64
	at                 int64 // Unix nanoseconds of the sealing
}

func (e leafFile) name() string {
	return fmt.Sprintf("%016x-%016x-%016x-%016x-%x.leaf", e.number, e.epoch, e.first, e.last, e.hash[:])
}

func (e leafFile) position() position {
	return position{Number: e.number, Epoch: e.epoch, Last: e.last, Hash: e.hash[:]}
}

// scans returns how many numbers the leaf takes.
func (e leafFile) scans() uint64 {
	if e.first == 0 {
		return 0
	}
	return e.last - e.first + 1
}

func parseLeafName(name string) (e leafFile, ok bool) {
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

var errDamaged = errors.New("the checksum is wrong")

// parseLeafFile reads a file of the outbox.
func parseLeafFile(b []byte) ([]byte, error) {
	n := len(b) - 4
	if n <= 0 || n > evidence.MaxLeaf || binary.BigEndian.Uint32(b[n:]) != castagnoli(b[:n]) {
		return nil, errDamaged
	}
	return b[:n:n], nil
}

// listLeaves returns the leaves in the folder in order of their numbers.
func listLeaves(dir string) ([]leafFile, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []leafFile
	for _, f := range files {
		e, ok := parseLeafName(f.Name())
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

func (b *outbox) path(e leafFile) string { return filepath.Join(b.dir, e.name()) }

// read returns the leaf in a file.
func (b *outbox) read(e leafFile) ([]byte, error) {
	data, err := os.ReadFile(b.path(e))
	if err != nil {
		return nil, err
	}
	return parseLeafFile(data)
}

// write stores a leaf as the one after a place in the chain. A leaf without
// numbers keeps the last one.
func (b *outbox) write(l evidence.Leaf, after position, sign func([]byte) []byte) (leafFile, error) {
	l.Prev = after.Hash
	leaf, err := evidence.SignLeaf(l, sign)
	if err != nil {
		return leafFile{}, err
	}
	e := leafFile{number: after.Number + 1, epoch: l.Epoch, first: l.First, last: l.Last,
		hash: evidence.LeafHash(leaf), size: int64(len(leaf) + 4), at: time.Now().UnixNano()}
	if l.Last == 0 && l.Epoch == after.Epoch {
		e.last = after.Last
	}
	if err := durable.Write(b.path(e), frameLeaf(leaf), 0o600); err != nil {
		return leafFile{}, fmt.Errorf("store a sealed leaf: %w", err)
	}
	return e, nil
}

// end returns the place in the chain after the newest leaf.
func (b *outbox) end() position {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.head
}

// list returns the leaves, the oldest first.
func (b *outbox) list() []leafFile {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.leaves)
}

// after returns the leaf that follows a number, and the hash of the one before
// it if that is here too.
func (b *outbox) after(number uint64) (e leafFile, prev []byte, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.leaves {
		if b.leaves[i].number > number {
			return b.leaves[i], prev, true
		}
		prev = b.leaves[i].hash[:]
	}
	return e, nil, false
}

// find returns the leaf of a hash.
func (b *outbox) find(hash evidence.Hash) (e leafFile, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.IndexFunc(b.leaves, func(e leafFile) bool { return e.hash == hash }); i >= 0 {
		return b.leaves[i], true
	}
	return e, false
}

// oldest returns the first leaf.
func (b *outbox) oldest() (e leafFile, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.leaves) == 0 {
		return e, false
	}
	return b.leaves[0], true
}

// holds tells whether a leaf has no receipt yet.
func (b *outbox) holds(number uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.leaves, func(e leafFile) bool { return e.number == number })
}

// add makes a stored leaf the newest.
func (b *outbox) add(e leafFile) {
	b.stats.Sealed.Add(1)
	b.stats.Bytes.Add(e.size)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leaves = append(b.leaves, e)
	b.head = e.position()
	b.gauge()
}

// trim takes the leaves up to a number off the list and returns them.
func (b *outbox) trim(number uint64) []leafFile {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(b.leaves) && b.leaves[n].number <= number {
		n++
	}
	gone := b.leaves[:n:n]
	b.leaves = slices.Clone(b.leaves[n:])
	b.gauge()
	return gone
}

// replace puts other leaves in the place of all.
func (b *outbox) replace(leaves []leafFile, head position) {
	for _, e := range leaves {
		b.stats.Bytes.Add(e.size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leaves, b.head = leaves, head
	b.gauge()
}

// gauge sets the gauges. The caller holds b.mu.
func (b *outbox) gauge() {
	b.stats.Waiting.Store(int64(len(b.leaves)))
	oldest := int64(0)
	if len(b.leaves) > 0 {
		oldest = b.leaves[0].at
	}
	b.stats.Oldest.Store(oldest)
}

// Next returns the sealed leaf that follows the given number, and its own
// number; false: none is sealed yet. Next(0) is the oldest without a receipt.
func (s *Spool) Next(after uint64) (number uint64, leaf []byte, ok bool, err error) {
	e, prev, ok := s.outbox.after(after)
	if !ok {
		return 0, nil, false, nil
	}
	leaf, err = s.outbox.read(e)
	switch {
	case err == nil:
		return e.number, leaf, true, nil
	case !errors.Is(err, errDamaged) && !errors.Is(err, os.ErrNotExist):
		return 0, nil, false, fmt.Errorf("read sealed leaf %s: %w", s.outbox.path(e), err)
	case !s.outbox.holds(e.number):
		return s.Next(after) // a receipt removed it meanwhile
	}
	if prev == nil { // it is the oldest
		state, _ := s.cursor.get()
		prev = state.Trimmed.Hash
	}
	if leaf, err = s.replaceDamaged(e, prev, err); err != nil {
		return 0, nil, false, fmt.Errorf("replace damaged leaf %s: %w", s.outbox.path(e), err)
	}
	return e.number, leaf, true, nil
}

// lossOf is the record of loss that stands for a damaged leaf.
func (s *Spool) lossOf(e leafFile, replaces []byte, cause error) (evidence.Leaf, error) {
	s.o.Log.Error("a sealed leaf is damaged; its loss is booked in its place", "leaf", e.name(), "cause", cause)
	l, err := evidence.EncodeLoss(s.o.Site, s.o.Agent, s.o.Plants, evidence.LossRecord{
		Reason: "a sealed leaf was damaged on the gateway's disk", Replaces: replaces, Count: e.scans(),
	})
	if l.Epoch = e.epoch; e.first != 0 {
		l.First, l.Last = e.first, e.last
	}
	return l, err
}

// replaceDamaged puts the record of its loss in the place of a damaged leaf,
// under the same name: the leaves after it carry the hash of the lost one.
func (s *Spool) replaceDamaged(e leafFile, prev []byte, cause error) ([]byte, error) {
	l, err := s.lossOf(e, e.hash[:], cause)
	s.Stats.Damaged.Add(1)
	s.Stats.Lost.Add(e.scans())
	if err != nil {
		return nil, err
	}
	path := s.outbox.path(e)
	if err := s.quarantine(path); err != nil {
		return nil, err
	}
	l.Prev = prev
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

// remove removes the file of a leaf that is not needed any more.
func (s *Spool) remove(e leafFile) {
	if err := os.Remove(s.outbox.path(e)); err != nil {
		s.o.Log.Error("remove a leaf that has its receipt", "leaf", e.name(), "error", err)
	}
}
