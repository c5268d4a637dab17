//go:build !windows

package ingest_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/ingest/spool"
	"github.com/nielu/nielu/measure"
)

// walk makes scans as a plant does: three blocks of float32 registers that
// walk slowly, and a sensor's JSON messages.
type walk struct {
	rng    *rand.Rand
	at     int64
	values [3][20]float64
	n      uint64
}

func newWalk(seed uint64) *walk {
	w := &walk{rng: rand.New(rand.NewPCG(seed, 1)), at: 1_793_000_000_000_000_000}
	for b := range w.values {
		for i := range w.values[b] {
			w.values[b][i] = 20 + 400*w.rng.Float64()
		}
	}
	return w
}

func (w *walk) next() measure.Scan {
	block := uint32(w.n % 4)
	if block == 0 {
		w.at += 1_000_000_000
	}
	w.n++
	s := measure.Scan{Block: block, At: w.at + int64(block)*20_000_000 + int64(w.rng.NormFloat64()*1e6)}
	if block == 3 {
		s.Raw = fmt.Appendf(nil, `{"temperature":%.2f,"humidity":%.1f}`, 21+w.rng.NormFloat64()/10, 40+w.rng.NormFloat64())
		return s
	}
	if w.rng.IntN(500) == 0 {
		s.Fault = measure.FaultTimeout
		return s
	}
	for i := range w.values[block] {
		if w.rng.IntN(3) > 0 {
			w.values[block][i] += w.rng.NormFloat64() * 0.05
		}
		s.Raw = binary.BigEndian.AppendUint32(s.Raw, math.Float32bits(float32(math.Round(w.values[block][i]*100)/100)))
	}
	return s
}

func (w *walk) take(n int) []measure.Scan {
	out := make([]measure.Scan, n)
	for i := range out {
		out[i] = w.next()
	}
	return out
}

func logger(t testing.TB) *slog.Logger {
	if os.Getenv("NIELU_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// rig is a centre, a broker and an agent's parts, each of which a test may stop.
type rig struct {
	t       testing.TB
	dir     string
	url     string
	logKey  *evidence.SigningKey
	agentK  *evidence.SigningKey
	log     *writer.Log
	intake  *ingest.Intake
	options spool.Options
}

func newRig(t testing.TB, url string) *rig {
	r := &rig{t: t, dir: t.TempDir(), url: url}
	r.logKey = must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(r.dir, "log.key"), "nielu-log"))
	r.agentK = must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(r.dir, "agent.key"), "gw-1"))
	r.options = spool.Options{Site: "park", Agent: "gw-1", Plants: []string{"pyro1"}, Catalogue: []byte(`{"agent":"gw-1"}`),
		Sign: r.agentK.Sign, Centre: r.logKey.Verifier(), SealEvery: 50 * time.Millisecond, FreeFloor: -1, Log: logger(t)}
	r.openLog()
	return r
}

func (r *rig) openLog() {
	r.log = must[*writer.Log](r.t)(writer.Open(context.Background(), filepath.Join(r.dir, "log"),
		writer.Options{Key: r.logKey, BatchAge: 5 * time.Millisecond, CheckpointEvery: 100 * time.Millisecond, Log: logger(r.t)}))
	r.t.Cleanup(func() { r.log.Close() })
	r.intake = &ingest.Intake{Log: r.log, Key: r.logKey, Dir: filepath.Join(r.dir, "intake"), Logger: logger(r.t),
		Retry: 20 * time.Millisecond, Dial: dial(r.url, "centre", broker.Centre, "")}
}

func dial(url, id, user, will string) ingest.Dial {
	return func(ctx context.Context) (ingest.Pipe, error) {
		o := mqtt.Options{URL: url, ClientID: id, User: user, Timeout: 2 * time.Second, Persistent: user == broker.Centre}
		if will != "" {
			o.Will = mqtt.Will{Topic: will, Payload: []byte(ingest.StatusOffline), Retained: true}
		}
		return mqtt.Dial(ctx, o)
	}
}

func (r *rig) uplink(s *spool.Spool) *ingest.Uplink {
	return &ingest.Uplink{Site: "park", Agent: "gw-1", Outbox: s, Retry: 20 * time.Millisecond, ResendAfter: time.Second,
		Log: logger(r.t), Dial: dial(r.url, "gw-1", "gw-1", ingest.Topic("park", "gw-1", ingest.TopicStatus))}
}

// logged returns the sequence of scans in the log, by epoch and number, and
// fails on any that is there twice.
func logged(t testing.TB, leaves ingest.Leaves) map[[2]uint64]measure.Scan {
	t.Helper()
	out := map[[2]uint64]measure.Scan{}
	for i := range leaves.Size() {
		l := must[evidence.Leaf](t)(evidence.DecodeLeaf(must[[]byte](t)(leaves.Entry(context.Background(), i))))
		if l.Kind != evidence.Batch {
			continue
		}
		for _, s := range must[ingest.Batch](t)(ingest.DecodeBatch(l)).Scans {
			key := [2]uint64{l.Epoch, s.Seq}
			if _, twice := out[key]; twice {
				t.Fatalf("scan %d of epoch %d is in the log twice", s.Seq, l.Epoch)
			}
			out[key] = s
		}
	}
	return out
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	if !eventually(done) {
		t.Fatalf("waited in vain for %s", what)
	}
}

func eventually(done func() bool) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return false
}

func freePort(t testing.TB) int {
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// mosquitto starts a real broker and returns its URL.
func mosquitto(t testing.TB) string {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("SKIPPED: mosquitto is not installed; nothing was shown about a broker other than our own")
	}
	port := freePort(t)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	waitFor(t, "mosquitto", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return fmt.Sprintf("mqtt://127.0.0.1:%d", port)
}

func embedded(t testing.TB) string {
	b := must[*broker.Broker](t)(broker.New(broker.Options{Address: "127.0.0.1:0"}))
	running(t, b.Run)
	return "mqtt://" + b.Addr()
}

// running runs f until the test ends, or stop is called.
func running(t testing.TB, f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group errgroup.Group
	group.Go(func() error { return f(ctx) })
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := group.Wait(); err != nil {
				t.Errorf("run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func TestFromSpoolToReceipt(t *testing.T) {
	for name, start := range map[string]func(testing.TB) string{"embedded": embedded, "mosquitto": mosquitto} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, start(t))
			if err := r.intake.Enrol(t.Context(), "gw-1", "park", r.agentK.Public()); err != nil {
				t.Fatal(err)
			}
			running(t, r.intake.Run)
			s := must[*spool.Spool](t)(spool.Open(filepath.Join(r.dir, "spool"), r.options))
			t.Cleanup(func() { s.Close() })
			running(t, s.Run)
			up := r.uplink(s)
			running(t, up.Run)

			scans := newWalk(1).take(2000)
			for i := 0; i < len(scans); i += 10 {
				must[uint64](t)(s.Append(t.Context(), scans[i:i+10]...))
			}
			waitFor(t, "receipts for all", func() bool {
				heads := r.intake.Receipts()
				return len(heads) == 1 && heads[0].Seq == 2000 && s.Stats.Waiting.Load() == 0
			})
			got := logged(t, r.log)
			if len(got) != len(scans) {
				t.Fatalf("%d scans in the log, %d appended", len(got), len(scans))
			}
			for i, want := range scans {
				want.Seq = uint64(i + 1)
				if g := got[[2]uint64{1, want.Seq}]; fmt.Sprint(g) != fmt.Sprint(want) {
					t.Fatalf("scan %d: %v, appended %v", i, g, want)
				}
			}
			if n := r.intake.Stats.Refused.Total(); n != 0 {
				t.Errorf("%d leaves refused", n)
			}
			if up.Stats.Receipts.Load() == 0 || s.Stats.Trimmed.Load() == 0 {
				t.Error("no receipt was counted")
			}
			checkReader(t, r, scans)
		})
	}
}

// checkReader decodes the log through a Reader and finds each time once.
func checkReader(t *testing.T, r *rig, scans []measure.Scan) {
	t.Helper()
	decode := func(catalogue []byte, scans []measure.Scan) ([]measure.Series, error) {
		if sha256.Sum256(catalogue) != sha256.Sum256(r.options.Catalogue) {
			return nil, fmt.Errorf("another catalogue")
		}
		s := measure.Series{Tag: "pyro1/a/b"}
		other := measure.Series{Tag: "pyro2/a/b"}
		for _, scan := range scans {
			s.Samples = append(s.Samples, measure.Sample{At: scan.At, Value: float64(scan.Block), Quality: measure.GoodQuality})
			other.Samples = append(other.Samples, measure.Sample{At: scan.At})
		}
		return []measure.Series{s, other}, nil
	}
	times := map[int64]bool{}
	from, to := scans[500].At, scans[1500].At
	for _, s := range scans {
		if s.At >= from && s.At < to {
			times[s.At] = true
		}
	}
	reader := &ingest.Reader{Log: r.log, Decode: decode, Cache: 3}
	w := measure.Interval{From: time.Unix(0, from), To: time.Unix(0, to)}
	for range 2 {
		series := must[[]measure.Series](t)(reader.Readings(t.Context(), "pyro1", w))
		if len(series) != 1 || len(series[0].Samples) != len(times) {
			t.Fatalf("readings: %d series, want 1 of %d samples", len(series), len(times))
		}
	}
	if series := must[[]measure.Series](t)(reader.Readings(t.Context(), "pyro9", w)); len(series) != 0 {
		t.Errorf("readings of a plant that is not there: %d series", len(series))
	}
	count := 0
	for touch, err := range reader.Since(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if touch.Index != uint64(count) {
			t.Fatalf("touch %d has index %d", count, touch.Index)
		}
		count++
	}
	if uint64(count) != r.log.Size() {
		t.Errorf("%d touches of %d leaves", count, r.log.Size())
	}
}
