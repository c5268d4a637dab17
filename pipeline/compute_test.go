package pipeline_test

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/suite"
)

func TestComputeASteadyHour(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.SmallPlant), pipelinetest.LabOf(t, pipelinetest.SmallLab)
	r := pipelinetest.Compute(t, p, lab, pipelinetest.SteadyReadings(p, 2, 10*time.Second), pipelinetest.Window(0, time.Hour))
	if len(r.Closures) != 1 || len(r.Rollups) != len(p.Tags) || len(r.Rollups["p/feed/mass_flow"]) != 60 || len(r.Faults) != 0 {
		t.Fatalf("%d closures, %d tags, faults %v", len(r.Closures), len(r.Rollups), r.Faults)
	}
	c := r.Closures[0]
	if len(c.Missing) != 0 || c.Coverage != 1 || c.Quality != measure.GoodQuality {
		t.Errorf("missing %q, coverage %v, %s", c.Missing, c.Coverage, c.Quality)
	}
	const kmol = 40 / 22.41396954460
	want := map[string]float64{
		"feed mass": 100, "feed dry": 80, "feed carbon": 40, "feed energy": 1600,
		"char mass": 25, "char dry": 24, "char carbon": 24 * .874, "char energy": 24 * 32,
		"gas mass": kmol * (.1*16.043 + .3*44.009 + .6*28.014), "gas carbon": kmol * .4 * 12.011, "gas energy": kmol * .1 * 890.63,
		"electricity": 43.2, "loss": 28.8, "hopper mass": 2, "hopper carbon": 2 * .96 * .874, "hopper energy": 2 * .96 * 32,
	}
	got := map[string]*float64{}
	for _, s := range c.Streams {
		got[s.Stream+" mass"], got[s.Stream+" dry"], got[s.Stream+" carbon"], got[s.Stream+" energy"] = s.Mass, s.DryMass, s.Carbon, s.Energy
	}
	for _, f := range c.Flows {
		got[f.Flow] = f.Energy
	}
	for _, s := range c.Stocks {
		got[s.Stock+" mass"], got[s.Stock+" carbon"], got[s.Stock+" energy"] = s.Mass, s.Carbon, s.Energy
	}
	for name, v := range want {
		if g := got[name]; g == nil || math.Abs(*g-v) > 1e-7*v {
			t.Errorf("%s: %v, want %v", name, g, v)
		}
	}
	for _, b := range []struct {
		closure.Budget
		in, out float64
	}{
		{c.Mass, 100, 25 + want["gas mass"] + 2},
		{c.Carbon, 40, want["char carbon"] + want["gas carbon"] + want["hopper carbon"]},
		{c.Energy, 1643.2, want["char energy"] + want["gas energy"] + 28.8 + want["hopper energy"]},
	} {
		if !b.Complete || b.Closure == nil || math.Abs(*b.Closure-b.out/b.in) > 1e-6 {
			t.Errorf("%+v: want %v", b.Budget, b.out/b.in)
		}
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"dry_mass":`) || !strings.Contains(string(text), `"quality":"good"`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestWhatIsUnknownHasNoClosure(t *testing.T) {
	p := pipelinetest.PlantOf(t, pipelinetest.SmallPlant)
	src := pipelinetest.SteadyReadings(p, 2, 10*time.Second)
	closure := func(lab *lots.Lab, src pipeline.Source) pipeline.Closure {
		return pipelinetest.Compute(t, p, lab, src, pipelinetest.Window(0, time.Hour)).Closures[0]
	}
	said := func(c pipeline.Closure, want string) {
		t.Helper()
		if !slices.ContainsFunc(c.Missing, func(m string) bool { return strings.Contains(m, want) }) {
			t.Errorf("not said: %s; said is %q", want, c.Missing)
		}
	}
	c := closure(nil, src)
	said(c, "stream feed: no carbon: no lot of p covers 2026-11-02T00:00:00Z")
	if c.Carbon.Closure != nil || c.Carbon.Complete || c.Mass.Closure == nil || c.Streams[0].Carbon != nil || c.Streams[0].DryMass == nil {
		t.Errorf("without a laboratory: %+v", c)
	}
	c = closure(pipelinetest.LabOf(t, strings.Replace(pipelinetest.SmallLab, "feed_carbon:", "feed_carb:", 1)), src)
	said(c, "lot p-1 has no value feed_carbon")

	lab := pipelinetest.LabOf(t, pipelinetest.SmallLab)
	without := func(tag measure.Tag, from, to time.Duration) pipelinetest.Memory {
		m := slices.Clone(src)
		for i := range m {
			if m[i].Tag == tag {
				m[i].Samples = slices.DeleteFunc(slices.Clone(m[i].Samples), func(s measure.Sample) bool { return pipelinetest.Window(from, to).Contains(s.At) })
			}
		}
		return m
	}
	c = closure(lab, without("p/gas/ch4", -time.Hour, 2*time.Hour))
	said(c, "stream gas: no carbon: CH4: tag p/gas/ch4")
	if c.Mass.Complete || c.Mass.Closure != nil || c.Streams[2].Mass != nil || c.Streams[2].Volume == nil {
		t.Errorf("a gas of unknown composition: %+v", c)
	}
	// Less than a fifth missing: the rates still close, the amounts are lower.
	c = closure(lab, without("p/feed/mass_flow", 30*time.Minute, 36*time.Minute))
	if c.Mass.Closure == nil || c.Mass.In >= 95 || math.Abs(c.Mass.In-100*c.Streams[0].Coverage) > 1e-6 {
		t.Errorf("6 minutes missing: %+v", c.Mass)
	}
	c = closure(lab, without("p/feed/mass_flow", 30*time.Minute, 50*time.Minute))
	said(c, "stream feed: mass is known for 66 % of the window")
	if c.Mass.Closure != nil {
		t.Errorf("20 minutes missing: %+v", c.Mass)
	}
	c = closure(lab, without("p/char/hopper", -time.Hour, 30*time.Minute))
	said(c, "stock hopper: no mass: tag p/char/hopper has no level")

	over := slices.Clone(src)
	for i := range over {
		if over[i].Tag == "p/gas/co2" {
			over[i] = measure.Series{Tag: over[i].Tag, Unit: measure.MustUnit("%"), Samples: slices.Clone(over[i].Samples)}
			for k := range over[i].Samples {
				over[i].Samples[k].Value = 95
			}
		}
	}
	said(closure(lab, over), "the composition adds up to 105 %")

	wrong := slices.Clone(src)
	for i := range wrong {
		if wrong[i].Tag == "p/feed/mass_flow" {
			wrong[i].Unit = measure.MustUnit("kW")
		}
	}
	if r := pipelinetest.Compute(t, p, lab, wrong, pipelinetest.Window(0, time.Hour)); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "p/feed/mass_flow") || !strings.Contains(r.Faults[0], "WT-1") {
		t.Errorf("faults: %q", r.Faults)
	}
}

// drawReadings draws a plant's hours with noise, gaps and bad readings.
func drawReadings(t *rapid.T, p *flowsheet.Plant, hours int) pipelinetest.Memory {
	src := pipelinetest.SteadyReadings(p, hours, 20*time.Second)
	for i := range src {
		counter := strings.HasSuffix(string(src[i].Tag), "total") || strings.HasSuffix(string(src[i].Tag), "energy")
		var kept []measure.Sample
		for _, s := range src[i].Samples {
			if !counter {
				s.Value *= 1 + float64(s.At/1e9%7)/20
			}
			kept = append(kept, s)
		}
		for range rapid.IntRange(0, 6).Draw(t, "holes") {
			from := rapid.IntRange(0, len(kept)-1).Draw(t, "hole")
			to := min(len(kept), from+rapid.IntRange(1, 60).Draw(t, "long"))
			if rapid.Bool().Draw(t, "bad") {
				for k := from; k < to; k++ {
					kept[k] = measure.Sample{At: kept[k].At, Quality: measure.BadBecause(measure.NoReply)}
				}
			} else if to-from < len(kept) {
				kept = slices.Delete(kept, from, to)
			}
		}
		src[i].Samples = kept
	}
	return src
}

func TestHalvesOfComputeMakeTheWhole(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.SmallPlant), pipelinetest.LabOf(t, pipelinetest.SmallLab)
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 3)
		run := func(w measure.Interval) pipeline.Result {
			r, err := pipeline.Compute(context.Background(), p, lab, src, w)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		whole, a, b := run(pipelinetest.Window(0, 2*time.Hour)), run(pipelinetest.Window(0, time.Hour)), run(pipelinetest.Window(time.Hour, 2*time.Hour))
		if !reflect.DeepEqual(whole.Closures, append(a.Closures, b.Closures...)) {
			t.Fatal("closures of two hours differ from those of each hour")
		}
		for tag, rollups := range whole.Rollups {
			if !slices.Equal(rollups, append(slices.Clone(a.Rollups[tag]), b.Rollups[tag]...)) {
				t.Fatalf("rollups of %s differ", tag)
			}
		}
		// A balance over both hours is the sum of the two.
		long := closure.RawBalance(p, pipelinetest.Window(time.Minute, 2*time.Hour), whole.Rollups, lab)
		short := []closure.Closure{closure.RawBalance(p, pipelinetest.Window(time.Minute, time.Hour), whole.Rollups, lab), closure.RawBalance(p, pipelinetest.Window(time.Hour, 2*time.Hour), whole.Rollups, lab)}
		for _, part := range []func(c closure.Closure) closure.Budget{func(c closure.Closure) closure.Budget { return c.Mass }, func(c closure.Closure) closure.Budget { return c.Carbon }, func(c closure.Closure) closure.Budget { return c.Energy }} {
			l, x, y := part(long), part(short[0]), part(short[1])
			if !pipelinetest.Near1e9(l.In, x.In+y.In) || !pipelinetest.Near1e9(l.Out, x.Out+y.Out) {
				t.Fatalf("%+v is not\n%+v and\n%+v", l, x, y)
			}
		}
	})
}

// TestRollupsAreThoseOfCompute holds that whoever asks for some tags gets the
// very minutes, refusals and faults that Compute gives, whatever rule stands on
// them and however the time is cut.
func TestRollupsAreThoseOfCompute(t *testing.T) {
	p, lab := withRules(pipelinetest.PlantOf(t, pipelinetest.SmallPlant)), pipelinetest.LabOf(t, pipelinetest.SmallLab)
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 3)
		w := pipelinetest.Window(0, 2*time.Hour)
		whole, err := pipeline.Compute(context.Background(), p, lab, src, w)
		if err != nil {
			t.Fatal(err)
		}
		var tags []measure.Tag
		for _, plan := range p.Tags {
			if rapid.Bool().Draw(t, string(plan.Tag)) {
				tags = append(tags, plan.Tag)
			}
		}
		from, to := rapid.IntRange(0, 59).Draw(t, "from"), rapid.IntRange(60, 120).Draw(t, "to")
		part := pipelinetest.Window(time.Duration(from)*time.Minute, time.Duration(to)*time.Minute)
		some, err := pipeline.Rollups(context.Background(), p, lab, src, part, tags...)
		if err != nil {
			t.Fatal(err)
		}
		if len(tags) == 0 {
			for _, plan := range p.Tags {
				tags = append(tags, plan.Tag)
			}
		}
		if len(some.Rollups) != len(tags) || len(some.Closures)+len(some.Balances) > 0 {
			t.Fatalf("%d tags, %d closures and %d balances of %d tags", len(some.Rollups), len(some.Closures), len(some.Balances), len(tags))
		}
		for _, tag := range tags {
			if !slices.Equal(some.Rollups[tag], whole.Rollups[tag][from:to]) {
				t.Fatalf("the rollups of %s differ", tag)
			}
		}
	})
}

func countMinutes(t *rapid.T, p *flowsheet.Plant, lab *lots.Lab, src pipeline.Source, minutes int) claim.Product {
	w := pipelinetest.Window(0, time.Duration(minutes)*time.Minute)
	r, err := pipeline.Compute(context.Background(), p, lab, src, w)
	if err != nil {
		t.Fatal(err)
	}
	product, err := claim.CountProduct(p, w, r.Rollups, lab)
	if err != nil {
		t.Fatal(err)
	}
	return product
}

// The law that matters most: less evidence is never more product, not by 1 mg,
// whatever the readings say and whichever of them are lost.
func TestLosingReadingsNeverRaisesTheProduct(t *testing.T) {
	lab := pipelinetest.LabOf(t, pipelinetest.SmallLab)
	const counter = "p/char/mass_total: { unit: kg, hold: stepped, counter: true, rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min"
	const moisture = `p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min`
	var plants []*flowsheet.Plant
	for _, mass := range []string{counter, strings.Replace(counter, "max_rate: 200 kg/h", "max_rate: 2000 kg/h, resets: irregularly", 1), "p/char/mass_total: { unit: kg/h, hold: sloped, stale: 90 s", "p/char/mass_total: { unit: kg/h, hold: stepped, stale: 5 min"} {
		for _, water := range []string{moisture, strings.Replace(moisture, "sloped", "stepped", 1)} {
			text := strings.NewReplacer(counter, mass, moisture, water).Replace(pipelinetest.SmallPlant)
			plants = append(plants, pipelinetest.PlantOf(t, text), withRules(pipelinetest.PlantOf(t, text)))
		}
	}
	counted := 0
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(plants).Draw(t, "plant")
		honest := rapid.Bool().Draw(t, "a counter that counts")
		var src, less pipelinetest.Memory
		for _, tag := range []measure.Tag{"p/char/mass_total", "p/char/moisture"} {
			plan, _ := p.Tag(tag)
			low, high := -1.0, 101.0 // beyond what a share can be
			if tag == "p/char/mass_total" {
				low, high = -20, 60
			}
			all, lost := measure.Series{Tag: tag, Unit: plan.Unit}, measure.Series{Tag: tag, Unit: plan.Unit}
			count := 0.0
			for at := pipelinetest.Epoch.Add(-5 * time.Minute).UnixNano(); at < pipelinetest.Epoch.Add(20*time.Minute).UnixNano(); at += 1e9 * rapid.Int64Range(1, 100).Draw(t, "s") {
				x := measure.Sample{At: at, Value: rapid.OneOf(rapid.Float64Range(low, high), rapid.Just(4.0), rapid.Just(9.0)).Draw(t, "value"), Quality: measure.GoodQuality}
				if plan.Counter && honest {
					count = math.Mod(count+math.Abs(x.Value)/60, 1000)
					x.Value = count
				}
				all.Samples = append(all.Samples, x)
				switch rapid.SampledFrom([]string{"kept", "kept", "kept", "bad", "gone"}).Draw(t, "fate") {
				case "kept":
					lost.Samples = append(lost.Samples, x)
				case "bad":
					lost.Samples = append(lost.Samples, measure.Sample{At: at, Quality: measure.BadBecause(measure.NoReply)})
				case "gone": // the source of readings marks the hole, not the very instant
					lost.Samples = append(lost.Samples, measure.Sample{At: at + rapid.Int64Range(-5e8, 5e8).Draw(t, "ns"), Quality: measure.BadBecause(measure.Unknown)})
				}
			}
			src, less = append(src, all), append(less, lost)
		}
		before, after := countMinutes(t, p, lab, src, 15), countMinutes(t, p, lab, less, 15)
		if after.Dry > before.Dry || after.Wet > before.Wet || after.Covered > before.Covered {
			t.Fatalf("fewer readings, more product: %+v, before %+v", after, before)
		}
		if after.Dry > 0 {
			counted++
		}
	})
	if counted == 0 && !testing.Short() {
		t.Error("nothing was ever counted: the law was not put to the test")
	}
}

// withRules puts every rule on every tag of a plant.
func withRules(p *flowsheet.Plant) *flowsheet.Plant {
	for i := range p.Tags {
		t := &p.Tags[i]
		t.Rules = flowsheet.Rules{MaxChange: 1, Flatline: &flowsheet.Flatline{Readings: 2, Resolution: 1, Within: time.Minute}, Spikes: &flowsheet.Spikes{Neighbours: 2, Sigmas: 3, Least: 0, Within: time.Minute}, Sentinels: []float64{9}}
	}
	p.Running = &flowsheet.Running{Tag: "p/char/mass_total", Above: 5}
	p.Sums = []flowsheet.SumRule{{Name: "water", Tags: []measure.Tag{"p/char/moisture", "p/feed/moisture"}, Unit: measure.MustUnit("%"), High: 50}}
	return p
}

// Where nobody marks what is absent, the stale time must be less than the
// time that two intervals between readings take.
func TestAnAbsentReadingIsNotBridged(t *testing.T) {
	lab := pipelinetest.LabOf(t, pipelinetest.SmallLab)
	text := strings.NewReplacer(`p/char/moisture:   { unit: "%", hold: sloped, stale: 5 min`, `p/char/moisture:   { unit: "%", hold: sloped, stale: 35 s`,
		"rollover: 1000 kg, max_rate: 200 kg/h, stale: 5 min", "rollover: 1000 kg, max_rate: 200 kg/h, stale: 35 s").Replace(pipelinetest.SmallPlant)
	p := pipelinetest.PlantOf(t, text)
	rapid.Check(t, func(t *rapid.T) {
		src := pipelinetest.SteadyReadings(p, 1, 20*time.Second)
		less := slices.Clone(src)
		for i := range src {
			if src[i].Tag == "p/char/moisture" {
				for k := range src[i].Samples {
					src[i].Samples[k].Value = rapid.Float64Range(0, 60).Draw(t, "moisture")
				}
			}
			if src[i].Tag == "p/char/moisture" || src[i].Tag == "p/char/mass_total" {
				less[i].Samples = nil
				for _, x := range src[i].Samples {
					if rapid.IntRange(0, 9).Draw(t, "fate") > 0 {
						less[i].Samples = append(less[i].Samples, x)
					}
				}
			}
		}
		before, after := countMinutes(t, p, lab, src, 15), countMinutes(t, p, lab, less, 15)
		if after.Dry > before.Dry {
			t.Fatalf("fewer readings, more product: %+v, before %+v", after, before)
		}
	})
}

func TestCountProduct(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, pipelinetest.SmallPlant), pipelinetest.LabOf(t, pipelinetest.SmallLab)
	w := pipelinetest.Window(0, time.Hour)
	r := pipelinetest.Compute(t, p, lab, pipelinetest.SteadyReadings(p, 2, 10*time.Second), w)
	product, err := claim.CountProduct(p, w, r.Rollups, lab)
	if err != nil {
		t.Fatal(err)
	}
	const measured = 3590.0 / 3600 // from the first to the last reading of the counter within the hour
	if math.Abs(product.Dry.Kilograms()-24*measured) > 1e-4 || math.Abs(product.Wet.Kilograms()-25*measured) > 1e-4 || product.Covered != time.Hour || product.Quality != measure.GoodQuality {
		t.Errorf("%+v", product)
	}
	if want := math.Sqrt(.96*.96*.01*.01+.003*.003) / .96; math.Abs(product.RelU-want) > 1e-9 {
		t.Errorf("relative uncertainty %v, want %v", product.RelU, want)
	}
	p.Product = ""
	if _, err := claim.CountProduct(p, w, r.Rollups, lab); err == nil {
		t.Error("a plant without a product was counted")
	}
}

func BenchmarkCompute(b *testing.B) {
	p, lab := pipelinetest.PlantOf(b, pipelinetest.SmallPlant), pipelinetest.LabOf(b, pipelinetest.SmallLab)
	// Fifteen more tags, to make it 25.
	for _, name := range strings.Split("a b c d e f g h i j k l m n o", " ") {
		plan := p.Tags[slices.IndexFunc(p.Tags, func(t flowsheet.TagPlan) bool { return t.Tag == "p/feed/mass_flow" })]
		plan.Tag = measure.Tag("p/extra/" + name)
		p.Tags = append(p.Tags, plan)
	}
	slices.SortFunc(p.Tags, func(a, b flowsheet.TagPlan) int { return strings.Compare(string(a.Tag), string(b.Tag)) })
	base := pipelinetest.PlantOf(b, pipelinetest.SmallPlant)
	src := pipelinetest.SteadyReadings(base, 2, time.Second)
	for _, plan := range p.Tags {
		if strings.HasPrefix(string(plan.Tag), "p/extra/") {
			s := src[slices.IndexFunc(src, func(s measure.Series) bool { return s.Tag == "p/feed/mass_flow" })]
			s.Tag = plan.Tag
			src = append(src, s)
		}
	}
	w := pipelinetest.Window(0, time.Hour)
	all, err := src.Readings(b.Context(), "p", measure.Interval{From: w.From.Add(-rollup.Lookback(p) - rollup.Step), To: w.To.Add(rollup.Lookback(p))})
	if err != nil {
		b.Fatal(err)
	}
	held := fixed(all)
	readings := 0
	for _, s := range all {
		readings += len(s.Samples)
	}
	for name, compute := range map[string]func() (pipeline.Result, error){
		"all":     func() (pipeline.Result, error) { return pipeline.Compute(b.Context(), p, lab, held, w) },
		"rollups": func() (pipeline.Result, error) { return pipeline.Rollups(b.Context(), p, lab, held, w) },
		"product tags": func() (pipeline.Result, error) {
			return pipeline.Rollups(b.Context(), p, lab, held, w, claim.ProductTags(p)...)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := compute(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(readings)/b.Elapsed().Seconds(), "readings/s")
		})
	}
}

type fixed []measure.Series

func (f fixed) Readings(context.Context, string, measure.Interval) ([]measure.Series, error) {
	return f, nil
}

func TestFlagsDoNotChangeTheProduct(t *testing.T) {
	lab := pipelinetest.LabOf(t, pipelinetest.SmallLab)
	p := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	plain := pipelinetest.PlantOf(t, pipelinetest.PlantWithRules)
	for i := range plain.Tags {
		plain.Tags[i] = pipelinetest.WithoutFlags(plain.Tags[i])
	}
	plain.Sums = nil
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 1)
		with, without := countMinutes(t, p, lab, src, 30), countMinutes(t, plain, lab, src, 30)
		if with.Quality.Level > without.Quality.Level {
			t.Fatalf("flags made %s of %s", with.Quality, without.Quality)
		}
		if with.Quality = without.Quality; with != without {
			t.Fatalf("with flags %+v\nwithout    %+v", with, without)
		}
	})
}

// However the computation is cut, a reading is judged by the same neighbours.
func TestFlagsDoNotDependOnThePieces(t *testing.T) {
	suite.Heavy(t)
	p := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.PlantWithRules, "balance_every: 1 h", "balance_every: 10 min", 1))
	flagged := 0
	rapid.Check(t, func(t *rapid.T) {
		src := drawReadings(t, p, 3)
		for i := range src {
			for range rapid.IntRange(0, 3).Draw(t, "stops") {
				from := rapid.IntRange(0, len(src[i].Samples)-1).Draw(t, "stop")
				for k := from; k < min(len(src[i].Samples), from+rapid.IntRange(1, 90).Draw(t, "long")); k++ {
					src[i].Samples[k].Value = src[i].Samples[from].Value * float64(rapid.IntRange(0, 1).Draw(t, "still"))
				}
			}
		}
		cut := time.Duration(rapid.IntRange(1, 11).Draw(t, "cut")) * 10 * time.Minute
		var parts [3]pipeline.Result
		for i, w := range []measure.Interval{pipelinetest.Window(0, 2*time.Hour), pipelinetest.Window(0, cut), pipelinetest.Window(cut, 2*time.Hour)} {
			var err error
			if parts[i], err = pipeline.Compute(context.Background(), p, nil, src, w); err != nil {
				t.Fatal(err)
			}
		}
		for tag, whole := range parts[0].Rollups {
			if !slices.Equal(whole, append(slices.Clone(parts[1].Rollups[tag]), parts[2].Rollups[tag]...)) {
				t.Fatalf("rollups of %s differ, cut at %s", tag, cut)
			}
			for _, r := range whole {
				if r.Quality.Reason == measure.Flatline || r.Quality.Reason == measure.Spike {
					flagged++
				}
			}
		}
	})
	if flagged == 0 && !testing.Short() {
		t.Error("nothing was ever flagged: the law was not put to the test")
	}
}
