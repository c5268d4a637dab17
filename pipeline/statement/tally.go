package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// Tally names the leaves that something rests on, one after another in the
// order of the log. The zero Tally has none.
type Tally struct {
	e      Evidence
	digest hash.Hash
}

// Add takes the next leaf by its index and its leaf hash.
func (t *Tally) Add(index uint64, leaf [sha256.Size]byte) {
	if t.digest == nil {
		t.digest, t.e.First = sha256.New(), index
	}
	t.digest.Write(leaf[:])
	t.e.Last = index
	t.e.Leaves++
}

// Evidence returns the leaves so far.
func (t *Tally) Evidence() Evidence {
	e := t.e
	sum := sha256.Sum256(nil)
	if t.digest != nil {
		sum = [sha256.Size]byte(t.digest.Sum(nil))
	}
	e.Digest = hex.EncodeToString(sum[:])
	return e
}
