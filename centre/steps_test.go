package centre_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/suite"
)

// pile is a log in memory.
type pile []evidence.Leaf

func (p pile) Size() uint64 { return uint64(len(p)) }

func (p pile) Entry(_ context.Context, index uint64) ([]byte, error) {
	return evidence.EncodeLeaf(p[index])
}

func (p pile) Find(_ context.Context, q evidence.Query) (found []evidence.Entry, err error) {
	for i, l := range p {
		if slices.Contains(q.Kinds, l.Kind) && (q.Interval == measure.Interval{} || l.Interval().Overlaps(q.Interval)) {
			found = append(found, evidence.Entry{Index: uint64(i), Kind: l.Kind, From: l.From, To: l.To})
		}
	}
	return found, nil
}

// Whatever a gateway's clock is set to while a totaliser counts 0.01 kg a
// second, no more is booked than it counted. Set back by a minute, it brings two
// minutes of counting into one: they are booked once, in the minute behind.
func TestTotaliserUnderASteppingClock(t *testing.T) {
	suite.Slow(t)
	plant, err := flowsheet.Parse("p1.yaml", []byte("plant: p1\nname: P\nsite: park\nprocess: other\nbalance_every: 1 h\nagents: { gw: [p1/*] }\n"+
		"tags:\n  p1/total: { unit: kg, hold: stepped, counter: true, max_rate: 72 kg/h, stale: 5 min }\n"))
	if err != nil {
		t.Fatal(err)
	}
	catalogue := devices.Catalogue{Agent: "gw", Site: "park", Blocks: []devices.Block{{
		Instrument: "WT-1", Bus: "tcp://x", Every: 1e9, UnitID: 1, Function: 3, Quantity: 2,
		Points: []devices.Point{{Tag: "p1/total", Scale: devices.Scale{Num: 1, Den: 100}, Layout: devices.Layout{Type: devices.Uint32, Unit: measure.MustUnit("kg")}}},
	}}}.Encode()
	head, err := ingest.EncodeCatalogue("park", "gw", []string{"p1"}, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	booked := func(t rapid.TB, steps map[int]time.Duration, seconds int) (sum, most float64) {
		log, offset := pile{head}, time.Duration(0)
		var scans []measure.Scan
		low, high := first, first
		for s := range seconds {
			offset += steps[s]
			at := first.Add(time.Duration(s)*time.Second + offset)
			if at.Before(low) {
				low = at
			}
			if at.After(high) {
				high = at
			}
			scans = append(scans, measure.Scan{Seq: uint64(s + 1), At: at.UnixNano(), Raw: binary.BigEndian.AppendUint32(nil, uint32(50000+s))})
			if len(scans) == 7 || s == seconds-1 {
				l, err := ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw", Plants: []string{"p1"}, Epoch: 1, Catalogue: head.Name, Scans: scans})
				if err != nil {
					t.Fatal(err)
				}
				log, scans = append(log, l), nil
			}
		}
		if high.Sub(low) > 6*time.Hour { // a day's setting leaves nothing between
			low = high.Add(-time.Hour)
		}
		r, err := pipeline.Compute(context.Background(), plant, nil, &ingest.Reader{Log: log, Decode: devices.Decode}, measure.Interval{From: low, To: high.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Rollups["p1/total"] {
			sum, most = sum+m.Total, max(most, m.Total)
		}
		return sum, most
	}
	if sum, most := booked(t, map[int]time.Duration{900: -time.Minute}, 1800); sum > 18 || most > 1.81 || sum < 16 {
		t.Errorf("set back by a minute: %v kg are booked of 18, %v in one minute", sum, most)
	}
	rapid.Check(t, func(t *rapid.T) {
		seconds, steps := rapid.IntRange(300, 1500).Draw(t, "seconds"), map[int]time.Duration{}
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			size := rapid.SampledFrom([]int{2, 60, 600, 3600, 86400}).Draw(t, "size")
			steps[rapid.IntRange(1, seconds-1).Draw(t, "at")] = time.Duration(rapid.IntRange(-size, size).Draw(t, "step")) * time.Second
		}
		if sum, _ := booked(t, steps, seconds); sum > float64(seconds)/100 {
			t.Fatalf("%v kg are booked of %v that were counted", sum, float64(seconds)/100)
		}
	})
}
