package export

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/pipeline/statement"
)

// The results of a statement.
const (
	reproduced = "reproduced from raw words, byte for byte"
	differing  = "differs from what the evidence gives"
	notDrawn   = "not recomputed: it is not in the share that was drawn"
)

// statements makes every statement of the plant again, or those that are
// drawn, side by side, from the leaves it names, and compares text with text.
func (a *audit) statements(ctx context.Context) error {
	all := a.leaves.statementsIn(a.manifest.Plant, a.manifest.Interval())
	drawn := a.draw(len(all), func(i int) string { return leafName(all[i].Index) })
	results, faults := make([]StatementResult, len(all)), make([][]Fault, len(all))
	for i, l := range all {
		results[i] = StatementResult{Leaf: l.Index, Name: l.Name, Result: notDrawn}
	}
	a.progress(Step{Stage: "statements", Total: int64(len(drawn))})
	var done atomic.Int64
	err := parallel(ctx, len(drawn), func(k int) (err error) {
		i := drawn[k]
		results[i], faults[i], err = a.statement(ctx, all[i])
		a.progress(Step{Stage: "statements", Done: done.Add(1), Total: int64(len(drawn))})
		return err
	})
	for i := range all {
		a.report.Statements = append(a.report.Statements, results[i])
		a.faults(faults[i])
	}
	if a.report.Share != nil {
		a.report.Share.Statements, a.report.Share.OfStatements = len(drawn), len(all)
	}
	return err
}

// statement makes one statement again.
func (a *audit) statement(ctx context.Context, l leafRef) (r StatementResult, faults []Fault, err error) {
	leaf, err := a.leaves.leaf(ctx, l)
	if err != nil {
		return r, nil, err
	}
	r = StatementResult{Leaf: l.Index, Name: l.Name, Text: string(leaf.Body), Result: differing}
	fault := func(do, format string, args ...any) {
		faults = append(faults, Fault{Check: "statement", Where: leafName(l.Index), What: fmt.Sprintf(format, args...), Do: do})
	}
	said, err := statement.Parse(leaf.Body)
	if err != nil {
		fault("do not rely on this statement; ask the centre which release wrote it", "%v", err)
		return r, faults, ctx.Err()
	}
	r.statement = &said
	if said.Plant != a.manifest.Plant || said.Lot != l.Name {
		fault("do not rely on this statement", "states lot %s of %s, its leaf is of lot %s of %s", said.Lot, said.Plant, l.Name, a.manifest.Plant)
	}
	if w := a.manifest.Interval(); said.Interval.From.Before(w.From) || said.Interval.To.After(w.To) {
		r.Beyond, r.Result = true, fmt.Sprintf("not recomputed: its lot reaches beyond this bundle; ask for a bundle of %s", said.Interval)
		return r, faults, ctx.Err()
	}
	times, notes, early, err := a.times(ctx, l, said)
	if err != nil {
		return r, faults, err
	}
	r.Times, r.notes, faults = &times, notes, append(faults, early...)
	made, err := a.restate(ctx, said, l.Index)
	if err != nil {
		fault("do not rely on this statement; ask who made the bundle for what is missing", "cannot be made again: %v", err)
		return r, faults, ctx.Err()
	}
	if line, was, is := firstDifference(leaf.Body, made.Text()); line > 0 {
		fault("do not rely on this statement; the evidence gives the other value", "line %d says %q, computed from the evidence it is %q", line, was, is)
		return r, faults, ctx.Err()
	}
	r.Result = reproduced
	r.omitted, err = a.omissionOf(ctx, made, l.Index)
	return r, faults, err
}

// omissionOf tells what the statement leaves aside of what stood in the log before
// it: leaves that bear on its lot and are younger than the last that it names.
// Where they would have lowered the account, it says to what.
func (a *audit) omissionOf(ctx context.Context, said statement.Statement, before uint64) (*omission, error) {
	whole := said
	whole.Evidence.Last, whole.Entered.Last = before-1, before-1
	bearing, err := a.plantFilesOf(ctx, whole, before)
	if err != nil {
		return nil, err
	}
	_, entered, err := a.entriesOf(ctx, whole, before)
	if rests, _ := a.evidenceOf(statement.WidestPlant(bearing), whole, before); err != nil || rests.Leaves == said.Evidence.Leaves && entered.Leaves == said.Entered.Leaves {
		return nil, err
	}
	made, err := a.restate(ctx, whole, before)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return &omission{lowers: fmt.Sprintf("with it there is nothing to state: %v", err)}, nil
	}
	u := &omission{leaves: made.Evidence.Leaves + made.Entered.Leaves - said.Evidence.Leaves - said.Entered.Leaves}
	switch was, is := said.Account, made.Account; {
	case was.Eligible && !is.Eligible:
		u.lowers = "with it the account is not eligible"
	case was.Net != nil && is.Net != nil && is.Net.Compare(*was.Net) < 0:
		u.lowers = fmt.Sprintf("with it the net is %s, not %s", is.Net.CO2e(), was.Net.CO2e())
	case was.Indicative != nil && (is.Indicative == nil || *is.Indicative < *was.Indicative):
		u.lowers = fmt.Sprintf("with it the formulas give %s, not %s", amount(is.Indicative), was.Indicative)
	}
	return u, nil
}

// omission is evidence before a statement that it does not rest on.
type omission struct {
	leaves uint64
	lowers string // what that comes to, if less; else empty
}

func amount(m *measure.CO2e) string {
	if m == nil {
		return "nothing"
	}
	return m.String()
}

// reportOmission says of a statement that stands, or of one that was superseded,
// which evidence before it it does not rest on.
func (a *audit) reportOmission(r StatementResult) {
	switch u := r.omitted; {
	case u == nil:
	case u.lowers != "" && r.stands():
		a.fault("statement", leafName(r.Leaf), "do not rely on this statement; the lot must be stated anew from all evidence", "leaves aside %d leaves of evidence and records that stood in the log before it: %s", u.leaves, u.lowers)
	case u.lowers != "":
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("%s, which no longer stands, left aside %d leaves of evidence and records that stood in the log before it: %s", leafName(r.Leaf), u.leaves, u.lowers))
	default:
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("%s leaves aside %d leaves of evidence and records that stood in the log before it; with them it would claim no less", leafName(r.Leaf), u.leaves))
	}
}

// restate computes a statement from the leaves that it names by digest and
// that were in the log before it.
func (a *audit) restate(ctx context.Context, said statement.Statement, before uint64) (statement.Statement, error) {
	none := statement.Statement{}
	bearing, err := a.plantFilesOf(ctx, said, before)
	if err != nil {
		return none, err
	}
	lab, entered, err := a.entriesOf(ctx, said, before)
	if err != nil {
		return none, err
	}
	l, text, err := a.leaves.byDigest(ctx, said.Account.FactorsDigest, before)
	if err != nil {
		return none, fmt.Errorf("method file: %w", err)
	}
	method, err := carbon.ParseMethod(l.Name, text)
	if err != nil {
		return none, err
	}
	rests, used := a.evidenceOf(statement.WidestPlant(bearing), said, before)
	stated, err := a.lotsStatedBefore(ctx, said.Plant, before)
	if err != nil {
		return none, err
	}
	return statement.StateLot(ctx, statement.Input{
		Lab: lab, Lot: said.Lot, Made: stated, Revision: said.Revision, Method: *method, Evidence: rests, Entered: entered,
	}, bearing, a.leaves.replay(used, statement.CountedFrom(bearing)))
}

// plantFilesOf returns the plant files that bear on a statement's lot, of those that
// were entered up to the last leaf that it names.
func (a *audit) plantFilesOf(ctx context.Context, said statement.Statement, before uint64) ([]statement.PlantFile, error) {
	files, err := a.leaves.filesOf(ctx, said.Plant, min(said.Entered.Last, before-1))
	if err != nil {
		return nil, err
	}
	bearing := statement.FilesOfLot(files, said.Interval, said.Evidence.First)
	if len(bearing) == 0 {
		return nil, fmt.Errorf("plant file: none of %s was entered before leaf %d", said.Plant, before)
	}
	return bearing, nil
}

// lotsStatedBefore returns the lots of a plant that were stated before a leaf.
func (a *audit) lotsStatedBefore(ctx context.Context, plant string, before uint64) ([]string, error) {
	var said statement.Register
	for _, l := range a.leaves.ofKind(evidence.Statement, plant) {
		if l.Index >= before {
			break
		}
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return nil, err
		}
		if s, err := statement.Parse(leaf.Body); err == nil {
			said.Statements = append(said.Statements, &statement.Status{Statement: s, Leaf: l.Index})
		}
	}
	return said.Made(plant), nil
}

// entriesOf finds again what had been entered of the plant when the statement was
// made: plant files, laboratory files and records, up to the last that it names.
func (a *audit) entriesOf(ctx context.Context, said statement.Statement, before uint64) (*lots.Lab, statement.Evidence, error) {
	var rests statement.Tally
	var entries []custody.Entry
	for _, l := range a.leaves.list {
		if !l.isEntry() && l.Kind != evidence.Config || l.Index > said.Entered.Last || l.Index >= before || !slices.Contains(l.Plants, said.Plant) {
			continue
		}
		rests.Add(l.Index, l.hash)
		if l.Kind == evidence.Config {
			continue
		}
		entry, err := a.leaves.entry(ctx, l)
		if err != nil {
			continue // it was never used: it is wrong by the rules of the file
		}
		entries = append(entries, entry)
	}
	return custody.Replay(entries).Lab(), rests.Evidence(), ctx.Err()
}

// evidenceOf finds again what gateways said that could bear on the statement's
// lot when it was made, up to the last leaf that the statement names: the
// plant's batches that touch the lot and its lookback, and the losses and clock
// corrections of who sent them. It returns them with the catalogues.
func (a *audit) evidenceOf(plant *flowsheet.Plant, said statement.Statement, before uint64) (e statement.Evidence, used []leafRef) {
	w := rollup.Around(plant, said.Interval)
	agents := map[string]bool{}
	batch := func(l leafRef) bool {
		return l.Kind == evidence.Batch && slices.Contains(l.Plants, plant.ID) && l.touches(w)
	}
	ofPlant := func(l leafRef) bool { return len(l.Plants) == 0 || slices.Contains(l.Plants, plant.ID) }
	early := func(l leafRef) bool { return l.Index <= said.Evidence.Last && l.Index < before }
	for _, l := range a.leaves.list {
		if early(l) && batch(l) {
			agents[l.Signer] = true
		}
	}
	var rests statement.Tally
	for _, l := range a.leaves.list {
		switch {
		case l.Kind == evidence.Catalogue:
			used = append(used, l)
		case early(l) && (batch(l) || l.Kind == evidence.Loss && agents[l.Signer] && ofPlant(l) || l.Kind == evidence.Clock && (agents[l.Signer] && ofPlant(l) || l.Epoch == 0 && slices.Contains(l.Plants, plant.ID))):
			rests.Add(l.Index, l.hash)
			used = append(used, l)
		}
	}
	return rests.Evidence(), used
}

// firstDifference returns the first line, from 1, in which two texts differ; 0: none.
func firstDifference(a, b []byte) (line int, inA, inB string) {
	diff, _ := compareText(bytes.NewReader(a), b)
	if diff == nil {
		return 0, "", ""
	}
	return diff.line, diff.was, diff.is
}
