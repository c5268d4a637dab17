package custody

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// Lab returns what the book tells the pipeline: the lots of all plants with
// their laboratory values, what was placed of them, and their emissions. A
// lot of a laboratory file stands as its file has it, with the results that
// reports add to it.
func (b *Book) Lab() *pipeline.Lab {
	lab, of := pipeline.JoinLabs(b.labs), b.histories()
	for i := range lab.Lots {
		b.report(&lab.Lots[i])
	}
	for _, k := range b.Standing("", KindLot) {
		lab.Lots = append(lab.Lots, b.make(k.Plant, taken{k.ID, b.spanOf(k)}, k.Lot.Conditions, of))
	}
	for _, k := range b.Standing("", KindRule) {
		none := (&Book{}).make(k.Plant, taken{}, k.Rule.Conditions, nil)
		for _, piece := range k.Rule.pieces() {
			lot := none
			if lot.ID, lot.Interval = piece.name, piece.w; len(b.naming[key{k.Plant, KindLot, piece.name}]) > 0 { // some record names it
				lot = b.make(k.Plant, piece, k.Rule.Conditions, of)
			}
			lab.Lots = append(lab.Lots, lot)
		}
	}
	for _, k := range b.Standing("", KindCalibration) {
		lab.Calibrations = append(lab.Calibrations, pipeline.Calibration{
			Plant: k.Plant, Instrument: k.Calibration.Instrument, Interval: measure.Interval{From: k.Calibration.At, To: k.Calibration.Due}, Record: k.ID,
		})
	}
	for _, k := range b.Standing("", KindDowntime) {
		d := k.Downtime
		lab.Downtimes = append(lab.Downtimes, pipeline.Downtime{Plant: k.Plant, Interval: d.Interval, Kind: d.Kind, About: d.About, Record: k.ID})
	}
	if names := b.laboratories(); len(names) > 0 && lab.Name == "" {
		lab.Name, lab.Accreditation = strings.Join(names, ", "), b.accreditation()
	}
	return lab
}

// make puts a lot of records together.
func (b *Book) make(plant string, at taken, c Conditions, of map[made]*history) pipeline.Lot {
	masses := b.Masses(plant, at.name)
	lot := pipeline.Lot{
		ID: at.name, Plant: plant, Interval: at.w, Open: at.w.To.Equal(open), Process: c.Process, Values: map[string]pipeline.LabValue{},
		Use:    pipeline.Use{Feedstock: c.Feedstock, Technology: c.Technology, ProductionTemperature: c.ProductionTemperature, BiomassProof: c.BiomassProof},
		Placed: &masses.Placed, NotPlaced: masses.Why,
		Sampling: carbon.Sampling{Regime: c.Regime, Proof: c.RegimeProof, AnalysesInYear: b.analyses(plant, c.Process, at)},
	}
	lot.Known = carbon.Request{Batch: at.name, Made: at.w, Facility: c.Facility, TechnologyProof: c.TechnologyProof}
	b.report(&lot)
	b.use(&lot)
	b.emissions(&lot)
	b.known(&lot, of[made{plant, c.Process}])
	return lot
}

// report adds to a lot what laboratories found in its samples.
//
//	x = Σ x_i / n        u² = u_lab² + s² / n
//
// u_lab is the largest standard uncertainty that was stated, which all
// results share; s is the standard deviation of the n results, 0 of one. A
// result of which none states an uncertainty has none.
//
// Source: GUM 4.2 for s²/n; that u_lab is shared is the careful reading.
func (b *Book) report(lot *pipeline.Lot) {
	type found struct {
		v      pipeline.LabValue
		report string
	}
	results := map[string][]found{}
	var reports []*Kept
	for _, s := range b.named(lot.Plant, KindLot, lot.ID, KindSample) {
		reports = append(reports, b.named(lot.Plant, KindSample, s.ID, KindReport)...)
	}
	for _, k := range inOrder(reports) {
		for _, id := range sorted(k.Report.Results) {
			sample := b.names[key{lot.Plant, KindSample, id}]
			if sample == nil || sample.Sample.Lot != lot.ID {
				continue
			}
			for _, name := range sorted(k.Report.Results[id]) {
				v := k.Report.Results[id][name]
				of := sample.Sample.Of + "_" + name
				results[of] = append(results[of], found{v, k.ID})
			}
		}
	}
	for of, all := range results {
		first := all[0].v
		var sum, shared float64
		stated := false
		var values []float64
		var reports, methods []string
		for _, f := range all {
			x, err := f.v.Value.In(first.Value.Unit)
			if err != nil {
				continue // another kind of quantity: [Plausible] tells
			}
			values = append(values, x)
			sum += x
			if f.v.Uncertainty != nil {
				stated = true
				u := f.v.Uncertainty.Of(f.v.Value.Value)
				in, err := measure.Quantity{Value: u, Unit: f.v.Value.Unit}.In(first.Value.Unit)
				if err == nil {
					shared = max(shared, in)
				}
			}
			reports = append(reports, f.report)
			methods = append(methods, f.v.Method)
		}
		mean, n := sum/float64(len(values)), float64(len(values))
		scatter := 0.0
		for _, x := range values {
			scatter += float64((x - mean) * (x - mean))
		}
		v := pipeline.LabValue{Value: measure.Quantity{Value: mean, Unit: first.Value.Unit}, Method: listed(methods), Report: listed(reports)}
		if len(values) > 1 {
			scatter /= n - 1
		}
		if stated || len(values) > 1 {
			v.Uncertainty = &pipeline.Uncertainty{Value: math.Sqrt(float64(shared*shared) + scatter/n)}
		}
		if !stated {
			v.Uncertainty = nil
		}
		if lot.Values == nil {
			lot.Values = map[string]pipeline.LabValue{}
		}
		lot.Values[of] = v
	}
}

func listed(all []string) string {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// use says where the units of a lot went: the end use that all have, else all
// of them, which no method takes; and the warmest soil, in which the least is left.
func (b *Book) use(lot *pipeline.Lot) {
	var uses, proofs []string
	var placed []*Kept
	for _, u := range b.named(lot.Plant, KindLot, lot.ID, KindUnit) {
		if k := b.spent(lot.Plant, u.ID); k != nil && k.Use != nil && b.unshown(lot.Plant, u.ID, k) == "" {
			placed = append(placed, k)
		}
	}
	for _, k := range inOrder(placed) {
		uses = append(uses, k.Use.EndUse)
		proofs = append(proofs, "use "+k.ID+": "+k.Use.Proof)
		if t := k.Use.SoilTemperature; t != nil && (lot.Use.SoilTemperature == nil || *t > *lot.Use.SoilTemperature) {
			lot.Use.SoilTemperature = t
		}
		b.mixed(&lot.Known.Sink, k.Use)
		if h := k.Use.Horizon; h != nil && (lot.Use.Horizon == nil || *h < *lot.Use.Horizon) {
			lot.Use.Horizon = h
		}
	}
	lot.Use.EndUse, lot.Use.Proof = listed(uses), listed(proofs)
}

// emissions adds up what people know of that the lot caused.
//
//	amount of a leg = mass · distance · empty return      [t.km]
func (b *Book) emissions(lot *pipeline.Lot) {
	legs := b.named(lot.Plant, KindLot, lot.ID, KindTransport)
	for _, u := range b.named(lot.Plant, KindLot, lot.ID, KindUnit) {
		legs = append(legs, b.named(lot.Plant, KindUnit, u.ID, KindTransport)...)
	}
	for _, k := range inOrder(legs) {
		t := k.Transport
		var moved measure.WetMass
		switch {
		case len(t.Units) > 0:
			for _, id := range t.Units {
				if u := b.names[key{lot.Plant, KindUnit, id}]; u != nil && u.Unit.Lot == lot.ID {
					moved += u.Unit.Wet
				}
			}
		case t.Lot != lot.ID:
		case t.Mass != nil:
			moved = *t.Mass
		default:
			for _, id := range t.Deliveries {
				if d := b.names[key{lot.Plant, KindDelivery, id}]; d != nil {
					moved += d.Delivery.Wet
				}
			}
		}
		if moved == 0 {
			continue
		}
		amount := float64(float64(float64(moved.Kilograms()/1000)*t.Distance) * t.Empty)
		factor := t.Factor
		lot.Emissions = append(lot.Emissions, carbon.Emission{
			Group: t.Group, Name: "transport " + k.ID, Amount: measure.Quantity{Value: amount, Unit: tonneKilometre}, Factor: &factor, Source: t.Source,
		})
	}
	for _, k := range b.named(lot.Plant, KindLot, lot.ID, KindActivity) {
		lot.Emissions = append(lot.Emissions, k.Activity.Emission)
	}
}

// analyses counts the lots of a process of which a laboratory analysed a
// sample taken in the year that ends with the lot. Replicates of one lot count once.
func (b *Book) analyses(plant, process string, at taken) int {
	year := measure.Interval{From: at.w.To.AddDate(-1, 0, 0), To: at.w.To}
	seen := map[string]bool{}
	for _, k := range b.Standing(plant, KindReport) {
		for _, id := range sorted(k.Report.Results) {
			s := b.names[key{plant, KindSample, id}]
			if s == nil || !year.Contains(s.Sample.At.UnixNano()) || b.process(plant, s.Sample.Lot) != process {
				continue
			}
			seen[s.Sample.Lot] = true
		}
	}
	return len(seen)
}

// process returns the process a lot was made by.
func (b *Book) process(plant, lot string) string {
	if k := b.names[key{plant, KindLot, lot}]; k != nil {
		return k.Lot.Process
	}
	for _, k := range b.Standing(plant, KindRule) {
		if _, ok := k.Rule.named(lot); ok {
			return k.Rule.Process
		}
	}
	return ""
}

func (b *Book) laboratories() (all []string) {
	for _, k := range b.Standing("", KindReport) {
		all = append(all, k.Report.Laboratory)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// accreditation is that of all laboratories, "none" if one of them has none.
func (b *Book) accreditation() string {
	var all []string
	for _, k := range b.Standing("", KindReport) {
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
