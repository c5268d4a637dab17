package centre

import (
	"context"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
)

// asOf is the log when it had size leaves.
type asOf struct {
	ingest.Leaves
	size uint64
}

// Size returns the number of leaves the log had.
func (l asOf) Size() uint64 { return l.size }

// Find returns the leaves that match and were in the log.
func (l asOf) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	found, err := l.Leaves.Find(ctx, q)
	return slices.DeleteFunc(found, func(e evidence.Entry) bool { return e.Index >= l.size }), err
}

// leaf reads a leaf and its hash.
func (l asOf) leaf(ctx context.Context, index uint64) (leaf evidence.Leaf, hash evidence.Hash, err error) {
	data, err := l.Entry(ctx, index)
	if err != nil {
		return leaf, hash, err
	}
	leaf, err = evidence.DecodeLeaf(data)
	return leaf, evidence.LeafHash(data), err
}
