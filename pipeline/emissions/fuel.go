package emissions

import "github.com/nielu/nielu/measure"

// Fuel is fuel that was burnt.
type Fuel struct {
	Record
	Metered         // in mass, volume or lower heating value
	Factor  *Factor // by lower heating value, mass, volume or normal volume
	NCV     *float64
	Density *float64 // both of a laboratory or an invoice, in the place of the factor's; MJ{LHV}/kg, kg/m3
}

// lines burns the fuel completely.
//
//	E = m NCV EF      [kg] = [kg] [MJ{LHV}/kg] [kg/MJ{LHV}]      m = V ρ
//
// The oxidation factor is 1, the most there can be.
//
// Source: Regulation (EU) 2018/2066, Art. 24.
func (f Fuel) lines(w world) ([]Line, error) {
	if f.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	l := f.line(FuelKind)
	unit := measure.Unit{}
	for _, u := range fuelUnits {
		if f.Amount.Unit.Same(u) {
			unit = u
		}
	}
	switch u := f.Amount.Unit; {
	case unit != one:
	case u.Same(megajoule):
		return nil, wrongf("amount", "%s does not say which heating value: write {LHV} behind the unit if it is the lower one, as in %s{LHV}", f.Amount, f.Amount)
	default:
		return nil, wrongf("amount", "%s: fuel is given as a mass, a volume or an energy with {LHV}", f.Amount)
	}
	all, standsIn, err := f.in(unit, w)
	if err != nil {
		return nil, err
	}
	scale, err := f.scale(unit)
	if err != nil {
		return nil, err
	}
	if err := l.by(w, part{float64(all * scale), f.Factor}); err != nil {
		return nil, err
	}
	f.cover(&l, float64(standsIn*scale))
	return []Line{l}, nil
}

// fuelUnits are the units of an amount of fuel, and of what a factor of one is by.
var fuelUnits = []measure.Unit{megajouleLHV, kilogram, cubicMetre, normalCubicMetre}

// scale brings an amount in a unit to the factor's unit of activity, by way of
// the mass if the two differ. Nothing tells what a normal volume of a fuel
// weighs: a factor by it takes that alone.
func (f Fuel) scale(unit measure.Unit) (float64, error) {
	if unit.Same(f.Factor.Per) {
		return 1, nil
	}
	mass, why := f.mass(unit, "amount", f.Amount.String()+" is")
	if why != nil {
		return 0, why
	}
	per, why := f.mass(f.Factor.Per, "factor", f.Factor.Name()+" is by")
	if why != nil {
		return 0, why
	}
	return mass / per, nil
}

// mass returns kg a unit of fuel.
func (f Fuel) mass(unit measure.Unit, key, what string) (float64, error) {
	ncv, dense := f.NCV, f.Density
	if ncv == nil {
		ncv = f.Factor.NCV
	}
	if dense == nil {
		dense = f.Factor.Dense
	}
	switch {
	case unit.Same(kilogram):
		return 1, nil
	case unit.Same(cubicMetre):
		if dense == nil {
			return 0, wrongf(key, "%s a volume, and %s gives no density: state it with density", what, f.Factor.Name())
		}
		return *dense, nil
	case unit.Same(megajouleLHV):
		if ncv == nil {
			return 0, wrongf("factor", "%s gives no lower heating value: state it with ncv", f.Factor.Name())
		}
		return 1 / *ncv, nil
	}
	return 0, wrongf(key, "%s a normal volume, which only a factor by normal volume takes: give amount and factor in the same unit", what)
}
