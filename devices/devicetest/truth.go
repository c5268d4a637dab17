package devicetest

import "time"

// Amounts are what a flow carries in an hour, or what a stock holds.
type Amounts struct {
	Mass   float64 // kg or kg/h, wet
	Water  float64 // kg or kg/h, of Mass; water of reaction counts only in the stream that carries it away
	Carbon float64 // kg or kg/h
	Ash    float64 // kg or kg/h
	Energy float64 // MJ or MJ/h, higher heating value, water as liquid at 0

	Nitrogen, Phosphorus float64 // kg or kg/h; of the liquefaction only
}

func (a Amounts) plus(b Amounts) Amounts {
	return Amounts{a.Mass + b.Mass, a.Water + b.Water, a.Carbon + b.Carbon, a.Ash + b.Ash, a.Energy + b.Energy, a.Nitrogen + b.Nitrogen, a.Phosphorus + b.Phosphorus}
}

func (a Amounts) times(x float64) Amounts {
	return Amounts{a.Mass * x, a.Water * x, a.Carbon * x, a.Ash * x, a.Energy * x, a.Nitrogen * x, a.Phosphorus * x}
}

// Stream is one material flow over the plant's boundary.
type Stream struct {
	Name   string
	In     bool               // from the environment into the plant
	Rate   Amounts            // per hour
	Volume float64            // m3{N}/h dry, of a gas
	Gas    map[string]float64 // mole fractions, of a gas
}

// Power is heat or electricity over the plant's boundary, in kW.
type Power struct {
	Name string
	In   bool
	KW   float64
}

// Stock is what a vessel of the plant holds, and how that changes.
type Stock struct {
	Name string
	Held Amounts
	Rate Amounts // per hour
}

// Truth is the state of a plant at one instant, without any instrument's error.
type Truth struct {
	Plant   string
	Time    time.Time
	Load    float64 // share of full running, 0 to 1
	Streams []Stream
	Powers  []Power
	Stocks  []Stock
}

// Stream returns the stream of that name; the zero Stream if there is none.
func (t Truth) Stream(name string) Stream {
	for _, s := range t.Streams {
		if s.Name == name {
			return s
		}
	}
	return Stream{}
}

// Stock returns the stock of that name; the zero Stock if there is none.
func (t Truth) Stock(name string) Stock {
	for _, s := range t.Stocks {
		if s.Name == name {
			return s
		}
	}
	return Stock{}
}

// Balance returns all that enters, leaves and stays in an hour. In - out -
// kept is zero for mass, carbon, ash, nitrogen, phosphorus and energy, at every instant.
func (t Truth) Balance() (in, out, kept Amounts) {
	for _, s := range t.Streams {
		if s.In {
			in = in.plus(s.Rate)
		} else {
			out = out.plus(s.Rate)
		}
	}
	for _, p := range t.Powers {
		if p.In {
			in.Energy += 3.6 * p.KW
		} else {
			out.Energy += 3.6 * p.KW
		}
	}
	for _, s := range t.Stocks {
		kept = kept.plus(s.Rate)
	}
	return in, out, kept
}

// gasData is of one gas: kg/kmol, carbon atoms, and MJ/kmol of higher heating value
// (balances of combustion at 25 Cel, water liquid), per kmol of ideal gas of
// 22.41397 m3 at 0 Cel and 101 325 Pa.
type gasData struct {
	name              string
	molar, carbon, hv float64
}

const molarVolume = 22.41397 // m3/kmol

var (
	gasCH4 = gasData{"CH4", 16.043, 1, 890.63}
	gasCO2 = gasData{"CO2", 44.009, 1, 0}
	gasCO  = gasData{"CO", 28.010, 1, 282.98}
	gasH2  = gasData{"H2", 2.016, 0, 285.83}
	gasN2  = gasData{"N2", 28.014, 0, 0}
	gasO2  = gasData{"O2", 31.998, 0, 0}
)

// of returns what a dry normal volume of the gas carries.
func (g gasData) of(volume float64) Amounts {
	kmol := volume / molarVolume
	return Amounts{Mass: kmol * g.molar, Carbon: kmol * g.carbon * 12.011, Energy: kmol * g.hv}
}
