package statement

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

// claimed returns the act that enters a statement of a lot over some days, with units.
func claimed(t testing.TB, lot string, from, to int, units ...string) Event {
	s := statement(t)
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	s.Lot, s.Interval, s.Units = lot, measure.Interval{From: day(from), To: day(to)}, units
	return Event{Kind: Seal, Statement: &s, Digest: DigestOf(s.Text())}
}

// A certified week is not stated again under another name, over a part of it
// or over more of it, nor are its units; one that was not certified gives way.
func TestAWeekIsCertifiedOnceWhateverItIsCalled(t *testing.T) {
	week := claimed(t, "w-1", 2, 9, "B-1", "B-2")
	certify := func(r *Register, a Event) error {
		for _, act := range []Event{a, {Kind: Sign, Digest: a.Digest, By: "maker"}, {Kind: Certify, Digest: a.Digest, By: "verifier"}} {
			if err := r.Apply(act); err != nil {
				return err
			}
		}
		return nil
	}
	for _, other := range []struct {
		act Event
		why string
	}{
		{claimed(t, "again", 2, 9, "C-1"), "lot again of [2026-11-02T00:00:00Z, 2026-11-09T00:00:00Z) and lot w-1 of [2026-11-02T00:00:00Z, 2026-11-09T00:00:00Z) share time of production"},
		{claimed(t, "half", 8, 20), "share time of production"},
		{claimed(t, "two-weeks", 1, 30), "share time of production"},
		{claimed(t, "next", 9, 16, "B-9", "B-2"), "lots next and w-1 both count unit B-2"},
		{claimed(t, "fair", 9, 16, "B-9"), ""},
	} {
		r := &Register{}
		if err := certify(r, week); err != nil {
			t.Fatal(err)
		}
		if err := certify(r, other.act); (err == nil) != (other.why == "") || err != nil && !strings.Contains(err.Error(), other.why) {
			t.Errorf("%s beside a certificate: %v, want %q", other.act.Statement.Lot, err, other.why)
		}
		r = &Register{}
		for _, a := range []Event{week, {Kind: Sign, Digest: week.Digest, By: "maker"}} {
			if err := r.Apply(a); err != nil {
				t.Fatal(err)
			}
		}
		if err := certify(r, other.act); err != nil {
			t.Errorf("%s after a signature: %v", other.act.Statement.Lot, err)
		}
		if gone := r.Find(week.Digest).State == Superseded; gone != (other.why != "") {
			t.Errorf("%s: the week is superseded: %v", other.act.Statement.Lot, gone)
		}
	}
}

// Whatever is sealed, signed, certified and withdrawn in whatever order: no two
// statements that stand share any time or a unit.
func TestStatementsThatStandShareNothing(t *testing.T) {
	base := statement(t)
	rapid.Check(t, func(t *rapid.T) {
		r := &Register{}
		var digests []string
		for i := range rapid.IntRange(1, 20).Draw(t, "events") {
			if len(digests) == 0 || rapid.Bool().Draw(t, "seal") {
				s := base
				from := rapid.IntRange(1, 20).Draw(t, "from")
				s.Lot, s.Revision = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "lot"), i+1
				s.Interval = measure.Interval{From: time.Date(2026, 11, from, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, from+rapid.IntRange(1, 8).Draw(t, "days"), 0, 0, 0, 0, time.UTC)}
				s.Units = []string{fmt.Sprintf("B-%d", rapid.IntRange(1, 5).Draw(t, "unit"))}
				digest := DigestOf(s.Text())
				_ = r.Apply(Event{Leaf: uint64(i + 1), Kind: Seal, Statement: &s, Digest: digest}) // may be refused
				digests = append(digests, digest)
				continue
			}
			event := rapid.SampledFrom([]EventKind{Sign, Certify, Withdraw}).Draw(t, "event")
			_ = r.Apply(Event{Leaf: uint64(i + 1), Kind: event, Digest: rapid.SampledFrom(digests).Draw(t, "which"), By: string(event)})
		}
		stands := func(s *Status) bool { return s.State == Sealed || s.State == Signed || s.State == Certified }
		for i, a := range r.Statements {
			for _, b := range r.Statements[:i] {
				if why := Clash(a.Claim(), b.Claim()); stands(a) && stands(b) && why != "" {
					t.Fatal(why)
				}
			}
		}
	})
}
