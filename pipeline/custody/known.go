package custody

import (
	"cmp"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// made names a process of a plant.
type made struct{ plant, process string }

// history is what was sampled of a process, and in which batches.
type history struct {
	samples []pipeline.Sample
	batches []carbon.Batch // in the order they were made
}

// histories gathers the analysed samples of every process, and its batches:
// those that were packed or sampled.
func (b *Book) histories() map[made]*history {
	all := map[made]*history{}
	for _, k := range b.Standing("", KindSample) {
		s := pipeline.Sample{Of: k.Sample.Of, Sample: carbon.Sample{Process: b.process(k.Plant, k.Sample.Lot), Batch: k.Sample.Lot, At: k.Sample.At, Point: k.Sample.where()}}
		w, err := b.lot(k.Plant, s.Batch)
		if err != nil || !b.analysed(k.Plant, k.ID, &s) {
			continue
		}
		of := made{k.Plant, s.Process}
		h := all[of]
		if h == nil {
			h = &history{}
			all[of] = h
		}
		h.samples = append(h.samples, s)
		h.batches = append(h.batches, carbon.Batch{ID: s.Batch, Made: w})
	}
	for _, k := range b.Standing("", KindUnit) { // a lot that nobody sampled is one of the process all the same
		w, err := b.lot(k.Plant, k.Unit.Lot)
		if h := all[made{k.Plant, b.process(k.Plant, k.Unit.Lot)}]; h != nil && err == nil {
			h.batches = append(h.batches, carbon.Batch{ID: k.Unit.Lot, Made: w})
		}
	}
	for _, h := range all {
		slices.SortStableFunc(h.batches, func(a, b carbon.Batch) int { return a.Made.From.Compare(b.Made.From) })
		h.batches = slices.CompactFunc(h.batches, func(a, b carbon.Batch) bool { return a.ID == b.ID })
	}
	return all
}

// analysed fills in what laboratories found in a sample; false if nothing.
func (b *Book) analysed(plant, id string, s *pipeline.Sample) bool {
	some := false
	for _, k := range b.named(plant, KindSample, id, KindReport) {
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

func share(values map[string]pipeline.LabValue, name string, to **float64) bool {
	v, ok := values[name]
	x, err := v.Value.In(one)
	if ok && err == nil {
		*to = &x
	}
	return ok && err == nil
}

// known tells what some methods ask for beside the common things: the samples
// of the lot's process, its batches, its units, how it is sampled, and how
// much of the time a flame burnt the gas.
func (b *Book) known(lot *pipeline.Lot, c Conditions, h *history) {
	p := &lot.Known.Process
	*p = carbon.Process{ID: lot.Process, Feedstock: lot.Use.Feedstock, Temperature: cmp.Or(c.TestTemperature, lot.Use.ProductionTemperature),
		Method: cmp.Or(c.SamplingMethod, "A"), Plan: c.SamplingPlan, Agreed: c.AgreedSamples, MoisturePathway: c.MoisturePathway}
	if h != nil {
		lot.Samples, lot.Batches = h.samples, h.batches
	}
	for _, k := range b.named(lot.Plant, KindLot, lot.ID, KindUnit) {
		if u := k.Unit; u.Moisture != nil && slices.Contains(lot.Units, k.ID) {
			lot.Known.Units = append(lot.Known.Units, carbon.PackagingUnit{ID: k.ID, Wet: u.Wet, Moisture: *u.Moisture, Volume: u.Volume, Subsamples: u.Subsamples, Dried: u.Dried})
		}
	}
	lot.Known.CombustionUptime = b.uptime(lot)
}

// uptime is the share of the lot's normal operating time in which the gas was
// burnt, if a flame-out is on record; without one nobody says that there was none.
//
//	uptime = 1 - flame-outs / (lot - stops)
func (b *Book) uptime(lot *pipeline.Lot) *float64 {
	var out, stopped time.Duration
	flames := false
	for _, k := range b.Standing(lot.Plant, KindDowntime) {
		d := k.Downtime
		w := measure.Interval{From: later(d.Interval.From, lot.Interval.From), To: d.Interval.To}
		if lot.Interval.To.Before(w.To) {
			w.To = lot.Interval.To
		}
		if !w.From.Before(w.To) {
			continue
		}
		switch d.Kind {
		case "flame-out":
			out, flames = out+w.Length(), true
		case "stop", "maintenance":
			stopped += w.Length()
		}
	}
	if !flames {
		return nil
	}
	share := 0.0
	if ran := lot.Interval.Length() - stopped; ran > 0 {
		share = max(0, 1-float64(out)/float64(ran))
	}
	return &share
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// mixed takes over how the product lies in the soil: of several uses the
// richest mix, the highest rate, the earliest day and the least proven
// temperature count.
func (b *Book) mixed(s *carbon.Sink, u *Use) {
	if u.Share != nil && (s.BiocharShare == nil || *u.Share > *s.BiocharShare) {
		s.BiocharShare = u.Share
	}
	if u.Rate != nil && (s.ApplicationRate == nil || *u.Rate > *s.ApplicationRate) {
		s.ApplicationRate = u.Rate
	}
	if s.Placed.IsZero() || u.At.After(s.Placed) {
		s.Placed = u.At
	}
	order := []string{"", "measured", "dataset", "air"}
	if slices.Index(order, u.TemperatureFrom) > slices.Index(order, s.SoilTemperatureFrom) {
		s.SoilTemperatureFrom = u.TemperatureFrom
	}
}
