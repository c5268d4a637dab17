package material

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// DryUncertainty is the relative standard uncertainty of the dry mass. It
// is taken as one of calibration, which does not shrink with the number of
// readings (GUM, JCGM 100, 5.2.2).
func (e *Evaluation) DryUncertainty(s flowsheet.Stream, kg, moisture float64) float64 {
	uMass := 0.0
	if u := e.Uncertainty(s.Mass); u != nil {
		uMass = u.Value
		if !u.Relative {
			uMass = u.Value / (kg / (float64(e.Minutes) * MinuteInHours))
		}
	}
	uMoisture := 0.0
	v := s.Moisture
	if v == nil {
		v = s.DrySolids
	}
	if u := e.Uncertainty(v); u != nil {
		uMoisture = u.Value
		switch {
		case u.Relative && v == s.DrySolids:
			uMoisture = float64(u.Value * (1 - moisture))
		case u.Relative:
			uMoisture = float64(u.Value * moisture)
		}
	}
	dry := balance.Dry(1, moisture)
	if dry <= 0 || uMass == 0 && uMoisture == 0 {
		return 0
	}
	return balance.DryUncertainty(1, uMass, moisture, uMoisture) / dry
}

// Uncertainty returns the standard uncertainty stated for a value: relative,
// or absolute: in kg/h of a flow, as a share of moisture and elements, in
// MJ/kg of a heating value.
func (e *Evaluation) Uncertainty(v *flowsheet.Value) *flowsheet.Uncertainty {
	var u *flowsheet.Uncertainty
	var unit measure.Unit
	switch {
	case v == nil:
		return nil
	case v.Tag != "":
		plan, _ := e.Plant.Tag(v.Tag)
		if plan.Counter && (plan.Uncertainty == nil || !plan.Uncertainty.Relative) {
			return nil // an absolute uncertainty of a count says nothing of an increase
		}
		u, unit = plan.Uncertainty, plan.Unit
	case v.Lab != "":
		result, _ := e.Lot.Value(v.Lab)
		u, unit = result.Uncertainty, result.Value.Unit
	default:
		u, unit = v.Uncertainty, v.Constant.Unit
	}
	if u == nil || u.Relative {
		return u
	}
	for _, want := range []measure.Unit{measure.KilogramPerHour, measure.One, measure.HigherHeatingValue} {
		if c, err := unit.To(want); err == nil {
			return u.Scaled(c.Scale)
		}
	}
	return nil
}
