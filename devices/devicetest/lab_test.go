package devicetest_test

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/statement"
)

// The kiln's lots come with simulated proofs and say so; of the landfill
// nobody shows that the biochar was buried, so it earns nothing.
func TestWhichLotsAreEligible(t *testing.T) {
	file, err := configs.Methods.ReadFile("methods/puro-2025.yaml")
	if err != nil {
		t.Fatal(err)
	}
	method, err := carbon.ParseMethod("puro-2025.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		plant    string
		eligible bool
		says     string
	}{
		{"pyro1", true, "; end use shown by simulated spreading record; feedstock shown by simulated "},
		{"lf1", false, "\nunmet use.proof: not given; a landfill is a durable use only with evidence"},
	} {
		p := plantFile(t, c.plant)
		lab, lit := labFile(t, devicetest.New(c.plant, 11, commissioned), steady), 1.0
		for _, lot := range lab.Lots {
			s, err := statement.NewStatement(statement.Input{Plant: p, Lab: lab, Lot: lot.ID, Method: *method,
				Count: statement.LotCount{Product: claim.Product{Stream: p.Product, Wet: 4e9, Dry: 3e9, Covered: lot.Interval.Length(), Of: lot.Interval.Length(), Quality: measure.GoodQuality, RelU: 0.01}, Found: claim.Conditions{Records: &lit}}})
			if err != nil {
				t.Fatal(err)
			}
			if a := s.Account; a.Eligible != c.eligible || (a.Net != nil) != c.eligible || a.Indicative == nil || !strings.Contains(string(s.Text()), c.says) {
				t.Errorf("%s:\n%s", lot.ID, s.Text())
			}
		}
	}
}
