package gateway

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/spool"
)

// TestEverySubscriptionHasItsCounters scrapes an agent with two subscriptions.
func TestEverySubscriptionHasItsCounters(t *testing.T) {
	config, err := polling.ParseConfig("agent.yaml", []byte(`agent: gw
site: s
broker: mqtt://b
mqtt:
  - subscriptions:
      - { instrument: I-1, topic: hall/env, payload: plain, tags: { p/a: { unit: kg } } }
      - { instrument: I-2, topic: tank, payload: plain, tags: { p/b: { unit: kg } } }
`), configs.Profile)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{Config: config, Spool: &spool.Spool{}, Uplink: &ingest.Uplink{}, Poller: polling.NewPoller(config, nil)}
	stats := g.Poller.Stats.Subscribers[0]
	stats.Foreign.Add(3)
	stats.Topics[1].Retained.Add(2)
	stats.Topics[1].Last.Store(5e9)
	stats.Topics[0].Granted.Store(true)
	handler, err := g.metrics()
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	handler.ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`nielu_mqtt_foreign_total{broker="mqtt://b"} 3`,
		`nielu_mqtt_granted{broker="mqtt://b",instrument="I-1",topic="hall/env"} 1`,
		`nielu_mqtt_granted{broker="mqtt://b",instrument="I-2",topic="tank"} 0`,
		`nielu_mqtt_retained_total{broker="mqtt://b",instrument="I-2",topic="tank"} 2`,
		`nielu_mqtt_messages_total{broker="mqtt://b",instrument="I-1",topic="hall/env"} 0`,
		`nielu_mqtt_last_message_timestamp_seconds{broker="mqtt://b",instrument="I-2",topic="tank"} 5`,
	} {
		if !strings.Contains(page.Body.String(), want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}
