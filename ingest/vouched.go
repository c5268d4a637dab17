package ingest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"sync"

	"github.com/nielu/nielu/evidence"
)

// Vouched is a log without the decisions that nobody vouches for: of what
// people and the centre decide it shows only leaves signed by a key that the
// log had enrolled for the centre then, and had not revoked. Batches and what
// else gateways sign were checked when they were taken in.
type Vouched struct {
	Leaves
	Key     ed25519.PublicKey                      // of the log: it enrols and revokes
	Refused func(index uint64, leaf evidence.Leaf) // told once of each that does not count; nil: nobody is

	mu    sync.Mutex
	keys  map[agentID][]enrolledAt // in the order of the log
	known uint64                   // key leaves below this index were read
	right map[uint64]bool          // of decisions that were looked at
}

type enrolledAt struct {
	index uint64
	evidence.Enrolment
}

// Find returns the leaves that match, without decisions that do not count.
func (v *Vouched) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	found, err := v.Leaves.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	var wrong error
	found = slices.DeleteFunc(found, func(e evidence.Entry) bool {
		if !evidence.Centre.Signs(e.Kind) || evidence.Gateway.Signs(e.Kind) || wrong != nil {
			return false
		}
		right, err := v.Counts(ctx, e.Index)
		wrong = err
		return !right
	})
	return found, wrong
}

// Counts tells whether the decision in a leaf was signed by whom it may be.
func (v *Vouched) Counts(ctx context.Context, index uint64) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if right, looked := v.right[index]; looked {
		return right, nil
	}
	data, err := v.Entry(ctx, index)
	if err != nil {
		return false, err
	}
	leaf, err := evidence.DecodeLeaf(data)
	if err != nil {
		return false, fmt.Errorf("leaf %d: %w", index, err)
	}
	if err := v.enrolments(ctx); err != nil {
		return false, err
	}
	right := v.signed(leaf, index)
	if v.right == nil {
		v.right = map[uint64]bool{}
	}
	if v.right[index] = right; !right && v.Refused != nil {
		v.Refused(index, leaf)
	}
	return right, nil
}

// signed tells whether the key that was enrolled last before a leaf signed it.
// A key is the centre's if it was ever enrolled for that: logs of earlier
// releases did not say it at first.
func (v *Vouched) signed(leaf evidence.Leaf, index uint64) (right bool) {
	all := v.keys[agentID{leaf.Site, leaf.Signer}]
	for _, e := range all {
		if e.index < index {
			right = !e.Revoked && evidence.VerifyLeaf(leaf, e.Public) == nil && slices.ContainsFunc(all, func(o enrolledAt) bool {
				return o.Public.Equal(e.Public) && o.Role.Signs(leaf.Kind)
			})
		}
	}
	return right
}

// enrolments reads the key leaves that are new. The caller holds v.mu.
func (v *Vouched) enrolments(ctx context.Context) error {
	size := v.Size()
	if size <= v.known {
		return nil
	}
	found, err := v.Leaves.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Key}})
	if err != nil {
		return err
	}
	if v.keys == nil {
		v.keys = map[agentID][]enrolledAt{}
	}
	for _, at := range found {
		if at.Index < v.known || at.Index >= size {
			continue
		}
		data, err := v.Entry(ctx, at.Index)
		if err != nil {
			return err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", at.Index, err)
		}
		if e, err := evidence.DecodeEnrolment(leaf); err == nil && evidence.VerifyLeaf(leaf, v.Key) == nil {
			id := agentID{e.Site, e.Agent}
			v.keys[id] = append(v.keys[id], enrolledAt{at.Index, e})
		}
	}
	v.known = size
	return nil
}
