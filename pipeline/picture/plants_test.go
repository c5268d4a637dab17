package picture_test

import (
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/picture"
)

// units is a pyrolysis plant unit by unit: dryer, hopper, kiln, condenser,
// burner, flare, storage, with gas burnt for heat, heat that dries, a recycle
// of oil and one of hot gas, two instruments on one stream and much that
// nobody measures.
const units = `plant: u
name: Pyrolysis plant, unit by unit
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  u/feed/mass_flow:    { about: "Belt scale", instrument: WT-101, unit: kg/h, hold: sloped, stale: 30 s }
  u/feed/mass_check:   { about: "Weighbridge", instrument: WT-102, unit: kg/h, hold: sloped, stale: 30 s }
  u/feed/moisture:     { instrument: MT-101, unit: "%", hold: sloped, stale: 30 s }
  u/chips/mass_flow:   { instrument: WT-110, unit: kg/h, hold: sloped, stale: 30 s }
  u/char/mass_flow:    { instrument: WT-201, unit: kg/h, hold: sloped, stale: 30 s }
  u/char/level:        { instrument: LT-202, unit: m, hold: sloped, stale: 30 s }
  u/hopper/weight:     { instrument: WT-111, unit: kg, hold: sloped, stale: 30 s }
  u/gas/volume_flow:   { instrument: FT-301, unit: m3/h, hold: sloped, stale: 30 s }
  u/gas/pressure:      { instrument: PT-301, unit: "mbar", hold: sloped, stale: 30 s }
  u/gas/temperature:   { instrument: TT-301, unit: Cel, hold: sloped, stale: 30 s }
  u/gas/ch4:           { instrument: AT-301, unit: "%", hold: sloped, stale: 30 s }
  u/gas/co2:           { instrument: AT-301, unit: "%", hold: sloped, stale: 30 s }
  u/flare/volume_flow: { instrument: FT-401, unit: "m3{N}/h", hold: sloped, stale: 30 s }
  u/oil/mass_flow:     { instrument: FT-302, unit: kg/h, hold: sloped, stale: 30 s }
  u/power/active:      { instrument: JQ-901, unit: kW, hold: sloped, stale: 30 s }
nodes:
  dryer: "Belt dryer"
  hopper: "Feed hopper with lock"
  kiln: { about: "Rotary kiln, externally heated", balances: [mass, carbon] }
  condenser: "Spray condenser"
  burner: "Gas burner of the kiln"
  flare: "Emergency flare"
  silo: "Char silo"
streams:
  wet_chips:   { about: "Wet wood chips", to: dryer, phase: solid, mass: [{ tag: u/feed/mass_flow }, { tag: u/feed/mass_check }], moisture: { tag: u/feed/moisture }, carbon: { lab: feed_carbon } }
  vapour:      { about: "Water driven off", from: dryer, phase: gas }
  dry_chips:   { from: dryer, to: hopper, phase: solid, like: wet_chips }
  chips:       { from: hopper, to: kiln, phase: solid, mass: { tag: u/chips/mass_flow }, like: wet_chips }
  purge:       { about: "Nitrogen", to: hopper, phase: gas, volume: { value: "3 m3{N}/h", uncertainty: 10 %, source: "rotameter" } }
  char:        { from: kiln, to: silo, phase: solid }
  char_out:    { from: silo, phase: solid, mass: { tag: u/char/mass_flow }, moisture: { lab: char_moisture }, carbon: { lab: char_carbon } }
  vapours:     { about: "Hot vapours", from: kiln, to: condenser, phase: gas }
  oil:         { from: condenser, phase: liquid, mass: { tag: u/oil/mass_flow }, carbon: { lab: oil_carbon } }
  oil_back:    { about: "Heavy oil to the kiln", from: condenser, to: kiln, phase: liquid }
  gas:         { from: condenser, to: burner, phase: gas, volume: { tag: u/gas/volume_flow }, state: { pressure: { tag: u/gas/pressure }, temperature: { tag: u/gas/temperature } }, composition: { CH4: { tag: u/gas/ch4 }, CO2: { tag: u/gas/co2 }, N2: { rest: true } } }
  flare_gas:   { from: condenser, to: flare, phase: gas, volume: { tag: u/flare/volume_flow } }
  air:         { to: burner, phase: gas }
  flue_gas:    { from: burner, phase: gas }
  flare_smoke: { from: flare, phase: gas }
energy:
  electricity: { to: kiln, power: { tag: u/power/active } }
  kiln_heat:   { about: "Heat of the burner", from: burner, to: kiln }
  drying_heat: { about: "Heat for drying", to: dryer }
  shell_loss:  { from: kiln, power: { value: 12 kW, uncertainty: 25 %, source: "estimate" } }
  cooling:     { from: condenser }
stocks:
  in_hopper: { node: hopper, of: chips, mass: { tag: u/hopper/weight } }
  in_silo:   { node: silo, of: char_out, level: { tag: u/char/level }, area: { value: 4 m2, source: "drawing" }, density: { value: 180 kg/m3, source: "sample" } }
product: char_out
`

// unitValues is a window of it as a reconciliation would tell it.
func unitValues() picture.Values {
	value := func(w float64, status picture.Status, lines ...string) picture.Value {
		return picture.Value{Lines: lines, Status: status, Width: w}
	}
	return picture.Values{
		About: "2026-11-02 10:00 to 11:00 UTC, reconciled",
		Unit:  "kg/h",
		Streams: map[string]picture.Value{
			"wet_chips": value(512, picture.Reconciled, "512.4 ± 2.6 kg/h", "measured 518.1 ± 5.2"), "vapour": value(160, picture.Estimated, "160 ± 4 kg/h"),
			"dry_chips": value(352, picture.Estimated, "352 ± 3 kg/h"), "chips": value(352, picture.Suspect, "352 ± 3 kg/h", "measured 381.0 ± 3.5, z 6.3"),
			"purge": value(3.7, picture.Measured, "3.7 ± 0.4 kg/h"), "char": value(95, picture.ByDifference, "95.2 kg/h"),
			"char_out": value(91, picture.Reconciled, "91.3 ± 0.9 kg/h", "measured 91.5 ± 0.9"), "vapours": value(260, picture.Estimated, "260 ± 4 kg/h"),
			"oil": value(88, picture.Measured, "88.1 ± 0.4 kg/h"), "gas": value(140, picture.Reconciled, "140 ± 2 kg/h"), "flare_gas": value(28, picture.Measured, "28.0 ± 0.6 kg/h"),
			"flare_smoke": value(0, picture.NoValue), "flue_gas": value(500, picture.Estimated, "500 ± 40 kg/h"),
		},
		Energy: map[string]picture.Value{
			"electricity": value(0, picture.Measured, "41.2 ± 0.4 kW"), "shell_loss": value(0, picture.Estimated, "12 ± 3 kW"), "kiln_heat": value(0, picture.ByDifference, "96 kW"),
		},
		Stocks: map[string]picture.Value{"in_hopper": value(0, picture.Measured, "+1.2 kg", "251 kg at the end"), "in_silo": value(0, picture.Suspect, "+4.0 kg")},
		Nodes:  map[string][]string{"kiln": {"mass closes to 1.012 ± 0.013"}},
		Residuals: []picture.Residual{
			{Node: "kiln", Lines: []string{"mass, 4.3 ± 4.9 kg/h"}, Width: 4.3},
			{Node: "condenser", Lines: []string{"mass, −12 ± 5 kg/h"}, Width: -12},
		},
	}
}

func plantOf(t testing.TB, text string) *flowsheet.Plant {
	t.Helper()
	p, err := flowsheet.Parse("plant.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func builtIn(t testing.TB, name string) *flowsheet.Plant {
	t.Helper()
	data, err := configs.Plants.ReadFile("plants/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return plantOf(t, string(data))
}
