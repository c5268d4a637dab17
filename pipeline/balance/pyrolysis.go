package balance

import (
	"math"

	"github.com/nielu/nielu/measure/elementary"
)

// CarbonOfCO2 returns the carbon in a mass of carbon dioxide.
//
//	C = m · 12.011 / 44.009      [kg] = [kg] [1]
//
// Source: IUPAC abridged atomic masses. A method that says 12/44 uses its own factor.
func CarbonOfCO2(mass float64) float64 { return float64(mass*massC) / (massC + 2*massO) }

// GasCarbon returns the carbon in a mass of gas whose analysis is in shares
// of mass. The sum of the shares is returned beside it and nothing is
// normalised.
//
//	w_C = Σ w_i n_C,i 12.011 / M_i      [1] = [1] [1]
//
// Source: definition.
func GasCarbon(massShares []Share) (carbon, sum float64) {
	for _, s := range massShares {
		carbon += float64(s.Value * (float64(s.Species.Carbon*massC) / s.Species.MolarMass))
		sum += s.Value
	}
	return carbon, sum
}

// GasSumLimit is how far, in %, a gas analysis may add up beside 100 % before it is flagged.
//
// Source: a default of this project.
const GasSumLimit = 2.0

// YieldsAddUp tells whether the sum of all product yields is 1 within a tolerance.
//
//	|Σ Y - 1| ≤ tolerance
//
// Source: definition. A model once published uses kelvin and square roots where its parent
// has degrees Celsius and none; its yields add up to 1.449.
func YieldsAddUp(sum, tolerance float64) bool { return math.Abs(sum-1) <= tolerance }

// WoolfYield returns the ash-free char made of dry ash-free feed, the dry char
// made of dry feed, ash and all, and the carbon share of that char.
//
//	Y_daf = 0.1261 + 0.5391 exp(-0.004 T) + 0.2733 L            [kg/kg], both dry and ash-free
//	Y     = Y_daf (1 - a) + a                                   [kg/kg], both dry
//	C     = (1 - a / Y) (0.93 - 0.92 exp(-0.0042 T))            [1], of dry char
//
//	T  highest treatment temperature, °C and not kelvin
//	a  ash of dry feed, L lignin of dry feed, 0 to 1
//
// Source: Woolf et al. 2021, Environ. Sci. Technol. 55:14795, on the basis of
// the authors' own code (domwoolf/Biochar_AG, BiocharAG/R/pyrolysis.R).
func WoolfYield(celsius, ash, lignin float64) (ashFree, char, carbon float64) {
	ashFree = 0.1261 + float64(0.5391*elementary.Exp(float64(-0.004*celsius))) + float64(0.2733*lignin)
	char = float64(ashFree*(1-ash)) + ash
	carbon = float64((1 - ash/char) * (0.93 - float64(0.92*elementary.Exp(float64(-0.0042*celsius)))))
	return ashFree, char, carbon
}

// HeatPower is a pyrolysis plant with a dryer, heat and power, per kilogram of biochar.
type HeatPower struct {
	FeedLHV, CharLHV float64 // MJ/kg dry
	Moisture         float64 // of the feed as it comes, share of wet mass
	DriedMoisture    float64 // after the dryer
	DryingHeat       float64 // MJ per kg of water taken out
	DryingRecovery   float64 // share of the drying heat that is used again
	CharYield        float64 // kg/kg dry
	HeatEfficiency   float64 // share of the energy of gas and oil that becomes heat
	PowerToHeat      float64 // electricity made per heat made
	ElectricityIn    float64 // kWh
}

// HeatPowerResult is what [HeatPower.Run] returns, in MJ per kilogram of biochar.
type HeatPowerResult struct {
	Syngas, Drying, Heat, Electricity, Recovered float64
	LossFlue, LossDrying                         float64
	In, Out                                      float64
	Efficiency                                   float64 // heat made and electricity made of Syngas
}

// Run returns the energy balance of the plant.
//
//	H_syn = LHV_f/y - LHV_bc + 3.6 i_el            D = h_d/y (1/(1-w) - 1/(1-w_d))
//	heat  = η H_syn - D                            electricity = α η H_syn
//	recovered = r_d D                              losses: H_syn (1 - η - α η), (1 - r_d) D
//	E_in  = LHV_f/y + 3.6 i_el                     E_out = LHV_bc + heat + electricity + recovered + losses
//
// Everything in MJ per kg of biochar; i_el in kWh, and it enters the closing
// check in MJ too (the published script adds kWh there).
//
// Source: Azzi et al., ntropy-esa/biochar-systems-dev, 3-coproduct-use-model-heat-production. Valid: 0 ≤ w_d ≤ w < 1, 0 < y ≤ 1.
func (p HeatPower) Run() HeatPowerResult {
	var r HeatPowerResult
	electricity := float64(3.6 * p.ElectricityIn)
	feed := p.FeedLHV / p.CharYield
	r.In = feed + electricity
	r.Syngas = feed - p.CharLHV + electricity
	r.Drying = float64(p.DryingHeat / p.CharYield * (1/(1-p.Moisture) - 1/(1-p.DriedMoisture)))
	heat := float64(p.HeatEfficiency * r.Syngas)
	r.Heat = heat - r.Drying
	r.Electricity = float64(p.PowerToHeat * heat)
	r.Recovered = float64(p.DryingRecovery * r.Drying)
	r.Efficiency = p.HeatEfficiency + float64(p.PowerToHeat*p.HeatEfficiency)
	r.LossFlue = float64(r.Syngas * (1 - r.Efficiency))
	r.LossDrying = float64((1 - p.DryingRecovery) * r.Drying)
	r.Out = p.CharLHV + r.Heat + r.Electricity + r.Recovered + r.LossFlue + r.LossDrying
	return r
}

// EnergyShare returns the energy of a product as a share of that of the feed:
// the cold gas efficiency, the energy yield of char, the energy recovery of biocrude.
//
//	e = m_p H_p / (m_f H_f)      [1]; H both lower or both higher heating values
//
// Source: definition. Valid: feed > 0. Energy from outside is not in it.
func EnergyShare(product, productHeat, feed, feedHeat float64) float64 {
	return float64(product*productHeat) / float64(feed*feedHeat)
}
