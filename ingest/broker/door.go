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

// door is the listener of a broker. It lets in no more connections than the
// process has file descriptors for, in all and from one address, and gives
// each a few seconds to say who it is: a client that does not is shown out,
// and before that when another one wants its place. It never closes for good:
// a system without descriptors is asked again.
type door struct {
	net.Listener
	log                 *slog.Logger
	most, mostOfAddress int
	patience            time.Duration // for TLS and the first packet
	stats               *Stats

	mu      sync.Mutex
	inside  int
	of      map[string]int     // by address
	strange map[*visitor]int64 // who has not said who it is, in order of arrival
	arrived int64
	short   atomic.Int64 // Unix nanoseconds of the newest shortage
	said    time.Time
}

const (
	longSilence = 10 * time.Minute // of a client that promises no sign of life
	shortageFor = 30 * time.Second // that a shortage shows in the health
)

func newDoor(l net.Listener, log *slog.Logger, stats *Stats) *door {
	d := &door{Listener: l, log: log, stats: stats, of: map[string]int{}, strange: map[*visitor]int64{}, most: 2000, patience: 5 * time.Second}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		d.most = int(min(uint64(d.most), uint64(files.Cur)/2)) // the other half is for the log
	}
	d.mostOfAddress = max(1, d.most/4)
	return d
}

// Accept lets the next client in that there is room for.
func (d *door) Accept() (net.Conn, error) {
	var pause backoff.Pause
	for {
		conn, err := d.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil: // out of descriptors, or a client that has left
			d.shortage("the system lets no connection in", err)
			d.makeRoom()
			time.Sleep(pause.Next(10*time.Millisecond, time.Second))
			continue
		}
		pause.Reset()
		v, err := d.enter(conn)
		if err == nil {
			return v, nil
		}
		d.stats.TurnedAway.Add(1)
		d.shortage("a connection is turned away", err)
		_ = conn.Close() // whoever it was comes again
	}
}

// enter returns the connection as that of a visitor, if there is room for it.
func (d *door) enter(conn net.Conn) (*visitor, error) {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		host = conn.RemoteAddr().String()
	}
	if d.full(host) != nil {
		d.makeRoom()
	}
	if err := d.full(host); err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(d.patience)) // a connection that is dead already says so when it is read
	v := &visitor{Conn: conn, door: d, host: host}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside++
	d.of[host]++
	d.arrived++
	d.strange[v] = d.arrived
	return v, nil
}

// full tells why there is no room for one more client of an address.
func (d *door) full(host string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.inside >= d.most:
		return fmt.Errorf("%d connections are open", d.inside)
	case d.of[host] >= d.mostOfAddress:
		return fmt.Errorf("%d connections of %s are open", d.of[host], host)
	}
	return nil
}

// makeRoom shows the visitor out who has longest not said who it is.
func (d *door) makeRoom() {
	d.mu.Lock()
	var oldest *visitor
	for v, at := range d.strange {
		if oldest == nil || at < d.strange[oldest] {
			oldest = v
		}
	}
	d.mu.Unlock()
	if oldest != nil {
		d.stats.TurnedAway.Add(1)
		_ = oldest.Close() // its reader ends with an error
	}
}

// shortage notes and, once a minute, says that a client may have been kept out.
func (d *door) shortage(what string, cause error) {
	now := time.Now()
	d.short.Store(now.UnixNano())
	d.mu.Lock()
	news := now.Sub(d.said) > time.Minute
	if news {
		d.said = now
	}
	d.mu.Unlock()
	if news {
		d.log.Error("broker: "+what, "cause", cause, "connections", d.count(), "do", "see who opens them; gateways come again by themselves and lose nothing")
	}
}

func (d *door) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inside
}

// health is an error while clients may be kept out.
func (d *door) health() error {
	if since := time.Since(time.Unix(0, d.short.Load())); since < shortageFor {
		return fmt.Errorf("the broker had no room for a connection %s ago; %d are open", since.Round(time.Second), d.count())
	}
	return nil
}

// visitor is a connection that counts.
type visitor struct {
	net.Conn
	door *door
	host string
	once sync.Once
}

// SetDeadline is first called when the client has said who it is, and then
// before each packet. A client that promises no sign of life gets a deadline all the same.
func (v *visitor) SetDeadline(t time.Time) error {
	v.door.mu.Lock()
	delete(v.door.strange, v)
	v.door.mu.Unlock()
	if t.IsZero() {
		t = time.Now().Add(longSilence)
	}
	return v.Conn.SetDeadline(t)
}

// Close gives the place free.
func (v *visitor) Close() error {
	v.once.Do(func() {
		d := v.door
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.strange, v)
		d.inside--
		if d.of[v.host]--; d.of[v.host] == 0 {
			delete(d.of, v.host)
		}
	})
	return v.Conn.Close()
}
