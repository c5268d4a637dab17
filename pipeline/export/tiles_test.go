package export

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

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
func (t tree) read(x tile) ([]Hash, error) {
	data, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: x.level, N: int64(x.n), W: x.width}, t)
	if err != nil {
		return nil, err
	}
	return parseHashes(data, x.width)
}

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
		got, err := rootHash(size, whole.read)
		if err != nil || got != Hash(want) {
			t.Fatalf("size %d: root %x, want %x (%v)", size, got, want, err)
		}
	}
	for _, size := range sizes {
		check(t, size)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Uint64Range(1, 66_000).Draw(t, "size")) })
	if got, _ := rootHash(0, nil); got != sha256.Sum256(nil) {
		t.Errorf("the root of nothing is %x", got)
	}
	for n := range uint64(256) {
		hashes, err := whole.read(tileAt(0, n, 66_000))
		if err != nil {
			t.Fatal(err)
		}
		above, at := tileAt(0, n, 66_000).up(66_000)
		parent, err := whole.read(above)
		if err != nil || parent[at] != fullHash(hashes) {
			t.Fatalf("tile %d: %s does not have its hash at %d (%v)", n, above.name(), at, err)
		}
	}
}

// Tile names are those of package tlog, which writes the height in front.
func TestTileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, 1<<40).Draw(t, "size")
		x := tileAt(rapid.IntRange(0, 4).Draw(t, "level"), rapid.Uint64Range(0, 1<<32).Draw(t, "n"), size)
		if x.width == 0 {
			return
		}
		want := strings.Replace(tlog.Tile{H: tileHeight, L: x.level, N: int64(x.n), W: x.width}.Path(), "tile/8/", "tile/", 1)
		if x.name() != want {
			t.Fatalf("%s, package tlog says %s", x.name(), want)
		}
		back, entries, ok := parseTile(x.name())
		if !ok || entries || back != x {
			t.Fatalf("%s reads as %+v", x.name(), back)
		}
		if back, entries, ok = parseTile(x.entriesName()); !ok || !entries || back.n != x.n || back.width != x.width {
			t.Fatalf("%s reads as %+v", x.entriesName(), back)
		}
	})
	for _, name := range []string{"tile/0/1", "tile/0/0001", "tile/00/001", "tile/8/001", "tile/0/x001/002/003", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/07", "tile/entries/", "tile/+1/001", "tile/0/x000/001", "views/x"} {
		if _, _, ok := parseTile(name); ok {
			t.Errorf("%s was read", name)
		}
	}
}

// The names of tiles stand in the order of their numbers.
func TestTilesStandInOrder(t *testing.T) {
	numbers := []uint64{0, 1, 9, 10, 99, 100, 999, 1000, 1001, 9999, 123_456, 999_999, 1_000_000, 1_234_067}
	var names []string
	for _, n := range numbers {
		names = append(names, tileAt(0, n, 1<<60).name())
	}
	if !slices.IsSortedFunc(names, byPlace) {
		t.Error(names)
	}
}

func TestTilesFor(t *testing.T) {
	var names []string
	for _, x := range tilesFor(256*256+256*3+5, []uint64{2, 257}) {
		names = append(names, x.name())
	}
	want := "[tile/0/002 tile/0/257 tile/0/259.p/5 tile/1/000 tile/1/001.p/3 tile/2/000.p/1]"
	if fmt.Sprint(names) != want {
		t.Errorf("%v, want %s", names, want)
	}
}

func FuzzParseEntries(f *testing.F) {
	f.Add(appendEntry(appendEntry(nil, []byte("leaf")), nil), 2)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if width < 1 || width > tileWidth {
			return
		}
		entries, offsets, err := parseEntries(data, width)
		if err != nil {
			return
		}
		var again []byte
		for i, e := range entries {
			again = appendEntry(again, e)
			if offsets[i] != len(again)-len(e) {
				t.Fatalf("entry %d is said to stand at %d", i, offsets[i])
			}
		}
		if string(again) != string(data) {
			t.Fatal("a second spelling")
		}
	})
}

func FuzzParseTile(f *testing.F) {
	f.Add("tile/entries/x001/234.p/7")
	f.Add("tile/0/000")
	f.Fuzz(func(t *testing.T, name string) {
		x, entries, ok := parseTile(name)
		if ok && (entries && x.entriesName() != name || !entries && x.name() != name) {
			t.Fatalf("%q reads as %+v", name, x)
		}
	})
}

func FuzzParseSum(f *testing.F) {
	f.Add(appendSum(nil, ReadmeName, Hash{1}))
	f.Fuzz(func(t *testing.T, line []byte) {
		if name, digest, ok := parseSum(line); ok && string(appendSum(nil, name, digest)) != string(line) {
			t.Fatalf("%q has a second spelling", line)
		}
	})
}
