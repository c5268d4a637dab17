package carbon

import (
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

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
func ParseRequest(file string, data []byte) (Request, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("batch", "sink", "uncertainty", "emissions")
	root.Need(f, "batch")
	b := f["batch"].Fields("dry_mass", "produced_dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "oxygen", "o_corg",
		"production_temperature", "random_reflectance", "durable_shares", "feedstock", "technology")
	f["batch"].Need(b, "dry_mass")
	r := Request{
		DryMass:               dryMass(b["dry_mass"]),
		CarbonTotal:           b["carbon_total"].Share(),
		CarbonInorganic:       b["carbon_inorganic"].Share(),
		Hydrogen:              b["hydrogen"].Share(),
		Oxygen:                b["oxygen"].Share(),
		HCorg:                 b["h_corg"].Optional(one),
		OCorg:                 b["o_corg"].Optional(one),
		ProductionTemperature: b["production_temperature"].Optional(celsius),
		RandomReflectance:     shares(b["random_reflectance"]),
		DurableShares:         shares(b["durable_shares"]),
		Feedstock:             b["feedstock"].Text(),
		Technology:            b["technology"].Choice("high", "low"),
		Emissions:             ReadEmissions(f["emissions"]),
	}
	r.Produced = r.DryMass
	if x := b["produced_dry_mass"]; x.Present() {
		r.Produced = dryMass(x)
	}
	s := f["sink"].Fields("soil_temperature", "horizon", "end_use")
	r.Sink = Sink{SoilTemperature: s["soil_temperature"].Optional(celsius), Horizon: s["horizon"].Optional(year), EndUse: s["end_use"].Text()}
	u := f["uncertainty"].Fields("dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "emissions", "oxygen", "o_corg", "produced_dry_mass")
	r.Uncertainty = Uncertainty{
		DryMass: u["dry_mass"].Share(), CarbonTotal: u["carbon_total"].Share(), CarbonInorganic: u["carbon_inorganic"].Share(),
		Hydrogen: u["hydrogen"].Share(), HCorg: u["h_corg"].Share(), Emissions: u["emissions"].Share(),
	}
	if err := d.Err(); err != nil {
		return Request{}, err
	}
	return r, nil
}

func dryMass(x strict.Node) measure.DryMass {
	kg, ok := x.In(kilogram)
	if !ok {
		return 0
	}
	m, err := measure.DryMassOf(kg)
	if err != nil {
		x.Fault("%v", err)
	}
	if m < 0 {
		x.Fault("%s is below 0", x.Text())
	}
	return m
}

func shares(x strict.Node) []float64 {
	if !x.Present() {
		return nil
	}
	var all []float64
	for _, item := range x.List() {
		if v, ok := item.Fraction(); ok {
			all = append(all, v)
		}
	}
	return slices.Clip(all)
}

// ReadEmissions reads a list of { group, name, amount, factor, source }.
func ReadEmissions(x strict.Node) []Emission {
	var all []Emission
	for _, item := range x.List() {
		f := item.Fields("group", "name", "amount", "factor", "source")
		item.Need(f, "group", "name", "amount")
		e := Emission{Group: f["group"].Text(), Name: f["name"].Text(), Source: f["source"].Text()}
		amount, ok := f["amount"].Quantity()
		if !ok {
			continue
		}
		e.Amount = amount
		if q, ok := f["factor"].Quantity(); ok {
			e.Factor = &q
		} else if f["factor"].Present() {
			continue
		}
		if _, err := e.CO2e(); err != nil {
			item.Fault("%v", err)
			continue
		}
		all = append(all, e)
	}
	return all
}
