package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/measure/backoff"
)

// Outbox is what the uplink needs of the spool.
type Outbox interface {
	// Next returns the sealed leaf that follows the given number, and its
	// own number; false: there is none yet. Next(0) returns the oldest
	// without a receipt. Numbers are consecutive.
	Next(after uint64) (number uint64, leaf []byte, ok bool, err error)
	// Trim takes a signed receipt, checks it and forgets what it covers.
	Trim(receipt []byte) error
	// Sealed is signalled when a leaf was sealed.
	Sealed() <-chan struct{}
}

// The payloads of an agent's status topic. Offline is its last will.
const (
	StatusOnline  = "online"
	StatusOffline = "offline"
)

// UplinkStats are the counters of an uplink.
type UplinkStats struct {
	Published      atomic.Uint64 // leaves, each time
	PublishedBytes atomic.Uint64
	Resent         atomic.Uint64 // leaves published again for want of a receipt
	Receipts       atomic.Uint64
	BadReceipts    atomic.Uint64 // not signed by the centre, or not for this agent
	Connects       atomic.Uint64
	Failures       atomic.Uint64 // connections that failed or were lost
	LastReceipt    atomic.Int64  // Unix nanoseconds; 0: none yet
	Connected      atomic.Bool
}

// Uplink brings sealed leaves from the spool to the centre. It never removes
// one: Outbox.Trim does, on a receipt.
type Uplink struct {
	Site, Agent string
	Outbox      Outbox
	Dial        Dial          // with StatusOffline as last will on the status topic, retained
	Window      int           // leaves on their way at once; default 16
	ResendAfter time.Duration // without a receipt; default 15 s
	Retry       time.Duration // wait after the first failure, doubled up to 30 s; default 1 s
	Key         string        // verifier text of the agent's key, as the centre must know it
	Log         *slog.Logger
	Stats       UplinkStats

	noReceipts bool // it was said that the centre signs for nothing
}

// Pauses before a lost connection is tried again.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// errLost is the end of a connection that worked.
var errLost = errors.New("the connection was lost")

// Run connects, publishes and waits for receipts until ctx ends. A lost
// connection is tried again after 1 to 30 s.
func (u *Uplink) Run(ctx context.Context) error {
	var pause backoff.Pause
	failures := newLogOnce(u.Log, "uplink", "site", u.Site, "agent", u.Agent)
	short := 0 // sessions in a row that were cut off soon after they began
	for ctx.Err() == nil {
		before, begun := u.Stats.Receipts.Load(), time.Now()
		err := u.session(ctx, failures)
		u.Stats.Connected.Store(false)
		if ctx.Err() != nil {
			return nil
		}
		u.Stats.Failures.Add(1)
		if errors.Is(err, errLost) && time.Since(begun) < time.Minute {
			short++
		} else {
			short = 0
		}
		if short > 2 {
			err = fmt.Errorf("%w again and again, soon after it was made: most likely another gateway has the name %s, and a broker keeps one connection a name; give each its own name and key", errLost, u.Agent)
		}
		failures.fail(err)
		if u.Stats.Receipts.Load() > before {
			pause.Reset()
		}
		backoff.Sleep(ctx, backoff.Jitter(pause.Next(cmp.Or(u.Retry, firstRetry), lastRetry)))
	}
	return nil
}

// session is one connection.
func (u *Uplink) session(ctx context.Context, failures *logOnce) error {
	pipe, err := u.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pipe.Close()
	receipts := make(chan []byte, 64)
	err = pipe.SubscribeAck(ctx, Topic(u.Site, u.Agent, TopicReceipt), func(_ string, payload []byte, ack func()) {
		ack()
		select {
		case receipts <- payload:
		default: // a later one says as much
		}
	})
	if err != nil {
		return fmt.Errorf("subscribe to receipts: %w", err)
	}
	if err := pipe.Publish(ctx, Topic(u.Site, u.Agent, TopicStatus), true, []byte(StatusOnline)); err != nil {
		return fmt.Errorf("publish status: %w", err)
	}
	u.Stats.Connects.Add(1)
	u.Stats.Connected.Store(true)
	failures.works()

	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return u.exchange(inner, group, pipe, receipts) })
	return group.Wait()
}

// sent is which leaves were published on one connection.
type sent struct {
	last   uint64 // since leaves were sent again for want of a receipt
	newest uint64 // ever
}

// exchange keeps the window full and takes receipts.
func (u *Uplink) exchange(ctx context.Context, group *errgroup.Group, pipe Pipe, receipts <-chan []byte) error {
	resendAfter := cmp.Or(u.ResendAfter, 15*time.Second)
	resend := time.NewTimer(resendAfter)
	defer resend.Stop()
	var s sent
	for {
		waiting, err := u.fillWindow(ctx, group, pipe, &s)
		if err != nil {
			return err
		}
		if !waiting {
			resend.Reset(resendAfter)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pipe.Lost():
			return errLost
		case <-u.Outbox.Sealed():
		case receipt := <-receipts:
			if err := u.Outbox.Trim(receipt); err != nil {
				if u.Stats.BadReceipts.Add(1) == 1 && u.Log != nil {
					u.Log.Error("a receipt is not taken; later ones like it are only counted", "agent", u.Agent, "error", err)
				}
				continue
			}
			u.Stats.Receipts.Add(1)
			u.Stats.LastReceipt.Store(time.Now().UnixNano())
			u.logReceipts(true)
			resend.Reset(resendAfter)
		case <-resend.C:
			if waiting {
				u.logReceipts(false)
			}
			s.last = 0
			resend.Reset(resendAfter)
		}
	}
}

// fillWindow publishes leaves until as many are on their way as may be. waiting:
// there is one without a receipt.
func (u *Uplink) fillWindow(ctx context.Context, group *errgroup.Group, pipe Pipe, s *sent) (waiting bool, err error) {
	window := uint64(max(u.Window, 0))
	if window == 0 {
		window = 16
	}
	oldest, _, waiting, err := u.Outbox.Next(0)
	if err != nil || !waiting {
		return false, err
	}
	for after := max(s.last, oldest-1); after-(oldest-1) < window; after = s.last {
		number, leaf, ok, err := u.Outbox.Next(after)
		if err != nil || !ok {
			return true, err
		}
		u.Stats.Published.Add(1)
		u.Stats.PublishedBytes.Add(uint64(len(leaf)))
		if number <= s.newest {
			u.Stats.Resent.Add(1)
		}
		s.last, s.newest = number, max(s.newest, number)
		group.Go(func() error {
			if err := pipe.Publish(ctx, Topic(u.Site, u.Agent, TopicBatch), false, leaf); err != nil {
				return fmt.Errorf("publish leaf %d: %w", number, err)
			}
			return nil
		})
	}
	return true, nil
}

// logReceipts says when the centre signs for nothing, and when it does again.
func (u *Uplink) logReceipts(receipt bool) {
	if u.noReceipts == !receipt || u.Log == nil {
		return
	}
	u.noReceipts = !receipt
	log := u.Log.With("agent", u.Agent)
	switch {
	case receipt:
		log.Info("the centre signs for batches again")
	case u.Stats.LastReceipt.Load() == 0:
		log.Error("batches are published and the centre signs for none: either this gateway is not enrolled there, or its intake is down. Put the line under agents: in the centre's file, after comparing the key; the spool keeps everything meanwhile",
			"line", fmt.Sprintf("- { key: %q, site: %s }", u.Key, u.Site))
	default:
		log.Warn("batches are published and the centre has signed for none since its last receipt: look whether it runs, and whether this gateway's key was revoked; the spool keeps everything meanwhile",
			"last_receipt", time.Unix(0, u.Stats.LastReceipt.Load()).UTC().Format(time.RFC3339))
	}
}
