package export

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Hash is a SHA-256 hash of the log's Merkle tree (RFC 6962).
type Hash = [sha256.Size]byte

// tileWidth is how many hashes a full tile has, or entries a full bundle of
// them: 2 to the power of tileHeight.
const (
	tileWidth  = 256
	tileHeight = 8
	maxLevel   = 64/tileHeight - 1
)

// tile names a tile of the log as C2SP tlog-tiles does: at level L the hashes
// of the nodes that stand 8·L above the leaves, from N·256 on. Only the last
// of a level has less than 256.
type tile struct {
	level int
	n     uint64
	width int
}

// tileAt returns the tile of a tree of that size; its width is 0 if the tree
// is too small for it.
func tileAt(level int, n, size uint64) tile {
	nodes := size >> (tileHeight * level)
	if n > nodes/tileWidth {
		return tile{level, n, 0}
	}
	return tile{level, n, int(min(tileWidth, nodes-n*tileWidth))}
}

// up returns the tile that holds this one's hash, if this one is full.
func (t tile) up(size uint64) (above tile, at int) {
	return tileAt(t.level+1, t.n/tileWidth, size), int(t.n % tileWidth)
}

func (t tile) name() string { return tilePath(strconv.Itoa(t.level), t.n, t.width) }

// entriesName is the file that holds the entries of a tile of level 0.
func (t tile) entriesName() string { return tilePath(entriesFolder, t.n, t.width) }

const entriesFolder = "entries"

func tilePath(level string, n uint64, width int) string {
	number := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	name := "tile/" + level + "/" + number
	if width < tileWidth {
		name += ".p/" + strconv.Itoa(width)
	}
	return name
}

// parseTile reads the name of a tile, or of its entries, in its one spelling.
func parseTile(name string) (t tile, entries, ok bool) {
	rest, ok := strings.CutPrefix(name, "tile/")
	if !ok {
		return t, false, false
	}
	level, rest, _ := strings.Cut(rest, "/")
	if entries = level == entriesFolder; !entries {
		var err error
		if t.level, err = strconv.Atoi(level); err != nil || t.level < 0 || t.level > maxLevel {
			return t, false, false
		}
	}
	t.width = tileWidth
	if number, width, part := strings.Cut(rest, ".p/"); part {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= tileWidth {
			return t, false, false
		}
		rest, t.width = number, w
	}
	n, err := strconv.ParseUint(strings.NewReplacer("x", "", "/", "").Replace(rest), 10, 63)
	if err != nil {
		return t, false, false
	}
	if t.n = n; entries {
		return t, true, t.entriesName() == name
	}
	return t, false, t.name() == name
}

// tilesFor returns the tiles that prove the entries of tiles n of level 0 in a
// tree of that size, in the order of a bundle: those tiles, all above them,
// and the last tile of each level, which together give the root.
func tilesFor(size uint64, ns []uint64) []tile {
	all := map[tile]bool{}
	for level := 0; level <= maxLevel; level++ {
		nodes := size >> (tileHeight * level)
		if nodes == 0 {
			break
		}
		if nodes%tileWidth > 0 {
			all[tileAt(level, nodes/tileWidth, size)] = true
		}
		above := ns[:0:0]
		for _, n := range ns {
			if t := tileAt(level, n, size); t.width > 0 {
				all[t] = true
				above = append(above, n/tileWidth)
			}
		}
		ns = slices.Compact(above)
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b tile) int { return byPlace(a.name(), b.name()) })
}

// nodeHash is the hash of a node over two others (RFC 6962, section 2.1).
func nodeHash(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// fullHash is the hash over the hashes of a full subtree: 1, 2, 4, ... 256.
func fullHash(hashes []Hash) Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return nodeHash(fullHash(hashes[:half]), fullHash(hashes[half:]))
}

// rootHash is the root of a tree of that size, from the last tile of each
// level that has one which is not full.
func rootHash(size uint64, last func(tile) ([]Hash, error)) (Hash, error) {
	var peaks []Hash // of the full subtrees, from the greatest to the smallest
	for level := maxLevel; level >= 0; level-- {
		nodes := size >> (tileHeight * level)
		width := int(nodes % tileWidth)
		if width == 0 {
			continue
		}
		hashes, err := last(tileAt(level, nodes/tileWidth, size))
		if err != nil {
			return Hash{}, err
		}
		for bit := tileWidth / 2; bit > 0; bit /= 2 {
			if width&bit != 0 {
				peaks = append(peaks, fullHash(hashes[:bit]))
				hashes = hashes[bit:]
			}
		}
	}
	if len(peaks) == 0 {
		return sha256.Sum256(nil), nil
	}
	root := peaks[len(peaks)-1]
	for i := len(peaks) - 2; i >= 0; i-- {
		root = nodeHash(peaks[i], root)
	}
	return root, nil
}

// parseHashes reads a tile of that width.
func parseHashes(data []byte, width int) ([]Hash, error) {
	if len(data) != width*sha256.Size {
		return nil, fmt.Errorf("%d bytes, want %d hashes of %d", len(data), width, sha256.Size)
	}
	hashes := make([]Hash, width)
	for i := range hashes {
		hashes[i] = Hash(data[i*sha256.Size:])
	}
	return hashes, nil
}

// appendEntry adds an entry to a bundle of entries: two bytes of length, then
// the entry. One that the bundle does not hold has the length 0.
func appendEntry(out, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(out, uint16(len(data))), data...)
}

// parseEntries reads the entries of a tile of that width and gives the offset
// of each; entries that are not there are empty.
func parseEntries(data []byte, width int) (entries [][]byte, offsets []int, err error) {
	at, some := 0, false
	for range width {
		if len(data)-at < 2 || len(data)-at-2 < int(binary.BigEndian.Uint16(data[at:])) {
			return nil, nil, fmt.Errorf("cut short after %d of %d entries", len(entries), width)
		}
		n := int(binary.BigEndian.Uint16(data[at:]))
		at += 2
		entries, offsets = append(entries, data[at:at+n:at+n]), append(offsets, at)
		at += n
		some = some || n > 0
	}
	switch {
	case at < len(data):
		return nil, nil, fmt.Errorf("%d bytes too many behind %d entries", len(data)-at, width)
	case !some:
		return nil, nil, errors.New("no entry is in it")
	}
	return entries, offsets, nil
}

// maxEntries is the greatest size of a bundle of entries.
const maxEntries = tileWidth * (2 + 1<<16 - 1)
