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
		dry = unknown("stream " + f.s.ID + ": the plant file gives no mass")
	}
	carbon.why = dry.why
	counted := time.Duration(0)
	for _, b := range r.lotWindows {
		if dry.why != "" {
			break
		}
		q := *r.plant
		q.Product = f.s.ID
		w := measure.Interval{From: time.Unix(0, b.From).UTC(), To: time.Unix(0, b.From).UTC().Add(time.Duration(b.Minutes) * rollup.Step)}
		product, err := claim.CountProduct(&q, w, r.rollups, r.lab)
		if err != nil {
			dry.why, carbon.why = err.Error(), err.Error()
			break
		}
		if product.Covered == 0 {
			dry.flag = product.Why
			continue
		}
		counted += product.Covered
		kg := product.Dry.Kilograms()
		dry.value += kg
		if carbon.why != "" {
			continue
		}
		share, why := fixedShare(b, f.material(), material.Carbon)
		if carbon.why = why; why == "" {
			carbon.value += float64(kg * share)
		}
	}
	if dry.why == "" && counted == 0 {
		dry.why = cmp.Or(dry.flag, "no readings")
		carbon.why = cmp.Or(carbon.why, dry.why)
	}
	if dry.why == "" && counted < r.period.Length() {
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
func fixedShare(b *material.Evaluation, s flowsheet.Stream, part int) (float64, string) {
	q := b.Assay(s)
	x := q.Constituents[part]
	switch {
	case x.Why != "":
		return 0, "stream " + s.ID + ": no " + material.ConstituentNames[part] + ": " + x.Why
	case x.Tag != "":
		return 0, "stream " + s.ID + ": " + material.ConstituentNames[part] + " comes from tag " + string(x.Tag) + "; stored carbon needs a laboratory value of the lot"
	case q.AshFree && q.Constituents[material.Ash].Tag != "":
		return 0, "stream " + s.ID + ": ash comes from tag " + string(q.Constituents[material.Ash].Tag) + "; stored carbon needs a laboratory value of the lot"
	case q.Wet:
		return 0, "stream " + s.ID + ": " + material.ConstituentNames[part] + " is of wet mass; stored carbon needs it of dry mass"
	}
	k := q.Constituent(b, part, 0)
	if k.Why == "" && (k.Value < 0 || k.Value > 1 || math.IsNaN(k.Value)) {
		k.Why = fmt.Sprintf("stream %s: a share of %s %g is none", s.ID, material.ConstituentNames[part], k.Value)
	}
	return k.Value, k.Why
}
