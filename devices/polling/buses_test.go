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

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// answering serves Modbus TCP: answer returns what is sent for a request, from
// the function code on, or nil for silence. It is called by one connection at a
// time.
func answering(t testing.TB, answer func(unit, function uint8, first, n uint16) []byte, behind ...byte) (address string) {
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
				request := make([]byte, 12)
				for {
					if _, err := io.ReadFull(conn, request); err != nil {
						return nil
					}
					mu.Lock()
					pdu := answer(request[6], request[7], binary.BigEndian.Uint16(request[8:]), binary.BigEndian.Uint16(request[10:]))
					mu.Unlock()
					if pdu == nil {
						continue
					}
					reply := append(bytes.Clone(request[:7]), pdu...)
					binary.BigEndian.PutUint16(reply[4:], uint16(len(pdu)+1))
					conn.Write(append(reply, behind...))
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return listener.Addr().String()
}

// holding is the reply of registers that hold their address and 100 times their unit.
func holding(unit, function uint8, first, n uint16) []byte {
	pdu := []byte{function, byte(2 * n)}
	for a := range n {
		pdu = binary.BigEndian.AppendUint16(pdu, 100*uint16(unit)+first+a)
	}
	return pdu
}

func exception(function uint8, code byte) []byte { return []byte{function | 0x80, code} }

// polled reads every block of a file for so many scans, 0: for two seconds, and returns them by tag
// with what was said.
func polled(t testing.TB, config *Config, scans int) (byTag map[measure.Tag][]measure.Reading, log string, stats *Stats) {
	t.Helper()
	var out bytes.Buffer
	poller := NewPoller(config, slog.New(slog.NewTextHandler(&out, nil)))
	wait := time.Minute
	if scans == 0 {
		wait = 2 * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	byTag = map[measure.Tag][]measure.Reading{}
	var mu sync.Mutex
	err := poller.Run(ctx, func(_ context.Context, s measure.Scan) error {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range config.Catalogue().Readings(s) {
			byTag[r.Tag] = append(byTag[r.Tag], r)
		}
		if scans--; scans == 0 {
			cancel()
		}
		return nil
	})
	if err != nil || scans > 0 {
		t.Fatalf("%d scans are missing: %v\n%s", scans, err, out.String())
	}
	return byTag, out.String(), &poller.Stats
}

// file is an agent's file of one bus whose instruments all have the profile.
func file(t testing.TB, address, profile string, instruments ...string) *Config {
	t.Helper()
	text := fmt.Sprintf("agent: gw\nsite: s\nbuses:\n  - bus: tcp://%s\n    instruments:\n", address)
	for _, in := range instruments {
		if !strings.Contains(in, "timeout") {
			in = "timeout: 5 s, " + in
		}
		text += "      - { profile: ./own.yaml, " + in + " }\n"
	}
	config, err := ParseConfig("agent.yaml", []byte(text), func(name string) ([]byte, error) {
		if name == "./own.yaml" {
			return []byte("profile: own\nversion: 1\nabout: made\nsource: made for a test\n" + profile), nil
		}
		return configs.Profile(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

const spread = `points:
  a: { function: 3, address: 10, type: uint16, unit: '1' }
  b: { function: 3, address: 11, type: uint16, unit: '1' }
  c: { function: 3, address: 14, type: uint32, unit: '1' }
  d: { function: 3, address: 40, type: uint16, unit: '1' }
  e: { function: 3, address: 80, type: uint16, unit: '1' }
`

const spreadTags = "tags: { p/a: a, p/b: b, p/c: c, p/d: d, p/e: e }"

func good(t *testing.T, byTag map[measure.Tag][]measure.Reading, want map[measure.Tag]float64, bad int) {
	t.Helper()
	for tag, value := range want {
		missing := 0
		for _, r := range byTag[tag] {
			if r.Quality != measure.GoodQuality {
				missing++
			} else if r.Value != value {
				t.Errorf("%s = %v, want %v", tag, r.Value, value)
			}
		}
		if n := len(byTag[tag]); n == 0 || missing > bad {
			t.Errorf("%s: %d of %d readings are bad: %v", tag, missing, n, byTag[tag][n-1].Quality)
		}
	}
}

// A request that is refused for its length, or for a register that nobody
// needs, is divided, which is remembered and said once.
func TestARefusedRequestIsDivided(t *testing.T) {
	t.Parallel()
	want := map[measure.Tag]float64{"p/a": 110, "p/b": 111, "p/c": 114<<16 | 115, "p/d": 140, "p/e": 180}
	for name, c := range map[string]struct {
		code    byte
		refuses func(first, n uint16) bool
		parts   int
	}{
		"length":    {3, func(_, n uint16) bool { return n > 40 }, 2},
		"a hole":    {2, func(first, n uint16) bool { return first < 20 && first+n > 20 || first <= 40 && first+n > 42 }, 3},
		"all holes": {2, func(first, n uint16) bool { return n > 2 }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			requests, refusals := 0, 0
			address := answering(t, func(unit, function uint8, first, n uint16) []byte {
				requests++
				if c.refuses(first, n) {
					refusals++
					return exception(function, c.code)
				}
				return holding(unit, function, first, n)
			})
			config := file(t, address, spread, "instrument: A, unit: 1, every: 10 ms, "+spreadTags)
			if blocks := config.Catalogue().Blocks; len(blocks) != 1 {
				t.Fatalf("%d blocks, want one with holes", len(blocks))
			}
			byTag, log, _ := polled(t, config, 40)
			good(t, byTag, want, 5)
			if n := strings.Count(log, "asked in parts"); n != 1 || !strings.Contains(log, "max_registers") {
				t.Errorf("said %d times, want once:\n%s", n, log)
			}
			if refusals > 12 {
				t.Errorf("%d of %d requests were refused: it was not remembered", refusals, requests)
			}
		})
	}
}

// holes and max_registers of an instrument take the place of its profile's.
func TestHolesOfAnInstrument(t *testing.T) {
	for keys, want := range map[string]int{"": 1, "holes: 0, ": 4, "holes: 30, ": 2, "max_registers: 40, ": 2, "max_registers: 6, holes: 2, ": 3} {
		config := file(t, "127.0.0.1:1", spread, "instrument: A, unit: 1, every: 1 s, "+keys+spreadTags)
		if n := len(config.Catalogue().Blocks); n != want {
			t.Errorf("%s: %d blocks, want %d", keys, n, want)
		}
	}
}

// Built-in profiles ask for no register that their document does not name.
func TestBuiltInProfilesAskForNoHole(t *testing.T) {
	for _, name := range configs.ProfileNames() {
		data, err := configs.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := devices.ParseProfile(name, data)
		if err != nil {
			t.Fatal(err)
		}
		var points []devices.RegisterPoint
		for _, point := range p.Points {
			points = append(points, devices.RegisterPoint{Function: point.Function, Point: devices.Point{Name: point.Name, Address: point.Address, Layout: point.Layout}})
		}
		blocks, err := coalesce(points, p, cost{request: time.Second, register: time.Microsecond})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			if name != "laumas-tlb4" && b.Wasted() > 0 { // its list of registers has no gaps
				t.Errorf("%s: %d registers from %d on that nobody needs", name, b.Wasted(), b.Address)
			}
		}
	}
}

// An instrument that is busy now and then is asked again with patience: no
// reading is bad, and nothing is said of its profile.
func TestBusyIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []byte{4, 5, 6} {
		t.Run(fmt.Sprint("exception ", code), func(t *testing.T) {
			t.Parallel()
			n := 0
			address := answering(t, func(unit, function uint8, first, quantity uint16) []byte {
				if n++; n > 2 && n%3 != 0 {
					return exception(function, code)
				}
				return holding(unit, function, first, quantity)
			})
			config := file(t, address, spread, "instrument: A, unit: 1, every: 1 s, timeout: 30 s, tags: { p/a: a }")
			byTag, log, stats := polled(t, config, 5)
			good(t, byTag, map[measure.Tag]float64{"p/a": 110}, 1)
			if strings.Contains(log, "holes") || stats.Buses[0].Instruments[0].Busy.Load() < 4 {
				t.Errorf("busy %d times\n%s", stats.Buses[0].Instruments[0].Busy.Load(), log)
			}
		})
	}
}

// Each code of an exception is named, and what to do about it.
func TestExceptionsAreNamed(t *testing.T) {
	t.Parallel()
	for code, says := range map[byte]string{
		1: "function", 2: "data address", 3: "so many registers", 4: "failure of its own", 6: "busy", 9: "exception 9, a code of the maker's own",
		12: "exception 12, a code of the maker's own", 255: "exception 255, a code of the maker's own", 11: "gateway target",
	} {
		t.Run(fmt.Sprint("exception ", code), func(t *testing.T) {
			t.Parallel()
			address := answering(t, func(_, function uint8, _, _ uint16) []byte { return exception(function, code) })
			config := file(t, address, spread, "instrument: A, unit: 1, every: 20 ms, timeout: 2 s, tags: { p/a: a }")
			byTag, log, _ := polled(t, config, 3)
			for _, r := range byTag["p/a"] {
				if r.Quality != measure.BadBecause(measure.Exception) {
					t.Errorf("%v", r.Quality)
				}
			}
			if !strings.Contains(log, says) || strings.Contains(log, "in reply to function") || code != 2 && strings.Contains(log, "holes") {
				t.Errorf("want %q:\n%s", says, log)
			}
		})
	}
}

// Bytes behind a frame that belong to none cost nothing, neither random ones
// nor the checksum of a serial line, in the frame's length or behind it.
func TestBytesBehindAFrame(t *testing.T) {
	t.Parallel()
	sum := func(unit uint8, pdu []byte) []byte {
		crc := uint16(0xFFFF)
		for _, b := range append([]byte{unit}, pdu...) {
			crc ^= uint16(b)
			for range 8 {
				if crc&1 == 1 {
					crc = crc>>1 ^ 0xA001
				} else {
					crc >>= 1
				}
			}
		}
		return binary.LittleEndian.AppendUint16(nil, crc)
	}
	want := map[measure.Tag]float64{"p/a": 110, "p/c": 114<<16 | 115}
	for name, c := range map[string]struct {
		behind []byte
		inside bool
	}{"two": {behind: []byte{0x12, 0x34}}, "zeros": {behind: []byte{0, 0}}, "five": {behind: []byte{0, 1, 2, 3, 4}}, "checksum": {inside: true}} {
		address := answering(t, func(unit, function uint8, first, n uint16) []byte {
			pdu := holding(unit, function, first, n)
			if c.inside {
				pdu = append(pdu, sum(unit, pdu)...)
			}
			return pdu
		}, c.behind...)
		config := file(t, address, spread, "instrument: A, unit: 1, every: 5 ms, timeout: 30 s, tags: { p/a: a, p/c: c }")
		byTag, log, stats := polled(t, config, 60)
		good(t, byTag, want, 0)
		if n := stats.Buses[0].Connections.Load(); n != 1 {
			t.Errorf("%s: %d connections, want 1\n%s", name, n, log)
		}
	}
}

// Faults that come in turn with good replies are said, once, with their share.
func TestFaultsInTurnAreSaid(t *testing.T) {
	t.Parallel()
	n := 0
	address := answering(t, func(unit, function uint8, first, quantity uint16) []byte {
		if n++; n > 2 && n%4 == 0 {
			return append(holding(unit, function, first, quantity), 1) // a byte too many
		}
		return holding(unit, function, first, quantity)
	})
	config := file(t, address, spread, "instrument: A, unit: 1, every: 10 ms, timeout: 30 s, tags: { p/a: a }")
	_, log, _ := polled(t, config, 100)
	if n := strings.Count(log, "in turn with good replies"); n != 1 || !strings.Contains(log, "failed=") || !strings.Contains(log, "instrument=A") {
		t.Errorf("said %d times, want once:\n%s", n, log)
	}
	if lines := strings.Count(log, "\n"); lines > 6 {
		t.Errorf("%d lines:\n%s", lines, log)
	}
}

// oneBehind stays a reply behind once one was late, and stamps what it sends
// with the newest transaction and unit. Its serial side outlives connections.
func oneBehind(late func(n int) bool) func(unit, function uint8, first, n uint16) []byte {
	var waiting [][]byte
	asked := 0
	return func(unit, function uint8, first, n uint16) []byte {
		asked++
		waiting = append(waiting, holding(unit, function, first, n))
		if late(asked) {
			return nil
		}
		pdu := waiting[0]
		waiting = waiting[1:]
		return pdu
	}
}

// Three meters with the same map behind a gateway that stays one reply behind:
// none of their values is another's, whether polled or read once, and a new
// process is not fooled either.
func TestAGatewayThatStaysBehind(t *testing.T) {
	t.Parallel()
	text := func(address string) *Config {
		var meters []string
		for unit := 1; unit <= 3; unit++ {
			meters = append(meters, fmt.Sprintf("instrument: M%d, unit: %d, every: 30 ms, timeout: 100 ms, tags: { p/u%d: a }", unit, unit, unit))
		}
		return file(t, address, spread, meters...)
	}
	for _, late := range []int{1, 2, 3, 7} {
		t.Run(fmt.Sprint("late reply ", late), func(t *testing.T) {
			t.Parallel()
			address := answering(t, oneBehind(func(n int) bool { return n == late }))
			config := text(address)
			byTag, log, _ := polled(t, config, 0)
			for unit := 1; unit <= 3; unit++ {
				for _, r := range byTag[measure.Tag(fmt.Sprintf("p/u%d", unit))] {
					if r.Quality.Usable() && r.Value != float64(100*unit+10) {
						t.Fatalf("unit %d = %v", unit, r.Value)
					}
				}
			}
			if !strings.Contains(log, "out of step") {
				t.Errorf("not a word:\n%s", log)
			}
			for round := range 3 { // each a new process
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				for i, scan := range NewPoller(config, nil).ReadOnce(ctx) {
					for _, r := range config.Catalogue().Readings(scan) {
						if r.Quality.Usable() && r.Value != float64(100*(i+1)+10) {
							t.Fatalf("round %d: unit %d = %v", round, i+1, r.Value)
						}
					}
				}
				cancel()
			}
		})
	}
}

// Reading once on a gateway that recovers gives the values.
func TestReadOnceIsPatient(t *testing.T) {
	t.Parallel()
	n := 0
	address := answering(t, func(unit, function uint8, first, quantity uint16) []byte {
		if n++; n == 3 || n == 4 {
			return exception(function, 6)
		}
		return holding(unit, function, first, quantity)
	})
	config := file(t, address, spread, "instrument: A, unit: 1, every: 1 s, tags: { p/a: a }", "instrument: B, unit: 2, every: 1 s, tags: { p/b: b }")
	for i, scan := range NewPoller(config, nil).ReadOnce(t.Context()) {
		if scan.Fault != measure.NoFault {
			t.Errorf("block %d: fault %#x", i, scan.Fault)
		}
	}
}
