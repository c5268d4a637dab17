package balance

import "fmt"

// Tool06 is the constants that CDM TOOL06 prescribes.
type Tool06 struct {
	C, H, O, N     float64 // atomic masses, kg/kmol
	MolarVolume    float64 // m³/kmol, normal state
	MethaneDensity float64 // kg/m³, normal state
	R              float64 // Pa m³/(kmol K)
	AirOxygen      float64 // mole share
}

// Tool06V2 returns the constants of TOOL06 version 2.
//
// Source: CDM TOOL06 v2.0.0, EB 68 Annex 15 (atomic masses unverified). The tool prints R as
// 0.008314472 Pa m³/(kmol K), which is a factor of 10⁶ off; 8314.472 is meant.
func Tool06V2() Tool06 {
	return Tool06{C: 12.00, H: 1.01, O: 16.00, N: 14.01, MolarVolume: 22.4, MethaneDensity: 0.716, R: 8314.472, AirOxygen: 0.21}
}

// FlareMinute is one minute of an enclosed flare.
type FlareMinute struct {
	Carbon, Hydrogen, Oxygen, Nitrogen float64 // MF_j/AM_j of the residual gas, kmol of atoms per kg

	MolarMass     float64 // of the residual gas, kg/kmol
	Density       float64 // of the residual gas, kg/m³
	OxygenNeeded  float64 // F_O2, kmol per kg residual gas
	OxygenLeft    float64 // n_O2, kmol per kg residual gas
	ExhaustPerGas float64 // Q_EG, m³ per kg residual gas
	CheckOxygen   float64 // Q_O2 / Q_EG: the measured oxygen again
	Exhaust       float64 // V_EG, m³
	MethaneOut    float64 // F_EG, kg
	MethaneIn     float64 // F_RG, kg
	Efficiency    float64 // not below 0
	RawEfficiency float64 // as it comes out
}

// Minute returns what a flare did with the residual gas of a minute.
//
//	MM = Σ v_i MM_i                   ρ = 101 325 / ((R_u/MM) 273.15)           M_RG = ρ V_RG
//	MF_j = Σ v_i n_ij AM_j / MM       F_O2 = MF_C/AM_C + MF_H/(4 AM_H) - MF_O/(2 AM_O)
//	n_O2 = v_O2/(1 - v_O2/0.21) [MF_C/AM_C + MF_N/(2 AM_N) + (0.79/0.21) F_O2]
//	Q_CO2 = 22.4 MF_C/AM_C            Q_O2 = 22.4 n_O2
//	Q_N2 = 22.4 [MF_N/(2 AM_N) + (0.79/0.21)(F_O2 + n_O2)]
//	V_EG = (Q_CO2 + Q_O2 + Q_N2) M_RG
//	F_EG = V_EG fc_CH4 10⁻⁶           F_RG = V_RG v_CH4 0.716                   η = 1 - F_EG/F_RG
//
//	volume   V_RG, dry residual gas of the minute, m³ in the normal state
//	gas      v_i, mole shares of dry residual gas; they are taken as they are
//	oxygen   v_O2, mole share in dry exhaust
//	methane  fc_CH4, mg/m³ in dry exhaust, normal state
//
// Source: CDM TOOL06 v2.0.0 (n_O2 and F_O2 unverified, self-consistent).
// Valid: enclosed flare with a proven flame; v_O2 < 0.21; methane in the gas. A minute without a flame has η = 0.
func (t Tool06) Minute(volume float64, gas []Share, oxygen, methane float64) (FlareMinute, error) {
	var m FlareMinute
	if !(t.R > 8300 && t.R < 8330) {
		return m, fmt.Errorf("a gas constant of %g Pa m3/(kmol K): it is 8314.472; check the power of ten", t.R)
	}
	if !(oxygen >= 0 && oxygen < t.AirOxygen) {
		return m, fmt.Errorf("oxygen in the exhaust %g: it lies between 0 and that of air, %g", oxygen, t.AirOxygen)
	}
	var c, h, o, n, y float64 // kmol of atoms per kmol of gas
	for _, s := range gas {
		m.MolarMass += float64(s.Value * s.Species.MolarMass)
		e, _ := ElementsOf(s.Species.Name)
		c += float64(s.Value * float64(e.C))
		h += float64(s.Value * float64(e.H))
		o += float64(s.Value * float64(e.O))
		n += float64(s.Value * float64(e.N))
		if s.Species.Name == "CH4" {
			y += s.Value
		}
	}
	if !(volume > 0) || !(y > 0) || !(m.MolarMass > 0) {
		return m, fmt.Errorf("no methane to the flare: there is no efficiency of nothing")
	}
	perMass := func(atoms, mass float64) float64 { return float64(atoms*mass) / m.MolarMass / mass }
	m.Carbon, m.Hydrogen, m.Oxygen, m.Nitrogen = perMass(c, t.C), perMass(h, t.H), perMass(o, t.O), perMass(n, t.N)
	m.OxygenNeeded = m.Carbon + m.Hydrogen/4 - m.Oxygen/2
	perOxygen := (1 - t.AirOxygen) / t.AirOxygen
	m.OxygenLeft = float64(oxygen / (1 - oxygen/t.AirOxygen) * (m.Carbon + m.Nitrogen/2 + float64(perOxygen*m.OxygenNeeded)))
	qO2 := float64(t.MolarVolume * m.OxygenLeft)
	qN2 := float64(t.MolarVolume * (m.Nitrogen/2 + float64(perOxygen*(m.OxygenNeeded+m.OxygenLeft))))
	m.ExhaustPerGas = float64(t.MolarVolume*m.Carbon) + qO2 + qN2
	m.CheckOxygen = qO2 / m.ExhaustPerGas
	m.Density = NormalPressure / float64(t.R/m.MolarMass*NormalTemperature)
	m.Exhaust = float64(m.ExhaustPerGas * float64(m.Density*volume))
	m.MethaneOut = float64(m.Exhaust*methane) * 1e-6
	m.MethaneIn = float64(float64(volume*y) * t.MethaneDensity)
	m.RawEfficiency = 1 - m.MethaneOut/m.MethaneIn
	m.Efficiency = max(0, m.RawEfficiency)
	return m, nil
}

// FlareTime is minutes in which a flare worked alike.
type FlareTime struct {
	Minutes    float64
	Methane    float64 // kg a minute sent to the flare
	Efficiency float64
}

// FlareYear returns what the methane sent to a flare came to.
//
//	PE = GWP Σ F_RG (1 - η) 10⁻³      destroyed = Σ F_RG η 10⁻³      [t CO2e], [t CH4]
//
// Source: CDM TOOL06 v2.0.0, EB 68 Annex 15 (unverified).
func FlareYear(times []FlareTime, gwp float64) (emission, destroyed float64) {
	var slipped float64
	for _, f := range times {
		sent := float64(f.Minutes * f.Methane)
		slipped += float64(sent * (1 - f.Efficiency))
		destroyed += float64(sent * f.Efficiency)
	}
	return float64(gwp*slipped) * 1e-3, destroyed * 1e-3
}
