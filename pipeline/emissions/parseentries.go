package emissions

import (
	"slices"

	"github.com/nielu/nielu/measure/strict"
)

func (p *reader) power(list strict.Node) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "amount", "coverage", "most", "location", "residual", "market", "counts")
		x.Need(f, "location")
		m, ok := metered(f, r.From)
		e := Power{Record: r, Metered: m, Location: p.l.readUse(f["location"], Electricity), Residual: p.l.readUse(f["residual"], Electricity), Counts: f["counts"].Choice("location", "market")}
		ok = ok && e.Location != nil && (e.Residual != nil || !f["residual"].Present())
		for _, at := range f["market"].List() {
			c := at.Fields("amount", "factor", "proof")
			at.Need(c, "amount", "factor", "proof")
			amount, has := c["amount"].Quantity()
			contract := Contract{Amount: amount, Factor: p.l.readUse(c["factor"], Electricity), Proof: c["proof"].Text()}
			ok = ok && has && contract.Factor != nil && contract.Proof != ""
			e.Contracts = append(e.Contracts, contract)
		}
		if ok {
			p.keep(x, f, e)
		}
	}
}

func (p *reader) fuels(list strict.Node) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "amount", "coverage", "most", "factor", "ncv", "density")
		x.Need(f, "factor")
		m, ok := metered(f, r.From)
		e := Fuel{Record: r, Metered: m, Factor: p.l.readUse(f["factor"], FuelKind), NCV: above0(f["ncv"], lowerHeating), Density: above0(f["density"], density)}
		if ok && e.Factor != nil && (e.NCV != nil) == f["ncv"].Present() && (e.Density != nil) == f["density"].Present() {
			p.keep(x, f, e)
		}
	}
}

func (p *reader) transport(list strict.Node) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "mass", "distance", "factor", "loaded")
		x.Need(f, "mass", "distance", "factor")
		mass, ok1 := f["mass"].Quantity()
		distance, ok2 := f["distance"].Quantity()
		e := Leg{Record: r, Mass: mass, Distance: distance, Factor: p.l.readUse(f["factor"], Transport), Loaded: f["loaded"].Text()}
		if ok1 && ok2 && e.Factor != nil {
			p.keep(x, f, e)
		}
	}
}

func (p *reader) stack(list strict.Node) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "volume", "coverage", "most", "gases")
		x.Need(f, "volume", "coverage", "most", "gases")
		before := x.Faults()
		e := Stack{Record: r, Mean: &Mean{}}
		e.Mean.Volume, _ = f["volume"].In(normalCubicMetre)
		e.Mean.Coverage, _ = f["coverage"].Fraction()
		e.Most, _ = f["most"].In(normalFlow)
		for _, at := range f["gases"].List() {
			g := at.Fields("gas", "share", "most")
			at.Need(g, "gas", "share", "most")
			gas := g["gas"].Choice("ch4_biogenic", "ch4_fossil", "n2o", "co2_biogenic", "co2_fossil")
			share, _ := g["share"].Fraction()
			most, _ := g["most"].Fraction()
			e.Gases = append(e.Gases, StackGas{gasOf(gas), most})
			e.Mean.Shares = append(e.Mean.Shares, share)
		}
		if x.Faults() == before {
			p.keep(x, f, e)
		}
	}
}

func gasOf(key string) Gas {
	i := slices.IndexFunc(gasKeys[:], func(k struct {
		gas Gas
		key string
	}) bool {
		return k.key == key
	})
	if i < 0 {
		return ""
	}
	return gasKeys[i].gas
}

func (p *reader) embodied(list strict.Node) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "amount", "factor", "lifetime", "crediting", "share")
		x.Need(f, "amount", "factor", "lifetime", "crediting", "share")
		amount, ok1 := f["amount"].Quantity()
		life, ok2 := f["lifetime"].Quantity()
		crediting, ok3 := f["crediting"].Quantity()
		share, ok4 := f["share"].Fraction()
		e := Asset{Record: r, Amount: amount, Factor: p.l.readUse(f["factor"], Embodied), Lifetime: life, Crediting: crediting, Share: share}
		if ok1 && ok2 && ok3 && ok4 && e.Factor != nil {
			p.keep(x, f, e)
		}
	}
}

func (p *reader) used(list strict.Node, kind Kind) {
	for _, item := range list.List() {
		f, r, x := p.entry(item, "amount", "coverage", "most", "factor")
		x.Need(f, "factor")
		m, ok := metered(f, r.From)
		e := Consumption{Record: r, Metered: m, Factor: p.l.readUse(f["factor"], kind)}
		if ok && e.Factor != nil {
			p.keep(x, f, e)
		}
	}
}

func (p *reader) claims(at strict.Node) {
	if !at.Present() {
		return
	}
	f := at.Fields("avoided", "substitution")
	ready := p.GWP != nil
	for _, item := range f["avoided"].List() {
		x := item.As(item.Peek("name"))
		v := x.Fields("name", "destroyed", "share", "oxidised", "baseline", "claim", "from")
		x.Need(v, "name", "destroyed", "share", "oxidised", "from")
		before := x.Faults()
		d := Destruction{Name: v["name"].Text(), Baseline: v["baseline"].Text(), Claim: v["claim"].Text(), From: readOrigin(v["from"])}
		d.Methane, _ = v["destroyed"].In(kilogram)
		d.Share, _ = v["share"].Fraction()
		d.Oxidised, _ = v["oxidised"].Fraction()
		if x.Faults() > before || !ready {
			continue
		}
		if _, err := d.claim(world{p.Period, p.GWP}); !said(x, v, err) {
			p.Destructions = append(p.Destructions, d)
		}
	}
	for _, item := range f["substitution"].List() {
		x := item.As(item.Peek("name"))
		v := x.Fields("name", "energy", "instead", "efficiency", "claim", "from")
		x.Need(v, "name", "energy", "from")
		before := x.Faults()
		d := Displacement{Name: v["name"].Text(), Instead: p.l.readUse(v["instead"], FuelKind, Heat), Efficiency: 1, Claim: v["claim"].Text(), From: readOrigin(v["from"])}
		d.Energy, _ = v["energy"].Quantity()
		if e, ok := v["efficiency"].Fraction(); ok {
			d.Efficiency = e
		}
		if x.Faults() > before || !ready {
			continue
		}
		if _, err := d.claim(world{p.Period, p.GWP}); !said(x, v, err) {
			p.Displacements = append(p.Displacements, d)
		}
	}
}
