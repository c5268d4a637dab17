package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

const (
	sourceTool08 = "CDM TOOL08 v3, option A (balances 4.2)"
	sourceTool06 = "CDM TOOL06 v2.0.0 (balances 4.2)"
	sourceACM    = "CDM ACM0001 from v13 (unverified; balances 4.2)"
	sourceCover  = "balances 4.4"
	basisSure    = "sure minutes only; CH4 0.7157590 kg/m3{N} (R and M of CODATA and IUPAC; the tool rounds to 0.716)"
)

// flareDefault returns the efficiency that is taken while the flame is proven.
//
// Source: CDM TOOL06: open flare 50 %; enclosed 90 % and low-height enclosed 80 % (unverified); balances.md 4.2.
func flareDefault(kind FlareKind) float64 {
	switch kind {
	case OpenFlare:
		return 0.5
	case EnclosedFlare:
		return 0.9
	case LowHeightFlare:
		return 0.8
	}
	return 0
}

func (r *report) landfill() {
	flare, engine := r.burnt(), r.ran()
	r.destroyed(flare, engine)
	r.avoided(flare, engine)
	r.decay(flare, engine)
	r.oxidation()
	r.placed()
}

// burner is what a flare or an engine did with methane over the period.
type burner struct {
	sent      float64 // kg
	destroyed float64 // kg
	emission  float64 // t CO2e a unit of GWP, so t CH4: what slipped
	counted   int     // minutes in which the gas is sure
	out       int     // minutes with gas and no proof of a flame, or of running
	unknown   int     // of these, those without a signal
	episodes  int
	failed    int    // minutes in which the exhaust gives no efficiency
	why       string // why there is nothing
	hole      string // the first reason why a minute is not counted
}

// methane is the methane of a gas stream, minute by minute, as far as it is sure.
type methane struct {
	b     *binding
	gas   gasFlow
	ch4   int      // its place in the composition
	sure  []source // what must be sure for all of a minute
	begun bool     // a counter was read in the period
	none  string   // why there is none
}

func (b *binding) methane(s Stream) *methane {
	m := &methane{b: b, gas: b.gasFlow(s), ch4: -1}
	for i, c := range m.gas.stream.Composition {
		if c.Species == "CH4" {
			m.ch4 = i
		}
	}
	switch {
	case s.Volume == nil:
		m.none = "stream " + s.ID + ": the plant file gives no volume"
	case m.ch4 < 0:
		m.none = "stream " + s.ID + ": the plant file gives no CH4 in its composition"
	case m.gas.stream.Composition[m.ch4].Rest:
		m.none = "stream " + s.ID + ": CH4 is what the others leave; a claim needs it measured: name its tag in the plant file"
	}
	state := m.gas.state
	m.sure = append([]source{state.pressure, state.temperature, state.water, state.humidity}, m.gas.sources...)
	return m
}

// minute returns volume and methane of a minute, which are asked for in order.
//
//	F = V_db v ρ      [kg] = [m³] [1] [kg/m³]      ρ = M / V_m
//
// The volume is that between two usable readings that follow each other; what
// a counter gained on its way into the period is not counted. The analysis,
// and pressure, temperature and humidity of a gas that is measured as it
// flows, must be sure for all of the minute, or it counts nothing: then a lost
// reading cannot change their mean, only take the minute away.
//
// Source: CDM TOOL08 v3, option A; balances.md 4.2.
func (m *methane) minute(i int) (volume, kg float64, why string) {
	v := m.b.certain(m.gas.amount, i)
	if !m.begun {
		v.before = 0
	}
	m.begun = m.begun || v.read
	if v.share == 0 {
		return 0, 0, cmp.Or(v.why, "no two usable readings of the volume follow each other")
	}
	for _, s := range m.sure {
		if s.why != "" {
			return 0, 0, s.why
		}
		if !m.b.surely(s.tag, i) {
			return 0, 0, fmt.Sprintf("tag %s is not sure for all of a minute", s.tag)
		}
	}
	dry := m.gas.state.normal(m.b, known{value: v.value + v.before, share: 1, quality: measure.GoodQuality}, i)
	if dry.why != "" {
		return 0, 0, dry.why
	}
	if _, _, why := m.b.composition(m.gas.stream, m.gas.sources, m.gas.shares, i); why != "" {
		return 0, 0, why
	}
	ch4 := m.gas.shares[m.ch4 : m.ch4+1]
	return dry.value, max(0, balance.Gas(dry.value, ch4).Mass), ""
}

// surely tells whether readings that follow each other cover all of a minute;
// no tag is always sure.
func (b *binding) surely(tag measure.Tag, i int) bool {
	if tag == "" {
		return true
	}
	r := b.minute(tag, i)
	return r != nil && r.sure.covered >= float64(Step)
}

// proven tells whether a tag read more than a limit for all of a minute, and
// whether there was a signal at all.
func (b *binding) proven(p *Running, i int) (proven, signal bool) {
	if p == nil {
		return true, true
	}
	if !b.surely(p.Tag, i) {
		return false, false
	}
	return b.minute(p.Tag, i).Min > p.Above, true
}

// burn adds up what became of the methane of a stream. efficiency tells of a
// minute how much of it is destroyed; while the proof fails it is 0.
func (r *report) burn(id string, proof *Running, efficiency func(b *binding, m *methane, i int, volume float64) (float64, bool)) burner {
	var all burner
	s, ok := r.plant.Stream(id)
	if !ok {
		all.why = "the plant has no stream " + id
		return all
	}
	var times []balance.FlareTime
	before := false
	for _, b := range r.parts {
		m := b.methane(s)
		if m.none != "" {
			all.why = m.none
			return all
		}
		for i := range b.minutes {
			volume, kg, why := m.minute(i)
			if why != "" {
				all.hole = cmp.Or(all.hole, why)
				before = false
				continue
			}
			all.counted++
			burnt := balance.FlareTime{Minutes: 1, Methane: kg}
			proven, signal := b.proven(proof, i)
			if proven && kg > 0 {
				var ok bool
				if burnt.Efficiency, ok = efficiency(b, m, i, volume); !ok {
					all.failed++
				}
			}
			if out := !proven && kg > 0; out {
				all.out++
				if !signal {
					all.unknown++
				}
				if !before {
					all.episodes++
				}
				before = true
			} else {
				before = false
			}
			all.sent += kg
			times = append(times, burnt)
		}
	}
	if all.counted == 0 {
		all.why = cmp.Or(all.hole, "no readings")
		return all
	}
	slipped, destroyed := balance.FlareYear(times, 1)
	all.emission, all.destroyed = slipped, float64(1000*destroyed)
	return all
}

// burnt adds up the flare, with the efficiency of its kind or, if the exhaust
// is measured, of each minute.
//
// Source: CDM TOOL06; [balance.Tool06.Minute].
func (r *report) burnt() burner {
	f := r.plant.Landfill.Flare
	if f == nil {
		return burner{why: "the plant file gives no flare; name kind, gas and flame there"}
	}
	if f.Methane == nil {
		return r.burn(f.Gas, f.Flame, func(*binding, *methane, int, float64) (float64, bool) { return flareDefault(f.Kind), true })
	}
	tool := balance.Tool06V2()
	return r.burn(f.Gas, f.Flame, func(b *binding, m *methane, i int, volume float64) (float64, bool) {
		exhaust := [2]known{}
		for k, s := range []source{b.resolve(f.Methane, "CH4 in the exhaust", mgPerNormalM3, mgPerNormalM3), b.resolve(f.Oxygen, "O2 in the exhaust", one, one)} {
			if exhaust[k] = b.at(s, i); exhaust[k].why != "" || !b.surely(s.tag, i) {
				return 0, false
			}
		}
		minute, err := tool.Minute(volume, m.gas.shares, exhaust[1].value, exhaust[0].value)
		return minute.Efficiency, err == nil
	})
}

// ran adds up the engine, with the factor that the plant file states.
func (r *report) ran() burner {
	e := r.plant.Landfill.Engine
	if e == nil {
		return burner{why: "the plant file gives no engine; name gas and destruction there"}
	}
	share, err := e.Destruction.Constant.In(one)
	if err != nil {
		return burner{why: err.Error()}
	}
	return r.burn(e.Gas, e.Running, func(*binding, *methane, int, float64) (float64, bool) { return share, true })
}

func (b burner) figure(v float64) figure { return figure{value: v, why: b.why} }

// destroyed reports what was captured, destroyed and let out.
//
//	destroyed = Σ F_m η_m      emitted = Σ F_m (1 - η_m)      [kg CH4]
//
// Source: CDM TOOL06 and TOOL08; balances.md 4.2.
func (r *report) destroyed(flare, engine burner) {
	put := func(name, about, unit, source string, b burner, v float64) *Indicator {
		i := r.put(Indicator{Name: name, About: about, Unit: unit, Basis: basisSure, Source: source}, b.figure(v))
		i.flag(r.holes(b))
		return i
	}
	put("F_sent_flare", "methane sent to the flare", "kg", sourceTool08, flare, flare.sent)
	put("F_sent_engine", "methane sent to the engine", "kg", sourceTool08, engine, engine.sent)
	r.put(Indicator{Name: "F_captured", About: "methane captured: sent to flare and engine, of which those that there are", Unit: "kg", Basis: basisSure, Source: sourceTool08}, r.both(flare, engine, func(b burner) float64 { return b.sent }))
	way, about := r.flareWay()
	efficiency := flare.figure(flare.destroyed).over(flare.figure(flare.sent))
	i := r.put(Indicator{Name: "eta_flare", About: "efficiency of the flare over the period; " + about, Unit: "%", Basis: "weighted with methane", Source: way}, efficiency)
	if flare.failed > 0 {
		i.flag(fmt.Sprintf("in %d minutes the exhaust gave no efficiency; they count as 0", flare.failed))
	}
	put("F_destroyed_flare", "methane destroyed in the flare", "kg", way, flare, flare.destroyed)
	engineWay := "the plant file states no factor"
	if e := r.plant.Landfill.Engine; e != nil {
		engineWay = e.Destruction.Source
	}
	put("F_destroyed_engine", "methane destroyed in the engine, by the stated factor", "kg", engineWay, engine, engine.destroyed)
	r.put(Indicator{Name: "F_destroyed", About: "methane destroyed in flare and engine, of which those that there are", Unit: "kg", Basis: basisSure, Source: sourceTool06}, r.both(flare, engine, func(b burner) float64 { return b.destroyed }))
	r.put(Indicator{Name: "F_emitted", About: "methane that left flare and engine unburnt", Unit: "kg", Basis: basisSure, Source: sourceTool06}, r.both(flare, engine, func(b burner) float64 { return float64(1000 * b.emission) }))
	put("flame_out", "minutes with gas to the flare and no proof of a flame, those without a signal included; their efficiency is 0", "min", sourceTool06, flare, float64(flare.out))
	put("flame_unknown", "of these, minutes without a signal of the flame", "min", sourceTool06, flare, float64(flare.unknown))
	put("flame_out_episodes", "runs of such minutes", "1", sourceTool06, flare, float64(flare.episodes))
}

// flareWay returns how the efficiency of the flare is found.
func (r *report) flareWay() (source, about string) {
	f := r.plant.Landfill.Flare
	switch {
	case f == nil:
		return sourceTool06, "0 in a minute without a proven flame"
	case f.Methane != nil:
		return sourceTool06 + "; n_O2 and F_O2 unverified", "measured by the exhaust, minute by minute; 0 without a proven flame or an analysis"
	case f.Kind == OpenFlare:
		return "CDM TOOL06 default, open flare 50 % (balances 4.2)", "0 in a minute without a proven flame"
	}
	return fmt.Sprintf("CDM TOOL06 default, %s flare %g %% (unverified; balances 4.2)", f.Kind, 100*flareDefault(f.Kind)), "0 in a minute without a proven flame"
}

// both adds flare and engine; one that the plant file does not name is left out.
func (r *report) both(flare, engine burner, of func(burner) float64) figure {
	sum, named := figure{}, false
	for _, x := range []struct {
		burner
		given bool
	}{{flare, r.plant.Landfill.Flare != nil}, {engine, r.plant.Landfill.Engine != nil}} {
		if !x.given {
			continue
		}
		named = true
		if x.why != "" { // nothing is known of it: it adds nothing, and that is said
			sum.flag = joined(sum.flag, x.why+": counts as nothing")
			continue
		}
		sum.value += of(x.burner)
		sum.flag = joined(sum.flag, r.holes(x.burner))
	}
	switch {
	case !named:
		return unknown("the plant file gives no flare and no engine; name their gas there")
	case (flare.why != "" || r.plant.Landfill.Flare == nil) && (engine.why != "" || r.plant.Landfill.Engine == nil):
		if r.plant.Landfill.Flare == nil {
			return unknown(engine.why)
		}
		return unknown(flare.why)
	}
	return sum
}

// holes says what is known of a part of the period only.
func (r *report) holes(b burner) string {
	if b.why != "" || b.counted >= r.minutes {
		return ""
	}
	return fmt.Sprintf("%d of %d minutes are not sure and count as nothing: %s", r.minutes-b.counted, r.minutes, b.hole)
}

// avoided reports what the destruction avoids, an account of its own.
//
//	BE = ((1 - OX) F - f F) GWP      PE = GWP Σ F_m (1 - η_m)      [t CO2e]
//
// The methane that slipped was captured and is not destroyed: it is not in F,
// and PE is not taken off a second time.
//
// Source: [balance.Acm0001], [balance.FlareYear].
func (r *report) avoided(flare, engine burner) {
	base := r.plant.Landfill.Baseline
	v := r.both(flare, engine, func(b burner) float64 { return b.destroyed })
	slipped := flare.figure(flare.emission)
	basis := ""
	if base == nil {
		v = unknown("the plant file gives no baseline; give share, oxidised_top and gwp with their source there")
		slipped = v
	} else {
		basis = fmt.Sprintf("GWP100 of CH4 %g, set %s; baseline: %g %% destroyed, %g %% oxidised in the cover; %s", base.GWP, base.Set, 100*base.Share, 100*base.OxidisedTop, base.Source)
		v = figure{balance.Acm0001(v.value/1000, 1, base.OxidisedTop, base.Share, base.GWP), v.why, v.flag, nil}
		slipped.value = float64(base.GWP * slipped.value)
	}
	r.put(Indicator{Name: "PE_flare", About: "emission of methane that the flare let through", Unit: "t{CO2e}", Basis: basis, Source: sourceTool06}, slipped)
	r.put(Indicator{Name: "ER_avoided", About: "avoided emission: methane destroyed, less the baseline; never added to or taken off a removal", Unit: "t{CO2e}", Basis: basis, Source: sourceACM, Ledger: AvoidedLedger}, v)
}

// decay reports the methane that the waste is expected to make in the period,
// beside what was captured.
//
// Source: [balance.Deposit.Year]: decay begins in the year after the deposit;
// a part of a calendar year has its share of the days.
func (r *report) decay(flare, engine burner) {
	waste := r.plant.Landfill.Waste
	expected := figure{}
	source := "IPCC 2006 vol. 5 ch. 3 (unverified; balances 4.3)"
	if len(waste) == 0 {
		expected = unknown("the plant file gives no waste; list its deposits there")
	}
	for _, w := range waste {
		d := balance.Deposit{Mass: w.Mass, DOC: w.DOC, DOCf: w.DOCf, MCF: w.MCF, F: w.F, K: w.K}
		for year := r.period.From.Year(); year <= r.period.To.Year(); year++ {
			if n := year - w.Deposited; n > 0 {
				expected.value += float64(1000 * float64(d.Year(n).Generated*shareOfYear(r.period, year)))
			}
		}
	}
	if expected.why == "" && !(expected.value > 0) {
		expected = unknown("no deposit is old enough to make methane in this period")
	}
	r.put(Indicator{Name: "F_expected", About: "methane that first-order decay of the deposits lets expect in the period", Unit: "kg", Basis: "generated, nothing oxidised", Source: source}, expected)
	captured := r.both(flare, engine, func(b burner) float64 { return b.sent })
	i := r.put(Indicator{Name: "captured_over_expected", About: "methane captured over methane expected", Unit: "%", Basis: "a model and a measurement", Source: source}, captured.over(expected))
	if i.Value != nil && *i.Value > 100 {
		i.flag("more was captured than the deposits let expect: the deposits or the factors are wrong")
	}
}

// shareOfYear returns the part of a calendar year, in UTC, that an interval covers.
func shareOfYear(w measure.Interval, year int) float64 {
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	length := float64(to.Sub(from))
	if w.From.After(from) {
		from = w.From
	}
	if w.To.Before(to) {
		to = w.To
	}
	return max(0, float64(to.Sub(from))/length)
}

// mean returns the mean of a value over the part of the period in which it is known.
func (r *report) mean(v *Value, what string, unit measure.Unit) figure {
	if v == nil {
		return unknown("the plant file gives no " + what)
	}
	sum, weight, why := 0.0, 0.0, ""
	for _, b := range r.parts {
		s := b.resolve(v, what, unit, unit)
		for i := range b.minutes {
			k := b.at(s, i)
			if k.why != "" {
				why = cmp.Or(why, k.why)
				continue
			}
			sum += float64(k.value * k.share)
			weight += k.share
		}
	}
	switch {
	case weight == 0:
		return unknown(cmp.Or(why, "nothing is known of "+what))
	case weight < float64(Enough*float64(r.minutes)):
		return unknown(what + " is known for " + percent(100*weight/float64(r.minutes)) + " of the period: " + why)
	}
	return figure{value: sum / weight}
}

// oxidation reports what the cover oxidises, by the balance of two fluxes and
// by the ratio of the two gases, and the default beside them. It holds for the
// flux it was found at and is never carried to another.
//
// Source: [balance.OxidationByFlux], [balance.OxidationByRatio], [balance.Part98Oxidation].
func (r *report) oxidation() {
	c := r.plant.Landfill.Cover
	if c == nil {
		c = &Cover{}
	}
	in, out := r.mean(c.FluxIn, "flux_in under cover", gramFlux), r.mean(c.FluxOut, "flux_out under cover", gramFlux)
	if in.why == "" && !(in.value > 0) {
		in = unknown("the flux into the cover is not above 0: there is no share of it")
	}
	byFlux := figure{why: cmp.Or(in.why, out.why)}
	r.oxidised("e_flux", "methane that the cover oxidises, by the balance of two fluxes", "of the flux of this period", "definition ("+sourceCover+")", byFlux, func() balance.Oxidation { return balance.OxidationByFlux(in.value, out.value) })

	area := r.mean(c.Area, "area under cover", squareMetre)
	days := r.period.Length().Hours() / 24
	kg := with(func(v ...float64) float64 { return float64((v[0]-v[1])*v[2]) * days / 1000 }, in, out, area)
	i := r.put(Indicator{Name: "F_oxidised", About: "methane oxidised in the cover; a benefit of avoiding, not part of ER_avoided and not added to stored carbon", Unit: "kg", Basis: "flux in less flux out, over the area", Source: "definition (" + sourceCover + ")"}, kg)
	if i.Value != nil && *i.Value < 0 {
		i.flag("negative: more methane leaves the cover than enters it")
	}

	ch4, co2, raw := r.amountOf(c.DepthCH4, "depth CH4 under cover", "CH4"), r.amountOf(c.DepthCO2, "depth CO2 under cover", "CO2"), r.rawGas()
	ratio := figure{why: cmp.Or(ch4.why, co2.why, raw[0].why, raw[1].why)}
	switch {
	case ratio.why != "":
	case !(raw[0].value > 0) || !(ch4.value+co2.value > 0) || ch4.value < 0 || co2.value < 0:
		ratio = unknown("raw gas without CH4, or no CH4 and CO2 at depth: there is no ratio")
	}
	about := "methane oxidised on the way to the depth of the probe, by CO2 over CH4 there and in the raw gas"
	if c.DepthCH4 != nil && r.isFluxValue(c.DepthCH4) {
		about = "methane oxidised in the cover, by CO2 over CH4 in what leaves its surface and in the raw gas"
	}
	r.oxidised("e_ratio", about, "of the flux of this period; without respiration of the soil, dissolution or growth", "method known, formula unverified ("+sourceCover+")", ratio, func() balance.Oxidation {
		_, o := balance.OxidationByRatio(raw[0].value, raw[1].value, ch4.value, co2.value)
		return o
	})
	r.part98(c, in)
}

// oxidised reports an oxidation: within 0 to 100 %, and as it came out.
func (r *report) oxidised(name, about, basis, source string, known figure, of func() balance.Oxidation) {
	o, clipped, raw := balance.Oxidation{}, known, known
	if known.why == "" {
		o = of()
		clipped.value, raw.value = 100*o.Efficiency, 100*o.Raw
	}
	flagOxidation(r.put(Indicator{Name: name, About: about + ", held within 0 to 100 %", Unit: "%", Basis: basis, Source: source}, clipped), o)
	flagOxidation(r.put(Indicator{Name: name + "_raw", About: about + ", as it came out", Unit: "%", Basis: basis, Source: source}, raw), o)
}

func flagOxidation(i *Indicator, o balance.Oxidation) {
	switch {
	case o.Negative:
		i.flag("negative as it came out: a cover makes no methane; look at the fluxes or at respiration and leaks")
	case o.Raw > 1:
		i.flag("more than 100 % as it came out")
	}
}

// amountOf returns a gas at depth as an amount: its mole share, or its flux
// out of the surface divided by the molar mass.
func (r *report) amountOf(v *Value, what, species string) figure {
	if v == nil || !r.isFluxValue(v) {
		return r.mean(v, what, one)
	}
	s, _ := balance.SpeciesByName(species)
	return with(func(v ...float64) float64 { return v[0] / s.MolarMass }, r.mean(v, what, gramFlux))
}

func (r *report) isFluxValue(v *Value) bool {
	if v.Constant != nil {
		return v.Constant.Unit.Same(gramFlux)
	}
	plan, ok := r.plant.Tag(v.Tag)
	return ok && plan.Unit.Same(gramFlux)
}

// rawGas returns CH4 and CO2 of the gas as it comes from the wells.
func (r *report) rawGas() [2]figure {
	f := r.flow(roleLandfillGas)
	var all [2]figure
	for k, species := range []string{"CH4", "CO2"} {
		if !f.ok {
			all[k] = unknown(f.absent())
			continue
		}
		all[k] = unknown("stream " + f.s.ID + ": no " + species + ": the plant file gives no such share")
		for _, c := range f.material().Composition {
			if c.Species == species && !c.Rest {
				all[k] = r.mean(c.Share, species+" of stream "+f.s.ID, one)
			}
		}
	}
	return all
}

// part98 reports the default of the US rule.
func (r *report) part98(c *Cover, in figure) {
	share, why := balance.OxidationWithoutFlux, "no flux into the cover is known"
	switch {
	case c.Geomembrane:
		share, why = balance.OxidationUnderGeomembrane, "under a geomembrane"
	case in.why == "":
		share, why = balance.Part98Oxidation(in.value), "by the flux into the cover, "+short(in.value)+" g/(m2.d)"
	}
	r.put(Indicator{Name: "OX_part98", About: "default share of methane that a cover oxidises; to be held beside the measured ones", Unit: "%", Basis: why, Source: "40 CFR 98 Table HH-4 (balances 4.3)"}, figure{value: 100 * share})
}

// placed reports the biochar in the cover as stored mass, never as a removal.
//
// Source: [Plant.CountProduct], balances.md 4.5.
func (r *report) placed() {
	const words = "eligibility not determined: no registry is known to take a landfill cover as a sink by default; fire and excavation would bring it back"
	dry, carbon := figure{}, figure{}
	f := r.flow(roleBiochar)
	switch {
	case !f.ok:
		dry = unknown(f.absent())
	case f.s.Phase == Gas || f.s.Mass == nil:
		dry = unknown("stream " + f.s.ID + ": the plant file gives no mass")
	}
	carbon.why = dry.why
	counted := time.Duration(0)
	for _, b := range r.parts {
		if dry.why != "" {
			break
		}
		q := *r.plant
		q.Product = f.s.ID
		w := measure.Interval{From: time.Unix(0, b.from).UTC(), To: time.Unix(0, b.from).UTC().Add(time.Duration(b.minutes) * Step)}
		product, err := q.CountProduct(w, r.rollups, r.lab)
		if err != nil {
			dry.why, carbon.why = err.Error(), err.Error()
			break
		}
		if product.Covered == 0 {
			dry.flag = product.Why
			continue
		}
		counted += product.Covered
		kg := product.Dry.Kilograms()
		dry.value += kg
		if carbon.why != "" {
			continue
		}
		share, why := b.fixedShare(f.material(), carbonPart)
		if carbon.why = why; why == "" {
			carbon.value += float64(kg * share)
		}
	}
	if dry.why == "" && counted == 0 {
		dry.why = cmp.Or(dry.flag, "no readings")
		carbon.why = cmp.Or(carbon.why, dry.why)
	}
	if dry.why == "" && counted < r.period.Length() {
		dry.flag = fmt.Sprintf("known for %s of %s; the rest counts as nothing", counted.Round(time.Second), r.period.Length())
	}
	carbon.flag = dry.flag
	basis := "stored mass, sure readings only; eligibility not determined"
	r.put(Indicator{Name: "m_biochar_dry", About: "biochar placed in the cover, dry: stored mass, eligibility not determined", Unit: "kg", Basis: basis, Source: "balances 4.5"}, dry).flag(words)
	r.put(Indicator{Name: "m_biochar_C", About: "carbon of the biochar placed in the cover: stored mass, eligibility not determined", Unit: "kg", Basis: basis, Source: "balances 4.5"}, carbon).flag(words)
}

// fixedShare returns a part of dry mass that does not change over the period:
// the laboratory's or a stated one. A tag is refused, for a lost reading would
// change its mean.
func (b *binding) fixedShare(s Stream, part int) (float64, string) {
	q := b.qualities(s)
	x := q.parts[part]
	switch {
	case x.why != "":
		return 0, "stream " + s.ID + ": no " + partNames[part] + ": " + x.why
	case x.tag != "":
		return 0, "stream " + s.ID + ": " + partNames[part] + " comes from tag " + string(x.tag) + "; stored carbon needs a laboratory value of the lot"
	case q.ashFree && q.parts[ashPart].tag != "":
		return 0, "stream " + s.ID + ": ash comes from tag " + string(q.parts[ashPart].tag) + "; stored carbon needs a laboratory value of the lot"
	case q.wet:
		return 0, "stream " + s.ID + ": " + partNames[part] + " is of wet mass; stored carbon needs it of dry mass"
	}
	k := q.part(b, part, 0)
	if k.why == "" && (k.value < 0 || k.value > 1 || math.IsNaN(k.value)) {
		k.why = fmt.Sprintf("stream %s: a share of %s %g is none", s.ID, partNames[part], k.value)
	}
	return k.value, k.why
}
