package custody

import (
	"math"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/carbon"
)

// Of several uses the careful one counts, and what one of them does not say is
// not known of the lot.
func TestOneMissingValueMakesTheLotsMissing(t *testing.T) {
	two := func(first, second string) string {
		return strings.Replace(month, "units: [BB-1, BB-2], end_use: agricultural-soil, place: { name: field 3, latitude: 60.98 deg, longitude: 25.66 deg }, soil_temperature: 7 Cel, horizon: 200 a, proof: spreading record 5 }",
			"units: [BB-1], end_use: agricultural-soil, proof: spreading record 5"+first+" }\n  - { use: U-2, at: 2026-11-20T00:00:00Z, units: [BB-2], end_use: agricultural-soil, proof: spreading record 6"+second+" }", 1)
	}
	const all = ", soil_temperature: 7 Cel, soil_temperature_from: measured, horizon: 200 a, biochar_share: 10 %, application_rate: 1 kg/m2"
	const warmer = ", soil_temperature: 20 Cel, soil_temperature_from: dataset, horizon: 100 a, biochar_share: 40 %, application_rate: 3 kg/m2"
	l := lotOf(t, keep(t, two(all, warmer)), "k-1")
	if s := l.Known.Sink; *l.Use.SoilTemperature != 20 || *l.Use.Horizon != 100 || s.SoilTemperatureFrom != "dataset" || *s.BiocharShare != .4 || *s.ApplicationRate != 3 {
		t.Errorf("%+v %+v", l.Use, s)
	}
	for _, uses := range [][2]string{{all, ""}, {"", all}, {"", warmer}} {
		l := lotOf(t, keep(t, two(uses[0], uses[1])), "k-1")
		if s := l.Known.Sink; l.Use.SoilTemperature != nil || l.Use.Horizon != nil || s.SoilTemperatureFrom != "" || s.BiocharShare != nil || s.ApplicationRate != nil {
			t.Errorf("%q: %+v %+v", uses, l.Use, s)
		}
	}
}

// One sample has the scatter of its process, not none.
func TestOneSampleHasTheScatterOfItsProcess(t *testing.T) {
	older := `  - { lot: k-0, from: 2026-10-20T00:00:00Z, to: 2026-10-27T00:00:00Z, process: wood at 550 Cel }
  - { sample: S-8, lot: k-0, of: char, at: 2026-10-21T10:00:00Z }
  - { sample: S-9, lot: k-0, of: char, at: 2026-10-23T10:00:00Z }
  - { report: L-0, laboratory: { name: Lab A, accreditation: T000 }, at: 2026-11-01T00:00:00Z, results: { S-8: { carbon_total: { value: 86 %, uncertainty: 0.6 % } }, S-9: { carbon_total: { value: 90 %, uncertainty: 0.6 % } } } }
`
	one := add(older + `  - { lot: k-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z, process: wood at 550 Cel }
  - { sample: S-1, lot: k-1, of: char, at: 2026-11-03T10:05:00Z }
  - { report: L-1, laboratory: { name: Lab A, accreditation: T000 }, at: 2026-11-12T00:00:00Z, results: { S-1: { carbon_total: { value: 88 %, uncertainty: 0.7 % } } } }
`)
	// 86, 88 and 90 scatter by 2: hypot(0.7, 2).
	near(t, "one sample", lotOf(t, keep(t, one), "k-1").Values["char_carbon_total"].Uncertainty.Value, math.Hypot(.7, 2), 1e-9)
	// Of another process nothing is taken.
	other := strings.Replace(one, "to: 2026-11-09T00:00:00Z, process: wood at 550 Cel", "to: 2026-11-09T00:00:00Z, process: straw", 1)
	near(t, "the first sample of its process", lotOf(t, keep(t, other), "k-1").Values["char_carbon_total"].Uncertainty.Value, .7, 1e-9)
}

// What methods ask of the feed comes from the deliveries whose way is counted
// to the lot, each of which must say it.
func TestWhatDeliveriesSayOfALot(t *testing.T) {
	said := strings.Replace(month, "category: E, distance", "category: E, impurity: 1 %, fossil_carbon: 0.5 %, distance", 1)
	l := lotOf(t, keep(t, said), "k-1")
	k := l.Known
	if k.Feed.Delivered == nil || k.Feed.Delivered.Kilograms() != 12000 || strings.Join(k.Feed.Categories, "") != "E" || *k.Feed.Stored != 7+16./24 {
		t.Errorf("%+v", k)
	}
	near(t, "fossil carbon", k.Feed.FossilCarbon.Kilograms(), 12000*.82*.005, 1e-6)
	near(t, "impurity", l.FeedImpurity.Kilograms(), 120, 1e-6)
	if e := l.Emissions[0]; e.Of != carbon.OfFeed && l.Emissions[1].Of != carbon.OfFeed {
		t.Errorf("%+v", l.Emissions)
	}
	another := "  - { delivery: D-2, at: 2026-11-01T09:00:00Z, wet_mass: 1 t, feedstock: wood }\n"
	l = lotOf(t, keep(t, strings.Replace(strings.Replace(said, "  - { transport: T-0", another+"  - { transport: T-0", 1), "deliveries: [D-1]", "deliveries: [D-1, D-2]", 1)), "k-1")
	if k := l.Known; k.Feed.FossilCarbon != nil || l.FeedImpurity != nil || strings.Join(k.Feed.Categories, "+") != "+E" || k.Feed.Delivered.Kilograms() != 13000 {
		t.Errorf("a delivery that says nothing: %+v", k)
	}
}
