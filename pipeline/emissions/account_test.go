package emissions

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

// TestAccountsTakeTheLines gives an inventory to a carbon account and finds
// each group there to the milligram.
func TestAccountsTakeTheLines(t *testing.T) {
	v := golden(t, "pyro1")
	sums := map[string]measure.CO2e{}
	for _, e := range v.Emissions() {
		c, err := e.CO2e()
		if err != nil {
			t.Fatal(err)
		}
		sums[e.Group] += c
	}
	for _, g := range v.Groups() {
		if sums[g.Name] != g.CO2e {
			t.Errorf("%s: %d mg of the account, %d of the inventory", g.Name, sums[g.Name], g.CO2e)
		}
	}
	text, err := os.ReadFile("../../configs/methods/puro-2025.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := carbon.ParseMethod("puro-2025.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	total, inorganic, hc, soil := 0.85, 0.0, 0.3, 7.0
	a, err := carbon.Quantify(*m, carbon.Request{Char: carbon.Char{DryMass: 4_000_000_000}, Analysis: carbon.Analysis{CarbonTotal: &total, CarbonInorganic: &inorganic, HCorg: &hc}, Sink: carbon.Sink{SoilTemperature: &soil}, Emissions: v.Emissions()})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range v.Groups() {
		if l, ok := a.Line(g.Name); !ok || l.Value != g.CO2e.Tonnes() {
			t.Errorf("%s: %v in the account, %s in the inventory", g.Name, l, g.CO2e)
		}
	}
	for _, u := range a.Unmet {
		if strings.HasPrefix(u, "emissions") {
			t.Errorf("not met: %s", u)
		}
	}
}

// TestAccountsByGas gives masses of gases to a method that keeps them apart,
// through the text that people paste.
func TestAccountsByGas(t *testing.T) {
	v := golden(t, "pyro1")
	var text bytes.Buffer
	if err := v.WriteAccount(&text); err != nil {
		t.Fatal(err)
	}
	r, err := carbon.ParseRequest("request.yaml", append([]byte("batch: { dry_mass: 4 t, carbon_total: 85 %, carbon_inorganic: 0 %, h_corg: 0.3 }\n"), text.Bytes()...))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	file, err := os.ReadFile("../../configs/methods/csi-3.3.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := carbon.ParseMethod("csi-3.3.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := carbon.Quantify(*m, r)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]measure.GasMass{}
	for _, g := range v.Portfolio() {
		switch g.Gas {
		case CO2Fossil, Unsplit:
			want["CO2"] += g.Mass
		case CH4Biogenic, CH4Fossil:
			want["CH4"] += g.Mass
		case N2O:
			want["N2O"] += g.Mass
		}
	}
	for symbol, mass := range want {
		if l, ok := a.Line(symbol); !ok || mass == 0 || l.Value != float64(mass)/1e9 {
			t.Errorf("%s: %+v in the account, %s in the inventory", symbol, l, mass)
		}
	}
}

// TestEmissionsKeepTheirMilligrams brings whole milligrams through the float
// of an account and back.
func TestEmissionsKeepTheirMilligrams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := measure.CO2e(rapid.Int64Range(0, 1<<50).Draw(t, "mg"))
		v := Inventory{GWP: &GWP{}, Lines: []Line{{Counted: true, CO2e: n}}}
		if got, err := v.Emissions()[0].CO2e(); err != nil || got != n {
			t.Fatalf("%d mg became %d: %v", n, got, err)
		}
	})
}
