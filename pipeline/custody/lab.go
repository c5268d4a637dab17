package custody

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/lots"
)

// Lab returns what the book tells the pipeline: the lots of all plants with
// their laboratory values, what was placed of them, and their emissions. A
// lot of a laboratory file stands as its file has it, with the results that
// reports add to it.
func (b *Book) Lab() *lots.Lab {
	lab, of := lots.Join(b.labs), b.histories()
	for i := range lab.Lots {
		b.report(&lab.Lots[i], of)
		b.addRecords(&lab.Lots[i])
		lab.Lots[i].Remarks = b.remarks(&lab.Lots[i])
	}
	for _, k := range b.InForce("", KindLot) {
		lab.Lots = append(lab.Lots, b.lotOf(k.Plant, lotSpan{k.ID, b.spanOf(k)}, k.Lot.Conditions, of))
	}
	for _, k := range b.InForce("", KindRule) {
		none := (&Book{}).lotOf(k.Plant, lotSpan{}, k.Rule.Conditions, nil)
		for _, piece := range k.Rule.pieces() {
			lot := none
			if lot.ID, lot.Interval = piece.name, piece.w; len(b.citing(k.Plant, KindLot, piece.name)) > 0 { // some record names it
				lot = b.lotOf(k.Plant, piece, k.Rule.Conditions, of)
			}
			lab.Lots = append(lab.Lots, lot)
		}
	}
	for _, k := range b.InForce("", KindCalibration) {
		lab.Calibrations = append(lab.Calibrations, lots.Calibration{
			Plant: k.Plant, Instrument: k.Calibration.Instrument, Interval: measure.Interval{From: k.Calibration.At, To: k.Calibration.Due}, Record: k.ID,
		})
	}
	for _, k := range b.InForce("", KindDowntime) {
		d := k.Downtime
		lab.Downtimes = append(lab.Downtimes, lots.Downtime{Plant: k.Plant, Interval: d.Interval, Kind: d.Kind, About: d.About, Record: k.ID})
	}
	if names := b.laboratories(); len(names) > 0 && lab.Name == "" {
		lab.Name, lab.Accreditation = strings.Join(names, ", "), b.accreditation()
	}
	return lab
}

// lotOf puts a lot of records together.
func (b *Book) lotOf(plant string, at lotSpan, c Conditions, of map[processKey]*history) lots.Lot {
	masses := b.Masses(plant, at.name)
	lot := lots.Lot{
		ID: at.name, Plant: plant, Interval: at.w, Open: at.w.To.Equal(open), Recorded: true, Process: c.Process, Values: map[string]lots.LabValue{},
		Use:    lots.Use{Feedstock: c.Feedstock, Technology: c.Technology, ProductionTemperature: c.ProductionTemperature, BiomassProof: c.BiomassProof},
		Placed: &masses.Placed, Packed: masses.Packed, Units: masses.PlacedUnits, NotPlaced: masses.NotPlaced,
		Sampling: carbon.Sampling{Regime: c.Regime, Proof: c.RegimeProof},
	}
	lot.Known = carbon.Request{Batch: carbon.Batch{ID: at.name, Made: at.w}, Production: carbon.Production{Facility: c.Facility, TechnologyProof: c.TechnologyProof}}
	b.report(&lot, of)
	b.use(&lot)
	b.emissions(&lot)
	lot.Remarks = b.remarks(&lot)
	b.addSampling(&lot, c, of[processKey{plant, c.Process}])
	b.addFeed(&lot, c)
	return lot
}

// report adds to a lot what laboratories found in its samples, or where it
// has none of a stream, in those that stand for it.
//
//	x = Σ x_i / n        u² = u_lab² + s² / n
//
// x_i is the mean of what was found in one sample: replicates, of one stream,
// day and point, are one. u_lab is the largest standard uncertainty that was
// stated, which all results share; s is the standard deviation of the n
// samples. One sample alone shows none: it has that of all samples of its
// process, and 0 as long as nothing else was sampled of it. A result of which none states an uncertainty has none.
//
// Source: GUM 4.2 for s²/n; that u_lab is shared is the careful reading.
func (b *Book) report(lot *lots.Lot, processes map[processKey]*history) {
	for of, all := range b.results(lot) {
		first := all[0].v
		var shared float64
		stated := false
		var reports, methods []string
		samples := map[string][]float64{}
		for _, f := range all {
			x, err := f.v.Value.In(first.Value.Unit)
			if err != nil {
				continue // another kind of quantity: [Doubts] tells
			}
			samples[f.sample] = append(samples[f.sample], x)
			if f.v.Uncertainty != nil {
				stated = true
				u := f.v.Uncertainty.Of(f.v.Value.Value)
				if c, err := f.v.Value.Unit.To(first.Value.Unit); err == nil {
					shared = max(shared, float64(u*c.Scale)) // a difference: no offset
				}
			}
			reports = append(reports, f.report)
			methods = append(methods, f.v.Method)
		}
		var values []float64
		for _, sample := range sorted(samples) {
			mean, _ := carbon.MeanSD(samples[sample])
			values = append(values, mean)
		}
		mean, scatter := carbon.MeanSD(values)
		if h := processes[processKey{lot.Plant, lot.Process}]; len(values) == 1 && h != nil {
			scatter = h.scatterOf(of, first.Value.Unit)
		}
		v := lots.LabValue{Value: measure.Quantity{Value: mean, Unit: first.Value.Unit}, Method: listed(methods), Report: listed(reports)}
		if stated {
			v.Uncertainty = lots.StandardUncertainty(math.Sqrt(float64(shared*shared) + float64(scatter*scatter)/float64(len(values))))
		}
		if lot.Values == nil {
			lot.Values = map[string]lots.LabValue{}
		}
		lot.Values[of] = v
	}
}

// labResult is a result of a sample.
type labResult struct {
	v      lots.LabValue
	sample string // replicates share it
	report string
}

// results gathers what was found in the samples of a lot, by the names of values.
func (b *Book) results(lot *lots.Lot) map[string][]labResult {
	own := map[string]bool{} // streams of which the lot was sampled
	samples := b.citedBy(lot.Plant, KindLot, lot.ID, KindSample)
	for _, s := range samples {
		own[s.Sample.Of] = own[s.Sample.Of] || s.Sample.Lot == lot.ID
	}
	var reports []*Posting
	counts := map[string]*Sample{}
	for _, s := range samples {
		if s.Sample.Lot == lot.ID || !own[s.Sample.Of] {
			counts[s.ID] = s.Sample
			reports = append(reports, b.citedBy(lot.Plant, KindSample, s.ID, KindReport)...)
		}
	}
	results := map[string][]labResult{}
	for _, k := range inOrder(reports) {
		for _, id := range sorted(k.Report.Results) {
			s := counts[id]
			if s == nil {
				continue
			}
			values := k.Report.Results[id]
			for _, name := range sorted(values) {
				if _, both := values["carbon_total"]; both && name == "carbon" {
					continue // the same value by its other name
				}
				of := s.Of + "_" + name
				results[of] = append(results[of], labResult{v: values[name], sample: s.grab(), report: k.ID})
			}
		}
	}
	for of, all := range results {
		if total := of + "_total"; strings.HasSuffix(of, "_carbon") && results[total] != nil {
			results[total] = append(results[total], all...)
			delete(results, of)
		}
	}
	return results
}

// grab tells samples apart: two taken on one day at one point are replicates.
func (s *Sample) grab() string {
	return s.At.Format("2006-01-02 ") + s.where()
}

// where is the unit or the point that a sample was taken from; "" is one place too.
func (s *Sample) where() string {
	if s.Unit != "" {
		return "unit " + s.Unit
	}
	return s.Point
}

func listed(all []string) string {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// use says where the units of a lot went: the end use that all have, else all
// of them, which no method takes; and the warmest soil, in which the least is
// left. What one use does not say is not known of the lot.
func (b *Book) use(lot *lots.Lot) {
	var uses, proofs []string
	var placed []*Posting
	for _, u := range b.citedBy(lot.Plant, KindLot, lot.ID, KindUnit) {
		if k := b.spent(lot.Plant, u.ID); k != nil && k.Use != nil && b.proofMissing(lot.Plant, u.ID, k) == "" {
			placed = append(placed, k)
		}
	}
	for i, k := range inOrder(placed) {
		uses = append(uses, k.Use.EndUse)
		proofs = append(proofs, "use "+k.ID+": "+k.Use.Proof)
		lot.Use.SoilTemperature = worse(i == 0, lot.Use.SoilTemperature, k.Use.SoilTemperature, +1)
		lot.Use.Horizon = worse(i == 0, lot.Use.Horizon, k.Use.Horizon, -1)
		b.addUse(i == 0, &lot.Known.Sink, k.Use)
	}
	lot.Use.EndUse, lot.Use.Proof = listed(uses), listed(proofs)
}

// legs returns the transports that move something of a lot, in the order of the log.
func (b *Book) legs(lot *lots.Lot) []*Posting {
	legs := b.citedBy(lot.Plant, KindLot, lot.ID, KindTransport)
	for _, u := range b.citedBy(lot.Plant, KindLot, lot.ID, KindUnit) {
		legs = append(legs, b.citedBy(lot.Plant, KindUnit, u.ID, KindTransport)...)
	}
	return inOrder(legs)
}

// emissions adds up what people know of that the lot caused.
//
//	amount of a leg = mass · distance · empty return · share      [t.km]; the share of deliveries that is counted to the lot
//
// Source: GHG Protocol, Corporate Standard; empty return as Puro.earth Edition 2025, rule 7.3.8b (secondary).
func (b *Book) emissions(lot *lots.Lot) {
	for _, k := range b.legs(lot) {
		t := k.Transport
		var moved measure.WetMass
		switch {
		case len(t.Units) > 0:
			for _, id := range t.Units {
				if u := b.posting(lot.Plant, KindUnit, id); u != nil && u.Unit.Lot == lot.ID {
					moved += u.Unit.Wet
				}
			}
		case t.Lot != lot.ID:
		case t.Mass != nil:
			moved = *t.Mass
		default:
			for _, id := range t.Deliveries {
				if d := b.posting(lot.Plant, KindDelivery, id); d != nil {
					moved += d.Delivery.Wet
				}
			}
		}
		if moved == 0 {
			continue
		}
		amount := float64(float64(float64(float64(moved.Kilograms()/1000)*t.Distance)*t.Empty) * t.Share)
		factor := t.Factor
		lot.Emissions = append(lot.Emissions, carbon.Emission{
			Group: t.Group, Name: "transport " + k.ID, Amount: measure.Quantity{Value: amount, Unit: tonneKilometre}, Factor: &factor, Source: t.Source, Of: moves(t),
		})
	}
	for _, k := range b.citedBy(lot.Plant, KindLot, lot.ID, KindActivity) {
		lot.Emissions = append(lot.Emissions, k.Activity.Emission)
	}
}

// moves says that a way is the feed's.
func moves(t *Transport) string {
	if len(t.Deliveries) > 0 {
		return carbon.OfFeed
	}
	return ""
}

// worse returns the higher of two figures, or the lower one for a side below 0;
// nil if either is missing, but that the first stands by itself.
func worse(first bool, a, b *float64, side float64) *float64 {
	switch {
	case first:
		return b
	case a == nil || b == nil:
		return nil
	case (*b-*a)*side > 0:
		return b
	}
	return a
}

// process returns the process a lot was made by.
func (b *Book) process(plant, lot string) string { return b.conditions(plant, lot).Process }

// conditions returns what a lot of a record or a rule was made under.
func (b *Book) conditions(plant, lot string) Conditions {
	if k := b.posting(plant, KindLot, lot); k != nil {
		return k.Lot.Conditions
	}
	for _, k := range b.InForce(plant, KindRule) {
		if _, ok := k.Rule.named(lot); ok {
			return k.Rule.Conditions
		}
	}
	return Conditions{}
}

func (b *Book) laboratories() (all []string) {
	for _, k := range b.InForce("", KindReport) {
		all = append(all, k.Report.Laboratory)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// accreditation is that of all laboratories, "none" if one of them has none.
func (b *Book) accreditation() string {
	var all []string
	for _, k := range b.InForce("", KindReport) {
		if k.Report.Accreditation == "none" {
			return "none"
		}
		all = append(all, k.Report.Accreditation)
	}
	return listed(all)
}

// String names a lot's masses for people.
func (m Masses) String() string {
	return fmt.Sprintf("%d units, %s dry packed: %s placed, %s in stock, %s lost", m.Units, m.Packed, m.Placed, m.Stock, m.Lost)
}
