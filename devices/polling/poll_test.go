package polling

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
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// plant is a Modbus TCP server: register a of unit u holds 100·u + a, unit 9
// never answers and unit 8 refuses everything.
func plant(t testing.TB) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	var mu sync.Mutex
	var conns []net.Conn
	group.Go(func() error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return nil
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			group.Go(func() error {
				defer conn.Close()
				request := make([]byte, 12)
				for {
					if _, err := io.ReadFull(conn, request); err != nil {
						return nil
					}
					reply := append([]byte(nil), request[:8]...)
					first, n := binary.BigEndian.Uint16(request[8:]), binary.BigEndian.Uint16(request[10:])
					switch request[6] {
					case 9:
						continue
					case 8:
						reply[7] |= 0x80
						reply = append(reply, 2)
					default:
						reply = append(reply, byte(2*n))
						for a := range n {
							reply = binary.BigEndian.AppendUint16(reply, 100*uint16(request[6])+first+a)
						}
					}
					binary.BigEndian.PutUint16(reply[4:], uint16(len(reply)-6))
					conn.Write(reply)
				}
			})
		}
	})
	return listener.Addr().String(), func() {
		listener.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		group.Wait()
	}
}

const words = `profile: words
version: 1
about: sixteen words
source: made for a test
holes: 0
points:
  a: { function: 3, address: 1, type: uint16, unit: '1' }
  b: { function: 3, address: 2, type: uint16, unit: '1' }
  c: { function: 3, address: 40, type: uint16, unit: '1' }
`

func openWords(name string) ([]byte, error) {
	if name == "./words.yaml" {
		return []byte(words), nil
	}
	return configs.Profile(name)
}

func pollConfig(t testing.TB, address string) *Config {
	t.Helper()
	text := fmt.Sprintf(`agent: gw
site: s
buses:
  - bus: tcp://%s
    instruments:
      - { instrument: LIVE, unit: 1, profile: ./words.yaml, every: 10 ms, timeout: 2 s, tags: { p/a: a, p/b: b, p/c: c } }
      - { instrument: DEAD, unit: 9, profile: ./words.yaml, every: 10 ms, timeout: 80 ms, tags: { p/d: a, p/e: c } }
      - { instrument: REFUSES, unit: 8, profile: ./words.yaml, every: 50 ms, timeout: 2 s, tags: { p/f: a } }
`, address)
	config, err := ParseConfig("agent.yaml", []byte(text), openWords)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestDeadInstrumentDelaysNoOther(t *testing.T) {
	defer goleak.VerifyNone(t)
	address, stop := plant(t)
	defer stop()
	config := pollConfig(t, address)
	var log bytes.Buffer
	poller := NewPoller(config, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	enough := time.Now().Add(2500 * time.Millisecond)
	byTag := map[measure.Tag][]measure.Sample{}
	before := map[uint32]uint64{}                                          // timeouts of the dead instrument when a live block was read last
	err := poller.Run(ctx, func(_ context.Context, s measure.Scan) error { // one bus, so one caller
		if config.Catalogue().Blocks[s.Block].Instrument == "LIVE" {
			// Its own timeout is all a dead instrument may cost: one at most
			// between two turns of a live one.
			timeouts := poller.Stats.Buses[0].Instruments[1].Timeouts.Load()
			if last, again := before[s.Block]; again && timeouts > last+1 {
				t.Errorf("block %d waited for %d timeouts of the dead instrument", s.Block, timeouts-last)
			}
			before[s.Block] = timeouts
		}
		for _, r := range config.Catalogue().Readings(s) {
			byTag[r.Tag] = append(byTag[r.Tag], measure.Sample{At: r.Time.UnixNano(), Value: r.Value, Quality: r.Quality})
		}
		if dead := len(byTag["p/d"]); dead > 1 && len(byTag["p/a"]) >= 10*dead && len(byTag["p/f"]) > dead && time.Now().After(enough) {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for tag, value := range map[measure.Tag]float64{"p/a": 101, "p/b": 102, "p/c": 140} {
		samples := byTag[tag]
		if dead := len(byTag["p/d"]); len(samples) < 10*dead || dead == 0 {
			t.Errorf("%s was read %d times and the dead instrument tried %d times: it is tried less and less often", tag, len(samples), dead)
		}
		for _, s := range samples {
			if s.Value != value || s.Quality != measure.GoodQuality {
				t.Fatalf("%s = %v, want %v", tag, s, value)
			}
		}
	}
	for _, tag := range []measure.Tag{"p/d", "p/e"} {
		if n := len(byTag[tag]); n < 2 || n > 8 {
			t.Errorf("%s of the dead instrument was tried %d times, want a few", tag, n)
		}
		for _, s := range byTag[tag] {
			if s.Quality != measure.BadBecause(measure.NoReply) {
				t.Errorf("%s = %v, want bad:no-reply", tag, s)
			}
		}
	}
	for _, s := range byTag["p/f"] {
		if s.Quality != measure.BadBecause(measure.Exception) {
			t.Errorf("p/f = %v, want bad:exception", s)
		}
	}
	if n := len(byTag["p/f"]); n <= len(byTag["p/d"]) {
		t.Errorf("a refused request was made %d times: the instrument answers, so it keeps its turns", n)
	}
	if n := strings.Count(log.String(), "does not answer properly"); n != 1 {
		t.Errorf("the dead instrument was reported %d times, want once:\n%s", n, log.String())
	}
	if n := strings.Count(log.String(), "refuses a request"); n != 1 {
		t.Errorf("the refused request was reported %d times, want once", n)
	}
	stats := poller.Stats.Buses[0]
	if live := stats.Instruments[0]; live.Requests.Load() != live.Replies.Load() || !live.Answering.Load() {
		t.Errorf("live: %d requests, %d replies", live.Requests.Load(), live.Replies.Load())
	}
	if stats.Instruments[1].Timeouts.Load() == 0 || stats.Instruments[2].Exceptions.Load() == 0 || stats.Timeouts.Load() == 0 {
		t.Error("faults were not counted")
	}
}

func TestReadOnce(t *testing.T) {
	t.Parallel()
	address, stop := plant(t)
	defer stop()
	config := pollConfig(t, address)
	scans := NewPoller(config, nil).ReadOnce(context.Background())
	want := []measure.Fault{0, 0, measure.FaultTimeout, measure.FaultTimeout, 2}
	if len(scans) != len(want) {
		t.Fatalf("%d scans, want %d", len(scans), len(want))
	}
	for i, s := range scans {
		if s.Fault != want[i] || int(s.Block) != i || time.Since(time.Unix(0, s.At)) > time.Minute {
			t.Errorf("scan %d = %+v, want fault %#x", i, s, want[i])
		}
	}
	r := config.Catalogue().Readings(scans[0])[1]
	if r.Tag != "p/b" || r.Value != 102 || !bytes.Equal(r.Raw, []byte{0, 102}) || r.Address != "tcp://"+address+" unit 1 holding register 2 (40003)" {
		t.Errorf("reading = %+v", r)
	}
}

// TestBusComesBack starts before the plant does, and sees it go and come again.
func TestBusComesBack(t *testing.T) {
	t.Parallel()
	address, stop := plant(t)
	config := pollConfig(t, address)
	stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := make(chan measure.Scan, 1000)
	done := make(chan error, 1)
	go func() {
		done <- NewPoller(config, nil).Run(ctx, func(ctx context.Context, s measure.Scan) error {
			select {
			case seen <- s:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	wait := func(fault measure.Fault) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		for {
			select {
			case s := <-seen:
				if s.Block == 0 && s.Fault == fault {
					return
				}
			case <-deadline:
				t.Fatalf("no scan with fault %#x", fault)
			}
		}
	}
	wait(measure.FaultConnection)
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("SKIPPED: the port was taken meanwhile: %v", err)
	}
	go func() {
		for {
			conn, err := again.Accept()
			if err != nil {
				return
			}
			request := make([]byte, 12)
			for {
				if _, err := io.ReadFull(conn, request); err != nil {
					conn.Close()
					break
				}
				n := 2 * binary.BigEndian.Uint16(request[10:])
				reply := append(append([]byte(nil), request[:8]...), byte(n))
				reply = append(reply, make([]byte, n)...)
				binary.BigEndian.PutUint16(reply[4:], uint16(len(reply)-6))
				conn.Write(reply)
			}
		}
	}()
	wait(measure.NoFault)
	again.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestScheduleKeepsUp: under load every live block gets its share, skipped
// turns are counted and the dead instrument is still tried.
func TestScheduleKeepsUp(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	dead := &breaker{Instrument: Instrument{Timeout: 500 * time.Millisecond}, quarantine: time.Second}
	s := &schedule{}
	for i := range 10 {
		s.tasks = append(s.tasks, &pollTask{block: uint32(i), every: 100 * time.Millisecond, due: start, breaker: &breaker{}})
	}
	s.tasks = append(s.tasks, &pollTask{block: 10, every: 100 * time.Millisecond, due: start, breaker: dead})
	now, end := start, start.Add(5*time.Minute)
	count, last := map[uint32]int{}, map[uint32]time.Time{}
	var longest time.Duration
	var missed uint64
	for now.Before(end) {
		next, soonest := s.next(now)
		if next == nil {
			now = soonest
			continue
		}
		count[next.block]++
		if next.block == 10 {
			now = now.Add(dead.Timeout)
			dead.fail(now)
		} else {
			if at, ok := last[next.block]; ok {
				longest = max(longest, now.Sub(at))
			}
			last[next.block] = now
			now = now.Add(20 * time.Millisecond) // ten blocks take 200 ms: twice what there is
			next.breaker.succeed()
		}
		missed += next.reschedule(now)
	}
	for block := range uint32(10) {
		if count[block] < 1300 {
			t.Errorf("block %d had %d turns of about 1,450", block, count[block])
		}
	}
	if count[10] < 8 || count[10] > 14 {
		t.Errorf("the dead instrument was tried %d times in 5 minutes, want about ten", count[10])
	}
	if longest > 200*time.Millisecond+dead.Timeout+40*time.Millisecond {
		t.Errorf("a live block waited %v: a round is 200 ms, a dead instrument's timeout %v", longest, dead.Timeout)
	}
	if missed < 10*1000 {
		t.Errorf("%d turns counted as missed, want about half", missed)
	}
}

func TestPlan(t *testing.T) {
	text := strings.ReplaceAll(pyro, "tcp://127.0.0.1:5020", "rtu:///dev/ttyUSB0?baud=19200&parity=E&stop=1")
	plan := parse(t, text).Plan()
	if len(plan.Buses) != 1 || len(plan.Buses[0].Requests) != 2 {
		t.Fatalf("plan = %+v", plan)
	}
	bus := plan.Buses[0]
	weight, power := bus.Requests[0], bus.Requests[1]
	// (13 + 16) characters of 11 bits, two silences of 3.5 characters, 20 ms
	if want := 40625 * time.Microsecond; (weight.Takes - want).Abs() > 10*time.Microsecond {
		t.Errorf("weight takes %v, want %v", weight.Takes, want)
	}
	if power.Manual != 30053 || power.Address != 52 || power.Quantity != 22 || power.Wasted != 18 {
		t.Errorf("power = %+v", power)
	}
	if bus.Utilisation <= 0 || bus.Utilisation > 1 || bus.Cycle <= weight.Takes {
		t.Errorf("bus = %+v", bus)
	}
}

// TestCoalescing: at 9600 baud a hole of 18 registers costs less than a
// request if the instrument takes 50 ms, and more if it takes none.
func TestCoalescing(t *testing.T) {
	float := func(function uint8, name string, address uint16) devices.RegisterPoint {
		return devices.RegisterPoint{Function: function, Point: devices.Point{Name: name, Address: address, Layout: devices.Layout{Type: devices.Float32}}}
	}
	points := []devices.RegisterPoint{float(4, "", 52), float(4, "", 72)}
	line := parse(t, strings.ReplaceAll(pyro, "tcp://127.0.0.1:5020", "rtu:///dev/ttyUSB0?baud=9600")).Buses[0].Line
	for latency, want := range map[time.Duration]int{0: 2, 50 * time.Millisecond: 1} {
		blocks, err := coalesce(points, &devices.Profile{Holes: -1, MaxRegisters: 125}, costOf(line, latency))
		if err != nil || len(blocks) != want {
			t.Errorf("latency %v: %d requests, want %d (%v)", latency, len(blocks), want, err)
		}
	}
	_, err := coalesce([]devices.RegisterPoint{float(3, "far", 900)}, &devices.Profile{Holes: -1, MaxRegisters: 125, Clock: &devices.Clock{Function: 3, Address: 0, Type: "unix32"}}, cost{})
	if err == nil || !strings.Contains(err.Error(), "far") {
		t.Errorf("a point too far from the clock: %v", err)
	}
}
