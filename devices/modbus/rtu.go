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
	unit     uint8               // asked last
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

// send writes one request.
func (t *rtu) send(request []byte) error {
	if err := onlyReads(request[1 : len(request)-2]); err != nil {
		return err
	}
	t.unit = request[0]
	if _, err := t.port.Write(request); err != nil {
		return fmt.Errorf("%w: serial port: %v", errClosed, err)
	}
	return nil
}

// receive reads one frame of the unit that was asked. A frame of another is a
// late reply and thrown away.
func (t *rtu) receive() ([]byte, error) {
	for strangers := 0; ; strangers++ {
		size, err := t.readFrame()
		switch {
		case errors.Is(err, errTimeout) && strangers > 0:
			err = fmt.Errorf("%w: unit %d answers for unit %d", errFraming, t.frame[0], t.unit)
		case err == nil && t.frame[0] == t.unit:
			return t.frame[:size], nil
		case err == nil:
			t.stats.Stale.Add(1)
			continue
		}
		t.quiet[t.unit] = time.Now().Add(Quarantine(t.deadline.Sub(t.sentAt)))
		return nil, err
	}
}

// readFrame reads one frame until the deadline and returns its size.
func (t *rtu) readFrame() (int, error) {
	for have := 0; ; {
		size, err := frameSize(t.frame[:have])
		if err != nil {
			return 0, err
		}
		if have == size {
			if sum := checksum(t.frame[:size-2]); sum != binary.LittleEndian.Uint16(t.frame[size-2:]) {
				return 0, fmt.Errorf("%w: its checksum is wrong", errFraming)
			}
			return size, nil
		}
		n, err := t.port.Read(t.frame[have:size])
		switch {
		case errors.Is(err, serial.ErrTimeout):
		case err != nil || n == 0:
			return 0, fmt.Errorf("%w: serial port: %w", errClosed, errors.Join(err, io.EOF))
		default:
			have += n
		}
		if time.Now().After(t.deadline) && have < size {
			if have > 0 {
				return 0, fmt.Errorf("%w: only %d bytes of it came in time", errFraming, have)
			}
			return 0, errTimeout
		}
	}
}

// frameSize returns how long a reply is, as far as its first bytes tell: 5
// bytes for an exception, else 5 more than it says of its data.
func frameSize(have []byte) (int, error) {
	if len(have) < 3 {
		return 3, nil // ask for no more before its kind is known
	}
	switch function := have[1]; {
	case function&0x80 != 0:
		return 5, nil
	case function < 1 || function > 4:
		return 0, fmt.Errorf("%w: function %d was never asked for", errFraming, function)
	case have[2] > 250:
		return 0, fmt.Errorf("%w: %d bytes in one reply", errFraming, have[2])
	}
	return 5 + int(have[2]), nil
}

// checksum is that of a serial frame.
//
// Source: MODBUS over Serial Line, Specification and Implementation Guide V1.02, section 6.2.2.
func checksum(frame []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, b := range frame {
		sum ^= uint16(b)
		for range 8 {
			carry := sum & 1
			if sum >>= 1; carry == 1 {
				sum ^= 0xA001
			}
		}
	}
	return sum
}
