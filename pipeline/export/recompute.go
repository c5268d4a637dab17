package export

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/custody"
)

// The views of a bundle.
const (
	RollupsName  = "views/rollups.csv"
	ClosuresName = "views/closures.csv"
	BalancesName = "views/balances.csv"
	statements   = "views/statements/"
)

// views is what a bundle shows to people, computed from its leaves.
type views struct {
	plant    *pipeline.Plant
	result   pipeline.Result
	texts    []File
	coverage []TagCoverage
	readings int
	holes    []Gap // time for which there is no reading of a tag at all
}

// recompute decodes the leaves' raw words and computes everything that the
// bundle shows. Only what a leaf says enters it.
func recompute(ctx context.Context, forms Forms, m Manifest, leaves []opened, progress Progress) (*views, error) {
	plant, err := plantOf(leaves, m.Views.PlantFile, m.Plant)
	if err != nil {
		return nil, err
	}
	lab, err := labOf(leaves, m.Views.LabFiles)
	if err != nil {
		return nil, err
	}
	source := newCounter(forms.Replay(entries(leaves)), m.Interval())
	v := &views{plant: plant}
	if v.result, err = compute(ctx, plant, lab, source, m.Interval(), progress); err != nil {
		return nil, err
	}
	v.coverage, v.readings = source.coverage(plant, v.result.Rollups)
	v.holes = source.holes(plant)
	for _, l := range leaves {
		if l.Kind == Statement && slices.Contains(l.Plants, m.Plant) {
			v.texts = append(v.texts, File{fmt.Sprintf("%s%010d.txt", statements, l.Index), l.Body})
		}
	}
	return v, nil
}

// compute is [pipeline.Compute] over a long interval, pieces side by side:
// halves computed apart add up to the whole.
func compute(ctx context.Context, plant *pipeline.Plant, lab *pipeline.Lab, source pipeline.Source, w measure.Interval, progress Progress) (pipeline.Result, error) {
	w = w.Align(plant.BalanceEvery)
	step := max(plant.BalanceEvery, (4 * time.Hour).Round(plant.BalanceEvery))
	var pieces []measure.Interval
	for from := w.From; from.Before(w.To); from = from.Add(step) {
		piece := measure.Interval{From: from, To: from.Add(step)}
		if piece.To.After(w.To) {
			piece.To = w.To
		}
		pieces = append(pieces, piece)
	}
	results := make([]pipeline.Result, len(pieces))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var done atomic.Int64
	for i, piece := range pieces {
		group.Go(func() error {
			var err error
			results[i], err = pipeline.Compute(inner, plant, lab, source, piece)
			if n := done.Add(1); progress != nil {
				progress("hours recomputed", int(n)*int(step/time.Hour), int(w.Length()/time.Hour))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return pipeline.Result{}, err
	}
	whole := pipeline.Result{Rollups: map[measure.Tag][]pipeline.Rollup{}}
	for _, r := range results {
		for tag, rollups := range r.Rollups {
			whole.Rollups[tag] = append(whole.Rollups[tag], rollups...)
		}
		whole.Closures = append(whole.Closures, r.Closures...)
		whole.Balances = append(whole.Balances, r.Balances...)
		whole.Faults = append(whole.Faults, r.Faults...)
	}
	slices.Sort(whole.Faults)
	whole.Faults = slices.Compact(whole.Faults)
	return whole, nil
}

// plantOf reads the plant file in the leaf of that index.
func plantOf(leaves []opened, index uint64, id string) (*pipeline.Plant, error) {
	l, found := leafAt(leaves, index)
	if !found || l.Kind != Config {
		return nil, fmt.Errorf("%s holds no plant file", leafName(index))
	}
	plant, err := pipeline.ParsePlant(l.Name, l.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", leafName(index), err)
	}
	if plant.ID != id {
		return nil, fmt.Errorf("%s is the plant file of %s, not of %s", leafName(index), plant.ID, id)
	}
	return plant, nil
}

// labOf reads the laboratory files and the records and brings what they say
// together: of two lots of one name, and two entries of one control reading,
// the one in the later leaf counts.
func labOf(leaves []opened, indexes []uint64) (*pipeline.Lab, error) {
	var entries []custody.Entry
	for _, index := range indexes {
		l, found := leafAt(leaves, index)
		if !found || !l.written() {
			return nil, fmt.Errorf("%s is nothing that people entered", leafName(index))
		}
		e, err := custody.Open(l.Index, l.Kind.String(), l.Name, l.Body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", leafName(index), err)
		}
		entries = append(entries, e)
	}
	return custody.Keep(entries).Lab(), nil
}

// labFiles returns the indexes of the plant's laboratory and record leaves, rising.
func labFiles(leaves []opened, plant string) []uint64 {
	indexes := []uint64{}
	for _, l := range leaves {
		if l.written() && slices.Contains(l.Plants, plant) {
			indexes = append(indexes, l.Index)
		}
	}
	return indexes
}

// written tells whether people wrote the leaf.
func (l opened) written() bool { return l.Kind == Lab || l.Kind == Record }

func leafAt(leaves []opened, index uint64) (opened, bool) {
	i := slices.IndexFunc(leaves, func(l opened) bool { return l.Index == index })
	if i < 0 {
		return opened{}, false
	}
	return leaves[i], true
}

func entries(leaves []opened) []Entry {
	out := make([]Entry, len(leaves))
	for i, l := range leaves {
		out[i] = l.Entry
	}
	return out
}

// recompute compares everything computed again with what the bundle shows.
func (a *audit) recompute(ctx context.Context) error {
	v, err := recompute(ctx, a.forms, a.manifest, a.leaves, a.progress)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		a.fault("replay", "leaves/", "nothing of this bundle can be computed again; ask who made it for what is missing", "%v", err)
		return nil
	}
	a.report.Coverage, a.report.Readings = v.coverage, v.readings
	a.report.Notes = append(a.report.Notes, v.result.Faults...)
	a.report.Gaps = append(a.report.Gaps, v.holes...)
	slices.SortFunc(a.report.Gaps, compareGaps)
	computed := map[string]bool{}
	for _, f := range v.files() {
		computed[f.Name] = true
		got, found := a.byName[f.Name]
		if !found {
			a.fault("views", f.Name, fetchAgain, "is missing")
		} else if line, was, is := firstDifference(got, f.Data); line > 0 {
			a.fault("views", f.Name, "do not rely on this table; the evidence gives the other value", "line %d says %q, computed from the evidence it is %q", line, was, is)
		}
	}
	for _, f := range a.files {
		if place(f.Name) == place(statements) && !computed[f.Name] {
			a.fault("views", f.Name, "do not rely on this file; no leaf gives it", "shows what is not in the evidence")
		}
	}
	return a.statements(ctx)
}

// firstDifference returns the first line, from 1, in which two texts differ; 0: none.
func firstDifference(a, b []byte) (line int, inA, inB string) {
	if bytes.Equal(a, b) {
		return 0, "", ""
	}
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range max(len(as), len(bs)) {
		var x, y string
		if i < len(as) {
			x = as[i]
		}
		if i < len(bs) {
			y = bs[i]
		}
		if x != y || i >= len(as) || i >= len(bs) {
			return i + 1, x, y
		}
	}
	return 0, "", ""
}
