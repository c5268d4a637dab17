package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/nielu/nielu/evidence"
)

// parseSums reads SHA256SUMS line by line.
func (a *audit) parseSums(i int) error {
	lines := bufio.NewReaderSize(a.bundle.open(i), 4096)
	last := ""
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return fmt.Errorf("read %s: %w", SumsName, err)
		}
		name, digest, ok := parseSum(line)
		if !ok {
			a.fault("manifest", SumsName, fetchAgain, "line %d is not a digest and a name", number)
			return nil
		}
		if last != "" && byPlace(last, name) >= 0 {
			a.fault("manifest", SumsName, fetchAgain, "line %d: %s is listed twice or out of order", number, name)
		}
		last = name
		at, found := a.bundle.index[name]
		if !found {
			a.fault("manifest", name, fetchAgain, "is listed in %s but not in the bundle", SumsName)
			continue
		}
		a.sums[at], a.listed[at] = digest, true
	}
}

// checked reads a file and compares it with its checksum and its digest. It
// returns the content if keep is set.
func (a *audit) checked(i int, keep bool) ([]byte, error) {
	data, faults, err := a.check(i, keep)
	a.faults(faults)
	return data, err
}

func (a *audit) check(i int, keep bool) (data []byte, faults []Fault, err error) {
	e := a.bundle.entries[i]
	data, digest, sound, err := a.bundle.sum(i, keep)
	if err != nil {
		return nil, nil, err
	}
	if !sound {
		faults = append(faults, Fault{Check: "container", Where: e.name, What: "does not have the checksum its header gives", Do: fetchAgain})
	}
	if a.listed[i] && digest != a.sums[i] {
		faults = append(faults, Fault{Check: "manifest", Where: e.name, What: fmt.Sprintf("has SHA-256 %x, %s says %x", digest, SumsName, a.sums[i]), Do: fetchAgain})
	}
	a.progress(Step{Stage: "MB read", Done: a.read.Add(int64(e.size)) / 1e6, Total: a.bundle.size / 1e6})
	return data, faults, nil
}

const notInLog = "these entries are not the ones the log holds at their places; do not use them, and ask the centre for them again"

// tiles checks that the hash tiles lead to the checkpoint's root, from the top
// down: the last ones of each level give the root, and each full one has the
// hash that the one above gives it.
func (a *audit) tiles(ctx context.Context) error {
	a.trusted, a.proven = map[evidence.Tile][]byte{}, map[int64]bool{}
	size := a.checkpoint.Size
	var ns []uint64
	for _, e := range a.bundle.entries {
		t, ok := evidence.ParseTilePath(e.name)
		if !ok || t.L != evidence.EntriesLevel {
			continue
		}
		if t != evidence.TileAt(evidence.EntriesLevel, uint64(t.N), size) {
			a.fault("inclusion", e.name, fetchAgain, "is not named after a tile of a log of %d entries", size)
			continue
		}
		ns = append(ns, uint64(t.N))
	}
	needed := evidence.ProvingTiles(size, ns)
	wanted := make(map[string]bool, len(needed))
	for _, t := range needed {
		wanted[evidence.TilePath(t)] = true
	}
	for i, e := range a.bundle.entries {
		if t, ok := evidence.ParseTilePath(e.name); strings.HasPrefix(e.name, "tile/") && !(ok && t.L == evidence.EntriesLevel) && !wanted[e.name] {
			a.fault("inclusion", e.name, fetchAgain, "proves nothing that is in the bundle")
			if _, err := a.checked(i, false); err != nil {
				return err
			}
		}
	}
	// The root, from the last tile of each level.
	last := map[evidence.Tile][]byte{}
	root, err := evidence.Root(size, func(t evidence.Tile) (data []byte, err error) {
		data, read := last[t]
		if !read {
			data, err = a.tile(t)
			last[t] = data
		}
		return data, err
	})
	if err != nil {
		a.fault("inclusion", CheckpointName, fetchAgain, "its root cannot be computed: %v", err)
		return ctx.Err()
	}
	if root != a.checkpoint.Root {
		a.fault("inclusion", CheckpointName, notInLog, "the last tiles give the root %x, the checkpoint says %x", root[:], a.checkpoint.Root[:])
		return ctx.Err()
	}
	for t, data := range last {
		a.trust(t, data)
	}
	// The full ones, from the top down.
	for level := evidence.TileLevels - 1; level >= 0; level-- {
		var full []evidence.Tile
		for _, t := range needed {
			if t.L == level && t.W == evidence.TileWidth {
				full = append(full, t)
			}
		}
		if err := a.fullTiles(ctx, full, size); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fullTiles checks full tiles of one level against those above them.
func (a *audit) fullTiles(ctx context.Context, full []evidence.Tile, size uint64) error {
	faults := make([][]Fault, len(full))
	var together sync.Mutex
	err := parallel(ctx, len(full), func(i int) error {
		t, name := full[i], evidence.TilePath(full[i])
		at, found := a.bundle.index[name]
		if !found {
			faults[i] = []Fault{{Check: "inclusion", Where: name, What: "is missing: nothing proves the entries below it", Do: fetchAgain}}
			return nil
		}
		data, wrong, err := a.check(at, true)
		if err != nil {
			return err
		}
		faults[i] = wrong
		if err := checkTile(data, t); err != nil {
			faults[i] = append(faults[i], Fault{Check: "inclusion", Where: name, What: err.Error(), Do: fetchAgain})
			return nil
		}
		hash, err := evidence.FullHash(t, data)
		if err != nil {
			return err
		}
		above, place := evidence.AboveFull(t, size)
		together.Lock()
		parent, proven := a.trusted[above]
		together.Unlock()
		switch {
		case !proven: // said above
		case evidence.HashAt(parent, place) != hash:
			faults[i] = append(faults[i], Fault{Check: "inclusion", Where: name, What: fmt.Sprintf("is not the tile whose hash %s gives", evidence.TilePath(above)), Do: notInLog})
		default:
			together.Lock()
			a.trust(t, data)
			together.Unlock()
		}
		return nil
	})
	for _, f := range faults {
		a.faults(f)
	}
	return err
}

// trust keeps a tile that leads to the root.
func (a *audit) trust(t evidence.Tile, data []byte) {
	if t.L == 0 {
		a.proven[t.N] = true
	} else {
		a.trusted[t] = data
	}
}

// tile reads a tile and compares it with its digest.
func (a *audit) tile(t evidence.Tile) ([]byte, error) {
	name := evidence.TilePath(t)
	i, found := a.bundle.index[name]
	if !found {
		return nil, fmt.Errorf("%s is missing", name)
	}
	data, err := a.checked(i, true)
	if err != nil {
		return nil, err
	}
	return data, checkTile(data, t)
}

// openLeaves opens every leaf, and takes those whose hash stands at their
// place in a tile that leads to the root.
func (a *audit) openLeaves(ctx context.Context) error {
	type part struct {
		leaves []leafRef
		files  map[uint64]evidence.Leaf // configuration
		faults []Fault
		count  int
	}
	var files []int
	for i, e := range a.bundle.entries {
		if t, ok := evidence.ParseTilePath(e.name); ok && t.L == evidence.EntriesLevel && t == evidence.TileAt(t.L, uint64(t.N), a.checkpoint.Size) {
			files = append(files, i)
		}
	}
	return inOrder(ctx, len(files), func(_ context.Context, k int) (*part, error) {
		p, i := &part{files: map[uint64]evidence.Leaf{}}, files[k]
		name := a.bundle.entries[i].name
		fault := func(where, do, format string, args ...any) {
			p.faults = append(p.faults, Fault{Check: "inclusion", Where: where, What: fmt.Sprintf(format, args...), Do: do})
		}
		if a.bundle.entries[i].size > maxEntries {
			fault(name, fetchAgain, "has %d bytes: no bundle of entries is that large", a.bundle.entries[i].size)
			return p, nil
		}
		data, wrong, err := a.check(i, true)
		if err != nil {
			return nil, err
		}
		p.faults = wrong
		t, _ := evidence.ParseTilePath(name)
		entries, offsets, err := parseEntries(data, t.W)
		if err != nil {
			fault(name, fetchAgain, "%v", err)
			return p, nil
		}
		hashes, err := a.hashes(t)
		if err != nil {
			fault(name, notInLog, "%v", err)
		}
		mine := heads{}
		for place, entry := range entries {
			if len(entry) == 0 {
				continue
			}
			p.count++
			index := entryIndex(t, place)
			l, leaf, err := mine.open(index, entry)
			switch {
			case hashes == nil: // said above
			case err != nil:
				fault(leafName(index), "use the release that made the bundle, or ask the centre about this entry", "%v", err)
			case l.hash != evidence.HashAt(hashes, place):
				want := evidence.HashAt(hashes, place)
				fault(leafName(index), "this entry is not the one the log holds at this place; do not use it, and ask the centre for it again",
					"has the hash %x, the log's at this place is %x", l.hash[:], want[:])
			default:
				l.at, l.size = a.bundle.entries[i].data()+int64(offsets[place]), uint16(len(entry))
				p.leaves = append(p.leaves, l)
				if l.Kind == evidence.Config {
					p.files[index] = leaf
				}
			}
		}
		return p, nil
	}, func(_ int, p *part) error {
		a.faults(p.faults)
		a.report.Leaves += p.count
		for _, l := range p.leaves {
			l.head = a.heads.of(*l.head)
			a.leaves.list = append(a.leaves.list, l)
			if file, ok := p.files[l.Index]; ok {
				a.leaves.digest(l, file.Body)
			}
		}
		return nil
	})
}

// hashes returns the hashes of the leaves of a bundle of entries, from the
// tile beside it, if that leads to the root.
func (a *audit) hashes(entries evidence.Tile) ([]byte, error) {
	t := entries
	t.L = 0
	name := evidence.TilePath(t)
	if !a.proven[t.N] {
		return nil, fmt.Errorf("%s does not lead to the checkpoint's root, so nothing proves its entries", name)
	}
	data, err := a.bundle.read(a.bundle.index[name], evidence.TileWidth*sha256.Size)
	if err != nil {
		return nil, err
	}
	return data, checkTile(data, t)
}
