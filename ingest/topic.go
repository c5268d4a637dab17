package ingest

import (
	"fmt"
	"strings"

	"github.com/nielu/nielu/measure"
)

// The topics of an agent are nielu/v1/SITE/AGENT/ and one of these.
const (
	topicRoot    = "nielu/v1/"
	TopicBatch   = "batch"   // agent to centre: one leaf a message
	TopicReceipt = "receipt" // centre to agent, retained: the newest receipt
	TopicStatus  = "status"  // agent to all, retained; its last will
)

// Topic returns the topic of an agent: nielu/v1/demo-park/gw-pyro1/batch.
func Topic(site, agent, what string) string {
	return topicRoot + site + "/" + agent + "/" + what
}

// ParseTopic splits what [Topic] made.
func ParseTopic(topic string) (site, agent, what string, err error) {
	rest, ok := strings.CutPrefix(topic, topicRoot)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return "", "", "", fmt.Errorf("topic %.80q: want nielu/v1/SITE/AGENT/%s", topic, TopicBatch)
	}
	if _, err := measure.ParseName("site", parts[0]); err != nil {
		return "", "", "", fmt.Errorf("topic %.80q: %w", topic, err)
	}
	if _, err := measure.ParseName("agent", parts[1]); err != nil {
		return "", "", "", fmt.Errorf("topic %.80q: %w", topic, err)
	}
	return parts[0], parts[1], parts[2], nil
}
