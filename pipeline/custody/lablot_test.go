package custody

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/lots"
)

// One rule for all lots: of a lot of a laboratory file too nothing counts as
// placed but what is said or shown, and its records count.
func TestALotOfAFileIsALotLikeAnyOther(t *testing.T) {
	of := func(use, records string) lots.Lot {
		lab, err := lots.Parse("lab.yaml", []byte("laboratory: { name: A, accreditation: none }\nlots:\n  - { lot: k-1, plant: k, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z, use: { end_use: soil, proof: record 5"+use+" } }\n"))
		if err != nil {
			t.Fatal(err)
		}
		entries := []Entry{{Leaf: 1, Lab: lab}}
		if records != "" {
			entries = append(entries, Entry{Leaf: 2, Submission: read(t, add(records))})
		}
		b := Replay(entries)
		if len(b.Refusals) > 0 {
			t.Fatal(b.Refusals)
		}
		return lotOf(t, b, "k-1")
	}
	if l := of("", ""); l.Placed == nil || *l.Placed != 0 || !strings.Contains(strings.Join(l.NotPlaced, ""), "does not say how much of the lot was placed") {
		t.Errorf("%+v", l)
	}
	if l := of(", placed: 1600 kg", ""); *l.Placed != 1_600_000_000 || len(l.NotPlaced) > 0 {
		t.Errorf("%+v", l)
	}
	records := "  - { unit: B-1, lot: k-1, at: 2026-11-03T00:00:00Z, wet_mass: 500 kg, moisture: 20 % }\n  - { unit: B-2, lot: k-1, at: 2026-11-03T00:00:00Z, wet_mass: 500 kg, moisture: 20 % }\n" +
		"  - { transport: T-1, at: 2026-11-04T00:00:00Z, group: E_use, units: [B-1], distance: 10 km, factor: 58.5 g/(t.km), empty_return: 1, source: lorry }\n" +
		"  - { use: U-1, at: 2026-11-05T00:00:00Z, units: [B-1], end_use: agricultural-soil, received: 450 kg, proof: field 3 }\n"
	l := of(", placed: 1600 kg", records)
	// Of two bags one was placed: 500 kg · 0.8 · 450/500.
	if *l.Placed != 360_000_000 || strings.Join(l.Units, " ") != "B-1" || l.Use.EndUse != "agricultural-soil" || len(l.Emissions) != 1 || !strings.Contains(strings.Join(l.NotPlaced, ""), "unit B-1 counts for the 90 % of the mass of use U-1 that was received") {
		t.Errorf("%+v", l)
	}
}
