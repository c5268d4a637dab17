package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// Statement is an account of a lot with the digests of all it rests on.
// Digests are SHA-256 in hexadecimal.
type Statement struct {
	Plant    string
	Lot      string
	Revision int // from 1; a higher one supersedes
	Interval measure.Interval
	Product  string
	Wet      measure.WetMass
	Dry      measure.DryMass
	Placed   measure.DryMass // of Dry, where its carbon stays: what the account counts
	Covered  time.Duration   // how long the dry mass was known
	Quality  measure.Quality
	Account  carbon.Account // its FactorsDigest is the method file's

	PlantFile string
	Entered   Evidence // what people wrote of the plant: laboratory files and records
	Evidence  Evidence // batches
}

// Evidence names leaves of the evidence log that a statement rests on.
type Evidence struct {
	First, Last uint64 // index of the first and last leaf
	Leaves      uint64 // how many of them were used
	Digest      string // SHA-256 over their leaf hashes, in order of index
}

// Input is what a statement is made from.
type Input struct {
	Plant    *pipeline.Plant
	Lab      *pipeline.Lab // of all that people wrote, up to Entered
	Lot      string        // one of the lab
	Revision int           // 0 means 1
	Method   carbon.Method
	Product  pipeline.Product // from Count
	Evidence Evidence
	Entered  Evidence
}

// Count counts the product of a lot from readings, computing a day at a time.
func Count(ctx context.Context, p *pipeline.Plant, lab *pipeline.Lab, lot string, src pipeline.Source) (pipeline.Product, error) {
	l, ok := lab.Lot(lot)
	if !ok || l.Plant != p.ID {
		return pipeline.Product{}, fmt.Errorf("count lot %s: nobody entered such a lot of plant %s", lot, p.ID)
	}
	tags := p.ProductTags()
	rollups := map[measure.Tag][]pipeline.Rollup{}
	for from := l.Interval.From; from.Before(l.Interval.To); {
		to := from.Truncate(24 * time.Hour).Add(24 * time.Hour)
		if to.After(l.Interval.To) {
			to = l.Interval.To
		}
		result, err := pipeline.Compute(ctx, p, lab, src, measure.Interval{From: from, To: to})
		if err != nil {
			return pipeline.Product{}, fmt.Errorf("count lot %s: %w", lot, err)
		}
		for _, tag := range tags {
			for _, r := range result.Rollups[tag] {
				if from.UnixNano() <= r.From && r.From < to.UnixNano() {
					rollups[tag] = append(rollups[tag], r)
				}
			}
		}
		from = to
	}
	product, err := p.CountProduct(l.Interval, rollups, lab)
	if err != nil {
		return pipeline.Product{}, fmt.Errorf("count lot %s: %w", lot, err)
	}
	return product, nil
}

// Request puts together what is known of a lot: the counted product, how much
// of it was placed, and the laboratory's values named after the product's stream: char_carbon_total,
// char_carbon_inorganic, char_hydrogen, char_oxygen for a product named char.
// It asks for an account that may be certified.
func Request(lot pipeline.Lot, product pipeline.Product, placed measure.DryMass) carbon.Request {
	r := lot.Known
	r.DryMass, r.Produced, r.Certify = placed, product.Dry, true
	r.ProductionTemperature, r.Technology = lot.Use.ProductionTemperature, lot.Use.Technology
	r.Feedstock, r.BiomassProof = lot.Use.Feedstock, lot.Use.BiomassProof
	r.Sampling, r.Emissions = lot.Sampling, lot.Emissions
	r.Sink.SoilTemperature, r.Sink.Horizon = lot.Use.SoilTemperature, lot.Use.Horizon
	r.Sink.EndUse, r.Sink.Proof = lot.Use.EndUse, lot.Use.Proof
	var none *float64
	for _, v := range []struct {
		name     string
		to, relU **float64
	}{
		{"carbon_total", &r.CarbonTotal, &r.Uncertainty.CarbonTotal},
		{"carbon_inorganic", &r.CarbonInorganic, &r.Uncertainty.CarbonInorganic},
		{"hydrogen", &r.Hydrogen, &r.Uncertainty.Hydrogen},
		{"oxygen", &r.Oxygen, &none},
		{"ash", &r.Ash, &none},
		{"nitrogen", &r.Nitrogen, &none},
		{"sulphur", &r.Sulfur, &none},
	} {
		result, ok := lot.Values[product.Stream+"_"+v.name]
		if !ok {
			continue
		}
		share, err := result.Value.In(measure.Unit{})
		if err != nil {
			continue // not a share: the account will miss it by name
		}
		*v.to = &share
		if u := result.Uncertainty; u != nil {
			relative := u.Value
			if !u.Relative && result.Value.Value != 0 {
				relative = u.Of(result.Value.Value) / result.Value.Value
			}
			*v.relU = &relative
		}
	}
	if product.RelU > 0 {
		r.Uncertainty.DryMass = &product.RelU
	}
	return r
}

// NewStatement works out the account of a lot and states it.
func NewStatement(in Input) (Statement, error) {
	lot, ok := in.Lab.Lot(in.Lot)
	if !ok || lot.Plant != in.Plant.ID {
		return Statement{}, fmt.Errorf("state lot %s: nobody entered such a lot of plant %s", in.Lot, in.Plant.ID)
	}
	if in.Product.Stream != in.Plant.Product || in.Product.Of != lot.Interval.Length() {
		return Statement{}, fmt.Errorf("state lot %s: the product counted is %s over %s, the lot's is %s over %s", in.Lot,
			in.Product.Stream, in.Product.Of, in.Plant.Product, lot.Interval.Length())
	}
	placed, remarks := Placed(in.Plant, in.Lab, lot, in.Product)
	account, err := carbon.Quantify(in.Method, Request(lot, in.Product, placed))
	if err != nil {
		return Statement{}, fmt.Errorf("state lot %s: %w", in.Lot, err)
	}
	account.Unmet = append(account.Unmet, remarks...)
	if in.Lab.Accreditation == "none" {
		account.Unmet = append(account.Unmet, "remark: laboratory.accreditation is none; an accredited laboratory is preferred, not required")
	}
	if in.Product.Covered < in.Product.Of && in.Product.Why != "" {
		account.Unmet = append(account.Unmet, fmt.Sprintf("coverage: not all of the lot was measured, and what was not is not counted; first: %s", in.Product.Why))
	}
	return Statement{
		Plant: in.Plant.ID, Lot: lot.ID, Revision: max(1, in.Revision), Interval: lot.Interval,
		Product: in.Product.Stream, Wet: in.Product.Wet, Dry: in.Product.Dry, Placed: placed,
		Covered: in.Product.Covered, Quality: in.Product.Quality, Account: account,
		PlantFile: in.Plant.Digest, Entered: in.Entered, Evidence: in.Evidence,
	}, nil
}
