package polling

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/devices"
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
		owner := p.owner(i)
		group.Go(func() error { owner.run(ctx, sink); return nil })
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
		owner := p.owner(i)
		group.Go(func() error {
			defer owner.bus.Close()
			for _, t := range owner.turns {
				if ctx.Err() != nil {
					break
				}
				scans[t.block] = owner.askPatiently(ctx, t)
			}
			return nil
		})
	}
	for i := range p.config.MQTT {
		s := p.subscription(i)
		group.Go(func() error { s.once(messages, scans); return nil })
	}
	_ = group.Wait() // no member returns an error
	return scans
}

// askPatiently asks until there is an answer to keep: again where the
// instrument is busy, or the bus out of step for a while.
func (o *owner) askPatiently(ctx context.Context, t *turn) measure.Scan {
	for try := 0; ; try++ {
		scan, _ := o.ask(ctx, t)
		wait := max(time.Until(o.bus.RetryAt()), t.patience())
		if again := busy(scan.Fault) || scan.Fault == measure.FaultOutOfStep; !again || try > 5 {
			return scan
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return scan
		}
	}
}

// owner is the one goroutine that talks on a bus.
type owner struct {
	schedule
	bus       *modbus.Bus
	catalogue *devices.Catalogue
	stats     *BusStats
	log       *slog.Logger
	down      bool // it was said that the bus cannot be reached
	refused   bool // it was said that the sink refuses
	behind    news // the bus is out of step
}

func (p *Poller) owner(i int) *owner {
	config := p.config.Buses[i]
	o := &owner{
		bus: modbus.New(config.Line, p.Stats.Buses[i].Stats), catalogue: &p.config.catalogue, stats: p.Stats.Buses[i],
		log: p.log.With("bus", config.Line.String()),
	}
	now := time.Now()
	for k, in := range config.Instruments {
		shared := &instrument{Instrument: in, stats: o.stats.Instruments[k]}
		if config.Line.Serial {
			shared.quarantine = modbus.Quarantine(in.Timeout)
		}
		for _, block := range in.Blocks {
			t := &turn{block: block, every: in.Every, due: now, instrument: shared}
			t.question = newQuestion(p.config.catalogue.Blocks[block], in.Timeout)
			o.turns = append(o.turns, t)
		}
	}
	return o
}

// run asks and hands over until ctx ends.
func (o *owner) run(ctx context.Context, sink Sink) {
	defer o.bus.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		t, soonest := o.next(now)
		if wait := o.bus.RetryAt().Sub(now); wait > 0 {
			t, soonest = nil, o.bus.RetryAt()
		}
		if t == nil {
			timer.Reset(max(time.Until(soonest), 0))
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			continue
		}
		scan, err := o.ask(ctx, t)
		if ctx.Err() != nil && err != nil {
			return // the request was cut short by the end, not by a fault
		}
		if t.instrument.failures > 0 {
			o.failed = time.Now()
		}
		if busy(scan.Fault) && t.again(time.Now()) {
			continue
		}
		o.hand(ctx, sink, scan)
		o.spread(ctx, sink, t, scan)
	}
}

// ask makes one request, or those it had to be divided into, and notes how it
// went.
func (o *owner) ask(ctx context.Context, t *turn) (measure.Scan, error) {
	in, probe := t.instrument, t.instrument.broken()
	in.stats.Requests.Add(1)
	parts := len(t.parts)
	reply, err := t.ask(ctx, o.bus)
	now := time.Now()
	if missed := t.done(now); !probe {
		o.stats.Overruns.Add(missed)
	}
	scan := measure.Scan{Block: t.block, At: reply.At.UnixNano(), Raw: reply.Data}
	if err != nil {
		scan.Fault, scan.Raw = modbus.FaultOf(err), nil
	}
	if n := len(t.parts); n > parts && n > 1 {
		o.log.Warn("instrument refuses a request whole and is asked in parts from now on: set max_registers or holes for it in the agent's file, so that it need not be found out again",
			"instrument", in.Name, "from", t.whole.Address, "registers", t.whole.Quantity, "parts", n)
	}
	o.note(in, t, scan.Fault, err, now)
	return scan, err
}

// note keeps the breaker, counts, and says once what changed.
func (o *owner) note(in *instrument, t *turn, fault measure.Fault, err error, now time.Time) {
	log := o.log.With("instrument", in.Name)
	in.stats.count(fault)
	in.stats.Answering.Store(fault == measure.NoFault)
	if unreachable := fault == measure.FaultConnection && !o.bus.RetryAt().IsZero(); unreachable {
		if !o.down {
			o.down = true
			o.log.Warn("bus cannot be reached; it is tried again with growing pauses", "error", err)
		}
		return // says nothing of the instrument
	}
	if o.down {
		o.down = false
		o.log.Info("bus is reached again")
	}
	if outOfStep := fault == measure.FaultOutOfStep; outOfStep || fault == measure.NoFault {
		if o.behind.changed(outOfStep, now) {
			if outOfStep {
				o.log.Warn("bus is out of step: a reply may belong to an earlier question, and no value is believed until one cannot; if this lasts, restart the gateway or converter there and give slow instruments a longer timeout", "error", err)
			} else {
				o.log.Info("bus is in step again")
			}
		}
	}
	if fault == measure.FaultOutOfStep {
		return // nor does this
	}
	if in.share.add(fault != measure.NoFault && !t.refuses.is && !in.broken(), err) {
		if in.share.said {
			log.Warn("faults come in turn with good replies", "failed", in.share.failed, "of", in.share.asked, "error", in.share.last)
		} else {
			log.Info("faults in turn with good replies have ended")
		}
	}
	if fault == measure.NoFault || fault < 0x80 && fault != 10 && fault != 11 { // it is alive
		in.succeed()
		if in.silent.changed(false, now) {
			log.Info("instrument answers again")
		}
		if refuses := fault != measure.NoFault; t.refuses.changed(refuses, now) {
			if refuses {
				log.Warn("instrument refuses a request: "+advice(fault), "error", err)
			} else {
				log.Info("instrument takes the request again", "block", t.block)
			}
		}
		return
	}
	in.fail(now)
	if in.broken() && in.silent.changed(true, now) {
		log.Warn("instrument does not answer properly; it is tried again with growing pauses", "error", err)
	}
}

// advice says what to do about an exception.
func advice(exception measure.Fault) string {
	switch exception {
	case 1:
		return "give its points another function, as its manual says"
	case 2:
		return "compare its profile with its manual; if the registers exist, lower holes or max_registers"
	case 3:
		return "lower max_registers, or compare its profile with its manual"
	case 4:
		return "it reports a failure of its own, look at the instrument; it is asked again with patience"
	case 5, 6:
		return "it is busy and asked again with patience; if this lasts, ask it less often"
	}
	return "see what the code means in its manual"
}

// spread gives the fault of a connection or of an instrument that does not
// answer to the other blocks that were due and will not be asked now.
func (o *owner) spread(ctx context.Context, sink Sink, asked *turn, scan measure.Scan) {
	busDown := !o.bus.RetryAt().IsZero()
	if scan.Fault < 0x80 || !busDown && !asked.instrument.broken() {
		return
	}
	now := time.Now()
	for _, t := range o.turns {
		if t == asked || t.due.After(now) || !busDown && t.instrument != asked.instrument {
			continue
		}
		t.done(now)
		o.hand(ctx, sink, measure.Scan{Block: t.block, At: scan.At, Fault: scan.Fault})
	}
}

// hand gives a scan to the sink.
func (o *owner) hand(ctx context.Context, sink Sink, scan measure.Scan) {
	err := sink(ctx, scan)
	if err != nil && ctx.Err() == nil {
		o.stats.Refused.Add(1)
	}
	if refused := err != nil && ctx.Err() == nil; refused != o.refused {
		o.refused = refused
		if refused {
			o.log.Error("readings are not being stored", "error", err)
		} else {
			o.log.Info("readings are being stored again")
		}
	}
}
