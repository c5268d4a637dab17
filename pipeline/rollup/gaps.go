package rollup

import (
	"errors"
	"fmt"
	"math"

	"github.com/nielu/nielu/pipeline/balance"
)

// Direction says which way an error would flatter: more of an emission is
// worse, more of a removal better. There is none by default.
type Direction string

// The directions.
const (
	Emission Direction = "emission"
	Removal  Direction = "removal"
)

// GapRule is a published rule for hours that are missing.
type GapRule string

// The rules. Both take an hour for known from [Enough] of its readings on: the
// EU says so, of the US rule it is our reading.
const (
	// Article 45 of Regulation (EU) 2018/2066: x̄ + 2 s of the known hours; of a
	// removal x̄ - 2 s, and never below 0.
	EUSubstitution GapRule = "eu-2018-2066"
	// 40 CFR 98: the mean of the last known hour before and the first after;
	// at an end of the interval the one there is.
	USSubstitution GapRule = "us-part-98"
)

// Hour is one hour of something that is added up.
type Hour struct {
	Value    float64 // what the hour would bring at the mean of what is covered; 0 or more
	Coverage float64 // share of the hour that is covered, 0 to 1
}

// Gaps says how missing hours are filled. Rule and Direction must be named.
type Gaps struct {
	Rule      GapRule
	Direction Direction
	// Ceiling is the most that an hour of an emission can bring, as the size of
	// a burner or fan allows. A missing hour counts as that much, instead of
	// what the rule says; 0: no ceiling is known.
	Ceiling float64
}

// FilledTotal is a total over an interval with missing hours.
type FilledTotal struct {
	Total     float64 // what may be used; see [Gaps.Fill]
	Published float64 // what the rule as published gives

	Measured    float64 // part of Published that was measured
	ProRata     float64 // what hours that are known in part were raised by
	Substituted float64 // what stands in for missing hours

	MeasuredHours, ProRataHours, SubstitutedHours int

	Notice string // if more than 5 days in a row are missing, else ""
}

// longestGap is how many hours in a row may be missing before the authority is told.
const longestGap = 5 * 24

// Fill adds up hours.
//
//	covered in full    m = x                                    measured
//	from 80 % on       m = x c + x (1 - c)                      measured, pro rata
//	less               m = x̄ ± 2 s, or (before + after) / 2     substituted
//
//	x  what the hour would bring at its mean, c  its covered share
//	x̄, s  mean and standard deviation of x over all hours known, from 80 % on
//
// Of a removal Total is what was measured and no more: x c of the known hours.
// The published rule breaks our law that losing readings never raises
// certified mass. From hours of 10, 10, 10 and 0 it fills a missing fifth with
// 0; if the hour of 0 is lost as well, it fills both with 10. No clamp but 0
// mends that, as an hour that is missing may have brought nothing. So a filled
// removal can be shown beside, as Published, and never be certified.
//
// Of an emission Total is Published, which is conservative on average and not
// in each case: losing the highest hour lowers it. With a ceiling it is in each
// case: then losing hours never lowers Total.
//
// The product of claim.CountProduct is never filled.
//
// Source: Regulation (EU) 2018/2066, Art. 44 and 45, Annex VIII eq. 4; 40 CFR
// 98.365(b). Valid: the hours are a representative period.
// Rounds: each product once, explicitly.
func (g Gaps) Fill(hours []Hour) (FilledTotal, error) {
	if err := g.check(hours); err != nil {
		return FilledTotal{}, fmt.Errorf("fill gaps: %w", err)
	}
	var f FilledTotal
	missing, longest := 0, 0
	for _, h := range hours {
		if !h.known() {
			missing++
			longest = max(longest, missing)
			f.SubstitutedHours++
			continue
		}
		missing = 0
		part := float64(h.Value * h.Coverage)
		f.Measured += part
		if f.ProRata += h.Value - part; h.Coverage < 1 {
			f.ProRataHours++
		} else {
			f.MeasuredHours++
		}
	}
	var err error
	if f.Substituted, err = g.substituted(hours, f.SubstitutedHours); err != nil {
		return FilledTotal{}, fmt.Errorf("fill gaps: %w", err)
	}
	f.Published = f.Measured + f.ProRata + f.Substituted
	if f.Total = f.Published; g.Direction == Removal {
		f.Total = f.Measured
	}
	if longest > longestGap {
		f.Notice = fmt.Sprintf("%d hours in a row are missing, more than 5 days: tell the competent authority (Regulation (EU) 2018/2066, Art. 45)", longest)
	}
	return f, nil
}

func (h Hour) known() bool { return h.Coverage >= Enough }

// check refuses what would be a guess.
func (g Gaps) check(hours []Hour) error {
	switch {
	case g.Direction != Emission && g.Direction != Removal:
		return fmt.Errorf("direction %q: say emission or removal; which way is conservative depends on it", g.Direction)
	case g.Rule != EUSubstitution && g.Rule != USSubstitution:
		return fmt.Errorf("rule %q: say %s or %s", g.Rule, EUSubstitution, USSubstitution)
	case g.Ceiling < 0 || math.IsNaN(g.Ceiling) || math.IsInf(g.Ceiling, 0):
		return fmt.Errorf("a ceiling of %v: it is a number, 0 or more", g.Ceiling)
	case g.Ceiling > 0 && g.Direction == Removal:
		return errors.New("only an emission has a ceiling")
	}
	for i, h := range hours {
		switch {
		case !(h.Coverage >= 0 && h.Coverage <= 1):
			return fmt.Errorf("hour %d is covered to %v: from 0 to 1", i, h.Coverage)
		case !h.known():
		case !(h.Value >= 0) || math.IsInf(h.Value, 0):
			return fmt.Errorf("hour %d brings %v: 0 or more; what goes the other way is another direction", i, h.Value)
		case g.Ceiling > 0 && h.Value > g.Ceiling:
			return fmt.Errorf("hour %d brings %v, more than the ceiling of %v: correct the ceiling", i, h.Value, g.Ceiling)
		}
	}
	return nil
}

// substituted returns what stands in for all missing hours.
func (g Gaps) substituted(hours []Hour, missing int) (float64, error) {
	var known []float64
	for _, h := range hours {
		if h.known() {
			known = append(known, h.Value)
		}
	}
	switch {
	case missing == 0:
		return 0, nil
	case g.Ceiling > 0:
		return float64(g.Ceiling * float64(missing)), nil
	case len(known) == 0, len(known) == 1 && g.Rule == EUSubstitution:
		if g.Direction == Removal {
			return 0, nil
		}
		return 0, fmt.Errorf("%d of %d hours are missing, and the others are too few to stand in for them: give a ceiling", missing, len(hours))
	case g.Rule == USSubstitution:
		return neighbours(hours), nil
	}
	emission, removal := balance.Substitute(known)
	if g.Direction == Removal {
		return float64(max(0, removal) * float64(missing)), nil
	}
	return float64(emission * float64(missing)), nil
}

// neighbours returns what stands in for all missing hours by Part 98: for
// each the mean of the last known one before and the first after.
func neighbours(hours []Hour) float64 {
	total := 0.0
	for i := 0; i < len(hours); {
		if hours[i].known() {
			i++
			continue
		}
		end := i
		for end < len(hours) && !hours[end].known() {
			end++
		}
		var each float64
		switch {
		case i == 0 && end == len(hours):
		case i == 0:
			each = hours[end].Value
		case end == len(hours):
			each = hours[i-1].Value
		default:
			each = balance.Part98Substitute(hours[i-1].Value, hours[end].Value)
		}
		total += float64(each * float64(end-i))
		i = end
	}
	return total
}
