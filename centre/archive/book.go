package archive

import (
	"context"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Book returns the book of what people wrote of a plant, and names the leaves
// it was made from.
func (a *Archive) Book(ctx context.Context, plant string) (*custody.Book, statement.Evidence, error) {
	entries, leaves, err := a.entries(ctx, plant)
	return custody.Replay(entries), leaves, err
}

// entries reads what people wrote of a plant, and names the leaves, those of
// its plant files among them. One that is wrong by today's rules is passed
// over, as in the projections.
func (a *Archive) entries(ctx context.Context, plant string) (entries []custody.Entry, e statement.Evidence, err error) {
	var tally statement.Tally
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab, evidence.Records}, Plant: plant}) {
		if err != nil {
			return nil, e, err
		}
		tally.Add(leaf.Index, leaf.Hash)
		if leaf.Kind == evidence.Config {
			continue
		}
		if entry, err := custody.Open(leaf.Index, leaf.From, leaf.Kind, leaf.Name, leaf.Body); err == nil {
			entries = append(entries, entry)
		}
	}
	return entries, tally.Evidence(), nil
}
