package polling

import (
	"sync/atomic"

	"github.com/nielu/nielu/devices/modbus"
	"github.com/nielu/nielu/measure"
)

// Stats counts what a poller did since it was made. The counters only go up
// and may be read at any time.
type Stats struct {
	Buses       []*BusStats
	Subscribers []*SubscriberStats
	Doubts      DoubtStats
}

// BusStats counts what happened on one bus.
type BusStats struct {
	Bus string // URL
	*modbus.Stats
	Overruns    atomic.Uint64 // readings skipped because the bus had no time for them
	Refused     atomic.Uint64 // scans the sink did not take
	Instruments []*InstrumentStats
}

// InstrumentStats counts what happened with one instrument.
type InstrumentStats struct {
	Instrument string
	Requests   atomic.Uint64
	Replies    atomic.Uint64
	Timeouts   atomic.Uint64
	Exceptions atomic.Uint64
	Framing    atomic.Uint64
	Lost       atomic.Uint64 // requests that failed with the connection
	OutOfStep  atomic.Uint64 // requests whose reply might have been an earlier one's
	Busy       atomic.Uint64 // requests answered with "busy" or a failure that may pass
	Answering  atomic.Bool   // the last request was answered
}

// count counts how one request went.
func (s *InstrumentStats) count(fault measure.Fault) {
	switch {
	case fault == measure.NoFault:
		s.Replies.Add(1)
	case fault == measure.FaultTimeout:
		s.Timeouts.Add(1)
	case fault == measure.FaultFraming:
		s.Framing.Add(1)
	case fault == measure.FaultConnection:
		s.Lost.Add(1)
	case fault == measure.FaultOutOfStep:
		s.OutOfStep.Add(1)
	case busy(fault):
		s.Busy.Add(1)
		s.Exceptions.Add(1)
	default:
		s.Exceptions.Add(1)
	}
}

// SubscriberStats counts what happened with one broker.
type SubscriberStats struct {
	Broker      string // URL
	Connections atomic.Uint64
	Failures    atomic.Uint64 // connections refused or lost
	Messages    atomic.Uint64
	Oversized   atomic.Uint64 // messages too long to keep
	Retained    atomic.Uint64 // messages the broker had kept, of unknown age, passed over
	Foreign     atomic.Uint64 // messages on topics that the file does not name (any more)
	Dropped     atomic.Uint64 // messages that came faster than they were stored
	Refused     atomic.Uint64 // scans the sink did not take
	Connected   atomic.Bool
	Topics      []*TopicStats
}

// TopicStats counts what happened with one subscription.
type TopicStats struct {
	Topic, Instrument string
	Messages          atomic.Uint64
	Oversized         atomic.Uint64
	Retained          atomic.Uint64
	Refused           atomic.Uint64 // scans the sink did not take
	Last              atomic.Int64  // arrival of the last message, Unix nanoseconds; 0 for none
	Granted           atomic.Bool   // the broker lets the agent have the topic
}
