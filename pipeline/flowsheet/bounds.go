package flowsheet

import (
	"cmp"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/balance"
)

// Bound is the most that one instrument that lies once and is not found out can
// do to a claim: add to a removal or an avoided emission, or take from an
// emission. It follows from the limits that the plant file gives its tag.
//
//	counter    reading  r s k           an hour  r (1 h + 2 s) k
//	any other  reading  d s k           an hour  D (1 h + s) k
//	a proof    reading  2 s k           an hour  (1 h + 2 s) k
//
//	r  max_rate                              [u/h]
//	s  stale: no two readings further apart speak for the time between them   [h]
//	D  end of the range less its start, neither below 0; of a share neither above 1   [u]
//	d  D, or 2 c s if that is less: c is max_change, and the truth and the lie each
//	   lie within it of the readings beside them   [u]
//	k  what a unit of the tag over an hour is in CO2e, all other tags at nominal   [kg/(u h)]
//
// A proof is a tag of which only is asked whether it is above a limit, as of a
// flame: k is then all that it vouches for.
//
// Source: from what claim.CountProduct, the methane of a report and
// claim.ReadStack count; ours. Valid: for a lie of any shape, also one that
// is marked, of one reading or of those of an hour in a row.
type Bound struct {
	Tag     measure.Tag    `json:"tag"`
	Ledger  measure.Ledger `json:"claim"`   // of what rests on the tag, or [Requirement]
	Reading *float64       `json:"reading"` // kg CO2e; nil: nothing bounds it
	Hour    *float64       `json:"hour"`    // kg CO2e
	Why     string         `json:"why"`     // the limits it follows from, or what is missing
	Stale   string         `json:"stale"`   // the stale time of the tag, which is one of them

	proof bool // only whether it is above a limit counts
}

// Requirement stands in the place of a ledger where a tag bears on none: it opens
// or closes a gate of a method, or is the temperature that a share is looked up
// by. Its bound in CO2e is 0.
const Requirement measure.Ledger = "requirement"

// What the bounds take for granted.
//
// Source: 44/12 as most standards take CO2 over carbon; IPCC AR6 WG I, table
// 7.15, for 100 years: fossil methane 29.8, nitrous oxide 273.
const (
	boundCO2OfCarbon = 44.0 / 12
	boundMethane     = 29.8
	boundNitrous     = 273.0
	boundElectricity = 1.0 // kg CO2e a kW.h, as of coal; ours
)

const BoundsAssume = "the other tags at nominal, the most where a stack has none; all carbon of the product kept for good, as CO2 of 44/12 of it, nothing deducted; CH4 29.8 and N2O 273 times CO2 (AR6, 100 a); electricity at 1 kg a kW.h; readings as far apart as stale allows"

// Bounds returns what one lie of each tag can do that a claim of the plant
// rests on, in the order of the tags.
func (p *Plant) Bounds() []Bound {
	b := bounds{p: p}
	b.product()
	b.stack()
	b.methane()
	b.conditions()
	slices.SortStableFunc(b.all, func(x, y Bound) int { return cmp.Or(cmp.Compare(x.Tag, y.Tag), cmp.Compare(x.Ledger, y.Ledger)) })
	return b.all
}

type bounds struct {
	p   *Plant
	all []Bound
}

// limits is the range of a tag in which its readings count, in Unit: flows and
// shares are not below 0.
func (t *TagPlan) limits() (low, high float64) {
	if t.Unit.Same(measure.Kelvin) || t.Unit.Same(measure.Pascal) {
		return t.Low, t.High
	}
	low, high = max(0, t.Low), t.High
	if t.Share > 0 {
		high = min(high, 1/t.Share)
	}
	return low, high
}

// add adds a tag of which a unit over an hour is so much CO2e, and more of the
// same if it bears on it twice.
func (b *bounds) add(ledger measure.Ledger, tag measure.Tag, perUnitHour float64, lacks string) {
	t, ok := b.p.Tag(tag)
	if !ok {
		return
	}
	low, high := t.limits()
	stale := t.Stale.Hours()
	var reading, hour float64
	var why string
	switch {
	case t.Counter:
		rate := float64(t.MaxRate * 3600)
		reading, hour, why = rate*stale, rate*(1+2*stale), "max_rate"
	case math.IsInf(high-low, 1):
		lacks = JoinUnique(lacks, "range")
	default:
		span := high - low
		reading, hour, why = span*stale, span*(1+stale), "range"
		if c := t.Rules.MaxChange * 3600; c > 0 && 2*c*stale < span {
			reading, why = 2*c*stale*stale, "range, max_change"
		}
	}
	reading, hour = float64(reading*perUnitHour), float64(hour*perUnitHour)
	b.put(Bound{Tag: tag, Ledger: ledger, Reading: &reading, Hour: &hour, Why: why, Stale: t.Stale.String()}, lacks)
}

// prove adds a tag that vouches for so much CO2e in an hour.
func (b *bounds) prove(ledger measure.Ledger, tag measure.Tag, perHour float64, lacks string) {
	if t, ok := b.p.Tag(tag); ok {
		stale := t.Stale.Hours()
		reading, hour := float64(2*stale*perHour), float64((1+2*stale)*perHour)
		b.put(Bound{Tag: tag, Ledger: ledger, Reading: &reading, Hour: &hour, Why: "it vouches for all of it", Stale: t.Stale.String(), proof: true}, lacks)
	}
}

// put takes a bound in, or adds it to that of the same tag and ledger.
func (b *bounds) put(x Bound, lacks string) {
	if lacks != "" {
		x.Reading, x.Hour, x.Why = nil, nil, "nothing bounds it: give "+lacks
	}
	i := slices.IndexFunc(b.all, func(y Bound) bool { return y.Tag == x.Tag && y.Ledger == x.Ledger })
	switch {
	case i < 0:
		b.all = append(b.all, x)
	case b.all[i].Reading == nil:
	case x.Reading == nil:
		b.all[i] = x
	default:
		*b.all[i].Reading += *x.Reading
		*b.all[i].Hour += *x.Hour
	}
}

// nominal returns what a value is in normal running, in a unit; of a counter
// its rate. It is not ok if nothing says so.
func (b *bounds) nominal(v *Value, unit measure.Unit) (float64, bool) {
	switch {
	case v == nil:
		return 0, false
	case v.Tag != "":
		t, _ := b.p.Tag(v.Tag)
		c, err := t.RateUnit().To(unit)
		if err != nil || t.Nominal == nil {
			return 0, false
		}
		return c.Apply(*t.Nominal), true
	case v.Constant != nil:
		x, err := v.Constant.In(unit)
		return x, err == nil
	case v.Nominal != nil:
		x, err := v.Nominal.In(unit)
		return x, err == nil
	}
	return 0, false
}

// factor returns how many of a unit an hour one of a tag's unit is: of a
// counter, one of its own.
func (b *bounds) factor(tag measure.Tag, unit measure.Unit) float64 {
	t, _ := b.p.Tag(tag)
	c, err := t.RateUnit().To(unit)
	if err != nil {
		return 0
	}
	return c.Scale
}

// product bounds what bears on the dry mass of the product.
func (b *bounds) product() {
	s, ok := b.p.Stream(b.p.Product)
	if !ok {
		return
	}
	water, solids := s.Moisture, s.DrySolids
	dry := 1.0
	if m, ok := b.nominal(water, measure.One); ok {
		dry = 1 - m
	} else if d, ok := b.nominal(solids, measure.One); ok {
		dry = d
	}
	carbon, ok := b.nominal(s.Carbon, measure.One)
	if !ok {
		carbon = 1
	}
	perKg := float64(carbon * boundCO2OfCarbon)
	if s.Mass != nil && s.Mass.Tag != "" {
		b.add(measure.RemovalLedger, s.Mass.Tag, float64(b.factor(s.Mass.Tag, measure.KilogramPerHour)*dry)*perKg, "")
	}
	for _, v := range []*Value{water, solids} {
		if v == nil || v.Tag == "" {
			continue
		}
		flow, ok := b.nominal(s.Mass, measure.KilogramPerHour)
		lacks := ""
		if !ok {
			lacks = "nominal of the product's mass"
		}
		b.add(measure.RemovalLedger, v.Tag, float64(b.factor(v.Tag, measure.One)*flow)*perKg, lacks)
	}
}

// gasWorth is what a gas does in an hour.
type gasWorth struct {
	flow   float64 // m3{N}/h at nominal
	carbon float64 // kg CO2e a m3{N}
	lacks  string
}

// stack bounds what bears on the emission of the stack.
func (b *bounds) stack() {
	p := b.p
	if p.Stack == nil {
		return
	}
	s, _ := p.Stream(p.Stack.Stream)
	most, _ := p.Stack.Most.Flow.In(measure.NormalCubicMetrePerHour)
	flow := most
	if x, ok := b.nominal(s.Volume, measure.NormalCubicMetrePerHour); ok && s.State == nil {
		flow = min(flow, x)
	}
	var worth float64
	for _, gas := range []struct {
		name      string
		most      measure.Quantity
		potential float64
	}{{"CH4", p.Stack.Most.CH4, boundMethane}, {"N2O", p.Stack.Most.N2O, boundNitrous}} {
		v := p.ShareOf(s, gas.name)
		share, _ := gas.most.In(measure.One)
		if x, ok := b.nominal(v, measure.One); ok {
			share = min(share, x)
		}
		worth += float64(float64(share*kgPerNormalM3(gas.name)) * gas.potential)
		if v != nil && v.Tag != "" {
			b.add(measure.EmissionLedger, v.Tag, float64(float64(b.factor(v.Tag, measure.One)*flow)*kgPerNormalM3(gas.name))*gas.potential, "")
		}
	}
	b.gas(measure.EmissionLedger, s, gasWorth{flow: flow, carbon: worth})
}

// gas bounds the flow of a gas and what brings it to the normal state.
func (b *bounds) gas(ledger measure.Ledger, s Stream, w gasWorth) {
	if s.Volume != nil && s.Volume.Tag != "" {
		unit := measure.NormalCubicMetrePerHour
		if s.State != nil { // the gas as it flows, taken as if it were normal
			unit = measure.CubicMetrePerHour
		}
		b.add(ledger, s.Volume.Tag, float64(b.factor(s.Volume.Tag, unit)*w.carbon), "")
	}
	if s.State == nil {
		return
	}
	for _, v := range []struct {
		of   *Value
		unit measure.Unit
	}{{s.State.Pressure, measure.Pascal}, {s.State.Temperature, measure.Kelvin}, {s.State.Water, measure.One}, {s.State.Humidity, measure.One}} {
		if v.of == nil || v.of.Tag == "" {
			continue
		}
		x, ok := b.nominal(v.of, v.unit)
		lacks := w.lacks
		switch {
		case v.unit == measure.One:
			x = 1
		case !ok || !(x > 0):
			lacks = JoinUnique(lacks, "nominal of "+string(v.of.Tag))
			x = 1
		}
		b.add(ledger, v.of.Tag, float64(b.factor(v.of.Tag, v.unit)*w.flow)*w.carbon/x, lacks)
	}
}

// methane bounds what bears on the methane that flare and engine destroy.
func (b *bounds) methane() {
	l := b.p.Landfill
	if l.Baseline == nil {
		return
	}
	type burner struct {
		gas   string
		proof *Running
		also  []*Value
	}
	var burners []burner
	if f := l.Flare; f != nil {
		burners = append(burners, burner{gas: f.Gas, proof: f.Flame, also: []*Value{f.Methane, f.Oxygen}})
	}
	if e := l.Engine; e != nil {
		burners = append(burners, burner{gas: e.Gas, proof: e.Running})
	}
	potential := max(l.Baseline.GWP, boundMethane)
	for _, x := range burners {
		s, ok := b.p.Stream(x.gas)
		if !ok {
			continue
		}
		share, v := 1.0, b.p.ShareOf(s, "CH4")
		if nominal, ok := b.nominal(v, measure.One); ok {
			share = nominal
		}
		perVolume := float64(kgPerNormalM3("CH4") * potential)
		w := gasWorth{carbon: float64(share * perVolume)}
		unit := measure.NormalCubicMetrePerHour
		if s.State != nil {
			unit = measure.CubicMetrePerHour
		}
		if w.flow, ok = b.nominal(s.Volume, unit); !ok {
			w.lacks = "nominal of the volume of " + s.ID
		}
		b.gas(measure.AvoidedLedger, s, w)
		if v != nil && v.Tag != "" {
			b.add(measure.AvoidedLedger, v.Tag, float64(b.factor(v.Tag, measure.One)*w.flow)*perVolume, w.lacks)
		}
		if x.proof != nil {
			b.prove(measure.AvoidedLedger, x.proof.Tag, float64(w.flow*w.carbon), w.lacks)
		}
		for _, also := range x.also {
			if also != nil && also.Tag != "" {
				b.prove(measure.AvoidedLedger, also.Tag, float64(w.flow*w.carbon), w.lacks)
			}
		}
	}
}

// conditions bounds what bears on an account beside its masses, see claim.ConditionTally.
func (b *bounds) conditions() {
	p := b.p
	if p.Product == "" {
		return
	}
	if e, ok := p.EnergyFlow(p.Roles.Name(RoleElectricity)); ok && e.Power != nil && e.Power.Tag != "" && e.From == Environment {
		b.add(measure.EmissionLedger, e.Power.Tag, float64(b.factor(e.Power.Tag, measure.Kilowatt)*boundElectricity), "")
	}
	gates := map[measure.Tag]string{}
	if feed, ok := p.Role(RoleFeed); ok && feed.Mass != nil && feed.Mass.Tag != "" {
		gates[feed.Mass.Tag] = "held beside the deliveries"
	}
	if p.Running != nil {
		gates[p.Running.Tag] = JoinUnique(gates[p.Running.Tag], "tells when the process runs")
	}
	if p.Conditions.Flame != nil {
		gates[p.Conditions.Flame.Tag] = "tells when there is a flame"
	}
	for _, u := range p.Uniform {
		gates[u.Tag] = "tells whether the process is uniform"
	}
	for _, tag := range append(p.KilnTags(), p.Conditions.Soil) {
		t, ok := p.Tag(tag)
		if !ok {
			continue
		}
		moves := "nothing bounds how far, as it has no range"
		if low, high := t.limits(); !math.IsInf(high-low, 0) {
			moves = "an hour moves the mean of a week by " + measure.Digits(float64((high-low)*(1+t.Stale.Hours()))/(7*24), 2) + " K at most"
		}
		gates[tag] = JoinUnique(gates[tag], moves)
	}
	for tag, why := range gates {
		t, _ := p.Tag(tag)
		b.put(Bound{Tag: tag, Ledger: Requirement, Reading: new(float64), Hour: new(float64), Why: why, Stale: t.Stale.String()}, "")
	}
}

func kgPerNormalM3(species string) float64 {
	s, _ := balance.SpeciesByName(species)
	return balance.Density(s.MolarMass)
}

// advise notes the limits that tags lack on which a claim rests. at is where
// each tag stands in the file.
func (p *Plant) advise(at map[measure.Tag]strict.Node) {
	for _, x := range p.Bounds() {
		if x.Ledger == Requirement {
			continue
		}
		t, _ := p.Tag(x.Tag)
		n := at[x.Tag]
		verb := map[measure.Ledger]string{measure.RemovalLedger: "a removal rests on it", measure.AvoidedLedger: "an avoided emission rests on it", measure.EmissionLedger: "an emission rests on it"}[x.Ledger]
		if x.Reading == nil {
			n.Note("%s, and %s", verb, x.Why)
		}
		if t.Counter || x.proof {
			continue
		}
		if t.Rules.MaxChange == 0 {
			n.Note("%s, and without max_change one reading may say anything in its range", verb)
		}
		if t.Share > 0 && t.Rules.Flatline == nil {
			n.Note("%s, and without flatline nobody is told when it is stuck", verb)
		}
	}
}
