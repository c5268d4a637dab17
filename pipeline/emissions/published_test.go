package emissions

import (
	"math"
	"strings"
	"testing"
)

// Factors of fuels by volume, as national inventories print them, and by
// normal volume; and the way back that a factor says nothing of.
func TestFactorsByVolumeAndEmptyWays(t *testing.T) {
	own := `factors:
  - { id: diesel, about: diesel, kind: fuel, region: FI, co2_fossil: 2.651 kg/L, density: 0.832 kg/L, ncv: '43 MJ/kg{LHV}', label: secondary, source: a test }
  - { id: gas, about: gas, kind: fuel, region: FI, co2_fossil: "2.0 kg/m3{N}", label: secondary, source: a test }
  - { id: lorry, about: lorry, kind: transport, region: FI, co2e: 100 g/(t.km), gwp: unknown, label: secondary, source: a test }
`
	const mix = `factors:
  - { id: grid, about: a generation mix, kind: electricity, region: FI, mix: [{ share: 80 %, co2_fossil: 700 g/(kW.h) }, { share: 15 %, co2_fossil: 0 g/(kW.h) }, { share: 5 %, co2_fossil: 0 g/(kW.h), ch4: 1 g/(kW.h) }], losses: 5 %, label: computed, source: a test }
`
	v := inventory(t, strings.Replace(week, "ar5", "ar6", 1)+"electricity:\n  - { name: x, group: E_production, amount: 1000 kW.h, location: own/grid, from: { record: y } }\n"+mix)
	if got, want := float64(v.Lines[0].CO2e)/1e6, (560+.05*27.9)/.95; math.Abs(got-want) > 2e-5 {
		t.Errorf("a mix: %v kg, want %v", got, want)
	}
	for entry, want := range map[string]float64{
		"fuels:\n  - { name: x, group: E_production, amount: 100 L, factor: own/diesel, from: { record: y } }\n":                                265.1,
		"fuels:\n  - { name: x, group: E_production, amount: 83.2 kg, factor: own/diesel, from: { record: y } }\n":                              265.1,
		"fuels:\n  - { name: x, group: E_production, amount: '3577.6 MJ{LHV}', factor: own/diesel, from: { record: y } }\n":                     265.1,
		"fuels:\n  - { name: x, group: E_production, amount: '50 m3{N}', factor: own/gas, from: { record: y } }\n":                              100,
		"transport:\n  - { name: x, group: E_use, mass: 10 t, distance: 100 km, factor: own/lorry, from: { record: y } }\n":                     150,
		"transport:\n  - { name: x, group: E_use, mass: 10 t, distance: 100 km, factor: own/lorry, loaded: grain back, from: { record: y } }\n": 100,
	} {
		v := inventory(t, week+entry+own)
		if got := float64(v.Lines[0].CO2e) / 1e6; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %v kg, want %v", strings.TrimSpace(entry), got, want)
		}
	}
}
