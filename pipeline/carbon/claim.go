package carbon

import (
	"fmt"
	"strings"
)

// claims tells whether a text claims that something complies with the CRCF,
// Regulation (EU) 2024/3012.
func claims(text string) bool {
	t := strings.ToLower(text)
	named := false
	for _, name := range []string{"crcf", "2024/3012", "carbon removal certification", "carbon removals and carbon farming"} {
		named = named || strings.Contains(t, name)
	}
	if !named {
		return false
	}
	for _, word := range []string{"compl", "conform", "certif", "approved", "accredit", "eligib", "in line with", "meets", "accordance", "according"} {
		if strings.Contains(strings.ReplaceAll(t, "carbon removal certification", ""), word) {
			return true
		}
	}
	return false
}

// CheckClaim refuses a text that claims CRCF compliance. Nothing here may
// carry that label until the equations of the biochar annex are in a method
// file and read in the law itself.
//
// Source: Delegated Regulation (EU) 2026/285, whose annex is not loaded.
func CheckClaim(text string) error {
	if claims(text) {
		return fmt.Errorf("%.60q claims compliance with the CRCF, which nothing here can show: the equations of its biochar annex are not loaded; take the claim out", text)
	}
	return nil
}

// refuseClaims closes the account where any word of the request claims
// compliance: words of a request end in statements.
func (q *quantification) refuseClaims() {
	texts := []struct{ where, text string }{
		{"batch.feedstock", q.r.Feed.Kind}, {"use.biomass_proof", q.r.Feed.Proof}, {"batch.technology_proof", q.r.Production.TechnologyProof},
		{"sink.end_use", q.r.Sink.EndUse}, {"use.proof", q.r.Sink.Proof}, {"sampling.proof", q.r.Sampling.Proof},
		{"batch.methane_compensation", q.r.Production.MethaneCompensation},
	}
	if s := q.r.Stack; s != nil {
		texts = append(texts, struct{ where, text string }{"stack.source", s.Source})
	}
	for i, e := range q.r.Emissions {
		where := fmt.Sprintf("emissions[%d]", i)
		texts = append(texts, struct{ where, text string }{where, e.Name}, struct{ where, text string }{where, e.Source})
	}
	for _, x := range texts {
		if err := CheckClaim(x.text); err != nil {
			q.gate("%s: %v", x.where, err)
		}
	}
}
