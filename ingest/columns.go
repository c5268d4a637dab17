package ingest

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
)

// The columns of a batch, before compression. Numbers are varints; signed
// ones are zigzag-coded.
//
//	scans n
//	power of ten e of the nanoseconds: times are counted in 10^e ns
//	blocks k, then k block numbers, rising
//	n times: which of the k blocks
//	for each block, over its scans:
//	  time, then the change of the time, then the changes of the change
//	  0, or 1 and the faults, one byte each
//	  0, the length L of every scan without fault, and its columns; or
//	  1, the lengths of all scans, and their bytes one after another
//
// Columns: for each 16-bit word of L bytes, the zigzag-coded change of the
// word from scan to scan, high bytes of all scans, then low bytes; last, if
// L is odd, the last bytes of all scans.
const (
	evenLengths  = 0
	mixedLengths = 1
)

func appendColumns(b []byte, scans []measure.Scan) []byte {
	e, unit := timeUnit(scans)
	b = binary.AppendUvarint(b, uint64(len(scans)))
	b = append(b, byte(e))

	blocks := make([]uint32, 0, 16)
	for _, s := range scans {
		if at, ok := slices.BinarySearch(blocks, s.Block); !ok {
			blocks = slices.Insert(blocks, at, s.Block)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(blocks)))
	for _, id := range blocks {
		b = binary.AppendUvarint(b, uint64(id))
	}
	rows := make([][]int, len(blocks)) // the scans of each block
	for i, s := range scans {
		slot, _ := slices.BinarySearch(blocks, s.Block)
		rows[slot] = append(rows[slot], i)
		b = binary.AppendUvarint(b, uint64(slot))
	}
	for _, of := range rows {
		b = appendTimes(b, scans, of, unit)
		b = appendFaults(b, scans, of)
		b = appendRaw(b, scans, of)
	}
	return b
}

// timeUnit returns the greatest e up to 9 such that all times are multiples of 10^e ns.
func timeUnit(scans []measure.Scan) (e int, unit int64) {
	unit = 1
	for e < 9 {
		if slices.ContainsFunc(scans, func(s measure.Scan) bool { return s.At%(unit*10) != 0 }) {
			break
		}
		e, unit = e+1, unit*10
	}
	return e, unit
}

func appendTimes(b []byte, scans []measure.Scan, rows []int, unit int64) []byte {
	var at, step int64
	for _, i := range rows {
		now := scans[i].At / unit
		b = binary.AppendVarint(b, (now-at)-step)
		at, step = now, now-at
	}
	return b
}

func appendFaults(b []byte, scans []measure.Scan, rows []int) []byte {
	if !slices.ContainsFunc(rows, func(i int) bool { return scans[i].Fault != measure.NoFault }) {
		return append(b, 0)
	}
	b = append(b, 1)
	for _, i := range rows {
		b = append(b, byte(scans[i].Fault))
	}
	return b
}

func appendRaw(b []byte, scans []measure.Scan, rows []int) []byte {
	length, even := -1, true
	said := make([]int, 0, len(rows)) // rows without fault
	for _, i := range rows {
		s := &scans[i]
		switch {
		case s.Fault != measure.NoFault:
			even = even && len(s.Raw) == 0
		case length < 0:
			length = len(s.Raw)
			said = append(said, i)
		default:
			even = even && len(s.Raw) == length
			said = append(said, i)
		}
	}
	length = max(length, 0)
	if !even {
		b = append(b, mixedLengths)
		for _, i := range rows {
			b = binary.AppendUvarint(b, uint64(len(scans[i].Raw)))
		}
		for _, i := range rows {
			b = append(b, scans[i].Raw...)
		}
		return b
	}
	b = binary.AppendUvarint(append(b, evenLengths), uint64(length))
	for w := 0; w+1 < length; w += 2 {
		n := len(b)
		b = append(b, make([]byte, 2*len(said))...)
		high, low := b[n:n+len(said)], b[n+len(said):]
		var last uint16
		for j, i := range said {
			word := uint16(scans[i].Raw[w])<<8 | uint16(scans[i].Raw[w+1])
			change := int16(word - last)
			z := uint16(change<<1) ^ uint16(change>>15)
			high[j], low[j], last = byte(z>>8), byte(z), word
		}
	}
	if length%2 == 1 {
		for _, i := range said {
			b = append(b, scans[i].Raw[length-1])
		}
	}
	return b
}

var errColumns = errors.New("the columns are cut short or malformed")

// columnReader reads the columns; after the first error it reads zeros.
type columnReader struct {
	data []byte
	err  error
}

func (r *columnReader) fail() { r.data, r.err = nil, cmp.Or(r.err, errColumns) }

func (r *columnReader) uvarint(most uint64) uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > most {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *columnReader) varint() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *columnReader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.fail()
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

// parseColumns reads what appendColumns wrote. What it allocates is bounded
// by a multiple of len(data).
func parseColumns(data []byte, first uint64) ([]measure.Scan, error) {
	r := &columnReader{data: data}
	n := int(r.uvarint(MaxScans))
	unit := int64(1)
	for e := r.uvarint(9); e > 0; e-- {
		unit *= 10
	}
	if n > len(r.data) {
		return nil, errColumns
	}
	k := int(r.uvarint(uint64(n)))
	blocks := make([]uint32, k)
	for i := range blocks {
		blocks[i] = uint32(r.uvarint(1<<32 - 1))
		if i > 0 && blocks[i] <= blocks[i-1] {
			r.fail()
		}
	}
	if k == 0 {
		return nil, errColumns
	}
	scans := make([]measure.Scan, n)
	slots := make([]int32, n)
	ends := make([]int, k+1)
	for i := range slots {
		slots[i] = int32(r.uvarint(uint64(k - 1)))
		ends[slots[i]+1]++
	}
	if r.err != nil {
		return nil, r.err
	}
	for i := range k {
		ends[i+1] += ends[i]
	}
	rows := make([]int, n) // scans sorted by block
	next := slices.Clone(ends[:k])
	for i, slot := range slots {
		scans[i].Seq, scans[i].Block = first+uint64(i), blocks[slot]
		rows[next[slot]] = i
		next[slot]++
	}
	for slot := range k {
		of := rows[ends[slot]:ends[slot+1]]
		r.times(scans, of, unit)
		if r.uvarint(1) == 1 {
			for j, f := range r.bytes(len(of)) {
				scans[of[j]].Fault = measure.Fault(f)
			}
		}
		r.raw(scans, of)
		if r.err != nil {
			return nil, fmt.Errorf("block %d: %w", blocks[slot], r.err)
		}
	}
	if len(r.data) > 0 {
		return nil, fmt.Errorf("%d bytes too many: %w", len(r.data), errColumns)
	}
	return scans, nil
}

func (r *columnReader) times(scans []measure.Scan, rows []int, unit int64) {
	var at, step int64
	for _, i := range rows {
		step += r.varint()
		at += step
		scans[i].At = at * unit
	}
}

func (r *columnReader) raw(scans []measure.Scan, rows []int) {
	if r.uvarint(1) == mixedLengths {
		lengths := make([]int, len(rows))
		for j := range lengths {
			lengths[j] = int(r.uvarint(MaxRaw))
		}
		for j, i := range rows {
			if raw := r.bytes(lengths[j]); len(raw) > 0 {
				scans[i].Raw = raw
			}
		}
		return
	}
	length := int(r.uvarint(MaxRaw))
	said := make([]int, 0, len(rows))
	for _, i := range rows {
		if scans[i].Fault == measure.NoFault {
			said = append(said, i)
		}
	}
	n := len(said)
	columns := r.bytes(n * length)
	if len(columns) == 0 {
		return
	}
	out := make([]byte, n*length)
	for w := 0; w+1 < length; w += 2 {
		high, low := columns[:n], columns[n:2*n]
		columns = columns[2*n:]
		var word uint16
		for j, at := 0, w; j < n; j, at = j+1, at+length {
			z := uint16(high[j])<<8 | uint16(low[j])
			word += z>>1 ^ -(z & 1)
			out[at], out[at+1] = byte(word>>8), byte(word)
		}
	}
	for j, b := range columns { // the last bytes, if the length is odd
		out[j*length+length-1] = b
	}
	for j, i := range said {
		scans[i].Raw = out[j*length : (j+1)*length : (j+1)*length]
	}
}
