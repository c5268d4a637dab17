package pipeline

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/rollup"
)

// PeriodReport is the balance of a period as an engineer wants it told: what was
// read, how far it is from closing, what it is when it must close, and which
// instrument to look at.
type PeriodReport struct {
	Plant    string                    `json:"plant"`
	Name     string                    `json:"name"`
	Of       string                    `json:"of"` // "lot pyro1-2026-w45", "campaign ..." or "interval"
	Interval measure.Interval          `json:"-"`
	From     time.Time                 `json:"from"`
	To       time.Time                 `json:"to"`
	Raw      Closure                   `json:"raw"`
	Balance  reconciled.Reconciliation `json:"balance"`
	Counts   WindowCounts              `json:"windows"`
	Findings []diagnosis.Finding       `json:"findings"`

	Indicators []process.Indicator `json:"indicators"` // what the process did
}

// WindowCounts says how the balance windows of a period fared.
type WindowCounts struct {
	All        int `json:"all"`
	Running    int `json:"running"`
	Steady     int `json:"steady"`
	Reconciled int `json:"reconciled"`
	Failed     int `json:"failed"` // the global test
}

// Report puts together the report of a period. Windows are the reconciled
// windows of the period, history those before it: an instrument is followed
// through both. Rollups are those of the period, with the minute before it.
func Report(p *flowsheet.Plant, of string, w measure.Interval, rollups map[measure.Tag][]rollup.Rollup, lab *lots.Lab, history, windows []reconciled.Reconciliation) PeriodReport {
	r := Overview(p, of, w, history, windows)
	r.Raw = Closure{closure.RawBalanceByLot(p, r.Interval, rollups, lab), r.Balance.Check()}
	r.Indicators = process.Indicators(p, r.Raw.Closure, rollups, lab)
	return r
}

// Overview is what the reconciled windows of a period tell without its
// readings: a report that has no raw closure and no indicators.
func Overview(p *flowsheet.Plant, of string, w measure.Interval, history, windows []reconciled.Reconciliation) PeriodReport {
	windows = withReadings(windows)
	if len(windows) > 0 { // a lot that is not over yet is reported as far as there are readings
		w = measure.Interval{From: windows[0].Interval.From, To: windows[len(windows)-1].Interval.To}
	}
	r := PeriodReport{Plant: p.ID, Name: p.Name, Of: of, Interval: w, From: w.From, To: w.To}
	r.Balance, r.Findings = Assess(p, history, windows)
	for i := range windows {
		r.Counts.add(&windows[i])
	}
	return r
}

// Assess reconciles the windows of a period as one, and follows the instruments
// through them and those before: the part of a report that needs nothing but
// reconciled windows.
func Assess(p *flowsheet.Plant, history, windows []reconciled.Reconciliation) (reconciled.Reconciliation, []diagnosis.Finding) {
	windows = withReadings(windows)
	n := reconciled.New(p)
	return n.Merge(windows), diagnosis.Diagnose(n, slices.Concat(withReadings(history), windows))
}

// withReadings returns the windows in which any instrument said anything.
func withReadings(windows []reconciled.Reconciliation) (all []reconciled.Reconciliation) {
	for _, w := range windows {
		if slices.ContainsFunc(w.Readings, func(x reconciled.Reading) bool { return x.Tag != "" && x.Value != nil }) {
			all = append(all, w)
		}
	}
	return all
}

func (c *WindowCounts) add(r *reconciled.Reconciliation) {
	c.All++
	if r.Running {
		c.Running++
	}
	if r.Running && r.Steady {
		c.Steady++
	}
	if r.Refused == "" {
		c.Reconciled++
	}
	if r.Passed != nil && !*r.Passed {
		c.Failed++
	}
}

// Write prints the report for people.
func (r *PeriodReport) Write(to io.Writer) error {
	return r.write(to, r.writeFindings, r.writeRaw, r.writeTest, r.writeStreams, r.writeIndicators, r.writeReadings)
}

// WriteOverview prints what the balances tell; see [Overview].
func (r *PeriodReport) WriteOverview(to io.Writer) error {
	return r.write(to, r.writeFindings, r.writeTest, r.writeStreams)
}

func (r *PeriodReport) write(to io.Writer, parts ...func(*table)) error {
	t := &table{w: tabwriter.NewWriter(to, 2, 0, 2, ' ', 0)}
	t.row("%s, %s", r.Name, r.Of)
	t.row("%s to %s", r.Interval.From.Format(time.RFC3339), r.Interval.To.Format(time.RFC3339))
	t.row("")
	for _, part := range parts {
		part(t)
	}
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}

// table keeps the first error of many prints.
type table struct {
	w   *tabwriter.Writer
	err error
}

func (t *table) row(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (r *PeriodReport) writeFindings(t *table) {
	t.row("INSTRUMENTS TO LOOK AT")
	if len(r.Findings) == 0 {
		t.row("  none: no reading contradicts the balances beyond what is stated of it")
	}
	for _, f := range r.Findings {
		t.row("  %s", f.Text)
		if n := len(f.Trace); n > 0 && f.Since != 0 && f.Load == nil {
			t.row("    error, were it this one's: before %s; after %s", meanAndScatter(f.Trace, func(x diagnosis.Trace) bool { return x.From < f.Since }, f.Unit), meanAndScatter(f.Trace, func(x diagnosis.Trace) bool { return x.From >= f.Since }, f.Unit))
		}
	}
	t.row("")
}

// meanAndScatter puts the mean and scatter of some stretches into words.
func meanAndScatter(all []diagnosis.Trace, of func(diagnosis.Trace) bool, unit string) string {
	n, sum, square := 0.0, 0.0, 0.0
	for _, x := range all {
		if of(x) {
			n++
			sum += x.Error
			square += float64(x.Error * x.Error)
		}
	}
	if n == 0 {
		return "nothing"
	}
	mean := sum / n
	sd := math.Sqrt(math.Max(0, square/n-float64(mean*mean)))
	return fmt.Sprintf("%+.3g %s, scatter %s, %.0f stretches", dropRoundoff(mean, sd), unitWords(unit), measure.Digits(sd, 2), n)
}

// unitWords writes the unit of a share as people do.
func unitWords(unit string) string {
	if unit == measure.One.String() {
		return "of 1"
	}
	return unit
}

func (r *PeriodReport) writeRaw(t *table) {
	t.row("RAW BALANCE (nothing corrected, nothing closed by difference)")
	t.row("  \tin\tout\tgained\t\tclosure")
	for _, b := range r.Raw.Budgets() {
		closure := "not known"
		if b.Closure != nil {
			closure = fmt.Sprintf("%.2f %%", 100**b.Closure)
		}
		t.row("  %s\t%s\t%s\t%s\t%s\t%s", b.Name, measure.Digits(b.In, 6), measure.Digits(b.Out, 6), measure.Digits(b.Accumulation, 6), b.Unit, closure)
	}
	t.row("  covered: %.1f %%, quality: %s", 100*r.Raw.Coverage, r.Raw.Quality)
	for _, m := range r.Raw.Missing {
		t.row("  not known: %s", m)
	}
	t.row("")
}

func (r *PeriodReport) writeTest(t *table) {
	b := &r.Balance
	t.row("RECONCILED")
	t.row("  windows: %d, running %d, steady %d, reconciled %d, of these %d failed the global test", r.Counts.All, r.Counts.Running, r.Counts.Steady, r.Counts.Reconciled, r.Counts.Failed)
	switch {
	case b.Refused != "":
		t.row("  %s", b.Refused)
	case b.Passed == nil:
		t.row("  nothing checks anything: no reading is redundant")
	default:
		verdict := "passed"
		if !*b.Passed {
			verdict = "FAILED: the readings contradict each other beyond their stated uncertainties"
		}
		t.row("  global test over the period: gamma %.3f, limit %.3f (%d degrees of freedom): %s", b.Gamma, *b.Critical, b.DF, verdict)
	}
	for _, x := range b.Balances {
		if x.Residual != nil {
			z := ""
			if x.Z != nil {
				z = fmt.Sprintf("z %.2f", *x.Z)
			}
			t.row("  %s of %s\tin - out - gained\t%s\t%s\t%s", x.Kind, x.Node, measure.Digits(*x.Residual, 4), x.Unit, z)
		}
	}
	for _, s := range b.Removed {
		t.row("  taken out: %s%s", b.DisplayName(s.Name), equivalents(b, s))
	}
	t.row("")
}

func equivalents(b *reconciled.Reconciliation, s reconciled.Suspect) string {
	text := fmt.Sprintf(" (z %.1f)", s.Z)
	if s.Bias != nil && s.Estimate != nil {
		text = fmt.Sprintf(" (z %.1f): reads %s too much, the rest gives %s", s.Z, measure.Digits(*s.Bias, 4), measure.Digits(*s.Estimate, 5))
	}
	if len(s.Equivalents) > 0 {
		names := make([]string, len(s.Equivalents))
		for i, name := range s.Equivalents {
			names[i] = b.DisplayName(name)
		}
		text += "; no test tells it from " + strings.Join(names, ", ")
	}
	return text
}

func (r *PeriodReport) writeStreams(t *table) {
	if len(r.Balance.Sums) == 0 {
		return
	}
	t.row("STREAMS, as they are when every balance closes")
	if r.Balance.Passed != nil && !*r.Balance.Passed {
		t.row("  with all readings, also those that contradict the rest: mend the instrument before using these")
	}
	t.row("  stream\t\trate\t± u\t\t")
	largest := map[string]float64{}
	for _, s := range r.Balance.Sums {
		if s.Reconciled != nil {
			largest[s.Unit] = max(largest[s.Unit], math.Abs(*s.Reconciled))
		}
	}
	for _, s := range r.Balance.Sums {
		if s.Reconciled == nil || s.SD == nil {
			t.row("  %s\t%s\tno value\t\t\t%s", s.Stream, s.Kind, r.meaning(s))
			continue
		}
		t.row("  %s\t%s\t%s\t%s\t%s\t%s", s.Stream, s.Kind, measure.Digits(dropRoundoff(*s.Reconciled, largest[s.Unit]), 5), measure.Digits(*s.SD, 2), s.Unit, r.meaning(s))
	}
	t.row("")
}

// meaning explains a status. A total is as good as the least reading it is made
// of: where the balances check its flow but not its composition it says so.
func (r *PeriodReport) meaning(s reconciled.Sum) string {
	switch s.Status {
	case reconcile.Redundant:
		return "measured and checked"
	case reconcile.NonRedundant:
		for _, x := range r.Balance.Readings {
			if x.Stream == s.Stream && x.Status == reconcile.Redundant {
				return "measured, checked in part (" + x.What + ")"
			}
		}
		return "measured, nothing checks it"
	case reconcile.Observable:
		return "not measured, the balances give it"
	case reconcile.Unobservable:
		return "not measured, nothing gives it"
	}
	return "stated as exact"
}

// writeIndicators prints each ledger under its own heading: they are never
// added, so they never stand in one list.
func (r *PeriodReport) writeIndicators(t *table) {
	for _, group := range []struct {
		ledger  measure.Ledger
		heading string
	}{
		{measure.NoLedger, "PROCESS"},
		{measure.RemovalLedger, "REMOVALS (their own ledger)"},
		{measure.AvoidedLedger, "AVOIDED EMISSIONS (their own ledger, never added to removals)"},
		{measure.SubstitutionLedger, "SUBSTITUTION (its own ledger, never added to removals or avoided emissions)"},
	} {
		first := true
		for _, i := range r.Indicators {
			if i.Claim.Ledger != group.ledger {
				continue
			}
			if first {
				t.row("%s", group.heading)
				first = false
			}
			value, u := "no value", ""
			if v := i.In(group.ledger); v != nil {
				value = measure.Digits(*v, 5)
			}
			if i.U != nil {
				u = "± " + measure.Digits(*i.U, 2)
			}
			t.row("  %s\t%s\t%s\t%s\t%s", i.Name, value, u, i.Unit, flowsheet.JoinUnique(i.About, i.Flag, i.Why))
		}
		if !first {
			t.row("")
		}
	}
}

func (r *PeriodReport) writeReadings(t *table) {
	t.row("READINGS")
	t.row("  \tread\t± u\treconciled\t± u\t\tz\t")
	for _, x := range r.Balance.Readings {
		mark := ""
		if x.Z != nil && r.Balance.Limit != nil && *x.Z > *r.Balance.Limit {
			mark = "SUSPECT"
		}
		if !x.Known() {
			mark = x.Why
		}
		t.row("  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.Balance.DisplayName(x.Name), digits(x.Value, 5), measure.Digits(x.Uncertainty(), 2), digits(x.Reconciled, 5), digits(x.SD, 2), unitWords(x.Unit), digits(x.Z, 2), mark)
	}
}

func digits(x *float64, n int) string {
	if x == nil {
		return "-"
	}
	return measure.Digits(*x, n)
}

// dropRoundoff returns 0 for what is no more than the rounding of numbers as large as
// most.
func dropRoundoff(x, most float64) float64 {
	if math.Abs(x) <= float64(1e-12*math.Abs(most)) {
		return 0
	}
	return x
}
