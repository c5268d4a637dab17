package flowsheet_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

// What one lie can bring, worked out by hand from the limits of each tag.
func TestBounds(t *testing.T) {
	near := func(got *float64, want float64) bool {
		return got != nil && math.Abs(*got-want) <= 1e-9*want
	}
	// 200 kg/h for 5 min, and for 1 h and twice 5 min; all of it taken for dry
	// carbon, as the file says no nominal of either.
	const perKg = 44.0 / 12
	text := strings.Replace(pipelinetest.SmallPlant, "max_rate: 200 kg/h, stale: 5 min, uncertainty: 1 % }", "max_rate: 200 kg/h, stale: 5 min, uncertainty: 1 %, nominal: 24 kg/h }", 1)
	got := map[measure.Tag]flowsheet.Bound{}
	for _, b := range pipelinetest.PlantOf(t, text).Bounds() {
		if b.Ledger == measure.RemovalLedger {
			got[b.Tag] = b
		}
	}
	if b := got["p/char/mass_total"]; len(got) != 2 || b.Ledger != measure.RemovalLedger || !near(b.Reading, 200.0/12*perKg) || !near(b.Hour, 200*(1+1.0/6)*perKg) {
		t.Errorf("the counter: %+v of %d", b, len(got))
	}
	// Moisture may be off by 60 points; 24 kg/h.
	if b := got["p/char/moisture"]; !near(b.Reading, .6*24/12*perKg) || !near(b.Hour, .6*24*(1+1.0/12)*perKg) {
		t.Errorf("the moisture: %v %v", *b.Reading, *b.Hour)
	}
	// With a max_change of 1 %/min both the truth and the lie are within 5 points of the neighbours.
	text = strings.Replace(text, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, `, `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min, max_change: 1 %/min, `, 1)
	for _, b := range pipelinetest.PlantOf(t, text).Bounds() {
		if b.Tag == "p/char/moisture" && (!near(b.Reading, .1*24/12*perKg) || !near(b.Hour, .6*24*(1+1.0/12)*perKg)) {
			t.Errorf("the moisture with max_change: %v %v", *b.Reading, *b.Hour)
		}
	}
	// 190 m3{N}/h at 200 ppm and 30 ppm for 90 s.
	for _, b := range pipelinetest.PlantOf(t, pipelinetest.KilnWithStack).Bounds() {
		if b.Ledger == measure.EmissionLedger && b.Reading == nil && !strings.Contains(b.Why, "give range") {
			t.Errorf("a stack: %+v", b)
		}
	}
	// Nothing bounds what has no range.
	plain := pipelinetest.PlantOf(t, strings.Replace(text, "range: [0 %, 60 %], ", "", 1))
	for _, b := range plain.Bounds() {
		if b.Tag == "p/char/moisture" && b.Reading == nil {
			t.Errorf("a share is within 0 and 100 %% without a range: %+v", b)
		}
	}
	notes := pipelinetest.PlantOf(t, pipelinetest.SmallPlant).Notes.Error()
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

// One instrument of a stack lies, for a reading or an hour, in any way: the
// emission shrinks by no more than its bound.
func TestOneLieOfAStackStaysWithinItsBound(t *testing.T) {
	p := pipelinetest.PlantOf(t, strings.NewReplacer(
		`k/stack/flow: { unit: "m3{N}/h", hold: sloped, stale: 90 s }`, `k/stack/flow: { unit: "m3{N}/h", hold: sloped, stale: 90 s, range: ["-1 m3{N}/h", "200 m3{N}/h"], max_change: "600 m3{N}/h/min", nominal: "100 m3{N}/h" }`,
		`k/stack/ch4:  { unit: "[ppm]", hold: sloped, stale: 90 s }`, `k/stack/ch4:  { unit: "[ppm]", hold: sloped, stale: 90 s, range: ["-5 [ppm]", "200 [ppm]"], max_change: "30 [ppm]/min", nominal: "12 [ppm]" }`,
		`k/stack/n2o:  { unit: "[ppm]", hold: stepped, stale: 90 s }`, `k/stack/n2o:  { unit: "[ppm]", hold: stepped, stale: 90 s, range: ["-1 [ppm]", "50 [ppm]"], nominal: "3 [ppm]" }`,
	).Replace(pipelinetest.KilnWithStack))
	quantity := func(v float64, unit string) measure.Quantity {
		return measure.Quantity{Value: v, Unit: measure.MustUnit(unit)}
	}
	p.Stack = &flowsheet.StackPlan{Stream: "stack", Most: flowsheet.StackMost{Flow: quantity(200, "m3{N}/h"), CH4: quantity(200, "[ppm]"), N2O: quantity(50, "[ppm]")}}
	w := pipelinetest.Window(0, 2*time.Hour)
	honest := pipelinetest.ConstantReadings(p, map[measure.Tag]float64{"k/stack/flow": 100, "k/stack/ch4": 12, "k/stack/n2o": 3}, 2*time.Hour, 10*time.Second)
	before := pipelinetest.StackLine(t, p, honest, w).CO2e
	bounds := p.Bounds()
	if len(bounds) != 3 {
		t.Fatalf("%d tags bear on a stack of 3", len(bounds))
	}
	worst := 0.0
	rapid.Check(t, func(r *rapid.T) {
		bound := rapid.SampledFrom(bounds).Draw(r, "tag")
		plan, _ := p.Tag(bound.Tag)
		src := slices.Clone(honest)
		i := slices.IndexFunc(src, func(s measure.Series) bool { return s.Tag == bound.Tag })
		src[i].Samples = slices.Clone(src[i].Samples)
		from := rapid.IntRange(400, 700).Draw(r, "reading")
		n := rapid.SampledFrom([]int{1, 2, 360}).Draw(r, "readings")
		level := rapid.Float64Range(plan.Low, plan.High).Draw(r, "level")
		climb := rapid.Float64Range(-1, 1).Draw(r, "climb")
		for k := range min(n, len(src[i].Samples)-from) {
			src[i].Samples[from+k].Value = min(plan.High, level+climb*float64(k))
		}
		limit := *bound.Hour
		if n == 1 {
			limit = *bound.Reading
		}
		less := float64(before-pipelinetest.StackLine(t, p, src, w).CO2e) / 1e6 // mg
		if worst = max(worst, less/limit); less > limit+1e-6 {
			r.Fatalf("%s lies, and the emission is %v kg less; its bound is %v", bound.Tag, less, limit)
		}
	})
	if worst == 0 && !testing.Short() {
		t.Error("no lie ever lowered the emission: the law was not put to the test")
	}
}
