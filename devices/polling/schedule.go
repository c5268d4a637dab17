package polling

import (
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
)

// schedule decides what one bus asks next: the block whose turn came first.
//
// An instrument that does not answer is asked again only after a pause that
// doubles, and its turn counts from the end of another such pause, so that
// live instruments that are due go first; and after a request without an
// answer every live instrument that waited for it has its turn before the
// next is risked. So a dead instrument delays a live one by at most its own
// timeout, and a bus that is too slow for its live instruments still finds out
// when a dead one comes back.
type schedule struct {
	turns  []*turn
	failed time.Time // when the last request without a proper answer ended
}

// turn is one block and when it is next due.
type turn struct {
	block      uint32
	every      time.Duration
	due        time.Time
	instrument *instrument
	question
	tries   int  // in a row that met a busy instrument
	refuses news // the instrument refuses it
}

// instrument is the breaker all blocks of one instrument share.
type instrument struct {
	Instrument
	stats      *InstrumentStats
	quarantine time.Duration // least pause after a fault
	failures   int           // in a row
	pause      backoff.Pause
	retryAt    time.Time
	silent     news // it does not answer
	share      share
}

// lastPause is the longest an instrument that does not answer is left alone.
const lastPause = 30 * time.Second

// broken tells whether the instrument has failed often enough to be left
// alone: at once where a late reply could be mistaken, else the second time.
func (i *instrument) broken() bool {
	return i.failures > 1 || i.failures == 1 && i.quarantine > 0
}

// fail notes a request without a proper answer.
func (i *instrument) fail(now time.Time) {
	i.failures++
	if i.broken() {
		i.retryAt = now.Add(i.pause.Next(max(i.Timeout, i.quarantine, time.Second), lastPause))
	}
}

// succeed notes an answer.
func (i *instrument) succeed() { i.failures, i.pause, i.retryAt = 0, 0, time.Time{} }

// ready returns when a turn may be taken, and its rank: the lower goes first.
func (t *turn) ready() (at, rank time.Time) {
	if t.instrument.broken() && t.instrument.retryAt.After(t.due) {
		return t.instrument.retryAt, t.instrument.retryAt.Add(time.Duration(t.instrument.pause))
	}
	if t.instrument.broken() {
		return t.due, t.due.Add(time.Duration(t.instrument.pause))
	}
	return t.due, t.due
}

// next returns the turn to take now, or nil and when to look again.
func (s *schedule) next(now time.Time) (*turn, time.Time) {
	var best, second *turn // second: the best of those that answer and waited for the last failure
	var bestRank, secondRank, soonest time.Time
	for _, t := range s.turns {
		at, rank := t.ready()
		if at.After(now) {
			if soonest.IsZero() || at.Before(soonest) {
				soonest = at
			}
			continue
		}
		if best == nil || rank.Before(bestRank) {
			best, bestRank = t, rank
		}
		if t.instrument.failures == 0 && !t.due.After(s.failed) && (second == nil || rank.Before(secondRank)) {
			second, secondRank = t, rank
		}
	}
	if best != nil && best.instrument.failures > 0 && second != nil {
		best = second
	}
	return best, soonest
}

// done sets when the turn is due again and returns how many times it was
// missed: a bus that is too slow skips, it does not fall behind.
func (t *turn) done(now time.Time) (missed uint64) {
	t.due = t.due.Add(t.every)
	if behind := now.Sub(t.due); behind > 0 {
		skip := behind / t.every
		t.due = t.due.Add(skip * t.every)
		missed = uint64(skip)
	}
	return missed
}

// busy tells whether an exception means that the same request may do better a
// little later: device failure, acknowledge, device busy.
func busy(exception measure.Fault) bool { return exception >= 4 && exception <= 6 }

// patience is the pause before a busy instrument is asked again.
func (t *turn) patience() time.Duration {
	return min(max(t.every/16, 20*time.Millisecond), 500*time.Millisecond) << min(t.tries, 4)
}

// again makes the turn due once more before its next time, if there is room
// for it, and tells whether it did.
func (t *turn) again(now time.Time) bool {
	at := now.Add(t.patience())
	if t.tries >= 5 || !at.Before(t.due) {
		t.tries = 0
		return false
	}
	t.tries++
	t.due = at
	return true
}
