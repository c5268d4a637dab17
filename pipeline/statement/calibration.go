package statement

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

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

// scaleGap says what is missing for the scale that weighed a unit, or "".
func scaleGap(p *flowsheet.Plant, lab *lots.Lab, unit carbon.PackagingUnit) string {
	if unit.Scale == "" {
		return "no scale is named"
	}
	for _, c := range lab.Calibrations {
		if c.Plant == p.ID && c.Instrument == unit.Scale && !c.Interval.From.After(unit.Packed) && c.Interval.To.After(unit.Packed) {
			return ""
		}
	}
	return "no calibration of " + unit.Scale + " on record covers the weighing"
}

// productCalibrationGap says what is missing for the instrument that weighs the product.
func productCalibrationGap(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot) string {
	s, ok := p.Stream(p.Product)
	if !ok || s.Mass == nil || s.Mass.Tag == "" {
		return ""
	}
	plan, _ := p.Tag(s.Mass.Tag)
	if plan.Instrument == "" {
		return fmt.Sprintf("the plant file names no instrument of %s", s.Mass.Tag)
	}
	return calibrationGap(p, lab, plan.Instrument, lot.Interval)
}

// calibrationGap says from when on no calibration of an instrument covers a time, or "".
func calibrationGap(p *flowsheet.Plant, lab *lots.Lab, instrument string, w measure.Interval) string {
	at := w.From
	for again := true; again && at.Before(w.To); { // calibrations may follow one another
		again = false
		for _, c := range lab.Calibrations {
			if c.Plant == p.ID && c.Instrument == instrument && !c.Interval.From.After(at) && c.Interval.To.After(at) {
				at, again = c.Interval.To, true
			}
		}
	}
	if at.Before(w.To) {
		return fmt.Sprintf("no calibration of %s on record covers %s", instrument, at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return ""
}
