package diagnosis_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/suite"
)

// bell draws a number from about the normal distribution, the same on every
// processor: by addition alone.
func bell(r *rand.Rand) float64 {
	sum := -6 << 20
	for range 12 {
		sum += r.IntN(1 << 20)
	}
	return float64(sum) / (1 << 20)
}

// kilnHours are hours of the closed kiln around its published solution, which
// balances. The feed wanders, everything with it; off tells how far a reading
// of an hour is off, as a factor.
func kilnHours(t testing.TB, p *flowsheet.Plant, lab *lots.Lab, hours int, noise float64, off func(tag measure.Tag, h int) float64) []reconciled.Reconciliation {
	t.Helper()
	base := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1))
	truth := map[measure.Tag]float64{}
	shares := map[string]float64{}
	for _, x := range base.Readings {
		if x.Tag != "" {
			truth[x.Tag] = *x.Reconciled
		} else if x.Lab != "" {
			shares[x.Lab] = *x.Reconciled
		}
	}
	exactly := *lab
	exactly.Lots = slices.Clone(lab.Lots)
	for i := range exactly.Lots {
		values := map[string]lots.LabValue{}
		for name, v := range exactly.Lots[i].Values {
			v.Value = measure.Quantity{Value: 100 * shares[name], Unit: v.Value.Unit}
			values[name] = v
		}
		exactly.Lots[i].Values = values
	}
	r := rand.New(rand.NewPCG(11, 12))
	load := 1.0
	var all []reconciled.Reconciliation
	for h := range hours {
		load += float64(0.3*(1-load)) + float64(0.02*bell(r))
		w := pipelinetest.Window(time.Duration(h)*time.Hour, time.Duration(h+1)*time.Hour)
		rollups := map[measure.Tag][]rollup.Rollup{}
		for _, plan := range p.Tags {
			x := truth[plan.Tag] * load * (1 + float64(noise*bell(r))) * off(plan.Tag, h)
			for i := range 60 {
				rollups[plan.Tag] = append(rollups[plan.Tag], rollup.Rollup{Tag: plan.Tag, From: w.From.UnixNano() + int64(i)*int64(rollup.Step), Count: 6, Mean: x, Last: x, Coverage: 1, Quality: measure.GoodQuality})
			}
		}
		all = append(all, reconciled.New(p).Reconcile(w, rollups, &exactly))
	}
	return all
}

func right(measure.Tag, int) float64 { return 1 }

// from returns a factor that a tag reads too much from an hour on.
func from(tag measure.Tag, hour int, factor float64) func(measure.Tag, int) float64 {
	return func(at measure.Tag, h int) float64 {
		if at == tag && h >= hour {
			return factor
		}
		return 1
	}
}

func metered(t testing.TB) (*flowsheet.Plant, *lots.Lab) {
	t.Helper()
	return pipelinetest.PlantOf(t, pipelinetest.KilnWithMeters), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
}

// A plant whose instruments do not err is never accused, whatever it does.
func TestAHealthyPlantIsNotAccused(t *testing.T) {
	suite.Slow(t)
	p, lab := metered(t)
	for _, noise := range []float64{0, 0.001, 0.01} {
		all := kilnHours(t, p, lab, 21*24, noise, right)
		for _, days := range []int{0, 1, 2, 4, 10, 21} {
			if found := diagnosis.Diagnose(reconciled.New(p), all[:days*24]); found == nil || len(found) > 0 {
				t.Errorf("noise %v, %d days: %+v", noise, days, found)
			}
		}
	}
}

// An instrument that begins to err is named, with time, size and direction.
func TestAnInstrumentThatBeginsToErrIsNamed(t *testing.T) {
	suite.Heavy(t)
	p, lab := metered(t)
	for _, c := range []struct {
		tag  measure.Tag
		by   float64
		text string
	}{
		{"k/char", 1.08, "replace or calibrate FT-2 k/char: reads 8.0 % high since Monday 2026-11-16 00:00"},
		{"k/feed", 0.94, "replace or calibrate FT-1 k/feed: reads 6.0 % low since Monday 2026-11-16 00:00"},
		{"k/char", 0.92, "replace or calibrate FT-2 k/char: reads 8.0 % low since Monday 2026-11-16 00:00 (z "},
	} {
		all := kilnHours(t, p, lab, 21*24, 0.001, from(c.tag, 14*24, c.by))
		found := diagnosis.Diagnose(reconciled.New(p), all)
		if len(found) != 1 || found[0].Tag != c.tag {
			t.Errorf("%s: %+v", c.tag, found)
			continue
		}
		x := found[0]
		if since := time.Unix(0, x.Since); since.Sub(pipelinetest.Epoch.AddDate(0, 0, 14)).Abs() > 6*time.Hour || x.Percent == nil || math.Abs(*x.Percent-100*(c.by-1)) > 0.3 || x.Grows || !strings.HasPrefix(x.Text, c.text) {
			t.Errorf("%s: %+v", c.tag, x)
		}
		if leak := strings.Contains(x.Text, "is lost before the meter"); leak != (c.by < 1 && c.tag == "k/char") {
			t.Errorf("%s: %s", c.tag, x.Text)
		}
		if len(x.Trace) != 84 || math.Abs(x.Trace[3].Error) > 0.02*math.Abs(x.Size) || math.Abs(x.Trace[80].Error-x.Size) > 0.1*math.Abs(x.Size) {
			t.Errorf("%s: trace %+v", c.tag, x.Trace)
		}
	}
	// It grows.
	drift := func(tag measure.Tag, h int) float64 {
		if tag == "k/char" && h > 7*24 {
			return 1 + 0.1*float64(h-7*24)/(14*24)
		}
		return 1
	}
	found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 21*24, 0.001, drift))
	if len(found) == 0 || found[0].Tag != "k/char" || !found[0].Grows || math.Abs(*found[0].Percent-10) > 1 || math.Abs(time.Unix(0, found[0].Since).Sub(pipelinetest.Epoch.AddDate(0, 0, 7)).Hours()) > 36 {
		t.Errorf("a drift: %+v", found)
	}
	// Two, one after the other.
	both := func(tag measure.Tag, h int) float64 {
		return from("k/char", 10*24, 1.08)(tag, h) * from("k/feed", 15*24, 0.94)(tag, h)
	}
	found = diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 21*24, 0.001, both))
	names := map[measure.Tag]bool{}
	for _, x := range found {
		names[x.Tag] = true
	}
	if len(found) != 2 || !names["k/char"] || !names["k/feed"] {
		t.Errorf("two: %+v", found)
	}
	// Within what is stated of it, an instrument is left alone.
	if found = diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 21*24, 0.0005, from("k/char", 14*24, 1.015))); len(found) != 0 {
		t.Errorf("within 2 u: %+v", found)
	}
}

// Parallel streams that only one balance checks are named together, but for
// the one that would be off by 27 times what is stated of it.
func TestWhatCannotBeToldApartIsNamedTogether(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.ClosedKiln, "nodes: { kiln: \"Kiln\" }", "nodes: { kiln: { about: \"Kiln\", balances: [mass] } }", 1)), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 21*24, 0.0005, from("k/liquid", 14*24, 1.2)))
	if len(found) != 1 || len(found[0].Alternatives) < 2 || !strings.HasPrefix(found[0].Text, "check ") {
		t.Fatalf("%+v", found)
	}
	all := strings.Join(append(found[0].Alternatives, found[0].DisplayName), " ")
	for _, name := range []string{"FT-1 k/feed", "FT-3 k/liquid", "FT-4 k/gas"} {
		if !strings.Contains(all, name) {
			t.Errorf("%s is not named: %s", name, all)
		}
	}
}

// An instrument that never agreed with the rest, and one that stopped to; and
// what could not be accused of anything.
func TestAnInstrumentThatNeverAgreed(t *testing.T) {
	p, lab := metered(t)
	found := diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 24, 0.001, from("k/char", 0, 1.2)))
	if len(found) != 1 || found[0].Tag != "k/char" || found[0].Since != 0 || math.Abs(*found[0].Percent-20) > 3 || !strings.Contains(found[0].Text, "since the first readings") {
		t.Errorf("%+v", found)
	}
	both := func(tag measure.Tag, h int) float64 {
		return from("k/char", 0, 1.2)(tag, h) * from("k/feed", 15*24, 0.9)(tag, h)
	}
	found = diagnosis.Diagnose(reconciled.New(p), kilnHours(t, p, lab, 21*24, 0.001, both))
	if len(found) != 2 || found[0].Tag != "k/char" || found[0].Since != 0 || found[1].Tag != "k/feed" || found[1].Since == 0 {
		t.Errorf("%+v", found)
	}
	// Windows that were not steady, not running or refused are none.
	all := kilnHours(t, p, lab, 14*24, 0.001, from("k/char", 7*24, 1.2))
	for i := range all {
		switch i % 3 {
		case 0:
			all[i].Steady = false
		case 1:
			all[i].Running, all[i].Refused = false, "not reconciled: the process did not run"
		}
	}
	if found := diagnosis.Diagnose(reconciled.New(p), all); len(found) != 0 {
		t.Errorf("a third of the windows: %+v", found)
	}
}

// With errors of calibration as stated that last for ever, few healthy plants
// are accused of never having agreed.
func TestFalseAlarmsOfAPeriod(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.ClosedKiln), pipelinetest.LabOf(t, pipelinetest.ClosedKilnLab)
	base := pipelinetest.FirstBalance(t, p, lab, pipelinetest.ConstantHours(p, pipelinetest.ClosedKilnReading, 1))
	r := rand.New(rand.NewPCG(3, 4))
	accused := 0
	const plants = 1000
	for range plants {
		w := base
		w.Running, w.Steady = true, true
		w.To = w.From + int64(6*time.Hour)
		w.Readings = slices.Clone(base.Readings)
		for i := range w.Readings {
			x := &w.Readings[i]
			if u := x.Uncertainty(); u > 0 {
				x.Value = pipelinetest.PtrTo(*x.Reconciled + u*bell(r))
			}
		}
		if found := diagnosis.Diagnose(reconciled.New(p), []reconciled.Reconciliation{w}); len(found) > 0 {
			accused++
		}
	}
	t.Logf("of %d healthy plants, each instrument off by an error as stated: %d are accused", plants, accused)
	if accused > 20 {
		t.Errorf("of %d healthy plants %d are accused", plants, accused)
	}
}

// digestOf is a digest of what a series without chance gives: the bytes are the
// same on every processor.
func digestOf(t *testing.T, what any) string {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"NaN", "Inf"} {
		if bytes.Contains(text, []byte(no)) {
			t.Fatalf("%s in %s", no, text)
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// TestGoldenBalances: amd64 and arm64 agree to the byte on windows, a period
// of them and the instruments they accuse, of two plants that have everything.
func TestGoldenBalances(t *testing.T) {
	p, lab := pipelinetest.FullPlant(t)
	r := rand.New(rand.NewPCG(9, 9))
	noisy := map[measure.Tag]func(float64) float64{}
	for tag, f := range pipelinetest.FullPlantReadings {
		at := map[float64]float64{}
		noisy[tag] = func(h float64) float64 {
			if strings.Contains(string(tag), "total") || strings.Contains(string(tag), "energy") {
				return f(h)
			}
			if _, ok := at[h]; !ok {
				at[h] = float64(0.002 * bell(r))
			}
			return float64(f(h) * (1 + at[h]))
		}
	}
	result := pipelinetest.Compute(t, p, lab, pipelinetest.Readings(p, noisy, 4), pipelinetest.Window(0, 4*time.Hour))
	kiln, kilnLab := metered(t)
	all := kilnHours(t, kiln, kilnLab, 28*24, 0.002, from("k/char", 20*24, 1.08))
	found := diagnosis.Diagnose(reconciled.New(kiln), all)
	if len(found) != 1 {
		t.Errorf("%+v", found)
	}
	pipelinetest.Golden(t, "golden-balances.txt", fmt.Sprintf("windows %s\nperiod  %s\nkiln    %s\nfollow  %s\n",
		digestOf(t, result.Balances), digestOf(t, reconciled.New(p).Merge(result.Balances)), digestOf(t, reconciled.New(kiln).Merge(all)), digestOf(t, found)))
}

func BenchmarkReconcile(b *testing.B) {
	p, lab := pipelinetest.FullPlant(b)
	m := pipelinetest.Readings(p, pipelinetest.FullPlantReadings, 1)
	result := pipelinetest.Compute(b, p, lab, m, pipelinetest.Window(-time.Hour, time.Hour))
	w, n := pipelinetest.Window(0, time.Hour), reconciled.New(p)
	b.ReportAllocs()
	for b.Loop() {
		n.Reconcile(w, result.Rollups, lab)
	}
}

func BenchmarkFollowFourWeeks(b *testing.B) {
	p, lab := metered(b)
	all := kilnHours(b, p, lab, 28*24, 0.002, from("k/char", 20*24, 1.08))
	n := reconciled.New(p)
	b.ReportAllocs()
	for b.Loop() {
		diagnosis.Diagnose(n, all)
	}
}
