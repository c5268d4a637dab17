package main

import (
	"context"
	"time"

	"github.com/nielu/nielu/cmd/gateway"
)

// settle waits until every row was read, every scan delivered and every window computed.
func (b *bench) settle(ctx context.Context, g *gateway.Gateway) error {
	select {
	case <-b.recording.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	if subscribers := g.Poller.Stats.Subscribers; len(subscribers) > 0 {
		wait(ctx, func() bool { return subscribers[0].Messages.Load() >= uint64(b.recording.Rows()) })
	}
	g.StopPolling()
	if err := g.Spool.Seal(); err != nil {
		return err
	}
	last := g.Spool.Stats.Appended.Load()
	done := wait(ctx, func() bool {
		w := &b.hub.Worker.Stats
		return b.hub.Intake.Stats.Scans.Load() >= last && w.Cursor.Load() == b.hub.Evidence.Size() && w.DirtyHours.Load() == 0
	})
	if !done {
		return ctx.Err()
	}
	return nil
}

func wait(ctx context.Context, until func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !until() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
