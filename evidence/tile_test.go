package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// tree is a log's tree as package tlog has it.
type tree []tlog.Hash

func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t[x]
	}
	return out, nil
}

func grow(size int64) (t tree) {
	for i := range size {
		leaf := tlog.RecordHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
		more, err := tlog.StoredHashesForRecordHash(i, leaf, t)
		if err != nil {
			panic(err)
		}
		t = append(t, more...)
	}
	return t
}

// read returns the hashes of a tile.
func (t tree) read(x tlog.Tile) ([]byte, error) { return tlog.ReadTileData(x, t) }

// The root and the way up to it are those of package tlog, for every size near
// the edges of tiles and others.
func TestTilesLeadToTheRoot(t *testing.T) {
	whole := grow(66_000)
	sizes := []uint64{1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 65_793, 66_000}
	check := func(t interface{ Fatalf(string, ...any) }, size uint64) {
		want, err := tlog.TreeHash(int64(size), whole)
		if err != nil {
			t.Fatalf("%v", err)
		}
		got, err := Root(size, whole.read)
		if err != nil || got != want {
			t.Fatalf("size %d: root %x, want %x (%v)", size, got[:], want[:], err)
		}
	}
	for _, size := range sizes {
		check(t, size)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Uint64Range(1, 66_000).Draw(t, "size")) })
	if got, _ := Root(0, nil); got != sha256.Sum256(nil) {
		t.Errorf("the root of nothing is %x", got[:])
	}
	for n := range uint64(256) {
		full := TileAt(0, n, 66_000)
		data, err := whole.read(full)
		if err != nil {
			t.Fatal(err)
		}
		hash := ok[Hash](t)(FullHash(full, data))
		above, at := AboveFull(full, 66_000)
		parent, err := whole.read(above)
		if err != nil || HashAt(parent, at) != hash {
			t.Fatalf("tile %d: %s does not have its hash at %d (%v)", n, TilePath(above), at, err)
		}
	}
}

// Tile names are those of package tlog, which writes the height in front, and
// those of Tessera, which keeps the log.
func TestTileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, 1<<40).Draw(t, "size")
		x := TileAt(rapid.IntRange(0, 4).Draw(t, "level"), rapid.Uint64Range(0, 1<<32).Draw(t, "n"), size)
		if x.W == 0 {
			return
		}
		want := strings.Replace(x.Path(), "tile/8/", "tile/", 1)
		if TilePath(x) != want || TilePath(x) != layout.TilePath(uint64(x.L), uint64(x.N), uint8(x.W%TileWidth)) {
			t.Fatalf("%s, package tlog says %s", TilePath(x), want)
		}
		back, ok := ParseTilePath(TilePath(x))
		if !ok || back != x {
			t.Fatalf("%s reads as %+v", TilePath(x), back)
		}
		entries := x
		entries.L = EntriesLevel
		if TilePath(entries) != layout.EntriesPath(uint64(x.N), uint8(x.W%TileWidth)) {
			t.Fatalf("%s is not what Tessera calls it", TilePath(entries))
		}
		if back, ok = ParseTilePath(TilePath(entries)); !ok || back != entries {
			t.Fatalf("%s reads as %+v", TilePath(entries), back)
		}
	})
	for _, name := range []string{"tile/0/1", "tile/0/0001", "tile/00/001", "tile/8/001", "tile/0/x001/002/003", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/07", "tile/entries/", "tile/+1/001", "tile/0/x000/001", "tile/data/001", "tile/-1/001", "views/x"} {
		if _, ok := ParseTilePath(name); ok {
			t.Errorf("%s was read", name)
		}
	}
}

func TestProvingTiles(t *testing.T) {
	var names []string
	for _, x := range ProvingTiles(256*256+256*3+5, []uint64{2, 257}) {
		names = append(names, TilePath(x))
	}
	want := "[tile/0/002 tile/0/257 tile/0/259.p/5 tile/1/000 tile/1/001.p/3 tile/2/000.p/1]"
	if fmt.Sprint(names) != want {
		t.Errorf("%v, want %s", names, want)
	}
}

// asked notes which tiles package tlog asks for, and has none.
type asked struct{ tiles []tlog.Tile }

func (*asked) Height() int                     { return tileHeight }
func (*asked) SaveTiles([]tlog.Tile, [][]byte) {}
func (r *asked) ReadTiles(t []tlog.Tile) ([][]byte, error) {
	r.tiles = t
	return nil, io.EOF
}

// The tiles that prove entries are those that package tlog asks for.
func TestProvingTilesAreEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, 1<<30).Draw(t, "size")
		ns := rapid.SliceOfNDistinct(rapid.Uint64Range(0, (size-1)/TileWidth), 0, 5, rapid.ID).Draw(t, "ns")
		slices.Sort(ns)
		var indexes []int64
		for _, n := range ns {
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(n)*TileWidth))
		}
		var r asked
		if _, err := tlog.TileHashReader(tlog.Tree{N: int64(size)}, &r).ReadHashes(indexes); err != io.EOF {
			t.Fatal(err)
		}
		slices.SortFunc(r.tiles, func(a, b tlog.Tile) int { return cmp.Or(cmp.Compare(a.L, b.L), cmp.Compare(a.N, b.N)) })
		if got := ProvingTiles(size, ns); !slices.Equal(got, r.tiles) {
			t.Fatalf("%v, package tlog asks for %v", got, r.tiles)
		}
	})
}

func FuzzParseTile(f *testing.F) {
	f.Add("tile/entries/x001/234.p/7")
	f.Add("tile/0/000")
	f.Fuzz(func(t *testing.T, name string) {
		x, ok := ParseTilePath(name)
		if ok && (TilePath(x) != name || x.L != EntriesLevel && (x.L < 0 || x.L >= TileLevels)) {
			t.Fatalf("%q reads as %+v", name, x)
		}
	})
}
