package centre

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Known is an error that wraps [ErrNoPeriod] if the centre's file has no plant
// of that name and the log has none from earlier.
func (c *Config) Known(ctx context.Context, plant string) error {
	if slices.Contains(c.ids, plant) {
		return nil
	}
	unknown := fmt.Errorf("%w: no plant %s; the centre's file has %s", ErrNoPeriod, plant, strings.Join(c.ids, ", "))
	archive, err := c.Archive()
	if err != nil {
		return unknown
	}
	found, err := archive.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}, Plant: plant})
	if err != nil {
		return err
	}
	for _, entry := range found {
		data, err := archive.Log.Entry(ctx, entry.Index)
		if err != nil {
			return err
		}
		if leaf, err := evidence.DecodeLeaf(data); err == nil && slices.Contains(leaf.Plants, plant) {
			return nil
		}
	}
	return unknown
}

// Spoken is an error that wraps [ErrNoPeriod] if the log holds nothing that
// speaks of a plant within an interval: an export of it would be of nothing.
func (a *Archive) Spoken(ctx context.Context, plant string, w measure.Interval) error {
	found, err := a.Log.Find(ctx, evidence.Query{Plant: plant, Interval: w,
		Kinds: []evidence.Kind{evidence.Batch, evidence.Loss, evidence.Lab, evidence.Records, evidence.Statement}})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: the log holds nothing of %s in %s", ErrNoPeriod, plant, w)
	}
	return err
}
