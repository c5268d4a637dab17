package export

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Maker is what [Build] makes bundles with.
type Maker struct {
	Log      Log
	Replay   Replay
	LogKey   string                              // verifier key of the log
	Key      string                              // verifier key of Sign
	Sign     func(text string) ([]byte, error)   // signs a note with the export key
	Name     string                              // program and version, for the manifest
	File     func(digest string) ([]byte, error) // a file that records or leaves name by its digest, "sha256:" and hexadecimal
	Progress Progress                            // nil: nobody listens
}

// Build answers the query from the log as its newest checkpoint has it, and
// writes the bundle from its first byte to its last. The same query at the
// same size of the log gives the same bytes. What it keeps in memory grows
// with the number of leaves, by some 150 bytes each, and not with the readings.
func Build(ctx context.Context, m Maker, q Query, to io.Writer) error {
	if err := build(ctx, m, q, to); err != nil {
		return fmt.Errorf("export %s %s: %w", q.Plant, q.Interval, err)
	}
	return nil
}

func build(ctx context.Context, m Maker, q Query, to io.Writer) error {
	if m.Progress == nil {
		m.Progress = func(Step) {}
	}
	if _, err := measure.ParseName("plant", q.Plant); err != nil {
		return err
	}
	if err := checkInterval(q.Interval); err != nil {
		return err
	}
	checkpoint, err := m.Log.Checkpoint(ctx)
	if err != nil {
		return err
	}
	s := newSelection(m, checkpoint.Size)
	plantFile, plant, err := s.plantFile(ctx, q.Plant)
	if err != nil {
		return err
	}
	if err := s.gather(ctx, q, plant); err != nil {
		return err
	}
	shelf := s.found()
	list, links := shelf.bearingLeaves(q.Plant, bearingOn(plant, q.Interval))
	all := &leaves{decode: shelf.decode, list: list, bytes: shelf.bytes, file: shelf.file}
	gaps, faults := chains(links, all.missing(ctx), q.Interval, plant.Stale())
	if len(faults) > 0 {
		var errs []error
		for _, f := range faults {
			errs = append(errs, errors.New(f.String()))
		}
		return errors.Join(errs...)
	}
	manifest := Manifest{
		Format: Format, MadeBy: m.Name, Key: m.Key, Plant: q.Plant, From: q.Interval.From.UTC(), To: q.Interval.To.UTC(),
		Log:   ManifestLog{Origin: checkpoint.Origin, Size: checkpoint.Size, Root: hexHash(checkpoint.Root), Key: m.LogKey},
		Views: ManifestViews{plantFile, all.labFiles(q.Plant)},
	}
	b := binder{Maker: m, Writer: NewWriter(to)}
	if err := errors.Join(b.add(File{ReadmeName, readme(manifest)}), b.add(File{CheckpointName, checkpoint.Note})); err != nil {
		return err
	}
	if err := b.tiles(ctx, shelf, checkpoint.Size); err != nil {
		return err
	}
	if err := b.originals(ctx, all, q.Plant); err != nil {
		return err
	}
	manifest.Gaps = gaps
	if err := b.views(ctx, all, &manifest); err != nil {
		return err
	}
	return b.seal(manifest)
}

// binder puts the files of a bundle in their order and notes their digests.
type binder struct {
	Maker
	*Writer
	sums []byte // the text of SHA256SUMS
}

func (b *binder) add(f File) error {
	b.sums = appendSum(b.sums, f.Name, sha256.Sum256(f.Data))
	return b.Add(f)
}

// tiles adds the hash tiles that the leaves need and the leaves, by tile.
func (b *binder) tiles(ctx context.Context, all *leaves, size uint64) error {
	var ns []uint64
	for _, l := range all.list {
		if n := l.Index / evidence.TileWidth; len(ns) == 0 || ns[len(ns)-1] != n {
			ns = append(ns, n)
		}
	}
	for _, t := range evidence.ProvingTiles(size, ns) {
		data, err := b.Log.Tile(ctx, t)
		if err != nil {
			return err
		}
		if err := b.add(File{evidence.TilePath(t), data}); err != nil {
			return err
		}
	}
	rest := all.list
	for i, n := range ns {
		t := evidence.TileAt(evidence.EntriesLevel, n, size)
		var data []byte
		for index := n * evidence.TileWidth; index < n*evidence.TileWidth+uint64(t.W); index++ {
			var entry []byte
			if len(rest) > 0 && rest[0].Index == index {
				var err error
				if entry, err = all.bytes(ctx, index); err != nil {
					return err
				}
				rest = rest[1:]
			}
			data = evidence.AppendEntry(data, entry)
		}
		if err := b.add(File{evidence.TilePath(t), data}); err != nil {
			return err
		}
		b.Progress(Step{Stage: "leaves", Done: int64(i + 1), Total: int64(len(ns))})
	}
	return nil
}

// views adds the tables and the report for people, and the times without readings
// to the manifest's gaps.
func (b *binder) views(ctx context.Context, all *leaves, manifest *Manifest) error {
	r, err := newRecomputation(ctx, all, *manifest, b.Progress)
	if err != nil {
		return err
	}
	silence, days := r.silence(), &reportDays{recomputation: r}
	err = inOrder(ctx, len(r.days), func(ctx context.Context, i int) (*dayResult, error) {
		d, err := r.compute(ctx, i)
		if err != nil {
			return nil, err
		}
		return d, d.pack()
	}, func(i int, d *dayResult) error {
		silence.add(r.days[i].Interval, d.seen)
		days.add(d)
		for _, f := range d.packed {
			if err := b.add(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	manifest.Gaps = joinGaps(manifest.Gaps, silence.end())
	file, _, err := days.page(ctx, *manifest)
	if err != nil {
		return err
	}
	files := []File{file}
	for _, l := range all.statementsIn(manifest.Plant, manifest.Interval()) {
		leaf, err := all.leaf(ctx, l)
		if err != nil {
			return err
		}
		files = append(files, File{statementName(l.Index), leaf.Body})
	}
	slices.SortFunc(files, func(a, b File) int { return byPlace(a.Name, b.Name) })
	for _, f := range files {
		if err := b.add(f); err != nil {
			return err
		}
	}
	return nil
}

// seal adds the list of digests, the manifest and its signature, and ends the
// container.
func (b *binder) seal(manifest Manifest) error {
	manifest.Sums = hexHash(sha256.Sum256(b.sums))
	signature, err := b.Sign(signedText(manifest))
	if err != nil {
		return fmt.Errorf("sign manifest: %w", err)
	}
	return errors.Join(b.Add(File{SumsName, b.sums}), b.Add(File{ManifestName, manifest.Encode()}), b.Add(File{SignatureName, signature}), b.Close())
}
