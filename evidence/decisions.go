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

// decisionKinds are the kinds of leaves that are always decisions.
var decisionKinds = []Kind{Key, Config, Lab, Statement, Records, Signature}

// Decides tells whether the leaf is a decision of people or of the centre. A
// loss or a clock correction is one where no agent has it in its chain.
func (l Leaf) Decides() bool {
	return slices.Contains(decisionKinds, l.Kind) || (l.Kind == Loss || l.Kind == Clock) && l.Epoch == 0
}

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
		d.last[plant] = Last{plant, d.last[plant].Count + 1, hash}
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
		d.last[f[0]] = Last{f[0], count, Hash(hash)}
		all = append(all, d.last[f[0]])
	}
	if !bytes.Equal(d.Roll(), body) {
		return nil, errors.New("roll: not in its one spelling")
	}
	return all, nil
}

// Decide signs a decision with what comes before it in its chains and appends
// it. One is appended after another, so that the order of the chains is the
// order of the log. The leaf is given its Before and its Signature.
func (l *Log) Decide(ctx context.Context, leaf *Leaf, sign func(message []byte) []byte) (uint64, error) {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	return l.decide(ctx, leaf, sign, func(d *Decisions) { leaf.Before = d.Before(*leaf) })
}

// Roll appends a roll of the decisions, unless nothing was appended since the
// last one. Of leaf only the site, the signer and the times count.
func (l *Log) Roll(ctx context.Context, leaf Leaf, sign func(message []byte) []byte) error {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	if l.Size() == l.rolled {
		return nil
	}
	leaf.Kind = Roll
	index, err := l.decide(ctx, &leaf, sign, func(d *Decisions) { leaf.Body = d.Roll() })
	if err == nil {
		l.rolled, l.decided = index+1, false
	}
	return err
}

// Unrolled returns how many leaves were appended since the last roll, and
// whether a decision is among them.
func (l *Log) Unrolled() (leaves uint64, decided bool) {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	return l.Size() - min(l.rolled, l.Size()), l.decided
}

// decide fills in, signs and appends a leaf. The caller holds l.deciding.
func (l *Log) decide(ctx context.Context, leaf *Leaf, sign func(message []byte) []byte, fill func(*Decisions)) (index uint64, err error) {
	if l.decisions == nil {
		if l.decisions, err = l.Decisions(ctx); err != nil {
			return 0, err
		}
	}
	fill(l.decisions)
	leaf.Signature = sign(leaf.Message())
	data, err := EncodeLeaf(*leaf)
	if err != nil {
		return 0, err
	}
	if index, err = l.Append(context.WithoutCancel(ctx), data); err != nil {
		l.decisions = nil // whether it came into the log is read from the log
		return 0, errors.Join(err, l.Settle(context.WithoutCancel(ctx)))
	}
	l.decisions.Add(*leaf, LeafHash(data))
	l.decided = l.decided || leaf.Decides()
	return index, nil
}

// Decisions reads where the chains of the log end.
func (r *Reader) Decisions(ctx context.Context) (*Decisions, error) {
	found, err := r.Find(ctx, Query{Kinds: append([]Kind{Loss, Clock}, decisionKinds...)})
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
