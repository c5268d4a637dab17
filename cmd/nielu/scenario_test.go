package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
)

// nielu scenario prints readings in and balances out, and ends with 1 where
// something is not as expected, with 2 where a file is wrong.
func TestScenarioCommand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"kiln.yaml", "kiln-lab.yaml", "steady.txt"} {
		text := string(must[[]byte](t)(configs.Examples.ReadFile("examples/scenarios/" + name)))
		write(t, filepath.Join(dir, name), []byte(text))
		write(t, filepath.Join(dir, "other-"+name), []byte(strings.Replace(text, "feed mass 100 kg ±", "feed mass 101 kg ±", 1)))
		write(t, filepath.Join(dir, "wrong-"+name), []byte(strings.Replace(text, "expect stream", "expect strem", 1)))
	}
	steady, other, wrong := filepath.Join(dir, "steady.txt"), filepath.Join(dir, "other-steady.txt"), filepath.Join(dir, "wrong-steady.txt")
	o := nielu(t, "scenario", steady).ends(t, 0)
	for _, says := range []string{"READINGS IN", "WT-101 k1/feed/mass_flow", "BALANCES OUT", "mass closes to", "0 failures"} {
		if !strings.Contains(o.out, says) {
			t.Errorf("does not say %q: %s", says, o.out)
		}
	}
	o = nielu(t, "scenario", steady, other).ends(t, 1)
	if !strings.Contains(o.talk, other+":22: expected stream feed mass 101 kg ± 0.001 kg") || !strings.Contains(o.talk, "; came 100 kg") || !strings.Contains(o.out, "NOT MET") {
		t.Errorf("%s\n%s", o.talk, o.out)
	}
	o = nielu(t, "scenario", "-q", steady, wrong).ends(t, 2)
	if want := wrong + `:22:8: "strem" is nothing to expect; did you mean "stream"?` + "\n"; o.out != want {
		t.Errorf("%q, want %q", o.out, want)
	}
	write(t, steady, []byte("plant pyro1\nday 2026-11-02\nclose 00:00..01:00\nexpect test none\n"))
	nielu(t, "scenario", "-q", steady).ends(t, 0) // a built-in plant
	nielu(t, "scenario", filepath.Join(dir, "none.txt")).ends(t, 3)
}
