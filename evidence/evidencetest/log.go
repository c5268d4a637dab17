// Package evidencetest is an evidence log in memory, for tests that need many
// leaves at once or that run where package writer does not: encoded leaves come
// in, and the indexes, tiles and checkpoints that go out are those of a log on
// a disk.
//
// Start reading at [Log].
package evidencetest

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/nielu/nielu/evidence"
)

// Log is a log without a leaf until [Log.Append]. Its Key signs a checkpoint
// whenever one is asked for. It may be read by many while nobody appends.
type Log struct {
	Key *evidence.SigningKey

	entries   [][]byte
	heads     []evidence.Leaf    // without their bodies
	hashes    hashes             // of the whole tree
	decisions evidence.Decisions // where their chains end
}

// hashes are the hashes of a tree in the order in which package tlog stores
// them.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = h[x]
	}
	return out, nil
}

// Append adds an encoded leaf and returns its index.
func (l *Log) Append(_ context.Context, entry []byte) (uint64, error) {
	head, err := evidence.DecodeLeaf(entry)
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	head.Body = nil
	hash, n := evidence.LeafHash(entry), l.Size()
	more, err := tlog.StoredHashesForRecordHash(int64(n), hash, l.hashes)
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	l.hashes = append(l.hashes, more...)
	l.entries, l.heads = append(l.entries, entry), append(l.heads, head)
	l.decisions.Add(head, hash)
	return n, nil
}

// Decide signs a decision with what comes before it in its chains and appends
// it. The leaf is given its Before.
func (l *Log) Decide(ctx context.Context, leaf *evidence.Leaf, sign func(message []byte) []byte) (uint64, error) {
	leaf.Before = l.decisions.Before(*leaf)
	entry, err := evidence.SignLeaf(*leaf, sign)
	if err != nil {
		return 0, err
	}
	return l.Append(ctx, entry)
}

// Checkpoint commits to all leaves.
func (l *Log) Checkpoint(context.Context) (evidence.Checkpoint, error) {
	root, err := tlog.TreeHash(int64(len(l.entries)), l.hashes)
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	note, err := l.Key.SignNote(fmt.Sprintf("%s\n%d\n%s\n", l.Key.Name(), len(l.entries), root))
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	return evidence.ParseCheckpoint(note, l.Key.Verifier())
}

// Size returns the number of leaves.
func (l *Log) Size() uint64 { return uint64(len(l.entries)) }

// Entry returns the bytes of one leaf.
func (l *Log) Entry(_ context.Context, index uint64) ([]byte, error) { return l.entries[index], nil }

// Find returns the leaves that match, in the order of the log.
func (l *Log) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for i, h := range l.heads {
		if e := (evidence.Entry{Index: uint64(i), Kind: h.Kind, From: h.From, To: h.To}); q.Matches(e, h.Plants) {
			found = append(found, e)
		}
	}
	return found, nil
}

// Tile returns the hashes of a tile.
func (l *Log) Tile(_ context.Context, t evidence.Tile) ([]byte, error) {
	return tlog.ReadTileData(t, l.hashes)
}
