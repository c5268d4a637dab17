package export

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// recompute compares everything computed again with what the bundle shows.
func (a *audit) recompute(ctx context.Context) error {
	r, err := newRecomputation(ctx, a.leaves, a.manifest, a.progress)
	if err != nil {
		a.fault("replay", "tile/entries", "nothing of this bundle can be computed again; ask who made it for what is missing", "%v", err)
		return ctx.Err()
	}
	drawn := a.draw(len(r.days), func(i int) string { return r.days[i].name })
	if a.report.Share != nil {
		a.report.Share.Days, a.report.Share.OfDays = len(drawn), len(r.days)
	}
	r.planned = 0
	for _, i := range drawn {
		r.planned += r.days[i].last - r.days[i].first
	}
	a.progress(Step{Stage: recomputing, Total: int64(r.planned)})
	silence, days := r.silence(), &reportDays{recomputation: r}
	coverage := make([]tagCoverage, len(r.plant.Tags))
	notes := map[string]bool{}
	err = inOrder(ctx, len(drawn), func(ctx context.Context, k int) (*outcome, error) {
		d, err := r.compute(ctx, drawn[k])
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			return &outcome{faults: []Fault{{Check: "replay", Where: "views/" + r.days[drawn[k]].name, What: err.Error(), Do: "this day cannot be computed again; ask who made the bundle for what is missing"}}}, nil
		}
		return a.compareDay(d)
	}, func(k int, o *outcome) error {
		a.faults(o.faults)
		if o.day == nil {
			return nil
		}
		silence.add(r.days[drawn[k]].Interval, o.day.seen)
		days.add(o.day)
		for i, t := range o.day.coverage {
			c := &coverage[i]
			c.readings, c.usable, c.sum, c.minutes = c.readings+t.readings, c.usable+t.usable, c.sum+t.sum, c.minutes+t.minutes
		}
		for _, note := range o.notes {
			notes[note] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, t := range coverage {
		tag := TagCoverage{Tag: string(r.plant.Tags[i].Tag), Unit: r.plant.Tags[i].Unit.String(), Readings: t.readings, Usable: t.usable}
		if t.minutes > 0 {
			tag.Coverage = t.sum / float64(t.minutes)
		}
		a.report.Coverage = append(a.report.Coverage, tag)
		a.report.Readings += t.readings
	}
	for note := range notes {
		a.report.Notes = append(a.report.Notes, note)
	}
	slices.Sort(a.report.Notes)
	a.report.Gaps = joinGaps(a.report.Gaps, silence.end())
	a.silence = silence
	if err := a.comparePage(ctx, days); err != nil {
		return err
	}
	if err := a.strayViews(ctx, r); err != nil {
		return err
	}
	if err := a.originals(ctx); err != nil {
		return err
	}
	if err := a.statements(ctx); err != nil {
		return err
	}
	return a.statementStates(ctx)
}

// outcome is what the comparison of a day found.
type outcome struct {
	day    *dayResult // nil: the day could not be computed
	faults []Fault
	notes  []string
}

// compareDay compares the views of a day with those of the bundle, and lets
// go of them.
func (a *audit) compareDay(d *dayResult) (*outcome, error) {
	o := &outcome{day: d, notes: d.views.result.Faults}
	for _, table := range tables {
		name := tableName(d.name, table)
		i, found := a.bundle.index[name]
		if !found {
			o.faults = append(o.faults, Fault{Check: "views", Where: name, What: "is missing", Do: fetchAgain})
			continue
		}
		want := d.views.text(table)
		packed, err := pack(want)
		if err != nil {
			return nil, err
		}
		if a.holds(i, packed) {
			continue
		}
		switch diff, err := a.compareView(i, want); {
		case err != nil:
			o.faults = append(o.faults, Fault{Check: "views", Where: name, What: fmt.Sprintf("cannot be unpacked: %v", err), Do: fetchAgain})
		case diff != nil:
			o.faults = append(o.faults, Fault{Check: "views", Where: name, What: fmt.Sprintf("line %d says %q, computed from the evidence it is %q", diff.line, diff.was, diff.is),
				Do: "do not rely on this table; the evidence gives the other value"})
		default:
			o.notes = append(o.notes, name+" is packed in another way than this release packs it; its text is the same")
		}
	}
	d.views = views{}
	return o, nil
}

// holds tells whether a file has exactly these bytes.
func (a *audit) holds(i int, want []byte) bool {
	have, err := a.bundle.read(i, int64(len(want)))
	return err == nil && bytes.Equal(have, want)
}

func (a *audit) compareView(i int, want []byte) (*difference, error) {
	text, err := unpack(a.bundle.open(i))
	if err != nil {
		return nil, err
	}
	defer text.Close()
	return compareText(text, want)
}

// strayViews finds views that no leaf gives, and compares those that are a
// leaf's own text.
func (a *audit) strayViews(ctx context.Context, r *recomputation) error {
	computed := map[string]bool{pageName: true}
	for _, name := range a.printed() {
		computed[name] = true
	}
	for _, d := range r.days {
		for _, table := range tables {
			computed[tableName(d.name, table)] = true
		}
	}
	for _, l := range a.leaves.statementsIn(a.manifest.Plant, a.manifest.Interval()) {
		name := statementName(l.Index)
		computed[name] = true
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return err
		}
		i, found := a.bundle.index[name]
		if !found {
			a.fault("views", name, fetchAgain, "is missing")
		} else if diff, err := compareText(a.bundle.open(i), leaf.Body); err != nil {
			return err
		} else if diff != nil {
			a.fault("views", name, "do not rely on this text; the log holds the other one", "line %d says %q, in the log it is %q", diff.line, diff.was, diff.is)
		}
	}
	for _, e := range a.bundle.entries {
		if strings.HasPrefix(e.name, "views/") && !computed[e.name] {
			a.fault("views", e.name, "do not rely on this file; no leaf gives it", "shows what is not in the evidence")
		}
	}
	return nil
}
