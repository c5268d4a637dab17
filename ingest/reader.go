package ingest

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Leaves is what a Reader reads: an evidence log, or the leaves of a bundle.
type Leaves interface {
	Size() uint64
	Entry(ctx context.Context, index uint64) ([]byte, error)
	// Find returns the leaves that match, in rising order of index.
	Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error)
}

// Decode turns scans into series by a catalogue. It is the Decode of package devices.
type Decode func(catalogue []byte, scans []measure.Scan) ([]measure.Series, error)

// Reader gives the pipeline what the log holds. It is safe for concurrent use.
type Reader struct {
	Log       Leaves
	Decode    Decode
	Cache     int // decoded batches to keep; default 256
	ScanLimit int // scans that one answer may rest on; 0: no limit

	batches     cache[uint64, *Batch]         // by the index of their leaf, as what follows
	losses      cache[uint64, lossLeaf]       // all of them: there are few
	corrections cache[uint64, correction]     // all of them: there are few
	leafNumbers cache[uint64, numbers]        // of batches and corrections
	bounds      cache[string, []readingBound] // of the blocks of catalogues, by digest
	mu          sync.Mutex                    // one search for a catalogue at a time; guards what follows
	catalogues  map[string][]byte             // by digest
	held        int                           // bytes of them
}

// Touch says which stretch of which plants a leaf changes.
type Touch struct {
	Index    uint64
	Kind     evidence.Kind
	Plants   []string
	Interval measure.Interval
	Leaf     evidence.Leaf
}

// Since yields the leaves from the index on, until none is left: call it
// again with the index after the last. It ends after the first error.
func (r *Reader) Since(ctx context.Context, index uint64) iter.Seq2[Touch, error] {
	return func(yield func(Touch, error) bool) {
		for ; index < r.Log.Size(); index++ {
			l, err := r.Leaf(ctx, index)
			if !yield(Touch{Index: index, Kind: l.Kind, Plants: l.Plants, Interval: l.Interval(), Leaf: l}, err) || err != nil {
				return
			}
		}
	}
}

// Leaf reads and decodes one leaf.
func (r *Reader) Leaf(ctx context.Context, index uint64) (evidence.Leaf, error) {
	if err := ctx.Err(); err != nil {
		return evidence.Leaf{}, err
	}
	data, err := r.Log.Entry(ctx, index)
	if err != nil {
		return evidence.Leaf{}, err
	}
	l, err := evidence.DecodeLeaf(data)
	if err != nil {
		return l, fmt.Errorf("leaf %d: %w", index, err)
	}
	return l, nil
}

// Batch returns the decoded batch in leaf index. It is shared: do not change it.
func (r *Reader) Batch(ctx context.Context, index uint64) (*Batch, error) {
	most := r.Cache
	if most <= 0 {
		most = 256
	}
	return r.batches.get(index, most, func() (*Batch, error) {
		l, err := r.Leaf(ctx, index)
		if err != nil {
			return nil, err
		}
		b, err := DecodeBatch(l)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", index, err)
		}
		return &b, nil
	})
}
