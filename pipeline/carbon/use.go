package carbon

import (
	"slices"
	"strings"
)

// useGates are the gates on where the char comes from and where it goes; why
// is the rule by which credit begins with the use.
func (q *quantification) useGates(why string) {
	if r := q.r; r.Produced > 0 && r.Produced < r.DryMass {
		q.gate("batch.dry_mass: %s in the sink is more than the %s produced; correct one of the two", r.DryMass, r.Produced)
	}
	switch use := q.r.Sink.EndUse; {
	case use == "":
		q.remark("sink.end_use: not given; %s", why)
	case !slices.Contains(q.m.EndUses, use):
		q.gate("sink.end_use: %q is not a durable use this method lists: %s", use, strings.Join(q.m.EndUses, ", "))
	case q.m.EndUseAs[use] != "":
		q.variant("matrix %s", q.m.EndUseAs[use])
	}
	switch feed := q.r.Feedstock; {
	case feed == "":
		q.remark("batch.feedstock: not given; name it, some are excluded by the biomass sourcing criteria")
	case q.m.ExcludedFeed[feed] != "":
		q.gate("batch.feedstock: %s earns nothing: %s", feed, q.m.ExcludedFeed[feed])
	}
}

// proofs are asked for where an account is to be certified: a stated use or
// feedstock is no more than somebody's word. The keys are the laboratory file's.
//
// Source: Puro Edition 2025, rule 2.3.1, Table 3.2 and the biomass sourcing
// criteria; the other methods ask for the same in their words; secondary.
func (q *quantification) proofs() {
	if !q.r.Certify {
		return
	}
	switch use := q.r.Sink.EndUse; {
	case q.r.Sink.Proof != "":
		q.variant("end use shown by %s", q.r.Sink.Proof)
	case strings.HasPrefix(use, "landfill"):
		q.gate("use.proof: not given; a landfill is a durable use only with evidence (Table 3.2), so eligibility is not determined: name the record of the burial and the permit of the site")
	default:
		q.gate("use.proof: not given; an end use that is only stated does not count (rule 2.3.1): name the record that shows where and when the product was placed, or its digest")
	}
	if q.r.BiomassProof != "" {
		q.variant("feedstock shown by %s", q.r.BiomassProof)
	} else {
		q.gate("use.biomass_proof: not given; name the evidence that the feedstock was sourced sustainably, with its category of the biomass sourcing criteria")
	}
}
