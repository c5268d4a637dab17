package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence/durable"
)

// point is a place in the agent's chain: after one leaf.
type point struct {
	Number uint64 `json:"number"` // of the leaf, counted from 1
	Epoch  uint64 `json:"epoch"`
	Last   uint64 `json:"last"` // sequence number
	Hash   []byte `json:"hash"` // of the leaf; empty before the first
}

// state is the cursor: what cannot be read off the journal and the outbox.
// It is kept twice, so that one damaged copy costs nothing.
type state struct {
	Epoch     uint64   `json:"epoch"` // the newest opened
	Trimmed   point    `json:"trimmed"`
	Catalogue string   `json:"catalogue"`         // of the epoch
	Plants    []string `json:"plants"`            // of the epoch
	Sent      string   `json:"sent"`              // digest of the catalogue sealed last
	Guessed   bool     `json:"guessed,omitempty"` // the place in the chain is not sure: see rebase
}

// encode returns one line, "CRC-32C JSON".
func (s state) encode() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", castagnoli(text), text), nil
}

func parseState(b []byte) (s state, err error) {
	sum, text, ok := bytes.Cut(bytes.TrimRight(b, "\n"), []byte(" "))
	if !ok || string(sum) != fmt.Sprintf("%08x", castagnoli(text)) {
		return s, errors.New("the checksum is wrong")
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, err
	}
	if n := len(s.Trimmed.Hash); n != 0 && n != 32 {
		return s, fmt.Errorf("a hash of %d bytes", n)
	}
	return s, nil
}

// loadState reads the newest undamaged copy. found tells whether there was
// any copy, known whether one could be read.
func loadState(dir string) (s state, found, known bool) {
	for _, name := range []string{"state", "state.bak"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		found = true
		if one, err := parseState(b); err == nil {
			if !known || one.Epoch > s.Epoch || one.Epoch == s.Epoch && one.Trimmed.Number > s.Trimmed.Number {
				s = one
			}
			known = true
		}
	}
	return s, found, known
}

// stateBytes is the size of each copy: it is written in place, first one,
// then the other, each synced, so that it needs no room on a full disk and
// one copy is whole at any moment.
const stateBytes = 4096

func (s state) store(dir string) error {
	b, err := s.encode()
	if err != nil {
		return fmt.Errorf("store the spool's state: %w", err)
	}
	if len(b) < stateBytes {
		b = append(b, bytes.Repeat([]byte("\n"), stateBytes-len(b))...)
	}
	made := false
	for _, name := range []string{"state", "state.bak"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			made = true
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("store the spool's state: %w", err)
		}
		_, err = f.WriteAt(b, 0)
		if err == nil {
			err = f.Truncate(int64(len(b)))
		}
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("store the spool's state: %w", err)
		}
	}
	if made {
		return durable.SyncDir(dir)
	}
	return nil
}
