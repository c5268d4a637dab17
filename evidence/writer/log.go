package writer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// Options of a log. Only Key must be set.
type Options struct {
	Key             *evidence.SigningKey // its name is the log's origin
	BatchAge        time.Duration        // longest wait for company before an integration; default 20 ms
	CheckpointEvery time.Duration        // default 1 s, at least 100 ms
	Seen            string               // file that remembers the latest checkpoint; default: the folder's name and ".seen"
	Log             *slog.Logger
}

// Stats are the counters of a log.
type Stats struct {
	Appended  atomic.Uint64 // leaves
	Bytes     atomic.Uint64 // of them
	Failed    atomic.Uint64 // appends
	Published atomic.Uint64 // leaves that the latest checkpoint commits to
}

// Log appends to an evidence log and reads it. One process may hold it.
type Log struct {
	*evidence.Reader
	Stats Stats

	dir      string
	options  Options
	index    *evidence.Index
	appender *tessera.Appender
	state    tessera.LogReader
	shutdown func(context.Context) error
	upkeep   errgroup.Group
	cancel   context.CancelFunc
	lock     *os.File

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup

	deciding  sync.Mutex          // one decision after another
	decisions *evidence.Decisions // nil: to be read
	rolled    uint64              // leaves up to the last roll, itself among them; 0: none was made since Open
	decided   bool                // a decision came after it
}

// ErrClosed is returned by Append after Close.
var ErrClosed = errors.New("the log is closed")

// tesseraWords guards the one way by which Tessera logs, klog's, of which a
// process has one: they go to the first log that is opened.
var tesseraWords sync.Once

// ErrRolledBack is returned by Open for a log that has fewer leaves, or
// others, than it once signed for.
var ErrRolledBack = errors.New("the log was rolled back or damaged; restore the newest copy of its folder")

// Open opens the log in dir, or makes a new one. It refuses a log whose
// tiles do not lead to the latest checkpoint it signed.
func Open(ctx context.Context, dir string, o Options) (*Log, error) {
	if o.Key == nil {
		return nil, errors.New("open log: Options.Key is needed")
	}
	if o.BatchAge == 0 {
		o.BatchAge = 20 * time.Millisecond
	}
	if o.CheckpointEvery == 0 {
		o.CheckpointEvery = time.Second
	}
	if o.Seen == "" {
		o.Seen = filepath.Clean(dir) + ".seen"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	tesseraWords.Do(func() { klog.SetSlogLogger(o.Log) })
	if err := os.MkdirAll(filepath.Join(dir, "index"), 0o755); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "index", "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{dir: dir, options: o, lock: lock}
	if err := l.open(ctx); err != nil {
		if l.cancel != nil {
			l.cancel()
		}
		if l.index != nil {
			err = errors.Join(err, l.index.Close())
		}
		return nil, fmt.Errorf("open log %s: %w", dir, errors.Join(err, lock.Close()))
	}
	return l, nil
}

func (l *Log) open(ctx context.Context) (err error) {
	dir := l.dir
	if err := syscall.Flock(int(l.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another process holds it: %w", err)
	}
	if err := checkState(dir); err != nil {
		return err
	}
	if l.index, err = evidence.OpenIndex(dir); err != nil {
		return err
	}
	l.Reader = evidence.NewReader(dir, l.index)
	if err := l.mend(filepath.Join(dir, layout.CheckpointPath), l.options.Seen); err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel = cancel
	l.appender, l.shutdown, l.state, err = tessera.NewAppender(run, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(l.options.Key.Signer()).
		WithBatching(256, l.options.BatchAge).
		WithCheckpointInterval(l.options.CheckpointEvery).
		WithCheckpointRepublishInterval(0))
	if err != nil {
		return err
	}
	size, err := l.state.IntegratedSize(ctx)
	if err != nil {
		return err
	}
	for _, path := range []string{filepath.Join(dir, layout.CheckpointPath), l.options.Seen} {
		if err := l.checkSeen(ctx, path, size); err != nil {
			return err
		}
	}
	if err := l.index.Load(size, func(i uint64) (evidence.Leaf, error) { return l.Leaf(ctx, i) }); err != nil {
		return err
	}
	if err := l.dropTemps(size, time.Minute); err != nil {
		return err
	}
	l.upkeep.Go(func() error { l.keep(run); return nil })
	return nil
}

// checkSeen compares a checkpoint signed earlier with the tree as it is.
func (l *Log) checkSeen(ctx context.Context, path string, size uint64) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	cp, err := evidence.ParseCheckpoint(data, l.options.Key.Verifier())
	if err != nil {
		return fmt.Errorf("%s: %w; is this the right key?", path, err)
	}
	if cp.Size > size {
		return fmt.Errorf("%s is signed for %d leaves, there are %d: %w", path, cp.Size, size, ErrRolledBack)
	}
	if cp.Size == 0 {
		return nil
	}
	root, err := l.Root(ctx, cp.Size)
	if err != nil {
		return errors.Join(err, ErrRolledBack)
	}
	if root != cp.Root {
		return fmt.Errorf("%s is signed for another tree of %d leaves: %w", path, cp.Size, ErrRolledBack)
	}
	return nil
}

// Append adds an encoded leaf and returns its index once it is sequenced,
// integrated and on disk. Concurrent calls share one integration. When ctx
// ends first, the leaf may still enter the log: read it before trying again.
func (l *Log) Append(ctx context.Context, leaf []byte) (uint64, error) {
	decoded, err := evidence.DecodeLeaf(leaf)
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	entry := tessera.NewEntry(leaf)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, fmt.Errorf("append: %w", ErrClosed)
	}
	l.pending.Add(1)
	l.mu.Unlock()

	type result struct {
		index uint64
		err   error
	}
	done := make(chan result, 1)
	future := l.appender.Add(context.WithoutCancel(ctx), entry)
	go func() {
		defer l.pending.Done()
		at, err := future()
		if err == nil {
			err = l.index.Put(at.Index, decoded)
			l.Stats.Appended.Add(1)
			l.Stats.Bytes.Add(uint64(len(leaf)))
		} else {
			l.Stats.Failed.Add(1)
		}
		done <- result{at.Index, err}
	}()
	select {
	case r := <-done:
		if r.err != nil && strings.Contains(r.err.Error(), syscall.ENOSPC.Error()) { // not always wrapped
			return 0, fmt.Errorf("append: the disk of the log %s is full; make room there, gateways keep what they have until then: %w", l.dir, r.err)
		}
		if r.err != nil {
			return 0, fmt.Errorf("append: %w", r.err)
		}
		return r.index, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("append: not known to be in the log: %w", ctx.Err())
	}
}

// Settle takes in leaves that are in the tree although their Append failed,
// as when a disk fills between the two. Call it after an error of Append and
// look for the leaf before appending it again.
func (l *Log) Settle(ctx context.Context) error {
	size, err := l.state.IntegratedSize(ctx)
	if err != nil {
		return fmt.Errorf("settle log: %w", err)
	}
	for _, i := range l.index.Missing(size) {
		leaf, err := l.Leaf(ctx, i)
		if err == nil {
			err = l.index.Put(i, leaf)
		}
		if err != nil {
			return fmt.Errorf("settle log: %w", err)
		}
	}
	return nil
}

// Published waits until a checkpoint commits to the first size leaves, and returns it.
func (l *Log) Published(ctx context.Context, size uint64) (evidence.Checkpoint, error) {
	tick := time.NewTicker(l.options.CheckpointEvery / 4)
	defer tick.Stop()
	for {
		cp, err := l.Checkpoint(ctx)
		if err == nil && cp.Size >= size {
			return cp, nil
		}
		select {
		case <-ctx.Done():
			return cp, fmt.Errorf("wait for a checkpoint of %d leaves: %w", size, ctx.Err())
		case <-tick.C:
		}
	}
}

// keep does the upkeep until ctx ends: it fills the index, removes replaced
// bundles and remembers the latest checkpoint.
func (l *Log) keep(ctx context.Context) {
	tick := time.NewTicker(max(l.options.CheckpointEvery, time.Second))
	defer tick.Stop()
	var seen uint64
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.keepOnce(ctx, &seen)
		if failed := err != nil; failed != failing {
			failing = failed
			if failed {
				l.options.Log.Error("upkeep of the log fails", "dir", l.dir, "error", err)
			} else {
				l.options.Log.Info("upkeep of the log works again", "dir", l.dir)
			}
		}
	}
}

func (l *Log) keepOnce(ctx context.Context, seen *uint64) error {
	if err := l.Settle(ctx); err != nil {
		return err
	}
	cp, err := l.Checkpoint(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // none yet
	}
	if err != nil || cp.Size == *seen {
		return err
	}
	l.Stats.Published.Store(cp.Size)
	if err := durable.Write(l.options.Seen, cp.Note, 0o644); err != nil {
		return err
	}
	*seen = cp.Size
	return errors.Join(l.dropParts(cp.Size, time.Minute), l.dropTemps(cp.Size, time.Minute))
}

// dropParts removes parts of the last bundle that a published, wider part
// replaced at least age ago. Full bundles' parts are Tessera's to remove.
func (l *Log) dropParts(published uint64, age time.Duration) error {
	dir := filepath.Join(l.dir, layout.EntriesPath(published/layout.EntryBundleWidth, 0)+".p")
	parts, err := os.ReadDir(dir)
	if err != nil {
		return nil // the bundle is full or not begun
	}
	for _, part := range parts {
		width, err := strconv.ParseUint(part.Name(), 10, 64)
		if err != nil || width >= published%layout.EntryBundleWidth {
			continue
		}
		info, err := part.Info()
		if err == nil && time.Since(info.ModTime()) > age {
			err = os.Remove(filepath.Join(dir, part.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// longestClose is how long Close waits for a checkpoint that does not come.
const longestClose = 15 * time.Second

// Close waits for the appends under way and for a checkpoint that commits to
// them, and releases the log.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.pending.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), longestClose)
	err := l.shutdown(ctx)
	cancel()
	if err != nil { // as on a full disk; what is integrated is published after the next start
		err = fmt.Errorf("the last checkpoint was not published: %w", err)
	}
	l.cancel()
	l.upkeep.Wait()
	var seen uint64
	err = errors.Join(err, l.keepOnce(context.Background(), &seen), l.index.Close(), l.lock.Close())
	if err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	return nil
}
