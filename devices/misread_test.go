package devices_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
)

// What a profile says of a register, taken otherwise than it is meant, gives
// a wrong value that looks right. These tests go from the lines of a file to
// the reading.

// fromProfile reads point a of a profile with these lines under it, on words
// from register 0 on. The error is what check says.
func fromProfile(lines string, parameters string, words ...uint16) (measure.Reading, *polling.Config, error) {
	profile := "profile: p\nabout: x\nsource: y\n" + lines
	file := fmt.Sprintf(`agent: gw
site: s
buses:
  - bus: tcp://127.0.0.1:5020
    instruments:
      - { instrument: I-1, profile: ./p.yaml, every: 1 s, tags: { p/a: a }%s }
`, parameters)
	c, err := polling.ParseConfig("agent.yaml", []byte(file), func(name string) ([]byte, error) {
		if name == "./p.yaml" {
			return []byte(profile), nil
		}
		return configs.Profile(name)
	})
	if err != nil {
		return measure.Reading{}, nil, err
	}
	catalogue, err := devices.ParseCatalogue(c.Catalogue().Encode())
	if err != nil {
		return measure.Reading{}, nil, err
	}
	var raw []byte
	for _, w := range words {
		raw = binary.BigEndian.AppendUint16(raw, w)
	}
	b := catalogue.Blocks[0]
	return catalogue.Readings(measure.Scan{At: 5, Raw: raw[2*b.Address : int(2*b.Address)+b.Bytes()]})[0], c, nil
}

// point is one point at register 0.
func point(keys string) string { return "points:\n  a: { function: 3, address: 0, " + keys + " }\n" }

// TestScaleInAnotherUnit: a scale is how much one count is, so between units
// that count from different zeros it gives the right value or is refused with
// what to write. Every pair of temperature units, the raw number alike.
func TestScaleInAnotherUnit(t *testing.T) {
	kelvin := map[string]func(float64) float64{
		"K":      func(v float64) float64 { return v },
		"[degR]": func(v float64) float64 { return v / 1.8 },
		"Cel":    func(v float64) float64 { return v + 273.15 },
		"[degF]": func(v float64) float64 { return (v + 459.67) / 1.8 },
	}
	accepted := map[string]float64{} // in another unit
	for from := range kelvin {
		for to := range kelvin {
			got, _, err := fromProfile(point(fmt.Sprintf("type: uint16, scale: '0.1 %s', unit: '%s'", from, to)), "", 1500)
			if err != nil {
				if from == to || !strings.Contains(err.Error(), "p.yaml:5:") || !strings.Contains(err.Error(), "write") {
					t.Errorf("%s to %s: %v", from, to, err)
				}
				continue
			}
			if math.Abs(kelvin[to](got.Value)-kelvin[from](150)) > 1e-9 || got.Quality != measure.GoodQuality {
				t.Errorf("150 %s is read as %v %s %v", from, got.Value, to, got.Quality)
			}
			accepted[from+" "+to] = got.Value
		}
	}
	if got := accepted["[degF] Cel"]; math.Abs(got-65.5555555) > 1e-6 {
		t.Errorf("150 [degF] = %v Cel", got)
	}
	if _, ok := accepted["K Cel"]; ok {
		t.Error("0.1 K for a value in Cel says not from where it counts, and is accepted")
	}
	got, _, err := fromProfile(point("type: uint16, scale: '0.1 Cel', offset: '-273.15 Cel'"), "", 2981)
	if err != nil || math.Abs(got.Value-24.95) > 1e-9 {
		t.Errorf("what the refusal says to write gives %v %v", got.Value, err)
	}
	for _, c := range []struct{ lines, parameters, says string }{
		{point("type: uint16, scale: '0.1 Cel', offset: '-40 [degF]'"), "", "write it in Cel"},
		{point("type: uint16, scale: '0.1 Cel', offset: '-273.15 K'"), "", "write it in Cel"},
		{point("type: uint16, scale: '0.1 [degF]', unit: Cel, offset: -40"), "", "Leave out unit"},
		{point("type: uint16, unit: Cel, scale_from: [ { address: 1, mask: 1, factors: [1 Cel, '1 [degF]'] } ]"), "", "write it in Cel"},
		{point("type: uint16, unit: Cel, scale_from: [ { address: 1, mask: 1, factors: [1, 1 K] } ]"), "", "write it in Cel"},
		{point("type: uint16, unit: Cel, scale: '1 [degF]', scale_from: [ { address: 1, mask: 1, factors: [1, 10] } ]"), "", "cannot be together"},
		{"parameters: { span: Cel }\n" + point("type: uint16, unit: Cel, scale: span/65535"), ", parameters: { span: '180 [degF]' }", "write it in Cel"},
		{"parameters: { top: K }\n" + point("type: uint16, scale: 0.1 Cel, range: [0 Cel, top]"), ", parameters: { top: 500 K }", "write it in Cel"},
	} {
		if got, _, err := fromProfile(c.lines, c.parameters, 1500, 1); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v %v, want %q", c.lines, got.Value, err, c.says)
		}
	}
	catalogue := parse(t, "agent: gw\nsite: s\nbroker: mqtt://b\nmqtt:\n  - subscriptions:\n      - { instrument: T-1, topic: t, payload: plain, tags: { p/a: { scale: '0.1 [degF]', unit: Cel } } }\n").Catalogue()
	if got := catalogue.Readings(measure.Scan{Raw: []byte("1500")})[0].Value; math.Abs(got-65.5555555) > 1e-6 {
		t.Errorf("a message of 1500 = %v Cel", got)
	}
}

// TestParametersHaveUnits: a parameter in a scale counts by its unit.
func TestParametersHaveUnits(t *testing.T) {
	capacity := "parameters: { capacity: 'm3/h' }\n" + point("type: uint16, scale: capacity/32000, unit: 'L/min', range: ['0 L/min', capacity]")
	got, _, err := fromProfile(capacity, ", parameters: { capacity: '6 m3/h' }", 16000)
	if err != nil || got.Value != 50 || got.Quality != measure.GoodQuality {
		t.Errorf("half of 6 m3/h = %v %v", got, err)
	}
	if _, _, err = fromProfile("parameters: { capacity: kg }\n"+point("type: uint16, scale: capacity/32000, unit: kW"), ", parameters: { capacity: 6 kg }", 1); err == nil {
		t.Error("a capacity in kg scales a value in kW")
	}
	pulses := "parameters: { pulses: '1/kW.h' }\n" + point("type: uint32, scale: 1/pulses, unit: 'kW.h'")
	if got, _, err = fromProfile(strings.ReplaceAll(pulses, "'1/kW.h'", "'1/(kW.h)'"), ", parameters: { pulses: '800 1/(kW.h)' }", 0, 1600); err != nil || got.Value != 2 {
		t.Errorf("1600 pulses of 800 = %v %v", got.Value, err)
	}
}

// swaps tells whether an order reverses the words, and the bytes in each.
func swaps(o devices.Order) (words, bytes bool) {
	return o == devices.CDAB || o == devices.DCBA, o == devices.BADC || o == devices.DCBA
}

func swap16(v uint16, swapBytes bool) uint16 {
	if swapBytes {
		return bits.ReverseBytes16(v)
	}
	return v
}

func swap32(v uint32, swapWords, swapBytes bool) uint32 {
	if swapWords {
		v = bits.RotateLeft32(v, 16)
	}
	return uint32(swap16(uint16(v>>16), swapBytes))<<16 | uint32(swap16(uint16(v), swapBytes))
}

// TestBitsOfTheValueItself: what sign, status and scale_from read of the
// value's own registers is no part of the number, in every order.
func TestBitsOfTheValueItself(t *testing.T) {
	for _, order := range []devices.Order{devices.ABCD, devices.CDAB, devices.BADC, devices.DCBA} {
		for _, c := range []struct {
			keys  string
			word  uint32 // of two registers, or of one in its low half
			value float64
			q     measure.Quality
		}{
			{"type: uint16, unit: '1', sign: { address: 0, bit: 15 }", 0x8005, -5, measure.GoodQuality},
			{"type: uint16, unit: '1', sign: { address: 0, bit: 15 }", 0x0005, 5, measure.GoodQuality},
			{"type: int16, unit: '1', sign: { address: 0, bit: 15 }", 0x8005, -5, measure.GoodQuality},
			{"type: uint16, scale: '0.1 kg', sign: { address: 0, bit: 14 }, status: { address: 0, bad: 0x8000 }", 0x4064, -10, measure.GoodQuality},
			{"type: uint16, scale: '0.1 kg', sign: { address: 0, bit: 14 }, status: { address: 0, bad: 0x8000 }", 0xC064, 0, measure.BadBecause(measure.Sentinel)},
			{"type: uint16, unit: '1', status: { address: 0, uncertain: 0x1000 }", 0x1007, 7, measure.UncertainBecause(measure.OutOfRange)},
			{"type: uint16, unit: kg, scale_from: [ { address: 0, mask: 0xC000, factors: [1, 10, 100, 1000] } ]", 0x8007, 700, measure.GoodQuality},
		} {
			word := uint16(c.word)
			_, swap := swaps(order)
			got, _, err := fromProfile("order: "+string(order)+"\n"+point(c.keys), "", swap16(word, swap))
			if err != nil || got.Value != c.value || got.Quality != c.q {
				t.Errorf("%s %s of %#x: %v %v %v, want %v %v", order, c.keys, word, got.Value, got.Quality, err, c.value, c.q)
			}
		}
		words, swap := swaps(order)
		sign := 0 // the register of the most significant word
		if words {
			sign = 1
		}
		w := swap32(0x80000005, words, swap)
		got, _, err := fromProfile("order: "+string(order)+"\n"+point(fmt.Sprintf("type: uint32, unit: '1', sign: { address: %d, bit: 15 }", sign)), "", uint16(w>>16), uint16(w))
		if err != nil || got.Value != -5 {
			t.Errorf("%s: 32 bits = %v %v", order, got.Value, err)
		}
	}
	for keys, want := range map[string]string{
		"type: float32, unit: kg, sign: { address: 0, bit: 15 }":                                     "no bits to spare",
		"type: int16, unit: kg, status: { address: 0, bad: 0xC000 }":                                 "write type: uint16", // -5 was 16379
		"type: int32, unit: kg, status: { address: 0, uncertain: 0x8000 }":                           "write type: uint32",
		"order: CDAB, type: int32, unit: kg, status: { address: 1, bad: 0xFFFF }":                    "write type: uint32",
		"type: int16, unit: kg, scale_from: [ { address: 0, mask: 0x8000, factors: [1, 10] } ]":      "write type: uint16",
		"type: uint16, unit: kg, status: { address: 0, bad: 0xFFFF }":                                "read all bits",
		"type: uint16, unit: kg, status: { address: 0, bad: 0x00FF }, sign: { address: 0, bit: 15 }": "",
		"order: CDAB, type: int32, unit: kg, status: { address: 0, bad: 0xC000 }":                    "",
		"type: int16, unit: kg, status: { address: 0, bad: 0x8000 }, sign: { address: 1, bit: 0 }":   "",
		"type: int16, unit: kg, status: { address: 1 }":                                              "looks at no bit",
		"type: bool, bit: 3, unit: kg":                                                               "a bool is 1 or 0",
		"type: bool, bit: 3, unit: '1'":                                                              "",
		"type: bool, bit: 3, unit: kg/h, scale: 5 kg/h":                                              "",
		"type: int16, unit: kg, status: { address: 0, bad: 0x0003 }":                                 "",
	} {
		if _, _, err := fromProfile(point(keys), "", 0, 0); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", keys, err, want)
		}
	}
}

// TestRegistersBesideHaveTheOrder: whatever the order of bytes, the registers
// beside a value have it too.
func TestRegistersBesideHaveTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]devices.Order{devices.ABCD, devices.CDAB, devices.BADC, devices.DCBA}).Draw(t, "order")
		keys := point("type: uint16, unit: kg, status: { address: 1, bad: 0x0001, uncertain: 0x0100 }, sign: { address: 2, bit: 0 }, scale_from: [ { address: 3, factors: [1, 10] } ]")
		status := rapid.SampledFrom([]uint16{0, 0x0001, 0x0100, 0x0101, 0x0002}).Draw(t, "status")
		sign, code := rapid.SampledFrom([]uint16{0, 1, 0x0100}).Draw(t, "sign"), rapid.SampledFrom([]uint16{0, 1, 0x0100, 2}).Draw(t, "code")
		words := []uint16{7, status, sign, code}
		plain, _, err := fromProfile(keys, "", words...)
		if err != nil {
			t.Fatal(err)
		}
		_, swap := swaps(order)
		for i, w := range words {
			words[i] = swap16(w, swap)
		}
		got, _, err := fromProfile("order: "+string(order)+"\n"+keys, "", words...)
		if err != nil || got.Value != plain.Value || got.Quality != plain.Quality {
			t.Fatalf("%s: %v %v %v, in ABCD %v %v", order, got.Value, got.Quality, err, plain.Value, plain.Quality)
		}
		if status&1 == 1 && got.Quality.Level != measure.Bad {
			t.Fatalf("%s with status %#x is %v", order, status, got.Quality)
		}
	})
}

// TestSentinelsFitTheirType: a code with the bits of another type is refused;
// a number at which a narrower type ends is worth a note.
func TestSentinelsFitTheirType(t *testing.T) {
	for _, c := range []struct{ of, sentinel, says string }{
		{"uint32", "0xFFFF", "4 digits"}, {"int32", "0x8000", "4 digits"}, {"uint16", "0x0FFFF", "5 digits"}, {"uint64", "0xFFFFFFFF", "8 digits"},
		{"float32", "0xFFFF", "4 digits"}, {"uint16", "-1", "not a uint16"}, {"int16", "32768", "not a int16"}, {"int16", "3276.7", "not a int16"}, {"uint16", "0x0", "1 digits"},
	} {
		_, _, err := fromProfile(point(fmt.Sprintf("type: %s, unit: kg, sentinel: %s", c.of, c.sentinel)), "", 0, 0, 0, 0)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("sentinel %s of a %s: %v", c.sentinel, c.of, err)
		}
	}
	for sentinel, notes := range map[string]int{"65535": 1, "32767": 1, "-32768": 1, "-1": 0, "0x0000FFFF": 0, "999999": 0, "2147483647": 0} {
		_, c, err := fromProfile(point("type: int32, unit: kg, sentinel: "+sentinel), "", 0, 0)
		if err != nil || len(c.Notes) != notes {
			t.Errorf("sentinel %s of an int32: %v %v", sentinel, c, err)
		}
	}
}

// TestPowersOfTen: a register with a signed power of ten, as SunSpec's sunssf,
// gives the factor or no value, whatever it holds.
func TestPowersOfTen(t *testing.T) {
	lines := point("type: int16, unit: W, sentinel: 0x8000, scale_from: [ { address: 1, powers: [-10, 10], sentinel: 0x8000 } ]")
	for code := math.MinInt16; code <= math.MaxInt16; code++ {
		if code > -20 && code < 20 || code%4099 == 0 || code == math.MinInt16 || code == math.MaxInt16 {
			got, _, err := fromProfile(lines, "", 123, uint16(code))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case code == math.MinInt16:
				if got.Quality != measure.BadBecause(measure.Sentinel) {
					t.Errorf("not available: %v", got.Quality)
				}
			case code < -10 || code > 10:
				if got.Quality != measure.BadBecause(measure.Unparsable) {
					t.Errorf("10^%d: %v %v", code, got.Value, got.Quality)
				}
			default:
				if want := 123 * math.Pow(10, float64(code)); math.Abs(got.Value/want-1) > 1e-12 || got.Quality != measure.GoodQuality {
					t.Errorf("10^%d: %v %v, want %v", code, got.Value, got.Quality, want)
				}
			}
		}
	}
	nibble := "factors: [1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 0.00000001, 0.0000001, 0.000001, 0.00001, 0.0001, 0.001, 0.01, 0.1]"
	if _, _, err := fromProfile(point("type: int16, unit: W, scale_from: [ { address: 1, mask: 0x000F, "+nibble+" } ]"), "", 1, 0x8000); err == nil || !strings.Contains(err.Error(), "powers: [-10, 10]") {
		t.Errorf("a power of ten cut off by its mask: %v", err)
	}
	if got, _, err := fromProfile(point("type: int16, unit: W, scale_from: [ { address: 1, mask: 0x00F0, powers: [-8, 7] } ]"), "", 7, 0xABFC); err != nil || got.Value != 0.7 {
		t.Errorf("a power of ten in four bits: %v %v", got.Value, err)
	}
	for _, bad := range []string{"powers: [1]", "powers: [3, -3]", "powers: [-10, 10], factors: [1]", "powers: [-100, 100]"} {
		if _, _, err := fromProfile(point("type: int16, unit: W, scale_from: [ { address: 1, "+bad+" } ]"), "", 1, 0); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// TestWordsInTheWrongOrder: a float read in the wrong order is doubted when it
// comes out of a size that no instrument gives, and a good one never is.
func TestWordsInTheWrongOrder(t *testing.T) {
	implausible := measure.BadBecause(measure.Implausible)
	for _, value := range []float32{120.5, 1000, 0.5, -640, 230, 999.25} {
		bits := math.Float32bits(value)
		for _, order := range []devices.Order{devices.CDAB, devices.BADC, devices.DCBA} {
			words, swap := swaps(order)
			if w := swap32(bits, words, swap); w != bits {
				got, _, err := fromProfile("order: "+string(order)+"\n"+point("type: float32, unit: kg/h, range: [-1000 kg/h, 1000 kg/h]"), "", uint16(bits>>16), uint16(bits))
				if err != nil || got.Quality != implausible || got.Value != 0 {
					t.Errorf("%v read as %s: %v %v %v", value, order, got.Value, got.Quality, err)
				}
			}
		}
	}
	for _, c := range []struct {
		keys  string
		words []uint16
		want  measure.Quality
	}{
		{"type: float32, unit: kg/h", []uint16{0x0000, 0x42F1}, implausible},                                 // 2.4e-41
		{"type: float32, unit: kg/h", []uint16{0, 0}, measure.GoodQuality},                                   //
		{"type: float32, unit: kg/h", []uint16{0x8000, 0}, measure.GoodQuality},                              // -0
		{"type: float32, unit: V, range: [0 V, 500 V]", []uint16{0x3333, 0x4366}, implausible},               // 230.2 V, 4e-8
		{"type: float32, scale: 1000 V, range: [0 V, 500 V]", []uint16{0x3333, 0x4366}, measure.GoodQuality}, // 4e-5 V
		{"type: float32, unit: V, range: [0 V, 500 V], counter: true", []uint16{0x3333, 0x4366}, measure.GoodQuality},
		{"type: float64, unit: kg/h", []uint16{0, 0, 0, 0x405E}, implausible},
		{"type: float64, unit: kg/h", []uint16{0x405E, 0, 0, 0}, measure.GoodQuality},
		{"type: int32, unit: kg/h, range: [0 kg/h, 1000 kg/h]", []uint16{0x0064, 0}, implausible},
		{"type: int32, unit: kg/h, range: [0 kg/h, 1000 kg/h]", []uint16{0, 0x0500}, measure.UncertainBecause(measure.OutOfRange)},
		{"type: float32, unit: Cel, offset: -273.15, range: [-50 Cel, 100 Cel]", []uint16{0x4388, 0x9333}, measure.GoodQuality}, // 1.2e-5 Cel
	} {
		if got, _, err := fromProfile(point(c.keys), "", c.words...); err != nil || got.Quality != c.want {
			t.Errorf("%s of %x: %v %v %v", c.keys, c.words, got.Value, got.Quality, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // what instruments give, from a picoampere to a terajoule
		value := float32(rapid.Float64Range(1e-12, 1e12).Draw(t, "value"))
		bits := math.Float32bits(value)
		got, _, err := fromProfile(point("type: float32, unit: kg/h"), "", uint16(bits>>16), uint16(bits))
		if err != nil || got.Quality != measure.GoodQuality || got.Value != float64(value) {
			t.Fatalf("%v is read as %v %v %v", value, got.Value, got.Quality, err)
		}
	})
}
