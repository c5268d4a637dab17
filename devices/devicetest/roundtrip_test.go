package devicetest_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
)

var (
	commissioned = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	steady       = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC) // a Friday: all three plants run
)

// catalogue parses the plant's own agent.yaml, with the embedded profiles.
func catalogue(t testing.TB, plant string) devices.Catalogue {
	t.Helper()
	file := devicetest.AgentConfig(plant, "127.0.0.1:5020", "mqtt://127.0.0.1:1883", "nielu-log+1a2b3c4d+AbCdEf")
	config, err := polling.ParseConfig("agent.yaml", file, profile(plant))
	if err != nil {
		t.Fatalf("agent.yaml of %s:\n%v", plant, err)
	}
	return config.Catalogue()
}

func profile(plant string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if name == "./plc-"+plant+".yaml" {
			return devicetest.PLCProfile(plant), nil
		}
		return configs.Profile(name)
	}
}

// scan produces what the block brings at t, without a socket.
func scan(t testing.TB, s *devicetest.Sim, index int, b devices.Block, at time.Time) measure.Scan {
	t.Helper()
	out := measure.Scan{Block: uint32(index), At: at.UnixNano()}
	if b.Topic != "" {
		payload, err := s.Message(b.Topic, at)
		if err != nil {
			t.Fatal(err)
		}
		out.Raw = payload
		return out
	}
	words, err := s.Registers(b.UnitID, b.Function, b.Address, b.Quantity, at)
	if err != nil {
		t.Fatalf("%s: unit %d function %d address %d count %d: %v", b.Instrument, b.UnitID, b.Function, b.Address, b.Quantity, err)
	}
	for _, w := range words {
		out.Raw = binary.BigEndian.AppendUint16(out.Raw, w)
	}
	return out
}

// Encoding is the inverse of decoding: what the simulator puts in registers
// and messages, the profiles read back as the truth, within one count.
func TestProfilesReadTheTruth(t *testing.T) {
	for _, plant := range devicetest.Plants() {
		s := devicetest.New(plant, 11, commissioned)
		s.Noise = 0
		c := catalogue(t, plant)
		unread := map[measure.Tag]bool{}
		for _, tag := range s.Tags() {
			unread[tag] = true
		}
		for i, b := range c.Blocks {
			for _, series := range c.Decode([]measure.Scan{scan(t, s, i, b, steady)}) {
				if len(series.Samples) == 0 {
					continue
				}
				got := series.Samples[0]
				truth, code, err := s.Value(series.Tag, steady)
				if err != nil {
					t.Fatal(err)
				}
				conversion, err := series.Unit.To(measure.MustUnit(code))
				if err != nil {
					t.Fatal(err)
				}
				value := conversion.Apply(got.Value)
				if got.Quality != measure.GoodQuality {
					t.Errorf("%s = %v %s is %s", series.Tag, value, code, got.Quality)
				}
				// A count is at most 10 kg of the weighbridge, 0.1 of anything else.
				count := 0.051
				if series.Tag == "lf1/biochar/placed_total" {
					count = 5.1
				}
				if math.Abs(value-truth) > count+1e-6*math.Abs(truth) {
					t.Errorf("%s reads %v %s, the truth is %v", series.Tag, value, code, truth)
				}
				delete(unread, series.Tag)
			}
		}
		for tag := range unread {
			t.Errorf("no block of %s reads %s", plant, tag)
		}
	}
}

// A month of all three plants at one-minute steps, every block and message.
func BenchmarkMonth(b *testing.B) {
	type source struct {
		sim    *devicetest.Sim
		blocks []devices.Block
	}
	var sources []source
	for _, plant := range devicetest.Plants() {
		sources = append(sources, source{devicetest.New(plant, 1, commissioned), catalogue(b, plant).Blocks})
	}
	b.ReportAllocs()
	words := make([]uint16, 125)
	steps := 0
	for b.Loop() {
		for minute := range 30 * 24 * 60 {
			at := steady.Add(-time.Duration(minute) * time.Minute)
			for _, src := range sources {
				for _, block := range src.blocks {
					if block.Topic != "" {
						if _, err := src.sim.Message(block.Topic, at); err != nil {
							b.Fatal(err)
						}
						continue
					}
					if err := src.sim.ReadInto(words[:block.Quantity], block.UnitID, block.Function, block.Address, at); err != nil {
						b.Fatal(err)
					}
				}
				steps++
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/plant-step")
}
