package evidence

import (
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"
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
				leaf := Leaf{Kind: []Kind{Config, Records, Key, Lab, Clock}[i%5], Site: "park", Signer: "centre", Plants: plants, Name: "x"}
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
			if err := l.Roll(t.Context(), Leaf{Site: "park", Signer: "centre"}, key.Sign); err != nil {
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
	r := ok[*Reader](t)(OpenReader(dir))
	var d Decisions
	for i := range r.Size() {
		leaf := ok[Leaf](t)(r.leaf(t.Context(), i))
		if leaf.Decides() && !slices.Equal(leaf.Before, d.Before(leaf)) {
			t.Errorf("leaf %d, a %v about %v, does not name the last decisions before it", i, leaf.Kind, leaf.Plants)
		}
		if leaf.Kind == Roll && string(leaf.Body) != string(d.Roll()) {
			t.Errorf("the roll of leaf %d says\n%swant\n%s", i, leaf.Body, d.Roll())
		}
		d.Add(leaf, LeafHash(ok[[]byte](t)(r.Entry(t.Context(), i))))
	}
	last := ok[[]Last](t)(ParseRoll(ok[Leaf](t)(r.leaf(t.Context(), rolled)).Body))
	if len(last) != 3 || last[0].Plant != "" || last[0].Count != 18 || last[1].Count != 36 || last[2].Count != 36 {
		t.Errorf("%+v", last)
	}
}

func FuzzParseRoll(f *testing.F) {
	f.Add([]byte("nielu roll 1\n* 1 " + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := ParseRoll(body)
		if err != nil {
			return
		}
		d := Decisions{last: map[string]Last{}}
		for _, x := range all {
			d.last[x.Plant] = x
		}
		if string(d.Roll()) != string(body) {
			t.Fatalf("%q has a second spelling", body)
		}
	})
}
