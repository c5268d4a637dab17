package ingest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"sync"

	"github.com/nielu/nielu/evidence"
)

// TrustedLog is a log without decisions that a wrong key signed: of what people
// and the centre decide it shows only leaves signed by a key that the log had
// enrolled for the centre then, and had not revoked. Batches and what else
// gateways sign were checked when they were taken in.
type TrustedLog struct {
	Leaves
	Key    ed25519.PublicKey                      // of the log: it enrols and revokes
	Reject func(index uint64, leaf evidence.Leaf) // called once for each leaf that is not shown; nil: nobody is told

	mu      sync.Mutex
	keys    map[agentID][]enrolmentAt // in the order of the log
	read    uint64                    // key leaves below this index were read
	trusted map[uint64]bool           // of decisions that were looked at
}

type enrolmentAt struct {
	index uint64
	evidence.Enrolment
}

// Find returns the leaves that match, without decisions that a wrong key signed.
func (t *TrustedLog) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	found, err := t.Leaves.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	var wrong error
	found = slices.DeleteFunc(found, func(e evidence.Entry) bool {
		if !evidence.Centre.Signs(e.Kind) || evidence.Gateway.Signs(e.Kind) || wrong != nil {
			return false
		}
		right, err := t.Trusts(ctx, e.Index)
		wrong = err
		return !right
	})
	return found, wrong
}

// Trusts tells whether the decision in a leaf was signed by whom it may be.
func (t *TrustedLog) Trusts(ctx context.Context, index uint64) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if right, looked := t.trusted[index]; looked {
		return right, nil
	}
	data, err := t.Entry(ctx, index)
	if err != nil {
		return false, err
	}
	leaf, err := evidence.DecodeLeaf(data)
	if err != nil {
		return false, fmt.Errorf("leaf %d: %w", index, err)
	}
	if err := t.enrolments(ctx); err != nil {
		return false, err
	}
	right := t.signed(leaf, index)
	if t.trusted == nil {
		t.trusted = map[uint64]bool{}
	}
	if t.trusted[index] = right; !right && t.Reject != nil {
		t.Reject(index, leaf)
	}
	return right, nil
}

// signed tells whether the key that was enrolled last before a leaf signed it.
// A key is the centre's if it was ever enrolled for that: logs of earlier
// releases did not say it at first.
func (t *TrustedLog) signed(leaf evidence.Leaf, index uint64) (right bool) {
	all := t.keys[agentID{leaf.Site, leaf.Signer}]
	for _, e := range all {
		if e.index < index {
			right = !e.Revoked && evidence.VerifyLeaf(leaf, e.Public) == nil && slices.ContainsFunc(all, func(o enrolmentAt) bool {
				return o.Public.Equal(e.Public) && o.Role.Signs(leaf.Kind)
			})
		}
	}
	return right
}

// enrolments reads the key leaves that are new. The caller holds t.mu.
func (t *TrustedLog) enrolments(ctx context.Context) error {
	size := t.Size()
	if size <= t.read {
		return nil
	}
	found, err := t.Leaves.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Key}})
	if err != nil {
		return err
	}
	if t.keys == nil {
		t.keys = map[agentID][]enrolmentAt{}
	}
	for _, at := range found {
		if at.Index < t.read || at.Index >= size {
			continue
		}
		data, err := t.Entry(ctx, at.Index)
		if err != nil {
			return err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", at.Index, err)
		}
		if e, err := evidence.DecodeEnrolment(leaf); err == nil && evidence.VerifyLeaf(leaf, t.Key) == nil {
			id := agentID{e.Site, e.Agent}
			t.keys[id] = append(t.keys[id], enrolmentAt{at.Index, e})
		}
	}
	t.read = size
	return nil
}
