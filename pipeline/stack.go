package pipeline

import (
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/emissions"
)

// ReadStack returns a stack with what the instruments of a gas stream read in each
// minute of a period. The rollups are one-minute rollups as [Compute] returns
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
func (p *Plant) ReadStack(s emissions.Stack, stream string, w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) (emissions.Stack, error) {
	of, ok := p.Stream(stream)
	switch {
	case !ok:
		return s, fmt.Errorf("stack %s: the plant has no stream %s", s.Name, stream)
	case of.Phase != Gas || of.Volume == nil:
		return s, fmt.Errorf("stack %s: stream %s is no gas with a volume: name its flow in the plant file", s.Name, stream)
	}
	if of.Volume.Tag != "" {
		if plan, _ := p.Tag(of.Volume.Tag); plan.Counter {
			return s, fmt.Errorf("stack %s: tag %s is a counter: name a tag of the flow", s.Name, of.Volume.Tag)
		}
		s.From = emissions.Origin{Tag: of.Volume.Tag}
	}
	s.Mean, s.Minutes = nil, nil
	for _, part := range lotByLot(p, w, lab) {
		b := newBinding(p, part, rollups, lab)
		g := b.gasFlow(of)
		places := g.places(s.Gases)
		for i := range b.minutes {
			s.Minutes = append(s.Minutes, g.stackMinute(b, places, i))
		}
	}
	return s, nil
}

// places returns where in the composition each gas is, -1 if it is not read.
func (g gasFlow) places(gases []emissions.StackGas) []int {
	all := make([]int, len(gases))
	for k, gas := range gases {
		name := string(gas.Gas)
		switch gas.Gas {
		case emissions.CH4Fossil, emissions.CH4Biogenic, emissions.CH4:
			name = "CH4"
		case emissions.CO2Fossil, emissions.CO2Biogenic:
			name = "CO2"
		}
		all[k] = slices.IndexFunc(g.stream.Composition, func(c Component) bool { return c.Species == name && !c.Rest })
	}
	return all
}

func (g gasFlow) stackMinute(b *binding, places []int, i int) emissions.Minute {
	m := emissions.Minute{Shares: make([]*float64, len(places))}
	if v := g.sureVolume(b, i); v.why == "" {
		m.Volume = &v.value
	}
	for k, at := range places {
		if at < 0 || !b.surely(g.sources[at].tag, i) {
			continue
		}
		if x := b.at(g.sources[at], i); x.why == "" {
			m.Shares[k] = &x.value
		}
	}
	return m
}

// sureVolume returns the dry normal volume of a minute if all of it is sure.
func (g gasFlow) sureVolume(b *binding, i int) known {
	c := b.certain(g.amount, i)
	if c.why != "" || c.share < 1 {
		return known{why: "not sure for all of the minute"}
	}
	for _, s := range []source{g.state.pressure, g.state.temperature, g.state.water, g.state.humidity} {
		if s.why != "" || !b.surely(s.tag, i) {
			return known{why: "the state of the gas is not sure for all of the minute"}
		}
	}
	return g.state.normal(b, known{value: c.value, share: 1, quality: measure.GoodQuality}, i)
}

// StackOf returns the plant's stack over w, from the rollups of those minutes,
// as [Plant.ReadStack] does: CH4 first, then N2O. The plant has a stack.
func (p *Plant) StackOf(w measure.Interval, rollups map[measure.Tag][]Rollup, lab *Lab) (emissions.Stack, error) {
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
	return p.ReadStack(s, p.Stack.Stream, w, rollups, lab)
}
