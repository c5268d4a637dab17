package centre

import (
	"context"
	"errors"
	"time"

	"github.com/nielu/nielu/evidence"
)

// A roll of the decisions follows each decision within a second, and others
// as often as this, so that a bundle needs few leaves behind the last one.
const (
	rollEvery  = 10 * time.Minute
	rollLeaves = 256
)

// keepRolls appends rolls until ctx ends.
func (c *Centre) keepRolls(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last, failing := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		leaves, decided := c.Evidence.Unrolled()
		if leaves == 0 || !decided && leaves < rollLeaves && time.Since(last) < rollEvery {
			continue
		}
		err := c.roll(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			c.Logger.Error("the roll of decisions cannot be appended; tried again every second", "cause", err)
		}
		if failing = err != nil; !failing {
			last = time.Now()
		}
	}
}

// roll names the last decision of every chain in the log.
func (c *Centre) roll(ctx context.Context) error {
	now := time.Now().UnixNano()
	return c.Evidence.Roll(ctx, evidence.Leaf{Site: c.Config.Site, Signer: c.StatementKey.Name(), From: now, To: now + 1}, c.StatementKey.Sign)
}

// Close rolls the last decisions and releases the log and the store of a
// centre that does not run.
func (c *Centre) Close() error {
	return errors.Join(c.roll(context.Background()), c.Store.Close(), c.Evidence.Close())
}
