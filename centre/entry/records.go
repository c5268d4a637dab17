package entry

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/custody"
)

// Entered answers an entry.
type Entered struct {
	Leaf   uint64 `json:"leaf"`
	Digest string `json:"digest"` // of what was entered
	Again  bool   `json:"again"`  // it was entered before, and nothing was added
}

// Records checks a submission of records by an author against the book and
// appends it to the log. What is wrong with it is a [Refused].
func (s *Service) Records(ctx context.Context, author string, text []byte) (made Entered, err error) {
	submission, err := custody.Read("records", text)
	if problems, ok := strict.ProblemsOf(err); ok && err != nil {
		wrong := Refused{Do: "nothing was entered; mend these lines and send all of it again"}
		for _, p := range problems {
			wrong.Faults = append(wrong.Faults, p.Error())
		}
		return made, wrong
	}
	if err != nil {
		return made, err
	}
	if submission.Author != author {
		return made, refused("send it with the author's own token", "the author is %q, the token is of %q", submission.Author, author)
	}
	if _, err := s.Archive.Plant(submission.Plant); err != nil {
		return made, refused("name a plant of the centre's file", "there is no plant %s", submission.Plant)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	book, _, err := s.Archive.Book(ctx, submission.Plant)
	if err != nil {
		return made, err
	}
	made.Digest = "sha256:" + submission.Digest
	if made.Leaf, made.Again = book.Entered(submission.Digest); made.Again {
		return made, nil
	}
	if err := s.check(ctx, submission); err != nil {
		return made, err
	}
	made.Leaf, err = s.append(ctx, evidence.Leaf{Kind: evidence.Records, Name: submission.Digest[:16] + ".yaml", Plants: []string{submission.Plant}, Body: text})
	if err == nil {
		s.Logger.Info("entered in the log", "kind", evidence.Records, "author", submission.Author, "plant", submission.Plant, "records", len(submission.Records), "leaf", made.Leaf)
	}
	return made, err
}

// check returns a [Refused] of what of a submission cannot be kept.
func (s *Service) check(ctx context.Context, submission *custody.Submission) error {
	faults, err := s.conflicts(ctx, submission.Plant, custody.Entry{Submission: submission})
	if err != nil {
		return err
	}
	wrong := Refused{Do: "nothing was entered; mend these records and send all of it again"}
	for _, fault := range faults {
		wrong.Faults = append(wrong.Faults, "records:"+fault)
	}
	for _, r := range submission.Records {
		for _, digest := range r.Files() {
			if !s.Archive.Files.Has(digest) {
				wrong.Faults = append(wrong.Faults, fmt.Sprintf("records:%d:%d: %s %s: the file %s was not sent: send it first with nielu custody file", r.Line, r.Column, r.Kind, r.ID, digest))
			}
		}
	}
	if len(wrong.Faults) > 0 {
		return wrong
	}
	return nil
}
