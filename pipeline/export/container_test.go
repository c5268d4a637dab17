package export

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/suite"
)

func small() []File {
	return []File{
		{"views/rollups.csv", []byte("tag,from\n")},
		{ReadmeName, []byte("read me\n")},
		{"tile/entries/001.p/7", []byte{0, 1, 2, 3}},
		{ManifestName, []byte("{}\n")},
		{"tile/entries/000", nil},
		{CheckpointName, []byte("log\n")},
	}
}

func TestWriteHasOneAnswer(t *testing.T) {
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	files := small()
	want, err := Write(files)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		got, err := Write(files)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("another order of the same files gave other bytes (%v)", err)
		}
	}
	read, err := Read(want)
	if err != nil || read[0].Name != ReadmeName || read[2].Name != "tile/entries/000" || read[5].Name != ManifestName {
		t.Fatalf("read back %v, %v", read, err)
	}
	if !Sound(want) {
		t.Fatal("differs from itself")
	}
}

// Any zip program must be able to open a bundle.
func TestOrdinaryZipReadersOpenIt(t *testing.T) {
	suite.Slow(t)
	for _, count := range []int{0, 5, 65534, 65535, 70000} {
		var files []File
		for i := range count {
			files = append(files, File{evidence.TilePath(evidence.TileAt(evidence.EntriesLevel, uint64(i), 1<<40)), []byte{byte(i)}})
		}
		bundle, err := Write(files)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
		if err != nil || len(z.File) != count {
			t.Fatalf("%d files: archive/zip sees %v, %v", count, z, err)
		}
		for i := 0; i < count; i += 997 {
			r, err := z.File[i].Open()
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, files[i].Data) {
				t.Fatalf("%s: %q, %v", files[i].Name, data, err)
			}
		}
	}
}

func TestEveryFlippedBitOfTheContainerIsSeen(t *testing.T) {
	bundle, err := Write(small())
	if err != nil {
		t.Fatal(err)
	}
	for at := range bundle {
		for bit := range 8 {
			bad := slices.Clone(bundle)
			bad[at] ^= 1 << bit
			if Sound(bad) {
				t.Fatalf("bit %d of byte %d flipped, nothing seen", bit, at)
			}
		}
	}
}

func TestAddedAndCutBytesAreSeen(t *testing.T) {
	bundle, _ := Write(small())
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(bundle)).Draw(t, "at")
		var bad []byte
		if rapid.Bool().Draw(t, "cut") {
			to := rapid.IntRange(at, len(bundle)).Draw(t, "to")
			bad = slices.Concat(bundle[:at], bundle[to:])
		} else {
			bad = slices.Concat(bundle[:at], rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), bundle[at:])
		}
		if !bytes.Equal(bad, bundle) && Sound(bad) {
			t.Fatal("nothing seen")
		}
	})
}

func TestWriteRefuses(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("a", 81), "/etc/passwd", "../up", "a//b", "a/../b", ".hidden", "a b", "ä"} {
		if _, err := Write([]File{{Name: name}}); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if _, err := Write([]File{{Name: "a"}, {Name: "a"}}); err == nil {
		t.Error("one name twice was written")
	}
}

// An archive beyond 4 GB has offsets of 64 bits. The hole of zeros in this one
// is not kept anywhere.
func TestBeyondFourGigabytes(t *testing.T) {
	var head, tail bytes.Buffer
	hole := int64(4<<30 - 100)
	first := entry{name: CheckpointName, size: uint32(hole)}
	head.Write(first.local())
	w := NewWriter(&tail)
	w.entries, w.at = []entry{first}, int64(head.Len())+hole
	for _, f := range []File{{"tile/entries/000", []byte("below")}, {"tile/entries/001", []byte("across")}, {ManifestName, []byte("{}")}} {
		if err := w.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.entries[1].offset >= 1<<32 || w.entries[3].offset <= 1<<32 {
		t.Fatalf("offsets %d and %d do not span 4 GB", w.entries[1].offset, w.entries[3].offset)
	}
	bundle := &sparse{head.Bytes(), hole, tail.Bytes()}
	z, err := zip.NewReader(bundle, bundle.size())
	if err != nil || len(z.File) != 4 {
		t.Fatalf("archive/zip sees %v, %v", z, err)
	}
	r, err := z.File[3].Open()
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(r); err != nil || string(data) != "{}" {
		t.Fatalf("%q, %v", data, err)
	}
	a, err := openArchive(bundle, bundle.size())
	if err != nil || a.odd != -1 {
		t.Fatalf("differs from itself at %d, in %q (%v)", a.odd, a.oddFile, err)
	}
	for at := range bundle.tail {
		for bit := range 8 {
			bundle.tail[at] ^= 1 << bit
			a, err := openArchive(bundle, bundle.size())
			found := err != nil || a.odd >= 0
			for i := 1; i < 4 && !found; i++ {
				_, _, sound, err := a.sum(i, false)
				found = err != nil || !sound
			}
			if bundle.tail[at] ^= 1 << bit; !found {
				t.Fatalf("bit %d of byte %d behind the hole flipped, nothing seen", bit, at)
			}
		}
	}
}

// sparse is a file with a hole of zeros.
type sparse struct {
	head []byte
	hole int64
	tail []byte
}

func (s *sparse) size() int64 { return int64(len(s.head)) + s.hole + int64(len(s.tail)) }

func (s *sparse) ReadAt(b []byte, at int64) (int, error) {
	for i := range b {
		switch p := at + int64(i); {
		case p < int64(len(s.head)):
			b[i] = s.head[p]
		case p < int64(len(s.head))+s.hole:
			b[i] = 0
		case p < s.size():
			b[i] = s.tail[p-int64(len(s.head))-s.hole]
		default:
			return i, io.EOF
		}
	}
	return len(b), nil
}

func FuzzRead(f *testing.F) {
	bundle, _ := Write(small())
	f.Add(bundle)
	f.Add(bundle[:len(bundle)/2])
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := Read(data)
		if err != nil || !Sound(data) {
			return
		}
		if again, err := Write(files); err != nil || !bytes.Equal(again, data) {
			t.Fatal("called sound, but is not")
		}
	})
}
