package export

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Query says what a bundle answers.
type Query struct {
	Plant    string
	Interval measure.Interval
}

// selection gathers the leaves that a bundle needs.
type selection struct {
	log    Log
	decode Replay
	size   uint64
	file   func(digest string) ([]byte, error)
	heads  heads
	leaves map[uint64]leafRef
	needs  map[uint64]string // of batches: the catalogue that decodes them
	moves  moves
}

func newSelection(m Maker, size uint64) *selection {
	return &selection{log: m.Log, decode: m.Replay, size: size, file: m.File, heads: heads{}, leaves: map[uint64]leafRef{}, needs: map[uint64]string{}, moves: moves{}}
}

// beside returns a selection of other leaves of the same log.
func (s *selection) beside() *selection {
	return &selection{log: s.log, decode: s.decode, size: s.size, file: s.file, heads: s.heads, leaves: map[uint64]leafRef{}, needs: s.needs, moves: s.moves}
}

// open returns the leaf at the index, read once.
func (s *selection) open(ctx context.Context, index uint64) (leafRef, error) {
	if l, found := s.leaves[index]; found {
		return l, nil
	}
	entry, err := s.log.Entry(ctx, index)
	if err != nil {
		return leafRef{}, err
	}
	l, leaf, err := s.heads.open(index, entry)
	if err == nil && leaf.Kind == evidence.Batch {
		var name string
		name, err = evidence.CatalogueOf(leaf)
		s.needs[index] = s.heads.of(head{Kind: evidence.Catalogue, Name: name}).Name
	}
	if err != nil {
		return leafRef{}, fmt.Errorf("leaf %d: %w", index, err)
	}
	s.moves.apply(&l)
	return l, nil
}

// take adds the leaves of these kinds in the interval that wanted accepts.
func (s *selection) take(ctx context.Context, kinds []evidence.Kind, w measure.Interval, wanted func(leafRef) bool) error {
	found, err := s.log.Find(ctx, evidence.Query{Kinds: kinds, Interval: w})
	if err != nil {
		return err
	}
	for _, e := range found {
		if e.Index >= s.size {
			continue // younger than the checkpoint
		}
		l, err := s.open(ctx, e.Index)
		if err != nil {
			return err
		}
		if wanted(l) {
			s.leaves[e.Index] = l
		}
	}
	return ctx.Err()
}

var anytime measure.Interval

// gather takes what the query needs: the chains of decisions of the plant and
// of all plants, whole; of the agents that speak for the plant every link of
// their chains that touches the interval, its whole balance windows and the
// lookback on both sides, and the first link after, so that the end is shown
// to be complete; the catalogues they rest on; and the last roll of decisions
// with every leaf behind it.
func (s *selection) gather(ctx context.Context, q Query, plant *flowsheet.Plant) error {
	ofPlant := func(l leafRef) bool { return slices.Contains(l.Plants, q.Plant) }
	w := bearingOn(plant, q.Interval)
	moved, err := s.takeShifted(ctx, w, q.Plant)
	if err != nil {
		return err
	}
	if err := s.take(ctx, []evidence.Kind{evidence.Batch, evidence.Loss}, w, ofPlant); err != nil {
		return err
	}
	agents := map[string]bool{}
	for _, l := range s.leaves {
		agents[l.Signer] = true
	}
	if err := s.chains(ctx, agents, w, moved); err != nil {
		return err
	}
	needs := map[string]bool{}
	for _, l := range s.leaves {
		if l.Kind == evidence.Batch {
			needs[s.needs[l.Index]] = true
		}
	}
	return cmp.Or(
		s.take(ctx, []evidence.Kind{evidence.Catalogue}, anytime, func(l leafRef) bool { return needs[l.Name] }),
		s.take(ctx, []evidence.Kind{evidence.Clock, evidence.Loss}, anytime, func(l leafRef) bool { return agents[l.Signer] || ofPlant(l) }),
		s.take(ctx, evidence.DecisionKinds(), anytime, func(l leafRef) bool { return l.decides() && (len(l.Plants) == 0 || ofPlant(l)) }),
		s.dates(ctx),
		s.tail(ctx),
	)
}

// longestTail is how many leaves a bundle may need behind the last roll.
const longestTail = 1 << 16

// tail takes the last roll of decisions and every leaf behind it.
func (s *selection) tail(ctx context.Context) error {
	rolls, err := s.log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Roll}})
	if err != nil {
		return err
	}
	from := uint64(0)
	for _, roll := range rolls {
		if roll.Index < s.size {
			from = max(from, roll.Index)
		}
	}
	if s.size-from > longestTail {
		return fmt.Errorf("the last roll of decisions is %d leaves old, at most %d may come behind it: start the centre, which writes a new one, and export again", s.size-from, longestTail)
	}
	for index := from; index < s.size; index++ {
		l, err := s.open(ctx, index)
		if err != nil {
			return err
		}
		s.leaves[index] = l
	}
	return ctx.Err()
}

// chains takes every link of the agents' chains between the first and the
// last that touch the interval, and the first one after. A gateway's clock may
// have jumped, so what lies between is told by the numbers, not by the time;
// one search around the interval nearly always finds all of it, and a wider
// one is made when it does not. Leaves that know no time are few and always
// looked through.
func (s *selection) chains(ctx context.Context, agents map[string]bool, w measure.Interval, moved bool) error {
	margins := []time.Duration{time.Hour, 48 * time.Hour, math.MaxInt64}
	if moved { // what lies between may be stamped at any time
		margins = margins[2:]
	}
	for _, margin := range margins {
		wide := anytime
		if margin < math.MaxInt64 {
			wide = measure.Interval{From: w.From.Add(-margin), To: w.To.Add(margin)}
		}
		near := s.beside()
		linked := func(l leafRef) bool { return agents[l.Signer] && l.Epoch != 0 }
		if err := cmp.Or(
			near.take(ctx, []evidence.Kind{evidence.Batch}, wide, linked),
			near.take(ctx, []evidence.Kind{evidence.Catalogue, evidence.Loss, evidence.Clock}, anytime, linked),
		); err != nil {
			return err
		}
		whole := true
		for agent := range agents {
			part, complete := between(near.of(agent), w)
			for _, l := range part {
				s.leaves[l.Index] = l
			}
			whole = whole && complete
		}
		if whole {
			return nil
		}
	}
	return nil
}

// of returns the leaves of an agent.
func (s *selection) of(agent string) (of []leafRef) {
	for _, l := range s.leaves {
		if l.Signer == agent {
			of = append(of, l)
		}
	}
	return of
}

// between returns an agent's links from the first batch to the last that
// touches w, with the numbered one after and those without numbers in the
// same epochs, and whether no number is skipped and the end of w is passed.
func between(links []leafRef, w measure.Interval) (part []leafRef, complete bool) {
	var numbered, others []leafRef
	for _, l := range links {
		switch {
		case l.Epoch == 0:
		case l.Last == 0:
			others = append(others, l)
		default:
			numbered = append(numbered, l)
		}
	}
	slices.SortFunc(numbered, byLink)
	first, last := -1, -1
	for i, l := range numbered {
		if l.touches(w) {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return nil, false
	}
	complete = last+1 < len(numbered)
	part = slices.Clone(numbered[first:min(last+2, len(numbered))])
	for i := 1; i < len(part); i++ {
		a, b := part[i-1], part[i]
		complete = complete && (a.Epoch == b.Epoch && b.First == a.Last+1 || a.Epoch < b.Epoch && b.First == 1)
	}
	from, to := part[0].Epoch, part[len(part)-1].Epoch
	for _, l := range others {
		if from <= l.Epoch && l.Epoch <= to {
			part = append(part, l)
		}
	}
	return part, complete
}

// plantFile returns the leaf of the plant's newest plant file, and what it says.
func (s *selection) plantFile(ctx context.Context, id string) (index uint64, plant *flowsheet.Plant, err error) {
	found := s.beside()
	if err := found.take(ctx, []evidence.Kind{evidence.Config}, anytime, func(l leafRef) bool { return slices.Contains(l.Plants, id) }); err != nil {
		return 0, nil, err
	}
	all := found.found()
	for _, l := range all.list {
		if p, err := all.plant(ctx, l.Index, id); err == nil {
			index, plant = l.Index, p
		}
	}
	if plant == nil {
		return 0, nil, fmt.Errorf("the log holds no plant file of %s: start the centre with it, or correct --plant", id)
	}
	return index, plant, nil
}

// found returns what was gathered, by index.
func (s *selection) found() *leaves {
	list := slices.SortedFunc(maps.Values(s.leaves), func(a, b leafRef) int { return cmp.Compare(a.Index, b.Index) })
	return &leaves{decode: s.decode, list: list, bytes: s.log.Entry, file: s.file}
}
