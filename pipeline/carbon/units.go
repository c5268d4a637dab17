package carbon

import (
	"math"
	"time"

	"github.com/nielu/nielu/measure"
)

// PackagingUnit is one unit of the product that leaves with its own label.
type PackagingUnit struct {
	ID         string
	Wet        measure.WetMass
	Moisture   float64  // as received, 0 to 1
	Volume     *float64 // m3
	Subsamples int
	Dried      time.Duration // at 110 Cel
	Scale      string        // the instrument that weighed it
	Packed     time.Time

	MassU, MoistureU *float64 // standard uncertainties: kg, and parts of the wet mass; nil: not stated
}

// UnitDryMass is the dry mass on the label of a unit.
//
//	m = w · DM/100      [mg] = [mg] · [%]      DM = 100 - moisture, to whole percent
//
// Source: Global C-Sink 3.3, section 9.2; secondary. The standard does not say
// where a half goes: here it goes down.
// Valid:  moisture 0 to 1; else the unit is empty.
// Rounds: once, half to even, to 1 mg, after DM. Uncertainty: half a percent point of DM, uniform.
func UnitDryMass(u PackagingUnit) measure.DryMass {
	if !(u.Moisture >= 0 && u.Moisture <= 1) || u.Wet < 0 {
		return 0
	}
	// A share read from decimals may miss a half by its last digit.
	percent := math.Ceil(float64((1-u.Moisture)*100) - 0.5 - 1e-9)
	m, err := measure.DryMassOf(float64(u.Wet.Kilograms()*percent) / 100)
	if err != nil {
		return 0
	}
	return max(m, 0)
}

// unitFaults says how a unit's dry matter was not found as section 9.2 asks:
// at most 10 m3, at least 20 subsamples, 16 h at 110 Cel.
func unitFaults(u PackagingUnit) []string {
	var all []string
	if u.Volume == nil || *u.Volume > 10 {
		all = append(all, "a volume of at most 10 m3")
	}
	if u.Subsamples < 20 {
		all = append(all, "at least 20 subsamples")
	}
	if u.Dried < 16*time.Hour {
		all = append(all, "16 h of drying at 110 Cel")
	}
	return all
}
