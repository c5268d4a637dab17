package carbon

import "math"

// organicCarbon is what counts: total less inorganic carbon, of dry mass. The
// line is printed by the method's symbol, in % or as a share.
//
// Where stated, organic carbon as the laboratory gives it by itself stands in
// for either; total carbon for a missing inorganic part so that the figure can
// be shown, and the gate is closed all the same.
func (q *quantification) organicCarbon(symbol, unit string, standsIn bool) (float64, bool) {
	total, inorganic := q.r.Analysis.CarbonTotal, q.r.Analysis.CarbonInorganic
	zero := 0.0
	switch {
	case standsIn && q.r.Analysis.OrganicCarbon != nil && (total == nil || inorganic == nil):
		total, inorganic = least(total, q.r.Analysis.OrganicCarbon), &zero
		q.r.Analysis.CarbonTotal, q.r.Analysis.CarbonInorganic = total, inorganic // so that their uncertainty is its
	case total == nil:
		q.gate("batch.carbon_total: not given; have the laboratory measure it")
		return 0, false
	case inorganic == nil:
		q.gate("batch.carbon_inorganic: not given; have the laboratory measure it, it is no part of what is stored")
		if !standsIn {
			return 0, false
		}
		inorganic = &zero
	case *inorganic > *total:
		q.gate("batch.carbon_inorganic: %s is more than the total carbon, %s; one of the two is wrong", percent(*inorganic), percent(*total))
		return 0, false
	}
	org := *total - *inorganic
	if unit == "%" {
		q.line(symbol, float64(org*100), "%", q.m.EquationsBy)
	} else {
		q.line(symbol, org, "1", q.m.EquationsBy)
	}
	return org, org > 0
}

// least returns the lower of two figures, of which the first may be unknown.
func least(a, b *float64) *float64 {
	if a != nil && *a < *b {
		return a
	}
	return b
}

// ratio is H/Corg. Of a measured and a given ratio the larger one counts;
// measured tells which.
//
//	H/Corg = f · H / C_org      molar, of mass shares; f by the method
//
// Source: the method, as its file labels the factor.
func (q *quantification) ratio(org float64, hasOrg bool) (hc float64, measured, has bool) {
	label := "given"
	if q.r.Analysis.HCorg != nil {
		hc, has = *q.r.Analysis.HCorg, true
	}
	if q.r.Analysis.Hydrogen != nil && hasOrg {
		if m := float64(*q.r.Analysis.Hydrogen/org) * q.m.Factors["hc_molar"].Value; !has || m > hc {
			q.factor("hc_molar")
			hc, has, measured, label = m, true, true, q.m.Factors["hc_molar"].Label
		}
	}
	if !has {
		q.gate("batch.hydrogen: neither it nor h_corg is given; without H/Corg nothing is known of persistence")
		return 0, false, false
	}
	if hc < 0 || math.IsNaN(hc) || math.IsInf(hc, 0) {
		q.gate("batch.h_corg: %v is no ratio", hc)
		return 0, false, false
	}
	if hc < leastRatio {
		q.remark("batch.hydrogen: H/Corg is %.3g, and char has at least %.2g: ask the laboratory", hc, leastRatio)
	}
	q.line("H/Corg", hc, "1", label)
	return hc, measured, true
}

// leastRatio is below the H/Corg of any char that a kiln makes; less of it is a
// hydrogen that was not found, not one that is not there.
//
// Source: chars of up to 900 Cel, about 0.1; half of that is ours.
const leastRatio = 0.05

// hottestKiln is beyond what a kiln for char is built for, Cel: a value above
// it is a slip or stands for none, as 32767.
const hottestKiln = 1500

// consistent holds the figures of a laboratory against each other and against
// what went into the plant. Nothing here is asked for; what is given must agree.
//
//	|C_org - (C_tot - C_inorg)| ≤ 0.1 percentage points
//	C + H + O + N + S + ash = 100 %, within 5 percentage points      C organic: ash holds the rest;
//	                                                                 of what is given no more, also where one is not
//	m · C ≤ carbon of the feed
//
// Source: Isometric protocol 1.3, laboratory checks, for the first; the width
// of the second is ours, the standard says about 100 %.
func (q *quantification) consistent() {
	const organicWidth, massWidth = 0.001, 0.05
	r := q.r
	for _, x := range []struct {
		key   string
		share *float64
	}{{"carbon_total", r.Analysis.CarbonTotal}, {"carbon_inorganic", r.Analysis.CarbonInorganic}, {"hydrogen", r.Analysis.Hydrogen}, {"oxygen", r.Analysis.Oxygen}} {
		if x.share != nil && !(*x.share >= 0 && *x.share <= 1) {
			q.gate("batch.%s: %v is no share of a mass; write it between 0 %% and 100 %%", x.key, *x.share)
		}
	}
	if t := r.Production.Temperature; t != nil && !(*t >= 0 && *t <= hottestKiln) {
		q.gate("batch.production_temperature: %v Cel is no temperature of carbonisation; a value that stands for a missing one must be left out", *t)
	}
	if r.Analysis.CarbonTotal == nil || r.Analysis.CarbonInorganic == nil {
		return
	}
	org := *r.Analysis.CarbonTotal - *r.Analysis.CarbonInorganic
	if r.Analysis.OrganicCarbon != nil && math.Abs(*r.Analysis.OrganicCarbon-org) > organicWidth+1e-12 {
		q.gate("batch.organic_carbon: %s, but total less inorganic carbon is %s; they may differ by 0.1 percentage points: ask the laboratory", percent(*r.Analysis.OrganicCarbon), percent(org))
	}
	sum, whole := org, true
	for _, x := range []*float64{r.Analysis.Hydrogen, r.Analysis.Oxygen, r.Analysis.Nitrogen, r.Analysis.Sulfur, r.Analysis.Ash} {
		if x == nil {
			whole = false
			continue
		}
		sum += *x
	}
	if sum > 1+massWidth || whole && sum < 1-massWidth {
		q.gate("batch: carbon, hydrogen, oxygen, nitrogen, sulfur and ash add up to %s of dry mass, not to about 100 %%: one of them is wrong", percent(sum))
	}
	if r.Feed.Carbon != nil {
		if out := float64(max(r.Char.Produced, r.Char.DryMass).Kilograms() * *r.Analysis.CarbonTotal); out > r.Feed.Carbon.Kilograms() {
			q.gate("batch.feed_carbon: %s went in and %.6g kg came out in the product; the rest is somebody else's carbon: correct the masses or the analyses", r.Feed.Carbon, out)
		}
	}
}
