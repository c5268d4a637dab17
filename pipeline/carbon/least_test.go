package carbon

import (
	"strings"
	"testing"
)

// Hydrogen that was not found is not a char that lasts for ever: an account to
// be certified is held, whether the hydrogen or the ratio is typed.
func TestNoHydrogenIsNoChar(t *testing.T) {
	zero, little := 0.0, 0.049
	for name, change := range map[string]func(r *Request){
		"hydrogen": func(r *Request) { r.Analysis.Hydrogen = &zero },
		"ratio":    func(r *Request) { r.Analysis.Hydrogen, r.Analysis.HCorg = nil, &little },
	} {
		for _, certify := range []bool{true, false} {
			r := full(t)
			change(&r)
			r.Certify = certify
			if a := account(t, method(t, "puro-2025"), r); a.Eligible && certify || !strings.Contains(strings.Join(a.Unmet, "\n"), "char has at least 0.05") {
				t.Errorf("%s, certify %t: eligible %t, %v", name, certify, a.Eligible, a.Unmet)
			}
		}
	}
}
