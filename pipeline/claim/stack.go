package claim

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// ReadStack returns a stack with what the instruments of a gas stream read in each
// minute of a period. The rollups are one-minute rollups as pipeline.Compute returns
// them.
//
// A volume or share of a minute is read only if two usable readings that
// follow each other cover all of it, as for methane that is destroyed; of an
// actual volume so must be pressure, temperature and humidity. What is not
// read counts at the most there can be, see [emissions.Stack]: a lost reading
// cannot change the mean of a minute, only take the minute away. A gas that
// the plant file does not name, or that is what the others leave, is not read
// in any minute.
//
// The flow must be a rate: a counter books an increase when it is read, so no
// minute of it has a most.
func ReadStack(p *flowsheet.Plant, s emissions.Stack, stream string, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) (emissions.Stack, error) {
	of, ok := p.Stream(stream)
	switch {
	case !ok:
		return s, fmt.Errorf("stack %s: the plant has no stream %s", s.Name, stream)
	case of.Phase != flowsheet.Gas || of.Volume == nil:
		return s, fmt.Errorf("stack %s: stream %s is no gas with a volume: name its flow in the plant file", s.Name, stream)
	}
	if of.Volume.Tag != "" {
		if plan, _ := p.Tag(of.Volume.Tag); plan.Counter {
			return s, fmt.Errorf("stack %s: tag %s is a counter: name a tag of the flow", s.Name, of.Volume.Tag)
		}
		s.From = emissions.Origin{Tag: of.Volume.Tag}
	}
	s.Mean, s.Minutes = nil, nil
	for _, part := range lots.Windows(p, w, lab) {
		b := material.Evaluate(p, part, rollups, lab)
		g := b.GasFlow(of)
		places := placesOf(g, s.Gases)
		for i := range b.Minutes {
			s.Minutes = append(s.Minutes, stackMinute(g, b, places, i))
		}
	}
	return s, nil
}

// placesOf returns where in the composition each gas is, -1 if it is not read.
func placesOf(g material.GasFlow, gases []emissions.StackGas) []int {
	all := make([]int, len(gases))
	for k, gas := range gases {
		name := string(gas.Gas)
		switch gas.Gas {
		case emissions.CH4Fossil, emissions.CH4Biogenic, emissions.CH4:
			name = "CH4"
		case emissions.CO2Fossil, emissions.CO2Biogenic:
			name = "CO2"
		}
		all[k] = slices.IndexFunc(g.Stream.Composition, func(c flowsheet.Component) bool { return c.Species == name && !c.Rest })
	}
	return all
}

func stackMinute(g material.GasFlow, b *material.Evaluation, places []int, i int) emissions.Minute {
	m := emissions.Minute{Shares: make([]*float64, len(places))}
	if v := pairedVolume(g, b, i); !v.Why.Given() {
		m.Volume = &v.Value
	}
	for k, at := range places {
		if at < 0 || !IsPaired(b, g.Sources[at].Tag, i) {
			continue
		}
		if x := b.At(g.Sources[at], i); !x.Why.Given() {
			m.Shares[k] = &x.Value
		}
	}
	return m
}

// pairedVolume returns the dry normal volume of a minute if all of it is sure.
func pairedVolume(g material.GasFlow, b *material.Evaluation, i int) material.MinuteValue {
	c := pairedMinute(b, g.Amount, i)
	if c.why.Given() || c.share < 1 {
		return material.MinuteValue{Why: material.NoFigure("not sure for all of the minute")}
	}
	for _, s := range []material.ResolvedValue{g.State.Pressure, g.State.Temperature, g.State.Water, g.State.Humidity} {
		if s.Why.Given() || !IsPaired(b, s.Tag, i) {
			return material.MinuteValue{Why: material.NoFigure("the state of the gas is not sure for all of the minute")}
		}
	}
	return g.State.Normal(b, material.MinuteValue{Value: c.value, Share: 1, Quality: measure.GoodQuality}, i)
}

// StackOf returns the plant's stack over w, from the rollups of those minutes,
// as [ReadStack] does: CH4 first, then N2O. The plant has a stack.
func StackOf(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) (emissions.Stack, error) {
	s := emissions.Stack{Record: emissions.Record{Name: "stack"}}
	methane := emissions.CH4Fossil
	if p.Stack.Biogenic {
		methane = emissions.CH4Biogenic
	}
	ch4, err1 := p.Stack.Most.CH4.In(measure.One)
	n2o, err2 := p.Stack.Most.N2O.In(measure.One)
	flow, err3 := p.Stack.Most.Flow.In(measure.NormalCubicMetrePerHour)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return s, err
		}
	}
	s.Most, s.Gases = flow, []emissions.StackGas{{Gas: methane, Most: ch4}, {Gas: emissions.N2O, Most: n2o}}
	return ReadStack(p, s, p.Stack.Stream, w, rollups, lab)
}
