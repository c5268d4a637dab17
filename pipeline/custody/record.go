package custody

import (
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/lots"
)

// The submission, in full. The key that names a record says what it is, and
// its value is the record's name, given once for all time. docs/custody.md
// lists every key with its unit, its range and who asks for it.
//
//	author: shift lead 2
//	plant: pyro1
//	records:
//	  - { lot: pyro1-2026-11a, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z,   # without to: open until it is closed
//	      process: wood at 550 Cel, feedstock: wood, category: E, biomass_proof: "delivery notes D-1 to D-9", technology: high,
//	      production_temperature: 550 Cel, regime: B,       # regime A with regime_proof
//	      technology_proof: "emission test 3", facility: new }
//	  - { close: pyro1-2026-11a, to: 2026-11-09T00:00:00Z }
//	  - { rule: pyro1-weeks, every: week, from: 2026-11-02T00:00:00Z, until: ..., lot: pyro1, ... }   # lots pyro1-2026-w45 and on; else as of lot
//	  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12.4 t, moisture: 18 %, feedstock: wood, category: E, origin: "sawmill residues", distance: 40 km, document: weighbridge ticket 118 }
//	  - { unit: BB-0001, lot: pyro1-2026-11a, at: ..., wet_mass: 512 kg, moisture: 21 %, scale: WT-401 }   # or dry_mass; a big bag with its label
//	  - { sample: S-1, lot: pyro1-2026-11a, of: char, at: ..., by: "day shift", point: "screw outlet", unit: BB-0001 }
//	  - { report: L-2026-118, laboratory: { name: Example laboratory, accreditation: T000 }, at: ..., original: sha256:...,
//	      results: { S-1: { carbon_total: { value: 87.4 %, uncertainty: 0.7 %, method: EN ISO 16948 }, hydrogen: ...,
//	                        reflectance: { mean: 3.9 %, sd: 0.4 %, readings: 520, durable: 98 %, gaussian: true, heterogeneity: 4 } } } }
//	  - { transport: T-1, at: ..., group: E_use, units: [BB-0001], distance: 35 km, factor: 58.5 g/(t.km), empty_return: 1.5, source: "..." }
//	  - { activity: A-1, lot: pyro1-2026-11a, group: E_production, item: diesel, about: diesel of the loader, amount: 120 L, factor: 2.651 kg/L, source: "..." }
//	  - { sale: V-1, at: ..., units: [BB-0001], to: "farm 12", document: invoice 7 }
//	  - { use: U-1, at: ..., units: [BB-0001], received: 512 kg, end_use: agricultural-soil, matrix: S-01, place: { name: field 3, latitude: 60.98, longitude: 25.66 },
//	      soil_temperature: 7 Cel, soil_temperature_from: dataset, horizon: 200 a, biochar_share: 10 %, application_rate: 1 kg/m2, proof: sha256:... }
//	  - { lost: X-1, at: ..., units: [BB-0002], about: burst in the yard }
//	  - { calibration: K-1, instrument: WT-401, at: ..., due: 2027-11-01T00:00:00Z, certificate: sha256:..., about: class III, E2 weights }
//	  - { downtime: Z-1, from: ..., to: ..., kind: flame-out, about: burner tripped }       # stop, flame-out, maintenance or sensor
//	  - { delivery: D-1, at: ..., wet_mass: 12.1 t, ..., corrects: "ticket misread" }       # the whole record again, and why
//	  - { withdraw: BB-0009, kind: unit, reason: "entered twice" }
//
// Mass without water is dry; an uncertainty is a standard uncertainty, of a
// share in points. original, certificate and proof name a file by its digest;
// a proof may also be words. Times are RFC 3339.

// Submission is what one author entered at once.
type Submission struct {
	Author  string
	Plant   string
	Records []Record
	Digest  string // SHA-256 of the text, hexadecimal
}

// Record is one record; exactly one of its pointers is set, the one that Kind names.
type Record struct {
	Kind     Kind
	ID       string
	Corrects string // why it stands in the place of the record of the same kind and name; "": it is the first
	Place           // in the submission

	fields map[string]string // what it says, key by key

	Lot         *Lot
	Close       *Close
	Rule        *Rule
	Delivery    *Delivery
	Unit        *Unit
	Sample      *Sample
	Report      *Report
	Transport   *Transport
	Activity    *Activity
	Sale        *Sale
	Use         *Use
	Loss        *Loss
	Calibration *Calibration
	Downtime    *Downtime
	Withdraw    *Withdraw
}

// Place is where in a text something stands, from 1.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Kind says what a record is of: it is the key under which the record's name stands.
type Kind string

// The kinds of records.
const (
	KindLot         Kind = "lot"
	KindClose       Kind = "close"
	KindRule        Kind = "rule"
	KindDelivery    Kind = "delivery"
	KindUnit        Kind = "unit"
	KindSample      Kind = "sample"
	KindReport      Kind = "report"
	KindTransport   Kind = "transport"
	KindActivity    Kind = "activity"
	KindSale        Kind = "sale"
	KindUse         Kind = "use"
	KindLoss        Kind = "lost"
	KindCalibration Kind = "calibration"
	KindDowntime    Kind = "downtime"
	KindWithdraw    Kind = "withdraw"
)

// Conditions are what a production batch is made under.
type Conditions struct {
	Process               string // one feedstock under one set of conditions; another name begins another history of samples
	Feedstock             string
	Category              string // of the sustainability criteria, as the method letters them
	BiomassProof          string
	Counterfactual        string   // what would have become of the feedstock
	Carbonisation         string   // pyrolysis or gasification
	Technology            string   // high or low
	ProductionTemperature *float64 // Cel
	Regime                string   // of sampling: A or B
	RegimeProof           string   // of regime A: the record of temperature and residence time
	TechnologyProof       string   // what shows that gases are burnt, heat is used and pollution controlled
	Facility              string   // new, retrofit or repurpose
	FlameLog              string   // the record that says of every flame-out
	EnergyUse             *float64 // share of the feed's energy that is used
	HeatUsed              *float64 // share of the heat that is used
	MethaneCompensation   string   // what makes up for methane: own-spc, or words
	Inventory             []string // items of which each lot has an activity on record

	// How the process is sampled.
	TestTemperature *float64 // Cel, of its emissions test; nil: the production temperature
	SamplingMethod  string   // A: every batch; B: one in so many
	SamplingPlan    string   // of random sampling under B
	AgreedSamples   int      // before B
	MoisturePathway string   // dry-weight, target or every-batch
}

// Lot is a production batch.
type Lot struct {
	From time.Time
	To   time.Time // zero: open
	Conditions
}

// Close ends an open production batch; its name is the batch's.
type Close struct{ To time.Time }

// Rule opens and closes production batches by the calendar, in UTC: a batch
// named LOT-2026-w45 each week, LOT-2026-11 each month, LOT-2026-11-02 each day.
type Rule struct {
	Every string // day, week (from Monday) or month
	From  time.Time
	Until time.Time // zero: until it is corrected or withdrawn
	Lot   string
	Conditions
}

// Delivery is feedstock that came in.
type Delivery struct {
	At        time.Time
	Wet       measure.WetMass
	Moisture  *float64 // share of the wet mass
	Feedstock string
	Category  string // as of the lot that is made of it
	Origin    string
	Distance  *float64 // km
	Document  string
	Impurity  *float64 // share of the wet mass that is no biomass
	Fossil    *float64 // fossil carbon, share of the dry mass
}

// Unit is a packed amount of product, such as a big bag, known by its label.
type Unit struct {
	Lot      string
	At       time.Time
	Wet      measure.WetMass
	Moisture *float64 // share of the wet mass; nil: the dry mass was given
	Dry      measure.DryMass
	Scale    string // the instrument that weighed it

	MassU, MoistureU *float64 // standard uncertainties: kg, and points of the share as 0 to 1
	Volume           *float64 // m3
	Subsamples       int      // of its moisture
	Dried            time.Duration
}

// Sample is what was sent to a laboratory. Two of one stream, day and point
// (or unit) are replicates of one sample.
type Sample struct {
	Lot       string
	Of        string // the stream
	At        time.Time
	By        string
	Unit      string
	Point     string   // where it was taken
	StandsFor []string // other lots of the type that its analysis counts for
}

// Report is what a laboratory found, sample by sample.
type Report struct {
	Laboratory    string
	Accreditation string // "none", or its number
	At            time.Time
	Original      string // digest of the file it came as
	Results       map[string]map[string]lots.LabValue
	Reflectance   map[string]lots.Reflectance

	places map[string]Place // of the samples
}

// Transport is one leg. What it moved is told by units, by deliveries or by a mass.
type Transport struct {
	At         time.Time
	Lot        string // of a leg that names no units
	Group      string // the method's symbol
	Units      []string
	Deliveries []string
	Mass       *measure.WetMass
	Share      float64 // of the deliveries that is counted to the lot
	Distance   float64 // km
	Factor     measure.Quantity
	Empty      float64 // multiplier for the empty way back
	Source     string
	Reason     string // why it emits nothing, or next to it
}

// Activity is something that emits, known by a bill or a meter that is not ours.
type Activity struct {
	Lot    string
	Item   string // of the lot's inventory
	Reason string // why it emits nothing, or next to it
	carbon.Emission
}

// Sale hands units to somebody.
type Sale struct {
	At       time.Time
	Units    []string
	To       string
	Document string
}

// Use places units where their carbon stays.
type Use struct {
	At                  time.Time
	Units               []string
	EndUse              string
	Matrix              string // of the Global C-Sink's list
	Place               string
	Latitude, Longitude *float64 // degrees, WGS 84; both or none
	SoilTemperature     *float64 // Cel
	Horizon             *float64 // a
	Proof               string
	Received            *measure.WetMass // weighed at the field
	TemperatureFrom     string           // of the soil: measured, dataset or air
	TemperatureSpread   *float64         // K, within the site
	BaselineN2O         *float64         // kg of nitrous oxide a year
	Retail              *Retail
	Share               *float64 // of biochar in the volume of the mix
	Rate                *float64 // kg/m2 of dry biochar
}

// Retail is what sold in shops must show.
type Retail struct {
	Contract, Labelling string
	Discount            *float64 // for the risk of reversal in the country, share of what is stored
}

// Loss takes units out of the stock without a use.
type Loss struct {
	At    time.Time
	Units []string
	About string
}

// Calibration shows that an instrument was checked, and until when that counts.
type Calibration struct {
	Instrument  string
	At, Due     time.Time
	Certificate string
	About       string
}

// Downtime is a stretch of time in which something did not run.
type Downtime struct {
	Interval measure.Interval
	Kind     string // stop, flame-out, maintenance or sensor
	About    string
}

// Withdraw takes a record back without another in its place.
type Withdraw struct {
	Kind   Kind
	Reason string
}
