package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/ledger"
)

// The results of a statement.
const (
	reproduced = "reproduced from raw words, byte for byte"
	differs    = "differs from what the evidence gives"
)

// statements makes every statement of the plant again, side by side, from the
// leaves it names, and compares text with text.
func (a *audit) statements(ctx context.Context) error {
	var all []opened
	for _, l := range a.leaves {
		if l.Kind == Statement && slices.Contains(l.Plants, a.manifest.Plant) {
			all = append(all, l)
		}
	}
	results, faults := make([]StatementResult, len(all)), make([][]Fault, len(all))
	err := parallel(ctx, len(all), func(i int) {
		results[i], faults[i] = a.statement(ctx, all[i])
		a.progress("statements", i+1, len(all))
	})
	for i := range all {
		a.report.Statements = append(a.report.Statements, results[i])
		a.report.Faults = append(a.report.Faults, faults[i]...)
	}
	a.revisions()
	return err
}

// statement makes one statement again.
func (a *audit) statement(ctx context.Context, l opened) (r StatementResult, faults []Fault) {
	r = StatementResult{Leaf: l.Index, Name: l.Name, Text: string(l.Body), Result: differs}
	fault := func(do, format string, args ...any) {
		faults = append(faults, Fault{"statement", leafName(l.Index), fmt.Sprintf(format, args...), do})
	}
	said, err := ledger.Parse(l.Body)
	if err != nil {
		fault("do not rely on this statement; ask the centre which release wrote it", "%v", err)
		return r, faults
	}
	if said.Plant != a.manifest.Plant || said.Lot != l.Name {
		fault("do not rely on this statement", "states lot %s of %s, its leaf is of lot %s of %s", said.Lot, said.Plant, l.Name, a.manifest.Plant)
	}
	if w := a.manifest.Interval(); said.Interval.From.Before(w.From) || said.Interval.To.After(w.To) {
		r.Result = fmt.Sprintf("not recomputed: its lot reaches beyond this bundle; ask for a bundle of %s", said.Interval)
		return r, faults
	}
	made, err := a.restate(ctx, said, l.Index)
	if err != nil {
		fault("do not rely on this statement; ask who made the bundle for what is missing", "cannot be made again: %v", err)
		return r, faults
	}
	if line, was, is := firstDifference(l.Body, made.Text()); line > 0 {
		fault("do not rely on this statement; the evidence gives the other value", "line %d says %q, computed from the evidence it is %q", line, was, is)
		return r, faults
	}
	r.Result = reproduced
	return r, faults
}

// restate computes a statement from the leaves that it names by digest and
// that were in the log before it.
func (a *audit) restate(ctx context.Context, said ledger.Statement, before uint64) (ledger.Statement, error) {
	none := ledger.Statement{}
	plantFile, err := a.byDigest(Config, said.PlantFile, before)
	if err != nil {
		return none, fmt.Errorf("plant file: %w", err)
	}
	plant, err := pipeline.ParsePlant(plantFile.Name, plantFile.Body)
	if err != nil {
		return none, err
	}
	lab, entered, err := a.entered(said, before)
	if err != nil {
		return none, err
	}
	methodFile, err := a.byDigest(Config, said.Account.FactorsDigest, before)
	if err != nil {
		return none, fmt.Errorf("method file: %w", err)
	}
	method, err := carbon.ParseMethod(methodFile.Name, methodFile.Body)
	if err != nil {
		return none, err
	}
	rests, used := a.restsOn(plant, said, before)
	product, err := ledger.Count(ctx, plant, lab, said.Lot, a.forms.Replay(used))
	if err != nil {
		return none, err
	}
	return ledger.NewStatement(ledger.Input{
		Plant: plant, Lab: lab, Lot: said.Lot, Revision: said.Revision, Method: *method, Product: product, Evidence: rests, Entered: entered,
	})
}

// entered finds again what people had written of the plant when the statement
// was made: laboratory files and records, up to the last that it names.
func (a *audit) entered(said ledger.Statement, before uint64) (*pipeline.Lab, ledger.Evidence, error) {
	var e ledger.Evidence
	var entries []custody.Entry
	digest := sha256.New()
	for _, l := range a.leaves {
		if !l.written() || l.Index > said.Entered.Last || l.Index >= before || !slices.Contains(l.Plants, said.Plant) {
			continue
		}
		if e.Leaves == 0 {
			e.First = l.Index
		}
		e.Last = l.Index
		e.Leaves++
		digest.Write(l.hash[:])
		entry, err := custody.Open(l.Index, l.Kind.String(), l.Name, l.Body)
		if err != nil {
			continue // it was never used: it is wrong by the rules of the file
		}
		entries = append(entries, entry)
	}
	e.Digest = hex.EncodeToString(digest.Sum(nil))
	return custody.Keep(entries).Lab(), e, nil
}

// byDigest returns the leaf whose body has the digest.
func (a *audit) byDigest(kind Kind, digest string, before uint64) (opened, error) {
	for _, l := range a.leaves {
		if l.Kind != kind || l.Index >= before {
			continue
		}
		if sum := sha256.Sum256(l.Body); hex.EncodeToString(sum[:]) == digest {
			return l, nil
		}
	}
	return opened{}, fmt.Errorf("no %s leaf before leaf %d has the digest sha256:%s", kind, before, digest)
}

// restsOn finds again the batches that could bear on the statement's lot when
// it was made: those of the plant that touch the lot and its lookback, up to
// the last that the statement names. It returns them with the catalogues and
// the losses that agents declared before.
func (a *audit) restsOn(plant *pipeline.Plant, said ledger.Statement, before uint64) (e ledger.Evidence, used []Entry) {
	w := measure.Interval{From: said.Interval.From.Add(-plant.Lookback()), To: said.Interval.To.Add(plant.Lookback())}
	digest := sha256.New()
	for _, l := range a.leaves {
		switch {
		case l.Kind == Catalogue, l.Kind == Loss && l.Index <= said.Evidence.Last && l.Index < before:
			used = append(used, l.Entry)
		case l.Kind == Batch && l.Index <= said.Evidence.Last && l.Index < before &&
			slices.Contains(l.Plants, plant.ID) && l.From < w.To.UnixNano() && w.From.UnixNano() < l.To:
			if e.Leaves == 0 {
				e.First = l.Index
			}
			e.Last = l.Index
			e.Leaves++
			digest.Write(l.hash[:])
			used = append(used, l.Entry)
		}
	}
	e.Digest = hex.EncodeToString(digest.Sum(nil))
	return e, used
}

// revisions notes statements that a later one of the same lot supersedes.
func (a *audit) revisions() {
	newest := map[string]int{}
	for i, s := range a.report.Statements {
		newest[s.Name] = i
	}
	for i := range a.report.Statements {
		s := &a.report.Statements[i]
		if later := newest[s.Name]; later != i {
			s.Result += fmt.Sprintf("; superseded by leaf %d", a.report.Statements[later].Leaf)
		}
	}
}
