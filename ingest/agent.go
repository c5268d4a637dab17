package ingest

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/evidence"
)

// agent is what the intake knows of one agent.
type agent struct {
	key     evidence.Enrolment
	head    Place                        // in the log, without a hole before
	pending Place                        // accepted; its append may be under way
	orphans map[evidence.Hash]loggedLeaf // in the log before the leaf before them, by Prev
	recent  map[evidence.Hash]bool       // leaves in the log or on their way there
	ring    []evidence.Hash              // of recent, oldest first
	early   map[evidence.Hash]*incoming  // waiting for the leaf before them, by Prev
}

type loggedLeaf struct {
	leaf  evidence.Leaf
	hash  evidence.Hash
	index uint64
}

// Bounds on what is kept of one agent.
const (
	maxRecent = 1024
	maxEarly  = 64
)

// hasLeaf tells whether the log has a leaf of the agent.
func (a *agent) hasLeaf() bool { return a.head.Hash != (evidence.Hash{}) }

// receipt is for all of the agent's chain that the log has.
func (a *agent) receipt(id agentID) Receipt {
	return Receipt{Site: id.Site, Agent: id.Agent, Epoch: a.head.Epoch, Seq: a.head.Last, Digest: a.head.Hash, Index: a.head.Index}
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

// link puts a leaf of the log into the agent's chain.
func (a *agent) link(l evidence.Leaf, hash evidence.Hash, index uint64) {
	a.remember(hash)
	if !followsHash(a.head.Hash, l.Prev) {
		var prev evidence.Hash
		copy(prev[:], l.Prev)
		a.orphans[prev] = loggedLeaf{leaf: l, hash: hash, index: index}
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

// rewind forgets what was accepted and is not in the log.
func (a *agent) rewind() {
	a.pending = a.head
	clear(a.early)
	a.recent, a.ring = map[evidence.Hash]bool{}, nil
	for _, o := range a.orphans {
		a.remember(o.hash)
	}
}

// keyOf returns the newest enrolment of an agent; the zero one: there is none.
func (in *Intake) keyOf(id agentID) evidence.Enrolment {
	in.mu.Lock()
	defer in.mu.Unlock()
	if a := in.agents[id]; a != nil {
		return a.key
	}
	return evidence.Enrolment{}
}

// setKey notes an enrolment. The caller holds in.mu.
func (in *Intake) setKey(e evidence.Enrolment) {
	id := agentID{e.Site, e.Agent}
	if in.agents[id] == nil {
		in.agents[id] = &agent{orphans: map[evidence.Hash]loggedLeaf{}, recent: map[evidence.Hash]bool{}, early: map[evidence.Hash]*incoming{}}
	}
	in.agents[id].key = e
}

// apply takes a leaf of the log into account once, in whatever order leaves
// come. The caller holds in.mu.
func (in *Intake) apply(l evidence.Leaf, hash evidence.Hash, index uint64) {
	if in.isApplied(index) {
		return
	}
	in.beyond[index] = true
	for in.beyond[in.applied] {
		delete(in.beyond, in.applied)
		in.applied++
	}
	if l.Kind == evidence.Key {
		if e, err := evidence.DecodeEnrolment(l); err == nil && evidence.VerifyLeaf(l, in.Key.Public()) == nil {
			in.setKey(e)
		}
		return
	}
	if a := in.agents[agentID{l.Site, l.Signer}]; a != nil && l.Epoch != 0 { // else it is not of an agent
		a.link(l, hash, index)
	}
}

// isApplied tells whether a leaf is taken into account. The caller holds in.mu.
func (in *Intake) isApplied(index uint64) bool { return index < in.applied || in.beyond[index] }

// catchUp applies the leaves of the log that are not applied yet.
func (in *Intake) catchUp(ctx context.Context) error {
	in.mu.Lock()
	i := in.applied
	in.mu.Unlock()
	for ; i < in.Log.Size(); i++ {
		in.mu.Lock()
		known := in.isApplied(i)
		in.mu.Unlock()
		if known {
			continue
		}
		data, err := in.Log.Entry(ctx, i)
		if err != nil {
			return err
		}
		l, err := evidence.DecodeLeaf(data)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		in.mu.Lock()
		in.apply(l, evidence.LeafHash(data), i)
		in.mu.Unlock()
	}
	return nil
}

// resync brings the agents up to the log after a session, when nothing is on
// its way: what was accepted and failed is forgotten, so that the agents send
// it again.
func (in *Intake) resync(ctx context.Context) error {
	if err := in.Log.Settle(ctx); err != nil {
		return err
	}
	if err := in.catchUp(ctx); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, a := range in.agents {
		a.rewind()
	}
	return nil
}
