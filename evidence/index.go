package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nielu/nielu/measure"
)

// The index is a file of records of 32 bytes, one a leaf, in order of leaves:
//
//	 0  8  from, Unix nanoseconds, big-endian
//	 8  8  to
//	16  8  plants, a Bloom filter of one bit each
//	24  1  kind
//	25  3  zero
//	28  4  CRC-32C of the 28 bytes before
//
// A record of zeros is not written yet. Blocks of 256 records are summarised
// in memory, so that a search reads only blocks that can match.
const (
	recordSize = 32
	blockSize  = 256
)

type record struct {
	kind     Kind
	from, to int64
	plants   uint64
}

func recordOf(l Leaf) record {
	r := record{kind: l.Kind, from: l.From, to: l.To}
	for _, p := range l.Plants {
		r.plants |= plantBit(p)
	}
	return r
}

func plantBit(plant string) uint64 {
	h := fnv.New32a()
	io.WriteString(h, plant)
	return 1 << (h.Sum32() % 64)
}

func (r record) encode() [recordSize]byte {
	var b [recordSize]byte
	binary.BigEndian.PutUint64(b[0:], uint64(r.from))
	binary.BigEndian.PutUint64(b[8:], uint64(r.to))
	binary.BigEndian.PutUint64(b[16:], r.plants)
	b[24] = byte(r.kind)
	binary.BigEndian.PutUint32(b[28:], crc32.Checksum(b[:28], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

func decodeRecord(b []byte) (record, bool) {
	if b[24] == 0 || binary.BigEndian.Uint32(b[28:]) != crc32.Checksum(b[:28], crc32.MakeTable(crc32.Castagnoli)) {
		return record{}, false
	}
	return record{
		kind:   Kind(b[24]),
		from:   int64(binary.BigEndian.Uint64(b[0:])),
		to:     int64(binary.BigEndian.Uint64(b[8:])),
		plants: binary.BigEndian.Uint64(b[16:]),
	}, true
}

type summary struct {
	kinds    uint16
	from, to int64
	plants   uint64
}

func (s *summary) add(r record) {
	if s.kinds == 0 {
		s.from, s.to = math.MaxInt64, math.MinInt64
	}
	s.kinds |= 1 << r.kind
	s.plants |= r.plants
	s.from, s.to = min(s.from, r.from), max(s.to, r.to)
}

// Query chooses leaves. An empty field of it chooses all.
type Query struct {
	Kinds    []Kind
	Plant    string
	Interval measure.Interval // overlapping it; the zero Interval: at any time
}

// Matches tells whether the query chooses an entry that touches these plants.
func (q Query) Matches(e Entry, plants []string) bool {
	kinds, _, from, to := q.mask()
	return kinds&(1<<e.Kind) != 0 && e.From < to && from < e.To && (q.Plant == "" || slices.Contains(plants, q.Plant))
}

func (q Query) mask() (kinds uint16, plants uint64, from, to int64) {
	for _, k := range q.Kinds {
		kinds |= 1 << k
	}
	if kinds == 0 {
		kinds = math.MaxUint16
	}
	if q.Plant != "" {
		plants = plantBit(q.Plant)
	}
	from, to = math.MinInt64, math.MaxInt64
	if q.Interval != (measure.Interval{}) {
		from, to = q.Interval.From.UnixNano(), q.Interval.To.UnixNano()
	}
	return kinds, plants, from, to
}

// Entry is what the index knows of a leaf.
type Entry struct {
	Index    uint64
	Kind     Kind
	From, To int64 // Unix nanoseconds
}

// Index has a record of each leaf, in a file or, where none may be written, in
// memory. It is derived from the leaves and made again where it is damaged.
type Index struct {
	mu        sync.Mutex
	file      *os.File
	memory    []byte // instead of a file
	records   uint64 // records in use, with no hole below
	summaries []summary
	ahead     map[uint64]record // written beyond records
}

// indexPath is the file in a log's folder.
func indexPath(dir string) string { return filepath.Join(dir, "index", "leaves") }

// OpenIndex opens the index in the folder of a log, or makes an empty one, for
// the one process that writes there.
func OpenIndex(dir string) (*Index, error) {
	file, err := os.OpenFile(indexPath(dir), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return &Index{file: file}, nil
}

// Close puts an opened index on disk and releases it.
func (x *Index) Close() error { return errors.Join(x.file.Sync(), x.file.Close()) }

// Load reads the records that are there and calls leaf for those that are
// missing or damaged below size.
func (x *Index) Load(size uint64, leaf func(uint64) (Leaf, error)) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	buf := make([]byte, blockSize*recordSize)
	for x.records < size {
		n := min(size-x.records, blockSize-x.records%blockSize) * recordSize
		got, err := x.readAt(buf[:n], int64(x.records*recordSize))
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("index: %w", err)
		}
		clear(buf[got:n])
		for b := buf[:n]; len(b) > 0; b = b[recordSize:] {
			r, ok := decodeRecord(b)
			if !ok {
				l, err := leaf(x.records)
				if err != nil {
					return err
				}
				r = recordOf(l)
				if err := x.write(x.records, r); err != nil {
					return err
				}
			}
			x.append(r)
		}
	}
	return nil
}

func (x *Index) readAt(b []byte, at int64) (int, error) {
	if x.file != nil {
		return x.file.ReadAt(b, at)
	}
	if at >= int64(len(x.memory)) {
		return 0, io.EOF
	}
	return copy(b, x.memory[at:]), nil
}

func (x *Index) write(i uint64, r record) error {
	b := r.encode()
	if x.file != nil {
		if _, err := x.file.WriteAt(b[:], int64(i*recordSize)); err != nil {
			return fmt.Errorf("index: %w", err)
		}
		return nil
	}
	if need := int(i+1) * recordSize; len(x.memory) < need {
		x.memory = append(x.memory, make([]byte, need-len(x.memory))...)
	}
	copy(x.memory[i*recordSize:], b[:])
	return nil
}

func (x *Index) append(r record) {
	if x.records%blockSize == 0 {
		x.summaries = append(x.summaries, summary{})
	}
	x.summaries[len(x.summaries)-1].add(r)
	x.records++
}

// Put records leaf i, which may come before its predecessors.
func (x *Index) Put(i uint64, l Leaf) error {
	r := recordOf(l)
	x.mu.Lock()
	defer x.mu.Unlock()
	if i < x.records {
		return nil
	}
	err := x.write(i, r)
	if x.ahead == nil {
		x.ahead = map[uint64]record{}
	}
	x.ahead[i] = r
	for {
		r, ok := x.ahead[x.records]
		if !ok {
			return err
		}
		delete(x.ahead, x.records)
		x.append(r)
	}
}

// Missing returns the leaves below size that have no record.
func (x *Index) Missing(size uint64) (missing []uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := x.records; i < size; i++ {
		if _, ok := x.ahead[i]; !ok {
			missing = append(missing, i)
		}
	}
	return missing
}

func (x *Index) size() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.records
}

// find returns the entries that match by index; plants may match falsely.
func (x *Index) find(q Query) ([]Entry, error) {
	kinds, plants, from, to := q.mask()
	x.mu.Lock()
	defer x.mu.Unlock()
	var found []Entry
	buf := make([]byte, blockSize*recordSize)
	for block, s := range x.summaries {
		if s.kinds&kinds == 0 || s.plants&plants != plants || s.from >= to || from >= s.to {
			continue
		}
		first := uint64(block) * blockSize
		n := min(blockSize, x.records-first) * recordSize
		if _, err := x.readAt(buf[:n], int64(first*recordSize)); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("index: %w", err)
		}
		for b, i := buf[:n], first; len(b) > 0; b, i = b[recordSize:], i+1 {
			r, ok := decodeRecord(b)
			if !ok {
				return nil, fmt.Errorf("index: record %d is damaged; delete the folder index of the log, it is made again", i)
			}
			if kinds&(1<<r.kind) != 0 && r.plants&plants == plants && r.from < to && from < r.to {
				found = append(found, Entry{Index: i, Kind: r.kind, From: r.from, To: r.to})
			}
		}
	}
	return found, nil
}

func interval(from, to int64) measure.Interval {
	return measure.Interval{From: time.Unix(0, from).UTC(), To: time.Unix(0, to).UTC()}
}
