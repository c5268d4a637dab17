package ingest

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/evidence"
)

// message is what a broker brought.
type message struct {
	topic   string
	payload []byte
	ack     func()
}

// incoming is a message that is a leaf of the agent whose topic it came on.
type incoming struct {
	message
	id    agentID
	leaf  evidence.Leaf
	hash  evidence.Hash
	scans int
}

// handle takes one message. Many may be handled at once.
func (in *Intake) handle(ctx context.Context, group *errgroup.Group, m message) {
	site, name, what, err := ParseTopic(m.topic)
	if err != nil {
		in.refuse(agentID{}, m, fmt.Errorf("%w: %w", ErrMalformed, err))
		return
	}
	id := agentID{site, name}
	if what == TopicStatus {
		in.mu.Lock()
		if a := in.agents[id]; a != nil && a.hasLeaf() && string(m.payload) == StatusOnline {
			in.queueReceipt(id)
		}
		in.mu.Unlock()
		m.ack()
		return
	}
	msg, err := in.check(id, m)
	if err != nil {
		in.refuse(id, m, err)
		return
	}
	for msg != nil {
		next, err := in.accept(ctx, group, msg)
		if err != nil {
			in.refuse(id, msg.message, err)
		}
		msg = next
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
	key := in.keyOf(id)
	now := time.Now().UnixNano()
	if key.Public == nil || key.Revoked || now < key.From || key.To != 0 && now >= key.To {
		return nil, ErrUnknown
	}
	if err := evidence.VerifyLeaf(l, key.Public); err != nil {
		return nil, err
	}
	if key.Role != evidence.Gateway || !key.Role.Signs(l.Kind) {
		return nil, fmt.Errorf("%w: a %v, signed by the key of a %v", ErrRole, l.Kind, key.Role)
	}
	msg := &incoming{message: m, id: id, leaf: l, hash: evidence.LeafHash(m.payload)}
	switch l.Kind { //nolint:exhaustive // a gateway signs no other kinds
	case evidence.Batch:
		var b Batch
		b, err = DecodeBatch(l)
		msg.scans = len(b.Scans)
	case evidence.Catalogue:
		_, err = DecodeCatalogue(l)
	case evidence.Loss:
		_, err = evidence.DecodeLoss(l)
	case evidence.Clock:
		_, err = evidence.DecodeCorrection(l)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return msg, nil
}

// accept takes a leaf into its agent's chain and the log, and returns the one
// that waited for it, if any. An error means that the leaf is refused.
func (in *Intake) accept(ctx context.Context, group *errgroup.Group, msg *incoming) (next *incoming, err error) {
	next, behind, err := in.extend(ctx, group, msg, false)
	if err != nil || !behind {
		return next, err
	}
	found, err := in.inLog(ctx, msg)
	if err != nil {
		in.readFailed(msg, err)
		return nil, nil
	}
	in.readable()
	if found {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.duplicate(msg)
		return nil, nil
	}
	if l := msg.leaf; l.Last != 0 {
		return nil, fmt.Errorf("%w: another leaf has epoch %d, %d to %d", ErrChain, l.Epoch, l.First, l.Last)
	}
	next, _, err = in.extend(ctx, group, msg, true)
	return next, err
}

// extend appends a leaf that is the next of its chain, answers one that was
// taken of late and keeps one that came early. behind: the chain is past it, and
// only the log can tell whether it is there; searched: the log does not have it.
func (in *Intake) extend(ctx context.Context, group *errgroup.Group, msg *incoming, searched bool) (next *incoming, behind bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	a, l := in.agents[msg.id], msg.leaf
	switch {
	case followsHash(a.pending.Hash, l.Prev):
		if err := Follows(a.pending, l); err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrChain, err)
		}
		a.pending = After(a.pending, l, msg.hash, 0)
		if a.recent[msg.hash] { // in the log before the leaf before it was
			in.duplicate(msg)
		} else {
			a.remember(msg.hash)
			in.append(ctx, group, msg)
		}
		next = a.early[a.pending.Hash]
		delete(a.early, a.pending.Hash)
		return next, false, nil
	case a.recent[msg.hash]:
		in.duplicate(msg)
		return nil, false, nil
	case !searched && (l.Epoch < a.pending.Epoch || l.Epoch == a.pending.Epoch && l.Last <= a.pending.Last):
		return nil, true, nil
	}
	in.Stats.Early.Add(1)
	if len(a.early) >= maxEarly {
		clear(a.early)
	}
	var prev evidence.Hash
	copy(prev[:], l.Prev)
	a.early[prev] = msg
	in.queueReceipt(msg.id) // tells the agent where the centre stands
	msg.ack()               // kept here; the agent sends it again if it is lost
	msg.ack = func() {}
	return nil, false, nil
}

// duplicate answers a leaf that is in the log, or on its way there. The caller
// holds in.mu.
func (in *Intake) duplicate(msg *incoming) {
	in.Stats.Duplicates.Add(1)
	in.queueReceipt(msg.id)
	msg.ack()
}

// readFailed leaves a leaf without an answer: nobody knows whether the log has
// it. The gateway keeps it, and sends it again for want of a receipt.
func (in *Intake) readFailed(msg *incoming, cause error) {
	in.Stats.ReadFailures.Add(1)
	in.mu.Lock()
	news := !in.unreadable
	in.unreadable = true
	in.mu.Unlock()
	if news && in.Logger != nil {
		in.Logger.Error("the evidence log cannot be read: leaves that come again get no receipt and stay with their gateways; further failures are only counted",
			"site", msg.id.Site, "agent", msg.id.Agent, "cause", cause)
	}
	msg.ack()
}

// readable notes that the log can be read.
func (in *Intake) readable() {
	in.mu.Lock()
	news := in.unreadable
	in.unreadable = false
	in.mu.Unlock()
	if news && in.Logger != nil {
		in.Logger.Info("the evidence log can be read again")
	}
}

// inLog looks for the very leaf in the log; a stand-in for a leaf that the
// log holds counts as found.
func (in *Intake) inLog(ctx context.Context, msg *incoming) (bool, error) {
	if msg.leaf.Kind == evidence.Loss {
		if loss, err := evidence.DecodeLoss(msg.leaf); err == nil && len(loss.Replaces) > 0 {
			var replaced evidence.Hash
			copy(replaced[:], loss.Replaces)
			in.mu.Lock()
			a := in.agents[msg.id]
			taken := a.recent[replaced] || a.head.Hash == replaced
			in.mu.Unlock()
			if taken {
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
		if bytes.Equal(data, msg.payload) {
			return true, nil
		}
	}
	return false, nil
}

// append adds a leaf to the log without waiting; a failure ends the session.
func (in *Intake) append(ctx context.Context, group *errgroup.Group, msg *incoming) {
	group.Go(func() error {
		index, err := in.Log.Append(context.WithoutCancel(ctx), msg.payload)
		if err != nil {
			return err
		}
		in.mu.Lock()
		in.apply(msg.leaf, msg.hash, index)
		in.queueReceipt(msg.id)
		in.mu.Unlock()
		in.Stats.Accepted.Add(1)
		in.Stats.Bytes.Add(uint64(len(msg.payload)))
		in.Stats.Scans.Add(uint64(msg.scans))
		msg.ack()
		return nil
	})
}
