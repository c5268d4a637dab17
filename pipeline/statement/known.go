package statement

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// uptime is the share of the running time in which no flame-out is on record.
// Without a log of the flame, and without a flame-out, nobody says that there
// was none, nor of a product that was made while the plant file has it that
// nothing ran.
func uptime(lab *lots.Lab, lot lots.Lot, product claim.Product, found claim.Found) *float64 {
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
// the time between them, less the stops on record. Of the first lot nothing is known.
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

// calibrations lists the instruments that an account of a lot rests on, with
// the age of the calibration that covers the end of the lot.
func calibrations(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot) (all []carbon.Calibration) {
	add := func(instrument, of string) {
		if instrument == "" || slices.ContainsFunc(all, func(c carbon.Calibration) bool { return c.Instrument == instrument && c.Of == of }) {
			return
		}
		all = append(all, carbon.Calibration{Instrument: instrument, Of: of, Age: calibrationAge(p, lab, lot, instrument)})
	}
	weighs := claim.ProductTags(p)
	for i, tag := range weighs {
		plan, _ := p.Tag(tag)
		of := "product"
		if i > 0 {
			of = "moisture"
		}
		add(cmp.Or(plan.Instrument, string(tag)), of)
	}
	for _, tag := range claim.StackTags(p) {
		plan, _ := p.Tag(tag)
		add(cmp.Or(plan.Instrument, string(tag)), "stack")
	}
	for _, u := range lot.Known.Char.Units {
		add(u.Scale, "unit")
	}
	return all
}

// calibrationAge is that of an instrument's newest calibration that covers a lot, at its
// end, in days; nil if none does.
func calibrationAge(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, instrument string) (newest *float64) {
	if calibrationGap(p, lab, instrument, lot.Interval) != "" {
		return nil
	}
	for _, c := range lab.Calibrations {
		if c.Plant == p.ID && c.Instrument == instrument && !c.Interval.From.After(lot.Interval.To) {
			if days := lot.Interval.To.Sub(c.Interval.From).Hours() / 24; newest == nil || days < *newest {
				newest = &days
			}
		}
	}
	return newest
}

// feedCarbon is the carbon that was fed, as counted and analysed; nil if either
// is not known.
//
//	m_C = m_dry · C      [kg] = [kg] · [1]
func feedCarbon(p *flowsheet.Plant, lot lots.Lot, found claim.Found) *measure.Carbon {
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
