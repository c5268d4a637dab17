package emissions

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

// TestLosingReadingsOfAMeterNeverLowersAnEmission loses hours of a meter: each
// takes with it what was read in it and its part of the coverage.
func TestLosingReadingsOfAMeterNeverLowersAnEmission(t *testing.T) {
	f := &Factor{Kind: Electricity, Per: kilowattHour, Rates: map[Gas]float64{Unsplit: 0.06}, Return: 1}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "hours")
		w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(int64(3600*n), 0)}, &GWP{}}
		most := float64(rapid.IntRange(1, 1000).Draw(t, "most"))
		hours := rapid.SliceOfN(rapid.Float64Range(0, most*0.999), n, n).Draw(t, "kWh")
		before := measure.CO2e(-1)
		for lost := range n + 1 {
			sum := 0.0
			for _, h := range hours[lost:] {
				sum += h
			}
			c := float64(n-lost) / float64(n)
			p := Power{Location: f, Metered: Metered{Amount: measure.Quantity{Value: sum, Unit: kilowattHour}, Coverage: &c, Most: &measure.Quantity{Value: most, Unit: measure.MustUnit("kW")}}}
			lines, err := p.lines(w)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				if l.CO2e < before {
					t.Fatalf("%d hours lost: %d mg became %d", lost, before, l.CO2e)
				}
			}
			before = lines[0].CO2e
		}
	})
}

// TestLowerCoverageNeverLowersAnEmission lowers the coverage of what a meter
// and a stack showed; what cannot be is refused, which is no lower either.
func TestLowerCoverageNeverLowersAnEmission(t *testing.T) {
	w := world{measure.Interval{From: time.Unix(0, 0), To: time.Unix(7*86400, 0)}, &GWP{CH4Biogenic: Potential{Value: 28, Label: "primary"}}}
	f := &Factor{Kind: Reagent, Per: kilogram, Rates: map[Gas]float64{Unsplit: 0.2}, Return: 1}
	refused, raised := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Float64Range(0.1, 1e4).Draw(t, "most")
		amount := rapid.Float64Range(0, 168).Draw(t, "hours") * most
		high := rapid.Float64Range(0, 1).Draw(t, "coverage")
		low := rapid.Float64Range(0, high).Draw(t, "less")
		share := rapid.Float64Range(0, 1e-3).Draw(t, "share")
		entries := func(c float64) []Entry {
			return []Entry{
				Consumption{Factor: f, Metered: Metered{Amount: measure.Quantity{Value: amount, Unit: kilogram}, Coverage: &c, Most: &measure.Quantity{Value: most, Unit: measure.MustUnit("kg/h")}}},
				Stack{Most: most, Gases: []StackGas{{CH4Biogenic, 1e-3}}, Mean: &Mean{Volume: amount, Shares: []float64{share}, Coverage: c}},
			}
		}
		less := entries(low)
		for i, e := range entries(high) {
			before, err := e.lines(w)
			if err != nil {
				continue
			}
			after, err := less[i].lines(w)
			switch {
			case err != nil:
				refused++
			case after[0].CO2e < before[0].CO2e:
				t.Fatalf("%T: coverage %v became %v, and %d mg %d", e, high, low, before[0].CO2e, after[0].CO2e)
			case after[0].CO2e > before[0].CO2e:
				raised++
			}
		}
	})
	if (refused == 0 || raised == 0) && !testing.Short() {
		t.Errorf("refused %d, raised %d: the law was not put to the test", refused, raised)
	}
}
