package export_test

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
)

// memLog is a log in memory, for tests that need many leaves at once. It has
// the same tree and the same leaves as one on a disk.
type memLog struct {
	key     *evidence.SigningKey
	entries [][]byte
	heads   []evidence.Leaf
	hashes  []tlog.Hash // as package tlog stores them
}

func (l *memLog) append(entry []byte) (uint64, error) {
	head, err := evidence.DecodeLeaf(entry)
	if err != nil {
		return 0, err
	}
	head.Body = nil
	n := int64(len(l.entries))
	more, err := tlog.StoredHashesForRecordHash(n, evidence.LeafHash(entry), l)
	l.hashes = append(l.hashes, more...)
	l.entries, l.heads = append(l.entries, entry), append(l.heads, head)
	return uint64(n), err
}

func (l *memLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *memLog) Checkpoint(context.Context) (evidence.Checkpoint, error) {
	root, err := tlog.TreeHash(int64(len(l.entries)), l)
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	note, err := l.key.SignNote(fmt.Sprintf("%s\n%d\n%s\n", l.key.Name(), len(l.entries), root))
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	return evidence.ParseCheckpoint(note, l.key.Verifier())
}

func (l *memLog) Size() uint64 { return uint64(len(l.entries)) }

func (l *memLog) Entry(_ context.Context, index uint64) ([]byte, error) { return l.entries[index], nil }

func (l *memLog) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for i, h := range l.heads {
		if e := (evidence.Entry{Index: uint64(i), Kind: h.Kind, From: h.From, To: h.To}); q.Matches(e, h.Plants) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (l *memLog) Tile(_ context.Context, t tlog.Tile) ([]byte, error) {
	return tlog.ReadTileData(t, l)
}

var decode = devices.Decode
