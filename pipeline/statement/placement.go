package statement

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// PlacedMass returns how much of a lot's counted product is in its sink, and in
// words what lowered it. Where units are on record it is what was placed unit
// by unit, and never more than its share of what instruments counted; a lot of
// which nothing of the kind is kept places all that was counted.
//
//	m = m_counted (1 - e) · min(1, m_units / (m_counted (1 - e))) · m_placed / m_units      e = max(2 u, 2 %) where the weight's calibration is not shown
//
// u is the relative standard uncertainty of the counted mass, so that 2 u
// stands for the limit of error that its instrument is allowed; 2 % is that of
// any scale that nobody shows to be calibrated, whatever a plant file says of it.
//
// Source: the practice of the CDM, which takes off the maximum permissible
// error of an instrument whose calibration has lapsed.
// Rounds: down, to 1 mg.
func PlacedMass(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, product claim.Product) (placed measure.DryMass, remarks []string) {
	if lot.Placed == nil {
		return product.Dry, nil
	}
	for _, why := range lot.NotPlaced {
		remarks = append(remarks, "placed: "+why)
	}
	counted := product.Dry
	if why := productCalibrationGap(p, lab, lot); why != "" {
		if product.RelU <= 0 {
			return 0, append(remarks, fmt.Sprintf("calibration: %s, and the plant file gives its tag no uncertainty to take off: nothing is counted", why))
		}
		most := max(scaleMost, float64(2*product.RelU))
		counted = measure.DryMass(math.Floor(float64(float64(product.Dry) * max(0, 1-most))))
		remarks = append(remarks, fmt.Sprintf("calibration: %s; its limit of error, %.3g %%, is taken off the counted mass", why, 100*most))
	}
	units := unitsOf(p, lab, lot, product)
	remarks = append(remarks, units.remarks...)
	placed = min(*lot.Placed, measure.DryMass(math.Floor(float64(float64(*lot.Placed)*units.share))))
	if whole := measure.DryMass(math.Floor(float64(float64(lot.Packed) * units.share))); whole > counted {
		share := float64(counted) / float64(whole)
		remarks = append(remarks, fmt.Sprintf("placed: units of %s were packed, of which instruments counted %s: the placed ones count in that proportion", whole, counted))
		placed = measure.DryMass(math.Floor(float64(float64(placed) * share)))
	}
	if placed > counted {
		remarks = append(remarks, fmt.Sprintf("placed: units of %s were placed, of which instruments counted %s: the lower one is counted", placed, counted))
		placed = counted
	}
	return placed, remarks
}

// What stands in where nothing better is stated of a unit's weighing.
const (
	scaleU    = 0.002 // relative standard uncertainty of a scale of class III, OIML R 76-1, near a tonne
	scaleMost = 0.02  // limit of error of one that nobody shows to be calibrated
	moistureU = 0.02  // standard uncertainty of a unit's moisture, in parts of its wet mass
	moreWater = 0.01  // a unit so much drier than the product was has its moisture mistyped
)

// unitSum is what is made of the units of a lot that were placed.
type unitSum struct {
	share     float64  // what is left of their dry mass as it was entered
	relU      float64  // of their dry mass; one scale and one moisture meter are shared
	unweighed []string // what is missing for the scales of some: it closes the account
	remarks   []string
}

// unitsOf holds the units of a lot to their scales and to the product's own moisture.
//
//	m = m_wet (1 - max(w, w_product)) (1 - e)      e: the limit of error of a scale that is not shown to be calibrated
//	(u_m/m)² = u_scale² + (u_w / (1 - w))²
//
// A unit that is drier by more than a point than the product was when it was
// made has the product's moisture. Source: GUM (JCGM 100), 5.1; OIML R 76-1.
func unitsOf(p *flowsheet.Plant, lab *lots.Lab, lot lots.Lot, product claim.Product) unitSum {
	u := unitSum{share: 1}
	entered, left, water, wet, uMass, uWater := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	bad := map[string]int{}
	drier := 0
	for _, unit := range lot.Known.Char.Units {
		kg, w := unit.Wet.Kilograms(), unit.Moisture
		if product.Water-w > moreWater {
			w = product.Water
			drier++
		}
		dry := float64(kg * (1 - w))
		if why := scaleGap(p, lab, unit); why != "" {
			dry = float64(dry * (1 - scaleMost))
			bad[why]++
		}
		wet, water = wet+kg, water+float64(kg*w)
		ofMass, ofWater := float64(scaleU*kg), moistureU
		if unit.MassU != nil {
			ofMass = *unit.MassU
		}
		if unit.MoistureU != nil {
			ofWater = *unit.MoistureU
		}
		uMass, uWater = uMass+ofMass, uWater+float64(ofWater*kg)
		entered += float64(kg * (1 - unit.Moisture))
		left += dry
	}
	if !(wet > 0) {
		return u
	}
	if entered > 0 {
		u.share = min(1, left/entered)
	}
	if w := water / wet; w < 1 {
		mass, moist := uMass/wet, uWater/wet/(1-w)
		u.relU = balance.RootSum(mass, moist)
	}
	if drier > 0 {
		u.remarks = append(u.remarks, fmt.Sprintf("placed: %d units were entered drier than the product was when it was made, %.3g %% of water: they count with that", drier, 100*product.Water))
	}
	u.unweighed = slices.Sorted(maps.Keys(bad))
	for _, why := range u.unweighed {
		u.remarks = append(u.remarks, fmt.Sprintf("calibration: %s; a limit of error of %.3g %% is taken off %d units", why, 100*scaleMost, bad[why]))
	}
	return u
}
