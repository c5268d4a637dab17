package devices

import (
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
		readings += len(c.Blocks[scan.Block].Points)
	}
	if readings > most {
		return nil, fmt.Errorf("decode: %d scans give %d readings, at most %d are decoded at once", len(scans), readings, most)
	}
	return c.Decode(scans), nil
}

// Decode turns scans into one series for each tag that they carry, in the
// order of the catalogue, samples in the order of the scans. Each scan gives
// one sample to each tag of its block: a fault, a reply of the wrong length or
// a message that cannot be read gives a Bad one. Scans of blocks that the
// catalogue does not have are left out.
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
// where they came from.
func (c Catalogue) Readings(scan measure.Scan) []measure.Reading {
	if int64(scan.Block) >= int64(len(c.Blocks)) {
		return nil
	}
	block := &c.Blocks[scan.Block]
	series := c.Decode([]measure.Scan{scan})
	out := make([]measure.Reading, len(series))
	for i, s := range series {
		sample := s.Samples[0]
		out[i] = measure.Reading{
			Tag: s.Tag, Time: time.Unix(0, sample.At).UTC(), Value: sample.Value, Unit: s.Unit,
			Quality: sample.Quality, Raw: block.rawOf(i, scan), Address: block.address(i),
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
	where := fmt.Sprintf("%s unit %d %s %d (%d)", b.Bus, b.UnitID, functionName(b.Function), p.Address, manualNumber(b.Function, p.Address))
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
			if ok {
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
	num, off, den   float64
	low, high       float64
	plainFloat32    bool
	first, function int
}

func newColumn(b *Block, p *Point) column {
	c := column{Point: p, raw: 2 * int(p.Address-b.Address), low: math.Inf(-1), high: math.Inf(1), first: int(b.Address), function: int(b.Function)}
	c.swapWords, c.swapBytes = p.Order.swaps()
	c.num, c.off, c.den = p.Scale.factors()
	if p.Range != nil {
		c.low, c.high = p.Range.Min, p.Range.Max
	}
	c.plainFloat32 = p.Type == Float32 && len(p.Sentinels) == 0 && len(p.beside()) == 0
	return c
}

// float32s is decode for clean scans of the commonest kind of point, in one
// tight loop.
func (c *column) float32s(scans []measure.Scan, of []int32, samples []measure.Sample) {
	num, off, den, low, high := c.num, c.off, c.den, c.low, c.high
	scaled := c.Scale != Scale{}
	for k, i := range of {
		raw := swap32(binary.BigEndian.Uint32(scans[i].Raw[c.raw:]), c.swapWords, c.swapBytes)
		value := float64(math.Float32frombits(raw))
		if scaled {
			value = (float64(value*num) + off) / den
		}
		s := &samples[k]
		switch {
		case low <= value && value <= high && raw&0x7F800000 != 0x7F800000:
			s.Value = value
		case raw&0x7F800000 == 0x7F800000: // NaN or infinite
			s.Quality = measure.BadBecause(measure.Sentinel)
		default:
			s.Value, s.Quality = value, measure.UncertainBecause(measure.OutOfRange)
		}
	}
}

// decode turns the bytes of one reply of the right length into a value.
func (c *column) decode(raw []byte) (float64, measure.Quality) {
	if c.function < 3 {
		i := c.raw / 2
		return float64(raw[i/8] >> (i % 8) & 1), measure.GoodQuality
	}
	var word uint64
	var value float64
	switch at := raw[c.raw:]; c.Type {
	case Bool:
		return c.finish(float64(swap16(binary.BigEndian.Uint16(at), c.swapBytes)>>c.Bit&1), raw)
	case Int16, Uint16:
		w := swap16(binary.BigEndian.Uint16(at), c.swapBytes)
		word, value = uint64(w), float64(w)
		if c.Type == Int16 {
			value = float64(int16(w))
		}
	case Int32, Uint32, Float32:
		w := swap32(binary.BigEndian.Uint32(at), c.swapWords, c.swapBytes)
		word, value = uint64(w), float64(w)
		if c.Type == Int32 {
			value = float64(int32(w))
		} else if c.Type == Float32 {
			value = float64(math.Float32frombits(w))
		}
	case Int64, Uint64, Float64:
		word = swap64(binary.BigEndian.Uint64(at), c.swapWords, c.swapBytes)
		value = float64(word)
		if c.Type == Int64 {
			value = float64(int64(word))
		} else if c.Type == Float64 {
			value = math.Float64frombits(word)
		}
	default:
		return 0, measure.BadBecause(measure.Unparsable)
	}
	for _, sentinel := range c.Sentinels {
		if word == sentinel {
			return 0, measure.BadBecause(measure.Sentinel)
		}
	}
	return c.finish(value, raw)
}

// finish applies what the registers beside the value say, scale and range.
func (c *column) finish(value float64, raw []byte) (float64, measure.Quality) {
	num, den, quality := c.num, c.den, measure.GoodQuality
	register := func(address uint16) uint16 { return binary.BigEndian.Uint16(raw[2*(int(address)-c.first):]) }
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
		code := int((register(lookup.Address) & lookup.Mask) >> bits.TrailingZeros16(lookup.Mask))
		if code >= len(lookup.Factors) {
			return 0, measure.BadBecause(measure.Unparsable)
		}
		n, _, d := lookup.Factors[code].factors()
		num, den = num*n, den*d
	}
	return bounded(value, num, c.off, den, c.low, c.high, quality)
}

// bounded scales a raw value and compares it with its range.
func bounded(raw, num, off, den, low, high float64, quality measure.Quality) (float64, measure.Quality) {
	value := (float64(raw*num) + off) / den
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return 0, measure.BadBecause(measure.Sentinel)
	case value < low || value > high:
		quality = measure.Worse(quality, measure.UncertainBecause(measure.OutOfRange))
	}
	return value, quality
}
