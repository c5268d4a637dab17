// Package broker is an MQTT broker inside the program, for one machine. It
// keeps nothing on disk: it is a pipe, and the receipt ends custody. In its
// place any broker of MQTT 3.1.1 can stand.
package broker

import (
	"context"
	"crypto/tls"
	"log/slog"
)

// Options of a broker. The zero Options listen on a free port of the
// loopback interface and let everyone in.
type Options struct {
	Address   string            // default 127.0.0.1:1883; port 0 chooses a free one
	TLS       *tls.Config       // nil: plain TCP
	Passwords map[string]string // by user: an agent's name, or "centre"; empty: all, on loopback only
	Log       *slog.Logger
}

// Broker is an MQTT broker.
type Broker struct{}

// New listens on the address. Run serves.
func New(o Options) (*Broker, error) { return &Broker{}, nil }

// Addr returns the address it listens on, as host:port.
func (b *Broker) Addr() string { return "" }

// Run serves until ctx ends.
func (b *Broker) Run(ctx context.Context) error { <-ctx.Done(); return nil }
