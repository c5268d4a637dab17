package entry

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// ClockOrder asks to put right what an agent stamped while its clock was wrong:
// the scans of a plant that it stamped in [From, To), of one epoch alone if that
// is not 0.
type ClockOrder struct {
	Plant  string    `json:"plant"`
	Agent  string    `json:"agent"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Epoch  uint64    `json:"epoch,omitempty"`
	By     string    `json:"by"` // to add to each stamp, as in -1h30m
	Reason string    `json:"reason"`
}

// ClockSet answers it.
type ClockSet struct {
	Leaf  uint64 `json:"leaf"`
	Scans uint64 `json:"scans"`
}

// CorrectClock appends a correction of a gateway's clock that a person asks for.
// The readings are computed anew at their right times.
func (s *Service) CorrectClock(ctx context.Context, author string, body []byte) (made ClockSet, err error) {
	var o ClockOrder
	const do = "nothing was entered; see nielu clock --help"
	if err := json.Unmarshal(body, &o); err != nil {
		return made, refused(do, "%v", err)
	}
	by, err := time.ParseDuration(o.By)
	if err != nil {
		return made, refused(do, "by: %v", err)
	}
	if _, err := s.Archive.Plant(o.Plant); err != nil {
		return made, refused(do, "there is no plant %s", o.Plant)
	}
	if o.Agent == "" || o.Reason == "" || !o.From.Before(o.To) {
		return made, refused(do, "agent, reason, and from before to are needed")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shifts, err := s.Archive.Reader.ScanRanges(ctx, o.Plant, o.Agent, o.Epoch, measure.Interval{From: o.From, To: o.To})
	if err != nil {
		return made, err
	}
	if len(shifts) == 0 {
		return made, refused(do, "%s stamped nothing of %s in %s", o.Agent, o.Plant, measure.Interval{From: o.From, To: o.To})
	}
	stood, err := s.Archive.Reader.TimesOf(ctx, o.Plant, o.Agent, shifts)
	if err != nil {
		return made, err
	}
	statements, err := s.Archive.Statements(ctx, o.Plant)
	if err != nil {
		return made, err
	}
	if certified := statements.CertifiedOver(o.Plant, stood); certified != nil {
		return made, refused(do, "some of these readings stand in the time of lot %s, whose statement in leaf %d is certified: withdraw that with a reason first", certified.Lot, certified.Leaf)
	}
	for i := range shifts {
		shifts[i].Offset = int64(by)
	}
	c := evidence.Correction{Agent: o.Agent, Author: author, Reason: o.Reason, Shifts: shifts}
	l, err := evidence.EncodeCorrection(s.Site, s.Key.Name(), []string{o.Plant}, c)
	if err != nil {
		return made, refused("correct a shorter time at once", "%v", err)
	}
	index, err := s.append(ctx, l)
	if err != nil {
		return made, err
	}
	s.Logger.Info("a clock is corrected", "agent", o.Agent, "scans", c.Scans(), "by", by, "author", author, "reason", o.Reason, "leaf", index)
	return ClockSet{Leaf: index, Scans: c.Scans()}, nil
}
