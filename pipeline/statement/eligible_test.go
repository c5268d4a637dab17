package statement

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// whole is all that people know of a lot, as every method asks for it: four
// lots of one process, of which three were sampled before.
func whole() string {
	var b strings.Builder
	b.WriteString(`author: shift lead
plant: p
records:
  - { calibration: K-1, instrument: WT-1, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 77 }
  - { calibration: K-2, instrument: MT-1, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 78 }
  - { calibration: K-3, instrument: WT-2, at: 2026-03-15T00:00:00Z, due: 2027-03-15T00:00:00Z, certificate: certificate 79 }
`)
	day := func(d, hour int) string {
		return time.Date(2026, 10, d, hour, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	for i, lot := range []string{"p-a", "p-b", "p-c", "p-1"} {
		from := 1 + 7*i
		fmt.Fprintf(&b, `  - { lot: %s, from: %s, to: %s, process: wood at 620 Cel, feedstock: wood, category: E, biomass_proof: "delivery notes", counterfactual: decay in the forest, carbonisation: pyrolysis,
      technology: high, technology_proof: flue gas test 3, facility: new, production_temperature: 620 Cel, emissions_test_temperature: 610 Cel, regime: B, flame_log: burner log 11,
      energy_use: 74 %%, heat_used: 78 %%, methane_compensation: own-spc, sampling_method: A, moisture_pathway: every-batch, inventory: [electricity, slip, kiln, care] }
`, lot, day(from, 0), day(from+7, 0))
		for r := range 3 {
			fmt.Fprintf(&b, "  - { sample: S-%s-%d, lot: %s, of: char, at: %s, point: cooler }\n", lot, r, lot, day(from+1+r, 8))
		}
		fmt.Fprintf(&b, "  - { report: L-%s, laboratory: { name: A laboratory, accreditation: T001 }, at: %s, results: {", lot, day(from+6, 0))
		for r := range 3 {
			fmt.Fprintf(&b, ` S-%s-%d: { carbon_total: { value: 8%d.2 %%, uncertainty: 0.7 %% }, carbon_inorganic: { value: 0.5 %%, uncertainty: 0.1 %% }, hydrogen: { value: 2.1 %%, uncertainty: 0.06 %% }, oxygen: { value: 7 %%, uncertainty: 0.3 %% }, impurity: { value: 0 %% },
        moisture: { value: 20 %% }, pb: { value: 4 mg/kg }, cd: { value: 0.2 mg/kg }, cu: { value: 20 mg/kg }, ni: { value: 8 mg/kg }, hg: { value: 0.02 mg/kg }, zn: { value: 90 mg/kg }, cr: { value: 12 mg/kg }, as: { value: 0.5 mg/kg }, pah: { value: 0.1 mg/kg }, pcdd_f: { value: 1 ng/kg }, pcb: { value: 0.01 mg/kg } },`, lot, r, 3+r)
		}
		b.WriteString(" } }\n")
	}
	fmt.Fprintf(&b, "  - { delivery: D-1, at: %s, wet_mass: 12.4 t, moisture: 18 %%, feedstock: wood, category: E, impurity: 0 %%, fossil_carbon: 0 %%, distance: 40 km }\n", day(21, 8))
	fmt.Fprintf(&b, "  - { transport: T-0, at: %s, lot: p-1, group: E_biomass, deliveries: [D-1], distance: 40 km, factor: 58.5 g/(t.km), source: a table }\n", day(21, 8))
	for i := range 4 {
		fmt.Fprintf(&b, "  - { unit: BB-%d, lot: p-1, at: %s, wet_mass: 500 kg, mass_uncertainty: 0.5 kg, moisture: 20 %%, moisture_uncertainty: 0.3 %%, scale: WT-2, volume: 2 m3, subsamples: 20, dried: 16 h }\n", i, day(23+i, 10))
	}
	for i, a := range []string{
		"group: E_production, item: electricity, of: electricity, amount: 900 kW.h, factor: 60 g/(kW.h), source: a table",
		"group: E_production, item: slip, of: process-gas, amount: 2 t, factor: 5 kg/t, source: emission test 3",
		"group: E_emb, item: kiln, amount: 20 kg", "group: Establishment, item: kiln, amount: 20 kg", "group: End-of-life, item: kiln, amount: 2 kg",
		"group: E_use, item: care, amount: 3 kg", "group: Operations, item: electricity, of: electricity, amount: 900 kW.h, factor: 60 g/(kW.h), source: a table",
		"group: Operations, item: slip, of: process-gas, amount: 2 t, factor: 55 kg/t, source: emission test 3", "group: Leakage, item: care, amount: 3 kg",
		"group: CO2, item: electricity, amount: 100 kg", "group: CO2, item: kiln, amount: 20 kg", "group: CO2, item: care, amount: 3 kg", "group: CH4, item: slip, amount: 1 kg, source: emission test 3", "group: N2O, item: slip, amount: 0.1 kg, source: emission test 3",
		"group: PE_ED, item: electricity, of: electricity, amount: 900 kW.h, factor: 60 g/(kW.h), source: a table", "group: PE_EP, item: slip, amount: 10 kg", "group: PE_EC, item: kiln, amount: 5 kg", "group: PE_AS, item: care, amount: 3 kg", "group: LE, item: care, amount: 3 kg",
	} {
		fmt.Fprintf(&b, "  - { activity: A-%d, lot: p-1, %s }\n", i, a)
	}
	fmt.Fprintf(&b, "  - { transport: T-1, at: %s, group: E_use, units: [BB-0, BB-1, BB-2, BB-3], distance: 35 km, factor: 58.5 g/(t.km), source: a table }\n", day(30, 8))
	fmt.Fprintf(&b, "  - { sale: V-1, at: %s, units: [BB-0, BB-1, BB-2, BB-3], to: farm 12 }\n", day(30, 8))
	fmt.Fprintf(&b, "  - { use: U-1, at: %s, units: [BB-0, BB-1, BB-2, BB-3], received: 2000 kg, end_use: agricultural-soil, matrix: S-01, soil_temperature: 8 Cel, soil_temperature_from: dataset, soil_temperature_spread: 0.4 K, biochar_share: 10 %%, application_rate: 1 kg/m2, proof: spreading record 12 }\n", day(30, 12))
	fmt.Fprintf(&b, "  - { downtime: Z-1, from: %s, to: %s, kind: maintenance, about: grate }\n", day(24, 3), day(24, 4))
	return b.String()
}

// accounts states a lot of these records by each method.
func accounts(t *testing.T, s *custody.Submission) map[string]carbon.Account {
	t.Helper()
	plant, err := flowsheet.Parse("plant.yaml", []byte(strings.NewReplacer("uncertainty: 1 %", "instrument: WT-1, uncertainty: 1 %", `uncertainty: "0.3 %"`, `instrument: MT-1, uncertainty: "0.3 %"`).Replace(plantFile)))
	if err != nil {
		t.Fatal(err)
	}
	lab := custody.Replay([]custody.Entry{{Leaf: 1, Submission: s}}).Lab()
	all := map[string]carbon.Account{}
	for _, id := range []string{"puro-2025", "isometric-1.3", "csi-3.3", "vm0044-1.2"} {
		file := "../../configs/methods/" + id + ".yaml"
		text, err1 := os.ReadFile(file)
		method, err2 := carbon.ParseMethod(file, text)
		lot, ok := lab.Lot("p-1")
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !ok {
			continue
		}
		week, lit := lot.Interval.Length(), 1.0
		stated, err := NewStatement(Input{Plant: plant, Lab: lab, Lot: "p-1", Made: []string{"p-a", "p-b", "p-c"}, Method: *method, Count: LotCount{Product: claim.Product{
			Stream: "char", Wet: 2_500_000_000, Dry: 2_000_000_000, Covered: week, Of: week, Quality: measure.GoodQuality, RelU: 0.01, Water: 0.2}, Found: claim.Conditions{Records: &lit}}})
		if err != nil {
			t.Fatal(err)
		}
		all[id] = stated.Account
	}
	return all
}

// Records alone make a lot eligible, by every method.
func TestALotIsEligibleFromRecordsAlone(t *testing.T) {
	s, err := custody.Read("whole.yaml", []byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	book := custody.Replay([]custody.Entry{{Leaf: 1, Submission: s}})
	if len(book.Refusals) > 0 {
		t.Fatal(book.Refusals)
	}
	for id, a := range accounts(t, s) {
		if !a.Eligible || a.Net == nil {
			t.Errorf("%s: %s", id, strings.Join(a.Unmet, "\n  "))
		}
	}
}

// Leaving any one record out raises the net of no method. What it takes away
// is missed: the net is lower, or a gate closes.
func TestAnyRecordLeftOutIsMissed(t *testing.T) {
	s, err := custody.Read("whole.yaml", []byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	full := accounts(t, s)
	for i, r := range s.Records {
		less := *s
		less.Records = slices.Delete(slices.Clone(s.Records), i, i+1)
		missed, got := false, accounts(t, &less)
		for id, a := range full {
			b, there := got[id]
			if !there || b.Net == nil || b.Net.CO2e() < a.Net.CO2e() {
				missed = true
			} else if b.Net.CO2e() > a.Net.CO2e() {
				t.Errorf("%s: without %s %s the net is %s, with it %s", id, r.Kind, r.ID, b.Net, a.Net)
			}
		}
		quiet := r.Sale != nil || r.Downtime != nil // of these nothing is asked
		if !missed && !quiet {
			t.Errorf("without %s %s nobody misses it", r.Kind, r.ID)
		}
	}
}
