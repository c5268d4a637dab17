package custody

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	doubt := func(values string) string {
		b := keep(t, add("  - { lot: k-1, from: 2026-11-02T00:00:00Z }\n  - { sample: S, lot: k-1, of: char, at: 2026-11-03T00:00:00Z }\n"+
			"  - { report: L, laboratory: { name: A, accreditation: none }, at: 2026-11-09T00:00:00Z, results: { S: { "+values+" } } }\n"))
		return strings.Join(Doubts(lotOf(t, b, "k-1")), "; ")
	}
	whole := "carbon_total: { value: 87.4 % }, hydrogen: { value: 2.1 % }, nitrogen: { value: 0.4 % }, oxygen: { value: 6.6 % }, ash: { value: 3.4 % }"
	for values, want := range map[string]string{
		whole: "",
		strings.Replace(whole, "3.4 %", "7.4 %", 1):                  "char: carbon, hydrogen, nitrogen, oxygen, sulphur and ash add up to 103.9 %",
		"carbon_total: { value: 60 % }, hydrogen: { value: 14.4 % }": "H/Corg is 2.88",
	} {
		if got := doubt(values); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", values, got, want)
		}
	}
}

func TestMoreCarbonOutThanIn(t *testing.T) {
	// 12 t with 18 % water and 50 % carbon bring 4920 kg of carbon.
	text := month + "  - { sample: S-9, lot: k-1, of: feed, at: 2026-11-03T10:05:00Z }\n" +
		"  - { report: L-9, laboratory: { name: Lab A, accreditation: T000 }, at: 2026-11-12T00:00:00Z, results: { S-9: { carbon: { value: 50 % } } } }\n"
	b := keep(t, text)
	if got := b.Doubts(lotOf(t, b, "k-1")); len(got) != 0 {
		t.Errorf("a sound month is doubted: %v", got)
	}
	b = keep(t, strings.Replace(text, "wet_mass: 12 t", "wet_mass: 1.8 t", 1)) // 738 kg in, 870.5 kg · 0.87 = 757 kg out
	if got := strings.Join(b.Doubts(lotOf(t, b, "k-1")), "; "); !strings.Contains(got, "757.3 kg of carbon were packed, and 738 kg came in with deliveries: more carbon out than in") {
		t.Errorf("%q", got)
	}
}
