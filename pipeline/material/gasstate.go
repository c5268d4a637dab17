package material

import (
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// gasState is the state in which an actual volume of gas flows; the zero
// value that of a volume which is already normal and dry.
type gasState struct {
	given                                  bool
	Pressure, Temperature, Water, Humidity ResolvedValue
	wet, moist                             bool
}

func (e *Evaluation) gasState(s *flowsheet.GasState) gasState {
	if s == nil {
		return gasState{}
	}
	g := gasState{given: true, wet: s.Water != nil, moist: s.Humidity != nil,
		Pressure:    e.Resolve(s.Pressure, "pressure", measure.Pascal, measure.Pascal),
		Temperature: e.Resolve(s.Temperature, "temperature", measure.Kelvin, measure.Kelvin)}
	if g.wet {
		g.Water = e.Resolve(s.Water, "water", measure.One, measure.One)
	}
	if g.moist {
		g.Humidity = e.Resolve(s.Humidity, "humidity", measure.One, measure.One)
	}
	return g
}

// Normal returns the dry volume at 0 °C and 101 325 Pa.
//
//	V_N = V (P / 101 325) (273.15 / T) (1 - x_H2O)      [m³] = [m³] [Pa/Pa] [K/K] [1]
//
// Source: ideal gas; [balance.NormalVolume], [balance.VapourShare].
func (g gasState) Normal(b *Evaluation, v MinuteValue, i int) MinuteValue {
	if !g.given {
		return v
	}
	p, t := b.At(g.Pressure, i), b.At(g.Temperature, i)
	x := MinuteValue{Share: 1, Quality: measure.GoodQuality}
	switch {
	case g.wet:
		x = b.At(g.Water, i)
	case g.moist:
		if x = b.At(g.Humidity, i); !p.Why.Given() && !t.Why.Given() {
			x.Value = balance.VapourShare(x.Value, p.Value, t.Value)
		}
	}
	for _, k := range []MinuteValue{p, t, x} {
		if k.Why.Given() {
			return k
		}
		v.Share = float64(v.Share * k.Share)
		v.Quality = measure.Worse(v.Quality, k.Quality)
	}
	if !(p.Value > 0) || !(t.Value > 0) || !(x.Value >= 0 && x.Value < 1) {
		return MinuteValue{Why: NoFigure("the state of the gas is none: pressure and temperature are absolute and above 0, water is a share below 1")}
	}
	v.Value = balance.Dry(balance.NormalVolume(v.Value, p.Value, t.Value), x.Value)
	v.Value = float64(v.Value * float64(float64(p.Share*t.Share)*x.Share))
	return v
}
