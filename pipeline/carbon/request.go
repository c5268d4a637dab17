package carbon

import (
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
)

// Request is what is known of one batch, part by part. Pointers are nil, and
// texts empty, where nothing is known. Shares are of dry mass, 0 to 1.
type Request struct {
	Batch       Batch
	Char        Char
	Analysis    Analysis
	Petrography Petrography
	Feed        Feed
	Production  Production
	Sampling    Sampling
	Process     Process
	Samples     []Sample
	Sink        Sink
	Uncertainty Uncertainty

	Emissions []Emission
	Inventory []string // items that the emissions of every batch hold, see [Emission]
	Stack     *Stack   // beside the lines of Emissions; nil: no instruments of a stack

	Calibrations []Calibration // of every instrument that the account rests on
	Measurements Measurements
	CRCF         CRCF

	// Certify asks for an account that may be certified: what the request is
	// silent about then counts against it. Without it what plant and site must
	// show is said in Unmet but closes no gate; what only a laboratory file can
	// carry is not asked for: sampling and proofs. What the laboratory must show
	// of the char itself closes the gate either way.
	Certify  bool
	Variants []string // named readings of what a standard leaves open
}

// Char is what was made and how much of it is in the sink.
type Char struct {
	DryMass  measure.DryMass // placed in the sink
	Produced measure.DryMass // made
	Moisture *float64        // as received; the dry mass is without it
	Impurity *float64        // Puro: share of the dry mass that is no char: stones, sand, plastic, metal
	Units    []PackagingUnit
}

// Analysis is what a laboratory says of the char.
type Analysis struct {
	CarbonTotal           *float64
	CarbonInorganic       *float64
	OrganicCarbon         *float64 // as the laboratory states it by itself
	Hydrogen, Oxygen      *float64
	HCorg, OCorg          *float64 // molar
	Ash, Nitrogen, Sulfur *float64
	NonreactiveCarbon     *float64 // by thermogravimetry
	NonreactiveSD         *float64 // its standard deviation
	HyPyCarbon            *float64 // stable in hydropyrolysis, share of organic carbon
	Contaminants          map[string]float64
}

// Petrography is what a microscope says of the char.
type Petrography struct {
	Reflectance   []float64 // random, means of samples
	SD            *float64  // of Reflectance, if it is one mean
	Points        int       // readings in a sample
	Gaussian      bool
	Heterogeneity *float64
	DurableShares []float64 // share of readings of at least 2 % in each sample
}

// Feed is what the char was made of.
type Feed struct {
	Kind           string // wood, sludge
	Proof          string // what shows that it was sourced sustainably
	Carbon         *measure.Carbon
	FossilCarbon   *measure.Carbon  // Puro: of plastic, paint
	Categories     []string         // Puro: letters of the biomass sourcing criteria, of every delivery
	Delivered      *measure.WetMass // of the feed whose way to the plant the emissions hold
	Stored         *float64         // d, the longest that any of the feed lay in a pile
	Counterfactual string           // Isometric: what would have become of it
}

// Production is how the char was made.
type Production struct {
	Carbonisation       string         // pyrolysis or gasification
	Technology          string         // high or low
	TechnologyProof     string         // what shows gases burnt, heat used, pollution controlled
	Facility            string         // new, retrofit or repurpose
	Temperature         *float64       // Cel
	CombustionUptime    *float64       // share of the normal operating time in which pyrolysis gas could be burnt
	EnergyUse           *float64       // share of the feed's energy that is used
	HeatUsed            *float64       // VM0044: share of the heat of the gases that is used
	MethaneCompensation string         // C-Sink: what makes up for methane
	Outside             *time.Duration // in which the plant may have run since the lot before, in no lot
}

// CRCF is what Article 4 asks for as amounts, signed as the law does: removals
// are negative, emissions positive.
type CRCF struct {
	Baseline, Total, Associated *measure.CO2e
}

// Sink is where the carbon stays.
type Sink struct {
	SoilTemperature *float64 // Cel, mean of the year
	Horizon         *float64 // a
	EndUse          string
	Proof           string // what shows that the product was placed there: a document or its digest

	SoilTemperatureFrom   string   // measured, dataset or air
	SoilTemperatureSpread *float64 // K, within the boundary of the site
	BiocharShare          *float64 // of the volume of the mix in soil
	PlacedAt              time.Time
	ApplicationRate       *float64 // kg/m2 of dry biochar
	BaselineN2O           *float64 // kg of nitrous oxide a year without biochar
	RetailDiscount        *float64 // Puro: share taken off what retail customers use, by country
}

// Measurements are what instruments of the plant say of a batch. They outweigh what
// people wrote of the same thing; nil is not measured.
type Measurements struct {
	Feed            *measure.WetMass // what went in; where nothing was read, the most there can be
	FeedU           float64          // its relative standard uncertainty
	Electricity     *float64         // kW.h; where nothing was read, the most there can be
	ElectricityU    float64          // its relative standard uncertainty
	KilnTemperature *float64         // Cel, mean of the time it ran; where nothing was read, the least there can be
	SoilTemperature *float64         // Cel, mean at depth; where nothing was read, the most there can be
	Carbon          *float64         // share of dry mass that the plant's balance goes by
	CombustionUp    *float64         // share of the running time in which a flame is shown
	Deviation       *float64         // regime A: the largest of any minute, see [Sampling]; 1 where a minute is not shown
	Unsure          []string         // what is metered and nobody can tell how much it was, each in words and with what to do
	Accused         []string         // instruments of the claim that the balances accuse, unanswered, each in words
}

// Calibration is how long ago an instrument that an account rests on was
// calibrated, at the end of the batch.
type Calibration struct {
	Instrument string
	Of         string   // product, unit, moisture or stack
	Age        *float64 // d; nil: nothing on record covers the batch
}

// Sampling is how often a laboratory analysed this type of product in the
// year of the batch, and under which rule.
type Sampling struct {
	Regime         string   `json:"regime"` // A: uniform carbonisation is shown minute by minute; B: it is not
	AnalysesInYear int      `json:"analyses_in_year"`
	Proof          string   `json:"proof"`               // of regime A: the record of temperature and residence time
	Deviation      *float64 `json:"deviation,omitempty"` // of regime A: the largest of any minute, share of the set value
}

// Uncertainty holds relative standard uncertainties: 0.01 is 1 % of the value.
// Nil is not known. Where Moisture is given, DryMass is that of the weighing.
type Uncertainty struct {
	DryMass, CarbonTotal, CarbonInorganic, Hydrogen, HCorg, Emissions, Moisture *float64
}

// Emission is one line of a life-cycle inventory. Group is the method's own
// symbol. Without a factor the amount is already a mass of CO2e. Of says what
// it is of where a method must find it again: [OfElectricity], [OfProcessGas].
type Emission struct {
	Group  string            `json:"group"`
	Name   string            `json:"name"`
	Amount measure.Quantity  `json:"amount"`
	Factor *measure.Quantity `json:"factor,omitempty"`
	Source string            `json:"source,omitempty"`
	Of     string            `json:"of,omitempty"`
	Item   string            `json:"item,omitempty"` // of the inventory
}

// What an emission is of.
const (
	OfElectricity = "electricity"
	OfProcessGas  = "process-gas" // methane and nitrous oxide of carbonisation, by a sourced factor
	OfFeed        = "feed"        // the way of the feed to the plant
)

// CO2e returns amount times factor.
//
//	E = A · F      [mg] = [unit of A] · [mg / unit of A]
//
// Rounds: once, half to even, to 1 mg.
//
// Source: GHG Protocol, Corporate Standard.
func (e Emission) CO2e() (measure.CO2e, error) {
	value, unit := e.Amount.Value, e.Amount.Unit
	if e.Factor != nil {
		product, err := unit.Times(e.Factor.Unit)
		if err != nil {
			return 0, fmt.Errorf("emission %q: %w", e.Name, err)
		}
		value, unit = float64(value*e.Factor.Value), product
	}
	kg, err := measure.Quantity{Value: value, Unit: unit}.In(kilogram)
	if err != nil {
		if e.Factor == nil {
			return 0, fmt.Errorf("emission %q: %s is no mass of CO2e: give a factor, or the amount in kg or t", e.Name, e.Amount)
		}
		return 0, fmt.Errorf("emission %q: %s times %s is no mass of CO2e", e.Name, e.Amount, e.Factor)
	}
	return measure.CO2eOf(kg)
}

var kilogram = measure.MustUnit("kg")
