package polling

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
)

// maxPayload is the longest message that is kept, in bytes.
const maxPayload = 16 << 10

// subscription takes in the messages of one broker.
type subscription struct {
	Subscriber
	clientID    string
	catalogue   *devices.Catalogue
	topics      []*topic
	stats       *SubscriberStats
	log         *slog.Logger
	unreachable bool // it was logged that the broker cannot be reached
	mu          sync.Mutex
	refusing    bool // it was logged that the sink refuses
}

// topic is one subscription of a broker. What is wrong with one of them never
// stops another.
type topic struct {
	block    uint32
	name     string
	stats    *TopicStats
	losses   int       // how many times in a row the connection went when it was asked for
	denied   bool      // that the broker does not grant it
	retryAt  time.Time // when to ask again, if it was not granted
	retained bool      // it was logged that a retained message was passed over
}

const (
	subscribeTimeout = 10 * time.Second // for the answer to one subscription
	deniedPause      = time.Minute      // before a topic that was not granted is asked for again
	lostPause        = 10 * time.Minute // the same, where the broker closes the connection over it
)

func (p *Poller) subscription(i int) *subscription {
	s := p.config.MQTT[i]
	out := &subscription{
		Subscriber: s, clientID: p.config.Agent + "-instruments", catalogue: &p.config.catalogue,
		stats: p.Stats.Subscribers[i], log: p.log.With("broker", s.Broker),
	}
	for k, block := range s.Blocks {
		out.topics = append(out.topics, &topic{block: block, name: p.config.catalogue.Blocks[block].Topic, stats: out.stats.Topics[k]})
	}
	return out
}

// options returns how to connect. The session is kept only if every message
// carries its own time: a message that waited at the broker must not be
// stamped with the time at which it was collected.
func (s *subscription) options() mqtt.Options {
	timed := true
	for _, i := range s.Blocks {
		timed = timed && s.catalogue.Blocks[i].Time != nil
	}
	return mqtt.Options{
		URL: s.Broker, ClientID: s.clientID, TLS: s.Login.TLS, User: s.Login.User,
		PasswordFile: s.Login.PasswordFile, Persistent: timed,
	}
}

// run dials, takes messages in and dials again until ctx ends.
func (s *subscription) run(ctx context.Context, sink Sink) {
	var pause backoff.Pause
	for ctx.Err() == nil {
		start := time.Now()
		err := s.serve(ctx, sink)
		s.stats.Connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		s.stats.Failures.Add(1)
		if !s.unreachable {
			s.unreachable = true
			s.log.Warn("broker of instruments cannot be reached; it is tried again with growing pauses", "error", err)
			for _, t := range s.topics {
				s.deliver(ctx, sink, t, measure.Scan{Block: t.block, At: time.Now().UnixNano(), Fault: measure.FaultConnection})
			}
		}
		if time.Since(start) > time.Minute {
			pause.Reset()
		}
		backoff.Sleep(ctx, backoff.Jitter(pause.Next(time.Second, 30*time.Second)))
	}
}

// serve is one connection from dial to loss.
func (s *subscription) serve(ctx context.Context, sink Sink) error {
	client, err := mqtt.Dial(ctx, s.options())
	if err != nil {
		return err
	}
	byBlock := map[uint32]*topic{}
	for _, t := range s.topics {
		byBlock[t.block] = t
	}
	messages := newInFlight(func(scan measure.Scan) bool { return s.deliver(ctx, sink, byBlock[scan.Block], scan) })
	defer messages.close() // when the client's handlers are done
	defer client.Close()
	s.stats.Connections.Add(1)
	for _, t := range s.topics {
		t.stats.Granted.Store(false)
		client.Handle(t.name, s.handler(t, messages.take))
	}
	if err := s.subscribe(ctx, client, sink); err != nil {
		return err
	}
	client.HandleRest(s.dropForeign(ctx, client))
	s.stats.Connected.Store(true)
	if s.unreachable {
		s.unreachable = false
		s.log.Info("broker of instruments is reached again")
	}
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	dropped := s.stats.Dropped.Load()
	for {
		select {
		case <-tick.C:
			s.stats.Dropped.Store(dropped + client.Dropped())
			if err := s.subscribe(ctx, client, sink); err != nil {
				return err
			}
		case <-client.Lost():
			s.stats.Dropped.Store(dropped + client.Dropped())
			return mqtt.ErrLost
		case <-ctx.Done():
			return nil
		}
	}
}

// subscribe asks the broker for each topic that it has not granted and whose time
// has come. The error is that of the connection, never of one topic.
func (s *subscription) subscribe(ctx context.Context, client *mqtt.Client, sink Sink) error {
	for _, t := range s.topics {
		if t.stats.Granted.Load() || time.Now().Before(t.retryAt) {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, subscribeTimeout)
		err := client.Request(asking, t.name)
		cancel()
		here := errors.Is(err, mqtt.ErrRefused) || errors.Is(err, context.DeadlineExceeded) // the connection stands
		switch {
		case err == nil:
			t.losses = 0
			t.stats.Granted.Store(true)
			if t.denied {
				t.denied = false
				s.log.Info("topic is granted again", "topic", t.name, "instrument", t.stats.Instrument)
			}
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case here:
			t.retryAt = time.Now().Add(deniedPause)
		case !s.lostOver(t):
			return err
		default:
			t.retryAt = time.Now().Add(lostPause)
		}
		if !t.denied {
			t.denied = true
			s.log.Error("topic is not granted: allow this user to read it at the broker; it is asked for again, the other topics go on", "topic", t.name, "instrument", t.stats.Instrument, "error", err)
			s.deliver(ctx, sink, t, measure.Scan{Block: t.block, At: time.Now().UnixNano(), Fault: measure.FaultConnection})
		}
		if !here {
			return err
		}
	}
	return nil
}

// lostOver tells whether the connection goes over this topic: some brokers
// close it where others refuse. It was lost three times in a row when this
// topic was asked for, and at no other: else it is the link.
func (s *subscription) lostOver(t *topic) bool {
	for _, other := range s.topics {
		if other != t && other.losses > 0 {
			other.losses, other.retryAt, t.losses = 0, time.Time{}, 0
		}
	}
	t.losses++
	return t.losses >= 3
}

// handler hands the messages of a topic over as scans. A message is
// acknowledged when its scan has been handed over, taken or refused (take sees
// to it): what cannot be read is stored and found out at decoding, and never
// comes back to block what follows.
func (s *subscription) handler(t *topic, take func(scan measure.Scan, ack func())) func(mqtt.Message) {
	b := &s.catalogue.Blocks[t.block]
	return func(m mqtt.Message) {
		now := time.Now().UnixNano()
		if m.Retained && (len(m.Payload) > maxPayload || !b.Dated(m.Payload, now)) {
			s.stats.Retained.Add(1)
			t.stats.Retained.Add(1)
			m.Ack()
			if !t.retained {
				t.retained = true
				s.log.Warn("a retained message is passed over: it may be of any age. Let the instrument publish without retain, or give its time", "topic", t.name, "instrument", t.stats.Instrument, "time", b.TimeRemark(m.Payload, now))
			}
			return // stamping it now would make an old value look fresh
		}
		s.stats.Messages.Add(1)
		t.stats.Messages.Add(1)
		t.stats.Last.Store(now)
		scan := measure.Scan{Block: t.block, At: now, Raw: m.Payload}
		if len(m.Payload) > maxPayload {
			s.stats.Oversized.Add(1)
			t.stats.Oversized.Add(1)
			scan.Fault, scan.Raw = measure.FaultFraming, nil
		}
		take(scan, m.Ack)
	}
}

// dropForeign takes messages of a kept session on topics that the file does not
// name any more: acknowledged and counted, and no more of them are asked for.
// Left alone they would fill the broker's window, and every topic would stop.
func (s *subscription) dropForeign(ctx context.Context, client *mqtt.Client) func(mqtt.Message) {
	told := map[string]bool{}
	return func(m mqtt.Message) {
		s.stats.Foreign.Add(1)
		m.Ack()
		if told[m.Topic] || len(told) >= 1000 {
			return
		}
		told[m.Topic] = true
		asking, cancel := context.WithTimeout(ctx, subscribeTimeout)
		defer cancel()
		err := client.Unsubscribe(asking, m.Topic)
		s.log.Warn("messages on a topic that this file does not name were waiting at the broker; they are not kept, and no more are asked for", "topic", m.Topic, "unsubscribed", err == nil)
	}
}

// deliver gives a scan to the sink; false if the end came first.
func (s *subscription) deliver(ctx context.Context, sink Sink, t *topic, scan measure.Scan) bool {
	err := sink(ctx, scan)
	if err != nil && ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.stats.Refused.Add(1)
		t.stats.Refused.Add(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := err != nil; refused != s.refusing {
		s.refusing = refused
		if refused {
			s.log.Error("messages are not being stored", "error", err)
		} else {
			s.log.Info("messages are being stored again")
		}
	}
	return true
}

// readOnce waits for one message on each topic that the broker grants.
func (s *subscription) readOnce(ctx context.Context, scans []measure.Scan) {
	options := s.options()
	options.ClientID, options.Persistent = s.clientID+"-read", false
	client, err := mqtt.Dial(ctx, options)
	if err != nil {
		for _, block := range s.Blocks {
			scans[block].Fault = measure.FaultConnection
		}
		return
	}
	s.stats.Connections.Add(1)
	arrived := make(chan measure.Scan)
	done := make(chan struct{})
	defer client.Close()
	defer close(done)
	for _, t := range s.topics {
		client.Handle(t.name, s.handler(t, func(scan measure.Scan, ack func()) {
			select {
			case arrived <- scan:
				ack()
			case <-done:
			}
		}))
	}
	missing := 0
	if s.subscribe(ctx, client, func(_ context.Context, scan measure.Scan) error { scans[scan.Block] = scan; return nil }) != nil {
		return
	}
	for _, t := range s.topics {
		if t.stats.Granted.Load() {
			missing++
		}
	}
	for missing > 0 {
		select {
		case scan := <-arrived:
			if scans[scan.Block].Fault == measure.FaultTimeout {
				missing--
			}
			scans[scan.Block] = scan
		case <-client.Lost():
			return
		case <-ctx.Done():
			return
		}
	}
}
