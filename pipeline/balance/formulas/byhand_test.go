package formulas

import (
	"math"
	"slices"
	"testing"

	"github.com/nielu/nielu/measure/elementary"
	"github.com/nielu/nielu/pipeline/balance"
	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1e-3, math.Abs(want)) {
		t.Errorf("%s: %.13g, want %.13g", what, got, want)
	}
}

// The energy of the plant closes whatever it is made of, power from outside included.
func TestHeatPowerCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := func(name string) float64 { return rapid.Float64Range(0, 1).Draw(t, name) }
		p := heatPower{FeedLHV: 10 + 10*share("feed"), CharLHV: 30 * share("char"), DriedMoisture: 0.3 * share("dried"), DryingHeat: 3 * share("drying"),
			DryingRecovery: share("recovery"), CharYield: 0.1 + 0.4*share("yield"), HeatEfficiency: share("heat"), PowerToHeat: 0.3 * share("power"), ElectricityIn: share("in")}
		p.Moisture = p.DriedMoisture + 0.4*share("wet")
		if r := p.run(); math.Abs(r.In-r.Out) > 1e-9*(1+r.In) {
			t.Fatalf("%v in, %v out", r.In, r.Out)
		}
	})
}

func TestWoolfTakesCelsius(t *testing.T) {
	free, y, c := woolfYield(500, 0.07, 0.118)
	near(t, "ash-free yield", free, 0.2313086511929)
	near(t, "yield", y, 0.2851170456094)
	near(t, "carbon", c, 0.616672300964)
	// Char never weighs less than the ash that went in.
	if _, y, c := woolfYield(500, 0.39, 0.1); y < 0.39 || !(c > 0 && c < 1-0.39/y) {
		t.Errorf("manure: char %v with carbon %v", y, c)
	}
	if balance.YieldsAddUp(1.449, 0.02) || !balance.YieldsAddUp(0.99, 0.02) {
		t.Error("yields that add up to 1.449 pass")
	}
}

func TestCounters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 64).Draw(t, "bits")
		mask := ^uint64(0) >> (64 - bits)
		prev, went := rapid.Uint64().Draw(t, "prev")&mask, rapid.Uint64().Draw(t, "went")&mask
		delta, event, err := binaryCounter(prev, (prev+went)&mask, bits, math.Inf(1))
		if err != nil || delta != went || event == balance.CounterReset || (event == balance.CounterRollover) != ((prev+went)&mask < prev) {
			t.Fatalf("%d went %d: %d %s %v", prev, went, delta, event, err)
		}
	})
	if _, event, _ := binaryCounter(5000, 12, 32, 33); event != balance.CounterReset {
		t.Errorf("a reset is taken for a %s", event)
	}
	if _, event, _ := decimalCounter(5, 6, 1000, math.NaN()); event != balance.CounterReset {
		t.Errorf("an unknown limit lets everything pass: %s", event)
	}
}

func TestMeansOverTime(t *testing.T) {
	times, q := []float64{0, 120, 180, 240}, []float64{6, 12, 3, 9}
	stepped, err := steppedMean(times, q)
	sloped, err2 := slopedMean(times, q)
	if err != nil || err2 != nil || stepped != 6.75 || sloped != 7.875 {
		t.Errorf("%v %v %v %v", stepped, sloped, err, err2)
	}
	if _, err := steppedMean([]float64{0, 0}, []float64{1, 2}); err == nil {
		t.Error("two values at one time have a mean over time")
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 30).Draw(t, "x")
		even := make([]float64, len(x))
		for i := range even {
			even[i] = float64(10 * i)
		}
		got, err := steppedMean(even, x)
		if want := elementary.Mean(x[:len(x)-1]); err != nil || math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestSpikesAreFoundAndNothingIsChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(10, 10.5), 9, 40).Draw(t, "x")
		at := rapid.IntRange(0, len(x)-1).Draw(t, "at")
		x[at] = 1000
		before := slices.Clone(x)
		points := hampelSeries(x, 4, 3, 1.4826)
		if !points[at].Spike || !slices.Equal(x, before) {
			t.Fatalf("%+v", points[at])
		}
	})
}

func TestFlatlineIsOfValuesAlike(t *testing.T) {
	got := flatPositions([]float64{5.01, 5.02, 5.02, 5.02, 5.02, 5.02, 5.03}, 5, .005)
	if !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Errorf("%v", got)
	}
	ramp := make([]float64, 50)
	for i := range ramp {
		ramp[i] = 0.004 * float64(i)
	}
	if got := flatPositions(ramp, 5, .005); len(got) != 0 {
		t.Errorf("a slow ramp is flat at %v", got)
	}
}

// What is random in each value fades in a total, what all share does not.
func TestSharedUncertaintyStays(t *testing.T) {
	_, _, u := totalUncertainty(12, 80, .02, .01)
	near(t, "u", u, 11.08512516844)
	_, shared, many := totalUncertainty(1e6, 80, .02, .01)
	if rel := many / 80e6; rel < .01 || rel > .010001 {
		t.Errorf("a million values: %v, of which %v shared", many, shared)
	}
}

func TestCustodyRefusesAnOverdraft(t *testing.T) {
	if closing, ok := (credit{2, []float64{10}, .8, []float64{6, 5}}).close(); ok || closing != -1 {
		t.Errorf("%v %v", closing, ok)
	}
	if closing, ok := (credit{.1, []float64{.2}, 1, []float64{.3}}).close(); !ok || closing != 0 {
		t.Errorf("0.1 + 0.2 - 0.3 is overdrawn by %v", closing)
	}
	share, claimable := rollingShare(48, 160, 120)
	near(t, "share", share, .3)
	near(t, "claimable", claimable, 36)
}

func TestCostsAreDividedWithoutRest(t *testing.T) {
	share, product, loss := flowCost{2400, 600, 900, 90}.split(400, 320)
	if share != .8 || product != 3120 || loss != 870 {
		t.Errorf("%v %v %v", share, product, loss)
	}
}

// The heating values of Dulong and Boie, and the basis of an analysis.
func TestHeatingValuesBesideTheOneThatCounts(t *testing.T) {
	coal := balance.Analysis{C: 71.6, H: 5.4, O: 9.3, N: 1.6, S: 1.6, Ash: 10.5}
	near(t, "coal, modified Dulong", modifiedDulong(coal), 30403.95)
	blend := dryAnalysis(balance.Analysis{C: 49.52, H: 5.28, O: 38.35, N: 0.15, S: 0.02, Ash: 0.64}, 0.0604)
	near(t, "wood blend", blend.ChanniwalaParikh(), 20.7851287782)
	near(t, "wood blend as received", balance.LHVAsReceived(balance.LHVDry(blend.ChanniwalaParikh(), blend.H), 0.0604), 18.2300238064)
	near(t, "C dry", dryShare(49.52, .0604), 52.70327799063)
	near(t, "C dry ash-free", dryShare(dryShare(49.52, .0604), .00681140911026), 53.06472353193)
}

func TestHalfOfTwoMeasurements(t *testing.T) {
	near(t, "efficiency", twiceMeasured(0.02, 0.04), 0.97)
}

func TestGasConstantPerKilomoleIsRefused(t *testing.T) {
	if _, err := molarVolumeAt(8314.46, 273.15, 101325); err == nil {
		t.Error("a gas constant per kilomole passes as one per mole")
	}
}
