package polling

import (
	"sync"

	"github.com/nielu/nielu/measure"
)

// maxInFlight is how many messages of one connection are on their way into the
// sink at once: they can share a write to disk.
const maxInFlight = 64

// inFlight hands messages to the sink side by side and acknowledges them in
// the order they came, as MQTT 3.1.1 section 4.6 asks. When maxInFlight are on
// their way, take blocks, and the withheld acknowledgements hold up the broker.
type inFlight struct {
	hand    func(measure.Scan) bool
	pending chan flight
	all     sync.WaitGroup
}

type flight struct {
	done chan bool
	ack  func()
}

func newInFlight(hand func(measure.Scan) bool) *inFlight {
	f := &inFlight{hand: hand, pending: make(chan flight, maxInFlight)}
	f.all.Go(func() {
		for flight := range f.pending {
			if <-flight.done {
				flight.ack()
			}
		}
	})
	return f
}

func (f *inFlight) take(scan measure.Scan, ack func()) {
	flight := flight{make(chan bool, 1), ack}
	f.pending <- flight
	f.all.Go(func() { flight.done <- f.hand(scan) })
}

// close waits for the messages on their way. take must not be called again.
func (f *inFlight) close() {
	close(f.pending)
	f.all.Wait()
}
