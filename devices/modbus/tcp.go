package modbus

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// tcp is the transport of one TCP connection.
type tcp struct {
	address  string
	stats    *Stats
	conn     net.Conn
	in       *bufio.Reader
	frame    [260]byte
	sentAt   time.Time
	deadline time.Time
	sent     int // requests on this connection
}

const headerSize = 7 // transaction 2, protocol 2, length 2, unit 1

func (t *tcp) isOpen() bool       { return t.conn != nil }
func (t *tcp) started() time.Time { return t.sentAt }

func (t *tcp) open(ctx context.Context, timeout time.Duration) error {
	if t.conn != nil {
		return nil
	}
	dialer := net.Dialer{Timeout: timeout, KeepAlive: 15 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return err
	}
	t.conn, t.sent = conn, 0
	if t.in == nil {
		t.in = bufio.NewReaderSize(conn, 1024)
	}
	t.in.Reset(conn)
	return nil
}

func (t *tcp) close() {
	if t.conn != nil {
		t.conn.Close()
		t.conn = nil
	}
}

func (t *tcp) begin(ctx context.Context, r Request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.sentAt = time.Now()
	t.deadline = t.sentAt.Add(r.Timeout)
	return t.conn.SetDeadline(t.deadline)
}

// Send writes one request and reads frames until the one that answers it.
func (t *tcp) Send(request []byte) ([]byte, error) {
	if err := readsOnly(request[headerSize], request[headerSize+1:]); err != nil {
		return nil, err
	}
	if _, err := t.conn.Write(request); err != nil {
		return nil, hangUp(err)
	}
	t.sent++
	id := binary.BigEndian.Uint16(request)
	for {
		reply, err := t.readFrame()
		if err != nil {
			return nil, err
		}
		late := id - binary.BigEndian.Uint16(reply)
		switch {
		case late == 0:
			return reply, nil
		case int(late) < min(t.sent, 1000): // the reply to an earlier request on this connection
			t.stats.Stale.Add(1)
		default:
			return nil, fmt.Errorf("%w: transaction %d was never sent", errFraming, binary.BigEndian.Uint16(reply))
		}
	}
}

// readFrame reads one frame. A deadline that falls between frames leaves the
// connection usable; one that falls inside a frame does not.
func (t *tcp) readFrame() ([]byte, error) {
	n, err := io.ReadFull(t.in, t.frame[:headerSize])
	if err != nil {
		return nil, t.partial(n, err)
	}
	protocol, length := binary.BigEndian.Uint16(t.frame[2:]), int(binary.BigEndian.Uint16(t.frame[4:]))
	if protocol != 0 || length < 3 || length > len(t.frame)-headerSize+1 {
		return nil, fmt.Errorf("%w: protocol %d and length %d in its header", errFraming, protocol, length)
	}
	size := headerSize - 1 + length
	if n, err = io.ReadFull(t.in, t.frame[headerSize:size]); err != nil {
		return nil, t.partial(headerSize+n, err)
	}
	return t.frame[:size], nil
}

func (t *tcp) partial(n int, err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		if n == 0 {
			return errTimeout
		}
		return fmt.Errorf("%w: only %d bytes of it came in time", errFraming, n)
	}
	return hangUp(err)
}
