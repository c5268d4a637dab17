// Package verifier joins devices and ingest where evidence is computed again,
// as gateway joins them on the edge and centre at the centre: leaves come in,
// readings go out. Who makes a bundle decodes raw words as who verifies it.
package verifier

import (
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/export"
)

// Bounds of what one question may bring, so that no bundle can claim more
// memory than a few gigabytes: a piece of four hours may have 4,000 tags at 1 Hz.
const (
	scanLimit    = 1 << 24
	readingLimit = 1 << 26
)

// Readings gives the readings that leaves hold, of the tags that are wanted;
// nil: of all. It is an [export.Replay].
func Readings(leaves export.Leaves, wanted map[measure.Tag]bool) pipeline.Source {
	return &ingest.Reader{Log: leaves, Cache: 32, ScanLimit: scanLimit, Decode: func(catalogue []byte, scans []measure.Scan) ([]measure.Series, error) {
		return devices.DecodeSome(catalogue, scans, readingLimit, wanted)
	}}
}

// Method returns the method file of an id as it was published with this
// release; false: there is none.
func Method(id string) ([]byte, bool) {
	text, err := configs.Methods.ReadFile("methods/" + id + ".yaml")
	return text, err == nil
}
