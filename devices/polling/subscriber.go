package polling

import (
	"strings"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure/strict"
)

// subscriber reads one broker and its subscriptions.
func (r *configReader) subscriber(x strict.Node) {
	f := x.Fields("broker", "tls", "user", "password_file", "subscriptions")
	s := Subscriber{Broker: r.config.Broker, Login: r.config.Login}
	if broker := f["broker"]; broker.Present() {
		s.Broker, s.Login = brokerURL(broker), login(f)
	} else if s.Broker == "" {
		x.Fault("broker is missing, here or at the top of the file")
	}
	if earlier, twice := r.brokers[s.Broker]; twice && s.Broker != "" {
		x.Fault("broker %s is already in line %d: put its subscriptions there, two connections of one gateway throw each other out", s.Broker, earlier)
	}
	r.brokers[s.Broker] = x.Line()
	topics := map[string]int{}
	for _, entry := range f["subscriptions"].Needed("").List() {
		if block, ok := r.subscription(entry, topics); ok {
			block.Bus = s.Broker
			s.Blocks = append(s.Blocks, uint32(len(r.config.catalogue.Blocks)))
			r.config.catalogue.Blocks = append(r.config.catalogue.Blocks, block)
		}
	}
	r.config.MQTT = append(r.config.MQTT, s)
}

// subscription reads one topic with its tags.
func (r *configReader) subscription(x strict.Node, topics map[string]int) (devices.Block, bool) {
	before := r.doc.Faults()
	x = x.As("subscription " + x.Peek("instrument"))
	f := x.Fields("instrument", "topic", "payload", "tags", "time", "quality", "sentinel", "each", "absent", "exponents")
	name, topic := r.name(f["instrument"]), f["topic"].Needed("sensors/hall/env").As("")
	b := devices.ParseMessage(f, r.tagsOf(f["tags"]))
	b.Instrument, b.Topic = name, topic.Text()
	if strings.ContainsAny(b.Topic, "#+\x00") || strings.HasPrefix(b.Topic, "$share/") || len(b.Topic) > 1000 {
		topic.Fault("topic %q must name one topic, without the wildcards + and #: one topic is one instrument", b.Topic)
	}
	if earlier, twice := topics[b.Topic]; twice && b.Topic != "" {
		topic.Fault("topic %q is already in line %d: put all its tags there", b.Topic, earlier)
	}
	topics[b.Topic] = topic.Line()
	return b, r.doc.Faults() == before
}
