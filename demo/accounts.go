package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
)

// recordKept is the plant whose lots people keep by records.
const recordKept = "pyro1"

// Author is the one author of the demo.
const Author = "demo office"

// accounts makes what the demo's people work with: a token to enter records,
// and the keys of a maker and of a verifier. It returns their part of the
// centre's file.
func (s *Site) accounts() (string, error) {
	token := filepath.Join(s.dir, "office.token")
	if _, err := os.Stat(token); errors.Is(err, os.ErrNotExist) {
		if err := s.write("office.token", []byte(rand.Text()+"\n")); err != nil {
			return "", err
		}
	}
	text := fmt.Sprintf("authors: [{ name: %s, token_file: office.token }]\n", Author)
	for _, who := range []string{"maker", "verifier"} {
		key, err := evidence.LoadOrCreateKey(filepath.Join(s.dir, who+".key"), "demo-"+who)
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf("%ss: [%q]\n", who, key.Verifier())
	}
	return text, nil
}

// enterRecords enters what the people of the plant wrote in the last weeks,
// and keeps the files where a user can read them. A demo that is started again
// finds the files there and enters only what is new.
func (s *Site) enterRecords(ctx context.Context) error {
	for _, sim := range s.plants {
		if sim.Plant() != recordKept {
			continue
		}
		for _, f := range sim.Records(Author, s.now) {
			name := filepath.Join("records", f.Name)
			if _, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
				continue
			}
			if _, err := s.Centre.Entry.Records(ctx, Author, []byte(f.Text)); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			if err := s.write(name, []byte(f.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
