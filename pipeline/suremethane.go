package pipeline

import (
	"cmp"
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// burner is what a flare or an engine did with methane over the period.
type burner struct {
	sent      float64 // kg
	destroyed float64 // kg
	emission  float64 // t CO2e a unit of GWP, so t CH4: what slipped
	counted   int     // minutes in which the gas is sure
	out       int     // minutes with gas and no proof of a flame, or of running
	unknown   int     // of these, those without a signal
	episodes  int
	failed    int    // minutes in which the exhaust gives no efficiency
	why       string // why there is nothing
	hole      string // the first reason why a minute is not counted
}

// methane is the methane of a gas stream, minute by minute, as far as it is sure.
type methane struct {
	b     *binding
	gas   gasFlow
	ch4   int      // its place in the composition
	sure  []source // what must be sure for all of a minute
	begun bool     // a counter was read in the period
	went  certain  // how far the volume went in the last minute asked for
	none  string   // why there is none
}

func (b *binding) methane(s Stream) *methane {
	m := &methane{b: b, gas: b.gasFlow(s), ch4: -1}
	for i, c := range m.gas.stream.Composition {
		if c.Species == "CH4" {
			m.ch4 = i
		}
	}
	switch {
	case s.Volume == nil:
		m.none = "stream " + s.ID + ": the plant file gives no volume"
	case m.ch4 < 0:
		m.none = "stream " + s.ID + ": the plant file gives no CH4 in its composition"
	case m.gas.stream.Composition[m.ch4].Rest:
		m.none = "stream " + s.ID + ": CH4 is what the others leave; a claim needs it measured: name its tag in the plant file"
	}
	state := m.gas.state
	m.sure = append([]source{state.pressure, state.temperature, state.water, state.humidity}, m.gas.sources...)
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
// Source: CDM TOOL08 v3, option A; balances.md 4.2.
func (m *methane) minute(i int) (volume, kg float64, why string) {
	v := m.b.certain(m.gas.amount, i)
	if !m.begun {
		v.before = 0
	}
	if !m.begun {
		v.levelsBefore = ""
	}
	m.begun, m.went = m.begun || v.read, v
	if v.share == 0 {
		return 0, 0, cmp.Or(v.why, "no two usable readings of the volume follow each other")
	}
	for _, s := range m.sure {
		if s.why != "" {
			return 0, 0, s.why
		}
		if !m.b.surely(s.tag, i) {
			return 0, 0, fmt.Sprintf("tag %s is not sure for all of a minute", s.tag)
		}
	}
	dry := m.gas.state.normal(m.b, known{value: v.value + v.before, share: 1, quality: measure.GoodQuality}, i)
	if dry.why != "" {
		return 0, 0, dry.why
	}
	if _, _, why := m.b.composition(m.gas.stream, m.gas.sources, m.gas.shares, i); why != "" {
		return 0, 0, why
	}
	ch4 := m.gas.shares[m.ch4 : m.ch4+1]
	return dry.value, max(0, balance.Gas(dry.value, ch4).Mass), ""
}

// surely tells whether readings that follow each other cover all of a minute;
// no tag is always sure.
func (b *binding) surely(tag measure.Tag, i int) bool {
	if tag == "" {
		return true
	}
	r := b.minute(tag, i)
	return r != nil && r.sure.covered >= float64(Step)
}

// proven tells whether a tag read more than a limit for all of a minute, and
// whether there was a signal at all.
func (b *binding) proven(p *Running, i int) (proven, signal bool) {
	if p == nil {
		return true, true
	}
	if !b.surely(p.Tag, i) {
		return false, false
	}
	return b.minute(p.Tag, i).Min > p.Above, true
}

// burn adds up what became of the methane of a stream. efficiency tells of a
// minute how much of it is destroyed; while the proof fails it is 0.
func burn(p *Plant, windows []*binding, id string, proof *Running, efficiency func(b *binding, m *methane, i int, volume float64) (float64, bool)) burner {
	var all burner
	s, ok := p.Stream(id)
	if !ok {
		all.why = "the plant has no stream " + id
		return all
	}
	var times []balance.FlareTime
	before := false
	sent, gone := p.passages(s.volumeTag()), p.passages(s.volumeTag()) // of a counter
	minute := 0
	for _, b := range windows {
		m := b.methane(s)
		if m.none != "" {
			all.why = m.none
			return all
		}
		for i := range b.minutes {
			minute++
			volume, kg, why := m.minute(i)
			if why != "" {
				all.hole = cmp.Or(all.hole, why)
				before = false
				continue
			}
			all.counted++
			burnt := balance.FlareTime{Minutes: 1, Methane: kg}
			proven, signal := b.proven(proof, i)
			if proven && kg > 0 {
				var ok bool
				if burnt.Efficiency, ok = efficiency(b, m, i, volume); !ok {
					all.failed++
				}
			}
			if out := !proven && kg > 0; out {
				all.out++
				if !signal {
					all.unknown++
				}
				if !before {
					all.episodes++
				}
				before = true
			} else {
				before = false
			}
			all.sent += kg
			times = append(times, burnt)
			sent.went(minute, m.went, kg, m.gas.amount.convert.Scale)
			gone.went(minute, m.went, float64(kg*burnt.Efficiency), m.gas.amount.convert.Scale)
		}
	}
	if all.counted == 0 {
		all.why = cmp.Or(all.hole, "no readings")
		return all
	}
	slipped, destroyed := balance.FlareYear(times, 1)
	all.emission, all.destroyed = slipped, float64(1000*destroyed)
	if sent.twice { // what last digits passed again is not new
		_, most := sent.most()
		all.sent = min(all.sent, most)
		_, most = gone.most()
		all.destroyed = min(all.destroyed, most)
	}
	return all
}
