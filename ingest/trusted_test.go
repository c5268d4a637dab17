package ingest_test

import (
	"path/filepath"
	"testing"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
)

// Of what people and the centre decide only what the centre's key signed is
// read, from its enrolment to its revocation; all that gateways sign is left to
// the intake.
func TestOnlyTheCentreDecides(t *testing.T) {
	key := func(name string) *evidence.SigningKey {
		return must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), name), name))
	}
	logKey, centre, gateway := key("log"), key("centre"), key("gw")
	var log shelf
	add := func(l evidence.Leaf, by *evidence.SigningKey) uint64 {
		if l.Site = "park"; l.Signer == "" {
			l.Signer = by.Name()
		}
		l.Signature = by.Sign(l.Message())
		log = append(log, l)
		return uint64(len(log) - 1)
	}
	enrol := func(of *evidence.SigningKey, role evidence.Role, revoked bool, by *evidence.SigningKey) {
		l := must[evidence.Leaf](t)(evidence.EncodeEnrolment(by.Name(), evidence.Enrolment{Site: "park", Agent: of.Name(), Public: of.Public(), From: int64(len(log)) + 1, Role: role, Revoked: revoked}))
		add(l, by)
	}
	file := func(by *evidence.SigningKey) uint64 {
		return add(evidence.Leaf{Kind: evidence.Config, Name: "plant.yaml", Plants: []string{"pyro1"}, From: 1, To: 2}, by)
	}
	want := map[uint64]bool{}
	file(centre) // not enrolled yet
	enrol(centre, evidence.Gateway, false, logKey)
	enrol(gateway, evidence.Gateway, false, logKey)
	want[file(centre)] = true // of an earlier release, which did not say whose key it was
	enrol(centre, evidence.Centre, false, logKey)
	want[file(centre)] = true
	file(gateway)
	file(logKey)
	add(evidence.Leaf{Kind: evidence.Config, Signer: "centre", Plants: []string{"pyro1"}, From: 1, To: 2}, gateway) // under a false name
	enrol(gateway, evidence.Centre, false, gateway)                                                                 // by itself
	file(gateway)
	add(evidence.Leaf{Kind: evidence.Batch, Plants: []string{"pyro1"}, From: 1, To: 2}, gateway)
	enrol(centre, evidence.Centre, true, logKey)
	file(centre)
	refused := 0
	v := &ingest.TrustedLog{Leaves: log, Key: logKey.Public(), Reject: func(uint64, evidence.Leaf) { refused++ }}
	for range 2 {
		found := must[[]evidence.Entry](t)(v.Find(t.Context(), evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Batch}, Plant: "pyro1"}))
		batches := 0
		for _, e := range found {
			if e.Kind == evidence.Batch {
				batches++
			} else if !want[e.Index] {
				t.Errorf("leaf %d counts", e.Index)
			}
		}
		if len(found)-batches != len(want) || batches != 1 {
			t.Errorf("%d decisions and %d batches, want %d and 1", len(found)-batches, batches, len(want))
		}
	}
	if refused != 6 {
		t.Errorf("%d were told of, want each of 6 once", refused)
	}
}
