package custody

import (
	"strings"
	"testing"
	"time"
)

// Every correction and withdrawal is told with author, time, before and after,
// and with what it does to a lot: dropping the lower of two samples as much as
// entering again, cheaper, what was withdrawn.
func TestChangesAreListed(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	entries := []Entry{{Leaf: 1, At: at, Submission: read(t, month)}}
	for i, text := range []string{
		"  - { withdraw: T-0, kind: transport, reason: counted elsewhere }\n",
		"  - { transport: T-0, at: 2026-11-19T00:00:00Z, lot: k-1, group: E_biomass, deliveries: [D-1], distance: 0 km, factor: 58.5 g/(t.km), empty_return: 1.5, source: lorry, reason: it came by itself }\n",
		"  - { report: L-1, laboratory: { name: Lab A, accreditation: T000 }, at: 2026-11-12T00:00:00Z, corrects: sample mixed up, results: { S-2: { carbon_total: { value: 88 %, uncertainty: 0.7 % } } } }\n",
	} {
		entries = append(entries, Entry{Leaf: uint64(i + 2), At: at.Add(time.Duration(i+1) * time.Hour), Submission: read(t, add(text))})
	}
	b := Replay(entries)
	if len(b.Refusals) > 0 {
		t.Fatal(b.Refusals)
	}
	var lines []string
	for _, c := range b.Changes("k") {
		if c.Author != "clerk" || !c.At.Equal(at.Add(time.Duration(c.Leaf-1)*time.Hour)) {
			t.Errorf("%+v", c)
		}
		for _, d := range c.Said {
			lines = append(lines, d.String())
		}
		lines = append(lines, c.String())
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		"transport T-0 was withdrawn in leaf 2 by clerk (counted elsewhere); k-1 E_biomass transport T-0: 720 t.km of 58.5 g/(t.km), then nothing",
		"distance: 40 km, then 0 km",
		"transport T-0 was corrected in leaf 3 by clerk (entered again after it was withdrawn); k-1 E_biomass transport T-0: nothing, then 0 t.km of 58.5 g/(t.km)",
		"results.S-1.carbon_total.value: 86 %, then nothing",
		"report L-1 was corrected in leaf 4 by clerk (sample mixed up); k-1 char_carbon_total: 87 %, then 88 %",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q in\n%s", want, got)
		}
	}
	remarks := strings.Join(lotOf(t, b, "k-1").Remarks, "\n")
	for _, want := range []string{"sample mixed up", "counted elsewhere", "transport T-0 of 0 km with 58.5 g/(t.km) emits next to nothing: it came by itself"} {
		if !strings.Contains(remarks, want) {
			t.Errorf("the lot does not tell %q in\n%s", want, remarks)
		}
	}
}
