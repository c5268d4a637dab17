package evidence

import (
	"errors"
	"fmt"

	"github.com/nielu/nielu/evidence/wire"
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

// Holds tells whether a scan is of the stretch.
func (s Shift) Holds(epoch, seq uint64) bool {
	return s.Epoch == epoch && s.First <= seq && seq <= s.Last
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
func EncodeCorrection(site, signer string, plants []string, c Correction) (Leaf, error) {
	if len(c.Shifts) > MostShifts {
		return Leaf{}, fmt.Errorf("encode clock correction: %d stretches of scans, at most %d fit", len(c.Shifts), MostShifts)
	}
	body := &wire.ClockBody{Agent: c.Agent, Author: c.Author, Reason: c.Reason}
	l := Leaf{Kind: Clock, Site: site, Signer: signer, Plants: plants}
	for i, s := range c.Shifts {
		if s.Last < s.First || s.To <= s.From {
			return Leaf{}, fmt.Errorf("encode clock correction: scans %d to %d of epoch %d are none", s.First, s.Last, s.Epoch)
		}
		body.Shifts = append(body.Shifts, wire.ClockShift{Epoch: s.Epoch, First: s.First, Last: s.Last, From: s.From, To: s.To, Offset: s.Offset})
		if i == 0 {
			l.From, l.To = s.From, s.To
		}
		l.From, l.To = min(l.From, s.From, s.From+s.Offset), max(l.To, s.To, s.To+s.Offset)
	}
	var err error
	if l.Body, err = wire.Marshal(body); err != nil {
		return Leaf{}, fmt.Errorf("encode clock correction: %w", err)
	}
	return l, nil
}

// DecodeCorrection reads a leaf of kind Clock. One in a gateway's chain is of
// that gateway's scans, whatever it says.
func DecodeCorrection(l Leaf) (Correction, error) {
	if l.Kind != Clock {
		return Correction{}, fmt.Errorf("decode clock correction: it is a %v", l.Kind)
	}
	var body wire.ClockBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
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
