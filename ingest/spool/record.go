package spool

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// A record of the journal, numbers big-endian:
//
//	0   4  length n of the payload
//	4   4  CRC-32C of all that follows
//	8   8  sequence number
//	16  1  kind
//	17  n  payload
//
// A segment begins with a record of kind header, whose sequence number is
// that of the first record to come.
const (
	recordHead = 17

	kindHeader  = 1 // payload: segmentHeader as JSON
	kindScan    = 2 // payload: block (varint), time (zigzag varint), fault (1), raw
	kindLoss    = 3 // payload: evidence.LossRecord as JSON
	kindClock   = 4 // payload: the state of the clock that stamps what follows (1); takes no number
	kindShift   = 5 // payload: evidence.Correction as JSON
	kindRefused = 6 // payload: refusals as JSON; of the file "refused" alone

	maxPayload = ingest.MaxRaw + 64
)

// segmentHeader is what holds for all scans of a segment.
type segmentHeader struct {
	Epoch     uint64   `json:"epoch"`
	Catalogue string   `json:"catalogue"`
	Plants    []string `json:"plants"`
}

func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// beginRecord and endRecord frame what is appended between them.
func beginRecord(b []byte, seq uint64, kind byte) []byte {
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, seq)
	return append(b, kind)
}

func endRecord(b []byte, start int) []byte {
	r := b[start:]
	binary.BigEndian.PutUint32(r[0:], uint32(len(r)-recordHead))
	binary.BigEndian.PutUint32(r[4:], castagnoli(r[8:]))
	return b
}

func appendScan(b []byte, seq uint64, s measure.Scan) []byte {
	start := len(b)
	b = beginRecord(b, seq, kindScan)
	b = binary.AppendUvarint(b, uint64(s.Block))
	b = binary.AppendVarint(b, s.At)
	b = append(b, byte(s.Fault))
	b = append(b, s.Raw...)
	return endRecord(b, start)
}

func appendClock(b []byte, next uint64, state evidence.ClockState) []byte {
	start := len(b)
	return endRecord(append(beginRecord(b, next, kindClock), byte(state)), start)
}

func appendJSON(b []byte, seq uint64, kind byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return b, err
	}
	start := len(b)
	return endRecord(append(beginRecord(b, seq, kind), text...), start), nil
}

// record is one record of the journal, decoded.
type record struct {
	seq     uint64
	kind    byte
	scan    measure.Scan        // kindScan
	loss    evidence.LossRecord // kindLoss
	refused refusals            // kindRefused, and kindLoss
	header  segmentHeader       // kindHeader
	clock   evidence.ClockState // kindClock
	shift   evidence.Correction // kindShift
}

// parseRecord reads the record at the start of b and returns its size;
// false: there is no whole, undamaged record.
func parseRecord(b []byte) (r record, size int, ok bool) {
	if len(b) < recordHead {
		return r, 0, false
	}
	n := binary.BigEndian.Uint32(b)
	if n > maxPayload || int(n) > len(b)-recordHead {
		return r, 0, false
	}
	size = recordHead + int(n)
	b = b[:size]
	if binary.BigEndian.Uint32(b[4:]) != castagnoli(b[8:]) {
		return r, 0, false
	}
	r.seq, r.kind = binary.BigEndian.Uint64(b[8:]), b[16]
	payload := b[recordHead:]
	switch r.kind {
	case kindHeader:
		ok = json.Unmarshal(payload, &r.header) == nil
	case kindLoss:
		ok = json.Unmarshal(payload, &r.loss) == nil
		r.refused.LossRecord = r.loss
	case kindRefused:
		ok = json.Unmarshal(payload, &r.refused) == nil
	case kindClock:
		if ok = len(payload) == 1; ok {
			r.clock = evidence.ClockState(payload[0])
		}
	case kindShift:
		ok = json.Unmarshal(payload, &r.shift) == nil
	case kindScan:
		r.scan, ok = parseScan(payload)
		r.scan.Seq = r.seq
	}
	return r, size, ok
}

func parseScan(b []byte) (s measure.Scan, ok bool) {
	block, n := binary.Uvarint(b)
	if n <= 0 || block > 1<<32-1 {
		return s, false
	}
	b = b[n:]
	at, n := binary.Varint(b)
	if n <= 0 || len(b) == n {
		return s, false
	}
	s.Block, s.At, s.Fault = uint32(block), at, measure.Fault(b[n])
	if raw := b[n+1:]; len(raw) > 0 {
		s.Raw = raw
	}
	return s, true
}

// damage is a stretch of a segment that holds no whole record.
type damage struct{ from, to int }

// parseJournal reads all records of a segment. It steps over damage by
// looking for the next whole record that continues the sequence. A stretch
// that reaches the end of data is a torn tail.
func parseJournal(data []byte) (records []record, torn []damage) {
	var last uint64
	for at := 0; at < len(data); {
		r, size, ok := parseRecord(data[at:])
		if ok && r.seq >= last {
			records = append(records, r)
			last = r.seq
			at += size
			continue
		}
		from := at
		for at++; at < len(data); at++ {
			if r, _, ok := parseRecord(data[at:]); ok && r.seq > last {
				break
			}
		}
		torn = append(torn, damage{from, at})
	}
	return records, torn
}

// isZero tells whether b is all zeros, as a file is that grew without its data.
func isZero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }
