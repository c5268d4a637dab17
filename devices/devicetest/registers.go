package devicetest

import (
	"errors"
	"fmt"
	"time"
)

// Errors of Registers, which a server turns into Modbus exceptions.
var (
	ErrFunction = errors.New("illegal function")            // exception 1
	ErrAddress  = errors.New("illegal data address")        // exception 2
	ErrSilent   = errors.New("target failed to respond")    // exception 11
	errNoUnit   = fmt.Errorf("no such unit: %w", ErrSilent) // exception 11
)

// Registers returns the words of count registers from address of a Modbus
// unit as its instrument shows them at t. Registers that hold nothing read
// zero, except of an instrument that refuses them. One call computes the
// plant once; it allocates the result alone.
func (s *Sim) Registers(unit, function byte, address, count uint16, t time.Time) ([]uint16, error) {
	words := make([]uint16, count)
	return words, s.ReadInto(words, unit, function, address, t)
}

// ReadInto is Registers into words, without allocation.
func (s *Sim) ReadInto(words []uint16, unit, function byte, address uint16, t time.Time) error {
	in := s.instrument(unit)
	if in == nil {
		return errNoUnit
	}
	if s.dead(in, t) {
		return ErrSilent
	}
	var v [maxTags]float64
	s.fill(t, v[:len(s.tags)])
	return s.encode(words, in, function, address, t, v[:])
}

func (s *Sim) instrument(unit byte) *instrument {
	for i := range s.instruments {
		if s.instruments[i].unit == unit {
			return &s.instruments[i]
		}
	}
	return nil
}

// encode writes the words of one block, given the plant's true values.
func (s *Sim) encode(words []uint16, in *instrument, function byte, address uint16, t time.Time, v []float64) error {
	clear(words)
	end := uint32(address) + uint32(len(words))
	covered, known := 0, false
	for i := range in.points {
		p := &in.points[i]
		if p.function != function && !(in.strict && function == 4) {
			continue
		}
		known = true
		from, to := uint32(p.address), uint32(p.address+p.kind.words())
		if to <= uint32(address) || from >= end {
			continue
		}
		if in.strict && (from < uint32(address) || to > end) {
			return ErrAddress
		}
		bits := s.bits(p, t, v)
		n := p.kind.words()
		for w := range n {
			at := uint32(p.address+w) - uint32(address)
			shift := 16 * (n - 1 - w)
			if p.swapped {
				shift = 16 * w
			}
			if at < uint32(len(words)) {
				words[at] = uint16(bits >> shift)
				covered++
			}
		}
	}
	switch {
	case !known:
		return ErrFunction
	case in.strict && covered < len(words):
		return ErrAddress
	}
	return nil
}

func (s *Sim) bits(p *point, t time.Time, v []float64) uint64 {
	if p.constant {
		if p.alarm != "" && s.silenced(p.alarm, t) {
			return 1
		}
		return p.kind.bits(p.factor)
	}
	value, ok := s.shown(p, t, v[p.index])
	if !ok {
		return p.kind.sentinel()
	}
	return p.kind.bits(value * p.factor)
}
