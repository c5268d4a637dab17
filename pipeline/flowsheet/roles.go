package flowsheet

// Roles tell which stream or energy flow plays a part that a report asks for,
// by the name of the part: "char": "biochar". A part that the file does not
// name is played by the stream of that name, if there is one.
type Roles map[string]string

// The parts of each process.
//
//	slow pyrolysis   feed, purge; char, liquid, gas, flue_gas; heat, electricity (energy flows)
//	htl              feed; biocrude, aqueous, solids, gas; recycle
//	landfill         landfill_gas (as it comes from the wells), biochar (that is placed in the cover)
//
// Heat is heat that is used outside. Every other flow of energy that leaves is a loss.
const (
	RoleFeed        = "feed"
	RolePurge       = "purge"
	RoleChar        = "char"
	RoleLiquid      = "liquid"
	RoleGas         = "gas"
	RoleFlueGas     = "flue_gas"
	RoleBiocrude    = "biocrude"
	RoleAqueous     = "aqueous"
	RoleSolids      = "solids"
	RoleRecycle     = "recycle"
	RoleLandfillGas = "landfill_gas"
	RoleBiochar     = "biochar"
	RoleHeat        = "heat"
	RoleElectricity = "electricity"
)

// The processes of a plant file.
const (
	SlowPyrolysis   = "slow-pyrolysis"
	Hydrothermal    = "htl"
	LandfillBiochar = "landfill-biochar"
	OtherProcess    = "other"
)

// rolesOf returns the parts of a process: those of streams, and those of energy flows.
func rolesOf(process string) (streams, flows []string) {
	switch process {
	case SlowPyrolysis:
		return []string{RoleFeed, RolePurge, RoleChar, RoleLiquid, RoleGas, RoleFlueGas}, []string{RoleHeat, RoleElectricity}
	case Hydrothermal:
		return []string{RoleFeed, RoleBiocrude, RoleAqueous, RoleSolids, RoleGas, RoleRecycle}, nil
	case LandfillBiochar:
		return []string{RoleLandfillGas, RoleBiochar}, nil
	}
	return nil, nil
}

// Name returns the stream or energy flow that plays a part.
func (r Roles) Name(role string) string {
	if name, ok := r[role]; ok {
		return name
	}
	return role
}

// Landfill is what the report of a landfill asks for beside the flowsheet.
type Landfill struct {
	Flare    *Flare    `json:"flare,omitempty"`
	Engine   *Engine   `json:"engine,omitempty"`
	Baseline *Baseline `json:"baseline,omitempty"`
	Waste    []Waste   `json:"waste,omitempty"`
	Cover    *Cover    `json:"cover,omitempty"`
}

// FlareKind is how a flare is built; CDM TOOL06 has a default efficiency for each.
type FlareKind string

// The kinds of flare.
const (
	OpenFlare      FlareKind = "open"
	EnclosedFlare  FlareKind = "enclosed"
	LowHeightFlare FlareKind = "low-height"
)

// Flare burns gas. While Flame reads more than its limit there is a flame.
type Flare struct {
	Kind  FlareKind `json:"kind"`
	Gas   string    `json:"gas"` // a stream
	Flame *Running  `json:"flame,omitempty"`
	// Measured in the dry exhaust, of an enclosed flare; both or neither.
	Methane *Value `json:"methane,omitempty"` // mg/m3{N}
	Oxygen  *Value `json:"oxygen,omitempty"`  // mole share
}

// Engine burns gas while Running reads more than its limit.
type Engine struct {
	Gas         string   `json:"gas"` // a stream
	Destruction *Value   `json:"destruction"`
	Running     *Running `json:"running,omitempty"`
}

// Baseline is what would have become of the methane without the project.
type Baseline struct {
	Share       float64 `json:"share"`        // of the methane destroyed that would have been destroyed anyway
	OxidisedTop float64 `json:"oxidised_top"` // share that the cover would have oxidised
	Set         string  `json:"gwp_set"`      // the set the potential is taken from, as in AR5
	GWP         float64 `json:"gwp"`          // kg of CO2e a kg of methane
	Source      string  `json:"source"`
}

// Waste is what was put into a landfill in one year.
type Waste struct {
	Deposited int     `json:"deposited"` // the calendar year
	Mass      float64 `json:"mass"`      // t wet
	Kind      string  `json:"kind"`
	DOC       float64 `json:"doc"`  // degradable carbon, share of wet mass
	DOCf      float64 `json:"docf"` // share of it that decays
	MCF       float64 `json:"mcf"`  // methane correction
	F         float64 `json:"f"`    // methane in the gas, share of volume
	K         float64 `json:"k"`    // decay, 1/a
	Source    string  `json:"source"`
}

// Cover is the cover of a landfill and the methane that passes it.
type Cover struct {
	Area        *Value `json:"area,omitempty"`     // m2
	FluxIn      *Value `json:"flux_in,omitempty"`  // methane into it from below, g/(m2.d)
	FluxOut     *Value `json:"flux_out,omitempty"` // methane out of it
	Geomembrane bool   `json:"geomembrane,omitempty"`
	// The two gases at one depth, mole shares, or as they leave the surface, g/(m2.d).
	DepthCH4 *Value `json:"depth_ch4,omitempty"`
	DepthCO2 *Value `json:"depth_co2,omitempty"`
}
