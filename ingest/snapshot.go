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
	"time"

	"github.com/nielu/nielu/evidence"
)

// snapshot is the file "heads": it saves reading the whole log at start. It
// is believed only if the log's root at its size is the one it names.
type snapshot struct {
	Applied uint64          `json:"applied"` // leaves of the log
	Root    evidence.Hash   `json:"root"`
	Agents  []agentSnapshot `json:"agents"`
}

type agentSnapshot struct {
	Key     evidence.Enrolment `json:"key"`
	Head    Place              `json:"head"`
	Orphans []uint64           `json:"orphans,omitempty"` // leaves in the log
}

// saveEvery is how often the snapshot is written.
const saveEvery = 30 * time.Second

func (in *Intake) snapshotPath() string { return filepath.Join(in.Dir, "heads") }

// load reads the snapshot and the rest of the log, once.
func (in *Intake) load(ctx context.Context) error {
	in.loading.Lock()
	defer in.loading.Unlock()
	if in.loaded {
		return nil
	}
	if err := os.MkdirAll(in.Dir, 0o700); err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	in.mu.Lock()
	in.agents, in.applied, in.beyond = map[agentID]*agent{}, 0, map[uint64]bool{}
	in.receiptsDue, in.wake = map[agentID]bool{}, make(chan struct{}, 1)
	in.refused = map[refusalKind]lastLogged{}
	in.mu.Unlock()
	if err := in.loadSnapshot(ctx); err != nil {
		in.mu.Lock()
		in.agents, in.applied = map[agentID]*agent{}, 0
		in.mu.Unlock()
		if in.Logger != nil && !errors.Is(err, fs.ErrNotExist) {
			in.Logger.Warn("the snapshot of the agents' heads is not used; the log is read", "error", err)
		}
	}
	if err := in.catchUp(ctx); err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, a := range in.agents {
		a.pending = a.head
	}
	in.loaded = true
	return nil
}

func (in *Intake) loadSnapshot(ctx context.Context) error {
	b, err := os.ReadFile(in.snapshotPath())
	if err != nil {
		return err
	}
	s, err := parseSnapshot(b)
	if err != nil {
		return err
	}
	if s.Applied > in.Log.Size() {
		return fmt.Errorf("%s: of %d leaves, the log has %d", in.snapshotPath(), s.Applied, in.Log.Size())
	}
	root, err := in.Log.Root(ctx, s.Applied)
	if err != nil {
		return err
	}
	if root != s.Root {
		return fmt.Errorf("%s: of another log", in.snapshotPath())
	}
	for _, one := range s.Agents {
		var orphans []loggedLeaf
		for _, i := range one.Orphans {
			data, err := in.Log.Entry(ctx, i)
			if err != nil {
				return err
			}
			l, err := evidence.DecodeLeaf(data)
			if err != nil {
				return err
			}
			orphans = append(orphans, loggedLeaf{leaf: l, hash: evidence.LeafHash(data), index: i})
		}
		in.mu.Lock()
		in.setKey(one.Key)
		a := in.agents[agentID{one.Key.Site, one.Key.Agent}]
		a.head = one.Head
		for _, o := range orphans {
			a.link(o.leaf, o.hash, o.index)
		}
		in.mu.Unlock()
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.applied = s.Applied
	return nil
}

func parseSnapshot(b []byte) (s snapshot, err error) {
	sum, text, _ := bytes.Cut(b, []byte(" "))
	if string(sum) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) {
		return s, errors.New("heads: the checksum is wrong")
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("heads: %w", err)
	}
	return s, nil
}

// saveSnapshots saves the snapshot now and then until ctx ends.
func (in *Intake) saveSnapshots(ctx context.Context) error {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			in.saveOrSay(ctx)
		}
	}
}

// saveSnapshot writes the snapshot, unless leaves are on their way: then the
// next one will do. A torn or lost snapshot is made again from the log.
func (in *Intake) saveSnapshot(ctx context.Context) error {
	if err := in.catchUp(ctx); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	s, whole := in.snapshot()
	if !whole {
		return nil
	}
	var err error
	if s.Root, err = in.Log.Root(ctx, s.Applied); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	temp := in.snapshotPath() + ".new"
	if err := os.WriteFile(temp, fmt.Appendf(nil, "%08x %s", crc32.ChecksumIEEE(text), text), 0o600); err != nil {
		return fmt.Errorf("save heads: %w", err)
	}
	return os.Rename(temp, in.snapshotPath())
}

// snapshot returns what is known of the agents; false: a leaf before one that
// is applied is not.
func (in *Intake) snapshot() (s snapshot, whole bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.beyond) > 0 {
		return s, false
	}
	s.Applied = in.applied
	for _, a := range in.agents {
		one := agentSnapshot{Key: a.key, Head: a.head}
		for _, o := range a.orphans {
			one.Orphans = append(one.Orphans, o.index)
		}
		s.Agents = append(s.Agents, one)
	}
	return s, true
}

// saveOrSay saves the snapshot; without it the next start reads the log.
func (in *Intake) saveOrSay(ctx context.Context) {
	if err := in.saveSnapshot(ctx); err != nil && in.Logger != nil {
		in.Logger.Warn("the next start will read more of the log", "error", err)
	}
}
