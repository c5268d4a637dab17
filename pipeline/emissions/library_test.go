package emissions

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

// A gas is counted by the potential of the set that is named.
func TestSetsOfPotentials(t *testing.T) {
	const text = "process:\n  - { name: x, group: E_production, amount: 1 t, factor: kilns/vm0044-low-technology, from: { record: y } }\n"
	for set, want := range map[string]measure.CO2e{"ar4": 49 * 25e6, "ar5": 49 * 28e6, "ar6": 49 * 27e6, "ar6-20": 49 * 79.7e6, "puro-2025": 49 * 28e6, "csi-3.3": 49 * 27e6, "csi-3.3-contract-25": 49 * 25e6, "sar": 49 * 21e6, "ar5-feedback": 49 * 34e6} {
		v := inventory(t, strings.Replace(week, "ar5", set, 1)+text)
		if v.Lines[0].CO2e != want {
			t.Errorf("%s: %d mg, want %d", set, v.Lines[0].CO2e, want)
		}
	}
	if names := library(t).GWPNames(); len(names) != 9 {
		t.Errorf("sets %v: each needs a line above", names)
	}
	// Methane of untold origin: AR6 has a potential of its own, else the larger of the two counts.
	own := "factors:\n  - { id: slip, about: slip, kind: process-gas, region: world, ch4: 49 kg/t, label: secondary, source: a test }\n"
	for set, want := range map[string]measure.CO2e{"ar6": 49 * 27.9e6, "ar6-20": 49 * 81.2e6, "ar5": 49 * 30e6, "sar": 49 * 21e6} {
		v := inventory(t, strings.Replace(week, "ar5", set, 1)+strings.Replace(text, "kilns/vm0044-low-technology", "own/slip", 1)+own)
		if v.Lines[0].CO2e != want {
			t.Errorf("%s, untold: %d mg, want %d", set, v.Lines[0].CO2e, want)
		}
	}
	v := inventory(t, strings.NewReplacer("ar5", "csi-3.3-contract-25", "2026-11-09", "2027-02-01").Replace(week)+text)
	if !slices.ContainsFunc(v.Unmet, func(s string) bool { return strings.Contains(s, "gwp csi-3.3-contract-25 holds to 2027-01-01") }) {
		t.Errorf("beyond its end: %q", v.Unmet)
	}
}

// A factor outside its validity, or that nobody verified, is said.
func TestFactorsAreHeldAgainstPeriodAndLabel(t *testing.T) {
	v := inventory(t, week+"electricity:\n  - { name: x, group: E_production, amount: 1 kW.h, location: finland-placeholders/electricity-2023, from: { record: y } }\n")
	for _, words := range []string{"holds from 2023-01-01 to 2024-01-01, not for all of the period", "is unverified"} {
		if !slices.ContainsFunc(v.Unmet, func(s string) bool { return strings.Contains(s, words) }) {
			t.Errorf("%q does not say %q", v.Unmet, words)
		}
	}
	if v.Lines[0].Label != "unverified" {
		t.Errorf("label %s", v.Lines[0].Label)
	}
}

// TestShippedFactors holds the files against the figures of their sources.
func TestShippedFactors(t *testing.T) {
	l := library(t)
	for name, want := range map[string][2]float64{ // kg CO2 a MJ, MJ/kg
		"gas-oil": {0.0741, 43}, "lpg": {0.0631, 47.3}, "natural-gas": {0.0561, 48}, "residual-fuel-oil": {0.0774, 40.4}, "peat": {0.106, 9.76},
		"wood": {0, 15.6}, "charcoal": {0, 29.5}, "landfill-gas": {0, 50.4}, "methane": {0.0549, 50},
	} {
		f, ok := l.Factor("eu-mrr/" + name)
		if !ok || f.NCV == nil || math.Abs(f.Rates[CO2Fossil]-want[0]) > 1e-12 || math.Abs(*f.NCV-want[1]) > 1e-9 || f.Label != "primary" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for name, want := range map[string]float64{"puro-2025/iluc-cereals": .012, "puro-2025/iluc-sugar": .013, "puro-2025/iluc-oil-crops": .055, "puro-2025/lorry": .0585} {
		if f, ok := l.Factor(name); !ok || math.Abs(f.Rates[Unsplit]-want) > 1e-12 || f.Label != "secondary" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, name := range l.Names() {
		f, _ := l.Factor(name)
		if f.Source == "" || f.Digest == "" || f.Set == "finland-placeholders" != (f.Label == "unverified") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestFilesAreAddedNeverEdited holds each file of factors and potentials
// against the digest it was published with. A figure that changes is another
// file: statements that were made with this one name its digest.
func TestFilesAreAddedNeverEdited(t *testing.T) {
	const list = "testdata/digests.txt"
	published, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	files := os.DirFS("../../configs/factors")
	now := map[string]string{}
	for _, pattern := range []string{"*.yaml", "gwp/*.yaml"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			now[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		}
	}
	for line := range strings.Lines(string(published)) {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if now[name] != digest {
			t.Errorf("configs/factors/%s was edited or taken away: leave it as it was published, and add another file", name)
		}
		delete(now, name)
	}
	for name, digest := range now {
		t.Errorf("configs/factors/%s is new: add this line to %s\n%s  %s", name, list, digest, name)
	}
}
