package carbon

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

func day(n int) time.Time { return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// grabs returns samples of one batch, one a day, of these carbon contents.
func grabs(process, batch string, from int, carbon ...float64) (all []Sample) {
	zero, hydrogen, oxygen := 0.0, .02, .05
	for i := range carbon {
		all = append(all, Sample{Process: process, Batch: batch, At: day(from + i), CarbonTotal: &carbon[i], CarbonInorganic: &zero, Hydrogen: &hydrogen, Oxygen: &oxygen})
	}
	return all
}

// Isometric 1.3, Eq 4: mean 0.80, deviation 0.03, n 30.
func TestMeanLessSE(t *testing.T) {
	x := make([]float64, 30)
	for i := range x {
		x[i] = .80 + .03*math.Sqrt(29./30)*float64(1-2*(i%2))
	}
	mean, sd := MeanSD(x)
	c, se := MeanLessSE(x)
	if math.Abs(mean-.80) > 1e-12 || math.Abs(sd-.03) > 1e-12 || math.Abs(c-0.794523) > 5e-7 || math.Abs(se-.03/math.Sqrt(30)) > 1e-12 {
		t.Errorf("mean %v, sd %v, less %v", mean, sd, c)
	}
	for _, c := range []struct {
		x        []float64
		mean, sd float64
	}{{nil, 0, 0}, {[]float64{.7}, .7, 0}} {
		if mean, sd := MeanSD(c.x); mean != c.mean || sd != c.sd {
			t.Errorf("%v: %v, %v", c.x, mean, sd)
		}
	}
}

func TestWinsorise(t *testing.T) {
	var others []float64
	for i := range 30 {
		others = append(others, .80+.01*float64(1-2*(i%2)))
	}
	_, sd := MeanSD(others)
	for _, c := range []struct{ x, want float64 }{{.80, .80}, {.70, .80 - 3*sd}, {.99, .80 + 3*sd}} {
		if got := Winsorise([]float64{c.x}, others, 3, 30); math.Abs(got[0]-c.want) > 1e-12 {
			t.Errorf("%v: %v, want %v", c.x, got[0], c.want)
		}
	}
	if got := Winsorise([]float64{.2}, others[:29], 3, 30); got[0] != .2 {
		t.Errorf("29 measurements held %v", got)
	}
}

func TestIndependentSamples(t *testing.T) {
	p := Process{ID: "p", Established: day(10)}
	samples := slices.Concat(grabs("p", "b1", 8, .7, .7, .8, .8), grabs("other", "b1", 11, .9), grabs("p", "b1", 10, .1))
	got := Independent(p, samples, day(11))
	if len(got) != 1 || *got[0].CarbonTotal != .8 {
		t.Errorf("%d samples count: two lie before the process, one is of another, one is an aliquot, one is too late", len(got))
	}
	points := []Sample{{Process: "p", Batch: "b", At: day(12), Point: "cooler"}, {Process: "p", Batch: "b", At: day(12).Add(time.Hour), Point: "silo"}, {Process: "p", Batch: "b", At: day(12).Add(2 * time.Hour), Point: "silo"}}
	if got := Independent(p, points, never); len(got) != 2 {
		t.Errorf("two points of one day are %d samples", len(got))
	}
	long := grabs("p", "b", 10, .8, .8)
	long = append(long, grabs("p", "c", 300, .8)...)
	if got := Pool(p, long, day(301), 6); len(got) != 1 || len(Independent(p, long, day(301))) != 3 {
		t.Errorf("the pool of 6 months has %d, the counter %d", len(got), len(Independent(p, long, day(301))))
	}
}

func full(t testing.TB) Request {
	t.Helper()
	text, err := os.ReadFile("../../configs/examples/quantify/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return request(t, string(text))
}

// story is a process whose batches of a week are all sampled, before batch b of request.
func story(t testing.TB, batches int, own []Sample) Request {
	r := full(t)
	r.Process.Established, r.Process.Batches, r.Samples = day(0), nil, nil
	r.Process.Plan = "PDD, annex 4"
	for i := range batches {
		id := fmt.Sprintf("b%d", i)
		c := .80 + .002*float64(i%3)
		r.Samples = append(r.Samples, grabs("K1-wood", id, 7*i, c, c-.004, c+.002)...)
		r.Process.Batches = append(r.Process.Batches, Batch{id, measure.Interval{From: day(7 * i), To: day(7*i + 7)}})
	}
	r.Batch.ID, r.Batch.Made = "this", measure.Interval{From: day(7 * batches), To: day(7*batches + 7)}
	r.Process.Batches = append(r.Process.Batches, Batch{"this", r.Batch.Made})
	r.Samples = append(r.Samples, own...)
	r.Sink.PlacedAt = r.Batch.Made.To
	r.Analysis.CarbonTotal, r.Analysis.CarbonInorganic, r.Analysis.Hydrogen, r.Analysis.Oxygen, r.Analysis.OrganicCarbon = nil, nil, nil, nil, nil
	return r
}

func TestIsometricSampling(t *testing.T) {
	m := method(t, "isometric-1.3")
	own := func(c ...float64) []Sample { return grabs("K1-wood", "this", 70, c...) }
	say := func(name string, r Request, says string) Account {
		t.Helper()
		a := account(t, m, r)
		if a.Eligible != (says == "") || says != "" && !strings.Contains(strings.Join(a.Unmet, "\n"), says) {
			t.Errorf("%s: eligible %v, unmet %q", name, a.Eligible, a.Unmet)
		}
		return a
	}
	expect(t, say("Method A, sampled", story(t, 10, own(.799, .80, .801)), ""), "C_biochar", .80, 1e-12)
	say("Method A, two samples", story(t, 10, own(.79, .80)), "at least 3 are needed")
	say("Method A, three of one grab", story(t, 10, []Sample{own(.8)[0], own(.8)[0], own(.8)[0]}), "has 1 with carbon")

	r := story(t, 10, nil) // 30 samples before it
	r.Process.Method = "B"
	a := say("Method B, unsampled", r, "")
	pool := values(Pool(r.Process, r.Samples, r.Batch.Made.From, 6), organicOf)
	want, _ := MeanLessSE(pool)
	expect(t, a, "C_biochar", want, 1e-12)
	expect(t, a, "samples_since_established", 30, 0)
	if a.Conservative == nil || a.Conservative.CO2e() >= a.Net.CO2e() {
		t.Errorf("conservative %v", a.Conservative)
	}
	// H and O go the other way: of 0.02 to each batch's carbon, the mean and a standard error more.
	ratios := values(Pool(r.Process, r.Samples, r.Batch.Made.From, 6), hydrogenOf)
	low, se := MeanLessSE(ratios)
	expect(t, a, "H/Corg", (low+2*se)*12.011/1.008, 1e-9)

	r = story(t, 9, nil) // 27
	r.Process.Method = "B"
	say("Method B before 30", r, "30 are needed")
	r = story(t, 10, nil)
	r.Process.Method, r.Process.Agreed = "B", 40
	say("Method B before the number that was agreed", r, "40 are needed")
	r = story(t, 10, nil)
	r.Process.Method, r.Process.Plan = "B", ""
	say("Method B without a plan", r, "process.plan")

	// One sampled batch in ten.
	r = story(t, 19, nil)
	r.Process.Method = "B"
	r.Samples = slices.DeleteFunc(r.Samples, func(s Sample) bool { return !s.At.Before(day(70)) })
	say("ten batches without a sample", r, "none of the last 10 batches")
	r.Samples = append(r.Samples, grabs("K1-wood", "b12", 84, .8, .8, .8)...)
	say("one of ten", r, "")

	// A history of more than half a year counts for the number, not for the pool.
	r = story(t, 10, nil)
	r.Process.Method = "B"
	shift := func(i measure.Interval) measure.Interval {
		return measure.Interval{From: i.From.AddDate(1, 0, 0), To: i.To.AddDate(1, 0, 0)}
	}
	r.Batch.Made = shift(r.Batch.Made)
	r.Process.Batches[10].Made, r.Sink.PlacedAt = r.Batch.Made, r.Batch.Made.To
	say("a pool that is too old", r, "none of the 6 months before")

	// Resets.
	for _, c := range []struct {
		name   string
		change func(r *Request)
		says   string
	}{
		{"another feedstock", func(r *Request) { r.Feed.Kind = "straw" }, "another feedstock is another process"},
		{"another temperature", func(r *Request) { *r.Production.Temperature = 680 }, "other conditions are another process"},
		{"within 10 %", func(r *Request) { *r.Production.Temperature = 660 }, ""},
		{"another process", func(r *Request) { r.Process.ID = "K2-wood" }, "has 0 with carbon"},
		{"established later", func(r *Request) { r.Process.Established = r.Batch.Made.From }, ""},
		{"established too late", func(r *Request) { r.Process.Established = r.Batch.Made.From.AddDate(0, 0, 1) }, "before the process was established"},
		{"a batch of 5 weeks", func(r *Request) { r.Batch.Made.To = r.Batch.Made.From.AddDate(0, 0, 35) }, "more than 1 month"},
		{"no pathway", func(r *Request) { r.Process.MoisturePathway = "" }, "not declared"},
		{"target moisture, never measured", func(r *Request) { r.Process.MoisturePathway = "target" }, "not steady"},
		{"lead", func(r *Request) { r.Analysis.Contaminants["Pb"] = 301e-6 }, "contaminants.Pb: 301 g/t is above the limit of 300 g/t"},
		{"dioxins unknown", func(r *Request) { delete(r.Analysis.Contaminants, "PCDD/F") }, "PCDD/F"},
		{"no samples", func(r *Request) { r.Samples = nil }, "samples: none given"},
		{"hydrogen unknown", func(r *Request) { r.Samples[len(r.Samples)-1].Hydrogen = nil }, "says its hydrogen"},
	} {
		r := story(t, 10, own(.79, .80, .81))
		c.change(&r)
		say(c.name, r, c.says)
	}
	r = story(t, 10, own(.79, .80, .81))
	r.Process.MoisturePathway = "target"
	for i := range r.Samples {
		w := .20 + .005*float64(i%2)
		r.Samples[i].Moisture = &w
	}
	say("target moisture, steady", r, "")

	// Reviews.
	r = story(t, 10, own(.79, .80, .81))
	r.Samples = slices.DeleteFunc(r.Samples, func(s Sample) bool { return s.Batch == "b3" || s.Batch == "b4" || s.Batch == "b5" })
	say("three batches missed", r, "3 batches of the last 6 months were not sampled")
	for lows, says := range map[int]string{3: "", 4: "4 of the last 6 months lie below the mean"} {
		r = story(t, 24, grabs("K1-wood", "this", 168, .79, .80, .81))
		for i := range lows {
			low := .70
			r.Samples[3*i].CarbonTotal = &low
		}
		say("measurements far below", r, says)
	}
	// A high outlier of the batch itself is held by the others.
	a = say("an outlier", story(t, 10, grabs("K1-wood", "this", 70, .80, .80, .99)), "")
	_, sd := MeanSD(pool)
	mean, _ := MeanSD(pool)
	expect(t, a, "C_biochar", (.80+.80+mean+3*sd)/3, 1e-12)
}

// The cautious one of a batch's own figure and its samples counts.
func TestSamplesAndFiguresOfTheBatch(t *testing.T) {
	m := method(t, "isometric-1.3")
	r := full(t)
	*r.Analysis.CarbonTotal = .70
	expect(t, account(t, m, r), "C_biochar", .695, 1e-12)
	*r.Analysis.CarbonTotal = .90
	expect(t, account(t, m, r), "C_biochar", .795, 1e-12)
	expect(t, account(t, m, r), "H/Corg", 12.011/1.008*(.023/.799+.023/.795+.023/.791)/3, 1e-9)
}

func TestUnits(t *testing.T) {
	wet := measure.WetMass(1000e6)
	for moisture, want := range map[float64]int64{.2: 800, .204: 800, .205: 790, .2051: 790, .196: 800, .194: 810, 1: 0, 0: 1000} {
		if got := UnitDryMass(PackagingUnit{Wet: wet, Moisture: moisture}); int64(got) != want*1e6 {
			t.Errorf("moisture %v: %s, want %d kg", moisture, got, want)
		}
	}
	for _, u := range []PackagingUnit{{Wet: wet, Moisture: math.NaN()}, {Wet: -wet}, {Wet: wet, Moisture: 1.1}} {
		if got := UnitDryMass(u); got != 0 {
			t.Errorf("%v: %s", u, got)
		}
	}
	m := method(t, "csi-3.3")
	r := full(t)
	r.Char.Units[0].Moisture = .5
	a := account(t, m, r)
	expect(t, a, "M_BC", .625+2, 1e-12)
	if !a.Eligible || !strings.Contains(strings.Join(a.Unmet, "\n"), "labels add up to 2625 kg") {
		t.Errorf("%q", a.Unmet)
	}
	for _, change := range []func(*PackagingUnit){
		func(u *PackagingUnit) { u.Volume = nil }, func(u *PackagingUnit) { *u.Volume = 10.1 }, func(u *PackagingUnit) { u.Subsamples = 19 }, func(u *PackagingUnit) { u.Dried = 15 * time.Hour },
	} {
		r := full(t)
		change(&r.Char.Units[1])
		if a := account(t, m, r); a.Eligible {
			t.Errorf("%+v counts", r.Char.Units[1])
		}
	}
}

// Whatever is not known of a minute never makes it more uniform.
func TestKnowingLessIsNoMoreUniform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.SliceOfN(rapid.Float64Range(500, 600), 1, 50).Draw(t, "least")
		most := make([]float64, len(least))
		wider := [2][]float64{make([]float64, len(least)), make([]float64, len(least))}
		for i, x := range least {
			most[i] = x + rapid.Float64Range(0, 5).Draw(t, "more")
			wider[0][i] = x - rapid.Float64Range(0, 5).Draw(t, "lower")
			wider[1][i] = most[i] + rapid.Float64Range(0, 5).Draw(t, "higher")
		}
		d, ok := Uniform(least, most)
		w, all := Uniform(wider[0], wider[1])
		if !ok || !all || w < d {
			t.Fatalf("%v to %v: %v; %v to %v: %v", least, most, d, wider[0], wider[1], w)
		}
	})
}

func TestUniformCarbonisation(t *testing.T) {
	known := []float64{540, 560, 550}
	if d, ok := Uniform(known, known); !ok || math.Abs(d-10./550) > 1e-12 {
		t.Errorf("%v %v", d, ok)
	}
	for _, x := range [][]float64{nil, {550, math.NaN()}, {550, 0}} {
		if _, ok := Uniform(x, x); ok {
			t.Errorf("%v counts as complete", x)
		}
	}
	r := full(t)
	for deviation, want := range map[float64]bool{.10: true, .101: false} {
		r.Sampling.Deviation = &deviation
		if a := account(t, method(t, "puro-2025"), r); a.Eligible != want {
			t.Errorf("a minute %v off: %v %q", deviation, a.Eligible, a.Unmet)
		}
	}
}

func TestLaboratoryFiguresAgree(t *testing.T) {
	share := func(x float64) *float64 { return &x }
	carbon := func(kg float64) *measure.Carbon { m, _ := measure.CarbonOf(kg); return &m }
	for _, c := range []struct {
		name   string
		change func(r *Request)
		says   string
	}{
		{"organic within 0.1 points", func(r *Request) { r.Analysis.OrganicCarbon = share(.796) }, ""},
		{"organic beside", func(r *Request) { r.Analysis.OrganicCarbon = share(.7971) }, "batch.organic_carbon"},
		{"mass closes", func(r *Request) {
			r.Analysis.Ash, r.Analysis.Nitrogen, r.Analysis.Sulfur = share(.07), share(.004), share(.001)
		}, ""},
		{"mass does not close", func(r *Request) {
			r.Analysis.Ash, r.Analysis.Nitrogen, r.Analysis.Sulfur = share(.2), share(.004), share(.001)
		}, "add up to"},
		{"more than all, one not given", func(r *Request) { r.Analysis.Ash = share(.2) }, "add up to"},
		{"carbon from elsewhere", func(r *Request) { r.Feed.Carbon = carbon(3199) }, "somebody else's carbon"},
		{"carbon of the feed", func(r *Request) { r.Feed.Carbon = carbon(3200) }, ""},
		{"not a number", func(r *Request) { r.Analysis.CarbonTotal = share(math.NaN()) }, "no share"},
		{"uptime", func(r *Request) { r.Production.CombustionUptime = share(.949) }, "combustion_uptime"},
		{"charcoal before", func(r *Request) { r.Production.Facility = "repurpose" }, "C_baseline is not given"},
		{"coal", func(r *Request) { r.Feed.Kind = "coal" }, "earns nothing"},
	} {
		r := full(t)
		c.change(&r)
		a := account(t, method(t, "puro-2025"), r)
		if a.Eligible != (c.says == "") || !strings.Contains(strings.Join(a.Unmet, "\n"), c.says) {
			t.Errorf("%s: %v %q", c.name, a.Eligible, a.Unmet)
		}
	}
}
