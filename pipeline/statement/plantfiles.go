package statement

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
)

// PlantFile is a plant file, and where and when it was entered in the log: from
// then on it is in force.
type PlantFile struct {
	Index   uint64
	Entered time.Time
	Plant   *flowsheet.Plant
}

// FilesOfLot returns the files, in the order of the log, that bear on a lot: the
// one in force at its start, those entered while it ran, and those entered
// afterwards. The file at the start is the last that was entered before the
// lot began, or before its first evidence came; where there is none, the first.
func FilesOfLot(files []PlantFile, lot measure.Interval, first uint64) []PlantFile {
	start := 0
	for i, f := range files {
		if !f.Entered.After(lot.From) || f.Index < first {
			start = i
		}
	}
	bearing := files[min(start, len(files)):]
	out := bearing[:0:0]
	for i, f := range bearing { // a file that was entered again changes nothing
		if i == 0 || f.Plant.Digest != out[len(out)-1].Plant.Digest {
			out = append(out, f)
		}
	}
	return out
}

// WidestPlant returns, of files that bear on a lot, the plant that looks furthest
// around it: what it sees is the evidence of the lot's statement.
func WidestPlant(bearing []PlantFile) *flowsheet.Plant {
	return slices.MaxFunc(bearing, func(a, b PlantFile) int { return cmp.Compare(rollup.Lookback(a.Plant), rollup.Lookback(b.Plant)) }).Plant
}

// CountedFrom returns the tags whose readings can bear on a statement by any
// of the files.
func CountedFrom(bearing []PlantFile) map[measure.Tag]bool {
	from := map[measure.Tag]bool{}
	for _, f := range bearing {
		for tag := range claim.CountedFrom(f.Plant) {
			from[tag] = true
		}
	}
	return from
}

// StateLot counts a lot and works out its account by each plant file that bears
// on it: by the one in force at its start; where others were entered while it
// ran, by each moment's own; and by each that was entered afterwards, if what it
// names was read in the lot at all. The least account is stated. So a file that
// is changed during or after a lot may lower what the lot claims and never
// raises it; each that makes a difference is a remark.
func StateLot(ctx context.Context, in Input, bearing []PlantFile, src pipeline.Source) (Statement, error) {
	if len(bearing) == 0 {
		return Statement{}, fmt.Errorf("state lot %s: the log holds no plant file of it", in.Lot)
	}
	lot, ok := in.Lab.Lot(in.Lot)
	if !ok {
		return Statement{}, fmt.Errorf("state lot %s: nobody entered such a lot", in.Lot)
	}
	by := func(p *flowsheet.Plant, counted LotCount, err error) (Statement, error) {
		if err != nil {
			return Statement{}, err
		}
		mine := in
		mine.Plant, mine.Count = p, counted
		return NewStatement(mine)
	}
	first := bearing[0].Plant
	counted, err := CountLot(ctx, first, in.Lab, in.Lot, src)
	start, err := by(first, counted, err)
	if err != nil {
		return Statement{}, err
	}
	least, remarks := start, []string{}
	for i, f := range bearing[1:] {
		when, how, p := "after the lot ended", "by it", f.Plant
		inside := f.Entered.Before(lot.Interval.To)
		var other LotCount
		if inside {
			when, how, p = "while the lot ran", "with each moment by its own file", first
			other, err = countInForce(ctx, bearing[:i+2], counted, in.Lab, lot, src)
		} else {
			other, err = CountLot(ctx, f.Plant, in.Lab, in.Lot, src)
		}
		s, err := by(p, other, err)
		said := fmt.Sprintf("remark: the plant file %.12s of %s was entered %s, in leaf %d", f.Plant.Digest, f.Entered.UTC().Format(time.RFC3339), when, f.Index)
		switch {
		case ctx.Err() != nil:
			return Statement{}, ctx.Err()
		case err != nil:
			remarks = append(remarks, said+"; by it the lot cannot be stated, so it does not count here")
		case !inside && s.Covered == 0 && start.Covered > 0:
			remarks = append(remarks, said+"; what it names was not read in the lot, so it does not count here")
		case claimsLess(s, start) || claimsLess(start, s):
			remarks = append(remarks, fmt.Sprintf("%s: %s %s, by the file at the start of the lot %s; the least counts", said, how, claimWords(s), claimWords(start)))
			if claimsLess(s, least) {
				least = s
			}
		}
	}
	least.Account.Unmet = append(slices.Clip(least.Account.Unmet), remarks...)
	return least, nil
}

// claimsLess tells whether a statement claims less than another.
func claimsLess(a, b Statement) bool {
	if a.Account.Eligible != b.Account.Eligible {
		return b.Account.Eligible
	}
	for _, of := range [][2]*measure.CO2e{
		{carbon.Shown(a.Account.Net), carbon.Shown(b.Account.Net)},
		{carbon.Shown(a.Account.Conservative), carbon.Shown(b.Account.Conservative)},
		{a.Account.Indicative, b.Account.Indicative},
	} {
		switch x, y := of[0], of[1]; {
		case x == nil && y != nil:
			return true
		case x != nil && y == nil:
			return false
		case x != nil && *x != *y:
			return *x < *y
		}
	}
	return a.Dry < b.Dry
}

// claimWords says in words what a statement comes to.
func claimWords(s Statement) string {
	switch {
	case s.Account.Eligible && s.Account.Net != nil:
		return fmt.Sprintf("the net is %s", s.Account.Net.CO2e())
	case s.Account.Indicative != nil:
		return fmt.Sprintf("the account is not eligible and the formulas give %s", s.Account.Indicative)
	}
	return "there is no account"
}

// countInForce counts product and stack of a lot, each minute by the file that
// was in force in it: the last one entered by then. What else was found of the
// lot is what the file at its start found. What a counter gained across a
// change of files is not counted.
func countInForce(ctx context.Context, files []PlantFile, whole LotCount, lab *lots.Lab, lot lots.Lot, src pipeline.Source) (LotCount, error) {
	var sum claim.Product
	var stack emissions.StackSum
	weighted, stated := 0.0, true
	last := files[0].Plant
	for i, f := range files {
		w := lot.Interval
		if i > 0 {
			w.From = f.Entered.Truncate(rollup.Step)
		}
		if i+1 < len(files) {
			w.To = files[i+1].Entered.Truncate(rollup.Step)
		}
		if !w.From.Before(w.To) {
			continue
		}
		if f.Plant.Product != files[0].Plant.Product || (f.Plant.Stack == nil) != (files[0].Plant.Stack == nil) {
			return LotCount{}, fmt.Errorf("count lot %s: its plant files name other products or stacks", lot.ID)
		}
		part, err := countStretch(ctx, f.Plant, lab, w, src, &stack)
		if err != nil {
			return LotCount{}, fmt.Errorf("count lot %s: %w", lot.ID, err)
		}
		if last = f.Plant; sum.Of == 0 {
			sum.Stream, sum.Quality = part.Stream, part.Quality
		}
		sum.Wet, sum.Dry, sum.Covered, sum.Of = sum.Wet+part.Wet, sum.Dry+part.Dry, sum.Covered+part.Covered, sum.Of+part.Of
		sum.Quality, sum.Why = measure.Worse(sum.Quality, part.Quality), cmp.Or(sum.Why, part.Why)
		weighted += float64(part.RelU * float64(part.Dry))
		stated = stated && (part.RelU > 0 || part.Dry == 0)
	}
	if stated && sum.Dry > 0 { // an error of calibration is the same throughout
		sum.RelU = weighted / float64(sum.Dry)
	}
	sum.Water = whole.Product.Water
	if whole.Product = sum; last.Stack != nil {
		var err error
		if whole.Stack, err = stackOf(last, stack, lot.Interval); err != nil {
			return LotCount{}, fmt.Errorf("count lot %s: %w", lot.ID, err)
		}
	}
	return whole, nil
}

// countStretch counts the product of a stretch of whole minutes, and adds up
// what the stack emitted in it, from the rollups of their tags alone.
func countStretch(ctx context.Context, p *flowsheet.Plant, lab *lots.Lab, w measure.Interval, src pipeline.Source, stack *emissions.StackSum) (claim.Product, error) {
	sum := newLotSum(p, lab, stack)
	tags := append(claim.ProductTags(p), claim.StackTags(p)...)
	for day := range days(w) {
		result, err := pipeline.Rollups(ctx, p, lab, src, day.Align(p.BalanceEvery), tags...)
		if err != nil {
			return claim.Product{}, err
		}
		if err := sum.add(day, result.Rollups); err != nil {
			return claim.Product{}, err
		}
	}
	return sum.product(w)
}
