package centre_test

import (
	"strings"
	"testing"

	"github.com/nielu/nielu/centre"
)

// check says which agent of a plant file cannot deliver, and of which tags it
// names none.
func TestAgentsOfPlantsAreChecked(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "p1.yaml", "plant: p1\nname: P\nsite: park\nprocess: other\nbalance_every: 1 h\n"+
		"tags:\n  p1/a: { unit: kg/h, hold: sloped, stale: 1 min }\n  p1/b: { unit: kg/h, hold: sloped, stale: 1 min }\nagents: { gw-gone: [p1/a] }\n")
	file := write(t, dir, "nielu.yaml", "site: park\nlisten: 127.0.0.1:0\nbroker: { listen: 127.0.0.1:0 }\nplants: [./p1.yaml]\nagents:\n  - { key: \""+agentKey(t)+"\", site: park }\n")
	notes, err := centre.Check(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"agent gw-gone reads tags of it, and no line of agents", "no agent is named for p1/b"} {
		if !strings.Contains(notes.Error(), want) {
			t.Errorf("check does not say %q, but\n%v", want, notes)
		}
	}
}
