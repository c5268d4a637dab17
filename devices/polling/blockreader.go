package polling

import (
	"context"
	"errors"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/modbus"
)

// blockReader reads the words of a block: whole, or in the parts that its
// instrument was found to take.
type blockReader struct {
	whole   modbus.Request
	spans   []span           // of the block, in order: what must come together
	parts   []modbus.Request // nil: whole
	retryIn int              // reads before it is divided again, after a part was refused for good
}

func newBlockReader(b devices.Block, timeout time.Duration) blockReader {
	q := blockReader{spans: spansOfBlock(b)}
	q.whole = modbus.Request{Unit: b.UnitID, Function: b.Function, Address: b.Address, Quantity: b.Quantity, Timeout: timeout}
	q.whole.Cuts = cuts(q.spans)
	return q
}

// cuts returns the numbers of registers after which spans may be divided.
func cuts(spans []span) []uint16 {
	var out []uint16
	for _, s := range spans[1:] {
		out = append(out, uint16(s.from-spans[0].from))
	}
	return out
}

// read reads the block, and divides the request if the instrument refuses its
// length or a register that nobody needs.
func (q *blockReader) read(ctx context.Context, bus *modbus.Bus) (modbus.Reply, error) {
	if q.parts != nil {
		reply, err := q.readParts(ctx, bus)
		if isRefusal(err) {
			q.parts = nil // the instrument is another one now
		}
		return reply, err
	}
	reply, err := bus.Read(ctx, q.whole)
	if !isRefusal(err) || len(q.spans) < 2 {
		return reply, err
	}
	if q.retryIn--; q.retryIn > 0 {
		return reply, err
	}
	parts, divideErr := divide(ctx, bus, q.whole, q.spans)
	if divideErr != nil {
		if isRefusal(divideErr) {
			q.retryIn = 1000
		}
		return reply, divideErr
	}
	q.parts = parts
	return q.readParts(ctx, bus)
}

// isRefusal tells whether an error is the refusal of registers, or of so many.
func isRefusal(err error) bool {
	var exception modbus.Exception
	return errors.As(err, &exception) && (exception == 2 || exception == 3)
}

// divide finds the parts in which an instrument takes a request: halves, and
// halves of those that it refuses.
func divide(ctx context.Context, bus *modbus.Bus, whole modbus.Request, spans []span) ([]modbus.Request, error) {
	if len(spans) == 1 {
		return nil, errors.New("never asked")
	}
	var parts []modbus.Request
	for _, half := range [][]span{spans[:len(spans)/2], spans[len(spans)/2:]} {
		part := requestFor(whole, half)
		_, err := bus.Read(ctx, part)
		switch {
		case err == nil:
			parts = append(parts, part)
		case !isRefusal(err) || len(half) == 1:
			return nil, err
		default:
			smaller, err := divide(ctx, bus, whole, half)
			if err != nil {
				return nil, err
			}
			parts = append(parts, smaller...)
		}
	}
	return parts, nil
}

// requestFor returns a request for some spans of another.
func requestFor(whole modbus.Request, spans []span) modbus.Request {
	first, last := spans[0], spans[len(spans)-1]
	whole.Address, whole.Quantity, whole.Cuts = uint16(first.from), uint16(last.to-first.from), cuts(spans)
	return whole
}

// readParts asks for all parts and puts their words where they belong. Registers
// that nobody needs, and that were not asked for, are 0.
func (q *blockReader) readParts(ctx context.Context, bus *modbus.Bus) (modbus.Reply, error) {
	data := make([]byte, devices.Block{Function: q.whole.Function, Quantity: q.whole.Quantity}.Bytes())
	var begun, ended time.Time
	for i, part := range q.parts {
		reply, err := bus.Read(ctx, part)
		if err != nil {
			return reply, err
		}
		if i == 0 {
			begun = reply.At.Add(-reply.Took / 2)
		}
		ended = reply.At.Add(reply.Took / 2)
		offset := int(part.Address - q.whole.Address)
		if part.Function >= 3 {
			copy(data[2*offset:], reply.Data)
			continue
		}
		for k := range int(part.Quantity) {
			if reply.Data[k/8]>>(k%8)&1 == 1 {
				data[(offset+k)/8] |= 1 << ((offset + k) % 8)
			}
		}
	}
	took := ended.Sub(begun)
	return modbus.Reply{Data: data, At: begun.Add(took / 2), Took: took}, nil
}
