package polling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
)

// strictBroker is a broker that does not let anybody have the topic b: it refuses
// it, or closes the connection over it.
type strictBroker struct {
	server.HookBase
	closes bool
}

func (h *strictBroker) ID() string { return "strict" }
func (h *strictBroker) Provides(b byte) bool {
	return b == server.OnConnectAuthenticate || b == server.OnACLCheck
}
func (h *strictBroker) OnConnectAuthenticate(*server.Client, packets.Packet) bool { return true }
func (h *strictBroker) OnACLCheck(c *server.Client, topic string, write bool) bool {
	if topic == "b" && !write && h.closes {
		c.Stop(errors.New("not allowed"))
	}
	return topic != "b" || write
}

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// running is a poller at work, with its log and the scans it hands over.
type running struct {
	*Poller
	log   *safeBuffer
	scans chan measure.Scan
	ctx   context.Context
}

func run(t *testing.T, file string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	r := &running{log: &safeBuffer{}, scans: make(chan measure.Scan, 1000), ctx: ctx}
	r.Poller = NewPoller(parse(t, file), slog.New(slog.NewTextHandler(r.log, nil)))
	done := make(chan error, 1)
	go func() {
		done <- r.Run(ctx, func(_ context.Context, s measure.Scan) error { r.scans <- s; return nil })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

// until waits for something to become true.
func (r *running) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for !is() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-r.ctx.Done():
			t.Fatalf("%s: never\n%s", what, r.log)
		}
	}
}

// reading waits for the next reading of a tag.
func (r *running) reading(t *testing.T, tag measure.Tag) measure.Reading {
	t.Helper()
	for {
		select {
		case s := <-r.scans:
			for _, reading := range r.config.Catalogue().Readings(s) {
				if reading.Tag == tag {
					return reading
				}
			}
		case <-r.ctx.Done():
			t.Fatalf("no reading of %s\n%s", tag, r.log)
		}
	}
}

// TestOneTopicNeverStopsAnother: a topic that the broker refuses, or over
// which it closes the connection, is named once; the others go on.
func TestOneTopicNeverStopsAnother(t *testing.T) {
	t.Parallel()
	for _, closes := range []bool{false, true} {
		port := freePort(t)
		url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
		broker := server.New(&server.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err := broker.AddHook(&strictBroker{closes: closes}, nil); err != nil {
			t.Fatal(err)
		}
		if err := broker.AddListener(listeners.NewTCP(listeners.Config{ID: "t", Address: fmt.Sprintf("127.0.0.1:%d", port)})); err != nil {
			t.Fatal(err)
		}
		if err := broker.Serve(); err != nil {
			t.Fatal(err)
		}
		file := fmt.Sprintf("agent: gw\nsite: s\nbroker: %s\nmqtt:\n  - subscriptions:\n", url)
		for _, name := range []string{"a", "b", "c"} {
			file += fmt.Sprintf("      - { instrument: I-%s, topic: %s, payload: plain, tags: { p/%s: { unit: kg } } }\n", name, name, name)
		}
		r := run(t, file)
		stats := r.Stats.Subscribers[0]
		r.until(t, "connected", stats.Connected.Load)
		sensor := dial(t, url)
		for i, topic := range []string{"a", "c"} {
			if err := sensor.Publish(r.ctx, topic, false, fmt.Append(nil, i+1)); err != nil {
				t.Fatal(err)
			}
			for got := r.reading(t, measure.Tag("p/"+topic)); got.Value != float64(i+1); got = r.reading(t, measure.Tag("p/"+topic)) {
				if got.Quality != measure.BadBecause(measure.NoConnection) { // said while the broker closed
					t.Fatalf("closes %v: %+v", closes, got)
				}
			}
		}
		if stats.Topics[1].Granted.Load() || !stats.Topics[0].Granted.Load() || !stats.Topics[2].Granted.Load() || stats.Topics[2].Messages.Load() != 1 || stats.Topics[2].Last.Load() == 0 {
			t.Errorf("closes %v: granted %v %v %v", closes, stats.Topics[0].Granted.Load(), stats.Topics[1].Granted.Load(), stats.Topics[2].Granted.Load())
		}
		if n := strings.Count(r.log.String(), "topic is not granted"); n != 1 || !strings.Contains(r.log.String(), "topic=b") {
			t.Errorf("closes %v: the topic is named %d times\n%s", closes, n, r.log)
		}
		if !closes {
			poller := NewPoller(r.config, nil)
			ctx, cancel := context.WithTimeout(r.ctx, time.Second)
			scans := poller.ReadOnce(ctx)
			cancel()
			if remarks := fmt.Sprint(poller.Remarks(scans)); scans[1].Fault != measure.FaultConnection || scans[0].Fault != measure.FaultTimeout || !strings.Contains(remarks, "topic b: not granted") {
				t.Errorf("read says %s of %+v", remarks, scans)
			}
		}
		sensor.Close()
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRenamedTopic: messages of a lasting session on a topic that the file
// does not name any more are let go of and counted, and stop nothing.
func TestRenamedTopic(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	mosquitto(t, port)
	sensor := dial(t, url)
	defer sensor.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	before, err := mqtt.Dial(ctx, mqtt.Options{URL: url, ClientID: "gw-instruments", Persistent: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"old/1", "old/2", "new"} {
		if err := before.Request(ctx, topic); err != nil {
			t.Fatal(err)
		}
	}
	before.Close()
	const waiting = 60 // more than a broker lets be unacknowledged
	for i := range waiting {
		if err := sensor.Publish(ctx, fmt.Sprintf("old/%d", 1+i%2), false, []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	message := func(value int) []byte { return fmt.Appendf(nil, `{"v":%d,"ts":%d}`, value, time.Now().Unix()) }
	if err := sensor.Publish(ctx, "new", false, message(7)); err != nil {
		t.Fatal(err)
	}
	r := run(t, fmt.Sprintf("agent: gw\nsite: s\nbroker: %s\nmqtt:\n  - subscriptions:\n      - { instrument: I-1, topic: new, payload: json, tags: { p/a: { path: v, unit: kg } }, time: { path: ts, format: unix } }\n", url))
	if got := r.reading(t, "p/a"); got.Value != 7 || got.Quality != measure.GoodQuality {
		t.Errorf("what waited on the topic that stays: %+v", got)
	}
	stats := r.Stats.Subscribers[0]
	r.until(t, "all let go of", func() bool { return stats.Foreign.Load() == waiting })
	for _, topic := range []string{"old/1", "new"} {
		if err := sensor.Publish(ctx, topic, false, message(8)); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.reading(t, "p/a"); got.Value != 8 || stats.Foreign.Load() != waiting {
		t.Errorf("afterwards %+v, %d foreign messages", got, stats.Foreign.Load())
	}
	foreign := func() int { return strings.Count(r.log.String(), "does not name") }
	r.until(t, "both logged", func() bool { return foreign() >= 2 })
	if n := foreign(); n != 2 {
		t.Errorf("said %d times, want once a topic\n%s", n, r.log)
	}
}

// TestRetainedMessages: a message that the broker kept is taken only with a
// time of its own that is believed; else it is said and counted.
func TestRetainedMessages(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	mosquitto(t, port)
	sensor := dial(t, url)
	defer sensor.Close()
	now := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for topic, text := range map[string]string{"fresh": fmt.Sprintf(`{"v":1,"ts":%d}`, now.Unix()-60), "old": fmt.Sprintf(`{"v":2,"ts":%d}`, now.Unix()-90000), "plain": "3"} {
		if err := sensor.Publish(ctx, topic, true, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	file := fmt.Sprintf("agent: gw\nsite: s\nbroker: %s\nmqtt:\n  - subscriptions:\n      - { instrument: I-0, topic: plain, payload: plain, tags: { p/plain: { unit: kg } } }\n", url)
	for _, topic := range []string{"fresh", "old"} {
		file += fmt.Sprintf("      - { instrument: I-%[1]s, topic: %[1]s, payload: json, tags: { p/%[1]s: { path: v, unit: kg } }, time: { path: ts, format: unix } }\n", topic)
	}
	r := run(t, file)
	if got := r.reading(t, "p/fresh"); got.Value != 1 || got.Quality != measure.GoodQuality || got.Time.Unix() != now.Unix()-60 {
		t.Errorf("%+v", got)
	}
	stats := r.Stats.Subscribers[0]
	r.until(t, "both passed over", func() bool { return stats.Topics[0].Retained.Load() == 1 && stats.Topics[2].Retained.Load() == 1 })
	passedOver := func() int { return strings.Count(r.log.String(), "retained message is passed over") }
	r.until(t, "both logged", func() bool { return passedOver() >= 2 })
	if n := passedOver(); n != 2 {
		t.Errorf("said %d times\n%s", n, r.log)
	}
	poller := NewPoller(r.config, nil)
	reading, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	if remarks := fmt.Sprint(poller.Remarks(poller.ReadOnce(reading))); !strings.Contains(remarks, "topic plain: only a retained message") || strings.Contains(remarks, "fresh") {
		t.Errorf("read says %s", remarks)
	}
}

// TestDoubtsAreLoggedOnce: what is doubted is said once with what to do, and counted
// every time.
func TestDoubtsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	profile := "profile: p\nabout: x\nsource: y\norder: ABCD\npoints:\n  a: { function: 3, address: 0, type: float32, unit: kg/h, range: [0 kg/h, 1000 kg/h] }\n"
	file := "agent: gw\nsite: s\nbuses:\n  - bus: tcp://127.0.0.1:5020\n    instruments:\n      - { instrument: I-1, profile: ./p.yaml, every: 1 s, tags: { p/a: a } }\n"
	c, err := ParseConfig("agent.yaml", []byte(file), func(string) ([]byte, error) { return []byte(profile), nil })
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte{0, 0, 0x42, 0xF1} // 120.5 with its words swapped
	log := &safeBuffer{}
	p := NewPoller(c, slog.New(slog.NewTextHandler(log, nil)))
	sink := p.countDoubts(func(context.Context, measure.Scan) error { return nil })
	for range 5 {
		if err := sink(context.Background(), measure.Scan{At: time.Now().UnixNano(), Raw: raw}); err != nil {
			t.Fatal(err)
		}
	}
	counted := uint64(0)
	p.Stats.Doubts.Each(func(d devices.Doubt, n uint64) { counted += n })
	if n := strings.Count(log.String(), "CDAB"); n != 1 || counted != 5 {
		t.Errorf("said %d times, counted %d\n%s", n, counted, log)
	}
}
