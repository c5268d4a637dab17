package mqtt

import (
	"testing"
)

// arrival is a message at quality of service 0 as Paho hands it over.
type arrival struct{ topic string }

func (a arrival) Duplicate() bool   { return false }
func (a arrival) Qos() byte         { return 0 }
func (a arrival) Retained() bool    { return false }
func (a arrival) Topic() string     { return a.topic }
func (a arrival) MessageID() uint16 { return 0 }
func (a arrival) Payload() []byte   { return nil }
func (a arrival) Ack()              {}

// TestOneTopicHasItsShareOfTheQueue: a topic that floods loses its own
// messages, not those of another.
func TestOneTopicHasItsShareOfTheQueue(t *testing.T) {
	c := &Client{limit: 8, wake: make(chan struct{}, 1), queuedZeroOf: map[string]int{}}
	got := map[string]int{}
	for _, topic := range []string{"flood", "calm"} {
		c.Handle(topic, func(m Message) { got[m.Topic]++ })
	}
	for range 100 {
		c.enqueue(nil, arrival{"flood"})
	}
	for range 4 {
		c.enqueue(nil, arrival{"calm"})
	}
	for m, handle := c.next(); handle != nil; m, handle = c.next() {
		handle(m)
	}
	if got["flood"] != 4 || got["calm"] != 4 || c.Dropped() != 96 || c.queuedZero != 0 || len(c.queuedZeroOf) != 0 {
		t.Errorf("handed over %v, dropped %d, left %d %v", got, c.Dropped(), c.queuedZero, c.queuedZeroOf)
	}
}
