package polling

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
)

// mosquitto runs a real broker on a port and returns a way to kill it.
func mosquitto(t testing.TB, port int) func() {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("SKIPPED: no mosquitto: apt-get install mosquitto")
		}
	}
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\nuser root\n", port), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(kill)
	return kill
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// dial connects as soon as the broker listens.
func dial(t testing.TB, url string) *mqtt.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		client, err := mqtt.Dial(ctx, mqtt.Options{URL: url, ClientID: "sensor"})
		if err == nil {
			return client
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestSensorMessages follows messages, good and poisonous, from a real broker
// to readings, through the loss of the broker and its return.
func TestSensorMessages(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	config := parse(t, fmt.Sprintf(`agent: gw
site: s
broker: %s
mqtt:
  - subscriptions:
      - { instrument: TT-1, topic: hall/env, payload: json, tags: { p/t: { path: t, unit: Cel } } }
      - { instrument: TT-2, topic: tank, payload: plain, tags: { p/tank: { unit: Cel, range: [0 Cel, 90 Cel] } } }
`, url))
	kill := mosquitto(t, port)
	sensor := dial(t, url)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := sensor.Publish(ctx, "tank", true, []byte("99")); err != nil { // kept by the broker: of any age
		t.Fatal(err)
	}
	poller := NewPoller(config, nil)
	scans := make(chan measure.Scan)
	done := make(chan error, 1)
	go func() {
		done <- poller.Run(ctx, func(ctx context.Context, s measure.Scan) error {
			select {
			case scans <- s:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	next := func() measure.Reading {
		t.Helper()
		select {
		case s := <-scans:
			return config.Catalogue().Readings(s)[0]
		case <-ctx.Done():
			t.Fatal("no scan came")
			panic("unreachable")
		}
	}
	connected := func() {
		t.Helper()
		for !poller.Stats.Subscribers[0].Connected.Load() {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				t.Fatal("the poller does not connect")
			}
		}
	}
	connected()
	bad := measure.BadBecause
	for _, c := range []struct {
		topic, payload string
		tag            measure.Tag
		value          float64
		quality        measure.Quality
	}{
		{"hall/env", `{"t":21.5}`, "p/t", 21.5, measure.GoodQuality},
		{"hall/env", `{"t":`, "p/t", 0, bad(measure.Unparsable)},
		{"hall/env", "\x00\xff", "p/t", 0, bad(measure.Unparsable)},
		{"hall/env", `{"x":1}`, "p/t", 0, bad(measure.NotReported)},
		{"hall/env", string(bytes.Repeat([]byte(" "), 20000)), "p/t", 0, bad(measure.Framing)},
		{"tank", "66.25", "p/tank", 66.25, measure.GoodQuality},
		{"tank", "120", "p/tank", 120, measure.UncertainBecause(measure.OutOfRange)},
		{"hall/env", `{"t":"22"}`, "p/t", 22, measure.GoodQuality},
	} {
		if err := sensor.Publish(ctx, c.topic, false, []byte(c.payload)); err != nil {
			t.Fatal(err)
		}
		r := next()
		if r.Tag != c.tag || r.Value != c.value || r.Quality != c.quality || time.Since(r.Time).Abs() > time.Minute {
			t.Errorf("%.20q on %s gave %+v", c.payload, c.topic, r)
		}
	}
	if n := poller.Stats.Subscribers[0].Retained.Load(); n != 1 {
		t.Errorf("%d kept messages passed over, want 1", n)
	}
	kill()
	for _, tag := range []measure.Tag{"p/t", "p/tank"} {
		if r := next(); r.Tag != tag || r.Quality != bad(measure.NoConnection) {
			t.Errorf("after the broker went: %+v", r)
		}
	}
	sensor.Close()
	mosquitto(t, port)
	sensor = dial(t, url)
	defer sensor.Close()
	connected()
	if err := sensor.Publish(ctx, "tank", false, []byte("5")); err != nil {
		t.Fatal(err)
	}
	if r := next(); r.Value != 5 || r.Quality != measure.GoodQuality {
		t.Errorf("after the broker came back: %+v", r)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
