package replay

import (
	"context"
	"time"

	"github.com/nielu/nielu/gateway"
)

// drain waits until every row was read, every scan delivered and every window computed.
func (r *Rig) drain(ctx context.Context, g *gateway.Gateway) error {
	select {
	case <-r.recording.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	if subscribers := g.Poller.Stats.Subscribers; len(subscribers) > 0 {
		wait(ctx, func() bool { return subscribers[0].Messages.Load() >= uint64(r.recording.Rows()) })
	}
	g.StopPolling()
	if err := g.Spool.Seal(); err != nil {
		return err
	}
	scans := g.Spool.Stats.Appended.Load()
	done := wait(ctx, func() bool {
		w := &r.centre.Worker.Stats
		return r.centre.Intake.Stats.Scans.Load() >= scans && (scans == 0 || r.integrated(g)) && w.Cursor.Load() == r.centre.Evidence.Size() && w.DirtyHours.Load() == 0
	})
	if !done {
		return ctx.Err()
	}
	return nil
}

// integrated tells whether the log can be read up to the newest leaf of the
// gateway. A leaf that was appended before the one ahead of it is in the log,
// and yet not within what can be read of it.
func (r *Rig) integrated(g *gateway.Gateway) bool {
	epoch, last, _ := g.Spool.Head()
	for _, receipt := range r.centre.Intake.Receipts() {
		if receipt.Epoch == epoch && receipt.Seq == last && receipt.Index < r.centre.Evidence.Size() {
			return true
		}
	}
	return false
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
