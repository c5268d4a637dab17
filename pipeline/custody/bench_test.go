package custody

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// aYear is the entries of a plant in a year: a lot a week, eight bags, three
// samples and a report each, moved and placed.
func aYear(t testing.TB) []Entry {
	first := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	entries := []Entry{{Leaf: 1, Submission: read(t, add("  - { rule: weeks, every: week, from: 2026-01-05T00:00:00Z, lot: k, process: p, feedstock: wood, regime: B }\n"))}}
	for week := range 52 {
		from := first.AddDate(0, 0, 7*week)
		y, w := from.ISOWeek()
		lot := fmt.Sprintf("k-%d-w%02d", y, w)
		at := from.Add(time.Hour).Format(time.RFC3339)
		var b, results strings.Builder
		var bags []string
		for i := range 8 {
			bags = append(bags, fmt.Sprintf("%s-%d", lot, i))
			fmt.Fprintf(&b, "  - { unit: %s, lot: %s, at: %s, wet_mass: 500 kg, moisture: 20 %% }\n", bags[i], lot, at)
		}
		for i := range 3 {
			fmt.Fprintf(&b, "  - { sample: S-%s-%d, lot: %s, of: char, at: %s }\n", lot, i, lot, at)
			fmt.Fprintf(&results, "S-%s-%d: { carbon_total: { value: 8%d %%, uncertainty: 0.7 %% } }, ", lot, i, i)
		}
		all := strings.Join(bags, ", ")
		fmt.Fprintf(&b, "  - { report: L-%s, laboratory: { name: A, accreditation: none }, at: %s, results: { %s } }\n", lot, at, results.String())
		fmt.Fprintf(&b, "  - { transport: T-%s, at: %s, group: E_use, units: [%s], distance: 1 km, factor: 58.5 g/(t.km) }\n", lot, at, all)
		fmt.Fprintf(&b, "  - { use: U-%s, at: %s, units: [%s], end_use: soil, proof: p }\n", lot, at, all)
		entries = append(entries, Entry{Leaf: uint64(week + 2), Submission: read(t, add(b.String()))})
	}
	return entries
}

func BenchmarkKeepAYear(b *testing.B) {
	entries := aYear(b)
	if book := Replay(entries); len(book.Refusals) > 0 {
		b.Fatal(book.Refusals)
	}
	for b.Loop() {
		Replay(entries)
	}
}

func BenchmarkLabOfAYear(b *testing.B) {
	book := Replay(aYear(b))
	for b.Loop() {
		book.Lab()
	}
}
