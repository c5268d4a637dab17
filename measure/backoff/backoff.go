// Package backoff says how long to leave alone what failed before it is tried
// again. Failures in a row come in, pauses that grow go out. Start at [Pause].
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pause is the pause after the newest of some failures in a row; 0: the last
// attempt went well.
type Pause time.Duration

// Next returns the pause after one more failure: first, then twice the one
// before, at most longest.
func (p *Pause) Next(first, longest time.Duration) time.Duration {
	*p = Pause(min(max(2*time.Duration(*p), first), longest))
	return time.Duration(*p)
}

// Reset ends the row of failures.
func (p *Pause) Reset() { *p = 0 }

// Jitter shortens a pause at random by up to half, so that clients that failed
// together do not come again together.
func Jitter(pause time.Duration) time.Duration {
	return pause/2 + rand.N(pause/2+1)
}

// Sleep waits until the pause is over or ctx ends.
func Sleep(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
