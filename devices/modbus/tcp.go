package modbus

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
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
	request  [12]byte

	raw     syscall.RawConn       // of conn; nil where it has none
	look    func(fd uintptr) bool // drain
	waiting int                   // bytes that drain took
	hungUp  bool                  // drain met the end
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
	t.conn, t.sent, t.raw, t.look = conn, 0, nil, t.drain
	if socket, ok := conn.(syscall.Conn); ok {
		if t.raw, err = socket.SyscallConn(); err != nil {
			return err
		}
	}
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

// begin throws away what came without a question, and sees whether the other
// side hung up meanwhile.
func (t *tcp) begin(ctx context.Context, r Request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.sentAt = time.Now()
	t.deadline = t.sentAt.Add(r.Timeout)
	if err := t.conn.SetDeadline(t.deadline); err != nil {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	n := t.in.Buffered()
	_, _ = t.in.Discard(n) // what is buffered can be discarded
	if t.raw != nil {
		t.waiting, t.hungUp = 0, false
		if err := t.raw.Read(t.look); err != nil || t.hungUp {
			return fmt.Errorf("%w: %w", errClosed, errors.Join(err, io.EOF))
		}
		n += t.waiting
	}
	if n > headerSize {
		t.stats.Stale.Add(1)
	} else {
		t.stats.Stray.Add(uint64(n))
	}
	return nil
}

// send writes one request.
func (t *tcp) send(request []byte) error {
	if err := onlyReads(request[headerSize:]); err != nil {
		return err
	}
	if _, err := t.conn.Write(request); err != nil {
		return hangUp(err)
	}
	t.sent++
	copy(t.request[:], request)
	return nil
}

// receive reads frames until one that answers what was sent last.
func (t *tcp) receive() ([]byte, error) {
	for {
		reply, err := t.readFrame()
		if err != nil {
			return nil, err
		}
		if binary.BigEndian.Uint16(reply) == t.id() {
			return reply, nil
		}
		t.stats.Stale.Add(1)
	}
}

// id is the transaction of what was sent last.
func (t *tcp) id() uint16 { return binary.BigEndian.Uint16(t.request[:]) }

// sought tells whether a header is that of a reply to something sent on this
// connection.
func (t *tcp) sought(header []byte) bool {
	late := t.id() - binary.BigEndian.Uint16(header)
	length := int(binary.BigEndian.Uint16(header[4:]))
	return int(late) < min(t.sent, 1000) && binary.BigEndian.Uint16(header[2:]) == 0 &&
		length >= 3 && length <= len(t.frame)-headerSize+1
}

// readFrame reads one frame, stepping over bytes that begin none. A deadline
// that falls between frames leaves the connection usable; one that falls inside
// a frame does not.
func (t *tcp) readFrame() ([]byte, error) {
	var first [headerSize]byte
	for skipped := 0; ; skipped++ {
		header, err := t.in.Peek(headerSize)
		if err = t.partial(skipped+len(header), err); errors.Is(err, errFraming) && skipped > 0 {
			return nil, fmt.Errorf("%w: %d bytes came that begin with % X, and no reply to transaction %d of unit %d in them", errFraming, skipped+len(header), first, t.id(), t.request[6])
		}
		if err != nil {
			return nil, err
		}
		if skipped == 0 {
			copy(first[:], header)
		}
		if t.sought(header) && (skipped == 0 || header[6] == t.request[6]) {
			break
		}
		if skipped > len(t.frame) {
			return nil, fmt.Errorf("%w: no frame with transaction %d begins in %d bytes", errFraming, t.id(), skipped)
		}
		_, _ = t.in.Discard(1) // it was just seen
		t.stats.Stray.Add(1)
	}
	size := headerSize - 1
	_, _ = io.ReadFull(t.in, t.frame[:size]) // it was just seen
	size += int(binary.BigEndian.Uint16(t.frame[4:]))
	if n, err := io.ReadFull(t.in, t.frame[headerSize-1:size]); err != nil {
		return nil, t.partial(headerSize-1+n, err)
	}
	return t.frame[:size], nil
}

// partial classes the error of a read after n bytes, if it is one.
func (t *tcp) partial(n int, err error) error {
	if err == nil {
		return nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		if n == 0 {
			return errTimeout
		}
		return fmt.Errorf("%w: only %d bytes of it came in time", errFraming, n)
	}
	return hangUp(err)
}
