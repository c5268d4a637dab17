package emissions

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
)

// Gas is a gas as inventories tell it apart: by its kind and, for carbon, by
// whether it comes from fossil matter or from biomass.
type Gas string

// The gases. Unsplit is CO2e whose source does not say which gases it is of.
const (
	CO2Fossil   Gas = "CO2 fossil"
	CO2Biogenic Gas = "CO2 biogenic"
	CH4Fossil   Gas = "CH4 fossil"
	CH4Biogenic Gas = "CH4 biogenic"
	CH4         Gas = "CH4" // of untold origin
	N2O         Gas = "N2O"
	Unsplit     Gas = "CO2e unsplit"
)

// gasKeys are the gases in the order of every list, with their keys in files.
var gasKeys = [...]struct {
	gas Gas
	key string
}{
	{CO2Fossil, "co2_fossil"}, {CO2Biogenic, "co2_biogenic"}, {CH4Fossil, "ch4_fossil"}, {CH4Biogenic, "ch4_biogenic"}, {CH4, "ch4"}, {N2O, "n2o"}, {Unsplit, "co2e"},
}

// GasMass is the mass of one gas and what it counts for. CO2e of biogenic CO2
// is 0.
type GasMass struct {
	Gas  Gas
	Mass measure.GasMass
	CO2e measure.CO2e
}

// weigh rounds the masses of gases, in kg, and their CO2e, each once, half to
// even, to 1 mg. What the rates do not name is not in the answer.
//
//	E = Σ_g m_g GWP_g      [mg] = [mg] [1]
//
// Source: definition of the GWP; IPCC, as the set labels it.
func weigh(kg map[Gas]float64, g *GWP) (all []GasMass, sum measure.CO2e, err error) {
	for _, k := range gasKeys {
		value, given := kg[k.gas]
		if !given {
			continue
		}
		m := GasMass{Gas: k.gas}
		if m.Mass, err = measure.GasMassOf(value); err != nil {
			return nil, 0, err
		}
		if m.CO2e, err = measure.CO2eOf(float64(m.Mass.Kilograms() * g.Of(k.gas))); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", k.gas, err)
		}
		all = append(all, m)
		sum += m.CO2e
	}
	return all, sum, nil
}

// massOf returns the mass of a gas in a list, and whether it is there.
func massOf(all []GasMass, gas Gas) (measure.GasMass, bool) {
	i := slices.IndexFunc(all, func(m GasMass) bool { return m.Gas == gas })
	if i < 0 {
		return 0, false
	}
	return all[i].Mass, true
}
