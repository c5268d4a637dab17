package balance

// Slurry is the feed of a hydrothermal liquefaction: shares of dry mass, 0 to 1.
type Slurry struct {
	Dry                             float64 // kg
	Protein, Lipid, Carbohydrate    float64
	Ash, Carbon, Hydrogen, Nitrogen float64
	Oxygen                          float64
	BiocrudeMoisture                float64 // share of wet biocrude
}

// Liquefaction is what becomes of a [Slurry], in kg.
type Liquefaction struct {
	Biocrude, Hydrochar, Aqueous, Gas           float64 // dry; Aqueous is what is dissolved, Gas counts as CO2
	DryAshFree                                  float64 // feed without water and ash
	OxidationState                              float64 // AOSc, mean oxidation state of the feed's carbon
	BiocrudeCarbonShare, HydrocharCarbonShare   float64 // of dry mass
	FeedCarbon, BiocrudeCarbon, HydrocharCarbon float64
	GasCarbon, AqueousCarbonByDifference        float64
	WetBiocrude                                 float64
}

// masses of atoms, kg/kmol.
type masses struct{ c, h, n, o float64 }

var (
	wholeMasses = masses{c: 12, h: 1, n: 14, o: 16} // as the model's code has them
	exactMasses = masses{c: massC, h: massH, n: massN, o: massO}
)

// Additivity returns the products that the multi-component additivity model expects.
//
//	biocrude  = (0.846 l + 0.445 p + 0.205 c) m      hydrochar = 0.377 c m
//	dissolved = (0.154 l + 0.481 p) m                gas       = (0.074 p + 0.418 c) m
//	AOSc = (3 N/14 + 2 O/16 - H) / (C/12)            w_C,biocrude = (68.55 - 8.37 AOSc) / 100
//	w_C,hydrochar = min(1.75 c, 0.65)                w_C,gas = 12/44
//
//	m  dry feed, kg; l, p, c  lipid, protein, carbohydrate; C, H, N, O  shares of dry mass
//
// The carbon of the biocrude is that of dry biocrude; multiplying the wet
// mass, as one published code does, finds carbon in water. The carbon of the
// aqueous phase is what is left: a difference, and called so.
//
// The coefficients go with whole masses of atoms, as they were published;
// [Slurry.Exact] takes exact ones, which lowers the carbon of the biocrude by
// 0.14 to 0.19 % of itself and gives the aqueous phase as much more.
//
// Source: Leow et al. 2015, Li et al. 2018, as in QSD-Group/EXPOsan, exposan/htl/_sanunits.py.
// Valid: a model of expectations, not of measurements; it never enters a closure.
func (s Slurry) Additivity() Liquefaction { return s.additivity(wholeMasses) }

// Exact is [Slurry.Additivity] with exact masses of atoms.
//
// Source: IUPAC abridged atomic masses C 12.011, H 1.008, O 15.999, N 14.007.
func (s Slurry) Exact() Liquefaction { return s.additivity(exactMasses) }

func (s Slurry) additivity(m masses) Liquefaction {
	l, p, c := s.Lipid, s.Protein, s.Carbohydrate
	var r Liquefaction
	r.Biocrude = float64((float64(0.846*l) + float64(0.445*p) + float64(0.205*c)) * s.Dry)
	r.Hydrochar = float64(float64(0.377*c) * s.Dry)
	r.Aqueous = float64((float64(0.154*l) + float64(0.481*p)) * s.Dry)
	r.Gas = float64((float64(0.074*p) + float64(0.418*c)) * s.Dry)
	r.DryAshFree = float64(s.Dry * (1 - s.Ash))
	r.OxidationState = (float64(3*s.Nitrogen)/m.n + float64(2*s.Oxygen)/m.o - s.Hydrogen/m.h) / (s.Carbon / m.c)
	r.BiocrudeCarbonShare = (68.55 - float64(8.37*r.OxidationState)) / 100
	r.HydrocharCarbonShare = min(float64(1.75*c), 0.65)
	r.FeedCarbon = float64(s.Dry * s.Carbon)
	r.BiocrudeCarbon = float64(r.Biocrude * r.BiocrudeCarbonShare)
	r.HydrocharCarbon = float64(r.Hydrochar * r.HydrocharCarbonShare)
	r.GasCarbon = float64(r.Gas*m.c) / (m.c + float64(2*m.o))
	r.AqueousCarbonByDifference = r.FeedCarbon - r.BiocrudeCarbon - r.HydrocharCarbon - r.GasCarbon
	r.WetBiocrude = WetOf(r.Biocrude, s.BiocrudeMoisture)
	return r
}
