package material

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Evaluation brings the values of a plan together with the rollups and the
// laboratory values of one window. Minutes are counted from 0.
type Evaluation struct {
	Plant   *flowsheet.Plant
	From    int64
	Minutes int
	Before  map[measure.Tag]*rollup.Rollup  // the minute in front of the window
	rollups map[measure.Tag][]rollup.Rollup // of the window, every minute there is
	Lot     lots.Lot
	hasLot  bool
}

// Evaluate begins with a window: its minutes, those before it, and the lot that
// was being made at its start.
func Evaluate(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) *Evaluation {
	b := &Evaluation{
		Plant: p, From: w.From.UnixNano(), Minutes: int(w.Length() / rollup.Step),
		Before:  map[measure.Tag]*rollup.Rollup{},
		rollups: make(map[measure.Tag][]rollup.Rollup, len(rollups)),
	}
	b.Lot, b.hasLot = lab.LotAt(p.ID, w.From)
	start := func(r rollup.Rollup, at int64) int { return cmp.Compare(r.From, at) }
	for tag, all := range rollups {
		i, _ := slices.BinarySearchFunc(all, b.From, start)
		j, _ := slices.BinarySearchFunc(all, w.To.UnixNano(), start)
		b.rollups[tag] = all[i:j]
		if i > 0 && all[i-1].From == b.From-int64(rollup.Step) {
			b.Before[tag] = &all[i-1]
		}
	}
	return b
}

// Minute returns the rollup of a tag in a minute of the window, or nil.
func (e *Evaluation) Minute(tag measure.Tag, i int) *rollup.Rollup {
	all, at := e.rollups[tag], e.From+int64(i)*int64(rollup.Step)
	if i < len(all) && all[i].From == at { // none is absent
		return &all[i]
	}
	if k, ok := slices.BinarySearchFunc(all, at, func(r rollup.Rollup, at int64) int { return cmp.Compare(r.From, at) }); ok {
		return &all[k]
	}
	return nil
}

// ResolvedValue is a Value resolved for the window: either a number that does not
// change, or a tag with the conversion to the unit wanted.
type ResolvedValue struct {
	Tag     measure.Tag
	Counter bool
	share   bool // it must be a share of something
	Convert measure.Conversion
	Fixed   float64
	quality measure.Quality
	Why     Reason // why there is nothing
}

// Resolve prepares a value in a unit; total is its unit if it is a counter.
func (e *Evaluation) Resolve(v *flowsheet.Value, what string, unit, total measure.Unit) ResolvedValue {
	switch {
	case v == nil:
		return ResolvedValue{Why: Unplanned(what)}
	case v.Tag != "":
		plan, _ := e.Plant.Tag(v.Tag)
		s := ResolvedValue{Tag: v.Tag, Counter: plan.Counter, share: unit == measure.One, quality: measure.GoodQuality}
		want := unit
		if plan.Counter {
			want = total
		}
		c, err := plan.Unit.To(want)
		if err != nil {
			return ResolvedValue{Why: Unread(v.Tag, ": %v", err)}
		}
		s.Convert = c
		return s
	case v.Lab != "":
		result, ok := e.Lot.Value(v.Lab)
		if !ok {
			return ResolvedValue{Why: missingLab(e.Plant.ID, v.Lab, time.Unix(0, e.From), e.hasLot, e.Lot.ID)}
		}
		x, err := result.Value.In(unit)
		if err != nil {
			return ResolvedValue{Why: Unanalysed("laboratory value %s of lot %s: %v", v.Lab, e.Lot.ID, err)}
		}
		return ResolvedValue{Fixed: x, quality: measure.GoodQuality}
	}
	x, err := v.Constant.In(unit)
	if err != nil {
		return ResolvedValue{Why: NoFigure("%v", err)}
	}
	return ResolvedValue{Fixed: x, quality: measure.GoodQuality}
}

// MinuteValue is a value in one minute and the share of the minute it is known for.
type MinuteValue struct {
	Value, Share float64
	Quality      measure.Quality
	Why          Reason
}

// At returns the value in a minute: the mean of a tag, the amount of a
// counter, or what does not change.
func (e *Evaluation) At(s ResolvedValue, i int) MinuteValue {
	if s.Why.Given() {
		return MinuteValue{Why: s.Why}
	}
	if s.Tag == "" {
		return MinuteValue{Value: s.Fixed, Share: 1, Quality: s.quality}
	}
	r := e.Minute(s.Tag, i)
	switch {
	case s.Counter && r != nil && r.Coverage == 0 && r.Total > 0:
		// What it gained until its last reading, just before it was lost or reset:
		// the time of that was covered in the minute before.
		return MinuteValue{Value: float64(r.Total * s.Convert.Scale), Quality: measure.UncertainBecause(measure.Partial)}
	case r == nil || r.Coverage == 0 && r.Quality.Level == measure.Bad:
		reason := "no readings"
		if r != nil {
			reason = r.Quality.String()
		}
		return MinuteValue{Why: Unread(s.Tag, ": %s", reason)}
	case s.Counter:
		return MinuteValue{Value: float64(r.Total * s.Convert.Scale), Share: r.Coverage, Quality: r.Quality}
	case r.Coverage == 0:
		return MinuteValue{Why: Unread(s.Tag, ": %s", r.Quality)}
	}
	value := s.Convert.Apply(r.Mean)
	if s.share && (value < -shareTolerance || value > 1+shareTolerance) {
		return MinuteValue{Why: Unread(s.Tag, ": %.4g %% is no share", 100*value)}
	}
	return MinuteValue{Value: value, Share: r.Coverage, Quality: r.Quality}
}

// shareTolerance is how far a share, or a composition, may be beyond 0 or 100 %: what
// instruments scatter. Source: a default of this project.
const shareTolerance = 0.02

// Amount returns what a flow or counter brought in a minute while it was
// known: a flow counts for the covered part of the minute only. scale is the
// minute in the flow's unit of time.
func (e *Evaluation) Amount(s ResolvedValue, i int, scale float64) MinuteValue {
	k := e.At(s, i)
	if !k.Why.Given() && !s.Counter {
		k.Value = float64(float64(k.Value*k.Share) * scale)
	}
	return k
}

// The constituents of a stream's mass, and its energy; Constituents is how many
// there are.
const (
	Carbon = iota
	Ash
	Hydrogen
	Oxygen
	Nitrogen
	Phosphorus
	Energy
	Constituents
)

const (
	MinuteInHours   = 1.0 / 60
	minuteInSeconds = 60.0
)

// Stream adds up what a stream carried.
func (e *Evaluation) Stream(s flowsheet.Stream) StreamTally {
	switch {
	case !s.Measured():
		var t StreamTally
		t.miss(NoFigure("nobody measures it"))
		for k, none := range without(e.Plant, s) {
			if none { // however much of the stream there is
				t.Constituents[k] = Tally{Sum: 0, Covered: float64(e.Minutes), Quality: measure.GoodQuality}
			}
		}
		return t
	case s.Phase == flowsheet.Gas:
		return e.gas(s)
	}
	var t StreamTally
	mass := e.Resolve(s.Mass, "mass", measure.KilogramPerHour, measure.Kilogram)
	q := e.Assay(s)
	for i := range e.Minutes {
		m := e.Amount(mass, i, MinuteInHours)
		if m.Why.Given() {
			t.miss(m.Why)
			continue
		}
		t.Mass.Add(m.Value, m.Share, m.Quality)
		dry := q.Dry(e, i)
		if dry.Why.Given() {
			t.Dry.Miss(dry.Why)
			for k := range t.Constituents {
				t.Constituents[k].Miss(dry.Why)
			}
			continue
		}
		// The product of what is covered of each: one that is known for half of
		// a minute halves the amount, so losing readings never raises it.
		d := m.times(dry)
		t.Dry.Add(d.Value, d.Share, d.Quality)
		for k := range t.Constituents {
			x := q.Constituent(e, k, i)
			if x.Why.Given() {
				t.Constituents[k].Miss(x.Why)
				continue
			}
			of := d
			if q.Wet {
				of = m
			}
			v := of.times(x)
			t.Constituents[k].Add(v.Value, v.Share, v.Quality)
		}
	}
	return t
}

// times is the product of an amount and a property, over the time for which
// both are known.
func (k MinuteValue) times(x MinuteValue) MinuteValue {
	return MinuteValue{Value: float64(float64(k.Value*x.Value) * x.Share), Share: float64(k.Share * x.Share), Quality: measure.Worse(k.Quality, x.Quality)}
}

// Assay are the shares and heating value of a stream's material.
type Assay struct {
	Constituents [Constituents]ResolvedValue
	Moisture     ResolvedValue // or dry solids
	Solids       bool          // moisture is the share of dry solids
	AsIs         bool          // neither is given
	Wet          bool          // the parts are of the mass as received
	AshFree      bool          // the parts but ash are of what is neither water nor ash
}

// Assay resolves the shares and the heating value of a stream, or of the
// stream that it is like.
func (e *Evaluation) Assay(s flowsheet.Stream) Assay {
	if s.Like != "" {
		s, _ = e.Plant.Stream(s.Like)
	}
	q := Assay{
		Solids:  s.DrySolids != nil,
		AsIs:    s.Moisture == nil && s.DrySolids == nil,
		Wet:     s.Basis == flowsheet.WetBasis,
		AshFree: s.Basis == flowsheet.AshFree,
	}
	for k, v := range ConstituentValues(&s) {
		unit := measure.One
		if k == Energy {
			unit = measure.HigherHeatingValue
		}
		q.Constituents[k] = e.Resolve(v, ConstituentNames[k], unit, unit)
	}
	q.Moisture = e.Resolve(cmp.Or(s.Moisture, s.DrySolids), "moisture", measure.One, measure.One)
	return q
}

var ConstituentNames = [Constituents]string{"carbon", "ash", "hydrogen", "oxygen", "nitrogen", "phosphorus", "hhv"}

// Dry returns the dry share of the wet mass in a minute.
func (q Assay) Dry(b *Evaluation, i int) MinuteValue {
	if q.AsIs {
		return MinuteValue{Value: 1, Share: 1, Quality: measure.GoodQuality}
	}
	k := b.At(q.Moisture, i)
	if !q.Solids {
		k.Value = 1 - k.Value
	}
	if !k.Why.Given() && (k.Value < 0 || k.Value > 1) {
		return MinuteValue{Why: NoFigure("a dry share of %.3g is not between 0 and 1", k.Value)}
	}
	return k
}

// Constituent returns a part in a minute, of dry mass or, on that basis, of the mass
// as received.
//
//	X_d = X_daf (1 - A_d)      [1]
//
// Source: ISO 16993:2016.
func (q Assay) Constituent(b *Evaluation, k, i int) MinuteValue {
	x := b.At(q.Constituents[k], i)
	if !q.AshFree || k == Ash || x.Why.Given() {
		return x
	}
	ash := b.At(q.Constituents[Ash], i)
	if ash.Why.Given() {
		return ash
	}
	return MinuteValue{Value: float64(x.Value * (1 - ash.Value)), Share: float64(x.Share * ash.Share), Quality: measure.Worse(x.Quality, ash.Quality)}
}

// GasFlow is a gas stream to be read minute by minute.
type GasFlow struct {
	Stream  flowsheet.Stream // with the composition that counts
	Amount  ResolvedValue
	State   gasState
	Sources []ResolvedValue // of the shares
	Shares  []balance.Share
}

// GasFlow resolves volume, state and composition of a gas stream.
func (e *Evaluation) GasFlow(s flowsheet.Stream) GasFlow {
	units := [2]measure.Unit{measure.NormalCubicMetrePerHour, measure.NormalCubicMetre}
	if s.State != nil {
		units = [2]measure.Unit{measure.CubicMetrePerHour, measure.CubicMetre}
	}
	g := GasFlow{Amount: e.Resolve(s.Volume, "volume", units[0], units[1]), State: e.gasState(s.State)}
	if s.Like != "" {
		like, _ := e.Plant.Stream(s.Like)
		s.Composition = like.Composition
	}
	g.Stream = s
	g.Shares, g.Sources = make([]balance.Share, len(s.Composition)), make([]ResolvedValue, len(s.Composition))
	for i, c := range s.Composition {
		g.Shares[i].Species, _ = balance.SpeciesByName(c.Species)
		if !c.Rest {
			g.Sources[i] = e.Resolve(c.Share, "share of "+c.Species, measure.One, measure.One)
		}
	}
	return g
}

// NormalVolume returns the dry normal volume of a minute.
func (g GasFlow) NormalVolume(b *Evaluation, i int) MinuteValue {
	v := b.Amount(g.Amount, i, MinuteInHours)
	if !v.Why.Given() {
		v = g.State.Normal(b, v, i)
	}
	return v
}

// gas adds up what a gas stream carried: dry normal volume times composition.
func (e *Evaluation) gas(s flowsheet.Stream) StreamTally {
	var t StreamTally
	g := e.GasFlow(s)
	nitrogen := slices.ContainsFunc(g.Shares, func(s balance.Share) bool { return s.Species.Name == "N2" || s.Species.Name == "N2O" })
	for i := range e.Minutes {
		v := g.NormalVolume(e, i)
		if v.Why.Given() {
			t.miss(v.Why)
			continue
		}
		t.Volume.Add(v.Value, v.Share, v.Quality)
		share, quality, why := e.Composition(g.Stream, g.Sources, g.Shares, i)
		if why.Given() {
			t.Mass.Miss(why)
			for k := range t.Constituents {
				t.Constituents[k].Miss(why)
			}
			continue
		}
		gas := balance.Gas(float64(v.Value*share), g.Shares)
		share, quality = float64(v.Share*share), measure.Worse(v.Quality, quality)
		t.Mass.Add(gas.Mass, share, quality)
		t.Constituents[Carbon].Add(gas.Carbon, share, quality)
		t.Constituents[Energy].Add(gas.HHV, share, quality)
		t.Constituents[Ash].Add(0, share, quality)
		t.Constituents[Phosphorus].Add(0, share, quality)
		if nitrogen {
			t.Constituents[Nitrogen].Miss(NoFigure("nitrogen bound in a gas is not told from nitrogen gas"))
		} else { // none of the species holds any
			t.Constituents[Nitrogen].Add(0, share, quality)
		}
		t.Constituents[Hydrogen].Miss(NoFigure("hydrogen of a gas is not asked for"))
		t.Constituents[Oxygen].Miss(NoFigure("oxygen of a gas is not asked for"))
	}
	return t
}

// Composition fills in the shares of a gas in a minute. They are never made
// to add up: what does not is not known.
func (e *Evaluation) Composition(s flowsheet.Stream, sources []ResolvedValue, shares []balance.Share, i int) (share float64, q measure.Quality, why Reason) {
	if len(sources) == 0 {
		return 0, q, Unplanned("composition")
	}
	share, q = 1, measure.GoodQuality
	sum, rest := 0.0, -1
	for k, c := range s.Composition {
		if c.Rest {
			rest = k
			continue
		}
		x := e.At(sources[k], i)
		if x.Why.Given() {
			return 0, q, x.Why.In(c.Species + ": ")
		}
		shares[k].Value = x.Value
		sum += x.Value
		share = min(share, x.Share)
		q = measure.Worse(q, x.Quality)
	}
	switch {
	case sum > 1+shareTolerance:
		return 0, q, NoFigure("the composition adds up to %.0f %%: more than 100 ± 2 %%", 100*sum)
	case rest >= 0:
		shares[rest].Value = max(0, 1-sum)
	case sum < 1-shareTolerance:
		return 0, q, NoFigure("the composition adds up to %.0f %%: less than 100 ± 2 %%", 100*sum)
	}
	return share, q, why
}

// EnergyFlow adds up heat or power in MJ.
func (e *Evaluation) EnergyFlow(f flowsheet.EnergyFlow) Tally {
	var t Tally
	power := e.Resolve(f.Power, "power", measure.Kilowatt, measure.Megajoule)
	for i := range e.Minutes {
		k := e.Amount(power, i, minuteInSeconds/1000)
		if k.Why.Given() {
			t.Miss(k.Why)
			continue
		}
		t.Add(k.Value, k.Share, k.Quality)
	}
	return t
}

// Stock returns how much more of a material there is at the end of the window
// than at its start, from the last level of each of the two minutes that end
// there, and why what of it is not known.
func (e *Evaluation) Stock(s flowsheet.Stock) (a StockAmount, missing []Reason) {
	a = StockAmount{Stock: s.ID, Node: s.Node, Quality: measure.BadBecause(measure.Stale)}
	level, perUnit, why := e.level(s)
	miss := func(part string, why Reason) {
		missing = append(missing, why.In(fmt.Sprintf("stock %s: no %s: ", s.ID, part)))
	}
	if why.Given() {
		miss("mass", why)
		return a, missing
	}
	open, end := e.Before[level.Tag], e.Minute(level.Tag, e.Minutes-1)
	if !LevelKnown(open) || !LevelKnown(end) {
		miss("mass", Unread(level.Tag, " has no level in the last minute before the start and before the end"))
		return a, missing
	}
	change := float64((level.Convert.Apply(end.Last) - level.Convert.Apply(open.Last)) * perUnit)
	a.Mass, a.Quality = &change, measure.Worse(open.Quality, end.Quality)
	stream, _ := e.Plant.Stream(s.Of)
	q := e.Assay(stream)
	dry, why := e.Mean(func(i int) MinuteValue { return q.Dry(e, i) })
	if why.Given() {
		miss("carbon, ash and energy", why)
		return a, missing
	}
	if !q.AsIs {
		water := float64(change * (1 - dry))
		a.Water = &water
	}
	if q.Wet {
		dry = 1
	}
	for _, part := range []struct {
		of int
		to **float64
	}{{Carbon, &a.Carbon}, {Ash, &a.Ash}, {Energy, &a.Energy}, {Nitrogen, &a.Nitrogen}, {Phosphorus, &a.Phosphorus}} {
		x, why := e.Mean(func(i int) MinuteValue { return q.Constituent(e, part.of, i) })
		if why.Given() {
			if part.of == Carbon || part.of == Energy {
				miss(ConstituentNames[part.of], why)
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
//
// Source: definition.
func (e *Evaluation) level(s flowsheet.Stock) (level ResolvedValue, perUnit float64, why Reason) {
	perUnit = 1
	if level = e.Resolve(s.Mass, "mass", measure.Kilogram, measure.Kilogram); s.Mass == nil {
		level = e.Resolve(s.Level, "level", measure.Metre, measure.Metre)
		for _, f := range []ResolvedValue{e.Resolve(s.Area, "area", measure.SquareMetre, measure.SquareMetre), e.Resolve(s.Density, "density", measure.KilogramPerCubicMetre, measure.KilogramPerCubicMetre)} {
			if f.Tag != "" {
				f.Fixed, f.Why = e.Mean(func(i int) MinuteValue { return e.At(f, i) })
			}
			why = cmp.Or(why, f.Why)
			perUnit = float64(perUnit * f.Fixed)
		}
	}
	if !why.Given() && (level.Why.Given() || level.Tag == "") {
		why = cmp.Or(level.Why, NoLevel())
	}
	return level, perUnit, why
}

// LevelKnown tells whether the last value of a minute is one.
func LevelKnown(r *rollup.Rollup) bool { return r != nil && (r.Count > 0 || r.Coverage > 0) }

// Mean averages a property over the minutes in which it is known.
func (e *Evaluation) Mean(of func(i int) MinuteValue) (float64, Reason) {
	sum, weight, why := 0.0, 0.0, Reason{}
	for i := range e.Minutes {
		k := of(i)
		if k.Why.Given() {
			why = cmp.Or(why, k.Why)
			continue
		}
		sum += float64(k.Value * k.Share)
		weight += k.Share
	}
	if weight == 0 {
		return 0, cmp.Or(why, NoFigure("nothing is known"))
	}
	return sum / weight, Reason{}
}

// missingLab says what the laboratory has not given.
func missingLab(plant, name string, at time.Time, known bool, lot string) Reason {
	if !known {
		return Unanalysed("no lot of %s covers %s: add one to the lab file", plant, at.UTC().Format(time.RFC3339))
	}
	return Unanalysed("lot %s has no value %s: add it to the lab file", lot, name)
}

// ConstituentValues returns where the parts of a stream's mass and its heating value come from.
func ConstituentValues(s *flowsheet.Stream) [Constituents]*flowsheet.Value {
	return [Constituents]*flowsheet.Value{s.Carbon, s.Ash, s.Hydrogen, s.Oxygen, s.Nitrogen, s.Phosphorus, s.HHV}
}
