package centre

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
func (w desk) CorrectClock(ctx context.Context, author string, body []byte) (any, error) {
	var o ClockOrder
	const do = "nothing was entered; see nielu clock --help"
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, refused(do, "%v", err)
	}
	by, err := time.ParseDuration(o.By)
	switch {
	case err != nil:
		return nil, refused(do, "by: %v", err)
	case w.plant(o.Plant) == nil:
		return nil, refused(do, "there is no plant %s", o.Plant)
	case o.Agent == "" || o.Reason == "" || !o.From.Before(o.To):
		return nil, refused(do, "agent, reason, and from before to are needed")
	}
	w.entering.Lock()
	defer w.entering.Unlock()
	shifts, err := w.Reader.Stamped(ctx, o.Plant, o.Agent, o.Epoch, measure.Interval{From: o.From, To: o.To})
	if err != nil {
		return nil, err
	}
	if len(shifts) == 0 {
		return nil, refused(do, "%s stamped nothing of %s in %s", o.Agent, o.Plant, measure.Interval{From: o.From, To: o.To})
	}
	stood, err := w.Reader.Stood(ctx, o.Plant, o.Agent, shifts)
	if err != nil {
		return nil, err
	}
	register, err := w.acts.register(ctx, w.Reader, o.Plant)
	if err != nil {
		return nil, err
	}
	if s := register.Moved(o.Plant, stood); s != nil {
		return nil, refused(do, "some of these readings stand in the time of lot %s, whose statement in leaf %d is certified: withdraw that with a reason first", s.Lot, s.Leaf)
	}
	for i := range shifts {
		shifts[i].Offset = int64(by)
	}
	c := evidence.Correction{Agent: o.Agent, Author: author, Reason: o.Reason, Shifts: shifts}
	l, err := evidence.EncodeCorrection(w.Config.Site, w.StatementKey.Name(), []string{o.Plant}, c)
	if err != nil {
		return nil, refused("correct a shorter time at once", "%v", err)
	}
	index, err := w.append(ctx, l)
	if err != nil {
		return nil, err
	}
	w.Logger.Info("a clock is corrected", "agent", o.Agent, "scans", c.Scans(), "by", by, "author", author, "reason", o.Reason, "leaf", index)
	return ClockSet{index, c.Scans()}, nil
}

// corrected returns the time in which scans stood and in which they stand now
// that a correction is in the log.
func (f feed) corrected(ctx context.Context, l evidence.Leaf) (runs []measure.Interval, err error) {
	c, err := evidence.DecodeCorrection(l)
	if err != nil {
		return []measure.Interval{}, nil //nolint:nilerr // it corrects nothing
	}
	plants := l.Plants
	if len(plants) == 0 { // a gateway's own is of all that it serves
		plants = []string{""}
	}
	for _, plant := range plants {
		stood, err := f.reader.Stood(ctx, plant, c.Agent, c.Shifts)
		if err != nil {
			return nil, err
		}
		runs = append(runs, stood...)
	}
	return runs, nil
}
