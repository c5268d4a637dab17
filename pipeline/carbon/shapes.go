package carbon

import (
	"maps"
	"slices"

	"github.com/nielu/nielu/measure"
)

// shape is what the file of a method must hold beside what every file does:
// the factors and tables its function reads, and the sums its emissions enter.
type shape struct {
	factors map[string]measure.Unit
	tables  map[string]layout
	parts   []string // none: the method counts no emissions
}

// layout is the columns of a table.
type layout struct {
	named bool // the first column is a name
	units []measure.Unit
	keys  int // how many columns order the rows: each row is above the one before
	fault func(before, row []float64) string
}

var (
	one       measure.Unit
	inPercent = measure.MustUnit("%")
	celsius   = measure.MustUnit("Cel")
	kelvin    = measure.MustUnit("K")
	year      = measure.MustUnit("a")
	perArea   = measure.MustUnit("kg/m2")
)

// Methods lists the methods that Quantify computes, the default one first.
func Methods() []string {
	return []string{"puro-2025", "isometric-1.3", "csi-3.3", "vm0044-1.2", "crcf-art4", "woolf-2021", "slu-2024", "ipcc-2019"}
}

func shapeOf(method string) (shape, bool) {
	switch method {
	case "puro-2025":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_limit", "carbon_advice", "analyses_regime_a", "analyses_regime_b", "stability", "combustion_uptime").and(celsius, "soil_low", "soil_high"),
			tables:  map[string]layout{"persistence": persistence},
			parts:   []string{"E_ops", "E_emb", "E_leakage", "C_baseline"},
		}, true
	case "isometric-1.3":
		return shape{
			factors: pure("co2_per_carbon", "co2_per_carbon_1000", "hc_molar", "oc_molar", "hc_limit", "oc_limit", "durable_a", "durable_b", "durable_c", "cap",
				"unlock_samples", "batch_samples", "batches_per_sampled", "winsor_sigmas", "winsor_samples", "missed_for_review", "low_for_review",
				"pool_months", "batch_months", "stability", "moisture_sem", "buffer").and(celsius, "soil_low").and(kelvin, "soil_spread"),
			tables: map[string]layout{"contaminants": {named: true, units: []measure.Unit{one}}},
			parts:  []string{"CO2e_Emissions", "CO2e_Counterfactual"},
		}, true
	case "csi-3.3":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_limit", "gpc_lower", "gpc_upper", "reflectance_mean", "reflectance_below", "reflectance_points",
				"reflectance_heterogeneity", "hypy_limit", "spc_fast", "spc_fast_rate", "spc_slow", "spc_slow_rate", "margin_of_safety",
				"methane_temporary", "methane_spc", "energy_use_limit", "fossil_target", "batch_days"),
			parts: []string{"gas"},
		}, true
	case "vm0044-1.2":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_limit", "carbon_limit", "pr_above_600", "pr_450_600", "pr_350_450", "pr_unknown", "methane_low_technology"),
			tables:  map[string]layout{"carbon_content": {named: true, units: []measure.Unit{one, one}}},
			parts:   []string{"PE_PS", "PE_AS", "LE"},
		}, true
	case "crcf-art4":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_limit").and(celsius, "soil_low", "soil_high").and(perArea, "soil_cap"),
			tables:  map[string]layout{"persistence": persistence},
			parts:   []string{"GHGassociated"},
		}, true
	case "woolf-2021":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_low", "hc_high", "n2o_share").and(perArea, "n2o_rate"),
			tables: map[string]layout{
				"regression":        {units: []measure.Unit{year, celsius, one, one, one, one, one, one}, keys: 2},
				"class_persistence": {units: []measure.Unit{year, celsius, one, one, one}, keys: 2},
				"carbon_content":    {named: true, units: []measure.Unit{one, one, one, one, one}},
			},
		}, true
	case "slu-2024":
		return shape{
			factors: pure("co2_per_carbon", "hc_molar", "hc_low", "hc_high"),
			tables:  map[string]layout{"power": {units: []measure.Unit{celsius, inPercent, inPercent, one}, keys: 1}},
		}, true
	case "ipcc-2019":
		return shape{
			factors: pure("co2_per_carbon", "pr_above_600", "pr_450_600", "pr_350_450", "pr_unknown", "spread_above_600", "spread_450_600", "spread_350_450"),
			tables:  map[string]layout{"carbon_content": {named: true, units: []measure.Unit{one, one}}},
		}, true
	}
	return shape{}, false
}

// persistence is a table of M and a by whole degrees of the soil.
var persistence = layout{units: []measure.Unit{celsius, inPercent, inPercent}, keys: 1, fault: func(before, row []float64) string {
	if row[0] != before[0]+1 || row[1] >= before[1] || row[2] <= before[2] {
		return "temperatures must rise by 1 Cel, M fall and a rise from row to row"
	}
	return ""
}}

type units map[string]measure.Unit

func pure(keys ...string) units { return units{}.and(one, keys...) }

func (u units) and(unit measure.Unit, keys ...string) units {
	for _, key := range keys {
		u[key] = unit
	}
	return u
}

// missing names what a method lacks that was not read by ParseMethod, or "".
func (s shape) missing(m Method) string {
	for _, key := range slices.Sorted(maps.Keys(s.factors)) {
		if _, ok := m.Factors[key]; !ok {
			return key
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.tables)) {
		if len(m.Tables[key].Rows) == 0 {
			return key
		}
	}
	return ""
}
