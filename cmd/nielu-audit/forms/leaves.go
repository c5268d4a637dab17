package forms

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// leaves serves some entries of a log as if they were all of it.
type leaves struct {
	entries []export.Entry // by index
	heads   []evidence.Leaf
}

func newLeaves(entries []export.Entry) *leaves {
	l := &leaves{entries: entries, heads: make([]evidence.Leaf, len(entries))}
	for i, e := range entries {
		head, err := evidence.DecodeLeaf(e.Bytes)
		if err == nil {
			l.heads[i] = head
			l.heads[i].Body = nil
		}
	}
	return l
}

// Size returns the index after the last entry.
func (l *leaves) Size() uint64 {
	if len(l.entries) == 0 {
		return 0
	}
	return l.entries[len(l.entries)-1].Index + 1
}

// Entry returns the bytes of the entry at the index.
func (l *leaves) Entry(_ context.Context, index uint64) ([]byte, error) {
	i, found := slices.BinarySearchFunc(l.entries, index, func(e export.Entry, index uint64) int {
		return cmp.Compare(e.Index, index)
	})
	if !found {
		return nil, fmt.Errorf("leaf %d is not in the bundle", index)
	}
	return l.entries[i].Bytes, nil
}

// Find returns the entries that match.
func (l *leaves) Find(_ context.Context, q evidence.Query) ([]evidence.Entry, error) {
	var found []evidence.Entry
	for i, h := range l.heads {
		inTime := q.Interval == (measure.Interval{}) || h.From < q.Interval.To.UnixNano() && q.Interval.From.UnixNano() < h.To
		if inTime && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, h.Kind)) && (q.Plant == "" || slices.Contains(h.Plants, q.Plant)) {
			found = append(found, evidence.Entry{Index: l.entries[i].Index, Kind: h.Kind, From: h.From, To: h.To})
		}
	}
	return found, nil
}
