package pipeline

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
)

// Network is a flowsheet as a problem of reconciliation: what is measured,
// and the equations it should obey. Every measured quantity is one instrument
// or one laboratory value, so that what does not fit has a name to call.
//
// Flows are kg/h, m3{N}/h (or m3/h) and kW; shares are parts of 1; heating
// values MJ/kg; stocks kg. A balance of a node reads
//
//	Σ in - Σ out - (stock at the end - stock at the start) / hours = 0      [kg/h] or [MJ/h]
type Network struct {
	plant      *Plant
	quantities []quantity
	equations  []reconcile.Equation
	balances   []nodeBalance     // the first equations
	index      map[string]int    // by name
	names      map[string]string // by what a quantity is called before it became a name of the problem
	stated     map[*Value]string // of stated values
	flows      map[string]string // the flow of each stream, by its name
	every      float64           // hours of a balance window
}

// quantity is one variable of the problem.
type quantity struct {
	name    string
	what    string // in words: "moisture of stream feed"
	source  *Value // nil: nobody measures it
	stream  string // whose property it is, "" for none
	role    role
	unit    measure.Unit
	total   measure.Unit // of a counter
	sum     bool         // a total of a stream, worked out from the others
	of      []int        // what a sum is worked out from; nil if only the balances give it
	kind    BalanceKind  // of a sum
	nominal float64      // a sensible start
}

// role says how a quantity is averaged over a window.
type role byte

const (
	flowRole     role = iota // over time
	wetRole                  // over the wet mass or the volume of its stream
	dryRole                  // over the dry mass of its stream
	startRole                // the level at the start
	endRole                  // the level at the end
	constantRole             // hours
)

// nodeBalance is one balance of one node.
type nodeBalance struct {
	node string
	kind BalanceKind
}

// hoursName is the length of the window as a quantity of the problem.
const hoursName = "hours"

// terms are what a stream carries an hour, as expressions; "" is not known
// and "0" is nothing.
type terms map[BalanceKind]string

// carried is the key of the expression with which the others begin: the wet
// mass or the volume.
const carried BalanceKind = ""

// share returns what follows the amount that is carried: of streams of the
// same material it is the same.
func (t terms) share(kind BalanceKind) (string, bool) {
	if t[carried] == "" {
		return "", false
	}
	return strings.CutPrefix(t[kind], t[carried])
}

// NewNetwork turns a flowsheet into quantities and equations.
func NewNetwork(p *Plant) *Network {
	n := &Network{plant: p, index: map[string]int{}, names: map[string]string{}, stated: map[*Value]string{}, flows: map[string]string{}, every: p.BalanceEvery.Hours()}
	n.add(quantity{name: hoursName, what: "length of the window", role: constantRole, unit: measure.Hour, nominal: p.BalanceEvery.Hours()})
	streams := map[string]terms{}
	var checks []reconcile.Equation
	for _, s := range p.Streams {
		streams[s.ID] = n.stream(p, s)
		for _, also := range s.Also {
			a, b := n.flow(p, s, cmp.Or(s.Mass, s.Volume)), n.flow(p, s, also)
			checks = append(checks, reconcile.Equation{ID: s.ID + ": " + a + ", " + b, Expr: a + " - " + b})
		}
	}
	energy := map[string]string{}
	for _, f := range p.Energy {
		if energy[f.ID] = "0"; f.Power.nothing() {
			continue
		}
		energy[f.ID] = "3.6 * " + n.measured(p, f.Power, quantity{name: "power_of_" + f.ID, what: "power of " + f.ID, role: flowRole, unit: measure.Kilowatt, total: measure.KilowattHour, nominal: 10})
	}
	stocks := map[string]terms{}
	for _, s := range p.Stocks {
		stocks[s.ID] = n.stock(p, s)
	}
	for _, node := range p.Nodes {
		for _, kind := range n.kinds(p, node, streams, stocks) {
			if expr := n.balance(p, node, kind, streams, energy, stocks); expr != "" {
				n.balances = append(n.balances, nodeBalance{node.ID, kind})
				n.equations = append(n.equations, reconcile.Equation{ID: node.ID + ": " + string(kind), Expr: expr})
			}
		}
	}
	n.equations = append(n.equations, checks...)
	for _, s := range p.Streams {
		for _, kind := range []BalanceKind{MassBalance, CarbonBalance, AshBalance, EnergyBalance} {
			n.sum(s, kind, streams[s.ID][kind])
		}
	}
	return n
}

// add adds a quantity unless it is there, and returns its name in the
// problem. Quantities whose names differ only in signs that an equation cannot
// hold stay two.
func (n *Network) add(q quantity) string {
	called := q.name
	if name, ok := n.names[called]; ok {
		return name
	}
	q.name = plain(called)
	for i := 2; ; i++ {
		if _, taken := n.index[q.name]; !taken {
			break
		}
		q.name = plain(called) + "_" + strconv.Itoa(i)
	}
	n.names[called], n.index[q.name] = q.name, len(n.quantities)
	n.quantities = append(n.quantities, q)
	return q.name
}

// plain makes an id of the problem from a name of ours.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, name)
}

// measured returns the name of a quantity by where its value comes from, so
// that one tag which serves several streams is one quantity.
func (n *Network) measured(p *Plant, v *Value, q quantity) string {
	q.source = v
	switch {
	case v == nil:
	case v.Tag != "":
		_, rest, _ := strings.Cut(string(v.Tag), "/")
		q.name = "tag_" + rest
		if plan, ok := p.Tag(v.Tag); ok && plan.Nominal != nil {
			if c, err := plan.rate().To(q.unit); err == nil {
				q.nominal = c.Apply(*plan.Nominal)
			}
		}
	case v.Lab != "":
		q.name = "lab_" + v.Lab
		if v.Nominal != nil {
			q.nominal, _ = v.Nominal.In(q.unit)
		}
	default:
		if n.stated[v] == "" {
			q.name = "given_" + q.name
			for n.names[q.name] != "" { // another statement of the same
				q.name += "_too"
			}
			q.nominal, _ = v.Constant.In(q.unit)
			n.stated[v] = n.add(q)
		}
		return n.stated[v]
	}
	return n.add(q)
}

// flow is the measured or unmeasured flow of a stream.
func (n *Network) flow(p *Plant, s Stream, v *Value) string {
	q := quantity{name: "flow_of_" + s.ID, what: "flow of stream " + s.ID, stream: s.ID, role: flowRole, unit: measure.KilogramPerHour, total: measure.Kilogram, nominal: 50}
	if s.Phase == Gas {
		q.unit, q.total = measure.NormalCubicMetrePerHour, measure.NormalCubicMetre
		if s.State != nil {
			q.unit, q.total = measure.CubicMetrePerHour, measure.CubicMetre
		}
	}
	name := n.measured(p, v, q)
	if n.flows[s.ID] == "" {
		n.flows[s.ID] = name
	}
	return name
}

func (n *Network) stream(p *Plant, s Stream) terms {
	if s.Phase == Gas && (s.Measured() || s.Like != "" || len(s.Composition) > 0) {
		return n.gas(p, s)
	}
	if s.Measured() || s.Like != "" || s.parts() != [parts]*Value{} {
		m := n.flow(p, s, s.Mass)
		t := n.matter(p, s, m)
		t[MassBalance] = m
		return t
	}
	// Nobody measures it: its mass is what the balances give, also of a gas, and
	// all else a quantity of its own where a balance needs it.
	n.flows[s.ID] = n.add(n.total(s.ID, MassBalance))
	return terms{MassBalance: n.flows[s.ID]}
}

// matter returns what a mass of a solid or liquid holds, for a mass expression.
func (n *Network) matter(p *Plant, s Stream, m string) terms {
	of := s
	if s.Like != "" {
		of, _ = p.Stream(s.Like)
	}
	property := func(v *Value, name string, r role, unit measure.Unit, nominal float64) string {
		switch {
		case v == nil:
			return ""
		case v.nothing():
			return "0"
		}
		return n.measured(p, v, quantity{name: name + "_of_" + of.ID, what: name + " of stream " + of.ID, stream: of.ID, role: r, unit: unit, total: unit, nominal: nominal})
	}
	dry := m
	switch {
	case of.Moisture != nil && !of.Moisture.nothing():
		dry = m + " * (1 - " + property(of.Moisture, "moisture", wetRole, measure.One, 0.2) + ")"
	case of.DrySolids != nil:
		dry = m + " * " + property(of.DrySolids, "dry_solids", wetRole, measure.One, 0.2)
	}
	base, r := dry, dryRole
	if of.Basis == WetBasis {
		base, r = m, wetRole
	}
	ash := property(of.Ash, "ash", r, measure.One, 0.05)
	free := base
	if of.Basis == AshFree && ash != "0" {
		free += " * (1 - " + ash + ")"
	}
	t := terms{carried: m, InertBalance: "0"}
	for _, x := range []struct {
		kind BalanceKind
		base string
		part string
	}{
		{AshBalance, base, ash},
		{CarbonBalance, free, property(of.Carbon, "carbon", r, measure.One, 0.5)},
		{NitrogenBalance, free, property(of.Nitrogen, "nitrogen", r, measure.One, 0.03)},
		{PhosphorusBalance, free, property(of.Phosphorus, "phosphorus", r, measure.One, 0.01)},
		{EnergyBalance, free, property(of.HHV, "hhv", r, measure.HigherHeatingValue, 20)},
	} {
		switch x.part {
		case "":
		case "0":
			t[x.kind] = "0"
		default:
			t[x.kind] = x.base + " * " + x.part
		}
	}
	return t
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// gas returns what a dry normal volume of gas holds.
//
//	n = V / V_m      m = n Σ y_i M_i      C = n · 12.011 Σ y_i n_C,i      H = n Σ y_i H_i
//
// Source: balances.md 2.3; the same sums as [balance.Gas].
func (n *Network) gas(p *Plant, s Stream) terms {
	v := n.flow(p, s, s.Volume)
	if s.State != nil {
		v = n.normal(p, s, v)
	}
	of := s
	if s.Like != "" {
		of, _ = p.Stream(s.Like)
	}
	t := terms{carried: v, AshBalance: "0", PhosphorusBalance: "0"}
	if len(of.Composition) == 0 {
		t[MassBalance] = n.add(n.total(s.ID, MassBalance))
		return t
	}
	var mass, carbon, energy, inert, others []string
	shares := make([]string, len(of.Composition))
	for i, c := range of.Composition {
		switch {
		case c.Share.nothing():
			shares[i] = "0"
		case !c.Rest:
			shares[i] = n.measured(p, c.Share, quantity{name: c.Species + "_of_" + of.ID, what: c.Species + " of stream " + of.ID, stream: of.ID, role: wetRole, unit: measure.One, total: measure.One, nominal: 0.2})
			others = append(others, shares[i])
		}
	}
	term := func(to *[]string, share string, factor float64) {
		if factor != 0 && share != "0" {
			*to = append(*to, share+" * "+number(factor))
		}
	}
	for i, c := range of.Composition {
		if c.Rest {
			shares[i] = strings.Join(append([]string{"(1"}, others...), " - ") + ")"
		}
		x, _ := balance.SpeciesByName(c.Species)
		one := balance.Gas(balance.MolarVolume, []balance.Share{{Species: x, Value: 1}})
		term(&mass, shares[i], one.Mass)
		term(&carbon, shares[i], one.Carbon)
		term(&energy, shares[i], one.HHV)
		if c.Species == "N2" {
			term(&inert, shares[i], one.Mass)
		}
	}
	for _, x := range []struct {
		kind BalanceKind
		sum  []string
	}{{MassBalance, mass}, {CarbonBalance, carbon}, {EnergyBalance, energy}, {InertBalance, inert}} {
		t[x.kind] = "0"
		if len(x.sum) > 0 {
			t[x.kind] = v + " / " + number(balance.MolarVolume) + " * (" + strings.Join(x.sum, " + ") + ")"
		}
	}
	return t
}

// normal turns an actual volume into a normal one.
//
//	V_N = V (P / 101 325) (273.15 / T) (1 - x_H2O)
//
// Source: balances.md 2.3; the same as [balance.NormalVolume] and [balance.VapourShare].
func (n *Network) normal(p *Plant, s Stream, v string) string {
	of := func(v *Value, name string, unit measure.Unit, nominal float64) string {
		return n.measured(p, v, quantity{name: name + "_of_" + s.ID, what: name + " of stream " + s.ID, stream: s.ID, role: wetRole, unit: unit, total: unit, nominal: nominal})
	}
	pressure, temperature := of(s.State.Pressure, "pressure", measure.Pascal, 101325), of(s.State.Temperature, "temperature", measure.Kelvin, 293.15)
	out := v + " * (" + pressure + " / 101325) * (273.15 / " + temperature + ")"
	switch {
	case s.State.Water != nil:
		out += " * (1 - " + of(s.State.Water, "water", measure.One, 0.02) + ")"
	case s.State.Humidity != nil:
		celsius := "(" + temperature + " - 273.15)"
		out += " * (1 - " + of(s.State.Humidity, "humidity", measure.One, 0.5) + " * 611.2 * exp(17.62 * " + celsius + " / (243.12 + " + celsius + ")) / " + pressure + ")"
	}
	return out
}

// stock returns how much more of each there is at the end than at the start.
func (n *Network) stock(p *Plant, s Stock) terms {
	level := cmp.Or(s.Mass, s.Level)
	unit := measure.Kilogram
	if s.Mass == nil {
		unit = measure.Metre
	}
	ends := [2]string{}
	for i, end := range []struct {
		word string
		role role
	}{{"start", startRole}, {"end", endRole}} {
		q := quantity{name: s.ID + " " + end.word, what: "level of stock " + s.ID + " at the " + end.word, source: level, role: end.role, unit: unit, nominal: 50}
		if plan, ok := p.Tag(level.Tag); ok && plan.Nominal != nil {
			if c, err := plan.Unit.To(unit); err == nil {
				q.nominal = c.Apply(*plan.Nominal)
			}
		}
		ends[i] = n.add(q)
	}
	change := "(" + ends[1] + " - " + ends[0] + ")"
	if s.Mass == nil {
		of := func(v *Value, name string, unit measure.Unit, nominal float64) string {
			return n.measured(p, v, quantity{name: name + "_of_" + s.ID, what: name + " of stock " + s.ID, role: flowRole, unit: unit, total: unit, nominal: nominal})
		}
		change += " * " + of(s.Area, "area", measure.SquareMetre, 1) + " * " + of(s.Density, "density", measure.KilogramPerCubicMetre, 1000)
	}
	change += " / " + hoursName
	stream, _ := p.Stream(s.Of)
	if stream.Phase == Gas {
		return terms{MassBalance: change, AshBalance: "0", PhosphorusBalance: "0"}
	}
	t := n.matter(p, stream, change)
	t[MassBalance] = change
	return t
}

// kinds returns the balances that are made at a node: those the file names,
// or mass and every other of which all terms of the measured streams there
// are given. Of one stream alone there is nothing to balance, and of one
// material only the mass: its carbon says the same again.
func (n *Network) kinds(p *Plant, node Node, streams, stocks map[string]terms) []BalanceKind {
	if node.Balances != nil {
		return node.Balances
	}
	var kinds []BalanceKind
	for _, kind := range balanceKinds {
		known := kind != InertBalance
		var meet []terms
		for _, s := range p.Streams {
			if s.From != node.ID && s.To != node.ID {
				continue
			}
			t := streams[s.ID]
			known = known && (t[kind] != "" || kind == MassBalance || !s.Measured() && s.Like == "")
			if t[kind] != "0" {
				meet = append(meet, t)
			}
		}
		for _, s := range p.Stocks {
			if t := stocks[s.ID]; s.Node == node.ID && t[kind] != "0" {
				meet = append(meet, t)
			}
		}
		if known && len(meet) > 1 && (kind == MassBalance || !alikeIn(meet, MassBalance) || !alikeIn(meet, kind)) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// alikeIn tells whether a kilogram, or a cubic metre, of all holds the same.
func alikeIn(all []terms, kind BalanceKind) bool {
	first, ok := all[0].share(kind)
	for _, t := range all {
		share, known := t.share(kind)
		ok = ok && known && share == first
	}
	return ok
}

// balance writes one balance of a node; "" if nothing takes part in it.
func (n *Network) balance(p *Plant, node Node, kind BalanceKind, streams map[string]terms, energy map[string]string, stocks map[string]terms) string {
	var b strings.Builder
	put := func(sign, term string) {
		if term == "0" {
			return
		}
		if b.Len() > 0 || sign == "-" {
			b.WriteString(" " + sign + " ")
		}
		b.WriteString(term)
	}
	for _, s := range p.Streams {
		sign := "+"
		switch node.ID {
		case s.From:
			sign = "-"
		case s.To:
		default:
			continue
		}
		t := streams[s.ID][kind]
		if t == "" {
			t = n.add(n.total(s.ID, kind))
			streams[s.ID][kind] = t
		}
		put(sign, t)
	}
	if kind == EnergyBalance {
		for _, f := range p.Energy {
			switch node.ID {
			case f.To:
				put("+", energy[f.ID])
			case f.From:
				put("-", energy[f.ID])
			}
		}
	}
	for _, s := range p.Stocks {
		if s.Node == node.ID {
			t := stocks[s.ID][kind]
			if t == "" { // nobody says what the stock is made of
				q := n.total(s.ID, kind)
				q.name, q.what, q.stream = string(kind)+"_of_stock "+s.ID, string(kind)+" of stock "+s.ID, ""
				t = n.add(q)
				stocks[s.ID][kind] = t
			}
			put("-", t)
		}
	}
	return strings.TrimSpace(b.String())
}

// total names how much of one kind a stream carries an hour.
func (n *Network) total(of string, kind BalanceKind) quantity {
	unit, nominal := measure.KilogramPerHour, 10.0
	if kind == EnergyBalance {
		unit, nominal = measure.MegajoulePerHour, 500
	}
	return quantity{name: string(kind) + "_of_" + of, what: string(kind) + " of stream " + of, stream: of, unit: unit, total: unit, nominal: nominal, sum: true, kind: kind}
}

// sum adds a quantity for what a stream carries of one kind, unless it is one already.
func (n *Network) sum(s Stream, kind BalanceKind, expr string) {
	if expr == "" || expr == "0" {
		return
	}
	if i, ok := n.index[expr]; ok && n.quantities[i].stream == s.ID { // the term is a single quantity
		return
	}
	q := n.total(s.ID, kind)
	q.of = n.named(expr)
	n.equations = append(n.equations, reconcile.Equation{ID: q.what, Expr: n.add(q) + " = " + expr})
}

// named returns the quantities in an expression.
func (n *Network) named(expr string) (all []int) {
	for _, word := range strings.FieldsFunc(expr, func(r rune) bool { return strings.ContainsRune(" ()+-*/", r) }) {
		if i, ok := n.index[word]; ok {
			all = append(all, i)
		}
	}
	return all
}

// streamTotal returns the quantity that tells how much of one kind a stream
// carries, or -1.
func (n *Network) streamTotal(s Stream, kind BalanceKind) int {
	if name, ok := n.names[string(kind)+"_of_"+s.ID]; ok {
		return n.index[name]
	}
	if i, ok := n.index[n.flows[s.ID]]; ok && kind == MassBalance && n.quantities[i].unit == measure.KilogramPerHour {
		return i
	}
	return -1
}
