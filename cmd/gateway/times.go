package gateway

import (
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// OwnTimes returns how to find the times of readings in scans whose
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
		for _, series := range catalogue.Decode(scans) {
			for _, sample := range series.Samples {
				if from == 0 || sample.At < from {
					from = sample.At
				}
				to = max(to, sample.At+1)
			}
		}
		return from, to
	}
}
