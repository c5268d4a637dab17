package projection_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/suite"
)

// flood is a log of many tags that are read once a second, a leaf for every
// ten minutes, and the source of their readings, made as they are asked for.
type flood struct {
	tags  []measure.Tag
	hours int
	most  atomic.Int64 // readings handed out in one go
}

func (f *flood) Since(_ context.Context, index uint64) iter.Seq2[projection.Touch, error] {
	return func(yield func(projection.Touch, error) bool) {
		for ; index < uint64(6*f.hours); index++ {
			w := measure.Window(start.Add(time.Duration(index)*10*time.Minute).UnixNano(), 10*time.Minute)
			if !yield(projection.Touch{Index: index, Kind: evidence.Batch, Plants: []string{"mill"}, Interval: w}, nil) {
				return
			}
		}
	}
}

func (f *flood) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	from, to := max(w.From.UnixNano(), start.UnixNano()), min(w.To.UnixNano(), start.Add(time.Duration(f.hours)*time.Hour).UnixNano())
	n := int(max(0, to-from) / 1e9)
	f.most.Store(max(f.most.Load(), int64(n*len(f.tags))))
	all := make([]measure.Series, 0, len(f.tags))
	for i, tag := range f.tags {
		s := measure.Series{Tag: tag, Unit: kg, Samples: make([]measure.Sample, n)}
		for k := range s.Samples {
			s.Samples[k] = measure.Sample{At: from + int64(k)*1e9, Value: float64(i + k%7), Quality: measure.GoodQuality}
		}
		all = append(all, s)
	}
	return all, nil
}

func floodOf(t testing.TB, tags, hours int) (*flood, *flowsheet.Plant) {
	f, text := &flood{hours: hours}, strings.Builder{}
	text.WriteString("plant: mill\nname: Mill\nsite: yard\nprocess: other\nbalance_every: 1 h\nnodes: { kiln: the kiln }\ntags:\n")
	for i := range tags {
		f.tags = append(f.tags, measure.Tag(fmt.Sprintf("mill/tag%d", i)))
		fmt.Fprintf(&text, "  %s: { unit: kg, hold: sloped, stale: 1 min }\n", f.tags[i])
	}
	text.WriteString("streams:\n  feed: { to: kiln, phase: solid, mass: { tag: mill/tag0 } }\n")
	return f, parsePlant(t, strings.Replace(text.String(), "mill/tag0: { unit: kg,", "mill/tag0: { unit: kg, counter: true, max_rate: 1000000 kg/h,", 1))
}

// However many tags are read, no more readings are looked at in one go than
// memory is meant to hold.
func TestABacklogIsReadInPieces(t *testing.T) {
	suite.Slow(t)
	f, p := floodOf(t, 1200, 1)
	catchUp(t, &projection.Worker{Store: newStore(t), Feed: f, Source: f, Plants: []*flowsheet.Plant{p}})
	if most := f.most.Load(); most < 1<<20 || most > 3<<20 { // an hour has 4.3 million
		t.Errorf("%d readings were looked at in one go, want two to three million", most)
	}
}

// BenchmarkBacklog computes hours of 2,000 readings a second, 40 of them if
// NIELU_HOURS says so, and reports the most memory of the process.
func BenchmarkBacklog(b *testing.B) {
	hours, err := strconv.Atoi(os.Getenv("NIELU_HOURS"))
	if err != nil {
		hours = 4
	}
	var most atomic.Uint64
	for b.Loop() {
		f, p := floodOf(b, 2000, hours)
		ctx, cancel := context.WithCancel(b.Context())
		go func() {
			sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
			for ctx.Err() == nil {
				metrics.Read(sample)
				most.Store(max(most.Load(), sample[0].Value.Uint64()-sample[1].Value.Uint64()))
				time.Sleep(10 * time.Millisecond)
			}
		}()
		catchUp(b, &projection.Worker{Store: newStore(b), Feed: f, Source: f, Plants: []*flowsheet.Plant{p}})
		cancel()
	}
	b.ReportMetric(float64(most.Load())/1e6, "MB")
	b.ReportMetric(float64(2000*3600*hours)*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
