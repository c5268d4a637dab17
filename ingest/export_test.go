package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/evidence"
)

// Total returns the sum over the reasons.
func (r *Refusals) Total() uint64 {
	return r.Malformed.Load() + r.Identity.Load() + r.Role.Load() + r.Unknown.Load() + r.Signature.Load() + r.Chain.Load()
}

// Revoke appends to the log that an agent's leaves are not taken any more.
func (in *Intake) Revoke(ctx context.Context, name, site string) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	key := in.keyOf(agentID{site, name})
	if key.Public == nil {
		return fmt.Errorf("revoke %s/%s: %w", site, name, ErrUnknown)
	}
	return in.enrol(ctx, evidence.Enrolment{Site: site, Agent: name, Public: key.Public, From: time.Now().UnixNano(), Revoked: true, Role: key.Role})
}
