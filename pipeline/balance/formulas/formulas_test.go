package formulas

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
	"pgregory.net/rapid"
)

// vectors finds the published cases: NIELU_VECTORS, or shared/reference/vectors above.
func vectors(t testing.TB) []byte {
	t.Helper()
	folder := os.Getenv("NIELU_VECTORS")
	for dir, _ := os.Getwd(); folder == ""; dir = filepath.Dir(dir) {
		here := filepath.Join(dir, "shared", "reference", "vectors")
		if _, err := os.Stat(here); err == nil {
			folder = here
		} else if dir == filepath.Dir(dir) {
			t.Skip("SKIPPED, NOTHING WAS TESTED: no vectors; set NIELU_VECTORS to the folder that holds domain.json")
		}
	}
	data, err := os.ReadFile(filepath.Join(folder, "domain.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryVectorIsMet(t *testing.T) {
	cases, err := ParseCases(vectors(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 53 {
		t.Fatalf("only %d cases were found", len(cases))
	}
	used := map[string]bool{}
	for _, c := range cases {
		used[c.Formula] = true
		if f, err := Find(c.Formula); err == nil && !slices.Contains(f.Vectors, c.ID) {
			t.Errorf("%s does not name its vector %s", f.Name, c.ID)
		}
		_, differs, err := c.Run()
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		for _, d := range differs {
			t.Errorf("%s: %s", c.ID, d)
		}
	}
	for _, f := range All() {
		if !used[f.Name] {
			t.Errorf("%s has no vector", f.Name)
		}
		for _, id := range f.Vectors {
			if !slices.ContainsFunc(cases, func(c Case) bool { return c.ID == id }) {
				t.Errorf("%s names %s, which is no case", f.Name, id)
			}
		}
	}
}

// TestEveryStepShowsItsNumbers reads what people read: nothing but a number
// with an equation, the same with numbers, and a unit that is one.
func TestEveryStepShowsItsNumbers(t *testing.T) {
	cases, err := ParseCases(vectors(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		f, _ := Find(c.Formula)
		r, err := f.calculate(c.inputs)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Steps() {
			if _, err := measure.ParseUnit(s.Unit); s.Unit != "" && err != nil {
				t.Errorf("%s: %s: %v", c.ID, s.Key, err)
			}
			if _, is := s.Value.(float64); is && s.Equation != "" && (s.Unit == "" || !strings.ContainsAny(s.Numbers, "0123456789")) {
				t.Errorf("%s: %s = %s shows no numbers", c.ID, s.Key, s.Equation)
			}
		}
		if strings.Contains(r.Text(), "%!") {
			t.Errorf("%s:\n%s", c.ID, r.Text())
		}
	}
}

func TestEveryFormulaSaysWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if seen[f.Name] || f.About == "" || f.Equation == "" || f.Source == "" || len(f.Vectors) == 0 {
			t.Errorf("%q is named twice or says too little: %+v", f.Name, f)
		}
		seen[f.Name] = true
		keys := f.Keys()
		if len(keys) == 0 {
			t.Errorf("%s asks for nothing", f.Name)
		}
		for _, k := range keys {
			if _, err := measure.ParseUnit(k.Unit); err != nil && !strings.Contains(k.Unit, " ") && k.Unit != "object" {
				t.Errorf("%s: %s: %v", f.Name, k.Name, err)
			}
		}
		if _, err := f.Calculate([]byte(`{}`)); err == nil && f.Name != "molar-volume" {
			t.Errorf("%s is content with nothing", f.Name)
		}
	}
}

func get(t *testing.T, name, inputs string) map[string]any {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Calculate([]byte(inputs))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r.Values
}

// TestPublishedFigures holds figures of publications and tables, written here
// so that they are met wherever the tests run.
func TestPublishedFigures(t *testing.T) {
	for _, c := range []struct {
		name, inputs, key string
		want              float64
	}{
		{"azzi-heat-power", `{"LHV_bio_dry":18.4,"w":0.3,"w_d":0.1,"h_d":2.85,"r_d":0.8,"LHV_bc_dry":29.6,"y_bc":0.25,"eta_h":0.85,"alpha":0.15,"i_el":0}`, "E_out_MJ", 73.6},
		{"azzi-heat-power", `{"LHV_bio_dry":18.4,"w":0.3,"w_d":0.1,"h_d":2.85,"r_d":0.8,"LHV_bc_dry":29.6,"y_bc":0.25,"eta_h":0.85,"alpha":0.15,"i_el":2}`, "E_out_MJ", 80.8},
		{"azzi-heat-power", `{"LHV_bio_dry":18.4,"w":0.3,"w_d":0.1,"h_d":2.85,"r_d":0.8,"LHV_bc_dry":29.6,"y_bc":0.25,"eta_h":0.85,"alpha":0.15,"i_el":0,"i_dry":0.5}`, "product_efficiency", (73.6 - .99 - .72380952380952) / 75.4},
		{"woolf2021-yield", `{"T_C":600,"ash":0.022,"lignin":0.247}`, "C_yield", 0.2030171565935},
		{"woolf2021-yield", `{"T_C":500,"ash":0.07,"lignin":0.118}`, "char_yield", 0.2851170456094},
		{"heating-values", `{"C":71.6,"H":5.4,"O":9.3,"N":1.6,"S":1.6,"ash":10.5}`, "modified_dulong_kJ_kg", 30403.95},
		{"acm0001", `{"V_CH4_m3":5000,"rho_t_m3":0.000716,"OX":0,"GWP":28,"baseline_fraction":0}`, "tCO2e", 100.24},
		{"acm0001", `{"V_CH4_m3":5000,"rho_t_m3":0.000716,"OX":0.1,"GWP":28,"baseline_fraction":0}`, "tCO2e", 90.216},
		{"part98-substitute", `{"before":48.2,"after":49.0}`, "substitute", 48.6},
		{"htl-split", `{"dry_feed_kg_h":11.46,"biocrude":0.5219,"aqueous":0.2925,"gas":0.1756}`, "char", 0.01},
		{"gas-carbon-energy", `{"Q_Nm3_h_dry":50,"y":{"C2H6":1}}`, "LHV_MJ_Nm3", 1428.6 / 22.41396954},
		{"molar-volume", `{}`, "", 0},
		{"tool06-calculated-efficiency", `{"F_EG_over_F_RG":[0.02,0.04]}`, "eta", 0.97},
		{"counter-binary", `{"prev":18446744073709551615,"cur":1,"bits":64,"pulses_per_kg":1,"max_rate_kg_h":3600,"dt_s":60}`, "delta_pulses", 2},
		{"biocover-ratio", `{"CH4_LFG":60,"CO2_LFG":40,"CH4_depth":0,"CO2_depth":15}`, "efficiency", 1},
	} {
		got := get(t, c.name, c.inputs)
		if c.key == "" {
			continue
		}
		if v, ok := got[c.key].(float64); !ok || math.Abs(v-c.want) > 1e-9*c.want {
			t.Errorf("%s: %s = %v, want %v", c.name, c.key, got[c.key], c.want)
		}
	}
}

// Two deposits of a landfill add up year by year; decay that begins the year
// after is that of one deposit, and what is recovered is not emitted.
func TestDecayOfASite(t *testing.T) {
	one := `{"year":%d,"W_t":1000,"DOC":0.15,"DOCf":0.5,"MCF":1,"F":0.5,"k":0.185}`
	years := func(deposits, more string) []any {
		return get(t, "first-order-decay", `{"deposits":[`+deposits+`],"from":2000,"to":2003,"OX":0.1`+more+`}`)["years"].([]any)
	}
	at := func(row any, key string) float64 { return row.(map[string]any)[key].(float64) }
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*(1+want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	single := years(fmt.Sprintf(one, 2000), "")
	near("the year of the deposit", at(single[0], "CH4_gen_t"), 0)
	near("the year after", at(single[1], "CH4_gen_t"), 8.444785807394) // vector fod_single_deposit
	near("two years after", at(single[2], "CH4_gen_t"), 7.018497660739)
	both := years(fmt.Sprintf(one, 2000)+","+fmt.Sprintf(one, 2001), `,"recovered":{"2002":5,"2003":100}`)
	near("two deposits", at(both[2], "CH4_gen_t"), 8.444785807394+7.018497660739)
	near("less what is recovered", at(both[2], "CH4_emit_t"), .9*(8.444785807394+7.018497660739-5))
	near("no less than nothing", at(both[3], "CH4_emit_t"), 0)
	half := years(fmt.Sprintf(one, 2000), `,"start_month":7`)
	near("half a year of the first", at(half[0], "CH4_gen_t"), 50*(1-math.Exp(-.185/2)))
	near("and the rest after it", at(half[1], "CH4_gen_t"), 50*math.Exp(-.185/2)*(1-math.Exp(-.185)))
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct{ name, inputs, say string }{
		{"molar-volume", `{"R_J_mol_K":0.008314472}`, "power of ten"},
		{"dry-feed", `{"m_kg":100,"u_m":1,"moisture":12,"u_moisture":0}`, "moisture: 12 lies outside 0 to 1"},
		{"dry-feed", `{"m_kg":100,"u_m":1,"moistur":0.1,"u_moisture":0}`, `unknown key "moistur"`},
		{"dry-feed", `{"m_kg":"100","u_m":1,"moisture":0.1,"u_moisture":0}`, `m_kg: is the text "100": write a number in kg`},
		{"dry-feed", `{"m_kg":1,"m_kg":2}`, "stands twice"},
		{"dry-feed", `{"m_kg":1e999,"u_m":1,"moisture":0.1,"u_moisture":0}`, "larger than any number"},
		{"dry-feed", `[1]`, "write an object"},
		{"dry-feed", `{} {}`, "follows"},
		{"dry-feed", `{"formula":"gum-total","inputs":{}}`, "not of"},
		{"gas-carbon-energy", `{"Q_Nm3_h_dry":1,"y":{"CH4":50,"CO2":50}}`, "not per cent"},
		{"gas-carbon-energy", `{"Q_Nm3_h_dry":1,"y":{"CX":0.5}}`, `no gas "CX"`},
		{"gas-carbon-energy", `{"Q_Nm3_h_dry":1,"y":{"C3H8":0.5}}`, "no heats of combustion"},
		{"heating-values", `{"C":50,"H":6,"O":43,"N":0,"S":0,"ash":1,"unit":"wt% ar"}`, `only "wt% dry"`},
		{"tool06-minute", `{"V_RG_Nm3_h":60,"y":{"CH4":0.5,"CO2":0.5},"O2_exhaust_dry":0.21,"CH4_exhaust_mg_Nm3":1}`, "that of air"},
		{"tool06-calculated-efficiency", `{"F_EG_over_F_RG":[0.1,0.2,0.3]}`, "two measurements"},
		{"counter-binary", `{"prev":256,"cur":1,"bits":8,"pulses_per_kg":1,"max_rate_kg_h":1,"dt_s":1}`, "ends at 255"},
		{"time-weighted", `{"t_s":[0,10,10],"q_kg_h":[1,2,3]}`, "t_s[2]: 10 s does not follow 10 s"},
		{"acm0001", `{"V_CH4_m3":1,"rho_t_m3":0.716,"OX":0,"GWP":28,"baseline_fraction":0}`, "is it in kg/m3?"},
		{"biocover-ratio", `{"CH4_LFG":60,"CO2_LFG":40,"CH4_depth":0,"CO2_depth":0}`, "has no value"},
		{"mfca", `{"material_in_kg":1,"material_cost":1,"energy_cost":1,"system_cost":1,"waste_management_cost":1,"product_kg":2}`, "2 kg of product from 1 kg"},
		{"ash-recovery", `{"feed_dry_kg_h":1,"feed_ash":0.1,"char_kg_h":1,"cases":[{"char_ash":0.1,"ash":1}],"limits_pct":[85,115]}`, `unknown key "cases[0].ash"`},
		{"oxidation-fraction", `{"cases":["flux ten g/m2/d"]}`, "write \"geomembrane cover\""},
	} {
		f, err := Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Calculate([]byte(c.inputs)); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s %s: %v, want %q", c.name, c.inputs, err, c.say)
		}
	}
	_, err := Find("dryfeed")
	if f, is := err.(Faults); !is || f[0].Got != "dryfeed" || len(f[0].Known) != len(All()) {
		t.Errorf("an unknown formula: %v", err)
	}
}

// TestCarbonAboveItsInput: 109 % of the carbon cannot come out.
func TestCarbonAboveItsInput(t *testing.T) {
	in := `{"yields":{"liquid":38,"char":29.5,"gas":29},"feed_C":%v,"C":{"liquid":37,"char":81.5},"gas_wtpct_N2_free":{"CO":31,"CO2":60,"CH4":6,"C2plus":%v},"ash":{"feed":1.1,"char":3.6},"ash_limits_pct":[85,115]}`
	got := get(t, "pyrolysis-closure", fmt.Sprintf(in, 44.7, 3))
	if got["C_closure_pct"].(float64) < 109 || got["C_above_input_flag"] != true {
		t.Errorf("109 %% passes: %v", got)
	}
	got = get(t, "pyrolysis-closure", fmt.Sprintf(in, 50.2, 0))
	if got["gas_sum_flag"] != true || !(got["C_gas_pct_normalised"].(float64) > got["C_gas_pct_as_reported"].(float64)) {
		t.Errorf("a gas of 97 %% was normalised silently: %v", got)
	}
}

func TestCasesThatAreNotMet(t *testing.T) {
	run := func(text string) ([]string, error) {
		t.Helper()
		cases, err := ParseCases([]byte(`{"format":"nielu-domain-vectors/1","cases":[` + text + `]}`))
		if err != nil || len(cases) != 1 {
			t.Fatalf("%v, %d cases", err, len(cases))
		}
		_, differs, err := cases[0].Run()
		return differs, err
	}
	const in = `"formula":"part98-substitute","inputs":{"before":1,"after":3}`
	for _, c := range []struct{ text, say string }{
		{`{` + in + `,"expected":{"substitute":2.1}}`, "substitute is the number 2, expected the number 2.1"},
		{`{` + in + `,"expected":{"substitute":2.1},"tolerance":{"rel":1,"substitute_abs":0.01}}`, "expected the number 2.1"},
		{`{` + in + `,"expected":{"substitut":2}}`, "substitut is not a value of this formula"},
		{`{` + in + `,"expected":{"substitute":true}}`, "expected true"},
		{`{` + in + `,"expected":{"substitute":null}}`, "expected null"},
		{`{` + in + `,"expected":{"substitute":[2]}}`, "expected a list of 1"},
		{`{` + in + `,"expected":{"substitute":{"x":2}}}`, "expected an object"},
	} {
		if differs, err := run(c.text); err != nil || len(differs) != 1 || !strings.Contains(differs[0], c.say) {
			t.Errorf("%s: %q %v, want %q", c.text, differs, err, c.say)
		}
	}
	if differs, err := run(`{` + in + `,"expected":{"substitute":2.1},"tolerance":{"rel":1e-9,"abs":0.11}}`); err != nil || len(differs) != 0 {
		t.Errorf("the wider tolerance does not count: %q %v", differs, err)
	}
	for _, text := range []string{`{}`, `5`, `{` + in + `}`, `{` + in + `,"expected":{}}`, `{"formula":"x","inputs":{},"expected":{"a":1}}`,
		`{` + in + `,"expected":{"substitute":2},"tolerance":{"rell":1}}`, `{` + in + `,"expected":{"substitute":2},"tolerance":{"rel":-1}}`} {
		if _, err := run(text); err == nil {
			t.Errorf("%s runs", text)
		}
	}
}

// TestOrderDoesNotMatter: the order of keys in a file changes no digit.
func TestOrderDoesNotMatter(t *testing.T) {
	gases := []string{"H2", "CO", "CO2", "CH4", "C2H4", "N2", "O2"}
	rapid.Check(t, func(t *rapid.T) {
		parts := make([]string, len(gases))
		for i, g := range gases {
			parts[i] = fmt.Sprintf("%q:%v", g, rapid.Float64Range(0, 0.14).Draw(t, g))
		}
		f, _ := Find("gas-carbon-energy")
		print := func() string {
			r, err := f.Calculate([]byte(`{"Q_Nm3_h_dry":50,"y":{` + strings.Join(parts, ",") + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(r.Values)
			return string(text)
		}
		first := print()
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if second := print(); first != second {
			t.Fatalf("%s\n%s", first, second)
		}
	})
}

// FuzzCases: no text makes the reader or a formula panic, and what a formula
// answers can be printed and read again.
func FuzzCases(f *testing.F) {
	for _, formula := range All() {
		f.Add([]byte(`{"cases":[{"id":"a","formula":"` + formula.Name + `","inputs":` + strings.ReplaceAll(formula.example(), "...", "0.5") + `,"expected":{"x":1}}]}`))
	}
	f.Add([]byte(`{"cases":[{"formula":"flatline","inputs":{"x":[1,1,1],"min_run":2,"resolution":0},"expected":{"flag_indices":[0,1,2]}}]}`))
	f.Add([]byte(`{"cases":[{"formula":"hampel","inputs":{"x":[1e308,-1e308],"half_window":18446744073709551615,"n_sigma":3,"scale":1},"expected":{"S":1}}]}`))
	f.Add([]byte(`{"cases":[{"formula":"ash-recovery","inputs":{"feed_dry_kg_h":1,"feed_ash":0.1,"char_kg_h":1,"cases":[{"char_ash":0.1},5],"limits_pct":[85,115]},"expected":{"x":1}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cases, err := ParseCases(data)
		if err != nil {
			return
		}
		for _, c := range cases {
			got, _, err := c.Run()
			if _, wrong := err.(Faults); err != nil && !wrong {
				t.Fatalf("%s: %v", c.ID, err)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTheListInTheDocsIsThisOne: the table at the end of docs/calc.md, and its example.
func TestTheListInTheDocsIsThisOne(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "calc.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| formula | what it is | source |\n| --- | --- | --- |\n")
	var want strings.Builder
	for _, f := range All() {
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", f.Name, f.About, f.Source)
	}
	if !found || table != want.String() {
		t.Errorf("docs/calc.md must end with:\n%s", want.String())
	}
	f, _ := Find("dry-feed")
	r, err := f.Calculate([]byte(`{ "m_kg": 100, "u_m": 0.5, "moisture": 0.12, "u_moisture": 0.005 }`))
	if err != nil || !strings.Contains(string(text), "\n"+r.Text()+"```") {
		t.Errorf("the example in docs/calc.md does not print this: %v\n%s", err, r.Text())
	}
}
