package export

import (
	"context"
	"fmt"
	"slices"

	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/statement"
)

// The reports for people, in the order of a bundle: the last one stands behind
// the statements.
const (
	pageName  = "views/report.html"
	paperName = "views/report.pdf"
	bookName  = "views/tables.xlsx"
)

var reports = []string{pageName, paperName, bookName}

// told gathers what the reports show, day by day, from what was computed.
type told struct {
	*recomputation
	days []pipeline.Reconciliation // each day's windows, merged
}

// toldDay is what the reports keep of a day.
type toldDay struct {
	part   report.Part
	merged pipeline.Reconciliation
}

func (t *told) add(d *dayResult) {
	t.gathering.Join(d.told.part)
	t.days = append(t.days, d.told.merged)
}

// reports makes the reports. The manifest's gaps must be all of them.
func (r *told) reports(ctx context.Context, m Manifest) ([]File, error) {
	in := report.Input{
		Plant: r.plant, Interval: m.Interval(), Made: m.MadeBy, Log: report.Log{Origin: m.Log.Origin, Size: m.Log.Size, Root: m.Log.Root},
		Readings: r.gathering.End(), Declared: []report.Gap{},
	}
	merged := pipeline.NewNetwork(r.plant).Merge(r.days)
	in.Merged = &merged
	for _, g := range m.Gaps {
		in.Declared = append(in.Declared, report.Gap{Who: g.Agent, From: g.From, To: g.To, Why: g.Reason})
	}
	for _, index := range m.Views.LabFiles {
		l, _ := r.all.find(index)
		entry, err := r.all.entered(ctx, l)
		if err != nil {
			return nil, err
		}
		in.Entries = append(in.Entries, entry)
	}
	if err := r.all.told(ctx, m.Plant, &in); err != nil {
		return nil, err
	}
	makers := []func(report.Input) ([]byte, error){report.HTML, report.PDF, report.Workbook}
	files := make([]File, len(makers))
	err := parallel(ctx, len(makers), func(i int) error {
		data, err := makers[i](in)
		files[i] = File{reports[i], data}
		return err
	})
	return files, err
}

// told reads the methods, and the statements as far as the signatures among
// the leaves bring them. Whether a signature is by whom it names is for who
// holds the keys to say: see [audit.standings].
func (s *leaves) told(ctx context.Context, plant string, in *report.Input) error {
	var acts []statement.Act
	for _, l := range s.list {
		method := l.Kind == Config && len(l.Plants) == 0
		if !method && (l.Kind != Statement && l.Kind != Signature || !slices.Contains(l.Plants, plant)) {
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
		if act, err := s.act(l, leaf); err == nil { // else it is nothing by today's rules, and a fault elsewhere
			acts = append(acts, act)
		}
	}
	for _, x := range statement.Keep(acts).Statements {
		if x.Interval.Overlaps(in.Interval) {
			in.Statements = append(in.Statements, *x)
		}
	}
	return nil
}

// act tells what a leaf does to statements.
func (s *leaves) act(l opened, leaf Leaf) (statement.Act, error) {
	if l.Kind == Statement {
		said, err := statement.Parse(leaf.Body)
		return statement.Act{Leaf: l.Index, Event: statement.Seal, Statement: &said, Digest: statement.DigestOf(leaf.Body), By: l.Signer}, err
	}
	text, by, err := s.forms.Signer(leaf.Body)
	if err != nil {
		return statement.Act{}, err
	}
	act, err := statement.ReadSignature(l.Name, text)
	act.Leaf, act.By = l.Index, by
	return act, err
}

// compareReports compares the reports with those that the evidence gives. Of a
// share of the days there are none to compare with.
func (a *audit) compareReports(ctx context.Context, t *told) error {
	if len(t.days) != len(t.recomputation.days) {
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("%s, %s and %s were not compared: not all days were computed again", pageName, paperName, bookName))
		return nil
	}
	files, err := t.reports(ctx, a.manifest)
	if err != nil {
		a.fault("views", pageName, "the reports cannot be made again; rely on the statements alone", "%v", err)
		return ctx.Err()
	}
	for _, f := range files {
		if i, found := a.bundle.index[f.Name]; !found {
			a.fault("views", f.Name, fetchAgain, "is missing")
		} else if !a.holds(i, f.Data) {
			a.fault("views", f.Name, "do not rely on this report: it is not what the evidence gives by this release; the release that made the bundle stands in manifest.json", "differs from the report of the same evidence")
		}
	}
	return nil
}
