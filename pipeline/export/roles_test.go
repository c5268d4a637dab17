package export_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/suite"
)

// Each kind of leaf that people or the centre decide, signed by a gateway's
// key, and by the log's: refused, whoever enrolled the key.
func TestEachKindOfLeafHasItsSigners(t *testing.T) {
	suite.Slow(t)
	for _, who := range []string{"gateway", "log"} {
		for _, kind := range []evidence.Kind{evidence.Config, evidence.Lab, evidence.Records, evidence.Statement, evidence.Signature} {
			t.Run(who+" "+kind.String(), func(t *testing.T) {
				w := newWorld(t)
				w.fill()
				key := w.agentKey
				if who == "log" {
					key = w.logKey
				}
				body := map[evidence.Kind][]byte{
					evidence.Config: w.plantText(), evidence.Lab: w.lab(), evidence.Statement: w.statement().Text(),
					evidence.Records: []byte("author: a\nplant: pyro1\nrecords:\n  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12 t, moisture: 18 %, feedstock: wood, category: E, distance: 40 km, document: ticket 118 }\n"),
				}[kind]
				if kind == evidence.Signature {
					var err error
					body, err = key.SignNote(string(w.statement().Text()))
					w.must(err)
				}
				w.append(evidence.Leaf{Kind: kind, Signer: key.Name(), Plants: []string{plant}, Name: "sign", Body: body, From: hour.From.UnixNano(), To: hour.To.UnixNano()}, key)
				report := w.verify(w.build())
				if report.Result != export.Failed || !slices.ContainsFunc(report.Faults, func(f export.Fault) bool {
					return f.Check == "signature" && f.Where == "leaf 25" && strings.HasPrefix(f.What, kind.String()+" leaf of "+key.Name())
				}) {
					t.Errorf("%s %v", report.Result, report.Faults)
				}
			})
		}
	}
}

// A policy narrows what the log says: it brings no revoked key back, and no
// key that was never enrolled.
func TestARevocationEndsAKeyWhateverThePolicyLists(t *testing.T) {
	w := newWorld(t)
	w.enrolment(w.centreKey, w.logKey, true)
	w.fill()
	bundle := w.build()
	p := w.policy()
	p.Signers = []string{w.centreKey.Verifier(), w.agentKey.Verifier()}
	p.Centres = []string{w.centreKey.Verifier()}
	report := w.verifyWith(bundle, export.Options{Policy: p})
	if report.Result != export.Failed || !slices.ContainsFunc(report.Faults, func(f export.Fault) bool { return strings.Contains(f.What, "leaf 2 revoked it") }) {
		t.Errorf("%s %v", report.Result, report.Faults)
	}
}

func TestAPolicyNarrowsWhoSigns(t *testing.T) {
	w, bundle := ordinary(t)
	p := w.policy()
	p.Signers, p.Centres = []string{w.agentKey.Verifier()}, []string{w.centreKey.Verifier()}
	if r := w.verifyWith(bundle, export.Options{Policy: p}); r.Result != export.Verified {
		t.Errorf("both keys listed: %s %v", r.Result, r.Faults)
	}
	p.Centres = []string{w.exportKey.Verifier()}
	if r := w.verifyWith(bundle, export.Options{Policy: p}); r.Result != export.Failed {
		t.Errorf("another centre's key listed: %s", r.Result)
	}
}

// A policy that names another log is one fault and its headline, not one for
// each leaf.
func TestThePolicyOfAnotherLogIsOneFault(t *testing.T) {
	w, bundle := ordinary(t)
	p := w.policy()
	text, _, err := evidence.GenerateKey("demo-log")
	w.must(err)
	key, err := evidence.ParseKey(text)
	w.must(err)
	p.Logs = []string{key.Verifier()}
	r := w.verifyWith(bundle, export.Options{Policy: p})
	if r.Result != export.Failed || len(r.Faults) != 1 || r.Verdict() != "FAILED; NOT THE LOG OF YOUR POLICY" {
		t.Errorf("%s: %v", r.Verdict(), r.Faults)
	}
}

// A method file of a published name and edition that says something else is
// the headline, though everything computed by it is right.
func TestAMethodFileThatDiffersIsTheHeadline(t *testing.T) {
	w := newWorld(t)
	text, err := configs.Methods.ReadFile("methods/puro-2025.yaml")
	w.must(err)
	w.method = bytes.Replace(text, []byte("value: 44/12"), []byte("value: 46/12"), 1)
	w.fill()
	r := w.verify(w.build())
	if r.Result != export.Failed || !strings.Contains(r.Verdict(), "THE METHOD FILE PURO-2025 IS NOT THE PUBLISHED ONE") || !strings.HasPrefix(r.Statements[0].Result, "reproduced") {
		t.Errorf("%s %v", r.Verdict(), r.Faults)
	}
}

func TestTheHeadlineSaysWhoVouches(t *testing.T) {
	w, bundle := ordinary(t)
	if r := w.verify(bundle); r.Verdict() != "VERIFIED; NOBODY SIGNED A STATEMENT" {
		t.Error(r.Verdict())
	}
	if r := w.verifyWith(bundle, export.Options{}); r.Verdict() != "VERIFIED; NO POLICY; NOBODY SIGNED A STATEMENT" {
		t.Error(r.Verdict())
	}
}
