package modbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/goburrow/serial"
)

// rtu is the transport of one serial line.
type rtu struct {
	line     Line
	stats    *Stats
	port     serial.Port
	frame    [512]byte
	sentAt   time.Time
	deadline time.Time
	quiet    map[uint8]time.Time // a unit that timed out, and until when its reply may still come
}

func newRTU(line Line, stats *Stats) *rtu {
	return &rtu{line: line, stats: stats, quiet: map[uint8]time.Time{}}
}

func (t *rtu) isOpen() bool       { return t.port != nil }
func (t *rtu) started() time.Time { return t.sentAt }

// open opens the port with reads that last one silence, which is both the
// tick of the deadline and the way silence is heard.
func (t *rtu) open(ctx context.Context, _ time.Duration) error {
	if t.port != nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	port, err := serial.Open(&serial.Config{
		Address: t.line.Address, BaudRate: t.line.Baud, DataBits: t.line.Data, StopBits: t.line.Stop,
		Parity: t.line.Parity, Timeout: t.line.silence(),
	})
	if err != nil {
		return err
	}
	t.port = port
	return nil
}

func (t *rtu) close() {
	if t.port != nil {
		t.port.Close()
		t.port = nil
	}
}

// Quarantine is how long after a timeout a unit on a serial line is left
// alone, so that its late reply cannot be taken for the next one: there are no
// transaction numbers on a serial line.
func Quarantine(timeout time.Duration) time.Duration { return max(2*timeout, time.Second) }

// begin drains the line until it has been silent, longer for a unit whose
// late reply may still come, and then sets the deadline.
func (t *rtu) begin(ctx context.Context, r Request) error {
	until := t.quiet[r.Unit]
	latest := time.Now().Add(r.Timeout + max(0, time.Until(until)))
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := t.port.Read(t.frame[:])
		now := time.Now()
		switch {
		case errors.Is(err, serial.ErrTimeout) && !now.Before(until):
			delete(t.quiet, r.Unit)
			t.sentAt = now
			t.deadline = now.Add(r.Timeout)
			return nil
		case errors.Is(err, serial.ErrTimeout):
		case err != nil || n == 0:
			return fmt.Errorf("%w: serial port: %v", errClosed, err)
		default:
			t.stats.Stale.Add(1)
		}
		if now.After(latest) {
			return fmt.Errorf("%w: the line is never silent: something else talks on it", errFraming)
		}
	}
}

// Send writes one request and reads exactly its reply.
func (t *rtu) Send(request []byte) ([]byte, error) {
	if err := readsOnly(request[1], request[2:len(request)-2]); err != nil {
		return nil, err
	}
	if _, err := t.port.Write(request); err != nil {
		return nil, fmt.Errorf("%w: serial port: %v", errClosed, err)
	}
	have := 0
	for {
		size, err := frameSize(request, t.frame[:have])
		if err != nil {
			t.quiet[request[0]] = time.Now().Add(Quarantine(t.deadline.Sub(t.sentAt)))
			return nil, err
		}
		if have == size {
			return t.frame[:size], nil
		}
		n, err := t.port.Read(t.frame[have:size])
		switch {
		case errors.Is(err, serial.ErrTimeout):
		case err != nil || n == 0:
			return nil, fmt.Errorf("%w: serial port: %w", errClosed, errors.Join(err, io.EOF))
		default:
			have += n
		}
		if time.Now().After(t.deadline) && have < size {
			t.quiet[request[0]] = time.Now().Add(Quarantine(t.deadline.Sub(t.sentAt)))
			if have > 0 {
				return nil, fmt.Errorf("%w: only %d bytes of it came in time", errFraming, have)
			}
			return nil, errTimeout
		}
	}
}

// frameSize returns how long the reply to a request is, as far as its first
// bytes tell: 5 bytes for an exception, else what was asked for. A reply that
// cannot be the right one is refused as soon as that shows.
func frameSize(request, have []byte) (int, error) {
	data := 2 * int(binary.BigEndian.Uint16(request[4:]))
	if request[1] < 3 {
		data = (data/2 + 7) / 8
	}
	size := 5 + data
	if len(have) > 0 && have[0] != request[0] {
		return 0, fmt.Errorf("%w: unit %d answers for unit %d", errFraming, have[0], request[0])
	}
	if len(have) > 1 && have[1] == request[1]|0x80 {
		return 5, nil
	}
	if len(have) > 1 && have[1] != request[1] {
		return 0, fmt.Errorf("%w: function %d in reply to function %d", errFraming, have[1], request[1])
	}
	if len(have) > 2 && int(have[2]) != data {
		return 0, fmt.Errorf("%w: %d bytes in reply to a request for %d", errFraming, have[2], data)
	}
	if len(have) < 2 {
		return 5, nil // the shortest it can be: ask for no more before its kind is known
	}
	return size, nil
}
