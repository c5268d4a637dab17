package evidence

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What people and the centre decide is a chain: each decision names the one
// before, so that none can be taken out of the middle. There is a chain of
// what concerns all plants, keys and methods, and one for each plant; a
// decision about plants names the last one of the first chain as well. A roll
// names the last decision of every chain, so that none can be taken off the
// end: whoever shows a roll and every leaf behind it shows all decisions.

// DecisionKinds returns the kinds of leaves that can be decisions.
func DecisionKinds() []Kind {
	return []Kind{Key, Config, Lab, Loss, Clock, Statement, Records, Signature}
}

// Decides tells whether a leaf of the kind is a decision of people or of the
// centre. A loss or a clock correction is one where no agent has it in its
// chain: in no epoch.
func (k Kind) Decides(epoch uint64) bool {
	return slices.Contains(DecisionKinds(), k) && (k != Loss && k != Clock || epoch == 0)
}

// Decides tells whether the leaf is a decision of people or of the centre.
func (l Leaf) Decides() bool { return l.Kind.Decides(l.Epoch) }

// everyPlant names the chain of what concerns all plants in a roll. No plant
// has such a name.
const everyPlant = "*"

// Last is the end of one chain of decisions.
type Last struct {
	Plant string // empty: the chain of what concerns all plants
	Count uint64 // decisions in it
	Hash  Hash   // of the last of them
}

// Decisions is where the chains of a log end. The zero Decisions is that of an
// empty log.
type Decisions struct{ last map[string]Last }

// Before returns what a decision names that comes next.
func (d *Decisions) Before(l Leaf) []Hash {
	before := []Hash{d.last[""].Hash}
	for _, plant := range l.Plants {
		before = append(before, d.last[plant].Hash)
	}
	return before
}

// Add takes a decision into account; other leaves change nothing.
func (d *Decisions) Add(l Leaf, hash Hash) {
	if !l.Decides() {
		return
	}
	if d.last == nil {
		d.last = map[string]Last{}
	}
	chains := l.Plants
	if len(chains) == 0 {
		chains = []string{""}
	}
	for _, plant := range chains {
		d.last[plant] = Last{Plant: plant, Count: d.last[plant].Count + 1, Hash: hash}
	}
}

const rollTitle = "nielu roll 1\n"

// Roll returns the body of a leaf of kind Roll: a title, and of each chain a
// line, by name, with how many decisions it has and the hash of the last.
func (d *Decisions) Roll() []byte {
	text := []byte(rollTitle)
	for _, plant := range slices.Sorted(maps.Keys(d.last)) {
		name := plant
		if name == "" {
			name = everyPlant
		}
		last := d.last[plant]
		text = fmt.Appendf(text, "%s %d %x\n", name, last.Count, last.Hash[:])
	}
	return text
}

// ParseRoll reads the body of a leaf of kind Roll, in its one spelling.
func ParseRoll(body []byte) ([]Last, error) {
	lines, ok := strings.CutPrefix(string(body), rollTitle)
	if !ok {
		return nil, fmt.Errorf("roll: does not begin with %q", rollTitle)
	}
	d := Decisions{last: map[string]Last{}}
	var all []Last
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("roll: %q is not a plant, a number and a hash", line)
		}
		count, err := strconv.ParseUint(f[1], 10, 64)
		hash, err2 := hex.DecodeString(f[2])
		if err := errors.Join(err, err2); err != nil || len(hash) != len(Hash{}) {
			return nil, fmt.Errorf("roll: %q is not a plant, a number and a hash", line)
		}
		if f[0] == everyPlant {
			f[0] = ""
		}
		d.last[f[0]] = Last{Plant: f[0], Count: count, Hash: Hash(hash)}
		all = append(all, d.last[f[0]])
	}
	if !bytes.Equal(d.Roll(), body) {
		return nil, errors.New("roll: not in its one spelling")
	}
	return all, nil
}

// Decisions reads where the chains of the log end.
func (r *Reader) Decisions(ctx context.Context) (*Decisions, error) {
	found, err := r.Find(ctx, Query{Kinds: DecisionKinds()})
	if err != nil {
		return nil, fmt.Errorf("chains of decisions: %w", err)
	}
	d := &Decisions{}
	for _, at := range found {
		data, err := r.Entry(ctx, at.Index)
		if err != nil {
			return nil, fmt.Errorf("chains of decisions: %w", err)
		}
		leaf, err := DecodeLeaf(data)
		if err != nil {
			return nil, fmt.Errorf("chains of decisions: leaf %d: %w", at.Index, err)
		}
		d.Add(leaf, LeafHash(data))
	}
	return d, nil
}
