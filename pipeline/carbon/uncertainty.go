package carbon

import (
	"cmp"
	"math"

	"github.com/nielu/nielu/measure"
)

// spread is what the uncertainty of durable carbon is made of.
//
//	y = m · C · F · k      [kg CO2e] = [kg] · [1] · [1] · [1]
//
//	m  dry mass, from weighing and moisture
//	C  carbon that counts, total less inorganic
//	F  share that is durable, a function of H/C with the slope dF/d(H/C)
//	k  CO2/C
//
//	∂y/∂m     = C F k
//	∂y/∂C     = m k (F - slope · H/C)   if H is measured: more carbon also lowers H/C
//	∂y/∂C     = m k F                   if the ratio is given
//	∂y/∂H     = m k f slope             f: H/C = f H / C
//	∂y/∂(H/C) = m C k slope
//	(u_m/m)²  = u_weighing² + (w/(1-w) · u_w)²      w: moisture, as received
//
// Source: GUM (JCGM 100), 5.1, inputs independent. A share that is held at a
// limit has slope 0. The uncertainty of the model itself is kept apart. In an
// account to be certified inorganic carbon and emissions without an
// uncertainty count as uncertain by all of them; else as exactly known.
type spread struct {
	r           Request
	carbon      float64 // C, as used
	ratio       float64 // H/C, as used
	durable     float64 // F
	slope       float64
	k, f        float64
	measured    bool         // H/C is from H
	fixedCarbon bool         // C is from a table: its laboratory value plays no part
	noRatio     bool         // F does not depend on H/C
	deducted    measure.CO2e // emissions
	model       float64      // standard uncertainty of F as the model gives it; 0: not stated
	samples     int          // how many samples the carbon is the mean of; 0: not from samples
	sampleU     float64      // their standard error, share of dry mass
}

// standard returns the standard uncertainty of the net; false: nothing is known.
func (s spread) standard() (measure.CO2e, bool, error) {
	u, mass := s.r.Uncertainty, s.r.Char.DryMass.Kilograms()
	if whole := 1.0; s.r.Certify { // unknown is not zero: all of it may be wrong
		u.CarbonInorganic, u.Emissions = cmp.Or(u.CarbonInorganic, &whole), cmp.Or(u.Emissions, &whole)
	}
	massK := float64(mass * s.k)
	byCarbon := float64(massK * s.durable)
	if s.measured {
		byCarbon = float64(massK * (s.durable - float64(s.slope*s.ratio)))
	}
	type term struct {
		relative    *float64
		value       float64
		sensitivity float64 // kg CO2e per unit of the value
	}
	byMass := float64(float64(s.carbon*s.durable) * s.k)
	terms := []term{{relative: u.DryMass, value: mass, sensitivity: byMass}, {relative: u.Emissions, value: float64(s.deducted) / 1e6, sensitivity: 1}}
	if w := deref(s.r.Char.Moisture); w < 1 {
		terms = append(terms, term{relative: u.Moisture, value: w, sensitivity: float64(byMass * mass / (1 - w))})
	}
	if !s.fixedCarbon {
		terms = append(terms,
			term{relative: u.CarbonTotal, value: deref(s.r.Analysis.CarbonTotal), sensitivity: byCarbon},
			term{relative: u.CarbonInorganic, value: deref(s.r.Analysis.CarbonInorganic), sensitivity: byCarbon})
	}
	switch {
	case s.noRatio:
	case s.measured:
		terms = append(terms, term{relative: u.Hydrogen, value: deref(s.r.Analysis.Hydrogen), sensitivity: float64(float64(massK*s.f) * s.slope)})
	default:
		terms = append(terms, term{relative: u.HCorg, value: s.ratio, sensitivity: float64(float64(massK*s.carbon) * s.slope)})
	}
	if s.samples > 0 {
		terms = append(terms, term{relative: &s.sampleU, value: 1, sensitivity: byCarbon})
	}
	sum, known := 0.0, s.r.Uncertainty != Uncertainty{}
	for _, t := range terms {
		if t.relative == nil {
			continue
		}
		part := float64(float64(*t.relative*t.value) * t.sensitivity)
		sum += float64(part * part)
	}
	if !known && s.samples == 0 {
		return 0, false, nil
	}
	rounded, err := measure.CO2eOf(math.Sqrt(sum))
	return rounded, err == nil, err
}

// missing names the first uncertainty that a conservative figure cannot do without, or "".
func (s spread) missing() string {
	u := s.r.Uncertainty
	switch {
	case u.DryMass == nil:
		return "dry_mass"
	case (u.Moisture == nil) != (s.r.Char.Moisture == nil):
		return "moisture"
	case u.CarbonTotal == nil && !s.fixedCarbon:
		return "carbon_total"
	case s.noRatio || s.slope == 0:
		return ""
	case s.measured && u.Hydrogen == nil:
		return "hydrogen"
	case !s.measured && u.HCorg == nil:
		return "h_corg"
	}
	return ""
}

// structural returns m C k u_F, the part of the model alone.
func (s spread) structural() (measure.CO2e, error) {
	mass := s.r.Char.DryMass.Kilograms()
	return measure.CO2eOf(float64(float64(float64(mass*s.carbon)*s.k) * s.model))
}
