package process_test

import (
	"encoding/json"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/process"
)

// In JSON a claim is a value with its ledger beside it, as any indicator.
func TestAnIndicatorIsOneFormInJSON(t *testing.T) {
	v, u := 1.5, .25
	for want, i := range map[string]process.Indicator{
		`{"name":"Y","about":"a \u0026 b","value":1.5,"unit":"%","u":0.25,"basis":"dry","source":"s","flag":"f"}`: {Name: "Y", About: "a & b", Value: &v, Unit: "%", U: &u, Basis: "dry", Source: "s", Flag: "f"},
		`{"name":"E","about":"a","value":1.5,"unit":"t","source":"s","ledger":"avoided"}`:                         {Name: "E", About: "a", Unit: "t", Source: "s", Claim: measure.AvoidedLedger.Amount(&v)},
		`{"name":"N","about":"a","value":null,"unit":"t","source":"s","why":"w","ledger":"substitution"}`:         {Name: "N", About: "a", Unit: "t", Source: "s", Why: "w", Claim: measure.SubstitutionLedger.Amount(nil)},
	} {
		if got, err := json.Marshal(i); err != nil || string(got) != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

// The number of a claim comes out for its own ledger alone.
func TestAClaimAnswersToItsLedgerAlone(t *testing.T) {
	v := 1.5
	i := process.Indicator{Claim: measure.AvoidedLedger.Amount(&v)}
	for _, l := range []measure.Ledger{measure.NoLedger, measure.RemovalLedger, measure.AvoidedLedger, measure.SubstitutionLedger, measure.EmissionLedger} {
		if got := i.In(l); (got != nil) != (l == measure.AvoidedLedger) {
			t.Errorf("%q: %v", l, got)
		}
	}
}
