package ledger

import (
	"fmt"
	"math"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Placed returns how much of a lot's counted product is in its sink, and in
// words what lowered it. Where units are on record it is what was placed unit
// by unit, and never more than what instruments counted; else it is all that
// was counted.
//
//	m = min(m_counted (1 - e), m_units)      e = 2 u where the weight's calibration is not shown
//
// u is the relative standard uncertainty of the counted mass, so that 2 u
// stands for the limit of error that its instrument is allowed.
//
// Source: the practice of the CDM, which takes off the maximum permissible
// error of an instrument whose calibration has lapsed.
// Rounds: down, to 1 mg.
func Placed(p *pipeline.Plant, lab *pipeline.Lab, lot pipeline.Lot, product pipeline.Product) (placed measure.DryMass, remarks []string) {
	if lot.Placed == nil {
		return product.Dry, nil
	}
	for _, why := range lot.NotPlaced {
		remarks = append(remarks, "placed: "+why)
	}
	counted := product.Dry
	if why := uncalibrated(p, lab, lot); why != "" {
		if product.RelU <= 0 {
			return 0, append(remarks, fmt.Sprintf("calibration: %s, and the plant file gives its tag no uncertainty to take off: nothing is counted", why))
		}
		counted = measure.DryMass(math.Floor(float64(float64(product.Dry) * max(0, 1-float64(2*product.RelU)))))
		remarks = append(remarks, fmt.Sprintf("calibration: %s; its limit of error, %.3g %%, is taken off the counted mass", why, 200*product.RelU))
	}
	if *lot.Placed > counted {
		remarks = append(remarks, fmt.Sprintf("placed: units of %s were placed, of which instruments counted %s: the lower one is counted", lot.Placed, counted))
		return counted, remarks
	}
	return *lot.Placed, remarks
}

// uncalibrated says what is missing for the instrument that weighs the product.
func uncalibrated(p *pipeline.Plant, lab *pipeline.Lab, lot pipeline.Lot) string {
	s, ok := p.Stream(p.Product)
	if !ok || s.Mass == nil || s.Mass.Tag == "" {
		return ""
	}
	plan, _ := p.Tag(s.Mass.Tag)
	if plan.Instrument == "" {
		return fmt.Sprintf("the plant file names no instrument of %s", s.Mass.Tag)
	}
	at := lot.Interval.From
	for again := true; again && at.Before(lot.Interval.To); { // calibrations may follow one another
		again = false
		for _, c := range lab.Calibrations {
			if c.Plant == p.ID && c.Instrument == plan.Instrument && !c.Interval.From.After(at) && c.Interval.To.After(at) {
				at, again = c.Interval.To, true
			}
		}
	}
	if at.Before(lot.Interval.To) {
		return fmt.Sprintf("no calibration of %s on record covers %s", plan.Instrument, at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return ""
}
