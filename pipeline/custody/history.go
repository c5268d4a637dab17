package custody

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/lots"
)

// processKey names a process of a plant.
type processKey struct{ plant, process string }

// history is what was sampled of a process, and in which batches.
type history struct {
	samples []lots.Sample
	batches []carbon.Batch     // in the order they were made
	scatter map[string]float64 // standard deviation of shares from sample to sample, by the names of values
}

// scatterOf returns how far samples of the process lie apart, in a unit; 0 if
// fewer than two were analysed, or the value is no share.
func (h *history) scatterOf(name string, unit measure.Unit) float64 {
	u, err := measure.Quantity{Value: h.scatter[valueName(name)], Unit: one}.In(unit)
	if err != nil {
		return 0
	}
	return u
}

// valueName is the one name of a value that has two: STREAM_carbon is
// STREAM_carbon_total.
func valueName(name string) string {
	if strings.HasSuffix(name, "_carbon") {
		return name + "_total"
	}
	return name
}

// scatters fills in the scatter of every process that has a history.
func (b *Book) scatters(all map[processKey]*history) {
	type value struct {
		of   processKey
		name string
	}
	samples := map[value]map[string][]float64{}
	for _, k := range b.InForce("", KindReport) {
		for _, id := range sorted(k.Report.Results) {
			s := b.posting(k.Plant, KindSample, id)
			if s == nil {
				continue
			}
			of := processKey{k.Plant, b.process(k.Plant, s.Sample.Lot)}
			for _, name := range sorted(k.Report.Results[id]) {
				x, err := k.Report.Results[id][name].Value.In(one)
				if all[of] == nil || err != nil {
					continue
				}
				v := value{of, valueName(s.Sample.Of + "_" + name)}
				if samples[v] == nil {
					samples[v] = map[string][]float64{}
				}
				grab := s.Sample.Lot + " " + s.Sample.grab()
				samples[v][grab] = append(samples[v][grab], x)
			}
		}
	}
	for v, grabs := range samples {
		var means []float64
		for _, grab := range sorted(grabs) {
			mean, _ := carbon.MeanSD(grabs[grab])
			means = append(means, mean)
		}
		if _, sd := carbon.MeanSD(means); sd > 0 {
			h := all[v.of]
			if h.scatter == nil {
				h.scatter = map[string]float64{}
			}
			h.scatter[v.name] = sd
		}
	}
}

// histories gathers the analysed samples of every process, and its batches:
// those that were packed or sampled.
func (b *Book) histories() map[processKey]*history {
	all := map[processKey]*history{}
	for _, k := range b.InForce("", KindSample) {
		s := lots.Sample{Of: k.Sample.Of, Sample: carbon.Sample{Process: b.process(k.Plant, k.Sample.Lot), Batch: k.Sample.Lot, At: k.Sample.At, Point: k.Sample.where()}}
		w, err := b.lot(k.Plant, s.Batch)
		if err != nil || !b.analysed(k.Plant, k.ID, &s) {
			continue
		}
		of := processKey{k.Plant, s.Process}
		h := all[of]
		if h == nil {
			h = &history{}
			all[of] = h
		}
		h.samples = append(h.samples, s)
		h.batches = append(h.batches, carbon.Batch{ID: s.Batch, Made: w})
	}
	for _, k := range b.InForce("", KindUnit) { // a lot that nobody sampled is one of the process all the same
		w, err := b.lot(k.Plant, k.Unit.Lot)
		if h := all[processKey{k.Plant, b.process(k.Plant, k.Unit.Lot)}]; h != nil && err == nil {
			h.batches = append(h.batches, carbon.Batch{ID: k.Unit.Lot, Made: w})
		}
	}
	for _, h := range all {
		slices.SortStableFunc(h.batches, func(a, b carbon.Batch) int { return a.Made.From.Compare(b.Made.From) })
		h.batches = slices.CompactFunc(h.batches, func(a, b carbon.Batch) bool { return a.ID == b.ID })
	}
	b.scatters(all)
	return all
}

// analysed fills in what laboratories found in a sample; false if nothing.
func (b *Book) analysed(plant, id string, s *lots.Sample) bool {
	some := false
	for _, k := range b.citedBy(plant, KindSample, id, KindReport) {
		values := k.Report.Results[id]
		for name, to := range map[string]**float64{"carbon_inorganic": &s.CarbonInorganic, "hydrogen": &s.Hydrogen, "oxygen": &s.Oxygen, "moisture": &s.Moisture} {
			some = share(values, name, to) || some
		}
		some = share(values, "carbon", &s.CarbonTotal) || some
		some = share(values, "carbon_total", &s.CarbonTotal) || some
		if r, ok := k.Report.Reflectance[id]; ok {
			s.Reflectance = &r
			some = true
		}
	}
	return some
}

func share(values map[string]lots.LabValue, name string, to **float64) bool {
	v, ok := values[name]
	x, err := v.Value.In(one)
	if ok && err == nil {
		*to = &x
	}
	return ok && err == nil
}

// addSampling tells what some methods ask for beside the common things: the samples
// of the lot's process, its batches, its units, and how it is sampled.
func (b *Book) addSampling(lot *lots.Lot, c Conditions, h *history) {
	p := &lot.Known.Process
	*p = carbon.Process{ID: lot.Process, Feedstock: lot.Use.Feedstock, Temperature: cmp.Or(c.TestTemperature, lot.Use.ProductionTemperature),
		Method: cmp.Or(c.SamplingMethod, "A"), Plan: c.SamplingPlan, Agreed: c.AgreedSamples, MoisturePathway: c.MoisturePathway}
	if h != nil {
		lot.Samples, lot.Batches = h.samples, h.batches
	}
	b.addUnits(lot)
}

// addUnits lists the units of a lot that were placed.
func (b *Book) addUnits(lot *lots.Lot) {
	for _, k := range b.citedBy(lot.Plant, KindLot, lot.ID, KindUnit) {
		if u := k.Unit; slices.Contains(lot.Units, k.ID) {
			water := u.Moisture
			if water == nil { // the dry mass was given
				share := 1 - float64(u.Dry)/float64(u.Wet)
				water = &share
			}
			lot.Known.Char.Units = append(lot.Known.Char.Units, carbon.PackagingUnit{ID: k.ID, Wet: u.Wet, Moisture: *water, Volume: u.Volume, Subsamples: u.Subsamples, Dried: u.Dried,
				Scale: u.Scale, Packed: u.At, MassU: u.MassU, MoistureU: u.MoistureU})
		}
	}
}

// addUse takes over how the product lies in the soil: of several uses the
// richest mix, the highest rate, the latest day and the least proven
// temperature count. What one of them does not say is not known.
func (b *Book) addUse(first bool, s *carbon.Sink, u *Use) {
	s.BiocharShare = worse(first, s.BiocharShare, u.Share, +1)
	s.ApplicationRate = worse(first, s.ApplicationRate, u.Rate, +1)
	s.SoilTemperatureSpread = worse(first, s.SoilTemperatureSpread, u.TemperatureSpread, +1)
	s.BaselineN2O = worse(first, s.BaselineN2O, u.BaselineN2O, -1)
	var discount *float64
	if u.Retail != nil {
		discount = u.Retail.Discount
	}
	s.RetailDiscount = worse(first, s.RetailDiscount, discount, +1)
	if s.PlacedAt.IsZero() || u.At.After(s.PlacedAt) {
		s.PlacedAt = u.At
	}
	switch order := []string{"measured", "dataset", "air"}; {
	case first:
		s.SoilTemperatureFrom = u.TemperatureFrom
	case s.SoilTemperatureFrom == "" || u.TemperatureFrom == "":
		s.SoilTemperatureFrom = ""
	case slices.Index(order, u.TemperatureFrom) > slices.Index(order, s.SoilTemperatureFrom):
		s.SoilTemperatureFrom = u.TemperatureFrom
	}
}
