package export

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/evidence"
)

// decides tells whether the leaf is a decision of people or of the centre.
func (l leafRef) decides() bool { return l.Kind.Decides(l.Epoch) }

// DecisionsSeen is what a bundle shows of the chains of decisions.
type DecisionsSeen struct {
	OfPlant int       `json:"of_plant"` // decisions about the plant
	OfAll   int       `json:"of_all"`   // about all plants: keys, methods
	Roll    *uint64   `json:"roll"`     // leaf of the last roll; null: there is none
	Rolled  time.Time `json:"rolled"`   // when that was made, by the centre's clock; zero: there is none
	Behind  uint64    `json:"behind"`   // leaves behind it in the log, all of them shown
}

const leftOut = "a decision was left out of this bundle: a revocation, a withdrawal, a later statement, a file or a record; ask for a bundle with all of them, and ask why"

// decisions checks that the chains of decisions are whole: each decision names
// the one before it, and no leaf behind the last roll, which names the last of
// each chain, is kept back.
func (a *audit) decisions(ctx context.Context) error {
	common, err := a.walk(ctx, "")
	if err != nil {
		return err
	}
	own, err := a.walk(ctx, a.manifest.Plant)
	if err != nil {
		return err
	}
	seen := &DecisionsSeen{OfPlant: len(own), OfAll: len(common)}
	a.report.Decisions = seen
	from := uint64(0)
	for i := len(a.leaves.list) - 1; i >= 0; i-- {
		l := a.leaves.list[i]
		if l.Kind != evidence.Roll {
			continue
		}
		from = l.Index + 1
		seen.Roll, seen.Rolled = &l.Index, at(l.From)
		if err := a.roll(ctx, l, map[string][]leafRef{"": common, a.manifest.Plant: own}); err != nil {
			return err
		}
		break
	}
	if size := a.checkpoint.Size; size > from {
		seen.Behind = size - from
	}
	next, missing, first := from, uint64(0), uint64(0)
	skipped := func(until uint64) {
		if until > next {
			if missing == 0 {
				first = next
			}
			missing += until - next
		}
	}
	for _, l := range a.present {
		if l.Index >= from {
			skipped(l.Index)
			next = l.Index + 1
		}
	}
	if skipped(a.checkpoint.Size); missing > 0 {
		a.fault("decisions", leafName(first), leftOut, "of the %d leaves behind the last roll of decisions %d are not in the bundle, the first is this one: nothing shows that they are no decisions", seen.Behind, missing)
	}
	return nil
}

// walk follows one chain: of a plant, or of what concerns all plants.
func (a *audit) walk(ctx context.Context, plant string) (chain []leafRef, err error) {
	var last, common leafRef // the zero leaf: there is none
	for _, l := range a.leaves.list {
		ofAll := len(l.Plants) == 0
		place := slices.Index(l.Plants, plant) + 1
		if !l.decides() || !ofAll && (plant == "" || place == 0) {
			continue
		}
		if ofAll && plant != "" {
			common = l
			continue
		}
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return nil, err
		}
		switch {
		case len(leaf.Before) != len(l.Plants)+1:
			a.fault("decisions", leafName(l.Index), "ask the centre for what was decided before this leaf; a log begun by a release before nielu-bundle/v3 cannot show it",
				"this %s does not name the decisions before it, so that any could be left out", l.Kind)
		case leaf.Before[place] != last.hash:
			a.decisionMissing(l, last, plant)
		case plant != "" && leaf.Before[0] != common.hash:
			a.decisionMissing(l, common, "")
		}
		chain, last = append(chain, l), l
	}
	return chain, nil
}

// decisionMissing says that a decision names another one before it than stands there.
func (a *audit) decisionMissing(l, before leafRef, plant string) {
	where := "before it"
	if before.head != nil {
		where = fmt.Sprintf("between leaf %d and this one", before.Index)
	}
	a.fault("decisions", leafName(l.Index), leftOut, "this %s names a decision about %s before it that is not in the bundle: at least one %s was left out", l.Kind, about(plant), where)
}

func about(plant string) string {
	if plant == "" {
		return "all plants"
	}
	return plant
}

// roll compares what a roll says of the chains with what is there before it.
func (a *audit) roll(ctx context.Context, l leafRef, chains map[string][]leafRef) error {
	leaf, err := a.leaves.leaf(ctx, l)
	if err != nil {
		return err
	}
	all, err := evidence.ParseRoll(leaf.Body)
	if err != nil {
		a.fault("decisions", leafName(l.Index), "ask the centre which release wrote this roll", "%v", err)
		return nil
	}
	for _, plant := range []string{"", a.manifest.Plant} {
		last := evidence.Last{Plant: plant}
		if i := slices.IndexFunc(all, func(x evidence.Last) bool { return x.Plant == plant }); i >= 0 {
			last = all[i]
		}
		count, hash := uint64(0), evidence.Hash{}
		for _, d := range chains[plant] {
			if d.Index < l.Index {
				count, hash = count+1, d.hash
			}
		}
		if count != last.Count || hash != last.Hash {
			a.fault("decisions", leafName(l.Index), leftOut, "this roll counts %d decisions about %s up to %x, the bundle has %d up to %x", last.Count, about(plant), last.Hash[:], count, hash[:])
		}
	}
	return nil
}

func (p *printer) decisions(d *DecisionsSeen) {
	if d == nil {
		return
	}
	p.printf("decisions  %d of the plant, %d of all plants", d.OfPlant, d.OfAll)
	if d.Roll != nil {
		p.printf(", by the roll of %s in leaf %d", stamp(d.Rolled), *d.Roll)
	}
	p.printf("; %d leaves behind it\n", d.Behind)
}
