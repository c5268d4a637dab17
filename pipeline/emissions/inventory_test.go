package emissions

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nielu/nielu/measure"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestBiogenicCO2IsInNoTotal changes nothing but biogenic CO2.
func TestBiogenicCO2IsInNoTotal(t *testing.T) {
	with := func(share string) Inventory {
		return inventory(t, week+`stack:
  - { name: x, group: E_production, volume: "1000 m3{N}", coverage: 100 %, most: "100 m3{N}/h", from: { tag: a/b/c }, gases: [{ gas: co2_biogenic, share: `+share+`, most: 100 % }] }
process:
  - { name: y, group: E_production, amount: 10 t, factor: kilns/flame-curtain, from: { record: z } }
`)
	}
	a, b := with("0 %"), with("15 %")
	masses := [2]measure.GasMass{}
	for i, v := range []Inventory{a, b} {
		masses[i], _ = massOf(v.Portfolio(), CO2Biogenic)
		want := measure.CO2e(300 * 28 * 1_000_000) // 10 t of char, 30 g of CH4 a kilogram
		sums := slices.Concat(v.Groups(), v.Scopes())
		for _, s := range sums {
			if s.CO2e != want {
				t.Errorf("%s: %d mg, want %d", s.Name, s.CO2e, want)
			}
		}
		for _, e := range v.Emissions() {
			if c, err := e.CO2e(); err != nil || c != 0 && c != want {
				t.Errorf("%s: %d mg, %v", e.Name, c, err)
			}
		}
	}
	if masses[0] != 43_000_000_000 || masses[1] <= masses[0] {
		t.Errorf("biogenic CO2 of %d and %d mg", masses[0], masses[1])
	}
}

func golden(t testing.TB, name string) Inventory {
	t.Helper()
	file := filepath.Join("../../configs/examples/emissions", name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseActivity(name+".yaml", text, library(t))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExamplesAreGolden(t *testing.T) {
	for _, name := range []string{"pyro1", "lf1"} {
		v := golden(t, name)
		var table bytes.Buffer
		if err := v.Write(&table); err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		for ext, got := range map[string][]byte{".txt": table.Bytes(), ".json": append(text, '\n')} {
			file := filepath.Join("testdata", name+ext)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs; look at it, then write it again with -update:\n%s", file, got)
			}
		}
		if len(v.Unmet) > 0 {
			t.Errorf("%s: not met: %q", name, v.Unmet)
		}
	}
}
