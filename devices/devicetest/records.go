package devicetest

import (
	"fmt"
	"strings"
	"time"
)

// Submission is a file of records that people would enter, as docs/custody.md
// describes it.
type Submission struct {
	Name string
	Text string
}

// points are where samples are taken: replicates at one point would be one sample.
var points = []string{"screw outlet", "cooler", "hopper"}

// bigBags is how many units a week's char is packed in.
const bigBags = 8

// Records returns what the people of the pyrolysis plant entered by now, in
// order: lots by the week, deliveries, big bags weighed at the packing line,
// three replicate samples a week, the laboratory's report, the way to the
// fields, a sale and the spreading. The running week has no bags yet. Each
// value is drawn from the truth within its stated uncertainty.
func (s *Sim) Records(author string, now time.Time) []Submission {
	monday := mondayOf(now)
	first := monday.AddDate(0, 0, -7*5)
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	head := fmt.Sprintf("author: %q\nplant: %s\nrecords:\n", author, s.plant)
	all := []Submission{{"plant.yaml", head +
		fmt.Sprintf("  - { rule: weeks, every: week, from: %s, lot: %s, process: wood chips at 550 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, regime: B, biomass_proof: simulated forest certificate, flame_log: simulated log of the boiler }\n", day(first), s.plant) +
		calibrations(day(first.AddDate(0, -2, 0)), day(first.AddDate(0, 10, 0)))}}
	for week := range 6 {
		from := first.AddDate(0, 0, 7*week)
		all = append(all, s.week(head, from, from.AddDate(0, 0, 7), now)...)
	}
	return all
}

// reason says why a factor is small.
func reason(what string) string {
	if what != "process-gas" {
		return ""
	}
	return ", reason: methane and nitrous oxide of burnt gas alone"
}

// calibrations are those of what weighs the char and its bags, and of what finds
// the water in it.
func calibrations(at, due string) (text string) {
	for _, c := range [][2]string{{"WT-301", "class III with E2 weights"}, {"MT-301", "against the oven"}, {"WT-402", "class III with E2 weights"}} {
		text += fmt.Sprintf("  - { calibration: cal-%s, instrument: %s, at: %s, due: %s, certificate: simulated certificate, about: %s }\n", c[0], c[0], at, due, c[1])
	}
	return text
}

// week returns the submissions of one lot.
func (s *Sim) week(head string, from, to, now time.Time) []Submission {
	lot := Lot(s.plant, from)
	sum, kwh := s.totals(from, to)
	values, _, _ := s.certificate(sum, kwh)
	over := !to.After(now)
	at := func(hours int) string { return from.Add(time.Duration(hours) * time.Hour).UTC().Format(time.RFC3339) }
	var feed, packed, report strings.Builder
	fmt.Fprintf(&feed, "  - { delivery: chips-%s, at: %s, wet_mass: %.2f t, moisture: 18 %%, feedstock: wood, category: E, impurity: 0 %%, fossil_carbon: 0 %%, origin: sawmill residues, distance: 35 km, document: simulated weighbridge ticket }\n", lot, at(6), sum["feed"].Mass/1000)
	fmt.Fprintf(&feed, "  - { transport: in-%s, at: %s, lot: %s, group: E_biomass, deliveries: [chips-%s], distance: 35 km, factor: 58.5 g/(t.km), empty_return: 1.5, source: %q }\n", lot, at(6), lot, lot, lorrySource)
	for _, a := range []struct{ id, group, about, amount, factor, source, of string }{
		{"electricity", "E_production", "electricity of the pilot", fmt.Sprintf("%.0f kW.h", kwh["electricity"]), "60 g/(kW.h)", electricitySource, "electricity"},
		{"loader", "E_production", "wheel loader, diesel", fmt.Sprintf("%.2f GJ", sum["feed"].Mass/1000*0.035), "74.1 kg/GJ", dieselSource, ""},
		{"kiln", "E_emb", "kiln and buildings", "60 kg", "", assumedSource, ""},
		{"slip", "E_production", "pyrolysis gas in the neighbour's boiler", slipped(sum), slipFactor, slipSource, "process-gas"},
	} {
		factor := ""
		if a.factor != "" {
			factor = fmt.Sprintf(", factor: %q", a.factor)
		}
		fmt.Fprintf(&feed, "  - { activity: %s-%s, lot: %s, group: %s, about: %q, amount: %q%s, source: %q%s }\n", a.id, lot, lot, a.group, a.about, a.amount, factor, a.source, of(a.of)+reason(a.of))
	}
	var bags []string
	char := sum["char"]
	for i := range bigBags {
		bags = append(bags, fmt.Sprintf("%s-%d", lot, i+1))
		// A little of the char stays in the silo.
		fmt.Fprintf(&packed, "  - { unit: %s, lot: %s, at: %s, wet_mass: %.1f kg, moisture: %.1f %%, scale: WT-402, mass_uncertainty: 0.5 kg, moisture_uncertainty: 0.3 %% }\n", bags[i], lot, at(20+20*i), 0.995*char.Mass/bigBags, 100*char.Water/char.Mass)
	}
	streams := map[string]map[int][]string{}
	var order []string
	for _, v := range values {
		stream, name, _ := strings.Cut(v.name, "_")
		if streams[stream] == nil {
			streams[stream] = map[int][]string{}
			order = append(order, stream)
		}
		replicates := 1
		if stream == "char" {
			replicates = 3
		}
		for r := range replicates {
			// At most 0.9 of the stated uncertainty. Carbon and total carbon are one analysis.
			key := fmt.Sprintf("%s%s%d", lot, strings.TrimSuffix(v.name, "_total"), r)
			err := s.Noise * 0.9 / 3.5 * gauss(mix(s.seed^hashName(key))) * v.uncertainty
			streams[stream][r] = append(streams[stream][r], fmt.Sprintf("%s: { value: %q, uncertainty: %q, method: %q }",
				name, fmt.Sprintf("%.*f %s", decimals(v.uncertainty), v.value+err, v.unit), fmt.Sprintf("%g %s", v.uncertainty, v.unit), v.method))
		}
	}
	var samples strings.Builder
	fmt.Fprintf(&report, "  - report: report-%s\n    laboratory: { name: Demo laboratory, accreditation: none }\n    at: %s\n    results:\n", lot, at(12))
	for _, stream := range order {
		for r := range len(streams[stream]) {
			id := fmt.Sprintf("%s-%s-%d", lot, stream, r+1)
			fmt.Fprintf(&samples, "  - { sample: %s, lot: %s, of: %s, at: %s, by: day shift, point: %s }\n", id, lot, stream, at(8+r), points[r])
			fmt.Fprintf(&report, "      %s:\n        %s\n", id, strings.Join(streams[stream][r], "\n        "))
		}
	}
	files := []Submission{{lot + "-feed.yaml", head + feed.String()}}
	if over {
		files = append(files, Submission{lot + "-packed.yaml", head + packed.String()})
	}
	files = append(files, Submission{lot + "-samples.yaml", head + samples.String()}, Submission{lot + "-laboratory.yaml", head + report.String()})
	if over {
		placed := to.Add(-2 * time.Hour).UTC().Format(time.RFC3339) // so that a week that is just over is placed too
		list := strings.Join(bags, ", ")
		files = append(files, Submission{lot + "-placed.yaml", head +
			fmt.Sprintf("  - { transport: out-%s, at: %s, group: E_use, units: [%s], distance: 20 km, factor: 58.5 g/(t.km), empty_return: 1.5, source: %q }\n", lot, placed, list, lorrySource) +
			fmt.Sprintf("  - { sale: sale-%s, at: %s, units: [%s], to: simulated farm, document: simulated invoice }\n", lot, placed, list) +
			fmt.Sprintf("  - { use: use-%s, at: %s, units: [%s], end_use: agricultural-soil, matrix: S-01, place: { name: simulated field, latitude: 60.98 deg, longitude: 25.66 deg }, soil_temperature: 7 Cel, horizon: 200 a, proof: simulated spreading record }\n", lot, placed, list)})
	}
	return files
}
