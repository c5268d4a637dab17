package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// State is how far a statement has come. A draft is no leaf of the log yet.
type State string

// The states of a statement.
const (
	Draft      State = "draft"      // computed, and not in the log
	Sealed     State = "sealed"     // in the log: its text stays as it is
	Signed     State = "signed"     // its maker answers for it
	Certified  State = "certified"  // a verifier checked it and put a second signature on the same text
	Superseded State = "superseded" // a later revision stands in its place
	Withdrawn  State = "withdrawn"  // taken back, with a reason; a certificate is worth nothing any more
)

// EventKind says how a statement moves from one state to another.
type EventKind string

// The kinds of events. Each is a leaf of the log, but that a later revision supersedes.
const (
	Seal      EventKind = "seal"
	Sign      EventKind = "sign"
	Certify   EventKind = "certify"
	Supersede EventKind = "supersede"
	Withdraw  EventKind = "withdraw"
)

// transitions is all that may happen to a statement. What a verifier certified
// is not superseded by itself: it is withdrawn first, by a person and with a
// reason, so that no certificate stands beside a second one for the same mass.
var transitions = []struct {
	from State
	on   EventKind
	to   State
}{
	{Draft, Seal, Sealed},
	{Sealed, Sign, Signed},
	{Signed, Certify, Certified},
	{Sealed, Supersede, Superseded},
	{Signed, Supersede, Superseded},
	{Sealed, Withdraw, Withdrawn},
	{Signed, Withdraw, Withdrawn},
	{Certified, Withdraw, Withdrawn},
}

// After returns the state after an event, or what may happen instead.
func (s State) After(e EventKind) (State, error) {
	var may []string
	for _, t := range transitions {
		if t.from != s {
			continue
		}
		if t.on == e {
			return t.to, nil
		}
		may = append(may, string(t.on))
	}
	if len(may) == 0 {
		return s, fmt.Errorf("a %s statement stays as it is", s)
	}
	return s, fmt.Errorf("cannot %s a %s statement; what can be done is %s", e, s, strings.Join(may, " or "))
}

// Status is a statement and how far it has come.
type Status struct {
	Statement
	Leaf   uint64
	Digest string
	State  State
	Events []Event // what happened to it, in order
}

// Register is all statements of a log.
type Register struct {
	Statements []*Status // in the order of the log
	Refused    []error   // events that were not allowed, in the order of the log: they changed nothing
}

// Replay goes through the events in the order of the log.
func Replay(events []Event) *Register {
	r := &Register{}
	for _, e := range events {
		if err := r.Apply(e); err != nil {
			r.Refused = append(r.Refused, fmt.Errorf("leaf %d: %w", e.Leaf, err))
		}
	}
	return r
}

// Apply enters one event, or says why it cannot be.
func (r *Register) Apply(a Event) error {
	if a.Kind == Seal {
		return r.seal(a)
	}
	s := r.Find(a.Digest)
	if s == nil {
		return fmt.Errorf("%s: there is no statement with the digest sha256:%s", a.Kind, a.Digest)
	}
	next, err := s.State.After(a.Kind)
	if err != nil {
		return fmt.Errorf("lot %s, revision %d: %w", s.Lot, s.Revision, err)
	}
	if a.Kind == Certify {
		if !s.Account.Eligible {
			return fmt.Errorf("lot %s, revision %d: an account that is not eligible cannot be certified; its requirements not met say what is missing", s.Lot, s.Revision)
		}
		for _, act := range s.Events {
			if act.Kind == Sign && act.By == a.By {
				return fmt.Errorf("lot %s, revision %d: %s signed it as its maker: another must certify it", s.Lot, s.Revision, a.By)
			}
		}
		if other := r.certifiedOf(s.Plant, s.Lot); other != nil {
			return fmt.Errorf("lot %s is certified already, in leaf %d by %s: its mass counts once", s.Lot, other.Leaf, other.Account.Method)
		}
	}
	if a.Kind == Sign || a.Kind == Certify {
		if other, why := r.CertifiedAgainst(s.Claim()); other != nil {
			return fmt.Errorf("lot %s, revision %d: %s, and leaf %d is certified: its mass counts once", s.Lot, s.Revision, why, other.Leaf)
		}
	}
	s.State, s.Events = next, append(s.Events, a)
	return nil
}

// seal enters a new statement. Older ones of its lot and method are
// superseded, and those of other lots that share its time or a unit: what it
// counts they counted. One that is certified is not: it is withdrawn first.
func (r *Register) seal(a Event) error {
	s := &Status{Statement: *a.Statement, Leaf: a.Leaf, Digest: a.Digest, State: Sealed, Events: []Event{a}}
	if r.Find(a.Digest) != nil {
		return fmt.Errorf("lot %s, revision %d is there already", s.Lot, s.Revision)
	}
	if other := r.certifiedOf(s.Plant, s.Lot); other != nil {
		return fmt.Errorf("lot %s is certified in leaf %d: withdraw that before it is stated anew", s.Lot, other.Leaf)
	}
	if other, why := r.CertifiedAgainst(s.Claim()); other != nil {
		return fmt.Errorf("lot %s, revision %d: %s, and leaf %d is certified: withdraw that before the mass is stated anew", s.Lot, s.Revision, why, other.Leaf)
	}
	for _, old := range r.Statements {
		revised := old.Plant == s.Plant && old.Lot == s.Lot && old.Account.Method == s.Account.Method
		if !revised && Clash(old.Claim(), s.Claim()) == "" {
			continue
		}
		if next, err := old.State.After(Supersede); err == nil {
			old.State, old.Events = next, append(old.Events, Event{Leaf: a.Leaf, Kind: Supersede, Digest: a.Digest})
		}
	}
	r.Statements = append(r.Statements, s)
	return nil
}

func (r *Register) certifiedOf(plant, lot string) *Status {
	for _, s := range r.Statements {
		if s.Plant == plant && s.Lot == lot && s.State == Certified {
			return s
		}
	}
	return nil
}

// Find returns the statement with the digest, nil if there is none.
func (r *Register) Find(digest string) *Status {
	for _, s := range r.Statements {
		if s.Digest == digest {
			return s
		}
	}
	return nil
}

// Before returns the statements of a list that were in the log before a leaf.
func Before(all []Status, leaf uint64) *Register {
	r := &Register{}
	for i := range all {
		if all[i].Leaf < leaf {
			r.Statements = append(r.Statements, &all[i])
		}
	}
	return r
}

// Made returns the lots of a plant whose readings gave a statement with some
// product: they were made, whatever became of the statement.
func (r *Register) Made(plant string) (lots []string) {
	for _, s := range r.Statements {
		if s.Plant == plant && s.Dry > 0 && !slices.Contains(lots, s.Lot) {
			lots = append(lots, s.Lot)
		}
	}
	return lots
}

// Newest returns the newest statement of a lot by a method, nil if there is none.
func (r *Register) Newest(plant, lot, method string) (newest *Status) {
	for _, s := range r.Statements {
		if s.Plant == plant && s.Lot == lot && s.Account.Method == method {
			newest = s
		}
	}
	return newest
}

// DigestOf returns the digest of a statement's text, SHA-256 in hexadecimal.
func DigestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const withdrawal = "nielu withdrawal 1"

// WithdrawalText is what a maker signs to take a statement back.
func WithdrawalText(digest, reason string) []byte {
	return fmt.Appendf(nil, "%s\nstatement sha256:%s\nreason %s\n", withdrawal, digest, strings.Join(strings.Fields(reason), " "))
}

// ReadSignature tells what the text of a signature leaf does: a statement's
// own text signs or certifies it, as the leaf is named; a withdrawal takes it back.
func ReadSignature(name string, text []byte) (Event, error) {
	if rest, ok := strings.CutPrefix(string(text), withdrawal+"\nstatement sha256:"); ok {
		digest, reason, ok := strings.Cut(rest, "\nreason ")
		reason, ended := strings.CutSuffix(reason, "\n")
		if !ok || !ended || reason == "" || strings.Contains(reason, "\n") || string(WithdrawalText(digest, reason)) != string(text) {
			return Event{}, fmt.Errorf("withdrawal: not in its one form, %s, the statement and a reason", withdrawal)
		}
		return Event{Kind: Withdraw, Digest: digest, Reason: reason}, nil
	}
	if _, err := Parse(text); err != nil {
		return Event{}, err
	}
	switch e := EventKind(name); e {
	case Sign, Certify:
		return Event{Kind: e, Digest: DigestOf(text)}, nil
	}
	return Event{}, fmt.Errorf("signature %q is neither %s nor %s", name, Sign, Certify)
}
