package centre

import (
	"context"
	"sync"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/statement"
)

// acts is what was read of statements and their signatures, so that whoever
// asks again reads only what is new. The zero value has read nothing.
type acts struct {
	mu     sync.Mutex
	plants map[string]*actsOf
}

type actsOf struct {
	next uint64 // the first leaf that was not looked at
	all  []statement.Act
}

// register keeps the statements of a plant and how far each has come. Who
// asks may change what is returned.
func (a *acts) register(ctx context.Context, reader *ingest.Reader, plant string) (*statement.Register, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.plants[plant]
	if of == nil {
		of = &actsOf{}
	}
	found, err := reader.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Statement, evidence.Signature}, Plant: plant})
	if err != nil {
		return nil, err
	}
	for _, at := range found {
		if at.Index < of.next {
			continue
		}
		leaf, err := reader.Leaf(ctx, at.Index)
		if err != nil {
			return nil, err
		}
		of.next = at.Index + 1
		if act, err := actOf(at.Index, leaf); err == nil { // else it was no statement by today's rules
			of.all = append(of.all, act)
		}
	}
	if a.plants == nil {
		a.plants = map[string]*actsOf{}
	}
	a.plants[plant] = of
	return statement.Keep(of.all), nil
}

// actOf tells what a leaf does to statements.
func actOf(index uint64, leaf evidence.Leaf) (statement.Act, error) {
	if leaf.Kind == evidence.Statement {
		s, err := statement.Parse(leaf.Body)
		return statement.Act{Leaf: index, Event: statement.Seal, Statement: &s, Digest: statement.DigestOf(leaf.Body), By: leaf.Signer}, err
	}
	text, by, err := evidence.ReadNote(leaf.Body)
	if err != nil {
		return statement.Act{}, err
	}
	act, err := statement.ReadSignature(leaf.Name, []byte(text))
	act.Leaf, act.By = index, by
	return act, err
}
