package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
)

// placed is how a fault of a file begins.
var placed = regexp.MustCompile(`^[^:\n]+:\d+:\d+: \S`)

// Somebody slips in a file of the centre: nielu check says where, and what to
// write, and nielu server does not start.
func TestCheckPointsAtASlip(t *testing.T) {
	embedded := func(name string) string {
		return string(must[[]byte](t)(configs.Examples.ReadFile("examples/demo/" + name)))
	}
	plant := string(must[[]byte](t)(configs.Plants.ReadFile("plants/pyro1.yaml")))
	key := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "agent.key"), "gw-pyro1"))
	files := map[string]string{
		"nielu.yaml": fmt.Sprintf("site: demo-park\nlisten: 127.0.0.1:0\nbroker: { listen: 127.0.0.1:0 }\nagents:\n  - { key: %q, site: demo-park }\nplants: [./plant.yaml]\nmethod: puro-2025\nlab: lab\n", key.Verifier()),
		"plant.yaml": plant, "lab/week.yaml": embedded("lab-pyro1.yaml"),
	}
	for _, slip := range []struct {
		file, old, new string
		says           string
		serves         bool // a wrong laboratory file is not used, and the centre serves
	}{
		{"", "", "", "", true},
		{"nielu.yaml", "method:", "methd:", "method", false},
		{"nielu.yaml", "site: demo-park\nlisten", "site: Demo Park\nlisten", "site", false},
		{"plant.yaml", "stale: 150 s", "stale: 150", "150", false},
		{"plant.yaml", "stale: 150 s", "stail: 150 s", "stale", false},
		{"plant.yaml", "unit: kg/h", "unit: TPH", "TPH", false},
		{"plant.yaml", "unit: kg/h,", "", "unit", false},
		{"lab/week.yaml", "feed_carbon: { value: ", "feed_carbon: { valu: ", "value", true},
		{"lab/week.yaml", "soil_temperature: 7 Cel", "soil_temperature: 7", "7", true},
	} {
		dir := t.TempDir()
		for name, text := range files {
			if name == slip.file {
				if !strings.Contains(text, slip.old) {
					t.Fatalf("%s has no %q", name, slip.old)
				}
				text = strings.Replace(text, slip.old, slip.new, 1)
			}
			write(t, filepath.Join(dir, name), []byte(text))
		}
		config := filepath.Join(dir, "nielu.yaml")
		o := nielu(t, "check", "-c", config)
		if slip.file == "" {
			o.ends(t, 0)
			continue
		}
		first, _, _ := strings.Cut(o.out, "\n")
		if o.code != 2 || !placed.MatchString(first) || !strings.Contains(first, filepath.Base(slip.file)) || !strings.Contains(first, slip.says) {
			t.Errorf("%s, %q for %q: exit code %d\n%s%s", slip.file, slip.new, slip.old, o.code, o.out, o.talk)
		}
		t.Log(strings.ReplaceAll(first, dir, ""))
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(nielu(t, "check", "--json", "-c", config).ends(t, 2).out), &list); err != nil || len(list) == 0 {
			t.Errorf("--json: %v, %d faults", err, len(list))
		}
		if !slip.serves {
			nielu(t, "server", "-c", config).ends(t, 2)
			if _, err := os.Stat(filepath.Join(dir, "data", "log")); err == nil {
				t.Errorf("%s: a log was begun from files that are wrong", slip.file)
			}
		}
	}
}

// Before there is a centre, a plant file alone tells what its instruments will
// be able to tell.
func TestCheckOfOnePlant(t *testing.T) {
	for plant, wants := range map[string][]string{
		"pyro1": {"11 balances, 5 independent checks", "WT-101 pyro1/feed/mass_flow", "a second instrument beside WT-301"},
		"lf1":   {"1 balance, 1 independent check\n", "measured and checked in name only: an error as large as it can be does not show in a single window\n    AT-701 lf1/header/ch4"},
		"../../configs/examples/replay/boiler-plant.yaml": {"hopeless: not measured, and the balances do not give it\n    mass of stream to_reheat", "a meter (2 %) for the mass of stream exhaust: gives a value to"},
	} {
		o := nielu(t, "check", "--plant", plant).ends(t, 0)
		for _, want := range wants {
			if !strings.Contains(o.out, want) {
				t.Errorf("%s: no %q in\n%s", plant, want, o.out)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "new.yaml")
	write(t, file, []byte("plant: new\nunits: kg\n"))
	if o := nielu(t, "check", "--plant", file).ends(t, 2); !placed.MatchString(o.out) {
		t.Errorf("a slip of a plant file: %s%s", o.out, o.talk)
	}
	nielu(t, "check", "--plant", "pyro2").ends(t, 2)
}
