package devices

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
)

// decodeMessages fills one series a point from message payloads.
func (b *Block) decodeMessages(scans []measure.Scan, of []int32, out []measure.Series) {
	p := newPayload(b)
	for j := range out {
		out[j].Samples = out[j].Samples[:0]
	}
	for _, i := range of {
		s := &scans[i]
		switch {
		case s.Fault != measure.NoFault:
			appendBad(out, s.At, s.Fault.Reason())
		case !p.read(s.Raw):
			appendBad(out, s.At, measure.Unparsable)
		default:
			p.appendSamples(s.At, out)
		}
	}
}

// appendBad gives every point a bad sample.
func appendBad(out []measure.Series, at int64, because measure.Reason) {
	for j := range out {
		out[j].Samples = append(out[j].Samples, measure.Sample{At: at, Quality: measure.BadBecause(because)})
	}
}

// payload reads the points of one block from messages.
type payload struct {
	block   *Block
	columns []column
	list    []int32 // see elements
	document
}

func newPayload(b *Block) *payload {
	p := &payload{block: b}
	for i := range b.Points {
		p.columns = append(p.columns, newColumn(b, &b.Points[i]))
	}
	return p
}

// read takes one message in; false if it cannot be read at all. A plain
// payload is a document of one word.
func (p *payload) read(message []byte) bool {
	if p.block.Payload == "plain" {
		p.nodes = append(p.nodes[:0], node{kind: '"', word: bytes.TrimSpace(message)})
		return true
	}
	return p.parse(message)
}

// appendSamples appends what the message holds: one sample a point, or with each one
// for every element of an array. A block that skips what is absent gives no
// sample there, others a bad one.
func (p *payload) appendSamples(at int64, out []measure.Series) {
	elements := p.elements()
	if len(elements) == 0 && p.block.Absent == "" {
		appendBad(out, at, measure.NotReported)
	}
	for _, element := range elements {
		for j := range out {
			if sample, ok := p.sample(element, j, at); ok {
				out[j].Samples = append(out[j].Samples, sample)
			}
		}
	}
}

// What a block does with a point that a message does not mention: it was not
// read, and where null stands for it, neither. Else it is bad.
const (
	skipAbsent = "skip"
	skipNull   = "skip-null"
)

// skips tells whether a point without a value is passed over.
func (b *Block) skips(word []byte, reason measure.Reason) bool {
	switch b.Absent {
	case skipNull:
		return reason == measure.NotReported || reason == measure.None && string(word) == "null"
	case skipAbsent:
		return reason == measure.NotReported
	}
	return false
}

// elements returns the nodes that each hold one sample of every point. The
// list is good until the next call.
func (p *payload) elements() []int32 {
	p.list = p.list[:0]
	if p.block.Each == "" {
		p.list = append(p.list, 0)
		return p.list
	}
	array := found{count: 1} // "." is the message itself
	if p.block.Each != "." {
		array = p.find(0, p.block.Each)
	}
	if array.count != 1 || p.nodes[array.node].kind != '[' {
		return nil
	}
	for c := p.nodes[array.node].first; c != 0; c = p.nodes[c].next {
		p.list = append(p.list, c)
	}
	return p.list
}

// sample reads one point of one element; false if it is not there to be read.
func (p *payload) sample(element int32, j int, at int64) (measure.Sample, bool) {
	point, column := &p.block.Points[j], &p.columns[j]
	s := measure.Sample{At: at, Quality: measure.GoodQuality}
	if p.block.Time != nil {
		own, ok := p.sourceTime(element, point)
		if ok && p.block.Stamps.believe(own, at) {
			s.At = own
		} else {
			s.Quality = measure.UncertainBecause(measure.ClockUnsure)
		}
	}
	word, reason := p.word(element, point.Path)
	if p.block.skips(word, reason) {
		return s, false
	}
	value, quality := 0.0, measure.BadBecause(reason)
	if reason == measure.None {
		value, quality = number(word, p.block.Exponents || p.block.Payload == "json" && !p.quoted(element, point.Path))
	}
	if quality.Usable() && isBoolWord(word) && point.Unit != boolUnit {
		quality = measure.BadBecause(measure.Unparsable)
	}
	if quality.Usable() && slices.ContainsFunc(point.Sentinels, func(code uint64) bool { return measure.SameCode(value, math.Float64frombits(code)) }) {
		quality = measure.BadBecause(measure.Sentinel)
	}
	if quality.Usable() && point.Quality != nil {
		said, reason := p.word(element, point.Quality.Path)
		quality = measure.Worse(quality, point.Quality.of(string(said), reason))
	}
	if quality.Usable() {
		value, quality = column.bounded(value, column.num, column.den, quality)
	}
	s.Quality = measure.Worse(s.Quality, quality)
	if s.Quality.Usable() {
		s.Value = value
	}
	return s, true
}

// sourceTime returns the time that an element gives for a point, if it is one.
func (p *payload) sourceTime(element int32, point *Point) (int64, bool) {
	word, reason := p.word(element, p.block.timePath(point))
	if reason != measure.None {
		return 0, false
	}
	return parseTime(string(word), p.block.Time.Format)
}

// TimeRemark says in words what a message tells of its time.
func (b *Block) TimeRemark(message []byte, at int64) string {
	p := newPayload(b)
	if b.Time == nil || !p.read(message) {
		return "none"
	}
	elements := p.elements()
	if len(elements) == 0 || len(b.Points) == 0 {
		return "none"
	}
	return b.timeDoubt(p, elements[0], &b.Points[0], at)
}

// Dated tells whether a message carries times of its own that are believed.
func (b *Block) Dated(message []byte, at int64) bool {
	p := newPayload(b)
	if b.Time == nil || !p.read(message) {
		return false
	}
	elements := p.elements()
	for _, element := range elements {
		for i := range b.Points {
			if own, ok := p.sourceTime(element, &b.Points[i]); !ok || !b.Stamps.believe(own, at) {
				return false
			}
		}
	}
	return len(elements) > 0
}

// timePath returns where the time of a point stands: beside its value, or once
// for all.
func (b *Block) timePath(point *Point) string {
	if point.TimePath != "" {
		return point.TimePath
	}
	return b.Time.Path
}

// word returns the text of the one value at a path, or why there is none. Two
// values at one path are a riddle.
func (p *payload) word(element int32, path string) ([]byte, measure.Reason) {
	f := p.find(element, path)
	switch n := &p.nodes[f.node]; {
	case f.count == 0:
		return nil, measure.NotReported
	case f.count > 1 || n.kind == '{' || n.kind == '[':
		return nil, measure.Unparsable
	default:
		return n.word, measure.None
	}
}

// quoted tells whether a value came as a string.
func (p *payload) quoted(element int32, path string) bool {
	return p.nodes[p.find(element, path).node].kind == '"'
}

// of turns an instrument's own word about a value into a quality. A word that
// nobody has told of, and none at all, are bad.
func (q *SourceQuality) of(word string, reason measure.Reason) measure.Quality {
	switch {
	case reason != measure.None:
		return measure.BadBecause(reason)
	case slices.ContainsFunc(q.Good, func(pattern string) bool { return matchesWord(pattern, word) }):
		return measure.GoodQuality
	case slices.ContainsFunc(q.Uncertain, func(pattern string) bool { return matchesWord(pattern, word) }):
		return measure.UncertainBecause(measure.BySource)
	}
	return measure.BadBecause(measure.BySource)
}

// matchesWord tells whether a word is the one given, begins with it where that ends
// in an asterisk, or is a whole number of a range, as in 192..255.
func matchesWord(pattern, word string) bool {
	if start, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(word, start)
	}
	if low, high, ok := numberRange(pattern); ok {
		n, err := strconv.ParseInt(word, 10, 64)
		return err == nil && low <= n && n <= high
	}
	return pattern == word
}

// numberRange reads two whole numbers with two dots between.
func numberRange(pattern string) (low, high int64, ok bool) {
	from, to, ok := strings.Cut(pattern, "..")
	if !ok {
		return 0, 0, false
	}
	low, err := strconv.ParseInt(from, 10, 64)
	high, err2 := strconv.ParseInt(to, 10, 64)
	return low, high, err == nil && err2 == nil
}

// isWord tells whether a bare word of a message can be a value.
func isWord(word []byte) bool {
	_, quality := number(word, true)
	return quality.Reason != measure.Unparsable
}

// boolUnit is that of what true and false can be: 1 and 0. Of anything else they
// are no value, but what a program says that has none.
var boolUnit = measure.MustUnit("1")

// isBoolWord tells whether a word is true or false.
func isBoolWord(word []byte) bool { return string(word) == "true" || string(word) == "false" }

// number reads a value word: a decimal number, with an exponent only where one
// may be, as 20E5 may be hexadecimal. null, NaN and infinities are the
// instrument's word for "no value"; true and false are 1 and 0.
func number(word []byte, exponents bool) (float64, measure.Quality) {
	switch string(word) {
	case "true":
		return 1, measure.GoodQuality
	case "false":
		return 0, measure.GoodQuality
	case "null", "NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "-inf":
		return 0, measure.BadBecause(measure.Sentinel)
	}
	if len(word) == 0 || len(word) > 64 || !isDecimal(word, exponents) {
		return 0, measure.BadBecause(measure.Unparsable)
	}
	value, err := strconv.ParseFloat(string(word), 64)
	if err != nil {
		return 0, measure.BadBecause(measure.Unparsable)
	}
	return value, measure.GoodQuality
}

// isDecimal tells whether a word is digits with at most a sign, one point and,
// where it may be, an exponent.
func isDecimal(word []byte, exponents bool) bool {
	digits, rest := 0, word
	run := func() {
		for len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
			digits, rest = digits+1, rest[1:]
		}
	}
	sign := func() {
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
	}
	sign()
	run()
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1:]
		run()
	}
	if digits == 0 || len(rest) == 0 {
		return digits > 0
	}
	if !exponents || rest[0]|0x20 != 'e' {
		return false
	}
	digits, rest = 0, rest[1:]
	sign()
	run()
	return digits > 0 && len(rest) == 0
}
