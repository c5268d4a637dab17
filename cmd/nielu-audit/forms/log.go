package forms

import (
	"context"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// Log serves an evidence log to [export.Build].
type Log struct{ *evidence.Reader }

// Checkpoint returns the newest checkpoint's note.
func (l Log) Checkpoint(ctx context.Context) ([]byte, error) {
	c, err := l.Reader.Checkpoint(ctx)
	return c.Note, err
}

// Find returns the indexes of the entries of these kinds in the interval.
func (l Log) Find(ctx context.Context, kinds []export.Kind, w measure.Interval) ([]uint64, error) {
	q := evidence.Query{Interval: w}
	for _, k := range kinds {
		q.Kinds = append(q.Kinds, evidence.Kind(k))
	}
	found, err := l.Reader.Find(ctx, q)
	indexes := make([]uint64, len(found))
	for i, e := range found {
		indexes[i] = e.Index
	}
	return indexes, err
}

// Tile returns the hashes of a tile of the tree.
func (l Log) Tile(ctx context.Context, level int, n uint64, width int) ([]export.Hash, error) {
	hashes, err := l.Reader.Tile(ctx, level, n, width)
	out := make([]export.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = export.Hash(h)
	}
	return out, err
}
