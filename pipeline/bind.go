package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// binding brings the values of a plan together with the rollups and the
// laboratory values of one window. Minutes are counted from 0.
type binding struct {
	plant   *Plant
	from    int64
	minutes int
	before  map[measure.Tag]*Rollup  // the minute in front of the window
	rollups map[measure.Tag][]Rollup // of the window, every minute there is
	lot     Lot
	lotOK   bool
}

func newBinding(p *Plant, w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) *binding {
	b := &binding{
		plant: p, from: w.From.UnixNano(), minutes: int(w.Length() / Step),
		before:  map[measure.Tag]*Rollup{},
		rollups: make(map[measure.Tag][]Rollup, len(rollups)),
	}
	b.lot, b.lotOK = lab.LotAt(p.ID, w.From)
	start := func(r Rollup, at int64) int { return cmp.Compare(r.From, at) }
	for tag, all := range rollups {
		i, _ := slices.BinarySearchFunc(all, b.from, start)
		j, _ := slices.BinarySearchFunc(all, w.To.UnixNano(), start)
		b.rollups[tag] = all[i:j]
		if i > 0 && all[i-1].From == b.from-int64(Step) {
			b.before[tag] = &all[i-1]
		}
	}
	return b
}

// minute returns the rollup of a tag in a minute of the window, or nil.
func (b *binding) minute(tag measure.Tag, i int) *Rollup {
	all, at := b.rollups[tag], b.from+int64(i)*int64(Step)
	if i < len(all) && all[i].From == at { // none is absent
		return &all[i]
	}
	if k, ok := slices.BinarySearchFunc(all, at, func(r Rollup, at int64) int { return cmp.Compare(r.From, at) }); ok {
		return &all[k]
	}
	return nil
}

// source is a Value resolved for the window: either a number that does not
// change, or a tag with the conversion to the unit wanted.
type source struct {
	tag     measure.Tag
	counter bool
	share   bool // it must be a share of something
	convert measure.Conversion
	fixed   float64
	quality measure.Quality
	why     string // why there is nothing
}

// resolve prepares a value in a unit; total is its unit if it is a counter.
func (b *binding) resolve(v *Value, what string, unit, total measure.Unit) source {
	switch {
	case v == nil:
		return source{why: "the plant file gives no " + what}
	case v.Tag != "":
		plan, _ := b.plant.Tag(v.Tag)
		s := source{tag: v.Tag, counter: plan.Counter, share: unit == measure.One, quality: measure.GoodQuality}
		want := unit
		if plan.Counter {
			want = total
		}
		c, err := plan.Unit.To(want)
		if err != nil {
			return source{why: fmt.Sprintf("tag %s: %v", v.Tag, err)}
		}
		s.convert = c
		return s
	case v.Lab != "":
		result, ok := b.lot.Value(v.Lab)
		if !ok {
			return source{why: missingLab(b.plant.ID, v.Lab, time.Unix(0, b.from), b.lotOK, b.lot.ID)}
		}
		x, err := result.Value.In(unit)
		if err != nil {
			return source{why: fmt.Sprintf("laboratory value %s of lot %s: %v", v.Lab, b.lot.ID, err)}
		}
		return source{fixed: x, quality: measure.GoodQuality}
	}
	x, err := v.Constant.In(unit)
	if err != nil {
		return source{why: err.Error()}
	}
	return source{fixed: x, quality: measure.GoodQuality}
}

// known is a value in one minute and the share of the minute it is known for.
type known struct {
	value, share float64
	quality      measure.Quality
	why          string
}

// at returns the value in a minute: the mean of a tag, the amount of a
// counter, or what does not change.
func (b *binding) at(s source, i int) known {
	if s.why != "" {
		return known{why: s.why}
	}
	if s.tag == "" {
		return known{value: s.fixed, share: 1, quality: s.quality}
	}
	r := b.minute(s.tag, i)
	switch {
	case s.counter && r != nil && r.Coverage == 0 && r.Total > 0:
		// What it gained until its last reading, just before it was lost or reset:
		// the time of that was covered in the minute before.
		return known{value: float64(r.Total * s.convert.Scale), quality: measure.UncertainBecause(measure.Partial)}
	case r == nil || r.Coverage == 0 && r.Quality.Level == measure.Bad:
		reason := "no readings"
		if r != nil {
			reason = r.Quality.String()
		}
		return known{why: fmt.Sprintf("tag %s: %s", s.tag, reason)}
	case s.counter:
		return known{float64(r.Total * s.convert.Scale), r.Coverage, r.Quality, ""}
	case r.Coverage == 0:
		return known{why: fmt.Sprintf("tag %s: %s", s.tag, r.Quality)}
	}
	value := s.convert.Apply(r.Mean)
	if s.share && (value < -besides || value > 1+besides) {
		return known{why: fmt.Sprintf("tag %s: %.4g %% is no share", s.tag, 100*value)}
	}
	return known{value: value, share: r.Coverage, quality: r.Quality}
}

// besides is how far a share, or a composition, may be beyond 0 or 100 %: what
// instruments scatter. Source: balances.md 5.2.
const besides = 0.02

// amount returns what a flow or counter brought in a minute while it was
// known: a flow counts for the covered part of the minute only. scale is the
// minute in the flow's unit of time.
func (b *binding) amount(s source, i int, scale float64) known {
	k := b.at(s, i)
	if k.why == "" && !s.counter {
		k.value = float64(float64(k.value*k.share) * scale)
	}
	return k
}

// The parts of a stream's mass, and its energy.
const (
	carbonPart = iota
	ashPart
	hydrogenPart
	oxygenPart
	nitrogenPart
	phosphorusPart
	energyPart
	parts
)

const (
	minuteInHours   = 1.0 / 60
	minuteInSeconds = 60.0
)

// stream adds up what a stream carried.
func (b *binding) stream(s Stream) streamTally {
	switch {
	case !s.Measured():
		var t streamTally
		t.miss("nobody measures it")
		for k, none := range b.plant.without(s) {
			if none { // however much of the stream there is
				t.parts[k] = tally{sum: 0, covered: float64(b.minutes), quality: measure.GoodQuality}
			}
		}
		return t
	case s.Phase == Gas:
		return b.gas(s)
	}
	var t streamTally
	mass := b.resolve(s.Mass, "mass", measure.KilogramPerHour, measure.Kilogram)
	q := b.qualities(s)
	for i := range b.minutes {
		m := b.amount(mass, i, minuteInHours)
		if m.why != "" {
			t.miss(m.why)
			continue
		}
		t.mass.add(m.value, m.share, m.quality)
		dry := q.dry(b, i)
		if dry.why != "" {
			t.dry.miss(dry.why)
			for k := range t.parts {
				t.parts[k].miss(dry.why)
			}
			continue
		}
		// The product of what is covered of each: one that is known for half of
		// a minute halves the amount, so losing readings never raises it.
		d := m.times(dry)
		t.dry.add(d.value, d.share, d.quality)
		for k := range t.parts {
			x := q.part(b, k, i)
			if x.why != "" {
				t.parts[k].miss(x.why)
				continue
			}
			of := d
			if q.wet {
				of = m
			}
			v := of.times(x)
			t.parts[k].add(v.value, v.share, v.quality)
		}
	}
	return t
}

// times is the product of an amount and a property, over the time for which
// both are known.
func (k known) times(x known) known {
	return known{value: float64(float64(k.value*x.value) * x.share), share: float64(k.share * x.share), quality: measure.Worse(k.quality, x.quality)}
}

// qualities are the shares and heating value of a stream's material.
type qualities struct {
	parts    [parts]source
	moisture source // or dry solids
	solids   bool   // moisture is the share of dry solids
	asIs     bool   // neither is given
	wet      bool   // the parts are of the mass as received
	ashFree  bool   // the parts but ash are of what is neither water nor ash
}

func (b *binding) qualities(s Stream) qualities {
	if s.Like != "" {
		s, _ = b.plant.Stream(s.Like)
	}
	q := qualities{
		solids:  s.DrySolids != nil,
		asIs:    s.Moisture == nil && s.DrySolids == nil,
		wet:     s.Basis == WetBasis,
		ashFree: s.Basis == AshFree,
	}
	for k, v := range s.parts() {
		unit := measure.One
		if k == energyPart {
			unit = measure.HigherHeatingValue
		}
		q.parts[k] = b.resolve(v, partNames[k], unit, unit)
	}
	q.moisture = b.resolve(cmp.Or(s.Moisture, s.DrySolids), "moisture", measure.One, measure.One)
	return q
}

var partNames = [parts]string{"carbon", "ash", "hydrogen", "oxygen", "nitrogen", "phosphorus", "hhv"}

// dry returns the dry share of the wet mass in a minute.
func (q qualities) dry(b *binding, i int) known {
	if q.asIs {
		return known{value: 1, share: 1, quality: measure.GoodQuality}
	}
	k := b.at(q.moisture, i)
	if !q.solids {
		k.value = 1 - k.value
	}
	if k.why == "" && (k.value < 0 || k.value > 1) {
		return known{why: fmt.Sprintf("a dry share of %.3g is not between 0 and 1", k.value)}
	}
	return k
}

// part returns a part in a minute, of dry mass or, on that basis, of the mass
// as received.
//
//	X_d = X_daf (1 - A_d)      [1]
//
// Source: balances.md 2.1.
func (q qualities) part(b *binding, k, i int) known {
	x := b.at(q.parts[k], i)
	if !q.ashFree || k == ashPart || x.why != "" {
		return x
	}
	ash := b.at(q.parts[ashPart], i)
	if ash.why != "" {
		return ash
	}
	return known{float64(x.value * (1 - ash.value)), float64(x.share * ash.share), measure.Worse(x.quality, ash.quality), ""}
}

// gasFlow is a gas stream to be read minute by minute.
type gasFlow struct {
	stream  Stream // with the composition that counts
	amount  source
	state   gasState
	sources []source // of the shares
	shares  []balance.Share
}

func (b *binding) gasFlow(s Stream) gasFlow {
	units := [2]measure.Unit{measure.NormalCubicMetrePerHour, measure.NormalCubicMetre}
	if s.State != nil {
		units = [2]measure.Unit{measure.CubicMetrePerHour, measure.CubicMetre}
	}
	g := gasFlow{amount: b.resolve(s.Volume, "volume", units[0], units[1]), state: b.gasState(s.State)}
	if s.Like != "" {
		like, _ := b.plant.Stream(s.Like)
		s.Composition = like.Composition
	}
	g.stream = s
	g.shares, g.sources = make([]balance.Share, len(s.Composition)), make([]source, len(s.Composition))
	for i, c := range s.Composition {
		g.shares[i].Species, _ = balance.SpeciesByName(c.Species)
		if !c.Rest {
			g.sources[i] = b.resolve(c.Share, "share of "+c.Species, measure.One, measure.One)
		}
	}
	return g
}

// volume returns the dry normal volume of a minute.
func (g gasFlow) volume(b *binding, i int) known {
	v := b.amount(g.amount, i, minuteInHours)
	if v.why == "" {
		v = g.state.normal(b, v, i)
	}
	return v
}

// gas adds up what a gas stream carried: dry normal volume times composition.
func (b *binding) gas(s Stream) streamTally {
	var t streamTally
	g := b.gasFlow(s)
	nitrogen := slices.ContainsFunc(g.shares, func(s balance.Share) bool { return s.Species.Name == "N2" || s.Species.Name == "N2O" })
	for i := range b.minutes {
		v := g.volume(b, i)
		if v.why != "" {
			t.miss(v.why)
			continue
		}
		t.volume.add(v.value, v.share, v.quality)
		share, quality, why := b.composition(g.stream, g.sources, g.shares, i)
		if why != "" {
			t.mass.miss(why)
			for k := range t.parts {
				t.parts[k].miss(why)
			}
			continue
		}
		gas := balance.Gas(float64(v.value*share), g.shares)
		share, quality = float64(v.share*share), measure.Worse(v.quality, quality)
		t.mass.add(gas.Mass, share, quality)
		t.parts[carbonPart].add(gas.Carbon, share, quality)
		t.parts[energyPart].add(gas.HHV, share, quality)
		t.parts[ashPart].add(0, share, quality)
		t.parts[phosphorusPart].add(0, share, quality)
		if nitrogen {
			t.parts[nitrogenPart].miss("nitrogen bound in a gas is not told from nitrogen gas")
		} else { // none of the species holds any
			t.parts[nitrogenPart].add(0, share, quality)
		}
		t.parts[hydrogenPart].miss("hydrogen of a gas is not asked for")
		t.parts[oxygenPart].miss("oxygen of a gas is not asked for")
	}
	return t
}

// composition fills in the shares of a gas in a minute. They are never made
// to add up: what does not is not known.
func (b *binding) composition(s Stream, sources []source, shares []balance.Share, i int) (share float64, q measure.Quality, why string) {
	if len(sources) == 0 {
		return 0, q, "the plant file gives no composition"
	}
	share, q = 1, measure.GoodQuality
	sum, rest := 0.0, -1
	for k, c := range s.Composition {
		if c.Rest {
			rest = k
			continue
		}
		x := b.at(sources[k], i)
		if x.why != "" {
			return 0, q, c.Species + ": " + x.why
		}
		shares[k].Value = x.value
		sum += x.value
		share = min(share, x.share)
		q = measure.Worse(q, x.quality)
	}
	switch {
	case sum > 1+besides:
		return 0, q, fmt.Sprintf("the composition adds up to %.0f %%: more than 100 ± 2 %%", 100*sum)
	case rest >= 0:
		shares[rest].Value = max(0, 1-sum)
	case sum < 1-besides:
		return 0, q, fmt.Sprintf("the composition adds up to %.0f %%: less than 100 ± 2 %%", 100*sum)
	}
	return share, q, ""
}

// flow adds up heat or power in MJ.
func (b *binding) flow(f EnergyFlow) tally {
	var t tally
	power := b.resolve(f.Power, "power", measure.Kilowatt, measure.Megajoule)
	for i := range b.minutes {
		k := b.amount(power, i, minuteInSeconds/1000)
		if k.why != "" {
			t.miss(k.why)
			continue
		}
		t.add(k.value, k.share, k.quality)
	}
	return t
}

// stock returns how much more of a material there is at the end of the window
// than at its start, from the last level of each of the two minutes that end
// there, and what of it is not known, in words.
func (b *binding) stock(s Stock) (a StockAmount, missing []string) {
	a = StockAmount{Stock: s.ID, Node: s.Node, Quality: measure.BadBecause(measure.Stale)}
	level, perUnit, why := b.level(s)
	miss := func(part, why string) {
		missing = append(missing, fmt.Sprintf("stock %s: no %s: %s", s.ID, part, why))
	}
	if why != "" {
		miss("mass", why)
		return a, missing
	}
	open, end := b.before[level.tag], b.minute(level.tag, b.minutes-1)
	if !levelKnown(open) || !levelKnown(end) {
		miss("mass", fmt.Sprintf("tag %s has no level in the last minute before the start and before the end", level.tag))
		return a, missing
	}
	change := float64((level.convert.Apply(end.Last) - level.convert.Apply(open.Last)) * perUnit)
	a.Mass, a.Quality = &change, measure.Worse(open.Quality, end.Quality)
	stream, _ := b.plant.Stream(s.Of)
	q := b.qualities(stream)
	dry, why := b.mean(func(i int) known { return q.dry(b, i) })
	if why != "" {
		miss("carbon, ash and energy", why)
		return a, missing
	}
	if !q.asIs {
		water := float64(change * (1 - dry))
		a.Water = &water
	}
	if q.wet {
		dry = 1
	}
	for _, part := range []struct {
		of int
		to **float64
	}{{carbonPart, &a.Carbon}, {ashPart, &a.Ash}, {energyPart, &a.Energy}, {nitrogenPart, &a.Nitrogen}, {phosphorusPart, &a.Phosphorus}} {
		x, why := b.mean(func(i int) known { return q.part(b, part.of, i) })
		if why != "" {
			if part.of == carbonPart || part.of == energyPart {
				miss(partNames[part.of], why)
			}
			continue
		}
		v := float64(float64(change*dry) * x)
		*part.to = &v
	}
	return a, missing
}

// level returns the tag that shows a stock's level, and the kilograms there
// are in one of its units.
//
//	m = h A ρ      [kg] = [m] [m²] [kg/m³]
func (b *binding) level(s Stock) (level source, perUnit float64, why string) {
	perUnit = 1
	if level = b.resolve(s.Mass, "mass", measure.Kilogram, measure.Kilogram); s.Mass == nil {
		level = b.resolve(s.Level, "level", measure.Metre, measure.Metre)
		for _, f := range []source{b.resolve(s.Area, "area", measure.SquareMetre, measure.SquareMetre), b.resolve(s.Density, "density", measure.KilogramPerCubicMetre, measure.KilogramPerCubicMetre)} {
			if f.tag != "" {
				f.fixed, f.why = b.mean(func(i int) known { return b.at(f, i) })
			}
			why = cmp.Or(why, f.why)
			perUnit = float64(perUnit * f.fixed)
		}
	}
	if why == "" && (level.why != "" || level.tag == "") {
		why = cmp.Or(level.why, "a level that does not change is no level: name a tag")
	}
	return level, perUnit, why
}

func levelKnown(r *Rollup) bool { return r != nil && (r.Count > 0 || r.Coverage > 0) }

// mean averages a property over the minutes in which it is known.
func (b *binding) mean(of func(i int) known) (float64, string) {
	sum, weight, why := 0.0, 0.0, ""
	for i := range b.minutes {
		k := of(i)
		if k.why != "" {
			why = cmp.Or(why, k.why)
			continue
		}
		sum += float64(k.value * k.share)
		weight += k.share
	}
	if weight == 0 {
		return 0, cmp.Or(why, "nothing is known")
	}
	return sum / weight, ""
}

// missingLab says in words what the laboratory has not given.
func missingLab(plant, name string, at time.Time, known bool, lot string) string {
	if !known {
		return fmt.Sprintf("no lot of %s covers %s: add one to the lab file", plant, at.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("lot %s has no value %s: add it to the lab file", lot, name)
}

// parts returns where the parts of a stream's mass and its heating value come from.
func (s *Stream) parts() [parts]*Value {
	return [parts]*Value{s.Carbon, s.Ash, s.Hydrogen, s.Oxygen, s.Nitrogen, s.Phosphorus, s.HHV}
}
