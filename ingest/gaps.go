package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// gaps is what is known to be missing from the readings of a plant.
type gaps struct {
	lost map[string][]timeRange // by agent, where the time is known
	ends map[chainNumber]bool   // the last numbers of losses; the batch that follows tells the time
}

// timeRange is a time in which readings were lost: Unix nanoseconds, both ends in it.
type timeRange struct{ from, to int64 }

// chainNumber is a number in an agent's chain.
type chainNumber struct {
	agent string
	epoch uint64
	seq   uint64
}

// gaps gathers the losses that agents declared of a plant, or of no plant:
// those count for every plant of their agent. There are few. Not every loss
// knows its time; one ends just before the batch that follows it begins, as
// does the time before an agent's start.
func (r *Reader) gaps(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) (gaps, error) {
	g := gaps{lost: map[string][]timeRange{}, ends: map[chainNumber]bool{}}
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Loss, evidence.Clock}})
	if err != nil {
		return g, err
	}
	for _, e := range found {
		if e.Kind == evidence.Clock { // it was set between the scan before and the one after
			at, err := r.numbers(ctx, e.Index)
			if err != nil {
				return g, err
			}
			if at.last != 0 {
				g.ends[chainNumber{agent: at.agent, epoch: at.epoch, seq: at.last}] = true
			}
			continue
		}
		record, err := r.loss(ctx, e.Index)
		if err != nil {
			return g, err
		}
		l, loss := record.leaf, record.loss
		if len(l.Plants) > 0 && !slices.Contains(l.Plants, plant) {
			continue
		}
		if l.Last != 0 {
			g.ends[chainNumber{agent: l.Signer, epoch: l.Epoch, seq: l.Last}] = true
		}
		if loss.From == 0 {
			continue
		}
		at := []timeRange{{loss.From, loss.To}}
		for _, s := range corrected[l.Signer] {
			if s.Holds(l.Epoch, l.Last) {
				at = append(at, timeRange{loss.From + s.Offset, loss.To + s.Offset})
			}
		}
		for _, x := range at {
			if x.from < w.To.UnixNano() && w.From.UnixNano() <= x.to {
				g.lost[l.Signer] = append(g.lost[l.Signer], x)
			}
		}
	}
	return g, nil
}

// gapSamples returns the bad samples that stand for what was lost from a series:
// at both ends of each stretch, and behind each reading within, since the
// blocks of an agent are not read at the same instant.
func gapSamples(lost []timeRange, samples []measure.Sample) (bad []measure.Sample) {
	if len(lost) == 0 {
		return nil
	}
	at := map[int64]bool{}
	for _, gap := range lost {
		at[gap.from], at[gap.to] = true, true
		for _, s := range samples {
			if gap.from <= s.At && s.At <= gap.to {
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
func (r *Reader) loss(ctx context.Context, index uint64) (lossLeaf, error) {
	return r.losses.get(index, 0, func() (lossLeaf, error) {
		l, err := r.Leaf(ctx, index)
		if err != nil {
			return lossLeaf{}, err
		}
		loss, err := evidence.DecodeLoss(l)
		if err != nil {
			return lossLeaf{}, fmt.Errorf("leaf %d: %w", index, err)
		}
		return lossLeaf{leaf: l, loss: loss}, nil
	})
}

// lossLeaf is a loss and the leaf that declares it.
type lossLeaf struct {
	leaf evidence.Leaf
	loss evidence.LossRecord
}
