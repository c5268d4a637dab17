package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
)

// recorded is the demo's plant whose lots people keep by records.
const recorded = "pyro1"

// office is the one author of the demo.
const office = "demo office"

// people gives the demo's people what they work with: a token to enter
// records, and the keys of a maker and of a verifier. It returns their part of
// the centre's file.
func (p *park) people() (string, error) {
	token := filepath.Join(p.dir, "office.token")
	if _, err := os.Stat(token); errors.Is(err, os.ErrNotExist) {
		if err := p.write("office.token", []byte(rand.Text()+"\n")); err != nil {
			return "", err
		}
	}
	text := fmt.Sprintf("authors: [{ name: %s, token_file: office.token }]\n", office)
	for _, who := range []string{"maker", "verifier"} {
		key, err := evidence.LoadOrCreateKey(filepath.Join(p.dir, who+".key"), "demo-"+who)
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
func (p *park) enterRecords(ctx context.Context) error {
	for _, sim := range p.plants {
		if sim.Plant() != recorded {
			continue
		}
		for _, f := range sim.Records(office, p.now) {
			name := filepath.Join("records", f.Name)
			if _, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
				continue
			}
			if _, err := p.hub.Enter(ctx, office, []byte(f.Text)); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			if err := p.write(name, []byte(f.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
