package balance

import "github.com/nielu/nielu/measure/elementary"

// Acm0001 returns what the destruction of landfill methane avoids.
//
//	F_PJ = V ρ      BE = ((1 - OX) F_PJ - f F_PJ) GWP      [t CO2e] = [m³] [t/m³] [1] [1]
//
//	V  methane destroyed, m³; ρ  its density, t/m³
//	OX share that the cover would have oxidised; f  share destroyed in the baseline
//
// Source: CDM ACM0001 from version 13 (unverified); examples of independentimpact.github.io recomputed.
// An avoided emission: it is never added to a removal.
func Acm0001(volume, density, oxidised, baseline, gwp float64) float64 {
	f := float64(volume * density)
	return float64((float64((1-oxidised)*f) - float64(baseline*f)) * gwp)
}

// Deposit is waste put into a landfill in one year.
type Deposit struct {
	Mass float64 // t wet
	DOC  float64 // degradable carbon, share of wet mass
	DOCf float64 // share of it that decays
	MCF  float64 // methane correction
	F    float64 // methane in the gas, share of volume
	K    float64 // decay, 1/a
	OX   float64 // share oxidised in the cover
}

// Decay is one year of a [Deposit], in t.
type Decay struct{ Decomposed, Generated, Emitted float64 }

const methanePerCarbon = 16.0 / 12.0 // not 16/12, which as an integer is 1

// Degradable returns the carbon that can decay, and the methane it can become.
//
//	DDOCm = W DOC DOCf MCF      L_0 = DDOCm F 16/12      [t]
//
// Source: IPCC 2006 vol. 5 ch. 3 (unverified).
func (d Deposit) Degradable() (carbon, methane float64) {
	carbon = float64(float64(float64(d.Mass*d.DOC)*d.DOCf) * d.MCF)
	return carbon, float64(float64(carbon*d.F) * methanePerCarbon)
}

// Year returns the n-th year after the deposit, n = 1 the first; nothing is recovered.
//
//	decomp_n = DDOCm e^(-k (n-1)) (1 - e^(-k))      CH4 = decomp F 16/12      emission = CH4 (1 - OX)      [t]
//
// Source: IPCC 2006 vol. 5 ch. 3, CDM TOOL04 (both unverified). Valid: k > 0.
func (d Deposit) Year(n int) Decay {
	carbon, _ := d.Degradable()
	var y Decay
	y.Decomposed = float64(float64(carbon*elementary.Exp(float64(-d.K*float64(n-1)))) * (1 - elementary.Exp(-d.K)))
	y.Generated = float64(float64(y.Decomposed*d.F) * methanePerCarbon)
	y.Emitted = float64(y.Generated * (1 - d.OX))
	return y
}

// YearAfter is the month of [Deposit.In] of waste that begins to decay in the
// January after its deposit.
const YearAfter = 13

// In returns a calendar year of the deposit, 0 being the year of the deposit
// itself; decay begins in a month of it, 13 being the first of the year after.
//
//	decomp_0 = DDOCm (1 - e^(-k (13 - M)/12))
//	decomp_n = DDOCm e^(-k (13 - M)/12) e^(-k (n-1)) (1 - e^(-k))      [t]
//
// Source: IPCC 2006 vol. 5 ch. 3, Eqs 3.A1.12 to 3.A1.14 (unverified); with M =
// 13, [YearAfter], it is [Deposit.Year]. Valid: k > 0, 1 ≤ M ≤ 13.
func (d Deposit) In(n int, month float64) Decay {
	carbon, _ := d.Degradable()
	kept := elementary.Exp(float64(-d.K * (13 - month) / 12))
	var y Decay
	switch {
	case n == 0:
		y.Decomposed = float64(carbon * (1 - kept))
	case n > 0:
		d.Mass = float64(d.Mass * kept)
		return d.Year(n)
	}
	y.Generated = float64(float64(y.Decomposed*d.F) * methanePerCarbon)
	y.Emitted = float64(y.Generated * (1 - d.OX))
	return y
}

// Part98Oxidation returns the share of methane that a cover oxidises, by the
// methane flux into it in g/(m².d).
//
//	flux < 10: 0.35      10 to 70: 0.25      above 70: 0.10
//
// Source: 40 CFR 98 Table HH-4, for at least interim cover; 0 under a geomembrane,
// 0.10 where no flux is known.
func Part98Oxidation(flux float64) float64 {
	switch {
	case flux < 10:
		return 0.35
	case flux <= 70:
		return 0.25
	}
	return 0.10
}

// The shares of 40 CFR 98 Table HH-4 that do not depend on the flux.
const (
	OxidationUnderGeomembrane = 0.0
	OxidationWithoutFlux      = 0.10
)
