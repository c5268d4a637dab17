package measure

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Fault says why a scan has no raw bytes. Numbers are stored and never reused.
type Fault uint8

// Faults below 0x80 are Modbus exception codes as the instrument sent them;
// 0x7F stands for any code above it, too.
const (
	NoFault         Fault = 0
	FaultTimeout    Fault = 0x80 // no reply within the deadline
	FaultConnection Fault = 0x81 // refused, reset, unreachable, port missing
	FaultFraming    Fault = 0x82 // a reply that breaks the protocol's rules
	FaultOutOfStep  Fault = 0x83 // a reply that an earlier question may have had, or none was risked
)

// Reason returns the quality reason that a fault gives to each tag of its scan.
func (f Fault) Reason() Reason {
	switch {
	case f == NoFault:
		return None
	case f < 0x80:
		return Exception
	case f == FaultTimeout:
		return NoReply
	case f == FaultConnection:
		return NoConnection
	case f == FaultOutOfStep:
		return OutOfStep
	}
	return Framing
}

// Scan is what one request for one block of registers, or one message, brought.
// It is the unit the gateway stores and the evidence log keeps; readings are
// decoded from it and never stored beside it.
type Scan struct {
	Seq   uint64 // position in the agent's epoch, from 1; the spool sets it
	Block uint32 // index of the block in the agent's catalogue
	At    int64  // Unix nanoseconds, gateway clock: middle of the request, or arrival of the message
	Fault Fault  // NoFault: Raw is what the instrument said
	Raw   []byte // register bytes as on the wire, or the message's payload; empty on a fault
}

// Near is how close in time two scans must be for their order in an agent's
// sequence to tell that its clock was set between them. It is longer than
// instruments are polled, or heard, apart.
const Near = 15 * time.Minute

// Sample is the value of a tag at one instant. A Bad sample's value is 0 and means nothing.
type Sample struct {
	At      int64 // Unix nanoseconds
	Value   float64
	Quality Quality
}

// Series is the samples of one tag in one unit.
type Series struct {
	Tag     Tag
	Agent   string // that read it; "": not known
	Unit    Unit
	Samples []Sample
}

// Sort brings samples into time order and leaves one of each instant, so that
// reading the same evidence twice, in another order or in other pieces,
// changes nothing. Equal samples are one. Of samples that differ the worst
// counts: a bad one stands, and two usable ones of different values make each
// other bad, because of [Conflict]: nobody knows which of them is right.
func (s *Series) Sort() {
	if Ascending(s.Samples) {
		return
	}
	slices.SortFunc(s.Samples, compareSamples)
	kept := s.Samples[:1]
	for _, x := range s.Samples[1:] {
		last := &kept[len(kept)-1]
		switch {
		case x.At != last.At:
			kept = append(kept, x)
		case last.Quality.Usable() && math.Float64bits(x.Value) != math.Float64bits(last.Value):
			*last = Sample{At: x.At, Quality: BadBecause(Conflict)}
		}
	}
	s.Samples = kept
}

// Ascending tells whether each sample is later than the one before it.
func Ascending(samples []Sample) bool {
	for i := 1; i < len(samples); i++ {
		if samples[i-1].At >= samples[i].At {
			return false
		}
	}
	return true
}

// compareSamples orders by time, at one time the worst first.
func compareSamples(a, b Sample) int {
	return cmp.Or(
		cmp.Compare(a.At, b.At),
		cmp.Compare(a.Quality.Level, b.Quality.Level),
		cmp.Compare(a.Quality.Reason, b.Quality.Reason),
		cmp.Compare(math.Float64bits(a.Value), math.Float64bits(b.Value)),
	)
}

// Reading is one value of one tag at one instant, with all that a person
// needs to trust it or not.
type Reading struct {
	Tag     Tag
	Time    time.Time
	Value   float64
	Unit    Unit
	Quality Quality
	Raw     []byte // the bytes this value was decoded from
	Address string // where it was read, as the bus names it
}
