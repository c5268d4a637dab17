package measure

// The units that computations are made in. They are never assigned to.
var (
	One                          Unit // of a share, and of what is counted
	Second                       = MustUnit("s")
	Hour                         = MustUnit("h")
	Year                         = MustUnit("a")
	PerYear                      = MustUnit("1/a")
	Metre                        = MustUnit("m")
	SquareMetre                  = MustUnit("m2")
	CubicMetre                   = MustUnit("m3") // of a gas: as it flows
	CubicMetrePerHour            = MustUnit("m3/h")
	NormalCubicMetre             = MustUnit("m3{N}")
	NormalCubicMetrePerHour      = MustUnit("m3{N}/h")
	Kilogram                     = MustUnit("kg")
	Tonne                        = MustUnit("t")
	KilogramPerHour              = MustUnit("kg/h")
	KilogramPerCubicMetre        = MustUnit("kg/m3")
	MilligramPerNormalCubicMetre = MustUnit("mg/m3{N}")
	GramPerSquareMetreDay        = MustUnit("g/(m2.d)") // a flux out of or into a surface
	Kilowatt                     = MustUnit("kW")
	KilowattHour                 = MustUnit("kW.h")
	Megajoule                    = MustUnit("MJ")
	MegajoulePerHour             = MustUnit("MJ/h")
	HigherHeatingValue           = MustUnit("MJ/kg{HHV}")
	Pascal                       = MustUnit("Pa")
	Kelvin                       = MustUnit("K")
	Celsius                      = MustUnit("Cel")
)
