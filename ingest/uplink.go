package ingest

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Outbox is what the uplink needs of the spool.
type Outbox interface {
	// Next returns the sealed leaf that follows leaf number after of the
	// agent's chain, and its number; false: there is none yet. Next(0)
	// returns the oldest without a receipt.
	Next(after uint64) (number uint64, leaf []byte, ok bool, err error)
	// Trim takes a signed receipt, checks it and forgets what it covers.
	Trim(receipt []byte) error
	// Sealed is signalled when a leaf was sealed.
	Sealed() <-chan struct{}
}

// UplinkStats are the counters of an uplink.
type UplinkStats struct {
	Published, PublishedBytes, Resent, Receipts, BadReceipts, Connects, Failures atomic.Uint64
	LastReceipt                                                                  atomic.Int64 // Unix nanoseconds
	Connected                                                                    atomic.Bool
}

// Uplink brings sealed leaves from the spool to the centre.
type Uplink struct {
	Site, Agent string
	Outbox      Outbox
	Dial        Dial
	Window      int // leaves on their way at once; default 16
	Log         *slog.Logger
	Stats       UplinkStats
}

// Run connects, publishes and waits for receipts until ctx ends.
func (u *Uplink) Run(ctx context.Context) error { <-ctx.Done(); return nil }
