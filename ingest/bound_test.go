package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// A leaf of some hundred bytes that would give 19 million readings, which no
// reader can hold, is never decoded: its time is lost, and what is beside it is read.
func TestASmallLeafCannotFillTheMemory(t *testing.T) {
	catalogue := []byte(`{"blocks":[{"points":[` + strings.Repeat("{},", 299) + `{}]}]}`)
	batch := func(epoch uint64, from int64, n int) evidence.Leaf {
		scans := make([]measure.Scan, n)
		for i := range scans {
			scans[i] = measure.Scan{Seq: uint64(i) + 1, At: from + int64(i)*1e6, Fault: 0x80}
		}
		return must[evidence.Leaf](t)(ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw", Plants: []string{"pyro1"}, Epoch: epoch, Catalogue: evidence.CatalogueDigest(catalogue), Scans: scans}))
	}
	bomb := batch(2, 2e18, ingest.MaxScans)
	if data := must[[]byte](t)(evidence.EncodeLeaf(bomb)); len(data) > 1000 {
		t.Errorf("the leaf has %d bytes, it was to be small", len(data))
	}
	log := shelf{must[evidence.Leaf](t)(ingest.EncodeCatalogue("park", "gw", []string{"pyro1"}, catalogue)), batch(1, 2e18-1e9, 10), bomb}
	decoded := 0
	r := &ingest.Reader{Log: log, Decode: func(_ []byte, scans []measure.Scan) ([]measure.Series, error) {
		decoded += len(scans)
		s := measure.Series{Tag: "pyro1/a/b"}
		for _, scan := range scans {
			s.Samples = append(s.Samples, measure.Sample{At: scan.At, Quality: measure.GoodQuality})
		}
		return []measure.Series{s}, nil
	}}
	w := measure.Interval{From: time.Unix(0, 2e18-2e9), To: time.Unix(0, 2e18+1e12)}
	all := must[[]measure.Series](t)(r.Readings(t.Context(), "pyro1", w))
	if decoded != 10 || len(all) != 1 {
		t.Fatalf("%d scans were decoded, %d series", decoded, len(all))
	}
	bad := 0
	for _, s := range all[0].Samples {
		if s.At >= 2e18 && s.Quality != measure.GoodQuality {
			bad++
		}
	}
	if bad < 2 {
		t.Errorf("the time of the leaf is not marked: %v", fmt.Sprint(all[0].Samples))
	}
}

// Nor can one message of many elements, of a block that has a sample for each.
func TestAMessageOfManyElementsCannotFillTheMemory(t *testing.T) {
	catalogue := []byte(`{"blocks":[{"each":".","points":[` + strings.Repeat("{},", 299) + `{}]}]}`)
	raw := []byte("[" + strings.Repeat("1,", ingest.MaxRaw/2-2) + "1]")
	batch := func(epoch uint64, from int64, raw []byte) evidence.Leaf {
		scans := []measure.Scan{{Seq: 1, At: from, Raw: raw}}
		return must[evidence.Leaf](t)(ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw", Plants: []string{"pyro1"}, Epoch: epoch, Catalogue: evidence.CatalogueDigest(catalogue), Scans: scans}))
	}
	log := shelf{must[evidence.Leaf](t)(ingest.EncodeCatalogue("park", "gw", []string{"pyro1"}, catalogue)), batch(1, 2e18-1e9, []byte("[1,2]")), batch(2, 2e18, raw)}
	decoded := 0
	r := &ingest.Reader{Log: log, Decode: func(_ []byte, scans []measure.Scan) ([]measure.Series, error) {
		decoded += len(scans)
		return nil, nil
	}}
	must[[]measure.Series](t)(r.Readings(t.Context(), "pyro1", measure.Interval{From: time.Unix(0, 2e18-2e9), To: time.Unix(0, 2e18+1e12)}))
	if decoded != 1 {
		t.Errorf("%d messages were decoded, one of them gives %d readings", decoded, 300*ingest.MaxRaw/2)
	}
}
