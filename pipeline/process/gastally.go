package process

import (
	"cmp"

	"github.com/nielu/nielu/pipeline/balance"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
)

// gasTally is what a report asks of a gas beside its [material.StreamTally].
type gasTally struct {
	free       material.Tally // kg of all but N2 and Ar
	hhv, lhv   material.Tally // MJ
	volume     material.Tally // m3{N}, dry, while the analysis is known
	reported   material.Tally // m3{N}: volume times the sum of the analysis
	normalised material.Tally // kg of carbon, the analysis made to add up
	rest       bool           // a species takes what the others leave
	of         string
}

// gasAnalysis adds up a gas by its analysis. What is measured is summed as it was
// reported; the rest, if the plant file names one, is not part of that sum.
func (f roleStream) gasAnalysis() gasTally {
	var t gasTally
	if !f.ok {
		return t
	}
	for _, b := range f.r.lotWindows {
		g := b.GasFlow(f.s)
		for _, c := range g.Stream.Composition {
			if c.Rest {
				t.rest, t.of = true, c.Species
			}
		}
		for i := range b.Minutes {
			t.minute(b, g, i)
		}
	}
	return t
}

func (t *gasTally) minute(b *material.Evaluation, g material.GasFlow, i int) {
	v := g.NormalVolume(b, i)
	sum, share, why := 0.0, v.Share, cmp.Or(v.Why, noAnalysis(g.Stream))
	carbon := 0.0
	for k, c := range g.Stream.Composition {
		if c.Rest || why.Given() {
			continue
		}
		x := b.At(g.Sources[k], i)
		if x.Why.Given() {
			why = x.Why.In(c.Species + ": ")
			continue
		}
		sum += x.Value
		share = min(share, float64(v.Share*x.Share))
		g.Shares[k].Value = x.Value
		carbon += balance.Gas(v.Value, g.Shares[k:k+1]).Carbon
	}
	if why.Given() {
		for _, part := range []*material.Tally{&t.free, &t.hhv, &t.lhv, &t.volume, &t.reported, &t.normalised} {
			part.Miss(why)
		}
		return
	}
	t.volume.Add(v.Value, share, v.Quality)
	t.reported.Add(float64(v.Value*sum), share, v.Quality)
	if sum > 0 {
		t.normalised.Add(carbon/sum, share, v.Quality)
	} else {
		t.normalised.Miss(material.NoFigure("the analysis shows nothing"))
	}
	part, quality, why := b.Composition(g.Stream, g.Sources, g.Shares, i)
	if why.Given() {
		for _, x := range []*material.Tally{&t.free, &t.hhv, &t.lhv} {
			x.Miss(why)
		}
		return
	}
	all := balance.Gas(float64(v.Value*part), g.Shares)
	free := all.Mass
	for k := range g.Shares {
		if name := g.Shares[k].Species.Name; name == "N2" || name == "Ar" {
			free -= balance.Gas(float64(v.Value*part), g.Shares[k:k+1]).Mass
		}
	}
	share = float64(v.Share * part)
	t.free.Add(free, share, quality)
	t.hhv.Add(all.HHV, share, quality)
	t.lhv.Add(all.LHV, share, quality)
}

func noAnalysis(s flowsheet.Stream) material.Reason {
	if len(s.Composition) == 0 {
		return material.Unplanned("composition")
	}
	return material.Reason{}
}

// estimate brings one of the tallies to the whole period.
func (t gasTally) estimate(f roleStream, part material.Tally, quantity string) estimate {
	if !f.ok {
		return unknown(f.absence())
	}
	return f.r.extrapolate(part, "stream "+f.s.ID, quantity)
}

// sum returns what the analysis adds up to as reported, in %, each minute
// weighted with its volume of gas.
func (t gasTally) sum() estimate {
	if !(t.volume.Sum > 0) {
		return unknown(cmp.Or(t.reported.Why, material.NoFigure("no gas flowed over the period: there is no analysis of it")))
	}
	return estimate{value: 100 * (t.reported.Sum / t.volume.Sum)}
}

// perVolume returns MJ/m3{N}.
func (t gasTally) perVolume(f roleStream, part material.Tally) estimate {
	of := t.estimate(f, part, "heating value")
	volume := t.estimate(f, t.volume, "volume")
	if !of.why.Given() && !volume.why.Given() && !(volume.value > 0) {
		return noFigure("no gas flowed over the period: it has no heating value")
	}
	return combine(func(v ...float64) float64 { return v[0] / v[1] }, of, volume)
}
