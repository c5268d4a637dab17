package devicetest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PublishFunc hands one message to a broker.
type PublishFunc func(ctx context.Context, topic string, retained bool, payload []byte) error

// Topics lists the topics on which the plant's sensors publish.
func (s *Sim) Topics() []string {
	var names []string
	for _, t := range topicsOf(s.plant) {
		names = append(names, t.name)
	}
	return names
}

// Message returns what the sensor of a topic publishes at t, or nothing if it
// is dead then.
func (s *Sim) Message(name string, t time.Time) ([]byte, error) {
	for _, topic := range topicsOf(s.plant) {
		if topic.name == name {
			return s.payload(&topic, t), nil
		}
	}
	return nil, fmt.Errorf("plant %s has no topic %q, it has %s", s.plant, name, strings.Join(s.Topics(), ", "))
}

func (s *Sim) payload(topic *topic, t time.Time) []byte {
	var v [maxTags]float64
	s.fill(t, v[:len(s.tags)])
	b := make([]byte, 0, 128)
	if topic.json {
		b = append(b, `{"ts":`...)
		b = strconv.AppendInt(b, t.Unix(), 10)
	}
	group := ""
	for i := range topic.fields {
		f := &topic.fields[i]
		p := point{tag: f.tag, absolute: f.absolute, hash: hashName(string(f.tag))}
		for p.index = range s.tags {
			if s.tags[p.index].tag == f.tag {
				break
			}
		}
		if s.dead(&instrument{points: []point{p}}, t) {
			return nil
		}
		value, ok := s.shown(&p, t, v[p.index])
		if !topic.json {
			if !ok {
				return []byte("nan")
			}
			return strconv.AppendFloat(b, value, 'f', f.decimals, 64)
		}
		outer, name, nested := strings.Cut(f.path, ".")
		if !nested {
			outer, name = "", outer
		}
		if group != outer && group != "" {
			b = append(b, '}')
		}
		b = append(b, ',')
		if nested && group != outer {
			b = append(strconv.AppendQuote(b, outer), ':', '{')
		}
		group = outer
		b = append(strconv.AppendQuote(b, name), ':')
		if ok {
			b = strconv.AppendFloat(b, value, 'f', f.decimals, 64)
		} else {
			b = append(b, "null"...)
		}
	}
	if group != "" {
		b = append(b, '}')
	}
	// A comma directly after an opening brace is one too many.
	return []byte(strings.ReplaceAll(string(append(b, '}')), "{,", "{"))
}

// Publish publishes each sensor's message when it is due, until ctx ends. A
// message that the broker does not take is lost, as a sensor's is.
func (s *Sim) Publish(ctx context.Context, publish PublishFunc) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	topics := topicsOf(s.plant)
	sent := make([]time.Time, len(topics))
	for {
		now := time.Now()
		for i := range topics {
			every, err := time.ParseDuration(strings.ReplaceAll(topics[i].every, " ", ""))
			if err != nil {
				return fmt.Errorf("sensor %s: %w", topics[i].instrument, err)
			}
			if now.Sub(sent[i]) < every-500*time.Millisecond {
				continue
			}
			sent[i] = now
			if payload := s.payload(&topics[i], now); payload != nil {
				_ = publish(ctx, topics[i].name, false, payload)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
