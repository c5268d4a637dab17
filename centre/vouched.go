package centre

import (
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
)

// vouched is the log without decisions that somebody signed who may not. Each
// is said once.
func (c *Centre) vouched() *ingest.Vouched {
	return &ingest.Vouched{Leaves: c.Evidence, Key: c.LogKey.Public(), Refused: func(index uint64, leaf evidence.Leaf) {
		c.Logger.Error("a leaf of the log does not count: its signer may not sign such a leaf; find out how it came into the log", "leaf", index, "kind", leaf.Kind, "signer", leaf.Signer)
	}}
}

// Vouched is the log without decisions that somebody signed who may not.
func (a *Archive) Vouched() ingest.Leaves {
	_, key, err := evidence.PublicKey(a.LogKey)
	if err != nil {
		key = nil // no leaf counts
	}
	return &ingest.Vouched{Leaves: a.Log, Key: key}
}
