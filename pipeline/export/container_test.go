package export

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func small() []File {
	return []File{
		{"views/rollups.csv", []byte("tag,from\n")},
		{ReadmeName, []byte("read me\n")},
		{"leaves/0000000010.bin", []byte{0, 1, 2, 3}},
		{ManifestName, []byte("{}\n")},
		{"leaves/0000000002.bin", nil},
		{CheckpointName, []byte("log\n")},
	}
}

func TestWriteHasOneAnswer(t *testing.T) {
	files := small()
	want, err := Write(files)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		got, err := Write(files)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("another order of the same files gave other bytes (%v)", err)
		}
	}
	read, err := Read(want)
	if err != nil || read[0].Name != ReadmeName || read[3].Name != "leaves/0000000002.bin" {
		t.Fatalf("read back %v, %v", read, err)
	}
	if at, name := Compare(want, read); at != -1 {
		t.Fatalf("differs from itself at %d, in %q", at, name)
	}
}

// Any zip program must be able to open a bundle.
func TestOrdinaryZipReadersOpenIt(t *testing.T) {
	for _, count := range []int{0, 5, 65534, 65535, 70000} {
		var files []File
		for i := range count {
			files = append(files, File{fmt.Sprintf("leaves/%010d.bin", i), []byte{byte(i)}})
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
			files, err := Read(bad)
			if err != nil {
				continue
			}
			if where, _ := Compare(bad, files); where == -1 {
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
		files, err := Read(bad)
		if err != nil || bytes.Equal(bad, bundle) {
			return
		}
		if where, _ := Compare(bad, files); where == -1 {
			t.Fatal("nothing seen")
		}
	})
}

func TestWriteRefuses(t *testing.T) {
	for _, name := range []string{"", "/etc/passwd", "../up", "a//b", "a/../b", ".hidden", "a b", "ä"} {
		if _, err := Write([]File{{Name: name}}); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if _, err := Write([]File{{Name: "a"}, {Name: "a"}}); err == nil {
		t.Error("one name twice was written")
	}
}

func FuzzRead(f *testing.F) {
	bundle, _ := Write(small())
	f.Add(bundle)
	f.Add(bundle[:len(bundle)/2])
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := Read(data)
		if err != nil {
			return
		}
		if at, _ := Compare(data, files); at == -1 {
			if again, err := Write(files); err != nil || !bytes.Equal(again, data) {
				t.Fatal("called equal, but is not")
			}
		}
	})
}

func FuzzParseProof(f *testing.F) {
	f.Add(FormatProof(Proof{Index: 7, Path: []Hash{{1}, {2}}, Checkpoint: []byte("log\n8\nhash\n\nsigned\n")}))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseProof(text)
		if err == nil && !bytes.Equal(FormatProof(p), text) {
			t.Fatalf("%q has a second spelling", text)
		}
	})
}
