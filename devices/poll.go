package devices

import (
	"context"
	"log/slog"

	"github.com/nielu/nielu/measure"
)

// Sink takes a scan into durable hands. It is called by one goroutine of each
// bus at a time, so by several at once, and blocks when it must. An error says
// that the scan was refused, and that the sink has booked the refusal.
type Sink func(ctx context.Context, s measure.Scan) error

// Poller owns all buses of a configuration, one goroutine each.
type Poller struct {
	config *Config
	log    *slog.Logger
}

// NewPoller returns a poller for the configuration; a nil log says nothing.
func NewPoller(config *Config, log *slog.Logger) *Poller {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Poller{config: config, log: log}
}

// Run reads every bus until ctx ends.
func (p *Poller) Run(ctx context.Context, sink Sink) error { <-ctx.Done(); return nil }

// ReadOnce reads each block once.
func (p *Poller) ReadOnce(ctx context.Context) []measure.Scan { return nil }
