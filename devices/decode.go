package devices

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// Decode decodes scans by the catalogue whose canonical bytes are given.
func Decode(catalogue []byte, scans []measure.Scan) ([]measure.Series, error) {
	return DecodeSome(catalogue, scans, math.MaxInt, nil)
}

// DecodeSome is [Decode] for the tags that are wanted, nil: all of them. It
// refuses to make more than so many readings.
func DecodeSome(catalogue []byte, scans []measure.Scan, most int, wanted map[measure.Tag]bool) ([]measure.Series, error) {
	c, err := ParseCatalogue(catalogue)
	if err != nil {
		return nil, err
	}
	for i := range c.Blocks {
		if wanted != nil {
			c.Blocks[i].Points = slices.DeleteFunc(c.Blocks[i].Points, func(p Point) bool { return !wanted[p.Tag] })
		}
	}
	readings := 0
	for _, scan := range scans {
		if int64(scan.Block) >= int64(len(c.Blocks)) {
			return nil, fmt.Errorf("decode: scan %d is of block %d, the catalogue has %d", scan.Seq, scan.Block, len(c.Blocks))
		}
		block := &c.Blocks[scan.Block]
		samples := 1
		if block.Each != "" { // no more than commas can part
			samples += bytes.Count(scan.Raw, []byte{','})
		}
		readings += len(block.Points) * samples
	}
	if readings > most {
		return nil, fmt.Errorf("decode: %d scans give %d readings, at most %d are decoded at once", len(scans), readings, most)
	}
	return c.Decode(scans), nil
}

// Decode turns scans into one series for each tag that they carry, in the
// order of the catalogue, samples in the order of the scans. Each scan gives
// one sample to each tag of its block: a fault, a reply of the wrong length or
// a message that cannot be read gives a Bad one. Only a message may give more,
// where its block has Each, or none, where it skips what is absent. Scans of
// blocks that the catalogue does not have are left out.
//
// Decode is pure and works in columns: for each point, all scans of its block.
func (c Catalogue) Decode(scans []measure.Scan) []measure.Series {
	starts := make([]int, len(c.Blocks)+1)
	for i := range scans {
		if b := int(scans[i].Block); b < len(c.Blocks) {
			starts[b+1]++
		}
	}
	series, samples := 0, 0
	for b := range c.Blocks {
		if n := starts[b+1]; n > 0 {
			series += len(c.Blocks[b].Points)
			samples += n * len(c.Blocks[b].Points)
		}
		starts[b+1] += starts[b]
	}
	order := make([]int32, starts[len(c.Blocks)])
	next := append([]int(nil), starts...)
	for i := range scans {
		if b := int(scans[i].Block); b < len(c.Blocks) {
			order[next[b]] = int32(i)
			next[b]++
		}
	}
	out := make([]measure.Series, 0, series)
	room := make([]measure.Sample, samples)
	for b := range c.Blocks {
		of := order[starts[b]:starts[b+1]]
		if len(of) == 0 {
			continue
		}
		block := &c.Blocks[b]
		first := len(out)
		for i := range block.Points {
			p := &block.Points[i]
			out = append(out, measure.Series{Tag: p.Tag, Unit: p.Unit, Samples: room[:len(of):len(of)]})
			room = room[len(of):]
		}
		if block.Function == 0 {
			block.decodeMessages(scans, of, out[first:])
		} else {
			block.decodeRegisters(scans, of, out[first:])
		}
	}
	return out
}

// Readings decodes one scan for people: each value with its raw bytes and
// where they came from, in the order of the points.
func (c Catalogue) Readings(scan measure.Scan) []measure.Reading {
	if int64(scan.Block) >= int64(len(c.Blocks)) {
		return nil
	}
	block := &c.Blocks[scan.Block]
	series := c.Decode([]measure.Scan{scan})
	var out []measure.Reading
	for i, s := range series {
		for _, sample := range s.Samples {
			out = append(out, measure.Reading{
				Tag: s.Tag, Time: time.Unix(0, sample.At).UTC(), Value: sample.Value, Unit: s.Unit,
				Quality: sample.Quality, Raw: block.rawOf(i, scan), Address: block.address(i),
			})
		}
	}
	return out
}

// rawOf returns the bytes of a scan that a point was decoded from.
func (b *Block) rawOf(point int, scan measure.Scan) []byte {
	p := &b.Points[point]
	switch {
	case scan.Fault != measure.NoFault || b.Function > 0 && len(scan.Raw) != b.Bytes():
		return nil
	case b.Function == 0:
		return scan.Raw
	case b.Function < 3:
		i := int(p.Address-b.Address) / 8
		return scan.Raw[i : i+1]
	}
	i := 2 * int(p.Address-b.Address)
	return scan.Raw[i : i+2*p.Type.Registers()]
}

// address names a point as its bus does.
func (b *Block) address(point int) string {
	p := &b.Points[point]
	if b.Function == 0 {
		if p.Path == "" {
			return b.Bus + " topic " + b.Topic
		}
		return b.Bus + " topic " + b.Topic + " path " + p.Path
	}
	where := fmt.Sprintf("%s unit %d %s %d (%d)", b.Bus, b.UnitID, FunctionName(b.Function), p.Address, ManualNumber(b.Function, p.Address))
	if b.Function >= 3 && p.Type == Bool {
		where += fmt.Sprintf(" bit %d", p.Bit)
	}
	return where
}

// decodeRegisters fills one series a point from register or bit replies.
func (b *Block) decodeRegisters(scans []measure.Scan, of []int32, out []measure.Series) {
	size, clean := b.Bytes(), true
	base := make([]measure.Sample, len(of)) // time and the quality the scan itself allows
	for k, i := range of {
		s := &scans[i]
		base[k] = measure.Sample{At: s.At, Quality: measure.GoodQuality}
		switch {
		case s.Fault != measure.NoFault:
			base[k].Quality = measure.BadBecause(s.Fault.Reason())
		case len(s.Raw) != size:
			base[k].Quality = measure.BadBecause(measure.Unparsable)
		case b.Clock != nil:
			at, ok := b.Clock.time(s.Raw[2*int(b.Clock.Address-b.Address):])
			if ok && b.Stamps.believe(at, s.At) {
				base[k].At = at
			} else {
				base[k].Quality = measure.UncertainBecause(measure.ClockUnsure)
			}
		}
		clean = clean && base[k].Quality.Level == measure.Good
	}
	for i := range b.Points {
		column := newColumn(b, &b.Points[i])
		samples := out[i].Samples
		copy(samples, base)
		if clean && column.plainFloat32 {
			column.float32s(scans, of, samples)
			continue
		}
		for k, j := range of {
			if samples[k].Quality.Level == measure.Bad {
				continue
			}
			value, quality := column.decode(scans[j].Raw)
			samples[k].Value, samples[k].Quality = value, measure.Worse(samples[k].Quality, quality)
		}
	}
}

// time reads the clock registers: Unix nanoseconds. Zero, a negative time and
// one beyond the year 2262 are no time.
func (c *Clock) time(raw []byte) (int64, bool) {
	words, swapBytes := c.Order.swaps()
	var seconds, rest uint64
	switch c.Type {
	case "unix32":
		seconds = uint64(swap32(binary.BigEndian.Uint32(raw), words, swapBytes))
	case "unix64":
		seconds = swap64(binary.BigEndian.Uint64(raw), words, swapBytes)
	case "unix64-ms":
		ms := swap64(binary.BigEndian.Uint64(raw), words, swapBytes)
		seconds, rest = ms/1000, ms%1000*1e6
	}
	if seconds == 0 || seconds > math.MaxInt64/1_000_000_000-1 {
		return 0, false
	}
	return int64(seconds*1e9 + rest), true
}

// column is a point made ready to decode many scans.
type column struct {
	*Point
	raw             int // offset of the value's first byte
	swapWords       bool
	swapBytes       bool
	flagBits        uint64 // bits of the value that are no part of the number
	num, off, den   float64
	low, high       float64
	floats          bool
	least, most     float64 // sizes beyond which a value is doubted; 0 is not
	plainFloat32    bool
	first, function int
}

// What no instrument gives: a floating-point number beyond 2^-60 to 2^60, some
// 10^±18, in any unit; and where a range is known, what is a thousand times as
// large, or in registers of a size ten decades below it. Words read in the wrong
// order come out like that. A counter may be young, so it has no least size; nor
// has a message, where a difference of equals may be 5e-17.
const (
	leastFloat, mostFloat  = 0x1p-60, 0x1p60
	leastShare, mostRanges = 1e-10, 1000
)

// sizes sets within which sizes a value is believed: of floats and messages
// both, of whole numbers of several words the largest.
func (c *column) sizes() {
	c.least, c.most = 0, math.Inf(1)
	size := max(math.Abs(c.low), math.Abs(c.high))
	c.floats = c.function == 0 || c.Type == Float32 || c.Type == Float64
	if c.Range != nil && (c.floats || c.Type.Registers() > 1) {
		c.most = mostRanges * size
	}
	if c.Range != nil && c.floats && c.function > 0 && !c.Counter && c.off == 0 {
		c.least = leastShare * size
	}
}

func newColumn(b *Block, p *Point) column {
	c := column{Point: p, raw: 2 * int(p.Address-b.Address), low: math.Inf(-1), high: math.Inf(1), first: int(b.Address), function: int(b.Function)}
	c.swapWords, c.swapBytes = p.Order.swaps()
	c.num, c.off, c.den = p.Scale.factors()
	if p.Range != nil {
		c.low, c.high = p.Range.Min, p.Range.Max
	}
	c.flagBits = p.flagBits(p.Address)
	c.sizes()
	c.plainFloat32 = p.Type == Float32 && len(p.Sentinels) == 0 && len(p.Companions()) == 0
	return c
}

// float32s is decode for clean scans of the commonest kind of point, in one
// tight loop.
func (c *column) float32s(scans []measure.Scan, of []int32, samples []measure.Sample) {
	num, off, den := c.num, c.off, c.den
	scaled := c.Scale != Scale{}
	for k, i := range of {
		number := float64(math.Float32frombits(swap32(binary.BigEndian.Uint32(scans[i].Raw[c.raw:]), c.swapWords, c.swapBytes)))
		value := number
		if scaled {
			value = (float64(number*num) + off) / den
		}
		s := &samples[k]
		if size := math.Abs(number); c.low <= value && value <= c.high && leastFloat <= size && size <= mostFloat && c.least <= math.Abs(value) {
			s.Value = value
		} else {
			s.Value, s.Quality = c.bounded(number, num, den, s.Quality)
		}
	}
}

// decode turns the bytes of one reply of the right length into a value.
func (c *column) decode(raw []byte) (float64, measure.Quality) {
	if c.function < 3 {
		i := c.raw / 2
		return float64(raw[i/8] >> (i % 8) & 1), measure.GoodQuality
	}
	if c.Type == Bool {
		return c.finish(float64(swap16(binary.BigEndian.Uint16(raw[c.raw:]), c.swapBytes)>>c.Bit&1), raw)
	}
	word := c.word(raw[c.raw:])
	if slices.Contains(c.Sentinels, word) {
		return 0, measure.BadBecause(measure.Sentinel)
	}
	if c.flagBits == 0 && c.Type.isLimit(word) {
		return 0, measure.BadBecause(measure.Implausible)
	}
	return c.finish(c.number(word&^c.flagBits), raw)
}

// word assembles the bits of a value in the order of its type.
func (c *column) word(at []byte) uint64 {
	switch c.Type.Registers() {
	case 1:
		return uint64(swap16(binary.BigEndian.Uint16(at), c.swapBytes))
	case 2:
		return uint64(swap32(binary.BigEndian.Uint32(at), c.swapWords, c.swapBytes))
	}
	return swap64(binary.BigEndian.Uint64(at), c.swapWords, c.swapBytes)
}

// number reads the bits of a value by its type.
func (c *column) number(word uint64) float64 {
	switch c.Type {
	case Int16:
		return float64(int16(word))
	case Int32:
		return float64(int32(word))
	case Int64:
		return float64(int64(word))
	case Float32:
		return float64(math.Float32frombits(uint32(word)))
	case Float64:
		return math.Float64frombits(word)
	}
	return float64(word)
}

// finish applies what the registers beside the value say, scale and range.
func (c *column) finish(value float64, raw []byte) (float64, measure.Quality) {
	num, den, quality := c.num, c.den, measure.GoodQuality
	register := func(address uint16) uint16 { // in the value's order of bytes
		return swap16(binary.BigEndian.Uint16(raw[2*(int(address)-c.first):]), c.swapBytes)
	}
	if s := c.Status; s != nil {
		switch word := register(s.Address); {
		case word&s.Bad != 0:
			return 0, measure.BadBecause(measure.Sentinel)
		case word&s.Uncertain != 0:
			quality = measure.UncertainBecause(measure.OutOfRange)
		}
	}
	if s := c.Sign; s != nil && register(s.Address)>>s.Bit&1 == 1 {
		value = -math.Abs(value)
	}
	for _, lookup := range c.ScaleFrom {
		factor, reason := lookup.factor(register(lookup.Address))
		if reason != measure.None {
			return 0, measure.BadBecause(reason)
		}
		n, _, d := factor.factors()
		num, den = num*n, den*d
	}
	return c.bounded(value, num, den, quality)
}

// factor returns what a register says of the value, or why it says nothing.
func (l Lookup) factor(register uint16) (Scale, measure.Reason) {
	code := (register & l.Mask) >> bits.TrailingZeros16(l.Mask)
	if slices.Contains(l.Sentinels, code) {
		return Scale{}, measure.Sentinel
	}
	i := int(code)
	if width := bits.Len16(l.Mask) - bits.TrailingZeros16(l.Mask); l.First < 0 && code>>(width-1) == 1 {
		i -= 1 << width
	}
	if i -= l.First; i < 0 || i >= len(l.Factors) {
		return Scale{}, measure.Unparsable
	}
	return l.Factors[i], measure.None
}

// bounded scales a raw value and compares it with what is believed of it.
func (c *column) bounded(raw, num, den float64, quality measure.Quality) (float64, measure.Quality) {
	value := (float64(raw*num) + c.off) / den
	size := math.Abs(value)
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return 0, measure.BadBecause(measure.Sentinel)
	case c.floats && raw != 0 && !(leastFloat <= math.Abs(raw) && math.Abs(raw) <= mostFloat), size > c.most, size < c.least && size != 0:
		return 0, measure.BadBecause(measure.Implausible)
	case value < c.low || value > c.high:
		quality = measure.Worse(quality, measure.UncertainBecause(measure.OutOfRange))
	}
	return value, quality
}
