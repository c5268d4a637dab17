package devices

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

// Doubt is what is wrong with a reading that came, in words for whoever can
// mend it.
type Doubt struct {
	Instrument string
	Tag        measure.Tag
	Reason     measure.Reason
	Words      string
}

// Doubts says what is wrong with the readings of one scan, each thing once a
// tag. A scan that brought nothing has none: its fault says it all.
func (c Catalogue) Doubts(scan measure.Scan) []Doubt {
	if int64(scan.Block) >= int64(len(c.Blocks)) || scan.Fault != measure.NoFault {
		return nil
	}
	b := &c.Blocks[scan.Block]
	var doubts []Doubt
	for i, s := range c.Decode([]measure.Scan{scan}) {
		for _, sample := range s.Samples {
			d := Doubt{Instrument: b.Instrument, Tag: s.Tag, Reason: sample.Quality.Reason}
			if !Doubtful(d.Reason) || slices.ContainsFunc(doubts, func(o Doubt) bool { return o.Tag == d.Tag && o.Reason == d.Reason }) {
				continue
			}
			if b.Function == 0 {
				d.Words = b.messageDoubt(i, scan, d.Reason)
			} else {
				d.Words = b.registerDoubt(i, scan, d.Reason)
			}
			doubts = append(doubts, d)
		}
	}
	return doubts
}

// Doubtful tells the reasons that ask for somebody to look at a file or an
// instrument from those that are its ordinary word.
func Doubtful(r measure.Reason) bool {
	switch r {
	case measure.Implausible, measure.ClockUnsure, measure.Unparsable, measure.NotReported, measure.BySource:
		return true
	}
	return false
}

func (b *Block) registerDoubt(point int, scan measure.Scan, reason measure.Reason) string {
	p := &b.Points[point]
	switch {
	case len(scan.Raw) != b.Bytes() || b.Function < 3:
		return fmt.Sprintf("the reply has %d bytes, %d were asked for", len(scan.Raw), b.Bytes())
	case reason == measure.ClockUnsure:
		return b.clockDoubt(scan)
	case reason == measure.Implausible:
		if c := newColumn(b, p); p.Type.isLimit(c.word(scan.Raw[c.raw:])) {
			return fmt.Sprintf("registers %X are the last number of a %s, by which instruments mean that there is no value: give it as sentinel: if the manual says so", b.rawOf(point, scan), p.Type)
		}
		return fmt.Sprintf("registers %X read as %s in order %s are of a size that no instrument gives: compare order, type and address with the manual%s",
			b.rawOf(point, scan), p.Type, orderName(p.Order), b.otherOrders(point, scan))
	}
	return fmt.Sprintf("registers %X: a register beside the value holds a code for which scale_from has no factor", b.rawOf(point, scan))
}

// clockDoubt says why the time in an instrument's registers is not believed.
func (b *Block) clockDoubt(scan measure.Scan) string {
	raw := scan.Raw[2*int(b.Clock.Address-b.Address):]
	words := "its clock registers hold no time: arrival counts"
	if own, ok := b.Clock.time(raw); ok {
		words = b.Stamps.doubt(own, scan.At)
	}
	for _, kind := range clockTypes() {
		other := *b.Clock
		other.Type = kind
		if other.Type == b.Clock.Type || other.Registers() > b.Clock.Registers() {
			continue
		}
		if own, ok := other.time(raw); ok && max(own-scan.At, scan.At-own) < int64(24*time.Hour) {
			return words + "; it looks like type: " + kind
		}
	}
	return words
}

func orderName(o Order) Order {
	if o == "" {
		return ABCD
	}
	return o
}

// otherOrders says what the words would be in the orders that give a good value.
func (b *Block) otherOrders(point int, scan measure.Scan) string {
	var would []string
	for _, order := range []Order{ABCD, CDAB, BADC, DCBA} {
		p := b.Points[point]
		p.Order = order
		c := newColumn(b, &p)
		if value, quality := c.decode(scan.Raw); quality == measure.GoodQuality && math.Abs(value) > 1e-6 && math.Abs(value) < 1e9 {
			would = append(would, fmt.Sprintf("order: %s would give %.6g %s", order, value, p.Unit))
		}
	}
	if len(would) == 0 {
		return ""
	}
	return "; " + strings.Join(would, ", ")
}

func (b *Block) messageDoubt(point int, scan measure.Scan, reason measure.Reason) string {
	p, reader := &b.Points[point], newPayload(b)
	if !reader.read(scan.Raw) {
		return fmt.Sprintf("the message cannot be read as %s: %.80q", b.Payload, scan.Raw)
	}
	elements := reader.elements()
	if len(elements) == 0 {
		return fmt.Sprintf("the message has no list at %q", b.Each)
	}
	for _, element := range elements { // the first that shows it
		sample, ok := reader.sample(element, point, scan.At)
		if !ok || sample.Quality.Reason != reason {
			continue
		}
		word, missing := reader.word(element, p.Path)
		switch reason {
		case measure.ClockUnsure:
			return b.timeDoubt(reader, element, p, scan.At)
		case measure.BySource:
			said, _ := reader.word(element, p.Quality.Path)
			return fmt.Sprintf("the instrument says %q of it, at %q", said, p.Quality.Path)
		case measure.Implausible:
			return fmt.Sprintf("%.40q is of a size that no instrument gives: look at the word order in whatever reads the registers and publishes", word)
		case measure.NotReported:
			if missing == measure.None {
				return fmt.Sprintf("the message has no quality at %q", p.Quality.Path)
			}
			return fmt.Sprintf("the message has nothing at %q; write absent: skip if its values come in turn: %.80q", p.Path, scan.Raw)
		}
		if missing != measure.None {
			return fmt.Sprintf("what stands at %q is no single value, or more than one: %.80q", p.Path, scan.Raw)
		}
		if isBoolWord(word) {
			return fmt.Sprintf("%s at %q is a value of unit: '1' only, not of %s", word, p.Path, p.Unit)
		}
		if b.Payload == "plain" {
			return fmt.Sprintf("%.40q is not a decimal number: digits, a sign and one point", word)
		}
		return fmt.Sprintf("%.40q at %q is not a decimal number, or its quality is not one word", word, p.Path)
	}
	return ""
}

// timeDoubt says why a message's own time is not believed.
func (b *Block) timeDoubt(reader *payload, element int32, p *Point, at int64) string {
	word, reason := reader.word(element, b.timePath(p))
	if reason != measure.None {
		return fmt.Sprintf("the message has no time at %q: arrival counts", b.timePath(p))
	}
	own, ok := parseTime(string(word), b.Time.Format)
	words := fmt.Sprintf("%.40q is not a time of format: %s: arrival counts", word, b.Time.Format)
	if ok {
		words = b.Stamps.doubt(own, at)
	}
	if likely := likelyFormat(string(word), at); likely != "" && likely != b.Time.Format {
		return words + "; it looks like format: " + likely
	}
	return words
}

// doubt says how far a time is off.
func (s Stamps) doubt(own, at int64) string {
	ahead, behind := s.limits()
	words := fmt.Sprintf("its own time %s is not believed, arrival counts: it is %%v %%s the gateway's clock, at most %%v is allowed: set its clock, or the gateway's, or %%s",
		time.Unix(0, own).UTC().Format(time.RFC3339Nano))
	if own > at {
		return fmt.Sprintf(words, lag(own, at), "ahead of", time.Duration(ahead), "write ahead:")
	}
	return fmt.Sprintf(words, lag(at, own), "behind", time.Duration(behind), "write behind:, or historical: true if it brings what it kept")
}

// lag returns how much later one time is than another, as far as a Duration goes.
func lag(late, early int64) time.Duration {
	if late-early < 0 { // beyond 292 years
		return math.MaxInt64
	}
	return time.Duration(late - early).Round(time.Millisecond)
}
