//go:build !windows

package ingest_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/ingest/spool"
)

// heard is what a log said.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(b)
}

func (h *heard) count(words string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(h.text.String(), words)
}

// uplinkTo gives a gateway named gw-1 a broker, and returns what it says.
func uplinkTo(t *testing.T, url string) *heard {
	dir := t.TempDir()
	key := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "agent.key"), "gw-1"))
	centre := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "centre.key"), "log"))
	s := must[*spool.Spool](t)(spool.Open(filepath.Join(dir, "spool"), spool.Options{Site: "park", Agent: "gw-1", Plants: []string{"pyro1"},
		Catalogue: []byte("catalogue"), Sign: key.Sign, Centre: centre.Verifier(), FreeFloor: -1}))
	t.Cleanup(func() { s.Close() })
	must[uint64](t)(s.Append(t.Context(), killable(1)))
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	h := &heard{}
	u := &ingest.Uplink{Site: "park", Agent: "gw-1", Outbox: s, Retry: 20 * time.Millisecond, ResendAfter: 50 * time.Millisecond,
		Key: key.Verifier(), Log: slog.New(slog.NewTextHandler(h, nil)), Dial: dial(url, "nielu-gw-1", "gw-1", "")}
	running(t, u.Run)
	return h
}

// A gateway that nobody enrolled says so itself, once, with the line to enter.
func TestAGatewayThatIsNotEnrolledSaysSo(t *testing.T) {
	b := must[*broker.Broker](t)(broker.New(broker.Options{Address: "127.0.0.1:0"}))
	running(t, b.Run)
	h := uplinkTo(t, "mqtt://"+b.Addr())
	waitFor(t, "a word on enrolment", func() bool { return h.count("not enrolled") > 0 })
	time.Sleep(300 * time.Millisecond)
	if n := h.count("not enrolled"); n != 1 || h.count("key:") == 0 || h.count("site: park") == 0 {
		t.Errorf("said %d times, want once with the line\n%s", n, h.text.String())
	}
}

// Two gateways of one name throw each other off the broker: the cause is named.
func TestTwoGatewaysOfOneName(t *testing.T) {
	b := must[*broker.Broker](t)(broker.New(broker.Options{Address: "127.0.0.1:0"}))
	running(t, b.Run)
	one, two := uplinkTo(t, "mqtt://"+b.Addr()), uplinkTo(t, "mqtt://"+b.Addr())
	words := "another gateway has the name gw-1"
	waitFor(t, "the cause", func() bool { return one.count(words) > 0 || two.count(words) > 0 })
	if n := one.count(words) + two.count(words); n > 4 {
		t.Errorf("said %d times", n)
	}
}
