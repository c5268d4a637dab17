package evidence

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// The log's tree is kept in tiles (C2SP tlog-tiles): at level L the hashes of
// the nodes that stand 8·L above the leaves, 256 a tile, and beside each tile
// of level 0 a bundle of the entries under it. Only the last tile of a level
// holds less. Package tlog names and reads tiles of any height; what is here
// is peculiar to this form.
const (
	tileHeight   = 8
	TileWidth    = 1 << tileHeight // hashes in a full tile, or entries in a full bundle
	TileLevels   = 64 / tileHeight // that a log can have
	EntriesLevel = -1              // of a bundle of entries, as package tlog has it
)

// Tile names a tile, or a bundle of entries.
type Tile = tlog.Tile

// TileAt returns tile n of a level in a tree of that size, or the bundle of
// the entries n. Its width is 0 if the tree is too small for it.
func TileAt(level int, n, size uint64) Tile {
	nodes := size >> (tileHeight * max(level, 0))
	t := Tile{H: tileHeight, L: level, N: int64(n)}
	if n <= nodes/TileWidth {
		t.W = int(min(TileWidth, nodes-n*TileWidth))
	}
	return t
}

// TilePath returns the name of a tile: that of package tlog without the
// height, and with another word for entries.
func TilePath(t Tile) string {
	name := strings.TrimPrefix(t.Path(), "tile/8/")
	if number, isData := strings.CutPrefix(name, "data/"); isData {
		name = "entries/" + number
	}
	return "tile/" + name
}

// ParseTilePath reads the name of a tile in its one spelling.
func ParseTilePath(name string) (t Tile, ok bool) {
	rest, ok := strings.CutPrefix(name, "tile/")
	if !ok {
		return Tile{}, false
	}
	if number, isEntries := strings.CutPrefix(rest, "entries/"); isEntries {
		rest = "data/" + number
	}
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil || t.L >= TileLevels || TilePath(t) != name {
		return Tile{}, false
	}
	return t, true
}

// ProvingTiles returns the tiles that prove the entries under tiles ns of
// level 0 in a tree of that size: those tiles, all above them, and the last
// tile of each level, which together give the root. They rise by level and
// number.
func ProvingTiles(size uint64, ns []uint64) (tiles []Tile) {
	for level := 0; level < TileLevels && size>>(tileHeight*level) > 0; level++ {
		at := map[uint64]Tile{}
		last := size >> (tileHeight * level) / TileWidth
		above := ns[:0:0]
		for _, n := range append([]uint64{last}, ns...) {
			if t := TileAt(level, n, size); t.W > 0 {
				at[n] = t
			}
		}
		for _, n := range ns {
			if at[n].W > 0 {
				above = append(above, n/TileWidth)
			}
		}
		for _, n := range slices.Sorted(maps.Keys(at)) {
			tiles = append(tiles, at[n])
		}
		ns = slices.Compact(above)
	}
	return tiles
}

// Root returns the root hash of a tree of that size from its tiles. It asks
// for the last tile of each level that is not full, from the top down, once
// for each full subtree in it.
func Root(size uint64, tile func(Tile) ([]byte, error)) (Hash, error) {
	return tlog.TreeHash(int64(size), hashReader(func(t Tile) ([]byte, error) {
		return tile(TileAt(t.L, uint64(t.N), size))
	}))
}

// hashReader reads the hashes of a tree from its tiles, each of which must be
// as wide as it is asked for, or wider.
func hashReader(tile func(Tile) ([]byte, error)) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, x := range indexes {
			t := tlog.TileForIndex(tileHeight, x)
			data, err := tile(t)
			if err != nil {
				return nil, err
			}
			if out[i], err = tlog.HashFromTile(t, data, x); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// AboveFull returns where the hash over a full tile stands: the tile above it
// in a tree of that size, and the place in that.
func AboveFull(t Tile, size uint64) (above Tile, place int) {
	return TileAt(t.L+1, uint64(t.N)/TileWidth, size), int(t.N % TileWidth)
}

// FullHash returns the hash over the hashes of a full tile.
func FullHash(t Tile, data []byte) (Hash, error) {
	top := tileHeight*t.L + tileHeight - 1 // the two halves stand there
	left, err := tlog.HashFromTile(t, data, tlog.StoredHashIndex(top, 2*t.N))
	if err != nil {
		return Hash{}, err
	}
	right, err := tlog.HashFromTile(t, data, tlog.StoredHashIndex(top, 2*t.N+1))
	if err != nil {
		return Hash{}, err
	}
	return tlog.NodeHash(left, right), nil
}

// HashAt returns the hash at a place in a tile.
func HashAt(data []byte, place int) Hash { return Hash(data[place*tlog.HashSize:]) }

// AppendEntry adds an entry to a bundle of entries: two bytes of length, then
// the entry.
func AppendEntry(out, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(out, uint16(len(entry))), entry...)
}

// CutEntry takes the first entry off a bundle of entries; not ok, if the
// bundle is cut short.
func CutEntry(data []byte) (entry, rest []byte, ok bool) {
	if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
		return nil, data, false
	}
	n := 2 + int(binary.BigEndian.Uint16(data))
	return data[2:n:n], data[n:], true
}
