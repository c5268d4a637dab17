// Package broker is an MQTT broker inside the program, for one machine.
// Connections come in; what one client publishes goes out to those who
// subscribed. It keeps nothing on disk: it is a pipe, and the receipt ends
// custody. In its place any broker of MQTT 3.1.1 can stand. Start at [New]; who
// may do what says [Allowed].
//
// With passwords set, an agent may publish only on its own batch and status
// topics, also by its last will, and read only its own receipts; the user
// "centre" reads batches and statuses and publishes receipts; topics outside
// nielu/ are open to whoever may connect. A client id belongs to the user who
// has a session by it: no other user may take it over, and nobody but the
// centre the centre's. Without passwords everyone may do everything, which is
// allowed on the loopback interface only.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// Centre is the user name of the centre.
const Centre = "centre"

// Options of a broker. The zero Options listen on 127.0.0.1:1883 and let
// everyone in.
type Options struct {
	Address   string            // host:port, default 127.0.0.1:1883; port 0 chooses a free one
	TLS       *tls.Config       // nil: plain TCP
	Passwords map[string]string // by user: an agent's name, or Centre; empty: all, on loopback only
	CentreID  string            // the client id of the centre, which no one else may take; "": none
	Log       *slog.Logger
}

// Stats are the counters of a broker.
type Stats struct {
	Denied     atomic.Uint64 // connections, publications and subscriptions that were not allowed
	TurnedAway atomic.Uint64 // connections for which there was no room, or that did not say in time who they are
}

// Broker is an MQTT broker.
type Broker struct {
	Stats Stats

	server   *mqtt.Server
	listener net.Listener
	limiter  *limiter
}

// A client that is away or slow may keep so many messages of at most
// maxPacket bytes waiting; what is more is dropped, and sent again by its
// agent for want of a receipt.
const (
	maxWaiting = 512
	maxPacket  = 256 << 10
)

// New listens on the address. [Broker.Run] serves.
func New(o Options) (*Broker, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:1883"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("broker: listen on %s: %w", o.Address, err)
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; len(o.Passwords) == 0 && !ip.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("broker: %s can be reached from outside and has no passwords; give each agent and the centre one, or listen on 127.0.0.1", o.Address), listener.Close())
	}
	b := &Broker{}
	b.limiter = newLimiter(listener, o.Log, &b.Stats)
	listener = b.limiter
	if o.TLS != nil {
		listener = tls.NewListener(listener, o.TLS)
	}
	limits := mqtt.NewDefaultServerCapabilities()
	limits.MaximumInflight = maxWaiting
	limits.MaximumClientWritesPending = maxWaiting
	limits.MaximumPacketSize = maxPacket
	limits.ReceiveMaximum = maxWaiting
	limits.MaximumSessionExpiryInterval = 24 * 60 * 60
	b.listener, b.server = listener, mqtt.New(&mqtt.Options{Capabilities: limits, Logger: errorsOnly(o.Log)})
	if err := b.server.AddHook(&accessHook{passwords: o.Passwords, centreID: o.CentreID, stats: &b.Stats, clients: b.server.Clients, log: o.Log}, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("broker: %w", err), listener.Close())
	}
	if err := b.server.AddListener(listeners.NewNet("mqtt", listener)); err != nil {
		return nil, errors.Join(fmt.Errorf("broker: %w", err), listener.Close())
	}
	return b, nil
}

// Addr returns the address it listens on, as host:port.
func (b *Broker) Addr() string { return b.listener.Addr().String() }

// Health is an error while the broker may keep clients out for want of room.
func (b *Broker) Health() error { return b.limiter.health() }

// Dropped counts the messages that a client was too slow, or too long away, for.
func (b *Broker) Dropped() uint64 {
	info := b.server.Info
	return uint64(atomic.LoadInt64(&info.MessagesDropped) + atomic.LoadInt64(&info.InflightDropped))
}

// Run serves until ctx ends and then disconnects everyone.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	<-ctx.Done()
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("broker: close: %w", err)
	}
	return nil
}

// errorsOnly keeps the broker's own messages below errors out of the log.
func errorsOnly(log *slog.Logger) *slog.Logger { return slog.New(atLeastError{log.Handler()}) }

type atLeastError struct{ slog.Handler }

func (h atLeastError) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

func (h atLeastError) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastError{h.Handler.WithAttrs(attrs)}
}

func (h atLeastError) WithGroup(name string) slog.Handler {
	return atLeastError{h.Handler.WithGroup(name)}
}

// Allowed tells whether a user may publish on a topic, or subscribe to a
// filter. It is the rule for other brokers too.
func Allowed(user, topic string, write bool) bool {
	parts := strings.Split(topic, "/")
	if parts[0] != "nielu" {
		return !strings.HasPrefix(parts[0], "$") && parts[0] != "#" && parts[0] != "+"
	}
	if len(parts) != 5 || parts[1] != "v1" {
		return false
	}
	agent, what := parts[3], parts[4]
	wild := strings.ContainsAny(parts[2]+agent, "+#")
	if user == Centre {
		if write {
			return !wild && what == "receipt"
		}
		return what == "batch" || what == "status"
	}
	if agent != user || wild {
		return false
	}
	if write {
		return what == "batch" || what == "status"
	}
	return what == "receipt"
}
