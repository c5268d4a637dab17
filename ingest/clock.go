package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/measure"
)

// Correction says by how much the clock that stamped some scans was wrong. A
// gateway writes it when its clock is set for the first time, from the clock
// that counts on through every setting; the centre when a person asks for it.
// A gateway's own stands in its chain where the clock was set, also if it moves
// nothing: then it says that nothing is to be drawn from the scan before to the
// one after. Of two corrections of one scan the one in the later leaf counts.
type Correction struct {
	Agent          string // whose scans
	Author, Reason string // of the centre's: who asked for it, and why
	Shifts         []Shift
}

// Shift is one stretch of an agent's scans and what is to be added to their stamps.
type Shift struct {
	Epoch       uint64
	First, Last uint64 // sequence numbers, both ends in it
	From, To    int64  // Unix nanoseconds, as they are stamped: all lie in [From, To)
	Offset      int64  // nanoseconds to add; 0: they are right as they are
}

// holds tells whether a scan is of the stretch.
func (s Shift) holds(epoch, seq uint64) bool {
	return s.Epoch == epoch && s.First <= seq && seq <= s.Last
}

// correction is a correction and, of the centre's, the plants that it names.
type correction struct {
	Correction
	plants []string
}

// Scans returns how many scans it is of.
func (c Correction) Scans() (n uint64) {
	for _, s := range c.Shifts {
		n += s.Last - s.First + 1
	}
	return n
}

// MostShifts is how many stretches one correction may have.
const MostShifts = 1000

// EncodeCorrection returns the correction as an unsigned leaf. It speaks of the
// time in which the scans are stamped and of that in which they belong. Of a
// gateway's own the caller sets the chain.
func EncodeCorrection(site, signer string, plants []string, c Correction) (evidence.Leaf, error) {
	if len(c.Shifts) > MostShifts {
		return evidence.Leaf{}, fmt.Errorf("encode clock correction: %d stretches of scans, at most %d fit", len(c.Shifts), MostShifts)
	}
	body := &wire.ClockBody{Agent: c.Agent, Author: c.Author, Reason: c.Reason}
	l := evidence.Leaf{Kind: evidence.Clock, Site: site, Signer: signer, Plants: plants}
	for i, s := range c.Shifts {
		if s.Last < s.First || s.To <= s.From {
			return evidence.Leaf{}, fmt.Errorf("encode clock correction: scans %d to %d of epoch %d are none", s.First, s.Last, s.Epoch)
		}
		body.Shifts = append(body.Shifts, &wire.ClockShift{Epoch: s.Epoch, First: s.First, Last: s.Last, From: s.From, To: s.To, Offset: s.Offset})
		if i == 0 {
			l.From, l.To = s.From, s.To
		}
		l.From, l.To = min(l.From, s.From, s.From+s.Offset), max(l.To, s.To, s.To+s.Offset)
	}
	var err error
	if l.Body, err = (proto.MarshalOptions{Deterministic: true}).Marshal(body); err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode clock correction: %w", err)
	}
	return l, nil
}

// DecodeCorrection reads a leaf of kind Clock. One in a gateway's chain is of
// that gateway's scans, whatever it says.
func DecodeCorrection(l evidence.Leaf) (Correction, error) {
	if l.Kind != evidence.Clock {
		return Correction{}, fmt.Errorf("decode clock correction: it is a %v", l.Kind)
	}
	var body wire.ClockBody
	if err := proto.Unmarshal(l.Body, &body); err != nil {
		return Correction{}, fmt.Errorf("decode clock correction: %w", err)
	}
	c := Correction{Agent: body.Agent, Author: body.Author, Reason: body.Reason}
	switch {
	case l.Epoch != 0:
		c.Agent = l.Signer
	case c.Agent == "" || c.Author == "" || c.Reason == "":
		return Correction{}, errors.New("decode clock correction: it stands in no gateway's chain and does not say whose scans it is of, who asked for it and why")
	}
	for _, s := range body.Shifts {
		if s.Last < s.First || s.To <= s.From {
			return Correction{}, fmt.Errorf("decode clock correction: scans %d to %d of epoch %d are none", s.First, s.Last, s.Epoch)
		}
		c.Shifts = append(c.Shifts, Shift{Epoch: s.Epoch, First: s.First, Last: s.Last, From: s.From, To: s.To, Offset: s.Offset})
	}
	if len(c.Shifts) > MostShifts || len(c.Shifts) == 0 && l.Epoch == 0 {
		return Correction{}, fmt.Errorf("decode clock correction: %d stretches of scans, want 1 to %d", len(c.Shifts), MostShifts)
	}
	return c, nil
}

// Shifts returns all stretches of an agent's scans that corrections move for a
// plant, in the order of the log.
func (r *Reader) Shifts(ctx context.Context, plant, agent string) ([]Shift, error) {
	all, err := r.shifts(ctx, plant)
	return all[agent], err
}

// Stamped returns the scans of a plant that an agent stamped in an interval, of
// one epoch alone if that is not 0, as stretches without a hole.
func (r *Reader) Stamped(ctx context.Context, plant, agent string, epoch uint64, w measure.Interval) ([]Shift, error) {
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Batch}, Plant: plant, Interval: w})
	if err != nil {
		return nil, err
	}
	var all []Shift
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
				all = append(all, Shift{Epoch: b.Epoch, First: scan.Seq, Last: scan.Seq, From: scan.At, To: scan.At + 1})
			}
		}
	}
	slices.SortFunc(all, func(a, b Shift) int { return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.First, b.First)) })
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

// Stood returns the time in which stretches of an agent's scans are stamped, and
// in which corrections for a plant have put some of them.
func (r *Reader) Stood(ctx context.Context, plant, agent string, stretches []Shift) (runs []measure.Interval, err error) {
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
func (r *Reader) shifts(ctx context.Context, plant string) (map[string][]Shift, error) {
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Clock}})
	if err != nil {
		return nil, err
	}
	all := map[string][]Shift{}
	for _, e := range found {
		r.mu.Lock()
		c, ok := r.corrections[e.Index]
		r.mu.Unlock()
		if !ok {
			l, err := r.Leaf(ctx, e.Index)
			if err != nil {
				return nil, err
			}
			c.Correction, _ = DecodeCorrection(l) // one that cannot be read corrects nothing
			if l.Epoch == 0 {
				c.plants = append([]string{}, l.Plants...)
			}
			r.mu.Lock()
			if r.corrections == nil {
				r.corrections = map[uint64]correction{}
			}
			r.corrections[e.Index] = c
			r.mu.Unlock()
		}
		if c.plants == nil || slices.Contains(c.plants, plant) {
			all[c.Agent] = append(all[c.Agent], c.Shifts...)
		}
	}
	return all, nil
}
