package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
)

// snapshot is the file "heads": it saves reading the whole log at start. It
// is believed only if the log's root at its size is the one it names.
type snapshot struct {
	Applied uint64          `json:"applied"` // leaves of the log
	Root    evidence.Hash   `json:"root"`
	Agents  []snapshotAgent `json:"agents"`
}

type snapshotAgent struct {
	Key     Enrolment `json:"key"`
	Head    Place     `json:"head"`
	Orphans []uint64  `json:"orphans,omitempty"` // leaves in the log
}

func (in *Intake) headsPath() string { return filepath.Join(in.Dir, "heads") }

// load reads the snapshot and the rest of the log, once.
func (in *Intake) load(ctx context.Context) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.loaded {
		return nil
	}
	if err := os.MkdirAll(in.Dir, 0o700); err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	in.beyond = map[uint64]bool{}
	in.agents, in.dirty, in.refused, in.wake = map[agentID]*agent{}, map[agentID]bool{}, map[refusal]told{}, make(chan struct{}, 1)
	if err := in.loadHeads(ctx); err != nil {
		in.agents, in.applied = map[agentID]*agent{}, 0
		if in.Logger != nil && !errors.Is(err, fs.ErrNotExist) {
			in.Logger.Warn("the snapshot of the agents' heads is not used; the log is read", "error", err)
		}
	}
	if err := in.catchUp(ctx); err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	for _, a := range in.agents {
		a.pending = a.head
	}
	in.loaded = true
	return nil
}

// catchUp applies the leaves of the log that are not applied yet. The caller
// holds in.mu.
func (in *Intake) catchUp(ctx context.Context) error {
	for i := in.applied; i < in.Log.Size(); i++ {
		if in.beyond[i] {
			continue
		}
		data, err := in.Log.Entry(ctx, i)
		if err != nil {
			return err
		}
		l, err := evidence.DecodeLeaf(data)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		in.apply(l, evidence.LeafHash(data), i)
	}
	return nil
}

func (in *Intake) loadHeads(ctx context.Context) error {
	b, err := os.ReadFile(in.headsPath())
	if err != nil {
		return err
	}
	s, err := parseHeads(b)
	if err != nil {
		return err
	}
	if s.Applied > in.Log.Size() {
		return fmt.Errorf("%s: of %d leaves, the log has %d", in.headsPath(), s.Applied, in.Log.Size())
	}
	root, err := in.Log.Root(ctx, s.Applied)
	if err != nil {
		return err
	}
	if root != s.Root {
		return fmt.Errorf("%s: of another log", in.headsPath())
	}
	for _, one := range s.Agents {
		in.setKey(one.Key)
		a := in.agents[agentID{one.Key.Site, one.Key.Agent}]
		a.head = one.Head
		for _, i := range one.Orphans {
			data, err := in.Log.Entry(ctx, i)
			if err != nil {
				return err
			}
			l, err := evidence.DecodeLeaf(data)
			if err != nil {
				return err
			}
			in.link(l, evidence.LeafHash(data), i)
		}
	}
	in.applied = s.Applied
	return nil
}

func parseHeads(b []byte) (s snapshot, err error) {
	sum, text, _ := bytes.Cut(b, []byte(" "))
	if string(sum) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) {
		return s, errors.New("heads: the checksum is wrong")
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("heads: %w", err)
	}
	return s, nil
}

// saveHeads writes the snapshot, unless leaves are on their way: then the
// next one will do. A torn or lost snapshot is made again from the log.
func (in *Intake) saveHeads(ctx context.Context) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.catchUp(ctx); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	if len(in.beyond) > 0 {
		return nil
	}
	s := snapshot{Applied: in.applied}
	for _, a := range in.agents {
		one := snapshotAgent{Key: a.key, Head: a.head}
		for _, o := range a.orphans {
			one.Orphans = append(one.Orphans, o.index)
		}
		s.Agents = append(s.Agents, one)
	}
	var err error
	if s.Root, err = in.Log.Root(ctx, s.Applied); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	temp := in.headsPath() + ".new"
	if err := os.WriteFile(temp, fmt.Appendf(nil, "%08x %s", crc32.ChecksumIEEE(text), text), 0o600); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	return os.Rename(temp, in.headsPath())
}

// saveOrSay saves the heads; without them the next start reads the log.
func (in *Intake) saveOrSay(ctx context.Context) {
	if err := in.saveHeads(ctx); err != nil && in.Logger != nil {
		in.Logger.Warn("the next start will read more of the log", "error", err)
	}
}
