package modbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	goburrow "github.com/goburrow/modbus"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
)

// Request is one question: registers (functions 3 and 4) or bits (1 and 2).
type Request struct {
	Unit     uint8
	Function uint8 // 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers
	Address  uint16
	Quantity uint16        // at most 125 registers or 2000 bits
	Cuts     []uint16      // numbers of registers after which it may be asked in two without dividing a value
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
	Stale                 atomic.Uint64 // late replies thrown away, as their transaction or the time they came tells
	Stray                 atomic.Uint64 // bytes thrown away that belong to no reply
	OutOfStep             atomic.Uint64 // replies that came in the place of another
}

// Errors of a transport, by which faults are classed.
var (
	ErrWrite   = errors.New("refused: nielu only reads, function codes 1 to 4")
	errFraming = errors.New("reply breaks the protocol's rules")
	errTimeout = errors.New("no reply in time")
	errBackOff = errors.New("not connected, waiting before the next try")

	errOutOfStep = errors.New("the bus is out of step")
	errMismatch  = errors.New("not the reply to this request")
)

// transport owns a socket or port.
type transport interface {
	open(ctx context.Context, timeout time.Duration) error // does nothing when open
	isOpen() bool
	close()
	// begin readies the line, throws away what nobody asked for, and sets the
	// deadline of the exchange. Errors of it mean that nothing was asked.
	begin(ctx context.Context, r Request) error
	send(request []byte) error
	// receive returns the next frame that has the form of a reply to what was
	// sent last.
	receive() ([]byte, error)
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
	step
	traits   map[question]traits
	asks     [4]byte // address and quantity of the request under way
	timeouts int     // in a row
	unheard  int     // questions of no use but to see whether the bus is in step, without an answer
	hangUps  int     // in a row, of connections that had brought one reply
	pause    backoff.Pause
	retryAt  time.Time
	paused   bool  // until retryAt, for replies to run out
	hold     *lock // of a serial port
}

// question is what is asked, without its timeout.
type question struct {
	unit, function    uint8
	address, quantity uint16
}

// traits are what was learnt of how a question is answered.
type traits uint8

const (
	answers        traits = 1 << iota // it had an answer with data
	refusesLonger                     // more registers behind it are refused
	refusesParts                      // a part of it is refused
	answersOthers                     // another question in its place had an answer
	silentToOthers                    // other questions in its place met silence many times
)

const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 30 * time.Second
	firstPause = time.Second
	lastPause  = time.Minute
)

// New returns the bus of a line, which counts in stats; nil makes its own. It
// is opened at the first read.
func New(line Line, stats *Stats) *Bus {
	if stats == nil {
		stats = new(Stats)
	}
	b := &Bus{Line: line, Stats: stats, traits: map[question]traits{}}
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

// Close closes the connection and gives up the line; the next read takes it again.
func (b *Bus) Close() {
	b.close()
	b.release()
}

// RetryAt is when a bus that could not be reached, or is left alone for late
// replies to run out, will be tried again; zero when there is no reason to wait.
func (b *Bus) RetryAt() time.Time { return b.retryAt }

// Read asks one question, in other words if need be: while replies to earlier
// questions may still come, by parts or with more registers, so that its reply
// cannot be one of them. The error is an *Error.
func (b *Bus) Read(ctx context.Context, r Request) (Reply, error) {
	if r.Timeout <= 0 {
		r.Timeout = time.Second
	}
	reply, err := b.read(ctx, r)
	if err == nil {
		return reply, nil
	}
	if reply.At.IsZero() {
		reply.At = time.Now()
	}
	fault := b.class(err)
	b.count(fault)
	return Reply{At: reply.At}, &Error{Line: b.Line.String(), Request: r, Fault: fault, Err: err}
}

func (b *Bus) read(ctx context.Context, r Request) (Reply, error) {
	if err := readsOnly(r.Function, r.Quantity); err != nil {
		return Reply{}, err
	}
	if b.inStep() {
		return b.ask(ctx, r)
	}
	if b.paused && time.Now().Before(b.retryAt) {
		return Reply{}, fmt.Errorf("%w; it is left alone until %s for late replies to run out", errOutOfStep, b.retryAt.Format("15:04:05"))
	}
	b.forget(time.Now())
	switch {
	case b.begun:
		return b.askInDoubt(ctx, r)
	case b.wary || len(b.doubts) > 0:
		return Reply{}, b.prove(ctx, r)
	}
	return b.askAfterProbe(ctx, r)
}

// askAfterProbe asks the first question of all, whose reply is thrown away, and then
// the one that was to be asked.
func (b *Bus) askAfterProbe(ctx context.Context, r Request) (Reply, error) {
	probe, _ := r.probe(func(Request) bool { return true })
	reply, first := b.ask(ctx, probe)
	if first != nil && !errors.Is(first, errTimeout) && !isRefusal(first) {
		b.wary = errors.Is(first, errFraming) || errors.Is(first, errOutOfStep)
		return reply, first
	}
	reply, err := b.ask(ctx, r)
	b.begun = err == nil || first == nil && isRefusal(err)
	b.wary = !b.begun && (isRefusal(err) || errors.Is(err, errFraming) || errors.Is(err, errOutOfStep))
	return reply, err
}

// askInDoubt asks a question in a form whose reply no earlier one may have.
func (b *Bus) askInDoubt(ctx context.Context, r Request) (Reply, error) {
	if b.free(b.shape(r)) {
		return b.ask(ctx, r)
	}
	q := r.question()
	if b.traits[q]&refusesParts == 0 {
		for _, cut := range r.Cuts {
			head, tail := r.part(0, cut), r.part(cut, r.Quantity-cut)
			if head.size() == tail.size() || !b.free(b.shape(head)) || !b.free(b.shape(tail)) {
				continue
			}
			reply, err := b.askParts(ctx, head, tail)
			if !refusesLength(err) || b.traits[q]&answers == 0 {
				return reply, err
			}
			b.traits[q] |= refusesParts
			break
		}
	}
	if b.traits[q]&refusesLonger == 0 {
		if longer, ok := r.longer(b.isFree); ok {
			reply, err := b.ask(ctx, longer)
			if err == nil {
				reply.Data = cutTo(reply.Data, r)
			}
			if !refusesLength(err) || b.traits[q]&answers == 0 {
				return reply, err
			}
			b.traits[q] |= refusesLonger
		}
	}
	return Reply{}, b.prove(ctx, r)
}

// prove asks what is of no use but to see whether replies come in order: r and
// another question, by chance.
func (b *Bus) prove(ctx context.Context, r Request) error {
	q := r.question()
	for range 4 {
		probe, ok := r.probe(b.isFree)
		if !ok {
			probe, _ = r.probe(func(Request) bool { return true })
		}
		own := rand.IntN(2) == 0 || b.traits[q]&(answersOthers|silentToOthers) == silentToOthers
		if own {
			probe = r
		}
		_, err := b.ask(ctx, probe)
		switch {
		case (err == nil || isRefusal(err)) && !own:
			b.traits[q] |= answersOthers
		case errors.Is(err, errTimeout) && !own && b.traits[q]&answers != 0:
			if b.unheard++; b.unheard >= 8 {
				b.traits[q] |= silentToOthers
			}
		}
		if err != nil && (!isRefusal(err) || b.traits[q]&answers == 0) {
			return err // a refusal is an answer, too, of one that never gave another
		}
	}
	return fmt.Errorf("%w: a reply to an earlier question of the same length may still come", errOutOfStep)
}

// askParts asks for registers in two requests.
func (b *Bus) askParts(ctx context.Context, head, tail Request) (Reply, error) {
	first, err := b.ask(ctx, head)
	if err != nil {
		return first, err
	}
	second, err := b.ask(ctx, tail)
	if err != nil {
		return second, err
	}
	begun, ended := first.At.Add(-first.Took/2), second.At.Add(second.Took/2)
	took := ended.Sub(begun)
	return Reply{Data: join(head, first.Data, second.Data), At: begun.Add(took / 2), Took: took}, nil
}

// isRefusal tells whether an error is an instrument's own answer.
func isRefusal(err error) bool {
	var refusal Exception
	return errors.As(err, &refusal) && refusal != gatewayTimeout
}

// refusesLength tells whether an instrument does not take the registers of a
// request together.
func refusesLength(err error) bool {
	var refusal Exception
	return errors.As(err, &refusal) && (refusal == 2 || refusal == 3)
}

// join puts the data of a request and of the one that continues it together.
func join(head Request, first, second []byte) []byte {
	if head.Function >= 3 || head.Quantity%8 == 0 {
		return append(first, second...)
	}
	for i, bits := range second {
		shift := head.Quantity % 8
		first[len(first)-1] |= bits << shift
		if spill := bits >> (8 - shift); spill != 0 || i+1 < len(second) {
			first = append(first, spill)
		}
	}
	return first
}

// cutTo leaves of a longer reply what r asked for.
func cutTo(data []byte, r Request) []byte {
	data = data[:r.size()]
	if rest := r.Quantity % 8; r.Function < 3 && rest != 0 {
		data[len(data)-1] &= 1<<rest - 1
	}
	return data
}

func (r Request) question() question {
	return question{unit: r.Unit, function: r.Function, address: r.Address, quantity: r.Quantity}
}

func (b *Bus) isFree(r Request) bool { return b.free(b.shape(r)) }

// shape is that of the reply to a request.
func (b *Bus) shape(r Request) shape {
	s := shape{function: r.Function, bytes: uint8(r.size())}
	if b.Line.Serial {
		s.unit = r.Unit
	}
	return s
}

// ask asks one question, once more if the other side hangs up, and keeps
// account of whether the bus is in step.
func (b *Bus) ask(ctx context.Context, r Request) (Reply, error) {
	start := time.Now()
	fresh, err := b.connect(ctx, r.Timeout)
	if err == nil && !fresh {
		if err = b.begin(ctx, r); errors.Is(err, errClosed) {
			// The instrument hung up while nobody was talking, as many do
			// after a while.
			b.drop()
			fresh, err = b.connect(ctx, r.Timeout)
		}
	}
	if err == nil && fresh {
		err = b.begin(ctx, r)
	}
	if err != nil {
		if b.isOpen() && ctx.Err() == nil {
			b.drop()
		}
		return Reply{}, err
	}
	reply, err := b.exchange(r)
	b.account(r, fresh, err)
	if err == nil && !fresh {
		b.hangUps = 0
	} else if err == nil && b.hangUps > 1 {
		b.close() // before the other side does, behind a question
	}
	if left := r.Timeout - time.Since(start); !fresh && left > 0 && errors.Is(err, errClosed) {
		// It hung up behind its last reply while this question was on its way.
		// Reading twice changes nothing, so ask once more.
		r.Timeout = left
		return b.askInDoubt(ctx, r)
	}
	return reply, err
}

// account notes how a question went, and closes a line that is of no more use.
func (b *Bus) account(r Request, fresh bool, err error) {
	now, asked, q := time.Now(), b.shape(r), r.question()
	if err == nil {
		if b.traits[q]&answers == 0 {
			b.traits[q] |= answers
		}
		b.answered(asked)
		b.timeouts = 0
		if b.in {
			b.pause.Reset()
		}
		return
	}
	var refusal Exception
	switch {
	case isRefusal(err):
		b.timeouts = 0
		b.refused()
		return
	case errors.As(err, &refusal): // the reply may still come to the gateway
		b.timeouts = 0
		b.unanswered(asked, b.wait(r.Timeout, now), now)
		return
	case errors.Is(err, errFraming): // most likely it was the reply, spoilt
		b.unanswered(asked, Quarantine(r.Timeout), now)
	default:
		b.unanswered(asked, b.wait(r.Timeout, now), now)
	}
	if errors.Is(err, errTimeout) && b.isOpen() {
		if b.timeouts++; b.timeouts < 2 {
			return
		}
	} else {
		b.timeouts = 0
	}
	b.drop()
	if errors.Is(err, errClosed) && !fresh {
		b.hangUps++
	}
	if b.strange > 1 {
		b.paused, b.retryAt = true, now.Add(b.pause.Next(firstPause, lastPause))
	}
}

// drop closes the line after a fault.
func (b *Bus) drop() {
	if b.isOpen() {
		b.close()
		b.Stats.Failures.Add(1)
	}
}

// connect opens the line if it is not, with growing pauses between tries.
func (b *Bus) connect(ctx context.Context, timeout time.Duration) (fresh bool, err error) {
	if b.isOpen() {
		return false, nil
	}
	if time.Now().Before(b.retryAt) {
		return false, errBackOff
	}
	if err = b.take(); err == nil {
		err = b.open(ctx, timeout)
	}
	if err == nil {
		err = b.keep()
	}
	if err != nil {
		b.Stats.Failures.Add(1)
		b.paused, b.retryAt = false, time.Now().Add(b.pause.Next(firstRetry, lastRetry))
		return false, fmt.Errorf("cannot connect: %w", err)
	}
	b.Stats.Connections.Add(1)
	if b.retryAt = (time.Time{}); !b.paused {
		b.pause.Reset()
	}
	b.paused = false
	return true, nil
}

// exchange sends one request and takes the reply of the right shape.
func (b *Bus) exchange(r Request) (Reply, error) {
	b.unit(r.Unit)
	request := goburrow.ProtocolDataUnit{FunctionCode: r.Function, Data: b.asks[:]}
	binary.BigEndian.PutUint16(request.Data, r.Address)
	binary.BigEndian.PutUint16(request.Data[2:], r.Quantity)
	out, err := b.packager.Encode(&request)
	if err != nil {
		return Reply{}, err
	}
	b.Stats.Requests.Add(1)
	if err := b.send(out); err != nil {
		return Reply{At: b.started()}, err
	}
	for late := false; ; {
		in, err := b.receive()
		took := time.Since(b.started())
		reply := Reply{At: b.started().Add(took / 2), Took: took}
		var data []byte
		var answer *goburrow.ProtocolDataUnit
		if err == nil {
			answer, err = b.decode(out, in)
		}
		if err == nil {
			data, err = check(r, answer)
		}
		switch {
		case errors.Is(err, errMismatch) && b.earlier(r, answer):
			// A reply to an earlier question; this one's may follow.
			b.Stats.OutOfStep.Add(1)
			late = true
			continue
		case b.unexpectedRefusal(r, err):
			b.Stats.OutOfStep.Add(1)
			late = true
		}
		if late {
			b.late(r.Timeout, time.Now())
		}
		if late && (err != nil || !b.free(b.shape(r))) {
			return reply, fmt.Errorf("%w: a reply came that belongs to an earlier question", errOutOfStep)
		}
		if err != nil {
			return reply, err
		}
		b.Stats.Replies.Add(1)
		reply.Data = append([]byte(nil), data...)
		return reply, nil
	}
}

// decode takes the answer out of a frame.
func (b *Bus) decode(out, in []byte) (*goburrow.ProtocolDataUnit, error) {
	err := b.packager.Verify(out, in)
	if err == nil {
		var answer *goburrow.ProtocolDataUnit
		if answer, err = b.packager.Decode(in); err == nil {
			return answer, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", errFraming, err)
}

// unexpectedRefusal tells whether a question is refused that was answered before, while
// there is doubt whose answer that is.
func (b *Bus) unexpectedRefusal(r Request, err error) bool {
	var refusal Exception
	return errors.As(err, &refusal) && refusal <= 3 && !b.inStep() && b.traits[r.question()]&answers != 0
}

// earlier tells whether an answer is the reply to an earlier question.
func (b *Bus) earlier(r Request, answer *goburrow.ProtocolDataUnit) bool {
	if len(answer.Data) == 0 || int(answer.Data[0]) != len(answer.Data)-1 {
		return false
	}
	s := shape{function: answer.FunctionCode, bytes: answer.Data[0]}
	if b.Line.Serial {
		s.unit = r.Unit
	}
	return b.explains(s)
}

// check takes the data out of an answer that is exactly what was asked for.
func check(r Request, answer *goburrow.ProtocolDataUnit) ([]byte, error) {
	n := r.size()
	switch {
	case answer.FunctionCode == r.Function|0x80 && len(answer.Data) == 1 && answer.Data[0] > 0:
		return nil, Exception(answer.Data[0])
	case answer.FunctionCode != r.Function:
		return nil, fmt.Errorf("%w: %w: function %d in reply to function %d", errFraming, errMismatch, answer.FunctionCode, r.Function)
	case len(answer.Data) == n+3 && int(answer.Data[0]) == n && endsWithSum(r, answer.Data):
		return answer.Data[1 : n+1], nil
	case len(answer.Data) != n+1 || int(answer.Data[0]) != n:
		return nil, fmt.Errorf("%w: %w: %d bytes in reply to a request for %d", errFraming, errMismatch, len(answer.Data)-1, n)
	}
	return answer.Data[1:], nil
}

// endsWithSum tells whether an answer is followed by the checksum of the
// serial line, as some gateways forget to take it off.
func endsWithSum(r Request, data []byte) bool {
	n := len(data) - 2
	sum := checksum(append([]byte{r.Unit, r.Function}, data[:n]...))
	return binary.LittleEndian.Uint16(data[n:]) == sum
}

// readsOnly is the last gate before the wire.
func readsOnly(function byte, quantity uint16) error {
	if function < 1 || function > 4 {
		return fmt.Errorf("%w, not %d", ErrWrite, function)
	}
	if quantity < 1 || quantity > 2000 || function > 2 && quantity > 125 {
		return fmt.Errorf("cannot ask for %d at once: 1 to 125 registers, 1 to 2000 bits", quantity)
	}
	return nil
}

// onlyReads is readsOnly for the bytes that are about to be sent.
func onlyReads(pdu []byte) error {
	if len(pdu) != 5 {
		return fmt.Errorf("%w: a request of %d bytes", ErrWrite, len(pdu))
	}
	return readsOnly(pdu[0], binary.BigEndian.Uint16(pdu[3:]))
}

// class sorts an error into a fault.
func (b *Bus) class(err error) measure.Fault {
	var exception Exception
	switch {
	case errors.As(err, &exception):
		return measure.Fault(min(exception, 0x7F))
	case errors.Is(err, errOutOfStep):
		return measure.FaultOutOfStep
	case errors.Is(err, errFraming):
		return measure.FaultFraming
	case errors.Is(err, errTimeout):
		return measure.FaultTimeout
	}
	return measure.FaultConnection
}

// count counts a read that brought no value.
func (b *Bus) count(fault measure.Fault) {
	switch {
	case fault < 0x80:
		b.Stats.Exceptions.Add(1)
	case fault == measure.FaultFraming:
		b.Stats.Framing.Add(1)
	case fault == measure.FaultTimeout:
		b.Stats.Timeouts.Add(1)
	}
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
