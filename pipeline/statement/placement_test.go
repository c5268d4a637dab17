package statement

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

func TestPlaced(t *testing.T) {
	in := input(t)
	plant, err := flowsheet.Parse("plant.yaml", []byte(strings.Replace(plantFile, "p/char/mass_flow: { unit", "p/char/mass_flow: { instrument: WT-1, unit", 1)))
	if err != nil {
		t.Fatal(err)
	}
	lot, _ := in.Lab.Lot("p-1")
	product := claim.Product{Stream: "char", Dry: 1000_000_000, RelU: 0.01}
	day := func(n int) time.Time { return lot.Interval.From.AddDate(0, 0, n) }
	valid := func(of string, from, to int) lots.Calibration {
		return lots.Calibration{Plant: "p", Instrument: of, Interval: measure.Interval{From: day(from), To: day(to)}}
	}
	units := func(kg float64) *measure.DryMass { m := measure.DryMass(kg * 1e6); return &m }
	for name, c := range map[string]struct {
		units        *measure.DryMass
		calibrations []lots.Calibration
		relU         float64
		want         float64
		why          string
	}{
		"a lot of a laboratory file":        {nil, nil, 0.01, 1000, ""},
		"all units, calibrated":             {units(900), []lots.Calibration{valid("WT-1", -9, 9)}, 0.01, 900, ""},
		"more placed than counted":          {units(1100), []lots.Calibration{valid("WT-1", -9, 9)}, 0.01, 1000, "the lower one is counted"},
		"no calibration":                    {units(1100), nil, 0.01, 980, "no calibration of WT-1 on record covers 2026-11-02T00:30:00Z; its limit of error, 2 %"},
		"no calibration, less placed":       {units(900), nil, 0.01, 900, "no calibration"},
		"calibrated in two pieces":          {units(1100), []lots.Calibration{valid("WT-1", 1, 9), valid("WT-1", -9, 1)}, 0.01, 1000, "the lower one"},
		"it lapsed":                         {units(1100), []lots.Calibration{valid("WT-1", -9, 1)}, 0.01, 980, "covers 2026-11-03T00:30:00Z"},
		"of another instrument":             {units(1100), []lots.Calibration{valid("WT-2", -9, 9)}, 0.01, 980, "no calibration of WT-1"},
		"no calibration and no uncertainty": {units(900), nil, 0, 0, "nothing is counted"},
		"nothing placed":                    {units(0), []lots.Calibration{valid("WT-1", -9, 9)}, 0.01, 0, ""},
		"no calibration, a fine scale":      {units(1100), nil, 0.0001, 980, "; its limit of error, 2 %"},
	} {
		lab := *in.Lab
		lot.Placed, lab.Calibrations, product.RelU = c.units, c.calibrations, c.relU
		got, remarks := PlacedMass(plant, &lab, lot, product)
		if got != measure.DryMass(c.want*1e6) || (c.why == "") != (len(remarks) == 0) || !strings.Contains(strings.Join(remarks, "\n"), c.why) {
			t.Errorf("%s: %s, %q; want %v kg, %q", name, got, remarks, c.want, c.why)
		}
	}
	lot.NotPlaced = []string{"unit BB-1 is not counted as placed: use U-1 has no proof"}
	lot.Placed = units(0)
	in.Plant = plant
	all := append([]lots.Lot{}, lot)
	in.Lab = &lots.Lab{Name: "A", Accreditation: "T1", Lots: all}
	s, err := NewStatement(in)
	if err != nil {
		t.Fatal(err)
	}
	if s.Account.Eligible || s.Placed != 0 || s.Dry == 0 || !strings.Contains(strings.Join(s.Account.Unmet, "\n"), "placed: unit BB-1") {
		t.Errorf("%+v", s)
	}
}

// What a laboratory found beside carbon reaches the methods by their own names.
func TestContaminants(t *testing.T) {
	in := input(t)
	lot, _ := in.Lab.Lot("p-1")
	for name, value := range map[string]string{"char_pb": "4 mg/kg", "char_pcdd_f": "2 ng/kg", "feed_pb": "9 mg/kg", "char_cd": "1 kg"} {
		q, err := measure.ParseQuantity(value)
		if err != nil {
			t.Fatal(err)
		}
		lot.Values[name] = lots.LabValue{Value: q}
	}
	got := Request(in.Plant, in.Lab, lot, in.Count, in.Count.Product.Dry).Analysis.Contaminants
	if len(got) != 2 || math.Abs(got["Pb"]-4e-6) > 1e-18 || math.Abs(got["PCDD/F"]-2e-12) > 1e-24 {
		t.Errorf("%v", got)
	}
}
