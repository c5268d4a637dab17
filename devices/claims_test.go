package devices_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
)

// What a message says beside a number (its time, its quality, its name) is a
// claim. These tests go from a subscription to the reading.

// subscriptionOf parses a subscription with these keys, to be read back from
// the bytes of its catalogue.
func subscriptionOf(t testing.TB, keys string) devices.Catalogue {
	t.Helper()
	c, err := devices.ParseCatalogue(parse(t, subscriptionFile(keys)).Catalogue().Encode())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func subscriptionFile(keys string) string {
	return "agent: gw\nsite: s\nbroker: mqtt://b\nmqtt:\n  - subscriptions:\n      - { instrument: T-1, topic: t, " + keys + " }\n"
}

// said decodes one message and writes its readings as tag=value quality.
func said(c devices.Catalogue, at time.Time, text string) string {
	var all []string
	for _, r := range c.Readings(measure.Scan{At: at.UnixNano(), Raw: []byte(text)}) {
		s := fmt.Sprintf("%s %v %v", r.Tag, r.Value, r.Quality)
		if !r.Time.Equal(at) {
			s += " " + r.Time.Format(time.RFC3339Nano)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// TestOwnTimeIsAClaim: an instrument's time counts within its tolerance, in
// every format and unit; beyond it arrival counts and the reading is uncertain.
func TestOwnTimeIsAClaim(t *testing.T) {
	tags := "payload: json, tags: { p/a: { path: v, unit: kg } }, "
	unsure := "p/a 1 uncertain:clock-unsure"
	for _, c := range []struct {
		time string
		ts   any
		want string
	}{
		{"format: unix", noon.Add(-time.Minute).Unix(), "p/a 1 good 2026-11-02T11:59:00Z"},
		{"format: unix", noon.Add(4 * time.Second).Unix(), "p/a 1 good 2026-11-02T12:00:04Z"},
		{"format: unix", noon.Add(6 * time.Second).Unix(), unsure},
		{"format: unix, ahead: 2 min", noon.Add(2 * time.Minute).Unix(), "p/a 1 good 2026-11-02T12:02:00Z"},
		{"format: unix, ahead: 2 min", noon.Add(121 * time.Second).Unix(), unsure},
		{"format: unix", noon.Add(-time.Hour).Unix(), "p/a 1 good 2026-11-02T11:00:00Z"},
		{"format: unix", noon.Add(-3601 * time.Second).Unix(), unsure},
		{"format: unix, behind: 2 d", noon.Add(-47 * time.Hour).Unix(), "p/a 1 good 2026-10-31T13:00:00Z"},
		{"format: unix, historical: true", noon.AddDate(-1, 0, 0).Unix(), "p/a 1 good 2025-11-02T12:00:00Z"},
		{"format: unix, historical: true, behind: 30 d", noon.AddDate(-1, 0, 0).Unix(), unsure},
		{"format: unix, historical: true", 86400, unsure},
		{"format: unix, historical: true", noon.Add(time.Hour).Unix(), unsure},
		{"format: unix", int64(4294967295), unsure}, {"format: unix", int64(2000000000), unsure}, {"format: unix", 0, unsure}, {"format: unix", -5, unsure},
		{"format: unix", noon.UnixMilli(), unsure}, {"format: unix", noon.UnixMicro(), unsure}, {"format: unix", noon.UnixNano(), unsure},
		{"format: unix-ms", noon.Unix(), unsure}, {"format: unix-ms", noon.UnixMicro(), unsure}, {"format: unix-us", noon.UnixMilli(), unsure},
		{"format: unix-ms, historical: true", noon.Unix(), unsure}, {"format: unix-ns, historical: true", noon.UnixMicro(), unsure},
		{"format: unix-ms", noon.UnixMilli() - 1, "p/a 1 good 2026-11-02T11:59:59.999Z"},
		{"format: unix-us", noon.UnixMicro() - 1, "p/a 1 good 2026-11-02T11:59:59.999999Z"},
		{"format: unix-ns", noon.UnixNano() - 1, "p/a 1 good 2026-11-02T11:59:59.999999999Z"},
		{"format: rfc3339", "2026-11-02T14:59:00.1234567+03:00", "p/a 1 good 2026-11-02T11:59:00.1234567Z"},
		{"format: rfc3339", "2026-11-02T14:59:00Z", unsure}, {"format: rfc3339", "2026-11-02T11:59:00", unsure}, {"format: rfc3339", "soon", unsure},
	} {
		text, _ := json.Marshal(map[string]any{"v": 1, "ts": c.ts})
		if got := said(subscriptionOf(t, tags+"time: { path: ts, "+c.time+" }"), noon, string(text)); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.time, text, got, c.want)
		}
	}
}

// TestClockOfAnInstrument: registers that hold a time are a claim as well.
func TestClockOfAnInstrument(t *testing.T) {
	for keys, want := range map[string]measure.Quality{
		"type: unix32": measure.UncertainBecause(measure.ClockUnsure), "type: unix32, behind: 3 h": measure.GoodQuality, "type: unix32, historical: true": measure.GoodQuality,
	} {
		_, c, err := fromProfile("clock: { function: 3, address: 1, "+keys+" }\n"+point("type: uint16, unit: kg"), "", 7, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		own := uint32(noon.Add(-2 * time.Hour).Unix())
		raw := []byte{0, 7, byte(own >> 24), byte(own >> 16), byte(own >> 8), byte(own)}
		r := c.Catalogue().Readings(measure.Scan{At: noon.UnixNano(), Raw: raw})[0]
		if r.Quality != want || r.Time.Equal(noon) == (want == measure.GoodQuality) || r.Value != 7 {
			t.Errorf("%s: %+v", keys, r)
		}
	}
}

// TestOwnQuality: what an instrument says of its own value counts, and a word
// that nobody has told of is bad.
func TestOwnQuality(t *testing.T) {
	var keys string // of the last case that gave some
	for _, c := range []struct{ keys, text, want string }{
		{"tags: { p/a: { path: v, unit: kg } }, quality: { path: q, good: [192, '3'], uncertain: ['Uncertain*', 1] }", `{"v":5,"q":192}`, "p/a 5 good"},
		{"", `{"v":5,"q":"3"}`, "p/a 5 good"}, {"", `{"v":5,"q":1}`, "p/a 5 uncertain:by-source"},
		{"", `{"v":5,"q":"Uncertain, last usable value"}`, "p/a 5 uncertain:by-source"},
		{"tags: { p/a: { path: v, unit: kg } }, quality: { path: q, good: ['192..255'], uncertain: ['64..127', U*] }", `{"v":5,"q":216}`, "p/a 5 good"},
		{"", `{"v":5,"q":"64"}`, "p/a 5 uncertain:by-source"}, {"", `{"v":5,"q":128}`, "p/a 0 bad:by-source"}, {"", `{"v":5,"q":192.5}`, "p/a 0 bad:by-source"},
		{"tags: { p/a: { path: v, unit: kg } }, quality: { path: q, good: [192, '3'], uncertain: ['Uncertain*', 1] }", `{"v":5,"q":0}`, "p/a 0 bad:by-source"}, {"", `{"v":5,"q":"good"}`, "p/a 0 bad:by-source"}, {"", `{"v":5,"q":null}`, "p/a 0 bad:by-source"},
		{"", `{"v":5}`, "p/a 0 bad:not-reported"}, {"", `{"v":5,"q":{"code":192}}`, "p/a 0 bad:unparsable"}, {"", `{"v":5,"q":192,"q":0}`, "p/a 0 bad:unparsable"},
		{"", `{"q":192}`, "p/a 0 bad:not-reported"}, {"", `{"v":null,"q":192}`, "p/a 0 bad:sentinel"},
		{"tags: { p/a: { path: v, unit: kg, quality: { path: s, good: OK } }, p/b: { path: w, unit: kg } }, quality: { path: q, good: [0] }", `{"v":5,"w":6,"s":"OK","q":0}`, "p/a 5 good, p/b 6 good"},
		{"", `{"v":5,"w":6,"s":"OK","q":1}`, "p/a 5 good, p/b 0 bad:by-source"},
		// in a data hub's list each value has its own word, and its own time
		{"tags: { p/a: { path: 'vals[id=103].val', unit: kg }, p/b: { path: 'vals[id=101].val', unit: '1' } }, quality: { path: .qc, good: [3, 2], uncertain: [1] }, time: { path: .ts, format: rfc3339 }",
			`{"seq":1,"vals":[{"id":"101","val":false,"ts":"2026-11-02T11:59:50Z","qc":3},{"id":"102","val":4},{"id":"103","val":4.123,"ts":"2026-11-02T11:59:40Z","qc":1}]}`,
			"p/a 4.123 uncertain:by-source 2026-11-02T11:59:40Z, p/b 0 good 2026-11-02T11:59:50Z"},
		{"", `{"vals":[{"val":4.123,"qc":3,"ts":"2026-11-02T11:59:40Z","id":103}]}`, "p/a 4.123 good 2026-11-02T11:59:40Z, p/b 0 bad:not-reported"},
		{"", `{"vals":[{"id":103,"val":1,"qc":3},{"id":103,"val":2,"qc":3}]}`, "p/a 0 bad:unparsable, p/b 0 bad:not-reported"},
		{"tags: { p/a: { path: '[tagname=Group A.Device C - D.Tag 42].value', unit: kg } }, time: { path: .timestamp, format: unix-ms }",
			fmt.Sprintf(`[{"tagname":"Group B.Device A - F.Tag 7","timestamp":1,"value":185.2},{"tagname":"Group A.Device C - D.Tag 42","timestamp":%d,"value":1291}]`, noon.UnixMilli()-1000), "p/a 1291 good 2026-11-02T11:59:59Z"},
		{`tags: { p/a: { path: 's[name="a]b"].v[1]', unit: kg } }`, `{"s":[{"name":"a","v":[1,2]},{"name":"a]b","v":[3,4]}]}`, "p/a 4 good"},
		{`tags: { p/a: { path: 'Temperature [C]', unit: Cel } }`, `{"Temperature [C]":21}`, "p/a 21 good"},
	} {
		if c.keys != "" {
			keys = c.keys
		}
		if got := said(subscriptionOf(t, "payload: json, "+keys), noon, c.text); got != c.want {
			t.Errorf("%s\n%s: %s, want %s", keys, c.text, got, c.want)
		}
	}
}

// TestMessageSentinels: a code for a disabled channel is no value, before the
// scale, in a subscription and in a tag.
func TestMessageSentinels(t *testing.T) {
	c := subscriptionOf(t, "payload: json, sentinel: [9999.9999, -999], tags: { p/a: { path: a, scale: 0.1 kg }, p/b: { path: b, unit: kg, sentinel: 0 } }")
	for text, want := range map[string]string{
		`{"a":9999.9999,"b":9999.9999}`: "p/a 0 bad:sentinel, p/b 9999.9999 good", `{"a":"-999.0","b":0}`: "p/a 0 bad:sentinel, p/b 0 bad:sentinel", `{"a":999,"b":1}`: "p/a 99.9 good, p/b 1 good",
	} {
		if got := said(c, noon, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	widened := subscriptionOf(t, "payload: json, sentinel: -999.9, tags: { p/a: { path: a, unit: kg } }")
	for text, want := range map[string]string{`{"a":-999.9000244140625}`: "p/a 0 bad:sentinel", `{"a":-999.899}`: "p/a -999.899 good"} {
		if got := said(widened, noon, text); got != want { // a float32 as its double is written
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	plain := subscriptionOf(t, "payload: plain, tags: { p/a: { unit: kg, sentinel: 85 } }")
	if got := said(plain, noon, "85.0"); got != "p/a 0 bad:sentinel" {
		t.Errorf("plain: %s", got)
	}
}

// TestTruthOfNoMass: true and false are 1 and 0 of what may be either; of a
// mass they are the word of a program that has no value.
func TestTruthOfNoMass(t *testing.T) {
	c := subscriptionOf(t, "payload: json, tags: { p/kg: { path: a, unit: kg }, p/on: { path: a, unit: '1' }, p/share: { path: a, unit: '%' } }")
	for text, on := range map[string]string{`{"a":true}`: "1", `{"a":false}`: "0", `{"a":"true"}`: "1"} {
		if got, want := said(c, noon, text), "p/kg 0 bad:unparsable, p/on "+on+" good, p/share 0 bad:unparsable"; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	plain := subscriptionOf(t, "payload: plain, tags: { p/a: { unit: Cel } }")
	if got := said(plain, noon, "false"); got != "p/a 0 bad:unparsable" {
		t.Errorf("plain: %s", got)
	}
}

// TestAbsent: by choice, a point that a message does not mention was not read.
func TestAbsent(t *testing.T) {
	tags := "payload: json, tags: { p/u: { path: volt, unit: V }, p/t: { path: temp, unit: Cel } }"
	for _, c := range []struct{ keys, text, want string }{
		{"", `{"volt":230}`, "p/u 230 good, p/t 0 bad:not-reported"}, {", absent: bad", `{"volt":230}`, "p/u 230 good, p/t 0 bad:not-reported"},
		{", absent: skip", `{"volt":230}`, "p/u 230 good"}, {", absent: skip", `{"temp":21}`, "p/t 21 good"}, {", absent: skip", `{}`, ""},
		{", absent: skip", `{"temp":null}`, "p/t 0 bad:sentinel"}, {", absent: skip", `{"temp`, "p/u 0 bad:unparsable, p/t 0 bad:unparsable"},
	} {
		if got := said(subscriptionOf(t, tags+c.keys), noon, c.text); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.keys, c.text, got, c.want)
		}
	}
}

// TestEach: a message of several samples gives each with its own time, and
// what one decodes of one scan is counted before it is made.
func TestEach(t *testing.T) {
	c := subscriptionOf(t, "payload: json, each: data.samples, tags: { p/a: { path: v, unit: kg }, p/b: { path: w, unit: kg } }, time: { path: ts, format: unix }, quality: { path: q, good: [0] }")
	at := noon.Unix()
	text := fmt.Sprintf(`{"data":{"samples":[{"ts":%d,"v":1,"w":4,"q":0},{"ts":%d,"v":2,"q":0},{"ts":%d,"v":3,"w":6,"q":9}]}}`, at-20, at-10, at+4000)
	want := "p/a 1 good 2026-11-02T11:59:40Z, p/a 2 good 2026-11-02T11:59:50Z, p/a 0 bad:by-source, " +
		"p/b 4 good 2026-11-02T11:59:40Z, p/b 0 bad:not-reported 2026-11-02T11:59:50Z, p/b 0 bad:by-source"
	if got := said(c, noon, text); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, none := range []string{`{}`, `{"data":{"samples":[]}}`, `{"data":{"samples":{"ts":1}}}`} {
		if got := said(c, noon, none); got != "p/a 0 bad:not-reported, p/b 0 bad:not-reported" {
			t.Errorf("%s: %s", none, got)
		}
	}
	root := subscriptionOf(t, "payload: json, each: ., tags: { p/a: { path: '1', unit: kg } }, time: { path: '0', format: unix-ms }")
	if got := said(root, noon, fmt.Sprintf(`[[%d,7],[%d,8]]`, noon.UnixMilli()-2000, noon.UnixMilli()-1000)); got != "p/a 7 good 2026-11-02T11:59:58Z, p/a 8 good 2026-11-02T11:59:59Z" {
		t.Errorf("pairs: %s", got)
	}
	scan := measure.Scan{At: noon.UnixNano(), Raw: []byte(`[` + strings.Repeat(`0,`, 999) + `0]`)}
	if _, err := devices.DecodeSome(root.Encode(), []measure.Scan{scan, scan}, 1999, nil); err == nil {
		t.Error("2000 readings of two scans are made where 1999 may be")
	}
	if series, err := devices.DecodeSome(root.Encode(), []measure.Scan{scan, scan}, 2000, nil); err != nil || len(series[0].Samples) != 2000 {
		t.Errorf("%v %v", series, err)
	}
}

// TestPlainNumbers: what may be hexadecimal, a name or a mistake is no number.
func TestPlainNumbers(t *testing.T) {
	plain, quoted, free := subscriptionOf(t, "payload: plain, tags: { p/a: { unit: kg } }"), subscriptionOf(t, "payload: json, tags: { p/a: { path: a, unit: kg } }"), subscriptionOf(t, "payload: plain, exponents: true, tags: { p/a: { unit: kg } }")
	for text, want := range map[string]string{
		"21.5": "21.5 good", "-0.5": "-0.5 good", "+7": "7 good", ".5": "0.5 good", "5.": "5 good", " 12\r\n": "12 good", "007": "7 good",
		"20E5": "", "1e3": "", "41A4": "", "0x1F": "", "1_000": "", "1,000": "", "21,5": "", "0b11": "", "0o7": "", "12 kg": "", "1.2.3": "", "--1": "", "+": "", ".": "", "1e": "", "e5": "", "1p3": "", "٣": "", "21.5 °C": "",
		"Inf": "", "+Inf": "", "NAN": "", "infinity": "",
	} {
		if want == "" {
			want = "0 bad:unparsable"
		}
		if got := said(plain, noon, text); got != "p/a "+want {
			t.Errorf("plain %q: %s, want %s", text, got, want)
		}
		body, _ := json.Marshal(map[string]string{"a": text})
		if got := said(quoted, noon, string(body)); got != "p/a "+want {
			t.Errorf("quoted %q: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"20E5": "2e+06 good", "1.5e-3": "0.0015 good", "1E+3": "1000 good", "1e": "0 bad:unparsable", "1e1.5": "0 bad:unparsable", "NaN": "0 bad:sentinel", "2.4e-41": "0 bad:implausible", "1e300": "0 bad:implausible"} {
		if got := said(free, noon, text); got != "p/a "+want {
			t.Errorf("with exponents %q: %s, want %s", text, got, want)
		}
	}
	ranged := subscriptionOf(t, "payload: json, tags: { p/a: { path: a, unit: kg, range: [-5 kg, 1000 kg] } }")
	for text, want := range map[string]string{`{"a":5.551115123125783e-17}`: "p/a 5.551115123125783e-17 good", `{"a":2.4e-41}`: "p/a 0 bad:implausible", `{"a":2e6}`: "p/a 0 bad:implausible", `{"a":2000}`: "p/a 2000 uncertain:out-of-range"} {
		if got := said(ranged, noon, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := said(quoted, noon, `{"a":1.5e3}`); got != "p/a 1500 good" { // JSON's own number
		t.Errorf("a number of JSON: %s", got)
	}
}

// TestSubscriptionFaults: what cannot be meant is refused where it stands.
func TestSubscriptionFaults(t *testing.T) {
	for keys, says := range map[string]string{
		"payload: plain, tags: { p/a: { unit: kg } }, time: { path: ts, format: unix }":                                         "write payload: json",
		"payload: plain, tags: { p/a: { unit: kg } }, absent: skip":                                                             "write payload: json",
		"payload: plain, tags: { p/a: { unit: kg, quality: { path: q, good: [1] } } }":                                          "nothing beside it",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, each: data":                                                       "their own times",
		"payload: json, tags: { p/a: { path: 'a..v', unit: kg } }":                                                              "empty",
		"payload: json, tags: { p/a: { path: 'a[id=3', unit: kg } }":                                                            "choice by key",
		"payload: json, tags: { p/a: { path: v, unit: kg, sentinel: n/a } }":                                                    "not a number",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, quality: { path: q }":                                             "good is missing",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, quality: { path: q, good: [1], uncertain: [1] }":                  "among good",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, quality: { path: q, good: ['9..1'] }":                             "low to high",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, absent: ignore":                                                   "not one of",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, time: { path: ts, format: unix, ahead: 5 }":                       "no unit",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, time: { path: ts, format: unix, ahead: 2 d }":                     "clock set",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, time: { path: ts, format: unix, historical: true, behind: -3 d }": "more than 0",
		"payload: json, tags: { p/a: { path: v, unit: kg, qualty: { path: q } } }":                                              "quality",
		"payload: json, tags: { p/a: { path: v, unit: kg } }, time: { path: ts, format: unix_ms }":                              "unix-ms",
	} {
		_, err := polling.ParseConfig("agent.yaml", []byte(subscriptionFile(keys)), nil)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "agent.yaml:6:") {
			t.Errorf("%s:\n%v, want %q", keys, err, says)
		}
	}
	if c := parse(t, subscriptionFile("payload: json, tags: { p/a: { path: 'values.3.val', unit: kg }, p/b: { path: 'v[id=3.1.2].x', unit: kg } }")); len(c.Notes) != 1 {
		t.Errorf("notes on positions: %v", c.Notes)
	}
}

// TestCataloguesBefore: catalogues without the newer keys have the same bytes.
func TestCataloguesBefore(t *testing.T) {
	for _, text := range []string{
		`{"agent":"gw","site":"s","blocks":[{"instrument":"T-1","bus":"mqtt://b","topic":"t","payload":"json","time":{"path":"ts","format":"unix"},"points":[{"tag":"p/a","path":"v","unit":"kg"}]}]}`,
		`{"agent":"gw","site":"s","blocks":[{"instrument":"I-1","bus":"tcp://h:502","every":1000000000,"unit_id":1,"function":3,"address":6,"quantity":2,"points":[{"tag":"p/a","address":6,"unit":"kg","type":"uint16","scale_from":[{"address":7,"mask":255,"factors":[{"num":0,"den":0},{"num":1,"den":10}]}]}]}]}`,
	} {
		c, err := devices.ParseCatalogue([]byte(text))
		if err != nil || string(c.Encode()) != text {
			t.Errorf("%v\n%s", err, c.Encode())
		}
	}
}
