package flowsheet

import (
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// processKeys are the keys of a plant file that only a report of its process asks for.
//
//	roles: { feed: feed, char: char, gas: gas, liquid: liquid, flue_gas: stack, heat: useful_heat }
//	                              # which stream plays which part; a part not named is played by the stream of that name.
//	                              # pyrolysis: feed purge char liquid gas flue_gas; htl: feed biocrude aqueous solids gas
//	                              # recycle; landfill: landfill_gas biochar; of energy flows heat (used) and electricity
//	uniform:                      # what must stay within a band of its own mean, minute by minute, while the process runs
//	  - { tag: pyro1/kiln/temperature_2, within: 10 % }
//	kiln_temperature: TAG         # of carbonisation; else the temperatures under uniform
//	flame: { tag: TAG, above: LIMIT }      # above it the pyrolysis gas is burnt
//	soil: { tag: TAG, depth: 30 cm }       # of the place where the product stays
//	heat_demand: VALUE            # kW that the process needs
//	flare: { kind: open | enclosed | low-height, gas: STREAM, flame: { tag: lf1/flare/temperature, above: 500 Cel },
//	         exhaust: { CH4: VALUE, O2: VALUE } }    # of a measured, enclosed flare: mg/m3{N} and share of dry exhaust
//	engine: { gas: STREAM, destruction: VALUE, running: { tag: lf1/engine/active_power, above: 5 kW } }
//	baseline: { share: 0 %, oxidised_top: 10 %, gwp: { set: AR5, value: 28 }, source: ... }
//	waste:                        # a deposit a line
//	  - { deposited: 1998, mass: 1000 t, kind: food, doc: 15 %, docf: 50 %, mcf: 100 %, f: 50 %, k: 0.185 1/a, source: ... }
//	cover: { area: VALUE, flux_in: VALUE, flux_out: VALUE, geomembrane: true,
//	         depth: { CH4: VALUE, CO2: VALUE } }     # fluxes of methane in g/(m2.d); the gases at depth as shares, or both as
//	                                                 # fluxes out of the surface
var processKeys = []string{"roles", "uniform", "heat_demand", "flare", "engine", "baseline", "waste", "cover", "kiln_temperature", "flame", "soil"}

// readProcess reads them. A key that the process has no use for is a fault.
func (p *Plant) readProcess(f map[string]strict.Node) {
	p.readRoles(f["roles"])
	for _, x := range f["uniform"].List() {
		v := x.Fields("tag", "within")
		x.Need(v, "tag", "within")
		s := Steady{Tag: v["tag"].Tag()}
		if q, ok := v["within"].Quantity(); ok && q.Unit == measure.One {
			v["within"].Fault("%s has no unit: write a share of the mean in %%, as in 10 %%", q)
		} else if plan, ok := p.known(v["tag"], s.Tag); ok {
			if s.Relative, s.Within, _ = readSpread(v["within"], plan.RateUnit()); plan.Counter {
				v["tag"].Fault("is a counter; what must stay uniform is a reading")
			}
		}
		p.Uniform = append(p.Uniform, s)
	}
	p.readConditions(f)
	p.HeatDemand = p.value(f["heat_demand"], measure.Kilowatt, measure.Megajoule)
	p.Landfill = Landfill{
		Flare: p.flare(f["flare"]), Engine: p.engine(f["engine"]), Baseline: readBaseline(f["baseline"]), Cover: p.cover(f["cover"]),
	}
	if l := p.Landfill; l.Flare != nil && l.Engine != nil && l.Flare.Gas == l.Engine.Gas && l.Flare.Gas != "" {
		f["engine"].Fault("burns the same stream as the flare, %s: its methane would count twice; give each its own", l.Engine.Gas)
	}
	for _, x := range f["waste"].List() {
		p.Landfill.Waste = append(p.Landfill.Waste, readWaste(x))
	}
	refuse := func(process string, keys ...string) {
		for _, key := range keys {
			if f[key].Present() && p.Process != "" {
				f[key].Fault("only a plant of process %s has it", process)
			}
		}
	}
	if p.Process != LandfillBiochar {
		refuse(LandfillBiochar, "flare", "engine", "baseline", "waste", "cover")
	}
	if p.Process != SlowPyrolysis {
		refuse(SlowPyrolysis, "heat_demand")
	}
	if p.Process == LandfillBiochar || p.Process == OtherProcess {
		refuse(SlowPyrolysis+" or "+Hydrothermal, "uniform")
	}
}

func (p *Plant) readRoles(x strict.Node) {
	if !x.Present() {
		return
	}
	streams, flows := rolesOf(p.Process)
	if len(streams) == 0 {
		x.Fault("a plant of process %s has no roles", p.Process)
		return
	}
	f := x.Fields(append(slices.Clone(streams), flows...)...)
	p.Roles = Roles{}
	for _, role := range streams {
		if at := f[role]; at.Present() {
			p.Roles[role] = p.streamName(at, gasRole(role))
		}
	}
	for _, role := range flows {
		if at := f[role]; at.Present() {
			p.Roles[role] = at.Text()
			if _, ok := p.EnergyFlow(at.Text()); !ok {
				var names []string
				for _, flow := range p.Energy {
					names = append(names, flow.ID)
				}
				at.Fault("%q is no energy flow of this plant%s", at.Text(), strict.Meant(at.Text(), names))
			}
		}
	}
}

func gasRole(role string) bool {
	return slices.Contains([]string{RoleGas, RoleFlueGas, RolePurge, RoleLandfillGas}, role)
}

// streamName reads the name of a stream, which must be a gas or must be none.
func (p *Plant) streamName(x strict.Node, gas bool) string {
	id := x.Text()
	switch s, ok := p.Stream(id); {
	case !x.Present():
	case !ok:
		x.Fault("%q is no stream of this plant%s", id, strict.Meant(id, p.streamNames()))
	case gas && s.Phase != Gas:
		x.Fault("stream %s is a %s, not a gas", id, s.Phase)
	case !gas && s.Phase == Gas:
		x.Fault("stream %s is a gas", id)
	}
	return id
}

// above reads a tag and the limit it must read more than.
func (p *Plant) above(x strict.Node) *Running {
	if !x.Present() {
		return nil
	}
	v := x.Fields("tag", "above")
	x.Need(v, "tag", "above")
	r := &Running{Tag: v["tag"].Tag()}
	if plan, ok := p.known(v["tag"], r.Tag); ok {
		if r.Above, _ = v["above"].In(plan.RateUnit()); plan.Counter {
			v["tag"].Fault("is a counter; needed is a reading")
		}
	}
	return r
}

func (p *Plant) flare(x strict.Node) *Flare {
	if !x.Present() {
		return nil
	}
	v := x.Fields("kind", "gas", "flame", "exhaust")
	x.Need(v, "kind", "gas", "flame")
	f := &Flare{Kind: FlareKind(v["kind"].Choice(string(OpenFlare), string(EnclosedFlare), string(LowHeightFlare))), Gas: p.streamName(v["gas"], true), Flame: p.above(v["flame"])}
	if e := v["exhaust"]; e.Present() {
		gases := e.Fields("CH4", "O2")
		e.Need(gases, "CH4", "O2")
		f.Methane, f.Oxygen = p.value(gases["CH4"], measure.MilligramPerNormalCubicMetre), p.value(gases["O2"], measure.One)
		if f.Kind == OpenFlare {
			e.Fault("the exhaust of an open flare cannot be measured; take it out, or name another kind")
		}
	}
	return f
}

func (p *Plant) engine(x strict.Node) *Engine {
	if !x.Present() {
		return nil
	}
	v := x.Fields("gas", "destruction", "running")
	x.Need(v, "gas", "destruction")
	e := &Engine{Gas: p.streamName(v["gas"], true), Destruction: p.value(v["destruction"], measure.One), Running: p.above(v["running"])}
	if d := e.Destruction; d != nil && d.Constant == nil {
		v["destruction"].Fault("is stated: { value: 99 %%, source: ... }")
	} else if d != nil {
		checkShare(v["destruction"], d.Constant)
	}
	return e
}

func checkShare(x strict.Node, q *measure.Quantity) {
	if share, err := q.In(measure.One); err == nil && (share < 0 || share > 1) {
		x.Fault("%s is not between 0 and 100 %%", q)
	}
}

func readBaseline(x strict.Node) *Baseline {
	if !x.Present() {
		return nil
	}
	v := x.Fields("share", "oxidised_top", "gwp", "source")
	x.Need(v, "share", "oxidised_top", "gwp", "source")
	gwp := v["gwp"].Fields("set", "value")
	if v["gwp"].Present() {
		v["gwp"].Need(gwp, "set", "value")
	}
	b := &Baseline{Set: gwp["set"].Text(), Source: v["source"].Text()}
	b.Share, _ = v["share"].Fraction()
	b.OxidisedTop, _ = v["oxidised_top"].Fraction()
	if b.Share+b.OxidisedTop > 1 {
		x.Fault("share and oxidised_top add up to more than 100 %%: nothing would be left to avoid")
	}
	if b.GWP, _ = gwp["value"].In(measure.One); gwp["value"].Present() && !(b.GWP > 0) {
		gwp["value"].Fault("must be above 0")
	}
	return b
}

func readWaste(x strict.Node) Waste {
	v := x.Fields("deposited", "mass", "kind", "doc", "docf", "mcf", "f", "k", "source")
	x.Need(v, "deposited", "mass", "kind", "doc", "docf", "mcf", "f", "k", "source")
	w := Waste{Deposited: v["deposited"].Whole(0, 1900, 2200), Kind: v["kind"].Text(), Source: v["source"].Text()}
	w.Mass, _ = v["mass"].In(measure.Tonne)
	w.DOC, _ = v["doc"].Fraction()
	w.DOCf, _ = v["docf"].Fraction()
	w.MCF, _ = v["mcf"].Fraction()
	w.F, _ = v["f"].Fraction()
	w.K, _ = v["k"].In(measure.PerYear)
	for key, n := range map[string]float64{"mass": w.Mass, "k": w.K} {
		if v[key].Present() && !(n > 0) {
			v[key].Fault("must be above 0")
		}
	}
	return w
}

func (p *Plant) cover(x strict.Node) *Cover {
	if !x.Present() {
		return nil
	}
	v := x.Fields("area", "flux_in", "flux_out", "geomembrane", "depth")
	c := &Cover{
		Area: p.value(v["area"], measure.SquareMetre), FluxIn: p.value(v["flux_in"], measure.GramPerSquareMetreDay), FluxOut: p.value(v["flux_out"], measure.GramPerSquareMetreDay),
		Geomembrane: v["geomembrane"].Flag(),
	}
	if d := v["depth"]; d.Present() {
		gases := d.Fields("CH4", "CO2")
		d.Need(gases, "CH4", "CO2")
		unit := measure.One
		if p.isFlux(gases["CH4"]) {
			unit = measure.GramPerSquareMetreDay
		}
		c.DepthCH4, c.DepthCO2 = p.value(gases["CH4"], unit), p.value(gases["CO2"], unit)
	}
	return c
}

// isFlux tells whether a VALUE is a flux, by the tag or the constant it names.
func (p *Plant) isFlux(x strict.Node) bool {
	if plan, ok := p.Tag(measure.Tag(x.Peek("tag"))); ok {
		return plan.Unit.Same(measure.GramPerSquareMetreDay)
	}
	q, err := measure.ParseQuantity(x.Peek("value"))
	return err == nil && q.Unit.Same(measure.GramPerSquareMetreDay)
}
