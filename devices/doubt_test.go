package devices_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

// TestDoubtsNameTheRemedy: what is doubted is said once with what to do, and counted
// every time.
func TestDoubtsNameTheRemedy(t *testing.T) {
	_, c, err := fromProfile("order: ABCD\n"+point("type: float32, unit: kg/h, range: [0 kg/h, 1000 kg/h]"), "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte{0, 0, 0x42, 0xF1} // 120.5 with its words swapped
	doubts := c.Catalogue().Doubts(measure.Scan{At: noon.UnixNano(), Raw: raw})
	if len(doubts) != 1 || doubts[0].Reason != measure.Implausible || !strings.Contains(doubts[0].Words, "order: CDAB would give 120.5 kg/h") {
		t.Errorf("%+v", doubts)
	}
	_, c, err = fromProfile("clock: { function: 3, address: 0, type: unix64 }\n"+strings.ReplaceAll(point("type: uint16, unit: kg"), "address: 0", "address: 4"), "", 0, 0, 0, 0, 7)
	if err != nil {
		t.Fatal(err)
	}
	doubts = c.Catalogue().Doubts(measure.Scan{At: noon.UnixNano(), Raw: append(binary.BigEndian.AppendUint64(nil, uint64(noon.UnixMilli())), 0, 7)})
	if len(doubts) != 1 || !strings.Contains(doubts[0].Words, "it looks like type: unix64-ms") {
		t.Errorf("a clock in milliseconds said to be in seconds: %+v", doubts)
	}
	for _, k := range []struct{ keys, text, words string }{
		{"time: { path: ts, format: unix }", fmt.Sprintf(`{"v":1,"ts":%d}`, noon.UnixMilli()), "it looks like format: unix-ms"},
		{"time: { path: ts, format: unix-ms }", fmt.Sprintf(`{"v":1,"ts":%d}`, noon.Unix()), "it looks like format: unix"},
		{"time: { path: ts, format: unix }", `{"v":1,"ts":4294967295}`, "2106-02-07T06:28:15Z"},
		{"time: { path: ts, format: unix }", `{"v":1,"ts":4294967295}`, "set its clock"},
		{"time: { path: ts, format: unix }", fmt.Sprintf(`{"v":1,"ts":%d}`, noon.Unix()-86400), "historical: true"},
		{"time: { path: ts, format: unix }", `{"v":1}`, `no time at "ts"`},
		{"time: { path: ts, format: rfc3339 }", `{"v":1,"ts":"2026-11-02T11:59:00"}`, "not a time of format: rfc3339"},
		{"quality: { path: q, good: [0] }", `{"v":1,"q":7}`, `says "7"`}, {"quality: { path: q, good: [0] }", `{"v":1}`, `no quality at "q"`},
		{"absent: bad", `{"w":1}`, "absent: skip"}, {"absent: bad", `{"v":"warm"}`, "not a decimal number"}, {"absent: bad", `{"v":{}}`, "no single value"},
		{"absent: bad", `{"v"`, "cannot be read as json"}, {"absent: bad", `{"v":2.4e-41}`, "word order"},
		{"each: s, time: { path: ts, format: unix }", `{"v":1}`, `no list at "s"`},
	} {
		c := subscriptionOf(t, "payload: json, tags: { p/a: { path: v, unit: kg } }, "+k.keys)
		doubts := c.Doubts(measure.Scan{At: noon.UnixNano(), Raw: []byte(k.text)})
		if len(doubts) != 1 || !strings.Contains(doubts[0].Words, k.words) || strings.Contains(doubts[0].Words, "%!") {
			t.Errorf("%s of %s: %+v, want %q", k.keys, k.text, doubts, k.words)
		}
	}
}
