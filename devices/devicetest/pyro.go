package devicetest

import "math"

// pyro is the slow pyrolysis pilot: wet wood chips, purge nitrogen and
// electricity in; char (through a hopper), permanent gas, condensed liquid,
// useful heat and lost heat out.
//
// Dry feed, its water and the electric power are waves of running time. Char
// has a constant yield and composition, so that what the hopper holds follows
// from what came in; all ash goes to it. Gas follows dry feed, component by
// component. The liquid takes what is left of mass and carbon, the useful
// heat what is left of energy: that is the conservation.
type pyro struct {
	week            schedule
	dry, water      wave // kg/h at full load
	electric        wave // kW at full load, above standby
	co2, co, ch4    wave // m3{N}/kg dry feed
	h2              wave // m3{N}/kg dry feed
	wander          wave // 1, for temperatures
	hopper          vessel
	feedC, feedHV   float64 // per kg dry
	yield, charC    float64
	charHV, charAsh float64
	feedAsh, charM  float64 // charM: moisture of char, share of wet mass
}

const (
	pyroStandby  = 1.5  // kW
	pyroLoss     = 14   // kW at full load, above standby
	pyroPurge    = 60   // L{N}/min at full load
	pyroPurgeOff = 6    // L{N}/min when stopped
	pyroLiquidHV = 25.7 // MJ/kg of what is not water
)

func newPyro(d *draw) *pyro {
	p := &pyro{
		week:     schedule{{From: 52, Down: 2, Up: 3, To: 60}}, // Wednesday 04:00 to 12:00
		dry:      newWave(d, 78, 0.02),
		water:    newWave(d, 22, 0.015),
		electric: newWave(d, 36.5, 0.06),
		co2:      newWave(d, 0.070, 0.015),
		co:       newWave(d, 0.050, 0.015),
		ch4:      newWave(d, 0.022, 0.015),
		h2:       newWave(d, 0.018, 0.015),
		wander:   newWave(d, 1, 1),
		hopper:   vessel{base: 45, cycle: 150},
		feedC:    0.495 + 0.01*d.next(), feedHV: 19.8 + 0.4*d.next(), feedAsh: 0.008,
		yield: 0.285 + 0.01*d.next(), charC: 0.83 + 0.02*d.next(), charHV: 31.5,
		charM: 0.06,
	}
	p.charAsh = p.feedAsh / p.yield
	return p
}

// pyroState is all that follows from the hour.
type pyroState struct {
	load, tau, clock    float64
	dry, water          float64 // kg/h
	charIn, charInTotal float64 // kg/h wet into the hopper, and kg since the epoch
	charOut             float64 // kg/h wet
	purge               float64 // m3{N}/h
	co2, co, ch4, h2    float64 // m3{N}/h
	gasVolume           float64
	electric            float64 // kW
	loss                float64
}

func (p *pyro) at(h float64) pyroState {
	s := pyroState{load: p.week.load(h), tau: p.week.run(h), clock: h}
	s.dry = s.load * p.dry.rate(s.tau)
	s.water = s.load * p.water.rate(s.tau)
	wet := p.yield / (1 - p.charM)
	s.charIn = s.dry * wet
	s.charInTotal = p.dry.total(s.tau) * wet
	s.charOut = p.hopper.leaving(s.charInTotal, s.charIn)
	s.purge = 0.06 * (pyroPurgeOff + (pyroPurge-pyroPurgeOff)*s.load)
	s.co2 = s.dry * p.co2.rate(s.tau)
	s.co = s.dry * p.co.rate(s.tau)
	s.ch4 = s.dry * p.ch4.rate(s.tau)
	s.h2 = s.dry * p.h2.rate(s.tau)
	s.gasVolume = s.co2 + s.co + s.ch4 + s.h2 + s.purge
	s.electric = pyroStandby + s.load*p.electric.rate(s.tau)
	s.loss = pyroStandby + s.load*pyroLoss
	return s
}

// char returns what wet kilograms of char carry.
func (p *pyro) char(wet float64) Amounts {
	dry := wet * (1 - p.charM)
	return Amounts{Mass: wet, Water: wet - dry, Carbon: dry * p.charC, Ash: dry * p.charAsh, Energy: dry * p.charHV}
}

// flows returns the streams, and the useful heat in kW.
func (p *pyro) flows(s *pyroState) (feed, purge, gas, char, liquid Amounts, heat float64) {
	feed = Amounts{Mass: s.dry + s.water, Water: s.water, Carbon: s.dry * p.feedC, Ash: s.dry * p.feedAsh, Energy: s.dry * p.feedHV}
	purge = gasN2.of(s.purge)
	gas = gasCO2.of(s.co2).plus(gasCO.of(s.co)).plus(gasCH4.of(s.ch4)).plus(gasH2.of(s.h2)).plus(purge)
	charIn := p.char(s.charIn)
	char = p.char(s.charOut)
	liquid = Amounts{
		Mass:   feed.Mass + purge.Mass - gas.Mass - charIn.Mass,
		Carbon: feed.Carbon - gas.Carbon - charIn.Carbon,
		Ash:    feed.Ash - charIn.Ash,
	}
	// Feed water less char's, and the water of reaction: 0.20 kg/kg dry feed.
	liquid.Water = feed.Water - charIn.Water + 0.20*s.dry
	liquid.Energy = (liquid.Mass - liquid.Water) * pyroLiquidHV
	heat = s.electric - s.loss + (feed.Energy-gas.Energy-charIn.Energy-liquid.Energy)/3.6
	return feed, purge, gas, char, liquid, heat
}

func (p *pyro) truth(h float64) Truth {
	s := p.at(h)
	feed, purge, gas, char, liquid, heat := p.flows(&s)
	held := p.hopper.held(s.charInTotal)
	t := Truth{Load: s.load}
	t.Streams = []Stream{
		{Name: "feed", In: true, Rate: feed},
		{Name: "purge", In: true, Rate: purge, Volume: s.purge, Gas: map[string]float64{"N2": 1}},
		{Name: "char", Rate: char},
		{Name: "gas", Rate: gas, Volume: s.gasVolume, Gas: map[string]float64{
			"CO2": s.co2 / s.gasVolume, "CO": s.co / s.gasVolume, "CH4": s.ch4 / s.gasVolume,
			"H2": s.h2 / s.gasVolume, "N2": s.purge / s.gasVolume}},
		{Name: "liquid", Rate: liquid},
	}
	t.Powers = []Power{
		{Name: "electricity", In: true, KW: s.electric},
		{Name: "useful_heat", KW: heat},
		{Name: "heat_loss", KW: s.loss},
	}
	t.Stocks = []Stock{{Name: "char_hopper", Held: p.char(held), Rate: p.char(s.charIn - s.charOut)}}
	return t
}

// Tags of pyro1, in the order of values.
const (
	pyroFeed = iota
	pyroFeedTotal
	pyroMoisture
	pyroT1
	pyroT2
	pyroT3
	pyroResidence
	pyroChar
	pyroCharTotal
	pyroCharMoisture
	pyroHopper
	pyroGas
	pyroCO
	pyroH2
	pyroCH4
	pyroCO2
	pyroLiquid
	pyroPurgeFlow
	pyroHeat
	pyroPower
	pyroEnergy
	pyroHallT
	pyroHallRH
	pyroTags
)

func (p *pyro) tags() []tagInfo {
	return []tagInfo{
		pyroFeed:         {"pyro1/feed/mass_flow", "kg/h"},
		pyroFeedTotal:    {"pyro1/feed/mass_total", "kg"},
		pyroMoisture:     {"pyro1/feed/moisture", "%"},
		pyroT1:           {"pyro1/kiln/temperature_1", "Cel"},
		pyroT2:           {"pyro1/kiln/temperature_2", "Cel"},
		pyroT3:           {"pyro1/kiln/temperature_3", "Cel"},
		pyroResidence:    {"pyro1/kiln/residence_time", "min"},
		pyroChar:         {"pyro1/char/mass_flow", "kg/h"},
		pyroCharTotal:    {"pyro1/char/mass_total", "kg"},
		pyroCharMoisture: {"pyro1/char/moisture", "%"},
		pyroHopper:       {"pyro1/char/hopper_weight", "kg"},
		pyroGas:          {"pyro1/gas/volume_flow", "m3{N}/h"},
		pyroCO:           {"pyro1/gas/co", "%"},
		pyroH2:           {"pyro1/gas/h2", "%"},
		pyroCH4:          {"pyro1/gas/ch4", "%"},
		pyroCO2:          {"pyro1/gas/co2", "%"},
		pyroLiquid:       {"pyro1/liquid/mass_flow", "kg/h"},
		pyroPurgeFlow:    {"pyro1/purge/volume_flow", "L{N}/min"},
		pyroHeat:         {"pyro1/heat/thermal_power", "kW"},
		pyroPower:        {"pyro1/power/active_power", "kW"},
		pyroEnergy:       {"pyro1/power/energy", "kW.h"},
		pyroHallT:        {"pyro1/hall/temperature", "Cel"},
		pyroHallRH:       {"pyro1/hall/humidity", "%"},
	}
}

func (p *pyro) values(h float64, v []float64) {
	s := p.at(h)
	feed, _, _, _, liquid, heat := p.flows(&s)
	wander := p.wander.rate(s.tau) - 1
	v[pyroFeed] = feed.Mass
	v[pyroFeedTotal] = p.dry.total(s.tau) + p.water.total(s.tau)
	v[pyroMoisture] = 100 * p.water.rate(s.tau) / (p.water.rate(s.tau) + p.dry.rate(s.tau))
	v[pyroT1] = 210 + 240*s.load + 6*wander
	v[pyroT2] = 240 + 310*s.load + 5*wander
	v[pyroT3] = 230 + 300*s.load + 4*wander
	v[pyroResidence] = 38 + 3*wander
	v[pyroChar] = s.charOut
	held := p.hopper.held(s.charInTotal)
	v[pyroCharTotal] = s.charInTotal - held
	v[pyroCharMoisture] = 100 * p.charM
	v[pyroHopper] = held
	v[pyroGas] = s.gasVolume
	v[pyroCO] = 100 * s.co / s.gasVolume
	v[pyroH2] = 100 * s.h2 / s.gasVolume
	v[pyroCH4] = 100 * s.ch4 / s.gasVolume
	v[pyroCO2] = 100 * s.co2 / s.gasVolume
	v[pyroLiquid] = liquid.Mass
	v[pyroPurgeFlow] = s.purge / 0.06
	v[pyroHeat] = heat
	v[pyroPower] = s.electric
	v[pyroEnergy] = pyroStandby*h + p.electric.total(s.tau)
	v[pyroHallT] = dayWave(h, 19, 2.5) + 2*s.load
	v[pyroHallRH] = dayWave(h, 48, -7)
}

// counters lists the tags that count up from commissioning.
func (p *pyro) counters() []int { return []int{pyroFeedTotal, pyroCharTotal, pyroEnergy} }

// dayWave is warmest at 15:00 UTC, with a slow swell of nine days.
func dayWave(h, mean, swing float64) float64 {
	return mean + swing*(math.Cos(2*math.Pi*(h-15)/24)+0.6*math.Sin(2*math.Pi*h/216))
}
