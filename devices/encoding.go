package devices

import (
	"fmt"
	"math"
	"math/bits"
)

// Type is how a value is laid out in registers.
type Type string

// The types. A register is 16 bits.
const (
	Bool    Type = "bool" // one bit: a coil or discrete input, or bit n of a register
	Int16   Type = "int16"
	Uint16  Type = "uint16"
	Int32   Type = "int32"
	Uint32  Type = "uint32"
	Int64   Type = "int64"
	Uint64  Type = "uint64"
	Float32 Type = "float32" // IEEE 754 binary32
	Float64 Type = "float64" // IEEE 754 binary64
)

// Registers returns how many registers a value takes, 0 for an unknown type.
func (t Type) Registers() int {
	switch t {
	case Bool, Int16, Uint16:
		return 1
	case Int32, Uint32, Float32:
		return 2
	case Int64, Uint64, Float64:
		return 4
	}
	return 0
}

// isLimit tells whether the bits are the last number at either isLimit of an integer
// of 32 or 64 bits. Instruments mean "no value" by it, whether their manual
// says so or not; a counter passes it once in all its life.
func (t Type) isLimit(word uint64) bool {
	switch t {
	case Uint32:
		return word == math.MaxUint32
	case Uint64:
		return word == math.MaxUint64
	case Int32:
		return word == math.MaxInt32 || word == 1<<31
	case Int64:
		return word == math.MaxInt64 || word == 1<<63
	}
	return false
}

func typeNames() []string {
	return []string{"bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"}
}

// Order is the order of words and bytes of a value, named by where the bytes
// A (most significant) to D of a 32-bit value stand on the wire. For 64 bits
// the same letters say the same: CDAB reverses the words, BADC the bytes in
// each word, DCBA both.
type Order string

// The orders. The empty order is ABCD, big-endian.
const (
	ABCD Order = "ABCD"
	CDAB Order = "CDAB"
	BADC Order = "BADC"
	DCBA Order = "DCBA"
)

func (o Order) valid() bool {
	return o == "" || o == ABCD || o == CDAB || o == BADC || o == DCBA
}

// swaps tells whether the words are reversed and whether the bytes in each are.
func (o Order) swaps() (words, bytes bool) {
	return o == CDAB || o == DCBA, o == BADC || o == DCBA
}

func swap16(v uint16, swapBytes bool) uint16 {
	if swapBytes {
		return bits.ReverseBytes16(v)
	}
	return v
}

func swap32(v uint32, swapWords, swapBytes bool) uint32 {
	if swapWords {
		v = bits.RotateLeft32(v, 16)
	}
	if swapBytes {
		v = v&0x00FF00FF<<8 | v>>8&0x00FF00FF
	}
	return v
}

func swap64(v uint64, swapWords, swapBytes bool) uint64 {
	if swapWords {
		v = bits.RotateLeft64(v, 32)
		v = v&0x0000FFFF0000FFFF<<16 | v>>16&0x0000FFFF0000FFFF
	}
	if swapBytes {
		v = v&0x00FF00FF00FF00FF<<8 | v>>8&0x00FF00FF00FF00FF
	}
	return v
}

// FunctionName names the table a Modbus function reads.
func FunctionName(function uint8) string {
	switch function {
	case 1:
		return "coil"
	case 2:
		return "discrete input"
	case 3:
		return "holding register"
	case 4:
		return "input register"
	}
	return fmt.Sprintf("function %d", function)
}

// ManualNumber returns the 1-based number most manuals print for a wire
// address: 40010 is holding register 9.
func ManualNumber(function uint8, address uint16) int {
	base := [...]int{1: 1, 2: 10001, 3: 40001, 4: 30001}
	if function < 1 || function > 4 {
		return int(address)
	}
	number := base[function] + int(address)
	if address > 9998 { // six-digit form
		number = int([...]int{1: 1, 2: 100001, 3: 400001, 4: 300001}[function]) + int(address)
	}
	return number
}
