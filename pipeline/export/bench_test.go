package export_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/evidencetest"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// busyTags is how many tags the plant of the benchmarks has, each read once a
// second.
const busyTags = 200

// busy is a log of a plant of 200 tags at 1 Hz over the interval: ten
// instruments of twenty points, float32 and scaled 16-bit words in turn, that
// walk at random in the steps of their resolution. Leaves are encoded and
// signed as a gateway does.
func busy(tb testing.TB, of measure.Interval, seal time.Duration) (*world, export.Maker) {
	w := &world{t: tb, epoch: 1, lot: of}
	w.keys()
	w.log = &evidencetest.Log{Key: w.logKey}
	w.enrol(w.centreKey)
	w.enrol(w.agentKey)
	plantFile, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	w.must(err)
	var more strings.Builder
	for i := len(pyroTags(w)); i < busyTags; i++ {
		fmt.Fprintf(&more, "  pyro1/aux/t%03d: { about: \"Auxiliary %d\", unit: Cel, hold: sloped, stale: 150 s, range: [\"-40 Cel\", \"1200 Cel\"] }\n", i, i)
	}
	plantFile = bytes.Replace(plantFile, []byte("nodes:\n"), []byte(more.String()+"nodes:\n"), 1)
	method, err := configs.Methods.ReadFile("methods/puro-2025.yaml")
	w.must(err)
	w.enter(evidence.Config, "plants/pyro1.yaml", []string{plant}, plantFile)
	w.enter(evidence.Config, "methods/puro-2025.yaml", nil, method)
	w.enter(evidence.Lab, "lab.yaml", []string{plant}, w.lab())
	w.catalogue = busyCatalogue(w)
	w.enterCatalogue()
	walk := newWalk(len(w.catalogue.Blocks))
	for from := of.From.Add(-10 * time.Minute); from.Before(of.To.Add(10 * time.Minute)); from = from.Add(seal) {
		b := ingest.Batch{Site: site, Agent: agent, Plants: []string{plant}, Epoch: 1, Catalogue: w.catalogue.Digest(), Clock: evidence.ClockSynced}
		for t := from; t.Before(from.Add(seal)); t = t.Add(time.Second) {
			for block := range w.catalogue.Blocks {
				w.seq++
				b.Scans = append(b.Scans, measure.Scan{Seq: w.seq, Block: uint32(block), At: t.UnixNano() + int64(block)*7e6, Raw: walk.scan(block)})
			}
		}
		l, err := ingest.EncodeBatch(b)
		w.must(err)
		w.link(l)
	}
	w.plantFile = plantFile
	w.state(w.statement().Text(), w.centreKey)
	return w, w.maker()
}

// pyroTags are the tags of the plant file pyro1, with units.
func pyroTags(w *world) []measure.Tag { return newWorldCatalogue(w).Tags() }

// busyCatalogue spreads the tags over blocks of twenty.
func busyCatalogue(w *world) devices.Catalogue {
	c := devices.Catalogue{Agent: agent, Site: site}
	of := newWorldCatalogue(w)
	var points []devices.Point
	for _, b := range of.Blocks {
		for _, p := range b.Points {
			points = append(points, devices.Point{Tag: p.Tag, Name: p.Name, Layout: devices.Layout{Unit: p.Unit}})
		}
	}
	for i := len(points); i < busyTags; i++ {
		points = append(points, devices.Point{Tag: measure.Tag(fmt.Sprintf("pyro1/aux/t%03d", i)), Name: "t", Layout: devices.Layout{Unit: measure.MustUnit("Cel")}})
	}
	for i := 0; i < len(points); i += 20 {
		b := devices.Block{Instrument: fmt.Sprintf("PLC-%d", i/20), Bus: "tcp://plc:502", Every: 1e9, UnitID: 1, Function: 3, Address: 100, Quantity: 40}
		for k, p := range points[i : i+20] {
			p.Address = 100 + uint16(2*k)
			p.Type = devices.Float32
			if k%2 == 1 {
				p.Type, p.Scale = devices.Int16, devices.Scale{Num: 1, Den: 10}
			}
			b.Points = append(b.Points, p)
		}
		c.Blocks = append(c.Blocks, b)
	}
	return c
}

// walk is what the instruments show.
type walk struct {
	at  [][20]int
	rng *rand.Rand
}

func newWalk(blocks int) *walk {
	w := &walk{make([][20]int, blocks), rand.New(rand.NewPCG(1, 2))}
	for i := range w.at {
		for k := range w.at[i] {
			w.at[i][k] = 100 + w.rng.IntN(600)
		}
	}
	return w
}

// scan moves each value of a block by at most two tenths, mostly not at all.
func (w *walk) scan(block int) []byte {
	raw := make([]byte, 0, 80)
	for k := range w.at[block] {
		if v := &w.at[block][k]; w.rng.IntN(3) == 0 {
			*v = max(50, min(750, *v+w.rng.IntN(5)-2))
		}
		v := w.at[block][k]
		if k%2 == 1 {
			raw = binary.BigEndian.AppendUint16(raw, uint16(v))
			raw = append(raw, 0, 0)
		} else {
			raw = binary.BigEndian.AppendUint32(raw, math.Float32bits(float32(float64(v)/10)))
		}
	}
	return raw
}

// What an auditor waits for: everything of some hours of 200 tags at 1 Hz
// checked and computed again. A year is 6.3 thousand million readings.
func BenchmarkVerify(b *testing.B) {
	for _, seal := range []time.Duration{time.Minute, 10 * time.Second} {
		b.Run(fmt.Sprintf("sealed every %s", seal), func(b *testing.B) {
			q := export.Query{Plant: plant, Interval: measure.Interval{From: start.Truncate(24 * time.Hour), To: start.Truncate(24 * time.Hour).Add(12 * time.Hour)}}
			w, m := busy(b, q.Interval, seal)
			bundle := w.export(m, q)
			sizes(b, bundle)
			b.SetBytes(int64(len(bundle)))
			b.ReportAllocs()
			readings, stages := 0, stages{spent: map[string]time.Duration{}}
			for b.Loop() {
				stages.begin()
				report := w.verifyWith(bundle, export.Options{Policy: w.policy(), Progress: stages.step})
				stages.end()
				if report.Result != export.Verified || !strings.HasPrefix(report.Statements[0].Result, "reproduced") {
					b.Fatal(report.Result, report.Faults, report.Gaps)
				}
				readings += report.Readings
			}
			b.ReportMetric(float64(readings)/b.Elapsed().Seconds(), "readings/s")
			b.ReportMetric(float64(len(bundle))*float64(b.N)/float64(readings), "bytes/reading")
			for stage, spent := range stages.spent {
				b.ReportMetric(float64(spent)/float64(readings), strings.ReplaceAll(stage, " ", "-")+"-cpu-ns/reading")
			}
		})
	}
}

// stages measures the processor time of each stage: on a machine that others
// use too, time on the wall says little.
type stages struct {
	mu    sync.Mutex
	stage string
	at    time.Duration
	spent map[string]time.Duration
}

func (s *stages) begin() { s.stage, s.at = "begin", cpu() }

func (s *stages) step(x export.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.Stage != s.stage {
		s.end()
		s.stage = x.Stage
	}
}

// end books the stage that was under way.
func (s *stages) end() {
	now := cpu()
	s.spent[s.stage] += now - s.at
	s.at = now
}

// sizes logs how many bytes of a bundle are what.
func sizes(b *testing.B, bundle []byte) {
	files, err := export.Read(bundle)
	if err != nil {
		b.Fatal(err)
	}
	of := map[string]int{}
	for _, f := range files {
		part, rest, _ := strings.Cut(f.Name, "/")
		if at := strings.LastIndex(rest, "/"); part == "views" {
			part = rest[at+1:]
		} else if part == "tile" {
			part, _, _ = strings.Cut(rest, "/")
			part = "tile " + part
		}
		of[part] += len(f.Data)
	}
	b.Logf("%d bytes in %d files: %v", len(bundle), len(files), of)
}

func BenchmarkBuild(b *testing.B) {
	q := export.Query{Plant: plant, Interval: measure.Interval{From: start, To: start.Add(6 * time.Hour)}}
	w, m := busy(b, q.Interval, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(w.export(m, q))))
	}
	b.ReportMetric(float64(busyTags*6*3600)*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
