package centre_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/suite"
)

// A plant of 5,000 tags starts; its file is kept under its digest and its leaf
// names it. A file that is changed is entered, so is one that is brought back,
// and one that is as it was is not.
func TestPlantFilesAreEnteredInTheirOrder(t *testing.T) {
	suite.Slow(t)
	small, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var more strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&more, "  pyro1/aux/t%04d: { about: \"Auxiliary %d\", unit: Cel, hold: sloped, stale: 150 s, range: [\"-40 Cel\", \"1200 Cel\"] }\n", i, i)
	}
	large := bytes.Replace(small, []byte("nodes:\n"), []byte(more.String()+"nodes:\n"), 1)
	dir := t.TempDir()
	file := write(t, dir, "nielu.yaml", "site: park\nplants: [plant.yaml]\nlisten: 127.0.0.1:0\nbroker: { listen: '127.0.0.1:0' }\nagents:\n  - { key: \""+agentKey(t)+"\", site: park }\n")
	open := func(text []byte) (bodies [][]byte) {
		t.Helper()
		write(t, dir, "plant.yaml", string(text))
		config, err := centre.ReadConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := centre.Open(t.Context(), config, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		found, err := c.Archive.Log.Find(t.Context(), evidence.Query{Kinds: []evidence.Kind{evidence.Config}, Plant: "pyro1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range found {
			leaf, err := c.Archive.Reader.Leaf(t.Context(), at.Index)
			if err != nil {
				t.Fatal(err)
			}
			body, err := custody.Content(leaf.Body, c.Archive.Files.Read)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		return bodies
	}
	for i, step := range []struct {
		text []byte
		want int // files in the log
	}{{small, 1}, {small, 1}, {large, 2}, {large, 2}, {small, 3}} {
		bodies := open(step.text)
		if len(bodies) != step.want || !bytes.Equal(bodies[len(bodies)-1], step.text) {
			t.Fatalf("step %d: %d files in the log, want %d", i+1, len(bodies), step.want)
		}
	}
	if kept, err := os.ReadDir(filepath.Join(dir, "data", "files")); err != nil || len(kept) != 1 {
		t.Errorf("%d files are kept, %v", len(kept), err)
	}
}
