package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
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
//	                              # kind of unit; for a tag that is itself a share (unit %) it is in points
//	    counter: true             # the reading counts up; its rollups have a total
//	    rollover: 1000000 kW.h    # counters: the count at which it starts again from 0
//	    max_rate: 60 kW           # counters: a faster increase is a reset; optional
//	nodes: { kiln: "Rotary kiln, externally heated" }
//	streams:
//	  STREAM:
//	    about: wet chips
//	    from: environment         # a node, or environment
//	    to: kiln
//	    phase: solid              # solid | liquid | gas
//	    # solid and liquid:
//	    mass: VALUE               # as received: kg/h, or kg of a counter
//	    moisture: VALUE           # of wet mass; or dry_solids: VALUE. Without either the mass is taken as
//	                              # it is, and the shares below are of it
//	    carbon: VALUE             # of dry mass, as are ash and hhv
//	    ash: VALUE
//	    hhv: VALUE                # MJ/kg{HHV}
//	    # gas:
//	    volume: VALUE             # dry, m3{N}/h, L{N}/min, or m3{N} of a counter
//	    composition: { CH4: VALUE, CO2: VALUE, N2: { rest: true } }   # mole shares of dry gas
//	energy:
//	  FLOW: { about: ..., from: ..., to: kiln, power: VALUE }         # kW, or kW.h of a counter
//	stocks:
//	  STOCK: { about: ..., node: kiln, of: char, mass: VALUE }        # kg there is of a stream's material
//	product: char                 # the stream whose dry mass is the sink's material; optional
//
// VALUE is one of
//
//	{ tag: pyro1/feed/mass_flow }
//	{ lab: feed_carbon }                                              # a value of the lot, from the lab file
//	{ value: 8 kW, uncertainty: 25 %, source: "design envelope loss" }
//
// An energy flow or stream that names no from comes from the environment; one
// that names no to goes there.

// Plant is a flowsheet as a plant file describes it.
type Plant struct {
	ID           string        `json:"plant"`
	Name         string        `json:"name"`
	Site         string        `json:"site"`
	Process      string        `json:"process"`
	BalanceEvery time.Duration `json:"-"`
	Tags         []TagPlan     `json:"tags"` // sorted by tag
	Nodes        []Node        `json:"nodes"`
	Streams      []Stream      `json:"streams"` // in the order of the file, as all below
	Energy       []EnergyFlow  `json:"energy"`
	Stocks       []Stock       `json:"stocks"`
	Product      string        `json:"product"` // a stream, or ""
	Digest       string        `json:"digest"`  // sha256 of the file, hexadecimal
}

// TagPlan says how the readings of one tag are to be used.
type TagPlan struct {
	Tag         measure.Tag   `json:"tag"`
	About       string        `json:"about"`
	Instrument  string        `json:"instrument"`
	Unit        measure.Unit  `json:"unit"` // rollups are kept in it
	Hold        Hold          `json:"hold"`
	Stale       time.Duration `json:"-"`
	Low, High   float64       `json:"-"` // range in Unit; infinite where none is given
	Uncertainty *Uncertainty  `json:"uncertainty,omitempty"`
	Counter     bool          `json:"counter,omitempty"`
	Rollover    float64       `json:"-"` // in Unit; 0 for none
	MaxRate     float64       `json:"-"` // in Unit per second; 0 for none
	share       float64       // of a tag that is a share: its Unit as a part of 1; else 0
}

// MarshalJSON adds the stale time, as in "2m30s".
func (t TagPlan) MarshalJSON() ([]byte, error) {
	type plain TagPlan
	return json.Marshal(struct {
		plain
		Stale string `json:"stale"`
	}{plain(t), t.Stale.String()})
}

// Hold says what a tag does between two readings.
type Hold string

// The two ways to hold. Rates and levels are sloped, set-points and states stepped.
const (
	Sloped  Hold = "sloped"  // a straight line from one reading to the next
	Stepped Hold = "stepped" // the reading, until the next
)

// Uncertainty is a standard uncertainty: a share of the value, or in its unit.
type Uncertainty struct {
	Relative bool    `json:"relative"`
	Value    float64 `json:"value"`
}

// Of returns the standard uncertainty of a value, in the value's unit.
func (u *Uncertainty) Of(value float64) float64 {
	if u == nil {
		return 0
	}
	if u.Relative {
		return math.Abs(float64(u.Value * value))
	}
	return u.Value
}

// Node is a part of the plant in which streams meet.
type Node struct {
	ID    string `json:"node"`
	About string `json:"about"`
}

// Environment is what is not the plant. Streams from it come in, streams to it go out.
const Environment = "environment"

// Phase is the state of matter of a stream.
type Phase string

// The phases.
const (
	Solid  Phase = "solid"
	Liquid Phase = "liquid"
	Gas    Phase = "gas"
)

// Stream is a flow of material.
type Stream struct {
	ID          string      `json:"stream"`
	About       string      `json:"about"`
	From        string      `json:"from"`
	To          string      `json:"to"`
	Phase       Phase       `json:"phase"`
	Mass        *Value      `json:"mass,omitempty"`
	Moisture    *Value      `json:"moisture,omitempty"`
	DrySolids   *Value      `json:"dry_solids,omitempty"`
	Carbon      *Value      `json:"carbon,omitempty"`
	Ash         *Value      `json:"ash,omitempty"`
	HHV         *Value      `json:"hhv,omitempty"`
	Volume      *Value      `json:"volume,omitempty"`
	Composition []Component `json:"composition,omitempty"`
}

// Component is one species of a gas. Rest means: what the others leave.
type Component struct {
	Species string `json:"species"`
	Share   *Value `json:"share,omitempty"`
	Rest    bool   `json:"rest,omitempty"`
}

// EnergyFlow is heat or power that no stream carries.
type EnergyFlow struct {
	ID    string `json:"energy"`
	About string `json:"about"`
	From  string `json:"from"`
	To    string `json:"to"`
	Power *Value `json:"power"`
}

// Stock is an amount of a stream's material that stays in a node.
type Stock struct {
	ID    string `json:"stock"`
	About string `json:"about"`
	Node  string `json:"node"`
	Of    string `json:"of"`
	Mass  *Value `json:"mass"`
}

// Value is where a number comes from: a tag, the laboratory, or a stated
// constant with its source. One of Tag, Lab and Constant is set.
type Value struct {
	Tag         measure.Tag       `json:"tag,omitempty"`
	Lab         string            `json:"lab,omitempty"`
	Constant    *measure.Quantity `json:"value,omitempty"`
	Uncertainty *Uncertainty      `json:"uncertainty,omitempty"`
	Source      string            `json:"source,omitempty"`
}

// Tag returns the plan of a tag.
func (p *Plant) Tag(tag measure.Tag) (TagPlan, bool) {
	i, ok := slices.BinarySearchFunc(p.Tags, tag, func(t TagPlan, tag measure.Tag) int { return cmp.Compare(t.Tag, tag) })
	if !ok {
		return TagPlan{}, false
	}
	return p.Tags[i], true
}

// Stream returns a stream by its name.
func (p *Plant) Stream(id string) (Stream, bool) {
	i := slices.IndexFunc(p.Streams, func(s Stream) bool { return s.ID == id })
	if i < 0 {
		return Stream{}, false
	}
	return p.Streams[i], true
}

// Lookback returns how far before a window, and how far behind its end,
// readings still bear on it: the longest stale time of the plant. A reading
// at t bears on [t-Lookback, t+Lookback]; see [Plant.Touched].
func (p *Plant) Lookback() time.Duration {
	longest := time.Duration(0)
	for _, t := range p.Tags {
		longest = max(longest, t.Stale)
	}
	return longest
}

// Touched returns the balance windows whose numbers readings within w may
// change: what a worker recomputes when a batch arrives.
func (p *Plant) Touched(w measure.Interval) measure.Interval {
	back := p.Lookback()
	return measure.Interval{From: w.From.Add(-back), To: w.To.Add(back)}.Align(p.BalanceEvery)
}

var (
	kgPerHour = measure.MustUnit("kg/h")
	kilogram  = measure.MustUnit("kg")
	normalM3  = measure.MustUnit("m3{N}")
	normalM3H = measure.MustUnit("m3{N}/h")
	kilowatt  = measure.MustUnit("kW")
	megajoule = measure.MustUnit("MJ")
	mjPerKgH  = measure.MustUnit("MJ/kg{HHV}")
	second    = measure.MustUnit("s")
	one       measure.Unit
)

// ParsePlant reads a plant file; file is its name, for errors. It returns all
// faults at once, each as "file:line:col: message".
func ParsePlant(file string, data []byte) (*Plant, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	f := root.Fields("plant", "name", "site", "process", "balance_every", "tags", "nodes", "streams", "energy", "stocks", "product")
	root.Need(f, "plant", "name", "site", "process", "balance_every", "tags")
	p := &Plant{
		ID:           f["plant"].PlainName("plant"),
		Name:         f["name"].Text(),
		Site:         f["site"].PlainName("site"),
		Process:      f["process"].Choice("slow-pyrolysis", "htl", "landfill-biochar", "other"),
		BalanceEvery: f["balance_every"].Duration(),
		Product:      f["product"].Text(),
		Digest:       hex.EncodeToString(sum[:]),
	}
	if every := f["balance_every"]; every.Present() && (p.BalanceEvery < Step || p.BalanceEvery%Step != 0 || 24*time.Hour%p.BalanceEvery != 0) {
		every.Fault("must be whole minutes that divide a day, as in 1 h")
	}
	for _, e := range f["tags"].Entries() {
		p.Tags = append(p.Tags, p.tag(e))
	}
	slices.SortFunc(p.Tags, func(a, b TagPlan) int { return cmp.Compare(a.Tag, b.Tag) })
	for _, e := range f["nodes"].Entries() {
		p.Nodes = append(p.Nodes, Node{e.Key.PlainName("node"), e.Value.Text()})
	}
	for _, e := range f["streams"].Entries() {
		p.Streams = append(p.Streams, p.stream(e))
	}
	for _, e := range f["energy"].Entries() {
		v := e.Value.Fields("about", "from", "to", "power")
		e.Value.Need(v, "power")
		flow := EnergyFlow{ID: e.Key.PlainName("energy flow"), About: v["about"].Text(), Power: p.value(v["power"], kilowatt, megajoule)}
		flow.From, flow.To = p.ends(e.Value, v)
		p.Energy = append(p.Energy, flow)
	}
	for _, e := range f["stocks"].Entries() {
		v := e.Value.Fields("about", "node", "of", "mass")
		e.Value.Need(v, "node", "of", "mass")
		s := Stock{ID: e.Key.PlainName("stock"), About: v["about"].Text(), Node: p.node(v["node"]), Of: v["of"].Text(), Mass: p.value(v["mass"], kilogram)}
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
		case s.Phase == Gas:
			product.Fault("stream %s is a gas; a product has a dry mass", s.ID)
		case s.Moisture == nil && s.DrySolids == nil:
			product.Fault("stream %s needs moisture or dry_solids, or there is no dry mass to account for", s.ID)
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Plant) streamNames() []string {
	var names []string
	for _, s := range p.Streams {
		names = append(names, s.ID)
	}
	return names
}

func (p *Plant) tag(e strict.Entry) TagPlan {
	v := e.Value.Fields("about", "instrument", "unit", "hold", "stale", "range", "uncertainty", "counter", "rollover", "max_rate")
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
	if c, err := t.Unit.To(one); err == nil {
		t.share = c.Scale
	}
	t.Uncertainty = uncertainty(v["uncertainty"], t.Unit)
	for _, key := range []string{"rollover", "max_rate"} {
		if v[key].Present() && !t.Counter {
			v[key].Fault("only a counter has it: add counter: true")
		}
	}
	if n := v["rollover"]; n.Present() {
		var ok bool
		if t.Rollover, ok = n.In(t.Unit); ok && t.Rollover <= 0 {
			n.Fault("must be above 0")
		}
	}
	if n := v["max_rate"]; n.Present() {
		if rate, err := t.Unit.Per(second); err == nil {
			var ok bool
			if t.MaxRate, ok = n.In(rate); ok && t.MaxRate <= 0 {
				n.Fault("must be above 0")
			}
		}
	}
	return t
}

// uncertainty reads a standard uncertainty of a value in unit: in the same
// kind of unit, or in % of the value.
func uncertainty(x strict.Node, unit measure.Unit) *Uncertainty {
	q, ok := x.Quantity()
	if !ok {
		return nil
	}
	u := &Uncertainty{}
	if c, err := q.Unit.To(unit); err == nil {
		u.Value = float64(q.Value * c.Scale) // a difference: no offset
	} else if c, err := q.Unit.To(one); err == nil {
		u.Relative, u.Value = true, float64(q.Value*c.Scale)
	} else {
		x.Fault("%s: give it in %s or in %% of the value", q, unit)
		return nil
	}
	if u.Value < 0 {
		x.Fault("%s is below 0", q)
	}
	return u
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

func (p *Plant) stream(e strict.Entry) Stream {
	v := e.Value.Fields("about", "from", "to", "phase", "mass", "moisture", "dry_solids", "carbon", "ash", "hhv", "volume", "composition")
	e.Value.Need(v, "phase")
	s := Stream{ID: e.Key.PlainName("stream"), About: v["about"].Text(), Phase: Phase(v["phase"].Choice(string(Solid), string(Liquid), string(Gas)))}
	s.From, s.To = p.ends(e.Value, v)
	refuse := func(why string, keys ...string) {
		for _, key := range keys {
			if v[key].Present() {
				v[key].Fault("%s", why)
			}
		}
	}
	if s.Phase == Gas {
		refuse("a gas is given by volume and composition", "mass", "moisture", "dry_solids", "carbon", "ash", "hhv")
		e.Value.Need(v, "volume")
		s.Volume = p.value(v["volume"], normalM3H, normalM3)
		s.Composition = p.composition(v["composition"])
		return s
	}
	refuse("only a gas has it", "volume", "composition")
	e.Value.Need(v, "mass")
	s.Mass = p.value(v["mass"], kgPerHour, kilogram)
	s.Moisture = p.value(v["moisture"], one)
	s.DrySolids = p.value(v["dry_solids"], one)
	if s.Moisture != nil && s.DrySolids != nil {
		v["dry_solids"].Fault("give moisture or dry_solids, not both")
	}
	s.Carbon = p.value(v["carbon"], one)
	s.Ash = p.value(v["ash"], one)
	s.HHV = p.value(v["hhv"], mjPerKgH)
	return s
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
			c.Share = p.value(e.Value, one)
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
	f := x.Fields("tag", "lab", "value", "uncertainty", "source")
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
			at.Fault("is a counter; needed is a reading in %s", wanted(units[0]))
		case counter:
			at.Fault("is a counter in %s; needed is one in %s, or a reading in %s", u, want[0], wanted(units[0]))
		case u == one:
			at.Fault("has no unit; needed is %s", wanted(units[0]))
		default:
			at.Fault("is in %s; needed is %s", u, wanted(units[0]))
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
	if c := f["value"]; c.Present() {
		given++
		if q, ok := c.Quantity(); ok {
			v.Constant = &q
			fits(c, q.Unit, false)
			v.Uncertainty = uncertainty(f["uncertainty"], q.Unit)
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

func wanted(u measure.Unit) string {
	if u == one {
		return "%"
	}
	return u.String()
}
