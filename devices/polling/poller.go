package polling

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices/modbus"
	"github.com/nielu/nielu/measure"
)

// Sink takes a scan into durable hands. It is called by one goroutine of each
// bus, so by several at once, and blocks when it must. An error says that the
// scan was refused, and that the sink has booked the refusal.
type Sink func(ctx context.Context, s measure.Scan) error

// Poller owns all buses and subscriptions of a configuration, one goroutine
// each.
type Poller struct {
	Stats Stats // may be read at any time

	config *Config
	log    *slog.Logger
}

// NewPoller returns a poller for the configuration; a nil log says nothing.
func NewPoller(config *Config, log *slog.Logger) *Poller {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Poller{config: config, log: log}
	for _, bus := range config.Buses {
		stats := &BusStats{Bus: bus.Line.String(), Stats: new(modbus.Stats)}
		for _, in := range bus.Instruments {
			stats.Instruments = append(stats.Instruments, &InstrumentStats{Instrument: in.Name})
		}
		p.Stats.Buses = append(p.Stats.Buses, stats)
	}
	for _, s := range config.MQTT {
		stats := &SubscriberStats{Broker: s.Broker}
		for _, block := range s.Blocks {
			b := &config.catalogue.Blocks[block]
			stats.Topics = append(stats.Topics, &TopicStats{Topic: b.Topic, Instrument: b.Instrument})
		}
		p.Stats.Subscribers = append(p.Stats.Subscribers, stats)
	}
	return p
}

// Run reads every bus and takes in every message until ctx ends, and has
// closed everything when it returns. Faults of instruments, buses and brokers
// are scans and counters, never its error, which is always nil.
func (p *Poller) Run(ctx context.Context, sink Sink) error {
	group, ctx := errgroup.WithContext(ctx)
	sink = p.countDoubts(sink)
	for i := range p.config.Buses {
		bus := p.busPoller(i)
		group.Go(func() error { bus.run(ctx, sink); return nil })
	}
	for i := range p.config.MQTT {
		s := p.subscription(i)
		group.Go(func() error { s.run(ctx, sink); return nil })
	}
	return group.Wait()
}

// ReadOnce reads each block once and waits for one message on each topic, at
// most ten seconds. The scans are in the order of the catalogue; what did not
// answer, or was not asked before ctx ended, is a scan with its fault.
func (p *Poller) ReadOnce(ctx context.Context) []measure.Scan {
	messages, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	scans := make([]measure.Scan, len(p.config.catalogue.Blocks))
	for i := range scans {
		scans[i] = measure.Scan{Block: uint32(i), At: time.Now().UnixNano(), Fault: measure.FaultTimeout}
	}
	var group errgroup.Group // each block belongs to one bus, so no two write the same scan
	for i := range p.config.Buses {
		bus := p.busPoller(i)
		group.Go(func() error {
			defer bus.bus.Close()
			for _, t := range bus.tasks {
				if ctx.Err() != nil {
					break
				}
				scans[t.block] = bus.readPatiently(ctx, t)
			}
			return nil
		})
	}
	for i := range p.config.MQTT {
		s := p.subscription(i)
		group.Go(func() error { s.readOnce(messages, scans); return nil })
	}
	_ = group.Wait() // no member returns an error
	return scans
}
