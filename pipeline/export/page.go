package export

import (
	"context"
	"fmt"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/reconciled"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/statement"
)

// pageName is the report for people.
const pageName = "views/report.html"

// reportDays gathers what the report shows, day by day, from what was computed.
type reportDays struct {
	*recomputation
	days []reconciled.Reconciliation // each day's windows, merged
}

// reportDay is what the report keeps of a day.
type reportDay struct {
	part   report.Part
	merged reconciled.Reconciliation
}

func (t *reportDays) add(d *dayResult) {
	t.gathering.Join(d.report.part)
	t.days = append(t.days, d.report.merged)
}

// input is what the report is made from. The manifest's gaps must be all of them.
func (r *reportDays) input(ctx context.Context, m Manifest) (*report.Input, error) {
	in := &report.Input{
		Plant: r.plant, Interval: m.Interval(), Made: m.MadeBy, Log: report.Log{Origin: m.Log.Origin, Size: m.Log.Size, Root: m.Log.Root},
		Readings: r.gathering.End(), Declared: []report.Gap{},
	}
	merged := reconciled.New(r.plant).Merge(r.days)
	in.Merged = &merged
	for _, g := range m.Gaps {
		in.Declared = append(in.Declared, report.Gap{Who: g.Agent, From: g.From, To: g.To, Why: g.Reason})
	}
	for _, index := range m.Views.LabFiles {
		l, _ := r.all.find(index)
		entry, err := r.all.entry(ctx, l)
		if err != nil {
			return nil, err
		}
		in.Entries = append(in.Entries, entry)
	}
	return in, r.all.readReported(ctx, m.Plant, in)
}

// page makes the report for people.
func (r *reportDays) page(ctx context.Context, m Manifest) (File, *report.Input, error) {
	in, err := r.input(ctx, m)
	if err != nil {
		return File{}, nil, err
	}
	data, err := report.HTML(*in)
	return File{pageName, data}, in, err
}

// readReported reads the methods, and the statements as far as the signatures among
// the leaves bring them. Whether a signature is by whom it names is for who
// holds the keys to say: see [audit.statementStates].
func (s *leaves) readReported(ctx context.Context, plant string, in *report.Input) error {
	var events []statement.Event
	for _, l := range s.list {
		method := l.Kind == evidence.Config && len(l.Plants) == 0
		if !method && (l.Kind != evidence.Statement && l.Kind != evidence.Signature || !slices.Contains(l.Plants, plant)) {
			continue
		}
		leaf, err := s.leaf(ctx, l)
		if err != nil {
			return fmt.Errorf("%s: %w", leafName(l.Index), err)
		}
		if method {
			if text, err := custody.Content(leaf.Body, s.file); err != nil {
				return fmt.Errorf("%s: %w", leafName(l.Index), err)
			} else if m, err := carbon.ParseMethod(l.Name, text); err == nil {
				in.Methods = append(in.Methods, *m)
			}
			continue
		}
		if e, err := statement.EventOf(l.Index, leaf); err == nil { // else it is nothing by today's rules, and a fault elsewhere
			events = append(events, e)
		}
	}
	for _, x := range statement.Replay(events).Statements {
		if x.Interval.Overlaps(in.Interval) {
			in.Statements = append(in.Statements, *x)
		}
	}
	return nil
}

// comparePage compares the report with the one that the evidence gives. Of a
// share of the days there is none to compare with.
func (a *audit) comparePage(ctx context.Context, t *reportDays) error {
	a.comparePrinted()
	if len(t.days) != len(t.recomputation.days) {
		a.report.Notes = append(a.report.Notes, pageName+" was not compared: not all days were computed again")
		return nil
	}
	page, in, err := t.page(ctx, a.manifest)
	if err != nil {
		a.fault("views", pageName, "the report cannot be made again; rely on the statements alone", "%v", err)
		return ctx.Err()
	}
	a.report.people = in
	if i, found := a.bundle.index[pageName]; !found {
		a.fault("views", pageName, fetchAgain, "is missing")
	} else if !a.holds(i, page.Data) {
		a.fault("views", pageName, "do not rely on this report: it is not what the evidence gives by this release; the release that made the bundle stands in manifest.json", "differs from the report of the same evidence")
	}
	return nil
}

// printed returns the files of the bundle's form whose words nobody computes
// again: the report as releases printed it into bundles of [printedFormat].
// Their bytes follow the libraries that print.
func (a *audit) printed() []string {
	if a.manifest.Format == printedFormat {
		return []string{"views/report.pdf", "views/tables.xlsx"}
	}
	return nil
}

// comparePrinted says of the printed files that they are there, and that
// nothing but the maker's digest stands for what they say.
func (a *audit) comparePrinted() {
	for _, name := range a.printed() {
		if _, found := a.bundle.index[name]; !found {
			a.fault("views", name, fetchAgain, "is missing")
			continue
		}
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("%s was not made again: its digest is the manifest's, its words are its maker's alone; rely on %s, and print that evidence with nielu report", name, pageName))
	}
}

// ReportInput returns what the report for people is made from, as the evidence
// of the bundle gives it; nil where not all of it was computed again.
func (r *Report) ReportInput() *report.Input { return r.people }
