package custody

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/lots"
)

// month is a month of a pilot as people enter it.
const month = `author: shift lead
plant: k
records:
  - { lot: k-1, from: 2026-11-02T00:00:00Z, process: wood at 550 Cel, feedstock: wood, biomass_proof: "category E", technology: high, production_temperature: 550 Cel, regime: B }
  - { close: k-1, to: 2026-11-09T00:00:00Z }
  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12 t, moisture: 18 %, feedstock: wood, category: E, distance: 40 km, document: ticket 118 }
  - { transport: T-0, at: 2026-11-19T00:00:00Z, lot: k-1, group: E_biomass, deliveries: [D-1], distance: 40 km, factor: 58.5 g/(t.km), empty_return: 1.5, source: lorry }
  - { unit: BB-1, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 500 kg, moisture: 20 %, scale: WT-401 }
  - { unit: BB-2, lot: k-1, at: 2026-11-04T10:00:00Z, wet_mass: 480 kg, dry_mass: 390.5 kg }
  - { unit: BB-3, lot: k-1, at: 2026-11-05T10:00:00Z, wet_mass: 100 kg, moisture: 20 % }
  - { sample: S-1, lot: k-1, of: char, at: 2026-11-03T10:05:00Z, unit: BB-1, by: day shift }
  - { sample: S-2, lot: k-1, of: char, at: 2026-11-04T10:05:00Z }
  - { report: L-1, laboratory: { name: Lab A, accreditation: T000 }, at: 2026-11-12T00:00:00Z, results: {
        S-1: { carbon_total: { value: 86 %, uncertainty: 0.6 %, method: EN ISO 16948 }, hydrogen: { value: 2.0 %, uncertainty: 0.06 % } },
        S-2: { carbon_total: { value: 88 %, uncertainty: 0.7 %, method: EN ISO 16948 } } } }
  - { transport: T-1, at: 2026-11-19T00:00:00Z, group: E_use, units: [BB-1, BB-2], distance: 35 km, factor: 58.5 g/(t.km), source: lorry }
  - { activity: A-1, lot: k-1, group: E_production, about: loader, amount: 120 kg, source: bill }
  - { sale: V-1, at: 2026-11-15T00:00:00Z, units: [BB-1, BB-2], to: farm 12 }
  - { use: U-1, at: 2026-11-20T00:00:00Z, units: [BB-1, BB-2], end_use: agricultural-soil, place: { name: field 3, latitude: 60.98 deg, longitude: 25.66 deg }, soil_temperature: 7 Cel, horizon: 200 a, proof: spreading record 5 }
  - { lost: X-1, at: 2026-11-21T00:00:00Z, units: [BB-3], about: burst }
  - { calibration: K-1, instrument: WT-401, at: 2026-01-05T00:00:00Z, due: 2027-01-05T00:00:00Z, certificate: certificate 9 }
  - { downtime: Z-1, from: 2026-11-05T03:00:00Z, to: 2026-11-05T04:30:00Z, kind: flame-out, about: burner }
`

func read(t testing.TB, text string) *Submission {
	t.Helper()
	s, err := Read("month.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keep keeps submissions as leaves 1, 2, 3 ...
func keep(t testing.TB, texts ...string) *Book {
	t.Helper()
	var entries []Entry
	for i, text := range texts {
		entries = append(entries, Entry{Leaf: uint64(i + 1), Submission: read(t, text)})
	}
	return Replay(entries)
}

// try says what of a submission could not be kept as the next entry.
func try(b *Book, s *Submission) []Refusal {
	_, problems := b.Try(Entry{Submission: s})
	return problems
}

func add(records string) string { return "author: clerk\nplant: k\nrecords:\n" + records }

func lotOf(t testing.TB, b *Book, id string) lots.Lot {
	t.Helper()
	l, ok := b.Lab().Lot(id)
	if !ok {
		t.Fatalf("no lot %s; problems %v", id, b.Refusals)
	}
	return l
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAMonthOfAPilot(t *testing.T) {
	b := keep(t, month)
	if len(b.Refusals) > 0 {
		t.Fatal(b.Refusals)
	}
	m := b.Masses("k", "k-1")
	// 500 kg · 0.8 = 400 kg; 390.5 kg as weighed dry; 100 kg · 0.8 = 80 kg burst.
	if m.Units != 3 || m.Packed != 870_500_000 || m.Placed != 790_500_000 || m.Lost != 80_000_000 || m.Stock != 0 || len(m.NotPlaced) > 0 {
		t.Errorf("%+v", m)
	}
	lot := lotOf(t, b, "k-1")
	if lot.Open || lot.Interval.Length() != 7*24*time.Hour || *lot.Placed != m.Placed || lot.Use.EndUse != "agricultural-soil" || lot.Use.Proof != "use U-1: spreading record 5" {
		t.Errorf("%+v", lot)
	}
	if *lot.Use.SoilTemperature != 7 || *lot.Use.Horizon != 200 || lot.Sampling.Regime != "B" {
		t.Errorf("%+v %+v", lot.Use, lot.Sampling)
	}
	k := lot.Known
	if s := lot.Samples; len(s) != 2 || s[0].Batch != "k-1" || s[0].Of != "char" || *s[1].CarbonTotal != 0.88 || s[1].Hydrogen != nil || len(lot.Batches) != 1 || len(k.Char.Units) != 2 || k.Char.Units[0].ID != "BB-1" || k.Char.Units[0].Scale != "WT-401" {
		t.Errorf("%+v %+v", s, k)
	}
	near(t, "water of a unit whose dry mass was given", k.Char.Units[1].Moisture, 1-390.5/480, 1e-12)
	// Mean of 86 and 88; the laboratory's 0.7 is shared, the scatter of 1.4142 is divided by the root of 2: hypot(0.7, 1).
	c := lot.Values["char_carbon_total"]
	near(t, "carbon", c.Value.Value, 87, 1e-12)
	near(t, "its uncertainty", c.Uncertainty.Of(c.Value.Value), math.Sqrt(0.49+1), 1e-12)
	if c.Method != "EN ISO 16948" || c.Report != "L-1" {
		t.Errorf("%+v", c)
	}
	near(t, "uncertainty of a single result", lot.Values["char_hydrogen"].Uncertainty.Value, 0.06, 1e-12)
	// 12 t · 40 km · 1.5 = 720 t.km; (0.5 + 0.48) t · 35 km · 1.5 = 51.45 t.km: a way back is empty unless it is shown not to be.
	amounts := map[string]float64{}
	for _, e := range lot.Emissions {
		amounts[e.Name] = e.Amount.Value
	}
	near(t, "delivery", amounts["transport T-0"], 720, 1e-9)
	near(t, "way to the field", amounts["transport T-1"], 51.45, 1e-9)
	near(t, "loader", amounts["loader"], 120, 0)
	var life []string
	for _, i := range b.ChainOfCustody("k", "BB-1") {
		life = append(life, string(i.Kind))
	}
	if got := strings.Join(life, " "); got != "unit sample sale transport use" {
		t.Errorf("life of BB-1: %s", got)
	}
	lab := b.Lab()
	if len(lab.Calibrations) != 1 || len(lab.Downtimes) != 1 || lab.Downtimes[0].Kind != "flame-out" || lab.Name != "Lab A" || lab.Accreditation != "T000" {
		t.Errorf("%+v %+v %s %s", lab.Calibrations, lab.Downtimes, lab.Name, lab.Accreditation)
	}
}

// What cannot be so is refused in words, and the book stays as it is.
func TestWhatTheBookRefuses(t *testing.T) {
	b := keep(t, month)
	for record, why := range map[string]string{
		`{ unit: BB-1, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 1 kg, moisture: 1 % }`:                                                       "is in the book already (leaf 1); to correct it add corrects: and why",
		`{ unit: BB-9, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 1 kg, moisture: 1 %, corrects: typo }`:                                       "corrects a record that is not in the book",
		`{ unit: BB-9, lot: k-2, at: 2026-11-03T10:00:00Z, wet_mass: 1 kg, moisture: 1 % }`:                                                       "there is no lot k-2 of k: open it first",
		`{ unit: BB-9, lot: k-1, at: 2026-10-03T10:00:00Z, wet_mass: 1 kg, moisture: 1 % }`:                                                       "lot k-1 begins later",
		`{ use: U-2, at: 2026-11-22T00:00:00Z, units: [BB-1], end_use: concrete }`:                                                                "unit BB-1 is spent: use U-1 of leaf 1 names it",
		`{ use: U-2, at: 2026-11-22T00:00:00Z, units: [BB-3], end_use: concrete }`:                                                                "unit BB-3 is spent: lost X-1 of leaf 1 names it",
		`{ use: U-2, at: 2026-11-22T00:00:00Z, units: [BB-7], end_use: concrete }`:                                                                "there is no unit BB-7 of k: enter it first",
		`{ lost: X-2, at: 2026-11-22T00:00:00Z, units: [BB-2], about: fell }`:                                                                     "unit BB-2 is spent",
		`{ sale: V-2, at: 2026-11-22T00:00:00Z, units: [BB-2], to: farm 13 }`:                                                                     "unit BB-2 is spent",
		`{ lot: k-2, from: 2026-11-08T00:00:00Z }`:                                                                                                "lot k-1 takes some of that time",
		`{ lot: k-2, from: 2026-11-09T00:00:30Z }`:                                                                                                "whole minutes",
		`{ close: k-1, to: 2026-11-10T00:00:00Z }`:                                                                                                "is in the book already",
		`{ rule: weeks, every: week, from: 2026-11-02T00:00:00Z, lot: k }`:                                                                        "lot k-1 takes some of that time",
		`{ sample: S-3, lot: k-1, of: char, at: 2026-11-03T10:05:00Z, unit: BB-7 }`:                                                               "there is no unit BB-7",
		`{ report: L-2, laboratory: { name: A, accreditation: none }, at: 2026-11-12T00:00:00Z, results: { S-9: { hydrogen: { value: 2 % } } } }`: "there is no sample S-9",
		`{ transport: T-2, at: 2026-11-19T00:00:00Z, group: E_use, units: [BB-7], distance: 1 km, factor: 58.5 g/(t.km) }`:                        "there is no unit BB-7",
		`{ transport: T-2, at: 2026-11-19T00:00:00Z, lot: k-1, group: E_biomass, deliveries: [D-7], distance: 1 km, factor: 58.5 g/(t.km) }`:      "there is no delivery D-7",
		`{ activity: A-2, lot: k-7, group: E_use, amount: 1 kg }`:                                                                                 "there is no lot k-7",
		`{ withdraw: BB-1, kind: unit, reason: twice }`:                                                                                           "sample S-1 rests on it",
		`{ withdraw: BB-7, kind: unit, reason: twice }`:                                                                                           "there is no unit BB-7",
		`{ unit: BB-2, lot: k-0, at: 2026-11-04T10:00:00Z, wet_mass: 480 kg, moisture: 20 %, corrects: other lot }`:                               "use U-1 names it: it cannot move to another lot",
		`{ withdraw: k-1, kind: lot, reason: never made }`:                                                                                        "rests on it",
	} {
		problems := try(b, read(t, add("  - "+record+"\n")))
		if len(problems) != 1 || !strings.Contains(problems[0].Why, why) || problems[0].Line != 4 {
			t.Errorf("%s\ngot  %v\nwant %s", record, problems, why)
		}
	}
	if got := b.Masses("k", "k-1"); got.Placed != 790_500_000 || len(b.Records("k")) != len(read(t, month).Records) {
		t.Errorf("trying changed the book: %v", got)
	}
}

func TestCorrectionsStandBesideWhatTheyCorrect(t *testing.T) {
	b := keep(t, month,
		add("  - { unit: BB-1, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 510 kg, moisture: 20 %, corrects: ticket misread }\n"),
		add("  - { withdraw: X-1, kind: lost, reason: it was another bag }\n"))
	if len(b.Refusals) > 0 {
		t.Fatal(b.Refusals)
	}
	m := b.Masses("k", "k-1")
	if m.Placed != 798_500_000 || m.Stock != 80_000_000 || m.Lost != 0 {
		t.Errorf("%+v", m)
	}
	var told []string
	for _, k := range b.Records("k") {
		if !k.InForce() {
			told = append(told, fmt.Sprintf("%s %s by leaf %d: %s", k.Kind, k.ID, k.Superseded, k.Why))
		}
	}
	if got := strings.Join(told, "; "); got != "unit BB-1 by leaf 2: ticket misread; lost X-1 by leaf 3: it was another bag" {
		t.Error(got)
	}
}

// What is not shown is not placed: each missing record lowers the amount and says why.
func TestUnshownUseIsNotPlaced(t *testing.T) {
	for without, why := range map[string]string{
		", proof: spreading record 5": "use U-1 has no proof",
		"  - { transport: T-1, at: 2026-11-19T00:00:00Z, group: E_use, units: [BB-1, BB-2], distance: 35 km, factor: 58.5 g/(t.km), source: lorry }\n": "no transport names it",
	} {
		if !strings.Contains(month, without) {
			t.Fatal(without)
		}
		b := keep(t, strings.Replace(month, without, "", 1))
		m := b.Masses("k", "k-1")
		if m.Placed != 0 || m.Stock != 790_500_000 || len(m.NotPlaced) != 2 || !strings.Contains(m.NotPlaced[0], why) {
			t.Errorf("without %q: %+v", without, m)
		}
	}
}

// The rule's weeks are those of ISO 8601, also around the end of a year, cut to its own time.
func TestLotsByRule(t *testing.T) {
	b := keep(t, add("  - { rule: weeks, every: week, from: 2026-12-23T06:00:00Z, until: 2027-01-13T00:00:00Z, lot: k, process: p, feedstock: wood }\n"))
	if len(b.Refusals) > 0 {
		t.Fatal(b.Refusals)
	}
	var got []string
	for _, l := range b.Lab().Lots {
		got = append(got, l.ID+" "+l.Interval.From.Format("01-02T15")+" "+l.Interval.To.Format("01-02T15"))
	}
	want := "k-2026-w52 12-23T06 12-28T00, k-2026-w53 12-28T00 01-04T00, k-2027-w01 01-04T00 01-11T00, k-2027-w02 01-11T00 01-13T00"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	for id, ok := range map[string]bool{"k-2026-w53": true, "k-2027-w02": true, "k-2027-w03": false, "k-2026-w51": false, "k-2027-w53": false, "k-2027-w1": false, "k-2027-w00": false, "x-2027-w01": false, "k-2027-w01x": false} {
		if _, err := b.lot("k", id); (err == nil) != ok {
			t.Errorf("%s: %v", id, err)
		}
	}
	if p := try(b, read(t, add("  - { unit: A, lot: k-2026-w53, at: 2026-12-30T00:00:00Z, wet_mass: 1 kg, moisture: 1 % }\n  - { withdraw: weeks, kind: rule, reason: stopped }\n"))); len(p) != 1 || !strings.Contains(p[0].Why, "unit A rests on it") {
		t.Error(p)
	}
	whole := keep(t, add("  - { rule: days, every: day, from: 2026-12-23T06:00:00Z, lot: k }\n"))
	lots := whole.Lab().Lots
	last := lots[len(lots)-1]
	if n := len(lots); n < 3650 || n > 3655 || last.Interval.To.Year() != 2036 {
		t.Errorf("%d lots up to %v", n, last.Interval)
	}
	for i := 1; i < len(lots); i++ {
		if !lots[i].Interval.From.Equal(lots[i-1].Interval.To) {
			t.Fatalf("a hole before %s", lots[i].ID)
		}
	}
}

// Of an open lot the end is not known; a second one is not opened meanwhile.
func TestOpenLot(t *testing.T) {
	b := keep(t, add("  - { lot: k-1, from: 2026-11-02T00:00:00Z }\n"))
	if l := lotOf(t, b, "k-1"); !l.Open || l.Interval.To.Year() != 2200 || *l.Placed != 0 {
		t.Errorf("%+v", l)
	}
	if p := try(b, read(t, add("  - { lot: k-2, from: 2026-12-02T00:00:00Z }\n"))); len(p) != 1 {
		t.Error("a second lot was opened")
	}
	if p := try(b, read(t, add("  - { close: k-1, to: 2026-12-02T00:00:00Z }\n  - { lot: k-2, from: 2026-12-02T00:00:00Z }\n"))); len(p) != 0 {
		t.Error(p)
	}
	if p := try(b, read(t, add("  - { close: k-1, to: 2026-11-01T00:00:00Z }\n"))); len(p) != 1 {
		t.Error("it ended before it began")
	}
}

func TestSaysAllFaultsInTheirPlace(t *testing.T) {
	_, err := Read("shift.yaml", []byte(`author: ""
plant: K 1
records:
  - { unit: BB-1, lot: k-1, at: yesterday, wet_mass: 500, moisture: 120 % }
  - { unit: BB 2, lot: k-1, at: 2026-11-03T10:00:00Z, wet_mass: 500 kg }
  - { units: BB-3 }
  - { delivery: D-1, at: 2026-11-03T10:00:00Z, wet_mass: -4 t, feedstock: wood, distanse: 4 km }
  - { use: U-1, at: 2026-11-03T10:00:00Z, units: [BB-1, BB-1], end_use: soil, place: { latitude: 95 deg }, proof: sha256:12 }
  - { transport: T-1, at: 2026-11-19T00:00:00Z, group: E_use, units: [BB-1], mass: 4 t, distance: 4 km, factor: 4 g/km }
  - { withdraw: A, kind: withdraw, reason: " " }
  - just words
`))
	problems, ok := strict.ProblemsOf(err)
	if !ok {
		t.Fatal(err)
	}
	text := err.Error()
	for _, want := range []string{
		"shift.yaml:1:9: author: has no value", `shift.yaml:2:8: plant "K 1"`, "unit BB-1: at: \"yesterday\" is not", `"500 kg"`, "not between 0 % and 100 %",
		`name "BB 2"`, "needs moisture or dry_mass", "shift.yaml:6:", "names no kind of record", "is no amount", `did you mean "distance"`, "named twice", "both latitude and longitude",
		"is no digest", "one of the three: what was moved", "is no emission of a tonne and kilometre", "a withdrawal stands", "say why the record is withdrawn", "shift.yaml:11:5: records: needs a record",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in\n%s", want, text)
		}
	}
	if len(problems) < 15 {
		t.Errorf("%d faults:\n%s", len(problems), text)
	}
}

// Whatever people enter, in whatever order: a unit is placed or lost once, the
// masses add up, nothing is there twice, and the same entries give the same book.
func TestMassIsNeverUsedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := []string{add("  - { lot: k-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\n  - { lot: k-2, from: 2026-11-09T00:00:00Z, to: 2026-11-16T00:00:00Z }\n")}
		unit := func() string { return fmt.Sprintf("B-%d", rapid.IntRange(1, 4).Draw(t, "unit")) }
		corrects := func() string {
			if rapid.Bool().Draw(t, "corrects") {
				return ", corrects: again"
			}
			return ""
		}
		for range rapid.IntRange(1, 25).Draw(t, "entries") {
			id := rapid.IntRange(1, 3).Draw(t, "id")
			var r string
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0, 1:
				r = fmt.Sprintf("{ unit: %s, lot: k-%d, at: 2026-11-20T00:00:00Z, wet_mass: %d kg, moisture: 10 %%%s }", unit(), rapid.IntRange(1, 2).Draw(t, "lot"), rapid.IntRange(1, 900).Draw(t, "kg"), corrects())
			case 2:
				r = fmt.Sprintf("{ use: U-%d, at: 2026-11-20T00:00:00Z, units: [%s], end_use: soil, proof: p%s }", id, unit(), corrects())
			case 3:
				r = fmt.Sprintf("{ transport: T-%d, at: 2026-11-19T00:00:00Z, group: E_use, units: [%s], distance: 1 km, factor: 58.5 g/(t.km)%s }", id, unit(), corrects())
			case 4:
				r = fmt.Sprintf("{ lost: X-%d, at: 2026-11-20T00:00:00Z, units: [%s], about: burst%s }", id, unit(), corrects())
			case 5:
				kind := rapid.SampledFrom([]string{"unit", "use", "lost", "transport"}).Draw(t, "of")
				name := map[string]string{"unit": unit(), "use": fmt.Sprintf("U-%d", id), "lost": fmt.Sprintf("X-%d", id), "transport": fmt.Sprintf("T-%d", id)}[kind]
				r = fmt.Sprintf("{ withdraw: %s, kind: %s, reason: mistake }", name, kind)
			}
			texts = append(texts, add("  - "+r+"\n"))
		}
		var entries []Entry
		for i, text := range texts {
			s, err := Read("x.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			before := Replay(entries)
			wrong := try(before, s)
			entries = append(entries, Entry{Leaf: uint64(i + 1), Submission: s})
			if after := Replay(entries); len(after.Refusals) != len(before.Refusals)+len(wrong) {
				t.Fatalf("trying said %v, keeping %v", wrong, after.Refusals)
			}
		}
		b := Replay(entries)
		names := map[string]bool{}
		spent := map[string]int{}
		var packed, sum measure.DryMass
		for _, k := range b.postings {
			if !k.InForce() || k.Withdraw != nil {
				continue
			}
			if names[string(k.Kind)+k.ID] {
				t.Fatalf("%s %s stands twice", k.Kind, k.ID)
			}
			names[string(k.Kind)+k.ID] = true
			var units []string
			switch {
			case k.Unit != nil:
				packed += k.Unit.Dry
			case k.Use != nil:
				units = k.Use.Units
			case k.Loss != nil:
				units = k.Loss.Units
			}
			for _, u := range units {
				if spent[u]++; spent[u] > 1 {
					t.Fatalf("unit %s is spent twice", u)
				}
				if b.posting("k", KindUnit, u) == nil {
					t.Fatalf("%s %s rests on a unit %s that is not there", k.Kind, k.ID, u)
				}
			}
		}
		for _, lot := range []string{"k-1", "k-2"} {
			m := b.Masses("k", lot)
			if m.Stock < 0 || m.Packed != m.Placed+m.Stock+m.Lost {
				t.Fatalf("%s: %+v", lot, m)
			}
			sum += m.Packed
		}
		if sum != packed {
			t.Fatalf("lots hold %s of %s", sum, packed)
		}
		if a, c := fmt.Sprintf("%+v", b.Lab()), fmt.Sprintf("%+v", Replay(entries).Lab()); len(a) != len(c) {
			t.Fatal("the same entries gave another book")
		}
	})
}

// Taking any one record away never adds a milligram to what is placed.
func TestLessRecordsNeverPlaceMore(t *testing.T) {
	full := read(t, month)
	placed := Replay([]Entry{{Leaf: 1, Submission: full}}).Masses("k", "k-1").Placed
	for i := range full.Records {
		less := *full
		less.Records = slices.Delete(slices.Clone(full.Records), i, i+1)
		if got := Replay([]Entry{{Leaf: 1, Submission: &less}}).Masses("k", "k-1").Placed; got > placed {
			t.Errorf("without %s %s: %s placed, with it %s", full.Records[i].Kind, full.Records[i].ID, got, placed)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(month))
	f.Add([]byte(add("  - { rule: weeks, every: week, from: 2026-12-23T06:00:00Z, lot: k }\n  - { withdraw: weeks, kind: rule, reason: x }\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read("f.yaml", data)
		if err != nil {
			if _, ok := strict.ProblemsOf(err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		b := Replay([]Entry{{Leaf: 1, Submission: s}, {Leaf: 2, Submission: s}})
		b.Lab()
		b.Files(s.Plant)
		for _, k := range b.InForce(s.Plant, KindUnit) {
			b.ChainOfCustody(s.Plant, k.ID)
			b.Masses(s.Plant, k.Unit.Lot)
		}
	})
}
