package evidence

import (
	"fmt"

	"github.com/nielu/nielu/evidence/wire"
)

// LossRecord is the record of a hole: scans that were refused or damaged. It stands
// in the agent's chain like a batch.
type LossRecord struct {
	Reason   string
	Count    uint64 // scans; 0: not known
	From, To int64  // Unix nanoseconds of the first and the last of them; 0: not known
	Replaces []byte // hash of the damaged leaf it stands for, if any; the next leaf's Prev
}

// EncodeLoss returns the record as an unsigned leaf. The caller sets its chain.
func EncodeLoss(site, agent string, plants []string, loss LossRecord) (Leaf, error) {
	body, err := wire.Marshal(&wire.LossBody{
		Reason: loss.Reason, Count: loss.Count, From: loss.From, To: loss.To, Replaces: loss.Replaces,
	})
	if err != nil {
		return Leaf{}, fmt.Errorf("encode loss: %w", err)
	}
	l := Leaf{Kind: Loss, Site: site, Signer: agent, Plants: plants, Body: body}
	if loss.To != 0 && loss.From <= loss.To {
		l.From, l.To = loss.From, loss.To+1
	}
	return l, nil
}

// DecodeLoss reads a leaf of kind Loss.
func DecodeLoss(l Leaf) (LossRecord, error) {
	if l.Kind != Loss {
		return LossRecord{}, fmt.Errorf("decode loss: it is a %v", l.Kind)
	}
	var body wire.LossBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
		return LossRecord{}, fmt.Errorf("decode loss: %w", err)
	}
	if n := len(body.Replaces); n != 0 && n != len(Hash{}) {
		return LossRecord{}, fmt.Errorf("decode loss: hash of %d bytes", n)
	}
	return LossRecord{Reason: body.Reason, Count: body.Count, From: body.From, To: body.To, Replaces: body.Replaces}, nil
}
