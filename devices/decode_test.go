package devices

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

// one decodes one point from one reply.
func one(p Point, quantity uint16, raw ...byte) measure.Sample {
	c := Catalogue{Blocks: []Block{{Function: 3, Quantity: quantity, Points: []Point{p}}}}
	return c.Decode([]measure.Scan{{At: 5, Raw: raw}})[0].Samples[0]
}

// testCatalogue is the catalogue of testdata/agent.yaml: registers of two
// instruments, and messages of a third.
func testCatalogue(t testing.TB) Catalogue {
	t.Helper()
	data, err := os.ReadFile("testdata/catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCatalogue(bytes.TrimSpace(data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOrders(t *testing.T) {
	value := uint64(0x0102030405060708)
	for _, c := range []struct {
		order Order
		of    Type
		raw   []byte
		want  float64
	}{
		{ABCD, Uint16, []byte{1, 2}, 0x0102}, {CDAB, Uint16, []byte{1, 2}, 0x0102},
		{BADC, Uint16, []byte{2, 1}, 0x0102}, {DCBA, Uint16, []byte{2, 1}, 0x0102},
		{"", Uint32, []byte{1, 2, 3, 4}, 0x01020304}, {CDAB, Uint32, []byte{3, 4, 1, 2}, 0x01020304},
		{BADC, Uint32, []byte{2, 1, 4, 3}, 0x01020304}, {DCBA, Uint32, []byte{4, 3, 2, 1}, 0x01020304},
		{ABCD, Uint64, []byte{1, 2, 3, 4, 5, 6, 7, 8}, float64(value)}, {CDAB, Uint64, []byte{7, 8, 5, 6, 3, 4, 1, 2}, float64(value)},
		{BADC, Uint64, []byte{2, 1, 4, 3, 6, 5, 8, 7}, float64(value)}, {DCBA, Uint64, []byte{8, 7, 6, 5, 4, 3, 2, 1}, float64(value)},
		{ABCD, Int16, []byte{0xFF, 0xFE}, -2}, {ABCD, Int32, []byte{0xFF, 0xFF, 0xFF, 0xFE}, -2},
		{ABCD, Int64, []byte{255, 255, 255, 255, 255, 255, 255, 254}, -2},
		{CDAB, Float32, []byte{0, 0, 0x41, 0x20}, 10}, {DCBA, Float64, []byte{0, 0, 0, 0, 0, 0, 0x24, 0x40}, 10},
	} {
		got := one(Point{Layout: Layout{Type: c.of, Order: c.order}}, uint16(len(c.raw)/2), c.raw...)
		if got != (measure.Sample{At: 5, Value: c.want, Quality: measure.GoodQuality}) {
			t.Errorf("%s %s of %x = %v, want %v", c.of, c.order, c.raw, got, c.want)
		}
	}
}

func TestScaleIsExact(t *testing.T) {
	tenth := Point{Scale: Scale{Num: 1, Den: 10}, Layout: Layout{Type: Int16}}
	for raw := math.MinInt16; raw <= math.MaxInt16; raw++ {
		got := one(tenth, 1, byte(uint16(raw)>>8), byte(raw)).Value
		want, _ := strconv.ParseFloat(strconv.Itoa(raw)+"e-1", 64)
		if got != want || math.Signbit(got) != (raw < 0) {
			t.Fatalf("%d × 0.1 = %v, want %v", raw, got, want)
		}
	}
}

func TestQualities(t *testing.T) {
	bad, uncertain := measure.BadBecause, measure.UncertainBecause
	limited := Layout{Type: Int16, Range: &Range{-10, 10}, Sentinels: []uint64{0x7FFF}}
	status := Layout{Type: Uint16, Status: &Status{Address: 1, Bad: 1, Uncertain: 2}, Sign: &Flag{Address: 1, Bit: 15}}
	table := Layout{Type: Uint16, ScaleFrom: []Lookup{{Address: 1, Mask: 0xFF00, Factors: []Scale{{}, {Num: 1, Den: 100}}}}}
	float := Layout{Type: Float32}
	for i, c := range []struct {
		layout Layout
		raw    []byte
		value  float64
		q      measure.Quality
	}{
		{limited, []byte{0, 10}, 10, measure.GoodQuality}, {limited, []byte{0, 11}, 11, uncertain(measure.OutOfRange)},
		{limited, []byte{0x7F, 0xFF}, 0, bad(measure.Sentinel)}, {limited, []byte{1}, 0, bad(measure.Unparsable)},
		{limited, []byte{1, 2, 3}, 0, bad(measure.Unparsable)}, {limited, nil, 0, bad(measure.Unparsable)},
		{status, []byte{0, 7, 0, 0}, 7, measure.GoodQuality}, {status, []byte{0, 7, 0x80, 0}, -7, measure.GoodQuality},
		{status, []byte{0, 7, 0, 1}, 0, bad(measure.Sentinel)}, {status, []byte{0, 7, 0, 2}, 7, uncertain(measure.OutOfRange)},
		{table, []byte{0, 7, 0, 0}, 7, measure.GoodQuality}, {table, []byte{0, 7, 1, 0}, 0.07, measure.GoodQuality},
		{table, []byte{0, 7, 2, 0}, 0, bad(measure.Unparsable)},
		{float, []byte{0x7F, 0xC0, 0, 0}, 0, bad(measure.Sentinel)}, {float, []byte{0xFF, 0x80, 0, 0}, 0, bad(measure.Sentinel)},
		{float, []byte{0x7F, 0xA0, 0, 1}, 0, bad(measure.Sentinel)}, {float, []byte{0x80, 0, 0, 0}, 0, measure.GoodQuality},
	} {
		quantity := uint16(max(1, len(c.layout.Companions())))
		if len(c.layout.Companions()) > 0 || c.layout.Type == Float32 {
			quantity = 2
		}
		got := one(Point{Layout: c.layout}, quantity, c.raw...)
		if got.Value != c.value || got.Quality != c.q {
			t.Errorf("case %d: %v %v, want %v %v", i, got.Value, got.Quality, c.value, c.q)
		}
	}
	c := Catalogue{Blocks: []Block{{Function: 3, Quantity: 1, Points: []Point{{Layout: limited}}}}}
	for fault, want := range map[measure.Fault]measure.Reason{2: measure.Exception, measure.FaultTimeout: measure.NoReply, measure.FaultConnection: measure.NoConnection, measure.FaultFraming: measure.Framing} {
		if got := c.Decode([]measure.Scan{{Fault: fault, Raw: []byte{0, 1}}})[0].Samples[0]; got.Quality != bad(want) || got.Value != 0 {
			t.Errorf("fault %#x gives %v", fault, got)
		}
	}
}

func TestBits(t *testing.T) {
	for bit := range uint8(16) {
		for _, order := range []Order{ABCD, DCBA} {
			raw := binary.BigEndian.AppendUint16(nil, swap16(1<<bit, order == DCBA))
			if got := one(Point{Layout: Layout{Type: Bool, Bit: bit, Order: order}}, 1, raw...); got.Value != 1 {
				t.Errorf("bit %d %s = %v", bit, order, got)
			}
			if got := one(Point{Layout: Layout{Type: Bool, Bit: (bit + 1) % 16, Order: order}}, 1, raw...); got.Value != 0 {
				t.Errorf("bit beside %d %s = %v", bit, order, got)
			}
		}
	}
	c := Catalogue{Blocks: []Block{{Function: 1, Address: 100, Quantity: 10, Points: []Point{
		{Tag: "p/a", Address: 101, Layout: Layout{Type: Bool}}, {Tag: "p/b", Address: 109, Layout: Layout{Type: Bool}}}}}}
	got := c.Decode([]measure.Scan{{Raw: []byte{0b101, 0b10}}})
	if got[0].Samples[0].Value != 0 || got[1].Samples[0].Value != 1 {
		t.Errorf("coils = %v", got)
	}
}

func TestClockRegisters(t *testing.T) {
	block := Block{Function: 3, Address: 10, Quantity: 5, Clock: &Clock{Function: 3, Address: 10, Type: "unix64-ms"},
		Points: []Point{{Tag: "p/a", Address: 14, Layout: Layout{Type: Uint16}}}}
	c := Catalogue{Blocks: []Block{block}}
	raw := binary.BigEndian.AppendUint64(nil, 1_700_000_000_123)
	sample := c.Decode([]measure.Scan{{At: 1_700_000_001_000_000_000, Raw: append(raw, 0, 9)}})[0].Samples[0]
	if sample != (measure.Sample{At: 1_700_000_000_123_000_000, Value: 9, Quality: measure.GoodQuality}) {
		t.Errorf("sample = %v", sample)
	}
	sample = c.Decode([]measure.Scan{{At: 5, Raw: make([]byte, 10)}})[0].Samples[0]
	if sample != (measure.Sample{At: 5, Quality: measure.UncertainBecause(measure.ClockUnsure)}) {
		t.Errorf("without a time: %v", sample)
	}
}

func TestPayloads(t *testing.T) {
	const arrival = 1_700_000_001_000_000_000
	bad, uncertain := measure.BadBecause, measure.UncertainBecause
	block := Block{Topic: "t", Payload: "json", Time: &TimePath{"ts", "unix"}, Points: []Point{
		{Tag: "p/t", Path: "env.0.t", Scale: Scale{Num: 1, Den: 10}, Layout: Layout{Range: &Range{-40, 85}}},
		{Tag: "p/h", Path: "hum"}}}
	c := Catalogue{Blocks: []Block{block}}
	for _, k := range []struct {
		text string
		at   int64
		t    float64
		qt   measure.Quality
		h    float64
		qh   measure.Quality
	}{
		{`{"ts":1700000000.25,"env":[{"t":215}],"hum":"45.5"}`, 1700000000250000000, 21.5, measure.GoodQuality, 45.5, measure.GoodQuality},
		{` {"ts":"1700000000", "env":[{"x":{},"t":2150}] } `, 1700000000000000000, 215, uncertain(measure.OutOfRange), 0, bad(measure.NotReported)},
		{`{"env":[{"t":-1e1}],"hum":null}`, arrival, -1, uncertain(measure.ClockUnsure), 0, bad(measure.Sentinel)},
		{`{"ts":1700000000,"env":[{"t":NaN}],"hum":true}`, 1700000000000000000, 0, bad(measure.Sentinel), 1, measure.GoodQuality},
		{`{"ts":1700000000,"env":[[1]],"hum":{"a":1}}`, 1700000000000000000, 0, bad(measure.NotReported), 0, bad(measure.Unparsable)},
		{`{"ts":1700000000,"hum":1,"hum":2}`, 1700000000000000000, 0, bad(measure.NotReported), 0, bad(measure.Unparsable)},
		{`{"ts":1700000000,"h\u0075m":3,"env":"x"}`, 1700000000000000000, 0, bad(measure.NotReported), 3, measure.GoodQuality},
		{`{"ts":1700000000,"hum":"warm"}`, 1700000000000000000, 0, bad(measure.NotReported), 0, bad(measure.Unparsable)},
		{`{"ts":-5,"hum":1}`, arrival, 0, bad(measure.NotReported), 1, uncertain(measure.ClockUnsure)},
		{`{"hum":1`, arrival, 0, bad(measure.Unparsable), 0, bad(measure.Unparsable)},
		{`{"hum":1}}`, arrival, 0, bad(measure.Unparsable), 0, bad(measure.Unparsable)},
		{`hello`, arrival, 0, bad(measure.Unparsable), 0, bad(measure.Unparsable)},
		{``, arrival, 0, bad(measure.Unparsable), 0, bad(measure.Unparsable)},
	} {
		got := c.Decode([]measure.Scan{{At: arrival, Raw: []byte(k.text)}})
		want := []measure.Sample{{At: k.at, Value: k.t, Quality: k.qt}, {At: k.at, Value: k.h, Quality: k.qh}}
		if got[0].Samples[0] != want[0] || got[1].Samples[0] != want[1] {
			t.Errorf("%s:\n got %v %v\nwant %v", k.text, got[0].Samples, got[1].Samples, want)
		}
	}
	plain := Catalogue{Blocks: []Block{{Topic: "t", Payload: "plain", Points: []Point{{Tag: "p/t"}}}}}
	for text, want := range map[string]measure.Sample{
		" 21.5\n": {Value: 21.5, Quality: measure.GoodQuality}, "nan": {Quality: bad(measure.Sentinel)},
		"21,5": {Quality: bad(measure.Unparsable)}, "": {Quality: bad(measure.Unparsable)}, "0x10": {Quality: bad(measure.Unparsable)}, "1e999": {Quality: bad(measure.Unparsable)},
	} {
		if got := plain.Decode([]measure.Scan{{Raw: []byte(text)}})[0].Samples[0]; got != want {
			t.Errorf("plain %q = %v, want %v", text, got, want)
		}
	}
}

// TestDecodeIsPerScan: decoding scans together is decoding each alone, in any
// mixture of blocks, faults and lengths.
func TestDecodeIsPerScan(t *testing.T) {
	catalogue := testCatalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		scans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) measure.Scan {
			block := rapid.Uint32Range(0, 3).Draw(t, "block")
			size := 0
			if int(block) < len(catalogue.Blocks) {
				size = catalogue.Blocks[block].Bytes()
			}
			if rapid.Bool().Draw(t, "wrong size") {
				size = rapid.IntRange(0, 60).Draw(t, "size")
			}
			fault := rapid.SampledFrom([]measure.Fault{0, 0, 0, 2, measure.FaultTimeout}).Draw(t, "fault")
			return measure.Scan{Block: block, At: rapid.Int64().Draw(t, "at"), Fault: fault, Raw: rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "raw")}
		}), 0, 20).Draw(t, "scans")
		together := map[measure.Tag][]measure.Sample{}
		for _, s := range catalogue.Decode(scans) {
			together[s.Tag] = append(together[s.Tag], s.Samples...)
		}
		alone := map[measure.Tag][]measure.Sample{}
		for _, scan := range scans {
			for _, s := range catalogue.Decode([]measure.Scan{scan}) {
				alone[s.Tag] = append(alone[s.Tag], s.Samples...)
			}
		}
		if len(together) != len(alone) {
			t.Fatalf("%d tags together, %d alone", len(together), len(alone))
		}
		for tag, samples := range alone {
			if !slices.Equal(samples, together[tag]) {
				t.Fatalf("%s: %v together, %v alone", tag, together[tag], samples)
			}
		}
	})
}

// TestAnyCatalogue: whatever layout a catalogue may hold, it reads back from
// its bytes, and decoding any reply gives finite values or bad ones.
func TestAnyCatalogue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Block{Function: 3, Address: uint16(rapid.IntRange(0, 60000).Draw(t, "first")), Quantity: uint16(rapid.IntRange(8, 40).Draw(t, "quantity"))}
		within := func(n int) uint16 {
			return b.Address + uint16(rapid.IntRange(0, int(b.Quantity)-n).Draw(t, "address"))
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "points") {
			p := Point{Tag: measure.Tag("p/" + strconv.Itoa(i)), Scale: rapid.SampledFrom([]Scale{{}, {Num: 1, Den: 10}, {Num: -7, Off: 3, Den: 1000}, {Num: maxExact, Off: -maxExact, Den: 1}}).Draw(t, "scale")}
			p.Type = Type(rapid.SampledFrom(typeNames()).Draw(t, "type"))
			p.Order = rapid.SampledFrom([]Order{"", ABCD, CDAB, BADC, DCBA}).Draw(t, "order")
			p.Address, p.Bit = within(p.Type.Registers()), uint8(rapid.IntRange(0, 15).Draw(t, "bit"))
			if rapid.Bool().Draw(t, "range") {
				p.Range = &Range{-1.5, 1e6}
			}
			if rapid.Bool().Draw(t, "beside") {
				p.Sign, p.Status = &Flag{within(1), p.Bit}, &Status{within(1), 0x0F00, 0x00F0}
				p.ScaleFrom = []Lookup{{
					Address: within(1), Mask: uint16(rapid.IntRange(1, 65535).Draw(t, "mask")), First: rapid.IntRange(-3, 0).Draw(t, "from"),
					Factors: []Scale{{}, {Num: 1, Den: 10}, {Num: maxExact, Den: 1}}, Sentinels: rapid.SampledFrom([][]uint16{nil, {0}, {0x8000}}).Draw(t, "no factor"),
				}}
			}
			p.Sentinels = rapid.SampledFrom([][]uint64{nil, {0}, {0x7FFF, math.MaxUint64}}).Draw(t, "sentinels")
			b.Points = append(b.Points, p)
		}
		if rapid.Bool().Draw(t, "clock") {
			b.Clock = &Clock{Function: 3, Address: within(4), Type: rapid.SampledFrom([]string{"unix32", "unix64", "unix64-ms"}).Draw(t, "kind")}
		}
		c := Catalogue{Agent: "a", Site: "s", Blocks: []Block{b}}
		scan := measure.Scan{Raw: rapid.SliceOfN(rapid.Byte(), b.Bytes(), b.Bytes()).Draw(t, "raw")}
		series, err := Decode(c.Encode(), []measure.Scan{scan})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range c.Readings(scan) {
			s := series[i].Samples[0]
			if s.Value != r.Value || s.Quality != r.Quality || s.At != r.Time.UnixNano() || len(r.Raw) != 2*b.Points[i].Type.Registers() {
				t.Fatalf("%v decoded from its bytes, %+v here", s, r)
			}
			if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) || s.Quality.Level == measure.Bad && s.Value != 0 {
				t.Fatalf("sample %v", s)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(testCatalogue(f).Encode(), uint32(0), uint8(0), []byte{0x09, 0, 0, 0, 0x30, 0x39, 0, 0, 2, 0x8F, 0, 0, 0, 0, 0, 0x0B})
	f.Add(testCatalogue(f).Encode(), uint32(2), uint8(0), []byte(`{"temperature":21.5,"ts":1}`))
	f.Fuzz(func(t *testing.T, catalogue []byte, block uint32, fault uint8, raw []byte) {
		scan := measure.Scan{Block: block, Fault: measure.Fault(fault), Raw: raw}
		series, err := Decode(catalogue, []measure.Scan{scan, scan})
		for _, s := range series {
			for _, sample := range s.Samples {
				if math.IsNaN(sample.Value) || math.IsInf(sample.Value, 0) || sample.Quality.Level == measure.Bad && sample.Value != 0 {
					t.Fatalf("sample %v", sample)
				}
			}
		}
		if c, err2 := ParseCatalogue(catalogue); err == nil && err2 == nil {
			for _, d := range c.Doubts(scan) {
				if d.Words == "" {
					t.Fatalf("%+v says nothing", d)
				}
			}
			ahead, behind := c.Blocks[block].Stamps.limits()
			for _, r := range c.Readings(scan) { // received in 1970
				if at := r.Time.UnixNano(); at > ahead || at < -behind {
					t.Fatalf("%+v is beyond the tolerance of its time", r)
				}
			}
		}
	})
}

// FuzzPayload: what encoding/json takes is read, with the same number.
func FuzzPayload(f *testing.F) {
	for _, text := range []string{`{"a":1.5e3}`, `{"b":[1,{"a":2}],"a":"7"}`, `[]`, `{"a":NaN}`, `"x"`, `{"\ud83d\ude00":1,"a":-0}`} {
		f.Add([]byte(text))
	}
	c := Catalogue{Blocks: []Block{{Topic: "t", Payload: "json", Points: []Point{{Tag: "p/a", Path: "a"}}}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := c.Decode([]measure.Scan{{Raw: text}})[0].Samples[0]
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) != nil || len(object) != 1 || object["a"] == nil {
			return
		}
		var want float64
		if json.Unmarshal(object["a"], &want) == nil && string(object["a"]) != "null" && len(object["a"]) <= 64 {
			if len(text) < 100 && got.Quality != measure.GoodQuality && countKeys(text) == 1 || got.Quality.Level == measure.Good && got.Value != want {
				t.Fatalf("%s = %v, want %v", text, got, want)
			}
		}
	})
}

// countKeys counts the quotes that could open a key, as a duplicate key is refused.
func countKeys(text []byte) int {
	n := 0
	for _, b := range text {
		if b == ':' {
			n++
		}
	}
	return n
}

// TestBelief: whatever an instrument says, no reading is later or older than
// its tolerance.
func TestBelief(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead, behind := rapid.Int64Range(0, 1<<40).Draw(t, "ahead"), rapid.Int64Range(0, 1<<40).Draw(t, "behind")
		s := Stamps{Ahead: ahead, Behind: behind, Historical: rapid.Bool().Draw(t, "historical")}
		at, own := rapid.Int64Range(0, 1<<62).Draw(t, "at"), rapid.Int64().Draw(t, "own")
		within := own-at <= max(ahead, aheadDefault) && at-own <= max(behind, historicalDefault)
		if own > 0 && s.believe(own, at) && !within {
			t.Fatalf("%+v believes %d at %d", s, own, at)
		}
	})
}

// TestRealPayloads reads recorded and documented messages of gateways, brokers
// and sensors.
func TestRealPayloads(t *testing.T) {
	folder := os.Getenv("NIELU_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(folder, "payloads", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED: no recorded payloads: set NIELU_DATA")
	}
	messages := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var recorded struct {
			Messages []struct {
				Payload json.RawMessage
				Raw     string
				Text    string `json:"payload_text"`
			}
		}
		if err := json.Unmarshal(data, &recorded); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var d document
		for _, m := range recorded.Messages {
			for _, text := range []string{string(m.Payload), m.Raw, m.Text} {
				if text == "" {
					continue
				}
				messages++
				if valid := json.Valid([]byte(text)); valid != d.parse([]byte(text)) {
					t.Errorf("%s: JSON is %v, read is %v: %s", filepath.Base(file), valid, !valid, text)
				}
			}
		}
	}
	if messages < 50 {
		t.Errorf("only %d messages found", messages)
	}
}

// FuzzPath: a path is taken or refused, and found in any message without harm.
func FuzzPath(f *testing.F) {
	f.Add("values[id=103].val", `{"values":[{"id":103,"val":1}]}`)
	f.Add(`s[name="a]b"].v[1]`, `{"s":[{"name":"a]b","v":[3,4]}]}`)
	f.Add("a.b.0", `{"a.b":[1],"a":{"b.0":2,"b":[3]}}`)
	f.Fuzz(func(t *testing.T, path, text string) {
		if path == "" {
			return
		}
		point := Point{Tag: "p/a", Path: path, Quality: &SourceQuality{Path: siblingPath(path, ".q"), Good: []string{"0"}}, TimePath: siblingPath(path, ".ts")}
		b := Block{Topic: "t", Payload: "json", Each: ".", Time: &TimePath{Format: "unix"}, Points: []Point{point}}
		for _, each := range []string{"", ".", path} {
			b.Each = each
			c := Catalogue{Blocks: []Block{b}}
			samples := c.Decode([]measure.Scan{{Raw: []byte(text)}})[0].Samples
			for _, d := range c.Doubts(measure.Scan{Raw: []byte(text)}) {
				if d.Words == "" {
					t.Fatalf("%+v says nothing", d)
				}
			}
			if len(samples) == 0 || slices.ContainsFunc(samples, func(s measure.Sample) bool { return s.Quality.Level == measure.Bad && s.Value != 0 }) {
				t.Fatalf("%q in %q: %v", path, text, samples)
			}
		}
	})
}

func float32Block(points int) Catalogue {
	b := Block{Function: 3, Quantity: uint16(2 * points)}
	for i := range points {
		b.Points = append(b.Points, Point{Tag: measure.Tag("p/" + strconv.Itoa(i)), Address: uint16(2 * i), Layout: Layout{Type: Float32, Order: CDAB, Range: &Range{-1e6, 1e6}}})
	}
	return Catalogue{Blocks: []Block{b}}
}

func benchmark(b *testing.B, c Catalogue, raw []byte, points int) {
	const n = 1000
	scans := make([]measure.Scan, n)
	for i := range scans {
		scans[i] = measure.Scan{Seq: uint64(i), At: int64(i) * int64(time.Second), Raw: append([]byte(nil), raw...)}
	}
	b.ReportAllocs()
	b.SetBytes(int64(n * len(raw)))
	for b.Loop() {
		c.Decode(scans)
	}
	b.ReportMetric(float64(n*points)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mreadings/s")
}

func BenchmarkDecodeFloat32(b *testing.B) {
	raw := make([]byte, 0, 248)
	for i := range 62 {
		raw = append(raw, 0, byte(i), 0x41, 0x20)
	}
	benchmark(b, float32Block(62), raw, 62)
}

func BenchmarkDecodeInt16Scaled(b *testing.B) {
	block := Block{Function: 3, Quantity: 125}
	for i := range 125 {
		block.Points = append(block.Points, Point{Tag: measure.Tag("p/" + strconv.Itoa(i)), Address: uint16(i), Scale: Scale{Num: 1, Den: 10}, Layout: Layout{Type: Int16, Sentinels: []uint64{0x8000}}})
	}
	benchmark(b, Catalogue{Blocks: []Block{block}}, make([]byte, 250), 125)
}

func BenchmarkDecodeJSON(b *testing.B) {
	c := testCatalogue(b)
	c.Blocks = c.Blocks[2:]
	benchmark(b, c, []byte(`{"ts":1700000000,"temperature":21.53,"sub":[{"x":1},{"humidity":45.5}],"battery":3.1}`), 2)
}

func BenchmarkDecodeOneScan(b *testing.B) {
	c := testCatalogue(b)
	scan := []measure.Scan{{Block: 1, Raw: make([]byte, 44)}}
	b.ReportAllocs()
	for b.Loop() {
		c.Decode(scan)
	}
}
