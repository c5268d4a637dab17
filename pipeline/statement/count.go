package statement

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// LotCount is what the readings of a lot come to: what counts for it, and what
// counts against it.
type LotCount struct {
	Product claim.Product
	Stack   *carbon.Stack // nil: the plant file names no stack

	// Contested is the tags of both that two agents read at one time, of
	// which the plant file names neither.
	Contested []measure.Tag
	Found     claim.Conditions
}

// CountLot counts product and stack of a lot from readings, a day at a time.
// Fewer readings give no more product and no less of an emission. The windows
// of the lot are reconciled, for they may accuse an instrument of the claim;
// nobody asks for their raw balances.
func CountLot(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, lot string, src pipeline.Source) (LotCount, error) {
	l, ok := lab.Lot(lot)
	if !ok || l.Plant != p.ID {
		return LotCount{}, fmt.Errorf("count lot %s: nobody entered such a lot of plant %s", lot, p.ID)
	}
	var stack emissions.StackSum
	sum, network := newLotSum(p, lab, &stack), reconciled.New(p)
	var contested []measure.Tag
	var windows []reconciled.Reconciliation
	found := claim.TallyConditions(p, lab)
	for day := range days(l.Interval) {
		whole := day.Align(p.BalanceEvery)
		// One minute more in front: the stocks at the start of the first window.
		result, err := pipeline.Rollups(ctx, p, lab, src, measure.Interval{From: whole.From.Add(-rollup.Step), To: whole.To})
		if err != nil {
			return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
		}
		for at := whole.From; at.Before(whole.To); at = at.Add(p.BalanceEvery) {
			if err := ctx.Err(); err != nil {
				return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
			}
			window := measure.Interval{From: at, To: at.Add(p.BalanceEvery)}
			if !window.From.Before(day.From) && !window.To.After(l.Interval.To) {
				windows = append(windows, network.Reconcile(window, result.Rollups, lab))
			}
		}
		for tag, minutes := range result.Rollups {
			result.Rollups[tag] = minutes[1:]
		}
		contested = append(contested, result.Contested...)
		found.Add(day, result.Rollups)
		if err := sum.add(day, result.Rollups); err != nil {
			return LotCount{}, fmt.Errorf("count lot %s from %s: %w", lot, day.From.Format(time.RFC3339), err)
		}
	}
	c := LotCount{}
	for _, tag := range contested {
		if (slices.Contains(claim.ProductTags(p), tag) || slices.Contains(claim.StackTags(p), tag)) && !slices.Contains(c.Contested, tag) {
			c.Contested = append(c.Contested, tag)
		}
	}
	slices.Sort(c.Contested)
	var err error
	if c.Product, err = sum.product(l.Interval); err != nil {
		return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
	}
	if c.Found, err = found.Result(); err != nil {
		return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
	}
	c.Found.Accused = accusations(p, lab, l, windows)
	if p.Stack != nil {
		if c.Stack, err = stackOf(p, stack, l.Interval); err != nil {
			return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
		}
	}
	return c, nil
}

// days gives the calendar days (UTC) of an interval, the first and the last cut at it.
func days(w measure.Interval) iter.Seq[measure.Interval] {
	return func(yield func(measure.Interval) bool) {
		for from := w.From; from.Before(w.To); {
			day := measure.Interval{From: from, To: from.Truncate(24 * time.Hour).Add(24 * time.Hour)}
			if day.To.After(w.To) {
				day.To = w.To
			}
			if !yield(day) {
				return
			}
			from = day.To
		}
	}
}

// lotSum takes the minutes that count, a day after another.
type lotSum struct {
	plant   *flowsheet.Plant
	lab     *lots.Lab
	minutes map[measure.Tag][]rollup.Rollup // of the product's tags, but for downtimes of their sensors
	stack   *emissions.StackSum
}

func newLotSum(p *flowsheet.Plant, lab *lots.Lab, stack *emissions.StackSum) *lotSum {
	return &lotSum{plant: p, lab: lab, minutes: map[measure.Tag][]rollup.Rollup{}, stack: stack}
}

func (s *lotSum) add(day measure.Interval, rollups map[measure.Tag][]rollup.Rollup) error {
	for _, tag := range claim.ProductTags(s.plant) {
		for _, r := range rollups[tag] {
			if day.Contains(r.From) && !inSensorDowntime(s.plant, s.lab, tag, r.From) {
				s.minutes[tag] = append(s.minutes[tag], r)
			}
		}
	}
	if s.plant.Stack == nil {
		return nil
	}
	return addStack(s.stack, s.plant, s.lab, day, rollups)
}

func addStack(sum *emissions.StackSum, p *flowsheet.Plant, lab *lots.Lab, day measure.Interval, rollups map[measure.Tag][]rollup.Rollup) error {
	minutes, err := claim.StackOf(p, day, rollups, lab)
	if err != nil {
		return err
	}
	return sum.Add(minutes)
}

// product counts the product over all of the interval.
func (s *lotSum) product(w measure.Interval) (claim.Product, error) {
	return claim.CountProduct(s.plant, w, s.minutes, s.lab)
}

// stackOf returns what the stack emitted over a lot, and says from which tags,
// how much of the lot was read, and what stood in for the rest.
//
// Rounds: the mass of each gas once, half to even, to 1 mg.
func stackOf(p *flowsheet.Plant, sum emissions.StackSum, lot measure.Interval) (*carbon.Stack, error) {
	if want := int(lot.Length() / rollup.Step); sum.Minutes != want {
		return nil, fmt.Errorf("stack %s: %d minutes were added up, the lot has %d", p.Stack.Stream, sum.Minutes, want)
	}
	ch4, err1 := sum.Mass(0)
	n2o, err2 := sum.Mass(1)
	for _, err := range []error{err1, err2} {
		if err != nil {
			return nil, fmt.Errorf("stack %s: %w", p.Stack.Stream, err)
		}
	}
	var tags []string
	for _, tag := range claim.StackTags(p) {
		tags = append(tags, string(tag))
	}
	most := p.Stack.Most
	s := &carbon.Stack{Groups: p.Stack.Groups, Methane: ch4, NitrousOxide: n2o, Biogenic: p.Stack.Biogenic}
	s.Source = fmt.Sprintf("readings of %s in %d of %d minutes; where there are none the most there can be, %s with %s CH4 and %s N2O by %s",
		strings.Join(tags, ", "), sum.Read, sum.Minutes, most.Flow, most.CH4, most.N2O, p.Stack.Source)
	if sum.Read < sum.Minutes {
		s.StandsIn = fmt.Sprintf("flow, CH4 and N2O of %s were all read in %d of %d minutes; where one was not, the most there can be counts: %s, %s CH4, %s N2O by %s; %.6g m3{N} of the flow is such",
			p.Stack.Stream, sum.Read, sum.Minutes, most.Flow, most.CH4, most.N2O, p.Stack.Source, sum.StandsIn)
	}
	return s, nil
}

// inSensorDowntime tells whether a reading lies in a downtime of its sensor on
// record: then nothing is counted from it.
func inSensorDowntime(p *flowsheet.Plant, lab *lots.Lab, tag measure.Tag, at int64) bool {
	if len(lab.Downtimes) == 0 {
		return false
	}
	plan, _ := p.Tag(tag)
	return slices.ContainsFunc(lab.Downtimes, func(d lots.Downtime) bool {
		return d.Plant == p.ID && namesInstrument(d, plan.Instrument) && d.Interval.Contains(at)
	})
}
