package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/nielu/nielu/evidence/durable"
)

// position is a place in the agent's chain: after one leaf.
type position struct {
	Number uint64 `json:"number"` // of the leaf, counted from 1
	Epoch  uint64 `json:"epoch"`
	Last   uint64 `json:"last"` // sequence number
	Hash   []byte `json:"hash"` // of the leaf; empty before the first
}

// cursor is what the centre has confirmed of the chain, and whatever else cannot
// be read off the journal and the outbox.
type cursor struct {
	dir string

	mu    sync.Mutex // held while the state is stored; whoever holds it takes no other lock
	state state
	known bool // the place in the chain is
}

// get returns the state and whether the place in the chain is known.
func (c *cursor) get() (s state, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.known
}

// change stores the state with one change made to it. From then on the place in
// the chain is known.
func (c *cursor) change(edit func(*state)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state
	edit(&next)
	if err := next.store(c.dir); err != nil {
		return err
	}
	c.state, c.known = next, true
	return nil
}

// raiseEpoch notes a higher number of the epoch; the next change stores it.
func (c *cursor) raiseEpoch(to uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Epoch = to
}

// state is the cursor's file. It is kept twice, so that one damaged copy costs
// nothing.
type state struct {
	Epoch     uint64   `json:"epoch"` // the newest opened
	Trimmed   position `json:"trimmed"`
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
