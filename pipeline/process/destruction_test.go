package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/pipelinetest"
)

// The claim of an inventory is the avoided emission of the report, to the
// milligram, if somebody makes it.
func TestDestroyedMethaneIsThatOfTheReport(t *testing.T) {
	p := pipelinetest.PlantOf(t, strings.NewReplacer("oxidised_top: 0 %", "oxidised_top: 10 %", "share: 0 %", "share: 5 %").Replace(pipelinetest.CoverPlant))
	values := map[measure.Tag]float64{"l/flare/flow": 120, "l/engine/flow": 100, "l/gas/ch4": 50, "l/gas/co2": 40, "l/flare/heat": 900, "l/engine/kw": 100}
	w := pipelinetest.Window(0, time.Hour)
	all := pipelinetest.Indicators(t, p, nil, pipelinetest.ConstantReadings(p, values, time.Hour, 10*time.Second), w)
	base := p.Landfill.Baseline
	d := emissions.Destruction{Name: "landfill methane", Methane: *all["F_destroyed"].Value, Share: base.Share, Oxidised: base.OxidisedTop, Baseline: base.Source, From: emissions.Origin{Tag: "l/flare/flow"}}
	claim := func(d emissions.Destruction) emissions.AvoidedClaim {
		g := &emissions.GWP{ID: "ar5", CH4Biogenic: emissions.Potential{Value: 28, Label: "primary"}}
		v, err := emissions.Activity{Period: w, GWP: g, Destructions: []emissions.Destruction{d}}.Inventory()
		if err != nil {
			t.Fatal(err)
		}
		return v.Avoided[0]
	}
	if c := claim(d); c.Amount != (measure.Avoided{}) || c.Why == "" {
		t.Errorf("nobody claims it, and it is %s", c.Amount)
	}
	d.Claim = "test"
	avoided := all["ER_avoided"]
	m, err := measure.CO2eOf(1000 * *avoided.In(measure.AvoidedLedger))
	if err != nil {
		t.Fatal(err)
	}
	want, err := measure.AvoidedOf(m)
	if err != nil {
		t.Fatal(err)
	}
	if c := claim(d); c.Amount != want || c.From.Tag != "l/flare/flow" || c.Amount == (measure.Avoided{}) {
		t.Errorf("%s of %s, want %s", c.Amount, c.From, want)
	}
}
