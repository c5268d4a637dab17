package devicetest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/suite"
)

// dataFolder finds the recorded data: NIELU_DATA, or shared/data above.
func dataFolder(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("NIELU_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		data := filepath.Join(dir, "shared", "data")
		if _, err := os.Stat(data); err == nil {
			return data
		}
		if dir == filepath.Dir(dir) {
			t.Skip("SKIPPED, NOTHING WAS TESTED: no recorded data; set NIELU_DATA to the folder that holds idaes_escalante_boiler and ghe_biogas_meter")
		}
	}
}

func replayMap(t testing.TB, name string) *devicetest.Replay {
	t.Helper()
	file := "examples/replay/" + name + ".yaml"
	data, err := configs.Examples.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := devicetest.ParseReplay(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// loaded is the replay of a real recording.
func loaded(t testing.TB, name string) *devicetest.Replay {
	r := replayMap(t, name)
	if err := r.Open(dataFolder(t)); err != nil {
		t.Fatal(err)
	}
	return r
}

// agentOf parses the agent.yaml that a replay writes, with its own profile.
func agentOf(t testing.TB, r *devicetest.Replay, addr string) *polling.Config {
	t.Helper()
	file := r.AgentConfig(devicetest.Agent{Modbus: addr, Broker: "mqtt://127.0.0.1:1883", Centre: "nielu-log+1a2b3c4d+AbCdEf"})
	config, err := polling.ParseConfig("agent.yaml", file, func(name string) ([]byte, error) {
		if name != "./"+r.Name()+".yaml" {
			return nil, fs.ErrNotExist
		}
		return r.Profile(), nil
	})
	if err != nil {
		t.Fatalf("%s\n%s\n%v", file, r.Profile(), err)
	}
	return config
}

// serveReplay serves r until the test ends and returns its address.
func serveReplay(t testing.TB, serve func(ctx context.Context, addr string, ready func(string)) error) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- serve(ctx, "127.0.0.1:0", func(addr string) { ready <- addr }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-ready:
		return addr
	case err := <-ended:
		t.Fatal(err)
	}
	return ""
}

func dial(t testing.TB, addr string, unit uint8) *modbus.ModbusClient {
	t.Helper()
	c, err := modbus.NewClient(&modbus.ClientConfiguration{URL: "tcp://" + addr, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	c.SetUnitId(unit)
	t.Cleanup(func() { c.Close() })
	return c
}

// pull reads the replay to its end over a real socket, as an agent's block
// would be read, and decodes with the generated profile.
func pull(t testing.TB, r *devicetest.Replay) []measure.Series {
	t.Helper()
	addr := serveReplay(t, r.Serve)
	c := agentOf(t, r, addr).Catalogue()
	if len(c.Blocks) != 1 {
		t.Fatalf("the replay is read in %d blocks, one is needed for its clock", len(c.Blocks))
	}
	b := c.Blocks[0]
	client := dial(t, addr, b.UnitID)
	var scans []measure.Scan
	for {
		words, err := client.ReadRegisters(b.Address, b.Quantity, modbus.HOLDING_REGISTER)
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, w := range words {
			raw = binary.BigEndian.AppendUint16(raw, w)
		}
		scans = append(scans, measure.Scan{At: time.Now().UnixNano(), Raw: raw})
		select {
		case <-r.Done():
			return c.Decode(scans)
		default:
		}
	}
}

func seriesOf(t testing.TB, all []measure.Series, tag measure.Tag) measure.Series {
	t.Helper()
	for _, s := range all {
		if s.Tag == tag {
			s.Sort()
			return s
		}
	}
	t.Fatalf("no series %s", tag)
	return measure.Series{}
}

const dirty = "\xef\xbb\xbfwritten by the plant's own system\n" +
	"when;flow;total;note\n" +
	"02.11.2026 10:05;12,5;1000;a\n" +
	"02.11.2026 10:00;;1003;b\n" + // back in time, and an empty cell
	"02.11.2026 10:10;-0,25;;\n"

const dirtyMap = `
replay: dirty
about: a SCADA export
plant: old
instrument: DCS-9
unit: 7
separator: ";"
decimals: comma
skip: 1
time: { column: when, layout: "02.01.2006 15:04", zone: "+02:00" }
columns:
  flow: { tag: old/flow, unit: "k[lb_av]/h" }
  total: { tag: old/total, unit: kg, type: int32, scale: 0.5 kg }
`

// Byte order mark, lines before the header, decimal commas, local time, empty
// cells, rows out of order: what the file says is what the agent reads, at
// the time it was recorded.
func TestReplayOfADirtyExport(t *testing.T) {
	r, err := devicetest.ParseReplay("dirty.yaml", []byte(dirtyMap))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Load("dirty.csv", strings.NewReader(dirty)); err != nil {
		t.Fatal(err)
	}
	var told []int
	r.Progress = func(done, total int) {
		if total != 3 {
			t.Errorf("%d rows in all, want 3", total)
		}
		told = append(told, done)
	}
	all := pull(t, r)
	flow, total := seriesOf(t, all, "old/flow"), seriesOf(t, all, "old/total")
	at := func(minute int) int64 { return time.Date(2026, 11, 2, 8, minute, 0, 0, time.UTC).UnixNano() }
	bad := measure.BadBecause(measure.Sentinel)
	want := []measure.Sample{{At: at(0), Quality: bad}, {At: at(5), Value: 12.5, Quality: measure.GoodQuality}, {At: at(10), Value: -0.25, Quality: measure.GoodQuality}}
	for i, s := range flow.Samples {
		if s != want[i] {
			t.Errorf("flow %d is %+v, want %+v", i, s, want[i])
		}
	}
	want = []measure.Sample{{At: at(0), Value: 1003, Quality: measure.GoodQuality}, {At: at(5), Value: 1000, Quality: measure.GoodQuality}, {At: at(10), Quality: bad}}
	for i, s := range total.Samples {
		if s != want[i] {
			t.Errorf("total %d is %+v, want %+v", i, s, want[i])
		}
	}
	if len(flow.Samples) != 3 || len(total.Samples) != 3 || len(told) != 3 {
		t.Errorf("%d flows, %d totals, %d reports, want 3 each", len(flow.Samples), len(total.Samples), len(told))
	}
	if flow.Unit.String() != "k[lb_av]/h" {
		t.Errorf("unit %s", flow.Unit)
	}
}

// A client that reconnects may not have had its answer: it gets the row again.
// Rows come in order of time.
func TestReplayRepeatsAnUnansweredRow(t *testing.T) {
	r, err := devicetest.ParseReplay("dirty.yaml", []byte(dirtyMap))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Load("dirty.csv", strings.NewReader(dirty)); err != nil {
		t.Fatal(err)
	}
	addr := serveReplay(t, r.Serve)
	row := func(c *modbus.ModbusClient) uint16 {
		words, err := c.ReadRegisters(0, 10, modbus.HOLDING_REGISTER)
		if err != nil {
			t.Fatal(err)
		}
		return words[9] // the total
	}
	a, b := dial(t, addr, 7), dial(t, addr, 7)
	if got := []uint16{row(a), row(b), row(b), row(b), row(b)}; got[0] != 2006 || got[1] != 2006 || got[2] != 2000 || got[3] != 0 || got[4] != 0 {
		t.Errorf("totals %v, want the first row twice", got)
	}
	select {
	case <-r.Done():
	default:
		t.Error("all rows were read, but it is not done")
	}
}

// A row stays on show until its pace has passed, however often it is read.
func TestReplayKeepsItsPace(t *testing.T) {
	r, err := devicetest.ParseReplay("dirty.yaml", []byte(dirtyMap))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Load("dirty.csv", strings.NewReader(dirty)); err != nil {
		t.Fatal(err)
	}
	r.Pace = time.Hour
	c := dial(t, serveReplay(t, r.Serve), 7)
	var first []uint16
	for range 5 {
		words, err := c.ReadRegisters(0, 10, modbus.HOLDING_REGISTER)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = words
		}
		for i := range words {
			if words[i] != first[i] {
				t.Fatalf("row changed before its pace had passed: %v, then %v", first, words)
			}
		}
	}
}

func TestReplayMapsSayWhatIsWrong(t *testing.T) {
	for change, want := range map[string]string{
		"decimals: comma=decimals: dot":                         "decimals: must be point or comma",
		"plant: old=plant: new":                                 `tag "old/flow" is not of plant new`,
		`unit: "k[lb_av]/h"=unit: klb/hr`:                       "klb/hr",
		", scale: 0.5 kg=":                                      "needs a scale",
		"type: int32, scale: 0.5 kg=type: int31, scale: 0.5 kg": `type "int31" is unknown`,
		"skip: 1=skpi: 1":                                       "skpi",
		`zone: "+02:00"=zone: Europe/Hamsterdam`:                "not an IANA name",
		"unit: 7=unit: 300":                                     "from 1 to 247",
	} {
		old, new, _ := strings.Cut(change, "=")
		_, err := devicetest.ParseReplay("m.yaml", []byte(strings.Replace(dirtyMap, old, new, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", change, err, want)
		}
	}
	r, err := devicetest.ParseReplay("m.yaml", []byte(dirtyMap))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{"x\na;b\n", `no column "when"`},
		{"x\nwhen;flow\n", `no column "total"`},
		{"x\nwhen;flow;total\n2026;1;2\n", "bad.csv:3: time"},
		{"x\nwhen;flow;total\n02.11.2026 10:05;1.5.2;2\n", `column "flow": "1.5.2" is not a number`},
		{"x", "fewer than the 1 lines"},
	} {
		if err := r.Load("bad.csv", strings.NewReader(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: error %v, want one with %q", c[0], err, c[1])
		}
	}
}

// Every row of the boiler's recording comes through registers, profile and
// units unchanged, and the steam node shows the recorded 2.7 %.
func TestBoilerReplay(t *testing.T) {
	suite.Heavy(t)
	r := loaded(t, "boiler")
	all := pull(t, r)
	if r.Rows() != 1846 {
		t.Errorf("%d rows, want 1846", r.Rows())
	}
	mean := func(tag measure.Tag) float64 {
		s := seriesOf(t, all, tag)
		if len(s.Samples) != 1846 {
			t.Errorf("%s: %d samples, want 1846", tag, len(s.Samples))
		}
		sum := 0.0
		for _, x := range s.Samples {
			if x.Quality != measure.GoodQuality {
				t.Fatalf("%s at %s: %s", tag, time.Unix(0, x.At).UTC(), x.Quality)
			}
			sum += x.Value
		}
		return sum / float64(len(s.Samples))
	}
	water, steam := mean("boiler/feedwater/mass_flow"), mean("boiler/steam/mass_flow")
	if math.Abs(water-945.2810529154948) > 1e-9 || math.Abs(water-steam-25.46104952004335) > 1e-9 {
		t.Errorf("feedwater %v, less steam %v; want 945.28105 and 25.46105", water, water-steam)
	}

	data, err := configs.Examples.ReadFile("examples/replay/boiler-plant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := flowsheet.Parse("boiler-plant.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	result, err := pipeline.Compute(context.Background(), p, nil, fixed{all}, r.Interval())
	if err != nil || len(result.Faults) > 0 {
		t.Fatal(err, result.Faults)
	}
	// The recording is a selection of rows: only some windows have a row at both
	// ends. What the boiler's balance leaves there must be what their own rows
	// say, added up without the pipeline.
	rows := map[int64][4]float64{}
	for i, tag := range []measure.Tag{"boiler/feedwater/mass_flow", "boiler/attemperation/mass_flow", "boiler/steam/mass_flow"} {
		for _, s := range seriesOf(t, all, tag).Samples {
			row := rows[s.At]
			row[i], row[3] = 453.59237*s.Value, row[3]+1
			rows[s.At] = row
		}
	}
	closed := 0
	for _, b := range result.Balances {
		first, last := rows[b.From], rows[b.To]
		if got := b.Balances[0]; first[3] == 3 && last[3] == 3 {
			const blowdown = 4720
			want := (first[0]+last[0]+first[1]+last[1]-first[2]-last[2])/2 - blowdown
			if closed++; got.Node != "boiler" || got.Residual == nil || math.Abs(*got.Residual-want) > 1e-6*first[0] {
				t.Fatalf("%s: %+v, its rows say %v", b.Interval, got, want)
			}
		}
	}
	if t.Logf("%d windows are what their rows say", closed); closed != 1410 {
		t.Errorf("%d windows have a row at both ends, want 1410", closed)
	}
}

// fixed is a pipeline.Source of samples in memory.
type fixed struct{ all []measure.Series }

func (f fixed) Readings(_ context.Context, _ string, w measure.Interval) ([]measure.Series, error) {
	var out []measure.Series
	for _, s := range f.all {
		part := measure.Series{Tag: s.Tag, Unit: s.Unit}
		for _, x := range s.Samples {
			if w.Contains(x.At) {
				part.Samples = append(part.Samples, x)
			}
		}
		out = append(out, part)
	}
	return out, nil
}

// The biogas meter's day, newest row first, with temperatures in every fifth
// row: absent cells are bad, present ones exact, volumes brought to normal
// conditions by the profile.
func TestBiogasMeterReplay(t *testing.T) {
	suite.Slow(t)
	r := loaded(t, "biogas-meter")
	all := pull(t, r)
	flow := seriesOf(t, all, "ghe/meter/volume_flow")
	if len(flow.Samples) != r.Rows() || r.Rows() != 734 {
		t.Errorf("%d samples of %d rows, want 734", len(flow.Samples), r.Rows())
	}
	last := flow.Samples[len(flow.Samples)-1]
	if want := 454 * 0.966e5 / 101325 * 273.15 / 292.15; last.At != 1723544700e9 || math.Abs(last.Value-want) > 1e-9*want {
		t.Errorf("last flow %v at %v, want %v L{N}/h at 1723544700", last.Value, last.At, want)
	}
	good, bad := 0, 0
	for _, s := range seriesOf(t, all, "ghe/meter/temperature").Samples {
		switch s.Quality {
		case measure.GoodQuality:
			good++
		case measure.BadBecause(measure.Sentinel):
			bad++
		default:
			t.Fatalf("temperature is %s", s.Quality)
		}
	}
	if good < 140 || good+bad != 734 {
		t.Errorf("%d temperatures and %d empty cells", good, bad)
	}
}

// The sparse rows of the mass flow controllers as messages: each cell once,
// what is not in a row is not reported.
func TestMassFlowControllerReplay(t *testing.T) {
	suite.Slow(t)
	r := loaded(t, "biogas-mfc")
	c := agentOf(t, r, "").Catalogue()
	var scans []measure.Scan
	err := r.Publish(context.Background(), func(_ context.Context, topic string, retained bool, payload []byte) error {
		if topic != c.Blocks[0].Topic || retained {
			t.Fatalf("topic %q retained %v", topic, retained)
		}
		scans = append(scans, measure.Scan{At: time.Now().UnixNano(), Raw: payload})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	good, missing := 0, 0
	first := true
	for _, s := range seriesOf(t, c.Decode(scans), "ghe/ch4/volume_flow").Samples {
		switch s.Quality {
		case measure.GoodQuality:
			if first && (s.Value != 5.0001273 || s.At != time.Date(2024, 8, 19, 7, 42, 52, 67e6, time.UTC).UnixNano()) {
				t.Errorf("first flow %v at %v", s.Value, time.Unix(0, s.At).UTC())
			}
			first = false
			good++
		default:
			missing++
		}
	}
	t.Logf("%d rows: %d flows of CH4, %d rows without", len(scans), good, missing)
	if len(scans) != 15427 || good < 7000 {
		t.Errorf("%d messages with %d flows", len(scans), good)
	}
}

func TestReplayWithoutRowsIsAnError(t *testing.T) {
	r := replayMap(t, "boiler")
	if err := r.Serve(context.Background(), "127.0.0.1:0", nil); err == nil {
		t.Error("served without rows")
	}
	if err := r.Open(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open of a folder without the file: %v", err)
	}
}
