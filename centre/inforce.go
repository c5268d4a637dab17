package centre

import (
	"context"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/statement"
)

// filesOf returns the plant files of a plant that a log holds, in the order
// they were entered. One that is wrong by today's rules is passed over.
func (c *Config) filesOf(ctx context.Context, log ingest.Leaves, plant string) (files []statement.File, err error) {
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}, Plant: plant})
	if err != nil {
		return nil, err
	}
	for _, at := range found {
		data, err := log.Entry(ctx, at.Index)
		if err != nil {
			return nil, err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return nil, err
		}
		text, err := custody.Content(leaf.Body, c.File)
		if err != nil {
			return nil, err
		}
		if p, err := pipeline.ParsePlant(leaf.Name, text); err == nil && p.ID == plant {
			files = append(files, statement.File{Index: at.Index, Entered: time.Unix(0, leaf.From).UTC(), Plant: p})
		}
	}
	return files, nil
}

// bearing returns the files that bear on a lot, and names the leaves of
// gateways that can. The first evidence tells which file was there before it,
// and the file how far the evidence reaches around the lot: what the files see
// at most is asked first.
func (c *Centre) bearing(ctx context.Context, log asOf, files []statement.File, due projection.DueLot) ([]statement.File, statement.Evidence, error) {
	bearing := statement.Bearing(files, due.Interval, 0)
	for {
		if len(bearing) == 0 {
			return nil, statement.Evidence{}, nil
		}
		rests, err := restsOn(ctx, log, statement.Widest(bearing), due.Interval)
		if err != nil {
			return nil, rests, err
		}
		next := statement.Bearing(files, due.Interval, rests.First)
		if len(next) == len(bearing) {
			return next, rests, nil
		}
		bearing = next
	}
}
