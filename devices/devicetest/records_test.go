package devicetest

import (
	"math"
	"testing"
	"time"

	"github.com/nielu/nielu/pipeline/custody"
)

// What the people of the plant enter is taken without a word, and agrees with
// the plant's truth: the char that is placed is what was made, but for the
// half per cent that stays in the silo.
func TestRecordsAgreeWithTheTruth(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	s := New("pyro1", 1, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	var entries []custody.Entry
	for i, f := range s.Records("shift lead", now) {
		submission, err := custody.Read(f.Name, []byte(f.Text))
		if err != nil {
			t.Fatalf("%v\n%s", err, f.Text)
		}
		if len(f.Text) > 48<<10 {
			t.Errorf("%s: %d bytes are too many for one entry", f.Name, len(f.Text))
		}
		entries = append(entries, custody.Entry{Leaf: uint64(i + 1), Submission: submission})
	}
	b := custody.Replay(entries)
	if len(b.Refusals) > 0 {
		t.Fatal(b.Refusals)
	}
	lab := b.Lab()
	for week := -5; week <= 0; week++ {
		from := mondayOf(now).AddDate(0, 0, 7*week)
		lot, ok := lab.Lot(Lot("pyro1", from))
		if !ok || !lot.Interval.From.Equal(from) {
			t.Fatalf("no lot of the week of %s", from)
		}
		if doubts := custody.Doubts(lot); len(doubts) > 0 {
			t.Errorf("%s: %v", lot.ID, doubts)
		}
		sum, _ := s.totals(from, from.AddDate(0, 0, 7))
		made := sum["char"].Mass - sum["char"].Water
		want := 0.995 * made
		if week == 0 {
			want = 0
		}
		if got := lot.Placed.Kilograms(); math.Abs(got-want) > 0.002*made {
			t.Errorf("%s: %.1f kg placed, want %.1f", lot.ID, got, want)
		}
		truth := 100 * sum["char"].Carbon / made
		if c := lot.Values["char_carbon_total"]; math.Abs(c.Value.Value-truth) > 0.5 || c.Uncertainty == nil {
			t.Errorf("%s: carbon %+v, in truth %.2f %%", lot.ID, c, truth)
		}
		analysed := map[string]bool{}
		for _, x := range lot.Samples {
			if x.Of == "char" && x.CarbonTotal != nil {
				analysed[x.Batch] = true
			}
		}
		if len(analysed) != 6 || len(lot.Batches) != 6 {
			t.Errorf("%s: samples of %d lots, %d batches", lot.ID, len(analysed), len(lot.Batches))
		}
	}
}
