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

// SpeciesByName returns a gas of the table by its formula.
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
	{Name: "H2", MolarMass: 2 * massH, HHV: 285.83, LHV: 241.82},
	{Name: "CO", MolarMass: massC + massO, Carbon: 1, HHV: 282.98, LHV: 282.98},
	{Name: "CO2", MolarMass: massC + 2*massO, Carbon: 1},
	{Name: "CH4", MolarMass: massC + 4*massH, Carbon: 1, HHV: 890.63, LHV: 802.60},
	{Name: "C2H4", MolarMass: 2*massC + 4*massH, Carbon: 2, HHV: 1411.2, LHV: 1323.2},
	{Name: "C2H6", MolarMass: 2*massC + 6*massH, Carbon: 2, HHV: 1560.7, LHV: 1428.6},
	{Name: "N2", MolarMass: 2 * massN},
	{Name: "N2O", MolarMass: 2*massN + massO}, // no fuel, by convention
	{Name: "O2", MolarMass: 2 * massO},
	{Name: "H2S", MolarMass: 2*massH + massS, HHV: 562.0, LHV: 518.0},
	{Name: "Ar", MolarMass: 39.95},
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
