package entry

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Two laboratory files that take one week are found before the centre runs.
func TestLaboratoryFilesAreHeldAgainstEachOther(t *testing.T) {
	dir := t.TempDir()
	for name, lot := range map[string]string{"a.yaml": "p-1", "b.yaml": "p-2"} {
		text := "laboratory: { name: A, accreditation: none }\nlots:\n  - { lot: " + lot + ", plant: p, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), make([]byte, mostLab+1), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	LabFolder(dir).Check(func(err error) { said = append(said, err.Error()) })
	got := strings.Join(said, "\n")
	for _, want := range []string{"b.yaml:1:1: lot p-2: lot p-1 takes some of that time", "c.yaml:1:1: holds 49153 bytes; at most 49152 fit"} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q in\n%s", want, got)
		}
	}
}

// A certified week whose records were all withdrawn is not entered again under
// another name, by record or by laboratory file, and its bags in no other lot.
func TestACertifiedWeekIsNotEnteredAgain(t *testing.T) {
	dir := t.TempDir()
	key := func(name string) *evidence.SigningKey {
		k, err := evidence.LoadOrCreateKey(filepath.Join(dir, name+".key"), name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	log, err := writer.Open(t.Context(), filepath.Join(dir, "log"), writer.Options{Key: key("log"), CheckpointEvery: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s := &Service{Archive: archive.New(log, nil, ""), Log: log, Key: key("centre"), Site: "park"}
	enter := func(kind evidence.Kind, name string, body []byte) {
		t.Helper()
		index, err := s.append(t.Context(), evidence.Leaf{Kind: kind, Name: name, Plants: []string{"p"}, Body: body})
		if err == nil {
			_, err = log.Published(t.Context(), index+1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	net, err := measure.RemovalOf(1e9)
	if err != nil {
		t.Fatal(err)
	}
	week := measure.Interval{From: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)}
	digest := strings.Repeat("a", 64)
	stated := statement.Statement{Plant: "p", Lot: "p-1", Revision: 1, Interval: week, Product: "char", Units: []string{"BB-1"}, Quality: measure.GoodQuality, PlantFile: digest,
		Account: carbon.Account{Method: "puro-2025", Edition: "e", Eligible: true, Net: &net, FactorsDigest: digest}, Entered: statement.Evidence{Digest: digest}, Evidence: statement.Evidence{Digest: digest}}
	enter(evidence.Statement, stated.Lot, stated.Text())
	for _, sign := range []statement.EventKind{statement.Sign, statement.Certify} {
		note, err := key(string(sign)).SignNote(string(stated.Text()))
		if err != nil {
			t.Fatal(err)
		}
		enter(evidence.Signature, string(sign), note)
	}
	head := "author: a\nplant: p\nrecords:\n"
	next := "  - { lot: p-2, from: 2026-11-09T00:00:00Z, to: 2026-11-16T00:00:00Z }\n  - { unit: %[1]s, lot: p-2, at: 2026-11-10T00:00:00Z, wet_mass: 5 kg, moisture: 1 %% }\n" +
		"  - { transport: T, at: 2026-11-11T00:00:00Z, group: E_use, units: [%[1]s], distance: 9 km, factor: 58 g/(t.km) }\n  - { use: U, at: 2026-11-12T00:00:00Z, units: [%[1]s], end_use: soil, proof: x }\n"
	for text, why := range map[string]string{
		head + "  - { lot: again, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\n":                                                        "share time of production, and the statement of lot p-1 in leaf 0 is certified",
		head + "  - { rule: days, every: day, from: 2026-11-08T00:00:00Z, lot: p }\n":                                                              "share time of production",
		head + fmt.Sprintf(next, "BB-1"):                                                                                                           "both count unit BB-1",
		head + fmt.Sprintf(next, "BB-2"):                                                                                                           "",
		head + "  - { lot: p-1, from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\n":                                                          "",
		"laboratory: { name: A, accreditation: none }\nlots:\n  - { lot: both, plant: p, from: 2026-11-01T00:00:00Z, to: 2026-11-20T00:00:00Z }\n": "share time of production",
	} {
		kind := evidence.Records
		if strings.HasPrefix(text, "laboratory") {
			kind = evidence.Lab
		}
		e, err := custody.Open(9, 0, kind, "x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		faults, err := s.conflicts(t.Context(), "p", e)
		if got := strings.Join(faults, "\n"); err != nil || (got == "") != (why == "") || !strings.Contains(got, why) {
			t.Errorf("%s\ngot  %q, %v\nwant %q", text, got, err, why)
		}
	}
}
