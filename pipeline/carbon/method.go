package carbon

// Method is one published rule at one edition, as its file under
// configs/methods states it. Files are added, never edited.
type Method struct {
	ID      string
	Name    string
	Edition string
	Digest  string // sha256 of the file, hexadecimal

	CO2PerCarbon Factor // mass ratio
	HCMolar      Factor // H/Corg molar = factor · H share / Corg share
	HCLimit      Factor // H/Corg must be below it
	CarbonAdvice Factor // total carbon below it is remarked on
	SoilLow      Factor // Cel: colder soils count as this
	SoilHigh     Factor // Cel: warmer soils are refused
	Persistence  []PersistenceRow
	PersistLabel string
	EquationsBy  string // label of the equations

	Groups           []Group
	EndUses          []string // listed as durable
	ExcludedFeed     map[string]string
	ConservativeZ    Factor
	ConservativeName string
}

// Factor is a number of a method with its label of confidence.
type Factor struct {
	Value  float64
	Label  string
	Source string
}

// PersistenceRow is one row of a table of persistence against soil
// temperature: PF = M - a · H/Corg, in %.
type PersistenceRow struct {
	SoilTemperature int // Cel
	M, A            float64
}

// Group is one symbol under which a method wants emissions.
type Group struct {
	Symbol   string
	Part     string // the sum it enters: E_ops, E_emb, E_leakage or C_baseline
	Required bool
	About    string
}
