package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// owner is whom a key stands for.
type owner struct{ name, site string }

// enrolled is a key that a leaf of the log brought in or took away.
type enrolled struct {
	index uint64
	Enrolment
}

// signatures checks each leaf's own signature with a key that stood for its
// signer when the leaf was logged: one of the policy or, if the policy names
// none for leaves, the one that the log enrolled last before the leaf. Only
// the log's key enrols and revokes.
func (a *audit) signatures(ctx context.Context) error {
	a.enrolled = map[owner][]enrolled{}
	for _, l := range a.leaves.list {
		if l.Kind != Key {
			continue
		}
		if _, err := a.signedBy(ctx, l); err != nil {
			continue // said below
		}
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return err
		}
		e, err := a.forms.Enrolment(leaf)
		if err != nil {
			a.fault("signature", leafName(l.Index), "ask the centre about this key", "%v", err)
			continue
		}
		whose := owner{e.Name, e.Site}
		a.enrolled[whose] = append(a.enrolled[whose], enrolled{l.Index, e})
	}
	const length = 256
	type part struct {
		sound  []opened
		keys   []KeyUsed
		faults []Fault
	}
	all := a.leaves.list
	a.progress(Step{Stage: "signatures", Total: int64(len(all))})
	sound, used := all[:0:0], map[KeyUsed]bool{}
	err := inOrder(ctx, (len(all)+length-1)/length, func(ctx context.Context, k int) (*part, error) {
		p := &part{}
		for _, l := range all[k*length : min(len(all), (k+1)*length)] {
			key, err := a.signedBy(ctx, l)
			if err != nil {
				p.faults = append(p.faults, Fault{"signature", leafName(l.Index), err.Error(), "do not use this leaf; ask the centre how it came into the log"})
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
			if !used[key] {
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
func (a *audit) signedBy(ctx context.Context, l opened) (KeyUsed, error) {
	entry, err := a.entryOf(ctx, l)
	if err != nil {
		return KeyUsed{}, err
	}
	var errs []error
	for _, key := range a.candidates(l) {
		err := a.forms.Signed(entry, key.Key)
		if err == nil {
			return key, nil
		}
		errs = append(errs, fmt.Errorf("%s from the %s: %w", key.Key, key.From, err))
	}
	if len(errs) == 0 {
		return KeyUsed{}, fmt.Errorf("%s leaf of %s: no key of this signer was valid when it was logged", l.Kind, l.Signer)
	}
	return KeyUsed{}, fmt.Errorf("%s leaf of %s: %w", l.Kind, l.Signer, errors.Join(errs...))
}

// candidates returns the keys that could have signed the leaf.
func (a *audit) candidates(l opened) (keys []KeyUsed) {
	if k := a.logKey; keyName(k.Key) == l.Signer {
		keys = append(keys, KeyUsed{"signer", k.Key, k.From})
	}
	if l.Kind == Key {
		return keys
	}
	for _, k := range a.policy.Signers {
		if keyName(k) == l.Signer {
			keys = append(keys, KeyUsed{"signer", k, "policy"})
		}
	}
	if len(a.policy.Signers) > 0 {
		return keys
	}
	// The last before the leaf: an earlier key was replaced by it.
	of := a.enrolled[owner{l.Signer, l.Site}]
	if i := sort.Search(len(of), func(i int) bool { return of[i].index >= l.Index }) - 1; i >= 0 && !of[i].Revoked && of[i].holds(l) {
		keys = append(keys, KeyUsed{"signer", of[i].Key, leafName(of[i].index)})
	}
	return keys
}

// holds tells whether the key can have been valid when the leaf was logged.
// The log's order shows that it was enrolled by then, and that it was not
// revoked; readings may be older than the key, but not younger than its end.
func (e enrolled) holds(l opened) bool { return e.To == 0 || l.From < e.To }
