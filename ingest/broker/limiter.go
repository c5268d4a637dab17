package broker

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nielu/nielu/measure/backoff"
)

// limiter is the listener of a broker. It accepts no more connections than the
// process has file descriptors for, in all and from one address, and gives
// each a few seconds to say who it is: a client that does not is disconnected,
// and before that when another one wants its place. It never closes for good:
// a system without descriptors is asked again.
type limiter struct {
	net.Listener
	log                   *slog.Logger
	maxOpen, maxOfAddress int
	identifyWithin        time.Duration // for TLS and the first packet
	stats                 *Stats

	mu           sync.Mutex
	open         int
	ofAddress    map[string]int
	unidentified map[*clientConn]int64 // who has not said who it is, in order of arrival
	arrived      int64
	lastShortage atomic.Int64 // Unix nanoseconds of the newest shortage
	logged       time.Time
}

const (
	maxSilence    = 10 * time.Minute // of a client that promises no sign of life
	shortageShown = 30 * time.Second // that a shortage shows in the health
)

func newLimiter(inner net.Listener, log *slog.Logger, stats *Stats) *limiter {
	l := &limiter{Listener: inner, log: log, stats: stats, ofAddress: map[string]int{}, unidentified: map[*clientConn]int64{}, maxOpen: 2000, identifyWithin: 5 * time.Second}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		l.maxOpen = int(min(uint64(l.maxOpen), uint64(files.Cur)/2)) // the other half is for the log
	}
	l.maxOfAddress = max(1, l.maxOpen/4)
	return l
}

// Accept returns the next connection that there is room for.
func (l *limiter) Accept() (net.Conn, error) {
	var pause backoff.Pause
	for {
		conn, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil: // out of descriptors, or a client that has left
			l.shortage("the system lets no connection in", err)
			l.evict()
			time.Sleep(pause.Next(10*time.Millisecond, time.Second))
			continue
		}
		pause.Reset()
		c, err := l.admit(conn)
		if err == nil {
			return c, nil
		}
		l.stats.TurnedAway.Add(1)
		l.shortage("a connection is turned away", err)
		_ = conn.Close() // whoever it was comes again
	}
}

// admit returns the connection as one that counts, if there is room for it.
func (l *limiter) admit(conn net.Conn) (*clientConn, error) {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		host = conn.RemoteAddr().String()
	}
	if l.full(host) != nil {
		l.evict()
	}
	if err := l.full(host); err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(l.identifyWithin)) // a connection that is dead already says so when it is read
	c := &clientConn{Conn: conn, limiter: l, host: host}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	l.ofAddress[host]++
	l.arrived++
	l.unidentified[c] = l.arrived
	return c, nil
}

// full tells why there is no room for one more client of an address.
func (l *limiter) full(host string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open >= l.maxOpen:
		return fmt.Errorf("%d connections are open", l.open)
	case l.ofAddress[host] >= l.maxOfAddress:
		return fmt.Errorf("%d connections of %s are open", l.ofAddress[host], host)
	}
	return nil
}

// evict disconnects the client that has longest not said who it is.
func (l *limiter) evict() {
	l.mu.Lock()
	var oldest *clientConn
	for c, at := range l.unidentified {
		if oldest == nil || at < l.unidentified[oldest] {
			oldest = c
		}
	}
	l.mu.Unlock()
	if oldest != nil {
		l.stats.TurnedAway.Add(1)
		_ = oldest.Close() // its reader ends with an error
	}
}

// shortage notes and, once a minute, says that a client may have been kept out.
func (l *limiter) shortage(what string, cause error) {
	now := time.Now()
	l.lastShortage.Store(now.UnixNano())
	l.mu.Lock()
	due := now.Sub(l.logged) > time.Minute
	if due {
		l.logged = now
	}
	l.mu.Unlock()
	if due {
		l.log.Error("broker: "+what, "cause", cause, "connections", l.count(), "do", "see who opens them; gateways come again by themselves and lose nothing")
	}
}

func (l *limiter) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// health is an error while clients may be kept out.
func (l *limiter) health() error {
	if since := time.Since(time.Unix(0, l.lastShortage.Load())); since < shortageShown {
		return fmt.Errorf("the broker had no room for a connection %s ago; %d are open", since.Round(time.Second), l.count())
	}
	return nil
}

// clientConn is a connection that counts.
type clientConn struct {
	net.Conn
	limiter *limiter
	host    string
	once    sync.Once
}

// SetDeadline is first called when the client has said who it is, and then
// before each packet. A client that promises no sign of life gets a deadline all the same.
func (c *clientConn) SetDeadline(t time.Time) error {
	c.limiter.mu.Lock()
	delete(c.limiter.unidentified, c)
	c.limiter.mu.Unlock()
	if t.IsZero() {
		t = time.Now().Add(maxSilence)
	}
	return c.Conn.SetDeadline(t)
}

// Close gives the place free.
func (c *clientConn) Close() error {
	c.once.Do(func() {
		l := c.limiter
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.unidentified, c)
		l.open--
		if l.ofAddress[c.host]--; l.ofAddress[c.host] == 0 {
			delete(l.ofAddress, c.host)
		}
	})
	return c.Conn.Close()
}
