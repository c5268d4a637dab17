package picture_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/pipeline/picture"
)

// TestBars holds that a bar is cut at the chart's ends, and that a row without
// one says so.
func TestBars(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	svg := picture.Bars(picture.BarChart{
		Title: "Calibrations <of> all", From: day(2), To: day(12), Spans: []picture.Bar{{From: day(4), To: day(6), Text: "lot 1"}},
		Rows: []picture.BarRow{{Name: "WT-1", Bars: []picture.Bar{{From: day(1), To: day(7), Text: "K-1"}, {From: day(20), To: day(22), Text: "K-2"}}}, {Name: "TT-1"}},
	})
	d := read(t, svg)
	var words []string
	for _, x := range d.texts {
		words = append(words, x.text)
	}
	all := strings.Join(words, "|")
	for _, want := range []string{"WT-1", "TT-1", "K-1", "lot 1", "nothing on record", "Calibrations <of> all"} {
		if !strings.Contains(all, want) {
			t.Errorf("the picture does not say %q: %s", want, all)
		}
	}
	if strings.Contains(all, "K-2") {
		t.Error("a bar beyond the chart is drawn")
	}
	if n := strings.Count(string(svg), `class="held"`); n != 1 {
		t.Errorf("%d bars, not 1", n)
	}
	if !strings.Contains(d.about, "TT-1: nothing on record.") || !strings.Contains(d.about, "WT-1: K-1 from 2026-11-01 to 2026-11-07.") {
		t.Errorf("it tells: %s", d.about)
	}
}
