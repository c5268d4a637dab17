package ingest

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync/atomic"

	"github.com/nielu/nielu/ingest/evidence"
)

// IntakeStats are the counters of an intake.
type IntakeStats struct {
	Accepted, Bytes, Scans, Duplicates, Early, Refused, Receipts, Failures, Connects atomic.Uint64
}

// Intake takes agents' leaves from a broker into the evidence log.
type Intake struct {
	Log    *evidence.Log
	Key    *evidence.SigningKey // the log's key: signs receipts and enrolments
	Dial   Dial
	Dir    string // folder of its own: a snapshot of the heads, and refused leaves
	Logger *slog.Logger
	Stats  IntakeStats
}

// Enrol appends an agent's public key to the log: from now on its leaves are taken.
func (in *Intake) Enrol(ctx context.Context, agent, site string, public ed25519.PublicKey) error {
	return nil
}

// Run takes leaves until ctx ends.
func (in *Intake) Run(ctx context.Context) error { <-ctx.Done(); return nil }
