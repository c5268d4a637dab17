package reconciled_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// What is stated to be exactly nothing is no quantity of a balance: it is not
// solved for, has no line in a report, and changes nothing else.
func TestWhatIsStatedAsNothingTakesNoPart(t *testing.T) {
	const text = `
plant: k
name: K
site: demo-park
process: other
balance_every: 1 h
tags:
  k/feed: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
  k/char: { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
  k/oil:  { unit: kg/h, hold: sloped, stale: 2 min, uncertainty: 1 % }
nodes: { kiln: "Kiln" }
streams:
  feed: { to: kiln, phase: solid, mass: { tag: k/feed }, moisture: { value: NOTHING, source: "dried" }, ash: { value: "5 %", uncertainty: "0.1 %", source: "bag" }, hhv: { value: "18 MJ/kg{HHV}", uncertainty: 1 %, source: "bag" } }
  char: { from: kiln, phase: solid, mass: { tag: k/char }, ash: { value: "10 %", uncertainty: "0.1 %", source: "bag" }, hhv: { value: "30 MJ/kg{HHV}", uncertainty: 1 %, source: "bag" } }
  oil:  { from: kiln, phase: liquid, mass: { tag: k/oil }, ash: { value: NOTHING, source: "distilled" }, hhv: { value: "6 MJ/kg{HHV}", uncertainty: 1 %, source: "bag" } }
energy:
  loss: { from: kiln, power: { value: "ZERO", source: "insulated" } }
`
	zero := strings.NewReplacer("NOTHING", "0 %", "ZERO", "0 kW").Replace(text)
	least := strings.NewReplacer("NOTHING", "1e-12 %", "ZERO", "1e-12 kW").Replace(text)
	values := map[measure.Tag]float64{"k/feed": 100, "k/char": 51, "k/oil": 52}
	got, want := pipelinetest.PlantOf(t, zero), pipelinetest.PlantOf(t, least)
	r, s := pipelinetest.FirstBalance(t, got, &lots.Lab{}, pipelinetest.ConstantHours(got, values, 1)), pipelinetest.FirstBalance(t, want, &lots.Lab{}, pipelinetest.ConstantHours(want, values, 1))
	if r.Refused != "" || r.DF != s.DF || r.DF != 3 {
		t.Fatalf("%s: %d degrees of freedom, of next to nothing %d, want 3", r.Refused, r.DF, s.DF)
	}
	for _, x := range r.Readings {
		if strings.Contains(x.What, "ash of stream oil") || strings.Contains(x.What, "moisture") || strings.Contains(x.What, "loss") {
			t.Errorf("%s takes part", x.What)
		}
		if y, ok := s.Reading(x.Name); !ok || !pipelinetest.Near1e9(*x.Reconciled, *y.Reconciled) || !pipelinetest.Near1e9(*x.SD, *y.SD) {
			t.Errorf("%s: %v ± %v, beside next to nothing %v ± %v", x.What, *x.Reconciled, *x.SD, *y.Reconciled, *y.SD)
		}
	}
	for _, x := range r.Sums {
		if x.Stream == "oil" && x.Kind == flowsheet.AshBalance {
			t.Errorf("the ash of the oil is %v", *x.Reconciled)
		}
	}
	for _, e := range reconciled.New(got).Equations {
		if strings.Contains(e.Expr.String(), "given_moisture") || strings.Contains(e.Expr.String(), "given_power") || strings.Contains(e.Expr.String(), "given_ash_of_oil") {
			t.Errorf("%s: %s", e.ID, e.Expr)
		}
	}
}

// Air that nobody meters leaves the balance of mass open, and no hole in that
// of carbon: there is none in it. Air of which nobody says what it is does.
func TestWhatCarriesNoCarbonNeedsNoMeterForIt(t *testing.T) {
	const text = `
plant: k
name: K
site: demo-park
process: other
balance_every: 1 h
tags:
  k/feed: { unit: kg/h, hold: sloped, stale: 2 min }
  k/char: { unit: kg/h, hold: sloped, stale: 2 min }
nodes: { kiln: "Kiln" }
streams:
  feed: { to: kiln, phase: solid, mass: { tag: k/feed }, carbon: { value: 50 %, source: bag } }
  air:  { to: kiln, phase: gas AIR }
  char: { from: kiln, phase: solid, mass: { tag: k/char }, carbon: { value: 90 %, source: bag } }
`
	for air, known := range map[string]bool{
		", composition: { O2: { value: 20.95 %, source: book }, N2: { rest: true } }":                                        true,
		", composition: { O2: { value: 20.95 %, source: book }, CO2: { value: 0 %, source: scrubbed }, N2: { rest: true } }": true,
		", composition: { O2: { value: 20.95 %, source: book }, CO2: { value: 0.04 %, source: book }, N2: { rest: true } }":  false,
		"": false,
	} {
		p := pipelinetest.PlantOf(t, strings.Replace(text, " AIR", air, 1))
		c := pipelinetest.Compute(t, p, &lots.Lab{}, pipelinetest.ConstantHours(p, map[measure.Tag]float64{"k/feed": 100, "k/char": 25}, 1), pipelinetest.Window(0, time.Hour)).Closures[0]
		if c.Mass.Closure != nil {
			t.Errorf("air%s: mass closes at %v though air has no meter", air, *c.Mass.Closure)
		}
		if (c.Carbon.Closure != nil) != known || known && (!c.Carbon.Complete || !pipelinetest.Near1e9(*c.Carbon.Closure, 0.45)) {
			t.Errorf("air%s: the balance of carbon is %+v, want it known: %v", air, c.Carbon, known)
		}
	}
}
