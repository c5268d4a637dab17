package console_test

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/nielu/nielu/console"
)

// TestByHand serves the fake store at NIELU_CONSOLE_LISTEN so that a person
// can look at the page; NIELU_CONSOLE_STORE is empty, none or broken for the
// other states. It runs until the test's own deadline or an interrupt.
func TestByHand(t *testing.T) {
	address := os.Getenv("NIELU_CONSOLE_LISTEN")
	if address == "" {
		t.Skip("for a person: set NIELU_CONSOLE_LISTEN=127.0.0.1:8099 to look at the page with made-up plants")
	}
	store := newFakeStore(time.Now)
	switch os.Getenv("NIELU_CONSOLE_STORE") {
	case "empty":
		store.empty = true
	case "none":
		store.plants = nil
	case "broken":
		store.broken.Store(true)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := console.New(console.Deps{Plants: store, History: store, Evidence: store})
	if err := c.ServeListener(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}
