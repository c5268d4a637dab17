package export

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

// File is one file of a bundle.
type File struct {
	Name string
	Data []byte
}

// The numbers of the zip format (PKWARE APPNOTE 6.3.10, sections 4.3.7,
// 4.3.12, 4.3.14 to 4.3.16) that a bundle uses.
const (
	localSignature     = 0x04034b50
	centralSignature   = 0x02014b50
	end64Signature     = 0x06064b50
	locator64Signature = 0x07064b50
	endSignature       = 0x06054b50

	localSize   = 30
	centralSize = 46
	end64Size   = 56
	locatorSize = 20
	endSize     = 22

	needsStore = 10       // version needed: stored files
	needsZip64 = 45       // version needed: zip64 end of central directory
	noTime     = 0        // 00:00:00
	noDate     = 1<<5 | 1 // 1980-01-01, the smallest date of the format
	utf8Names  = 0
)

// ErrContainer is what every error of [Read] is.
var ErrContainer = errors.New("not a nielu bundle")

// Write returns the one zip archive that holds the files: entries in the
// bundle's order, stored without compression, the smallest date, no extra
// fields, no comments. Equal files give equal bytes, in whatever order they
// are passed.
func Write(files []File) ([]byte, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, byPlace)
	total := endSize
	for i, f := range files {
		if err := checkName(f.Name); err != nil {
			return nil, fmt.Errorf("write bundle: %w", err)
		}
		if i > 0 && files[i-1].Name == f.Name {
			return nil, fmt.Errorf("write bundle: %s is there twice", f.Name)
		}
		total += localSize + centralSize + 2*len(f.Name) + len(f.Data)
	}
	if int64(total) > math.MaxUint32-end64Size-locatorSize {
		return nil, fmt.Errorf("write bundle: %d bytes: a bundle holds at most 4 GB, ask for a shorter interval", total)
	}
	out := make([]byte, 0, total+end64Size+locatorSize)
	central := make([]byte, 0, len(files)*(centralSize+40))
	for _, f := range files {
		offset, sum := uint32(len(out)), crc32.ChecksumIEEE(f.Data)
		out = le32(out, localSignature)
		out = describe(out, f, sum)
		out = append(out, f.Name...)
		out = append(out, f.Data...)

		central = le32(central, centralSignature)
		central = le16(central, needsStore) // version made by
		central = describe(central, f, sum)
		central = le16(central, 0, 0, 0) // comment length, disk, internal attributes
		central = le32(central, 0, offset)
		central = append(central, f.Name...)
	}
	start := len(out)
	out = append(out, central...)
	return end(out, len(files), start), nil
}

// describe appends the fields that a local and a central header share, from
// "version needed" to "extra field length".
func describe(out []byte, f File, sum uint32) []byte {
	out = le16(out, needsStore, utf8Names, 0, noTime, noDate)
	out = le32(out, sum, uint32(len(f.Data)), uint32(len(f.Data)))
	return le16(out, uint16(len(f.Name)), 0)
}

// end appends the end of central directory record, and the zip64 record
// before it when there are more entries than 16 bits can count.
func end(out []byte, count, start int) []byte {
	size, entries := len(out)-start, uint16(math.MaxUint16)
	if count < math.MaxUint16 {
		entries = uint16(count)
	} else {
		at := len(out)
		out = le32(out, end64Signature)
		out = le64(out, end64Size-12)
		out = le16(out, needsZip64, needsZip64)
		out = le32(out, 0, 0)
		out = le64(out, uint64(count), uint64(count), uint64(size), uint64(start))
		out = le32(out, locator64Signature, 0)
		out = le64(out, uint64(at))
		out = le32(out, 1)
	}
	out = le32(out, endSignature)
	out = le16(out, 0, 0, entries, entries)
	out = le32(out, uint32(size), uint32(start))
	return le16(out, 0)
}

// Read returns the files of a bundle in the order they stand in. It follows
// the local headers from the first byte, trusts no offset and no checksum,
// and says with an [ErrContainer] where the archive stops making sense. That
// nothing else hides in the archive is checked by [Compare].
func Read(bundle []byte) ([]File, error) {
	var files []File
	rest := bundle
	for {
		at := len(bundle) - len(rest)
		if len(rest) < 4 {
			return files, fmt.Errorf("%w: it ends at byte %d before a list of its contents: the file was cut short, fetch it again", ErrContainer, len(bundle))
		}
		if s := binary.LittleEndian.Uint32(rest); s != localSignature {
			if s != centralSignature && s != endSignature {
				return files, fmt.Errorf("%w: no entry starts at byte %d: the file is damaged or was made by another program", ErrContainer, at)
			}
			return files, nil
		}
		if len(rest) < localSize {
			return files, fmt.Errorf("%w: entry header at byte %d is cut short, fetch the file again", ErrContainer, at)
		}
		size := uint64(binary.LittleEndian.Uint32(rest[18:]))
		name := uint64(binary.LittleEndian.Uint16(rest[26:]))
		extra := uint64(binary.LittleEndian.Uint16(rest[28:]))
		if extra != 0 || localSize+name+size > uint64(len(rest)) {
			return files, fmt.Errorf("%w: entry at byte %d has lengths that do not fit the file", ErrContainer, at)
		}
		f := File{string(rest[localSize : localSize+name]), rest[localSize+name:][:size:size]}
		if err := checkName(f.Name); err != nil {
			return files, fmt.Errorf("%w: entry at byte %d: %w", ErrContainer, at, err)
		}
		files = append(files, f)
		rest = rest[localSize+name+size:]
	}
}

// Compare writes the files again and returns the first byte at which the
// result differs from the bundle, and the file it belongs to ("" for the
// directory at the end); -1 if all bytes are equal. As [Write] has one answer
// for one set of files, a change anywhere in the archive is seen: in data, in
// headers, in the directory, in front of it or behind it.
func Compare(bundle []byte, files []File) (at int, name string) {
	again, err := Write(files)
	if err == nil && bytes.Equal(bundle, again) {
		return -1, ""
	}
	at = min(len(bundle), len(again))
	for i := range at {
		if bundle[i] != again[i] {
			at = i
			break
		}
	}
	stop := 0
	for _, f := range files {
		stop += localSize + len(f.Name) + len(f.Data)
		if at < stop {
			return at, f.Name
		}
	}
	return at, ""
}

// byPlace orders files as they stand in a bundle: what a person opens first,
// first; then by name.
func byPlace(a, b File) int {
	return cmp.Or(cmp.Compare(place(a.Name), place(b.Name)), strings.Compare(a.Name, b.Name))
}

func place(name string) int {
	folder, _, inFolder := strings.Cut(name, "/")
	if inFolder {
		return 10 + max(0, slices.Index([]string{"", "leaves", "proofs", "views"}, folder))
	}
	return max(0, slices.Index([]string{ReadmeName, ManifestName, SignatureName, CheckpointName}, name))
}

// checkName admits only names that unpack to the same place everywhere.
func checkName(name string) error {
	if name == "" || len(name) > 200 || name[0] == '/' {
		return fmt.Errorf("file name %q: must be 1 to 200 characters and relative", name)
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
