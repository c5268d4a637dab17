package emissions

// Used is anything that is an amount times a factor: heat that was bought, a
// reagent, gases of a process by a factor, land use.
type Used struct {
	Record
	Metered
	Factor *Factor
}

func (u Used) lines(w world) ([]Line, error) {
	if u.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	all, standsIn, err := u.in(u.Factor.Per, w)
	if err != nil {
		return nil, err
	}
	l := u.line(u.Factor.Kind)
	if err := l.by(w, part{all, u.Factor}); err != nil {
		return nil, err
	}
	u.cover(&l, standsIn)
	if l.Kind == ProcessGas {
		for _, gas := range []struct {
			name  string
			kinds []Gas
		}{{"CH4", []Gas{CH4Fossil, CH4Biogenic, CH4}}, {"N2O", []Gas{N2O}}} {
			if !u.Factor.gives(Unsplit) && !u.Factor.givesAny(gas.kinds) {
				l.remark("%s gives no %s, which is not none: measure it, or state a factor", u.Factor.Name(), gas.name)
			}
		}
	}
	return []Line{l}, nil
}

func (f *Factor) givesAny(gases []Gas) bool {
	for _, g := range gases {
		if f.gives(g) {
			return true
		}
	}
	return false
}
