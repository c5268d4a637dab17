package archive

import (
	"context"
	"errors"
	"sync"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/statement"
)

// statementIndex is what was read of statements and their signatures, so that
// whoever asks again reads only what is new. The zero value has read nothing.
type statementIndex struct {
	mu     sync.Mutex
	plants map[string]*plantStatements
}

type plantStatements struct {
	next   uint64 // the first leaf that was not looked at
	events []statement.Event
}

// Statements returns the statements of a plant and how far each has come. Who
// asks may change what is returned.
func (a *Archive) Statements(ctx context.Context, plant string) (*statement.Register, error) {
	a.statements.mu.Lock()
	defer a.statements.mu.Unlock()
	of := a.statements.plants[plant]
	if of == nil {
		of = &plantStatements{}
	}
	found, err := a.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Statement, evidence.Signature}, Plant: plant})
	if err != nil {
		return nil, err
	}
	for _, at := range found {
		if at.Index < of.next {
			continue
		}
		leaf, err := a.leaf(ctx, at.Index)
		if err != nil {
			return nil, err
		}
		of.next = at.Index + 1
		if event, err := statement.EventOf(leaf.Index, leaf.Leaf); err == nil { // else it was no statement by today's rules
			of.events = append(of.events, event)
		}
	}
	if a.statements.plants == nil {
		a.statements.plants = map[string]*plantStatements{}
	}
	a.statements.plants[plant] = of
	return statement.Replay(of.events), nil
}

// ErrNoStatement says that a lot is not stated.
var ErrNoStatement = errors.New("there is no such statement")

// StatementText returns the text of the newest statement of a lot.
func (a *Archive) StatementText(ctx context.Context, plant, lot string) (text []byte, err error) {
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Statement}, Plant: plant}) {
		if err != nil {
			return nil, err
		}
		if leaf.Name == lot {
			text = leaf.Body
		}
	}
	if text == nil {
		return nil, ErrNoStatement
	}
	return text, nil
}
