package ingest_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// counters decodes each block as a counter of its own.
func counters(_ []byte, scans []measure.Scan) ([]measure.Series, error) {
	all := []measure.Series{{Tag: "pyro1/a/total"}, {Tag: "pyro1/b/total"}, {Tag: "pyro1/c/total"}}
	for _, scan := range scans {
		s := &all[scan.Block]
		s.Samples = append(s.Samples, measure.Sample{At: scan.At, Value: float64(binary.BigEndian.Uint64(scan.Raw)), Quality: measure.GoodQuality})
	}
	return all, nil
}

// gateway makes the leaves of one agent whose counters count true milliseconds.
type gateway struct {
	t          rapid.TB
	log        shelf
	epoch, seq uint64
	clock      evidence.ClockState
	scans      []measure.Scan
}

func newGateway(t rapid.TB) *gateway {
	c, err := ingest.EncodeCatalogue("park", "gw", []string{"pyro1"}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return &gateway{t: t, log: shelf{c}, epoch: 1}
}

// scan reads a counter at a true time that the gateway stamps as another.
func (g *gateway) scan(block uint32, truth, stamp int64) {
	g.seq++
	g.scans = append(g.scans, measure.Scan{Seq: g.seq, Block: block, At: stamp, Raw: binary.BigEndian.AppendUint64(nil, uint64(truth/1e6))})
}

func (g *gateway) seal() {
	if len(g.scans) == 0 {
		return
	}
	l, err := ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw", Plants: []string{"pyro1"}, Epoch: g.epoch, Catalogue: g.log[0].Name, Clock: g.clock, Scans: g.scans})
	if err != nil {
		g.t.Fatal(err)
	}
	g.log, g.scans = append(g.log, l), nil
}

func (g *gateway) restart() {
	g.seal()
	g.epoch, g.seq = g.epoch+1, 0
}

func (g *gateway) readings(from, to int64) []measure.Series {
	reader := &ingest.Reader{Log: g.log, Decode: counters}
	all, err := reader.Readings(context.Background(), "pyro1", measure.Interval{From: time.Unix(0, from), To: time.Unix(0, to)})
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

func sampled(all []measure.Series, tag measure.Tag) (samples []measure.Sample) {
	for _, s := range all {
		if s.Tag == tag {
			samples = append(samples, s.Samples...)
		}
	}
	return samples
}

// A clock that is set back brings the readings of two times among each other.
// None of them counts, so that a counter goes up by what it counted, and no more.
func TestReadingsOfTwoClocksAreNotInterleaved(t *testing.T) {
	const first = int64(1.8e18)
	g := newGateway(t)
	offset := int64(0)
	for s := range int64(600) {
		if s == 300 {
			offset = -60e9
		}
		g.scan(0, s*1e9, first+s*1e9+offset)
		if s%7 == 0 {
			g.seal()
		}
	}
	g.seal()
	samples := sampled(g.readings(first, first+600e9), "pyro1/a/total")
	for i := 1; i < len(samples); i++ {
		at := (samples[i].At - first) / 1e9
		if doubtful := at >= 240 && at < 300; doubtful == samples[i].Quality.Usable() {
			t.Fatalf("the reading stamped %d s is %s", at, samples[i].Quality)
		}
	}
	if q := samples[250].Quality; q != measure.BadBecause(measure.ClockUnsure) {
		t.Errorf("among the readings of two clocks one is %s", q)
	}
}

// Whatever a clock is set to, forth and back, by up to a day, with restarts
// between: what a counter rises by, from one usable reading to the next near it,
// is no more than it counted; and every part of the time gives what the whole
// gives.
func TestClockStepsInventNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const first = int64(1.8e18)
		g := newGateway(t)
		truth, offset := int64(0), int64(0)
		low, high := first, first
		for range rapid.IntRange(1, 8).Draw(t, "stretches") {
			every := rapid.Int64Range(1, 40).Draw(t, "every") * 1e9
			for range rapid.IntRange(1, 60).Draw(t, "polls") {
				truth += every
				for block := range uint32(3) { // buses overlap a little: their order is not that of time
					early := rapid.Int64Range(0, 9e8).Draw(t, "early")
					at := first + truth + offset - early
					g.scan(block, truth-early, at)
					low, high = min(low, at), max(high, at)
				}
				if rapid.IntRange(0, 9).Draw(t, "seal") == 0 {
					g.seal()
				}
			}
			switch rapid.SampledFrom([]string{"step", "step", "restart", "both"}).Draw(t, "fate") {
			case "both":
				g.restart()
				fallthrough
			case "step":
				size := rapid.SampledFrom([]int64{1e9, 60e9, 600e9, 3600e9, 86400e9}).Draw(t, "size")
				offset += rapid.Int64Range(-size, size).Draw(t, "step")
			case "restart":
				g.restart()
				truth += 5e9
			}
		}
		g.seal()
		low, high = low-10, high+10
		whole := g.readings(low, high)
		for _, s := range whole {
			var last measure.Sample
			risen := 0.0
			for _, x := range s.Samples {
				if !x.Quality.Usable() {
					continue
				}
				if last.At != 0 && x.At-last.At <= int64(measure.Near) {
					risen += max(0, x.Value-last.Value)
				}
				last = x
			}
			if risen > float64(truth/1e6) {
				t.Fatalf("%s rises by %v ms, in %v", s.Tag, risen, truth/1e6)
			}
		}
		cuts := []int64{low, high}
		for range rapid.IntRange(1, 5).Draw(t, "cuts") {
			cuts = append(cuts, rapid.Int64Range(low, high).Draw(t, "cut"))
		}
		slices.Sort(cuts)
		parts := map[measure.Tag][]measure.Sample{}
		for i := 1; i < len(cuts); i++ {
			for _, s := range g.readings(cuts[i-1], cuts[i]) {
				parts[s.Tag] = append(parts[s.Tag], s.Samples...)
			}
		}
		for _, s := range whole {
			if !slices.Equal(parts[s.Tag], s.Samples) {
				t.Fatalf("%s: the parts give other readings than the whole", s.Tag)
			}
		}
	})
}

// A gateway without a clock begins in 1970. What it stamps is bad until its
// clock is set; then the readings stand where they belong.
func TestReadingsBeforeTheClockWasSetAreCorrected(t *testing.T) {
	const boot, set, truth0 = int64(30e9), int64(1.8e18), int64(1.8e18 - 600e9)
	g := newGateway(t)
	g.clock = evidence.ClockUnset
	for s := range int64(600) {
		g.scan(0, s*1e9, boot+s*1e9)
		if s%50 == 49 {
			g.seal()
		}
	}
	for _, x := range sampled(g.readings(0, boot+600e9), "pyro1/a/total") {
		if x.Quality.Usable() {
			t.Fatalf("a reading in 1970 is %s", x.Quality)
		}
	}
	offset := truth0 - boot
	l, err := evidence.EncodeCorrection("park", "gw", []string{"pyro1"}, evidence.Correction{Shifts: []evidence.Shift{{Epoch: 1, First: 1, Last: 600, From: boot, To: boot + 600e9, Offset: offset}}})
	if err != nil {
		t.Fatal(err)
	}
	g.seq++
	l.Epoch, l.First, l.Last = g.epoch, g.seq, g.seq
	g.log, g.clock = append(g.log, l), evidence.ClockSynced
	for s := int64(600); s < 700; s++ {
		g.scan(0, s*1e9, truth0+s*1e9)
	}
	g.seal()
	if n := len(sampled(g.readings(0, boot+600e9), "pyro1/a/total")); n != 0 {
		t.Errorf("%d readings are left in 1970", n)
	}
	good := 0
	for _, x := range sampled(g.readings(truth0, set+100e9), "pyro1/a/total") {
		if x.Quality.Usable() {
			if x.Value != float64((x.At-truth0)/1e6) {
				t.Fatalf("at %d s it reads %v", (x.At-truth0)/1e9, x.Value)
			}
			good++
		}
	}
	if good != 700 {
		t.Errorf("%d readings stand where they belong, want 700", good)
	}
	// A person's word, later in the log, counts.
	l, err = evidence.EncodeCorrection("park", "centre", []string{"pyro1"}, evidence.Correction{Agent: "gw", Author: "shift lead", Reason: "the clock was an hour slow",
		Shifts: []evidence.Shift{{Epoch: 1, First: 1, Last: 600, From: boot, To: boot + 600e9, Offset: offset - 3600e9}}})
	if err != nil {
		t.Fatal(err)
	}
	g.log = append(g.log, evidence.Leaf(l))
	if n := len(sampled(g.readings(truth0-3600e9, truth0-3000e9), "pyro1/a/total")); n != 600 {
		t.Errorf("%d readings stand where a person put them, want 600", n)
	}
}

// Where the gateway saw its clock set, nothing is drawn from one side to the
// other, forth no more than back.
func TestNothingIsDrawnAcrossASetting(t *testing.T) {
	const first = int64(1.8e18)
	g := newGateway(t)
	for s := range int64(60) {
		g.scan(0, s*1e9, first+s*1e9)
	}
	g.seal()
	l, err := evidence.EncodeCorrection("park", "gw", []string{"pyro1"}, evidence.Correction{Reason: "the clock was set by 1m0s"})
	if err != nil {
		t.Fatal(err)
	}
	g.seq++
	l.Epoch, l.First, l.Last = g.epoch, g.seq, g.seq
	g.log = append(g.log, l)
	for s := int64(60); s < 120; s++ {
		g.scan(0, s*1e9, first+s*1e9+60e9)
	}
	g.seal()
	samples := sampled(g.readings(first, first+300e9), "pyro1/a/total")
	i := slices.IndexFunc(samples, func(x measure.Sample) bool { return x.At >= first+120e9 })
	if i <= 0 || samples[i-1].Quality.Usable() || samples[i-1].At != first+120e9-1 {
		t.Errorf("before the first reading after the setting stands %+v", samples[max(i-1, 0)])
	}
}
