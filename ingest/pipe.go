package ingest

import "context"

// Pipe is one connection to an MQTT broker. It promises nothing beyond the
// broker's acknowledgement and is not used again once lost.
type Pipe interface {
	// Publish sends at quality of service 1 and waits for the broker's acknowledgement.
	Publish(ctx context.Context, topic string, retained bool, payload []byte) error
	// SubscribeAck calls handle for each message; the broker keeps the
	// message until ack is called. handle must not block for long.
	SubscribeAck(ctx context.Context, filter string, handle func(topic string, payload []byte, ack func())) error
	// Lost is closed when the connection is gone.
	Lost() <-chan struct{}
	Close()
}

// Dial opens a new pipe.
type Dial func(ctx context.Context) (Pipe, error)
