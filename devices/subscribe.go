package devices

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
)

// maxPayload is the longest message that is kept, in bytes.
const maxPayload = 16 << 10

// subscription takes in the messages of one broker.
type subscription struct {
	Subscriber
	clientID  string
	catalogue *Catalogue
	stats     *SubscriberStats
	log       *slog.Logger
	down      bool // it was said that the broker cannot be reached
	mu        sync.Mutex
	refused   bool // it was said that the sink refuses
}

func (p *Poller) subscription(i int) *subscription {
	s := p.config.MQTT[i]
	return &subscription{
		Subscriber: s, clientID: p.config.Agent + "-instruments", catalogue: &p.config.catalogue,
		stats: p.Stats.Subscribers[i], log: p.log.With("broker", s.Broker),
	}
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
	pause := time.Second
	for ctx.Err() == nil {
		start := time.Now()
		err := s.serve(ctx, sink)
		s.stats.Connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		s.stats.Failures.Add(1)
		if !s.down {
			s.down = true
			s.log.Warn("broker of instruments cannot be reached; it is tried again with growing pauses", "error", err)
			for _, block := range s.Blocks {
				s.hand(ctx, sink, measure.Scan{Block: block, At: time.Now().UnixNano(), Fault: measure.FaultConnection})
			}
		}
		if time.Since(start) > time.Minute {
			pause = time.Second
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// serve is one connection from dial to loss.
func (s *subscription) serve(ctx context.Context, sink Sink) error {
	client, err := mqtt.Dial(ctx, s.options())
	if err != nil {
		return err
	}
	messages := newInFlight(func(scan measure.Scan) bool { return s.hand(ctx, sink, scan) })
	defer messages.close() // when the client's handlers are done
	defer client.Close()
	s.stats.Connections.Add(1)
	err = s.subscribe(ctx, client, messages.take)
	if err != nil {
		return err
	}
	s.stats.Connected.Store(true)
	if s.down {
		s.down = false
		s.log.Info("broker of instruments is reached again")
	}
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	dropped := s.stats.Dropped.Load()
	for {
		select {
		case <-tick.C:
			s.stats.Dropped.Store(dropped + client.Dropped())
		case <-client.Lost():
			s.stats.Dropped.Store(dropped + client.Dropped())
			return mqtt.ErrLost
		case <-ctx.Done():
			return nil
		}
	}
}

// subscribe hands the messages of every block over as scans. A message is
// acknowledged when its scan has been handed over, taken or refused (take sees
// to it): what cannot be read is stored and found out at decoding, and never
// comes back to block what follows.
func (s *subscription) subscribe(ctx context.Context, client *mqtt.Client, take func(scan measure.Scan, ack func())) error {
	for _, block := range s.Blocks {
		b := &s.catalogue.Blocks[block]
		err := client.SubscribeMessages(ctx, b.Topic, func(m mqtt.Message) {
			if m.Retained && b.Time == nil {
				s.stats.Retained.Add(1)
				m.Ack()
				return // of any age: stamping it now would make an old value look fresh
			}
			s.stats.Messages.Add(1)
			scan := measure.Scan{Block: block, At: time.Now().UnixNano(), Raw: m.Payload}
			if len(m.Payload) > maxPayload {
				s.stats.Oversized.Add(1)
				scan.Fault, scan.Raw = measure.FaultFraming, nil
			}
			take(scan, m.Ack)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hand gives a scan to the sink; false if the end came first.
func (s *subscription) hand(ctx context.Context, sink Sink, scan measure.Scan) bool {
	err := sink(ctx, scan)
	if err != nil && ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.stats.Refused.Add(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := err != nil; refused != s.refused {
		s.refused = refused
		if refused {
			s.log.Error("messages are not being stored", "error", err)
		} else {
			s.log.Info("messages are being stored again")
		}
	}
	return true
}

// once waits for one message on each topic.
func (s *subscription) once(ctx context.Context, scans []measure.Scan) {
	options := s.options()
	options.ClientID, options.Persistent = s.clientID+"-read", false
	client, err := mqtt.Dial(ctx, options)
	if err != nil {
		for _, block := range s.Blocks {
			scans[block].Fault = measure.FaultConnection
		}
		return
	}
	arrived := make(chan measure.Scan)
	done := make(chan struct{})
	defer client.Close()
	defer close(done)
	err = s.subscribe(ctx, client, func(scan measure.Scan, ack func()) {
		select {
		case arrived <- scan:
			ack()
		case <-done:
		}
	})
	missing := len(s.Blocks)
	for err == nil && missing > 0 {
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
