package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/measure"
)

// Batch is consecutive scans of one agent: Scans[i].Seq is Scans[0].Seq + i.
type Batch struct {
	Site, Agent string
	Plants      []string // that the scans touch
	Epoch       uint64   // counts the starts of the agent's spool
	Prev        []byte   // hash of the agent's previous leaf; empty for the first
	From, To    int64    // Unix nanoseconds the readings lie in, [From, To); both 0: the times of the scans
	Catalogue   string   // hex SHA-256 of the catalogue that decodes the scans
	Clock       evidence.ClockState
	Scans       []measure.Scan
}

// Limits of a batch, so that no leaf can claim more memory than this.
const (
	MaxScans      = 1 << 16 // scans in a batch
	MaxRaw        = 1 << 15 // bytes of one scan
	MaxBatchBytes = 1 << 20 // bytes of the columns before compression
)

// EncodeBatch returns the batch as an unsigned leaf.
func EncodeBatch(b Batch) (evidence.Leaf, error) {
	if len(b.Scans) == 0 || len(b.Scans) > MaxScans {
		return evidence.Leaf{}, fmt.Errorf("encode batch: %d scans, want 1 to %d", len(b.Scans), MaxScans)
	}
	digest, err := hex.DecodeString(b.Catalogue)
	if err != nil || len(digest) != sha256.Size {
		return evidence.Leaf{}, fmt.Errorf("encode batch: catalogue %q is not a hex SHA-256", b.Catalogue)
	}
	first := b.Scans[0].Seq
	for i, s := range b.Scans {
		if s.Seq != first+uint64(i) {
			return evidence.Leaf{}, fmt.Errorf("encode batch: scan %d follows scan %d", s.Seq, first+uint64(i)-1)
		}
		if len(s.Raw) > MaxRaw {
			return evidence.Leaf{}, fmt.Errorf("encode batch: scan %d of block %d has %d bytes, at most %d fit", s.Seq, s.Block, len(s.Raw), MaxRaw)
		}
	}
	columns := appendColumns(nil, b.Scans)
	if len(columns) > MaxBatchBytes {
		return evidence.Leaf{}, fmt.Errorf("encode batch: %d bytes, at most %d fit", len(columns), MaxBatchBytes)
	}
	packed, err := compress(columns)
	if err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode batch: %w", err)
	}
	body, err := wire.Marshal(&wire.BatchBody{
		Catalogue: digest, Clock: uint32(b.Clock), Size: uint32(len(columns)), Columns: packed,
	})
	if err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode batch: %w", err)
	}
	from, to := b.From, b.To
	if from == 0 && to == 0 {
		from, to = Span(b.Scans)
	}
	return evidence.Leaf{
		Kind: evidence.Batch, Site: b.Site, Signer: b.Agent, Plants: b.Plants, From: from, To: to,
		Epoch: b.Epoch, First: first, Last: first + uint64(len(b.Scans)) - 1, Prev: b.Prev, Body: body,
	}, nil
}

// Span returns the times of the scans as [from, to), in Unix nanoseconds.
func Span(scans []measure.Scan) (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for _, s := range scans {
		from, to = min(from, s.At), max(to, s.At)
	}
	if to < math.MaxInt64 {
		to++
	}
	return from, to
}

// DecodeBatch reads a leaf of kind Batch.
func DecodeBatch(l evidence.Leaf) (Batch, error) {
	fail := func(err error) (Batch, error) {
		return Batch{}, fmt.Errorf("decode batch of %s/%s, epoch %d, %d to %d: %w", l.Site, l.Signer, l.Epoch, l.First, l.Last, err)
	}
	if l.Kind != evidence.Batch {
		return fail(fmt.Errorf("it is a %v", l.Kind))
	}
	var body wire.BatchBody
	if err := wire.Unmarshal(l.Body, &body); err != nil {
		return fail(err)
	}
	if len(body.Catalogue) != sha256.Size || body.Clock > math.MaxUint8 {
		return fail(errors.New("the catalogue's digest or the clock state is malformed"))
	}
	if body.Size > MaxBatchBytes {
		return fail(fmt.Errorf("%d bytes of columns, at most %d are allowed", body.Size, MaxBatchBytes))
	}
	columns, err := decompress(body.Columns, int(body.Size))
	if err != nil {
		return fail(err)
	}
	scans, err := parseColumns(columns, l.First)
	if err != nil {
		return fail(err)
	}
	if uint64(len(scans)) != l.Last-l.First+1 {
		return fail(fmt.Errorf("%d scans", len(scans)))
	}
	return Batch{
		Site: l.Site, Agent: l.Signer, Plants: l.Plants, Epoch: l.Epoch, Prev: l.Prev, From: l.From, To: l.To,
		Catalogue: hex.EncodeToString(body.Catalogue), Clock: evidence.ClockState(body.Clock), Scans: scans,
	}, nil
}
