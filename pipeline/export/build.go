package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nielu/nielu/measure"
)

// Maker is what [Build] makes bundles with.
type Maker struct {
	Log    Log
	Forms  Forms
	LogKey string                            // verifier key of the log
	Key    string                            // verifier key of Sign
	Sign   func(text string) ([]byte, error) // signs a note with the export key
	Name   string                            // program and version, for the manifest
}

// Build answers the query from the log as its newest checkpoint has it. The
// same query at the same size of the log gives the same bytes.
func Build(ctx context.Context, m Maker, q Query) ([]byte, error) {
	bundle, err := build(ctx, m, q)
	if err != nil {
		return nil, fmt.Errorf("export %s %s: %w", q.Plant, q.Interval, err)
	}
	return bundle, nil
}

func build(ctx context.Context, m Maker, q Query) ([]byte, error) {
	if _, err := measure.ParseName("plant", q.Plant); err != nil {
		return nil, err
	}
	if err := checkInterval(q.Interval); err != nil {
		return nil, err
	}
	note, err := m.Log.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	checkpoint, err := ParseCheckpoint(note)
	if err != nil {
		return nil, fmt.Errorf("checkpoint of the log: %w", err)
	}
	s := selection{m.Log, m.Forms, checkpoint.Size, map[uint64]opened{}}
	plantFile, plant, err := s.plantFile(ctx, q.Plant)
	if err != nil {
		return nil, err
	}
	if err := s.gather(ctx, q, plant); err != nil {
		return nil, err
	}
	leaves := slices.SortedFunc(maps.Values(s.leaves), func(a, b opened) int { return cmp.Compare(a.Index, b.Index) })
	gaps, faults := chains(leaves, m.Forms.Missing, q.Interval, plant.Lookback())
	if len(faults) > 0 {
		var errs []error
		for _, f := range faults {
			errs = append(errs, errors.New(f.String()))
		}
		return nil, errors.Join(errs...)
	}
	files := []File{{CheckpointName, note}}
	for _, l := range leaves {
		path, err := m.Log.Prove(ctx, l.Index, checkpoint.Size)
		if err != nil {
			return nil, err
		}
		files = append(files, File{leafName(l.Index), l.Bytes}, File{proofName(l.Index), FormatProof(Proof{l.Index, path, note})})
	}
	manifest := Manifest{
		Format: Format, MadeBy: m.Name, Key: m.Key, Plant: q.Plant, From: q.Interval.From.UTC(), To: q.Interval.To.UTC(),
		Log:  ManifestLog{checkpoint.Origin, checkpoint.Size, hexHash(checkpoint.Root), m.LogKey},
		Gaps: append([]Gap{}, gaps...), Views: ManifestViews{plantFile, labFiles(leaves, q.Plant)},
	}
	views, err := recompute(ctx, m.Forms, manifest, leaves, nil)
	if err != nil {
		return nil, err
	}
	files = append(files, views.files()...)
	manifest.Gaps = append(manifest.Gaps, views.holes...)
	slices.SortFunc(manifest.Gaps, compareGaps)
	return seal(m, manifest, files)
}

// seal adds the page for people, the manifest and its signature, and writes
// the container.
func seal(m Maker, manifest Manifest, files []File) ([]byte, error) {
	files = append(files, File{ReadmeName, readme(manifest)})
	slices.SortFunc(files, byPlace)
	manifest.Files = list(files)
	text := manifest.Encode()
	signature, err := m.Sign(signedText(text))
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	return Write(append(files, File{ManifestName, text}, File{SignatureName, signature}))
}
