package process

import (
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

const (
	sourceTool08 = "CDM TOOL08 v3, option A"
	sourceTool06 = "CDM TOOL06 v2.0.0, EB 68 Annex 15"
	sourceACM    = "CDM ACM0001 from v13 (unverified)"
	sourceCover  = "carbon balance of the gas in a cover, as Gebert et al. 2011, Waste Management 31:987 (formula unverified)"
	basisSure    = "sure minutes only; CH4 0.7157590 kg/m3{N} (R and M of CODATA and IUPAC; the tool rounds to 0.716)"
)

// flareDefault returns the efficiency that is taken while the flame is proven.
//
// Source: CDM TOOL06: open flare 50 %; enclosed 90 % and low-height enclosed 80 % (unverified).
func flareDefault(kind flowsheet.FlareKind) float64 {
	switch kind {
	case flowsheet.OpenFlare:
		return 0.5
	case flowsheet.EnclosedFlare:
		return 0.9
	case flowsheet.LowHeightFlare:
		return 0.8
	}
	return 0
}

func (r *indicatorSet) landfill() {
	flare, engine := r.flareCombustion(), r.engineCombustion()
	r.destruction(flare, engine)
	r.avoidedEmissions(flare, engine)
	r.decay(flare, engine)
	r.oxidation()
	r.storedBiochar()
}

// flareCombustion adds up the flare, with the efficiency of its kind or, if the exhaust
// is measured, of each minute.
//
// Source: CDM TOOL06; [balance.Tool06.Minute].
func (r *indicatorSet) flareCombustion() claim.Combustion {
	f := r.plant.Landfill.Flare
	if f == nil {
		return claim.Combustion{Why: material.Unplanned("flare").Saying("; name kind, gas and flame there")}
	}
	if f.Methane == nil {
		return claim.Burn(r.plant, r.lotWindows, f.Gas, f.Flame, func(*material.Evaluation, *claim.Methane, int, float64) (float64, bool) {
			return flareDefault(f.Kind), true
		})
	}
	tool := balance.Tool06V2()
	return claim.Burn(r.plant, r.lotWindows, f.Gas, f.Flame, func(b *material.Evaluation, m *claim.Methane, i int, volume float64) (float64, bool) {
		exhaust := [2]material.MinuteValue{}
		for k, s := range []material.ResolvedValue{b.Resolve(f.Methane, "CH4 in the exhaust", measure.MilligramPerNormalCubicMetre, measure.MilligramPerNormalCubicMetre), b.Resolve(f.Oxygen, "O2 in the exhaust", measure.One, measure.One)} {
			if exhaust[k] = b.At(s, i); exhaust[k].Why.Given() || !claim.IsPaired(b, s.Tag, i) {
				return 0, false
			}
		}
		minute, err := tool.Minute(volume, m.Gas.Shares, exhaust[1].Value, exhaust[0].Value)
		return minute.Efficiency, err == nil
	})
}

// engineCombustion adds up the engine, with the factor that the plant file states.
func (r *indicatorSet) engineCombustion() claim.Combustion {
	e := r.plant.Landfill.Engine
	if e == nil {
		return claim.Combustion{Why: material.Unplanned("engine").Saying("; name gas and destruction there")}
	}
	share, err := e.Destruction.Constant.In(measure.One)
	if err != nil {
		return claim.Combustion{Why: material.NoFigure("%v", err)}
	}
	return claim.Burn(r.plant, r.lotWindows, e.Gas, e.Running, func(*material.Evaluation, *claim.Methane, int, float64) (float64, bool) { return share, true })
}

func estimateOf(b claim.Combustion, v float64) estimate { return estimate{value: v, why: b.Why} }

// destruction reports what was captured, destroyed and let out.
//
//	destroyed = Σ F_m η_m      emitted = Σ F_m (1 - η_m)      [kg CH4]
//
// Source: CDM TOOL06 v2.0.0 and TOOL08 v3.
func (r *indicatorSet) destruction(flare, engine claim.Combustion) {
	put := func(name, about, unit, source string, b claim.Combustion, v float64) *Indicator {
		i := r.put(Indicator{Name: name, About: about, Unit: unit, Basis: basisSure, Source: source}, estimateOf(b, v))
		i.flag(r.holes(b))
		return i
	}
	put("F_sent_flare", "methane sent to the flare", "kg", sourceTool08, flare, flare.Sent)
	put("F_sent_engine", "methane sent to the engine", "kg", sourceTool08, engine, engine.Sent)
	r.put(Indicator{Name: "F_captured", About: "methane captured: sent to flare and engine, of which those that there are", Unit: "kg", Basis: basisSure, Source: sourceTool08}, r.both(flare, engine, func(b claim.Combustion) float64 { return b.Sent }))
	way, about := r.flareWay()
	efficiency := estimateOf(flare, flare.Destroyed).over(estimateOf(flare, flare.Sent))
	i := r.put(Indicator{Name: "eta_flare", About: "efficiency of the flare over the period; " + about, Unit: "%", Basis: "weighted with methane", Source: way}, efficiency)
	if flare.Failed > 0 {
		i.flag(fmt.Sprintf("in %d minutes the exhaust gave no efficiency; they count as 0", flare.Failed))
	}
	put("F_destroyed_flare", "methane destroyed in the flare", "kg", way, flare, flare.Destroyed)
	engineWay := "the plant file states no factor"
	if e := r.plant.Landfill.Engine; e != nil {
		engineWay = e.Destruction.Source
	}
	put("F_destroyed_engine", "methane destroyed in the engine, by the stated factor", "kg", engineWay, engine, engine.Destroyed)
	r.put(Indicator{Name: "F_destroyed", About: "methane destroyed in flare and engine, of which those that there are", Unit: "kg", Basis: basisSure, Source: sourceTool06}, r.both(flare, engine, func(b claim.Combustion) float64 { return b.Destroyed }))
	r.put(Indicator{Name: "F_emitted", About: "methane that left flare and engine unburnt", Unit: "kg", Basis: basisSure, Source: sourceTool06}, r.both(flare, engine, func(b claim.Combustion) float64 { return float64(1000 * b.Emission) }))
	put("flame_out", "minutes with gas to the flare and no proof of a flame, those without a signal included; their efficiency is 0", "min", sourceTool06, flare, float64(flare.Out))
	put("flame_unknown", "of these, minutes without a signal of the flame", "min", sourceTool06, flare, float64(flare.Unknown))
	put("flame_out_episodes", "runs of such minutes", "1", sourceTool06, flare, float64(flare.Episodes))
}

// flareWay returns how the efficiency of the flare is found.
func (r *indicatorSet) flareWay() (source, about string) {
	f := r.plant.Landfill.Flare
	switch {
	case f == nil:
		return sourceTool06, "0 in a minute without a proven flame"
	case f.Methane != nil:
		return sourceTool06 + "; n_O2 and F_O2 unverified", "measured by the exhaust, minute by minute; 0 without a proven flame or an analysis"
	case f.Kind == flowsheet.OpenFlare:
		return "CDM TOOL06 default, open flare 50 %", "0 in a minute without a proven flame"
	}
	return fmt.Sprintf("CDM TOOL06 default, %s flare %g %% (unverified)", f.Kind, 100*flareDefault(f.Kind)), "0 in a minute without a proven flame"
}

// both adds flare and engine; one that the plant file does not name is left out.
func (r *indicatorSet) both(flare, engine claim.Combustion, of func(claim.Combustion) float64) estimate {
	sum, named := estimate{}, false
	for _, x := range []struct {
		claim.Combustion
		given bool
	}{{flare, r.plant.Landfill.Flare != nil}, {engine, r.plant.Landfill.Engine != nil}} {
		if !x.given {
			continue
		}
		named = true
		if x.Why.Given() { // nothing is known of it: it adds nothing, and that is said
			sum.flag = flowsheet.JoinUnique(sum.flag, x.Why.String()+": counts as nothing")
			continue
		}
		sum.value += of(x.Combustion)
		sum.flag = flowsheet.JoinUnique(sum.flag, r.holes(x.Combustion))
	}
	switch {
	case !named:
		return unknown(material.Unplanned("flare and no engine").Saying("; name their gas there"))
	case (flare.Why.Given() || r.plant.Landfill.Flare == nil) && (engine.Why.Given() || r.plant.Landfill.Engine == nil):
		if r.plant.Landfill.Flare == nil {
			return unknown(engine.Why)
		}
		return unknown(flare.Why)
	}
	return sum
}

// holes says what is known of a part of the period only.
func (r *indicatorSet) holes(b claim.Combustion) string {
	if b.Why.Given() || b.Counted >= r.minutes {
		return ""
	}
	return fmt.Sprintf("%d of %d minutes are not sure and count as nothing: %s", r.minutes-b.Counted, r.minutes, b.Hole)
}

// avoidedEmissions reports what the destruction avoids, an account of its own.
//
//	BE = ((1 - OX) F - f F) GWP      PE = GWP Σ F_m (1 - η_m)      [t CO2e]
//
// The methane that slipped was captured and is not destroyed: it is not in F,
// and PE is not taken off a second time.
//
// Source: [balance.Acm0001], [balance.FlareYear].
func (r *indicatorSet) avoidedEmissions(flare, engine claim.Combustion) {
	base := r.plant.Landfill.Baseline
	v := r.both(flare, engine, func(b claim.Combustion) float64 { return b.Destroyed })
	slipped := estimateOf(flare, flare.Emission)
	basis := ""
	if base == nil {
		v = unknown(material.Unplanned("baseline").Saying("; give share, oxidised_top and gwp with their source there"))
		slipped = v
	} else {
		basis = fmt.Sprintf("GWP100 of CH4 %g, set %s; baseline: %g %% destroyed, %g %% oxidised in the cover; %s", base.GWP, base.Set, 100*base.Share, 100*base.OxidisedTop, base.Source)
		v = estimate{value: balance.Acm0001(v.value/1000, 1, base.OxidisedTop, base.Share, base.GWP), why: v.why, flag: v.flag}
		slipped.value = float64(base.GWP * slipped.value)
	}
	r.put(Indicator{Name: "PE_flare", About: "emission of methane that the flare let through", Unit: "t{CO2e}", Basis: basis, Source: sourceTool06}, slipped)
	r.put(Indicator{Name: "ER_avoided", About: "avoided emission: methane destroyed, less the baseline; never added to or taken off a removal", Unit: "t{CO2e}", Basis: basis, Source: sourceACM, Claim: measure.AvoidedLedger.Amount(nil)}, v)
}

// decay reports the methane that the waste is expected to make in the period,
// beside what was captured.
//
// Source: [balance.Deposit.In]: decay begins in the year after the deposit;
// a part of a calendar year has its share of the days.
func (r *indicatorSet) decay(flare, engine claim.Combustion) {
	waste := r.plant.Landfill.Waste
	expected := estimate{}
	source := "IPCC 2006 vol. 5 ch. 3 (unverified)"
	if len(waste) == 0 {
		expected = unknown(material.Unplanned("waste").Saying("; list its deposits there"))
	}
	for _, w := range waste {
		d := balance.Deposit{Mass: w.Mass, DOC: w.DOC, DOCf: w.DOCf, MCF: w.MCF, F: w.F, K: w.K}
		for year := r.period.From.Year(); year <= r.period.To.Year(); year++ {
			if n := year - w.Deposited; n > 0 {
				expected.value += float64(1000 * float64(d.In(n, balance.YearAfter).Generated*shareOfYear(r.period, year)))
			}
		}
	}
	if !expected.why.Given() && !(expected.value > 0) {
		expected = noFigure("no deposit is old enough to make methane in this period")
	}
	r.put(Indicator{Name: "F_expected", About: "methane that first-order decay of the deposits lets expect in the period", Unit: "kg", Basis: "generated, nothing oxidised", Source: source}, expected)
	captured := r.both(flare, engine, func(b claim.Combustion) float64 { return b.Sent })
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
