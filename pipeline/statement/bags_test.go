package statement

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/custody"
)

// Of 3,760 kg of dry char that were counted, two bags of a tonne at 20 %
// moisture were placed in a soil of 7 Cel: 4.741 t by puro-2025.
const twoBags = `author: shift lead
plant: p
records:
  - { calibration: K-1, instrument: WT-1, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 77 }
  - { calibration: K-2, instrument: MT-1, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 78 }
  - { calibration: K-3, instrument: WT-2, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 79 }
  - { lot: p-a, from: 2026-09-14T00:00:00Z, to: 2026-09-21T00:00:00Z, process: wood at 620 Cel }
  - { lot: p-b, from: 2026-09-21T00:00:00Z, to: 2026-09-28T00:00:00Z, process: wood at 620 Cel }
  - { lot: p-c, from: 2026-09-28T00:00:00Z, to: 2026-10-05T00:00:00Z, process: wood at 620 Cel }
  - { sample: S-a, lot: p-a, of: char, at: 2026-09-15T08:00:00Z }
  - { sample: S-b, lot: p-b, of: char, at: 2026-09-22T08:00:00Z }
  - { sample: S-c, lot: p-c, of: char, at: 2026-09-29T08:00:00Z }
  - { report: L-0, laboratory: { name: A laboratory, accreditation: T001 }, at: 2026-10-02T00:00:00Z, results: { S-a: { RESULTS }, S-b: { RESULTS }, S-c: { RESULTS } } }
  - { lot: p-1, from: 2026-10-05T00:00:00Z, to: 2026-10-12T00:00:00Z, process: wood at 620 Cel, feedstock: wood, category: E, biomass_proof: delivery notes, carbonisation: pyrolysis,
      technology: high, technology_proof: flue gas test 3, facility: new, production_temperature: 650 Cel, regime: B, heat_used: 78 %, flame_log: burner log 11 }
  - { sample: S-1, lot: p-1, of: char, at: 2026-10-06T08:00:00Z, point: cooler }
  - { sample: S-2, lot: p-1, of: char, at: 2026-10-07T08:00:00Z, point: cooler }
  - { sample: S-3, lot: p-1, of: char, at: 2026-10-08T08:00:00Z, point: cooler }
  - { sample: S-4, lot: p-1, of: char, at: 2026-10-09T08:00:00Z, point: cooler }
  - { report: L-1, laboratory: { name: A laboratory, accreditation: T001 }, at: 2026-10-20T00:00:00Z, results: {
      S-1: { RESULTS }, S-2: { RESULTS }, S-3: { RESULTS }, S-4: { RESULTS } } }
  - { delivery: D-1, at: 2026-10-04T08:00:00Z, wet_mass: 16 t, moisture: 18 %, feedstock: wood, category: E, impurity: 0 %, fossil_carbon: 0 %, distance: 40 km }
  - { transport: T-0, at: 2026-10-04T08:00:00Z, lot: p-1, group: E_biomass, deliveries: [D-1], distance: 5 km, factor: 58.5 g/(t.km), source: a table }
  - { unit: BB-1, lot: p-1, at: 2026-10-13T10:00:00Z, wet_mass: 1 t, mass_uncertainty: 1 kg, moisture: 20 %, moisture_uncertainty: 0.3 %, scale: WT-2 }
  - { unit: BB-2, lot: p-1, at: 2026-10-13T11:00:00Z, wet_mass: 1 t, mass_uncertainty: 1 kg, moisture: 20 %, moisture_uncertainty: 0.3 %, scale: WT-2 }
  - { activity: A-1, lot: p-1, group: E_production, of: electricity, amount: 10 kW.h, factor: 60 g/(kW.h), source: a table }
  - { activity: A-2, lot: p-1, group: E_production, of: process-gas, amount: 1 t, factor: 0.1 kg/t, source: emission test 3 }
  - { activity: A-3, lot: p-1, group: E_emb, amount: 6 kg }
  - { activity: A-4, lot: p-1, group: PE_ED, amount: 5 kg }
  - { activity: A-5, lot: p-1, group: PE_EC, of: electricity, amount: 10 kW.h, factor: 60 g/(kW.h), source: a table }
  - { activity: A-6, lot: p-1, group: PE_EP, of: process-gas, amount: 1 kg }
  - { activity: A-7, lot: p-1, group: PE_AS, amount: 1 kg }
  - { activity: A-8, lot: p-1, group: LE, amount: 3 kg }
  - { transport: T-1, at: 2026-10-20T08:00:00Z, group: E_use, units: [BB-1, BB-2], distance: 16 km, factor: 58.5 g/(t.km), source: a table }
  - { use: U-1, at: 2026-10-21T12:00:00Z, units: [BB-1], end_use: agricultural-soil, soil_temperature: 7 Cel, horizon: 200 a, proof: spreading record 12 }
  - { use: U-2, at: 2026-10-21T13:00:00Z, units: [BB-2], end_use: agricultural-soil, soil_temperature: 7 Cel, horizon: 200 a, proof: spreading record 13 }
`

const bagResults = "carbon_total: { value: 87.4 %, uncertainty: 0.7 % }, carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }, hydrogen: { value: 2.1 %, uncertainty: 0.06 % }, oxygen: { value: 7 %, uncertainty: 0.3 % }"

// bagged states the lot of two bags by a method, with other records and other
// things found.
func bagged(t *testing.T, method string, found func(c *LotCount), change ...string) Statement {
	t.Helper()
	text := twoBags
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			t.Fatalf("the records have no %q", change[i])
		}
		text = strings.ReplaceAll(text, change[i], change[i+1])
	}
	records, err := custody.Read("bags.yaml", []byte(strings.ReplaceAll(text, "RESULTS", bagResults)))
	if err != nil {
		t.Fatal(err)
	}
	book := custody.Replay([]custody.Entry{{Leaf: 1, Submission: records}})
	if len(book.Refusals) > 0 {
		t.Fatal(book.Refusals)
	}
	plant := plantOf(t, strings.NewReplacer("uncertainty: 1 %", "instrument: WT-1, uncertainty: 1 %", `uncertainty: "0.3 %"`, `instrument: MT-1, uncertainty: "0.3 %"`).Replace(plantFile))
	lab := book.Lab()
	lot, _ := lab.Lot("p-1")
	counted := LotCount{Product: claim.Product{Stream: "char", Wet: 4700e6, Dry: 3760e6, Covered: lot.Interval.Length(), Of: lot.Interval.Length(), Quality: measure.GoodQuality, RelU: .01, Water: .2}}
	lit := 1.0 // of the running time no flame-out is on record
	counted.Found.Records = &lit
	if found != nil {
		found(&counted)
	}
	s, err := NewStatement(Input{Plant: plant, Lab: lab, Lot: "p-1", Made: []string{"p-a", "p-b", "p-c"}, Method: methodFile(t, method), Count: counted,
		Evidence: Evidence{Digest: strings.Repeat("ab", 32)}, Entered: Evidence{Digest: strings.Repeat("cd", 32)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each way in which a lot of two bags could pass as more than it is, with what
// it comes to: the net in tonnes (0: not eligible), and words that say why.
func TestTwoBags(t *testing.T) {
	soil, electricity, kiln := 20.0, 6720.0, 550.0
	feed := measure.WetMass(16_000e6)
	fed := func(c *LotCount) { c.Found.Feed, c.Found.FeedU, c.Found.HasFeed = &feed, .01, true }
	powered := func(c *LotCount) { c.Found.Electricity, c.Found.ElectricityU = &electricity, .01 }
	const slip, powerOf = "of: process-gas, amount: 1 t, factor: 0.1 kg/t, source: emission test 3", "of: electricity, amount: 10 kW.h, factor: 60 g/(kW.h), source: a table"
	const second = "soil_temperature: 7 Cel, horizon: 200 a, proof: spreading record 13"
	const later, other = "BB-2, lot: p-1, at: 2026-10-13T11:00:00Z, wet_mass: 1", "instrument: WT-9, at: 2026-03-15"
	for _, c := range []struct {
		name, method      string
		net, conservative float64
		says              string
		found             func(c *LotCount)
		change            []string
	}{
		{"as it is", "puro-2025", 4.740995466, 4.634834894, "", nil, nil},
		{"no record of the flame", "puro-2025", 0, 0, "batch.combustion_uptime: not given", nil, []string{", flame_log: burner log 11", ""}},
		{"no process gas", "puro-2025", 0, 0, "what methane and nitrous oxide the carbonisation let out", nil, []string{slip, "amount: 1 kg"}},
		{"30 g of methane a kilogram", "puro-2025", 3.397095466, 1.156839804, "", nil, []string{"amount: 1 t, factor: 0.1 kg/t", "amount: 1600 kg, factor: 840 g/kg"}},
		{"1 g of methane a kilogram", "puro-2025", 4.696295466, 4.552506108, "", nil, []string{"amount: 1 t, factor: 0.1 kg/t", "amount: 1600 kg, factor: 28 g/kg"}},
		{"5 % moisture typed", "puro-2025", 4.740995466, 4.634834894, "entered drier than the product was", nil, []string{"moisture: 20 %, moisture_u", "moisture: 5 %, moisture_u"}},
		{"a scale without calibration", "puro-2025", 0, 0, "no calibration of WT-2 on record", nil, []string{"instrument: WT-2, at: 2026-03-15", other}},
		{"and a bag 10 % high on it", "puro-2025", 0, 0, "no calibration of WT-2 on record", nil, []string{"instrument: WT-2, at: 2026-03-15", other, later + " t", later + ".1 t"}},
		{"no scale named", "puro-2025", 0, 0, "no scale is named", nil, []string{", scale: WT-2", ""}},
		{"bags of unknown uncertainty", "puro-2025", 4.740995466, 4.532020848, "", nil, []string{", moisture_uncertainty: 0.3 %", "", ", mass_uncertainty: 1 kg", ""}},
		{"a use without soil temperature", "puro-2025", 0, 0, "sink.soil_temperature: not given", nil, []string{second, "proof: spreading record 13"}},
		{"a use in 20 Cel", "puro-2025", 4.043437066, 3.945651452, "", nil, []string{second, strings.Replace(second, "7 Cel", "20 Cel", 1)}},
		{"power metered", "puro-2025", 4.338395466, 3.641334775, "6720 kW.h were metered and 10 kW.h stated", powered, nil},
		{"power metered, none stated", "puro-2025", 0, 0, "no line of puro-2025 says what they emitted", powered, []string{powerOf, "amount: 1 kg"}},
		{"feed counted", "puro-2025", 4.740995466, 4.634834894, "", fed, nil},
		{"a sixteenth of the feed stated", "puro-2025", 4.740995466, 4.634834894, "the difference is deducted under E_biomass", fed, []string{"wet_mass: 16 t", "wet_mass: 1 t"}},
		{"soil measured", "puro-2025", 4.043437066, 3.945651452, "7 Cel were written, 20 Cel were measured at depth", func(c *LotCount) { c.Found.SoilTemperature = &soil }, nil},
		{"as it is", "vm0044-1.2", 4.530530156, 4.433653537, "", nil, nil},
		{"kiln measured", "vm0044-1.2", 4.071698156, 3.984479853, "650 Cel were written, the kiln's mean was 550 Cel", func(c *LotCount) { c.Found.KilnTemperature = &kiln }, nil},
		{"analyses of the feed", "puro-2025", 0, 0, "sampling.analyses_in_year: 0", nil, []string{"of: char", "of: feed"}},
		{"regime A by words", "puro-2025", 0, 0, "sampling.deviation: no minute is shown", nil, []string{"regime: B", "regime: A, regime_proof: trust me"}},
		{"the way back shown", "puro-2025", 4.741931466, 4.636154757, "", nil, []string{"distance: 16 km, factor", "distance: 16 km, empty_return: 1, factor"}},
		{"power that binary cannot hold", "puro-2025", 4.338377466, 3.641287487, "6720.3 kW.h were metered", func(c *LotCount) {
			sum := 6720.1 + electricity/33600 // 6720.3000000000002
			c.Found.Electricity, c.Found.ElectricityU = &sum, .01
		}, nil},
		{"analyses that binary cannot hold", "puro-2025", 4.738162160, 4.631933648, "", nil, []string{"S-1: { RESULTS }", "S-1: { " + strings.Replace(bagResults, "87.4 %", "87.2 %", 1) + " }"}},
	} {
		s := bagged(t, c.method, c.found, c.change...)
		tonnes := func(m *measure.Removal) float64 {
			if m == nil {
				return 0
			}
			return m.CO2e().Tonnes()
		}
		if net, low := tonnes(s.Account.Net), tonnes(s.Account.Conservative); math.Abs(net-c.net) > 1e-9 || math.Abs(low-c.conservative) > 1e-9 || s.Account.Eligible != (c.net > 0) {
			t.Errorf("%s, %s: net %.9f t, conservative %.9f t, eligible %v; want %.9f and %.9f", c.method, c.name, net, low, s.Account.Eligible, c.net, c.conservative)
		}
		if c.says == "" != (len(s.Account.Unmet) == 0) || !strings.Contains(unmet(s), c.says) {
			t.Errorf("%s, %s: says %q, want %q", c.method, c.name, unmet(s), c.says)
		}
		for _, number := range regexp.MustCompile(`\d+\.\d+`).FindAllString(string(s.Text()), -1) {
			if digits := strings.TrimLeft(strings.Replace(number, ".", "", 1), "0"); len(digits) > 12 {
				t.Errorf("%s, %s: the signed text has %s, whose last digits are how a computer adds", c.method, c.name, number)
			}
		}
	}
}
