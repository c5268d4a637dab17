package polling

import (
	"context"
	"errors"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/modbus"
)

// question is how the words of a block are asked for: whole, or in the parts
// that its instrument was found to take.
type question struct {
	whole modbus.Request
	spans []span           // of the block, in order: what must come together
	parts []modbus.Request // nil: whole
	wait  int              // turns before it is divided again, after a part was refused for good
}

func newQuestion(b devices.Block, timeout time.Duration) question {
	q := question{spans: spansOfBlock(b)}
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

// ask asks, and divides the question if the instrument refuses its length or a
// register that nobody needs.
func (q *question) ask(ctx context.Context, bus *modbus.Bus) (modbus.Reply, error) {
	if q.parts != nil {
		reply, err := q.join(ctx, bus)
		if refused(err) {
			q.parts = nil // the instrument is another one now
		}
		return reply, err
	}
	reply, err := bus.Read(ctx, q.whole)
	if !refused(err) || len(q.spans) < 2 {
		return reply, err
	}
	if q.wait--; q.wait > 0 {
		return reply, err
	}
	parts, divideErr := divide(ctx, bus, q.whole, q.spans)
	if divideErr != nil {
		if refused(divideErr) {
			q.wait = 1000
		}
		return reply, divideErr
	}
	q.parts = parts
	return q.join(ctx, bus)
}

// refused tells whether an error is the refusal of registers, or of so many.
func refused(err error) bool {
	var exception modbus.Exception
	return errors.As(err, &exception) && (exception == 2 || exception == 3)
}

// divide finds the parts in which an instrument takes a question: halves, and
// halves of those that it refuses.
func divide(ctx context.Context, bus *modbus.Bus, whole modbus.Request, spans []span) ([]modbus.Request, error) {
	if len(spans) == 1 {
		return nil, errors.New("never asked")
	}
	var parts []modbus.Request
	for _, half := range [][]span{spans[:len(spans)/2], spans[len(spans)/2:]} {
		part := over(whole, half)
		_, err := bus.Read(ctx, part)
		switch {
		case err == nil:
			parts = append(parts, part)
		case !refused(err) || len(half) == 1:
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

// over is a question for some spans of another.
func over(whole modbus.Request, spans []span) modbus.Request {
	first, last := spans[0], spans[len(spans)-1]
	whole.Address, whole.Quantity, whole.Cuts = uint16(first.from), uint16(last.to-first.from), cuts(spans)
	return whole
}

// join asks for all parts and puts their words where they belong. Registers
// that nobody needs, and that were not asked for, are 0.
func (q *question) join(ctx context.Context, bus *modbus.Bus) (modbus.Reply, error) {
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
