package statement

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/lots"
)

// A small kiln that measures what people otherwise write: 100 kg/h of feed,
// 40 kW, 550 Cel in the kiln, 20 Cel in the soil, a flame.
const shownPlant = `plant: p
name: Small plant
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/char/mass_flow: { instrument: WT-1, unit: kg/h, hold: sloped, stale: 2 min, range: [0 kg/h, 100 kg/h], uncertainty: 1 % }
  p/char/moisture:  { instrument: MT-1, unit: "%", hold: sloped, stale: 2 min, range: ["0 %", "60 %"], uncertainty: "0.3 %" }
  p/feed/mass_flow: { instrument: WT-0, unit: kg/h, hold: sloped, stale: 2 min, range: [0 kg/h, 400 kg/h], uncertainty: 1 % }
  p/power:          { instrument: JQ-1, unit: kW, hold: sloped, stale: 2 min, range: [0 kW, 200 kW], uncertainty: 1 % }
  p/kiln:           { instrument: TT-1, unit: Cel, hold: sloped, stale: 2 min, range: [0 Cel, 1200 Cel], uncertainty: 2 K }
  p/residence:      { unit: min, hold: sloped, stale: 2 min, range: [0 min, 240 min] }
  p/soil:           { unit: Cel, hold: sloped, stale: 2 min, range: ["-30 Cel", 50 Cel] }
  p/flame:          { unit: Cel, hold: sloped, stale: 2 min, range: [0 Cel, 1500 Cel] }
nodes: { kiln: "Kiln" }
streams:
  feed: { from: environment, to: kiln, phase: solid, mass: {tag: p/feed/mass_flow}, moisture: {value: 20 %, source: test}, carbon: {lab: feed_carbon} }
  char: { from: kiln, phase: solid, mass: {tag: p/char/mass_flow}, moisture: {tag: p/char/moisture}, carbon: {lab: char_carbon_total} }
  gas:  { from: kiln, to: environment, phase: gas }
energy:
  electricity: { to: kiln, power: {tag: p/power} }
product: char
running: { tag: p/feed/mass_flow, above: 20 kg/h }
uniform: [{ tag: p/kiln, within: 10 % }, { tag: p/residence, within: 10 % }]
flame: { tag: p/flame, above: 500 Cel }
soil: { tag: p/soil, depth: 30 cm }
`

// shownTags is what each tag reads.
var shownTags = map[measure.Tag]struct {
	unit  string
	value float64
}{
	"p/char/mass_flow": {"kg/h", 25}, "p/char/moisture": {"%", 6}, "p/feed/mass_flow": {"kg/h", 100}, "p/power": {"kW", 40}, "p/kiln": {"Cel", 550},
	"p/residence": {"min", 40}, "p/soil": {"Cel", 20}, "p/flame": {"Cel", 900},
}

// shown gives readings every minute; reads changes one, or takes it away.
type shown func(tag measure.Tag, at time.Time, value float64) (float64, bool)

func steady(_ measure.Tag, _ time.Time, value float64) (float64, bool) { return value, true }

func (s shown) Readings(_ context.Context, _ string, w measure.Interval) (all []measure.Series, _ error) {
	for _, tag := range slices.Sorted(maps.Keys(shownTags)) {
		x := measure.Series{Tag: tag, Unit: measure.MustUnit(shownTags[tag].unit)}
		for at := w.From.Truncate(time.Minute); at.Before(w.To); at = at.Add(time.Minute) {
			if v, ok := s(tag, at, shownTags[tag].value); ok && w.Contains(at.UnixNano()) {
				x.Samples = append(x.Samples, measure.Sample{At: at.UnixNano(), Value: v, Quality: measure.GoodQuality})
			}
		}
		all = append(all, x)
	}
	return all, nil
}

var (
	shownFrom = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	shownLot  = measure.Interval{From: shownFrom, To: shownFrom.Add(12 * time.Hour)}
)

// shownInput is a statement of twelve hours: 1200 kg of feed, 480 kW.h, 282 kg of dry char.
func shownInput(t testing.TB, src shown, change ...string) Input {
	t.Helper()
	text := strings.NewReplacer("2026-11-02T00:30:00Z", "2026-11-02T00:00:00Z", "2026-11-04T06:00:00Z", "2026-11-02T12:00:00Z",
		"feed_categories: [E] }", "feed_categories: [E], feed_delivered: 1.2 t }", "100 kW.h", "480 kW.h", "char_oxygen:", "feed_carbon: { value: 50 %, uncertainty: 0.4 % }\n      char_oxygen:").Replace(labFile)
	text = strings.NewReplacer(change...).Replace(text)
	lab, err := lots.Parse("lab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	in := input(t)
	in.Plant, in.Lab = plantOf(t, strings.NewReplacer(change...).Replace(shownPlant)), lab
	if in.Count, err = CountLot(t.Context(), in.Plant, lab, "p-1", src); err != nil {
		t.Fatal(err)
	}
	return in
}

func near(t *testing.T, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > tolerance {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func unmet(s Statement) string { return strings.Join(s.Account.Unmet, "\n") }

// Feed, power, kiln, soil, flame and uniformity come from the tags.
func TestWhatTagsSayOfALot(t *testing.T) {
	in := shownInput(t, steady)
	f := in.Count.Found
	if f.Feed == nil || math.Abs(f.Feed.Kilograms()-1200) > 5 || math.Abs(f.FeedDry.Kilograms()-960) > 4 {
		t.Errorf("feed %v, dry %v", f.Feed, f.FeedDry)
	}
	near(t, "electricity", f.Electricity, 480, 3)
	near(t, "kiln", f.KilnTemperature, 550, 1)
	near(t, "soil", f.SoilTemperature, 20, .1)
	near(t, "flame", f.CombustionUp, 1, 0)
	near(t, "deviation", f.Deviation, 0, 1e-9)
	s := stated(t, in)
	for _, want := range []string{"sink.soil_temperature: 7 Cel were written, 20 Cel were measured"} {
		if !strings.Contains(unmet(s), want) {
			t.Errorf("not said: %s\n%s", want, s.Text())
		}
	}
	if l, _ := s.Account.Line("Ts"); l.Value < 20 || !s.Account.Eligible {
		t.Errorf("soil of %v counts; eligible %v, %s", l.Value, s.Account.Eligible, unmet(s))
	}
}

// A soil at 20 Cel, typed as 7, is not passed over; a kiln of 550 Cel typed as
// 650 has the share of 550; a flame that is out, and feed and electricity that
// nobody states, count against the claim.
func TestMeasuredOutweighsTyped(t *testing.T) {
	base := stated(t, shownInput(t, steady))
	for name, c := range map[string]struct {
		reads  shown
		change []string
		says   string
		closes bool
	}{
		"electricity of half": {steady, []string{"480 kW.h", "240 kW.h"}, "electricity_metered", false},
		"no electricity":      {steady, []string{"amount: 480 kW.h, factor: 60 g/(kW.h), source: \"test\"", "amount: 1 kg"}, "no line of puro-2025 says what they emitted", true},
		"a tenth of the feed": {steady, []string{"feed_delivered: 1.2 t", "feed_delivered: 120 kg"}, "feed_metered", false},
		"no deliveries":       {steady, []string{", feed_delivered: 1.2 t", ""}, "batch.feed_delivered: not given", true},
		"a flame out for an hour": {func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
			return map[bool]float64{true: 20, false: v}[tag == "p/flame" && at.Hour() == 5], true
		}, nil, "is below 95 %", true},
		"more carbon out than in": {func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
			return map[bool]float64{true: 25, false: v}[tag == "p/feed/mass_flow"], true
		}, []string{"feed_delivered: 1.2 t", "feed_delivered: 300 kg"}, "somebody else's carbon", true},
	} {
		s := stated(t, shownInput(t, c.reads, c.change...))
		if !strings.Contains(string(s.Text()), c.says) || s.Account.Eligible == c.closes {
			t.Errorf("%s: eligible %v, not said: %s\n%s", name, s.Account.Eligible, c.says, s.Text())
		}
		if s.Account.Net != nil && s.Account.Net.CO2e() > base.Account.Net.CO2e() {
			t.Errorf("%s: net %v, the whole states %v", name, s.Account.Net, base.Account.Net)
		}
	}
	in := shownInput(t, steady, "production_temperature: 550 Cel", "production_temperature: 650 Cel")
	in.Method = methodFile(t, "vm0044-1.2")
	s := stated(t, in)
	if l, _ := s.Account.Line("PR_de"); l.Value != .8 || !strings.Contains(unmet(s), "650 Cel were written, the kiln's mean was 550") {
		t.Errorf("a kiln of 550 Cel: %v\n%s", l, unmet(s))
	}
}

// Regime A is shown by the minutes of temperature and residence time, never by words.
func TestRegimeAIsOfTheMinutes(t *testing.T) {
	words := []string{"regime: B, analyses_in_year: 4", "regime: A, analyses_in_year: 2, proof: trust me"}
	if s := stated(t, shownInput(t, steady, words...)); !s.Account.Eligible {
		t.Error(unmet(s))
	}
	hot := func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
		return map[bool]float64{true: 620, false: v}[tag == "p/kiln" && at.Hour() == 3 && at.Minute() < 10], true
	}
	lost := func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
		return v, tag != "p/residence" || at.Hour() != 3
	}
	for name, src := range map[string]shown{"a hot ten minutes": hot, "an hour without residence time": lost} {
		if s := stated(t, shownInput(t, src, words...)); s.Account.Eligible || !strings.Contains(unmet(s), "sampling.deviation") {
			t.Errorf("%s: %s", name, unmet(s))
		}
	}
	if s := stated(t, shownInput(t, steady, append(words, "uniform: [{ tag: p/kiln, within: 10 % }, { tag: p/residence, within: 10 % }]", "kiln_temperature: p/kiln")...)); s.Account.Eligible {
		t.Error("regime A rests on a word")
	}
}

// Losing readings, of whatever tag and whenever, never raises the net.
func TestLostReadingsNeverHelp(t *testing.T) {
	words := []string{"production_temperature: 550 Cel", "production_temperature: 650 Cel"}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	tags := slices.Sorted(maps.Keys(shownTags))
	puro, vm := methodFile(t, "puro-2025"), methodFile(t, "vm0044-1.2")
	accounts := func(src shown) (all []carbon.Account) {
		in := shownInput(t, src, words...)
		for _, in.Method = range []carbon.Method{puro, vm} {
			all = append(all, stated(t, in).Account)
		}
		return all
	}
	whole := accounts(steady)
	for range 8 {
		tag, from, n := tags[draw.IntN(len(tags))], draw.IntN(720), 1+draw.IntN(120)
		for i, a := range accounts(func(of measure.Tag, at time.Time, v float64) (float64, bool) {
			m := int(at.Sub(shownFrom) / time.Minute)
			return v, of != tag || m < from || m >= from+n
		}) {
			if a.Indicative != nil && *a.Indicative > *whole[i].Indicative {
				t.Fatalf("seed %d, %s: %d minutes of %s lost from %d on: %s, of all readings %s", seed, a.Method, n, tag, from, a.Indicative, whole[i].Indicative)
			}
		}
	}
}

// An instrument of the claim that another one contradicts holds the claim until
// it is calibrated, or its time is no time of the product.
func TestAccusedInstrumentHoldsTheClaim(t *testing.T) {
	second := []string{"  p/residence:", "  p/char/second:   { instrument: WT-3, unit: kg/h, hold: sloped, stale: 2 min, range: [0 kg/h, 100 kg/h], uncertainty: 1 % }\n  p/residence:",
		"mass: {tag: p/char/mass_flow}, moisture: {tag: p/char/moisture}", "mass: [{tag: p/char/mass_flow}, {tag: p/char/second}], moisture: {tag: p/char/moisture}"}
	shownTags["p/char/second"] = struct {
		unit  string
		value float64
	}{"kg/h", 25}
	defer delete(shownTags, "p/char/second")
	high := shown(func(tag measure.Tag, _ time.Time, v float64) (float64, bool) {
		return map[bool]float64{true: v * 1.08, false: v}[tag == "p/char/mass_flow"], true
	})
	if s := stated(t, shownInput(t, steady, second...)); !s.Account.Eligible {
		t.Error(unmet(s))
	}
	in := shownInput(t, high, second...)
	if s := stated(t, in); s.Account.Eligible || s.Account.Net != nil || !strings.Contains(unmet(s), "balance: WT-") {
		t.Errorf("8 %% more char than the second scale has: %s", unmet(s))
	}
	answer := func(change func(l *lots.Lab)) Statement {
		lab := *in.Lab
		change(&lab)
		again := in
		again.Lab = &lab
		var err error
		if again.Count, err = CountLot(t.Context(), in.Plant, &lab, "p-1", high); err != nil {
			t.Fatal(err)
		}
		return stated(t, again)
	}
	calibrated := func(at time.Time) func(l *lots.Lab) {
		return func(l *lots.Lab) {
			for _, id := range []string{"WT-1", "WT-3"} {
				l.Calibrations = append(l.Calibrations, lots.Calibration{Plant: "p", Instrument: id, Interval: measure.Interval{From: at, To: at.AddDate(1, 0, 0)}})
			}
		}
	}
	if s := answer(calibrated(shownLot.To)); !s.Account.Eligible {
		t.Errorf("calibrated since: %s", unmet(s))
	}
	if s := answer(calibrated(shownFrom.AddDate(0, -1, 0))); s.Account.Eligible {
		t.Error("a calibration of the month before answers nothing")
	}
	down := func(about string) func(l *lots.Lab) {
		return func(l *lots.Lab) {
			l.Downtimes = []lots.Downtime{{Plant: "p", Kind: "sensor", About: about, Interval: shownLot}}
		}
	}
	if s := answer(down("WT-1, load cell wet")); s.Dry != 0 || s.Account.Eligible {
		t.Errorf("the scale was down, and it counted %s", s.Dry)
	}
	if s := answer(down("some sensor")); s.Account.Eligible {
		t.Error("a downtime that names nothing answers nothing")
	}
}

// Uptime is over running time: 4 hours of 40 are a tenth, whatever the calendar says.
func TestUptimeOverRunningTime(t *testing.T) {
	src := shown(func(tag measure.Tag, at time.Time, v float64) (float64, bool) {
		if tag == "p/feed/mass_flow" && at.Hour() >= 10 {
			return 0, true // it stands
		}
		return v, true
	})
	in := shownInput(t, src, "flame: { tag: p/flame, above: 500 Cel }\n", "")
	in.Lab.Downtimes = []lots.Downtime{{Plant: "p", Kind: "flame-out", Interval: measure.Interval{From: shownFrom.Add(time.Hour), To: shownFrom.Add(2 * time.Hour)}}}
	var err error
	if in.Count, err = CountLot(t.Context(), in.Plant, in.Lab, "p-1", src); err != nil {
		t.Fatal(err)
	}
	lot, _ := in.Lab.Lot("p-1")
	near(t, "uptime of 10 running hours", uptime(in.Lab, lot, in.Count.Product, in.Count.Found), .9, .01)
	if s := stated(t, in); s.Account.Eligible || !strings.Contains(unmet(s), "batch.combustion_uptime: 90") {
		t.Error(unmet(s))
	}
	in.Lab.Downtimes, lot.FlameLog = nil, ""
	if up := uptime(in.Lab, lot, in.Count.Product, in.Count.Found); up != nil {
		t.Errorf("nobody kept a log, and the uptime is %v", *up)
	}
}

// Time in no lot and in no stop is shown; more of it than the lot has holds the claim.
func TestTimeOutsideLots(t *testing.T) {
	in := shownInput(t, steady)
	lot, _ := in.Lab.Lot("p-1")
	if out := timeOutsideLots(in.Lab, lot); out != nil {
		t.Errorf("of the first lot %s are outside", out)
	}
	in.Lab.Lots = append(in.Lab.Lots, lots.Lot{ID: "p-0", Plant: "p", Interval: measure.Interval{From: shownFrom.Add(-48 * time.Hour), To: shownFrom.Add(-23 * time.Hour)}})
	if s := stated(t, in); s.Account.Eligible || !strings.Contains(unmet(s), "23h0m0s are in no lot") {
		t.Error(unmet(s))
	}
	stop := func(from, to int) lots.Downtime {
		return lots.Downtime{Plant: "p", Kind: "stop", Interval: measure.Interval{From: shownFrom.Add(time.Duration(from) * time.Hour), To: shownFrom.Add(time.Duration(to) * time.Hour)}}
	}
	in.Lab.Downtimes = []lots.Downtime{stop(-20, -2), stop(-25, -15)}
	if out := timeOutsideLots(in.Lab, lot); out == nil || *out != 2*time.Hour {
		t.Errorf("%v are outside, want 2 h", out)
	}
	if s := stated(t, in); !s.Account.Eligible || !strings.Contains(unmet(s), "2h0m0s are in no lot") {
		t.Error(unmet(s))
	}
}

// A bag entered drier than the char was, and a scale that nobody calibrated,
// bring nothing.
func TestUnitsAgainstScalesAndMoisture(t *testing.T) {
	in := input(t)
	plant := plantOf(t, strings.Replace(plantFile, "p/char/mass_flow: { unit", "p/char/mass_flow: { instrument: WT-1, unit", 1))
	lot, _ := in.Lab.Lot("p-1")
	whole := measure.Interval{From: lot.Interval.From.AddDate(0, -1, 0), To: lot.Interval.To.AddDate(0, 1, 0)}
	product := claim.Product{Stream: "char", Dry: 3760e6, Wet: 4700e6, Water: .2, RelU: .01}
	bags := func(moisture float64, scale string) (lots.Lot, *lots.Lab) {
		l := lot
		placed := measure.DryMass(math.Round(2000 * (1 - moisture) * 1e6))
		l.Placed, l.Packed, l.Known.Char.Units = &placed, placed, nil
		for _, id := range []string{"BB-1", "BB-2"} {
			l.Known.Char.Units = append(l.Known.Char.Units, carbon.PackagingUnit{ID: id, Wet: 1000e6, Moisture: moisture, Scale: scale, Packed: lot.Interval.From})
		}
		lab := *in.Lab
		lab.Calibrations = []lots.Calibration{{Plant: "p", Instrument: "WT-1", Interval: whole}, {Plant: "p", Instrument: "WT-2", Interval: whole}}
		return l, &lab
	}
	for name, c := range map[string]struct {
		moisture float64
		scale    string
		want     float64
		says     string
	}{
		"as the product was":      {.2, "WT-2", 1600, ""},
		"wetter":                  {.3, "WT-2", 1400, ""},
		"typed as 5 %":            {.05, "WT-2", 1600, "entered drier than the product"},
		"a scale without a paper": {.2, "WT-9", 1568, "no calibration of WT-9 on record covers the weighing"},
		"no scale":                {.2, "", 1568, "no scale is named"},
	} {
		l, lab := bags(c.moisture, c.scale)
		got, remarks := PlacedMass(plant, lab, l, product)
		if math.Abs(got.Kilograms()-c.want) > 1e-3 || (c.says == "") != (len(remarks) == 0) || !strings.Contains(strings.Join(remarks, "\n"), c.says) {
			t.Errorf("%s: %s, %q; want %v kg", name, got, remarks, c.want)
		}
	}
	// Two points of 80 % are 2.5 %; with the scale's 0.2 % that is what the dry mass carries.
	l, lab := bags(.2, "WT-2")
	if u := unitsOf(plant, lab, l, product).relU; math.Abs(u-math.Hypot(.025, .002)) > 1e-12 {
		t.Errorf("uncertainty of the bags %v", u)
	}
	// Units of more than was counted count in proportion.
	l.Packed = 7520e6
	if got, remarks := PlacedMass(plant, lab, l, product); math.Abs(got.Kilograms()-800) > 1e-3 || !strings.Contains(strings.Join(remarks, "\n"), "in that proportion") {
		t.Errorf("%s, %q", got, remarks)
	}
}
