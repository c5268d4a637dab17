package centre

import (
	"context"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// bookOf keeps the book of what people wrote of a plant, from the log alone,
// and names the leaves it was kept from.
func bookOf(ctx context.Context, log ingest.Leaves, plant string) (*custody.Book, statement.Evidence, error) {
	entries, rests, err := entriesOf(ctx, log, plant)
	return custody.Keep(entries), rests, err
}

// entriesOf reads what people wrote of a plant, and names the leaves, those of
// its plant files among them. One that is wrong by today's rules is passed
// over, as in the projections.
func entriesOf(ctx context.Context, log ingest.Leaves, plant string) (entries []custody.Entry, e statement.Evidence, err error) {
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab, evidence.Records}, Plant: plant})
	if err != nil {
		return nil, e, err
	}
	var rests statement.Tally
	for _, at := range found {
		data, err := log.Entry(ctx, at.Index)
		if err != nil {
			return nil, e, err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return nil, e, err
		}
		rests.Add(at.Index, evidence.LeafHash(data))
		if leaf.Kind == evidence.Config {
			continue
		}
		if entry, err := custody.Open(at.Index, leaf.From, leaf.Kind.String(), leaf.Name, leaf.Body); err == nil {
			entries = append(entries, entry)
		}
	}
	return entries, rests.Evidence(), nil
}
