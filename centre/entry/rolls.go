package entry

import (
	"context"
	"time"

	"github.com/nielu/nielu/evidence"
)

// A roll names the last decision of every chain in the log. It follows each
// decision within a second, and other leaves as often as this, so that a bundle
// needs few leaves behind the last one.
const (
	rollEvery  = 10 * time.Minute
	rollLeaves = 256
)

// Roll appends rolls until ctx ends.
func (s *Service) Roll(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last, failing := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		leaves, decided := s.Log.Unrolled()
		if leaves == 0 || !decided && leaves < rollLeaves && time.Since(last) < rollEvery {
			continue
		}
		err := s.RollNow(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.Logger.Error("the roll of decisions cannot be appended; tried again every second", "cause", err)
		}
		if failing = err != nil; !failing {
			last = time.Now()
		}
	}
}

// RollNow appends a roll at once.
func (s *Service) RollNow(ctx context.Context) error {
	now := time.Now().UnixNano()
	return s.Log.Roll(ctx, evidence.Leaf{Site: s.Site, Signer: s.Key.Name(), From: now, To: now + 1}, s.Key.Sign)
}
