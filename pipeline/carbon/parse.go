package carbon

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// ParseMethod reads a method file, as under configs/methods; file is its
// name, for errors. All faults come at once, each as "file:line:col: message".
func ParseMethod(file string, data []byte) (*Method, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	f := root.Fields("method", "name", "edition", "equations", "co2_per_carbon", "hc_molar", "hc_limit", "carbon_advice",
		"soil_low", "soil_high", "conservative", "persistence", "groups", "end_uses", "excluded_feedstocks")
	root.Need(f, "method", "edition", "equations", "co2_per_carbon", "hc_molar", "hc_limit", "carbon_advice",
		"soil_low", "soil_high", "conservative", "persistence", "groups", "end_uses", "excluded_feedstocks")
	m := &Method{
		ID: f["method"].Text(), Name: f["name"].Text(), Edition: f["edition"].Text(), Digest: hex.EncodeToString(sum[:]),
		CO2PerCarbon:  factor(f["co2_per_carbon"], one),
		HCMolar:       factor(f["hc_molar"], one),
		HCLimit:       factor(f["hc_limit"], one),
		CarbonAdvice:  factor(f["carbon_advice"], one),
		SoilLow:       factor(f["soil_low"], celsius),
		SoilHigh:      factor(f["soil_high"], celsius),
		ConservativeZ: factor(f["conservative"], one, "name"),
		ExcludedFeed:  map[string]string{},
	}
	for _, e := range f["conservative"].Entries() {
		if e.Text == "name" {
			m.ConservativeName = e.Value.Text()
		}
	}
	equations := f["equations"].Fields("label", "source")
	m.EquationsBy = label(equations["label"])
	table := f["persistence"].Fields("label", "source", "rows")
	m.PersistLabel = label(table["label"])
	for _, item := range table["rows"].List() {
		cells := item.List()
		if len(cells) != 3 {
			item.Fault("needs soil temperature, M and a")
			continue
		}
		t, _ := cells[0].In(celsius)
		row := PersistenceRow{SoilTemperature: int(t)}
		row.M, _ = cells[1].In(inPercent)
		row.A, _ = cells[2].In(inPercent)
		if n := len(m.Persistence); n > 0 {
			if before := m.Persistence[n-1]; row.SoilTemperature != before.SoilTemperature+1 || row.M >= before.M || row.A <= before.A {
				item.Fault("temperatures must rise by 1 Cel, M fall and a rise from row to row")
			}
		}
		m.Persistence = append(m.Persistence, row)
	}
	for _, item := range f["groups"].List() {
		g := item.Fields("symbol", "part", "required", "about")
		item.Need(g, "symbol", "part", "required", "about")
		m.Groups = append(m.Groups, Group{Symbol: g["symbol"].Text(), Part: g["part"].Choice("E_ops", "E_emb", "E_leakage", "C_baseline"), Required: g["required"].Flag(), About: g["about"].Text()})
	}
	for _, item := range f["end_uses"].List() {
		m.EndUses = append(m.EndUses, item.Text())
	}
	for _, e := range f["excluded_feedstocks"].Entries() {
		m.ExcludedFeed[e.Text] = e.Value.Text()
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

var (
	one       measure.Unit
	inPercent = measure.MustUnit("%")
	celsius   = measure.MustUnit("Cel")
	year      = measure.MustUnit("a")
)

// factor reads { value, label, source }; a pure number may be a ratio, 44/12.
func factor(x strict.Node, u measure.Unit, more ...string) Factor {
	f := x.Fields(append([]string{"value", "label", "source"}, more...)...)
	x.Need(f, "value", "label", "source")
	factor := Factor{Label: label(f["label"]), Source: f["source"].Text()}
	if s := f["value"].Text(); u == one && strings.Contains(s, "/") {
		ratio, ok := new(big.Rat).SetString(s)
		if !ok {
			f["value"].Fault("%q is no ratio, as in 44/12", s)
			return factor
		}
		factor.Value, _ = ratio.Float64()
		return factor
	}
	factor.Value, _ = f["value"].In(u)
	return factor
}

func label(x strict.Node) string {
	return x.Choice("primary", "secondary", "reproduced", "computed", "unverified")
}
