package modbus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/measure"
)

// held is the value the simulated instrument holds at an address.
func held(unit, function uint8, address uint16) uint16 {
	return address*31 + uint16(unit)<<11 ^ uint16(function)<<5 ^ 0x5A5A
}

// misdeed is a way for a reply to go wrong.
type misdeed int

const (
	honest misdeed = iota
	late
	twice
	wrongUnit
	wrongFunction
	wrongRequestFunction
	tooShort
	tooLong
	wrongCount
	wrongTransaction
	oldTransaction
	wrongProtocol
	split
	cutOff
	silent
	exception
	longException
	unknownException
	garbage
	hangUpFirst
	misdeeds
)

// liar is a Modbus TCP server that misbehaves as it is told.
type liar struct {
	net.Listener
	mu       sync.Mutex
	next     func() misdeed
	delay    time.Duration
	requests int
}

func newLiar(t testing.TB, delay time.Duration, next func() misdeed) *liar {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{Listener: listener, next: next, delay: delay}
	var group errgroup.Group
	group.Go(func() error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return nil
			}
			group.Go(func() error { l.serve(conn); return nil })
		}
	})
	t.Cleanup(func() { listener.Close(); group.Wait() })
	return l
}

func (l *liar) line() Line { return Line{Address: l.Addr().String()} }

func (l *liar) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var request [12]byte
		conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := io.ReadFull(conn, request[:]); err != nil {
			return
		}
		l.mu.Lock()
		l.requests++
		how := l.next()
		l.mu.Unlock()
		if !l.answer(conn, request[:], how) {
			return
		}
	}
}

func (l *liar) answer(conn net.Conn, request []byte, how misdeed) bool {
	reply := honestReply(request)
	id := binary.BigEndian.Uint16(request)
	setLength := func() { binary.BigEndian.PutUint16(reply[4:], uint16(len(reply)-6)) }
	switch how {
	case late:
		time.Sleep(l.delay)
	case twice:
		reply = append(reply, reply...)
	case wrongUnit:
		reply[6]++
	case wrongFunction:
		reply[7] = 7 - reply[7]
	case wrongRequestFunction:
		reply[7] = 0x83 ^ 1
	case tooShort:
		reply = reply[:len(reply)-2]
		reply[8] -= 2
		setLength()
	case tooLong:
		reply = append(reply, 1, 2)
		reply[8] += 2
		setLength()
	case wrongCount:
		reply[8] += 2
	case wrongTransaction:
		binary.BigEndian.PutUint16(reply, id+7)
	case oldTransaction:
		binary.BigEndian.PutUint16(reply, id-1)
	case wrongProtocol:
		reply[3] = 1
	case split:
		for _, b := range reply {
			conn.Write([]byte{b})
		}
		return true
	case cutOff:
		conn.Write(reply[:len(reply)-3])
		return false
	case silent:
		return true
	case exception:
		reply = append(reply[:7], reply[7]|0x80, 2)
		setLength()
	case longException:
		reply = append(reply[:7], reply[7]|0x80, 2, 9)
		setLength()
	case unknownException:
		reply = append(reply[:7], reply[7]|0x80, 77)
		setLength()
	case garbage:
		reply = bytes.Repeat([]byte{0xA5}, 300)
	case hangUpFirst:
		return false
	}
	_, err := conn.Write(reply)
	return err == nil
}

func honestReply(request []byte) []byte {
	unit, function := request[6], request[7]
	address, quantity := binary.BigEndian.Uint16(request[8:]), binary.BigEndian.Uint16(request[10:])
	reply := append([]byte(nil), request[:9]...)
	reply[8] = byte(2 * quantity)
	for i := range quantity {
		reply = binary.BigEndian.AppendUint16(reply, held(unit, function, address+i))
	}
	binary.BigEndian.PutUint16(reply[4:], uint16(len(reply)-6))
	return reply
}

func right(r Request, data []byte) bool {
	want := make([]byte, 0, 250)
	for i := range r.Quantity {
		want = binary.BigEndian.AppendUint16(want, held(r.Unit, r.Function, r.Address+i))
	}
	return bytes.Equal(data, want)
}

// TestEveryValueIsTheOneHeld asks a lying server thousands of things: whatever
// comes back without an error is what it holds at that address.
func TestEveryValueIsTheOneHeld(t *testing.T) {
	const buses, each = 12, 120
	var group errgroup.Group
	var values, faults [buses]int
	for i := range buses {
		server := rand.New(rand.NewPCG(7, uint64(i)))
		l := newLiar(t, 25*time.Millisecond, func() misdeed {
			if server.IntN(10) < 8 {
				return honest
			}
			return misdeed(server.IntN(int(misdeeds)))
		})
		group.Go(func() error {
			client := rand.New(rand.NewPCG(8, uint64(i)))
			bus := New(l.line(), nil)
			defer bus.Close()
			for range each {
				r := Request{Unit: uint8(1 + client.IntN(3)), Function: uint8(3 + client.IntN(2)), Address: uint16(client.IntN(60000)), Quantity: uint16(1 + client.IntN(3)), Timeout: 15 * time.Millisecond}
				reply, err := bus.Read(context.Background(), r)
				bus.retryAt = time.Time{} // as if the pause had passed
				switch {
				case err == nil && !right(r, reply.Data):
					t.Errorf("bus %d: %+v gave %x", i, r, reply.Data)
				case err == nil:
					values[i]++
				default:
					faults[i]++
					var e *Error
					if !errors.As(err, &e) || e.Fault == measure.NoFault {
						t.Errorf("error %v has no fault class", err)
					}
				}
			}
			return nil
		})
	}
	group.Wait()
	var good, bad int
	for i := range buses {
		good, bad = good+values[i], bad+faults[i]
	}
	if good < buses*each/10 || bad < buses*each/10 {
		t.Errorf("%d values and %d faults of %d: the test must meet both often", good, bad, buses*each)
	}
	t.Logf("%d values, all right; %d faults", good, bad)
}

// TestOneMisdeedIsForgotten sees that the read after each misdeed is right.
func TestOneMisdeedIsForgotten(t *testing.T) {
	want := map[misdeed]measure.Fault{
		late: measure.FaultTimeout, wrongUnit: measure.FaultFraming, wrongFunction: measure.FaultFraming,
		wrongRequestFunction: measure.FaultFraming, tooShort: measure.FaultFraming, tooLong: measure.FaultFraming,
		wrongCount: measure.FaultFraming, wrongTransaction: measure.FaultFraming, oldTransaction: measure.FaultTimeout,
		wrongProtocol: measure.FaultFraming, silent: measure.FaultTimeout, exception: 2,
		longException: measure.FaultFraming, unknownException: 77, garbage: measure.FaultFraming,
	}
	for how := honest; how < misdeeds; how++ {
		todo := []misdeed{honest, honest, how} // the first is thrown away
		l := newLiar(t, 60*time.Millisecond, func() misdeed {
			if len(todo) == 0 {
				return honest
			}
			first := todo[0]
			todo = todo[1:]
			return first
		})
		bus := New(l.line(), nil)
		defer bus.Close()
		for i := range 8 {
			r := Request{Unit: 1, Function: 3, Address: uint16(100 * i), Quantity: 2, Timeout: 30 * time.Second}
			if waits := want[how] == measure.FaultTimeout || how == wrongTransaction || how == wrongProtocol; i == 1 && waits {
				r.Timeout = 40 * time.Millisecond // what comes does not count as a reply
			}
			reply, err := bus.Read(context.Background(), r)
			fault, expected := measure.NoFault, measure.NoFault
			if err != nil {
				fault = FaultOf(err)
			}
			if i == 1 {
				expected = want[how] // none for a split frame, a second reply, a hang-up: they are mended at once
			}
			if fault == measure.FaultOutOfStep && how == tooShort {
				fault = measure.FaultFraming // it may be the first question's reply, by its length
			}
			if fault != expected {
				t.Errorf("misdeed %d, read %d: fault %#x, want %#x (%v)", how, i, fault, expected, err)
			}
			if err == nil && !right(r, reply.Data) {
				t.Errorf("misdeed %d, read %d: wrong value", how, i)
			}
		}
		if how == late && (bus.Stats.Stale.Load() != 1 || bus.Stats.Connections.Load() != 1) {
			t.Errorf("a late reply: %d thrown away over %d connections, want 1 and 1", bus.Stats.Stale.Load(), bus.Stats.Connections.Load())
		}
	}
}

func TestBackOffAfterRefusal(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	line := Line{Address: listener.Addr().String()}
	listener.Close()
	bus := New(line, nil)
	r := Request{Unit: 1, Function: 3, Address: 0, Quantity: 1, Timeout: time.Second}
	for range 5 {
		if _, err := bus.Read(context.Background(), r); FaultOf(err) != measure.FaultConnection {
			t.Fatalf("err = %v, want a connection fault", err)
		}
	}
	if n := bus.Stats.Failures.Load(); n != 1 {
		t.Errorf("dialled %d times in a row, want once before the pause", n)
	}
	if wait := time.Until(bus.RetryAt()); wait <= 0 || wait > firstRetry {
		t.Errorf("next try in %v, want at most %v", wait, firstRetry)
	}
}

// Who answers every question as transaction 0 is not believed, and the error
// shows what came instead of saying that a frame was cut short.
func TestAForeignTransactionIsShown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for request := make([]byte, 12); ; {
					if _, err := io.ReadFull(conn, request); err != nil {
						return
					}
					n := 2 * request[11]
					_, _ = conn.Write(append([]byte{0, 0, 0, 0, 0, 3 + n, request[6], request[7], n}, make([]byte, n)...))
				}
			}()
		}
	}()
	bus := New(Line{Address: listener.Addr().String()}, nil)
	defer bus.Close()
	_, err = bus.Read(t.Context(), Request{Unit: 3, Function: 3, Quantity: 2, Timeout: time.Second})
	if FaultOf(err) != measure.FaultFraming || !strings.Contains(err.Error(), "begin with 00 00 00 00 00") || !strings.Contains(err.Error(), "no reply to transaction") {
		t.Errorf("a reply with transaction 0: %v", err)
	}
}

func TestStampIsTheMiddle(t *testing.T) {
	l := newLiar(t, 60*time.Millisecond, func() misdeed { return late })
	bus := New(l.line(), nil)
	defer bus.Close()
	r := Request{Unit: 1, Function: 3, Address: 0, Quantity: 1, Timeout: 2 * time.Second}
	bus.Read(context.Background(), r) // so that dialling is not in it
	before := time.Now()
	reply, err := bus.Read(context.Background(), r)
	after := time.Now()
	if err != nil {
		t.Fatal(err)
	}
	if early, rest := reply.At.Sub(before), after.Sub(reply.At); early < 30*time.Millisecond || rest < 30*time.Millisecond || reply.Took < 60*time.Millisecond {
		t.Errorf("stamped %v after asking and %v before the answer was in", early, rest)
	}
}

// TestReadOnly offers every function code to both transports.
func TestReadOnly(t *testing.T) {
	wire := new(countingConn)
	socket := &tcp{conn: wire, stats: new(Stats)}
	port := newRTU(Line{Serial: true, Baud: 9600, Parity: "N", Stop: 2, Data: 8}, new(Stats))
	port.port = nil // a write would panic
	for function := range 256 {
		if 1 <= function && function <= 4 {
			continue
		}
		pdu := []byte{byte(function), 0, 1, 0, 1}
		if err := socket.send(append([]byte{0, 1, 0, 0, 0, 6, 1}, pdu...)); !errors.Is(err, ErrWrite) {
			t.Errorf("TCP sends function %d: %v", function, err)
		}
		if err := port.send(append(append([]byte{1}, pdu...), 0, 0)); !errors.Is(err, ErrWrite) {
			t.Errorf("RTU sends function %d: %v", function, err)
		}
		bus := New(Line{Address: "127.0.0.1:1"}, nil)
		bus.transport = socket
		if _, err := bus.Read(context.Background(), Request{Unit: 1, Function: uint8(function), Quantity: 1}); !errors.Is(err, ErrWrite) {
			t.Errorf("a bus asks with function %d: %v", function, err)
		}
		socket.conn = wire
	}
	if err := socket.send([]byte{0, 1, 0, 0, 0, 7, 1, 3, 0, 1, 0, 1, 9}); err == nil {
		t.Error("TCP sends a request that is longer than a read")
	}
	if wire.written != 0 {
		t.Errorf("%d bytes reached the wire", wire.written)
	}
}

type countingConn struct {
	net.Conn
	written int
}

func (c *countingConn) Write(b []byte) (int, error)     { c.written += len(b); return len(b), nil }
func (c *countingConn) SetDeadline(time.Time) error     { return nil }
func (c *countingConn) Close() error                    { return nil }
func (c *countingConn) SetReadDeadline(time.Time) error { return nil }

// TestWritesAreNotLinked looks for the library's write methods in this very
// program: the names of all linked functions are in it.
func TestWritesAreNotLinked(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	library := "github.com/goburrow/" + strings.ToLower("MODBUS")
	if !bytes.Contains(program, []byte(library+".(*tcpPackager).Encode")) {
		t.Skip("SKIPPED: this program does not hold the names of its functions")
	}
	for _, name := range []string{"WriteSingleCoil", "WriteMultipleCoils", "WriteSingleRegister", "WriteMultipleRegisters", "ReadWriteMultipleRegisters", "MaskWriteRegister"} {
		if bytes.Contains(program, []byte(library+".(*client)."+name)) {
			t.Errorf("%s is linked into the program", name)
		}
	}
}

func FuzzTCPReply(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34})
	f.Add([]byte{0, 1, 0, 0, 0, 3, 1, 0x83, 2})
	f.Fuzz(func(t *testing.T, answer []byte) {
		bus := New(Line{Address: "x"}, nil)
		socket := &tcp{conn: &countingConn{Conn: &scripted{Reader: bytes.NewReader(answer)}}, stats: bus.Stats}
		socket.in = bufio.NewReader(socket.conn)
		bus.transport = socket
		r := Request{Unit: 1, Function: 3, Address: 7, Quantity: 1, Timeout: time.Second}
		socket.sent = 0
		reply, err := bus.exchange(r)
		if err == nil && len(reply.Data) != 2 {
			t.Fatalf("reply %x to a request for one register", reply.Data)
		}
	})
}

// scripted is a connection that says what it was given.
type scripted struct {
	net.Conn
	io.Reader
}

func (s *scripted) Read(b []byte) (int, error) { return s.Reader.Read(b) }

func BenchmarkRead125(b *testing.B) {
	l := newLiar(b, 0, func() misdeed { return honest })
	bus := New(l.line(), nil)
	defer bus.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bus.Read(context.Background(), Request{Unit: 1, Function: 3, Address: 0, Quantity: 125, Timeout: time.Second}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(125*float64(b.N)/b.Elapsed().Seconds(), "registers/s")
}
