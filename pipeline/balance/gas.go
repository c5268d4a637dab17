package balance

// MolarVolume is the volume of an ideal gas at 0 °C and 101 325 Pa, in
// m³/kmol: 22.41397.
//
// Source: R = 8.314462618 J/(mol K), CODATA 2018.
const MolarVolume = 8.314462618 * 273.15 / 101.325

// Atomic masses in kg/kmol. Source: IUPAC abridged atomic masses.
const (
	massC = 12.011
	massH = 1.008
	massO = 15.999
	massN = 14.007
	massS = 32.06
)

// Species is what is known of a gas: mass in kg/kmol, carbon atoms, and heats
// of combustion in MJ/kmol.
type Species struct {
	Name      string
	MolarMass float64
	Carbon    float64
	HHV, LHV  float64
}

// SpeciesByName returns a gas by its formula. A lump "C2+" of an analyser is
// counted as C2H4.
//
// Source: heats of combustion at 25 °C: of CH4 as in CalebBell/chemicals, others unverified.
func SpeciesByName(name string) (Species, bool) {
	for _, s := range gases {
		if s.Name == name {
			return s, true
		}
	}
	return Species{}, false
}

// SpeciesNames lists the gases known, in a fixed order.
func SpeciesNames() []string {
	var names []string
	for _, s := range gases {
		names = append(names, s.Name)
	}
	return names
}

var gases = [...]Species{
	{"H2", 2 * massH, 0, 285.83, 241.82},
	{"CO", massC + massO, 1, 282.98, 282.98},
	{"CO2", massC + 2*massO, 1, 0, 0},
	{"CH4", massC + 4*massH, 1, 890.63, 802.60},
	{"C2H4", 2*massC + 4*massH, 2, 1411.2, 1323.2},
	{"C2H6", 2*massC + 6*massH, 2, 1560.7, 1428.6},
	{"N2", 2 * massN, 0, 0, 0},
	{"N2O", 2*massN + massO, 0, 0, 0}, // no fuel, by convention
	{"O2", 2 * massO, 0, 0, 0},
	{"H2S", 2*massH + massS, 0, 562.0, 518.0},
	{"Ar", 39.95, 0, 0, 0},
}

// Share is the mole share of a gas in dry gas, 0 to 1.
type Share struct {
	Species Species
	Value   float64
}

// GasSumLimit is how far, in %, a gas analysis may add up beside 100 % before it is flagged.
//
// Source: a default of this project.
const GasSumLimit = 2.0

// GasFlow is a volume of gas told apart.
type GasFlow struct {
	Kilomoles float64
	Mass      float64 // kg
	Carbon    float64 // kg
	HHV, LHV  float64 // MJ
}

// Gas returns what a volume of dry gas holds, in m³ at 0 °C and 101 325 Pa.
// Shares are taken as they are: they are not made to add up to 1.
//
//	n = V / V_m      m = n Σ y_i M_i      C = n · 12.011 Σ y_i n_C,i      H = n Σ y_i H_i
//
//	[kmol] = [m³] / [m³/kmol]             [kg]                            [MJ]
//
// Source: ideal gas.
func Gas(volume float64, shares []Share) GasFlow {
	var f GasFlow
	f.Kilomoles = volume / MolarVolume
	for _, s := range shares {
		n := float64(f.Kilomoles * s.Value)
		f.Mass += float64(n * s.Species.MolarMass)
		f.Carbon += float64(float64(n*massC) * s.Species.Carbon)
		f.HHV += float64(n * s.Species.HHV)
		f.LHV += float64(n * s.Species.LHV)
	}
	return f
}
