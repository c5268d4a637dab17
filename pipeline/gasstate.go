package pipeline

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// gasState is the state in which an actual volume of gas flows; the zero
// value that of a volume which is already normal and dry.
type gasState struct {
	given                                  bool
	pressure, temperature, water, humidity source
	wet, moist                             bool
}

func (b *binding) gasState(s *GasState) gasState {
	if s == nil {
		return gasState{}
	}
	g := gasState{given: true, wet: s.Water != nil, moist: s.Humidity != nil,
		pressure:    b.resolve(s.Pressure, "pressure", measure.Pascal, measure.Pascal),
		temperature: b.resolve(s.Temperature, "temperature", measure.Kelvin, measure.Kelvin)}
	if g.wet {
		g.water = b.resolve(s.Water, "water", measure.One, measure.One)
	}
	if g.moist {
		g.humidity = b.resolve(s.Humidity, "humidity", measure.One, measure.One)
	}
	return g
}

// normal returns the dry volume at 0 °C and 101 325 Pa.
//
//	V_N = V (P / 101 325) (273.15 / T) (1 - x_H2O)      [m³] = [m³] [Pa/Pa] [K/K] [1]
//
// Source: balances.md 2.3.
func (g gasState) normal(b *binding, v known, i int) known {
	if !g.given {
		return v
	}
	p, t := b.at(g.pressure, i), b.at(g.temperature, i)
	x := known{share: 1, quality: measure.GoodQuality}
	switch {
	case g.wet:
		x = b.at(g.water, i)
	case g.moist:
		if x = b.at(g.humidity, i); p.why == "" && t.why == "" {
			x.value = balance.VapourShare(x.value, p.value, t.value)
		}
	}
	for _, k := range []known{p, t, x} {
		if k.why != "" {
			return k
		}
		v.share = float64(v.share * k.share)
		v.quality = measure.Worse(v.quality, k.quality)
	}
	if !(p.value > 0) || !(t.value > 0) || !(x.value >= 0 && x.value < 1) {
		return known{why: "the state of the gas is none: pressure and temperature are absolute and above 0, water is a share below 1"}
	}
	v.value = balance.Dry(balance.NormalVolume(v.value, p.value, t.value), x.value)
	v.value = float64(v.value * float64(float64(p.share*t.share)*x.share))
	return v
}
