package reconciled_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

const tankLab = `laboratory: { name: A laboratory, accreditation: none }
lots:
  - { lot: w-1, plant: w, from: 2026-11-01T00:00:00Z, to: 2026-12-01T00:00:00Z, values: { carbon: { value: 50 %, uncertainty: 0.5 % } } }
`

// tankHours are reconciled hours of the tank, each from its own flows.
func tankHours(t testing.TB, p *flowsheet.Plant, hours int, in, out, moisture func(h int) float64) []reconciled.Reconciliation {
	t.Helper()
	lab := pipelinetest.LabOf(t, tankLab)
	level := 100.0
	var all []reconciled.Reconciliation
	for h := range hours {
		w := pipelinetest.Window(time.Duration(h)*time.Hour, time.Duration(h+1)*time.Hour)
		rollups := map[measure.Tag][]rollup.Rollup{}
		for i := -1; i < 60; i++ {
			put := func(tag measure.Tag, mean, last float64) {
				rollups[tag] = append(rollups[tag], rollup.Rollup{Tag: tag, From: w.From.UnixNano() + int64(i)*int64(rollup.Step), Count: 6, Mean: mean, Last: last, Coverage: 1, Quality: measure.GoodQuality})
			}
			put("w/in", in(h), in(h))
			put("w/out", out(h), out(h))
			put("w/moisture", moisture(h), moisture(h))
			put("w/weight", level, level+(in(h)-out(h))*float64(i+1)/60)
		}
		level += in(h) - out(h)
		all = append(all, reconciled.New(p).Reconcile(w, rollups, lab))
	}
	return all
}

func always(x float64) func(int) float64 { return func(int) float64 { return x } }

// Vector gum_total_small: a total of 12 times 80 kg, 2 % of
// each new and 1 % shared by all, is off by 11.085 kg.
func TestUncertaintyOfATotal(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	all := tankHours(t, p, 12, always(80), always(80), always(20))
	for i := range all {
		for k := range all[i].Readings {
			if x := &all[i].Readings[k]; x.Tag == "w/in" {
				// The plant file's 2 % are of a minute, √60 less of an hour.
				if math.Abs(x.Random-1.6/math.Sqrt(60)) > 1e-9 || math.Abs(x.Systematic-0.8) > 1e-9 {
					t.Fatalf("%+v", x.Observation)
				}
				x.Random = 1.6
			}
		}
	}
	r := reconciled.New(p).Merge(all)
	x := reading(t, &r, "tag_in")
	total := 12 * x.Uncertainty()
	within1(t, "u of the total", &total, 11.0851, 5e-5)
	expanded := 2 * 12 * x.Uncertainty() / 960
	within1(t, "U95", &expanded, 0.0230939, 5e-7)
	within1(t, "mean", x.Value, 80, 1e-9)
	if x.Weight != 12 || x.Coverage != 1 || x.Minutes != 720 || r.Windows != 12 {
		t.Errorf("%+v", x)
	}
	// Of an analysis nothing is new in each window.
	within1(t, "u of carbon", pipelinetest.PtrTo(reading(t, &r, "lab_carbon").Uncertainty()), 0.005, 1e-12)
}

// A property counts by what flowed, also where for an hour nothing did.
func TestAPropertyIsAMeanOverWhatFlowed(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	all := tankHours(t, p, 3, func(h int) float64 { return []float64{100, 0, 300}[h] }, always(0), func(h int) float64 { return []float64{20, 60, 40}[h] })
	r := reconciled.New(p).Merge(all)
	within1(t, "moisture", reading(t, &r, "tag_moisture").Value, (100*0.2+300*0.4)/400, 1e-9)
	if x := reading(t, &all[1], "tag_moisture"); x.Value == nil || math.Abs(*x.Value-0.6) > 1e-12 {
		t.Errorf("where nothing flows there is a moisture all the same: %+v", x)
	}
	// The random part goes by the same weights.
	u := math.Hypot(100*0.01, 300*0.01) / math.Sqrt(60) / 400
	within1(t, "random", pipelinetest.PtrTo(reading(t, &r, "tag_moisture").Random), u, 1e-9)
	still := reconciled.New(p).Merge(all[1:2])
	within1(t, "moisture of the hour without flow", reading(t, &still, "tag_moisture").Value, 0.6, 1e-12)
}

func level(t *testing.T, r reconciled.Reconciliation) (start, end reconciled.Reading) {
	t.Helper()
	return reading(t, &r, "stock_start"), reading(t, &r, "stock_end")
}

// A level between two windows is one reading and cancels; k unbroken runs of
// windows have 2k readings.
func TestLevelsCountAtTheEndsOfRuns(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	all := tankHours(t, p, 24, func(h int) float64 { return 100 + float64(h) }, always(90), always(20))
	gain := func(hours ...int) float64 {
		sum := 0.0
		for _, h := range hours {
			sum += 100 + float64(h) - 90
		}
		return sum
	}
	pick := func(hours ...int) (some []reconciled.Reconciliation) {
		for _, h := range hours {
			some = append(some, all[h])
		}
		return some
	}
	for _, hours := range [][]int{{0}, {3}, {0, 1, 2, 3, 4, 5}, {0, 2}, {1, 2, 5, 6, 7, 20}, {0, 2, 4, 6, 8}} {
		runs := 1
		for i := 1; i < len(hours); i++ {
			if hours[i] != hours[i-1]+1 {
				runs++
			}
		}
		start, end := level(t, reconciled.New(p).Merge(pick(hours...)))
		within1(t, "gain", pipelinetest.PtrTo(*end.Value-*start.Value), gain(hours...), 1e-9)
		variance := start.Uncertainty()*start.Uncertainty() + end.Uncertainty()*end.Uncertainty()
		if want := float64(2*runs) * (4 + 1); math.Abs(variance-want) > 1e-9 || math.Abs(end.Systematic*end.Systematic-4*float64(2*runs-1)) > 1e-9 {
			t.Errorf("hours %v: variance of the gain %v, want %v", hours, variance, want)
		}
	}
	// A level that nobody read between two windows does not matter; at an end it does.
	lost := func(hours []int, at ...int) []reconciled.Reconciliation {
		some := pick(hours...)
		for i, h := range hours {
			some[i].Readings = slices.Clone(some[i].Readings)
			for k := range some[i].Readings {
				x := &some[i].Readings[k]
				if x.Name == "stock_start" && slices.Contains(at, h) || x.Name == "stock_end" && slices.Contains(at, h+1) {
					x.Value, x.Why = nil, "tag w/weight has no level"
				}
			}
		}
		return some
	}
	start, end := level(t, reconciled.New(p).Merge(lost([]int{0, 1, 2, 3, 4}, 2, 3)))
	if !start.Known() || !end.Known() || math.Abs(*end.Value-*start.Value-gain(0, 1, 2, 3, 4)) > 1e-9 || math.Abs(end.Uncertainty()-math.Sqrt(5)) > 1e-9 {
		t.Errorf("levels lost inside a run: %+v %+v", start, end)
	}
	for _, at := range []int{0, 5} {
		if start, end = level(t, reconciled.New(p).Merge(lost([]int{0, 1, 2, 3, 4}, at))); start.Known() || end.Known() || start.Why != "tag w/weight has no level" {
			t.Errorf("level lost at %d: %+v %+v", at, start, end)
		}
	}
	if start, end = level(t, reconciled.New(p).Merge(lost([]int{0, 1, 4, 5}, 2))); start.Known() || end.Known() {
		t.Errorf("level lost at a break: %+v %+v", start, end)
	}
}

// Merging merged periods gives what merging all their windows gives.
func TestMergingIsAssociative(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	r := rand.New(rand.NewPCG(4, 4))
	all := tankHours(t, p, 24, func(h int) float64 { return 100 + float64(h%7) }, func(h int) float64 { return 95 - float64(h%3) }, func(h int) float64 { return 20 + float64(h%5) })
	for range 50 {
		some := slices.DeleteFunc(slices.Clone(all), func(reconciled.Reconciliation) bool { return r.IntN(4) == 0 })
		if len(some) < 3 {
			continue
		}
		whole := reconciled.New(p).Merge(some)
		a, b := 1+r.IntN(len(some)-2), 0
		b = a + 1 + r.IntN(len(some)-a-1)
		parts := reconciled.New(p).Merge([]reconciled.Reconciliation{reconciled.New(p).Merge(some[:a]), reconciled.New(p).Merge(some[a:b]), reconciled.New(p).Merge(some[b:])})
		if whole.Windows != parts.Windows || whole.DF != parts.DF || math.Abs(whole.Gamma-parts.Gamma) > 1e-6*(1+whole.Gamma) {
			t.Fatalf("windows %d and %d, gamma %v and %v", whole.Windows, parts.Windows, whole.Gamma, parts.Gamma)
		}
		for i, x := range whole.Readings {
			y := parts.Readings[i]
			for _, pair := range [][2]float64{{*x.Value, *y.Value}, {x.Systematic, y.Systematic}, {x.Random, y.Random}, {x.Weight, y.Weight}, {x.Minutes, y.Minutes}, {x.Coverage, y.Coverage}, {*x.Reconciled, *y.Reconciled}} {
				if math.Abs(pair[0]-pair[1]) > 1e-9*(1+math.Abs(pair[0])) {
					t.Fatalf("%s: %+v\nin parts %+v", x.Name, x, y)
				}
			}
		}
	}
}

// The order of readings is of no account, nor what a window is stored as.
func TestMergingStoredWindows(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	all := tankHours(t, p, 6, always(100), always(95), always(20))
	want, err := json.Marshal(reconciled.New(p).Merge(all))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	stored := make([]reconciled.Reconciliation, len(all))
	for i := range all {
		text, err := json.Marshal(all[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &stored[i]); err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(stored[i].Readings), func(a, b int) {
			stored[i].Readings[a], stored[i].Readings[b] = stored[i].Readings[b], stored[i].Readings[a]
		})
	}
	if got, err := json.Marshal(reconciled.New(p).Merge(stored)); err != nil || string(got) != string(want) {
		t.Errorf("%v:\n%s\n%s", err, got, want)
	}
}

// What was known for less than four fifths of a period takes no part in it.
func TestAPeriodThatIsHardlyCovered(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.TankPlant)
	all := tankHours(t, p, 10, always(100), always(95), always(20))
	for i := range 3 {
		for k := range all[i].Readings {
			if x := &all[i].Readings[k]; x.Tag == "w/out" {
				x.Value, x.Why = nil, "tag w/out: no-reply"
			}
		}
	}
	r := reconciled.New(p).Merge(all)
	sound(t, &r)
	if x := reading(t, &r, "tag_out"); x.Known() || x.Why != "tag w/out: no-reply" || math.Abs(x.Coverage-0.7) > 1e-12 {
		t.Errorf("%+v", x)
	}
	r = reconciled.New(p).Merge(all[1:])
	if x := reading(t, &r, "tag_out"); x.Known() {
		t.Errorf("7 of 9: %+v", x)
	}
	if r = reconciled.New(p).Merge(all[2:]); r.DF != 1 {
		t.Errorf("7 of 8: %+v", r)
	}
}
