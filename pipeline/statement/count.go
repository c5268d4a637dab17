package statement

import (
	"context"
	"fmt"
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
	Found     claim.Found
}

// CountLot counts product and stack of a lot from readings, computing a day at a
// time. Fewer readings give no more product and no less of an emission.
func CountLot(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, lot string, src pipeline.Source) (LotCount, error) {
	l, ok := lab.Lot(lot)
	if !ok || l.Plant != p.ID {
		return LotCount{}, fmt.Errorf("count lot %s: nobody entered such a lot of plant %s", lot, p.ID)
	}
	tags := claim.ProductTags(p)
	rollups := map[measure.Tag][]rollup.Rollup{}
	var stack emissions.StackSum
	var contested []measure.Tag
	var windows []reconciled.Reconciliation
	found := claim.Measure(p, lab)
	for from := l.Interval.From; from.Before(l.Interval.To); {
		day := measure.Interval{From: from, To: from.Truncate(24 * time.Hour).Add(24 * time.Hour)}
		if day.To.After(l.Interval.To) {
			day.To = l.Interval.To
		}
		result, err := pipeline.Compute(ctx, p, lab, src, day)
		if err != nil {
			return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
		}
		for _, tag := range result.Contested {
			if (slices.Contains(tags, tag) || slices.Contains(claim.StackTags(p), tag)) && !slices.Contains(contested, tag) {
				contested = append(contested, tag)
			}
		}
		for _, tag := range tags {
			for _, r := range result.Rollups[tag] {
				if day.Contains(r.From) && !inSensorDowntime(p, lab, tag, r.From) {
					rollups[tag] = append(rollups[tag], r)
				}
			}
		}
		found.Add(day, result.Rollups)
		for _, b := range result.Balances {
			if day.Contains(b.From) && b.To <= l.Interval.To.UnixNano() {
				windows = append(windows, b)
			}
		}
		if p.Stack != nil {
			if err := addStack(&stack, p, lab, day, result.Rollups); err != nil {
				return LotCount{}, fmt.Errorf("count lot %s from %s: %w", lot, day.From.Format(time.RFC3339), err)
			}
		}
		from = day.To
	}
	product, err := claim.CountProduct(p, l.Interval, rollups, lab)
	if err != nil {
		return LotCount{}, fmt.Errorf("count lot %s: %w", lot, err)
	}
	slices.Sort(contested)
	c := LotCount{Contested: contested, Product: product}
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

func addStack(sum *emissions.StackSum, p *flowsheet.Plant, lab *lots.Lab, day measure.Interval, rollups map[measure.Tag][]rollup.Rollup) error {
	minutes, err := claim.StackOf(p, day, rollups, lab)
	if err != nil {
		return err
	}
	return sum.Add(minutes)
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
