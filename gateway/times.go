package gateway

import (
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// OwnTimes returns how to find the times of scans, and of readings in them whose
// instruments bring times of their own, or nil where no instrument does: then
// a reading's time is its scan's.
func OwnTimes(catalogue devices.Catalogue) func(scans []measure.Scan) (from, to int64) {
	own := false
	for _, block := range catalogue.Blocks {
		own = own || block.Clock != nil || block.Time != nil
	}
	if !own {
		return nil
	}
	return func(scans []measure.Scan) (from, to int64) {
		from, to = ingest.Span(scans)
		for _, series := range catalogue.Decode(scans) {
			for _, sample := range series.Samples {
				from, to = min(from, sample.At), max(to, sample.At+1)
			}
		}
		return from, to
	}
}
