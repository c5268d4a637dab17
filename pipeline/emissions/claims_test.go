package emissions

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

func TestNothingIsClaimedUnlessSomebodyDoes(t *testing.T) {
	const text = `claims:
  avoided:
    - { name: a, destroyed: 1000 kg, share: 0 %, oxidised: 10 %, baseline: B, claim: C, from: { tag: l/f/v } }
  substitution:
    - { name: s, energy: 36 GJ, instead: eu-mrr/natural-gas, efficiency: 90 %, claim: C, from: { tag: h/t/p } }
`
	v := inventory(t, week+text)
	if got := v.Avoided[0].Amount.String(); got != "25.2 t avoided" {
		t.Errorf("avoided %s", got)
	}
	if got := v.Substitutions[0].Amount.String(); got != "2.244 t substituted" {
		t.Errorf("substituted %s", got)
	}
	for what, c := range map[string]struct {
		cut                   string
		avoided, substitution string // why nothing is claimed
	}{
		"no claim":    {", claim: C", "nobody claims it", "nobody claims it"},
		"no baseline": {", baseline: B", "there is no baseline", ""},
		"no factor":   {", instead: eu-mrr/natural-gas", "", "nothing says what is displaced"},
	} {
		v := inventory(t, week+strings.ReplaceAll(text, c.cut, ""))
		a, s := v.Avoided[0], v.Substitutions[0]
		if !strings.Contains(a.Why, c.avoided) || (a.Amount == measure.Avoided{}) != (c.avoided != "") {
			t.Errorf("%s: %s, because %q", what, a.Amount, a.Why)
		}
		if !strings.Contains(s.Why, c.substitution) || (s.Amount == measure.Substitution{}) != (c.substitution != "") {
			t.Errorf("%s: %s, because %q", what, s.Amount, s.Why)
		}
	}
	v = inventory(t, week+strings.Replace(text, "eu-mrr/natural-gas", "finland-placeholders/natural-gas", 1))
	if s := v.Substitutions[0]; s.Amount != (measure.Substitution{}) || !strings.Contains(s.Why, "is unverified") {
		t.Errorf("an unverified factor claims %s: %s", s.Amount, s.Why)
	}
	for _, all := range []string{"oxidised: 100 %", "oxidised: 60 %"} { // and half destroyed anyway
		v = inventory(t, week+strings.NewReplacer("oxidised: 10 %", all, "share: 0 %", "share: 50 %").Replace(text))
		if a := v.Avoided[0]; a.Amount != (measure.Avoided{}) {
			t.Errorf("%s and half destroyed anyway: %s", all, a.Amount)
		}
	}
}

// TestNoOutputAddsLedgers looks for every sum and difference of the ledgers and
// the emissions in all that an inventory prints.
func TestNoOutputAddsLedgers(t *testing.T) {
	v := inventory(t, week+`fuels:
  - { name: x, group: E_production, amount: 1237 kg, factor: eu-mrr/propane, from: { record: y } }
claims:
  avoided:
    - { name: a, destroyed: 1013 kg, share: 0 %, oxidised: 10 %, baseline: B, claim: C, from: { tag: l/f/v } }
  substitution:
    - { name: s, energy: 37 GJ, instead: eu-mrr/natural-gas, efficiency: 90 %, claim: C, from: { tag: h/t/p } }
`)
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := v.Write(&table); err != nil {
		t.Fatal(err)
	}
	amounts := []measure.CO2e{v.Lines[0].CO2e, claimedCO2e(t, v.Avoided[0].Amount.String()), claimedCO2e(t, v.Substitutions[0].Amount.String())}
	for i := range 3 {
		for _, printed := range []string{string(text), table.String()} {
			if n := amounts[i].String(); !strings.Contains(printed, n) {
				t.Errorf("%s is not printed", n)
			}
		}
	}
	for mask := range 27 { // each of the three added, left out or taken off
		signs, sum, n := mask, measure.CO2e(0), 0
		for i := range 3 {
			sign := measure.CO2e(signs%3 - 1)
			signs /= 3
			if sum += sign * amounts[i]; sign != 0 {
				n++
			}
		}
		if n < 2 {
			continue
		}
		for _, printed := range []string{string(text), table.String()} {
			if strings.Contains(printed, strings.TrimSuffix(sum.String(), " t")) {
				t.Errorf("%s, a sum over ledgers, stands in\n%s", sum, printed)
			}
		}
	}
	for _, ledger := range []string{"avoided", "substitution"} {
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(text, &parts); err != nil || len(parts[ledger]) == 0 {
			t.Errorf("no %s of its own: %v", ledger, err)
		}
	}
	if bytes.Contains(text, []byte("total")) || strings.Contains(strings.ToLower(table.String()), "total") {
		t.Error("something calls itself a total")
	}
	for _, e := range v.Emissions() {
		if e.Name != "x" {
			t.Errorf("the claim %s is among the emissions", e.Name)
		}
	}
}

func claimedCO2e(t *testing.T, s string) measure.CO2e {
	t.Helper()
	number, _, _ := strings.Cut(s, " ")
	m, err := measure.ParseCO2e(number + " t")
	if err != nil {
		t.Fatal(err)
	}
	return m
}
