package gateway

import (
	"sync/atomic"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/program/metrics"
)

// topicMetrics exports what happened with each broker of instruments, with
// each subscription, and which readings are doubted.
func (g *Gateway) topicMetrics(m *metrics.Registry) {
	broker := func(name, help string, count func(*polling.SubscriberStats) *atomic.Uint64) {
		m.Family(metrics.Counter, name, help, []string{"broker"}, func(emit metrics.Emit) {
			for _, s := range g.Poller.Stats.Subscribers {
				emit(float64(count(s).Load()), s.Broker)
			}
		})
	}
	broker("nielu_mqtt_failures_total", "Connections to a broker of instruments refused or lost.", func(s *polling.SubscriberStats) *atomic.Uint64 { return &s.Failures })
	broker("nielu_mqtt_dropped_total", "Messages that came faster than they were stored.", func(s *polling.SubscriberStats) *atomic.Uint64 { return &s.Dropped })
	broker("nielu_mqtt_foreign_total", "Messages on topics that the file does not name.", func(s *polling.SubscriberStats) *atomic.Uint64 { return &s.Foreign })

	topic := func(kind metrics.Kind, name, help string, value func(*polling.TopicStats) float64) {
		m.Family(kind, name, help, []string{"broker", "topic", "instrument"}, func(emit metrics.Emit) {
			for _, s := range g.Poller.Stats.Subscribers {
				for _, t := range s.Topics {
					emit(value(t), s.Broker, t.Topic, t.Instrument)
				}
			}
		})
	}
	topic(metrics.Counter, "nielu_mqtt_messages_total", "Messages taken in.", func(t *polling.TopicStats) float64 { return float64(t.Messages.Load()) })
	topic(metrics.Counter, "nielu_mqtt_oversized_total", "Messages too long to keep.", func(t *polling.TopicStats) float64 { return float64(t.Oversized.Load()) })
	topic(metrics.Counter, "nielu_mqtt_retained_total", "Retained messages of unknown age, passed over.", func(t *polling.TopicStats) float64 { return float64(t.Retained.Load()) })
	topic(metrics.Counter, "nielu_mqtt_refused_total", "Messages that could not be stored.", func(t *polling.TopicStats) float64 { return float64(t.Refused.Load()) })
	topic(metrics.Gauge, "nielu_mqtt_last_message_timestamp_seconds", "Arrival of the last message, 0 for none.", func(t *polling.TopicStats) float64 { return float64(t.Last.Load()) / 1e9 })
	topic(metrics.Gauge, "nielu_mqtt_granted", "1 if the broker lets the gateway have the topic now.", func(t *polling.TopicStats) float64 {
		if t.Granted.Load() {
			return 1
		}
		return 0
	})
	m.Family(metrics.Counter, "nielu_readings_doubted_total", "Readings that ask for somebody to look at a file or an instrument.", []string{"instrument", "tag", "reason"}, func(emit metrics.Emit) {
		g.Poller.Stats.Doubts.Each(func(d devices.Doubt, n uint64) { emit(float64(n), d.Instrument, string(d.Tag), d.Reason.String()) })
	})
}
