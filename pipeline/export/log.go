package export

import (
	"context"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Log is the evidence log as [Build] reads it.
type Log interface {
	Checkpoint(ctx context.Context) (evidence.Checkpoint, error)
	Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error)
	Entry(ctx context.Context, index uint64) ([]byte, error)
	Tile(ctx context.Context, t evidence.Tile) ([]byte, error)
}

// Leaves are some leaves of a log as if they were all of it.
type Leaves interface {
	Size() uint64
	Entry(ctx context.Context, index uint64) ([]byte, error)
	Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error)
}

// Replay gives the readings that leaves hold, decoded anew from the raw words
// of the batches by the catalogues among them: those of the tags that are
// wanted, nil: of all. It is given by the program, since this room knows no
// instruments, and asked from several goroutines.
type Replay func(leaves Leaves, wanted map[measure.Tag]bool) pipeline.Source

// part is the leaves of a bundle that bear on one question, by index.
type part struct {
	list  []leafRef
	bytes func(ctx context.Context, index uint64) ([]byte, error)
}

// Size returns the index after the last entry.
func (p part) Size() uint64 {
	if len(p.list) == 0 {
		return 0
	}
	return p.list[len(p.list)-1].Index + 1
}

// Entry returns the bytes of the entry at the index.
func (p part) Entry(ctx context.Context, index uint64) ([]byte, error) { return p.bytes(ctx, index) }

// Find returns the entries that match.
func (p part) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for _, l := range p.list {
		if e := (evidence.Entry{Index: l.Index, Kind: l.Kind, From: l.From, To: l.To}); q.Matches(e, l.Plants) {
			found = append(found, e)
		}
	}
	return found, nil
}
