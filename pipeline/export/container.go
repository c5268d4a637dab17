package export

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/evidence"
)

// File is one file of a bundle.
type File struct {
	Name string
	Data []byte
}

// The numbers of the zip format (PKWARE APPNOTE 6.3.10, sections 4.3.7,
// 4.3.12, 4.3.14 to 4.3.16 and 4.5.3) that a bundle uses.
const (
	localSignature     = 0x04034b50
	centralSignature   = 0x02014b50
	end64Signature     = 0x06064b50
	locator64Signature = 0x07064b50
	endSignature       = 0x06054b50

	localSize   = 30
	centralSize = 46
	end64Size   = 56

	needsStore = 10       // version needed: stored files
	needsZip64 = 45       // version needed: an offset or a count of 64 bits
	noTime     = 0        // 00:00:00
	noDate     = 1<<5 | 1 // 1980-01-01, the smallest date of the format
	utf8Names  = 0
	extra64    = 1 // the extra field that holds an offset of 64 bits
)

// Limits of a container, so that none can claim more memory than they allow.
const (
	maxFiles = 1 << 22
	maxName  = 80
)

// entry is a file as headers and directory describe it.
type entry struct {
	name   string
	offset int64 // of its local header
	size   uint32
	crc    uint32
}

func (e entry) data() int64 { return e.offset + localSize + int64(len(e.name)) }
func (e entry) end() int64  { return e.data() + int64(e.size) }

// Writer writes the one zip archive that holds its files: stored without
// compression, the smallest date, no comments, in the bundle's order. Equal
// files give equal bytes. It keeps nothing but the directory in memory.
type Writer struct {
	to      *bufio.Writer
	at      int64
	entries []entry
}

// NewWriter returns a writer of an archive.
func NewWriter(to io.Writer) *Writer { return &Writer{to: bufio.NewWriterSize(to, 1<<20)} }

// Add writes the next file; each must stand behind the one before it in the
// order of a bundle.
func (w *Writer) Add(f File) error {
	err := checkName(f.Name)
	switch n := len(w.entries); {
	case err != nil:
	case n == maxFiles:
		err = fmt.Errorf("more than %d files: ask for a shorter interval", maxFiles)
	case n > 0 && byPlace(w.entries[n-1].name, f.Name) >= 0:
		err = fmt.Errorf("%s cannot stand behind %s", f.Name, w.entries[n-1].name)
	case int64(len(f.Data)) > math.MaxUint32:
		err = fmt.Errorf("%s has %d bytes, a file has less than 4 GB", f.Name, len(f.Data))
	}
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	e := entry{name: f.Name, offset: w.at, size: uint32(len(f.Data)), crc: crc32.ChecksumIEEE(f.Data)}
	w.entries = append(w.entries, e)
	return cmp.Or(w.write(e.local()), w.write(f.Data))
}

func (w *Writer) write(data []byte) error {
	n, err := w.to.Write(data)
	w.at += int64(n)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// Close writes the directory. It does not close what it writes to.
func (w *Writer) Close() error {
	if err := directory(w.entries, w.at, w.write); err != nil {
		return err
	}
	if err := w.to.Flush(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// local returns the header in front of a file.
func (e entry) local() []byte {
	out := make([]byte, 0, localSize+len(e.name))
	out = le32(out, localSignature)
	out = le16(out, needsStore)
	return append(le16(e.describe(out), 0), e.name...)
}

// central returns the file's line in the directory.
func (e entry) central() []byte {
	out := make([]byte, 0, centralSize+len(e.name)+12)
	offset, needs, extra := uint32(math.MaxUint32), uint16(needsZip64), uint16(12)
	if e.offset < math.MaxUint32 {
		offset, needs, extra = uint32(e.offset), needsStore, 0
	}
	out = le32(out, centralSignature)
	out = le16(out, needs, needs) // version made by, version needed
	out = le16(e.describe(out), extra)
	out = le16(out, 0, 0, 0) // comment length, disk, internal attributes
	out = le32(out, 0, offset)
	out = append(out, e.name...)
	if extra > 0 {
		out = le64(le16(out, extra64, 8), uint64(e.offset))
	}
	return out
}

// describe appends the fields that both headers share, from the flags to the
// length of the name.
func (e entry) describe(out []byte) []byte {
	out = le16(out, utf8Names, 0, noTime, noDate)
	out = le32(out, e.crc, e.size, e.size)
	return le16(out, uint16(len(e.name)))
}

// directory gives everything that stands behind the files, from byte start
// on, piece by piece: their lines, the zip64 records if a number needs more
// room than the end record has, and the end record.
func directory(entries []entry, start int64, write func([]byte) error) error {
	size := int64(0)
	for _, e := range entries {
		line := e.central()
		size += int64(len(line))
		if err := write(line); err != nil {
			return err
		}
	}
	count := len(entries)
	var out []byte
	if count >= math.MaxUint16 || start >= math.MaxUint32 || size >= math.MaxUint32 {
		out = le32(out, end64Signature)
		out = le64(out, end64Size-12)
		out = le16(out, needsZip64, needsZip64)
		out = le32(out, 0, 0)
		out = le64(out, uint64(count), uint64(count), uint64(size), uint64(start))
		out = le32(out, locator64Signature, 0)
		out = le64(out, uint64(start+size))
		out = le32(out, 1)
	}
	out = le32(out, endSignature)
	out = le16(out, 0, 0, uint16(min(count, math.MaxUint16)), uint16(min(count, math.MaxUint16)))
	out = le32(out, uint32(min(size, math.MaxUint32)), uint32(min(start, math.MaxUint32)))
	return write(le16(out, 0))
}

// byPlace orders the names of files as they stand in a bundle: what follows
// from the query first, what is computed from the leaves behind them, what
// vouches for all of it last; tiles by level, entries last, and number, others
// by name.
func byPlace(a, b string) int {
	if byFolder := cmp.Compare(place(a), place(b)); byFolder != 0 {
		return byFolder
	}
	if x, ok := evidence.ParseTilePath(a); ok {
		if y, ok := evidence.ParseTilePath(b); ok {
			if entries := x.L == evidence.EntriesLevel; entries != (y.L == evidence.EntriesLevel) {
				return map[bool]int{true: 1, false: -1}[entries]
			}
			return cmp.Or(cmp.Compare(x.L, y.L), cmp.Compare(x.N, y.N), cmp.Compare(x.W, y.W))
		}
	}
	return strings.Compare(a, b)
}

func place(name string) int {
	folder, _, inFolder := strings.Cut(name, "/")
	if inFolder {
		return 10 + max(0, slices.Index([]string{"", "tile", "files", "views"}, folder))
	}
	at := slices.Index([]string{ReadmeName, CheckpointName}, name)
	if at < 0 {
		at = 20 + slices.Index([]string{SumsName, ManifestName, SignatureName}, name)
	}
	return at
}

// checkName admits only names that unpack to the same place everywhere.
func checkName(name string) error {
	if name == "" || len(name) > maxName || name[0] == '/' {
		return fmt.Errorf("file name %q: must be 1 to %d characters and relative", name, maxName)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" || segment[0] == '.' {
			return fmt.Errorf("file name %q: empty or hidden part", name)
		}
		for _, c := range []byte(segment) {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-') {
				return fmt.Errorf("file name %q: only letters, digits, '.', '_' and '-' are allowed", name)
			}
		}
	}
	return nil
}

func le16(out []byte, values ...uint16) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out
}

func le32(out []byte, values ...uint32) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func le64(out []byte, values ...uint64) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}
