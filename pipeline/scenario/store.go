package scenario

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// store keeps the windows of a scenario as the projections of a centre do:
// each is computed when it is asked for, and again once something touched it.
type store struct {
	plant    *flowsheet.Plant
	whole    measure.Interval
	stale    []bool // of each window
	closures []pipeline.Closure
	balances []reconciled.Reconciliation
	rollups  map[measure.Tag][]rollup.Rollup // every minute of the whole
}

func newStore(p *flowsheet.Plant, whole measure.Interval) *store {
	n := int(whole.Length() / p.BalanceEvery)
	s := &store{plant: p, whole: whole, stale: make([]bool, n), closures: make([]pipeline.Closure, n), balances: make([]reconciled.Reconciliation, n), rollups: map[measure.Tag][]rollup.Rollup{}}
	for _, t := range p.Tags {
		s.rollups[t.Tag] = make([]rollup.Rollup, whole.Length()/rollup.Step)
	}
	s.spoil(whole)
	return s
}

// index returns the number of the window that begins at an instant.
func (s *store) index(at time.Time) int {
	return min(max(0, int(at.Sub(s.whole.From)/s.plant.BalanceEvery)), len(s.stale))
}

// spoil marks the windows of an interval.
func (s *store) spoil(w measure.Interval) {
	for i := s.index(w.From); i < s.index(w.To); i++ {
		s.stale[i] = true
	}
}

// refresh computes the marked windows up to an instant.
func (s *store) refresh(ctx context.Context, lab *lots.Lab, src pipeline.Source, to time.Time) error {
	for i, end := 0, s.index(to); i < end; i++ {
		if !s.stale[i] {
			continue
		}
		k := i + 1
		for k < end && s.stale[k] {
			k++
		}
		w := measure.Interval{From: s.start(i), To: s.start(k)}
		result, err := pipeline.Compute(ctx, s.plant, lab, src, w)
		if err != nil {
			return err
		}
		copy(s.closures[i:k], result.Closures)
		copy(s.balances[i:k], result.Balances)
		for tag, all := range result.Rollups {
			copy(s.rollups[tag][s.minute(w.From):], all)
		}
		for ; i < k; i++ {
			s.stale[i] = false
		}
	}
	return nil
}

func (s *store) start(window int) time.Time {
	return s.whole.From.Add(time.Duration(window) * s.plant.BalanceEvery)
}

func (s *store) minute(at time.Time) int { return int(at.Sub(s.whole.From) / rollup.Step) }

// period returns what a report is made of: the minutes of w and the one before
// it, the windows before w, and those of w.
func (s *store) period(w measure.Interval) (rollups map[measure.Tag][]rollup.Rollup, history, windows []reconciled.Reconciliation) {
	rollups = map[measure.Tag][]rollup.Rollup{}
	for tag, all := range s.rollups {
		rollups[tag] = all[s.minute(w.From)-1 : s.minute(w.To)]
	}
	return rollups, s.balances[:s.index(w.From)], s.balances[s.index(w.From):s.index(w.To)]
}

// differs says where two stores differ up to an instant, "" if nowhere.
func (s *store) differs(o *store, to time.Time) string {
	for i := range s.index(to) {
		switch {
		case !reflect.DeepEqual(s.closures[i], o.closures[i]):
			return fmt.Sprintf("the closure of the window from %s", s.start(i).Format(time.RFC3339))
		case !reflect.DeepEqual(s.balances[i], o.balances[i]):
			return fmt.Sprintf("the reconciliation of the window from %s", s.start(i).Format(time.RFC3339))
		}
	}
	for _, t := range s.plant.Tags {
		for i := range s.minute(to) {
			if s.rollups[t.Tag][i] != o.rollups[t.Tag][i] {
				return fmt.Sprintf("tag %s in the minute from %s", t.Tag, s.whole.From.Add(time.Duration(i)*rollup.Step).Format(time.RFC3339))
			}
		}
	}
	return ""
}
