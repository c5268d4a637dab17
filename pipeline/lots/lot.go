package lots

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// The lab file, in full.
//
//	laboratory: { name: Demo laboratory, accreditation: none }
//	lots:
//	  - lot: pyro1-2026-w45         # a production batch, named once for all time
//	    plant: pyro1
//	    from: 2026-11-02T00:00:00Z
//	    to: 2026-11-09T00:00:00Z
//	    values:                     # what {lab: NAME} of the plant file refers to
//	      feed_carbon: { value: 49.6 %, uncertainty: 0.4 %, method: EN ISO 16948, report: L-1 }
//	      char_carbon_total: { value: 87.4 %, uncertainty: 0.7 % }     # of dry mass; the account uses these four
//	      char_carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }
//	      char_hydrogen: { value: 2.1 %, uncertainty: 0.06 % }
//	      char_oxygen: { value: 10.1 %, uncertainty: 0.3 % }           # optional
//	    use:
//	      { end_use: agricultural-soil, soil_temperature: 7 Cel, horizon: 200 a, feedstock: wood, technology: high, production_temperature: 550 Cel,
//	        proof: "spreading record S-12",             # what shows that it was placed: a document's name or its digest
//	        biomass_proof: "forest certificate F-7, category E",    # that the feedstock was sourced sustainably
//	        flame_log: "burner log 11", impurity: 0 %, fossil_carbon: 0 kg, feed_categories: [E], feed_delivered: 16.2 t,
//	        placed: 3600 kg }                           # dry, what of the lot was placed: nothing, if it is not said and no unit is on record
//	    sampling: { regime: B, analyses_in_year: 4 }    # A (with proof: of uniform carbonisation) or B; analyses of this type of product
//	    emissions:
//	      - { group: E_biomass, name: chips transport, amount: 3744 t.km, factor: 87.75 g/(t.km), source: "citation" }
//	      - { group: E_use, name: given by the operator, amount: 12 kg }   # no factor: already CO2e
//
//	campaigns:                      # longer runs whose totals are balanced as one; may span lots
//	  - { campaign: htl1-spring, plant: htl1, from: 2026-11-02T00:00:00Z, to: 2026-11-16T00:00:00Z, about: "sludge at 325 Cel" }
//	controls:                       # control readings of analysers (QAL3), optional; a file has lots, controls or both
//	  - { tag: pyro1/gas/co2, plant: pyro1, at: 2026-11-04T08:00:00Z, kind: zero,      # zero | span, each by itself
//	      reference: 0 %, reading: 0.4 %, s: 0.2 %,  # what it was fed, what it read, its standard deviation there
//	      adjusted: true }                           # it was adjusted since the one before: drift is looked for anew
//
// The values of the product carry the name of the product's stream in front:
// char_carbon_total for a product named char. An uncertainty is a standard
// uncertainty; of a share it is in points (0.4 % of 49.6 % is 49.2 to 50.0).
// A lot without proofs or sampling is a lot all the same: its statement says
// what is missing and is not eligible.

// Lab is what a lab file says.
type Lab struct {
	Name          string     `json:"name"`
	Accreditation string     `json:"accreditation"`
	Lots          []Lot      `json:"lots"`
	Campaigns     []Campaign `json:"campaigns,omitempty"`
	Controls      []Control  `json:"controls,omitempty"` // in the order of the file

	// What only records tell; a lab file has none.
	Calibrations []Calibration `json:"calibrations,omitempty"`
	Downtimes    []Downtime    `json:"downtimes,omitempty"`

	Digest string `json:"digest"` // sha256 of the file, hexadecimal
}

// Calibration is a time over which an instrument's calibration counts.
type Calibration struct {
	Plant      string           `json:"plant"`
	Instrument string           `json:"instrument"`
	Interval   measure.Interval `json:"interval"` // from the calibration until the next is due
	Record     string           `json:"record"`
}

// Downtime is a stretch of time in which something did not run.
type Downtime struct {
	Plant    string           `json:"plant"`
	Interval measure.Interval `json:"interval"`
	Kind     string           `json:"kind"` // stop, flame-out, maintenance or sensor
	About    string           `json:"about"`
	Record   string           `json:"record"`
}

// Campaign is a run whose totals are balanced as one: where products are let
// down in batches, only totals say anything.
type Campaign struct {
	ID       string           `json:"campaign"`
	Plant    string           `json:"plant"`
	Interval measure.Interval `json:"interval"`
	About    string           `json:"about"`
}

// Campaign returns a campaign by its name.
func (l *Lab) Campaign(id string) (Campaign, bool) {
	if l != nil {
		for _, c := range l.Campaigns {
			if c.ID == id {
				return c, true
			}
		}
	}
	return Campaign{}, false
}

// Lot is a production batch: an amount of product made under one set of conditions.
type Lot struct {
	ID           string              `json:"lot"`
	Plant        string              `json:"plant"`
	Interval     measure.Interval    `json:"interval"`
	Values       map[string]LabValue `json:"values"`
	Use          Use                 `json:"use"`
	Process      string              `json:"process,omitempty"`       // one feedstock under one set of conditions
	Open         bool                `json:"open,omitempty"`          // it is being made, and its end is not known
	Recorded     bool                `json:"recorded,omitempty"`      // it is a lot of records, with units; else of a laboratory file
	Placed       *measure.DryMass    `json:"placed,omitempty"`        // what was placed; nil: nobody asked a book, the product as it was counted
	Units        []string            `json:"units,omitempty"`         // that were placed, sorted
	Packed       measure.DryMass     `json:"packed,omitempty"`        // all its units, placed or not
	NotPlaced    []string            `json:"not_placed,omitempty"`    // why units are not counted as placed
	Remarks      []string            `json:"remarks,omitempty"`       // what was changed of its records, and what emits next to nothing
	FeedImpurity *measure.DryMass    `json:"feed_impurity,omitempty"` // of the feed: what is no biomass
	FlameLog     string              `json:"flame_log,omitempty"`     // the record that says of every flame-out
	Known        carbon.Request      `json:"-"`                       // what else records know that a method asks for
	Samples      []Sample            `json:"-"`                       // analysed ones of its process, of all its lots
	Batches      []carbon.Batch      `json:"-"`                       // lots of its process that were packed or sampled, in the order they were made
	Made         []string            `json:"-"`                       // lots that are stated: readings show that they were made
	Sampling     carbon.Sampling     `json:"sampling"`
	Emissions    []carbon.Emission   `json:"emissions"`
}

// Sample is a sample that a laboratory analysed.
type Sample struct {
	Of string // the stream
	carbon.Sample
	Reflectance *Reflectance
}

// Reflectance is the random reflectance of a sample under the microscope.
type Reflectance struct {
	Mean          float64  // share: 0.039 is 3.9 %
	SD            *float64 // of the readings
	Readings      int
	Durable       *float64 // share of readings of at least 2 %
	Gaussian      bool
	Heterogeneity *float64
}

// LabValue is one result of a laboratory.
type LabValue struct {
	Value       measure.Quantity       `json:"value"`
	Uncertainty *flowsheet.Uncertainty `json:"uncertainty,omitempty"`
	Method      string                 `json:"method,omitempty"`
	Report      string                 `json:"report,omitempty"`
}

// StandardUncertainty is a standard uncertainty in the unit of the value.
func StandardUncertainty(u float64) *flowsheet.Uncertainty { return &flowsheet.Uncertainty{Value: u} }

// Use is where a lot's product went and how it was made. Absent values are nil or "".
type Use struct {
	EndUse                string   `json:"end_use"`
	SoilTemperature       *float64 `json:"soil_temperature"` // Cel
	Horizon               *float64 `json:"horizon"`          // a
	Feedstock             string   `json:"feedstock"`
	Technology            string   `json:"technology"`
	ProductionTemperature *float64 `json:"production_temperature"` // Cel
	Proof                 string   `json:"proof"`
	BiomassProof          string   `json:"biomass_proof"`
}

// Lot returns a lot by its name.
func (l *Lab) Lot(id string) (Lot, bool) {
	if l != nil {
		for _, lot := range l.Lots {
			if lot.ID == id {
				return lot, true
			}
		}
	}
	return Lot{}, false
}

// LotAt returns the lot that the plant was making at an instant.
func (l *Lab) LotAt(plant string, at time.Time) (Lot, bool) {
	if l != nil {
		for _, lot := range l.Lots {
			if lot.Plant == plant && lot.Interval.Contains(at.UnixNano()) {
				return lot, true
			}
		}
	}
	return Lot{}, false
}

// Plants returns the plants that the file speaks of, sorted.
func (l *Lab) Plants() []string {
	var plants []string
	for _, lot := range l.Lots {
		plants = append(plants, lot.Plant)
	}
	for _, c := range l.Campaigns {
		plants = append(plants, c.Plant)
	}
	for _, c := range l.Controls {
		plants = append(plants, c.Plant)
	}
	slices.Sort(plants)
	return slices.Compact(plants)
}

// Parse reads a lab file; file is its name, for errors. It returns all
// faults at once, each as "file:line:col: message".
func Parse(file string, data []byte) (*Lab, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	f := root.Fields("laboratory", "lots", "campaigns", "controls")
	root.Need(f, "laboratory")
	if !f["controls"].Present() && !f["campaigns"].Present() {
		root.Need(f, "lots")
	}
	about := f["laboratory"].Fields("name", "accreditation")
	f["laboratory"].Need(about, "name", "accreditation")
	lab := &Lab{Name: about["name"].Text(), Accreditation: about["accreditation"].Text(), Digest: hex.EncodeToString(sum[:])}
	seen := map[string]bool{}
	for _, item := range f["lots"].List() {
		lot := readLot(item)
		if seen[lot.ID] {
			item.Fault("lot %s is given twice", lot.ID)
		}
		seen[lot.ID] = true
		for _, other := range lab.Lots {
			if other.Plant == lot.Plant && other.Interval.Overlaps(lot.Interval) {
				item.Fault("lots %s and %s of plant %s overlap in time", other.ID, lot.ID, lot.Plant)
			}
		}
		lab.Lots = append(lab.Lots, lot)
	}
	for _, item := range f["campaigns"].List() {
		c := readCampaign(item)
		if _, twice := lab.Campaign(c.ID); twice {
			item.Fault("campaign %s is given twice", c.ID)
		}
		lab.Campaigns = append(lab.Campaigns, c)
	}
	for _, item := range f["controls"].List() {
		c := readControl(item)
		if slices.ContainsFunc(lab.Controls, c.same) {
			item.Fault("the %s control of %s at %s is given twice", c.Kind, c.Tag, c.At.Format(time.RFC3339))
		}
		lab.Controls = append(lab.Controls, c)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return lab, nil
}

func readCampaign(x strict.Node) Campaign {
	f := x.Fields("campaign", "plant", "from", "to", "about")
	x.Need(f, "campaign", "plant", "from", "to")
	c := Campaign{
		ID: f["campaign"].PlainName("campaign"), Plant: f["plant"].PlainName("plant"), About: f["about"].Text(),
		Interval: measure.Interval{From: f["from"].Instant(), To: f["to"].Instant()},
	}
	if f["from"].Present() && f["to"].Present() && !c.Interval.From.Before(c.Interval.To) {
		f["to"].Fault("the campaign ends before it starts")
	}
	return c
}

func readLot(x strict.Node) Lot {
	f := x.Fields("lot", "plant", "from", "to", "values", "use", "sampling", "emissions")
	x.Need(f, "lot", "plant", "from", "to")
	lot := Lot{
		ID:        f["lot"].PlainName("lot"),
		Plant:     f["plant"].PlainName("plant"),
		Interval:  measure.Interval{From: f["from"].Instant(), To: f["to"].Instant()},
		Values:    map[string]LabValue{},
		Emissions: carbon.ReadEmissions(f["emissions"]),
	}
	if f["from"].Present() && f["to"].Present() && !lot.Interval.From.Before(lot.Interval.To) {
		f["to"].Fault("the lot ends before it starts")
	}
	for _, t := range []time.Time{lot.Interval.From, lot.Interval.To} {
		if !t.Truncate(time.Minute).Equal(t) {
			x.Fault("lot %s: from and to must be whole minutes", lot.ID)
			break
		}
	}
	for _, e := range f["values"].Entries() {
		name := e.Key.PlainName("laboratory value")
		of := analyteOf(name)
		if of == "" {
			if hint := misspelt(name); hint != "" {
				e.Key.Fault("no laboratory value is called so%s", hint)
			}
		}
		if v, ok := ReadLabValue(of, e.Value.As(name)); ok {
			lot.Values[name] = v
		}
	}
	for name, v := range lot.Values {
		if other, both := lot.Values[name+"_total"]; both && strings.HasSuffix(name, "_carbon") && other.Value != v.Value {
			f["values"].Fault("%s is %s and %s_total %s: they are two names of one value; give one of them", name, v.Value, name, other.Value)
		}
	}
	use := f["use"].Fields("end_use", "soil_temperature", "horizon", "feedstock", "technology", "production_temperature", "proof", "biomass_proof", "flame_log", "impurity", "fossil_carbon", "feed_categories", "feed_delivered", "placed")
	lot.Use = Use{
		EndUse:                use["end_use"].Text(),
		SoilTemperature:       use["soil_temperature"].Optional(measure.Celsius),
		Horizon:               use["horizon"].Optional(measure.Year),
		Feedstock:             use["feedstock"].Text(),
		Technology:            use["technology"].Choice("high", "low"),
		ProductionTemperature: use["production_temperature"].Optional(measure.Celsius),
		Proof:                 use["proof"].Text(),
		BiomassProof:          use["biomass_proof"].Text(),
	}
	lot.FlameLog = use["flame_log"].Text()
	lot.Known.Char.Impurity = use["impurity"].Share()
	if kg, ok := use["fossil_carbon"].In(measure.Kilogram); ok {
		m, err := measure.CarbonOf(kg)
		use["fossil_carbon"].Take(err)
		lot.Known.Feed.FossilCarbon = &m
	}
	for _, item := range use["feed_categories"].List() {
		lot.Known.Feed.Categories = append(lot.Known.Feed.Categories, item.Text())
	}
	if kg, ok := use["placed"].In(measure.Kilogram); ok {
		m, err := measure.DryMassOf(kg)
		use["placed"].Take(err)
		if m <= 0 {
			use["placed"].Fault("%s is no amount: it must be more than 0", use["placed"].Text())
		}
		lot.Placed = &m
	}
	if kg, ok := use["feed_delivered"].In(measure.Kilogram); ok {
		m, err := measure.WetMassOf(kg)
		use["feed_delivered"].Take(err)
		lot.Known.Feed.Delivered = &m
	}
	if sampling := f["sampling"]; sampling.Present() {
		s := sampling.Fields("regime", "analyses_in_year", "proof")
		sampling.Need(s, "regime", "analyses_in_year")
		lot.Sampling = carbon.Sampling{Regime: s["regime"].Choice("A", "B"), AnalysesInYear: s["analyses_in_year"].Whole(0, 0, 1000), Proof: s["proof"].Text()}
	}
	return lot
}

// Value returns a laboratory value by its name. Total carbon has two:
// STREAM_carbon is STREAM_carbon_total.
func (l Lot) Value(name string) (LabValue, bool) {
	if v, ok := l.Values[name]; ok {
		return v, true
	}
	if stream, ok := strings.CutSuffix(name, "_carbon_total"); ok {
		v, ok := l.Values[stream+"_carbon"]
		return v, ok
	}
	if strings.HasSuffix(name, "_carbon") {
		v, ok := l.Values[name+"_total"]
		return v, ok
	}
	return LabValue{}, false
}

// ReadLabValue reads { value, uncertainty, method, report } of an analyte, or
// of something else that a plant file asks for.
func ReadLabValue(of string, x strict.Node) (v LabValue, ok bool) {
	f := x.Fields("value", "uncertainty", "method", "report")
	x.Need(f, "value")
	q, ok := f["value"].Quantity()
	if !ok {
		return v, false
	}
	switch why := Impossible(of, q); {
	case q.Unit == measure.One && analytes[of].unit != bare:
		f["value"].Fault("%s has no unit: a share is written in %%, a heating value in MJ/kg{HHV}", q)
	case why != "":
		f["value"].Fault("%s", why)
	}
	u := flowsheet.ReadUncertainty(f["uncertainty"], q.Unit)
	if u != nil && u.Value == 0 && u.Limits == 0 {
		f["uncertainty"].Fault("no analysis is without uncertainty; leave it out if the laboratory states none")
	}
	return LabValue{Value: q, Uncertainty: u, Method: f["method"].Text(), Report: f["report"].Text()}, true
}
