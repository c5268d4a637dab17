package custody

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/pipeline/lots"
)

// What cannot be is refused where it is written, in the words of whoever wrote it.
func TestImpossibleValuesAreRefused(t *testing.T) {
	value := func(v string) string {
		return "  - { report: L, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { S: { " + v + " } } }\n"
	}
	for text, why := range map[string]string{
		value("carbon_total: { value: 184.2 % }"):                                                                                      "month.yaml:4:129: report L: S: carbon_total: value: 184.2 % cannot be: carbon_total is 0 to 100 %",
		value("carbon_total: { value: -4 % }"):                                                                                         "-4 % cannot be",
		value("carbontotal: { value: 84 % }"):                                                                                          `carbontotal: no laboratory value is called so; did you mean "carbon_total"?`,
		value("carbon_total: { value: 84 kg }"):                                                                                        "84 kg is no value of carbon_total, which is given in %",
		value("ash: { value: 130 % }"):                                                                                                 "130 % cannot be: ash is 0 to 100 %",
		value("hhv: { value: 31.5 MJ/kg }"):                                                                                            "is no value of hhv",
		value("carbon_total: { value: 84 %, uncertainty: 0 % }"):                                                                       "no analysis is without uncertainty",
		value("carbon_total: { value: 84 % }, carbon: { value: 80 % }"):                                                                "they are two names of one value",
		value("carbon_total: { value: 84 % }, carbon_inorganic: { value: 91 % }"):                                                      "carbon_inorganic is above the total carbon",
		value("carbon_total: { value: 84 % }, ash: { value: 30 % }"):                                                                   "add up to 114.0 % of dry mass",
		"  - { unit: U, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 512 t, moisture: 1 % }":                                          "512 t is more than the 50000 kg that it can be",
		"  - { unit: U, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 5 kg, moisture: 99 % }":                                          "leaves nothing that is dry",
		"  - { unit: U, lot: k-1, at: 1926-11-03T10:00:00Z, wet_mass: 5 kg, moisture: 9 % }":                                           "lies before 2000",
		"  - { lot: k, from: 2026-11-03T10:00:00Z, production_temperature: 5500 Cel }":                                                 "5500 Cel cannot be: it is 150 to 1500 Cel",
		"  - { use: U, at: 2026-11-03T10:00:00Z, units: [A], end_use: soil, soil_temperature: 700 Cel }":                               "700 Cel cannot be",
		"  - { transport: T, at: 2026-11-03T10:00:00Z, lot: k-1, group: E_biomass, mass: 4 t, distance: 0 km, factor: 58.5 g/(t.km) }": "0 km: say with reason: why there was next to no way",
		"  - { transport: T, at: 2026-11-03T10:00:00Z, lot: k-1, group: E_biomass, mass: 4 t, distance: 9 km, factor: 0 g/(t.km) }":    "0 g/(t.km): say with reason: why the way emits next to nothing",
		"  - { transport: T, at: 2026-11-03T10:00:00Z, lot: k-1, group: E_biomass, mass: 4 t, distance: 50 m, factor: 58 g/(t.km) }":   "50 m: say with reason",
		"  - { activity: A, lot: k-1, group: E_production, amount: 6000 kW.h, factor: 0 g/(kW.h) }":                                    "factor: 0 g/(kW.h): say with reason",
		"  - { activity: A, lot: k-1, group: E_production, amount: 6000 kW.h, factor: 0.001 g/(kW.h) }":                                "0.001 g/(kW.h): say with reason",
		"  - { activity: A, lot: k-1, group: E_production, amount: 0 kg }":                                                             "amount: 0 kg: say with reason",
	} {
		_, err := Read("month.yaml", []byte(add(text)))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, why)
		}
	}
	if _, err := Read("big.yaml", slices.Repeat([]byte("# a comment\n"), 5000)); err == nil || !strings.Contains(err.Error(), "big.yaml:1:1: holds 60000 bytes; at most 49152 fit") {
		t.Error(err)
	}
}

// A laboratory file is held to the same ranges, units and names.
func TestImpossibleValuesOfLaboratoryFiles(t *testing.T) {
	for value, why := range map[string]string{
		"char_carbon_total: { value: 184.2 % }":                                  "lab.yaml:7:35: char_carbon_total: value: 184.2 % cannot be: carbon_total is 0 to 100 %",
		"char_carbontotal: { value: 84 % }":                                      `did you mean "char_carbon_total"?`,
		"char_ash: { value: -1 % }":                                              "-1 % cannot be",
		"char_hydrogen: { value: 2 kg }":                                         "is no value of hydrogen",
		"of_our_own: { value: 130 % }":                                           "130 % is not between 0 % and 100 %",
		"char_carbon: { value: 84 % }\n      char_carbon_total: { value: 87 % }": "they are two names of one value",
	} {
		text := "laboratory: { name: A, accreditation: none }\nlots:\n  - lot: k-1\n    plant: k\n    from: 2026-11-02T00:00:00Z\n    to: 2026-11-09T00:00:00Z\n    values:\n      " + value + "\n"
		if _, err := lots.Parse("lab.yaml", []byte(text)); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), ":8:", ":7:"), why) {
			t.Errorf("%s\ngot  %v\nwant %s", value, err, why)
		}
	}
}

// What follows something came after it, and what is entered has happened.
func TestOrderOfThings(t *testing.T) {
	b := keep(t, month)
	entered := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for record, why := range map[string]string{
		`{ unit: BB-9, lot: k-1, at: 2031-01-01T00:00:00Z, wet_mass: 1 kg, moisture: 1 % }`:                                                                "2031-01-01T00:00:00Z lies in the future: by the centre's clock it is 2026-11-28T12:00:00Z",
		`{ use: U-9, at: 2099-01-01T00:00:00Z, units: [BB-2], end_use: soil, corrects: x }`:                                                                "corrects a record that is not in the book",
		`{ use: U-1, at: 2099-01-01T00:00:00Z, units: [BB-1, BB-2], end_use: soil, corrects: later }`:                                                      "lies in the future",
		`{ use: U-1, at: 2026-11-01T00:00:00Z, units: [BB-1, BB-2], end_use: soil, corrects: earlier }`:                                                    "unit BB-1 was packed later, at 2026-11-03T10:00:00Z",
		`{ transport: T-1, at: 2026-11-01T00:00:00Z, group: E_use, units: [BB-1], distance: 35 km, factor: 58.5 g/(t.km), corrects: earlier }`:             "unit BB-1 was packed later",
		`{ unit: BB-1, lot: k-1, at: 2026-11-25T10:00:00Z, wet_mass: 500 kg, moisture: 20 %, corrects: later }`:                                            "unit BB-1 was packed later, at 2026-11-25T10:00:00Z",
		`{ sample: S-1, lot: k-1, of: char, at: 2020-11-03T10:05:00Z, corrects: earlier }`:                                                                 "begins more than a year later",
		`{ sample: S-1, lot: k-1, of: char, at: 2026-11-13T10:05:00Z, corrects: later }`:                                                                   "report L-1: sample S-1 was taken later",
		`{ report: L-1, laboratory: { name: A, accreditation: none }, at: 2026-11-03T12:00:00Z, results: { S-2: { ash: { value: 3 % } } }, corrects: x }`:  "sample S-2 was taken later",
		`{ report: L-9, laboratory: { name: A, accreditation: none }, at: 2030-11-03T12:00:00Z, results: { S-2: { ash: { value: 3 % } } } }`:               "lies in the future",
		`{ delivery: D-1, at: 2026-11-09T00:00:00Z, wet_mass: 12 t, feedstock: wood, corrects: later }`:                                                    "delivery D-1 came in at 2026-11-09T00:00:00Z, when lot k-1 was over",
		`{ downtime: Z-9, from: 2026-11-05T03:00:00Z, to: 2027-11-05T04:30:00Z, kind: stop }`:                                                              "lies in the future",
		`{ transport: T-9, at: 2026-11-19T00:00:00Z, lot: k-1, group: E_biomass, deliveries: [D-1], share: 10 %, distance: 40 km, factor: 58.5 g/(t.km) }`: "110 % of delivery D-1 would be counted to lots",
		`{ lot: k-1, from: 2026-11-02T00:00:00Z, category: A, corrects: category }`:                                                                        "transport T-0: delivery D-1 is of category E, lot k-1 of category A",
	} {
		then, problems := b.Try(Entry{At: entered, Submission: read(t, add("  - "+record+"\n"))})
		if len(problems) != 1 || !strings.Contains(problems[0].Why, why) {
			t.Errorf("%s\ngot  %v\nwant %s", record, problems, why)
		}
		if got := then.Masses("k", "k-1"); got.Placed != 790_500_000 {
			t.Errorf("%s: what was refused changed the book: %+v", record, got)
		}
	}
}

// Twenty results of one sample are no twenty samples: neither the scatter of
// the mean nor the number of samples is better for them.
func TestReplicatesAreOneSample(t *testing.T) {
	text := func(point func(i int) string) string {
		var samples, results strings.Builder
		for i := range 20 {
			fmt.Fprintf(&samples, "  - { sample: R-%d, lot: k-1, of: char, at: 2026-11-03T10:05:00Z%s }\n", i, point(i))
			fmt.Fprintf(&results, "R-%d: { carbon_total: { value: 8%d %%, uncertainty: 0.7 %% } }, ", i, 6+2*(i%2))
		}
		return add("  - { lot: k-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z, process: p }\n" + samples.String() +
			"  - { report: L, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { " + results.String() + " } }\n")
	}
	one := lotOf(t, keep(t, text(func(int) string { return "" })), "k-1").Values["char_carbon_total"]
	near(t, "mean", one.Value.Value, 87, 1e-9)
	near(t, "uncertainty of one sample", one.Uncertainty.Value, 0.7, 1e-9)
	two := lotOf(t, keep(t, text(func(i int) string { return fmt.Sprintf(", point: p%d", i%2) })), "k-1").Values["char_carbon_total"]
	near(t, "uncertainty of two", two.Uncertainty.Value, 1.2207, 1e-4) // hypot(0.7, 1.4142 / 1.4142)
}

// Total carbon has two names and one value.
func TestTwoNamesOfCarbon(t *testing.T) {
	of := func(values string) lots.Lot {
		return lotOf(t, keep(t, add("  - { lot: k-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\n  - { sample: S, lot: k-1, of: char, at: 2026-11-03T00:00:00Z }\n"+
			"  - { report: L, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { S: { "+values+" } } }\n")), "k-1")
	}
	for _, values := range []string{"carbon: { value: 84 % }", "carbon_total: { value: 84 % }", "carbon: { value: 84 % }, carbon_total: { value: 84 % }"} {
		lot := of(values)
		for _, name := range []string{"char_carbon", "char_carbon_total"} {
			if v, ok := lot.Value(name); !ok || v.Value.Value != 84 || len(lot.Values) != 1 {
				t.Errorf("%s: %s is %v", values, name, v)
			}
		}
	}
	// A claim of 90.9 % beside a balance of 83.7 %: both rest on the mean of the two.
	const two = `  - { lot: k-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }
  - { sample: S-1, lot: k-1, of: char, at: 2026-11-03T00:00:00Z }
  - { sample: S-2, lot: k-1, of: char, at: 2026-11-04T00:00:00Z }
  - { report: L-1, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { S-1: { carbon: { value: 83.7 % } } } }
  - { report: L-2, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { S-2: { carbon_total: { value: 90.9 % } } } }
`
	for _, same := range []string{"S-2", "S-1"} {
		lot := lotOf(t, keep(t, add(strings.Replace(two, "{ S-2: {", "{ "+same+": {", 1))), "k-1")
		for _, name := range []string{"char_carbon", "char_carbon_total"} {
			v, _ := lot.Value(name)
			near(t, name+" of the lot", v.Value.Value, 87.3, 1e-9)
		}
	}
}

// However lots come in, by name, by rule, by laboratory file, corrected and
// withdrawn and entered again: no two of a plant that stand share any time.
func TestLotsNeverOverlap(t *testing.T) {
	day := func(d int) string { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC).Format(time.RFC3339) }
	rapid.Check(t, func(t *rapid.T) {
		var entries []Entry
		for i := range rapid.IntRange(1, 12).Draw(t, "entries") {
			from := rapid.IntRange(1, 20).Draw(t, "from")
			to := from + rapid.IntRange(1, 8).Draw(t, "days")
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
			corrects := rapid.SampledFrom([]string{"", ", corrects: again"}).Draw(t, "corrects")
			e := Entry{Leaf: uint64(i + 1)}
			var err error
			switch rapid.IntRange(0, 4).Draw(t, "way") {
			case 0, 1:
				e.Submission, err = Read("r.yaml", []byte(add(fmt.Sprintf("  - { lot: %s, from: %s, to: %s%s }\n", id, day(from), day(to), corrects))))
			case 2:
				every := rapid.SampledFrom([]string{"day", "week", "month"}).Draw(t, "every")
				e.Submission, err = Read("r.yaml", []byte(add(fmt.Sprintf("  - { rule: %s, every: %s, from: %s, until: %s, lot: r%s }\n", id, every, day(from), day(to), id))))
			case 3:
				e.Lab, err = lots.Parse("l.yaml", []byte(fmt.Sprintf("laboratory: { name: A, accreditation: none }\nlots:\n  - { lot: %s, plant: k, from: %s, to: %s }\n", id, day(from), day(to))))
			default:
				kind := rapid.SampledFrom([]string{"lot", "rule"}).Draw(t, "kind")
				e.Submission, err = Read("r.yaml", []byte(add(fmt.Sprintf("  - { withdraw: %s, kind: %s, reason: x }\n", id, kind))))
			}
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, e)
		}
		lots := Replay(entries).Lab().Lots
		for i, a := range lots {
			for _, b := range lots[:i] {
				if a.Interval.Overlaps(b.Interval) || a.ID == b.ID {
					t.Fatalf("lots %s %s and %s %s", a.ID, a.Interval, b.ID, b.Interval)
				}
			}
		}
	})
}
