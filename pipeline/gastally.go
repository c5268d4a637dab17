package pipeline

import (
	"cmp"

	"github.com/nielu/nielu/pipeline/balance"
)

// gasTally is what a report asks of a gas beside its [streamTally].
type gasTally struct {
	free       tally // kg of all but N2 and Ar
	hhv, lhv   tally // MJ
	volume     tally // m3{N}, dry, while the analysis is known
	reported   tally // m3{N}: volume times the sum of the analysis
	normalised tally // kg of carbon, the analysis made to add up
	rest       bool  // a species takes what the others leave
	of         string
}

// analysed adds up a gas by its analysis. What is measured is summed as it was
// reported; the rest, if the plant file names one, is not part of that sum.
func (f flow) analysed() gasTally {
	var t gasTally
	if !f.ok {
		return t
	}
	for _, b := range f.r.parts {
		g := b.gasFlow(f.s)
		for _, c := range g.stream.Composition {
			if c.Rest {
				t.rest, t.of = true, c.Species
			}
		}
		for i := range b.minutes {
			t.minute(b, g, i)
		}
	}
	return t
}

func (t *gasTally) minute(b *binding, g gasFlow, i int) {
	v := g.volume(b, i)
	sum, share, why := 0.0, v.share, cmp.Or(v.why, b.noAnalysis(g.stream))
	carbon := 0.0
	for k, c := range g.stream.Composition {
		if c.Rest || why != "" {
			continue
		}
		x := b.at(g.sources[k], i)
		if x.why != "" {
			why = c.Species + ": " + x.why
			continue
		}
		sum += x.value
		share = min(share, float64(v.share*x.share))
		g.shares[k].Value = x.value
		carbon += balance.Gas(v.value, g.shares[k:k+1]).Carbon
	}
	if why != "" {
		for _, part := range []*tally{&t.free, &t.hhv, &t.lhv, &t.volume, &t.reported, &t.normalised} {
			part.miss(why)
		}
		return
	}
	t.volume.add(v.value, share, v.quality)
	t.reported.add(float64(v.value*sum), share, v.quality)
	if sum > 0 {
		t.normalised.add(carbon/sum, share, v.quality)
	} else {
		t.normalised.miss("the analysis shows nothing")
	}
	part, quality, why := b.composition(g.stream, g.sources, g.shares, i)
	if why != "" {
		for _, x := range []*tally{&t.free, &t.hhv, &t.lhv} {
			x.miss(why)
		}
		return
	}
	all := balance.Gas(float64(v.value*part), g.shares)
	free := all.Mass
	for k := range g.shares {
		if name := g.shares[k].Species.Name; name == "N2" || name == "Ar" {
			free -= balance.Gas(float64(v.value*part), g.shares[k:k+1]).Mass
		}
	}
	share = float64(v.share * part)
	t.free.add(free, share, quality)
	t.hhv.add(all.HHV, share, quality)
	t.lhv.add(all.LHV, share, quality)
}

func (b *binding) noAnalysis(s Stream) string {
	if len(s.Composition) == 0 {
		return "the plant file gives no composition"
	}
	return ""
}

// figure brings one of the tallies to the whole period.
func (t gasTally) figure(f flow, part tally, quantity string) figure {
	if !f.ok {
		return unknown(f.absent())
	}
	return f.r.extended(part, "stream "+f.s.ID, quantity)
}

// sum returns what the analysis adds up to as reported, in %, each minute
// weighted with its volume of gas.
func (t gasTally) sum() figure {
	if !(t.volume.sum > 0) {
		return unknown(cmp.Or(t.reported.why, "no gas flowed over the period: there is no analysis of it"))
	}
	return figure{value: 100 * (t.reported.sum / t.volume.sum)}
}

// perVolume returns MJ/m3{N}.
func (t gasTally) perVolume(f flow, part tally) figure {
	of := t.figure(f, part, "heating value")
	volume := t.figure(f, t.volume, "volume")
	if of.why == "" && volume.why == "" && !(volume.value > 0) {
		return unknown("no gas flowed over the period: it has no heating value")
	}
	return with(func(v ...float64) float64 { return v[0] / v[1] }, of, volume)
}
