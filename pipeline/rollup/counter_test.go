package rollup_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/rollup"
)

// totaliser is a counter of 24 kg/h, read every ten seconds for three hours.
func totaliser() []float64 {
	x := make([]float64, 3*360)
	for i := range x {
		x[i] = 5000 + 24*float64(i)/360
	}
	return x
}

func totaliserPlan() flowsheet.TagPlan {
	plan := counterPlan()
	plan.Stale, plan.MaxRate, plan.Rollover = 5*time.Minute, 100.0/3600, 10_000
	return plan
}

// booked returns what a counter read every ten seconds books in an hour, and
// in how many minutes of it something is amiss.
func booked(plan flowsheet.TagPlan, x []float64, from time.Duration) (kg float64, marked int) {
	for _, r := range rollup.Of(plan, everyTenSecondsIn(measure.Kilogram, x), pipelinetest.Window(from, from+time.Hour), rollup.Step) {
		kg += r.Total
		if r.Quality.Level != measure.Good {
			marked++
		}
	}
	return kg, marked
}

func everyTenSecondsIn(unit measure.Unit, x []float64) measure.Series {
	s := everyTenSeconds(x...)
	s.Unit = unit
	return s
}

// A counter books what rises above what was reached, and no more.
func TestACounterBooksOnlyWhatIsNew(t *testing.T) {
	const at = 540 // half past one
	set := func(v ...float64) func([]float64) { return func(x []float64) { copy(x[at:], v) } }
	seed := uint64(20261128)
	scatter := func(digit float64) func([]float64) {
		return func(x []float64) {
			r := rand.New(rand.NewPCG(seed, 1))
			for i := range x {
				x[i] += digit * float64(r.IntN(3)-1)
			}
		}
	}
	stand := func(x []float64) {
		for i := range x {
			x[i] = 5000
		}
	}
	roll := func(x []float64) { // it rolls over at half past one
		for i := range x {
			x[i] = math.Mod(x[i]-5036+10_000, 10_000)
		}
	}
	both := func(all ...func([]float64)) func([]float64) {
		return func(x []float64) {
			for _, f := range all {
				f(x)
			}
		}
	}
	for _, c := range []struct {
		name    string
		change  func([]float64)
		want    float64
		within  float64
		marked  int // at least
		atMost  int
		options func(*flowsheet.TagPlan)
	}{
		{"it counts", set(), 24, 1e-9, 0, 0, nil},
		{"one poll of 0", set(0), 24, 1e-9, 1, 1, nil},
		{"one poll of full scale", set(9999.99), 24, 1e-9, 1, 1, nil},
		{"one poll of half of it, a digit less", set(503.6), 24, 1e-9, 1, 1, nil},
		{"one poll that cannot be known to lie", set(5036.2), 24, 1e-9, 0, 0, nil},
		{"the last reading again", func(x []float64) { x[at] = x[at-1] }, 24, 1e-9, 0, 0, nil},
		{"three polls of 0", set(0, 0, 0), 24, 1e-9, 1, 1, nil},
		{"a fall and a climb", set(0, .1, .2, .3), 24, 1e-9, 1, 1, nil},
		{"a last digit that wobbles", scatter(.01), 24, .021, 0, 0, nil},
		{"five digits that wobble", scatter(.05), 24, .1, 0, 0, nil},
		{"it stands, and its last digit wobbles", both(stand, scatter(.1)), 0, 1e-9, 0, 0, nil},
		{"it rolls over", roll, 24, 1e-9, 0, 0, nil},
		{"it rolls over while its last digits wobble", both(roll, scatter(.05), func(x []float64) {
			for i := range x {
				x[i] = math.Mod(x[i]+10_000, 10_000)
			}
		}), 24, .1, 0, 0, nil},
		{"it is reset, and what brought it to 0 is not known", func(x []float64) {
			for i := at; i < len(x); i++ {
				x[i] -= x[at-1]
			}
		}, 24 - 24.0/360, 1e-9, 1, 1, nil},
		{"it starts from 0 by itself, and what it shows then counts", func(x []float64) {
			for i := at; i < len(x); i++ {
				x[i] -= 5035.97
			}
		}, 24 - 24.0/360 + (5036 - 5035.97), 1e-9, 0, 0, func(p *flowsheet.TagPlan) { p.Resets = true }},
		{"it is set to another count", func(x []float64) {
			for i := at; i < len(x); i++ {
				x[i] += 700
			}
		}, 24 - 24.0/360, 1e-9, 1, 1, nil},
	} {
		plan := totaliserPlan()
		if c.options != nil {
			c.options(&plan)
		}
		x := totaliser()
		c.change(x)
		kg, marked := booked(plan, x, time.Hour)
		if math.Abs(kg-c.want) > c.within || marked < c.marked || marked > c.atMost {
			t.Errorf("%s: %v kg in the hour, want %v; %d minutes are marked, want %d to %d (seed %d)", c.name, kg, c.want, marked, c.marked, c.atMost, seed)
		}
	}
}

// A counter that max_rate can take more than half around between two readings
// may have fallen back by a digit or gone a turn on: it books no turn, and what
// it truly counted no further than half a turn is booked.
func TestACounterBelievesHalfATurn(t *testing.T) {
	plan := totaliserPlan()
	plan.Rollover, plan.MaxRate = 2, 200.0/3600 // 16.7 kg in a stale time, 3.3 kg between readings
	seed := uint64(20261128)
	read := func(at func(minute int) float64) (kg float64) {
		s := measure.Series{Tag: plan.Tag, Unit: measure.Kilogram}
		for i := range 180 {
			s.Samples = append(s.Samples, measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(i) * time.Minute).UnixNano(), Value: at(i), Quality: measure.GoodQuality})
		}
		for _, r := range rollup.Of(plan, s, pipelinetest.Window(time.Hour, 2*time.Hour), rollup.Step) {
			kg += r.Total
		}
		return kg
	}
	r := rand.New(rand.NewPCG(seed, 3))
	for _, level := range []float64{1, .3, 0} { // the last wobbles around the roll
		kg := read(func(int) float64 { return math.Mod(level+.001*float64(r.IntN(3)-1)+2, 2) })
		if kg > .1 {
			t.Errorf("it stands at %v kg and its last digit wobbles: %v kg in an hour (seed %d)", level, kg, seed)
		}
	}
	if kg := read(func(i int) float64 { return math.Mod(.4*float64(i), 2) }); math.Abs(kg-24) > 1e-9 {
		t.Errorf("it rolls over every five minutes: %v kg, want 24", kg)
	}
	const half = "goes half around, 5 kg, within 1m30s"
	if notes := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.SmallPlant, "rollover: 1000 kg", "rollover: 10 kg", 1)).Notes.Error(); !strings.Contains(notes, half) {
		t.Errorf("the notes of a plant file do not say %q: %s", half, notes)
	}
	if notes := pipelinetest.PlantOf(t, pipelinetest.SmallPlant).Notes.Error(); strings.Contains(notes, "half around") {
		t.Errorf("the notes of a plant file: %s", notes)
	}
}

// Readings within a stale time go on from each other, however short the settle
// time is: a counter that is read more seldom is not lost.
func TestASettleTimeShorterThanAReadingLosesNothing(t *testing.T) {
	plan := totaliserPlan()
	plan.Settle = 5 * time.Second
	if kg, marked := booked(plan, totaliser(), time.Hour); math.Abs(kg-24) > 1e-9 || marked > 0 {
		t.Errorf("read every 10 s: %v kg, want 24; %d minutes are marked", kg, marked)
	}
	for add, want := range map[string]string{
		"settle: 5 s":         "5 s is shorter than stale, 5 min",
		"nominal: 200 kg/h":   "",
		"nominal: 3.4 kg/min": "max_rate: 200 kg/h is slower than what the counter counts in normal running",
	} {
		notes := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.SmallPlant, "rollover: 1000 kg,", "rollover: 1000 kg, "+add+",", 1)).Notes.Error()
		if want == "" && strings.Contains(notes, "slower") || !strings.Contains(notes, want) {
			t.Errorf("%s: notes %s, want %q", add, notes, want)
		}
	}
}

// The product is counted from the same levels: each once.
func TestAProductCountsEachLevelOfItsCounterOnce(t *testing.T) {
	p, lab := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.SmallPlant, "rollover: 1000 kg, max_rate: 200 kg/h", "rollover: 10000 kg, max_rate: 100 kg/h", 1)), pipelinetest.LabOf(t, pipelinetest.SmallLab)
	const moisture = 4.0 // %
	dry := func(change func([]float64), from, to time.Duration) float64 {
		x := totaliser()
		change(x)
		water := everyTenSecondsIn(measure.MustUnit("%"), slices.Repeat([]float64{moisture}, len(x)))
		char := everyTenSecondsIn(measure.Kilogram, x)
		char.Tag, water.Tag = "p/char/mass_total", "p/char/moisture"
		w := pipelinetest.Window(from, to)
		r := pipelinetest.Compute(t, p, lab, pipelinetest.Memory{char, water}, w)
		product, err := claim.CountProduct(p, w, r.Rollups, lab)
		if err != nil {
			t.Fatal(err)
		}
		return product.Dry.Kilograms()
	}
	seed := uint64(20261128)
	scatter := func(x []float64) {
		r := rand.New(rand.NewPCG(seed, 2))
		for i := range x {
			x[i] += .05 * float64(r.IntN(3)-1)
		}
	}
	honest := dry(func([]float64) {}, time.Hour, 2*time.Hour)
	for name, c := range map[string]struct {
		change func([]float64)
		within float64
	}{
		"one poll of 0":         {func(x []float64) { x[540] = 0 }, 1e-6},
		"three polls of 0":      {func(x []float64) { x[540], x[541], x[542] = 0, 0, 0 }, 1e-6},
		"digits that wobble":    {scatter, .2},
		"they wobble, one lies": {func(x []float64) { scatter(x); x[540], x[541] = 7000, 7000.1 }, .4},
		"they wobble over a roll": {func(x []float64) {
			scatter(x)
			for i := range x {
				x[i] = math.Mod(x[i]+4964+10_000, 10_000)
			}
		}, .2},
	} {
		if got := dry(c.change, time.Hour, 2*time.Hour); math.Abs(got-honest) > c.within {
			t.Errorf("%s: %v kg of dry product in the hour, without it %v (seed %d)", name, got, honest, seed)
		}
	}
	// A counter that begins anew twice in a lot passes its levels anew.
	anew := dry(func(x []float64) {
		for i := range x {
			x[i] = math.Mod(x[i]-5000, 4.0001)
		}
	}, 0, 3*time.Hour)
	if whole := 72 * .96; anew > whole || anew < whole-18*.3 {
		t.Errorf("a counter that begins anew every ten minutes: %v kg of %v", anew, whole)
	}
}

// Whatever a counter that is read well says once, it adds no more than its
// max_rate allows for the time to its neighbours.
func TestOneReadingOfACounterAddsNoMoreThanItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := totaliserPlan()
		plan.Resets = rapid.Bool().Draw(t, "resets")
		x := totaliser()
		start := rapid.Float64Range(0, 10_000).Draw(t, "start")
		for i := range x {
			x[i] = math.Mod(x[i]-5000+start, 10_000)
		}
		want, _ := booked(plan, x, time.Hour)
		i := rapid.IntRange(300, 800).Draw(t, "reading")
		n := rapid.SampledFrom([]int{1, 1, 1, 2, 5, 60, 360}).Draw(t, "readings")
		v := rapid.OneOf(rapid.Float64Range(0, 12_000), rapid.Just(0.0), rapid.Just(9999.99), rapid.Just(x[i]/10), rapid.Just(x[i-1]), rapid.Just(x[i]+.2)).Draw(t, "value")
		climb := rapid.Float64Range(-.3, .3).Draw(t, "climb")
		for k := range min(n, len(x)-i) {
			x[i+k] = v + climb*float64(k)
		}
		most := plan.MaxRate * 10 * float64(n+1)
		if n == 1 {
			most = plan.MaxRate * 10
		}
		if got, _ := booked(plan, x, time.Hour); got > want+most+1e-6 {
			t.Fatalf("%v kg in an hour of %v kg: more by more than %v kg", got, want, most)
		}
	})
}

func TestACounterNeedsItsRate(t *testing.T) {
	_, err := flowsheet.Parse("p.yaml", []byte(strings.Replace(pipelinetest.SmallPlant, ", max_rate: 200 kg/h", "", 1)))
	if err == nil || !strings.Contains(err.Error(), `p/char/mass_total: a counter needs max_rate, the fastest it can count, as in max_rate: "60 kg/h"`) {
		t.Errorf("a counter without max_rate: %v", err)
	}
	for text, want := range map[string]string{
		"settle: 25 h":        "settle: 25 h is more than 24h0m0s",
		"resets: monthly":     "",
		"resets: every month": `resets: "every month" is not one of hourly, daily`,
	} {
		_, err := flowsheet.Parse("p.yaml", []byte(strings.Replace(pipelinetest.SmallPlant, "max_rate: 200 kg/h", "max_rate: 200 kg/h, "+text, 1)))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func BenchmarkCounter(b *testing.B) {
	for _, digit := range []float64{0, .05} {
		r := rand.New(rand.NewPCG(1, 2))
		s := measure.Series{Tag: "p/feed/mass_flow", Unit: measure.Kilogram}
		for i := range 3600 {
			s.Samples = append(s.Samples, measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(i) * time.Second).UnixNano(), Value: float64(i)/150 + digit*r.Float64(), Quality: measure.GoodQuality})
		}
		b.Run(fmt.Sprintf("scatter %v kg", digit), func(b *testing.B) {
			plan := totaliserPlan()
			plan.MaxRate = 1
			b.ReportAllocs()
			for b.Loop() {
				rollup.Of(plan, s, pipelinetest.Window(0, time.Hour), rollup.Step)
			}
			b.ReportMetric(float64(b.N)*3600/b.Elapsed().Seconds(), "readings/s")
		})
	}
}

// Methane that a counter of gas measures counts each of its levels once.
func TestMethaneCountsEachLevelOfItsCounterOnce(t *testing.T) {
	p := pipelinetest.PlantOf(t, strings.Replace(pipelinetest.CoverPlant, `l/flare/flow:  { unit: "m3{N}/h", hold: sloped`, `l/flare/flow:  { unit: "m3{N}", counter: true, max_rate: "900 m3{N}/h", hold: stepped`, 1))
	src := pipelinetest.ConstantReadings(p, map[measure.Tag]float64{"l/flare/flow": 100, "l/gas/ch4": 50, "l/gas/co2": 40, "l/flare/heat": 900}, time.Hour, 10*time.Second)
	honest := pipelinetest.Indicators(t, p, nil, src, pipelinetest.Window(0, time.Hour))
	r := rand.New(rand.NewPCG(20261128, 3))
	for i := range src {
		for k := range src[i].Samples {
			if src[i].Tag == "l/flare/flow" {
				src[i].Samples[k].Value += .5 * float64(r.IntN(3)-1)
			}
		}
	}
	wobbled := pipelinetest.Indicators(t, p, nil, src, pipelinetest.Window(0, time.Hour))
	for _, name := range []string{"F_sent_flare", "F_destroyed_flare"} {
		if a, b := *honest[name].Value, *wobbled[name].Value; math.Abs(a-b) > .02*a {
			t.Errorf("%s is %v while last digits wobble, %v while they do not", name, b, a)
		}
	}
}

// What `nielu calc` gives for a counter is what a counter counts.
func TestACalculationCountsAsACounterDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modulus := rapid.SampledFrom([]float64{1000, 429496729.6}).Draw(t, "modulus")
		prev, cur := rapid.Float64Range(0, 999).Draw(t, "prev"), rapid.Float64Range(0, 999).Draw(t, "cur")
		if rapid.Bool().Draw(t, "near") {
			cur = max(0, prev+rapid.Float64Range(-5, 5).Draw(t, "by"))
		}
		rate, seconds := rapid.Float64Range(1, 5000).Draw(t, "rate"), rapid.IntRange(1, 60).Draw(t, "s")
		plan := counterPlan()
		plan.Rollover, plan.MaxRate = modulus, rate/3600
		from := pipelinetest.Epoch.UnixNano()
		z := measure.Sample{At: from + int64(seconds)*1e9, Value: cur, Quality: measure.GoodQuality}
		ticks := rollup.TicksOf(&plan, []measure.Sample{{At: from, Value: prev, Quality: measure.GoodQuality}, z})
		if cur >= modulus {
			t.Skip("no reading of such a counter")
		}
		want, event := balance.Counter(prev, cur, modulus, rollup.MostGain(&plan, int64(seconds)*1e9))
		if event == balance.CounterReset || event == balance.CounterBack {
			want = 0
		}
		if ticks[1].Rise != want || ticks[1].Doubt != (event == balance.CounterReset) {
			t.Fatalf("from %v to %v in %d s: %+v, a calculation says %v %v", prev, cur, seconds, ticks[1], want, event)
		}
	})
}

// However a counter that wobbles, rolls over, is reset and lies is cut, each
// minute books the same.
func TestACounterDoesNotDependOnThePieces(t *testing.T) {
	doubted := 0
	rapid.Check(t, func(t *rapid.T) {
		plan := counterPlan()
		plan.MaxRate, plan.Rollover = rapid.SampledFrom([]float64{.1, 1, 10}).Draw(t, "rate"), rapid.SampledFrom([]float64{0, 50, 1000}).Draw(t, "rollover")
		plan.Stale = time.Duration(rapid.IntRange(10, 120).Draw(t, "stale")) * time.Second
		plan.Settle = time.Duration(rapid.IntRange(0, 3).Draw(t, "settle")) * time.Minute
		plan.Resets = rapid.Bool().Draw(t, "resets")
		s := measure.Series{Tag: plan.Tag, Unit: measure.Kilogram}
		count, at := 40.0, pipelinetest.Epoch.Add(-10*time.Minute).UnixNano()
		for range rapid.IntRange(20, 90).Draw(t, "n") {
			at += int64(rapid.IntRange(1, 40).Draw(t, "s")) * 1e9
			switch rapid.SampledFrom([]string{"on", "on", "on", "back", "reset", "lie", "bad"}).Draw(t, "what") {
			case "on":
				count += rapid.Float64Range(0, 3).Draw(t, "by")
			case "back":
				count -= .1
			case "reset":
				count = rapid.Float64Range(0, 2).Draw(t, "to")
			case "lie":
				s.Samples = append(s.Samples, measure.Sample{At: at, Value: rapid.Float64Range(0, 1000).Draw(t, "lie"), Quality: measure.GoodQuality})
				continue
			case "bad":
				s.Samples = append(s.Samples, measure.Sample{At: at, Quality: measure.BadBecause(measure.NoReply)})
				continue
			}
			if plan.Rollover > 0 {
				count = math.Mod(count+plan.Rollover, plan.Rollover)
			}
			s.Samples = append(s.Samples, measure.Sample{At: at, Value: count, Quality: measure.GoodQuality})
		}
		whole := rollup.Of(plan, s, pipelinetest.Window(0, 8*time.Minute), rollup.Step)
		var minutes []rollup.Rollup
		for m := range 8 {
			w := pipelinetest.Window(time.Duration(m)*time.Minute, time.Duration(m+1)*time.Minute)
			near := s
			near.Samples = rollup.Within(s.Samples, w.From.Add(-rollup.TagLookback(&plan)).UnixNano(), w.To.Add(rollup.TagLookback(&plan)).UnixNano())
			minutes = append(minutes, rollup.Of(plan, near, w, rollup.Step)...)
		}
		if !slices.Equal(whole, minutes) {
			t.Fatalf("whole  %+v\npieces %+v", whole, minutes)
		}
		for _, r := range whole {
			if r.Quality.Reason == measure.Reset {
				doubted++
			}
		}
	})
	if doubted == 0 && !testing.Short() {
		t.Error("no reading was ever doubted: the law was not put to the test")
	}
}

// A gateway's clock steps a minute back while a totaliser counts, so that the
// readings of two clocks lie between each other: nothing is counted twice.
func TestACounterOfTwoClocksBooksNoMoreThanItCounted(t *testing.T) {
	for _, offset := range []time.Duration{0, 300 * time.Millisecond, 500 * time.Millisecond} {
		plan := totaliserPlan()
		s := measure.Series{Tag: plan.Tag, Unit: measure.Kilogram}
		for i := range 600 {
			at := pipelinetest.Epoch.Add(time.Duration(i) * time.Second)
			if i >= 300 {
				at = at.Add(offset - time.Minute)
			}
			s.Samples = append(s.Samples, measure.Sample{At: at.UnixNano(), Value: 100 + float64(i)/100, Quality: measure.GoodQuality})
		}
		total, doubted := 0.0, 0
		for _, r := range rollup.Of(plan, s, pipelinetest.Window(0, 10*time.Minute), rollup.Step) {
			total += r.Total
			if r.Quality.Level == measure.Uncertain {
				doubted++
			}
		}
		if total > 6 || total < 4 || doubted == 0 {
			t.Errorf("%s beside each other: %v kg of 5.99 kg, %d minutes are doubted", offset, total, doubted)
		}
	}
}

// One reading of sixty that cannot be marks its minute, though the others cover it.
func TestWhatCannotBeMarksItsMinute(t *testing.T) {
	for value, want := range map[float64]measure.Quality{100: measure.GoodQuality, 4000: measure.UncertainBecause(measure.OutOfRange)} {
		plan := flowPlan(flowsheet.Sloped, 30*time.Second)
		plan.Low, plan.High = 0, 400
		s := measure.Series{Tag: plan.Tag, Unit: measure.KilogramPerHour}
		for i := range 180 {
			x := measure.Sample{At: pipelinetest.Epoch.Add(time.Duration(i) * time.Second).UnixNano(), Value: 100, Quality: measure.GoodQuality}
			if i == 90 {
				x.Value = value
			}
			s.Samples = append(s.Samples, x)
		}
		if r := rollup.Of(plan, s, pipelinetest.Window(time.Minute, 2*time.Minute), rollup.Step)[0]; r.Quality != want || r.Coverage < rollup.Enough {
			t.Errorf("one reading of %v: %s, want %s", value, r.Quality, want)
		}
	}
}
