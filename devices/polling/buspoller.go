package polling

import (
	"context"
	"log/slog"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/modbus"
	"github.com/nielu/nielu/measure"
)

// busPoller is the one goroutine that talks on a bus.
type busPoller struct {
	schedule
	bus         *modbus.Bus
	catalogue   *devices.Catalogue
	stats       *BusStats
	log         *slog.Logger
	unreachable bool  // it was logged that the bus cannot be reached
	refusing    bool  // it was logged that the sink refuses
	outOfStep   alarm // the bus is out of step
}

func (p *Poller) busPoller(i int) *busPoller {
	config := p.config.Buses[i]
	b := &busPoller{
		bus: modbus.New(config.Line, p.Stats.Buses[i].Stats), catalogue: &p.config.catalogue, stats: p.Stats.Buses[i],
		log: p.log.With("bus", config.Line.String()),
	}
	now := time.Now()
	for k, in := range config.Instruments {
		shared := &breaker{Instrument: in, stats: b.stats.Instruments[k]}
		if config.Line.Serial {
			shared.quarantine = modbus.Quarantine(in.Timeout)
		}
		for _, block := range in.Blocks {
			t := &pollTask{block: block, every: in.Every, due: now, breaker: shared}
			t.blockReader = newBlockReader(p.config.catalogue.Blocks[block], in.Timeout)
			b.tasks = append(b.tasks, t)
		}
	}
	return b
}

// readPatiently asks until there is an answer to keep: again where the
// instrument is busy, or the bus out of step for a while.
func (b *busPoller) readPatiently(ctx context.Context, t *pollTask) measure.Scan {
	for try := 0; ; try++ {
		scan, _ := b.read(ctx, t)
		wait := max(time.Until(b.bus.RetryAt()), t.retryPause())
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

// run asks and hands over until ctx ends.
func (b *busPoller) run(ctx context.Context, sink Sink) {
	defer b.bus.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		t, soonest := b.next(now)
		if wait := b.bus.RetryAt().Sub(now); wait > 0 {
			t, soonest = nil, b.bus.RetryAt()
		}
		if t == nil {
			timer.Reset(max(time.Until(soonest), 0))
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			continue
		}
		scan, err := b.read(ctx, t)
		if ctx.Err() != nil && err != nil {
			return // the request was cut short by the end, not by a fault
		}
		if t.breaker.failures > 0 {
			b.failedAt = time.Now()
		}
		if busy(scan.Fault) && t.retrySoon(time.Now()) {
			continue
		}
		b.deliver(ctx, sink, scan)
		b.propagateFault(ctx, sink, t, scan)
	}
}

// read makes one request, or those it had to be divided into, and notes how it
// went.
func (b *busPoller) read(ctx context.Context, t *pollTask) (measure.Scan, error) {
	in, probe := t.breaker, t.breaker.broken()
	in.stats.Requests.Add(1)
	parts := len(t.parts)
	reply, err := t.read(ctx, b.bus)
	now := time.Now()
	if missed := t.reschedule(now); !probe {
		b.stats.Overruns.Add(missed)
	}
	scan := measure.Scan{Block: t.block, At: reply.At.UnixNano(), Raw: reply.Data}
	if err != nil {
		scan.Fault, scan.Raw = modbus.FaultOf(err), nil
	}
	if n := len(t.parts); n > parts && n > 1 {
		b.log.Warn("instrument refuses a request whole and is asked in parts from now on: set max_registers or holes for it in the agent's file, so that it need not be found out again",
			"instrument", in.Name, "from", t.whole.Address, "registers", t.whole.Quantity, "parts", n)
	}
	b.record(in, t, scan.Fault, err, now)
	return scan, err
}

// record keeps the breaker, counts, and says once what changed.
func (b *busPoller) record(in *breaker, t *pollTask, fault measure.Fault, err error, now time.Time) {
	log := b.log.With("instrument", in.Name)
	in.stats.count(fault)
	in.stats.Answering.Store(fault == measure.NoFault)
	if unreachable := fault == measure.FaultConnection && !b.bus.RetryAt().IsZero(); unreachable {
		if !b.unreachable {
			b.unreachable = true
			b.log.Warn("bus cannot be reached; it is tried again with growing pauses", "error", err)
		}
		return // says nothing of the instrument
	}
	if b.unreachable {
		b.unreachable = false
		b.log.Info("bus is reached again")
	}
	if outOfStep := fault == measure.FaultOutOfStep; outOfStep || fault == measure.NoFault {
		if b.outOfStep.changed(outOfStep, now) {
			if outOfStep {
				b.log.Warn("bus is out of step: a reply may belong to an earlier question, and no value is believed until one cannot; if this lasts, restart the gateway or converter there and give slow instruments a longer timeout", "error", err)
			} else {
				b.log.Info("bus is in step again")
			}
		}
	}
	if fault == measure.FaultOutOfStep {
		return // nor does this
	}
	if in.faults.add(fault != measure.NoFault && !t.refusal.active && !in.broken(), err) {
		if in.faults.logged {
			log.Warn("faults come in turn with good replies", "failed", in.faults.failed, "of", in.faults.requests, "error", in.faults.lastErr)
		} else {
			log.Info("faults in turn with good replies have ended")
		}
	}
	if fault == measure.NoFault || fault < 0x80 && fault != 10 && fault != 11 { // it is alive
		in.succeed()
		if in.silence.changed(false, now) {
			log.Info("instrument answers again")
		}
		if refuses := fault != measure.NoFault; t.refusal.changed(refuses, now) {
			if refuses {
				log.Warn("instrument refuses a request: "+advice(fault), "error", err)
			} else {
				log.Info("instrument takes the request again", "block", t.block)
			}
		}
		return
	}
	in.fail(now)
	if in.broken() && in.silence.changed(true, now) {
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

// propagateFault gives the fault of a connection or of an instrument that does not
// answer to the other blocks that were due and will not be asked now.
func (b *busPoller) propagateFault(ctx context.Context, sink Sink, asked *pollTask, scan measure.Scan) {
	busDown := !b.bus.RetryAt().IsZero()
	if scan.Fault < 0x80 || !busDown && !asked.breaker.broken() {
		return
	}
	now := time.Now()
	for _, t := range b.tasks {
		if t == asked || t.due.After(now) || !busDown && t.breaker != asked.breaker {
			continue
		}
		t.reschedule(now)
		b.deliver(ctx, sink, measure.Scan{Block: t.block, At: scan.At, Fault: scan.Fault})
	}
}

// deliver gives a scan to the sink.
func (b *busPoller) deliver(ctx context.Context, sink Sink, scan measure.Scan) {
	err := sink(ctx, scan)
	if err != nil && ctx.Err() == nil {
		b.stats.Refused.Add(1)
	}
	if refused := err != nil && ctx.Err() == nil; refused != b.refusing {
		b.refusing = refused
		if refused {
			b.log.Error("readings are not being stored", "error", err)
		} else {
			b.log.Info("readings are being stored again")
		}
	}
}
