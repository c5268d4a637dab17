package process

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Indicator is one number of a process report, or the reason why there is
// none. What is not known has no Value; it is never 0 and never closed by
// difference unless its About says so.
type Indicator struct {
	Name   string   `json:"name"`  // the symbol or term of the field, as in Y_char_dry
	About  string   `json:"about"` // what it is, in words
	Value  *float64 `json:"value"` // of what is in no ledger; nil: not known, see Why
	Unit   string   `json:"unit"`
	U      *float64 `json:"u,omitempty"` // standard uncertainty, in Unit; nil: not stated
	Basis  string   `json:"basis,omitempty"`
	Source string   `json:"source"`         // of the formula, rule or factor
	Why    string   `json:"why,omitempty"`  // why there is no value, and what to do
	Flag   string   `json:"flag,omitempty"` // what is wrong with it; "": nothing seen

	Claim measure.LedgerAmount `json:"-"` // the value of what is in a ledger, instead of Value
}

// In returns the number of an indicator of this ledger, [measure.NoLedger] for
// most; nil: not known, or of another.
func (i *Indicator) In(l measure.Ledger) *float64 {
	if l == measure.NoLedger {
		return i.Value
	}
	return i.Claim.In(l)
}

// MarshalJSON prints value and ledger side by side, whichever the ledger.
func (i Indicator) MarshalJSON() ([]byte, error) {
	type plain Indicator
	form := struct {
		plain
		Ledger measure.Ledger `json:"ledger,omitempty"`
	}{plain(i), i.Claim.Ledger}
	form.Value = i.In(i.Claim.Ledger)
	return json.Marshal(form)
}

// Indicators reports what a process did over the period of a closure: a
// window, a lot or a campaign. A period over several lots is taken lot by lot,
// each with its own analyses, and added up.
//
// The rollups are one-minute rollups as pipeline.Compute returns them, with the
// minute before the period for the stocks at its start. A rate that is covered
// for at least [rollup.Enough] of the period speaks for all of it, as in a closure;
// less has no value. What is destroyed, avoided or stored is counted from what
// is sure alone, as in [claim.CountProduct]: losing readings never raises it.
func Indicators(p *flowsheet.Plant, c closure.Closure, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) []Indicator {
	r := newIndicatorSet(p, measure.Interval{From: time.Unix(0, c.From).UTC(), To: time.Unix(0, c.To).UTC()}, rollups, lab)
	switch p.Process {
	case flowsheet.SlowPyrolysis:
		r.pyrolysis()
	case flowsheet.Hydrothermal:
		r.htl()
	case flowsheet.LandfillBiochar:
		r.landfill()
	}
	return r.list
}

// indicatorSet is a list of indicators being made.
type indicatorSet struct {
	plant      *flowsheet.Plant
	period     measure.Interval
	rollups    map[measure.Tag][]rollup.Rollup
	lab        *lots.Lab
	lotWindows []*material.Evaluation // of the period, one a lot, in order of time
	minutes    int
	tallies    map[string]material.StreamTally
	powers     map[string]estimate
	list       []Indicator
}

func newIndicatorSet(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) *indicatorSet {
	r := &indicatorSet{plant: p, period: w, rollups: rollups, lab: lab, minutes: int(w.Length() / rollup.Step), tallies: map[string]material.StreamTally{}, powers: map[string]estimate{}, list: []Indicator{}}
	for _, part := range lots.Windows(p, w, lab) {
		r.lotWindows = append(r.lotWindows, material.Evaluate(p, part, rollups, lab))
	}
	return r
}

// put adds an indicator with its number. The pointer is good until the next.
func (r *indicatorSet) put(i Indicator, f estimate) *Indicator {
	i.U = f.u
	if !f.why.Given() && (math.IsNaN(f.value) || math.IsInf(f.value, 0)) {
		f.why = material.NoFigure("the readings and analyses give no number: look at the streams it is made of")
	}
	switch {
	case f.why.Given():
		i.Why, i.U = f.why.Advice(), nil
	case i.Claim.Ledger != measure.NoLedger:
		i.Claim = i.Claim.Ledger.Amount(&f.value)
	default:
		i.Value = &f.value
	}
	i.Flag = flowsheet.JoinUnique(i.Flag, f.flag)
	r.list = append(r.list, i)
	return &r.list[len(r.list)-1]
}

// flag says what is wrong, if there is a number at all.
func (i *Indicator) flag(words string) {
	if i.In(i.Claim.Ledger) != nil {
		i.Flag = flowsheet.JoinUnique(i.Flag, words)
	}
}

// estimate is a number, or why there is none.
type estimate struct {
	value float64
	why   material.Reason
	flag  string   // what is wrong with it
	u     *float64 // standard uncertainty
}

func unknown(why material.Reason) estimate { return estimate{why: why} }

// noFigure says in words why there is no number.
func noFigure(words string) estimate { return unknown(material.NoFigure("%s", words)) }

// noReadings is why there is nothing where no instrument says more.
var noReadings = material.NoFigure("no readings")

// over returns a share in %. Uncertainties of the two are taken as independent.
func (f estimate) over(of estimate) estimate {
	switch {
	case f.why.Given():
		return unknown(f.why)
	case of.why.Given():
		return unknown(of.why)
	case !(of.value > 0):
		return noFigure("nothing went in over the period: there is no share of it")
	}
	share := estimate{value: float64(100 * balance.Yield(f.value, of.value)), flag: flowsheet.JoinUnique(f.flag, of.flag)}
	share.u = product(share.value, ratioOf(f.u, f.value), ratioOf(of.u, of.value))
	return share
}

// plus adds two independent numbers; one that is not known leaves none.
func (f estimate) plus(o estimate) estimate {
	if why := cmp.Or(f.why, o.why); why.Given() {
		return unknown(why)
	}
	return estimate{value: f.value + o.value, flag: flowsheet.JoinUnique(f.flag, o.flag), u: rootSum([]*float64{f.u, o.u})}
}

// combine computes from numbers that must all be known.
func combine(of func(v ...float64) float64, from ...estimate) estimate {
	values, flag := make([]float64, len(from)), ""
	for i, f := range from {
		if f.why.Given() {
			return unknown(f.why)
		}
		values[i], flag = f.value, flowsheet.JoinUnique(flag, f.flag)
	}
	return estimate{value: of(values...), flag: flag}
}

// tally returns what a stream carried over the period.
func (r *indicatorSet) tally(s flowsheet.Stream) material.StreamTally {
	if t, ok := r.tallies[s.ID]; ok {
		return t
	}
	var sum material.StreamTally
	for _, b := range r.lotWindows {
		t := b.Stream(s)
		sum.Mass.Join(t.Mass)
		sum.Dry.Join(t.Dry)
		sum.Volume.Join(t.Volume)
		for k := range t.Constituents {
			sum.Constituents[k].Join(t.Constituents[k])
		}
	}
	r.tallies[s.ID] = sum
	return sum
}

// roleStream is the stream that plays a part in the report.
type roleStream struct {
	r    *indicatorSet
	s    flowsheet.Stream
	role string
	ok   bool // there is such a stream
}

func (r *indicatorSet) stream(role string) roleStream {
	s, ok := r.plant.Role(role)
	return roleStream{r: r, s: s, role: role, ok: ok}
}

func (f roleStream) absence() material.Reason {
	return material.NoFigure("%s", "the plant has no stream "+f.r.plant.Roles.Name(f.role)+"; name the one that is its "+strings.ReplaceAll(f.role, "_", " ")+" under roles in the plant file")
}

// fullCoverage is the share of a period from which on nothing is said of the rest.
const fullCoverage = 0.995

// extrapolate brings what was covered of a quantity to the whole period.
func (r *indicatorSet) extrapolate(t material.Tally, what, quantity string) estimate {
	switch share := t.Coverage(r.minutes); {
	case t.Covered == 0:
		return unknown(cmp.Or(t.Why, noReadings).In(what + ": no " + quantity + ": "))
	case share < rollup.Enough:
		return unknown(cmp.Or(t.Why, noReadings).In(what + ": " + quantity + " is known for " + percent(100*share) + " of the period: "))
	case share < fullCoverage:
		return estimate{value: t.Sum / share, flag: what + " is known for " + percent(100*share) + " of the period"}
	default:
		return estimate{value: t.Sum / share}
	}
}

// boundaryFlow returns what the stream carried over the boundary of its node.
func (f roleStream) boundaryFlow(q int) estimate {
	if !f.ok {
		return unknown(f.absence())
	}
	return f.r.extrapolate(f.r.tally(f.s).Of(q, f.s), "stream "+f.s.ID, material.QuantityName(q))
}

// production returns what came to be of the stream's material: what flowed off and
// what more of it there is in tanks and hoppers.
//
//	made = ∫ F dt + M_end - M_start      [kg]
//
// Source: definition; totals of a period, never instantaneous rates.
func (f roleStream) production(q int) estimate {
	sum := f.boundaryFlow(q)
	for _, stock := range f.r.plant.Stocks {
		if f.ok && stock.Of == f.s.ID {
			sum = sum.plus(f.r.stockGain(stock, f.s, q))
		}
	}
	return sum
}

// productionWithU returns what was made of a quantity, with its uncertainty if all
// that it needs is stated.
func (f roleStream) productionWithU(q int) estimate {
	v := f.production(q)
	if !v.why.Given() {
		v.u = product(v.value, f.r.relative(f, q))
	}
	return v
}

// stockGain returns how much more of a stock there is at the end of the period.
func (r *indicatorSet) stockGain(stock flowsheet.Stock, s flowsheet.Stream, q int) estimate {
	sum := estimate{}
	for _, b := range r.lotWindows {
		a, missing := b.Stock(stock)
		v := a.Of(q, s)
		if v == nil {
			why := material.NoFigure("stock %s: no %s of it is known; add it to stream %s of the plant file", stock.ID, material.QuantityName(q), s.ID)
			if len(missing) > 0 {
				why = missing[0]
			}
			return unknown(why)
		}
		sum.value += *v
	}
	return sum
}

// share returns a part of the stream's dry mass, 0 to 1, or its heating value
// in MJ/kg dry: of what flowed, or if nothing did of the material as analysed.
func (f roleStream) share(q int) estimate {
	if !f.ok {
		return unknown(f.absence())
	}
	t := f.r.tally(f.s)
	part, dry := t.Of(q, f.s), t.Of(material.DryMass, f.s)
	if part.Covered > 0 && dry.Covered > 0 && dry.Sum > 0 {
		return estimate{value: (part.Sum / part.Covered) / (dry.Sum / dry.Covered)}
	}
	sum, weight, why := 0.0, 0.0, part.Why
	for _, b := range f.r.lotWindows {
		qs := b.Assay(f.s)
		x, none := b.Mean(func(i int) material.MinuteValue { return qs.Constituent(b, q, i) })
		if qs.Wet && !none.Given() {
			var d float64
			d, none = b.Mean(func(i int) material.MinuteValue { return qs.Dry(b, i) })
			x /= d
		}
		if none.Given() {
			why = cmp.Or(why, none)
			continue
		}
		sum += float64(x * float64(b.Minutes))
		weight += float64(b.Minutes)
	}
	if weight == 0 {
		return unknown(cmp.Or(why, material.NoFigure("")).In("stream " + f.s.ID + ": no " + material.QuantityName(q) + ": "))
	}
	return estimate{value: sum / weight}
}

// oxygen returns the share of oxygen in dry mass: as analysed or, where the
// plant file says so, what carbon, hydrogen, nitrogen and ash leave.
func (f roleStream) oxygen() (share estimate, byDifference bool) {
	m := f.material()
	if !m.OxygenRest {
		return f.share(material.Oxygen), false
	}
	c, h, n, a := f.share(material.Carbon), f.share(material.Hydrogen), f.share(material.Nitrogen), f.share(material.Ash)
	if m.Nitrogen == nil {
		n = estimate{}
	}
	return combine(func(v ...float64) float64 { return 1 - v[0] - v[1] - v[2] - v[3] }, c, h, n, a), true
}

// material returns the stream with the shares that count for it.
func (f roleStream) material() flowsheet.Stream {
	if f.s.Like == "" {
		return f.s
	}
	like, _ := f.r.plant.Stream(f.s.Like)
	like.ID, like.From, like.To, like.Mass, like.Volume = f.s.ID, f.s.From, f.s.To, f.s.Mass, f.s.Volume
	return like
}

// closure returns (out + accumulation) / in of a quantity over the boundary,
// in %, from every stream that crosses it and every stock.
//
// Source: definition. Nothing is normalised and nothing is found by difference.
func (r *indicatorSet) closure(q int) estimate {
	in, out := estimate{}, estimate{}
	for _, s := range r.plant.Streams {
		if s.From != flowsheet.Environment && s.To != flowsheet.Environment {
			continue
		}
		v := r.extrapolate(r.tally(s).Of(q, s), "stream "+s.ID, material.QuantityName(q))
		if s.From == flowsheet.Environment {
			in = in.plus(v)
		} else {
			out = out.plus(v)
		}
	}
	if q == material.Energy {
		for _, e := range r.plant.Energy {
			v := r.power(e)
			switch {
			case e.From == flowsheet.Environment:
				in = in.plus(v)
			case e.To == flowsheet.Environment:
				out = out.plus(v)
			}
		}
	}
	for _, stock := range r.plant.Stocks {
		s, _ := r.plant.Stream(stock.Of)
		out = out.plus(r.stockGain(stock, s, q))
	}
	return out.over(in)
}

// power returns what an energy flow brought over the period, in MJ.
func (r *indicatorSet) power(e flowsheet.EnergyFlow) estimate {
	if f, ok := r.powers[e.ID]; ok {
		return f
	}
	var t material.Tally
	for _, b := range r.lotWindows {
		t.Join(b.EnergyFlow(e))
	}
	f := r.extrapolate(t, "energy flow "+e.ID, "energy")
	r.powers[e.ID] = f
	return f
}
