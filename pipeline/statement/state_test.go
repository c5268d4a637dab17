package statement

import (
	"github.com/nielu/nielu/measure"

	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The whole table, so that whoever widens it must say so here as well.
func TestTransitions(t *testing.T) {
	states := []State{Draft, Sealed, Signed, Certified, Superseded, Withdrawn}
	events := []EventKind{Seal, Sign, Certify, Supersede, Withdraw}
	want := `draft      sealed     -          -          -          -
sealed     -          signed     -          superseded withdrawn
signed     -          -          certified  superseded withdrawn
certified  -          -          -          -          withdrawn
superseded -          -          -          -          -
withdrawn  -          -          -          -          -
`
	got := ""
	for _, s := range states {
		got += fmt.Sprintf("%-10s", s)
		for _, e := range events {
			to, err := s.After(e)
			if err != nil {
				if to != s {
					t.Errorf("%s: a refused %s leads to %s", s, e, to)
				}
				to = "-"
			}
			got += fmt.Sprintf(" %-10s", to)
		}
		got = strings.TrimRight(got, " ") + "\n"
	}
	if got != want {
		t.Errorf("from, then on %v:\ngot\n%s\nwant\n%s", events, got, want)
	}
}

// sealed returns the act that enters revision n of the lot's statement.
func sealed(t testing.TB, lot string, n int) Event {
	t.Helper()
	s := statement(t)
	s.Lot, s.Revision = lot, n
	if lot == "p-2" { // the week after
		week := s.Interval.Length()
		s.Interval = measure.Interval{From: s.Interval.From.Add(week), To: s.Interval.To.Add(week)}
	}
	return Event{Leaf: uint64(10 * n), Kind: Seal, Statement: &s, Digest: DigestOf(s.Text())}
}

func TestALotIsCertifiedOnce(t *testing.T) {
	r := &Register{}
	first := sealed(t, "p-1", 1)
	steps := []struct {
		act Event
		why string
	}{
		{first, ""},
		{first, "is there already"},
		{Event{Kind: Certify, Digest: first.Digest, By: "verifier"}, "cannot certify a sealed statement; what can be done is sign or supersede or withdraw"},
		{Event{Kind: Sign, Digest: first.Digest, By: "maker"}, ""},
		{Event{Kind: Certify, Digest: first.Digest, By: "maker"}, "another must certify it"},
		{Event{Kind: Certify, Digest: first.Digest, By: "verifier"}, ""},
		{Event{Kind: Certify, Digest: first.Digest, By: "verifier"}, "cannot certify a certified statement"},
		{sealed(t, "p-1", 2), "withdraw that before it is stated anew"},
		{Event{Kind: Withdraw, Digest: first.Digest, By: "maker", Reason: "sample mixed up"}, ""},
		{sealed(t, "p-1", 2), ""},
		{Event{Kind: Sign, Digest: first.Digest, By: "maker"}, "a withdrawn statement stays as it is"},
		{Event{Kind: Sign, Digest: strings.Repeat("0", 64)}, "there is no statement"},
		{sealed(t, "p-2", 1), ""},
		{sealed(t, "p-1", 3), ""},
	}
	for i, s := range steps {
		if err := r.Apply(s.act); (err == nil) != (s.why == "") || err != nil && !strings.Contains(err.Error(), s.why) {
			t.Fatalf("step %d: %v, want %q", i+1, err, s.why)
		}
	}
	got := ""
	for _, s := range r.Statements {
		got += fmt.Sprintf("%s/%d %s; ", s.Lot, s.Revision, s.State)
	}
	if got != "p-1/1 withdrawn; p-1/2 superseded; p-2/1 sealed; p-1/3 sealed; " {
		t.Error(got)
	}
	if n := r.Newest("p", "p-1", "puro-2025"); n == nil || n.Revision != 3 {
		t.Errorf("%+v", n)
	}
	other := sealed(t, "p-1", 4)
	other.Statement.Account.Method = "isometric-1.3"
	other.Digest = DigestOf(other.Statement.Text())
	three := r.Newest("p", "p-1", "puro-2025").Digest
	for _, a := range []Event{other, {Kind: Sign, Digest: three, By: "maker"}, {Kind: Certify, Digest: three, By: "verifier"}, {Kind: Sign, Digest: other.Digest, By: "maker"}} {
		if err := r.Apply(a); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Apply(Event{Kind: Certify, Digest: other.Digest, By: "verifier"}); err == nil || !strings.Contains(err.Error(), "its mass counts once") {
		t.Errorf("two methods took the same mass: %v", err)
	}
}

func TestWhatIsNotEligibleIsNotCertified(t *testing.T) {
	a := sealed(t, "p-1", 1)
	a.Statement.Account.Eligible, a.Statement.Account.Net = false, nil
	a.Digest = DigestOf(a.Statement.Text())
	r := Replay([]Event{a, {Kind: Sign, Digest: a.Digest, By: "maker"}, {Leaf: 9, Kind: Certify, Digest: a.Digest, By: "verifier"}})
	if len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Error(), "leaf 9: lot p-1, revision 1: an account that is not eligible") {
		t.Error(r.Refused)
	}
}

// Whatever happens in whatever order, no lot has two standing certificates.
func TestNeverTwoCertificates(t *testing.T) {
	var seals []Event
	for n := 1; n <= 3; n++ {
		for _, method := range []string{"puro-2025", "vm0044-1.2"} {
			a := sealed(t, "p-1", n)
			a.Statement.Account.Method = method
			a.Digest = DigestOf(a.Statement.Text())
			seals = append(seals, a)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := &Register{}
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			a := rapid.SampledFrom(seals).Draw(t, "of")
			if e := rapid.SampledFrom([]EventKind{Seal, Sign, Sign, Certify, Certify, Withdraw, Supersede}).Draw(t, "event"); e != Seal {
				a = Event{Kind: e, Digest: a.Digest, By: rapid.SampledFrom([]string{"maker", "verifier"}).Draw(t, "by")}
			}
			_ = r.Apply(a)
			certified := 0
			for _, s := range r.Statements {
				if s.State == Certified {
					certified++
				}
			}
			if certified > 1 {
				t.Fatalf("%d certificates stand for one lot", certified)
			}
		}
	})
}

func TestReadSignature(t *testing.T) {
	text := statement(t).Text()
	digest := DigestOf(text)
	for _, c := range []struct {
		name, text string
		want       EventKind
		why        string
	}{
		{"sign", string(text), Sign, ""},
		{"certify", string(text), Certify, ""},
		{"approve", string(text), "", "is neither sign nor certify"},
		{"certify", string(text) + "x", "", "statement"},
		{"anything", string(WithdrawalText(digest, "sample  mixed\nup")), Withdraw, ""},
		{"withdraw", "nielu withdrawal 1\nstatement sha256:" + digest + "\nreason \n", "", "not in its one form"},
		{"withdraw", "nielu withdrawal 1\nstatement sha256:" + digest + "\nreason a\nb\n", "", "not in its one form"},
	} {
		a, err := ReadSignature(c.name, []byte(c.text))
		if a.Kind != c.want || (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) || err == nil && a.Digest != digest {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
	}
	if a, _ := ReadSignature("", WithdrawalText(digest, "sample  mixed\nup")); a.Reason != "sample mixed up" {
		t.Errorf("%q", a.Reason)
	}
}
