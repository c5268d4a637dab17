package archive

import (
	"context"
	"maps"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/pipeline/statement"
)

// Bearing returns the plant files that bear on a lot, of all that the log
// holds, and names the leaves of gateways that can. The first of these leaves
// tells which file was there before it, and the file how far the evidence
// reaches around the lot: what the files see at most is asked first.
func (a *Archive) Bearing(ctx context.Context, files []statement.PlantFile, lot measure.Interval) ([]statement.PlantFile, statement.Evidence, error) {
	bearing := statement.FilesOfLot(files, lot, 0)
	for {
		if len(bearing) == 0 {
			return nil, statement.Evidence{}, nil
		}
		leaves, err := a.evidenceOf(ctx, statement.WidestPlant(bearing), lot)
		if err != nil {
			return nil, leaves, err
		}
		next := statement.FilesOfLot(files, lot, leaves.First)
		if len(next) == len(bearing) {
			return next, leaves, nil
		}
		bearing = next
	}
}

// evidenceOf names the leaves of gateways that can bear on a lot: the batches,
// and the losses and clock corrections of those who sent them.
func (a *Archive) evidenceOf(ctx context.Context, plant *flowsheet.Plant, lot measure.Interval) (e statement.Evidence, err error) {
	batches, err := a.Reader.BatchesIn(ctx, plant.ID, rollup.Around(plant, lot))
	if err != nil {
		return e, err
	}
	agents, hashes := map[string]bool{}, map[uint64]evidence.Hash{}
	for _, index := range batches {
		leaf, err := a.leaf(ctx, index)
		if err != nil {
			return e, err
		}
		agents[leaf.Signer], hashes[index] = true, leaf.Hash
	}
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Loss, evidence.Clock}}) {
		if err != nil {
			return e, err
		}
		names := slices.Contains(leaf.Plants, plant.ID)
		if agents[leaf.Signer] && (len(leaf.Plants) == 0 || names) || leaf.Kind == evidence.Clock && leaf.Epoch == 0 && names {
			hashes[leaf.Index] = leaf.Hash
		}
	}
	var tally statement.Tally
	for _, index := range slices.Sorted(maps.Keys(hashes)) {
		tally.Add(index, hashes[index])
	}
	return tally.Evidence(), nil
}
