package reconciled

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

// Network is a flowsheet as a problem of reconciliation: what is measured,
// and the equations it should obey. Every measured quantity is one instrument
// or one laboratory value, so that what does not fit has a name to call.
//
// Flows are kg/h, m3{N}/h (or m3/h) and kW; shares are parts of 1; heating
// values MJ/kg; stocks kg. A balance of a node reads
//
//	Σ in - Σ out - (stock at the end - stock at the start) / hours = 0      [kg/h] or [MJ/h]
//
// Source: conservation of mass, components and energy, as VDI 2048 part 1.
type Network struct {
	Plant      *flowsheet.Plant
	Quantities []Quantity
	Equations  []reconcile.Equation
	Balances   []NodeBalance               // the first equations
	Index      map[string]int              // by name
	names      map[string]string           // by what a quantity is called before it became a name of the problem
	stated     map[*flowsheet.Value]string // of stated values
	Flows      map[string]string           // the flow of each stream, by its name
	every      float64                     // hours of a balance window
}

// Quantity is one variable of the problem.
type Quantity struct {
	Name    string
	What    string           // in words: "moisture of stream feed"
	Source  *flowsheet.Value // nil: nobody measures it
	Stream  string           // whose property it is, "" for none
	Flow    string           // the energy flow whose power it is, "" for none
	Role    Role
	Unit    measure.Unit
	total   measure.Unit          // of a counter
	sum     bool                  // a total of a stream, worked out from the others
	of      []int                 // what a sum is worked out from; nil if only the balances give it
	kind    flowsheet.BalanceKind // of a sum
	nominal float64               // a sensible start
}

// Role says how a quantity is averaged over a window.
type Role byte

const (
	FlowRole     Role = iota // over time
	wetRole                  // over the wet mass or the volume of its stream
	dryRole                  // over the dry mass of its stream
	StartRole                // the level at the start
	EndRole                  // the level at the end
	constantRole             // hours
)

// when says of a level at which end of the window it is.
func (r Role) when() string {
	switch r {
	case StartRole:
		return " at the start"
	case EndRole:
		return " at the end"
	}
	return ""
}

// NodeBalance is one balance of one node.
type NodeBalance struct {
	Node string
	Kind flowsheet.BalanceKind
}

// hoursName is the length of the window as a quantity of the problem.
const hoursName = "hours"

// terms are what a stream carries an hour; what is not there is not known.
type terms map[flowsheet.BalanceKind]reconcile.Expr

// nothing is what a stream carries of what it holds none of.
var nothing = reconcile.Number(0)

// carried is the key of the expression with which the others begin: the wet
// mass or the volume.
const carried flowsheet.BalanceKind = ""

// share returns what follows the amount that is carried: of streams of the
// same material it is the same.
func (t terms) share(kind flowsheet.BalanceKind) (reconcile.Expr, bool) {
	if !t[carried].Known() {
		return reconcile.Expr{}, false
	}
	return t[kind].Factor(t[carried])
}

// New turns a flowsheet into quantities and equations.
func New(p *flowsheet.Plant) *Network {
	n := &Network{Plant: p, Index: map[string]int{}, names: map[string]string{}, stated: map[*flowsheet.Value]string{}, Flows: map[string]string{}, every: p.BalanceEvery.Hours()}
	n.add(Quantity{Name: hoursName, What: "length of the window", Role: constantRole, Unit: measure.Hour, nominal: p.BalanceEvery.Hours()})
	streams := map[string]terms{}
	var checks []reconcile.Equation
	for _, s := range p.Streams {
		streams[s.ID] = n.stream(p, s)
		for _, also := range s.Also {
			a, b := n.flow(p, s, cmp.Or(s.Mass, s.Volume)), n.flow(p, s, also)
			checks = append(checks, reconcile.Equation{ID: s.ID + ": " + a + ", " + b, Expr: reconcile.ID(a).Minus(reconcile.ID(b))})
		}
	}
	energy := map[string]reconcile.Expr{}
	for _, f := range p.Energy {
		if energy[f.ID] = nothing; f.Power.Absent() {
			continue
		}
		energy[f.ID] = reconcile.Number(3.6).Times(reconcile.ID(n.measured(p, f.Power, Quantity{Name: "power_of_" + f.ID, What: "power of " + f.ID, Flow: f.ID, Role: FlowRole, Unit: measure.Kilowatt, total: measure.KilowattHour, nominal: 10})))
	}
	stocks := map[string]terms{}
	for _, s := range p.Stocks {
		stocks[s.ID] = n.stock(p, s)
	}
	for _, node := range p.Nodes {
		for _, kind := range n.kinds(p, node, streams, stocks) {
			if expr := n.balance(p, node, kind, streams, energy, stocks); expr.Known() {
				n.Balances = append(n.Balances, NodeBalance{node.ID, kind})
				n.Equations = append(n.Equations, reconcile.Equation{ID: node.ID + ": " + string(kind), Expr: expr})
			}
		}
	}
	n.Equations = append(n.Equations, checks...)
	for _, s := range p.Streams {
		for _, kind := range []flowsheet.BalanceKind{flowsheet.MassBalance, flowsheet.CarbonBalance, flowsheet.AshBalance, flowsheet.EnergyBalance} {
			n.sum(s, kind, streams[s.ID][kind])
		}
	}
	return n
}

// add adds a quantity unless it is there, and returns its name in the
// problem. Quantities whose names differ only in signs that an equation cannot
// hold stay two.
func (n *Network) add(q Quantity) string {
	called := q.Name
	if name, ok := n.names[called]; ok {
		return name
	}
	q.Name = plain(called)
	for i := 2; ; i++ {
		if _, taken := n.Index[q.Name]; !taken {
			break
		}
		q.Name = plain(called) + "_" + strconv.Itoa(i)
	}
	n.names[called], n.Index[q.Name] = q.Name, len(n.Quantities)
	n.Quantities = append(n.Quantities, q)
	return q.Name
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
func (n *Network) measured(p *flowsheet.Plant, v *flowsheet.Value, q Quantity) string {
	q.Source = v
	switch {
	case v == nil:
	case v.Tag != "":
		_, rest, _ := strings.Cut(string(v.Tag), "/")
		q.Name = "tag_" + rest
		if plan, ok := p.Tag(v.Tag); ok && plan.Nominal != nil {
			if c, err := plan.RateUnit().To(q.Unit); err == nil {
				q.nominal = c.Apply(*plan.Nominal)
			}
		}
	case v.Lab != "":
		q.Name = "lab_" + v.Lab
		if v.Nominal != nil {
			q.nominal, _ = v.Nominal.In(q.Unit)
		}
	default:
		if n.stated[v] == "" {
			q.Name = "given_" + q.Name
			for n.names[q.Name] != "" { // another statement of the same
				q.Name += "_too"
			}
			q.nominal, _ = v.Constant.In(q.Unit)
			n.stated[v] = n.add(q)
		}
		return n.stated[v]
	}
	return n.add(q)
}

// flow is the measured or unmeasured flow of a stream.
func (n *Network) flow(p *flowsheet.Plant, s flowsheet.Stream, v *flowsheet.Value) string {
	q := Quantity{Name: "flow_of_" + s.ID, What: "flow of stream " + s.ID, Stream: s.ID, Role: FlowRole, Unit: measure.KilogramPerHour, total: measure.Kilogram, nominal: 50}
	if s.Phase == flowsheet.Gas {
		q.Unit, q.total = measure.NormalCubicMetrePerHour, measure.NormalCubicMetre
		if s.State != nil {
			q.Unit, q.total = measure.CubicMetrePerHour, measure.CubicMetre
		}
	}
	name := n.measured(p, v, q)
	if n.Flows[s.ID] == "" {
		n.Flows[s.ID] = name
	}
	return name
}

func (n *Network) stream(p *flowsheet.Plant, s flowsheet.Stream) terms {
	if s.Phase == flowsheet.Gas && (s.Measured() || s.Like != "" || len(s.Composition) > 0) {
		return n.gas(p, s)
	}
	if s.Measured() || s.Like != "" || material.ConstituentValues(&s) != [material.Constituents]*flowsheet.Value{} {
		m := reconcile.ID(n.flow(p, s, s.Mass))
		t := n.matter(p, s, m)
		t[flowsheet.MassBalance] = m
		return t
	}
	// Nobody measures it: its mass is what the balances give, also of a gas, and
	// all else a quantity of its own where a balance needs it.
	n.Flows[s.ID] = n.add(n.total(s.ID, flowsheet.MassBalance))
	return terms{flowsheet.MassBalance: reconcile.ID(n.Flows[s.ID])}
}

// matter returns what a mass of a solid or liquid holds, for a mass expression.
func (n *Network) matter(p *flowsheet.Plant, s flowsheet.Stream, m reconcile.Expr) terms {
	of := s
	if s.Like != "" {
		of, _ = p.Stream(s.Like)
	}
	property := func(v *flowsheet.Value, name string, r Role, unit measure.Unit, nominal float64) (part reconcile.Expr) {
		switch {
		case v == nil:
			return part
		case v.Absent():
			return nothing
		}
		return reconcile.ID(n.measured(p, v, Quantity{Name: name + "_of_" + of.ID, What: name + " of stream " + of.ID, Stream: of.ID, Role: r, Unit: unit, total: unit, nominal: nominal}))
	}
	dry := m
	switch {
	case of.Moisture != nil && !of.Moisture.Absent():
		dry = m.Times(oneLess(property(of.Moisture, "moisture", wetRole, measure.One, 0.2)))
	case of.DrySolids != nil:
		dry = m.Times(property(of.DrySolids, "dry_solids", wetRole, measure.One, 0.2))
	}
	base, r := dry, dryRole
	if of.Basis == flowsheet.WetBasis {
		base, r = m, wetRole
	}
	ash := property(of.Ash, "ash", r, measure.One, 0.05)
	free := base
	if of.Basis == flowsheet.AshFree && !ash.Zero() {
		free = free.Times(oneLess(ash))
	}
	t := terms{carried: m, flowsheet.InertBalance: nothing}
	for _, x := range []struct {
		kind flowsheet.BalanceKind
		base reconcile.Expr
		part reconcile.Expr
	}{
		{flowsheet.AshBalance, base, ash},
		{flowsheet.CarbonBalance, free, property(of.Carbon, "carbon", r, measure.One, 0.5)},
		{flowsheet.NitrogenBalance, free, property(of.Nitrogen, "nitrogen", r, measure.One, 0.03)},
		{flowsheet.PhosphorusBalance, free, property(of.Phosphorus, "phosphorus", r, measure.One, 0.01)},
		{flowsheet.EnergyBalance, free, property(of.HHV, "hhv", r, measure.HigherHeatingValue, 20)},
	} {
		switch {
		case !x.part.Known():
		case x.part.Zero():
			t[x.kind] = nothing
		default:
			t[x.kind] = x.base.Times(x.part)
		}
	}
	return t
}

// oneLess is what a share leaves.
func oneLess(share reconcile.Expr) reconcile.Expr { return reconcile.Number(1).Minus(share) }

// gas returns what a dry normal volume of gas holds.
//
//	n = V / V_m      m = n Σ y_i M_i      C = n · 12.011 Σ y_i n_C,i      H = n Σ y_i H_i
//
// Source: ideal gas; the same sums as [balance.Gas].
func (n *Network) gas(p *flowsheet.Plant, s flowsheet.Stream) terms {
	v := reconcile.ID(n.flow(p, s, s.Volume))
	if s.State != nil {
		v = n.normal(p, s, v)
	}
	of := s
	if s.Like != "" {
		of, _ = p.Stream(s.Like)
	}
	t := terms{carried: v, flowsheet.AshBalance: nothing, flowsheet.PhosphorusBalance: nothing}
	if len(of.Composition) == 0 {
		t[flowsheet.MassBalance] = reconcile.ID(n.add(n.total(s.ID, flowsheet.MassBalance)))
		return t
	}
	var mass, carbon, energy, inert reconcile.Expr
	rest := reconcile.Number(1)
	shares := make([]reconcile.Expr, len(of.Composition))
	for i, c := range of.Composition {
		switch {
		case c.Share.Absent():
			shares[i] = nothing
		case !c.Rest:
			shares[i] = reconcile.ID(n.measured(p, c.Share, Quantity{Name: c.Species + "_of_" + of.ID, What: c.Species + " of stream " + of.ID, Stream: of.ID, Role: wetRole, Unit: measure.One, total: measure.One, nominal: 0.2}))
			rest = rest.Minus(shares[i])
		}
	}
	add := func(to *reconcile.Expr, share reconcile.Expr, factor float64) {
		if factor != 0 && !share.Zero() {
			*to = to.Plus(share.Times(reconcile.Number(factor)))
		}
	}
	for i, c := range of.Composition {
		if c.Rest {
			shares[i] = rest
		}
		x, _ := balance.SpeciesByName(c.Species)
		one := balance.Gas(balance.MolarVolume, []balance.Share{{Species: x, Value: 1}})
		add(&mass, shares[i], one.Mass)
		add(&carbon, shares[i], one.Carbon)
		add(&energy, shares[i], one.HHV)
		if c.Species == "N2" {
			add(&inert, shares[i], one.Mass)
		}
	}
	for _, x := range []struct {
		kind flowsheet.BalanceKind
		sum  reconcile.Expr
	}{{flowsheet.MassBalance, mass}, {flowsheet.CarbonBalance, carbon}, {flowsheet.EnergyBalance, energy}, {flowsheet.InertBalance, inert}} {
		t[x.kind] = nothing
		if x.sum.Known() {
			t[x.kind] = v.Over(reconcile.Number(balance.MolarVolume)).Times(x.sum)
		}
	}
	return t
}

// normal turns an actual volume into a normal one.
//
//	V_N = V (P / 101 325) (273.15 / T) (1 - x_H2O)
//
// Source: ideal gas; the same as [balance.NormalVolume] and [balance.VapourShare].
func (n *Network) normal(p *flowsheet.Plant, s flowsheet.Stream, v reconcile.Expr) reconcile.Expr {
	of := func(v *flowsheet.Value, name string, unit measure.Unit, nominal float64) reconcile.Expr {
		return reconcile.ID(n.measured(p, v, Quantity{Name: name + "_of_" + s.ID, What: name + " of stream " + s.ID, Stream: s.ID, Role: wetRole, Unit: unit, total: unit, nominal: nominal}))
	}
	pressure, temperature := of(s.State.Pressure, "pressure", measure.Pascal, 101325), of(s.State.Temperature, "temperature", measure.Kelvin, 293.15)
	v = v.Times(pressure.Over(reconcile.Number(balance.NormalPressure))).Times(reconcile.Number(balance.NormalTemperature).Over(temperature))
	switch {
	case s.State.Water != nil:
		v = v.Times(oneLess(of(s.State.Water, "water", measure.One, 0.02)))
	case s.State.Humidity != nil:
		celsius := temperature.Minus(reconcile.Number(balance.NormalTemperature))
		exponent := reconcile.Number(balance.MagnusB).Times(celsius).Over(reconcile.Number(balance.MagnusC).Plus(celsius))
		humidity := of(s.State.Humidity, "humidity", measure.One, 0.5)
		v = v.Times(oneLess(humidity.Times(reconcile.Number(balance.MagnusA)).Times(reconcile.Exp(exponent)).Over(pressure)))
	}
	return v
}

// stock returns how much more of each there is at the end than at the start.
func (n *Network) stock(p *flowsheet.Plant, s flowsheet.Stock) terms {
	level := cmp.Or(s.Mass, s.Level)
	unit := measure.Kilogram
	if s.Mass == nil {
		unit = measure.Metre
	}
	var ends [2]reconcile.Expr
	for i, end := range []struct {
		word string
		role Role
	}{{"start", StartRole}, {"end", EndRole}} {
		q := Quantity{Name: s.ID + " " + end.word, What: "level of stock " + s.ID + end.role.when(), Source: level, Role: end.role, Unit: unit, nominal: 50}
		if plan, ok := p.Tag(level.Tag); ok && plan.Nominal != nil {
			if c, err := plan.Unit.To(unit); err == nil {
				q.nominal = c.Apply(*plan.Nominal)
			}
		}
		ends[i] = reconcile.ID(n.add(q))
	}
	change := ends[1].Minus(ends[0])
	if s.Mass == nil {
		of := func(v *flowsheet.Value, name string, unit measure.Unit, nominal float64) reconcile.Expr {
			return reconcile.ID(n.measured(p, v, Quantity{Name: name + "_of_" + s.ID, What: name + " of stock " + s.ID, Role: FlowRole, Unit: unit, total: unit, nominal: nominal}))
		}
		change = change.Times(of(s.Area, "area", measure.SquareMetre, 1)).Times(of(s.Density, "density", measure.KilogramPerCubicMetre, 1000))
	}
	change = change.Over(reconcile.ID(hoursName))
	stream, _ := p.Stream(s.Of)
	if stream.Phase == flowsheet.Gas {
		return terms{flowsheet.MassBalance: change, flowsheet.AshBalance: nothing, flowsheet.PhosphorusBalance: nothing}
	}
	t := n.matter(p, stream, change)
	t[flowsheet.MassBalance] = change
	return t
}

// kinds returns the balances that are made at a node: those the file names,
// or mass and every other of which all terms of the measured streams there
// are given. Of one stream alone there is nothing to balance, and of one
// material only the mass: its carbon says the same again.
func (n *Network) kinds(p *flowsheet.Plant, node flowsheet.Node, streams, stocks map[string]terms) []flowsheet.BalanceKind {
	if node.Balances != nil {
		return node.Balances
	}
	var kinds []flowsheet.BalanceKind
	for _, kind := range flowsheet.BalanceKinds {
		known := kind != flowsheet.InertBalance
		var meet []terms
		for _, s := range p.Streams {
			if s.From != node.ID && s.To != node.ID {
				continue
			}
			t := streams[s.ID]
			known = known && (t[kind].Known() || kind == flowsheet.MassBalance || !s.Measured() && s.Like == "")
			if !t[kind].Zero() {
				meet = append(meet, t)
			}
		}
		for _, s := range p.Stocks {
			if t := stocks[s.ID]; s.Node == node.ID && !t[kind].Zero() {
				meet = append(meet, t)
			}
		}
		if known && len(meet) > 1 && (kind == flowsheet.MassBalance || !alikeIn(meet, flowsheet.MassBalance) || !alikeIn(meet, kind)) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// alikeIn tells whether a kilogram, or a cubic metre, of all holds the same.
func alikeIn(all []terms, kind flowsheet.BalanceKind) bool {
	first, ok := all[0].share(kind)
	for _, t := range all {
		share, known := t.share(kind)
		ok = ok && known && share.Same(first)
	}
	return ok
}

// balance makes one balance of a node; the zero Expr if nothing takes part in it.
func (n *Network) balance(p *flowsheet.Plant, node flowsheet.Node, kind flowsheet.BalanceKind, streams map[string]terms, energy map[string]reconcile.Expr, stocks map[string]terms) (sum reconcile.Expr) {
	in := func(term reconcile.Expr) {
		if !term.Zero() {
			sum = sum.Plus(term)
		}
	}
	out := func(term reconcile.Expr) {
		if !term.Zero() {
			sum = sum.Minus(term)
		}
	}
	for _, s := range p.Streams {
		put := in
		switch node.ID {
		case s.From:
			put = out
		case s.To:
		default:
			continue
		}
		if !streams[s.ID][kind].Known() {
			streams[s.ID][kind] = reconcile.ID(n.add(n.total(s.ID, kind)))
		}
		put(streams[s.ID][kind])
	}
	if kind == flowsheet.EnergyBalance {
		for _, f := range p.Energy {
			switch node.ID {
			case f.To:
				in(energy[f.ID])
			case f.From:
				out(energy[f.ID])
			}
		}
	}
	for _, s := range p.Stocks {
		if s.Node == node.ID {
			if !stocks[s.ID][kind].Known() { // nobody says what the stock is made of
				q := n.total(s.ID, kind)
				q.Name, q.What, q.Stream = string(kind)+"_of_stock "+s.ID, string(kind)+" of stock "+s.ID, ""
				stocks[s.ID][kind] = reconcile.ID(n.add(q))
			}
			out(stocks[s.ID][kind])
		}
	}
	return sum
}

// total names how much of one kind a stream carries an hour.
func (n *Network) total(of string, kind flowsheet.BalanceKind) Quantity {
	unit, nominal := measure.KilogramPerHour, 10.0
	if kind == flowsheet.EnergyBalance {
		unit, nominal = measure.MegajoulePerHour, 500
	}
	return Quantity{Name: string(kind) + "_of_" + of, What: string(kind) + " of stream " + of, Stream: of, Unit: unit, total: unit, nominal: nominal, sum: true, kind: kind}
}

// sum adds a quantity for what a stream carries of one kind, unless it is one already.
func (n *Network) sum(s flowsheet.Stream, kind flowsheet.BalanceKind, expr reconcile.Expr) {
	if !expr.Known() || expr.Zero() {
		return
	}
	if i, ok := n.Index[expr.String()]; ok && n.Quantities[i].Stream == s.ID { // the term is a single quantity
		return
	}
	q := n.total(s.ID, kind)
	q.of = n.quantitiesIn(expr)
	n.Equations = append(n.Equations, reconcile.Equation{ID: q.What, Expr: reconcile.ID(n.add(q)).Equals(expr)})
}

// quantitiesIn returns the quantities in an expression.
func (n *Network) quantitiesIn(expr reconcile.Expr) (all []int) {
	for _, id := range expr.IDs() {
		all = append(all, n.Index[id])
	}
	return all
}

// StreamTotal returns the quantity that tells how much of one kind a stream
// carries, or -1.
func (n *Network) StreamTotal(s flowsheet.Stream, kind flowsheet.BalanceKind) int {
	if name, ok := n.names[string(kind)+"_of_"+s.ID]; ok {
		return n.Index[name]
	}
	if i, ok := n.Index[n.Flows[s.ID]]; ok && kind == flowsheet.MassBalance && n.Quantities[i].Unit == measure.KilogramPerHour {
		return i
	}
	return -1
}
