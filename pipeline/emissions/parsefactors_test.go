package emissions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure/strict"
)

func TestFactorFilesSayAllFaults(t *testing.T) {
	const good = "factors: a\nname: b\nlist:\n  - { id: c, about: d, kind: fuel, region: EU, co2_fossil: '1 t/TJ{LHV}', label: primary, source: e }\n"
	if _, err := ParseFactors("f.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, words string }{
		{"'1 t/TJ{LHV}'", "1 t/TJ", "a factor of kind fuel is a mass of gas a unit of activity: write it in kg/(MJ{LHV}) or kg/(kg)"},
		{"'1 t/TJ{LHV}'", "'-1 t/TJ{LHV}'", "is below 0"},
		{"label: primary", "label: sure", `"sure" is not one of primary`},
		{", source: e", "", "source is missing"},
		{"kind: fuel", "kind: fule", `did you mean "fuel"`},
		{"label:", "co2e: 1 kg/kg, gwp: ar5, label:", "use one unit of activity"},
		{"co2_fossil", "co2e", "gwp is missing"},
		{"label:", "gwp: ar5, label:", "only co2e needs it"},
		{"label:", "n2o: '1 g/MJ{LHV}', co2e: '1 kg/MJ{LHV}', gwp: ar5, label:", "they would count twice"},
		{"label:", "empty_return: 1.5, label:", "only a transport has it"},
		{"label:", "valid: { from: 2027-01-01T00:00:00Z, to: 2026-01-01T00:00:00Z }, label:", "before it begins"},
		{"label:", "ncv: 0 MJ/kg, label:", "cannot convert"},
		{"factors: a", "factors: own", "name the file otherwise"},
		{"co2_fossil: '1 t/TJ{LHV}', ", "", "gives no gas"},
		{"id: c", "id: C", "lower-case letters"},
	} {
		_, err := ParseFactors("f.yaml", []byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.words) || !strings.HasPrefix(err.Error(), "f.yaml:") {
			t.Errorf("%s: %v\nwant %q", c.new, err, c.words)
		}
	}
	const set = "gwp: a\nname: b\nsource: c\nhorizon: 100 a\nch4_fossil: { value: 30, label: primary, source: d }\nch4_biogenic: { value: 28, label: primary, source: d }\nn2o: { value: 265, label: primary, source: d }\n"
	if _, err := ParseGWP("g.yaml", []byte(set)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, words string }{
		{"100 a", "100", "has no unit"}, {"100 a", "0.5 a", "no whole number of years"}, {"30,", "0,", "below 1"}, {"n2o", "N2O", "unknown key"}, {"gwp: a", "gwp: A", "lower-case"},
	} {
		_, err := ParseGWP("g.yaml", []byte(strings.Replace(set, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v\nwant %q", c.new, err, c.words)
		}
	}
}

func FuzzParseFactors(f *testing.F) {
	files, err := filepath.Glob("../../configs/factors/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseFactors("f", data)
		if err != nil {
			if problems, ok := strict.ProblemsOf(err); !ok || len(problems) == 0 {
				t.Fatalf("%v is no list of faults", err)
			}
			return
		}
		for _, x := range s.Factors {
			if len(x.Rates) == 0 || x.Label == "" || x.Source == "" || x.Return < 1 {
				t.Fatalf("%+v", x)
			}
			for gas, rate := range x.Rates {
				if !(rate >= 0) {
					t.Fatalf("%s of %v", gas, rate)
				}
			}
		}
	})
}

func FuzzParseGWP(f *testing.F) {
	files, err := filepath.Glob("../../configs/factors/gwp/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGWP("f", data)
		if err == nil && (g.Of(CH4Fossil) < 1 || g.Of(CH4Biogenic) < 1 || g.Of(N2O) < 1 || g.Of(CO2Biogenic) != 0 || g.Horizon < 1) {
			t.Fatalf("%+v", g)
		}
	})
}
