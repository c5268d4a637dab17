package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/nielu/nielu/evidence"
)

// owner is whom a key stands for.
type owner struct{ name, site string }

// enrolment is a key that a leaf of the log brought in or took away.
type enrolment struct {
	index uint64
	evidence.Enrolment
	key string // as signed notes write it
}

// signatures checks each leaf's own signature. The log's key enrols and
// revokes, and signs nothing else. For any other leaf the key is the one that
// the log enrolled last before the leaf for its signer; it must not be revoked,
// its role must be one that signs leaves of the kind, and where the policy
// names keys for it, it must be one of those: a policy narrows what the log
// says, it brings no key back.
func (a *audit) signatures(ctx context.Context) error {
	a.enrolments = map[owner][]enrolment{}
	for _, l := range a.leaves.list {
		if l.Kind != evidence.Key {
			continue
		}
		if _, err := a.signedBy(ctx, l); err != nil {
			continue // said below
		}
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return err
		}
		e, err := evidence.DecodeEnrolment(leaf)
		var key string
		if err == nil {
			key, err = e.Verifier()
		}
		if err != nil {
			a.fault("signature", leafName(l.Index), "ask the centre about this key", "%v", err)
			continue
		}
		whose := owner{e.Agent, e.Site}
		a.enrolments[whose] = append(a.enrolments[whose], enrolment{index: l.Index, Enrolment: e, key: key})
	}
	const length = 256
	type part struct {
		sound  []leafRef
		keys   []KeyUsed
		faults []Fault
	}
	all := a.leaves.list
	a.present = all
	a.progress(Step{Stage: "signatures", Total: int64(len(all))})
	sound, used := all[:0:0], map[KeyUsed]bool{}
	err := inOrder(ctx, (len(all)+length-1)/length, func(ctx context.Context, k int) (*part, error) {
		p := &part{}
		for _, l := range all[k*length : min(len(all), (k+1)*length)] {
			key, err := a.signedBy(ctx, l)
			if err != nil {
				p.faults = append(p.faults, Fault{Check: "signature", Where: leafName(l.Index), What: err.Error(), Do: "do not use this leaf; ask the centre how it came into the log"})
				continue
			}
			p.sound = append(p.sound, l)
			if len(p.keys) == 0 || !slices.Contains(p.keys, key) {
				p.keys = append(p.keys, key)
			}
		}
		return p, nil
	}, func(k int, p *part) error {
		a.faults(p.faults)
		sound = append(sound, p.sound...)
		for _, key := range p.keys {
			if !used[key] && !slices.Contains(a.report.Keys, key) {
				used[key] = true
				a.report.Keys = append(a.report.Keys, key)
			}
		}
		a.progress(Step{Stage: "signatures", Done: int64(min(len(all), (k+1)*length)), Total: int64(len(all))})
		return nil
	})
	a.leaves.list = sound
	return err
}

// signedBy returns the key that signed the leaf, or why none did.
func (a *audit) signedBy(ctx context.Context, l leafRef) (KeyUsed, error) {
	key, err := a.keyOf(l)
	if err != nil {
		return key, fmt.Errorf("%s leaf of %s: %w", l.Kind, l.Signer, err)
	}
	entry, err := a.entryOf(ctx, l)
	if err != nil {
		return key, err
	}
	if err := signedWith(entry, key.Key); err != nil {
		return key, fmt.Errorf("%s leaf of %s: %s from the %s: %w", l.Kind, l.Signer, key.Key, key.From, err)
	}
	return key, nil
}

// signedWith checks an entry's own signature with a verifier key.
func signedWith(entry []byte, key string) error {
	leaf, err := evidence.DecodeLeaf(entry)
	if err != nil {
		return err
	}
	_, public, err := evidence.PublicKey(key)
	if err != nil {
		return err
	}
	return evidence.VerifyLeaf(leaf, public)
}

// holder says in a sentence who holds a key of the role.
func holder(r evidence.Role) string {
	if r == evidence.Gateway {
		return "a gateway"
	}
	return "the " + r.String()
}

// keyOf returns the one key that may have signed the leaf.
func (a *audit) keyOf(l leafRef) (KeyUsed, error) {
	if l.Kind == evidence.Key || keyName(a.logKey.Key) == l.Signer {
		switch {
		case keyName(a.logKey.Key) != l.Signer:
			return KeyUsed{}, errors.New("only the log's key enrols and revokes")
		case !evidence.LogKey.Signs(l.Kind):
			return KeyUsed{}, errors.New("the log's key signs checkpoints and key leaves, and nothing else")
		}
		return KeyUsed{Role: evidence.LogKey.String(), Key: a.logKey.Key, From: a.logKey.From}, nil
	}
	// The last before the leaf: an earlier key was replaced by it.
	of := a.enrolments[owner{l.Signer, l.Site}]
	i := sort.Search(len(of), func(i int) bool { return of[i].index >= l.Index }) - 1
	switch {
	case i < 0:
		return KeyUsed{}, errors.New("no key of this signer was enrolled before it")
	case of[i].Revoked:
		return KeyUsed{}, fmt.Errorf("no key of this signer was valid when it was logged: leaf %d revoked it", of[i].index)
	case !of[i].holds(l):
		return KeyUsed{}, fmt.Errorf("no key of this signer was valid when it was logged: that of leaf %d held until %s", of[i].index, stamp(at(of[i].To)))
	case !of[i].Role.Signs(l.Kind):
		return KeyUsed{}, fmt.Errorf("leaf %d enrolled its key for %s, which signs no such leaf", of[i].index, holder(of[i].Role))
	}
	key := KeyUsed{Role: of[i].Role.String(), Key: of[i].key, From: leafName(of[i].index)}
	if listed := a.policy.signers(of[i].Role); len(listed) > 0 {
		if key.From = "policy"; !slices.Contains(listed, key.Key) {
			return KeyUsed{}, fmt.Errorf("the key that leaf %d enrolled is not one that the policy lets sign for %s", of[i].index, holder(of[i].Role))
		}
	}
	return key, nil
}

// holds tells whether the key can have been valid when the leaf was logged.
// The log's order shows that it was enrolled by then, and that it was not
// revoked; readings may be older than the key, but not younger than its end.
func (e enrolment) holds(l leafRef) bool { return e.To == 0 || l.From < e.To }
