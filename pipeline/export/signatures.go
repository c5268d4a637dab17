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
// signer when the leaf was logged: one of the policy or, if the policy names
// none for leaves, the one that the log enrolled last before the leaf. Only
// the log's key enrols and revokes.
func (a *audit) signatures(ctx context.Context) error {
	for _, l := range a.leaves {
		if l.Kind != Key {
			continue
		}
		if _, err := a.signedBy(l); err != nil {
			continue // said below
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
		if k.Role == "log" && keyName(k.Key) == l.Signer {
			keys = append(keys, KeyUsed{"signer", k.Key, k.From})
		}
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
	for i := len(a.enrolled) - 1; i >= 0; i-- {
		e := a.enrolled[i]
		if e.index >= l.Index || e.Name != l.Signer || e.Site != l.Site {
			continue
		}
		if !e.Revoked && e.holds(l) {
			keys = append(keys, KeyUsed{"signer", e.Key, leafName(e.index)})
		}
		break // an earlier key was replaced by this one
	}
	return keys
}

// holds tells whether the key can have been valid when the leaf was logged.
// The log's order shows that it was enrolled by then, and that it was not
// revoked; readings may be older than the key, but not younger than its end.
func (e enrolled) holds(l opened) bool { return e.To == 0 || l.From < e.To }
