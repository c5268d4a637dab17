package pipeline

import (
	"math"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

// What one lie can bring, worked out by hand from the limits of each tag.
func TestBounds(t *testing.T) {
	near := func(got *float64, want float64) bool {
		return got != nil && math.Abs(*got-want) <= 1e-9*want
	}
	// 200 kg/h for 5 min, and for 1 h and twice 5 min; all of it taken for dry
	// carbon, as the file says no nominal of either.
	const perKg = 44.0 / 12
	text := strings.Replace(smallPlant, "max_rate: 200 kg/h, stale: 5 min, uncertainty: 1 % }", "max_rate: 200 kg/h, stale: 5 min, uncertainty: 1 %, nominal: 24 kg/h }", 1)
	got := map[measure.Tag]Bound{}
	for _, b := range plantOf(t, text).Bounds() {
		got[b.Tag] = b
	}
	if b := got["p/char/mass_total"]; len(got) != 2 || b.Claim != ClaimRemoval || !near(b.Reading, 200.0/12*perKg) || !near(b.Hour, 200*(1+1.0/6)*perKg) {
		t.Errorf("the counter: %+v of %d", b, len(got))
	}
	// Moisture may be off by 60 points; 24 kg/h.
	if b := got["p/char/moisture"]; !near(b.Reading, .6*24/12*perKg) || !near(b.Hour, .6*24*(1+1.0/12)*perKg) {
		t.Errorf("the moisture: %v %v", *b.Reading, *b.Hour)
	}
	// With a max_change of 1 %/min both the truth and the lie are within 5 points of the neighbours.
	text = strings.Replace(text, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, `, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, max_change: 1 %/min, `, 1)
	for _, b := range plantOf(t, text).Bounds() {
		if b.Tag == "p/char/moisture" && (!near(b.Reading, .1*24/12*perKg) || !near(b.Hour, .6*24*(1+1.0/12)*perKg)) {
			t.Errorf("the moisture with max_change: %v %v", *b.Reading, *b.Hour)
		}
	}
	// 190 m3{N}/h at 200 ppm and 30 ppm for 90 s.
	for _, b := range plantOf(t, stackPlant).Bounds() {
		if b.Claim == ClaimEmission && b.Reading == nil && !strings.Contains(b.Why, "give range") {
			t.Errorf("a stack: %+v", b)
		}
	}
	// Nothing bounds what has no range.
	plain := plantOf(t, strings.Replace(text, "range: [0 %, 60 %], ", "", 1))
	for _, b := range plain.Bounds() {
		if b.Tag == "p/char/moisture" && b.Reading == nil {
			t.Errorf("a share is within 0 and 100 %% without a range: %+v", b)
		}
	}
	notes := plantOf(t, smallPlant).Notes.Error()
	for _, want := range []string{
		"p/char/moisture: a removal rests on it, and nothing bounds it: give nominal of the product's mass",
		"p/char/moisture: a removal rests on it, and without max_change one reading may say anything in its range",
		"p/char/moisture: a removal rests on it, and without flatline nobody is told when it is stuck",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not say %q:\n%s", want, notes)
		}
	}
}
