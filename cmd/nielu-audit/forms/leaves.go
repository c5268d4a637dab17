package forms

import (
	"context"
	"slices"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/export"
)

// Bounds of what one question may bring, so that no bundle can claim more
// memory than a few gigabytes: a piece of four hours may have 4,000 tags at 1 Hz.
const (
	mostScans    = 1 << 24
	mostReadings = 1 << 26
)

// replay gives the readings of some leaves of a log as if they were all of it.
func replay(some []export.Touch, get export.Get, wanted map[measure.Tag]bool) pipeline.Source {
	return &ingest.Reader{Log: &leaves{some, get}, Cache: 32, ScanLimit: mostScans, Decode: func(catalogue []byte, scans []measure.Scan) ([]measure.Series, error) {
		return devices.DecodeSome(catalogue, scans, mostReadings, wanted)
	}}
}

// leaves serves them.
type leaves struct {
	some []export.Touch // by index
	get  export.Get
}

// Size returns the index after the last entry.
func (l *leaves) Size() uint64 {
	if len(l.some) == 0 {
		return 0
	}
	return l.some[len(l.some)-1].Index + 1
}

// Entry returns the bytes of the entry at the index.
func (l *leaves) Entry(ctx context.Context, index uint64) ([]byte, error) { return l.get(ctx, index) }

// Find returns the entries that match.
func (l *leaves) Find(_ context.Context, q evidence.Query) ([]evidence.Entry, error) {
	var found []evidence.Entry
	from, to := q.Interval.From.UnixNano(), q.Interval.To.UnixNano()
	always := q.Interval == (measure.Interval{})
	for _, x := range l.some {
		if (always || x.From < to && from < x.To) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, evidence.Kind(x.Kind))) && (q.Plant == "" || slices.Contains(x.Plants, q.Plant)) {
			found = append(found, evidence.Entry{Index: x.Index, Kind: evidence.Kind(x.Kind), From: x.From, To: x.To})
		}
	}
	return found, nil
}
