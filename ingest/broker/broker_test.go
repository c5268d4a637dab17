package broker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/ingest/broker"
)

func start(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	o.Address = "127.0.0.1:0"
	b, err := broker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var group errgroup.Group
	group.Go(func() error { return b.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func connect(t *testing.T, b *broker.Broker, user, password string) (*mqtt.Client, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := mqtt.Dial(t.Context(), mqtt.Options{URL: "mqtt://" + b.Addr(), ClientID: user, User: user, PasswordFile: file, Timeout: 5 * time.Second})
	if err == nil {
		t.Cleanup(c.Close)
	}
	return c, err
}

func TestPasswords(t *testing.T) {
	b := start(t, broker.Options{Passwords: map[string]string{broker.Centre: "c", "gw-1": "one", "gw-2": ""}})
	for _, c := range []struct {
		user, password string
		in             bool
	}{
		{broker.Centre, "c", true}, {"gw-1", "one", true}, {"gw-1", "", false}, {"gw-1", "two", false},
		{"gw-2", "", false}, {"gw-3", "", false}, {"", "", false}, {broker.Centre, "one", false},
	} {
		if _, err := connect(t, b, c.user, c.password); (err == nil) != c.in {
			t.Errorf("user %q with password %q: %v", c.user, c.password, err)
		}
	}
	if b.Stats.Denied.Load() != 6 {
		t.Errorf("%d denied", b.Stats.Denied.Load())
	}
}

// TestAgentsAreApart has one agent try to read and to write as another.
func TestAgentsAreApart(t *testing.T) {
	b := start(t, broker.Options{Passwords: map[string]string{broker.Centre: "c", "gw-1": "one", "gw-2": "two"}})
	centre, err1 := connect(t, b, broker.Centre, "c")
	one, err2 := connect(t, b, "gw-1", "one")
	two, err3 := connect(t, b, "gw-2", "two")
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	ctx := t.Context()
	got := make(chan string, 10)
	if err := centre.Subscribe(ctx, "nielu/v1/+/+/batch", func(topic string, _ []byte) { got <- topic }); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"#", "nielu/#", "nielu/v1/park/+/receipt", "nielu/v1/park/gw-2/receipt", "nielu/v1/+/gw-1/batch", "nielu/v1/park/gw-1/#"} {
		if err := one.Subscribe(ctx, filter, func(topic string, _ []byte) { t.Errorf("gw-1 reads %s", topic) }); err == nil {
			t.Errorf("gw-1 may subscribe to %s", filter)
		}
	}
	if err := one.Subscribe(ctx, "nielu/v1/park/gw-1/receipt", func(topic string, _ []byte) { got <- topic }); err != nil {
		t.Error(err)
	}
	for _, topic := range []string{"nielu/v1/park/gw-2/batch", "nielu/v1/park/gw-1/receipt", "nielu/v1/park/gw-1/batch"} {
		own, wait := strings.HasSuffix(topic, "gw-1/batch"), 50*time.Millisecond
		if own {
			wait = time.Minute
		}
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		_ = one.Publish(short, topic, false, []byte("x")) // a forbidden one may end the connection, or not be answered
		cancel()
		select {
		case at := <-got:
			if at != "nielu/v1/park/gw-1/batch" {
				t.Errorf("%s was passed on", at)
			}
		case <-one.Lost():
			if one, err1 = connect(t, b, "gw-1", "one"); err1 != nil {
				t.Fatal(err1)
			}
		case <-time.After(wait):
			if own {
				t.Errorf("%s was not passed on", topic)
			}
		}
	}
	if err := two.Publish(ctx, "nielu/v1/park/gw-2/batch", false, []byte("x")); err != nil {
		t.Error(err)
	}
	select {
	case at := <-got:
		if at != "nielu/v1/park/gw-2/batch" {
			t.Errorf("got %s", at)
		}
	case <-time.After(time.Minute):
		t.Error("gw-2's own batch was not passed on")
	}
}

func TestOpenBrokerStaysAtHome(t *testing.T) {
	if _, err := broker.New(broker.Options{Address: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "no passwords") {
		t.Errorf("an open broker on all interfaces: %v", err)
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		user, topic string
		write, want bool
	}{
		{"gw-1", "nielu/v1/park/gw-1/batch", true, true}, {"gw-1", "nielu/v1/park/gw-1/batch", false, false},
		{"gw-1", "nielu/v1/park/gw-1/receipt", false, true}, {"gw-1", "nielu/v1/park/gw-1/receipt", true, false},
		{"gw-1", "nielu/v1/park/gw-2/status", true, false}, {"gw-1", "sensors/hall/env", false, true},
		{"gw-1", "$SYS/broker/uptime", false, false}, {"gw-1", "+/v1/park/gw-2/receipt", false, false},
		{"+", "nielu/v1/park/+/receipt", false, false}, {"centre", "nielu/v1/park/gw-1/receipt", true, true},
		{"centre", "nielu/v1/+/+/batch", false, true}, {"centre", "nielu/v1/park/gw-1/batch", true, false},
		{"centre", "nielu/v1/park/+/receipt", true, false}, {"centre", "nielu/v1/park/gw-1", false, false},
	} {
		if got := broker.Allowed(c.user, c.topic, c.write); got != c.want {
			t.Errorf("%s on %s, write %v: %v", c.user, c.topic, c.write, got)
		}
	}
}

// TestAbsentClientSlowsNobody leaves a session behind that nobody reads.
func TestAbsentClientSlowsNobody(t *testing.T) {
	b := start(t, broker.Options{})
	ctx := t.Context()
	gone, err := mqtt.Dial(ctx, mqtt.Options{URL: "mqtt://" + b.Addr(), ClientID: "gone", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Subscribe(ctx, "nielu/v1/+/+/batch", func(string, []byte) {}); err != nil {
		t.Fatal(err)
	}
	gone.Close()
	reader, err1 := connect(t, b, "reader", "")
	writer, err2 := connect(t, b, "writer", "")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	got := make(chan struct{}, 1000)
	if err := reader.Subscribe(ctx, "nielu/v1/+/+/batch", func(string, []byte) { got <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	const n = 800 // more than the broker keeps for one who is away
	payload := make([]byte, 20_000)
	for range n {
		if err := writer.Publish(ctx, "nielu/v1/park/gw-1/batch", false, payload); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		select {
		case <-got:
		case <-time.After(10 * time.Second):
			t.Fatalf("%d of %d messages came", i, n)
		}
	}
	if b.Dropped() == 0 {
		t.Error("nothing was dropped for the client that is away")
	}
}
