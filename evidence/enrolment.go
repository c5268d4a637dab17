package evidence

import (
	"crypto/ed25519"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/nielu/nielu/evidence/wire"
)

// Enrolment says which key an agent signs with, or the centre.
type Enrolment struct {
	Site, Agent string
	Public      ed25519.PublicKey
	From, To    int64 // Unix nanoseconds it is valid in; To 0: until revoked
	Revoked     bool
	Role        Role // Gateway or Centre
}

// Verifier returns the key as signed notes write it.
func (e Enrolment) Verifier() (string, error) {
	return note.NewEd25519VerifierKey(e.Agent, e.Public)
}

// EncodeEnrolment returns an enrolment as an unsigned leaf; signer is the
// name of the centre's key.
func EncodeEnrolment(signer string, e Enrolment) (Leaf, error) {
	body, err := wire.Marshal(&wire.KeyBody{
		Agent: e.Agent, Site: e.Site, PublicKey: e.Public, ValidFrom: e.From, ValidTo: e.To, Revoked: e.Revoked, Role: uint32(e.Role),
	})
	if err != nil {
		return Leaf{}, fmt.Errorf("encode enrolment: %w", err)
	}
	return Leaf{Kind: Key, Site: e.Site, Signer: signer, Name: e.Agent, From: e.From, To: e.From + 1, Body: body}, nil
}

// DecodeEnrolment reads a leaf of kind Key.
func DecodeEnrolment(l Leaf) (Enrolment, error) {
	if l.Kind != Key {
		return Enrolment{}, fmt.Errorf("decode enrolment: it is a %v", l.Kind)
	}
	var body wire.KeyBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
		return Enrolment{}, fmt.Errorf("decode enrolment: %w", err)
	}
	if len(body.PublicKey) != ed25519.PublicKeySize {
		return Enrolment{}, fmt.Errorf("decode enrolment of %s/%s: a key of %d bytes", body.Site, body.Agent, len(body.PublicKey))
	}
	if body.Role > uint32(Centre) {
		return Enrolment{}, fmt.Errorf("decode enrolment of %s/%s: a key is enrolled as a gateway's (0) or the centre's (1), not as %d", body.Site, body.Agent, body.Role)
	}
	return Enrolment{
		Site: body.Site, Agent: body.Agent, Public: body.PublicKey, From: body.ValidFrom, To: body.ValidTo, Revoked: body.Revoked, Role: Role(body.Role),
	}, nil
}
