package gateway

import (
	"sync"
	"time"

	"github.com/nielu/nielu/evidence"
)

// watch follows the gateway's clock, which may be set at any time, beside the
// one that counts on through every setting. Of scans that were stamped before
// the clock was known to be right it remembers where they lie between the
// settings, so that they can be put right when it is.
type watch struct {
	wall   func() int64               // Unix nanoseconds
	counts func() time.Duration       // since some instant, whatever the clock is set to
	kernel func() evidence.ClockState // whether something disciplines the clock

	mu     sync.Mutex
	began  bool
	offset int64         // the clock less what counts on, as last seen
	last   time.Duration // when that was
	state  evidence.ClockState
	since  time.Duration // when the clock was last set
	told   bool          // what was known of open is corrected
	open   []stretch     // scans stamped since the clock was last known to be right
}

// stretch is consecutive scans between two settings of the clock.
type stretch struct {
	evidence.Shift
	step int64 // by which the clock was set after them
}

const (
	leastStep = 250 * time.Millisecond // less, and a thousandth of the time between looks, is a clock that is slewed
	patience  = 10 * time.Minute       // without a word that it is disciplined, a clock that was set counts as right

	// mostStretches bounds what is remembered: a clock set more often is broken.
	mostStretches = 100
)

// cannotBe is when this program did not exist: a clock that says so was not set.
var cannotBe = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

func newWatch() *watch {
	start := time.Now()
	return &watch{wall: func() int64 { return time.Now().UnixNano() }, counts: func() time.Duration { return time.Since(start) }, kernel: clockState}
}

// State returns what is known of the clock now.
func (w *watch) State() evidence.ClockState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// look looks at the clock. It returns by how much it was set since the last
// look, 0 if it was not, and the correction of earlier scans that is due now.
func (w *watch) look(epoch uint64) (step time.Duration, due *evidence.Correction) {
	wall, now := w.wall(), w.counts()
	state := w.kernel()
	if wall < cannotBe {
		state = evidence.ClockUnset
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	offset := wall - int64(now)
	if w.began {
		if by := time.Duration(offset - w.offset); by.Abs() >= leastStep+(now-w.last)/1000 {
			step = by
		}
	}
	was := w.state
	w.began, w.offset, w.last, w.state = true, offset, now, state
	if step != 0 {
		w.since, w.told = now, false
		if n := len(w.open); n > 0 {
			w.open[n-1].step += int64(step)
		}
	}
	switch {
	case state == evidence.ClockSynced:
		if was != evidence.ClockSynced {
			due = w.correction(epoch)
		}
		w.open, w.told = nil, false
	case state != evidence.ClockUnset && !w.told && now-w.since >= patience:
		due, w.told = w.correction(epoch), true
	}
	return step, due
}

// took notes a scan that was accepted.
func (w *watch) took(seq uint64, at int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == evidence.ClockSynced {
		return
	}
	if n := len(w.open); n == 0 || w.open[n-1].step != 0 {
		if n == mostStretches {
			w.open = w.open[1:]
		}
		w.open = append(w.open, stretch{Shift: evidence.Shift{First: seq, From: at, To: at}})
	}
	x := &w.open[len(w.open)-1]
	x.First, x.Last, x.From, x.To = min(x.First, seq), max(x.Last, seq), min(x.From, at), max(x.To, at+1)
}

// correction returns what puts the open scans right, as the clock is now: each
// is behind by all that the clock was set by after it. nil: nothing.
func (w *watch) correction(epoch uint64) *evidence.Correction {
	var shifts []evidence.Shift
	behind := int64(0)
	for i := len(w.open) - 1; i >= 0; i-- {
		s := w.open[i].Shift
		behind += w.open[i].step
		s.Epoch, s.Offset = epoch, behind
		if time.Duration(behind).Abs() >= leastStep {
			shifts = append(shifts, s)
		}
	}
	if len(shifts) == 0 {
		return nil
	}
	return &evidence.Correction{Shifts: shifts}
}

// lookAtClock says when the clock was set, and books it: nothing is drawn from
// the readings before to those after, and what was stamped earlier is put right
// as far as it can be.
func (g *Gateway) lookAtClock() {
	step, due := g.clock.look(g.Spool.Epoch())
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
