package custody

import (
	"slices"

	"github.com/nielu/nielu/measure/strict"
)

func readConditions(f map[string]strict.Node) Conditions {
	c := Conditions{
		Process: f["process"].Text(), Feedstock: f["feedstock"].Text(), Category: f["category"].Text(), BiomassProof: f["biomass_proof"].Text(),
		Counterfactual: f["counterfactual"].Text(), Carbonisation: f["carbonisation"].Choice("pyrolysis", "gasification"),
		Technology: f["technology"].Choice("high", "low"), ProductionTemperature: within(f["production_temperature"], celsius, coldestKiln, hottestKiln),
		Regime: f["regime"].Choice("A", "B"), RegimeProof: f["regime_proof"].Text(),
		TechnologyProof: f["technology_proof"].Text(), Facility: f["facility"].Choice("new", "retrofit", "repurpose"),
		FlameLog:  f["flame_log"].Text(),
		EnergyUse: f["energy_use"].Share(), HeatUsed: f["heat_used"].Share(), MethaneCompensation: f["methane_compensation"].Text(),
		TestTemperature: within(f["emissions_test_temperature"], celsius, coldestKiln, hottestKiln),
		SamplingMethod:  f["sampling_method"].Choice("A", "B"), SamplingPlan: f["sampling_plan"].Text(), AgreedSamples: f["agreed_samples"].Whole(0, 0, 100000),
		MoisturePathway: f["moisture_pathway"].Choice("dry-weight", "target", "every-batch"),
	}
	for _, item := range f["inventory"].List() {
		what := item.PlainName("item")
		if slices.Contains(c.Inventory, what) {
			item.Fault("%s is named twice", what)
		}
		c.Inventory = append(c.Inventory, what)
	}
	return c
}

// Biochar is made between these, Cel, with room.
const coldestKiln, hottestKiln = 150, 1500

func readLot(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Lot = &Lot{From: instant(f["from"]), To: instant(f["to"]), Conditions: readConditions(f)}
	if f["to"].Present() && !r.Lot.From.Before(r.Lot.To) {
		f["to"].Fault("the lot ends before it starts")
	}
}

func readRule(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Rule = &Rule{Every: f["every"].Choice("day", "week", "month"), From: instant(f["from"]), Until: instant(f["until"]),
		Lot: f["lot"].PlainName("lot"), Conditions: readConditions(f)}
	if f["until"].Present() && !r.Rule.From.Before(r.Rule.Until) {
		f["until"].Fault("the rule ends before it starts")
	}
}
