package balance

// Analysis is the elements and ash of a dry fuel, each in % of its dry mass.
type Analysis struct{ C, H, O, N, S, Ash float64 }

// ChanniwalaParikh returns the higher heating value of a dry fuel.
//
//	HHV = 0.3491 C + 1.1783 H + 0.1005 S - 0.1034 O - 0.0151 N - 0.0211 Ash      [MJ/kg], shares in % dry
//
// Source: Channiwala & Parikh 2002, Fuel 81:1051; mean absolute error 1.45 %.
// Valid: C to 92.25, H 0.43 to 25.15, O to 50, N to 5.6, S to 94.08, ash to 71.4 (limits unverified); see [Analysis.InRange].
func (a Analysis) ChanniwalaParikh() float64 {
	h := float64(0.3491*a.C) + float64(1.1783*a.H) + float64(0.1005*a.S)
	return h - float64(0.1034*a.O) - float64(0.0151*a.N) - float64(0.0211*a.Ash)
}

// InRange tells whether [Analysis.ChanniwalaParikh] was made for such a fuel.
func (a Analysis) InRange() bool {
	in := func(v, low, high float64) bool { return v >= low && v <= high }
	h := a.ChanniwalaParikh()
	return in(a.C, 0, 92.25) && in(a.H, 0.43, 25.15) && in(a.O, 0, 50) && in(a.N, 0, 5.6) &&
		in(a.S, 0, 94.08) && in(a.Ash, 0, 71.4) && in(h, 4.745, 55.345)
}

// Heat of evaporation of water at 25 °C in MJ/kg, and kilograms of water made
// of a kilogram of hydrogen.
const (
	evaporation     = 2.442
	waterOfHydrogen = 8.936
)

// LHVDry returns the lower heating value of a dry fuel.
//
//	LHV_d = HHV_d - 2.442 · 8.936 · H/100      [MJ/kg], H in % dry
//
// Source: thermodynamic identity, water at 25 °C.
func LHVDry(hhv, hydrogen float64) float64 {
	return hhv - float64(float64(evaporation*waterOfHydrogen)*hydrogen/100)
}

// LHVAsReceived returns the lower heating value of a wet fuel.
//
//	LHV_ar = LHV_d (1 - M) - 2.442 M      [MJ/kg wet] = [MJ/kg dry] [1] - [MJ/kg] [1]
//
// Source: thermodynamic identity, water at 25 °C. Valid: 0 ≤ M ≤ 1, a share of wet mass.
func LHVAsReceived(lhvDry, moisture float64) float64 {
	return float64(lhvDry*(1-moisture)) - float64(evaporation*moisture)
}
