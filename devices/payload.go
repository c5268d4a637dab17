package devices

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

// decodeMessages fills one series a point from message payloads.
func (b *Block) decodeMessages(scans []measure.Scan, of []int32, out []measure.Series) {
	reader := newPayload(b)
	for k, i := range of {
		s := &scans[i]
		at, spoilt := s.At, measure.GoodQuality
		switch {
		case s.Fault != measure.NoFault:
			spoilt = measure.BadBecause(s.Fault.Reason())
		case !reader.read(s.Raw):
			spoilt = measure.BadBecause(measure.Unparsable)
		case b.Time != nil && reader.timed:
			at = reader.at
		case b.Time != nil:
			spoilt = measure.UncertainBecause(measure.ClockUnsure)
		}
		for j := range out {
			sample := measure.Sample{At: at, Quality: spoilt}
			if spoilt.Usable() {
				found := reader.found[j]
				sample.Value, sample.Quality = found.Value, measure.Worse(spoilt, found.Quality)
			}
			out[j].Samples[k] = sample
		}
	}
}

// payload reads the points of one block from messages. It takes JSON with the
// liberties that sensors take (NaN and Infinity as bare words, numbers in
// strings), and treats everything else as unparsable.
type payload struct {
	block   *Block
	columns []column
	found   []measure.Sample // by point
	seen    []bool
	timed   bool
	at      int64 // Unix nanoseconds, when timed

	text []byte
	pos  int
	path []byte
}

func newPayload(b *Block) *payload {
	p := &payload{block: b, found: make([]measure.Sample, len(b.Points)), seen: make([]bool, len(b.Points))}
	for i := range b.Points {
		p.columns = append(p.columns, newColumn(b, &b.Points[i]))
	}
	return p
}

// maxDepth is how deep a payload may be nested.
const maxDepth = 32

// read decodes one message; false if it cannot be read at all.
func (p *payload) read(message []byte) bool {
	for i := range p.found {
		p.found[i] = measure.Sample{Quality: measure.BadBecause(measure.NotReported)}
		p.seen[i] = false
	}
	p.text, p.pos, p.path, p.timed = message, 0, p.path[:0], false
	if p.block.Payload == "plain" {
		value, quality := number(bytes.TrimSpace(message))
		for i := range p.found {
			p.set(i, value, quality)
		}
		return true
	}
	ok := p.value(0)
	p.space()
	return ok && p.pos == len(p.text)
}

// set gives a point its value; a second value for the same path is a riddle.
func (p *payload) set(point int, value float64, quality measure.Quality) {
	s := &p.found[point]
	if p.seen[point] {
		*s = measure.Sample{Quality: measure.BadBecause(measure.Unparsable)}
		return
	}
	p.seen[point] = true
	if quality.Usable() {
		c := &p.columns[point]
		value, quality = c.bounded(value, c.num, c.den, quality)
	}
	s.Value, s.Quality = value, quality
}

// leaf offers the value at the present path to the points that want it.
func (p *payload) leaf(word []byte, container bool) {
	for i := range p.block.Points {
		if string(p.path) != p.block.Points[i].Path {
			continue
		}
		value, quality := 0.0, measure.BadBecause(measure.Unparsable)
		if !container {
			value, quality = number(word)
		}
		p.set(i, value, quality)
	}
	if t := p.block.Time; t != nil && !container && string(p.path) == t.Path {
		p.at, p.timed = parseTime(string(word), t.Format)
	}
}

func (p *payload) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// take moves over c if it comes next.
func (p *payload) take(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *payload) value(depth int) bool {
	p.space()
	if p.pos == len(p.text) || depth > maxDepth {
		return false
	}
	switch p.text[p.pos] {
	case '{':
		return p.members('{', '}', depth)
	case '[':
		return p.members('[', ']', depth)
	case '"':
		word, ok := p.str()
		if ok {
			p.leaf(bytes.TrimSpace(word), false)
		}
		return ok
	}
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(",]} \t\r\n:\"{[", p.text[p.pos]) < 0 {
		p.pos++
	}
	word := p.text[start:p.pos]
	if _, quality := number(word); quality.Reason == measure.Unparsable {
		return false // a bare word that is neither a number nor one of the known words
	}
	p.leaf(word, false)
	return true
}

// members reads an object or an array; a path names keys and indexes from 0.
func (p *payload) members(open, end byte, depth int) bool {
	p.pos++
	p.leaf(nil, true)
	if p.take(end) {
		return true
	}
	parent := len(p.path)
	for index := 0; ; index++ {
		if parent > 0 {
			p.path = append(p.path, '.')
		}
		if open == '[' {
			p.path = strconv.AppendInt(p.path, int64(index), 10)
		} else {
			p.space()
			key, ok := p.str()
			if !ok || !p.take(':') {
				return false
			}
			p.path = append(p.path, key...)
		}
		if !p.value(depth + 1) {
			return false
		}
		p.path = p.path[:parent]
		if p.take(end) {
			return true
		}
		if !p.take(',') {
			return false
		}
	}
}

// str reads a quoted string.
func (p *payload) str() ([]byte, bool) {
	if p.pos >= len(p.text) || p.text[p.pos] != '"' {
		return nil, false
	}
	p.pos++
	start, escaped := p.pos, false
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			word := p.text[start:p.pos]
			p.pos++
			if escaped {
				return unescape(word)
			}
			return word, true
		case c == '\\':
			escaped = true
			p.pos += 2
		case c < ' ':
			return nil, false
		default:
			p.pos++
		}
	}
	return nil, false
}

// unescape undoes JSON's escapes; pairs of surrogates become U+FFFD twice,
// which matches no path.
func unescape(word []byte) ([]byte, bool) {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] != '\\' {
			out = append(out, word[i])
			continue
		}
		i++
		if i == len(word) {
			return nil, false
		}
		if j := strings.IndexByte(`"\/bfnrt`, word[i]); j >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[j])
			continue
		}
		if word[i] != 'u' || i+5 > len(word) {
			return nil, false
		}
		code, err := strconv.ParseUint(string(word[i+1:i+5]), 16, 16)
		if err != nil {
			return nil, false
		}
		out = append(out, string(rune(code))...)
		i += 4
	}
	return out, true
}

// number reads a value word. null, NaN and infinities are the instrument's
// word for "no value"; true and false are 1 and 0.
func number(word []byte) (float64, measure.Quality) {
	switch string(word) {
	case "true":
		return 1, measure.GoodQuality
	case "false":
		return 0, measure.GoodQuality
	case "null", "NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "-inf":
		return 0, measure.BadBecause(measure.Sentinel)
	}
	if len(word) == 0 || len(word) > 64 || bytes.ContainsAny(word, "xXpP_iInN") {
		return 0, measure.BadBecause(measure.Unparsable)
	}
	value, err := strconv.ParseFloat(string(word), 64)
	if err != nil {
		return 0, measure.BadBecause(measure.Unparsable)
	}
	return value, measure.GoodQuality
}

// parseTime reads a source timestamp as Unix nanoseconds; it must lie after 1970.
func parseTime(text, format string) (int64, bool) {
	switch format {
	case "rfc3339":
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || t.Year() > 2261 || t.Unix() <= 0 {
			return 0, false
		}
		return t.UnixNano(), true
	case "unix", "unix-ms":
		unit := int64(time.Second)
		if format == "unix-ms" {
			unit = int64(time.Millisecond)
		}
		whole, fraction, _ := strings.Cut(text, ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/unit-1 {
			return 0, false
		}
		at := n * unit
		for _, digit := range []byte(fraction) {
			if digit < '0' || digit > '9' {
				return 0, false
			}
			unit /= 10
			at += int64(digit-'0') * unit
		}
		return at, true
	}
	return 0, false
}
