package rollup

import (
	"encoding/binary"
	"math"
)

// Levels is the ranges of its count that a counter passed, in order of time,
// packed so that what holds them can be compared.
type Levels string

const levelSize = 16

// With returns the levels and one more range.
func (l Levels) With(low, high float64) Levels {
	b := binary.BigEndian.AppendUint64([]byte(l), math.Float64bits(low))
	return Levels(binary.BigEndian.AppendUint64(b, math.Float64bits(high)))
}

// All calls yield with each range.
func (l Levels) All(yield func(low, high float64) bool) {
	at := func(i int) float64 { return math.Float64frombits(binary.BigEndian.Uint64([]byte(l[i : i+8]))) }
	for i := 0; i < len(l); i += levelSize {
		if !yield(at(i), at(i+8)) {
			return
		}
	}
}
