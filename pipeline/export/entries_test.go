package export

import (
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/nielu/nielu/evidence"
)

// The names of tiles stand in the order of their numbers.
func TestTilesStandInOrder(t *testing.T) {
	numbers := []uint64{0, 1, 9, 10, 99, 100, 999, 1000, 1001, 9999, 123_456, 999_999, 1_000_000, 1_234_067}
	var names []string
	for _, n := range numbers {
		names = append(names, evidence.TilePath(evidence.TileAt(0, n, 1<<60)))
	}
	if !slices.IsSortedFunc(names, byPlace) {
		t.Error(names)
	}
}

func FuzzParseEntries(f *testing.F) {
	f.Add(evidence.AppendEntry(evidence.AppendEntry(nil, []byte("leaf")), nil), 2)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if width < 1 || width > evidence.TileWidth {
			return
		}
		entries, offsets, err := parseEntries(data, width)
		if err != nil {
			return
		}
		var again []byte
		for i, e := range entries {
			again = evidence.AppendEntry(again, e)
			if offsets[i] != len(again)-len(e) {
				t.Fatalf("entry %d is said to stand at %d", i, offsets[i])
			}
		}
		if string(again) != string(data) {
			t.Fatal("a second spelling")
		}
	})
}

func FuzzParseSum(f *testing.F) {
	f.Add(appendSum(nil, ReadmeName, [sha256.Size]byte{1}))
	f.Fuzz(func(t *testing.T, line []byte) {
		if name, digest, ok := parseSum(line); ok && string(appendSum(nil, name, digest)) != string(line) {
			t.Fatalf("%q has a second spelling", line)
		}
	})
}
