package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/ingest/durable"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/custody"
)

// fileFolder holds the files that records name, each under its digest.
const fileFolder = "files"

// desk takes what people enter, for the console.
type desk struct{ *Centre }

// Enter checks a submission of records by an author and appends it to the log.
func (c *Centre) Enter(ctx context.Context, author string, text []byte) (Entered, error) {
	made, err := desk{c}.Enter(ctx, author, text)
	e, _ := made.(entered)
	return e, err
}

// entered answers an entry.
type entered struct {
	Leaf   uint64 `json:"leaf"`
	Digest string `json:"digest"` // of what was entered
	Again  bool   `json:"again"`  // it was entered before, and nothing was added
}

// Enter checks a submission against the book and appends it to the log.
func (w desk) Enter(ctx context.Context, author string, text []byte) (any, error) {
	s, err := custody.Read("records", text)
	if problems, ok := strict.ProblemsOf(err); ok && err != nil {
		wrong := console.Refused{Do: "nothing was entered; mend these lines and send all of it again"}
		for _, p := range problems {
			wrong.Faults = append(wrong.Faults, p.Error())
		}
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	if s.Author != author {
		return nil, refused("send it with the author's own token", "the author is %q, the token is of %q", s.Author, author)
	}
	if w.plant(s.Plant) == nil {
		return nil, refused("name a plant of the centre's file", "there is no plant %s", s.Plant)
	}
	w.entering.Lock()
	defer w.entering.Unlock()
	if index, ok, err := w.before(ctx, evidence.Records, s.Plant, text); ok || err != nil {
		return entered{index, "sha256:" + s.Digest, true}, err
	}
	book, _, err := bookOf(ctx, w.Evidence, s.Plant)
	if err != nil {
		return nil, err
	}
	wrong := console.Refused{Do: "nothing was entered; mend these records and send all of it again"}
	for _, p := range book.Try(s) {
		wrong.Faults = append(wrong.Faults, "records:"+p.Error())
	}
	for _, r := range s.Records {
		for _, digest := range r.Files() {
			if _, err := os.Stat(w.fileOf(digest)); err != nil {
				wrong.Faults = append(wrong.Faults, fmt.Sprintf("records:line %d: %s %s: the file %s was not sent: send it first", r.Line, r.Kind, r.ID, digest))
			}
		}
	}
	if len(wrong.Faults) > 0 {
		return nil, wrong
	}
	index, err := w.append(ctx, evidence.Leaf{Kind: evidence.Records, Name: s.Digest[:16] + ".yaml", Plants: []string{s.Plant}, Body: text})
	if err != nil {
		return nil, err
	}
	w.Logger.Info("entered in the log", "kind", evidence.Records, "author", s.Author, "plant", s.Plant, "records", len(s.Records), "leaf", index)
	return entered{index, "sha256:" + s.Digest, false}, nil
}

func refused(do, format string, args ...any) error {
	return console.Refused{Faults: []string{fmt.Sprintf(format, args...)}, Do: do}
}

// before finds an entry of the same bytes.
func (c *Centre) before(ctx context.Context, kind evidence.Kind, plant string, body []byte) (uint64, bool, error) {
	found, err := c.Evidence.Find(ctx, evidence.Query{Kinds: []evidence.Kind{kind}, Plant: plant})
	if err != nil {
		return 0, false, err
	}
	for _, e := range found {
		leaf, err := c.Reader.Leaf(ctx, e.Index)
		if err != nil {
			return 0, false, err
		}
		if string(leaf.Body) == string(body) {
			return e.Index, true, nil
		}
	}
	return 0, false, nil
}

func (c *Centre) fileOf(digest string) string {
	return filepath.Join(c.Config.data(fileFolder), strings.TrimPrefix(digest, "sha256:"))
}

// File keeps a file on disk under its digest before it answers.
func (w desk) File(_ context.Context, author string, data []byte) (any, error) {
	if len(data) == 0 {
		return nil, refused("send the file's bytes as the body", "the file is empty")
	}
	sum := sha256.Sum256(data)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	made := struct {
		Digest string `json:"digest"`
		Bytes  int    `json:"bytes"`
	}{digest, len(data)}
	path := w.fileOf(digest)
	if _, err := os.Stat(path); err == nil {
		return made, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := durable.Write(path, data, 0o600); err != nil {
		return nil, err
	}
	w.Logger.Info("kept a file", "author", author, "digest", digest, "bytes", len(data))
	return made, nil
}

// Book answers what is entered of a plant.
func (w desk) Book(ctx context.Context, plant string) (any, error) {
	if w.plant(plant) == nil {
		return nil, fmt.Errorf("%w: there is no plant %s", console.ErrNotFound, plant)
	}
	return bookView(ctx, w.Reader, plant)
}
