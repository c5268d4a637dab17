package ingest

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
)

// Place is a place in an agent's chain: after one leaf.
type Place struct {
	Epoch uint64        `json:"epoch"`
	Last  uint64        `json:"last"`  // sequence number; 0: none in the epoch yet
	Hash  evidence.Hash `json:"hash"`  // of the leaf; zero: the beginning
	Index uint64        `json:"index"` // of the leaf in the log
}

// After returns the place after a leaf of the chain. A record of loss that
// stands for a damaged leaf takes its hash.
func After(p Place, l evidence.Leaf, hash evidence.Hash, index uint64) Place {
	next := Place{Epoch: l.Epoch, Last: l.Last, Hash: hash, Index: index}
	if l.Last == 0 && l.Epoch == p.Epoch {
		next.Last = p.Last
	}
	if l.Kind == evidence.Loss {
		if loss, err := DecodeLoss(l); err == nil && len(loss.Replaces) > 0 {
			copy(next.Hash[:], loss.Replaces)
		}
	}
	return next
}

// Follows checks that a leaf is the next of an agent's chain: it carries the
// hash of the leaf before, and its sequence numbers go on without a hole, or
// begin with 1 in a later epoch. A leaf without numbers takes none.
func Follows(p Place, l evidence.Leaf) error {
	switch {
	case !followsHash(p.Hash, l.Prev):
		return fmt.Errorf("the leaf before it is not the one at epoch %d, %d", p.Epoch, p.Last)
	case l.Epoch == 0 || l.Epoch < p.Epoch:
		return fmt.Errorf("epoch %d after epoch %d", l.Epoch, p.Epoch)
	case l.Last == 0:
		return nil
	case l.Epoch == p.Epoch && l.First != p.Last+1:
		return fmt.Errorf("sequence number %d after %d", l.First, p.Last)
	case l.Epoch > p.Epoch && l.First != 1:
		return fmt.Errorf("sequence number %d begins epoch %d", l.First, l.Epoch)
	}
	return nil
}

func followsHash(hash evidence.Hash, prev []byte) bool {
	if hash == (evidence.Hash{}) {
		return len(prev) == 0
	}
	return bytes.Equal(hash[:], prev)
}

// Enrolment says which key an agent signs with, or the centre.
type Enrolment struct {
	Site, Agent string
	Public      ed25519.PublicKey
	From, To    int64 // Unix nanoseconds it is valid in; To 0: until revoked
	Revoked     bool
	Role        evidence.Role // Gateway or Centre
}

// EncodeEnrolment returns an enrolment as an unsigned leaf; signer is the
// name of the centre's key.
func EncodeEnrolment(signer string, e Enrolment) (evidence.Leaf, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&wire.KeyBody{
		Agent: e.Agent, Site: e.Site, PublicKey: e.Public, ValidFrom: e.From, ValidTo: e.To, Revoked: e.Revoked, Role: uint32(e.Role),
	})
	if err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode enrolment: %w", err)
	}
	return evidence.Leaf{Kind: evidence.Key, Site: e.Site, Signer: signer, Name: e.Agent, From: e.From, To: e.From + 1, Body: body}, nil
}

// DecodeEnrolment reads a leaf of kind Key.
func DecodeEnrolment(l evidence.Leaf) (Enrolment, error) {
	if l.Kind != evidence.Key {
		return Enrolment{}, fmt.Errorf("decode enrolment: it is a %v", l.Kind)
	}
	var body wire.KeyBody
	if err := proto.Unmarshal(l.Body, &body); err != nil {
		return Enrolment{}, fmt.Errorf("decode enrolment: %w", err)
	}
	if len(body.PublicKey) != ed25519.PublicKeySize {
		return Enrolment{}, fmt.Errorf("decode enrolment of %s/%s: a key of %d bytes", body.Site, body.Agent, len(body.PublicKey))
	}
	if body.Role > uint32(evidence.Centre) {
		return Enrolment{}, fmt.Errorf("decode enrolment of %s/%s: a key is enrolled as a gateway's (0) or the centre's (1), not as %d", body.Site, body.Agent, body.Role)
	}
	return Enrolment{
		Site: body.Site, Agent: body.Agent, Public: body.PublicKey, From: body.ValidFrom, To: body.ValidTo, Revoked: body.Revoked, Role: evidence.Role(body.Role),
	}, nil
}
