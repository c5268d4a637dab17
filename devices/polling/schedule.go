package polling

import (
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
)

// schedule decides what one bus asks next: the task that was due first.
//
// An instrument that does not answer is asked again only after a pause that
// doubles, and its task is due from the end of another such pause, so that
// live instruments that are due go first; and after a request without an
// answer every live instrument that waited for it is asked before the
// next is risked. So a dead instrument delays a live one by at most its own
// timeout, and a bus that is too slow for its live instruments still finds out
// when a dead one comes back.
type schedule struct {
	tasks    []*pollTask
	failedAt time.Time // when the last request without a proper answer ended
}

// pollTask is one block and when it is next due.
type pollTask struct {
	block   uint32
	every   time.Duration
	due     time.Time
	breaker *breaker
	blockReader
	retries int   // in a row that met a busy instrument
	refusal alarm // the instrument refuses it
}

// breaker decides when an instrument is asked: all its tasks share one.
type breaker struct {
	Instrument
	stats      *InstrumentStats
	quarantine time.Duration // least pause after a fault
	failures   int           // in a row
	pause      backoff.Pause
	retryAt    time.Time
	silence    alarm // it does not answer
	faults     faultRate
}

// lastPause is the longest an instrument that does not answer is left alone.
const lastPause = 30 * time.Second

// broken tells whether the instrument has failed often enough to be left
// alone: at once where a late reply could be mistaken, else the second time.
func (b *breaker) broken() bool {
	return b.failures > 1 || b.failures == 1 && b.quarantine > 0
}

// fail notes a request without a proper answer.
func (b *breaker) fail(now time.Time) {
	b.failures++
	if b.broken() {
		b.retryAt = now.Add(b.pause.Next(max(b.Timeout, b.quarantine, time.Second), lastPause))
	}
}

// succeed notes an answer.
func (b *breaker) succeed() { b.failures, b.pause, b.retryAt = 0, 0, time.Time{} }

// ready returns when a task may be taken, and its rank: the lower goes first.
func (t *pollTask) ready() (at, rank time.Time) {
	if t.breaker.broken() && t.breaker.retryAt.After(t.due) {
		return t.breaker.retryAt, t.breaker.retryAt.Add(time.Duration(t.breaker.pause))
	}
	if t.breaker.broken() {
		return t.due, t.due.Add(time.Duration(t.breaker.pause))
	}
	return t.due, t.due
}

// next returns the task to take now, or nil and when to look again.
func (s *schedule) next(now time.Time) (*pollTask, time.Time) {
	var best, second *pollTask // second: the best of those that answer and waited for the last failure
	var bestRank, secondRank, soonest time.Time
	for _, t := range s.tasks {
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
		if t.breaker.failures == 0 && !t.due.After(s.failedAt) && (second == nil || rank.Before(secondRank)) {
			second, secondRank = t, rank
		}
	}
	if best != nil && best.breaker.failures > 0 && second != nil {
		best = second
	}
	return best, soonest
}

// reschedule sets when the task is due again and returns how many times it was
// missed: a bus that is too slow skips, it does not fall behind.
func (t *pollTask) reschedule(now time.Time) (missed uint64) {
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

// retryPause is the pause before a busy instrument is asked again.
func (t *pollTask) retryPause() time.Duration {
	return min(max(t.every/16, 20*time.Millisecond), 500*time.Millisecond) << min(t.retries, 4)
}

// retrySoon makes the task due once more before its next time, if there is room
// for it, and tells whether it did.
func (t *pollTask) retrySoon(now time.Time) bool {
	at := now.Add(t.retryPause())
	if t.retries >= 5 || !at.Before(t.due) {
		t.retries = 0
		return false
	}
	t.retries++
	t.due = at
	return true
}
