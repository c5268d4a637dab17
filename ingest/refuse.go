package ingest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Why a leaf is refused.
var (
	ErrMalformed = errors.New("it cannot be read")
	ErrIdentity  = errors.New("its topic and its content name different agents")
	ErrRole      = errors.New("its key may not sign leaves of this kind")
	ErrUnknown   = errors.New("the agent is not enrolled, or its key is not valid now")
	ErrChain     = errors.New("it contradicts the agent's chain")
)

// Refusals counts refused leaves by reason.
type Refusals struct {
	Malformed, Identity, Role, Unknown, Signature, Chain atomic.Uint64
}

// Total returns the sum over the reasons.
func (r *Refusals) Total() uint64 {
	return r.Malformed.Load() + r.Identity.Load() + r.Role.Load() + r.Unknown.Load() + r.Signature.Load() + r.Chain.Load()
}

func (r *Refusals) count(err error) {
	switch {
	case errors.Is(err, ErrIdentity):
		r.Identity.Add(1)
	case errors.Is(err, ErrRole):
		r.Role.Add(1)
	case errors.Is(err, ErrUnknown):
		r.Unknown.Add(1)
	case errors.Is(err, ErrSignature):
		r.Signature.Add(1)
	case errors.Is(err, ErrChain):
		r.Chain.Add(1)
	default:
		r.Malformed.Add(1)
	}
}

// maxRefused bounds the folder of refused leaves, in files of at most 64 KB.
const maxRefused = 512

// setAside keeps what was refused for a person to look at, named by its
// digest, as long as there is room.
func (in *Intake) setAside(payload []byte) error {
	dir := filepath.Join(in.Dir, "refused")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) >= maxRefused {
		return err
	}
	if len(payload) > 1<<16 {
		payload = payload[:1<<16]
	}
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%x.leaf", sha256.Sum256(payload))), payload, 0o600)
}
