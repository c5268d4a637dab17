// Package archive answers questions to an evidence log: what people entered of
// a plant, which statements stand, which files were in force, and what a
// balance, a carbon request or a report of a period is. Every figure is
// computed from the raw words of the log and from no projection.
//
// A log, the plants of a centre's file and a folder of files go in. [New] makes
// an [Archive] of the log of a running centre, [Open] of one on disk, beside a
// centre that may be running.
//
// Start reading at [Archive] and [Archive.Book].
package archive

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Archive is a log to ask. Leaves whose signers may not sign them do not count.
type Archive struct {
	Log    ingest.Leaves
	Reader *ingest.Reader // readings of the same log
	Plants []*flowsheet.Plant
	Files  Files

	statements statementIndex
}

// New returns the archive of a log.
func New(log ingest.Leaves, plants []*flowsheet.Plant, files Files) *Archive {
	return &Archive{Log: log, Reader: &ingest.Reader{Log: log, Decode: devices.Decode}, Plants: plants, Files: files}
}

// At returns the archive when its log had so many leaves.
func (a *Archive) At(size uint64) *Archive {
	return New(prefix{a.Log, size}, a.Plants, a.Files)
}

// ErrNoPeriod is wrapped where a question names nothing there is.
var ErrNoPeriod = errors.New("no such period")

// Plant returns a plant of the centre's file, or an error that wraps [ErrNoPeriod].
func (a *Archive) Plant(id string) (*flowsheet.Plant, error) {
	for _, p := range a.Plants {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: no plant %s", ErrNoPeriod, id)
}

// HasPlant tells whether the log holds a file of a plant of that name.
func (a *Archive) HasPlant(ctx context.Context, plant string) (bool, error) {
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}, Plant: plant}) {
		if err != nil {
			return false, err
		}
		if slices.Contains(leaf.Plants, plant) {
			return true, nil
		}
	}
	return false, nil
}

// SpeaksOf returns an error that wraps [ErrNoPeriod] if the log holds nothing
// of a plant within an interval: an export of it would be of nothing.
func (a *Archive) SpeaksOf(ctx context.Context, plant string, w measure.Interval) error {
	found, err := a.Log.Find(ctx, evidence.Query{Plant: plant, Interval: w,
		Kinds: []evidence.Kind{evidence.Batch, evidence.Loss, evidence.Lab, evidence.Records, evidence.Statement}})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: the log holds nothing of %s in %s", ErrNoPeriod, plant, w)
	}
	return err
}

// leafAt is a leaf in its place of the log.
type leafAt struct {
	evidence.Leaf
	Index uint64
	Hash  evidence.Hash
}

// leaves yields the leaves that match a query, in the order of the log. It ends
// after the first error.
func (a *Archive) leaves(ctx context.Context, q evidence.Query) iter.Seq2[leafAt, error] {
	return func(yield func(leafAt, error) bool) {
		found, err := a.Log.Find(ctx, q)
		if err != nil {
			yield(leafAt{}, err)
			return
		}
		for _, entry := range found {
			leaf, err := a.leaf(ctx, entry.Index)
			if !yield(leaf, err) || err != nil {
				return
			}
		}
	}
}

func (a *Archive) leaf(ctx context.Context, index uint64) (at leafAt, err error) {
	data, err := a.Log.Entry(ctx, index)
	if err != nil {
		return at, err
	}
	leaf, err := evidence.DecodeLeaf(data)
	if err != nil {
		return at, fmt.Errorf("leaf %d: %w", index, err)
	}
	return leafAt{Leaf: leaf, Index: index, Hash: evidence.LeafHash(data)}, nil
}

// prefix is the first leaves of a log, as it was when it had no more.
type prefix struct {
	ingest.Leaves
	size uint64
}

// Size returns the number of leaves the log had.
func (p prefix) Size() uint64 { return p.size }

// Find returns the leaves that match and were in the log.
func (p prefix) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	found, err := p.Leaves.Find(ctx, q)
	return slices.DeleteFunc(found, func(e evidence.Entry) bool { return e.Index >= p.size }), err
}
