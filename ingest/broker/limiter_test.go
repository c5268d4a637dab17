package broker

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// words collects what is logged.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// serve starts a broker that ends with the test; change sets what a test needs before it serves.
func serve(t *testing.T, o Options, change func(*Broker)) (*Broker, *words) {
	t.Helper()
	log := &words{}
	o.Address, o.Log = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil))
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(b)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b, log
}

func dial(t *testing.T, b *Broker) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// hello sends the first packet of MQTT 3.1.1 and returns the code that is
// answered, 0 for a client that is let in, -1 if the connection ends.
func hello(t *testing.T, c net.Conn, id, user, password, will string) int {
	t.Helper()
	flags, payload := byte(0x02), field(id)
	if will != "" {
		flags |= 0x04
		payload = append(append(payload, field(will)...), field("gone")...)
	}
	if user != "" {
		flags |= 0xc0
		payload = append(append(payload, field(user)...), field(password)...)
	}
	body := append(append(field("MQTT"), 4, flags, 0, 30), payload...)
	if len(body) > 127 {
		t.Fatal("a packet of this length is not made here")
	}
	if _, err := c.Write(append([]byte{0x10, byte(len(body))}, body...)); err != nil {
		return -1
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	answer := make([]byte, 4)
	if _, err := io.ReadFull(c, answer); err != nil {
		return -1
	}
	return int(answer[3])
}

func field(text string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}

// Connections that say nothing take no gateway's place, however many there
// are, and the health says that there was no room.
func TestSilentConnectionsKeepNobodyOut(t *testing.T) {
	b, log := serve(t, Options{}, func(b *Broker) { b.limiter.maxOpen, b.limiter.maxOfAddress = 12, 8 })
	if err := b.Health(); err != nil {
		t.Error(err)
	}
	for range 60 {
		dial(t, b)
	}
	if code := hello(t, dial(t, b), "gw-1", "", "", ""); code != 0 {
		t.Fatalf("a gateway was answered %d", code)
	}
	if b.Stats.TurnedAway.Load() < 40 {
		t.Errorf("%d of 60 silent connections were shown out", b.Stats.TurnedAway.Load())
	}
	// Clients that are known keep their places, and the next is turned away.
	for i := range 7 {
		if code := hello(t, dial(t, b), fmt.Sprint("sensor-", i), "", "", ""); code != 0 {
			t.Fatalf("client %d was answered %d", i, code)
		}
	}
	if code := hello(t, dial(t, b), "one-too-many", "", "", ""); code != -1 {
		t.Errorf("a client beyond the limit was answered %d", code)
	}
	if err := b.Health(); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("the health is %v", err)
	}
	if n := strings.Count(log.String(), "turned away"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}

// Who does not say who it is in time is shown out.
func TestUnfinishedConnectionsEnd(t *testing.T) {
	b, _ := serve(t, Options{}, func(b *Broker) { b.limiter.identifyWithin = 50 * time.Millisecond })
	for _, begun := range []string{"", "\x10", "\x10\x20\x00\x04MQ"} {
		c := dial(t, b)
		_, _ = io.WriteString(c, begun)
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("after %q the broker said something", begun)
		} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Errorf("after %q the connection stays open", begun)
		}
	}
	for b.limiter.count() > 0 { // what serves a connection ends after it
		time.Sleep(time.Millisecond)
	}
}

// scarce is a listener of a system that is out of file descriptors for a while.
type scarce struct {
	net.Listener
	left int
}

func (s *scarce) Accept() (net.Conn, error) {
	if s.left--; s.left >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return s.Listener.Accept()
}

// A system without file descriptors is asked again until it has some.
func TestAcceptsAgainAfterAShortage(t *testing.T) {
	b, log := serve(t, Options{}, func(b *Broker) { b.limiter.Listener = &scarce{b.limiter.Listener, 4} })
	if code := hello(t, dial(t, b), "gw-1", "", "", ""); code != 0 {
		t.Fatalf("a gateway was answered %d", code)
	}
	if err := b.Health(); err == nil {
		t.Error("the health does not tell")
	}
	if n := strings.Count(log.String(), "too many open files"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}

// A will is a publication: it has the rights of one. A client id is of one user.
func TestWillsAndClientIDsHaveTheirUsers(t *testing.T) {
	b, log := serve(t, Options{CentreID: "centre-park", Passwords: map[string]string{Centre: "c", "gw-1": "one", "gw-2": "two", "gw-1-b": "three"}}, nil)
	for _, c := range []struct {
		id, user, password, will string
		in                       bool
	}{
		{"nielu-gw-1", "gw-1", "one", "nielu/v1/park/gw-1/status", true},
		{"nielu-gw-1", "gw-1", "one", "nielu/v1/park/gw-2/status", false},
		{"nielu-gw-1", "gw-1", "one", "nielu/v1/park/gw-2/receipt", false},
		{"nielu-gw-1", "gw-1", "one", "$SYS/x", false},
		{"any", "gw-1", "one", "hall/gone", true},
		{"any", "gw-2", "two", "", false}, // gw-1 was here by it
		{"centre-park", "gw-1", "one", "", false},
		{"centre-park", Centre, "c", "", true},
		{"centre-park", "gw-1", "one", "", false},
		{"nielu-gw-2", "gw-1", "one", "", false},
		{"gw-2-instruments", "gw-1", "one", "", false},
		{"gw-1-instruments", "gw-1", "one", "", true},
		{"nielu-gw-1-b", "gw-1", "one", "", false},
		{"nielu-gw-1-b", "gw-1-b", "three", "", true},
		{"any", Centre, "c", "", true},
	} {
		conn := dial(t, b)
		if code := hello(t, conn, c.id, c.user, c.password, c.will); (code == 0) != c.in {
			t.Errorf("%+v was answered %d", c, code)
		}
	}
	if n := strings.Count(log.String(), "keeps out"); n != 3 { // gw-1 for its will and its ids, gw-2 for its id
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}

// Two gateways of one name take the connection from each other without end.
func TestTwoOfOneNameAreNamed(t *testing.T) {
	b, log := serve(t, Options{}, nil)
	for range 10 {
		if code := hello(t, dial(t, b), "nielu-gw-1", "", "", ""); code != 0 {
			t.Fatalf("answered %d", code)
		}
	}
	if n := strings.Count(log.String(), "two clients of one name"); n != 1 || !strings.Contains(log.String(), `two run as \"gw-1\"`) {
		t.Errorf("it was said %d times:\n%s", n, log.String())
	}
}
