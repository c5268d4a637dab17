package emissions

// Fuel is fuel that was burnt.
type Fuel struct {
	Record
	Metered         // in mass, volume or lower heating value
	Factor  *Factor // by lower heating value or by mass
	NCV     *float64
	Density *float64 // both of a laboratory or an invoice, in the place of the factor's; MJ{LHV}/kg, kg/m3
}

// lines burns the fuel completely.
//
//	E = m NCV EF      [kg] = [kg] [MJ{LHV}/kg] [kg/MJ{LHV}]      m = V ρ
//
// The oxidation factor is 1, the most there can be.
//
// Source: Regulation (EU) 2018/2066, Art. 24; methodologies.md 9.2.
func (f Fuel) lines(w world) ([]Line, error) {
	if f.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	l := f.line(FuelKind)
	unit := megajouleLHV
	switch u := f.Amount.Unit; {
	case u.Same(kilogram):
		unit = kilogram
	case u.Same(cubicMetre):
		unit = cubicMetre
	case u.Same(megajoule):
		return nil, wrongf("amount", "%s does not say which heating value: write {LHV} behind the unit if it is the lower one, as in %s{LHV}", f.Amount, f.Amount)
	case !u.Same(megajouleLHV):
		return nil, wrongf("amount", "%s: fuel is given as a mass, a volume or an energy with {LHV}", f.Amount)
	}
	all, standsIn, err := f.in(unit, w)
	if err != nil {
		return nil, err
	}
	scale, err := f.scale(unit == cubicMetre, unit == megajouleLHV)
	if err != nil {
		return nil, err
	}
	if err := l.by(w, part{float64(all * scale), f.Factor}); err != nil {
		return nil, err
	}
	f.cover(&l, float64(standsIn*scale))
	return []Line{l}, nil
}

// scale brings an amount to the factor's unit of activity.
func (f Fuel) scale(volume, energy bool) (float64, error) {
	ncv, dense := f.NCV, f.Density
	if ncv == nil {
		ncv = f.Factor.NCV
	}
	if dense == nil {
		dense = f.Factor.Dense
	}
	scale := 1.0
	if volume {
		if dense == nil {
			return 0, wrongf("amount", "%s is a volume, and %s gives no density: state it with density", f.Amount, f.Factor.Name())
		}
		scale = *dense
	}
	if byEnergy := f.Factor.Per == megajouleLHV; byEnergy != energy {
		if ncv == nil {
			return 0, wrongf("factor", "%s gives no lower heating value: state it with ncv", f.Factor.Name())
		}
		if byEnergy {
			scale = float64(scale * *ncv)
		} else {
			scale = float64(scale / *ncv)
		}
	}
	return scale, nil
}
