package devices_test

import (
	"fmt"
	"testing"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// TestWhatPeersMetInRegisters: register words that other programs read wrong,
// as their users reported them in public.
func TestWhatPeersMetInRegisters(t *testing.T) {
	implausible, sentinel := "0 bad:implausible", "0 bad:sentinel"
	for _, c := range []struct {
		about, lines string
		words        []uint16
		want         string
	}{
		{"a float with its words swapped", "order: CDAB\n" + point("type: float32, scale: 1, unit: '1'"), []uint16{0x429B, 0x077A}, implausible},
		{"the same in its own order", "order: ABCD\n" + point("type: float32, unit: '1'"), []uint16{0x429B, 0x077A}, "77.51460266113281 good"},
		{"a float in the order of another", "order: ABCD\n" + point("type: float32, unit: '1'"), []uint16{0x077A, 0x429B}, implausible},
		{"a float read as a whole number", point("type: uint32, scale: 0.01 V, range: [0 V, 500 V]"), []uint16{0x436F, 0x0000}, implausible},
		{"16 bits of no value in 32", point("type: uint32, scale: 0.1 kW.h"), []uint16{0xFFFF, 0xFFFF}, implausible},
		{"an energy that is no value", point("type: uint32, scale: 0.1 kW.h, sentinel: 0xFFFFFFFF"), []uint16{0xFFFF, 0xFFFF}, sentinel},
		{"a true 65535 beside it", point("type: uint32, scale: 0.1 kW.h, sentinel: 0xFFFFFFFF"), []uint16{0, 0xFFFF}, "6553.5 good"},
		{"all ones where the manual names another code", point("type: uint64, scale: 0.01 kW.h, sentinel: 0x7FFFFFFFFFFFFFFF"), []uint16{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}, implausible},
		{"three codes for no value", point("type: uint16, scale: 10 W, sentinel: [32767, 32766, 32765]"), []uint16{32765}, sentinel},
		{"a NaN that is not the usual one", point("type: float32, unit: V"), []uint16{0xFFBF, 0xFF80}, sentinel},
		{"a signed temperature below zero", point("type: int16, scale: 0.1 Cel"), []uint16{0xFFEC}, "-2 good"},
		{"the same as unsigned", point("type: uint16, scale: 0.1 Cel, range: [-40 Cel, 85 Cel]"), []uint16{0xFFEC}, "6551.6 uncertain:out-of-range"},
		{"a scale factor that is not there", point("type: uint16, unit: A, sentinel: 0xFFFF, scale_from: [ { address: 1, powers: [-10, 10], sentinel: 0x8000 } ]"), []uint16{52, 0x8000}, sentinel},
		{"a scale factor of -1", point("type: uint16, unit: A, sentinel: 0xFFFF, scale_from: [ { address: 1, powers: [-10, 10], sentinel: 0x8000 } ]"), []uint16{52, 0xFFFF}, "5.2 good"},
	} {
		got, _, err := fromProfile(c.lines, "", c.words...)
		if s := fmt.Sprint(got.Value, " ", got.Quality); err != nil || s != c.want {
			t.Errorf("%s: %s %v, want %s", c.about, s, err, c.want)
		}
	}
}

// TestWhatPeersMetInMessages is the same of messages, received at noon.
func TestWhatPeersMetInMessages(t *testing.T) {
	meter := "payload: json, tags: { p/a: { path: value, unit: m3 } }, time: { path: timestamp, format: rfc3339 }, quality: { path: error, good: [no error] }"
	plug := "payload: json, tags: { p/a: { path: power, unit: W }, p/b: { path: voltage, unit: V } }"
	for _, c := range []struct{ about, keys, text, want string }{
		{"numbers and words in quotes, a zone without colon", meter, `{"value":"317.3988","raw":"00317.3988","error":"no error","timestamp":"2026-11-02T12:59:00+0100"}`, "p/a 317.3988 good 2026-11-02T11:59:00Z"},
		{"a digit that was not recognised", meter, `{"value":"3N7.3988","error":"no error","timestamp":"2026-11-02T12:59:00+0100"}`, "p/a 0 bad:unparsable 2026-11-02T11:59:00Z"},
		{"a meter that was read back", meter, `{"value":"317.3988","error":"Neg. Rate","timestamp":"2026-11-02T12:59:00+0100"}`, "p/a 0 bad:by-source 2026-11-02T11:59:00Z"},
		{"seconds in quotes", "payload: json, tags: { p/a: { path: t, unit: Cel } }, time: { path: time, format: unix }", fmt.Sprintf(`{"time":"%d","t":21.5}`, noon.Unix()-9), "p/a 21.5 good 2026-11-02T11:59:51Z"},
		{"seconds where milliseconds are agreed", "payload: json, tags: { p/a: { path: values.v1, unit: Cel } }, time: { path: ts, format: unix-ms }", fmt.Sprintf(`{"ts":%d,"values":{"v1":3.111}}`, noon.Unix()), "p/a 3.111 uncertain:clock-unsure"},
		{"a report in turn", plug + ", absent: skip", `{"power":5}`, "p/a 5 good"},
		{"a report in turn that says null for the others", plug + ", absent: skip-null", `{"current":null,"power":0,"voltage":null}`, "p/a 0 good"},
		{"the same, where null is what is meant", plug, `{"power":0,"voltage":null}`, "p/a 0 good, p/b 0 bad:sentinel"},
		{"no load, in two ways", plug + ", absent: skip", `{"power":null,"voltage":236.95}`, "p/a 0 bad:sentinel, p/b 236.95 good"},
		{"local time without its zone", "payload: json, tags: { p/a: { path: DS18B20-2.Temperature, unit: Cel } }, time: { path: Time, format: rfc3339 }", `{"Time":"2026-11-02T14:00:00","DS18B20-1":{"Id":"00000566CC39","Temperature":13.3},"DS18B20-2":{"Temperature":1.2}}`, "p/a 1.2 uncertain:clock-unsure"},
		{"a payload in hexadecimal", "payload: plain, tags: { p/a: { unit: Cel } }", "20E5", "p/a 0 bad:unparsable"},
		{"another message on the same topic", "payload: plain, tags: { p/a: { unit: W } }", `{"id":0,"apower":375.0}`, "p/a 0 bad:unparsable"},
		{"q 0 is good here", "payload: json, tags: { p/a: { path: Tag1, unit: kg } }, time: { path: t, format: rfc3339 }, quality: { path: q, good: [0] }", `{"messagetype":"vqt","version":1,"t":"2026-11-02T11:59:59.891+00:00","Tag1":43,"q":0}`, "p/a 43 good 2026-11-02T11:59:59.891Z"},
	} {
		if got := said(subscriptionOf(t, c.keys), noon, c.text); got != c.want {
			t.Errorf("%s: %s, want %s", c.about, got, c.want)
		}
	}
}

// TestDoubtOfAnEnd: the last number of a type is named as what it is.
func TestDoubtOfAnEnd(t *testing.T) {
	for kind, word := range map[devices.Type][]uint16{devices.Uint32: {0xFFFF, 0xFFFF}, devices.Int32: {0x8000, 0}, devices.Int64: {0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}} {
		_, c, err := fromProfile(point("type: "+string(kind)+", unit: kg"), "", word...)
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, w := range word {
			raw = append(raw, byte(w>>8), byte(w))
		}
		if d := c.Catalogue().Doubts(measure.Scan{At: 1, Raw: raw}); len(d) != 1 || d[0].Reason != measure.Implausible || d[0].Words == "" {
			t.Errorf("%s: %+v", kind, d)
		}
	}
	if got, _, err := fromProfile(point("type: int32, unit: kg"), "", 0xFFFF, 0xFFFF); err != nil || got.Value != -1 || got.Quality != measure.GoodQuality {
		t.Errorf("-1 is a number: %+v %v", got, err)
	}
}
