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
	deliver func(measure.Scan) bool
	pending chan delivery
	all     sync.WaitGroup
}

type delivery struct {
	done chan bool
	ack  func()
}

func newInFlight(hand func(measure.Scan) bool) *inFlight {
	f := &inFlight{deliver: hand, pending: make(chan delivery, maxInFlight)}
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
	flight := delivery{make(chan bool, 1), ack}
	f.pending <- flight
	f.all.Go(func() { flight.done <- f.deliver(scan) })
}

// close waits for the messages on their way. take must not be called again.
func (f *inFlight) close() {
	close(f.pending)
	f.all.Wait()
}
