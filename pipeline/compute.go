package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Source is where readings come from: the evidence log of the centre, or a
// bundle that an auditor took home. It returns the series of a plant whose
// samples lie within w, in any order; the same samples every time.
type Source interface {
	Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error)
}

// Result is all that is computed for an interval of a plant.
type Result struct {
	Rollups  map[measure.Tag][]rollup.Rollup `json:"rollups"`  // by tag of the plan, in order of time
	Closures []Closure                       `json:"closures"` // one for each balance window, in order of time
	Balances []reconciled.Reconciliation     `json:"balances"` // the same windows, reconciled
	Faults   []string                        `json:"faults"`   // what in the evidence does not fit the plan, in words

	Foreign   []rollup.ForeignReadings `json:"foreign,omitempty"`   // readings that were refused, by tag and agent
	Contested []measure.Tag            `json:"contested,omitempty"` // tags that two agents read at one time, and the plan names neither
}

// Closure is the raw balance of a window, and what reconciling the
// window says of it.
type Closure struct {
	closure.Closure
	Check *reconciled.Check `json:"check"`
}

// Compute turns the readings of a plant into rollups of a minute for each tag
// of its plan, and closures for each balance window. w is widened to whole
// balance windows. It is pure: plant, lab and readings alone decide every
// byte, not the order or number of calls; the centre and an auditor both call it.
func Compute(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, src Source, w measure.Interval) (Result, error) {
	w = w.Align(p.BalanceEvery)
	// One minute more in front: the stocks at the start of the first window.
	result, err := Rollups(ctx, p, lab, src, measure.Interval{From: w.From.Add(-rollup.Step), To: w.To})
	if err != nil {
		return Result{}, err
	}
	network := reconciled.New(p)
	for at := w.From; at.Before(w.To); at = at.Add(p.BalanceEvery) {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		window := measure.Interval{From: at, To: at.Add(p.BalanceEvery)}
		balance := network.Reconcile(window, result.Rollups, lab)
		result.Closures = append(result.Closures, Closure{closure.RawBalance(p, window, result.Rollups, lab), balance.Check()})
		result.Balances = append(result.Balances, balance)
	}
	for tag, all := range result.Rollups {
		result.Rollups[tag] = all[1:]
	}
	return result, nil
}

// Rollups turns the readings of a plant into rollups of a minute and no more,
// for whoever counts a lot or looks at a tag. They are of the tags asked for,
// without any of each tag of the plan, and those that [Compute] gives. w is
// widened to whole minutes.
func Rollups(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, src Source, w measure.Interval, tags ...measure.Tag) (Result, error) {
	w = w.Align(rollup.Step)
	result := Result{Rollups: make(map[measure.Tag][]rollup.Rollup, len(p.Tags))}
	for _, t := range p.Tags {
		if len(tags) == 0 || slices.Contains(tags, t.Tag) {
			result.Rollups[t.Tag] = make([]rollup.Rollup, 0, int(w.Length()/rollup.Step))
		}
	}
	// Read in pieces, so that neither a month nor an hour of thousands of tags
	// has to fit into memory. The pieces cannot be seen in the result: a rollup
	// depends on its own minute and on the readings within Lookback of it.
	size := newPieces(p)
	for from := w.From; from.Before(w.To); {
		part := measure.Interval{From: from, To: from.Add(size.next)}
		if part.To.After(w.To) {
			part.To = w.To
		}
		read, err := roll(ctx, p, lab, src, part, tags, &result)
		if err != nil {
			return Result{}, err
		}
		size.learn(read, part)
		from = part.To
	}
	slices.Sort(result.Faults)
	result.Faults = slices.Compact(result.Faults)
	slices.Sort(result.Contested)
	result.Contested = slices.Compact(result.Contested)
	return result, nil
}

// roll adds the minutes of a part to those before it. It returns how many
// readings it looked at.
func roll(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, src Source, w measure.Interval, tags []measure.Tag, result *Result) (read int, err error) {
	series, err := src.Readings(ctx, p.ID, measure.Interval{From: w.From.Add(-rollup.Lookback(p)), To: w.To.Add(rollup.Lookback(p))})
	if err != nil {
		return 0, fmt.Errorf("compute %s %s: %w", p.ID, w, err)
	}
	for _, s := range series {
		read += len(s.Samples)
	}
	series, foreign := rollup.OwnSeries(p, series)
	result.Foreign = append(result.Foreign, foreign...)
	for _, f := range foreign {
		result.Faults = append(result.Faults, f.Refusal(p))
	}
	for _, tag := range rollup.ContestedTags(p, series) {
		result.Contested = append(result.Contested, tag)
		result.Faults = append(result.Faults, fmt.Sprintf("tag %s: two agents send readings of it at one time and the plant file names neither: two that differ are bad; say under agents which reads it", tag))
	}
	byTag, faults := collect(p, series)
	result.Faults = append(result.Faults, faults...)
	part, err := rollup.OfPlant(ctx, p, byTag, lab.Drifts, w, tags...)
	if err != nil {
		return 0, err
	}
	for tag, minutes := range part {
		result.Rollups[tag] = append(result.Rollups[tag], minutes...)
	}
	return read, nil
}

// pieces says how long a stretch is read at once: as long as atOnce readings
// take, with the time to either side of it that bears on it.
type pieces struct {
	next  time.Duration // whole steps
	far   time.Duration
	least time.Duration
}

const (
	atOnce       = 1 << 21          // readings, of 24 bytes each
	firstRate    = 10               // readings a second that a tag is taken to have before some were seen
	longestPiece = 6 * time.Hour    // and four times the lookback
	leastPiece   = 10 * time.Minute // or half the lookback: shorter ones would read most of it many times
)

func newPieces(p *flowsheet.Plant) *pieces {
	s := &pieces{far: rollup.Lookback(p)}
	s.least = max(leastPiece, s.far/2).Round(rollup.Step)
	s.next = s.length(float64(firstRate * max(1, len(p.Tags))))
	return s
}

// length returns the piece that has atOnce readings at a rate a second.
func (s *pieces) length(rate float64) time.Duration {
	longest := (longestPiece + 4*s.far).Round(rollup.Step)
	seconds := min(atOnce/rate-2*s.far.Seconds(), longest.Seconds())
	return max(s.least, time.Duration(seconds)*time.Second).Truncate(rollup.Step)
}

// learn takes the rate from a part that was read. After a gap it grows no more
// than fourfold at a time.
func (s *pieces) learn(read int, part measure.Interval) {
	rate := float64(max(1, read)) / (part.Length() + 2*s.far).Seconds()
	s.next = min(s.length(rate), 4*s.next)
}

// collect brings the series of one tag together in the unit of its plan. A
// series in a unit that does not convert is left out and said; one of a tag
// the plan does not have is none of its business.
func collect(p *flowsheet.Plant, all []measure.Series) (map[measure.Tag]measure.Series, []string) {
	byTag := make(map[measure.Tag]measure.Series, len(p.Tags))
	var faults []string
	for _, s := range all {
		plan, ok := p.Tag(s.Tag)
		if !ok {
			continue
		}
		if _, err := s.Unit.To(plan.Unit); err != nil {
			faults = append(faults, fmt.Sprintf("tag %s: readings in %s: %v; correct the unit in the plant file or in the profile of %s", s.Tag, s.Unit, err, cmp.Or(plan.Instrument, "its instrument")))
			continue
		}
		held, ok := byTag[s.Tag]
		switch {
		case !ok:
			held = s
		case held.Unit == s.Unit:
			held.Samples = append(slices.Clip(held.Samples), s.Samples...)
		default:
			held = inUnit(held, plan.Unit)
			held.Samples = append(held.Samples, inUnit(s, plan.Unit).Samples...)
		}
		byTag[s.Tag] = held
	}
	return byTag, faults
}

func inUnit(s measure.Series, unit measure.Unit) measure.Series {
	c, err := s.Unit.To(unit)
	out := measure.Series{Tag: s.Tag, Unit: unit, Samples: slices.Clone(s.Samples)}
	for i := range out.Samples {
		if err != nil {
			out.Samples[i] = measure.Sample{At: s.Samples[i].At, Quality: measure.BadBecause(measure.Unparsable)}
			continue
		}
		out.Samples[i].Value = c.Apply(out.Samples[i].Value)
	}
	return out
}
