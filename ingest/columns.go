package ingest

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
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
// Columns: the L bytes are cut into columns of one word of 16 bits, or of two
// words, high word first or low word first, whichever changes least. Two words
// that are in every scan the float32 nearest to a decimal of at most four
// places are taken as that decimal's digits. Each column is one byte, its kind,
// and the zigzag-coded change of its value from scan to scan: the highest bytes
// of all scans, and so on to the lowest. Last, if L is odd, come the last bytes
// of all scans.
const (
	evenLengths  = 0
	mixedLengths = 1

	oneWord  = 0
	highLow  = 1 // as in ABCD
	lowHigh  = 2 // as in CDAB
	decimals = 3 // of a float32: 3 to 7, high word first, 0 to 4 places; 8 to 12, low word first
	lastKind = 12
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
	answered := make([]int, 0, len(rows)) // rows without fault
	for _, i := range rows {
		s := &scans[i]
		switch {
		case s.Fault != measure.NoFault:
			even = even && len(s.Raw) == 0
		case length < 0:
			length = len(s.Raw)
			answered = append(answered, i)
		default:
			even = even && len(s.Raw) == length
			answered = append(answered, i)
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
	for w := 0; w+1 < length; {
		kind := narrowest(scans, answered, w, length)
		width := columnWidth(kind)
		n := len(b) + 1
		b = append(append(b, kind), make([]byte, width*len(answered))...)
		var last uint32
		for j, i := range answered {
			value := columnValue(kind, scans[i].Raw[w:])
			z := zigzag(kind, value-last)
			last = value
			for at := n + j + (width-1)*len(answered); at >= n; at -= len(answered) {
				b[at] = byte(z)
				z >>= 8
			}
		}
		w += width
	}
	if length%2 == 1 {
		for _, i := range answered {
			b = append(b, scans[i].Raw[length-1])
		}
	}
	return b
}

// narrowest returns the kind of column at word w whose changes have the
// fewest bits, over as many words.
func narrowest(scans []measure.Scan, rows []int, w, length int) byte {
	if w+3 >= length {
		return oneWord
	}
	var last [4]uint32
	var sum [4]int // one word, the next word, high-low, low-high
	for _, i := range rows {
		raw := scans[i].Raw[w:]
		now := [4]uint32{columnValue(oneWord, raw), columnValue(oneWord, raw[2:]), columnValue(highLow, raw), columnValue(lowHigh, raw)}
		for k, kind := range [4]byte{oneWord, oneWord, highLow, lowHigh} {
			sum[k] += bits.Len32(zigzag(kind, now[k]-last[k]))
		}
		last = now
	}
	kind, least := byte(oneWord), sum[0]+sum[1]
	for k, bits := range sum[2:] {
		if bits < least {
			kind, least = byte(highLow+k), bits
		}
	}
	for k := byte(decimals); k <= lastKind; k++ {
		if bits, ok := decimalBits(scans, rows, w, k); ok && bits < least {
			kind, least = k, bits
		}
	}
	return kind
}

// decimalBits returns the bits of the changes of a decimal column; false: not
// every scan holds such a decimal.
func decimalBits(scans []measure.Scan, rows []int, w int, kind byte) (sum int, ok bool) {
	var last uint32
	for _, i := range rows {
		raw := scans[i].Raw[w:]
		digits := columnValue(kind, raw)
		if floatOf(kind, digits) != columnValue(orderOf(kind), raw) {
			return 0, false
		}
		sum += bits.Len32(zigzag(kind, digits-last))
		last = digits
	}
	return sum, true
}

// orderOf returns the order of words of a column of two, and powerOf the
// power of ten that makes a decimal column's values whole.
func orderOf(kind byte) byte {
	if kind == lowHigh || kind >= decimals+5 {
		return lowHigh
	}
	return highLow
}

func powerOf(kind byte) float64 {
	return [...]float64{1, 10, 100, 1000, 10000}[(kind-decimals)%5]
}

// floatOf returns the bits of the float32 of a decimal's digits. One division,
// correctly rounded twice: the same on every CPU.
func floatOf(kind byte, digits uint32) uint32 {
	return math.Float32bits(float32(float64(int32(digits)) / powerOf(kind)))
}

// columnWidth returns the bytes of a column in one scan.
func columnWidth(kind byte) int {
	if kind == oneWord {
		return 2
	}
	return 4
}

func columnValue(kind byte, raw []byte) uint32 {
	switch kind {
	case highLow:
		return binary.BigEndian.Uint32(raw)
	case lowHigh:
		return bits.RotateLeft32(binary.BigEndian.Uint32(raw), 16)
	case oneWord:
		return uint32(binary.BigEndian.Uint16(raw))
	}
	scaled := float64(math.Float32frombits(columnValue(orderOf(kind), raw))) * powerOf(kind)
	if !(math.Abs(scaled) < math.MaxInt32) {
		return 0 // floatOf tells that it is no such decimal
	}
	return uint32(int32(math.RoundToEven(scaled)))
}

func zigzag(kind byte, change uint32) uint32 {
	if kind == oneWord {
		return uint32(uint16(change<<1) ^ uint16(int16(change)>>15))
	}
	return change<<1 ^ uint32(int32(change)>>31)
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
	answered := make([]int, 0, len(rows))
	for _, i := range rows {
		if scans[i].Fault == measure.NoFault {
			answered = append(answered, i)
		}
	}
	n := len(answered)
	if n*length > len(r.data) {
		r.fail()
	}
	if r.err != nil || n*length <= 0 {
		return
	}
	out := make([]byte, n*length)
	for w := 0; w+1 < length; {
		kind := byte(r.uvarint(lastKind))
		width := columnWidth(kind)
		planes := r.bytes(n * width)
		if w+width > length {
			r.fail()
		}
		if r.err != nil {
			return
		}
		if kind == oneWord {
			words(out[w:], length, planes[:n], planes[n:])
		} else {
			doubleWords(out[w:], length, planes, kind)
		}
		w += width
	}
	if length%2 == 1 {
		for j, b := range r.bytes(n) {
			out[j*length+length-1] = b
		}
	}
	for j, i := range answered {
		scans[i].Raw = out[j*length : (j+1)*length : (j+1)*length]
	}
}

// words undoes a column of one word into out, at every stride bytes.
func words(out []byte, stride int, high, low []byte) {
	var word uint16
	for j, at := 0, 0; j < len(high); j, at = j+1, at+stride {
		z := uint16(high[j])<<8 | uint16(low[j])
		word += z>>1 ^ -(z & 1)
		out[at], out[at+1] = byte(word>>8), byte(word)
	}
}

// doubleWords undoes a column of two words.
func doubleWords(out []byte, stride int, planes []byte, kind byte) {
	n := len(planes) / 4
	a, b, c, d := planes[:n], planes[n:2*n], planes[2*n:3*n], planes[3*n:]
	rotate := 0
	if orderOf(kind) == lowHigh {
		rotate = 16
	}
	var value uint32
	for j, at := 0, 0; j < n; j, at = j+1, at+stride {
		z := uint32(a[j])<<24 | uint32(b[j])<<16 | uint32(c[j])<<8 | uint32(d[j])
		value += z>>1 ^ -(z & 1)
		word := value
		if kind >= decimals {
			word = floatOf(kind, value)
		}
		binary.BigEndian.PutUint32(out[at:], bits.RotateLeft32(word, rotate))
	}
}
