package modbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	goburrow "github.com/goburrow/modbus"
	"github.com/goburrow/serial"

	"github.com/nielu/nielu/measure"
)

// Request is one question: registers (functions 3 and 4) or bits (1 and 2).
type Request struct {
	Unit     uint8
	Function uint8 // 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers
	Address  uint16
	Quantity uint16        // at most 125 registers or 2000 bits
	Timeout  time.Duration // for the whole exchange
}

// Reply is an answer that passed every check.
type Reply struct {
	Data []byte        // registers as on the wire, or bits packed from the least significant
	At   time.Time     // the middle between request and reply
	Took time.Duration // from request to reply
}

// Error is an exchange that brought no value.
type Error struct {
	Line    string
	Request Request
	Fault   measure.Fault
	Err     error
}

func (e *Error) Error() string {
	return fmt.Sprintf("read %d from %d with function %d of unit %d at %s: %v",
		e.Request.Quantity, e.Request.Address, e.Request.Function, e.Request.Unit, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// FaultOf returns the fault class of an error of this package.
func FaultOf(err error) measure.Fault {
	var e *Error
	if errors.As(err, &e) {
		return e.Fault
	}
	return measure.FaultConnection
}

// Stats counts what happened on a bus since it was made.
type Stats struct {
	Requests, Replies     atomic.Uint64
	Timeouts, Exceptions  atomic.Uint64
	Framing               atomic.Uint64 // replies that broke the protocol's rules
	Connections, Failures atomic.Uint64 // connections made, and lost or refused
	Stale                 atomic.Uint64 // late replies thrown away
}

// Errors of a transport, by which faults are classed.
var (
	ErrWrite   = errors.New("refused: nielu only reads, function codes 1 to 4")
	errFraming = errors.New("reply breaks the protocol's rules")
	errTimeout = errors.New("no reply in time")
	errBackOff = errors.New("not connected, waiting before the next try")
)

// transport owns a socket or port. Send is goburrow's Transporter: one
// exchange until the deadline that was set.
type transport interface {
	goburrow.Transporter
	open(ctx context.Context, timeout time.Duration) error // does nothing when open
	isOpen() bool
	close()
	// begin readies the line, then sets the deadline of the exchange.
	begin(ctx context.Context, r Request) error
	started() time.Time // when the request was sent
}

// Bus is the one owner of a line. Its methods must not be used by two
// goroutines at once.
type Bus struct {
	Line  Line
	Stats *Stats

	packager goburrow.Packager
	unit     func(uint8) // sets the packager's unit
	transport
	timeouts int // in a row
	backOff  time.Duration
	retryAt  time.Time
}

const (
	firstBackOff = 250 * time.Millisecond
	lastBackOff  = 30 * time.Second
)

// New returns the bus of a line, which counts in stats; nil makes its own. It
// is opened at the first read.
func New(line Line, stats *Stats) *Bus {
	if stats == nil {
		stats = new(Stats)
	}
	b := &Bus{Line: line, Stats: stats}
	if line.Serial {
		handler := goburrow.NewRTUClientHandler(line.Address)
		b.packager, b.unit = handler, func(u uint8) { handler.SlaveId = u }
		b.transport = newRTU(line, stats)
	} else {
		handler := goburrow.NewTCPClientHandler(line.Address)
		b.packager, b.unit = handler, func(u uint8) { handler.SlaveId = u }
		b.transport = &tcp{address: line.Address, stats: stats}
	}
	return b
}

// Close closes the connection; the next read opens it again.
func (b *Bus) Close() { b.close() }

// RetryAt is when a bus that could not be reached will be tried again; zero
// when there is no reason to wait.
func (b *Bus) RetryAt() time.Time { return b.retryAt }

// Read asks one question. The error is an *Error.
func (b *Bus) Read(ctx context.Context, r Request) (Reply, error) {
	if r.Timeout <= 0 {
		r.Timeout = time.Second
	}
	reply, err := b.read(ctx, r)
	if err == nil {
		return reply, nil
	}
	fault := b.class(err)
	if fault == measure.FaultTimeout {
		b.timeouts++
	} else {
		b.timeouts = 0
	}
	switch {
	case fault < 0x80: // an exception is a proper answer
	case fault == measure.FaultTimeout && b.timeouts < 2 && b.isOpen():
	case b.isOpen():
		b.close()
		b.Stats.Failures.Add(1)
	}
	return Reply{At: reply.At}, &Error{b.Line.String(), r, fault, err}
}

func (b *Bus) read(ctx context.Context, r Request) (Reply, error) {
	fresh, err := b.connect(ctx, r.Timeout)
	if err != nil {
		return Reply{At: time.Now()}, err
	}
	start := time.Now()
	reply, err := b.exchange(ctx, r)
	if left := r.Timeout - time.Since(start); !fresh && left > 0 && errors.Is(err, errClosed) {
		// The instrument hung up while nobody was talking, as many do after a
		// while. Reading twice changes nothing, so ask once more.
		b.close()
		b.Stats.Failures.Add(1)
		r.Timeout = left
		if _, err := b.connect(ctx, left); err != nil {
			return Reply{At: time.Now()}, err
		}
		return b.exchange(ctx, r)
	}
	return reply, err
}

// connect opens the line if it is not, with growing pauses between tries.
func (b *Bus) connect(ctx context.Context, timeout time.Duration) (fresh bool, err error) {
	if b.isOpen() {
		return false, nil
	}
	if time.Now().Before(b.retryAt) {
		return false, errBackOff
	}
	if err := b.open(ctx, timeout); err != nil {
		b.Stats.Failures.Add(1)
		b.backOff = min(max(2*b.backOff, firstBackOff), lastBackOff)
		b.retryAt = time.Now().Add(b.backOff)
		return false, fmt.Errorf("cannot connect: %w", err)
	}
	b.Stats.Connections.Add(1)
	b.backOff, b.retryAt = 0, time.Time{}
	return true, nil
}

// exchange sends one request and checks its reply.
func (b *Bus) exchange(ctx context.Context, r Request) (Reply, error) {
	b.unit(r.Unit)
	request := goburrow.ProtocolDataUnit{FunctionCode: r.Function, Data: make([]byte, 4)}
	binary.BigEndian.PutUint16(request.Data, r.Address)
	binary.BigEndian.PutUint16(request.Data[2:], r.Quantity)
	if err := readsOnly(request.FunctionCode, request.Data); err != nil {
		return Reply{At: time.Now()}, err
	}
	out, err := b.packager.Encode(&request)
	if err != nil {
		return Reply{At: time.Now()}, err
	}
	if err := b.begin(ctx, r); err != nil {
		return Reply{At: time.Now()}, err
	}
	b.Stats.Requests.Add(1)
	in, err := b.Send(out)
	took := time.Since(b.started())
	reply := Reply{At: b.started().Add(took / 2), Took: took}
	if err != nil {
		return reply, err
	}
	if err := b.packager.Verify(out, in); err != nil {
		return reply, fmt.Errorf("%w: %w", errFraming, err)
	}
	answer, err := b.packager.Decode(in)
	if err != nil {
		return reply, fmt.Errorf("%w: %w", errFraming, err)
	}
	data, err := check(r, answer)
	if err != nil {
		return reply, err
	}
	b.Stats.Replies.Add(1)
	b.timeouts = 0
	reply.Data = append([]byte(nil), data...)
	return reply, nil
}

// Exception is the instrument's refusal of a request.
type Exception uint8

func (e Exception) Error() string {
	names := map[Exception]string{
		1: "illegal function", 2: "illegal data address: a register of the request does not exist there",
		3: "illegal data value: it does not take so many registers at once", 4: "device failure", 5: "acknowledge",
		6: "device busy", 7: "negative acknowledge", 8: "memory parity error",
		10: "gateway path unavailable", 11: "gateway target did not respond",
	}
	return fmt.Sprintf("exception %d, %s", uint8(e), names[e])
}

// check takes the data out of an answer that is exactly what was asked for.
func check(r Request, answer *goburrow.ProtocolDataUnit) ([]byte, error) {
	n := 2 * int(r.Quantity)
	if r.Function < 3 {
		n = (int(r.Quantity) + 7) / 8
	}
	switch {
	case answer.FunctionCode == r.Function|0x80 && len(answer.Data) == 1 && knownException(answer.Data[0]):
		return nil, Exception(answer.Data[0])
	case answer.FunctionCode != r.Function:
		return nil, fmt.Errorf("%w: function %d in reply to function %d", errFraming, answer.FunctionCode, r.Function)
	case len(answer.Data) != n+1 || int(answer.Data[0]) != n:
		return nil, fmt.Errorf("%w: %d bytes in reply to a request for %d", errFraming, len(answer.Data)-1, n)
	}
	return answer.Data[1:], nil
}

func knownException(code byte) bool { return code >= 1 && code <= 8 || code == 10 || code == 11 }

// readsOnly is the last gate before the wire.
func readsOnly(function byte, data []byte) error {
	if function < 1 || function > 4 || len(data) != 4 {
		return fmt.Errorf("%w, not %d", ErrWrite, function)
	}
	quantity := binary.BigEndian.Uint16(data[2:])
	if quantity < 1 || quantity > 2000 || function > 2 && quantity > 125 {
		return fmt.Errorf("cannot ask for %d at once: 1 to 125 registers, 1 to 2000 bits", quantity)
	}
	return nil
}

// class sorts an error into a fault and counts it.
func (b *Bus) class(err error) measure.Fault {
	var exception Exception
	var netError net.Error
	switch {
	case errors.As(err, &exception):
		b.Stats.Exceptions.Add(1)
		return measure.Fault(exception)
	case errors.Is(err, errFraming):
		b.Stats.Framing.Add(1)
		return measure.FaultFraming
	case errors.Is(err, errBackOff), errors.Is(err, errClosed), !b.isOpen():
		return measure.FaultConnection
	case errors.Is(err, errTimeout), errors.Is(err, serial.ErrTimeout), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &netError) && netError.Timeout():
		b.Stats.Timeouts.Add(1)
		return measure.FaultTimeout
	}
	return measure.FaultConnection
}

// errClosed is the other side hanging up before it answered.
var errClosed = errors.New("connection closed by the other side")

// hangUp marks errors that mean the other side is gone.
func hangUp(err error) error {
	var timeout net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &timeout) && !timeout.Timeout() {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	return err
}
