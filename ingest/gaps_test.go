package ingest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// shelf is a log in memory.
type shelf []evidence.Leaf

func (s shelf) Size() uint64 { return uint64(len(s)) }

func (s shelf) Entry(_ context.Context, index uint64) ([]byte, error) {
	return evidence.EncodeLeaf(s[index])
}

func (s shelf) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for i, l := range s {
		inTime := q.Interval == (measure.Interval{}) || l.From < q.Interval.To.UnixNano() && q.Interval.From.UnixNano() < l.To
		if inTime && slices.Contains(q.Kinds, l.Kind) && (q.Plant == "" || slices.Contains(l.Plants, q.Plant)) {
			found = append(found, evidence.Entry{Index: uint64(i), Kind: l.Kind, From: l.From, To: l.To})
		}
	}
	return found, nil
}

// Between the readings on the two sides of what an agent lost, or of the time
// it was not running, there is a bad sample, in whatever part of the time one
// asks for: nothing can be drawn across. A loss that names no plant counts for
// each plant of its agent.
func TestWhatWasLostIsBad(t *testing.T) {
	tags := []measure.Tag{"pyro1/a/b", "pyro1/c/d"}
	decode := func(_ []byte, scans []measure.Scan) ([]measure.Series, error) {
		all := []measure.Series{{Tag: tags[0]}, {Tag: tags[1]}}
		for _, scan := range scans {
			s := &all[scan.Block]
			s.Samples = append(s.Samples, measure.Sample{At: scan.At, Value: 1, Quality: measure.GoodQuality})
		}
		return all, nil
	}
	catalogue := must[evidence.Leaf](t)(ingest.EncodeCatalogue("park", "gw", []string{"pyro1"}, []byte("{}")))
	rapid.Check(t, func(t *rapid.T) {
		log := shelf{catalogue}
		epoch, seq := uint64(1), uint64(0)
		const first = int64(1e18)
		n, calm := int64(0), int64(0)
		lost := [2][]int64{} // times, by block
		for range rapid.IntRange(2, 30).Draw(t, "parts") {
			fate := rapid.SampledFrom([]string{"batch", "batch", "batch", "refused", "damaged", "stopped"}).Draw(t, "fate")
			var scans []measure.Scan
			for range rapid.IntRange(1, 16).Draw(t, "scans") { // each block every second; the order of their times is not that of the sequence
				late := int64(0)
				if n >= calm {
					late = rapid.Int64Range(0, 9e8).Draw(t, "late")
				}
				seq++
				scans = append(scans, measure.Scan{Seq: seq, Block: uint32(n % 2), At: first + n/2*1e9 + late, Raw: []byte{1}})
				n++
			}
			l := evidence.Leaf{}
			var err error
			plants := rapid.SampledFrom([][]string{{"pyro1"}, nil}).Draw(t, "plants")
			from, to := ingest.Span(scans)
			switch fate {
			case "batch":
				l, err = ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw", Plants: []string{"pyro1"}, Epoch: epoch, Catalogue: catalogue.Name, Scans: scans})
			case "refused": // for want of room: the loss takes one number
				seq = scans[0].Seq
				l, err = evidence.EncodeLoss("park", "gw", plants, evidence.LossRecord{Reason: "no room", Count: uint64(len(scans)), From: from, To: to - 1})
				l.Epoch, l.First, l.Last = epoch, seq, seq
			case "damaged": // on the gateway's disk: only the numbers are known
				l, err = evidence.EncodeLoss("park", "gw", plants, evidence.LossRecord{Reason: "damaged", Count: uint64(len(scans))})
				l.Epoch, l.First, l.Last = epoch, scans[0].Seq, seq
				calm = n + 2 // such a hole ends where the batch that follows begins
			case "stopped":
				epoch, seq, calm = epoch+1, 0, n+2
			}
			if err != nil {
				t.Fatal(err)
			}
			if fate != "stopped" {
				log = append(log, l)
			}
			if fate != "batch" {
				for _, s := range scans {
					lost[s.Block] = append(lost[s.Block], s.At)
				}
			}
		}
		reader := &ingest.Reader{Log: log, Decode: decode}
		now := first + n/2*1e9
		a := rapid.Int64Range(first, now).Draw(t, "from")
		w := measure.Interval{From: time.Unix(0, a), To: time.Unix(0, rapid.Int64Range(a, now+2e9).Draw(t, "to"))}
		series, err := reader.Readings(context.Background(), "pyro1", w)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range series {
			for _, at := range lost[slices.Index(tags, s.Tag)] {
				i := slices.IndexFunc(s.Samples, func(x measure.Sample) bool { return x.At > at && x.Quality.Usable() })
				if i <= 0 || !slices.ContainsFunc(s.Samples[:i], func(x measure.Sample) bool { return x.At < at && x.Quality.Usable() }) {
					continue // it is not between two readings
				}
				if s.Samples[i-1].Quality.Usable() {
					t.Fatalf("%s: a reading at %d is lost, and nothing says so between those at %d and %d", s.Tag, at, s.Samples[i-1].At, s.Samples[i].At)
				}
			}
		}
	})
}
