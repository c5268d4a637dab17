package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/nielu/nielu/measure"
)

// Readings returns the series of a plant in the interval: decoded from all
// batches that touch it, one series a tag and agent, sorted by tag and time,
// each instant once. The same leaves give the same series, in whatever order
// they were logged and in whatever pieces one asks for them.
//
// What an agent lost is known, since its sequence has no holes: a leaf of kind
// Loss stands there. A loss is a bad sample of each of the agent's tags, with
// no reason but that it is unknown, so that nothing is drawn from the reading
// before it to the one after. So is the start of an agent.
//
// Scans stand where corrections of their agent's clock put them. Those that two
// settings of the clock have brought among each other are bad, and so is what a
// clock stamped that was never set, until it is corrected.
func (r *Reader) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	fail := func(err error) ([]measure.Series, error) {
		return nil, fmt.Errorf("readings of %s in %v: %w", plant, w, err)
	}
	corrected, err := r.shifts(ctx, plant)
	if err != nil {
		return fail(err)
	}
	agents, err := r.timelines(ctx, plant, w, corrected)
	if err != nil {
		return fail(err)
	}
	gaps, err := r.gaps(ctx, plant, w, corrected)
	if err != nil {
		return fail(err)
	}
	sources, err := r.sources(ctx, w, agents, gaps)
	if err != nil {
		return fail(err)
	}
	type key struct{ tag, unit, agent string }
	merged := map[key]*measure.Series{}
	for from, scans := range sources {
		series, err := r.decode(ctx, from, scans)
		if err != nil {
			return fail(err)
		}
		for _, s := range series {
			if s.Tag.Plant() != plant {
				continue
			}
			k := key{tag: string(s.Tag), unit: s.Unit.String(), agent: from.agent}
			if merged[k] == nil {
				merged[k] = &measure.Series{Tag: s.Tag, Agent: from.agent, Unit: s.Unit}
			}
			samples := s.Samples
			if lost := gapSamples(gaps.lost[from.agent], samples); len(lost) > 0 {
				samples = append(slices.Clip(samples), lost...)
			}
			samples = within(samples, w)
			if m := merged[k]; len(m.Samples) == 0 {
				m.Samples = samples
			} else {
				m.Samples = append(slices.Clip(m.Samples), samples...)
			}
		}
	}
	out := make([]measure.Series, 0, len(merged))
	for _, s := range merged {
		s.Sort()
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b measure.Series) int {
		return cmp.Or(cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Unit.String(), b.Unit.String()), cmp.Compare(a.Agent, b.Agent))
	})
	return out, nil
}

// source is an agent and a catalogue that decodes its scans.
type source struct{ agent, catalogue string }

// sourceScans are the scans of a source, apart those whose time is in doubt.
type sourceScans struct{ good, doubtful []measure.Scan }

// sources parts the scans in the interval by what decodes them. It adds to the
// gaps what no reading can be made of, and what begins an agent or ends a loss.
func (r *Reader) sources(ctx context.Context, w measure.Interval, agents map[string][]timeline, gaps gaps) (map[source]*sourceScans, error) {
	sources := map[source]*sourceScans{}
	for agent, of := range agents {
		wrong := outOfOrder(of)
		for i, p := range of {
			if p.from >= w.To.UnixNano() || p.to <= w.From.UnixNano() {
				continue
			}
			if n, err := r.boundReadings(ctx, p.batch); err != nil {
				return nil, err
			} else if n > MaxReadings {
				gaps.lost[agent] = append(gaps.lost[agent], timeRange{p.from, p.to - 1})
				continue
			}
			if first := p.batch.Scans[0].Seq; first == 1 || gaps.ends[chainNumber{agent: agent, epoch: p.batch.Epoch, seq: first - 1}] {
				gaps.lost[agent] = append(gaps.lost[agent], timeRange{p.begins - 1, p.begins - 1})
			}
			from := source{agent, p.batch.Catalogue}
			to := sources[from]
			if to == nil {
				to = &sourceScans{}
				sources[from] = to
			}
			if wrong == nil && p.unset == nil {
				to.good = append(to.good, p.scans...)
				continue
			}
			for k, scan := range p.scans {
				if wrong != nil && wrong[i][k] || p.unset != nil && p.unset[k] {
					to.doubtful = append(to.doubtful, scan)
				} else {
					to.good = append(to.good, scan)
				}
			}
		}
	}
	return sources, nil
}

// decode returns the series of a source; of scans whose time is in doubt, bad ones.
func (r *Reader) decode(ctx context.Context, from source, scans *sourceScans) ([]measure.Series, error) {
	catalogue, err := r.Catalogue(ctx, from.catalogue)
	if err != nil {
		return nil, err
	}
	series, err := r.Decode(catalogue, scans.good)
	if err == nil && len(scans.doubtful) > 0 {
		var doubtful []measure.Series
		if doubtful, err = r.Decode(catalogue, scans.doubtful); err == nil {
			markClockUnsure(doubtful, scans.doubtful)
			series = append(series, doubtful...)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("catalogue %.12s: %w", from.catalogue, err)
	}
	return series, nil
}

// markClockUnsure makes bad what the scans' own clock stamped. A time that an instrument
// brought is not that clock's.
func markClockUnsure(series []measure.Series, scans []measure.Scan) {
	stamped := map[int64]bool{}
	for _, scan := range scans {
		stamped[scan.At] = true
	}
	for _, s := range series {
		for i, sample := range s.Samples {
			if stamped[sample.At] && sample.Quality.Usable() {
				s.Samples[i] = measure.Sample{At: sample.At, Quality: measure.BadBecause(measure.ClockUnsure)}
			}
		}
	}
}

// within returns the samples that lie in the interval. Samples in order of
// time, as nearly all are, are cut and not copied.
func within(samples []measure.Sample, w measure.Interval) []measure.Sample {
	from, to := w.From.UnixNano(), w.To.UnixNano()
	if !measure.Ascending(samples) {
		return slices.DeleteFunc(samples, func(s measure.Sample) bool { return s.At < from || s.At >= to })
	}
	first := sort.Search(len(samples), func(i int) bool { return samples[i].At >= from })
	last := sort.Search(len(samples), func(i int) bool { return samples[i].At >= to })
	return samples[first:last]
}
