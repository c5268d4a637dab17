package carbon

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
)

func method(t testing.TB, id string) Method {
	t.Helper()
	file := "../../configs/methods/" + id + ".yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMethod(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

// char is a request for one tonne of a char, and whatever else is said of it.
func char(batch, rest string) string {
	return "batch:\n  dry_mass: 1 t\n  " + strings.ReplaceAll(batch, "; ", "\n  ") + "\n" + rest + "\n"
}

func quantified(t testing.TB, id, text string) Account {
	t.Helper()
	return account(t, method(t, id), request(t, text))
}

func TestEveryMethodHasItsFile(t *testing.T) {
	entries, err := os.ReadDir("../../configs/methods")
	if err != nil {
		t.Fatal(err)
	}
	var ids, groups []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			ids = append(ids, id)
			for _, g := range method(t, id).Groups {
				groups = append(groups, g.Symbol)
			}
		}
	}
	known := Methods()
	slices.Sort(known)
	if !slices.Equal(ids, known) {
		t.Errorf("files %q, methods %q", ids, known)
	}
	want := slices.Clone(symbols)
	slices.Sort(groups)
	slices.Sort(want)
	if !slices.Equal(groups, want) {
		t.Errorf("groups of the files %q, known %q", groups, want)
	}
}

// The constants that differ between standards.
func TestConstantsAreLocked(t *testing.T) {
	for _, c := range []struct {
		id, set           string
		co2, hc, ch4, n2o float64
		horizon           float64
		crossCheck, block bool
	}{
		{"puro-2025", "AR5", 44.0 / 12, 12, 28, 265, 200, false, false},
		{"isometric-1.3", "AR6", 44.01 / 12.01, 12.011 / 1.008, 27, 273, 200, false, false},
		{"csi-3.3", "csi-3.3", 44.0 / 12, 12, 27, 298, 1000, false, false},
		{"vm0044-1.2", "AR5", 44.0 / 12, 12, 28, 265, 100, false, false},
		{"crcf-art4", "AR5", 44.0 / 12, 12, 28, 265, 200, false, true},
		{"woolf-2021", "AR4", 44.0 / 12, 12.011 / 1.008, 25, 298, 100, true, false},
		{"slu-2024", "AR6", 44.0 / 12, 12.011 / 1.00784, 27, 273, 100, true, false},
		{"ipcc-2019", "AR5", 44.0 / 12, 0, 28, 265, 100, true, false},
	} {
		m := method(t, c.id)
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-15*math.Abs(want) {
				t.Errorf("%s: %s is %v, want %v", c.id, what, got, want)
			}
		}
		near("CO2/C", m.Factors["co2_per_carbon"].Value, c.co2)
		near("H/C", m.Factors["hc_molar"].Value, c.hc)
		near("GWP of methane", m.GWP.Methane, c.ch4)
		near("GWP of nitrous oxide", m.GWP.NitrousOxide, c.n2o)
		near("horizon", m.Horizon.Value, c.horizon)
		if m.GWP.Set != c.set || m.CrossCheck != c.crossCheck || m.Blocked != c.block || m.ID != c.id {
			t.Errorf("%s: set %s, cross-check %t, blocked %t", m.ID, m.GWP.Set, m.CrossCheck, m.Blocked)
		}
	}
	for key, want := range map[string]float64{"co2_per_carbon": 3.664446, "co2_per_carbon_1000": 3.667, "hc_molar": 11.91567, "oc_limit": .2, "hc_limit": .5, "cap": .95} {
		if got := method(t, "isometric-1.3").Factors[key].Value; math.Abs(got-want) > 5e-6 {
			t.Errorf("isometric %s: %v", key, got)
		}
	}
	if got := method(t, "slu-2024").Factors["hc_molar"].Value; math.Abs(got-11.91757) > 5e-6 {
		t.Errorf("SLU H/C: %v", got)
	}
}

// Isometric 1.3: figures of the unit tests of Maji-Studio/noma-dmrv.
func TestIsometricVectors(t *testing.T) {
	const soil = "sink: { soil_temperature: 24.5 Cel, soil_temperature_from: dataset, soil_temperature_spread: 0 K, end_use: soil }"
	text := strings.Replace(char("carbon_total: 79.2 %; carbon_inorganic: 0.9 %; h_corg: 0.27; o_corg: 0.1", soil), "1 t", "1.79 t", 1)
	a := quantified(t, "isometric-1.3", text)
	expect(t, a, "C_biochar", 0.783, 1e-12)
	expect(t, a, "F_durable_200", 0.849135, 5e-7)
	expect(t, a, "CO2e_stored", 4.3611, 5e-5)
	if !a.Eligible || a.Gross.CO2e().Tonnes() != a.Net.CO2e().Tonnes() {
		t.Errorf("%v %q", a.Eligible, a.Unmet)
	}
	expect(t, quantified(t, "isometric-1.3", strings.Replace(text, "0.27", "0.05", 1)), "F_durable_200", 0.95, 0)
	for _, c := range []struct{ from, to, says string }{
		{"o_corg: 0.1", "o_corg: 0.2", "O/Corg of 0.2 is not below 0.2"},
		{"  o_corg: 0.1\n", "", "batch.oxygen: neither"},
		{"h_corg: 0.27", "h_corg: 0.5", "H/Corg of 0.5 is not below 0.5"},
		{"dataset", "air", "air is never soil"},
		{"0 K", "1.1 K", "divide the site"},
		{"end_use: soil", "end_use: landfill", "not a durable use"},
	} {
		b := quantified(t, "isometric-1.3", strings.Replace(text, c.from, c.to, 1))
		if b.Eligible || b.Net != nil || !strings.Contains(strings.Join(b.Unmet, "\n"), c.says) {
			t.Errorf("%s: eligible %v, unmet %q", c.to, b.Eligible, b.Unmet)
		}
	}
}

// Isometric 1.3: an unsampled batch, computed; Eq 6 as Maji-Studio/noma-dmrv reads it.
func TestIsometricThousandYears(t *testing.T) {
	for _, c := range []struct{ r, sr, n, sn, want float64 }{{1.6, 0.4, .62, .04, 0.696}, {0.2, 0.5, .03, .10, 0}, {2.8, 0.3, .68, .02, 0.95}} {
		if got := Eq6(c.r, c.sr, c.n, c.sn, .95); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Eq 6 of %v: %v", c, got)
		}
	}
	batch := "carbon_total: 80 %; carbon_inorganic: 1 %; h_corg: 0.3; o_corg: 0.1; "
	sink := "sink: { soil_temperature: 10 Cel, horizon: 1000 a, end_use: soil }"
	a := quantified(t, "isometric-1.3", char(batch+"random_reflectance: [1.6 %]; random_reflectance_sd: 0.4 %; nonreactive_carbon: 62 %; nonreactive_carbon_sd: 4 %", sink+"\nvariants: [iso1000-eq6]"))
	expect(t, a, "F_durable_1000", 0.696, 1e-12)
	if !strings.Contains(a.Variant, "iso1000-eq6") || !strings.Contains(strings.Join(a.Unmet, "\n"), "not authoritative") {
		t.Errorf("%s %q", a.Variant, a.Unmet)
	}
	a = quantified(t, "isometric-1.3", char(batch+"durable_shares: [92 %, 95 %, 90 %]", sink))
	mean := (.92 + .95 + .90) / 3
	f := mean - math.Sqrt(mean*(1-mean)/3)
	expect(t, a, "F_durable_1000", f, 1e-12)
	expect(t, a, "CO2e_stored", .80*f*3.667, 1e-9) // total carbon
	if l, _ := a.Line("CO2e_Removal"); l.Label != "unverified" {
		t.Errorf("label %s", l.Label)
	}
	two := quantified(t, "isometric-1.3", char(batch+"durable_shares: [92 %, 95 %]", sink))
	if two.Eligible || !strings.Contains(strings.Join(two.Unmet, "\n"), "at least 3 samples") {
		t.Errorf("%q", two.Unmet)
	}
}

// Global Biochar C-Sink 3.3: its Table 2, the half-life of the semi-persistent share, and the margin.
func TestCSinkVectors(t *testing.T) {
	batch := "carbon_total: 80 %; carbon_inorganic: 0 %; h_corg: 0.15; random_reflectance: [3.9 %]"
	text := strings.Replace(char(batch, "sink: { end_use: agricultural-soil }"), "1 t", "100 t", 1)
	a := quantified(t, "csi-3.3", text)
	for name, want := range map[string]float64{"gross": 293.333, "GPC": 264.000, "SPC": 29.333, "CINK_100_SPC": 15.3906, "MoS": 2.0, "class": 3} {
		expect(t, a, name, want, 5e-4)
	}
	expect(t, a, "CINK_100_SPC", 15.3906, 5e-5)
	if !a.Eligible || a.Net.CO2e().String() != "262 t" || !strings.Contains(a.Variant, "matrix S-01") {
		t.Errorf("net %v, %s, %q", a.Net, a.Variant, a.Unmet)
	}
	line, _ := a.Line("class")
	printed, err := json.Marshal(line)
	if err != nil || !strings.Contains(string(printed), `"value":"upper"`) || !strings.Contains(string(printed), `"name":"class"`) {
		t.Errorf("%s %v", printed, err)
	}
	m := method(t, "csi-3.3")
	q := quantification{m: m}
	left := func(years float64) float64 { // what is left: years · mean, by years
		const step = .01
		return ((years+step)*q.decay().Mean(years+step) - (years-step)*q.decay().Mean(years-step)) / (2 * step)
	}
	if got := left(50.07); math.Abs(got-0.5) > 1e-4 {
		t.Errorf("half of the decaying carbon is left after 50.07 a: %v", got)
	}
	if q.decay().Mean(1e-6) != 1 {
		t.Error("more than all is left at the beginning")
	}
	// Half-way marks of the classes, and the strict reading.
	for _, c := range []struct{ from, to, class string }{
		{"0.15", "0.4", "upper"}, {"0.15", "0.401", "spc-only"},
		{"[3.9 %]", "[3.7 %]", "lower"},
		{"random_reflectance: [3.9 %]", "hypy_carbon: 90 %", "upper"},
		{"random_reflectance: [3.9 %]", "hypy_carbon: 89 %", "lower"},
		{"[3.9 %]", "[3.9 %]\n  durable_shares: [96 %]", "lower"},
		{"[3.9 %]", "[3.9 %]\n  reflectance_points: 499", "lower"},
		{"[3.9 %]", "[3.9 %]\n  reflectance_heterogeneity: 8.1", "lower"},
	} {
		l, _ := quantified(t, "csi-3.3", strings.Replace(text, c.from, c.to, 1)).Line("class")
		if l.Unit != "{"+c.class+"}" {
			t.Errorf("%s: %s", c.to, l.Unit)
		}
	}
	strict := quantified(t, "csi-3.3", strings.Replace(text, "0.15", "0.4", 1)+"variants: [csi-hc-below]\n")
	if l, _ := strict.Line("class"); l.Unit != "{spc-only}" || strict.Eligible {
		t.Errorf("%v %q", l, strict.Unmet)
	}
}

func TestCSinkKeepsGasesApart(t *testing.T) {
	batch := "carbon_total: 80 %; carbon_inorganic: 0 %; h_corg: 0.3; methane_compensation: tree planting contract"
	emissions := "emissions:\n  - { group: CO2, name: diesel, amount: 12 t }\n  - { group: CH4, name: kiln, amount: 0.5 t }\n  - { group: N2O, name: kiln, amount: 10 kg }"
	text := strings.Replace(char(batch, emissions), "1 t", "100 t", 1)
	a := quantified(t, "csi-3.3", text)
	for name, want := range map[string]float64{"CO2": 12, "CH4": .5, "N2O": .01, "N2O_CO2e": 2.98, "CH4_temporary": 47.3, "CH4_SPC": 61, "fossil_per_biochar": 120, "fossil_per_carbon": 150} {
		expect(t, a, name, want, 1e-9)
	}
	if want := 220 - 2 - 12 - 2.98; !a.Eligible || math.Abs(a.Net.CO2e().Tonnes()-want) > 1e-9 {
		t.Errorf("net %v, want %v: %q", a.Net, want, a.Unmet)
	}
	for _, c := range []struct{ from, to, says string }{
		{"\n  methane_compensation: tree planting contract", "", "methane_compensation: not given"},
		{"amount: 0.5 t", "amount: 0.7 t", ""},
		{"tree planting contract", "own-spc", ""},
		{"amount: 0.5 t", "amount: 0.61 t", ""},
	} {
		b := quantified(t, "csi-3.3", strings.Replace(text, c.from, c.to, 1))
		if b.Eligible != (c.says == "") || !strings.Contains(strings.Join(b.Unmet, "\n"), c.says) {
			t.Errorf("%s: %v %q", c.to, b.Eligible, b.Unmet)
		}
	}
	own := strings.NewReplacer("tree planting contract", "own-spc", "amount: 0.5 t", "amount: 0.7 t").Replace(text)
	if b := quantified(t, "csi-3.3", own); b.Eligible {
		t.Error("85.4 t of decaying carbon were taken from 73.3 t")
	}
}

// VM0044: one tonne at 650 °C without emissions.
func TestVM0044Vector(t *testing.T) {
	text := char("carbon_total: 80 %; carbon_inorganic: 0 %; h_corg: 0.3; production_temperature: 650 Cel; technology: high; produced_dry_mass: 2 t", "sink: { end_use: soil }")
	a := quantified(t, "vm0044-1.2", text)
	expect(t, a, "CC", 0.712, 1e-12)
	expect(t, a, "ER", 2.6107, 5e-5)
	expect(t, a, "VCU", 2, 0)
	if !a.Eligible || a.Net.CO2e().String() != "2.610666667 t" {
		t.Errorf("%v %v %q", a.Eligible, a.Net, a.Unmet)
	}
	for temperature, want := range map[string]float64{"601": .89, "600": .80, "450.1": .80, "450": .65, "350": .65} {
		expect(t, quantified(t, "vm0044-1.2", strings.Replace(text, "650", temperature, 1)), "PR_de", want, 0)
	}
	if b := quantified(t, "vm0044-1.2", strings.Replace(text, "650", "349", 1)); b.Eligible || b.Indicative != nil {
		t.Errorf("char of 349 Cel: %v %q", b.Indicative, b.Unmet)
	}
	// Low technology: Table 4, and methane twice divided as it is printed.
	low := strings.Replace(text, "technology: high", "technology: low\n  feedstock: herbaceous\n  carbonisation: pyrolysis", 1)
	b := quantified(t, "vm0044-1.2", low)
	expect(t, b, "F_Cp", 0.65, 0)
	expect(t, b, "PE_EP", 0.049*28, 1e-9)
	expect(t, b, "PE_PS", 0.049*28/2, 1e-9)
	b = quantified(t, "vm0044-1.2", low+"variants: [single-allocation]\n")
	expect(t, b, "PE_PS", 0.049*28, 1e-9)
	if !strings.Contains(b.Variant, "single-allocation") || strings.Contains(b.Variant, "as-printed") {
		t.Error(b.Variant)
	}
	for _, c := range []struct{ from, to, says string }{
		{"h_corg: 0.3", "h_corg: 0.71", "above 0.7"},
		{"  h_corg: 0.3\n", "", "batch.hydrogen: neither"},
		{"  technology: high\n", "", "batch.technology: not given"},
		{"  production_temperature: 650 Cel\n", "", "high technology measures it"},
		{"produced_dry_mass: 2 t", "produced_dry_mass: 0.9 t", "more than the 900 kg produced"},
		{"80 %", "49 %", ""},
		{"soil }", "concrete }", ""},
	} {
		b := quantified(t, "vm0044-1.2", strings.Replace(text, c.from, c.to, 1))
		if b.Eligible != (c.says == "") || !strings.Contains(strings.Join(b.Unmet, "\n"), c.says) {
			t.Errorf("%s: %v %q", c.to, b.Eligible, b.Unmet)
		}
	}
	poor := strings.NewReplacer("80 %", "49 %", "soil }", "concrete }").Replace(text)
	if b := quantified(t, "vm0044-1.2", poor); b.Eligible {
		t.Error("concrete takes char of 49 % carbon")
	}
	if b := quantified(t, "vm0044-1.2", text+"emissions: [{ group: LE, name: lorry, amount: 2.7 t }]\n"); b.Eligible || b.Net != nil {
		t.Errorf("a batch that emits more than it stores: %v", b.Net)
	} else {
		expect(t, b, "VCU", 0, 0)
	}
}

// Woolf et al. 2021: the regression of the authors' workbook at 14.9 °C, the example of 3.4.1, and the
// uncertainty of the line.
func TestWoolfVectors(t *testing.T) {
	m := method(t, "woolf-2021")
	i := slices.IndexFunc(m.Tables["regression"].Rows, func(r Row) bool { return r.Values[0] == 100 && r.Values[1] == 14.9 })
	if row := m.Tables["regression"].Rows[i].Values; math.Abs(row[2]-1.0445057944212819) > 1e-8 || math.Abs(row[3]+0.63507816131215233) > 1e-8 {
		t.Errorf("14.9 Cel, 100 a: %v", row)
	}
	text := char("carbon_total: 80 %; carbon_inorganic: 0 %; h_corg: 0.35", "sink: { soil_temperature: 14.9 Cel, horizon: 100 a }")
	a := account(t, m, request(t, text))
	expect(t, a, "F_perm", 0.822228, 5e-7)
	expect(t, a, "GHG_bc", .8*0.82222844*44/12, 1e-6)
	expect(t, a, "u_model", .8*.195*44/12, .0005*.8*44/12)
	if a.Eligible || a.Net != nil || a.Conservative != nil || a.Indicative == nil || !strings.Contains(strings.Join(a.Unmet, "\n"), "never issues units") {
		t.Errorf("a cross-check issues: %v %q", a.Net, a.Unmet)
	}
	// 15 000 t of maize stover char at 10 Cel, by class.
	maize := strings.Replace(char("feedstock: maize-stover; production_temperature: 500 Cel", "sink: { soil_temperature: 10 Cel, baseline_n2o: 2.4 t, application_rate: 20 t/har }"), "1 t", "15000 t", 1)
	a = account(t, m, request(t, maize))
	expect(t, a, "F_C", .68, 0)
	expect(t, a, "F_perm", .79, 0)
	expect(t, a, "GHG_bc", 29546, .5)
	expect(t, a, "N2O_avoided", 164.5, .05)
	stored, _ := a.Line("GHG_bc")
	avoided, _ := a.Line("N2O_avoided")
	if math.Abs(stored.Value+avoided.Value-29710) > .5 || a.Indicative.Tonnes() != stored.Value {
		t.Errorf("stored %v, avoided %v, the account says %v", stored.Value, avoided.Value, a.Indicative)
	}
	for class, want := range map[string][3]float64{"400": {.63, .19, .084}, "500": {.71, .32, .16}, "600": {.82, .44, .25}} {
		for i, horizon := range []string{"100", "500", "1000"} {
			a := account(t, m, request(t, char("feedstock: wood; production_temperature: "+class+" Cel", "sink: { soil_temperature: 14.9 Cel, horizon: "+horizon+" a }")))
			expect(t, a, "F_perm", want[i], 0)
		}
	}
	// Between rows the cautious one counts; beyond the table nothing is said.
	between := account(t, m, request(t, strings.Replace(text, "14.9", "12.4", 1)))
	at13 := account(t, m, request(t, strings.Replace(text, "14.9", "13", 1)))
	l, _ := at13.Line("F_perm")
	expect(t, between, "F_perm", l.Value, 0)
	if a := account(t, m, request(t, strings.Replace(text, "14.9", "30.1", 1))); a.Indicative != nil {
		t.Errorf("soil of 30.1 Cel: %v", a.Indicative)
	}
	if a := account(t, m, request(t, strings.Replace(text, "100 a", "1001 a", 1))); a.Indicative != nil {
		t.Errorf("1001 a: %v", a.Indicative)
	}
}

// The rounded pairs of Puro Edition 2022 follow from the same regression.
func TestWoolfPairsAsPrinted(t *testing.T) {
	for soil, want := range map[float64][2]float64{5: {1.13, -.46}, 10: {1.10, -.59}, 10.9: {1.09, -.60}, 14.9: {1.04, -.64}, 15: {1.04, -.64}, 20: {1.01, -.65}, 25: {.98, -.66}} {
		for _, row := range method(t, "woolf-2021").Tables["regression"].Rows {
			if v := row.Values; v[0] == 100 && v[1] == soil && (math.Round(v[2]*100)/100 != want[0] || math.Round(v[3]*100)/100 != want[1]) {
				t.Errorf("%v Cel: %v", soil, v)
			}
		}
	}
}

func TestIPCC(t *testing.T) {
	a := quantified(t, "ipcc-2019", char("feedstock: wood; carbonisation: pyrolysis; production_temperature: 650 Cel", ""))
	expect(t, a, "F_C", .77, 0)
	expect(t, a, "F_perm", .89, 0)
	expect(t, a, "dBC_mineral", .77*.89, 1e-9)
	expect(t, a, "GHG_bc", .77*.89*44/12, 1e-9)
	expect(t, a, "u_model", .77*.89*.13*44/12, 1e-9)
	if a.Eligible || a.Net != nil {
		t.Error("a cross-check issues")
	}
	a = quantified(t, "ipcc-2019", char("feedstock: old chairs", ""))
	expect(t, a, "F_C", .07, 0)
	expect(t, a, "F_perm", .56, 0)
}

// Regulation (EU) 2024/3012, Art. 4(1) and 4(6), with removals negative.
func TestCRCF(t *testing.T) {
	net, err := NetBenefit(0, -100e9, 12e9)
	if err != nil || net != 88e9 {
		t.Errorf("%v %v", net, err)
	}
	for _, wrong := range [][3]measure.CO2e{{0, 1, 0}, {1, 0, 0}, {0, 0, -1}} {
		if _, err := NetBenefit(wrong[0], wrong[1], wrong[2]); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
	text := char("", "crcf: { baseline: 0 t, total: -100 t, associated: 12 t }")
	a := quantified(t, "crcf-art4", text)
	if !a.Eligible || a.Net.CO2e().String() != "88 t" || !strings.Contains(a.Variant, "label_status: blocked") || !strings.Contains(strings.Join(a.Unmet, "\n"), "label: blocked") {
		t.Errorf("%v %v %q", a.Eligible, a.Net, a.Unmet)
	}
	for _, c := range []struct{ from, to, says string }{
		{"-100 t", "100 t", "removals are negative"},
		{"baseline: 0 t", "baseline: 1 t", "removals are negative"},
		{"associated: 12 t", "associated: -12 t", "emissions are positive"},
		{"associated: 12 t", "associated: 100 t", "not above zero"},
		{"crcf:", "certify: true\ncrcf:", "blocked label cannot be certified"},
	} {
		b := quantified(t, "crcf-art4", strings.Replace(text, c.from, c.to, 1))
		if b.Eligible || b.Net != nil || !strings.Contains(strings.Join(b.Unmet, "\n"), c.says) {
			t.Errorf("%s: %v %q", c.to, b.Net, b.Unmet)
		}
	}
	a = quantified(t, "crcf-art4", strings.Replace(example, "group: E_biomass", "group: GHGassociated", 1))
	expect(t, a, "CRtotal", -22008.07*.869*44/12*(91.87-28.16*12*2.1/86.9)/100, 1e-6)
}

func TestNoTextMayClaimTheFramework(t *testing.T) {
	for text, want := range map[string]bool{
		"CRCF-compliant": true, "complies with Regulation (EU) 2024/3012": true, "certified under the CRCF": true,
		"conforms to the Carbon Removal Certification framework": true, "eligible under crcf": true,
		"forest certificate FI-1": false, "weighbridge ticket": false, "CRCF wrapper, label blocked": false, "": false,
	} {
		if err := CheckClaim(text); (err != nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, id := range Methods() {
		r := request(t, strings.Replace(example, "name: given by the operator", `name: "CRCF compliant haulage"`, 1))
		a := account(t, method(t, id), r)
		if a.Eligible || a.Net != nil || !strings.Contains(strings.Join(a.Unmet, "\n"), "take the claim out") {
			t.Errorf("%s: %q", id, a.Unmet)
		}
	}
	text, err := os.ReadFile("../../configs/methods/crcf-art4.yaml")
	if err != nil {
		t.Fatal(err)
	}
	claiming := strings.Replace(string(text), "name: CRCF Article 4, net benefit", "name: CRCF compliant net benefit", 1)
	opened := strings.Replace(string(text), "label_status: blocked", "label_status: open", 1)
	if _, err := ParseMethod("x.yaml", []byte(opened)); err == nil || !strings.Contains(err.Error(), "leave it blocked") {
		t.Errorf("a label that was opened without the annex: %v", err)
	}
	if _, err := ParseMethod("x.yaml", []byte(claiming)); err == nil || !strings.Contains(err.Error(), "claims compliance") {
		t.Errorf("a method file that claims compliance: %v", err)
	}
}

// The share of carbon that is retained, by each method.
func TestEnvelope(t *testing.T) {
	const none = -1
	for _, c := range []struct {
		soil, hc                           string
		woolf100, woolf200, slu, puro, iso float64
		gpc                                float64
	}{
		{"7", "0.20", 1, .948, .923, .943, .950, .75},
		{"7", "0.35", .937, .856, .913, .926, .944, .75},
		{"7", "0.50", .858, .764, .889, .909, none, 0},
		{"11", "0.35", .874, .748, .901, .870, .888, .75},
		{"15", "0.35", .821, .668, .887, .820, .850, .75},
		{"15", "0.50", .726, .570, .839, .778, none, 0},
	} {
		for temperature, pr := range map[string]float64{"650": .89, "500": .80} {
			r := request(t, char("carbon_total: 80 %; carbon_inorganic: 0 %; h_corg: "+c.hc+"; production_temperature: "+temperature+" Cel", "sink: { soil_temperature: "+c.soil+" Cel }"))
			got := map[string]float64{}
			for _, id := range Methods() {
				for _, x := range account(t, method(t, id), r).Retained {
					got[fmt.Sprintf("%s %.0f", x.Method, x.Horizon)] = x.Share
				}
			}
			for key, want := range map[string]float64{"woolf-2021 100": c.woolf100, "woolf-2021 200": c.woolf200, "slu-2024 100": c.slu, "puro-2025 200": c.puro,
				"isometric-1.3 200": c.iso, "vm0044-1.2 100": pr, "ipcc-2019 100": pr, "csi-3.3 1000": c.gpc} {
				share, ok := got[key]
				if ok == (want == none) || ok && math.Abs(share-want) > 0.0006 {
					t.Errorf("%s Cel, %s: %s is %v, want %v", c.soil, c.hc, key, share, want)
				}
			}
		}
	}
}

// GUM (JCGM 100), 5.1: a product of three independent factors.
func TestUncertaintyVector(t *testing.T) {
	relative := func(x float64) *float64 { return &x }
	zero, carbon, hc := 0.0, .8, .3
	s := spread{
		r:      Request{Char: Char{DryMass: 1e9}, Analysis: Analysis{CarbonTotal: &carbon, CarbonInorganic: &zero}, Uncertainty: Uncertainty{DryMass: relative(.01), CarbonTotal: relative(.0123 / .8), HCorg: relative(.1)}},
		carbon: .8, ratio: hc, durable: .8684, slope: -1, k: 44.01 / 12.01, // u(H/C) is 0.03, so u_F is 0.03
	}
	u, known, err := s.standard()
	const y = 2.545764
	if err != nil || !known || math.Abs(u.Tonnes()/y-0.039113) > 5e-7 {
		t.Errorf("u/y %v, %v", u.Tonnes()/y, err)
	}
	if got := y - u.Tonnes(); math.Abs(got-2.446191) > 2e-6 {
		t.Errorf("z 1: %v", got)
	}
	if got := y - 1.645*u.Tonnes(); math.Abs(got-2.381967) > 2e-6 {
		t.Errorf("z 1.645: %v", got)
	}
	// Moisture: dry = wet (1 - w).
	w := 0.2
	s = spread{r: Request{Char: Char{DryMass: 1e9, Moisture: &w}, Uncertainty: Uncertainty{DryMass: relative(.01), Moisture: relative(.05)}}, carbon: 1, durable: 1, k: 1, noRatio: true}
	u, _, _ = s.standard()
	if want := math.Sqrt(.01*.01 + .0125*.0125); math.Abs(u.Tonnes()-want) > 1e-9 {
		t.Errorf("with moisture: %v, want %v", u, want)
	}
}

// A number that stands for none is not taken for one.
func TestSentinelsAreNoTemperatures(t *testing.T) {
	for _, id := range issuing() {
		for _, v := range []float64{-9999, -99, 32767, math.Inf(1), math.NaN()} {
			r := full(t)
			r.Production.Temperature, r.Process.Temperature = &v, &v
			if a := account(t, method(t, id), r); a.Eligible {
				t.Errorf("%s: a kiln of %v Cel", id, v)
			}
			r = full(t)
			r.Sink.SoilTemperature = &v
			if a := account(t, method(t, id), r); a.Eligible && (id == "puro-2025" || id == "isometric-1.3") {
				t.Errorf("%s: a soil of %v Cel", id, v)
			}
		}
	}
}

// The example of all methods, with the arithmetic of a pocket calculator.
func TestExampleByHand(t *testing.T) {
	const k, m, c = 44.0 / 12, 3.0, .795
	hc := 12 * 2.3 / 79.5
	for id, lines := range map[string]map[string]float64{
		"puro-2025": {"C_org": 79.5, "PF": 95.98 - 13.44*hc, "C_stored": m * c * k, "E_project": .27, "CORCs": m*c*k*(95.98-13.44*hc)/100 - .27},
		"csi-3.3": {"M_BC": 3, "gross": m * c * k, "GPC": .75 * m * c * k, "SPC": .25 * m * c * k, "MoS": .06, "N2O_CO2e": .0298,
			"C_sink": .75*m*c*k - .06 - .2 - .0298, "CH4_temporary": .0946, "fossil_per_biochar": 200. / 3, "fossil_per_carbon": 200. / 3 / c},
		"vm0044-1.2":    {"CC": m * c * .89, "PE_PS": .1 * 3 / 4, "ER_PS": m*c*.89*k - .075, "ER": m*c*.89*k - .125, "VCU": 7},
		"isometric-1.3": {"C_biochar": c, "CO2e_Emissions": .27, "F_durable_200": 1.048 - (.35*math.Log(8)-.383)*12.011/1.008*(.023/.799+.023/.795+.023/.791)/3},
		"crcf-art4":     {"CRtotal": -m * c * k * (95.98 - 13.44*hc) / 100, "net_benefit": m*c*k*(95.98-13.44*hc)/100 - .27},
		"ipcc-2019":     {"dBC_mineral": m * c * .89, "GHG_bc": m * c * .89 * k},
		"slu-2024":      {"F_perm": (92.424519 - 33.38918*math.Pow(12.011/1.00784*2.3/79.5, 3.021964)) / 100},
	} {
		a := account(t, method(t, id), full(t))
		for name, want := range lines {
			expect(t, a, name, want, 1e-8)
		}
	}
}

func TestParseMethodSaysWhatIsWrong(t *testing.T) {
	read := func(id string) string {
		text, err := os.ReadFile("../../configs/methods/" + id + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, c := range []struct{ id, from, to, says string }{
		{"puro-2025", "method: puro-2025", "method: puro-2026", "is none that is computed here; known are puro-2025, isometric-1.3"},
		{"puro-2025", "method: puro-2025", "method: [puro-2025]", "needs a single value"},
		{"puro-2025", "[20 Cel, 89.87 %, 35.29 %]", "[20 Cel, 90.87 %, 35.29 %]", "M fall and a rise"},
		{"puro-2025", "symbol: E_use", "symbol: E_usage", "no symbol of a known method"},
		{"puro-2025", "hc_limit: { value: 0.70", "hc_limit: { value: 0.70 t", "a mass is not a pure number"},
		{"isometric-1.3", "cap: {", "cape: {", "cap is missing"},
		{"isometric-1.3", "value: 44.01/12.01", "value: 44.01/0", "no ratio"},
		{"isometric-1.3", "[Pb, 300 g/t]", "[Cd, 300 g/t]", "given twice"},
		{"slu-2024", "[7 Cel, ", "[6 Cel, ", "rising order"},
		{"slu-2024", "3.145388]", "3.145388, 1]", "has 5 values, 4 are needed"},
		{"vm0044-1.2", "label: secondary", "label: sure", "is not one of primary"},
	} {
		text := strings.Replace(read(c.id), c.from, c.to, 1)
		if text == read(c.id) {
			t.Fatalf("%s has no %q", c.id, c.from)
		}
		if m, err := ParseMethod("m.yaml", []byte(text)); m != nil || err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "m.yaml:") {
			t.Errorf("%s: %v", c.to, err)
		}
	}
}
