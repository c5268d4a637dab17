package devicetest

import "math"

// landfill is the closed-landfill pilot: gas from the well field goes through
// the header to an engine and a flare; some rises through a cover with
// biochar in it, where part of its methane is oxidised; biochar arrives by
// the load and stays.
//
// The boundary is the header and the cover. The engine's flow is a wave of its
// own running time, the flare takes the rest of the header's. In the cover
// CH4 + 2 O2 -> CO2 + 2 H2O, of which the water and the heat leave.
type landfill struct {
	wells, engine   schedule
	header          wave // m3{N}/h at full load
	engineGas       wave // m3{N}/h at full load
	enginePower     wave // kW at full load
	ch4, co2, o2    wave // mole fractions of the header's gas
	wander          wave
	charC, charHV   float64
	charAsh, charM  float64
	loadMass, wiggl float64 // kg wet a delivery; how much deliveries differ
	before          float64 // kg placed before commissioning, which are not in the cover
}

const (
	coverArea       = 5000 // m2
	coverCH4        = 16   // g/(m2.d) that reach the cover
	landfillStandby = 1.0  // kW
	blowerPower     = 4.0  // kW at full load, above standby
	deliveryHours   = 0.5
)

func newLandfill(d *draw) *landfill {
	return &landfill{
		wells:       schedule{{From: 80, Down: 0.5, Up: 1, To: 82.5}},                                       // Thursday 08:00 to 10:30
		engine:      schedule{{From: 33, Down: 0.5, Up: 0.5, To: 36}, {From: 79, Down: 0.5, Up: 1, To: 84}}, // Tuesday 09:00 to 12:00, Thursday 07:00 to 12:00
		header:      newWave(d, 120, 0.06),
		engineGas:   newWave(d, 84, 0.04),
		enginePower: newWave(d, 160, 0.04),
		ch4:         newWave(d, 0.52, 0.03),
		co2:         newWave(d, 0.375, 0.03),
		o2:          newWave(d, 0.008, 0.2),
		wander:      newWave(d, 1, 1),
		charC:       0.80 + 0.02*d.next(), charHV: 30.5, charAsh: 0.06, charM: 0.20,
		loadMass: 2150, wiggl: 90,
	}
}

type landfillState struct {
	load, tau               float64
	header, engine, flare   float64 // m3{N}/h
	ch4, co2, o2, n2        float64 // mole fractions
	power                   float64 // kW, engine
	placing, placed         float64 // kg/h, kg since the epoch
	rawCH4, rawCO2          float64 // kg/h into the cover
	outCH4, outCO2, oxygen  float64 // kg/h
	outWater, oxidationHeat float64
}

func (p *landfill) at(h float64) landfillState {
	s := landfillState{load: p.wells.load(h), tau: p.wells.run(h)}
	s.header = s.load * p.header.rate(s.tau)
	on, run := p.engine.load(h), p.engine.run(h)
	s.engine = on * p.engineGas.rate(run)
	s.power = on * p.enginePower.rate(run)
	s.flare = s.header - s.engine
	s.ch4, s.co2, s.o2 = p.ch4.rate(s.tau), p.co2.rate(s.tau), p.o2.rate(s.tau)
	s.n2 = 1 - s.ch4 - s.co2 - s.o2
	s.placing, s.placed = p.deliveries(h)
	s.placed -= p.before

	s.rawCH4 = coverCH4 * coverArea / 24e3 * (1 + 0.15*math.Sin(2*math.Pi*h/61))
	s.rawCO2 = s.rawCH4 / gasCH4.molar * gasCO2.molar * s.co2 / s.ch4
	oxidised := s.rawCH4 * p.oxidised(h)
	kmol := oxidised / gasCH4.molar
	s.outCH4 = s.rawCH4 - oxidised
	s.oxygen = 2 * kmol * gasO2.molar
	s.outCO2 = s.rawCO2 + kmol*gasCO2.molar
	s.outWater = oxidised + s.oxygen - kmol*gasCO2.molar
	s.oxidationHeat = kmol * gasCH4.hv / 3.6
	return s
}

// oxidised is the share of the rising methane that the cover oxidises.
func (p *landfill) oxidised(h float64) float64 {
	return 0.70 + 0.10*(p.soil(h)-9)/6
}

func (p *landfill) soil(h float64) float64 {
	return 9 + 4*math.Cos(2*math.Pi*(h-4900)/8766) + 0.4*math.Cos(2*math.Pi*(h-17)/24)
}

// deliveries returns the rate and the total of biochar placed: one load each
// Monday to Friday at 10:00, spread over half an hour. Totals are a closed
// form of the number of loads.
func (p *landfill) deliveries(h float64) (rate, total float64) {
	day := math.Floor(h / 24)
	week := math.Floor(day / 7)
	weekday := day - 7*week
	loads := 5 * week
	sum := func(n float64) float64 { return p.loadMass*n + p.wiggl*math.Sin(1.7*n) }
	if weekday >= 5 {
		return 0, sum(loads + 5)
	}
	loads += weekday
	x := (h - 24*day - 10) / deliveryHours
	switch {
	case x <= 0:
		return 0, sum(loads)
	case x >= 1:
		return 0, sum(loads + 1)
	}
	mass := sum(loads+1) - sum(loads)
	return mass * 6 * x * (1 - x) / deliveryHours, sum(loads) + mass*ramp(x)
}

func (p *landfill) char(wet float64) Amounts {
	dry := wet * (1 - p.charM)
	return Amounts{Mass: wet, Water: wet - dry, Carbon: dry * p.charC, Ash: dry * p.charAsh, Energy: dry * p.charHV}
}

func (s *landfillState) gas(volume float64) Amounts {
	return gasCH4.of(volume * s.ch4).plus(gasCO2.of(volume * s.co2)).plus(gasO2.of(volume * s.o2)).plus(gasN2.of(volume * s.n2))
}

func (p *landfill) truth(h float64) Truth {
	s := p.at(h)
	mix := map[string]float64{"CH4": s.ch4, "CO2": s.co2, "O2": s.o2, "N2": s.n2}
	ch4 := func(kg float64) Amounts {
		return Amounts{Mass: kg, Carbon: kg / gasCH4.molar * 12.011, Energy: kg / gasCH4.molar * gasCH4.hv}
	}
	co2 := func(kg float64) Amounts { return Amounts{Mass: kg, Carbon: kg / gasCO2.molar * 12.011} }
	return Truth{
		Load: s.load,
		Streams: []Stream{
			{Name: "landfill_gas", In: true, Rate: s.gas(s.header), Volume: s.header, Gas: mix},
			{Name: "engine_gas", Rate: s.gas(s.engine), Volume: s.engine, Gas: mix},
			{Name: "flare_gas", Rate: s.gas(s.flare), Volume: s.flare, Gas: mix},
			{Name: "cover_raw_ch4", In: true, Rate: ch4(s.rawCH4)},
			{Name: "cover_raw_co2", In: true, Rate: co2(s.rawCO2)},
			{Name: "cover_oxygen", In: true, Rate: Amounts{Mass: s.oxygen}},
			{Name: "cover_ch4", Rate: ch4(s.outCH4)},
			{Name: "cover_co2", Rate: co2(s.outCO2)},
			{Name: "cover_water", Rate: Amounts{Mass: s.outWater, Water: s.outWater}},
			{Name: "biochar", In: true, Rate: p.char(s.placing)},
		},
		Powers: []Power{{Name: "oxidation_heat", KW: s.oxidationHeat}},
		Stocks: []Stock{{Name: "cover", Held: p.char(s.placed), Rate: p.char(s.placing)}},
	}
}

// Tags of lf1, in the order of values.
const (
	lfHeader = iota
	lfCH4
	lfCO2
	lfO2
	lfN2
	lfPressure
	lfFlare
	lfFlareT
	lfEngine
	lfPower
	lfEngineEnergy
	lfSoil
	lfCoverMoisture
	lfFluxCH4
	lfFluxCO2
	lfPlaced
	lfEnergy
	lfTags
)

func (p *landfill) tags() []tagInfo {
	return []tagInfo{
		lfHeader:        {"lf1/header/volume_flow", "m3{N}/h"},
		lfCH4:           {"lf1/header/ch4", "%"},
		lfCO2:           {"lf1/header/co2", "%"},
		lfO2:            {"lf1/header/o2", "%"},
		lfN2:            {"lf1/header/n2", "%"},
		lfPressure:      {"lf1/header/pressure", "mbar{g}"},
		lfFlare:         {"lf1/flare/volume_flow", "m3{N}/h"},
		lfFlareT:        {"lf1/flare/temperature", "Cel"},
		lfEngine:        {"lf1/engine/volume_flow", "m3{N}/h"},
		lfPower:         {"lf1/engine/active_power", "kW"},
		lfEngineEnergy:  {"lf1/engine/energy", "kW.h"},
		lfSoil:          {"lf1/cover/soil_temperature", "Cel"},
		lfCoverMoisture: {"lf1/cover/moisture", "%"},
		lfFluxCH4:       {"lf1/cover/ch4_flux", "g/(m2.d)"},
		lfFluxCO2:       {"lf1/cover/co2_flux", "g/(m2.d)"},
		lfPlaced:        {"lf1/biochar/placed_total", "kg"},
		lfEnergy:        {"lf1/power/energy", "kW.h"},
	}
}

func (p *landfill) values(h float64, v []float64) {
	s := p.at(h)
	wander := p.wander.rate(s.tau) - 1
	v[lfHeader] = s.header
	v[lfCH4] = 100 * s.ch4
	v[lfCO2] = 100 * s.co2
	v[lfO2] = 100 * s.o2
	v[lfN2] = 100 * s.n2
	v[lfPressure] = -25*s.load + 3*wander
	v[lfFlare] = s.flare
	v[lfFlareT] = 60 + 940*min(1, s.flare/15) + 20*wander
	v[lfEngine] = s.engine
	v[lfPower] = s.power
	v[lfEngineEnergy] = p.enginePower.total(p.engine.run(h))
	v[lfSoil] = p.soil(h)
	v[lfCoverMoisture] = 24 + 4*wander
	v[lfFluxCH4] = s.outCH4 * 24e3 / coverArea
	v[lfFluxCO2] = s.outCO2 * 24e3 / coverArea
	v[lfPlaced] = s.placed
	v[lfEnergy] = landfillStandby*h + blowerPower*s.tau
}

func (p *landfill) counters() []int { return []int{lfEngineEnergy, lfPlaced, lfEnergy} }
