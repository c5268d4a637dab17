package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

// ParseMethod reads a method file, as under configs/methods; file is its
// name, for errors. Package carbon takes the result: it reads no files itself.
func ParseMethod(file string, data []byte) (carbon.Method, error) {
	d, root := open(file, data)
	sum := sha256.Sum256(data)
	f := root.fields("method", "name", "edition", "equations", "co2_per_carbon", "hc_molar", "hc_limit", "carbon_advice",
		"soil_low", "soil_high", "conservative", "persistence", "groups", "end_uses", "excluded_feedstocks")
	root.need(f, "method", "edition", "equations", "co2_per_carbon", "hc_molar", "hc_limit", "carbon_advice",
		"soil_low", "soil_high", "conservative", "persistence", "groups", "end_uses", "excluded_feedstocks")
	m := carbon.Method{
		ID: f["method"].text(), Name: f["name"].text(), Edition: f["edition"].text(), Digest: hex.EncodeToString(sum[:]),
		CO2PerCarbon:  f["co2_per_carbon"].factor(one),
		HCMolar:       f["hc_molar"].factor(one),
		HCLimit:       f["hc_limit"].factor(one),
		CarbonAdvice:  f["carbon_advice"].factor(one),
		SoilLow:       f["soil_low"].factor(celsius),
		SoilHigh:      f["soil_high"].factor(celsius),
		ConservativeZ: f["conservative"].factor(one, "name"),
		ExcludedFeed:  map[string]string{},
	}
	for _, e := range f["conservative"].entries() {
		if e.text == "name" {
			m.ConservativeName = e.value.text()
		}
	}
	equations := f["equations"].fields("label", "source")
	m.EquationsBy = equations["label"].label()
	table := f["persistence"].fields("label", "source", "rows")
	m.PersistLabel = table["label"].label()
	for _, item := range table["rows"].list() {
		cells := item.list()
		if len(cells) != 3 {
			item.fault("needs soil temperature, M and a")
			continue
		}
		t, _ := cells[0].in(celsius)
		row := carbon.PersistenceRow{SoilTemperature: int(t)}
		row.M, _ = cells[1].in(inPercent)
		row.A, _ = cells[2].in(inPercent)
		if n := len(m.Persistence); n > 0 {
			if before := m.Persistence[n-1]; row.SoilTemperature != before.SoilTemperature+1 || row.M >= before.M || row.A <= before.A {
				item.fault("temperatures must rise by 1 Cel, M fall and a rise from row to row")
			}
		}
		m.Persistence = append(m.Persistence, row)
	}
	for _, item := range f["groups"].list() {
		g := item.fields("symbol", "part", "required", "about")
		item.need(g, "symbol", "part", "required", "about")
		m.Groups = append(m.Groups, carbon.Group{Symbol: g["symbol"].text(), Part: g["part"].choice("E_ops", "E_emb", "E_leakage", "C_baseline"), Required: g["required"].flag(), About: g["about"].text()})
	}
	for _, item := range f["end_uses"].list() {
		m.EndUses = append(m.EndUses, item.text())
	}
	for _, e := range f["excluded_feedstocks"].entries() {
		m.ExcludedFeed[e.text] = e.value.text()
	}
	if err := d.err(); err != nil {
		return carbon.Method{}, err
	}
	return m, nil
}

var inPercent = measure.MustUnit("%")

// factor reads { value, label, source }; a pure number may be a ratio, 44/12.
func (x node) factor(u measure.Unit, more ...string) carbon.Factor {
	f := x.fields(append([]string{"value", "label", "source"}, more...)...)
	x.need(f, "value", "label", "source")
	factor := carbon.Factor{Label: f["label"].label(), Source: f["source"].text()}
	if s := f["value"].text(); u == one && strings.Contains(s, "/") {
		ratio, ok := new(big.Rat).SetString(s)
		if !ok {
			f["value"].fault("%q is no ratio, as in 44/12", s)
			return factor
		}
		factor.Value, _ = ratio.Float64()
		return factor
	}
	factor.Value, _ = f["value"].in(u)
	return factor
}

func (x node) label() string {
	return x.choice("primary", "secondary", "reproduced", "computed", "unverified")
}

// ParseRequest reads one carbon account as nielu quantify takes it; file is
// its name, for errors.
//
//	batch:
//	  dry_mass: 22008.07 t          # placed in the sink
//	  produced_dry_mass: 22008.07 t # made; default: dry_mass
//	  carbon_total: 87.4 %          # of dry mass, as all below
//	  carbon_inorganic: 0.5 %
//	  hydrogen: 2.1 %               # or h_corg: 0.29 (molar)
//	  oxygen: 10.1 %                # or o_corg; optional, as is everything below
//	  production_temperature: 550 Cel
//	  random_reflectance: [3.9 %]
//	  durable_shares: [92 %, 95 %, 90 %]
//	  feedstock: wood
//	  technology: high              # high | low
//	sink: { soil_temperature: 15 Cel, horizon: 100 a, end_use: agricultural-soil }
//	uncertainty: { dry_mass: 1 %, carbon_total: 0.8 %, hydrogen: 3 % }   # standard, of the value
//	emissions:
//	  - { group: E_biomass, name: chips transport, amount: 3744000 t.km, factor: 87.75 g/(t.km), source: "..." }
//	  - { group: E_use, name: given by the operator, amount: 199.11 t }   # no factor: already CO2e
func ParseRequest(file string, data []byte) (carbon.Request, error) {
	d, root := open(file, data)
	f := root.fields("batch", "sink", "uncertainty", "emissions")
	root.need(f, "batch")
	b := f["batch"].fields("dry_mass", "produced_dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "oxygen", "o_corg",
		"production_temperature", "random_reflectance", "durable_shares", "feedstock", "technology")
	f["batch"].need(b, "dry_mass")
	r := carbon.Request{
		DryMass:               b["dry_mass"].dryMass(),
		CarbonTotal:           b["carbon_total"].share(),
		CarbonInorganic:       b["carbon_inorganic"].share(),
		Hydrogen:              b["hydrogen"].share(),
		Oxygen:                b["oxygen"].share(),
		HCorg:                 b["h_corg"].optional(one),
		OCorg:                 b["o_corg"].optional(one),
		ProductionTemperature: b["production_temperature"].optional(celsius),
		RandomReflectance:     b["random_reflectance"].shares(),
		DurableShares:         b["durable_shares"].shares(),
		Feedstock:             b["feedstock"].text(),
		Technology:            b["technology"].choice("high", "low"),
		Emissions:             readEmissions(f["emissions"]),
	}
	r.Produced = r.DryMass
	if x := b["produced_dry_mass"]; x.present() {
		r.Produced = x.dryMass()
	}
	s := f["sink"].fields("soil_temperature", "horizon", "end_use")
	r.Sink = carbon.Sink{SoilTemperature: s["soil_temperature"].optional(celsius), Horizon: s["horizon"].optional(year), EndUse: s["end_use"].text()}
	u := f["uncertainty"].fields("dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "emissions", "oxygen", "o_corg", "produced_dry_mass")
	r.Uncertainty = carbon.Uncertainty{
		DryMass: u["dry_mass"].share(), CarbonTotal: u["carbon_total"].share(), CarbonInorganic: u["carbon_inorganic"].share(),
		Hydrogen: u["hydrogen"].share(), HCorg: u["h_corg"].share(), Emissions: u["emissions"].share(),
	}
	if err := d.err(); err != nil {
		return carbon.Request{}, err
	}
	return r, nil
}

func (x node) dryMass() measure.DryMass {
	kg, ok := x.in(kilogram)
	if !ok {
		return 0
	}
	m, err := measure.DryMassOf(kg)
	if err != nil {
		x.fault("%v", err)
	}
	if m < 0 {
		x.fault("%s is below 0", x.text())
	}
	return m
}

func (x node) share() *float64 {
	if v, ok := x.fraction(); ok {
		return &v
	}
	return nil
}

func (x node) shares() []float64 {
	if x.n == nil {
		return nil
	}
	var all []float64
	for _, item := range x.list() {
		if v, ok := item.fraction(); ok {
			all = append(all, v)
		}
	}
	return slices.Clip(all)
}
