package writer

import (
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/evidence"
)

// Decisions of many at once, among other leaves and across restarts, stand in
// whole chains, and a roll names the ends of them.
func TestDecisionsStandInChains(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "log"), testKey(t, "nielu-log")
	var rolled uint64
	for range 3 { // reopened twice
		l := ok[*Log](t)(Open(t.Context(), dir, testOptions(key)))
		var group errgroup.Group
		for i := range 24 {
			group.Go(func() error {
				plants := [][]string{nil, {"p1"}, {"p2"}, {"p1", "p2"}}[i%4]
				leaf := evidence.Leaf{Kind: []evidence.Kind{evidence.Config, evidence.Records, evidence.Key, evidence.Lab, evidence.Clock}[i%5], Site: "park", Signer: "centre", Plants: plants, Name: "x"}
				_, err := l.Decide(t.Context(), &leaf, key.Sign)
				return err
			})
			group.Go(func() error {
				_, err := l.Append(t.Context(), testLeaf(t, 8*i, "p1")) // a batch
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if leaves, decided := l.Unrolled(); leaves == 0 || !decided {
			t.Errorf("%d leaves since the last roll, decided %v", leaves, decided)
		}
		for range 2 { // the second has nothing to say
			if err := l.Roll(t.Context(), evidence.Leaf{Site: "park", Signer: "centre"}, key.Sign); err != nil {
				t.Fatal(err)
			}
		}
		if leaves, decided := l.Unrolled(); leaves != 0 || decided {
			t.Errorf("%d leaves since a roll, decided %v", leaves, decided)
		}
		rolled = l.Size() - 1
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := ok[*evidence.Reader](t)(evidence.OpenReader(dir))
	var d evidence.Decisions
	for i := range r.Size() {
		leaf := ok[evidence.Leaf](t)(r.Leaf(t.Context(), i))
		if leaf.Decides() && !slices.Equal(leaf.Before, d.Before(leaf)) {
			t.Errorf("leaf %d, a %v about %v, does not name the last decisions before it", i, leaf.Kind, leaf.Plants)
		}
		if leaf.Kind == evidence.Roll && string(leaf.Body) != string(d.Roll()) {
			t.Errorf("the roll of leaf %d says\n%swant\n%s", i, leaf.Body, d.Roll())
		}
		d.Add(leaf, evidence.LeafHash(ok[[]byte](t)(r.Entry(t.Context(), i))))
	}
	last := ok[[]evidence.Last](t)(evidence.ParseRoll(ok[evidence.Leaf](t)(r.Leaf(t.Context(), rolled)).Body))
	if len(last) != 3 || last[0].Plant != "" || last[0].Count != 18 || last[1].Count != 36 || last[2].Count != 36 {
		t.Errorf("%+v", last)
	}
}
