// Package forms joins the evidence log to the export: it fills in, with the
// packages ingest, evidence and devices, what package export needs to know of
// the log's own forms. Command nielu-audit verifies with it and command nielu
// exports with it, so that both read the same bytes the same way.
package forms

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/export"
)

// Forms returns the forms of the evidence log.
func Forms() export.Forms {
	return export.Forms{
		Open:      open,
		Hash:      func(entry []byte) export.Hash { return export.Hash(evidence.LeafHash(entry)) },
		Needs:     needs,
		Enrolment: enrolment,
		Missing:   missing,
		Clock:     clock,
		Moved:     moved,
		Roll:      roll,
		Signs:     func(r export.Role, k export.Kind) bool { return evidence.Role(r).Signs(evidence.Kind(k)) },
		Method:    method,
		Signed:    signed,
		Note:      note,
		Signer:    signer,
		Cosigned:  evidence.OpenCosigned,
		Replay:    replay,
	}
}

func open(entry []byte) (export.Leaf, error) {
	l, err := evidence.DecodeLeaf(entry)
	if err != nil {
		return export.Leaf{}, err
	}
	out := export.Leaf{
		Head: export.Head{Kind: export.Kind(l.Kind), Site: l.Site, Signer: l.Signer, Plants: l.Plants, Name: l.Name},
		From: l.From, To: l.To, Body: l.Body,
		Link: export.Link{Epoch: l.Epoch, First: l.First, Last: l.Last},
	}
	out.Prev = hash(l.Prev)
	for _, h := range l.Before {
		out.Before = append(out.Before, export.Hash(h))
	}
	return out, nil
}

// leaf turns an opened leaf back into one of the log.
func leaf(l export.Leaf) evidence.Leaf {
	out := evidence.Leaf{
		Kind: evidence.Kind(l.Kind), Site: l.Site, Signer: l.Signer, Plants: l.Plants, From: l.From, To: l.To, Name: l.Name, Body: l.Body,
		Epoch: l.Epoch, First: l.First, Last: l.Last,
	}
	if l.Prev != (export.Hash{}) {
		out.Prev = l.Prev[:]
	}
	return out
}

func needs(l export.Leaf) (string, error) {
	return evidence.CatalogueOf(leaf(l))
}

func moved(l export.Leaf) (agent string, moves []export.Move, err error) {
	c, err := evidence.DecodeCorrection(leaf(l))
	for _, s := range c.Shifts {
		moves = append(moves, export.Move{Epoch: s.Epoch, First: s.First, Last: s.Last, From: s.From, To: s.To, Offset: s.Offset})
	}
	return c.Agent, moves, err
}

func clock(l export.Leaf) (string, error) {
	state, err := evidence.ClockOf(leaf(l))
	return state.String(), err
}

func enrolment(l export.Leaf) (export.Enrolment, error) {
	e, err := evidence.DecodeEnrolment(leaf(l))
	if err != nil {
		return export.Enrolment{}, err
	}
	return export.Enrolment{Name: e.Agent, Site: e.Site, Key: verifier(e.Agent, e.Public), From: e.From, To: e.To, Revoked: e.Revoked, Role: export.Role(e.Role)}, nil
}

// verifier writes an Ed25519 key as C2SP signed-note does.
func verifier(name string, public ed25519.PublicKey) string {
	key := append([]byte{1}, public...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key))
}

func missing(l export.Leaf) (export.Missing, error) {
	m, err := evidence.DecodeLoss(leaf(l))
	return export.Missing{From: m.From, To: m.To, Count: m.Count, Reason: m.Reason, Replaces: hash(m.Replaces)}, err
}

func roll(l export.Leaf) (all []export.Last, err error) {
	last, err := evidence.ParseRoll(l.Body)
	for _, x := range last {
		all = append(all, export.Last{Plant: x.Plant, Count: x.Count, Hash: export.Hash(x.Hash)})
	}
	return all, err
}

func signed(entry []byte, key string) error {
	l, err := evidence.DecodeLeaf(entry)
	if err != nil {
		return err
	}
	_, public, err := evidence.PublicKey(key)
	if err != nil {
		return err
	}
	return evidence.VerifyLeaf(l, public)
}

func note(data []byte, key string) ([]byte, error) {
	text, err := evidence.OpenNote(data, key)
	return []byte(text), err
}

// method returns a method file as it was published with this release.
func method(id string) ([]byte, bool) {
	text, err := configs.Methods.ReadFile("methods/" + id + ".yaml")
	return text, err == nil
}

// hash returns the hash in a field that may be empty.
func hash(field []byte) (h export.Hash) {
	copy(h[:], field)
	return h
}

func signer(data []byte) (text []byte, by string, err error) {
	said, by, err := evidence.ReadNote(data)
	return []byte(said), by, err
}
