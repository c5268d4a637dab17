package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/process"
)

// The claim of an inventory is the avoided emission of the report, to the
// milligram, if somebody makes it.
func TestDestroyedMethaneIsThatOfTheReport(t *testing.T) {
	p := pipelinetest.PlantOf(t, strings.NewReplacer("oxidised_top: 0 %", "oxidised_top: 10 %", "share: 0 %", "share: 5 %").Replace(pipelinetest.CoverPlant))
	values := map[measure.Tag]float64{"l/flare/flow": 120, "l/engine/flow": 100, "l/gas/ch4": 50, "l/gas/co2": 40, "l/flare/heat": 900, "l/engine/kw": 100}
	w := pipelinetest.Window(0, time.Hour)
	all := pipelinetest.Indicators(t, p, nil, pipelinetest.ConstantReadings(p, values, time.Hour, 10*time.Second), w)
	d, err := process.MethaneDestruction(p, []process.Indicator{all["eta_flare"], all["F_destroyed"]})
	if err != nil {
		t.Fatal(err)
	}
	claim := func(d emissions.Destroyed) emissions.AvoidedClaim {
		g := &emissions.GWP{ID: "ar5", CH4Biogenic: emissions.Potential{Value: 28, Label: "primary"}}
		v, err := emissions.Activity{Period: w, GWP: g, Destroyed: []emissions.Destroyed{d}}.Inventory()
		if err != nil {
			t.Fatal(err)
		}
		return v.Avoided[0]
	}
	if c := claim(d); c.Amount != (measure.Avoided{}) || c.Why == "" {
		t.Errorf("nobody claims it, and it is %s", c.Amount)
	}
	d.Claim = "test"
	m, err := measure.CO2eOf(1000 * *all["ER_avoided"].Value)
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
	for words, c := range map[string]struct {
		text string
		list []process.Indicator
	}{
		"gives no baseline":         {strings.Split(pipelinetest.CoverPlant, "baseline:")[0], nil},
		"is not that of a landfill": {pipelinetest.CoverPlant, nil},
		"no readings":               {pipelinetest.CoverPlant, []process.Indicator{{Name: "F_destroyed", Why: "no readings"}}},
	} {
		if _, err := process.MethaneDestruction(pipelinetest.PlantOf(t, c.text), c.list); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
}
