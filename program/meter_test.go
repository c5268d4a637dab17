package program

import (
	"strings"
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	for _, c := range []struct {
		done, total, readings int64
		elapsed               time.Duration
		want                  string
	}{
		{0, 0, 0, 0, "days             [........................]   0 %"},
		{90, 365, 1_500_000_000, 5 * time.Minute, "days             [#####...................]  25 %  5.00 M readings/s  15m17s left"},
		{365, 365, 0, time.Hour, "days             [########################] 100 %  0s left"},
		{7, 3, 0, 0, "days             [########################] 100 %"},
	} {
		if got := rate("days", c.done, c.total, c.readings, c.elapsed); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Who is no terminal is shown nothing.
func TestNobodyWatches(t *testing.T) {
	var out strings.Builder
	m := NewMeter(&out)
	m.Rate("days", 1, 2, 3)
	m.Show("days", 1, 2)
	m.Clear()
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}
