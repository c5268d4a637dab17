package entry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre/centretest"
	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/statement"
)

// refused fails the test unless an entry was refused, for a reason in words,
// with a word of what to do, and nothing was appended.
func refused(t *testing.T, w *centretest.World, why string, enter func() error) {
	t.Helper()
	size := w.Evidence.Size()
	err := enter()
	var wrong entry.Refused
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Error(), why) || wrong.Do == "" {
		t.Errorf("want a refusal because %q, got %v", why, err)
	}
	if now := w.Evidence.Size(); now != size {
		t.Errorf("%d leaves were appended although %q", now-size, why)
	}
}

// What a person enters is a leaf once, whoever sends it again; what is wrong
// with it is said in its place, and nothing of it is kept.
func TestRecords(t *testing.T) {
	w := centretest.New(t)
	head := "author: " + centretest.Author + "\nplant: pyro1\nrecords:\n"
	lot := head + "  - { lot: p-1, from: 2026-01-05T00:00:00Z, to: 2026-01-12T00:00:00Z }\n"
	send := func(author, text string) func() error {
		return func() error { _, err := w.Entry.Records(t.Context(), author, []byte(text)); return err }
	}
	refused(t, w, "records:1:1: ", send(centretest.Author, "authr: x\n"))
	refused(t, w, `the author is "shift lead", the token is of "clerk"`, send("clerk", lot))
	refused(t, w, "there is no plant htl1", send(centretest.Author, strings.Replace(lot, "pyro1", "htl1", 1)))
	first, err := w.Entry.Records(t.Context(), centretest.Author, []byte(lot))
	if err != nil || first.Again || first.Leaf+1 != w.Evidence.Size() {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.Entry.Records(t.Context(), centretest.Author, []byte(lot))
	if err != nil || !again.Again || again.Leaf != first.Leaf || again.Digest != first.Digest || w.Evidence.Size() != first.Leaf+1 {
		t.Errorf("the same text again: %+v, %v", again, err)
	}
	refused(t, w, "records:4:5: lot p-2: lot p-1 takes some of that time", send(centretest.Author, strings.Replace(lot, "p-1", "p-2", 1)))

	leaf, err := w.Archive.Reader.Leaf(t.Context(), first.Leaf)
	if err != nil || leaf.Kind != evidence.Records || string(leaf.Body) != lot || leaf.Signer != w.StatementKey.Name() || evidence.VerifyLeaf(leaf, w.StatementKey.Public()) != nil {
		t.Errorf("%+v, %v", leaf, err)
	}
}

// A record names a file by its digest only once the file is here.
func TestAttachedFiles(t *testing.T) {
	w := centretest.New(t)
	refused(t, w, "the file is empty", func() error { _, err := w.Entry.Attach(t.Context(), centretest.Author, nil); return err })
	report := func(digest string) string {
		return "author: " + centretest.Author + "\nplant: pyro1\nrecords:\n  - { calibration: C-1, instrument: WT-301, at: 2026-01-05T00:00:00Z, due: 2027-01-05T00:00:00Z, certificate: \"" + digest + "\" }\n"
	}
	missing := "sha256:" + strings.Repeat("0", 64)
	refused(t, w, "the file "+missing+" was not sent: send it first with nielu custody file", func() error {
		_, err := w.Entry.Records(t.Context(), centretest.Author, []byte(report(missing)))
		return err
	})
	made, err := w.Entry.Attach(t.Context(), centretest.Author, []byte("a certificate"))
	if err != nil || made.Bytes != 13 {
		t.Fatalf("%+v, %v", made, err)
	}
	if text, err := w.Archive.Files.Read(made.Digest); err != nil || string(text) != "a certificate" {
		t.Errorf("%q, %v", text, err)
	}
	if again, err := w.Entry.Attach(t.Context(), centretest.Author, []byte("a certificate")); err != nil || again != made {
		t.Errorf("%+v, %v", again, err)
	}
	if entered, err := w.Entry.Records(t.Context(), centretest.Author, []byte(report(made.Digest))); err != nil || entered.Again {
		t.Errorf("%+v, %v", entered, err)
	}
}

// A laboratory file that is wrong is not used and keeps nothing else from being
// used; one that has changed is entered again.
func TestLaboratoryFolder(t *testing.T) {
	w := centretest.New(t)
	files := func() (names []string) {
		t.Helper()
		if err := w.Entry.EnterLab(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := w.Archive.Log.Find(t.Context(), evidence.Query{Kinds: []evidence.Kind{evidence.Lab}})
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range found {
			leaf, err := w.Archive.Reader.Leaf(t.Context(), at.Index)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, leaf.Name)
		}
		return names
	}
	write := func(name, lot, from, to string) {
		t.Helper()
		text := fmt.Sprintf("laboratory: { name: A, accreditation: none }\nlots:\n  - { lot: %s, plant: pyro1, from: %s, to: %s }\n", lot, from, to)
		if err := os.WriteFile(filepath.Join(string(w.Config.Lab), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", "p-1", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z")
	write("b.yaml", "p-2", "2026-01-06T00:00:00Z", "nonsense")
	if got := files(); !slices.Equal(got, []string{"a.yaml"}) {
		t.Errorf("entered %v", got)
	}
	write("b.yaml", "p-2", "2026-01-06T00:00:00Z", "2026-01-13T00:00:00Z") // takes time of p-1
	if got := files(); !slices.Equal(got, []string{"a.yaml"}) {
		t.Errorf("entered %v", got)
	}
	write("b.yaml", "p-2", "2026-01-12T00:00:00Z", "2026-01-19T00:00:00Z")
	write("a.yaml", "p-1", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z")
	if got := files(); !slices.Equal(got, []string{"a.yaml", "a.yaml", "b.yaml"}) {
		t.Errorf("entered %v", got)
	}
	if got := files(); len(got) != 3 {
		t.Errorf("entered %v, though nothing has changed", got)
	}
}

// story is a centre and the statements of one lot.
type story struct {
	*centretest.World
	t *testing.T
}

// newest returns the newest statement of the lot.
func (s story) newest() *statement.Status {
	s.t.Helper()
	statements, err := s.Archive.Statements(s.t.Context(), centretest.Plant)
	if err != nil || len(statements.Statements) == 0 {
		s.t.Fatalf("%+v, %v", statements, err)
	}
	return statements.Statements[len(statements.Statements)-1]
}

// state asks for a statement of the lot.
func (s story) state(what string, appended uint64) {
	s.t.Helper()
	size := s.Evidence.Size()
	err := s.Entry.State(s.t.Context(), entry.Due{Plant: s.Config.Plants[0], Lot: centretest.Lot, Interval: s.Hour, Through: size})
	if err != nil || s.Evidence.Size()-size != appended {
		s.t.Errorf("%s: %d leaves, want %d, %v", what, s.Evidence.Size()-size, appended, err)
	}
}

// sign enters a note that a key makes of a text.
func (s story) sign(event string, key *evidence.SigningKey, text string) func() error {
	s.t.Helper()
	note, err := key.SignNote(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return func() error {
		_, err := s.Entry.Sign(s.t.Context(), centretest.Author, event, note)
		return err
	}
}

// passes lets an entry pass, after which the newest statement is in a state.
func (s story) passes(enter func() error, state statement.State) {
	s.t.Helper()
	if err := enter(); err != nil || s.newest().State != state {
		s.t.Fatalf("the statement is %s, want %s, %v", s.newest().State, state, err)
	}
}

// A lot is stated once from the same evidence. Only its maker signs it, only the
// note that says so, and it is not certified as long as it is not eligible.
func TestAStatementIsSigned(t *testing.T) {
	s := story{centretest.New(t), t}
	s.Deliver()
	s.Analyse()
	s.CatchUp()
	stated := s.newest()
	if stated.Revision != 1 || stated.State != statement.Sealed || stated.Covered != time.Hour || stated.Account.Eligible {
		t.Fatalf("%+v", stated)
	}
	s.state("the same evidence", 0)
	text, withdrawal := string(stated.Text()), string(statement.WithdrawalText(stated.Digest, "a bag was weighed twice"))
	stranger, err := evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "stranger.key"), "maker")
	if err != nil {
		t.Fatal(err)
	}
	w := s.World
	refused(t, w, "", func() error {
		_, err := s.Entry.Sign(t.Context(), centretest.Author, "sign", []byte("no note"))
		return err
	})
	refused(t, w, "no key of the centre's file that may sign is named maker", s.sign("sign", stranger, text))
	refused(t, w, "no key of the centre's file that may sign is named verifier", s.sign("sign", s.Verifier, text))
	refused(t, w, "no key of the centre's file that may certify is named maker", s.sign("certify", s.Maker, text))
	refused(t, w, "the note is there to withdraw, not to sign", s.sign("sign", s.Maker, withdrawal))
	refused(t, w, "there is no statement with the digest", s.sign("sign", s.Maker, strings.Replace(text, "revision 1\n", "revision 7\n", 1)))
	refused(t, w, "cannot certify a sealed statement", s.sign("certify", s.Verifier, text))
	s.passes(s.sign("sign", s.Maker, text), statement.Signed)
	refused(t, w, "cannot sign a signed statement", s.sign("sign", s.Maker, text))
	refused(t, w, "an account that is not eligible cannot be certified", s.sign("certify", s.Verifier, text))
	s.passes(s.sign("withdraw", s.Maker, withdrawal), statement.Withdrawn)
	refused(t, w, "a withdrawn statement stays as it is", s.sign("sign", s.Maker, text))
}

// Over a certified statement nothing is entered and nothing is stated until it
// is withdrawn with a reason.
func TestACertifiedStatementStands(t *testing.T) {
	s := story{centretest.New(t), t}
	w := s.World
	s.Deliver()
	net, err := measure.RemovalOf(1e9)
	if err != nil {
		t.Fatal(err)
	}
	digest := strings.Repeat("a", 64)
	stated := statement.Statement{
		Plant: centretest.Plant, Lot: centretest.Lot, Revision: 1, Interval: s.Hour, Product: "char", Quality: measure.GoodQuality, PlantFile: digest,
		Account: carbon.Account{Method: "puro-2025", Edition: "e", Eligible: true, Net: &net, FactorsDigest: digest}, Entered: statement.Evidence{Digest: digest}, Evidence: statement.Evidence{Digest: digest},
	}
	text := string(stated.Text())
	s.Decide(evidence.Leaf{Kind: evidence.Statement, Plants: []string{centretest.Plant}, Name: centretest.Lot, Body: stated.Text(), From: s.Hour.From.UnixNano(), To: s.Hour.To.UnixNano()})
	s.passes(s.sign("sign", s.Maker, text), statement.Signed)
	s.passes(s.sign("certify", s.Verifier, text), statement.Certified)
	refused(t, w, "cannot certify a certified statement", s.sign("certify", s.Verifier, text))

	const stands = "is certified: withdraw that with a reason first"
	record := fmt.Sprintf("author: %s\nplant: pyro1\nrecords:\n  - { lot: again, from: %s, to: %s }\n", centretest.Author, s.Hour.From.Format(time.RFC3339), s.Hour.To.Format(time.RFC3339))
	enter := func() error { _, err := s.Entry.Records(t.Context(), centretest.Author, []byte(record)); return err }
	refused(t, w, stands, enter)
	correct := func(o entry.ClockOrder) func() error {
		body, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return func() error { _, err := s.Entry.CorrectClock(t.Context(), centretest.Author, body); return err }
	}
	order := entry.ClockOrder{Plant: centretest.Plant, Agent: centretest.Agent, From: s.Hour.From, To: s.Hour.From.Add(time.Minute), By: "-1h", Reason: "summer time"}
	refused(t, w, stands, correct(order))
	for why, change := range map[string]func(o *entry.ClockOrder){
		"by: ":                     func(o *entry.ClockOrder) { o.By = "an hour" },
		"there is no plant htl1":   func(o *entry.ClockOrder) { o.Plant = "htl1" },
		"agent, reason, and from":  func(o *entry.ClockOrder) { o.Reason = "" },
		"gw-x stamped nothing of ": func(o *entry.ClockOrder) { o.Agent = "gw-x" },
	} {
		wrong := order
		change(&wrong)
		refused(t, w, why, correct(wrong))
	}
	s.Analyse() // of the same lot
	s.CatchUp()
	s.state("the lot is certified", 0)
	if now := s.newest(); now.State != statement.Certified {
		t.Errorf("it is %s", now.State)
	}

	s.passes(s.sign("withdraw", s.Maker, string(statement.WithdrawalText(statement.DigestOf([]byte(text)), "a bag was weighed twice"))), statement.Withdrawn)
	if err := correct(order)(); err != nil {
		t.Errorf("after it was withdrawn: %v", err)
	}
	s.state("it is withdrawn", 1)
	if now := s.newest(); now.Revision != 2 || now.State != statement.Sealed {
		t.Errorf("revision %d is %s", now.Revision, now.State)
	}
}

// A roll names the last decision of every chain: none waits behind it.
func TestRoll(t *testing.T) {
	w := centretest.New(t)
	if _, decided := w.Evidence.Unrolled(); !decided {
		t.Fatal("opening a centre decided nothing")
	}
	if err := w.Entry.RollNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if leaves, decided := w.Evidence.Unrolled(); leaves != 0 || decided {
		t.Errorf("%d leaves wait, decided: %v", leaves, decided)
	}
}
