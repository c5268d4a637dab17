package writer

import (
	"context"
	"errors"

	"github.com/nielu/nielu/evidence"
)

// Decide signs a decision with what comes before it in its chains and appends
// it. One is appended after another, so that the order of the chains is the
// order of the log. The leaf is given its Before and its Signature.
func (l *Log) Decide(ctx context.Context, leaf *evidence.Leaf, sign func(message []byte) []byte) (uint64, error) {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	return l.decide(ctx, leaf, sign, func(d *evidence.Decisions) { leaf.Before = d.Before(*leaf) })
}

// Roll appends a roll of the decisions, unless nothing was appended since the
// last one. Of leaf only the site, the signer and the times count.
func (l *Log) Roll(ctx context.Context, leaf evidence.Leaf, sign func(message []byte) []byte) error {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	if l.Size() == l.rolled {
		return nil
	}
	leaf.Kind = evidence.Roll
	index, err := l.decide(ctx, &leaf, sign, func(d *evidence.Decisions) { leaf.Body = d.Roll() })
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
func (l *Log) decide(ctx context.Context, leaf *evidence.Leaf, sign func(message []byte) []byte, fill func(*evidence.Decisions)) (index uint64, err error) {
	if l.decisions == nil {
		if l.decisions, err = l.Decisions(ctx); err != nil {
			return 0, err
		}
	}
	fill(l.decisions)
	leaf.Signature = sign(leaf.Message())
	data, err := evidence.EncodeLeaf(*leaf)
	if err != nil {
		return 0, err
	}
	if index, err = l.Append(context.WithoutCancel(ctx), data); err != nil {
		l.decisions = nil // whether it came into the log is read from the log
		return 0, errors.Join(err, l.Settle(context.WithoutCancel(ctx)))
	}
	l.decisions.Add(*leaf, evidence.LeafHash(data))
	l.decided = l.decided || leaf.Decides()
	return index, nil
}
