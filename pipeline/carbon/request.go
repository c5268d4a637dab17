package carbon

import (
	"fmt"

	"github.com/nielu/nielu/measure"
)

// Request is what is known of one batch. Pointers are nil, and texts empty,
// where nothing is known. Shares are of dry mass, 0 to 1.
type Request struct {
	DryMass         measure.DryMass // placed in the sink
	Produced        measure.DryMass // made
	CarbonTotal     *float64
	CarbonInorganic *float64
	Hydrogen        *float64
	Oxygen          *float64
	HCorg, OCorg    *float64 // molar

	ProductionTemperature *float64 // Cel
	RandomReflectance     []float64
	DurableShares         []float64
	Feedstock             string
	BiomassProof          string // what shows that the feedstock was sourced sustainably
	Technology            string // high or low

	Sampling    Sampling
	Sink        Sink
	Uncertainty Uncertainty
	Emissions   []Emission

	// Certify asks for an account that may be certified: what the request is
	// silent about then counts against it. Without it a missing end use,
	// feedstock or emission group is said in Unmet but closes no gate, and what
	// only a laboratory file can carry is not asked for: sampling and proofs.
	Certify bool
}

// Sink is where the carbon stays.
type Sink struct {
	SoilTemperature *float64 // Cel, mean of the year
	Horizon         *float64 // a
	EndUse          string
	Proof           string // what shows that the product was placed there: a document or its digest
}

// Sampling is how often a laboratory analysed this type of product in the
// year of the batch, and under which rule.
type Sampling struct {
	Regime         string `json:"regime"` // A: uniform carbonisation is shown minute by minute; B: it is not
	AnalysesInYear int    `json:"analyses_in_year"`
	Proof          string `json:"proof"` // of regime A: the record of temperature and residence time
}

// Uncertainty holds relative standard uncertainties: 0.01 is 1 % of the value. Nil is not known.
type Uncertainty struct {
	DryMass, CarbonTotal, CarbonInorganic, Hydrogen, HCorg, Emissions *float64
}

// Emission is one line of a life-cycle inventory. Group is the method's own
// symbol. Without a factor the amount is already a mass of CO2e.
type Emission struct {
	Group  string            `json:"group"`
	Name   string            `json:"name"`
	Amount measure.Quantity  `json:"amount"`
	Factor *measure.Quantity `json:"factor,omitempty"`
	Source string            `json:"source,omitempty"`
}

// CO2e returns amount times factor.
//
//	E = A · F      [mg] = [unit of A] · [mg / unit of A]
//
// Rounds: once, half to even, to 1 mg.
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
