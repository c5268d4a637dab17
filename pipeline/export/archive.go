package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ErrContainer is what every error about the form of an archive is.
var ErrContainer = errors.New("not a nielu bundle")

// archive reads the files of a bundle where they lie.
type archive struct {
	from    io.ReaderAt
	size    int64
	entries []entry        // in the order they stand in
	index   map[string]int // by name; of two files of one name the first

	odd     int64  // the first byte that [Writer] would have written otherwise; -1: none
	oddFile string // and the file it belongs to; "": the directory
}

// openArchive finds the files of a bundle. It follows the local headers from
// the first byte, trusts no offset, and says with an [ErrContainer] where the
// archive stops making sense. As [Writer] has one answer for one set of files,
// a change outside of their contents is seen at once, in headers, in the
// directory, in front of it or behind it; the contents are seen by [archive.sum].
func openArchive(from io.ReaderAt, size int64) (*archive, error) {
	a := &archive{from: from, size: size, index: map[string]int{}, odd: -1}
	at := int64(0)
	head := make([]byte, localSize+maxName)
	for {
		n, err := from.ReadAt(head[:min(int64(len(head)), size-at)], at)
		if err != nil && err != io.EOF {
			return a, fmt.Errorf("read bundle: %w", err)
		}
		header := head[:n]
		if n < 4 {
			return a, fmt.Errorf("%w: it ends at byte %d before a list of its contents: the file was cut short, fetch it again", ErrContainer, size)
		}
		if s := binary.LittleEndian.Uint32(header); s != localSignature {
			if s != centralSignature && s != endSignature {
				return a, fmt.Errorf("%w: no entry starts at byte %d: the file is damaged or was made by another program", ErrContainer, at)
			}
			return a, a.compareDirectory(at)
		}
		if n < localSize {
			return a, fmt.Errorf("%w: entry header at byte %d is cut short, fetch the file again", ErrContainer, at)
		}
		length, extra := int(binary.LittleEndian.Uint16(header[26:])), binary.LittleEndian.Uint16(header[28:])
		e := entry{offset: at, size: binary.LittleEndian.Uint32(header[18:]), crc: binary.LittleEndian.Uint32(header[14:])}
		if extra != 0 || length > maxName || localSize+length > n || at+int64(localSize+length)+int64(e.size) > size {
			return a, fmt.Errorf("%w: entry at byte %d has lengths that do not fit the file", ErrContainer, at)
		}
		e.name = string(header[localSize : localSize+length])
		if err := checkName(e.name); err != nil {
			return a, fmt.Errorf("%w: entry at byte %d: %w", ErrContainer, at, err)
		}
		if len(a.entries) == maxFiles {
			return a, fmt.Errorf("%w: more than %d files", ErrContainer, maxFiles)
		}
		a.add(e, header)
		at = e.end()
	}
}

// add takes a file whose header was read and compares the header.
func (a *archive) add(e entry, header []byte) {
	want := e.local()
	for i, b := range want {
		if header[i] != b {
			a.differs(e.offset+int64(i), e.name)
			break
		}
	}
	if n := len(a.entries); n > 0 && byPlace(a.entries[n-1].name, e.name) >= 0 {
		a.differs(e.offset, e.name)
	}
	if _, twice := a.index[e.name]; !twice {
		a.index[e.name] = len(a.entries)
	}
	a.entries = append(a.entries, e)
}

func (a *archive) differs(at int64, file string) {
	if a.odd < 0 {
		a.odd, a.oddFile = at, file
	}
}

// compareDirectory compares what stands behind the files with what [Writer]
// would have written there.
func (a *archive) compareDirectory(at int64) error {
	have := make([]byte, 0, 256)
	err := directory(a.entries, at, func(want []byte) error {
		have = have[:min(int64(len(want)), a.size-at)]
		if n, err := a.from.ReadAt(have, at); err != nil && (err != io.EOF || n < len(have)) {
			return fmt.Errorf("read bundle: %w", err)
		}
		if !bytes.Equal(have, want) {
			i := 0
			for i < len(have) && have[i] == want[i] {
				i++
			}
			a.differs(at+int64(i), "")
		}
		at += int64(len(have))
		return nil
	})
	if at != a.size {
		a.differs(at, "")
	}
	return err
}

// sum reads a file and returns its digest and whether its checksum holds. It
// gives the content too if keep is set.
func (a *archive) sum(i int, keep bool) (data []byte, digest [sha256.Size]byte, sound bool, err error) {
	e := a.entries[i]
	sha, crc := sha256.New(), crc32.NewIEEE()
	if keep {
		if data, err = a.read(i, int64(e.size)); err != nil {
			return nil, digest, false, err
		}
		sha.Write(data)
		crc.Write(data)
	} else if _, err := io.Copy(io.MultiWriter(sha, crc), a.open(i)); err != nil {
		return nil, digest, false, fmt.Errorf("read %s: %w", e.name, err)
	}
	return data, [sha256.Size]byte(sha.Sum(nil)), crc.Sum32() == e.crc, nil
}

// open returns a file to be read from its start.
func (a *archive) open(i int) *io.SectionReader {
	return io.NewSectionReader(a.from, a.entries[i].data(), int64(a.entries[i].size))
}

// read returns a file that may have at most so many bytes.
func (a *archive) read(i int, most int64) ([]byte, error) {
	e := a.entries[i]
	if int64(e.size) > most {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed", e.name, e.size, most)
	}
	data := make([]byte, e.size)
	if _, err := io.ReadFull(a.open(i), data); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.name, err)
	}
	return data, nil
}

// file returns the small file of that name.
func (a *archive) file(name string, most int64) (data []byte, found bool, err error) {
	i, found := a.index[name]
	if !found {
		return nil, false, nil
	}
	data, err = a.read(i, most)
	return data, true, err
}

// isContainer tells whether an archive makes no sense, rather than that it
// cannot be read.
func isContainer(err error) bool { return errors.Is(err, ErrContainer) }
