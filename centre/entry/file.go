package entry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
	"github.com/nielu/nielu/pipeline/custody"
)

// File is a file that becomes a leaf before anything is computed with it.
type File struct {
	Kind   evidence.Kind
	Name   string
	Plants []string // that it speaks of; none: all
	Body   []byte
}

// place is where a newer file takes the place of an older one: of a plant, or
// of a name.
func (f File) place() string {
	if f.Kind == evidence.Config && len(f.Plants) > 0 {
		return f.Kind.String() + " of " + f.Plants[0]
	}
	return f.Kind.String() + " " + f.Name
}

// digest names the file, or the one that a leaf's body stands for.
func (f File) digest() string {
	if digest, large := custody.Referred(f.Body); large {
		return digest
	}
	return digestOf(f.Body)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Files appends the files that are not the newest of their kind in the log. One
// that is too large for a leaf is kept beside the log, and the leaf names it.
func (s *Service) Files(ctx context.Context, files []File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files(ctx, files)
}

func (s *Service) files(ctx context.Context, files []File) error {
	for _, f := range files {
		in, err := s.holds(ctx, f)
		if err != nil {
			return err
		}
		if in {
			continue
		}
		if len(f.Body) > custody.MaxFile {
			return fmt.Errorf("enter %s: %d bytes, at most %d are allowed", f.Name, len(f.Body), custody.MaxFile)
		}
		body, large := f.Body, false
		if f.Kind == evidence.Config {
			body, large = custody.Refer(f.Body)
		}
		if large {
			if err := s.keep(f.digest(), f.Body); err != nil {
				return fmt.Errorf("enter %s: %w", f.Name, err)
			}
		}
		if _, err := s.append(ctx, evidence.Leaf{Kind: f.Kind, Name: f.Name, Plants: f.Plants, Body: body}); err != nil {
			return fmt.Errorf("enter %s: %w", f.Name, err)
		}
		s.Logger.Info("entered in the log", "kind", f.Kind, "file", f.Name, "plants", f.Plants)
		s.newest[f.place()] = f.digest()
	}
	return nil
}

// holds tells whether the log holds a file, and none that took its place: a
// file that is brought back after another is entered again.
func (s *Service) holds(ctx context.Context, f File) (bool, error) {
	if s.newest == nil {
		if err := s.recall(ctx); err != nil {
			return false, err
		}
	}
	return s.newest[f.place()] == f.digest(), nil
}

// recall finds out which files the log holds already.
func (s *Service) recall(ctx context.Context) error {
	found, err := s.Archive.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab}})
	if err != nil {
		return err
	}
	newest := map[string]string{}
	for _, at := range found {
		leaf, err := s.Archive.Reader.Leaf(ctx, at.Index)
		if err != nil {
			return err
		}
		f := File{Kind: leaf.Kind, Name: leaf.Name, Plants: leaf.Plants, Body: leaf.Body}
		newest[f.place()] = f.digest()
	}
	s.newest = newest
	return nil
}

// Attached answers a file that was sent.
type Attached struct {
	Digest string `json:"digest"`
	Bytes  int    `json:"bytes"`
}

// Attach keeps a file that records name on disk under its digest before it
// answers.
func (s *Service) Attach(_ context.Context, author string, data []byte) (made Attached, err error) {
	if len(data) == 0 {
		return made, refused("send the file's bytes as the body", "the file is empty")
	}
	made = Attached{Digest: digestOf(data), Bytes: len(data)}
	if s.Archive.Files.Has(made.Digest) {
		return made, nil
	}
	if err := s.keep(made.Digest, data); err != nil {
		return made, err
	}
	s.Logger.Info("kept a file", "author", author, "digest", made.Digest, "bytes", len(data))
	return made, nil
}

// keep keeps a file on disk under its digest before it returns.
func (s *Service) keep(digest string, data []byte) error {
	if s.Archive.Files.Has(digest) {
		return nil
	}
	path := s.Archive.Files.Path(digest)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.Write(path, data, 0o600)
}
