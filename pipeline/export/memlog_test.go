package export_test

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
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

func (l *memLog) Checkpoint(context.Context) ([]byte, error) {
	root, err := tlog.TreeHash(int64(len(l.entries)), l)
	if err != nil {
		return nil, err
	}
	return l.key.SignNote(fmt.Sprintf("%s\n%d\n%s\n", l.key.Name(), len(l.entries), root))
}

func (l *memLog) Find(_ context.Context, kinds []export.Kind, w measure.Interval) (found []uint64, err error) {
	for i, h := range l.heads {
		if slices.Contains(kinds, export.Kind(h.Kind)) && (w == measure.Interval{} || h.Interval().Overlaps(w)) {
			found = append(found, uint64(i))
		}
	}
	return found, nil
}

func (l *memLog) Entry(_ context.Context, index uint64) ([]byte, error) { return l.entries[index], nil }

func (l *memLog) Tile(_ context.Context, level int, n uint64, width int) ([]export.Hash, error) {
	data, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: int64(n), W: width}, l)
	out := make([]export.Hash, width)
	for i := range out {
		out[i] = export.Hash(data[32*i:])
	}
	return out, err
}

// memLeaves serves such a log to [ingest.Reader].
type memLeaves struct{ log *memLog }

func (l memLeaves) Size() uint64 { return uint64(len(l.log.entries)) }

func (l memLeaves) Entry(ctx context.Context, index uint64) ([]byte, error) {
	return l.log.Entry(ctx, index)
}

func (l memLeaves) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for i, h := range l.log.heads {
		if slices.Contains(q.Kinds, h.Kind) && (q.Interval == measure.Interval{} || h.Interval().Overlaps(q.Interval)) && (q.Plant == "" || slices.Contains(h.Plants, q.Plant)) {
			found = append(found, evidence.Entry{Index: uint64(i), Kind: h.Kind, From: h.From, To: h.To})
		}
	}
	return found, nil
}

var decode = devices.Decode
