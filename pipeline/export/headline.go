package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/statement"
)

// What stands beside a result in the headline of a verdict.
const (
	noPolicy     = "no policy"
	noExportKey  = "the policy names no export key"
	otherLog     = "not the log of your policy"
	nobodySigned = "nobody signed a statement"
)

// headline puts beside the result what decides how much it is worth.
func (a *audit) headline() {
	r := a.report
	switch {
	case !a.policy.trusts():
		r.Headline = append(r.Headline, noPolicy)
	case a.foreign:
		r.Headline = append(r.Headline, otherLog)
	case len(a.policy.Exports) == 0:
		r.Headline = append(r.Headline, noExportKey)
	}
	if printed := a.printed(); len(printed) > 0 {
		r.Headline = append(r.Headline, strings.Join(printed, " and ")+" not made again")
	}
	r.Headline = append(r.Headline, a.foreignMethods...)
	standing, signed, unchecked, lowered := 0, 0, 0, 0
	for _, s := range r.Statements {
		if s.Beyond || !s.stands() {
			continue
		}
		if s.isLowered() {
			lowered++
			r.Notes = append(r.Notes, fmt.Sprintf("%s stands, and evidence and records that came after it lower it: %s; the lot must be stated anew, and its certificate withdrawn if it has one", leafName(s.Leaf), s.late.lowers))
		}
		switch standing++; {
		case s.signedBy(statement.Sign, signedByTrusted):
			signed++
		case s.signedBy(statement.Sign, signedByOther):
			unchecked++
		}
	}
	if lowered > 0 {
		r.Headline = append(r.Headline, fmt.Sprintf("%d of %d statements claim more than the log gives now", lowered, standing))
	}
	switch {
	case standing == 0 || signed == standing:
	case unchecked == standing:
		r.Headline = append(r.Headline, "no signature on a statement was checked: the policy names no such maker")
	case signed+unchecked == 0:
		r.Headline = append(r.Headline, nobodySigned)
	default:
		r.Headline = append(r.Headline, fmt.Sprintf("%d of %d statements signed by no maker of your policy", standing-signed, standing))
	}
	r.Tonnes = tonnages(r.Statements)
}

// stands tells whether the statement still says something: it was neither
// superseded nor withdrawn.
func (s StatementResult) stands() bool {
	return s.State != string(statement.Superseded) && s.State != string(statement.Withdrawn)
}

// isLowered tells whether it stands and what came after it lowers it.
func (s StatementResult) isLowered() bool { return s.late != nil && s.late.lowers != "" }

func (s StatementResult) signedBy(event statement.EventKind, result string) bool {
	return slices.ContainsFunc(s.Signatures, func(g SignatureSeen) bool { return g.Event == string(event) && g.Result == result })
}

// Tonnage is what the standing statements of a plant by one method come to:
// net removals. Methods are never added up, since they may account for
// the same mass. A certificate counts by a key that the policy names.
type Tonnage struct {
	Ledger        string          `json:"ledger"` // removals
	Method        string          `json:"method"`
	Eligible      measure.Removal `json:"-"` // reproduced from raw words
	Signed        measure.Removal `json:"-"` // of these, by a maker of the policy
	Certified     measure.Removal `json:"-"` // of these, by a verifier of the policy
	Lots          int             `json:"lots"`
	NotEligible   int             `json:"not_eligible_lots"`
	NotReproduced int             `json:"not_reproduced_lots"`

	EligibleText  string `json:"eligible"` // the same as text, exact
	SignedText    string `json:"signed"`
	CertifiedText string `json:"certified"`
}

// tonnages adds up the statements that stand, by method.
func tonnages(all []StatementResult) []Tonnage {
	out := []Tonnage{}
	for _, s := range all {
		if s.statement == nil || s.Beyond || !s.stands() {
			continue
		}
		account := s.statement.Account
		i := slices.IndexFunc(out, func(t Tonnage) bool { return t.Method == account.Method })
		if i < 0 {
			i, out = len(out), append(out, Tonnage{Ledger: "removals", Method: account.Method})
		}
		switch t := &out[i]; {
		case s.Result != reproduced:
			t.NotReproduced++
		case !account.Eligible || account.Net == nil:
			t.NotEligible++
		default:
			t.Lots++
			t.Eligible = t.Eligible.Add(*account.Net)
			if s.signedBy(statement.Sign, signedByTrusted) {
				t.Signed = t.Signed.Add(*account.Net)
			}
			if s.State == string(statement.Certified) && s.signedBy(statement.Certify, signedByTrusted) {
				t.Certified = t.Certified.Add(*account.Net)
			}
		}
	}
	slices.SortFunc(out, func(a, b Tonnage) int { return strings.Compare(a.Method, b.Method) })
	for i := range out {
		t := &out[i]
		t.EligibleText, t.SignedText, t.CertifiedText = t.Eligible.CO2e().String(), t.Signed.CO2e().String(), t.Certified.CO2e().String()
	}
	return out
}

// tonnes prints what the statements come to, ledger by ledger.
func (p *printer) tonnes(r *Report) {
	if r.Plant == "" {
		return
	}
	if len(r.Tonnes) == 0 {
		p.printf("removals   none stated\n")
	}
	for _, t := range r.Tonnes {
		p.printf("removals   %s: %s CO2e net eligible in %d lots, %s signed, %s certified", t.Method, t.EligibleText, t.Lots, t.SignedText, t.CertifiedText)
		if t.NotEligible > 0 {
			p.printf("; %d lots not eligible", t.NotEligible)
		}
		if t.NotReproduced > 0 {
			p.printf("; %d lots not reproduced", t.NotReproduced)
		}
		p.printf("\n")
	}
	p.printf("avoided    none: statements account for removals alone; avoided emissions stand apart, in a report\n")
	p.printf("substitute none: nothing here replaces another product's emissions\n")
}
