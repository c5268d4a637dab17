package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/statement"
)

// TimesSeen is when the evidence of a statement and the statement itself came
// into the log, by the centre's clock, and what gateways knew of their clocks.
// Rolls and records are dated when they are appended, and what stands between
// two rolls came between their times. A zero time is not known.
type TimesSeen struct {
	Begun   time.Time    `json:"begun,omitzero"`   // the first of the readings came after it
	Ended   time.Time    `json:"ended,omitzero"`   // the last of them came before it
	Written time.Time    `json:"written,omitzero"` // the first of what people wrote of the plant
	Last    time.Time    `json:"last,omitzero"`    // the last of it
	Sealed  time.Time    `json:"sealed,omitzero"`  // the statement came before it
	Clocks  []ClockShare `json:"clocks"`           // of the scans of the batches that it rests on
}

// ClockShare is how many scans were stamped by clocks in one state.
type ClockShare struct {
	State string `json:"state"`
	Scans uint64 `json:"scans"`
}

// rollsApart is how far apart the rolls are that a bundle carries to date what
// stands between them.
const rollsApart = 6 * time.Hour

// dates takes the rolls that date the leaves of a bundle: some on the way, and
// the first behind each statement and behind the last batch.
func (s *selection) dates(ctx context.Context) error {
	rolls, err := s.log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Roll}})
	if err != nil {
		return err
	}
	var dated []uint64 // behind which a roll is wanted
	first, last := s.size, uint64(0)
	for index, l := range s.leaves {
		switch l.Kind { //nolint:exhaustive // the others are not dated by rolls
		case evidence.Statement:
			dated = append(dated, index)
		case evidence.Batch:
			first, last = min(first, index), max(last, index)
		}
	}
	dated = append(dated, last)
	slices.Sort(dated)
	var kept, before leafRef
	for _, roll := range rolls {
		index := roll.Index
		if index >= s.size {
			break
		}
		l, err := s.open(ctx, index)
		if err != nil {
			return err
		}
		behind := len(dated) > 0 && dated[0] < index
		for len(dated) > 0 && dated[0] < index {
			dated = dated[1:]
		}
		if index < first {
			before = l
		} else if behind || time.Duration(l.From-kept.From) >= rollsApart {
			s.leaves[index], kept = l, l
		}
		if index > last && len(dated) == 0 {
			break
		}
	}
	if before.head != nil {
		s.leaves[before.Index] = before
	}
	return ctx.Err()
}

// around returns the dates of the last roll before an index and of the first
// one behind it.
func (s *leaves) around(index uint64) (before, behind time.Time) {
	for _, l := range s.list {
		switch {
		case l.Kind != evidence.Roll:
		case l.Index < index:
			before = at(l.From)
		case l.Index > index:
			return before, at(l.From)
		}
	}
	return before, behind
}

// times tells when a statement and what it rests on came into the log. A
// statement that was in the log before its lot had ended is a fault.
func (a *audit) times(ctx context.Context, l leafRef, said statement.Statement) (t TimesSeen, notes []string, faults []Fault, err error) {
	bearing, err := a.plantFilesOf(ctx, said, l.Index)
	if err != nil {
		return t, nil, nil, ctx.Err() // said where it is made again
	}
	_, used := a.evidenceOf(statement.WidestPlant(bearing), said, l.Index)
	scans := map[string]uint64{}
	whole := uint64(0)
	note := func(format string, args ...any) {
		notes = append(notes, leafName(l.Index)+": "+fmt.Sprintf(format, args...))
	}
	for _, b := range used {
		if b.Kind != evidence.Batch && (b.Kind != evidence.Clock || b.Epoch != 0) {
			continue
		}
		leaf, err := a.leaves.leaf(ctx, b)
		if err != nil {
			return t, nil, nil, err
		}
		if b.Kind == evidence.Clock {
			if said := a.movesOf(leaf, said.Interval); said != "" {
				note("clocks: in %s a person moved %s: ask what showed that the clock was wrong", leafName(b.Index), said)
			}
			continue
		}
		state, err := evidence.ClockOf(leaf)
		if err != nil {
			continue // said where it is decoded
		}
		scans[state.String()] += b.Last - b.First + 1
		whole += b.Last - b.First + 1
	}
	for _, state := range slices.Sorted(maps.Keys(scans)) {
		t.Clocks = append(t.Clocks, ClockShare{State: state, Scans: scans[state]})
	}
	t.Begun, _ = a.leaves.around(said.Evidence.First)
	_, t.Ended = a.leaves.around(said.Evidence.Last)
	_, t.Sealed = a.leaves.around(l.Index)
	for _, w := range a.leaves.list {
		if w.isEntry() && w.Index >= said.Entered.First && w.Index <= said.Entered.Last && slices.Contains(w.Plants, said.Plant) {
			if t.Written.IsZero() {
				t.Written = at(w.From)
			}
			t.Last = at(w.From)
		}
	}
	if n := whole - scans[evidence.ClockSynced.String()]; n > 0 {
		note("clocks: of the scans that it rests on %s", t.clocks())
	}
	if brief(t.Begun, t.Ended, said.Interval) {
		note("all readings of its %s came into the log within %s: ask how they were kept until then", said.Interval.Length(), t.Ended.Sub(t.Begun).Round(time.Second))
	}
	if !t.Sealed.IsZero() && t.Sealed.Before(said.Interval.To) {
		faults = append(faults, Fault{Check: "statement", Where: leafName(l.Index), What: fmt.Sprintf("was in the log by %s, and its lot ended at %s", stamp(t.Sealed), stamp(said.Interval.To)),
			Do: "do not rely on this statement: it was sealed before its lot was over"})
	}
	return t, notes, faults, nil
}

// movesOf says what a clock correction moves into or out of a lot, or within
// it; "" if nothing.
func (a *audit) movesOf(leaf evidence.Leaf, lot measure.Interval) string {
	c, err := evidence.DecodeCorrection(leaf)
	if err != nil {
		return ""
	}
	scans, by := map[time.Duration]uint64{}, []string{}
	for _, x := range c.Shifts {
		if x.Offset != 0 && (lot.Overlaps(stamped(x, 0)) || lot.Overlaps(stamped(x, x.Offset))) {
			scans[time.Duration(x.Offset)] += x.Last - x.First + 1
		}
	}
	for _, offset := range slices.Sorted(maps.Keys(scans)) {
		by = append(by, fmt.Sprintf("%d scans of %s by %s", scans[offset], c.Agent, offset))
	}
	return strings.Join(by, ", ")
}

// brief tells whether evidence of a whole lot came in less than a tenth of the
// time that it speaks of.
func brief(begun, ended time.Time, lot measure.Interval) bool {
	return !begun.IsZero() && !ended.IsZero() && ended.Sub(begun) < lot.Length()/10
}

// clocks says the shares in words.
func (t TimesSeen) clocks() string {
	whole := uint64(0)
	for _, c := range t.Clocks {
		whole += c.Scans
	}
	var all []string
	for _, c := range t.Clocks {
		all = append(all, fmt.Sprintf("%.2f %% %s", float64(100*float64(c.Scans)/float64(whole)), c.State))
	}
	return strings.Join(all, ", ")
}

// write prints the times for people.
func (t TimesSeen) write(p *printer) {
	say := func(what string, a, b time.Time) {
		switch {
		case !a.IsZero() && !b.IsZero():
			p.printf("  %s between %s and %s\n", what, stamp(a), stamp(b))
		case !a.IsZero():
			p.printf("  %s after %s\n", what, stamp(a))
		case !b.IsZero():
			p.printf("  %s before %s\n", what, stamp(b))
		}
	}
	say("readings came into the log", t.Begun, t.Ended)
	say("records were entered", t.Written, t.Last)
	say("it was sealed", time.Time{}, t.Sealed)
	if len(t.Clocks) > 0 {
		p.printf("  clocks of the gateways: %s\n", t.clocks())
	}
}
