package projection

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// compute returns the results of one chunk. Of what [pipeline.Compute] gives
// it leaves out what lies beyond the reach, and the hours of which there is no
// evidence at all, or none any more: they are absent, not stored as bad, so
// that a batch that bridges years costs nothing. Which those are depends on
// the evidence alone.
func (w *Worker) compute(ctx context.Context, c chunk, lab *lots.Lab) (Results, error) {
	seen := &witness{Source: w.Source, plant: c.plant, until: c.reach.To.UnixNano(), hours: map[int64]bool{}, last: map[measure.Tag]latestSample{}}
	computed, err := pipeline.Compute(ctx, c.plant, lab, seen, c.window)
	if err != nil {
		return Results{}, err
	}
	out := Results{Plant: c.plant.ID, Site: c.plant.Site, Window: c.window, Settles: c.marks}
	for _, rollups := range computed.Rollups {
		for i := range rollups {
			if r := &rollups[i]; r.Count > 0 || r.Coverage > 0 {
				seen.hours[floorDiv(r.From, hourNs)] = true
			}
		}
	}
	end := c.reach.Align(rollup.Step).To.UnixNano()
	for _, plan := range c.plant.Tags {
		rollups := slices.DeleteFunc(computed.Rollups[plan.Tag], func(r rollup.Rollup) bool {
			return r.From >= end || !seen.hours[floorDiv(r.From, hourNs)]
		})
		out.Tags = append(out.Tags, TagRollups{Tag: plan.Tag, Unit: plan.Unit, Rollups: rollups})
		if s, ok := seen.last[plan.Tag]; ok {
			if latest, ok := latestOf(plan, s); ok {
				out.Latest = append(out.Latest, latest)
			}
		}
	}
	for i, closure := range computed.Closures {
		if !closure.Interval.To.After(c.reach.To) && seen.hasReading(closure.Interval) {
			out.Closures, out.Balances = append(out.Closures, closure), append(out.Balances, computed.Balances[i])
		}
	}
	w.faults(c.plant.ID, computed.Faults)
	w.countForeignTags(computed.Foreign)
	return out, nil
}

// faults logs what in the evidence does not fit the plan when it changes.
func (w *Worker) faults(plant string, faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range faults {
		if !w.logged[fault] {
			w.logged[fault] = true
			w.Log.Warn("projection: "+fault, "plant", plant)
		}
	}
}

// countForeignTags counts the tags that agents send which do not read them.
func (w *Worker) countForeignTags(all []rollup.ForeignReadings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range all {
		if key := "foreign " + string(f.Tag) + " " + f.Agent; !w.logged[key] {
			w.logged[key] = true
			w.Stats.Foreign.Add(1)
		}
	}
}

// witness is a source that remembers in which hours there was evidence and
// what the last sample of each tag before an instant was.
type witness struct {
	pipeline.Source
	plant *flowsheet.Plant
	until int64

	mu    sync.Mutex
	hours map[int64]bool
	last  map[measure.Tag]latestSample
}

type latestSample struct {
	measure.Sample
	unit measure.Unit
}

// Readings implements [pipeline.Source].
func (w *witness) Readings(ctx context.Context, plant string, span measure.Interval) ([]measure.Series, error) {
	all, err := w.Source.Readings(ctx, plant, span)
	w.mu.Lock()
	defer w.mu.Unlock()
	own, _ := rollup.OwnSeries(w.plant, all)
	for _, series := range own {
		hour := int64(-1 << 62)
		for _, s := range series.Samples {
			if s.At < hour || s.At >= hour+hourNs {
				n := floorDiv(s.At, hourNs)
				hour, w.hours[n] = n*hourNs, true
			}
			if last, ok := w.last[series.Tag]; s.At < w.until && (!ok || s.At > last.At) {
				w.last[series.Tag] = latestSample{s, series.Unit}
			}
		}
	}
	return all, err
}

func (w *witness) hasReading(span measure.Interval) bool {
	for hour := floorDiv(span.From.UnixNano(), hourNs); hour <= floorDiv(span.To.UnixNano()-1, hourNs); hour++ {
		if w.hours[hour] {
			return true
		}
	}
	return false
}

// latestOf brings a tag's last sample into the unit and through the gate of its plan.
func latestOf(plan flowsheet.TagPlan, s latestSample) (Latest, bool) {
	c, err := s.unit.To(plan.Unit)
	if err != nil {
		return Latest{}, false // Compute says it as a fault
	}
	sample := s.Sample
	sample.Value = c.Apply(sample.Value)
	for _, gated := range rollup.Gate(plan, []measure.Sample{sample}) {
		sample = gated
	}
	latest := Latest{Tag: plan.Tag, Time: time.Unix(0, sample.At).UTC(), Unit: plan.Unit.String(), Quality: sample.Quality.String()}
	if sample.Quality.Usable() {
		latest.Value = &sample.Value
	}
	return latest, true
}
