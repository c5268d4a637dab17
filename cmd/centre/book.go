package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/ledger"
)

// bookOf keeps the book of what people wrote of a plant, from the log alone,
// and names the leaves it was kept from. A leaf that is wrong by today's rules
// is passed over, as in the projections.
func bookOf(ctx context.Context, log ingest.Leaves, plant string) (*custody.Book, ledger.Evidence, error) {
	var e ledger.Evidence
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Lab, evidence.Records}, Plant: plant})
	if err != nil {
		return nil, e, err
	}
	var entries []custody.Entry
	digest := sha256.New()
	for _, at := range found {
		data, err := log.Entry(ctx, at.Index)
		if err != nil {
			return nil, e, err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return nil, e, err
		}
		hash := evidence.LeafHash(data)
		digest.Write(hash[:])
		if entry, err := custody.Open(at.Index, leaf.Kind.String(), leaf.Name, leaf.Body); err == nil {
			entries = append(entries, entry)
		}
	}
	if len(found) > 0 {
		e.First, e.Last, e.Leaves = found[0].Index, found[len(found)-1].Index, uint64(len(found))
	}
	e.Digest = hex.EncodeToString(digest.Sum(nil))
	return custody.Keep(entries), e, nil
}
