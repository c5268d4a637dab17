package devicetest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/simonvetter/modbus"
)

// Over a real socket every block of the agent's catalogue answers with the
// words that Registers gives, and the values are the truth of the moment.
func TestServedRegisters(t *testing.T) {
	for _, plant := range devicetest.Plants() {
		s := devicetest.New(plant, 5, commissioned)
		s.Noise = 0
		addr := serveReplay(t, s.Serve)
		for _, b := range catalogue(t, plant).Blocks {
			if b.Topic != "" {
				continue
			}
			kind := modbus.HOLDING_REGISTER
			if b.Function == 4 {
				kind = modbus.INPUT_REGISTER
			}
			before := time.Now()
			words, err := dial(t, addr, b.UnitID).ReadRegisters(b.Address, b.Quantity, kind)
			after := time.Now()
			if err != nil {
				t.Fatalf("%s %s: %v", plant, b.Instrument, err)
			}
			var raw []byte
			for _, w := range words {
				raw = binary.BigEndian.AppendUint16(raw, w)
			}
			only := devices.Catalogue{Agent: "a", Site: "s", Blocks: []devices.Block{b}}
			for _, series := range only.Decode([]measure.Scan{{At: before.UnixNano(), Raw: raw}}) {
				v0, code, err := s.Value(series.Tag, before)
				if err != nil {
					t.Fatal(err)
				}
				v1, _, _ := s.Value(series.Tag, after)
				c, err := series.Unit.To(measure.MustUnit(code))
				if err != nil {
					t.Fatal(err)
				}
				got := c.Apply(series.Samples[0].Value)
				margin := 0.06 + 1e-4*math.Abs(v0)
				if series.Tag == "lf1/biochar/placed_total" {
					margin = 5.1 // counts tens of kilograms
				}
				if got < min(v0, v1)-margin || got > max(v0, v1)+margin {
					t.Errorf("%s reads %v over the wire, the truth is %v", series.Tag, got, v0)
				}
			}
		}
	}
}

// Every function that writes is refused, and reads of what is not there too.
func TestWritesAreRefused(t *testing.T) {
	s := devicetest.New("pyro1", 5, commissioned)
	addr := serveReplay(t, s.Serve)
	c := dial(t, addr, 10)
	for name, err := range map[string]error{
		"write register":        c.WriteRegister(100, 1),
		"write registers":       c.WriteRegisters(100, []uint16{1, 2}),
		"write coil":            c.WriteCoil(0, true),
		"write coils":           c.WriteCoils(0, []bool{true}),
		"read coils":            read1(c.ReadCoils(0, 1)),
		"read discrete inputs":  read1(c.ReadDiscreteInputs(0, 1)),
		"input registers of it": read1(c.ReadRegisters(100, 1, modbus.INPUT_REGISTER)),
	} {
		if !errors.Is(err, modbus.ErrIllegalFunction) {
			t.Errorf("%s: %v, want %v", name, err, modbus.ErrIllegalFunction)
		}
	}
	if _, err := dial(t, addr, 99).ReadRegisters(0, 1, modbus.HOLDING_REGISTER); !errors.Is(err, modbus.ErrGWTargetFailedToRespond) {
		t.Errorf("a unit that is not there: %v", err)
	}
	htl := dial(t, serveReplay(t, devicetest.New("htl1", 5, commissioned).Serve), 5)
	for _, block := range [][2]uint16{{66, 2}, {65, 3}, {64, 3}, {65, 1}} {
		if _, err := htl.ReadRegisters(block[0], block[1], modbus.HOLDING_REGISTER); !errors.Is(err, modbus.ErrIllegalDataAddress) {
			t.Errorf("part of a value of the power meter, %d registers from %d: %v", block[1], block[0], err)
		}
	}
	if _, err := htl.ReadRegisters(801, 4, modbus.HOLDING_REGISTER); err != nil {
		t.Error(err)
	}
}

func read1[T any](_ []T, err error) error { return err }

// A peer that is not ours reads the same registers.
func TestMbpollReadsTheSimulator(t *testing.T) {
	mbpoll, err := exec.LookPath("mbpoll")
	if err != nil {
		t.Skip("SKIPPED, NOTHING WAS TESTED: mbpoll is not installed")
	}
	s := devicetest.New("pyro1", 5, commissioned)
	host, port, err := net.SplitHostPort(serveReplay(t, s.Serve))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, mbpoll, "-m", "tcp", "-a", "4", "-0", "-r", "0", "-c", "3", "-t", "3:float", "-B", "-1", "-p", port, host).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Count(string(out), "231.4") != 3 {
		t.Errorf("three voltages of 231.4 V are served, mbpoll says\n%s", out)
	}
}

// Each fault does what it says, within its time and to its tag alone.
func TestFaults(t *testing.T) {
	const hour = time.Hour
	from, to := steady, steady.Add(2*hour)
	weigh := measure.Tag("pyro1/char/hopper_weight")
	read := func(kind devicetest.FaultKind, tag measure.Tag, size float64, at time.Time) measure.Sample {
		s := devicetest.New("pyro1", 11, commissioned)
		s.Noise = 0
		s.Faults = []devicetest.Fault{{Tag: tag, Kind: kind, From: from, To: to, Size: size}}
		c := catalogue(t, "pyro1")
		for i, b := range c.Blocks {
			for _, p := range b.Points {
				if p.Tag != tag {
					continue
				}
				if b.Topic == "" {
					if _, err := s.Registers(b.UnitID, b.Function, b.Address, b.Quantity, at); err != nil {
						return measure.Sample{Quality: measure.BadBecause(measure.Exception)}
					}
				}
				return seriesOf(t, c.Decode([]measure.Scan{scan(t, s, i, b, at)}), tag).Samples[0]
			}
		}
		t.Fatal("no block has ", tag)
		return measure.Sample{}
	}
	truth := func(tag measure.Tag, at time.Time) float64 {
		v, _, err := devicetest.New("pyro1", 11, commissioned).Value(tag, at)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	near := func(what string, got measure.Sample, want float64) {
		t.Helper()
		if got.Quality != measure.GoodQuality || math.Abs(got.Value-want) > 0.06 {
			t.Errorf("%s: reads %v (%s), want %v", what, got.Value, got.Quality, want)
		}
	}
	mid, after := from.Add(hour), to
	near("bias", read(devicetest.Bias, weigh, 7, mid), truth(weigh, mid)+7)
	near("bias is over", read(devicetest.Bias, weigh, 7, after), truth(weigh, after))
	near("drift half way", read(devicetest.Drift, weigh, 8, mid), truth(weigh, mid)+4)
	near("frozen", read(devicetest.Frozen, weigh, 0, mid), truth(weigh, from))
	near("counter reset", read(devicetest.CounterReset, "pyro1/feed/mass_total", 0, mid), truth("pyro1/feed/mass_total", mid)-truth("pyro1/feed/mass_total", from))
	if got := read(devicetest.Sentinel, "pyro1/kiln/temperature_1", 0, mid); got.Quality != measure.BadBecause(measure.Sentinel) {
		t.Errorf("sentinel of an int16: %s", got.Quality)
	}
	if got := read(devicetest.Sentinel, "pyro1/gas/ch4", 0, mid); got.Quality != measure.BadBecause(measure.Sentinel) {
		t.Errorf("sentinel of a float: %s", got.Quality)
	}
	if got := read(devicetest.Sentinel, weigh, 0, mid); got.Quality.Level != measure.Bad {
		t.Errorf("load cell error: %s", got.Quality)
	}
	if got := read(devicetest.Sentinel, "pyro1/hall/temperature", 0, mid); got.Quality.Level != measure.Bad {
		t.Errorf("null in a message: %s", got.Quality)
	}
	if got := read(devicetest.Dead, weigh, 0, mid); got.Quality != measure.BadBecause(measure.Exception) {
		t.Errorf("dead instrument: %s", got.Quality)
	}
	near("alive again", read(devicetest.Dead, weigh, 0, after), truth(weigh, after))
}

// A feed scale that reads 5 % too much shows in the closure, as it should.
func TestBiasOpensTheBalance(t *testing.T) {
	s := devicetest.New("pyro1", 1, commissioned)
	s.Noise = 0
	w := measure.Interval{From: steady, To: steady.Add(2 * time.Hour)}
	feed, _, err := s.Value("pyro1/feed/mass_flow", steady)
	if err != nil {
		t.Fatal(err)
	}
	s.Faults = []devicetest.Fault{{Tag: "pyro1/feed/mass_flow", Kind: devicetest.Bias, From: w.From.Add(-time.Hour), To: w.To.Add(time.Hour), Size: 0.05 * feed}}
	for _, c := range closures(t, s, w) {
		if c.Mass.Closure == nil || math.Abs(*c.Mass.Closure-1/1.048) > 0.004 {
			t.Errorf("%s: mass closure %v, want about %.3f", c.Interval, c.Mass.Closure, 1/1.048)
		}
	}
}

// Publish sends each sensor's message at once and then when it is due.
func TestPublish(t *testing.T) {
	s := devicetest.New("lf1", 1, commissioned)
	ctx, cancel := context.WithCancel(context.Background())
	got := ""
	err := s.Publish(ctx, func(_ context.Context, topic string, _ bool, payload []byte) error {
		got = topic + " " + string(payload)
		cancel()
		return nil
	})
	if err != nil || !strings.HasPrefix(got, `sensors/lf1/cover {"ts":`) || !strings.Contains(got, `"soil":{"temperature":`) || !strings.HasSuffix(got, "}}") {
		t.Errorf("published %q, %v", got, err)
	}
}

func BenchmarkAt(b *testing.B) {
	for _, plant := range devicetest.Plants() {
		b.Run(plant, func(b *testing.B) {
			s := devicetest.New(plant, 1, commissioned)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.At(steady.Add(time.Duration(i) * time.Second))
			}
		})
	}
}

func FuzzParseReplay(f *testing.F) {
	f.Add([]byte(dirtyMap), []byte(dirty))
	f.Fuzz(func(t *testing.T, spec, recording []byte) {
		r, err := devicetest.ParseReplay("f.yaml", spec)
		if err != nil {
			return
		}
		r.Profile()
		r.AgentConfig(devicetest.Agent{})
		_ = r.Load("f.csv", strings.NewReader(string(recording)))
		r.Interval()
	})
}
