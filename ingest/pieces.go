package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// piece is a batch as it is read: its scans at the times that corrections of
// their clock give them.
type piece struct {
	batch    *Batch
	scans    []measure.Scan
	from, to int64  // where its readings lie, [from, to)
	begins   int64  // the first of them
	unset    []bool // scans that a clock stamped which was never set, and is not corrected; nil: none
}

// pieces returns the batches of a plant that bear on the interval, by agent, in
// the order of its sequence: those that touch it, and those beside it that
// contradict the order of one that does.
func (r *Reader) pieces(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) (map[string][]piece, error) {
	around := measure.Interval{From: w.From.Add(-measure.Near), To: w.To.Add(measure.Near)}
	found, err := r.found(ctx, plant, around, corrected)
	if err != nil {
		return nil, err
	}
	from, to := w.From.UnixNano(), w.To.UnixNano()
	agents, beside := map[string][]piece{}, map[string][]uint64{}
	scans := 0
	add := func(index uint64) error {
		p, err := r.piece(ctx, index, corrected)
		if err != nil {
			return err
		}
		if scans += len(p.scans); r.Most > 0 && scans > r.Most {
			return fmt.Errorf("more than %d scans: ask for a shorter time", r.Most)
		}
		agents[p.batch.Agent] = append(agents[p.batch.Agent], p)
		return nil
	}
	for _, f := range found {
		if f.from < to && from < f.to {
			if err := add(f.index); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range found {
		if f.from < to && from < f.to {
			continue
		}
		h, err := r.head(ctx, f.index)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(agents[h.agent], func(p piece) bool {
			order := cmp.Or(cmp.Compare(h.epoch, p.batch.Epoch), cmp.Compare(h.first, p.batch.Scans[0].Seq))
			return order < 0 && f.to > p.from || order > 0 && f.from < p.to
		}) {
			beside[h.agent] = append(beside[h.agent], f.index)
		}
	}
	for _, indexes := range beside {
		for _, index := range indexes {
			if err := add(index); err != nil {
				return nil, err
			}
		}
	}
	for _, of := range agents {
		slices.SortFunc(of, func(a, b piece) int {
			return cmp.Or(cmp.Compare(a.batch.Epoch, b.batch.Epoch), cmp.Compare(a.batch.Scans[0].Seq, b.batch.Scans[0].Seq))
		})
	}
	return agents, nil
}

// place is where a batch's readings lie, [from, to).
type place struct {
	index    uint64
	from, to int64
}

// Bearing returns the batches of a plant whose readings lie in the interval, as
// they are stamped or as a correction moves them, in the order of the log.
func (r *Reader) Bearing(ctx context.Context, plant string, w measure.Interval) ([]uint64, error) {
	corrected, err := r.shifts(ctx, plant)
	if err != nil {
		return nil, err
	}
	found, err := r.found(ctx, plant, w, corrected)
	indexes := make([]uint64, len(found))
	for i, p := range found {
		indexes[i] = p.index
	}
	return indexes, err
}

// found returns the batches of a plant that touch the interval, by their own
// word or by a correction's, and where they do.
func (r *Reader) found(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) ([]place, error) {
	all := map[uint64]place{}
	add := func(index uint64, from, to int64) {
		if from >= w.To.UnixNano() || to <= w.From.UnixNano() {
			return
		}
		if p, ok := all[index]; ok {
			from, to = min(p.from, from), max(p.to, to)
		}
		all[index] = place{index, from, to}
	}
	find := func(w measure.Interval) ([]evidence.Entry, error) {
		return r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Batch}, Plant: plant, Interval: w})
	}
	found, err := find(w)
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		add(e.Index, e.From, e.To)
	}
	for agent, shifts := range corrected {
		for _, s := range shifts {
			if s.From+s.Offset >= w.To.UnixNano() || s.To+s.Offset <= w.From.UnixNano() {
				continue
			}
			if found, err = find(measure.Window(s.From, time.Duration(s.To-s.From))); err != nil {
				return nil, err
			}
			for _, e := range found {
				h, err := r.head(ctx, e.Index)
				if err != nil {
					return nil, err
				}
				if h.agent == agent && h.epoch == s.Epoch && h.first <= s.Last && s.First <= h.last {
					add(e.Index, e.From+s.Offset, e.To+s.Offset)
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b place) int { return cmp.Compare(a.index, b.index) }), nil
}

// piece reads a batch and puts its scans where they belong.
func (r *Reader) piece(ctx context.Context, index uint64, corrected map[string][]evidence.Shift) (piece, error) {
	b, err := r.Batch(ctx, index)
	if err != nil {
		return piece{}, err
	}
	p := piece{batch: b, scans: b.Scans, from: b.From, to: b.To, begins: b.From}
	if b.Clock == evidence.ClockUnset {
		p.unset = slices.Repeat([]bool{true}, len(b.Scans))
	}
	first, last := b.Scans[0].Seq, b.Scans[len(b.Scans)-1].Seq
	for _, s := range corrected[b.Agent] {
		if s.Epoch != b.Epoch || last < s.First || first > s.Last {
			continue
		}
		if &p.scans[0] == &b.Scans[0] {
			p.scans = slices.Clone(b.Scans) // the batch is shared
		}
		for i := range p.scans {
			if s.Holds(b.Epoch, p.scans[i].Seq) {
				p.scans[i].At = b.Scans[i].At + s.Offset
				if p.unset != nil {
					p.unset[i] = false
				}
			}
		}
		p.from, p.to = min(p.from, b.From+s.Offset), max(p.to, b.To+s.Offset)
		p.begins, _ = Span(p.scans)
	}
	return p, nil
}

// head is a batch's place in its agent's chain.
type head struct {
	agent              string
	epoch, first, last uint64
}

// keptHeads is how many heads a Reader keeps.
const keptHeads = 1 << 16

// head reads the head of a batch.
func (r *Reader) head(ctx context.Context, index uint64) (head, error) {
	r.mu.Lock()
	h, ok := r.heads[index]
	r.mu.Unlock()
	if ok {
		return h, nil
	}
	l, err := r.Leaf(ctx, index)
	if err != nil {
		return h, err
	}
	h = head{l.Signer, l.Epoch, l.First, l.Last}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.heads == nil || len(r.heads) >= keptHeads {
		r.heads = map[uint64]head{}
	}
	r.heads[index] = h
	return h, nil
}
