package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/ledger"
	"github.com/nielu/nielu/pipeline/projection"
)

// issue states a lot that is over, from the log as it was when the lot was
// found complete, and enters the statement in the log.
func (c *Centre) issue(ctx context.Context, due projection.DueLot) error {
	if due.Plant.Product == "" {
		return nil // a plant without a product for a sink has nothing to state
	}
	log := asOf{c.Evidence, due.Through}
	lab, err := c.labOf(ctx, log, due.Plant.ID, due.Lot)
	if err != nil {
		return err
	}
	rests, err := restsOn(ctx, log, due.Plant, due.Interval)
	if err != nil {
		return err
	}
	product, err := ledger.Count(ctx, due.Plant, lab, due.Lot, &ingest.Reader{Log: log, Decode: devices.Decode})
	if err != nil {
		return err
	}
	if product.Covered == 0 {
		return nil // nothing of it was measured, or nothing has arrived yet: there is nothing to state
	}
	last, err := c.lastStatement(ctx, due.Plant.ID, due.Lot)
	if err != nil {
		return err
	}
	s, err := ledger.NewStatement(ledger.Input{
		Plant: due.Plant, Lab: lab, Lot: due.Lot, Revision: last.Revision + 1, Method: *c.Method, Product: product, Evidence: rests,
	})
	if err != nil {
		return err
	}
	if again := s; last.Revision > 0 {
		again.Revision = last.Revision
		if string(again.Text()) == string(last.Text()) {
			return nil // it was stated before, from the same evidence
		}
	}
	index, err := c.append(ctx, evidence.Leaf{
		Kind: evidence.Statement, Plants: []string{s.Plant}, Name: s.Lot, Body: s.Text(),
		From: s.Interval.From.UnixNano(), To: s.Interval.To.UnixNano(),
	})
	if err != nil {
		return fmt.Errorf("enter the statement of %s: %w", s.Lot, err)
	}
	c.Logger.Info("stated", "lot", s.Lot, "revision", s.Revision, "dry_mass", s.Dry, "eligible", s.Account.Eligible, "leaf", index)
	return nil
}

// labOf returns the newest laboratory file that speaks of the lot.
func (c *Centre) labOf(ctx context.Context, log ingest.Leaves, plant, lot string) (*pipeline.Lab, error) {
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Lab}, Plant: plant})
	if err != nil {
		return nil, err
	}
	for i := len(found) - 1; i >= 0; i-- {
		leaf, err := c.Reader.Leaf(ctx, found[i].Index)
		if err != nil {
			return nil, err
		}
		lab, err := pipeline.ParseLab(leaf.Name, leaf.Body)
		if err != nil {
			continue // it was no laboratory file by today's rules; an older one may be
		}
		if l, ok := lab.Lot(lot); ok && l.Plant == plant {
			return lab, nil
		}
	}
	return nil, fmt.Errorf("no laboratory file in the log speaks of lot %s of %s", lot, plant)
}

// restsOn names the batches that can bear on a lot.
func restsOn(ctx context.Context, log asOf, plant *pipeline.Plant, lot measure.Interval) (e ledger.Evidence, err error) {
	w := measure.Interval{From: lot.From.Add(-plant.Lookback()), To: lot.To.Add(plant.Lookback())}
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Batch}, Plant: plant.ID, Interval: w})
	if err != nil {
		return e, err
	}
	digest := sha256.New()
	for _, entry := range found {
		data, err := log.Entry(ctx, entry.Index)
		if err != nil {
			return e, err
		}
		hash := evidence.LeafHash(data)
		digest.Write(hash[:])
	}
	if len(found) > 0 {
		e.First, e.Last, e.Leaves = found[0].Index, found[len(found)-1].Index, uint64(len(found))
	}
	e.Digest = hex.EncodeToString(digest.Sum(nil))
	return e, nil
}

// lastStatement returns the newest statement of a lot; its revision is 0 if there is none.
func (c *Centre) lastStatement(ctx context.Context, plant, lot string) (last ledger.Statement, err error) {
	found, err := c.Evidence.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Statement}, Plant: plant})
	for i := len(found) - 1; err == nil && i >= 0; i-- {
		leaf, err := c.Reader.Leaf(ctx, found[i].Index)
		if err != nil {
			return last, err
		}
		if leaf.Name == lot {
			return ledger.Parse(leaf.Body)
		}
	}
	return last, err
}
