package formulas

// heatPower is a pyrolysis plant with a dryer, heat and power, per kilogram of biochar.
type heatPower struct {
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

// heatPowerResult is what [heatPower.run] returns, in MJ per kilogram of biochar.
type heatPowerResult struct {
	Syngas, Drying, Heat, Electricity, Recovered float64
	LossFlue, LossDrying                         float64
	In, Out                                      float64
	Efficiency                                   float64 // heat made and electricity made of Syngas
}

// run returns the energy balance of the plant.
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
func (p heatPower) run() heatPowerResult {
	var r heatPowerResult
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
