package flowsheet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/balance"
)

// The plant file, in full. Every number has a unit; unknown keys are errors.
//
//	plant: pyro1                  # first segment of each of its tags
//	name: Slow pyrolysis pilot
//	site: demo-park
//	process: slow-pyrolysis       # slow-pyrolysis | htl | landfill-biochar | other
//	balance_every: 1 h            # whole minutes that divide a day
//	tags:
//	  TAG:
//	    about: feed belt scale    # optional, as are instrument, range, uncertainty
//	    instrument: WT-101
//	    unit: kg/h                # the unit its rollups are kept in
//	    hold: sloped              # sloped (a straight line between readings) | stepped (held until the next)
//	    stale: 30 s               # how long a reading speaks; no line is drawn over a longer gap
//	    range: [0 kg/h, 400 kg/h] # beyond it a reading is bad
//	    uncertainty: 1 %          # standard uncertainty: of the reading if written in %, else in the tag's
//	                              # kind of unit; for a tag that is itself a share (unit %) it is in points; in full:
//	                              # { standard: 1 % | limits: 2 %, read_as: normal | rectangular, random: 0.5 %, source: ... }
//	    nominal: 100 kg/h         # what it reads in normal running; of a counter, its rate; for nielu check
//	    counter: true             # the reading counts up; its rollups have a total
//	    rollover: 1000000 kW.h    # counters: the count at which it starts again from 0; optional, as all below but max_rate
//	    max_rate: 60 kW           # counters: the fastest it can count; no wrong reading books more
//	    settle: 10 min            # counters: one that comes back within it was not reset; at least stale.
//	                              # A window looks back and ahead by twice as much
//	    resets: monthly           # counters: it starts from 0 again by itself, hourly | daily | weekly | monthly | yearly |
//	                              # irregularly; what it shows behind a reset counts, if it is no faster than max_rate
//	    # checks of its readings, each optional; a reading that fails one is uncertain, a sentinel is bad:
//	    max_change: 5 K/min       # it changes no faster from one reading to the next, and where it does the time between
//	                              # the two counts for no claim; not of counters, which have max_rate
//	    flatline: { readings: 30, resolution: 0.01 kg/h }   # so many in a row that differ by no more than that, all
//	                              # taken while the process runs; without running below: at any time
//	    spikes: { neighbours: 5, sigmas: 3, least: 0.1 kg/h }   # Hampel: further than 3 S from the median of the 5
//	                              # before, the reading itself and the 5 after; S counts as at least this; not of counters
//	                              # In both, within: 10 min bounds how long the row is and how far away a neighbour.
//	                              # Without it that is stale for each of them; it lengthens what a window looks back.
//	    sentinels: [-32768 kg/h]  # the instrument's codes for "no value"
//	agents:                       # which agent reads which tags: a tag, or its beginning and *. A tag has one at a time;
//	  gw-pyro1: [pyro1/*]         # readings of it from any other are refused. Where one took over from another:
//	                              # { tags: [pyro1/*], from: 2026-05-01T06:00:00Z, until: ... }. Optional, and missed by check
//	nodes:
//	  kiln: "Rotary kiln, externally heated"
//	  header: { about: "Gas header", balances: [mass] }   # mass, carbon, ash, energy, nitrogen, phosphorus, inert;
//	                                                      # without it every balance whose terms are given is made
//	streams:
//	  STREAM:
//	    about: wet chips
//	    from: environment         # a node, or environment
//	    to: kiln
//	    phase: solid              # solid | liquid | gas
//	    # solid and liquid:
//	    mass: VALUE               # as received: kg/h, or kg of a counter. A list of values: independent instruments on
//	                              # one stream; the first counts, the others check it. Without: nobody measures it
//	    moisture: VALUE           # of wet mass; or dry_solids: VALUE. Without either the mass is taken as
//	                              # it is, and the shares below are of it
//	    basis: dry                # of what follows: dry | wet (as received) | daf (dry and ash-free)
//	    carbon: VALUE             # as are hydrogen, nitrogen, phosphorus and hhv; ash is of dry mass, or of wet on that basis
//	    ash: VALUE
//	    oxygen: VALUE             # for heating values only; or { rest: true }: what carbon, hydrogen, nitrogen and ash leave
//	    hhv: VALUE                # MJ/kg{HHV}
//	    like: STREAM              # instead of all these: the same material as another stream
//	    # gas:
//	    volume: VALUE             # dry, m3{N}/h, L{N}/min, or m3{N} of a counter; with a state: as it flows, m3/h or m3
//	    state: { pressure: VALUE, temperature: VALUE, humidity: VALUE }   # absolute; humidity: relative, or water: mole share
//	    composition: { CH4: VALUE, CO2: VALUE, N2: { rest: true } }   # mole shares of dry gas
//	energy:
//	  FLOW: { about: ..., from: ..., to: kiln, power: VALUE }         # kW, or kW.h of a counter; without: nobody measures it
//	stocks:
//	  STOCK: { about: ..., node: kiln, of: char, mass: VALUE }        # kg there is of a stream's material;
//	                                                                  # or level: VALUE, area: VALUE, density: VALUE
//	running: { tag: pyro1/feed/mass_flow, above: 20 kg/h }            # the process runs while the tag reads more; optional
//	steady:                                                           # when windows may be compared; optional
//	  - { tag: pyro1/feed/mass_flow, within: 10 % }                   # its minutes differ by no more, or scatter without trend
//	sums:                                                             # what adds up in each minute, or its tags are uncertain; optional
//	  - { name: gas, tags: [pyro1/gas/co, pyro1/gas/h2], total: 100 %, within: 2 % }   # or at_most: 102 %, if there is more than is measured
//	product: char                 # the stream whose dry mass is the sink's material; optional
//	stack:                        # what leaves by it is an emission of each lot of the product; optional
//	  stream: flue                # a gas with a flow. Without CH4 and N2O in its composition the most counts all of the time
//	  group: E_production         # the method's symbol; for several methods a list, of which each takes the first that is its
//	                              # own. csi-3.3 takes the masses under CH4 and N2O, whatever stands here
//	  most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: "30 [ppm]" }   # of dry gas: counts in minutes that are not read; a
//	                              # reading above it stops the statement until it is corrected
//	  source: emission test 3     # who says so
//	  fuel: biogenic              # biogenic: nothing but biomass is burnt | fossil, as without it
//
// What only the report of a process asks for stands in processfile.go.
//
// VALUE is one of
//
//	{ tag: pyro1/feed/mass_flow }
//	{ lab: feed_carbon, nominal: 50 % }                               # a value of the lot, from the lab file
//	{ value: 8 kW, uncertainty: 25 %, source: "design envelope loss" }
//
// A stated value without uncertainty is exact. An energy flow or stream that names no from comes from the environment; one
// that names no to goes there.

// Parse reads a plant file; file is its name, for errors. It returns all
// faults at once, each as "file:line:col: message".
func Parse(file string, data []byte) (*Plant, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	f := root.Fields(append([]string{"plant", "name", "site", "process", "balance_every", "tags", "agents", "nodes", "streams", "energy", "stocks", "product", "running", "steady", "sums", "stack"}, processKeys...)...)
	root.Need(f, "plant", "name", "site", "process", "balance_every", "tags")
	p := &Plant{
		ID:           f["plant"].PlainName("plant"),
		Name:         f["name"].Text(),
		Site:         f["site"].PlainName("site"),
		Process:      f["process"].Choice(SlowPyrolysis, Hydrothermal, LandfillBiochar, OtherProcess),
		BalanceEvery: f["balance_every"].Duration(),
		Product:      f["product"].Text(),
		Digest:       hex.EncodeToString(sum[:]),
	}
	if every := f["balance_every"]; every.Present() && (p.BalanceEvery < time.Minute || p.BalanceEvery%time.Minute != 0 || 24*time.Hour%p.BalanceEvery != 0) {
		every.Fault("must be whole minutes that divide a day, as in 1 h")
	}
	at := map[measure.Tag]strict.Node{} // where each tag stands
	for _, e := range f["tags"].Entries() {
		t := p.tag(e)
		p.Tags, at[t.Tag] = append(p.Tags, t), e.Value
	}
	slices.SortFunc(p.Tags, func(a, b TagPlan) int { return cmp.Compare(a.Tag, b.Tag) })
	p.readers(f["agents"])
	if !f["agents"].Present() {
		root.Note("agents: none are named: readings of all tags are taken from whoever sends them; say which agent reads which, as in agents: { gw-1: [%s/*] }", p.ID)
	}
	for _, e := range f["nodes"].Entries() {
		p.Nodes = append(p.Nodes, node(e))
	}
	var likes []strict.Node // of each stream
	for _, e := range f["streams"].Entries() {
		s, like := p.stream(e)
		p.Streams, likes = append(p.Streams, s), append(likes, like)
	}
	p.likes(likes)
	for _, e := range f["energy"].Entries() {
		v := e.Value.Fields("about", "from", "to", "power")
		flow := EnergyFlow{ID: e.Key.PlainName("energy flow"), About: v["about"].Text(), Power: p.value(v["power"], measure.Kilowatt, measure.Megajoule)}
		flow.From, flow.To = p.ends(e.Value, v)
		p.Energy = append(p.Energy, flow)
	}
	for _, e := range f["stocks"].Entries() {
		v := e.Value.Fields("about", "node", "of", "mass", "level", "area", "density")
		e.Value.Need(v, "node", "of")
		s := Stock{
			ID: e.Key.PlainName("stock"), About: v["about"].Text(), Node: p.node(v["node"]), Of: v["of"].Text(), Mass: p.value(v["mass"], measure.Kilogram),
			Level: p.value(v["level"], measure.Metre), Area: p.value(v["area"], measure.SquareMetre), Density: p.value(v["density"], measure.KilogramPerCubicMetre),
		}
		if tank := s.Level != nil && s.Area != nil && s.Density != nil; tank == (s.Mass != nil) || !tank && (s.Level != nil || s.Area != nil || s.Density != nil) {
			e.Value.Fault("needs mass, or level, area and density")
		}
		if _, ok := p.Stream(s.Of); !ok && v["of"].Present() {
			v["of"].Fault("%q is no stream of this plant%s", s.Of, strict.Meant(s.Of, p.streamNames()))
		}
		p.Stocks = append(p.Stocks, s)
	}
	if product := f["product"]; product.Present() {
		s, ok := p.Stream(p.Product)
		switch {
		case !ok:
			product.Fault("%q is no stream of this plant%s", p.Product, strict.Meant(p.Product, p.streamNames()))
		case !s.Measured():
			product.Fault("stream %s is not measured; a product is", s.ID)
		case s.Phase == Gas:
			product.Fault("stream %s is a gas; a product has a dry mass", s.ID)
		case s.Moisture == nil && s.DrySolids == nil:
			product.Fault("stream %s needs moisture or dry_solids, or there is no dry mass to account for", s.ID)
		}
	}
	p.state(f["running"], f["steady"])
	for _, x := range f["sums"].List() {
		p.Sums = append(p.Sums, p.sum(x))
	}
	p.readProcess(f)
	p.readStack(f["stack"])
	if err := d.Err(); err != nil {
		return nil, err
	}
	p.advise(at)
	p.Notes = d.Notes()
	return p, nil
}

// state reads when the process runs, and when it runs steadily.
func (p *Plant) state(running, steady strict.Node) {
	if running.Present() {
		v := running.Fields("tag", "above")
		running.Need(v, "tag", "above")
		r := &Running{Tag: v["tag"].Tag()}
		if plan, ok := p.known(v["tag"], r.Tag); ok {
			r.Above, _ = v["above"].In(plan.RateUnit())
		}
		p.Running = r
	}
	for _, x := range steady.List() {
		v := x.Fields("tag", "within")
		x.Need(v, "tag", "within")
		s := Steady{Tag: v["tag"].Tag()}
		if plan, ok := p.known(v["tag"], s.Tag); ok {
			s.Relative, s.Within, _ = readSpread(v["within"], plan.RateUnit())
		}
		p.Steady = append(p.Steady, s)
	}
}

// known returns the plan of a tag and says if there is none.
func (p *Plant) known(x strict.Node, tag measure.Tag) (TagPlan, bool) {
	plan, ok := p.Tag(tag)
	if !ok && tag != "" {
		var names []string
		for _, plan := range p.Tags {
			names = append(names, string(plan.Tag))
		}
		x.Fault("tag %s is not among the tags of this file%s", tag, strict.Meant(string(tag), names))
	}
	return plan, ok
}

func node(e strict.Entry) Node {
	n := Node{ID: e.Key.PlainName("node")}
	if !e.Value.IsMapping() {
		n.About = e.Value.Text()
		return n
	}
	v := e.Value.Fields("about", "balances")
	n.About = v["about"].Text()
	if v["balances"].Present() {
		n.Balances = []BalanceKind{}
		for _, x := range v["balances"].List() {
			names := make([]string, len(BalanceKinds))
			for i, k := range BalanceKinds {
				names[i] = string(k)
			}
			kind := BalanceKind(x.Choice(names...))
			if kind != "" && slices.Contains(n.Balances, kind) {
				x.Fault("%s is given twice", kind)
			}
			n.Balances = append(n.Balances, kind)
		}
	}
	return n
}

// likes checks the streams that take their shares from another.
func (p *Plant) likes(at []strict.Node) {
	for i, s := range p.Streams {
		if s.Like == "" {
			continue
		}
		switch other, ok := p.Stream(s.Like); {
		case !ok:
			at[i].Fault("%q is no stream of this plant%s", s.Like, strict.Meant(s.Like, p.streamNames()))
		case other.ID == s.ID:
			at[i].Fault("stream %s cannot be like itself", s.ID)
		case other.Like != "":
			at[i].Fault("stream %s takes its shares from another itself; name the one that has them", other.ID)
		case other.Phase != s.Phase:
			at[i].Fault("stream %s is a %s, not a %s", other.ID, other.Phase, s.Phase)
		}
	}
}

func (p *Plant) streamNames() []string {
	var names []string
	for _, s := range p.Streams {
		names = append(names, s.ID)
	}
	return names
}

func (p *Plant) tag(e strict.Entry) TagPlan {
	v := e.Value.Fields("about", "instrument", "unit", "hold", "stale", "range", "uncertainty", "nominal", "counter", "rollover", "max_rate", "settle", "resets",
		"max_change", "flatline", "spikes", "sentinels")
	e.Value.Need(v, "unit", "hold", "stale")
	unit, _ := v["unit"].Unit()
	t := TagPlan{
		Tag:        e.Key.Tag(),
		About:      v["about"].Text(),
		Instrument: v["instrument"].Text(),
		Unit:       unit,
		Hold:       Hold(v["hold"].Choice(string(Sloped), string(Stepped))),
		Stale:      v["stale"].Duration(),
		Low:        math.Inf(-1),
		High:       math.Inf(1),
		Counter:    v["counter"].Flag(),
	}
	if t.Tag != "" && p.ID != "" && t.Tag.Plant() != p.ID {
		e.Key.Fault("tag %s does not start with the plant, %s/", t.Tag, p.ID)
	}
	if r := v["range"]; r.Present() {
		ends := r.List()
		if len(ends) != 2 {
			r.Fault("needs two quantities, as in [0 kg/h, 400 kg/h]")
		} else {
			low, ok1 := ends[0].In(t.Unit)
			high, ok2 := ends[1].In(t.Unit)
			if ok1 && ok2 {
				if t.Low, t.High = low, high; low >= high {
					r.Fault("starts at %s, which is not below its end %s", ends[0].Text(), ends[1].Text())
				}
			}
		}
	}
	if c, err := t.Unit.To(measure.One); err == nil {
		t.Share = c.Scale
	}
	t.Uncertainty = ReadUncertainty(v["uncertainty"], t.Unit)
	t.Nominal = v["nominal"].Optional(t.RateUnit())
	for _, key := range []string{"rollover", "max_rate", "settle", "resets"} {
		if v[key].Present() && !t.Counter {
			v[key].Fault("only a counter has it: add counter: true")
		}
	}
	if t.Counter && !v["max_rate"].Present() {
		e.Value.Fault("a counter needs max_rate, the fastest it can count, as in max_rate: \"60 %s/h\": without it one wrong reading books whatever it says", t.Unit)
	}
	t.Resets = v["resets"].Choice("hourly", "daily", "weekly", "monthly", "yearly", "irregularly") != ""
	if n := v["settle"]; n.Present() {
		if t.Settle = n.Duration(); t.Settle > longestContext {
			n.Fault("%s is more than %s", n.Text(), longestContext)
		} else if t.Settle < t.Stale {
			n.Note("%s is shorter than stale, %s, which counts then: readings within it go on from each other", n.Text(), v["stale"].Text())
		}
	}
	if n := v["rollover"]; n.Present() {
		var ok bool
		if t.Rollover, ok = n.In(t.Unit); ok && t.Rollover <= 0 {
			n.Fault("must be above 0")
		}
	}
	if n := v["max_rate"]; n.Present() {
		if rate, err := t.Unit.Per(measure.Second); err == nil {
			var ok bool
			if t.MaxRate, ok = n.In(rate); ok && t.MaxRate <= 0 {
				n.Fault("must be above 0")
			}
		}
	}
	if t.Nominal != nil && t.MaxRate > 0 && *t.Nominal > float64(1.000001*t.MaxRate*time.Hour.Seconds()) {
		v["max_rate"].Note("%s is slower than what the counter counts in normal running, nominal %s: none of that would be booked", v["max_rate"].Text(), v["nominal"].Text())
	}
	if half := t.Rollover / 2; half > 0 && float64(t.MaxRate*t.Stale.Seconds()) > half {
		v["rollover"].Note("at max_rate the counter goes half around, %s %s, within %s, and stale is %s: what it counts between two readings further apart than that is not known and is not booked; read it oftener, or lower max_rate or stale",
			measure.Digits(half, 3), t.Unit, time.Duration(half/t.MaxRate*1e9).Round(time.Second), t.Stale)
	}
	t.rules(v)
	return t
}

func (p *Plant) node(x strict.Node) string {
	s := x.Text()
	if x.Present() && !slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.ID == s }) {
		var names []string
		for _, n := range p.Nodes {
			names = append(names, n.ID)
		}
		x.Fault("%q is no node of this plant%s", s, strict.Meant(s, names))
	}
	return s
}

// ends reads from and to; what is not named is the environment.
func (p *Plant) ends(at strict.Node, v map[string]strict.Node) (from, to string) {
	from, to = Environment, Environment
	if x := v["from"]; x.Present() && x.Text() != Environment {
		from = p.node(x)
	}
	if x := v["to"]; x.Present() && x.Text() != Environment {
		to = p.node(x)
	}
	if from == to {
		at.Fault("goes from %s to %s: name two different ends", from, to)
	}
	return from, to
}

func (p *Plant) stream(e strict.Entry) (s Stream, like strict.Node) {
	v := e.Value.Fields("about", "from", "to", "phase", "mass", "moisture", "dry_solids", "basis", "like", "carbon", "ash", "hydrogen", "oxygen", "nitrogen", "phosphorus", "hhv",
		"volume", "state", "composition")
	e.Value.Need(v, "phase")
	s = Stream{ID: e.Key.PlainName("stream"), About: v["about"].Text(), Phase: Phase(v["phase"].Choice(string(Solid), string(Liquid), string(Gas)))}
	s.From, s.To = p.ends(e.Value, v)
	refuse := func(why string, keys ...string) {
		for _, key := range keys {
			if v[key].Present() {
				v[key].Fault("%s", why)
			}
		}
	}
	s.Like = v["like"].Text()
	if s.Phase == Gas {
		refuse("a gas is given by volume and composition", "mass", "moisture", "dry_solids", "basis", "carbon", "ash", "hydrogen", "oxygen", "nitrogen", "phosphorus", "hhv")
		units := []measure.Unit{measure.NormalCubicMetrePerHour, measure.NormalCubicMetre}
		if v["state"].Present() {
			s.State, units = p.gasState(v["state"]), []measure.Unit{measure.CubicMetrePerHour, measure.CubicMetre}
		}
		s.Volume, s.Also = p.readings(v["volume"], units...)
		if s.Like != "" {
			refuse("is taken from stream "+s.Like, "composition")
		} else {
			s.Composition = p.composition(v["composition"])
		}
		return s, v["like"]
	}
	refuse("only a gas has it", "volume", "state", "composition")
	s.Mass, s.Also = p.readings(v["mass"], measure.KilogramPerHour, measure.Kilogram)
	if s.Like != "" {
		refuse("is taken from stream "+s.Like, "moisture", "dry_solids", "basis", "carbon", "ash", "hydrogen", "oxygen", "nitrogen", "phosphorus", "hhv")
		return s, v["like"]
	}
	s.Moisture = p.value(v["moisture"], measure.One)
	s.DrySolids = p.value(v["dry_solids"], measure.One)
	if s.Moisture != nil && s.DrySolids != nil {
		v["dry_solids"].Fault("give moisture or dry_solids, not both")
	}
	if s.Basis = Basis(v["basis"].Choice("dry", string(WetBasis), string(AshFree))); s.Basis == "dry" {
		s.Basis = DryBasis
	}
	s.Carbon = p.value(v["carbon"], measure.One)
	s.Ash = p.value(v["ash"], measure.One)
	s.Hydrogen = p.value(v["hydrogen"], measure.One)
	if rest := v["oxygen"].Sole("rest"); rest.Present() {
		s.OxygenRest = rest.Flag()
	} else {
		s.Oxygen = p.value(v["oxygen"], measure.One)
	}
	s.Nitrogen = p.value(v["nitrogen"], measure.One)
	s.Phosphorus = p.value(v["phosphorus"], measure.One)
	s.HHV = p.value(v["hhv"], measure.HigherHeatingValue)
	if s.Basis == AshFree && s.Ash == nil {
		v["basis"].Fault("shares of dry and ash-free mass need the ash")
	}
	return s, v["like"]
}

// readings reads a value, or a list of them that all tell the same: the first
// counts, the others check it.
func (p *Plant) readings(x strict.Node, units ...measure.Unit) (first *Value, also []*Value) {
	if !x.IsList() {
		return p.value(x, units...), nil
	}
	items := x.List()
	if len(items) == 0 {
		x.Fault("needs at least one value")
	}
	seen := map[measure.Tag]bool{}
	for i, item := range items {
		v := p.value(item, units...)
		switch {
		case v != nil && v.Tag != "" && seen[v.Tag]:
			item.Fault("tag %s is given twice: an instrument does not check itself", v.Tag)
		case i == 0:
			first = v
		case v != nil:
			also = append(also, v)
		}
		if v != nil {
			seen[v.Tag] = true
		}
	}
	return first, also
}

func (p *Plant) gasState(x strict.Node) *GasState {
	v := x.Fields("pressure", "temperature", "water", "humidity")
	x.Need(v, "pressure", "temperature")
	if v["water"].Present() && v["humidity"].Present() {
		v["humidity"].Fault("give water or humidity, not both")
	}
	return &GasState{
		Pressure: p.value(v["pressure"], measure.Pascal), Temperature: p.value(v["temperature"], measure.Kelvin),
		Water: p.value(v["water"], measure.One), Humidity: p.value(v["humidity"], measure.One),
	}
}

func (p *Plant) composition(x strict.Node) []Component {
	var all []Component
	rest := false
	for _, e := range x.Entries() {
		c := Component{Species: e.Text}
		if !slices.Contains(speciesNames(), c.Species) {
			e.Key.Fault("%q is no gas known here%s", e.Text, strict.Meant(e.Text, speciesNames()))
		}
		if r := e.Value.Sole("rest"); r.Present() {
			if c.Rest = r.Flag(); c.Rest && rest {
				r.Fault("only one species can be the rest")
			}
			rest = rest || c.Rest
		} else {
			c.Share = p.value(e.Value, measure.One)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Component) int { return cmp.Compare(a.Species, b.Species) })
	return all
}

// value reads a VALUE that must convert to one of the units.
func (p *Plant) value(x strict.Node, units ...measure.Unit) *Value {
	if !x.Present() {
		return nil
	}
	f := x.Fields("tag", "lab", "nominal", "value", "uncertainty", "source")
	v := &Value{}
	given := 0
	fits := func(at strict.Node, u measure.Unit, counter bool) {
		want := units[:1]
		if counter {
			want = units[1:]
		}
		switch {
		case slices.ContainsFunc(want, u.Same):
		case counter && len(want) == 0:
			at.Fault("is a counter; needed is a reading in %s", wantedUnit(units[0]))
		case counter:
			at.Fault("is a counter in %s; needed is one in %s, or a reading in %s", u, want[0], wantedUnit(units[0]))
		case u == measure.One:
			at.Fault("has no unit; needed is %s", wantedUnit(units[0]))
		default:
			at.Fault("is in %s; needed is %s", u, wantedUnit(units[0]))
		}
	}
	if t := f["tag"]; t.Present() {
		given++
		v.Tag = t.Tag()
		if plan, ok := p.Tag(v.Tag); ok {
			fits(t, plan.Unit, plan.Counter)
		} else if v.Tag != "" {
			var names []string
			for _, plan := range p.Tags {
				names = append(names, string(plan.Tag))
			}
			t.Fault("tag %s is not among the tags of this file%s", v.Tag, strict.Meant(string(v.Tag), names))
		}
	}
	if l := f["lab"]; l.Present() {
		given++
		v.Lab = l.PlainName("laboratory value")
	}
	if n := f["nominal"]; n.Present() {
		if q, ok := n.Quantity(); ok && v.Lab != "" {
			fits(n, q.Unit, false)
			v.Nominal = &q
		} else if ok {
			n.Fault("only a laboratory value has it here; a tag's stands with the tag")
		}
	}
	if c := f["value"]; c.Present() {
		given++
		if q, ok := c.Quantity(); ok {
			v.Constant = &q
			fits(c, q.Unit, false)
			v.Uncertainty = ReadUncertainty(f["uncertainty"], q.Unit)
		}
		if f["source"].Text() == "" {
			x.Fault("a stated value needs its source")
		}
		v.Source = f["source"].Text()
	}
	if given != 1 {
		x.Fault("needs exactly one of tag, lab and value")
	}
	return v
}

func wantedUnit(u measure.Unit) string {
	if u == measure.One {
		return "%"
	}
	return u.String()
}

func speciesNames() []string { return balance.SpeciesNames() }
