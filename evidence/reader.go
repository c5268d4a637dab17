package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/encoding/protowire"
)

// Reader reads a log from its folder. It writes nothing, so that any number
// of processes may read while one appends. It is safe for concurrent use.
type Reader struct {
	dir   string
	index *Index

	mu      sync.Mutex
	bundles []bundle // the latest few used, newest last
	tiles   map[Tile][]byte
}

type bundle struct {
	number  uint64
	entries [][]byte
}

// Cached bundles hold at most 256 leaves each, tiles 8 KiB each.
const (
	cachedBundles = 4
	cachedTiles   = 1024
)

// NewReader reads a log by an index that its writer fills.
func NewReader(dir string, x *Index) *Reader {
	return &Reader{dir: dir, index: x, tiles: map[Tile][]byte{}}
}

// OpenReader opens a log that another process may be appending to. It sees
// the leaves that the checkpoint committed to when it was opened or last
// refreshed. Without an index in the folder it makes one in memory.
func OpenReader(dir string) (*Reader, error) {
	x := &Index{}
	if saved, err := os.ReadFile(indexPath(dir)); err == nil {
		x.memory = saved
	}
	r := NewReader(dir, x)
	if err := r.Refresh(context.Background()); err != nil {
		return nil, err
	}
	return r, nil
}

// Refresh reads the checkpoint again and takes in the leaves added since.
// It is for readers of [OpenReader]; a writer knows its own leaves.
func (r *Reader) Refresh(ctx context.Context) error {
	cp, err := r.Checkpoint(ctx)
	if err != nil {
		return err
	}
	return r.index.Load(cp.Size, func(i uint64) (Leaf, error) { return r.Leaf(ctx, i) })
}

// Size returns the number of leaves that can be read.
func (r *Reader) Size() uint64 { return r.index.size() }

// Checkpoint returns the latest published checkpoint, without checking its
// signature: [ParseCheckpoint] does.
func (r *Reader) Checkpoint(context.Context) (Checkpoint, error) {
	data, err := os.ReadFile(filepath.Join(r.dir, CheckpointName))
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, fmt.Errorf("open log: %s has no checkpoint; is it the folder of a log? %w", r.dir, err)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open(data, note.VerifierList()); !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("read checkpoint %s: %w", r.dir, err)
	}
	cp, err := ReadCheckpoint(data)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint %s: %w", r.dir, err)
	}
	return cp, nil
}

// Entry returns the bytes of one leaf.
func (r *Reader) Entry(_ context.Context, i uint64) ([]byte, error) {
	number, at := i/TileWidth, int(i%TileWidth)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := slices.IndexFunc(r.bundles, func(b bundle) bool { return b.number == number && at < len(b.entries) }); n >= 0 {
		return r.bundles[n].entries[at], nil
	}
	file := fullPath(EntriesLevel, int64(number))
	data, err := r.readFile(file, at+1)
	if err != nil {
		return nil, fmt.Errorf("leaf %d: %w", i, err)
	}
	entries, err := parseBundle(data)
	if err != nil {
		return nil, fmt.Errorf("leaf %d: bundle %s: %w", i, file, err)
	}
	if at >= len(entries) {
		return nil, fmt.Errorf("leaf %d: bundle %s holds only %d leaves", i, file, len(entries))
	}
	r.bundles = slices.DeleteFunc(r.bundles, func(b bundle) bool { return b.number == number })
	if len(r.bundles) == cachedBundles {
		r.bundles = slices.Delete(r.bundles, 0, 1)
	}
	r.bundles = append(r.bundles, bundle{number, entries})
	return entries[at], nil
}

// Leaf reads one leaf. It does not check the signature.
func (r *Reader) Leaf(ctx context.Context, i uint64) (Leaf, error) {
	data, err := r.Entry(ctx, i)
	if err != nil {
		return Leaf{}, err
	}
	l, err := DecodeLeaf(data)
	if err != nil {
		return Leaf{}, fmt.Errorf("leaf %d: %w", i, err)
	}
	return l, nil
}

// parseBundle splits a bundle of entries.
func parseBundle(data []byte) ([][]byte, error) {
	entries := make([][]byte, 0, TileWidth)
	for len(data) > 0 {
		entry, rest, ok := CutEntry(data)
		if !ok {
			return nil, fmt.Errorf("cut short after %d leaves", len(entries))
		}
		entries, data = append(entries, entry), rest
	}
	return entries, nil
}

// fullPath returns the name of a full tile.
func fullPath(level int, n int64) string {
	return TilePath(Tile{H: tileHeight, L: level, N: n, W: TileWidth})
}

// readFile reads a full tile or bundle of that name, or else the widest part
// of it, which must have at least width entries.
func (r *Reader) readFile(name string, width int) ([]byte, error) {
	full := filepath.Join(r.dir, name)
	var err error
	for range 3 { // a part may be removed between the listing and the reading
		var data []byte
		if data, err = os.ReadFile(full); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
		widest := 0
		var parts []os.DirEntry
		if parts, err = os.ReadDir(full + ".p"); err != nil {
			return nil, err
		}
		for _, part := range parts {
			if n, err := strconv.Atoi(part.Name()); err == nil && n > widest && n < TileWidth {
				widest = n
			}
		}
		if widest < width {
			return nil, fmt.Errorf("%s: no part of at least %d entries: %w", name, width, fs.ErrNotExist)
		}
		if data, err = os.ReadFile(filepath.Join(full+".p", strconv.Itoa(widest))); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return nil, err
}

// Find returns the leaves that match, in the order of the log.
func (r *Reader) Find(ctx context.Context, q Query) ([]Entry, error) {
	found, err := r.index.find(q)
	if err != nil || q.Plant == "" {
		return found, err
	}
	exact := found[:0]
	for _, e := range found {
		data, err := r.Entry(ctx, e.Index)
		if err != nil {
			return nil, err
		}
		if hasPlant(data, q.Plant) {
			exact = append(exact, e)
		}
	}
	return exact, nil
}

// hasPlant looks for a plant in an encoded leaf without decoding all of it.
func hasPlant(leaf []byte, plant string) bool {
	const signed, plants = 1, 4
	inner := field(leaf, signed)
	for len(inner) > 0 {
		number, kind, n := protowire.ConsumeTag(inner)
		if n < 0 {
			return false
		}
		inner = inner[n:]
		if n = protowire.ConsumeFieldValue(number, kind, inner); n < 0 {
			return false
		}
		if number == plants && kind == protowire.BytesType {
			if v, _ := protowire.ConsumeBytes(inner); string(v) == plant {
				return true
			}
		}
		if number > plants {
			return false // the canonical form is in the order of numbers
		}
		inner = inner[n:]
	}
	return false
}

func field(data []byte, want protowire.Number) []byte {
	number, kind, n := protowire.ConsumeTag(data)
	if n < 0 || number != want || kind != protowire.BytesType {
		return nil
	}
	v, _ := protowire.ConsumeBytes(data[n:])
	return v
}

// Record is a leaf's index and its bytes.
type Record struct {
	Index uint64
	Data  []byte
}

// Since yields the leaves from index i on, until none is left. It ends
// after the first error.
func (r *Reader) Since(ctx context.Context, i uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for ; i < r.Size(); i++ {
			data, err := r.Entry(ctx, i)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(Record{i, data}, err) || err != nil {
				return
			}
		}
	}
}

// Root returns the root hash of the tree of the given size.
func (r *Reader) Root(_ context.Context, size uint64) (Hash, error) {
	h, err := tlog.TreeHash(int64(size), hashReader(r.tile))
	if err != nil {
		return Hash{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	return h, nil
}

// Tile returns the hashes of a tile, as its file has them.
func (r *Reader) Tile(_ context.Context, t Tile) ([]byte, error) {
	data, err := r.tile(t)
	if err != nil {
		return nil, fmt.Errorf("tile %d of level %d: %w", t.N, t.L, err)
	}
	return data, nil
}

func (r *Reader) tile(t Tile) ([]byte, error) {
	key, need := Tile{H: t.H, L: t.L, N: t.N}, t.W*tlog.HashSize
	r.mu.Lock()
	defer r.mu.Unlock()
	data := r.tiles[key]
	if len(data) < need {
		var err error
		name := fullPath(t.L, t.N)
		data, err = r.readFile(name, t.W)
		if err != nil {
			return nil, err
		}
		if len(data) < need {
			return nil, fmt.Errorf("%s: %d bytes, want at least %d", name, len(data), need)
		}
		if len(r.tiles) >= cachedTiles {
			clear(r.tiles)
		}
		r.tiles[key] = data
	}
	return data[:need], nil
}
