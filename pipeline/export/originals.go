package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/custody"
)

// filesFolder holds the files that records name, each under its digest.
const filesFolder = "files/"

func originalName(digest string) string { return filesFolder + strings.TrimPrefix(digest, "sha256:") }

// book keeps the book of what people wrote of a plant.
func (s *leaves) book(ctx context.Context, plant string) (*custody.Book, error) {
	var entries []custody.Entry
	for _, index := range s.labFiles(plant) {
		l, _ := s.find(index)
		e, err := s.entry(ctx, l)
		if ctx.Err() != nil {
			return nil, err
		}
		if err == nil { // what is wrong by the rules of its form was never used
			entries = append(entries, e)
		}
	}
	return custody.Replay(entries), nil
}

// originals adds the files that records of the plant name, reports,
// certificates, photographs, and plant files that are too large for a leaf.
func (b *binder) originals(ctx context.Context, all *leaves, plant string) error {
	book, err := all.book(ctx, plant)
	if err != nil {
		return err
	}
	referred, err := all.originalDigests(ctx)
	if err != nil {
		return err
	}
	for _, digest := range mergeSorted(book.Files(plant), referred) {
		if b.File == nil {
			return fmt.Errorf("records name the file %s, and there is nowhere to take it from", digest)
		}
		data, err := b.File(digest)
		if err == nil && fmt.Sprintf("sha256:%x", sha256.Sum256(data)) != digest {
			err = fmt.Errorf("it was changed")
		}
		if err != nil {
			return fmt.Errorf("the file %s, which a record names: %w; put it back from a backup", digest, err)
		}
		if err := b.add(File{originalName(digest), data}); err != nil {
			return err
		}
	}
	return nil
}

// originalDigests returns the digests of the configuration files that are too large
// for their leaves.
func (s *leaves) originalDigests(ctx context.Context) (digests []string, err error) {
	for _, l := range s.list {
		if l.Kind != evidence.Config {
			continue
		}
		leaf, err := s.leaf(ctx, l)
		if err != nil {
			return nil, err
		}
		if digest, large := custody.Referred(leaf.Body); large {
			digests = append(digests, digest)
		}
	}
	return digests, nil
}

// mergeSorted returns digests in order, each once.
func mergeSorted(some, more []string) []string {
	all := slices.Concat(some, more)
	slices.Sort(all)
	return slices.Compact(all)
}

// original returns a file of the bundle that a leaf stands for.
func (a *audit) original(digest string) ([]byte, error) {
	data, found, err := a.bundle.file(originalName(digest), custody.MaxFile)
	if err == nil && !found {
		err = errors.New("it is not in the bundle")
	}
	return data, err
}

// originals checks that every file that a record names is there, and no other.
// That each has the digest in its name is checked here, that it has the one
// that is listed elsewhere.
func (a *audit) originals(ctx context.Context) error {
	book, err := a.leaves.book(ctx, a.manifest.Plant)
	if err != nil {
		return err
	}
	a.noteCorrections(book.Changes(a.manifest.Plant))
	referred, err := a.leaves.originalDigests(ctx)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, digest := range mergeSorted(book.Files(a.manifest.Plant), referred) {
		name := originalName(digest)
		named[name] = true
		switch i, found := a.bundle.index[name]; {
		case !found:
			a.fault("files", name, "ask who made the bundle for it", "a record or a leaf names this file, and it is not there")
		case hex.EncodeToString(a.sums[i][:]) != name[len(filesFolder):]:
			a.fault("files", name, "do not rely on this file; ask who made the bundle for the one that the record names", "has SHA-256 %x: it is not what the record names", a.sums[i])
		}
	}
	for _, e := range a.bundle.entries {
		if strings.HasPrefix(e.name, filesFolder) && !named[e.name] {
			a.fault("files", e.name, "do not rely on this file; no record names it", "belongs to no record")
		}
	}
	return nil
}

// maxCorrections is how many corrections a verdict tells; extract writes them all.
const maxCorrections = 50

// noteCorrections notes what people corrected and withdrew: nothing is wrong with
// it, and a reader must know it.
func (a *audit) noteCorrections(changes []custody.Change) {
	for i, c := range changes {
		if i == maxCorrections {
			a.report.Notes = append(a.report.Notes, fmt.Sprintf("%d more records were corrected or withdrawn: nielu-audit extract lists them", len(changes)-i))
			return
		}
		a.report.Notes = append(a.report.Notes, c.String())
	}
}
