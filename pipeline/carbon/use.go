package carbon

import (
	"slices"
	"strings"
)

// useGates are the gates on where the char comes from and where it goes; why
// is the rule by which credit begins with the use.
func (q *quantification) useGates(why string) {
	if r := q.r; r.Char.Produced > 0 && r.Char.Produced < r.Char.DryMass {
		q.gate("batch.dry_mass: %s in the sink is more than the %s produced; correct one of the two", r.Char.DryMass, r.Char.Produced)
	}
	switch use := q.r.Sink.EndUse; {
	case use == "":
		q.remark("sink.end_use: not given; %s", why)
	case use == "retail" && q.m.ID == "puro-2025": // see retail
	case !slices.Contains(q.m.EndUses, use):
		q.gate("sink.end_use: %q is not a durable use this method lists: %s", use, strings.Join(q.m.EndUses, ", "))
	case q.m.EndUseAs[use] != "":
		q.variant("matrix %s", q.m.EndUseAs[use])
	}
	switch feed := q.r.Feed.Kind; {
	case feed == "":
		q.remark("batch.feedstock: not given; name it, some are excluded by the biomass sourcing criteria")
	case q.m.ExcludedFeed[feed] != "":
		q.gate("batch.feedstock: %s earns nothing: %s", feed, q.m.ExcludedFeed[feed])
	}
}

// cite returns a rule of Puro Edition 2025 in brackets; the other methods ask
// for the same in words whose numbers are not known.
func (q *quantification) cite(rule string) string {
	if q.m.ID == "puro-2025" {
		return " (" + rule + ")"
	}
	return ""
}

// mixed asks that biochar in soil is mixed with at least as much of it.
//
// Source: Isometric storage in soil 1.3; C-Sink 3.3, else it counts as temporary storage; secondary.
func (q *quantification) mixed() {
	const most = 0.5
	switch share := q.r.Sink.BiocharShare; {
	case !strings.HasSuffix(q.r.Sink.EndUse, "soil") && !strings.HasPrefix(q.r.Sink.EndUse, "S-0"):
	case share == nil:
		q.remark("sink.biochar_share: not given; in soil at most half of the volume may be biochar, else it is only stored")
	case *share > most:
		q.gate("sink.biochar_share: %s of the volume is biochar, at most %s may be: mix it with soil", percent(*share), percent(most))
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
		q.gate("use.proof: not given; a landfill is a durable use only with evidence%s, so eligibility is not determined: name the record of the burial and the permit of the site", q.cite("Table 3.2"))
	default:
		q.gate("use.proof: not given; an end use that is only stated does not count%s: name the record that shows where and when the product was placed, or its digest", q.cite("rule 2.3.1"))
	}
	if q.r.Feed.Proof != "" {
		q.variant("feedstock shown by %s", q.r.Feed.Proof)
	} else {
		q.gate("use.biomass_proof: not given; name the evidence that the feedstock was sourced sustainably, with its category of the biomass sourcing criteria")
	}
}
