package emissions

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure/strict"
)

// TestFaultsComeWithTheirPlace reads a file in which everything is wrong.
func TestFaultsComeWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, at, words string }{
		{"fuels:\n  - { name: x, group: E, amount: 100 L, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "gives no density"},
		{"fuels:\n  - { name: x, group: E, amount: 100, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "fuel is given as a mass, a volume or an energy"},
		{"fuels:\n  - { name: x, group: E, amount: 100 MJ, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "does not say which heating value"},
		{"fuels:\n  - { name: x, group: E, amount: -1 kg, factor: eu-mrr/gas-oil, from: { record: y } }\n", "5:34", "below 0"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oli, from: { record: y } }\n", "5:48", `did you mean "eu-mrr/gas-oil"`},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: puro-2025/lorry, from: { record: y } }\n", "5:48", "is a factor of kind transport, not of fuel"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:5", "coverage is missing"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, coverage: 90 %, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:50", "say with most"},
		{"fuels:\n  - { name: x, group: E, amount: 1000 kg, coverage: 90 %, most: 1 kg/h, factor: eu-mrr/gas-oil, from: { tag: a/b/c } }\n", "5:65", "less than the meter showed"},
		{"fuels:\n  - { name: x, group: E, amount: 1 kg, factor: eu-mrr/gas-oil, from: { lab: a, record: y } }\n", "", "needs one of tag, record and lab"},
		{"transport:\n  - { name: x, group: E, mass: 1 km, distance: 1 km, factor: puro-2025/lorry, from: { record: y } }\n", "5:32", "cannot convert km to t"},
		{"electricity:\n  - { name: x, group: E, amount: 1 kg, location: ghg-protocol/guarantee-of-origin, from: { record: y } }\n", "5:34", "cannot convert kg to kW.h"},
		{"electricity:\n  - { name: x, group: E, amount: 1 kW.h, location: ghg-protocol/guarantee-of-origin, market: [{ amount: 2 kW.h, factor: ghg-protocol/guarantee-of-origin, proof: z }], from: { record: y } }\n", "", "for more than was used"},
		{"stack:\n  - { name: x, group: E, volume: 1 m3, coverage: 1, most: '1 m3{N}/h', gases: [], from: { record: y } }\n", "5:34", "a gas volume changes its reference state"},
		{"stack:\n  - { name: x, group: E, volume: '100 m3{N}', coverage: 50 %, most: '1 m3{N}/h', gases: [{ gas: n2o, share: 0 %, most: 1 % }], from: { record: y } }\n", "5:69", "is less than was read, 100 m3{N} in 84 h"},
		{"stack:\n  - { name: x, group: E, volume: '1 m3{N}', coverage: 50 %, most: '1 m3{N}/h', gases: [{ gas: n2o, share: 2 %, most: 1 % }], from: { record: y } }\n", "", "a share of 0.02 is not between 0 and most, 0.01"},
		{"stack:\n  - { name: x, group: E, volume: '1 m3{N}', coverage: 50 %, most: '1 m3{N}/h', gases: [{ gas: n2o, share: 0 %, most: 1 % }, { gas: n2o, share: 0 %, most: 1 % }], from: { record: y } }\n", "", "N2O is given twice"},
		{"stack:\n  - { name: x, group: E, volume: '1 m3{N}', coverage: 50 %, most: '0 m3{N}/h', gases: [{ gas: n2o, share: 0 %, most: 1 % }], from: { record: y } }\n", "", "is missing: say what dry normal volume an hour can bring"},
		{"embodied:\n  - { name: x, group: E, amount: 1 kg, factor: own/a, lifetime: 0 a, crediting: 1 a, share: 1, from: { record: y } }\nfactors: [{ id: a, about: b, kind: embodied, region: EU, co2e: 1 kg/kg, gwp: ar5, label: primary, source: z }]\n", "", "a year or more"},
		{"claims: { substitution: [{ name: x, energy: 1 kg, instead: eu-mrr/lpg, claim: c, from: { record: y } }] }\n", "4:45", "cannot convert kg to MJ"},
		{"claims: { substitution: [{ name: x, energy: '1 MJ{LHV}', efficiency: 90 %, instead: eu-mrr/lpg, claim: c, from: { record: y } }] }\n", "", "without an efficiency"},
		{"gpw: ar5\n", "4:1", `did you mean "gwp"`},
	} {
		_, err := ParseActivity("a.yaml", []byte(week+c.text), library(t))
		problems, ok := strict.ProblemsOf(err)
		if !ok || len(problems) != 1 || !strings.Contains(problems[0].Message, c.words) || c.at != "" && !strings.HasPrefix(problems[0].Error(), "a.yaml:"+c.at+":") {
			t.Errorf("%s%v\nwant one fault at %s: %s", c.text, err, c.at, c.words)
		}
	}
	_, err := ParseActivity("a.yaml", []byte("inventory: x\ngwp: ar7\nperiod: { from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z }\nfuels:\n  - { name: x }\n"), library(t))
	for _, words := range []string{`there is no set of potentials "ar7"`, "is empty", "group is missing", "from is missing", "amount is missing", "factor is missing"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v\ndoes not say %q", err, words)
		}
	}
}

func FuzzParseActivity(f *testing.F) {
	l := library(f)
	for _, name := range []string{"pyro1", "lf1"} {
		text, err := os.ReadFile("../../configs/examples/emissions/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseActivity("f", data, l)
		if err != nil {
			if problems, ok := strict.ProblemsOf(err); !ok || len(problems) == 0 {
				t.Fatalf("%v is no list of faults", err)
			}
			return
		}
		v, err := a.Inventory() // what can be read can be worked out, and printed
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range v.Lines {
			if l.CO2e < 0 || l.Label == "" || l.Scope < 1 || l.Scope > 3 {
				t.Fatalf("%+v", l)
			}
		}
		if _, err := json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	})
}
