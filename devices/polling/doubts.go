package polling

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// DoubtStats counts doubtful readings by instrument, tag and reason.
type DoubtStats struct {
	mu     sync.Mutex
	counts map[devices.Doubt]uint64 // without words
}

// count adds a reading and tells whether it is the first.
func (s *DoubtStats) count(d devices.Doubt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[devices.Doubt]uint64{}
	}
	s.counts[d]++
	return s.counts[d] == 1
}

// Each calls f with every count there is.
func (s *DoubtStats) Each(f func(d devices.Doubt, readings uint64)) {
	s.mu.Lock()
	counts := maps.Clone(s.counts)
	s.mu.Unlock()
	for d, n := range counts {
		f(d, n)
	}
}

// countDoubts returns a sink that counts doubtful readings on their way to
// another, and logs the first of each tag and reason.
func (p *Poller) countDoubts(sink Sink) Sink {
	return func(ctx context.Context, scan measure.Scan) error {
		if scan.Fault == measure.NoFault {
			p.countDoubtsOf(scan)
		}
		return sink(ctx, scan)
	}
}

func (p *Poller) countDoubtsOf(scan measure.Scan) {
	b := &p.config.catalogue.Blocks[scan.Block]
	var fresh []devices.Doubt // without words
	for _, s := range p.config.catalogue.Decode([]measure.Scan{scan}) {
		for _, sample := range s.Samples {
			if !devices.Doubtful(sample.Quality.Reason) {
				continue
			}
			if d := (devices.Doubt{Instrument: b.Instrument, Tag: s.Tag, Reason: sample.Quality.Reason}); p.Stats.Doubts.count(d) {
				fresh = append(fresh, d)
			}
		}
	}
	if len(fresh) == 0 {
		return
	}
	for _, d := range p.config.catalogue.Doubts(scan) {
		if slices.Contains(fresh, devices.Doubt{Instrument: d.Instrument, Tag: d.Tag, Reason: d.Reason}) {
			p.log.Warn("a reading is doubted; others like it are counted and not said again", "instrument", d.Instrument, "tag", d.Tag, "reason", d.Reason, "why", d.Words)
		}
	}
}

// Remarks says in words what stands behind the scans of ReadOnce: readings
// that are doubted, and topics that brought none.
func (p *Poller) Remarks(scans []measure.Scan) []string {
	var all []string
	for _, scan := range scans {
		for _, d := range p.config.catalogue.Doubts(scan) {
			all = append(all, fmt.Sprintf("%s: %s: %s", d.Tag, d.Reason, d.Words))
		}
	}
	for _, s := range p.Stats.Subscribers {
		for _, t := range s.Topics {
			switch {
			case t.Messages.Load() > 0 || s.Connections.Load() == 0:
			case !t.Granted.Load():
				all = append(all, fmt.Sprintf("topic %s: not granted by %s: allow this user to read it there", t.Topic, s.Broker))
			case t.Retained.Load() > 0:
				all = append(all, fmt.Sprintf("topic %s: only a retained message came, which may be of any age and is passed over: let the instrument publish without retain, or say where it gives its time", t.Topic))
			}
		}
	}
	return all
}
