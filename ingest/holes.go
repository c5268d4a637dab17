package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// holes is what is known to be missing from the readings of a plant.
type holes struct {
	lost map[string][]stretch // by agent, where the time is known
	ends map[link]bool        // the last numbers of losses; the batch that follows tells the time
}

// stretch is a time in which readings were lost: Unix nanoseconds, both ends in it.
type stretch struct{ from, to int64 }

// link is a number in an agent's chain.
type link struct {
	agent string
	epoch uint64
	seq   uint64
}

// holes gathers the losses that agents declared of a plant, or of no plant:
// those count for every plant of their agent. There are few. Not every loss
// knows its time; one ends just before the batch that follows it begins, as
// does the time before an agent's start.
func (r *Reader) holes(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) (holes, error) {
	h := holes{map[string][]stretch{}, map[link]bool{}}
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Loss, evidence.Clock}})
	if err != nil {
		return h, err
	}
	for _, e := range found {
		if e.Kind == evidence.Clock { // it was set between the scan before and the one after
			at, err := r.head(ctx, e.Index)
			if err != nil {
				return h, err
			}
			if at.last != 0 {
				h.ends[link{at.agent, at.epoch, at.last}] = true
			}
			continue
		}
		l, loss, err := r.loss(ctx, e.Index)
		if err != nil {
			return h, err
		}
		if len(l.Plants) > 0 && !slices.Contains(l.Plants, plant) {
			continue
		}
		if l.Last != 0 {
			h.ends[link{l.Signer, l.Epoch, l.Last}] = true
		}
		if loss.From == 0 {
			continue
		}
		at := []stretch{{loss.From, loss.To}}
		for _, s := range corrected[l.Signer] {
			if s.Holds(l.Epoch, l.Last) {
				at = append(at, stretch{loss.From + s.Offset, loss.To + s.Offset})
			}
		}
		for _, x := range at {
			if x.from < w.To.UnixNano() && w.From.UnixNano() <= x.to {
				h.lost[l.Signer] = append(h.lost[l.Signer], x)
			}
		}
	}
	return h, nil
}

// marks returns the bad samples that stand for what was lost from a series:
// at both ends of each stretch, and behind each reading within, since the
// blocks of an agent are not read at the same instant.
func marks(lost []stretch, samples []measure.Sample) (bad []measure.Sample) {
	if len(lost) == 0 {
		return nil
	}
	at := map[int64]bool{}
	for _, hole := range lost {
		at[hole.from], at[hole.to] = true, true
		for _, s := range samples {
			if hole.from <= s.At && s.At <= hole.to {
				at[s.At+1] = true
			}
		}
	}
	for _, t := range slices.Sorted(maps.Keys(at)) {
		bad = append(bad, measure.Sample{At: t, Quality: measure.BadBecause(measure.Unknown)})
	}
	return bad
}

// loss reads a leaf of kind Loss, once.
func (r *Reader) loss(ctx context.Context, index uint64) (evidence.Leaf, evidence.LossRecord, error) {
	r.mu.Lock()
	k, ok := r.losses[index]
	r.mu.Unlock()
	if ok {
		return k.leaf, k.loss, nil
	}
	l, err := r.Leaf(ctx, index)
	if err != nil {
		return l, evidence.LossRecord{}, err
	}
	loss, err := evidence.DecodeLoss(l)
	if err != nil {
		return l, loss, fmt.Errorf("leaf %d: %w", index, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.losses == nil {
		r.losses = map[uint64]declared{}
	}
	r.losses[index] = declared{l, loss}
	return l, loss, nil
}

// declared is a loss and the leaf that declares it.
type declared struct {
	leaf evidence.Leaf
	loss evidence.LossRecord
}
