package process

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/material"
	"github.com/nielu/nielu/pipeline/rollup"
)

// storedBiochar reports the biochar in the cover as stored mass, never as a removal.
//
// Source: [claim.CountProduct]. No text was found that takes a cover for a sink by default.
func (r *indicatorSet) storedBiochar() {
	const words = "eligibility not determined: no registry is known to take a landfill cover as a sink by default; fire and excavation would bring it back"
	dry, carbon := estimate{}, estimate{}
	f := r.stream(flowsheet.RoleBiochar)
	switch {
	case !f.ok:
		dry = unknown(f.absence())
	case f.s.Phase == flowsheet.Gas || f.s.Mass == nil:
		dry = unknown(material.Unplanned("mass").In("stream " + f.s.ID + ": "))
	}
	carbon.why = dry.why
	counted, hole := time.Duration(0), material.Reason{}
	for _, b := range r.lotWindows {
		if dry.why.Given() {
			break
		}
		q := *r.plant
		q.Product = f.s.ID
		w := measure.Interval{From: time.Unix(0, b.From).UTC(), To: time.Unix(0, b.From).UTC().Add(time.Duration(b.Minutes) * rollup.Step)}
		product, err := claim.CountProduct(&q, w, r.rollups, r.lab)
		if err != nil {
			dry.why = material.NoFigure("%v", err)
			carbon.why = dry.why
			break
		}
		if product.Covered == 0 {
			hole = product.Why
			dry.flag = hole.String()
			continue
		}
		counted += product.Covered
		kg := product.Dry.Kilograms()
		dry.value += kg
		if carbon.why.Given() {
			continue
		}
		share, why := fixedShare(b, f.material(), material.Carbon)
		if carbon.why = why; !why.Given() {
			carbon.value += float64(kg * share)
		}
	}
	if !dry.why.Given() && counted == 0 {
		dry.why = cmp.Or(hole, noReadings)
		carbon.why = cmp.Or(carbon.why, dry.why)
	}
	if !dry.why.Given() && counted < r.period.Length() {
		dry.flag = fmt.Sprintf("known for %s of %s; the rest counts as nothing", counted.Round(time.Second), r.period.Length())
	}
	carbon.flag = dry.flag
	basis := "stored mass, sure readings only; eligibility not determined"
	r.put(Indicator{Name: "m_biochar_dry", About: "biochar placed in the cover, dry: stored mass, eligibility not determined", Unit: "kg", Basis: basis, Source: "weighed mass and laboratory; no method that takes a landfill cover for a sink by default is known"}, dry).flag(words)
	r.put(Indicator{Name: "m_biochar_C", About: "carbon of the biochar placed in the cover: stored mass, eligibility not determined", Unit: "kg", Basis: basis, Source: "weighed mass and laboratory; no method that takes a landfill cover for a sink by default is known"}, carbon).flag(words)
}

// fixedShare returns a part of dry mass that does not change over the period:
// the laboratory's or a stated one. A tag is refused, for a lost reading would
// change its mean.
func fixedShare(b *material.Evaluation, s flowsheet.Stream, part int) (float64, material.Reason) {
	q := b.Assay(s)
	x := q.Constituents[part]
	switch {
	case x.Why.Given():
		return 0, x.Why.In("stream " + s.ID + ": no " + material.ConstituentNames[part] + ": ")
	case x.Tag != "":
		return 0, material.NoFigure("stream %s: %s comes from tag %s; stored carbon needs a laboratory value of the lot", s.ID, material.ConstituentNames[part], x.Tag)
	case q.AshFree && q.Constituents[material.Ash].Tag != "":
		return 0, material.NoFigure("stream %s: ash comes from tag %s; stored carbon needs a laboratory value of the lot", s.ID, q.Constituents[material.Ash].Tag)
	case q.Wet:
		return 0, material.NoFigure("stream %s: %s is of wet mass; stored carbon needs it of dry mass", s.ID, material.ConstituentNames[part])
	}
	k := q.Constituent(b, part, 0)
	if !k.Why.Given() && (k.Value < 0 || k.Value > 1 || math.IsNaN(k.Value)) {
		k.Why = material.NoFigure("stream %s: a share of %s %g is none", s.ID, material.ConstituentNames[part], k.Value)
	}
	return k.Value, k.Why
}
