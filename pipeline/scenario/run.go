package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// Outcome is what came of a scenario.
type Outcome struct {
	Scenario *Scenario
	Closed   []Closed
	Checked  int // expectations
	Failures []Failure
}

// Closed is one period that was closed, and what was expected of it.
type Closed struct {
	Line     int
	Text     string
	Report   pipeline.PeriodReport
	Rollups  map[measure.Tag][]rollup.Rollup // of its minutes
	Product  *claim.Product                  // nil: the plant has none, or there is nothing to count
	Expected []Expected
}

// Expected is an expectation that was looked at.
type Expected struct {
	Line int
	Text string
	Came string
	Met  bool
}

// Failure is an expectation that was not met.
type Failure struct {
	File    string
	Line    int
	Message string
}

// Error prints "file:line: message".
func (f Failure) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message) }

// Run plays a scenario. An error is one of the pipeline itself; what is not as
// expected is told by the outcome.
func (s *Scenario) Run(ctx context.Context) (*Outcome, error) {
	r := &runner{ctx: ctx, plant: s.Plant, out: &Outcome{Scenario: s}, lab: &lots.Lab{}}
	r.store = newStore(s.Plant, s.horizon())
	for _, step := range s.steps {
		if err := step.run(r); err != nil {
			return nil, fmt.Errorf("%s: %w", s.File, err)
		}
	}
	return r.out, nil
}

// horizon is from a window before the first reading or close to the end of the last close.
func (s *Scenario) horizon() (w measure.Interval) {
	for _, step := range s.steps {
		var from time.Time
		switch x := step.(type) {
		case *read:
			from = x.span.From
		case *closing:
			if from = x.span.From; x.span.To.After(w.To) {
				w.To = x.span.To
			}
		default:
			continue
		}
		if w.From.IsZero() || from.Before(w.From) {
			w.From = from
		}
	}
	if w.To.Before(w.From) {
		w.To = w.From
	}
	return measure.Interval{From: w.From.Add(-s.Plant.BalanceEvery), To: w.To}.Align(s.Plant.BalanceEvery)
}

type runner struct {
	ctx   context.Context
	plant *flowsheet.Plant
	tape  tape
	labs  []*lots.Lab
	lab   *lots.Lab
	store *store
	out   *Outcome
	late  bool // something came after a close
}

func (r *runner) fail(line int, format string, args ...any) {
	r.out.Failures = append(r.out.Failures, Failure{File: r.out.Scenario.File, Line: line, Message: fmt.Sprintf(format, args...)})
}

// came notes that readings arrived: the windows they touch are computed anew.
func (r *runner) came(all []measure.Series) {
	if w, ok := reach(all); ok {
		r.store.spoil(rollup.Touched(r.plant, w))
	}
	r.late = len(r.out.Closed) > 0
}

func (x *read) run(r *runner) error {
	if len(r.out.Closed) == 0 {
		r.tape.remove(x.tag, x.span)
	}
	s := measure.Series{Tag: x.tag, Unit: x.unit, Samples: x.samples()}
	r.tape.add(s.Tag, s.Unit, s.Samples)
	r.came([]measure.Series{s})
	return nil
}

func (x *withhold) run(r *runner) error {
	gone := r.tape.remove(x.tag, x.span)
	if x.later {
		r.tape.held = append(r.tape.held, gone...)
	}
	return nil
}

// deliver brings what was held back, batch by batch; after each the windows
// it touches are computed.
type deliver struct{}

func (deliver) run(r *runner) error {
	for _, batch := range r.tape.pieces(6 * time.Hour) {
		for _, s := range batch {
			r.tape.add(s.Tag, s.Unit, s.Samples)
		}
		r.came(batch)
		if r.late {
			if err := r.store.refresh(r.ctx, r.lab, &r.tape, r.store.whole.To); err != nil {
				return err
			}
		}
	}
	r.tape.held = nil
	return nil
}

// labStep enters a laboratory file; of a lot that is given again the last word stands.
type labStep struct{ lab *lots.Lab }

func (x labStep) run(r *runner) error {
	r.labs = append(r.labs, x.lab)
	r.lab = lots.Join(r.labs)
	r.store.spoil(r.store.whole)
	r.late = len(r.out.Closed) > 0
	return nil
}

// closing computes a period and reports it.
type closing struct {
	line int
	text string
	of   string
	span measure.Interval
}

func (x *closing) run(r *runner) error {
	if err := r.store.refresh(r.ctx, r.lab, &r.tape, x.span.To); err != nil {
		return err
	}
	if r.late {
		if err := x.inTime(r); err != nil {
			return err
		}
	}
	rollups, history, windows := r.store.period(x.span)
	c := Closed{Line: x.line, Text: x.text, Report: pipeline.Report(r.plant, x.of, x.span, rollups, r.lab, history, windows), Rollups: map[measure.Tag][]rollup.Rollup{}}
	for tag, all := range rollups {
		c.Rollups[tag] = all[1:]
	}
	if product, err := claim.CountProduct(r.plant, x.span, rollups, r.lab); err == nil {
		c.Product = &product
	}
	r.out.Closed = append(r.out.Closed, c)
	return nil
}

// inTime compares what came bit by bit with what had come in time.
func (x *closing) inTime(r *runner) error {
	afresh := newStore(r.plant, r.store.whole)
	if err := afresh.refresh(r.ctx, r.lab, &r.tape, x.span.To); err != nil {
		return err
	}
	if why := r.store.differs(afresh, x.span.To); why != "" {
		r.fail(x.line, "what came late gives other figures than in time: %s", why)
	}
	r.late = false
	return nil
}
