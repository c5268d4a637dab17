package statement

import (
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// Request puts together what is known of a lot: the product that was counted,
// what the stack emitted, what instruments measured besides, how much of the
// product was placed, and the laboratory's values, which bear the name of the
// product's stream: char_carbon_total, char_hydrogen for a product named char.
// It asks for an account that may be certified.
func Request(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, counted LotCount, placed measure.DryMass) carbon.Request {
	r, product := lot.Known, counted.Product
	r.Stack, r.Measurements = counted.Stack, counted.Found.Measurements
	r.Batch = carbon.Batch{ID: lot.ID, Made: lot.Interval}
	r.Production.Outside, r.Calibrations = timeOutsideLots(lab, lot), calibrations(p, lab, lot)
	r.Production.CombustionUptime = uptime(lab, lot, product, counted.Found)
	r.Char.DryMass, r.Char.Produced, r.Certify = placed, product.Dry, true
	r.Production.Temperature, r.Production.Technology = lot.Use.ProductionTemperature, lot.Use.Technology
	r.Feed.Kind, r.Feed.Proof = lot.Use.Feedstock, lot.Use.BiomassProof
	r.Sampling, r.Emissions = lot.Sampling, lot.Emissions
	r.Sink.SoilTemperature, r.Sink.Horizon = lot.Use.SoilTemperature, lot.Use.Horizon
	r.Sink.EndUse, r.Sink.Proof = lot.Use.EndUse, lot.Use.Proof
	var none, nonreactive *float64
	for _, v := range []struct {
		name     string
		to, relU **float64
	}{
		{"carbon_total", &r.Analysis.CarbonTotal, &r.Uncertainty.CarbonTotal},
		{"carbon_inorganic", &r.Analysis.CarbonInorganic, &r.Uncertainty.CarbonInorganic},
		{"hydrogen", &r.Analysis.Hydrogen, &r.Uncertainty.Hydrogen},
		{"oxygen", &r.Analysis.Oxygen, &none},
		{"h_corg", &r.Analysis.HCorg, &r.Uncertainty.HCorg},
		{"o_corg", &r.Analysis.OCorg, &none},
		{"organic_carbon", &r.Analysis.OrganicCarbon, &none},
		{"hypy_carbon", &r.Analysis.HyPyCarbon, &none},
		{"nonreactive_carbon", &r.Analysis.NonreactiveCarbon, &nonreactive},
		{"impurity", &r.Char.Impurity, &none},
		{"ash", &r.Analysis.Ash, &none},
		{"nitrogen", &r.Analysis.Nitrogen, &none},
		{"sulphur", &r.Analysis.Sulfur, &none},
	} {
		result, ok := lot.Value(product.Stream + "_" + v.name)
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
	r.Analysis.Contaminants = contaminants(lot, product.Stream)
	addSamples(&r, lot, product.Stream)
	if nonreactive != nil {
		sd := float64(*nonreactive * *r.Analysis.NonreactiveCarbon)
		r.Analysis.NonreactiveSD = &sd
	}
	r.Feed.Carbon = feedCarbon(p, lot, counted.Found)
	r.Measurements.Carbon = balanceCarbon(p, lot)
	if m := lot.FeedImpurity; r.Char.Impurity == nil && m != nil { // all of it is in the char, as far as anybody knows
		share := min(1, float64(*m)/float64(max(1, product.Dry)))
		r.Char.Impurity = &share
	}
	if u := max(product.RelU, unitsOf(p, lab, lot, product).relU); product.RelU > 0 {
		r.Uncertainty.DryMass = &u
	}
	return r
}

// contaminants returns what a laboratory found beside carbon in the product,
// by the names that methods use: the value char_pb of a lot is Pb, char_pah
// PAH, char_pcdd_f PCDD/F. Shares are of dry mass.
func contaminants(lot lots.Lot, stream string) map[string]float64 {
	found := map[string]float64{}
	for name, method := range map[string]string{"pb": "Pb", "cd": "Cd", "cu": "Cu", "ni": "Ni", "hg": "Hg", "zn": "Zn", "cr": "Cr", "as": "As", "pah": "PAH", "pcdd_f": "PCDD/F", "pcb": "PCB"} {
		if v, ok := lot.Values[stream+"_"+name]; ok {
			if share, err := v.Value.In(measure.Unit{}); err == nil {
				found[method] = share
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

// uptime is the share of the running time in which no flame-out is on record.
// It is nil without a log of the flame and without a flame-out on record: then
// nobody says that there was none. So it is where product was made while the
// process, by the rules of the plant file, did not run.
func uptime(lab *lots.Lab, lot lots.Lot, product claim.Product, found claim.Conditions) *float64 {
	if lot.FlameLog != "" || slices.ContainsFunc(lab.Downtimes, func(d lots.Downtime) bool {
		return d.Plant == lot.Plant && d.Kind == "flame-out" && d.Interval.Overlaps(lot.Interval)
	}) {
		if found.Records == nil && product.Dry == 0 { // it did not run: nothing was out
			whole := 1.0
			return &whole
		}
		return found.Records
	}
	return nil
}

// timeOutsideLots is how long the plant may have run since the lot before, in no lot:
// the time between them, less the stops on record; nil of the first lot.
func timeOutsideLots(lab *lots.Lab, lot lots.Lot) *time.Duration {
	var before time.Time
	for _, l := range lab.Lots {
		if l.Plant == lot.Plant && l.ID != lot.ID && !l.Interval.To.After(lot.Interval.From) && l.Interval.To.After(before) {
			before = l.Interval.To
		}
	}
	if before.IsZero() {
		return nil
	}
	gap := measure.Interval{From: before, To: lot.Interval.From}
	var stops []measure.Interval
	for _, d := range lab.Downtimes {
		if d.Plant == lot.Plant && (d.Kind == "stop" || d.Kind == "maintenance") && d.Interval.Overlaps(gap) {
			stops = append(stops, d.Interval)
		}
	}
	slices.SortFunc(stops, func(a, b measure.Interval) int { return a.From.Compare(b.From) })
	out, at := time.Duration(0), gap.From
	for _, s := range stops {
		if s.From.After(at) {
			out += s.From.Sub(at)
		}
		if s.To.After(at) {
			at = s.To
		}
	}
	if gap.To.After(at) {
		out += gap.To.Sub(at)
	}
	return &out
}

// feedCarbon is the carbon that was fed, as counted and analysed; nil if either
// is not known.
//
//	m_C = m_dry · C      [kg] = [kg] · [1]
//
// Source: definition.
func feedCarbon(p *flowsheet.Plant, lot lots.Lot, found claim.Conditions) *measure.Carbon {
	share, ok := shareOf(claim.FeedCarbon(p), lot)
	if !ok || !found.HasFeed {
		return nil
	}
	m, err := measure.CarbonOf(float64(found.FeedDry.Kilograms() * share))
	if err != nil {
		return nil
	}
	return &m
}

// balanceCarbon is the share of the product's dry mass that the plant's balance
// goes by as carbon; nil if the plant file names no value of the laboratory.
func balanceCarbon(p *flowsheet.Plant, lot lots.Lot) *float64 {
	s, _ := p.Stream(p.Product)
	if s.Carbon == nil || s.Carbon.Lab == "" || s.Basis == flowsheet.WetBasis || s.Basis == flowsheet.AshFree {
		return nil
	}
	share, ok := shareOf(s.Carbon, lot)
	if !ok {
		return nil
	}
	return &share
}

// shareOf is a laboratory's or a stated share of a lot.
func shareOf(v *flowsheet.Value, lot lots.Lot) (float64, bool) {
	switch {
	case v == nil:
		return 0, false
	case v.Lab != "":
		result, ok := lot.Value(v.Lab)
		if !ok {
			return 0, false
		}
		x, err := result.Value.In(measure.Unit{})
		return x, err == nil && !math.IsNaN(x)
	case v.Constant != nil:
		x, err := v.Constant.In(measure.Unit{})
		return x, err == nil
	}
	return 0, false
}
