package export_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/suite"
)

// secretive is a log whose keeper does not show some leaves to who exports.
type secretive struct {
	export.Log
	hidden map[uint64]bool
}

func (s secretive) Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error) {
	found, err := s.Log.Find(ctx, q)
	return slices.DeleteFunc(found, func(e evidence.Entry) bool { return s.hidden[e.Index] }), err
}

// decided is an hour with every kind of decision, before and after a roll.
func decided(t testing.TB) *world {
	w := newWorld(t)
	w.fill() // to leaf 24
	stated := w.statement()
	sign, err := w.centreKey.SignNote(string(stated.Text()))
	w.must(err)
	take := func(name string, note []byte) {
		w.append(evidence.Leaf{Kind: evidence.Signature, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: name, Body: note, From: hour.From.UnixNano(), To: hour.To.UnixNano()}, w.centreKey)
	}
	take("sign", sign)
	w.roll()
	withdrawal, err := w.centreKey.SignNote(string(statement.WithdrawalText(statement.DigestOf(stated.Text()), "sample mixed up")))
	w.must(err)
	take("withdraw", withdrawal)
	again := w.statement()
	again.Revision = 2
	w.state(again.Text(), w.centreKey)
	w.roll()
	w.enrolment(w.agentKey, w.logKey, true)
	return w
}

// Whichever decisions, and whichever rolls beside them, are left out of a
// bundle, it is not verified: also the newest, by one who made the bundle
// without them from the start.
func TestNoDecisionCanBeLeftOut(t *testing.T) {
	suite.Slow(t)
	w := decided(t)
	maker := w.maker()
	if r := w.verify(w.export(maker, export.Query{Plant: plant, Interval: hour})); r.Result != export.Verified || r.Decisions.OfPlant != 6 || r.Decisions.OfAll != 4 {
		t.Fatalf("%s %+v %v", r.Result, r.Decisions, r.Faults)
	}
	var some []uint64
	for i, data := range w.leaves {
		leaf, err := evidence.DecodeLeaf(data)
		w.must(err)
		if leaf.Decides() || leaf.Kind == evidence.Roll {
			some = append(some, uint64(i))
		}
	}
	entryTile := fmt.Sprintf("tile/entries/000.p/%d", len(w.leaves))
	whole := w.export(maker, export.Query{Plant: plant, Interval: hour})
	try := func(hidden map[uint64]bool) error {
		decisions := false
		for i := range hidden {
			leaf, _ := evidence.DecodeLeaf(w.leaves[i])
			decisions = decisions || leaf.Decides()
		}
		if !decisions {
			return nil // an older roll proves what a newer one does, with more leaves behind it
		}
		maker := maker
		maker.Log = secretive{maker.Log, hidden}
		var bundle strings.Builder
		if err := export.Build(t.Context(), maker, export.Query{Plant: plant, Interval: hour}, &bundle); err == nil {
			if r := w.verify([]byte(bundle.String())); r.Result != export.Failed && (r.Decisions.OfPlant != 6 || r.Decisions.OfAll != 4) { // what stands behind the last roll is shown anyway
				return fmt.Errorf("a bundle made without leaves %v: %s", hidden, r.Verdict())
			}
		}
		cut := w.forge(whole, w.exportKey, func(m *export.Manifest, f content) {
			leaves, err := export.ParseEntries(f[entryTile], len(w.leaves))
			w.must(err)
			var data []byte
			for i, leaf := range leaves {
				if hidden[uint64(i)] {
					leaf = nil
				}
				data = export.AppendEntry(data, leaf)
			}
			f[entryTile] = data
			m.Views.LabFiles = slices.DeleteFunc(m.Views.LabFiles, func(i uint64) bool { return hidden[i] })
		})
		if r := w.verify(cut); r.Result != export.Failed {
			return fmt.Errorf("a bundle cut of leaves %v: %s", hidden, r.Verdict())
		}
		return nil
	}
	for _, i := range some {
		if err := try(map[uint64]bool{i: true}); err != nil {
			t.Error(err)
		}
	}
	seed := suite.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 6 {
		hidden := map[uint64]bool{}
		for range 2 + rng.IntN(4) {
			hidden[some[rng.IntN(len(some))]] = true
		}
		if err := try(hidden); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// A centre that signs a decision which passes over another, or a roll that
// does not count one, has it in its log for good, and the bundle shows it.
func TestACentreThatPassesOverADecisionIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *world)
		says string
	}{
		"a statement that names no decision": {func(w *world) {
			w.append(evidence.Leaf{Kind: evidence.Config, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "p", Body: w.plantText(), Before: []evidence.Hash{}}, w.centreKey)
		}, "does not name the decisions before it"},
		"a file that names the one before the last": {func(w *world) {
			before := w.decisions.Before(evidence.Leaf{Plants: []string{plant}})
			w.enter(evidence.Config, "p", []string{plant}, w.plantText())
			w.append(evidence.Leaf{Kind: evidence.Config, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "p", Body: w.plantText(), Before: before}, w.centreKey)
		}, "names a decision about pyro1 before it that is not in the bundle"},
		"a file that does not know of a revocation": {func(w *world) {
			before := w.decisions.Before(evidence.Leaf{Plants: []string{plant}})
			w.enrolment(w.exportKey, w.logKey, false)
			w.append(evidence.Leaf{Kind: evidence.Config, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "p", Body: w.plantText(), Before: before}, w.centreKey)
		}, "names a decision about all plants before it that is not in the bundle"},
		"a roll that counts one less": {func(w *world) {
			old := w.decisions.Roll()
			w.enter(evidence.Config, "p", []string{plant}, w.plantText())
			w.append(evidence.Leaf{Kind: evidence.Roll, Signer: w.centreKey.Name(), Body: old}, w.centreKey)
		}, "this roll counts 3 decisions about pyro1"},
		"a roll signed by a gateway": {func(w *world) {
			w.append(evidence.Leaf{Kind: evidence.Roll, Signer: w.agentKey.Name(), Body: w.decisions.Roll()}, w.agentKey)
		}, "roll leaf of gw-pyro1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.fill()
			c.do(w)
			r := w.verify(w.build())
			if r.Result != export.Failed || !slices.ContainsFunc(r.Faults, func(f export.Fault) bool { return strings.Contains(f.What, c.says) }) {
				t.Errorf("%s %v, want %q", r.Result, r.Faults, c.says)
			}
		})
	}
}

// What a bundle carries of other agents and other times only because it came
// behind the last roll changes nothing of what it shows.
func TestLeavesBehindTheRollChangeNothing(t *testing.T) {
	w := newWorld(t)
	w.fill()
	w.roll()
	later := measure.Interval{From: start.Add(30 * 24 * hour.Length()), To: start.Add(31 * 24 * hour.Length())}
	w.epoch, w.seq = 2, 0
	w.enterCatalogue()
	w.batches(measure.Interval{From: later.From, To: later.From.Add(hour.Length())}, hour.Length(), hour.Length()/60, nil)
	r := w.verify(w.build())
	if r.Result != export.Verified || len(r.Gaps) > 0 || r.Decisions.Behind != 2 {
		t.Errorf("%s %v %v %+v", r.Result, r.Faults, r.Gaps, r.Decisions)
	}
}
