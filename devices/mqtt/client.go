// Package mqtt is one connection to an MQTT 3.1.1 broker, over Eclipse Paho,
// for instruments that publish and for the way to the centre.
//
// The broker is a pipe: nothing here is durable, and no acknowledgement of a
// broker ends custody of a reading. A [Client] lives as long as its
// connection. When that is lost, [Client.Lost] is closed and whatever was
// under way fails; the owner closes the client, waits and dials a new one.
//
// Messages are queued as they arrive and handed over one at a time, in order,
// by a goroutine of the client's own, so that a handler may block, publish or
// subscribe. A message at quality of service 1 is acknowledged to the broker
// only when its handler is done with it: withholding the acknowledgement is
// the back-pressure.
package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// Options say how to connect. URL and ClientID are needed; two clients with
// one id evict each other.
type Options struct {
	URL          string // mqtt://host:1883 or mqtts://host:8883
	ClientID     string
	TLS          TLS  // for mqtts://
	Will         Will // published by the broker when the connection is lost; no Topic, no will
	User         string
	PasswordFile string        // read again at each Dial
	Persistent   bool          // keep the session: what arrives while away is delivered at the next Dial
	Timeout      time.Duration // of connecting and of a write; 10 s if 0
	KeepAlive    time.Duration // 30 s if 0
	QueueLimit   int           // messages at quality of service 0 waiting for a handler, shared out among the filters; 4096 if 0
}

// Will is a message the broker sends on behalf of a client it has lost.
type Will struct {
	Topic    string
	Payload  []byte
	Retained bool
}

// Message is a message as it came. Ack tells the broker that it is in safe
// hands; for quality of service 0 it does nothing.
type Message struct {
	Topic    string
	Payload  []byte
	Retained bool // the broker kept it: it may be of any age
	Ack      func()
}

// ErrLost says that the connection is gone; dial a new client. ErrRefused says
// that the broker does not allow one filter; the others go on.
var (
	ErrLost    = errors.New("connection lost")
	ErrRefused = errors.New("refused by the broker: its access rules do not allow it")
)

// Client is one connection to a broker. Its methods may be used by several
// goroutines at once.
type Client struct {
	broker string // URL, for errors
	paho   paho.Client
	limit  int

	lost     chan struct{}
	lostOnce sync.Once
	closing  chan struct{}
	closed   sync.Once
	finished chan struct{} // the dispatcher has returned
	wake     chan struct{} // the queue or the subscriptions changed

	mu            sync.Mutex
	queue         []queued
	queuedZero    int            // of them at quality of service 0
	queuedZeroOf  map[string]int // by topic
	subscriptions []subscription
	handleRest    func(Message) // takes what no subscription claims; nil: it waits

	dropped atomic.Uint64
}

type queued struct {
	Message
	qos byte
}

type subscription struct {
	filter string
	handle func(Message)
}

// Dial connects to a broker and returns when it has accepted, ctx ends or the
// timeout has passed.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c := &Client{
		broker: o.URL, limit: o.QueueLimit, lost: make(chan struct{}), closing: make(chan struct{}),
		finished: make(chan struct{}), wake: make(chan struct{}, 1), queuedZeroOf: map[string]int{},
	}
	if c.limit <= 0 {
		c.limit = 4096
	}
	options, err := c.options(o)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", o.URL, err)
	}
	c.paho = paho.NewClient(options)
	token := c.paho.Connect()
	select {
	case <-token.Done():
		err = token.Error()
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		c.paho.Disconnect(0)
		return nil, fmt.Errorf("connect to %s as %s: %w", o.URL, o.ClientID, err)
	}
	go c.dispatch()
	return c, nil
}

// options turns ours into Paho's: no reconnecting behind our back, and the
// handler in place before anything can arrive.
func (c *Client) options(o Options) (*paho.ClientOptions, error) {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.KeepAlive <= 0 {
		o.KeepAlive = 30 * time.Second
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" {
		return nil, fmt.Errorf("%q is not a broker: write mqtt://host:1883 or mqtts://host:8883", o.URL)
	}
	if u.Port() == "" {
		u.Host += map[string]string{"mqtt": ":1883", "mqtts": ":8883"}[u.Scheme]
	}
	options := paho.NewClientOptions().AddBroker(u.Scheme + "://" + u.Host).SetClientID(o.ClientID).
		SetProtocolVersion(4).
		SetCleanSession(!o.Persistent).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetOrderMatters(true). // our handler only enqueues, so it never holds up the connection
		SetAutoAckDisabled(true).
		SetDefaultPublishHandler(c.enqueue).
		SetConnectionLostHandler(func(paho.Client, error) { c.markLost() }).
		SetConnectTimeout(o.Timeout).
		SetWriteTimeout(o.Timeout).
		SetPingTimeout(o.Timeout).
		SetKeepAlive(o.KeepAlive)
	if o.Will.Topic != "" {
		options.SetBinaryWill(o.Will.Topic, o.Will.Payload, 1, o.Will.Retained)
	}
	if o.User != "" {
		options.SetUsername(o.User)
	}
	if o.PasswordFile != "" {
		password, err := os.ReadFile(o.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("password file: %w", err)
		}
		options.SetPassword(strings.TrimRight(string(password), "\r\n"))
	}
	if u.Scheme == "mqtts" {
		config, err := o.TLS.config(u.Hostname())
		if err != nil {
			return nil, err
		}
		options.SetTLSConfig(config)
	}
	return options, nil
}

// Publish sends at quality of service 1 and returns when the broker has
// acknowledged, ctx ends or the connection is lost.
func (c *Client) Publish(ctx context.Context, topic string, retained bool, payload []byte) error {
	if err := c.wait(ctx, c.paho.Publish(topic, 1, retained, payload)); err != nil {
		return fmt.Errorf("publish on %s at %s: %w", topic, c.broker, err)
	}
	return nil
}

// Subscribe hands over messages whose topic matches the filter, each
// acknowledged when handle has returned.
func (c *Client) Subscribe(ctx context.Context, filter string, handle func(topic string, payload []byte)) error {
	return c.SubscribeMessages(ctx, filter, func(m Message) {
		handle(m.Topic, m.Payload)
		m.Ack()
	})
}

// SubscribeAck hands over messages that stay unacknowledged until ack is
// called, which may happen later and on any goroutine.
func (c *Client) SubscribeAck(ctx context.Context, filter string, handle func(topic string, payload []byte, ack func())) error {
	return c.SubscribeMessages(ctx, filter, func(m Message) { handle(m.Topic, m.Payload, m.Ack) })
}

// SubscribeMessages is SubscribeAck with all that is known of a message.
// Messages of a kept session that arrived before it are handed over too.
func (c *Client) SubscribeMessages(ctx context.Context, filter string, handle func(Message)) error {
	c.Handle(filter, handle)
	return c.Request(ctx, filter)
}

// Handle hands over messages whose topic matches the filter, without asking
// the broker for them: those of a kept session come by themselves.
func (c *Client) Handle(filter string, handle func(Message)) {
	c.mu.Lock()
	c.subscriptions = append(c.subscriptions, subscription{filter, handle})
	c.mu.Unlock()
	c.signal()
}

// HandleRest hands over messages that no filter matches, of a kept session
// that asked for others. Without it they wait, and their acknowledgements with
// them, until the broker sends nothing any more.
func (c *Client) HandleRest(handle func(Message)) {
	c.mu.Lock()
	c.handleRest = handle
	c.mu.Unlock()
	c.signal()
}

// Request asks the broker for what a filter matches. The error is ErrRefused
// where the broker does not grant it.
func (c *Client) Request(ctx context.Context, filter string) error {
	token := c.paho.Subscribe(filter, 1, nil)
	err := c.wait(ctx, token)
	if granted, ok := token.(*paho.SubscribeToken); ok && granted.Result()[filter] > 2 {
		err = ErrRefused
	}
	if err != nil {
		return fmt.Errorf("subscribe to %s at %s: %w", filter, c.broker, err)
	}
	return nil
}

// Unsubscribe tells the broker to send no more of what a filter matches.
func (c *Client) Unsubscribe(ctx context.Context, filter string) error {
	if err := c.wait(ctx, c.paho.Unsubscribe(filter)); err != nil {
		return fmt.Errorf("unsubscribe from %s at %s: %w", filter, c.broker, err)
	}
	return nil
}

// wait waits for a token, ctx or the loss of the connection: a bare wait on a
// token of a kept session may never end.
func (c *Client) wait(ctx context.Context, token paho.Token) error {
	select {
	case <-token.Done():
		return token.Error()
	default:
	}
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-c.lost:
		return ErrLost
	case <-c.closing:
		return ErrLost
	}
}

// Lost is closed when the connection is gone, for whatever reason.
func (c *Client) Lost() <-chan struct{} { return c.lost }

// Dropped counts messages at quality of service 0 that came faster than their
// handler took them and are gone.
func (c *Client) Dropped() uint64 { return c.dropped.Load() }

// Close disconnects cleanly, so that the will is not sent, and waits for the
// handler under way. Messages still queued stay unacknowledged. It must not be
// called by a handler.
func (c *Client) Close() {
	c.closed.Do(func() {
		close(c.closing)
		c.paho.Disconnect(250)
		c.markLost()
	})
	<-c.finished
}

func (c *Client) markLost() { c.lostOnce.Do(func() { close(c.lost) }) }

func (c *Client) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// enqueue is Paho's only handler. It never blocks: messages at quality of
// service 1 are bounded by the broker's window of unacknowledged ones, those at
// 0 by the limit, of which one topic has its share alone.
func (c *Client) enqueue(_ paho.Client, m paho.Message) {
	c.mu.Lock()
	if m.Qos() == 0 && (c.queuedZero >= c.limit || c.queuedZeroOf[m.Topic()] >= max(1, c.limit/max(1, len(c.subscriptions)))) {
		c.mu.Unlock()
		c.dropped.Add(1)
		return
	}
	if m.Qos() == 0 {
		c.queuedZero++
		c.queuedZeroOf[m.Topic()]++
	}
	c.queue = append(c.queue, queued{Message{Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained(), Ack: m.Ack}, m.Qos()})
	c.mu.Unlock()
	c.signal()
}

// dispatch hands messages over until the client is closed. A message that no
// subscription claims yet, of a kept session, waits for one.
func (c *Client) dispatch() {
	defer close(c.finished)
	for {
		message, handle := c.next()
		if handle != nil {
			handle(message)
			select {
			case <-c.closing:
				return
			default:
				continue
			}
		}
		select {
		case <-c.wake:
		case <-c.closing:
			return
		}
	}
}

// next takes the first message that a subscription claims.
func (c *Client) next() (Message, func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.queue {
		handle := c.handlerOf(m.Topic)
		if handle == nil {
			continue
		}
		if m.qos == 0 {
			c.queuedZero--
			if c.queuedZeroOf[m.Topic]--; c.queuedZeroOf[m.Topic] == 0 {
				delete(c.queuedZeroOf, m.Topic)
			}
		}
		if i == 0 {
			c.queue = c.queue[1:]
		} else {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
		}
		return m.Message, handle
	}
	return Message{}, nil
}

func (c *Client) handlerOf(topic string) func(Message) {
	for _, s := range c.subscriptions {
		if matches(s.filter, topic) {
			return s.handle
		}
	}
	return c.handleRest
}

// matches tells whether a topic matches a filter with the wildcards + and #,
// by section 4.7 of MQTT 3.1.1.
func matches(filter, topic string) bool {
	if rest, shared := strings.CutPrefix(filter, "$share/"); shared {
		_, filter, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(topic, "$") != strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		level, moreFilter, filterGoesOn := strings.Cut(filter, "/")
		if level == "#" {
			return true
		}
		name, moreTopic, topicGoesOn := strings.Cut(topic, "/")
		if level != "+" && level != name {
			return false
		}
		if !filterGoesOn && !topicGoesOn {
			return true
		}
		if filterGoesOn && !topicGoesOn {
			return moreFilter == "#" // "a/#" matches "a"
		}
		if !filterGoesOn {
			return false
		}
		filter, topic = moreFilter, moreTopic
	}
}
