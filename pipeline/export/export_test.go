package export

import (
	"bytes"
	"crypto/sha256"
	"io"
	"slices"

	"github.com/nielu/nielu/evidence"
)

// What the tests of the whole need of the parts.

// Write returns the archive that holds the files.
func Write(files []File) ([]byte, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return byPlace(a.Name, b.Name) })
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, f := range files {
		if err := w.Add(f); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// Read returns the files of an archive, in their order.
func Read(bundle []byte) ([]File, error) {
	a, err := openArchive(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		return nil, err
	}
	var files []File
	for i, e := range a.entries {
		data, err := a.read(i, int64(e.size))
		if err != nil {
			return nil, err
		}
		files = append(files, File{e.name, data})
	}
	return files, nil
}

// Sound tells whether an archive is byte for byte what writing its files gives.
func Sound(bundle []byte) bool {
	a, err := openArchive(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil || a.odd >= 0 {
		return false
	}
	for i := range a.entries {
		if _, _, sound, err := a.sum(i, false); err != nil || !sound {
			return false
		}
	}
	return true
}

// Sums returns the text of SHA256SUMS for files, in the order of a bundle.
func Sums(files []File) (text []byte) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return byPlace(a.Name, b.Name) })
	for _, f := range files {
		text = appendSum(text, f.Name, sha256.Sum256(f.Data))
	}
	return text
}

func ParseEntries(data []byte, width int) ([][]byte, error) {
	entries, _, err := parseEntries(data, width)
	return entries, err
}

func AppendEntry(out, entry []byte) []byte { return evidence.AppendEntry(out, entry) }

func Pack(text []byte) []byte {
	data, err := pack(text)
	if err != nil {
		panic(err)
	}
	return data
}

func Unpack(data []byte) ([]byte, error) {
	r, err := unpack(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// PrintedFormat is the form of bundles that hold the printed report.
const PrintedFormat = printedFormat

// Readme returns the page that a stranger opens first.
func Readme(m Manifest) []byte { return readme(m) }
