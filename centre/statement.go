package centre

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/statement"
)

// issue states a lot that is over, from the log as it was when the lot was
// found complete, and enters the statement in the log.
func (c *Centre) issue(ctx context.Context, due projection.DueLot) error {
	if due.Plant.Product == "" {
		return nil // a plant without a product for a sink has nothing to state
	}
	log := asOf{c.Reader.Log, due.Through}
	book, entered, err := bookOf(ctx, log, due.Plant.ID)
	if err != nil {
		return err
	}
	lab := book.Lab()
	files, err := c.Config.filesOf(ctx, log, due.Plant.ID)
	if err != nil {
		return err
	}
	bearing, rests, err := c.bearing(ctx, log, files, due)
	if err != nil {
		return err
	}
	statements, err := c.acts.register(ctx, c.Reader, due.Plant.ID)
	if err != nil {
		return err
	}
	last := statements.Newest(due.Plant.ID, due.Lot, c.Method.ID)
	if last == nil {
		if lot, ok := lab.Lot(due.Lot); ok && lot.Placed != nil && *lot.Placed == 0 {
			return nil // a removal exists where the product was placed, and none was yet
		}
		last = &statement.Standing{}
	}
	s, err := statement.StateLot(ctx, statement.Input{
		Lab: lab, Lot: due.Lot, Revision: last.Revision + 1, Made: statements.Made(due.Plant.ID), Method: *c.Method, Evidence: rests, Entered: entered,
	}, bearing, &ingest.Reader{Log: log, Decode: devices.Decode})
	if err != nil {
		return err
	}
	if s.Covered == 0 {
		return nil // nothing of it was measured, or nothing has arrived yet: there is nothing to state
	}
	if last.Revision > 0 && sameAccount(s, last.Statement) {
		return nil // it was stated before, from the same evidence
	}
	if last.State == statement.Certified {
		c.Logger.Warn("the evidence of a certified lot has changed; withdraw its statement with a reason to state it anew", "lot", s.Lot,
			"certified_dry_mass", last.Dry, "dry_mass", s.Dry, "certified", carbon.Shown(last.Account.Net), "net", carbon.Shown(s.Account.Net))
		return nil
	}
	if other, why := statements.Certified(s.Claim()); other != nil {
		c.Logger.Warn("a lot is not stated; withdraw the certified statement with a reason to state it", "lot", s.Lot, "cause", why, "certified_leaf", other.Leaf)
		return nil
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

// sameAccount tells whether two statements say the same but for their revision.
// A record that changes nothing of a lot does not state it anew.
func sameAccount(a, b statement.Statement) bool {
	a.Revision, a.Entered = b.Revision, b.Entered
	return string(a.Text()) == string(b.Text())
}

// restsOn names the leaves of gateways that can bear on a lot: the batches, and
// the losses and clock corrections of those who sent them.
func restsOn(ctx context.Context, log asOf, plant *pipeline.Plant, lot measure.Interval) (e statement.Evidence, err error) {
	w := plant.Around(lot)
	batches, err := (&ingest.Reader{Log: log}).Bearing(ctx, plant.ID, w)
	if err != nil {
		return e, err
	}
	agents, hashes := map[string]bool{}, map[uint64]evidence.Hash{}
	for _, index := range batches {
		leaf, hash, err := log.leaf(ctx, index)
		if err != nil {
			return e, err
		}
		agents[leaf.Signer], hashes[index] = true, hash
	}
	found, err := log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Loss, evidence.Clock}})
	if err != nil {
		return e, err
	}
	for _, entry := range found {
		leaf, hash, err := log.leaf(ctx, entry.Index)
		if err != nil {
			return e, err
		}
		names := slices.Contains(leaf.Plants, plant.ID)
		if agents[leaf.Signer] && (len(leaf.Plants) == 0 || names) || leaf.Kind == evidence.Clock && leaf.Epoch == 0 && names {
			hashes[entry.Index] = hash
		}
	}
	var rests statement.Tally
	for _, index := range slices.Sorted(maps.Keys(hashes)) {
		rests.Add(index, hashes[index])
	}
	return rests.Evidence(), nil
}
