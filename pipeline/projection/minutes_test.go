package projection

import (
	"maps"
	"slices"
	"testing"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api/write"
	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// No bytes make the decoder panic, and what it takes it gives back.
func FuzzMinutes(f *testing.F) {
	var m minutes
	f.Add(m.encode(nil))
	m.put(3, rollup.Rollup{Count: 1, Mean: 2, Average: 2, Min: 1, Max: 3, Coverage: 1, Quality: measure.GoodQuality}, 7)
	f.Add(m.encode(nil))
	m.put(59, rollup.Rollup{Count: 2, Mean: 5, Average: 4, Min: 1, Max: 3, Total: 1}, 8)
	f.Add(m.encode(nil))
	f.Fuzz(func(t *testing.T, blob []byte) {
		var m, again minutes
		if m.decode(blob) != nil {
			return
		}
		if err := again.decode(m.encode(nil)); err != nil || again != m {
			t.Fatalf("%x: decoded, encoded and decoded differs: %v", blob, err)
		}
	})
}

// Our lines are the ones the client's own encoder writes.
func TestLineIsTheClients(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z0-9/{}()., =_%'"-]{1,20}`)
		unit, words := text.Draw(t, "unit"), text.Draw(t, "words")
		x, n := rapid.Float64().Draw(t, "x"), rapid.Int64().Draw(t, "n")
		at := time.Unix(rapid.Int64Range(-1e9, 3e9).Draw(t, "at"), 0)
		var l line
		l.start("nielu_rollup")
		l.tag("plant", "mill")
		l.tag("unit", unit)
		l.integer("count", n)
		l.float("mean", x)
		l.text("quality_text", words)
		got := l.stamp(at.UnixNano()) + "\n"
		want := write.PointToLineProtocol(influxdb2.NewPointWithMeasurement("nielu_rollup").
			AddTag("plant", "mill").AddTag("unit", unit).AddField("count", n).AddField("mean", x).AddField("quality_text", words).SetTime(at), time.Second)
		if got != want {
			t.Fatalf("got  %swant %s", got, want)
		}
		p, err := parseLine(got[:len(got)-1])
		if err != nil || p.measurement != "nielu_rollup" || !maps.Equal(p.tags, map[string]string{"plant": "mill", "unit": unit}) || !slices.Equal(p.fields, []string{"count", "mean", "quality_text"}) || p.at != at.UnixNano() {
			t.Fatalf("%s is read as %+v, %v", got, p, err)
		}
	})
}
