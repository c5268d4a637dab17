package ingest

import (
	"bytes"
	"context"
	"encoding/json"
)

// MaxReadings is how many readings one batch may give, so that no small leaf
// makes a reader use more than 100 MB. One that would give more counts as
// lost: no gateway that is right comes near it.
const MaxReadings = 1 << 22

// readingBound is how many readings a scan of a block gives at most: its points, and
// with each as many of them as a message has elements, no more than commas can part.
type readingBound struct {
	points int
	each   bool
}

func (b readingBound) of(raw []byte) int {
	if b.each {
		return b.points * (1 + bytes.Count(raw, []byte{','}))
	}
	return b.points
}

// boundReadings returns how many readings a batch gives at most, without making them.
func (r *Reader) boundReadings(ctx context.Context, b *Batch) (readings int, err error) {
	bounds, err := r.bounds.get(b.Catalogue, 256, func() ([]readingBound, error) {
		text, err := r.Catalogue(ctx, b.Catalogue)
		if err != nil {
			return nil, err
		}
		var c struct {
			Blocks []struct {
				Points []json.RawMessage `json:"points"`
				Each   string            `json:"each"`
			} `json:"blocks"`
		}
		_ = json.Unmarshal(text, &c) // what cannot be read gives nothing here; Decode says why
		bounds := make([]readingBound, len(c.Blocks))
		for i, block := range c.Blocks {
			bounds[i] = readingBound{points: len(block.Points), each: block.Each != ""}
		}
		return bounds, nil
	})
	if err != nil {
		return 0, err
	}
	for _, scan := range b.Scans {
		if int64(scan.Block) < int64(len(bounds)) {
			readings += bounds[scan.Block].of(scan.Raw)
		}
	}
	return readings, nil
}
