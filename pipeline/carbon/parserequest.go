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
//
// docs/quantify.md lists what single methods ask for beside it: more of the
// batch, the packaging units, the process and its samples.
func ParseRequest(file string, data []byte) (Request, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("batch", "sink", "uncertainty", "emissions", "certify", "sampling", "variants", "units", "process", "samples", "crcf", "calibrations", "measured")
	root.Need(f, "batch")
	r := readBatch(f["batch"])
	s := f["sink"].Fields("soil_temperature", "horizon", "end_use", "proof", "soil_temperature_from", "soil_temperature_spread", "biochar_share", "placed", "application_rate", "baseline_n2o", "retail_discount")
	r.Sink = Sink{
		SoilTemperature: s["soil_temperature"].Optional(celsius), Horizon: s["horizon"].Optional(year), EndUse: s["end_use"].Text(), Proof: s["proof"].Text(),
		SoilTemperatureFrom: s["soil_temperature_from"].Choice("measured", "dataset", "air"), SoilTemperatureSpread: atLeastZero(s["soil_temperature_spread"], kelvin),
		BiocharShare: s["biochar_share"].Share(), PlacedAt: s["placed"].Instant(), ApplicationRate: atLeastZero(s["application_rate"], perArea), BaselineN2O: atLeastZero(s["baseline_n2o"], kilogram),
		RetailDiscount: s["retail_discount"].Share(),
	}
	u := f["uncertainty"].Fields("dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "emissions", "moisture", "oxygen", "o_corg", "produced_dry_mass")
	r.Uncertainty = Uncertainty{
		DryMass: u["dry_mass"].Share(), CarbonTotal: u["carbon_total"].Share(), CarbonInorganic: u["carbon_inorganic"].Share(),
		Hydrogen: u["hydrogen"].Share(), HCorg: u["h_corg"].Share(), Emissions: u["emissions"].Share(), Moisture: u["moisture"].Share(),
	}
	r.Emissions, r.Certify = ReadEmissions(f["emissions"]), f["certify"].Flag()
	p := f["sampling"].Fields("regime", "analyses_in_year", "proof", "deviation")
	r.Sampling = Sampling{Regime: p["regime"].Choice("A", "B"), AnalysesInYear: p["analyses_in_year"].Whole(0, 0, 1000), Proof: p["proof"].Text(), Deviation: p["deviation"].Share()}
	for _, item := range f["variants"].List() {
		r.Variants = append(r.Variants, item.Text())
	}
	r.Char.Units, r.Process, r.Samples = readUnits(f["units"]), readProcess(f["process"]), readSamples(f["samples"])
	r.Calibrations, r.Measurements = readCalibrations(f["calibrations"]), readMeasurements(f["measured"])
	c := f["crcf"].Fields("baseline", "total", "associated")
	r.CRCF.Baseline, r.CRCF.Total, r.CRCF.Associated = co2e(c["baseline"]), co2e(c["total"]), co2e(c["associated"])
	if err := d.Err(); err != nil {
		return Request{}, err
	}
	return r, nil
}

// readBatch reads the parts of a request that its batch holds.
func readBatch(x strict.Node) Request {
	b := x.Fields("dry_mass", "produced_dry_mass", "carbon_total", "carbon_inorganic", "hydrogen", "h_corg", "oxygen", "o_corg",
		"production_temperature", "random_reflectance", "durable_shares", "feedstock", "technology",
		"id", "from", "to", "organic_carbon", "ash", "nitrogen", "sulfur", "moisture", "random_reflectance_sd", "nonreactive_carbon", "nonreactive_carbon_sd",
		"reflectance_points", "reflectance_gaussian", "reflectance_heterogeneity", "hypy_carbon", "carbonisation", "feed_carbon", "contaminants",
		"facility", "combustion_uptime", "technology_proof", "biomass_proof", "energy_use", "methane_compensation",
		"heat_used", "impurity", "fossil_carbon", "feed_categories", "feed_delivered", "feed_stored", "outside", "counterfactual")
	x.Need(b, "dry_mass")
	r := Request{
		Batch: Batch{ID: b["id"].Text(), Made: measure.Interval{From: b["from"].Instant(), To: b["to"].Instant()}},
		Char:  readChar(b), Analysis: readAnalysis(b), Petrography: readPetrography(b), Feed: readFeed(b), Production: readProduction(b),
	}
	if made := r.Batch.Made; made.From.IsZero() != made.To.IsZero() || made.To.Before(made.From) {
		x.Fault("from and to belong together, and to comes after from")
	}
	return r
}

func readChar(b map[string]strict.Node) Char {
	c := Char{DryMass: dryMass(b["dry_mass"]), Moisture: b["moisture"].Share(), Impurity: b["impurity"].Share()}
	c.Produced = c.DryMass
	if p := b["produced_dry_mass"]; p.Present() {
		c.Produced = dryMass(p)
	}
	return c
}

func readAnalysis(b map[string]strict.Node) Analysis {
	a := Analysis{
		CarbonTotal: b["carbon_total"].Share(), CarbonInorganic: b["carbon_inorganic"].Share(), OrganicCarbon: b["organic_carbon"].Share(),
		Hydrogen: b["hydrogen"].Share(), Oxygen: b["oxygen"].Share(), HCorg: b["h_corg"].Optional(one), OCorg: b["o_corg"].Optional(one),
		Ash: b["ash"].Share(), Nitrogen: b["nitrogen"].Share(), Sulfur: b["sulfur"].Share(),
		NonreactiveCarbon: b["nonreactive_carbon"].Share(), NonreactiveSD: b["nonreactive_carbon_sd"].Share(), HyPyCarbon: b["hypy_carbon"].Share(),
	}
	for _, e := range b["contaminants"].Entries() {
		if v, ok := e.Value.Fraction(); ok {
			if a.Contaminants == nil {
				a.Contaminants = map[string]float64{}
			}
			a.Contaminants[e.Text] = v
		}
	}
	return a
}

func readPetrography(b map[string]strict.Node) Petrography {
	return Petrography{
		Reflectance: shares(b["random_reflectance"]), SD: b["random_reflectance_sd"].Share(), Points: b["reflectance_points"].Whole(0, 0, 1e6),
		Gaussian: b["reflectance_gaussian"].Flag(), Heterogeneity: b["reflectance_heterogeneity"].Optional(one), DurableShares: shares(b["durable_shares"]),
	}
}

func readFeed(b map[string]strict.Node) Feed {
	f := Feed{
		Kind: b["feedstock"].Text(), Proof: b["biomass_proof"].Text(), Carbon: carbonMass(b["feed_carbon"]), FossilCarbon: carbonMass(b["fossil_carbon"]),
		Delivered: wetMass(b["feed_delivered"]), Stored: atLeastZero(b["feed_stored"], days), Counterfactual: b["counterfactual"].Text(),
	}
	for _, item := range b["feed_categories"].List() {
		f.Categories = append(f.Categories, item.Text())
	}
	return f
}

func readProduction(b map[string]strict.Node) Production {
	p := Production{
		Carbonisation: b["carbonisation"].Choice("pyrolysis", "gasification"), Technology: b["technology"].Choice("high", "low"),
		TechnologyProof: b["technology_proof"].Text(), Facility: b["facility"].Choice("new", "retrofit", "repurpose"),
		Temperature: b["production_temperature"].Optional(celsius), CombustionUptime: b["combustion_uptime"].Share(),
		EnergyUse: b["energy_use"].Share(), HeatUsed: b["heat_used"].Share(), MethaneCompensation: b["methane_compensation"].Text(),
	}
	if x := b["outside"]; x.Present() {
		d := x.Duration()
		p.Outside = &d
	}
	return p
}

// readUnits reads a list of { id, wet_mass, moisture, volume, subsamples, dried }.
func readUnits(x strict.Node) (all []PackagingUnit) {
	for _, item := range x.List() {
		f := item.Fields("id", "wet_mass", "moisture", "volume", "subsamples", "dried", "scale", "packed", "mass_uncertainty", "moisture_uncertainty")
		item.Need(f, "id", "wet_mass", "moisture")
		u := PackagingUnit{ID: f["id"].Text(), Volume: atLeastZero(f["volume"], cubicMetre), Subsamples: f["subsamples"].Whole(0, 0, 10000), Dried: f["dried"].Duration(), Scale: f["scale"].Text(), Packed: f["packed"].Instant(),
			MassU: atLeastZero(f["mass_uncertainty"], kilogram), MoistureU: f["moisture_uncertainty"].Share()}
		if kg, ok := f["wet_mass"].In(kilogram); ok {
			wet, err := measure.WetMassOf(kg)
			if err != nil || wet < 0 {
				f["wet_mass"].Fault("%s cannot be a mass", f["wet_mass"].Text())
			}
			u.Wet = wet
		}
		u.Moisture, _ = f["moisture"].Fraction()
		all = append(all, u)
	}
	return all
}

// readProcess reads { id, established, feedstock, temperature, agreed_samples, method, plan, moisture_pathway, batches }.
func readProcess(x strict.Node) Process {
	f := x.Fields("id", "established", "feedstock", "temperature", "agreed_samples", "method", "plan", "moisture_pathway", "batches")
	p := Process{
		ID: f["id"].Text(), Established: f["established"].Instant(), Feedstock: f["feedstock"].Text(), Temperature: f["temperature"].Optional(celsius),
		Agreed: f["agreed_samples"].Whole(0, 0, 100000), Method: f["method"].Choice("A", "B"), Plan: f["plan"].Text(),
		MoisturePathway: f["moisture_pathway"].Choice("dry-weight", "target", "every-batch"),
	}
	if x.Present() {
		x.Need(f, "id", "established")
	}
	for _, item := range f["batches"].List() {
		b := item.Fields("id", "from", "to")
		item.Need(b, "id", "from", "to")
		p.Batches = append(p.Batches, Batch{ID: b["id"].Text(), Made: measure.Interval{From: b["from"].Instant(), To: b["to"].Instant()}})
	}
	return p
}

// readSamples reads a list of { process, batch, at, point, carbon_total, carbon_inorganic, hydrogen, oxygen, moisture }.
func readSamples(x strict.Node) (all []Sample) {
	for _, item := range x.List() {
		f := item.Fields("process", "batch", "at", "point", "carbon_total", "carbon_inorganic", "hydrogen", "oxygen", "moisture")
		item.Need(f, "process", "batch", "at")
		all = append(all, Sample{
			Process: f["process"].Text(), Batch: f["batch"].Text(), At: f["at"].Instant(), Point: f["point"].Text(),
			CarbonTotal: f["carbon_total"].Share(), CarbonInorganic: f["carbon_inorganic"].Share(), Hydrogen: f["hydrogen"].Share(),
			Oxygen: f["oxygen"].Share(), Moisture: f["moisture"].Share(),
		})
	}
	return all
}

// readCalibrations reads a list of { instrument, of, age }.
func readCalibrations(x strict.Node) (all []Calibration) {
	for _, item := range x.List() {
		f := item.Fields("instrument", "of", "age")
		item.Need(f, "instrument", "of")
		all = append(all, Calibration{Instrument: f["instrument"].Text(), Of: f["of"].Choice("product", "unit", "moisture", "stack"), Age: atLeastZero(f["age"], days)})
	}
	return all
}

// readMeasurements reads what instruments of the plant say of the batch.
func readMeasurements(x strict.Node) Measurements {
	f := x.Fields("feed", "electricity", "kiln_temperature", "soil_temperature", "carbon", "combustion_uptime", "deviation", "accused")
	m := Measurements{
		Feed: wetMass(f["feed"]), Electricity: atLeastZero(f["electricity"], kilowattHour), KilnTemperature: f["kiln_temperature"].Optional(celsius),
		SoilTemperature: f["soil_temperature"].Optional(celsius), Carbon: f["carbon"].Share(), CombustionUp: f["combustion_uptime"].Share(), Deviation: f["deviation"].Share(),
	}
	for _, item := range f["accused"].List() {
		m.Accused = append(m.Accused, item.Text())
	}
	return m
}

func carbonMass(x strict.Node) *measure.Carbon {
	kg := atLeastZero(x, kilogram)
	if kg == nil {
		return nil
	}
	m, err := measure.CarbonOf(*kg)
	if err != nil {
		x.Fault("%v", err)
		return nil
	}
	return &m
}

func wetMass(x strict.Node) *measure.WetMass {
	kg := atLeastZero(x, kilogram)
	if kg == nil {
		return nil
	}
	m, err := measure.WetMassOf(*kg)
	if err != nil {
		x.Fault("%v", err)
	}
	return &m
}

func co2e(x strict.Node) *measure.CO2e {
	kg, ok := x.In(kilogram)
	if !ok {
		return nil
	}
	m, err := measure.CO2eOf(kg)
	if err != nil {
		x.Fault("%v", err)
	}
	return &m
}

func atLeastZero(x strict.Node, u measure.Unit) *float64 {
	v, ok := x.In(u)
	if !ok {
		return nil
	}
	if !(v >= 0) {
		x.Fault("%s is below 0", x.Text())
	}
	return &v
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

var (
	cubicMetre   = measure.MustUnit("m3")
	days         = measure.MustUnit("d")
	kilowattHour = measure.MustUnit("kW.h")
)

// ReadEmissions reads a list of { group, name, amount, factor, source, of }.
func ReadEmissions(x strict.Node) []Emission {
	var all []Emission
	for _, item := range x.List() {
		f := item.Fields("group", "name", "amount", "factor", "source", "of")
		item.Need(f, "group", "name", "amount")
		e := Emission{Group: f["group"].Text(), Name: f["name"].Text(), Source: f["source"].Text(), Of: f["of"].Choice(OfElectricity, OfProcessGas, OfFeed)}
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
