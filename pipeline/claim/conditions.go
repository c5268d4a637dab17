package claim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// ConditionTally gathers what instruments say of a lot beside its product, a piece
// of time after another. What is not read counts on the careful side: a feed,
// an electricity and a soil as the most there can be, a kiln as the least, a
// flame as none. So losing readings never helps a claim.
type ConditionTally struct {
	plant *flowsheet.Plant
	lab   *lots.Lab

	feed, feedDry, electricity float64 // kg, kg, kW.h
	noFeed, noElectricity      bool    // no limit tells what the unread time can bring
	kiln                       map[measure.Tag]float64
	soil                       float64 // Cel · minutes
	uniform                    map[measure.Tag][]coveredMinute
	minutes, ran, lit, out     int
	passed, still              float64 // what the tag of running shows as a mass, in all and while the process stood
}

// TallyConditions begins a lot.
func TallyConditions(p *flowsheet.Plant, lab *lots.Lab) *ConditionTally {
	return &ConditionTally{plant: p, lab: lab, kiln: map[measure.Tag]float64{}, uniform: map[measure.Tag][]coveredMinute{}}
}

// Add takes the next piece of the lot, from the rollups of its minutes.
func (m *ConditionTally) Add(w measure.Interval, rollups map[measure.Tag][]rollup.Rollup) {
	b := material.Evaluate(m.plant, w, rollups, m.lab)
	feed, hasFeed := m.plant.Role(flowsheet.RoleFeed)
	power, hasPower := m.plant.EnergyFlow(m.plant.Roles.Name(flowsheet.RoleElectricity))
	mass, q := b.Resolve(feed.Mass, "mass", measure.KilogramPerHour, measure.Kilogram), b.Assay(feed)
	energy := b.Resolve(power.Power, "power", measure.Kilowatt, measure.KilowattHour)
	for i := range b.Minutes {
		m.minutes++
		if hasFeed && mass.Tag != "" && m.plant.Product != "" {
			kg, ok := atMost(b, mass, i)
			m.feed, m.noFeed = m.feed+kg, m.noFeed || !ok
			dry := 1.0
			if k := q.Dry(b, i); !k.Why.Given() {
				dry = k.Value
			}
			m.feedDry += float64(kg * dry)
		}
		if hasPower && energy.Tag != "" && power.From == flowsheet.Environment {
			kwh, ok := atMost(b, energy, i)
			m.electricity, m.noElectricity = m.electricity+kwh, m.noElectricity || !ok
		}
		if m.plant.Conditions.Soil != "" {
			m.soil += temperatureOf(b, m.plant.Conditions.Soil, i, +1)
		}
		m.process(b, i)
		m.passing(b, i)
	}
}

// passing adds up what the tag of running shows, where that is a mass.
func (m *ConditionTally) passing(b *material.Evaluation, i int) {
	if m.plant.Running == nil {
		return
	}
	plan, _ := m.plant.Tag(m.plant.Running.Tag)
	r := b.Minute(plan.Tag, i)
	if r == nil || !plan.RateUnit().Same(measure.KilogramPerHour) {
		return
	}
	if rate, ok := rollup.RateIn(&plan, r); ok && rate > 0 {
		m.passed += rate
		if !b.MayRun(i) {
			m.still += rate
		}
	}
}

// mostStandstillFlow is the share of what the tag of running shows that may pass while
// the process is said to stand; the figure is ours.
const mostStandstillFlow = 0.05

// unknowns says what is metered and cannot be told of the lot, and what to do.
func (m *ConditionTally) unknowns() (all []string) {
	p := m.plant
	if p.Product == "" {
		return nil
	}
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if feed, ok := p.Role(flowsheet.RoleFeed); m.noFeed {
		say("the feed was not read all the time, and no range of %s says how much it can have been then: give it one in the plant file", feed.Mass.Tag)
	} else if !ok || feed.Mass == nil || feed.Mass.Tag == "" {
		for _, s := range p.Streams {
			if s.From == flowsheet.Environment && s.Phase == flowsheet.Solid && s.Mass != nil && s.Mass.Tag != "" {
				say("stream %s comes in and is weighed by %s, and the plant file does not say that it is the feed: name it under roles", s.ID, s.Mass.Tag)
			}
		}
	}
	if e, ok := p.EnergyFlow(p.Roles.Name(flowsheet.RoleElectricity)); m.noElectricity {
		say("electricity was not read all the time, and no range of %s says how much it can have been then: give it one in the plant file", e.Power.Tag)
	} else if !ok || e.Power == nil || e.Power.Tag == "" {
		for _, e := range p.Energy {
			if e.From == flowsheet.Environment && e.Power != nil && e.Power.Tag != "" {
				say("energy %s comes in and is metered by %s, and the plant file does not say that it is the electricity: name it under roles", e.ID, e.Power.Tag)
			}
		}
	}
	if m.still > float64(mostStandstillFlow*m.passed) {
		say("%.3g %% of what %s shows passed while the plant file has it that the process stood: lower the limit of running", 100*m.still/m.passed, p.Running.Tag)
	}
	return all
}

// process takes a minute in which the process ran, or may have.
func (m *ConditionTally) process(b *material.Evaluation, i int) {
	at := b.From + int64(i)*int64(rollup.Step)
	if !b.MayRun(i) || m.during(at, "stop", "maintenance") && !ranIn(b, i) {
		return
	}
	m.ran++
	if m.during(at, "flame-out") {
		m.out++
	}
	if f := m.plant.Conditions.Flame; f != nil {
		if r := b.Minute(f.Tag, i); r != nil && r.Coverage >= rollup.Enough && r.Mean > f.Above {
			m.lit++
		}
	}
	for _, tag := range m.plant.KilnTags() {
		m.kiln[tag] += temperatureOf(b, tag, i, -1)
	}
	for _, u := range m.plant.Uniform {
		x := coveredMinute{}
		if r := b.Minute(u.Tag, i); r != nil && r.Coverage >= rollup.Enough {
			x = coveredMinute{mean: r.Mean, share: min(1, r.Coverage)}
		}
		m.uniform[u.Tag] = append(m.uniform[u.Tag], x)
	}
}

// ranIn tells whether a minute is known to have run.
func ranIn(b *material.Evaluation, i int) bool {
	if b.Plant.Running == nil {
		return false
	}
	plan, _ := b.Plant.Tag(b.Plant.Running.Tag)
	r := b.Minute(plan.Tag, i)
	if r == nil || r.Coverage < rollup.Enough {
		return false
	}
	rate, ok := rollup.RateIn(&plan, r)
	return ok && rate > b.Plant.Running.Above
}

// during tells whether a record of downtime covers an instant.
func (m *ConditionTally) during(at int64, kinds ...string) bool {
	return m.lab != nil && slices.ContainsFunc(m.lab.Downtimes, func(d lots.Downtime) bool {
		return d.Plant == m.plant.ID && slices.Contains(kinds, d.Kind) && d.Interval.Contains(at)
	})
}

// atMost returns what a flow or counter brought in a minute at the most, in
// its unit times an hour; false if no limit says so.
//
//	x = ∫ F dt over what is sure + F_most · (1 min - what is sure)
//
// F_most is the end of the tag's range, of a counter its max_rate.
//
// Source: ours: an upper bound.
func atMost(b *material.Evaluation, s material.ResolvedValue, i int) (float64, bool) {
	c := pairedValue{}
	if b.Minute(s.Tag, i) != nil {
		c = pairedMinute(b, s, i)
	}
	paired := max(0, c.value) + max(0, c.before)
	if c.share >= 1 {
		return paired, true
	}
	plan, _ := b.Plant.Tag(s.Tag)
	most := float64(plan.High * s.Convert.Scale)
	if plan.Counter {
		most = float64(float64(plan.MaxRate*s.Convert.Scale) * 3600)
	}
	if most <= 0 || math.IsInf(most, 1) {
		return paired, false
	}
	return paired + float64(float64(most*(1-c.share))*material.MinuteInHours), true
}

// temperatureOf returns the mean of a minute in Cel; what is not sure of it
// counts as the end of the tag's range, the upper one for a side above 0.
func temperatureOf(b *material.Evaluation, tag measure.Tag, i int, side int) float64 {
	plan, _ := b.Plant.Tag(tag)
	into, err := plan.Unit.To(measure.Celsius)
	if err != nil {
		return 0
	}
	limit, end := plan.Low, 0.0
	if side > 0 {
		limit, end = plan.High, hottestSoil
	}
	if !math.IsInf(limit, 0) {
		end = into.Apply(limit)
	}
	r := b.Minute(tag, i)
	if r == nil || !(r.Pairs.Covered > 0) {
		return end
	}
	share := min(1, r.Pairs.Covered/float64(rollup.Step))
	mean := into.Apply(r.Pairs.Area / r.Pairs.Covered)
	return float64(mean*share) + float64(end*(1-share))
}

// hottestSoil stands in where a tag of a soil has no range, Cel.
const hottestSoil = 60

// Conditions is what instruments say of a lot.
type Conditions struct {
	carbon.Measurements
	FeedDry measure.DryMass // of the feed
	HasFeed bool
	Records *float64 // share of the running time without a flame-out on record; nil: it did not run
	Ran     time.Duration
}

// Result ends the lot.
//
// Rounds: masses once, half to even, to 1 mg.
func (m *ConditionTally) Result() (f Conditions, err error) {
	p := m.plant
	f.Unsure = m.unknowns()
	if feed, ok := p.Role(flowsheet.RoleFeed); ok && feed.Mass != nil && feed.Mass.Tag != "" && p.Product != "" && m.minutes > 0 {
		wet, err := measure.WetMassOf(m.feed)
		if err != nil {
			return f, err
		}
		if f.FeedDry, err = measure.DryMassOf(m.feedDry); err != nil {
			return f, err
		}
		f.Feed, f.FeedU, f.HasFeed = &wet, relativeUncertainty(p, feed.Mass.Tag), true
	}
	if e, ok := p.EnergyFlow(p.Roles.Name(flowsheet.RoleElectricity)); ok && e.Power != nil && e.Power.Tag != "" && e.From == flowsheet.Environment && m.minutes > 0 {
		f.Electricity, f.ElectricityU = &m.electricity, relativeUncertainty(p, e.Power.Tag)
	}
	if m.minutes > 0 && p.Conditions.Soil != "" {
		mean := m.soil / float64(m.minutes)
		f.SoilTemperature = &mean
	}
	f.Ran = time.Duration(m.ran) * rollup.Step
	if m.ran == 0 {
		return f, nil
	}
	if p.Conditions.Flame != nil {
		up := float64(m.lit) / float64(m.ran)
		f.CombustionUp = &up
	}
	records := 1 - float64(m.out)/float64(m.ran)
	f.Records = &records
	for _, tag := range p.KilnTags() {
		if mean := m.kiln[tag] / float64(m.ran); f.KilnTemperature == nil || mean < *f.KilnTemperature {
			f.KilnTemperature = &mean
		}
	}
	f.Deviation = m.deviation()
	return f, nil
}

// relativeUncertainty returns what is stated of a tag's uncertainty as a share of its
// reading; 0 if nothing is.
func relativeUncertainty(p *flowsheet.Plant, tag measure.Tag) float64 {
	plan, _ := p.Tag(tag)
	switch u := plan.Uncertainty; {
	case u == nil:
		return 0
	case u.Relative:
		return u.Value
	case plan.Nominal != nil && *plan.Nominal > 0:
		return u.Value / *plan.Nominal
	}
	return 0
}

// coveredMinute is what readings show of a running minute.
type coveredMinute struct {
	mean  float64
	share float64 // of the minute that they cover; 0: it is not shown
}

// deviation is how far any running minute of temperature and residence time
// was from its mean; 1 if one is not shown, nil if the plant file does not list
// both. Temperatures are taken in Cel, as kilns are set in it.
//
// Source: Puro.earth Edition 2025, regime A; [carbon.Uniform].
func (m *ConditionTally) deviation() *float64 {
	temperature, residence, worst := false, false, 0.0
	for _, u := range m.plant.Uniform {
		plan, _ := m.plant.Tag(u.Tag)
		temperature = temperature || plan.Unit.Same(measure.Kelvin)
		residence = residence || plan.Unit.Same(measure.Second)
		d, complete := carbon.Uniform(bounds(plan, m.uniform[u.Tag]))
		if !complete {
			d = 1
		}
		worst = max(worst, d)
	}
	if !temperature || !residence {
		return nil
	}
	return &worst
}

// bounds returns the least and the most that each minute can have been: what of
// it is not covered lies at an end of the tag's range. So losing readings never
// makes a minute more uniform. NaN is a minute that is not shown, or that no
// range bounds.
//
//	x = x_shown s + x_end (1 - s)      s: share of the minute that is covered
func bounds(plan flowsheet.TagPlan, minutes []coveredMinute) (least, most []float64) {
	into := measure.Conversion{Scale: 1}
	if plan.Unit.Same(measure.Kelvin) {
		if c, err := plan.Unit.To(measure.Celsius); err == nil {
			into = c
		}
	}
	at := func(x coveredMinute, end float64) float64 {
		switch {
		case x.share >= 1:
			return into.Apply(x.mean)
		case x.share > 0 && !math.IsInf(end, 0):
			return float64(into.Apply(x.mean)*x.share) + float64(into.Apply(end)*(1-x.share))
		}
		return math.NaN()
	}
	for _, x := range minutes {
		least, most = append(least, at(x, plan.Low)), append(most, at(x, plan.High))
	}
	return least, most
}
