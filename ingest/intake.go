package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/backoff"
)

// IntakeStats are the counters of an intake.
type IntakeStats struct {
	Accepted   atomic.Uint64 // leaves appended to the log
	Bytes      atomic.Uint64 // of them
	Scans      atomic.Uint64 // in them
	Duplicates atomic.Uint64 // leaves that were in the log already
	Early      atomic.Uint64 // leaves that came before the one before them
	Receipts   atomic.Uint64 // published
	Connects   atomic.Uint64
	Failures   atomic.Uint64 // connections, or appends, that failed
	Refused    Refusals
}

// Log is the evidence log as an intake appends to it.
type Log interface {
	Leaves
	Root(ctx context.Context, size uint64) (evidence.Hash, error)
	Append(ctx context.Context, leaf []byte) (index uint64, err error)
	Decide(ctx context.Context, leaf *evidence.Leaf, sign func(message []byte) []byte) (index uint64, err error)
	Settle(ctx context.Context) error // takes in leaves whose Append failed although they are in the tree
}

// Intake takes agents' leaves from a broker into the evidence log. What it
// knows of an agent it reads from the log: losing its folder costs time only.
type Intake struct {
	Log    Log
	Key    *evidence.SigningKey // the log's key: signs receipts and enrolments
	Dial   Dial                 // a fixed client id and a lasting session, so that the broker keeps what comes meanwhile
	Dir    string               // its folder: heads, refused leaves
	Sites  []string             // to take leaves of; default: all
	Retry  time.Duration        // wait after the first failure, doubled up to 30 s; default 1 s
	Logger *slog.Logger
	Stats  IntakeStats

	mu      sync.Mutex
	loaded  bool
	applied uint64          // leaves of the log that are in agents, without a hole
	beyond  map[uint64]bool // further leaves that are in agents
	agents  map[agentID]*agent
	dirty   map[agentID]bool // agents to publish a receipt to
	wake    chan struct{}    // signalled when dirty grew
	refused map[refusal]told
}

type agentID struct{ Site, Agent string }

// agent is what the intake knows of one agent.
type agent struct {
	key     Enrolment
	head    Place                       // in the log, without a hole before
	pending Place                       // accepted; its append may be under way
	orphans map[evidence.Hash]logged    // in the log before the leaf before them, by Prev
	recent  map[evidence.Hash]bool      // leaves in the log or on their way there
	ring    []evidence.Hash             // of recent, oldest first
	early   map[evidence.Hash]*incoming // waiting for the leaf before them, by Prev
}

type logged struct {
	leaf  evidence.Leaf
	hash  evidence.Hash
	index uint64
}

// Bounds on what is kept of one agent.
const (
	maxRecent = 1024
	maxEarly  = 64
)

// incoming is a leaf as it came.
type incoming struct {
	id    agentID
	leaf  evidence.Leaf
	data  []byte
	hash  evidence.Hash
	scans int
	ack   func()
}

// Enrol appends an agent's public key to the log; from then on the agent's
// leaves are taken. A key that is enrolled and valid is not appended again;
// another key replaces it.
func (in *Intake) Enrol(ctx context.Context, name, site string, public ed25519.PublicKey) error {
	return in.enrolAs(ctx, evidence.Gateway, name, site, public)
}

// EnrolCentre appends the public key by which the centre signs what it and
// people decide. No leaf of it is taken from the broker.
func (in *Intake) EnrolCentre(ctx context.Context, name, site string, public ed25519.PublicKey) error {
	return in.enrolAs(ctx, evidence.Centre, name, site, public)
}

func (in *Intake) enrolAs(ctx context.Context, role evidence.Role, name, site string, public ed25519.PublicKey) error {
	_, err1 := measure.ParseName("agent", name)
	_, err2 := measure.ParseName("site", site)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	if len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("enrol %s/%s: a key of %d bytes, want %d", site, name, len(public), ed25519.PublicKeySize)
	}
	return in.enrol(ctx, Enrolment{Site: site, Agent: name, Public: public, From: time.Now().UnixNano(), Role: role})
}

// Revoke appends to the log that an agent's leaves are not taken any more.
func (in *Intake) Revoke(ctx context.Context, name, site string) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	in.mu.Lock()
	a := in.agents[agentID{site, name}]
	in.mu.Unlock()
	if a == nil {
		return fmt.Errorf("revoke %s/%s: %w", site, name, ErrUnknown)
	}
	return in.enrol(ctx, Enrolment{Site: site, Agent: name, Public: a.key.Public, From: time.Now().UnixNano(), Revoked: true, Role: a.key.Role})
}

func (in *Intake) enrol(ctx context.Context, e Enrolment) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	in.mu.Lock()
	a := in.agents[agentID{e.Site, e.Agent}]
	same := a != nil && a.key.Public.Equal(e.Public) && a.key.Revoked == e.Revoked && a.key.Role == e.Role
	taken := a != nil && !a.key.Revoked && a.key.Role != e.Role && !a.key.Public.Equal(e.Public)
	in.mu.Unlock()
	if same {
		return nil
	}
	if taken {
		return fmt.Errorf("enrol %s/%s: the name is that of a key of the %v: give this one another name", e.Site, e.Agent, a.key.Role)
	}
	l, err := EncodeEnrolment(in.Key.Name(), e)
	if err != nil {
		return err
	}
	index, err := in.Log.Decide(ctx, &l, in.Key.Sign)
	if err != nil {
		return fmt.Errorf("enrol %s/%s: %w", e.Site, e.Agent, err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.apply(l, evidence.Hash{}, index) // no key stands in an agent's chain
	return nil
}

func (in *Intake) setKey(e Enrolment) {
	id := agentID{e.Site, e.Agent}
	if in.agents[id] == nil {
		in.agents[id] = &agent{orphans: map[evidence.Hash]logged{}, recent: map[evidence.Hash]bool{}, early: map[evidence.Hash]*incoming{}}
	}
	in.agents[id].key = e
}

// Heads returns, for each agent, the receipt it was or will be given, in
// order of site and agent. Agents without a leaf have none.
func (in *Intake) Heads() []Receipt {
	in.mu.Lock()
	defer in.mu.Unlock()
	var out []Receipt
	for id, a := range in.agents {
		if a.head.Hash != (evidence.Hash{}) {
			out = append(out, receiptOf(id, a))
		}
	}
	slices.SortFunc(out, func(a, b Receipt) int { return strings.Compare(a.Site+"/"+a.Agent, b.Site+"/"+b.Agent) })
	return out
}

func receiptOf(id agentID, a *agent) Receipt {
	return Receipt{Site: id.Site, Agent: id.Agent, Epoch: a.head.Epoch, Seq: a.head.Last, Digest: a.head.Hash, Index: a.head.Index}
}

// Run takes leaves until ctx ends. A lost connection is tried again after 1
// to 30 s.
func (in *Intake) Run(ctx context.Context) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	var pause backoff.Pause
	said := newOnce(in.Logger, "intake")
	for {
		before := in.Stats.Accepted.Load()
		err := in.session(ctx, said)
		err = errors.Join(err, in.settle(context.WithoutCancel(ctx)))
		if ctx.Err() != nil {
			in.saveOrSay(context.WithoutCancel(ctx))
			return nil
		}
		in.Stats.Failures.Add(1)
		said.fail(err)
		if in.Stats.Accepted.Load() > before {
			pause.Reset()
		}
		backoff.Sleep(ctx, backoff.Jitter(pause.Next(cmp.Or(in.Retry, firstRetry), lastRetry)))
	}
}

// session is one connection to the broker.
func (in *Intake) session(ctx context.Context, said *once) error {
	pipe, err := in.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pipe.Close()

	group, inner := errgroup.WithContext(ctx)
	messages := make(chan message, 256)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error { return in.work(inner, group, messages) })
	}
	group.Go(func() error { return in.answer(inner, pipe) })
	group.Go(func() error {
		select {
		case <-inner.Done():
			return nil
		case <-pipe.Lost():
			return errors.New("the connection was lost")
		}
	})
	sites := in.Sites
	if len(sites) == 0 {
		sites = []string{"+"}
	}
	for _, site := range sites {
		for _, what := range []string{TopicBatch, TopicStatus} {
			err := pipe.SubscribeAck(inner, topicRoot+site+"/+/"+what, func(topic string, payload []byte, ack func()) {
				select {
				case messages <- message{topic, payload, ack}:
				case <-inner.Done():
				}
			})
			if err != nil {
				group.Go(func() error { return fmt.Errorf("subscribe: %w", err) })
			}
		}
	}
	in.Stats.Connects.Add(1)
	said.works()
	in.mu.Lock()
	for id, a := range in.agents { // the broker may have lost the retained receipts
		if a.head.Hash != (evidence.Hash{}) {
			in.owe(id)
		}
	}
	in.mu.Unlock()
	return group.Wait()
}

type message struct {
	topic   string
	payload []byte
	ack     func()
}

// work checks messages, which many can do at once, and hands them on.
func (in *Intake) work(ctx context.Context, group *errgroup.Group, messages <-chan message) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-messages:
			site, name, what, err := ParseTopic(m.topic)
			if err == nil && what == TopicStatus {
				in.mu.Lock()
				if a := in.agents[agentID{site, name}]; a != nil && a.head.Hash != (evidence.Hash{}) && string(m.payload) == StatusOnline {
					in.owe(agentID{site, name})
				}
				in.mu.Unlock()
				m.ack()
				continue
			}
			if err != nil {
				in.refuse(agentID{}, m, fmt.Errorf("%w: %w", ErrMalformed, err))
				continue
			}
			id := agentID{site, name}
			msg, err := in.check(id, m)
			if err != nil {
				in.refuse(id, m, err)
				continue
			}
			if err := in.take(ctx, group, msg); err != nil {
				in.refuse(id, m, err)
			}
		}
	}
}

// check does all that needs no knowledge of the chain.
func (in *Intake) check(id agentID, m message) (*incoming, error) {
	l, err := evidence.DecodeLeaf(m.payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if l.Site != id.Site || l.Signer != id.Agent {
		return nil, fmt.Errorf("%w: topic %s/%s, leaf %.60q/%.60q", ErrIdentity, id.Site, id.Agent, l.Site, l.Signer)
	}
	in.mu.Lock()
	var key Enrolment
	if a := in.agents[id]; a != nil {
		key = a.key
	}
	in.mu.Unlock()
	now := time.Now().UnixNano()
	if key.Public == nil || key.Revoked || now < key.From || key.To != 0 && now >= key.To {
		return nil, ErrUnknown
	}
	if err := VerifyLeaf(l, key.Public); err != nil {
		return nil, err
	}
	if key.Role != evidence.Gateway || !key.Role.Signs(l.Kind) {
		return nil, fmt.Errorf("%w: a %v, signed by the key of a %v", ErrRole, l.Kind, key.Role)
	}
	msg := &incoming{id: id, leaf: l, data: m.payload, hash: evidence.LeafHash(m.payload), ack: m.ack}
	switch l.Kind { //nolint:exhaustive // a gateway signs no other kinds
	case evidence.Batch:
		var b Batch
		b, err = DecodeBatch(l)
		msg.scans = len(b.Scans)
	case evidence.Catalogue:
		_, err = DecodeCatalogue(l)
	case evidence.Loss:
		_, err = DecodeLoss(l)
	case evidence.Clock:
		_, err = DecodeCorrection(l)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return msg, nil
}

// take appends a leaf that is the next of its chain, and then those that
// waited for it. An error means that the leaf is refused.
func (in *Intake) take(ctx context.Context, group *errgroup.Group, msg *incoming) error {
	in.mu.Lock()
	a := in.agents[msg.id]
	var known bool
	for msg != nil && followsHash(a.pending.Hash, msg.leaf.Prev) {
		if err := Follows(a.pending, msg.leaf); err != nil {
			in.mu.Unlock()
			return fmt.Errorf("%w: %w", ErrChain, err)
		}
		known = a.recent[msg.hash]
		a.pending = After(a.pending, msg.leaf, msg.hash, 0)
		if known { // in the log before the leaf before it was
			in.duplicate(msg)
		} else {
			a.remember(msg.hash)
			in.append(ctx, group, msg)
		}
		next := a.early[a.pending.Hash]
		delete(a.early, a.pending.Hash)
		msg = next
	}
	if msg == nil {
		in.mu.Unlock()
		return nil
	}
	defer in.mu.Unlock()
	l := msg.leaf
	stale := l.Epoch < a.pending.Epoch || l.Epoch == a.pending.Epoch && l.Last <= a.pending.Last
	switch {
	case a.recent[msg.hash]:
		in.duplicate(msg)
		return nil
	case stale:
		found, err := in.inLog(ctx, msg)
		if err != nil || found {
			in.duplicate(msg)
			return nil
		}
		if l.Last != 0 {
			return fmt.Errorf("%w: another leaf has epoch %d, %d to %d", ErrChain, l.Epoch, l.First, l.Last)
		}
	}
	in.Stats.Early.Add(1)
	if len(a.early) >= maxEarly {
		clear(a.early)
	}
	var prev evidence.Hash
	copy(prev[:], l.Prev)
	a.early[prev] = msg
	in.owe(msg.id) // tells the agent where the centre stands
	msg.ack()      // kept here; the agent sends it again if it is lost
	msg.ack = func() {}
	return nil
}

func (a *agent) remember(hash evidence.Hash) {
	if a.recent[hash] {
		return
	}
	if len(a.ring) >= maxRecent {
		delete(a.recent, a.ring[0])
		a.ring = a.ring[1:]
	}
	a.recent[hash] = true
	a.ring = append(a.ring, hash)
}

// duplicate answers a leaf that is in the log, or on its way there.
func (in *Intake) duplicate(msg *incoming) {
	in.Stats.Duplicates.Add(1)
	in.owe(msg.id)
	msg.ack()
}

// inLog looks for the very leaf in the log; a stand-in for a leaf that the
// log holds counts as found.
func (in *Intake) inLog(ctx context.Context, msg *incoming) (bool, error) {
	if msg.leaf.Kind == evidence.Loss {
		if loss, err := DecodeLoss(msg.leaf); err == nil && len(loss.Replaces) > 0 {
			var replaced evidence.Hash
			copy(replaced[:], loss.Replaces)
			if a := in.agents[msg.id]; a.recent[replaced] || a.head.Hash == replaced {
				return true, nil
			}
		}
	}
	q := evidence.Query{Kinds: []evidence.Kind{msg.leaf.Kind}}
	if msg.leaf.To > msg.leaf.From {
		q.Interval = msg.leaf.Interval()
	}
	entries, err := in.Log.Find(ctx, q)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		data, err := in.Log.Entry(ctx, e.Index)
		if err != nil {
			return false, err
		}
		if bytes.Equal(data, msg.data) {
			return true, nil
		}
	}
	return false, nil
}

// append adds a leaf to the log without waiting; a failure ends the session.
// The caller holds in.mu.
func (in *Intake) append(ctx context.Context, group *errgroup.Group, msg *incoming) {
	group.Go(func() error {
		index, err := in.Log.Append(context.WithoutCancel(ctx), msg.data)
		if err != nil {
			return err
		}
		in.mu.Lock()
		in.apply(msg.leaf, msg.hash, index)
		in.owe(msg.id)
		in.mu.Unlock()
		in.Stats.Accepted.Add(1)
		in.Stats.Bytes.Add(uint64(len(msg.data)))
		in.Stats.Scans.Add(uint64(msg.scans))
		msg.ack()
		return nil
	})
}

// apply takes a leaf of the log into account once, in whatever order leaves
// come. The caller holds in.mu.
func (in *Intake) apply(l evidence.Leaf, hash evidence.Hash, index uint64) {
	if index < in.applied || in.beyond[index] {
		return
	}
	in.beyond[index] = true
	for in.beyond[in.applied] {
		delete(in.beyond, in.applied)
		in.applied++
	}
	if l.Kind == evidence.Key {
		if e, err := DecodeEnrolment(l); err == nil && VerifyLeaf(l, in.Key.Public()) == nil {
			in.setKey(e)
		}
		return
	}
	in.link(l, hash, index)
}

// link puts an agent's leaf into its chain.
func (in *Intake) link(l evidence.Leaf, hash evidence.Hash, index uint64) {
	a := in.agents[agentID{l.Site, l.Signer}]
	if a == nil || l.Epoch == 0 {
		return // not of an agent
	}
	a.remember(hash)
	if !followsHash(a.head.Hash, l.Prev) {
		var prev evidence.Hash
		copy(prev[:], l.Prev)
		a.orphans[prev] = logged{l, hash, index}
		return
	}
	a.head = After(a.head, l, hash, index)
	for {
		o, ok := a.orphans[a.head.Hash]
		if !ok {
			return
		}
		delete(a.orphans, a.head.Hash)
		a.head = After(a.head, o.leaf, o.hash, o.index)
	}
}

// settle brings the agents up to the log after a session, when nothing is
// on its way: what was accepted and failed is forgotten, so that the agents
// send it again.
func (in *Intake) settle(ctx context.Context) error {
	if err := in.Log.Settle(ctx); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.catchUp(ctx); err != nil {
		return err
	}
	for _, a := range in.agents {
		a.pending = a.head
		clear(a.early)
		a.recent, a.ring = map[evidence.Hash]bool{}, nil
		for _, o := range a.orphans {
			a.remember(o.hash)
		}
	}
	return nil
}

// owe notes that an agent is to be sent a receipt. The caller holds in.mu.
func (in *Intake) owe(id agentID) {
	in.dirty[id] = true
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// answer publishes receipts, the newest of each agent.
func (in *Intake) answer(ctx context.Context, pipe Pipe) error {
	save := time.NewTicker(30 * time.Second)
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-save.C:
			in.saveOrSay(ctx)
			continue
		case <-in.wake:
		}
		in.mu.Lock()
		var due []Receipt
		for id := range maps.Keys(in.dirty) {
			if a := in.agents[id]; a.head.Hash != (evidence.Hash{}) {
				due = append(due, receiptOf(id, a))
			}
		}
		clear(in.dirty)
		in.mu.Unlock()
		for _, r := range due {
			note, err := r.Sign(in.Key)
			if err != nil {
				return err
			}
			if err := pipe.Publish(ctx, Topic(r.Site, r.Agent, TopicReceipt), true, note); err != nil {
				return fmt.Errorf("publish receipt to %s/%s: %w", r.Site, r.Agent, err)
			}
			in.Stats.Receipts.Add(1)
		}
	}
}
