package devicetest

// htl is the hydrothermal liquefaction pilot: slurry, heat and electricity
// in; biocrude (through a tank), aqueous phase, solids, gas, cooling and lost
// heat out. Biocrude has a constant yield and composition; solids and gas
// follow dry feed; the aqueous phase takes what is left of mass and carbon,
// and the heat supplied makes up the energy. All ash goes to the solids, and
// most phosphorus; nitrogen to biocrude, solids and, what is left, the aqueous phase.
type htl struct {
	week              schedule
	dry, water        wave // kg/h at full load
	electric          wave // kW at full load, above standby
	co2, ch4, h2      wave // m3{N}/kg dry feed
	solid             wave // kg dry/kg dry feed
	wander            wave
	tank              vessel
	feedC, feedHV     float64
	yield, oilC, oilM float64
	oilHV             float64
	solidC, solidHV   float64
	feedAsh           float64
	feedN, feedP      float64 // of dry mass, as all below
	oilN, oilP        float64
	solidN, solidP    float64
}

const (
	htlStandby   = 0.8  // kW
	htlLoss      = 9.5  // kW at full load, above standby
	htlCool      = 17   // kW at full load
	htlAqueousHV = 0.83 // MJ/kg of aqueous phase
)

func newHTL(d *draw) *htl {
	return &htl{
		week:     schedule{{From: 26, Down: 1.5, Up: 2.5, To: 32}}, // Tuesday 02:00 to 08:00
		dry:      newWave(d, 12, 0.05),
		water:    newWave(d, 48, 0.04),
		electric: newWave(d, 5.5, 0.05),
		co2:      newWave(d, 0.0713, 0.04),
		ch4:      newWave(d, 0.0016, 0.05),
		h2:       newWave(d, 0.0038, 0.05),
		solid:    newWave(d, 0.10, 0.02),
		wander:   newWave(d, 1, 1),
		tank:     vessel{base: 60, cycle: 120},
		feedC:    0.445 + 0.01*d.next(), feedHV: 19.8 + 0.4*d.next(), feedAsh: 0.055,
		yield: 0.375 + 0.01*d.next(), oilC: 0.745, oilM: 0.044, oilHV: 35.5,
		solidC: 0.30, solidHV: 9,
		feedN: 0.055, feedP: 0.020, oilN: 0.045, oilP: 0.001, solidN: 0.020, solidP: 0.170,
	}
}

type htlState struct {
	load, tau                 float64
	dry, water                float64
	oilIn, oilInTotal, oilOut float64 // wet
	solid                     float64 // dry
	co2, ch4, h2, gasVolume   float64
	electric, loss, cool      float64
}

func (p *htl) at(h float64) htlState {
	s := htlState{load: p.week.load(h), tau: p.week.run(h)}
	s.dry = s.load * p.dry.rate(s.tau)
	s.water = s.load * p.water.rate(s.tau)
	wet := p.yield / (1 - p.oilM)
	s.oilIn = s.dry * wet
	s.oilInTotal = p.dry.total(s.tau) * wet
	s.oilOut = p.tank.leaving(s.oilInTotal, s.oilIn)
	s.solid = s.dry * p.solid.rate(s.tau)
	s.co2 = s.dry * p.co2.rate(s.tau)
	s.ch4 = s.dry * p.ch4.rate(s.tau)
	s.h2 = s.dry * p.h2.rate(s.tau)
	s.gasVolume = s.co2 + s.ch4 + s.h2
	s.electric = htlStandby + s.load*p.electric.rate(s.tau)
	s.loss = htlStandby + s.load*htlLoss
	s.cool = s.load * htlCool
	return s
}

func (p *htl) oil(wet float64) Amounts {
	dry := wet * (1 - p.oilM)
	return Amounts{Mass: wet, Water: wet - dry, Carbon: dry * p.oilC, Energy: dry * p.oilHV, Nitrogen: dry * p.oilN, Phosphorus: dry * p.oilP}
}

// flows returns the streams, and the heat supplied in kW.
func (p *htl) flows(s *htlState) (feed, oil, aqueous, solids, gas Amounts, heat float64) {
	feed = Amounts{Mass: s.dry + s.water, Water: s.water, Carbon: s.dry * p.feedC, Ash: s.dry * p.feedAsh, Energy: s.dry * p.feedHV, Nitrogen: s.dry * p.feedN, Phosphorus: s.dry * p.feedP}
	oil = p.oil(s.oilOut)
	oilIn := p.oil(s.oilIn)
	solids = Amounts{Mass: s.solid, Carbon: s.solid * p.solidC, Ash: feed.Ash, Energy: s.solid * p.solidHV, Nitrogen: s.solid * p.solidN, Phosphorus: s.solid * p.solidP}
	gas = gasCO2.of(s.co2).plus(gasCH4.of(s.ch4)).plus(gasH2.of(s.h2))
	aqueous = Amounts{
		Mass:   feed.Mass - oilIn.Mass - solids.Mass - gas.Mass,
		Carbon: feed.Carbon - oilIn.Carbon - solids.Carbon - gas.Carbon,

		Nitrogen:   feed.Nitrogen - oilIn.Nitrogen - solids.Nitrogen,
		Phosphorus: feed.Phosphorus - oilIn.Phosphorus - solids.Phosphorus,
	}
	aqueous.Water = aqueous.Mass - 0.22*s.dry // dissolved matter: 0.22 kg/kg dry feed
	aqueous.Energy = aqueous.Mass * htlAqueousHV
	heat = s.loss + s.cool - s.electric + (oilIn.Energy+solids.Energy+gas.Energy+aqueous.Energy-feed.Energy)/3.6
	return feed, oil, aqueous, solids, gas, heat
}

func (p *htl) truth(h float64) Truth {
	s := p.at(h)
	feed, oil, aqueous, solids, gas, heat := p.flows(&s)
	return Truth{
		Load: s.load,
		Streams: []Stream{
			{Name: "feed", In: true, Rate: feed},
			{Name: "biocrude", Rate: oil},
			{Name: "aqueous", Rate: aqueous},
			{Name: "solids", Rate: solids},
			{Name: "gas", Rate: gas, Volume: s.gasVolume, Gas: p.gas(s.tau)},
		},
		Powers: []Power{
			{Name: "electricity", In: true, KW: s.electric},
			{Name: "heat", In: true, KW: heat},
			{Name: "cooling", KW: s.cool},
			{Name: "heat_loss", KW: s.loss},
		},
		Stocks: []Stock{{Name: "biocrude_tank", Held: p.oil(p.tank.held(s.oilInTotal)), Rate: p.oil(s.oilIn - s.oilOut)}},
	}
}

// gas returns the mole fractions, which are known even while none flows.
func (p *htl) gas(tau float64) map[string]float64 {
	co2, ch4, h2 := p.co2.rate(tau), p.ch4.rate(tau), p.h2.rate(tau)
	sum := co2 + ch4 + h2
	return map[string]float64{"CO2": co2 / sum, "CH4": ch4 / sum, "H2": h2 / sum}
}

// Tags of htl1, in the order of values.
const (
	htlFeed = iota
	htlFeedTotal
	htlDrySolids
	htlTemperature
	htlPressure
	htlOil
	htlTank
	htlAqueous
	htlAqueousC
	htlSolids
	htlGas
	htlCO2
	htlCH4
	htlHeat
	htlPower
	htlEnergy
	htlTankT
	htlTags
)

func (p *htl) tags() []tagInfo {
	return []tagInfo{
		htlFeed:        {"htl1/feed/mass_flow", "kg/h"},
		htlFeedTotal:   {"htl1/feed/mass_total", "kg"},
		htlDrySolids:   {"htl1/feed/dry_solids", "%"},
		htlTemperature: {"htl1/reactor/temperature", "Cel"},
		htlPressure:    {"htl1/reactor/pressure", "bar{g}"},
		htlOil:         {"htl1/biocrude/mass_flow", "kg/h"},
		htlTank:        {"htl1/biocrude/tank_weight", "kg"},
		htlAqueous:     {"htl1/aqueous/mass_flow", "kg/h"},
		htlAqueousC:    {"htl1/aqueous/carbon", "%"},
		htlSolids:      {"htl1/solids/mass_flow", "kg/h"},
		htlGas:         {"htl1/gas/volume_flow", "m3{N}/h"},
		htlCO2:         {"htl1/gas/co2", "%"},
		htlCH4:         {"htl1/gas/ch4", "%"},
		htlHeat:        {"htl1/heat/thermal_power", "kW"},
		htlPower:       {"htl1/power/active_power", "kW"},
		htlEnergy:      {"htl1/power/energy", "kW.h"},
		htlTankT:       {"htl1/tank/temperature", "Cel"},
	}
}

func (p *htl) values(h float64, v []float64) {
	s := p.at(h)
	_, _, aqueous, solids, _, heat := p.flows(&s)
	dry, water := p.dry.rate(s.tau), p.water.rate(s.tau)
	wander := p.wander.rate(s.tau) - 1
	v[htlFeed] = s.dry + s.water
	v[htlFeedTotal] = p.dry.total(s.tau) + p.water.total(s.tau)
	v[htlDrySolids] = 100 * dry / (dry + water)
	v[htlTemperature] = 60 + 265*s.load + 3*wander
	v[htlPressure] = 185*s.load + 2*s.load*wander
	v[htlOil] = s.oilOut
	v[htlTank] = p.tank.held(s.oilInTotal)
	v[htlAqueous] = aqueous.Mass
	v[htlAqueousC] = 0
	if aqueous.Mass > 0 {
		v[htlAqueousC] = 100 * aqueous.Carbon / aqueous.Mass
	}
	v[htlSolids] = solids.Mass
	v[htlGas] = s.gasVolume
	co2, ch4, h2 := p.co2.rate(s.tau), p.ch4.rate(s.tau), p.h2.rate(s.tau)
	v[htlCO2] = 100 * co2 / (co2 + ch4 + h2)
	v[htlCH4] = 100 * ch4 / (co2 + ch4 + h2)
	v[htlHeat] = heat
	v[htlPower] = s.electric
	v[htlEnergy] = htlStandby*h + p.electric.total(s.tau)
	v[htlTankT] = 38 + 12*s.load + wander
}

func (p *htl) counters() []int { return []int{htlFeedTotal, htlEnergy} }
