package closure

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// RawBalanceByLot is [RawBalance] for a period of any length: lot by lot, each
// with its own analyses, added up. A stock's gain is that between the ends.
//
//	closure = Σ K_i in_i / Σ in_i      K_i the closure of a part; none if any part has none
//
// Source: definition.
func RawBalanceByLot(p *flowsheet.Plant, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab) Closure {
	parts := lots.Windows(p, w, lab)
	whole := RawBalance(p, parts[0], rollups, lab)
	for _, part := range parts[1:] {
		whole = whole.join(RawBalance(p, part, rollups, lab))
	}
	whole.Interval, whole.From, whole.To = w, w.From.UnixNano(), w.To.UnixNano()
	return whole
}

// join adds the closure of the time that follows.
func (c Closure) join(o Closure) Closure {
	a, b := float64(c.To-c.From), float64(o.To-o.From)
	share := a / (a + b)
	mean := func(x, y float64) float64 { return float64(x*share) + float64(y*(1-share)) }
	c.To = o.To
	c.Coverage, c.Quality = mean(c.Coverage, o.Coverage), measure.Worse(c.Quality, o.Quality)
	c.Missing = append(slices.Clone(c.Missing), o.Missing...)
	slices.Sort(c.Missing)
	c.Missing = slices.Compact(c.Missing)
	c.Unplanned = append(slices.Clone(c.Unplanned), o.Unplanned...)
	for _, x := range []struct {
		to   *Budget
		more Budget
	}{{&c.Mass, o.Mass}, {&c.Carbon, o.Carbon}, {&c.Ash, o.Ash}, {&c.Water, o.Water}, {&c.Energy, o.Energy}} {
		*x.to = x.to.join(x.more)
	}
	c.Streams, c.Flows, c.Stocks = slices.Clone(c.Streams), slices.Clone(c.Flows), slices.Clone(c.Stocks)
	for i := range c.Streams {
		s, more := &c.Streams[i], &o.Streams[i]
		for _, x := range []struct{ to, more **float64 }{
			{&s.Mass, &more.Mass}, {&s.DryMass, &more.DryMass}, {&s.Carbon, &more.Carbon}, {&s.Energy, &more.Energy}, {&s.Water, &more.Water}, {&s.Ash, &more.Ash},
			{&s.Hydrogen, &more.Hydrogen}, {&s.Nitrogen, &more.Nitrogen}, {&s.Phosphorus, &more.Phosphorus}, {&s.Volume, &more.Volume},
		} {
			*x.to = plus(*x.to, *x.more)
		}
		s.Coverage, s.Quality = mean(s.Coverage, more.Coverage), measure.Worse(s.Quality, more.Quality)
	}
	for i := range c.Flows {
		f, more := &c.Flows[i], &o.Flows[i]
		f.Energy, f.Coverage, f.Quality = plus(f.Energy, more.Energy), mean(f.Coverage, more.Coverage), measure.Worse(f.Quality, more.Quality)
	}
	for i := range c.Stocks {
		s, more := &c.Stocks[i], &o.Stocks[i]
		for _, x := range []struct{ to, more **float64 }{
			{&s.Mass, &more.Mass}, {&s.Carbon, &more.Carbon}, {&s.Energy, &more.Energy}, {&s.Water, &more.Water}, {&s.Ash, &more.Ash},
			{&s.Nitrogen, &more.Nitrogen}, {&s.Phosphorus, &more.Phosphorus},
		} {
			*x.to = plus(*x.to, *x.more)
		}
		s.Quality = measure.Worse(s.Quality, more.Quality)
	}
	return c
}

func (b Budget) join(o Budget) Budget {
	switch in := b.In + o.In; {
	case b.idle: // the scatter of a plant that stood weighs nothing
		b.Closure, b.idle = o.Closure, o.idle
	case o.idle:
	case b.Closure != nil && o.Closure != nil && in > 0 && !math.IsInf(in, 0):
		k := (float64(*b.Closure*b.In) + float64(*o.Closure*o.In)) / in
		b.Closure = &k
	default:
		b.Closure = nil
	}
	b.In, b.Out, b.Accumulation, b.Complete = b.In+o.In, b.Out+o.Out, b.Accumulation+o.Accumulation, b.Complete && o.Complete
	return b
}

// plus adds two amounts; what is not known of either is not known of both.
func plus(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}
