package emissions

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

// The factors of Regulation (EU) 2018/2066, Annex VI, and propane as a substance.
func TestFuels(t *testing.T) {
	for _, c := range []struct {
		text string
		want measure.CO2e // mg
	}{
		{"amount: 100 L, density: 0.832 kg/L, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 83.2 kg, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 3577.6 MJ{LHV}, factor: eu-mrr/gas-oil", 265_100_160},
		{"amount: 100 kg, factor: eu-mrr/lpg", 298_463_000},
		{"amount: 100 kg, factor: eu-mrr/propane", 299_300_000},
		{"amount: 4730 MJ{LHV}, ncv: 47.3 MJ/kg{LHV}, factor: eu-mrr/propane", 299_300_000},
		{"amount: 100 kg, factor: eu-mrr/wood", 0},
	} {
		l := oneLine(t, "fuels:\n  - { name: x, group: E_production, from: { record: y }, "+strings.NewReplacer("3577.6 MJ{LHV}", "'3577.6 MJ{LHV}'", "4730 MJ{LHV}", "'4730 MJ{LHV}'", "47.3 MJ/kg{LHV}", "'47.3 MJ/kg{LHV}'").Replace(c.text)+" }\n")
		if l.CO2e != c.want || l.Scope != 1 || l.Label != "primary" {
			t.Errorf("%s: %d mg, scope %d, %s; want %d", c.text, l.CO2e, l.Scope, l.Label, c.want)
		}
	}
}

// Vector G5: 1 000 kWh at 60 g/kWh, by location, and by market with a
// guarantee of origin.
func TestElectricityByLocationAndMarket(t *testing.T) {
	const head = `inventory: test
period: { from: 2022-01-01T00:00:00Z, to: 2023-01-01T00:00:00Z }
gwp: ar5
electricity:
  - name: x
    group: E_production
    amount: 1000 kW.h
    location: finland-placeholders/electricity-mean-2021-2023
    from: { record: bill }
`
	const certificate = "    market: [{ amount: 1000 kW.h, factor: ghg-protocol/guarantee-of-origin, proof: certificate }]\n"
	for name, c := range map[string]struct {
		text             string
		location, market measure.CO2e
		byMarket         bool
	}{
		"G5":                 {certificate, 60_000_000, 0, false},
		"market is asked":    {certificate + "    counts: market\n", 60_000_000, 0, true},
		"half of it":         {strings.Replace(certificate, "1000", "500", 1), 60_000_000, 30_000_000, false},
		"no certificate":     {"", 60_000_000, 60_000_000, false},
		"a larger residual":  {"    residual: own/residual\nfactors: [{ id: residual, about: rest, kind: electricity, region: FI, co2e: 500 g/(kW.h), gwp: unknown, label: primary, source: x }]\n", 60_000_000, 500_000_000, true},
		"location, asked so": {"    residual: own/residual\n    counts: location\nfactors: [{ id: residual, about: rest, kind: electricity, region: FI, co2e: 500 g/(kW.h), gwp: unknown, label: primary, source: x }]\n", 60_000_000, 500_000_000, false},
	} {
		v := inventory(t, head+c.text)
		location, market := v.Lines[0], v.Lines[1]
		if location.CO2e != c.location || market.CO2e != c.market || market.Counted != c.byMarket || location.Counted == c.byMarket {
			t.Errorf("%s: location %d mg, market %d mg (counted: %v)", name, location.CO2e, market.CO2e, market.Counted)
		}
		want := c.location
		if c.byMarket {
			want = c.market
		}
		if groups := v.Groups(); len(groups) != 1 || groups[0].CO2e != want {
			t.Errorf("%s: groups %v, want %d: one of the two counts", name, groups, want)
		}
	}
}

// The lorry of the public example: 58.5 g/tkm, and half as much again for the
// way back.
func TestTransportCountsTheEmptyWayBack(t *testing.T) {
	const leg = "transport:\n  - { name: x, group: E_use, mass: 100 t, distance: 10 km, factor: puro-2025/lorry, from: { record: y } }\n"
	if l := oneLine(t, leg); l.CO2e != 87_750_000 || l.Scope != 3 {
		t.Errorf("%d mg, scope %d", l.CO2e, l.Scope)
	}
	if l := oneLine(t, strings.Replace(leg, "from:", "loaded: bill of lading, scope: 1, from:", 1)); l.CO2e != 58_500_000 || l.Scope != 1 {
		t.Errorf("loaded both ways: %d mg, scope %d", l.CO2e, l.Scope)
	}
}

// An asset is shared out over the shorter of the two times.
func TestEmbodied(t *testing.T) {
	const text = "factors: [{ id: kiln, about: kiln, kind: embodied, region: EU, co2e: 30 t, gwp: ar5, label: primary, source: x }]\nembodied:\n  - { name: x, group: E_emb, amount: 2, factor: own/kiln, lifetime: 20 a, crediting: 10 a, share: 2 %, from: { record: y } }\n"
	if l := oneLine(t, text); l.CO2e != 120_000_000 {
		t.Errorf("%d mg", l.CO2e)
	}
	if l := oneLine(t, strings.Replace(text, "20 a", "5 a", 1)); l.CO2e != 240_000_000 {
		t.Errorf("a short life: %d mg", l.CO2e)
	}
}
