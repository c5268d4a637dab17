package claim

import (
	"cmp"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Combustion is what a flare or an engine did with methane over the period.
type Combustion struct {
	Sent      float64 // kg
	Destroyed float64 // kg
	Emission  float64 // t CO2e a unit of GWP, so t CH4: what slipped
	Counted   int     // minutes in which the gas is sure
	Out       int     // minutes with gas and no proof of a flame, or of running
	Unknown   int     // of these, those without a signal
	Episodes  int
	Failed    int             // minutes in which the exhaust gives no efficiency
	Why       material.Reason // why there is nothing
	Hole      material.Reason // the first reason why a minute is not counted
}

// Methane is the methane of a gas stream, minute by minute, as far as it is sure.
type Methane struct {
	b      *material.Evaluation
	Gas    material.GasFlow
	ch4    int                      // its place in the composition
	paired []material.ResolvedValue // whose readings must be paired for all of a minute
	begun  bool                     // a counter was read in the period
	volume pairedValue              // how far the volume went in the last minute asked for
	none   material.Reason          // why there is none
}

func methaneOf(b *material.Evaluation, s flowsheet.Stream) *Methane {
	m := &Methane{b: b, Gas: b.GasFlow(s), ch4: -1}
	for i, c := range m.Gas.Stream.Composition {
		if c.Species == "CH4" {
			m.ch4 = i
		}
	}
	switch {
	case s.Volume == nil:
		m.none = material.Unplanned("volume").In("stream " + s.ID + ": ")
	case m.ch4 < 0:
		m.none = material.Unplanned("CH4 in its composition").In("stream " + s.ID + ": ")
	case m.Gas.Stream.Composition[m.ch4].Rest:
		m.none = material.NoFigure("CH4 is what the others leave; a claim needs it measured: name its tag in the plant file").In("stream " + s.ID + ": ")
	}
	state := m.Gas.State
	m.paired = append([]material.ResolvedValue{state.Pressure, state.Temperature, state.Water, state.Humidity}, m.Gas.Sources...)
	return m
}

// minute returns volume and methane of a minute, which are asked for in order.
//
//	F = V_db v ρ      [kg] = [m³] [1] [kg/m³]      ρ = M / V_m
//
// The volume is that between two usable readings that follow each other; what
// a counter gained on its way into the period is not counted. The analysis,
// and pressure, temperature and humidity of a gas that is measured as it
// flows, must be sure for all of the minute, or it counts nothing: then a lost
// reading cannot change their mean, only take the minute away.
//
// Source: CDM TOOL08 v3, option A.
func (m *Methane) minute(i int) (volume, kg float64, why material.Reason) {
	v := pairedMinute(m.b, m.Gas.Amount, i)
	if !m.begun {
		v.before = 0
	}
	if !m.begun {
		v.levelsBefore = ""
	}
	m.begun, m.volume = m.begun || v.read, v
	if v.share == 0 {
		return 0, 0, cmp.Or(v.why, material.NoFigure("no two usable readings of the volume follow each other"))
	}
	for _, s := range m.paired {
		if s.Why.Given() {
			return 0, 0, s.Why
		}
		if !IsPaired(m.b, s.Tag, i) {
			return 0, 0, material.Unread(s.Tag, " is not sure for all of a minute")
		}
	}
	dry := m.Gas.State.Normal(m.b, material.MinuteValue{Value: v.value + v.before, Share: 1, Quality: measure.GoodQuality}, i)
	if dry.Why.Given() {
		return 0, 0, dry.Why
	}
	if _, _, why := m.b.Composition(m.Gas.Stream, m.Gas.Sources, m.Gas.Shares, i); why.Given() {
		return 0, 0, why
	}
	ch4 := m.Gas.Shares[m.ch4 : m.ch4+1]
	return dry.Value, max(0, balance.Gas(dry.Value, ch4).Mass), why
}

// IsPaired tells whether readings that follow each other cover all of a minute;
// no tag is always sure.
func IsPaired(b *material.Evaluation, tag measure.Tag, i int) bool {
	if tag == "" {
		return true
	}
	r := b.Minute(tag, i)
	return r != nil && r.Pairs.Covered >= float64(rollup.Step)
}

// provenIn tells whether a tag read more than a limit for all of a minute, and
// whether there was a signal at all.
func provenIn(b *material.Evaluation, p *flowsheet.Running, i int) (proven, signal bool) {
	if p == nil {
		return true, true
	}
	if !IsPaired(b, p.Tag, i) {
		return false, false
	}
	return b.Minute(p.Tag, i).Min > p.Above, true
}

// Burn adds up what became of the methane of a stream. efficiency tells of a
// minute how much of it is destroyed; while the proof fails it is 0.
func Burn(p *flowsheet.Plant, windows []*material.Evaluation, id string, proof *flowsheet.Running, efficiency func(b *material.Evaluation, m *Methane, i int, volume float64) (float64, bool)) Combustion {
	var all Combustion
	s, ok := p.Stream(id)
	if !ok {
		all.Why = material.NoFigure("the plant has no stream %s", id)
		return all
	}
	var times []balance.FlareTime
	before := false
	sent, gone := passagesOf(p, s.VolumeTag()), passagesOf(p, s.VolumeTag()) // of a counter
	minute := 0
	for _, b := range windows {
		m := methaneOf(b, s)
		if m.none.Given() {
			all.Why = m.none
			return all
		}
		for i := range b.Minutes {
			minute++
			volume, kg, why := m.minute(i)
			if why.Given() {
				all.Hole = cmp.Or(all.Hole, why)
				before = false
				continue
			}
			all.Counted++
			burnt := balance.FlareTime{Minutes: 1, Methane: kg}
			proven, signal := provenIn(b, proof, i)
			if proven && kg > 0 {
				var ok bool
				if burnt.Efficiency, ok = efficiency(b, m, i, volume); !ok {
					all.Failed++
				}
			}
			if out := !proven && kg > 0; out {
				all.Out++
				if !signal {
					all.Unknown++
				}
				if !before {
					all.Episodes++
				}
				before = true
			} else {
				before = false
			}
			all.Sent += kg
			times = append(times, burnt)
			sent.passMinute(minute, m.volume, kg, m.Gas.Amount.Convert.Scale)
			gone.passMinute(minute, m.volume, float64(kg*burnt.Efficiency), m.Gas.Amount.Convert.Scale)
		}
	}
	if all.Counted == 0 {
		all.Why = cmp.Or(all.Hole, material.NoFigure("no readings"))
		return all
	}
	slipped, destroyed := balance.FlareYear(times, 1)
	all.Emission, all.Destroyed = slipped, float64(1000*destroyed)
	if sent.twice { // what last digits passed again is not new
		_, most := sent.most()
		all.Sent = min(all.Sent, most)
		_, most = gone.most()
		all.Destroyed = min(all.Destroyed, most)
	}
	return all
}
