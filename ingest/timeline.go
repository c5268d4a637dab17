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

// timeline is a batch as it is read: its scans at the times that corrections of
// their clock give them.
type timeline struct {
	batch    *Batch
	scans    []measure.Scan
	from, to int64  // where its readings lie, [from, to)
	begins   int64  // the first of them
	unset    []bool // scans that a clock stamped which was never set, and is not corrected; nil: none
}

// timelines returns the batches of a plant that bear on the interval, by agent, in
// the order of its sequence: those that touch it, and those beside it that
// contradict the order of one that does.
func (r *Reader) timelines(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) (map[string][]timeline, error) {
	around := measure.Interval{From: w.From.Add(-measure.Near), To: w.To.Add(measure.Near)}
	found, err := r.extents(ctx, plant, around, corrected)
	if err != nil {
		return nil, err
	}
	from, to := w.From.UnixNano(), w.To.UnixNano()
	agents, beside := map[string][]timeline{}, map[string][]uint64{}
	scans := 0
	add := func(index uint64) error {
		p, err := r.timeline(ctx, index, corrected)
		if err != nil {
			return err
		}
		if scans += len(p.scans); r.ScanLimit > 0 && scans > r.ScanLimit {
			return fmt.Errorf("more than %d scans: ask for a shorter time", r.ScanLimit)
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
		n, err := r.numbers(ctx, f.index)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(agents[n.agent], func(p timeline) bool {
			order := cmp.Or(cmp.Compare(n.epoch, p.batch.Epoch), cmp.Compare(n.first, p.batch.Scans[0].Seq))
			return order < 0 && f.to > p.from || order > 0 && f.from < p.to
		}) {
			beside[n.agent] = append(beside[n.agent], f.index)
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
		slices.SortFunc(of, func(a, b timeline) int {
			return cmp.Or(cmp.Compare(a.batch.Epoch, b.batch.Epoch), cmp.Compare(a.batch.Scans[0].Seq, b.batch.Scans[0].Seq))
		})
	}
	return agents, nil
}

// extent is where a batch's readings lie, [from, to).
type extent struct {
	index    uint64
	from, to int64
}

// BatchesIn returns the batches of a plant whose readings lie in the interval, as
// they are stamped or as a correction moves them, in the order of the log.
func (r *Reader) BatchesIn(ctx context.Context, plant string, w measure.Interval) ([]uint64, error) {
	corrected, err := r.shifts(ctx, plant)
	if err != nil {
		return nil, err
	}
	found, err := r.extents(ctx, plant, w, corrected)
	indexes := make([]uint64, len(found))
	for i, p := range found {
		indexes[i] = p.index
	}
	return indexes, err
}

// extents returns the batches of a plant that touch the interval, by their own
// word or by a correction's, and where they do.
func (r *Reader) extents(ctx context.Context, plant string, w measure.Interval, corrected map[string][]evidence.Shift) ([]extent, error) {
	all := map[uint64]extent{}
	add := func(index uint64, from, to int64) {
		if from >= w.To.UnixNano() || to <= w.From.UnixNano() {
			return
		}
		if p, ok := all[index]; ok {
			from, to = min(p.from, from), max(p.to, to)
		}
		all[index] = extent{index: index, from: from, to: to}
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
				n, err := r.numbers(ctx, e.Index)
				if err != nil {
					return nil, err
				}
				if n.agent == agent && n.epoch == s.Epoch && n.first <= s.Last && s.First <= n.last {
					add(e.Index, e.From+s.Offset, e.To+s.Offset)
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b extent) int { return cmp.Compare(a.index, b.index) }), nil
}

// timeline reads a batch and puts its scans where they belong.
func (r *Reader) timeline(ctx context.Context, index uint64, corrected map[string][]evidence.Shift) (timeline, error) {
	b, err := r.Batch(ctx, index)
	if err != nil {
		return timeline{}, err
	}
	p := timeline{batch: b, scans: b.Scans, from: b.From, to: b.To, begins: b.From}
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

// numbers are a leaf's numbers in its agent's chain.
type numbers struct {
	agent              string
	epoch, first, last uint64
}

// maxNumbers is of how many leaves a Reader keeps the numbers.
const maxNumbers = 1 << 16

// numbers reads the numbers of a leaf.
func (r *Reader) numbers(ctx context.Context, index uint64) (numbers, error) {
	return r.leafNumbers.get(index, maxNumbers, func() (numbers, error) {
		l, err := r.Leaf(ctx, index)
		return numbers{agent: l.Signer, epoch: l.Epoch, first: l.First, last: l.Last}, err
	})
}
