package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

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
	return in.enrol(ctx, evidence.Enrolment{Site: site, Agent: name, Public: public, From: time.Now().UnixNano(), Role: role})
}

func (in *Intake) enrol(ctx context.Context, e evidence.Enrolment) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	key := in.keyOf(agentID{e.Site, e.Agent})
	same := key.Public.Equal(e.Public)
	if same && key.Revoked == e.Revoked && key.Role == e.Role {
		return nil
	}
	if key.Public != nil && !same && !key.Revoked && key.Role != e.Role {
		return fmt.Errorf("enrol %s/%s: the name is that of a key of the %v: give this one another name", e.Site, e.Agent, key.Role)
	}
	l, err := evidence.EncodeEnrolment(in.Key.Name(), e)
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
