package ingest

import (
	"bytes"
	"fmt"

	"github.com/nielu/nielu/evidence"
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
		if loss, err := evidence.DecodeLoss(l); err == nil && len(loss.Replaces) > 0 {
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
