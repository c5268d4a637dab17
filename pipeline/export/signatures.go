package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// enrolled is a key that a leaf of the log brought in or took away.
type enrolled struct {
	index uint64
	Enrolment
}

// signatures checks each leaf's own signature with a key that stood for its
// signer when the leaf was logged: one of the policy or, as far as the policy
// names none for leaves, one that an earlier leaf enrolled. The log's and the
// export key may sign under their own names.
func (a *audit) signatures(ctx context.Context) error {
	for _, l := range a.leaves {
		if l.Kind != Key {
			continue
		}
		e, err := a.forms.Enrolment(l.Leaf)
		if err != nil {
			a.fault("signature", leafName(l.Index), "ask the centre about this key", "%v", err)
			continue
		}
		a.enrolled = append(a.enrolled, enrolled{l.Index, e})
	}
	faults := make([]error, len(a.leaves))
	keys := make([]KeyUsed, len(a.leaves))
	err := parallel(ctx, len(a.leaves), func(i int) {
		keys[i], faults[i] = a.signedBy(a.leaves[i])
		a.progress("signatures", i, len(a.leaves))
	})
	var sound []opened
	for i, l := range a.leaves {
		if faults[i] != nil {
			a.fault("signature", leafName(l.Index), "do not use this leaf; ask the centre how it came into the log", "%v", faults[i])
			continue
		}
		sound = append(sound, l)
		if !slices.Contains(a.report.Keys, keys[i]) {
			a.report.Keys = append(a.report.Keys, keys[i])
		}
	}
	a.leaves = sound
	return err
}

// signedBy returns the key that signed the leaf, or why none did.
func (a *audit) signedBy(l opened) (KeyUsed, error) {
	var errs []error
	for _, key := range a.candidates(l) {
		err := a.forms.Signed(l.Bytes, key.Key)
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
	for _, k := range a.report.Keys {
		if k.Role != "signer" && keyName(k.Key) == l.Signer {
			keys = append(keys, KeyUsed{"signer", k.Key, k.From})
		}
	}
	for _, k := range a.policy.Signers {
		if keyName(k) == l.Signer {
			keys = append(keys, KeyUsed{"signer", k, "policy"})
		}
	}
	if len(a.policy.Signers) > 0 {
		return keys
	}
	for i, e := range a.enrolled {
		if e.Name == l.Signer && !e.Revoked && e.index < l.Index && e.holds(l) && !a.revoked(i, l.Index) {
			keys = append(keys, KeyUsed{"signer", e.Key, leafName(e.index)})
		}
	}
	return keys
}

// holds tells whether the leaf's time lies in the key's validity.
func (e enrolled) holds(l opened) bool {
	return e.From < max(l.To, l.From+1) && (e.To == 0 || l.From < e.To)
}

// revoked tells whether a later leaf took the i-th enrolment back before the index.
func (a *audit) revoked(i int, index uint64) bool {
	return slices.ContainsFunc(a.enrolled[i+1:], func(e enrolled) bool {
		return e.Revoked && e.index < index && e.Name == a.enrolled[i].Name && e.Key == a.enrolled[i].Key
	})
}
