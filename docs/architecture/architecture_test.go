package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestThePageIsCurrent reads the source files in this process, so that no
// cache can answer for them.
func TestThePageIsCurrent(t *testing.T) {
	const top = "../.."
	rooms, err := readHouse(top)
	if err != nil {
		t.Fatal(err)
	}
	want, err := page(top, rooms)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(top, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	const again = "is not what the code says; run: go run ./docs/architecture"
	if !bytes.Equal(got, want) {
		t.Errorf("docs/architecture.md %s", again)
	}
	for name, graph := range pictures(rooms) {
		svg, err := os.ReadFile(filepath.Join(top, "docs", "pictures", name))
		if err != nil {
			t.Error(err)
		} else if !bytes.HasSuffix(svg, []byte(mark(graph))) {
			t.Errorf("docs/pictures/%s %s", name, again)
		}
	}
}

// TestReducedKeepsEveryWay: what could be reached can still be.
func TestReducedKeepsEveryWay(t *testing.T) {
	rooms, err := readHouse("../..")
	if err != nil {
		t.Fatal(err)
	}
	whole := graphOf(rooms, func(n string) string { return n })
	less := whole.reduced()
	for from, uses := range whole {
		for to := range uses {
			if !less.reaches(from, to) {
				t.Errorf("the way from %s to %s is lost", from, to)
			}
		}
		if len(less[from]) > len(uses) {
			t.Errorf("%s has more arrows than uses", from)
		}
	}
}
