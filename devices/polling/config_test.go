package polling

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// pyro is an agent's file with registers of two instruments, and messages of a
// third.
var pyro = fixture("agent.yaml")

func fixture(name string) string {
	data, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func parse(t testing.TB, text string) *Config {
	t.Helper()
	config, err := ParseConfig("agent.yaml", []byte(text), configs.Profile)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestParseConfig(t *testing.T) {
	c := parse(t, pyro)
	if c.Agent != "gw-pyro1" || c.Site != "demo-park" || c.Key != "agent.key" || c.Broker != "mqtt://127.0.0.1:1883" ||
		c.Metrics != "127.0.0.1:0" || c.Spool != (Spool{"spool", 2_000_000_000, 5 * time.Second}) {
		t.Errorf("agent keys: %+v", c)
	}
	cat := c.Catalogue()
	if want := strings.TrimSpace(fixture("catalogue.json")); string(cat.Encode()) != want {
		t.Errorf("catalogue = %s\nwant %s", cat.Encode(), want)
	}
	if len(cat.Blocks) != 3 {
		t.Fatalf("blocks = %d, want 3", len(cat.Blocks))
	}
	if b := cat.Blocks[0]; b.Instrument != "WT-101" || b.Address != 6 || b.Quantity != 8 || b.UnitID != 1 || b.Every != 1e9 || *b.Points[0].Range != (devices.Range{Min: -500, Max: 500}) {
		t.Errorf("block 0 = %+v", b)
	}
	if b := cat.Blocks[1]; b.Address != 52 || b.Quantity != 22 || b.Wasted() != 18 {
		t.Errorf("block 1 = %+v, wasted %d", b, b.Wasted())
	}
	if b := cat.Blocks[2]; b.Topic != "sensors/hall/env" || b.Bus != "mqtt://127.0.0.1:1884" || *b.Time != (devices.TimePath{Path: "ts", Format: "unix"}) || len(b.Points) != 2 {
		t.Errorf("block 2 = %+v", b)
	}
	if got := cat.Plants(); len(got) != 1 || got[0] != "pyro1" {
		t.Errorf("plants = %v", got)
	}
	again, err := devices.ParseCatalogue(cat.Encode())
	if err != nil || again.Digest() != cat.Digest() {
		t.Errorf("catalogue does not read back: %v", err)
	}
	if parse(t, pyro).Catalogue().Digest() != cat.Digest() {
		t.Error("the same file gives another digest")
	}
	if _, err := devices.ParseCatalogue(append([]byte(" "), cat.Encode()...)); err == nil {
		t.Error("a catalogue in another spelling is accepted")
	}
}

// TestParseConfigReportsAllProblems breaks a file in many ways at once.
func TestParseConfigReportsAllProblems(t *testing.T) {
	open := func(name string) ([]byte, error) {
		if name == "./bad.yaml" {
			return []byte("profile: bad\nabout: x\nsource: y\npoints:\n  a: { function: 3, address: 1, type: flaot32, unit: kW }\n  b: { function: 3, address: 65535, type: int32, unit: ton }\n  c: { function: 3, adress: 7, type: int16, unit: K, range: [0, 5 K] }\n"), nil
		}
		return configs.Profile(name)
	}
	text := `agent: GW
site: demo-park
spol: {}
buses:
  - bus: tcp://127.0.0.1:5020
    timeout: 500
    instruments:
      - instrument: WT-101
        unit: 256
        profile: laumas-tlb4
        every: 1 s
        tags: { pyro1/a: net_wieght, pyro1/b: gross_weight, pyro1/b: net_weight }
      - instrument: WT-101
        profile: laumas-tlb
        every: 1 s
        parameters: { capacity: 500 }
        tags: { pyro1/b: gross_weight, Pyro1/c: net_weight }
      - instrument: FT-1
        profile: bronkhorst-el-flow
        parameters: { capacty: 5 kg }
        tags: { pyro1/d: flow }
      - instrument: FT-2
        profile: ./bad.yaml
        every: 0 s
        tags: { pyro1/e: a }
      - instrument: FT-3
        profile: eastron-sdm630
        every: 1 s
        parameters: { capacity: 5 kg }
        tags: { pyro1/f: active_power }
  - bus: tcp://127.0.0.1:5020
    instruments: []
mqtt:
  - subscriptions:
      - instrument: TT-901
        topic: sensors/+/env
        payload: jsn
        tags:
          pyro1/hall/temperature: { path: t, range: [-40 Cel, 85 Cel] }
        time: { path: ts, format: epoch }
`
	_, err := ParseConfig("etc/agent.yaml", []byte(text), open)
	var problems strict.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is %T, want strict.Problems: %v", err, err)
	}
	for _, want := range []string{
		`etc/agent.yaml:1:8: agent "GW": must be`,
		`etc/agent.yaml:3:1: unknown key "spol"; did you mean "spool"?`,
		`etc/agent.yaml:6:14: bus: timeout: 500 has no unit: write a time, as in 30 s or 2 min`,
		`etc/agent.yaml:9:15: instrument WT-101: unit: must be a whole number from 0 to 255, not "256"`,
		`has no point "net_wieght"; did you mean "net_weight"?`,
		`key "pyro1/b" is given twice`,
		`instrument WT-101 is already in line 8`,
		`profile: "laumas-tlb" cannot be read`,
		`tag pyro1/b is already fed in line 12`,
		`segment "Pyro1" must be lower-case`,
		`parameters: unknown key "capacty"; did you mean "capacity"?`,
		`every is missing`,
		`etc/bad.yaml:5:39: point a: type: "flaot32" is not one of bool, `,
		`etc/bad.yaml:6:6: point b: a int32 at address 65535 ends beyond the last register`,
		`etc/bad.yaml:6:56: point b: unit: `,
		`point c: unknown key "adress"; did you mean "address"?`,
		`etc/bad.yaml:7:62: point c: range: "0" has no unit: write "0 K"`,
		`every: 0 s must be more than 0`,
		`instrument FT-3: parameters: profile eastron-sdm630 takes none`,
		`etc/agent.yaml:31:10: bus tcp://127.0.0.1:5020 is already in line 5`,
		`mqtt: broker is missing`,
		`topic "sensors/+/env" must name one topic`,
		`payload: "jsn" is not one of json, plain; did you mean "json"?`,
		`unit is missing`,
		`format: "epoch" is not one of unix, unix-ms, unix-us, unix-ns, rfc3339`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log("reported:\n" + err.Error())
	}
}

func TestQuoteHint(t *testing.T) {
	_, err := devices.ParseProfile("p.yaml", []byte("profile: p\npoints:\n  a: { function: 3, address: 1, type: int16, unit: L{N}/min }\n"))
	if err == nil || !strings.Contains(err.Error(), "goes in quotes here") || !strings.HasPrefix(err.Error(), "p.yaml:3:") {
		t.Errorf("err = %v, want a hint on quotes with its line", err)
	}
}

// mutate changes a few bytes of a text that parses.
func mutate(r *rand.Rand, text []byte) []byte {
	out := append([]byte(nil), text...)
	for range 1 + r.IntN(3) {
		i := r.IntN(len(out))
		switch r.IntN(3) {
		case 0:
			out[i] = "{}[]:,-#&*!|>'\"%@` \n\t0aZ"[r.IntN(24)]
		case 1:
			out = append(out[:i], out[min(len(out), i+1+r.IntN(8)):]...)
		case 2:
			out = append(out[:i:i], append([]byte("{}[]:,- \n&*"[r.IntN(10):]), out[i:]...)...)
		}
		if len(out) == 0 {
			return out
		}
	}
	return out
}

// withSubscription is an agent's file of one subscription with these keys.
func withSubscription(keys string) string {
	return "agent: gw\nsite: s\nbroker: mqtt://b\nmqtt:\n  - subscriptions:\n      - { instrument: T-1, topic: t, " + keys + " }\n"
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(pyro))
	f.Add([]byte(withSubscription("payload: json, each: data, absent: skip-null, exponents: true, sentinel: [9999.9], tags: { p/a: { path: 'v[id=3].x', scale: '0.1 [degF]', unit: Cel } }, quality: { path: .q, good: ['192..255', ok*] }, time: { path: .ts, format: unix-us, ahead: 5 s, behind: 1 h, historical: true }")))
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f.Add(mutate(r, []byte(pyro)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := ParseConfig("agent.yaml", data, func(name string) ([]byte, error) {
			if strings.Contains(name, "/") {
				return nil, fs.ErrNotExist
			}
			return configs.Profile(name)
		})
		if (config == nil) == (err == nil) {
			t.Fatalf("config %v and error %v", config, err)
		}
		var problems strict.Problems
		if err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Fatalf("error without problems: %v", err)
		}
		if config == nil {
			return
		}
		if _, err := devices.ParseCatalogue(config.Catalogue().Encode()); err != nil {
			t.Fatalf("catalogue of a good file: %v", err)
		}
		for i, b := range config.Catalogue().Blocks { // every block must decode, whatever comes
			config.Catalogue().Readings(measure.Scan{Block: uint32(i), Raw: make([]byte, b.Bytes())})
		}
	})
}

func FuzzParseProfile(f *testing.F) {
	for _, name := range configs.ProfileNames() {
		data, _ := configs.Profile(name)
		f.Add(data)
		r := rand.New(rand.NewPCG(3, uint64(len(data))))
		for range 60 {
			f.Add(mutate(r, data))
		}
	}
	point := func(keys string) string { return "points:\n  a: { function: 3, address: 0, " + keys + " }\n" }
	for _, lines := range []string{
		point("type: int16, unit: W, scale_from: [ { address: 1, powers: [-10, 10], sentinel: 0x8000 } ]"), point("type: uint32, unit: kg, sentinel: [0xFFFF, 65535], range: [-10 kg, 1 t]"),
		"parameters: { span: Cel }\nclock: { function: 3, address: 1, type: unix32, behind: 3 h }\n" + point("type: uint16, scale: span/65535, unit: K, sign: { address: 0, bit: 15 }"),
	} {
		f.Add([]byte("profile: p\nabout: x\nsource: y\n" + lines))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		profile, err := devices.ParseProfile("p.yaml", data)
		if (profile == nil) == (err == nil) {
			t.Fatalf("profile %v and error %v", profile, err)
		}
	})
}
