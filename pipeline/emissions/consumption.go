package emissions

// Consumption is anything that is an amount times a factor: heat that was bought, a
// reagent, gases of a process by a factor, land use.
type Consumption struct {
	Record
	Metered
	Factor *Factor
}

func (c Consumption) lines(w world) ([]Line, error) {
	if c.Factor == nil {
		return nil, wrongf("factor", "is missing")
	}
	all, standsIn, err := c.in(c.Factor.Per, w)
	if err != nil {
		return nil, err
	}
	l := c.line(c.Factor.Kind)
	if err := l.by(w, part{all, c.Factor}); err != nil {
		return nil, err
	}
	c.cover(&l, standsIn)
	if l.Kind == ProcessGas {
		for _, gas := range []struct {
			name  string
			kinds []Gas
		}{{"CH4", []Gas{CH4Fossil, CH4Biogenic, CH4}}, {"N2O", []Gas{N2O}}} {
			if !c.Factor.gives(Unsplit) && !c.Factor.givesAny(gas.kinds) {
				l.remark("%s gives no %s, which is not none: measure it, or state a factor", c.Factor.Name(), gas.name)
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
