package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/custody"
)

// fileFolder holds the files that records name, each under its digest.
const fileFolder = "files"

// desk takes what people enter, for the console.
type desk struct{ *Centre }

// Entered answers an entry.
type Entered struct {
	Leaf   uint64 `json:"leaf"`
	Digest string `json:"digest"` // of what was entered
	Again  bool   `json:"again"`  // it was entered before, and nothing was added
}

// Enter takes a submission for the console.
func (w desk) Enter(ctx context.Context, author string, text []byte) (any, error) {
	return w.Centre.Enter(ctx, author, text)
}

// Enter checks a submission of records by an author against the book and
// appends it to the log. What is wrong with it is a [console.Refused].
func (c *Centre) Enter(ctx context.Context, author string, text []byte) (made Entered, err error) {
	s, err := custody.Read("records", text)
	if problems, ok := strict.ProblemsOf(err); ok && err != nil {
		wrong := console.Refused{Do: "nothing was entered; mend these lines and send all of it again"}
		for _, p := range problems {
			wrong.Faults = append(wrong.Faults, p.Error())
		}
		return made, wrong
	}
	if err != nil {
		return made, err
	}
	if s.Author != author {
		return made, refused("send it with the author's own token", "the author is %q, the token is of %q", s.Author, author)
	}
	if c.plant(s.Plant) == nil {
		return made, refused("name a plant of the centre's file", "there is no plant %s", s.Plant)
	}
	c.entering.Lock()
	defer c.entering.Unlock()
	book, _, err := bookOf(ctx, c.Reader.Log, s.Plant)
	if err != nil {
		return made, err
	}
	made.Digest = "sha256:" + s.Digest
	if made.Leaf, made.Again = book.Entered(s.Digest); made.Again {
		return made, nil
	}
	if err := c.refuse(ctx, s); err != nil {
		return made, err
	}
	made.Leaf, err = c.append(ctx, evidence.Leaf{Kind: evidence.Records, Name: s.Digest[:16] + ".yaml", Plants: []string{s.Plant}, Body: text})
	if err == nil {
		c.Logger.Info("entered in the log", "kind", evidence.Records, "author", s.Author, "plant", s.Plant, "records", len(s.Records), "leaf", made.Leaf)
	}
	return made, err
}

// refuse says what of a submission cannot be kept.
func (c *Centre) refuse(ctx context.Context, s *custody.Submission) error {
	wrong := console.Refused{Do: "nothing was entered; mend these records and send all of it again"}
	faults, err := c.against(ctx, s.Plant, custody.Entry{Submission: s})
	if err != nil {
		return err
	}
	for _, fault := range faults {
		wrong.Faults = append(wrong.Faults, "records:"+fault)
	}
	for _, r := range s.Records {
		for _, digest := range r.Files() {
			if _, err := os.Stat(c.Config.fileOf(digest)); err != nil {
				wrong.Faults = append(wrong.Faults, fmt.Sprintf("records:%d:%d: %s %s: the file %s was not sent: send it first with nielu custody file", r.Line, r.Column, r.Kind, r.ID, digest))
			}
		}
	}
	if len(wrong.Faults) > 0 {
		return wrong
	}
	return nil
}

func refused(do, format string, args ...any) error {
	return console.Refused{Faults: []string{fmt.Sprintf(format, args...)}, Do: do}
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
	if _, err := os.Stat(w.Config.fileOf(digest)); err == nil {
		return made, nil
	}
	if err := w.Config.keepFile(digest, data); err != nil {
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
	return bookView(ctx, w.Reader, &w.acts, plant)
}
