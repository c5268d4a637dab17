package ingest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nielu/nielu/evidence"
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

// of returns the counter of an error's kind.
func (r *Refusals) of(err error) *atomic.Uint64 {
	switch {
	case errors.Is(err, ErrIdentity):
		return &r.Identity
	case errors.Is(err, ErrRole):
		return &r.Role
	case errors.Is(err, ErrUnknown):
		return &r.Unknown
	case errors.Is(err, evidence.ErrSignature):
		return &r.Signature
	case errors.Is(err, ErrChain):
		return &r.Chain
	}
	return &r.Malformed
}

// refusalKind is a kind of refusal of an enrolled agent, or of all others. Whoever
// writes to a topic chooses the words; the kinds are ours, and few.
type refusalKind struct {
	agent agentID
	kind  *atomic.Uint64
}

// lastLogged is when a kind of refusal was last logged, and how often it came since.
type lastLogged struct {
	at   time.Time
	more int
}

// logRefusalEvery is how often a kind of refusal that goes on is logged.
const logRefusalEvery = time.Hour

// refuse counts a message, sets it aside and acknowledges it: poison never
// blocks. The first of a kind of an agent is logged, and then one an hour.
func (in *Intake) refuse(id agentID, m message, cause error) {
	kind := in.Stats.Refused.of(cause)
	kind.Add(1)
	in.mu.Lock()
	if in.agents[id] == nil {
		id = agentID{}
	}
	last, known := in.refused[refusalKind{id, kind}]
	news := !known || time.Since(last.at) >= logRefusalEvery
	if news {
		in.refused[refusalKind{id, kind}] = lastLogged{at: time.Now()}
	} else {
		in.refused[refusalKind{id, kind}] = lastLogged{at: last.at, more: last.more + 1}
	}
	in.mu.Unlock()
	if news && in.Logger != nil {
		in.Logger.Warn("a leaf is refused; others like it are only counted", "topic", m.topic, "cause", cause, "since the last word", last.more,
			"kept in", filepath.Join(in.Dir, "refused"))
	}
	if err := in.setAside(m.payload); err != nil && news && in.Logger != nil {
		in.Logger.Warn("set a refused leaf aside", "error", err)
	}
	m.ack()
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
