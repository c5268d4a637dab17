package export

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/nielu/nielu/evidence"
)

// maxEntries is the greatest size of a bundle of entries.
const maxEntries = evidence.TileWidth * (2 + evidence.MaxLeaf)

// entryIndex is the index in the log of the entry at a place of a bundle.
func entryIndex(t evidence.Tile, place int) uint64 {
	return uint64(t.N)*evidence.TileWidth + uint64(place)
}

// parseEntries reads a bundle of that many entries and gives the offset of
// each. Those that are not there are empty.
func parseEntries(data []byte, width int) (entries [][]byte, offsets []int, err error) {
	some, rest := false, data
	for range width {
		entry, behind, ok := evidence.CutEntry(rest)
		if !ok {
			return nil, nil, fmt.Errorf("cut short after %d of %d entries", len(entries), width)
		}
		entries, offsets, rest = append(entries, entry), append(offsets, len(data)-len(behind)-len(entry)), behind
		some = some || len(entry) > 0
	}
	switch {
	case len(rest) > 0:
		return nil, nil, fmt.Errorf("%d bytes too many behind %d entries", len(rest), width)
	case !some:
		return nil, nil, errors.New("no entry is in it")
	}
	return entries, offsets, nil
}

// checkTile tells whether the file of a tile holds as many hashes as its name
// says.
func checkTile(data []byte, t evidence.Tile) error {
	if len(data) != t.W*sha256.Size {
		return fmt.Errorf("%d bytes, want %d hashes of %d", len(data), t.W, sha256.Size)
	}
	return nil
}

func hexHash(h [sha256.Size]byte) string { return hex.EncodeToString(h[:]) }
