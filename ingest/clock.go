package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// correction is a correction and, of the centre's, the plants that it names.
type correction struct {
	evidence.Correction
	plants []string
}

// Shifts returns all stretches of an agent's scans that corrections move for a
// plant, in the order of the log.
func (r *Reader) Shifts(ctx context.Context, plant, agent string) ([]evidence.Shift, error) {
	all, err := r.shifts(ctx, plant)
	return all[agent], err
}

// ScanRanges returns the scans of a plant that an agent stamped in an interval, of
// one epoch alone if that is not 0, as stretches without a hole.
func (r *Reader) ScanRanges(ctx context.Context, plant, agent string, epoch uint64, w measure.Interval) ([]evidence.Shift, error) {
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Batch}, Plant: plant, Interval: w})
	if err != nil {
		return nil, err
	}
	var all []evidence.Shift
	for _, e := range found {
		b, err := r.Batch(ctx, e.Index)
		if err != nil {
			return nil, err
		}
		if b.Agent != agent || epoch != 0 && b.Epoch != epoch {
			continue
		}
		for _, scan := range b.Scans {
			if w.Contains(scan.At) {
				all = append(all, evidence.Shift{Epoch: b.Epoch, First: scan.Seq, Last: scan.Seq, From: scan.At, To: scan.At + 1})
			}
		}
	}
	slices.SortFunc(all, func(a, b evidence.Shift) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.First, b.First))
	})
	joined := all[:0]
	for _, s := range all {
		if n := len(joined); n > 0 && joined[n-1].Epoch == s.Epoch && s.First <= joined[n-1].Last+1 {
			x := &joined[n-1]
			x.Last, x.From, x.To = max(x.Last, s.Last), min(x.From, s.From), max(x.To, s.To)
			continue
		}
		joined = append(joined, s)
	}
	return joined, nil
}

// TimesOf returns the time in which stretches of an agent's scans are stamped, and
// in which corrections for a plant have put some of them.
func (r *Reader) TimesOf(ctx context.Context, plant, agent string, stretches []evidence.Shift) (runs []measure.Interval, err error) {
	all, err := r.Shifts(ctx, plant, agent)
	if err != nil {
		return nil, err
	}
	for _, s := range stretches {
		runs = append(runs, measure.Window(s.From, time.Duration(s.To-s.From)))
		for _, o := range all {
			if o.Epoch == s.Epoch && o.First <= s.Last && s.First <= o.Last {
				runs = append(runs, measure.Window(o.From+o.Offset, time.Duration(o.To-o.From)))
			}
		}
	}
	return runs, nil
}

// shifts gathers the corrections of the clocks of a plant's agents, in the
// order of the log; one of the centre's is of the plants that it names. There
// are few.
func (r *Reader) shifts(ctx context.Context, plant string) (map[string][]evidence.Shift, error) {
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Clock}})
	if err != nil {
		return nil, err
	}
	all := map[string][]evidence.Shift{}
	for _, e := range found {
		c, err := r.corrections.get(e.Index, 0, func() (c correction, err error) {
			l, err := r.Leaf(ctx, e.Index)
			if err != nil {
				return c, err
			}
			c.Correction, _ = evidence.DecodeCorrection(l) // one that cannot be read corrects nothing
			if l.Epoch == 0 {
				c.plants = append([]string{}, l.Plants...)
			}
			return c, nil
		})
		if err != nil {
			return nil, err
		}
		if c.plants == nil || slices.Contains(c.plants, plant) {
			all[c.Agent] = append(all[c.Agent], c.Shifts...)
		}
	}
	return all, nil
}
