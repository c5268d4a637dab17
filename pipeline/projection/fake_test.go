package projection_test

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
)

const mill = `
plant: mill
name: Test mill
site: yard
process: slow-pyrolysis
balance_every: 1 h
tags:
  mill/feed/mass_flow:   { unit: kg/h, hold: sloped, stale: 5 min, range: [0 kg/h, 400 kg/h] }
  mill/char/mass_flow:   { unit: kg/h, hold: sloped, stale: 5 min }
  mill/kiln/temperature: { unit: Cel, hold: stepped, stale: 12 min }
  mill/power/energy:     { unit: kW.h, hold: stepped, counter: true, max_rate: 1000 kW, settle: 10 min, stale: 30 min }
nodes: { kiln: the kiln }
streams:
  feed: { to: kiln, phase: solid, mass: { tag: mill/feed/mass_flow } }
  char: { from: kiln, phase: solid, mass: { tag: mill/char/mass_flow }, carbon: { lab: char_carbon } }
`

// millTags is the tags of the mill in the units that its instruments use.
var millTags = map[measure.Tag]string{
	"mill/feed/mass_flow": "kg/h", "mill/char/mass_flow": "g/s", "mill/kiln/temperature": "Cel", "mill/power/energy": "W.h",
}

const millLab = `
laboratory: { name: Test laboratory, accreditation: none }
lots:
  - { lot: mill-1, plant: mill, from: 2026-11-02T02:00:00Z, to: 2026-11-02T05:00:00Z, values: { char_carbon: { value: 80 % } } }
`

// millControls find that the scale of the char drifts.
const millControls = `
controls:
  - { tag: mill/char/mass_flow, plant: mill, at: 2026-11-02T04:00:00Z, kind: zero, reference: 0 kg/h, reading: 2 kg/h, s: 1 kg/h }
  - { tag: mill/char/mass_flow, plant: mill, at: 2026-11-02T06:30:00Z, kind: zero, reference: 0 kg/h, reading: 2 kg/h, s: 1 kg/h }
`

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func parsePlant(t testing.TB, text string) *flowsheet.Plant {
	t.Helper()
	p, err := flowsheet.Parse("plant.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func openStore(t testing.TB, path string) *projection.Store {
	t.Helper()
	s, err := projection.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newStore(t testing.TB) *projection.Store {
	return openStore(t, filepath.Join(t.TempDir(), "projection.sqlite"))
}

// leaf is one leaf of a fake log with the readings it brings.
type leaf struct {
	projection.Touch
	series []measure.Series
}

// fakeLog is feed and source at once, as the evidence log is.
type fakeLog struct {
	mu     sync.Mutex
	leaves []leaf
	fail   func() error // asked at each Readings
}

func (l *fakeLog) add(leaves ...leaf) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, leaf := range leaves {
		leaf.Index = uint64(len(l.leaves))
		l.leaves = append(l.leaves, leaf)
	}
}

func (l *fakeLog) Since(_ context.Context, index uint64) iter.Seq2[projection.Touch, error] {
	l.mu.Lock()
	defer l.mu.Unlock()
	leaves := l.leaves[min(index, uint64(len(l.leaves))):]
	return func(yield func(projection.Touch, error) bool) {
		for _, leaf := range leaves {
			if !yield(leaf.Touch, nil) {
				return
			}
		}
	}
}

func (l *fakeLog) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(); err != nil {
			return nil, err
		}
	}
	byTag := map[measure.Tag]*measure.Series{}
	var out []*measure.Series
	for tag, unit := range millTags {
		held := &measure.Series{Tag: tag, Unit: measure.MustUnit(unit)}
		byTag[tag] = held
		out = append(out, held)
	}
	for _, leaf := range l.leaves {
		for _, s := range leaf.series {
			if s.Tag.Plant() != plant {
				continue
			}
			held := byTag[s.Tag]
			for _, sample := range s.Samples {
				if w.Contains(sample.At) {
					held.Samples = append(held.Samples, sample)
				}
			}
		}
	}
	var all []measure.Series
	for _, s := range out {
		s.Sort()
		all = append(all, *s)
	}
	return all, ctx.Err()
}

// batch makes a leaf from one tag's samples.
func batch(tag measure.Tag, samples ...measure.Sample) leaf {
	from, to := samples[0].At, samples[0].At
	for _, s := range samples {
		from, to = min(from, s.At), max(to, s.At)
	}
	w := measure.Interval{From: time.Unix(0, from).UTC(), To: time.Unix(0, to+1).UTC()}
	return leaf{
		Touch: projection.Touch{Kind: evidence.Batch, Plants: []string{tag.Plant()}, Interval: w,
			Batch: &projection.Batch{Agent: "gw", Epoch: "1", Scans: len(samples), From: w.From, To: w.To}},
		series: []measure.Series{{Tag: tag, Unit: measure.MustUnit(millTags[tag]), Samples: samples}},
	}
}

func good(at time.Time, value float64) measure.Sample {
	return measure.Sample{At: at.UnixNano(), Value: value, Quality: measure.GoodQuality}
}

// steady makes one batch of samples of one value.
func steady(tag measure.Tag, from time.Time, n int, every time.Duration, value float64) leaf {
	var samples []measure.Sample
	for i := range n {
		samples = append(samples, good(from.Add(time.Duration(i)*every), value))
	}
	return batch(tag, samples...)
}

func worker(store *projection.Store, log *fakeLog, plants ...*flowsheet.Plant) *projection.Worker {
	return &projection.Worker{Store: store, Feed: log, Source: log, Plants: plants}
}

func catchUp(t testing.TB, w *projection.Worker) {
	t.Helper()
	if err := w.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var errInjected = errors.New("injected")
