package gateway

import (
	"sync"
	"time"

	"github.com/nielu/nielu/evidence"
)

// clockWatch follows the gateway's clock, which may be set at any time, beside the
// one that counts on through every setting. Of scans that were stamped before
// the clock was known to be right it remembers where they lie between the
// settings, so that they can be put right when it is.
type clockWatch struct {
	wall      func() int64               // Unix nanoseconds
	monotonic func() time.Duration       // since some instant, whatever the clock is set to
	kernel    func() evidence.ClockState // whether something disciplines the clock

	mu        sync.Mutex
	started   bool
	offset    int64         // wall less monotonic, as last seen
	last      time.Duration // when that was
	state     evidence.ClockState
	since     time.Duration // when the clock was last set
	corrected bool          // what was known of unsure is corrected
	unsure    []segment     // scans stamped since the clock was last known to be right
}

// segment is consecutive scans between two settings of the clock.
type segment struct {
	evidence.Shift
	step int64 // by which the clock was set after them
}

const (
	minStep  = 250 * time.Millisecond // less, and a thousandth of the time between two looks, is a clock that is slewed
	patience = 10 * time.Minute       // without a word that it is disciplined, a clock that was set counts as right

	// maxSegments bounds what is remembered: a clock set more often is broken.
	maxSegments = 100
)

// earliestTime is when this program did not exist: a clock that says so was not set.
var earliestTime = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

func newClockWatch() *clockWatch {
	start := time.Now()
	return &clockWatch{wall: func() int64 { return time.Now().UnixNano() }, monotonic: func() time.Duration { return time.Since(start) }, kernel: clockState}
}

// State returns what is known of the clock now.
func (w *clockWatch) State() evidence.ClockState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// observe looks at the clock. It returns by how much it was set since the last
// time, 0 if it was not, and the correction of earlier scans that is due now.
func (w *clockWatch) observe(epoch uint64) (step time.Duration, due *evidence.Correction) {
	wall, now := w.wall(), w.monotonic()
	state := w.kernel()
	if wall < earliestTime {
		state = evidence.ClockUnset
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	offset := wall - int64(now)
	if w.started {
		if by := time.Duration(offset - w.offset); by.Abs() >= minStep+(now-w.last)/1000 {
			step = by
		}
	}
	was := w.state
	w.started, w.offset, w.last, w.state = true, offset, now, state
	if step != 0 {
		w.since, w.corrected = now, false
		if n := len(w.unsure); n > 0 {
			w.unsure[n-1].step += int64(step)
		}
	}
	switch {
	case state == evidence.ClockSynced:
		if was != evidence.ClockSynced {
			due = w.correction(epoch)
		}
		w.unsure, w.corrected = nil, false
	case state != evidence.ClockUnset && !w.corrected && now-w.since >= patience:
		due, w.corrected = w.correction(epoch), true
	}
	return step, due
}

// noteScan notes a scan that was accepted.
func (w *clockWatch) noteScan(seq uint64, at int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == evidence.ClockSynced {
		return
	}
	if n := len(w.unsure); n == 0 || w.unsure[n-1].step != 0 {
		if n == maxSegments {
			w.unsure = w.unsure[1:]
		}
		w.unsure = append(w.unsure, segment{Shift: evidence.Shift{First: seq, From: at, To: at}})
	}
	x := &w.unsure[len(w.unsure)-1]
	x.First, x.Last, x.From, x.To = min(x.First, seq), max(x.Last, seq), min(x.From, at), max(x.To, at+1)
}

// correction returns what puts the open scans right, as the clock is now: each
// is behind by all that the clock was set by after it. nil: nothing.
func (w *clockWatch) correction(epoch uint64) *evidence.Correction {
	var shifts []evidence.Shift
	behind := int64(0)
	for i := len(w.unsure) - 1; i >= 0; i-- {
		s := w.unsure[i].Shift
		behind += w.unsure[i].step
		s.Epoch, s.Offset = epoch, behind
		if time.Duration(behind).Abs() >= minStep {
			shifts = append(shifts, s)
		}
	}
	if len(shifts) == 0 {
		return nil
	}
	return &evidence.Correction{Shifts: shifts}
}

// observeClock says when the clock was set, and books it: nothing is drawn from
// the readings before to those after, and what was stamped earlier is put right
// as far as it can be.
func (g *Gateway) observeClock() {
	step, due := g.clock.observe(g.Spool.Epoch())
	if step == 0 && due == nil {
		return
	}
	if due == nil {
		due = &evidence.Correction{}
	}
	if step != 0 {
		due.Reason = "the clock was set by " + step.String()
		g.Log.Warn("the clock of this gateway was set", "by", step, "state", g.clock.State())
	}
	if err := g.Spool.Correct(*due); err != nil {
		g.Log.Error("that the clock was set is not booked; enter a correction with nielu clock", "scans", due.Scans(), "error", err)
	} else if n := due.Scans(); n > 0 {
		g.Log.Info("what was stamped before the clock was set is put right", "scans", n)
	}
}
