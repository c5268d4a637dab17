package carbon

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/measure"
)

func puro(t testing.TB) Method {
	t.Helper()
	const file = "../../configs/methods/puro-2025.yaml"
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

const example = `batch:
  dry_mass: 22008.07 t
  produced_dry_mass: 22008.07 t
  carbon_total: 87.4 %
  carbon_inorganic: 0.5 %
  hydrogen: 2.1 %
  oxygen: 10.1 %
  production_temperature: 550 Cel
  random_reflectance: [3.9 %]
  durable_shares: [92 %, 95 %, 90 %]
  feedstock: wood
  technology: high
sink: { soil_temperature: 15 Cel, horizon: 100 a, end_use: agricultural-soil }
uncertainty: { dry_mass: 1 %, carbon_total: 0.8 %, hydrogen: 3 % }
emissions:
  - { group: E_biomass, name: chips transport, amount: 3744000 t.km, factor: 87.75 g/(t.km) }
  - { group: E_use, name: given by the operator, amount: 199.11 t }
`

func request(t testing.TB, text string) Request {
	t.Helper()
	r, err := ParseRequest("request.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func account(t testing.TB, m Method, r Request) Account {
	t.Helper()
	a, err := Quantify(m, r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func expect(t *testing.T, a Account, name string, want, tolerance float64) {
	t.Helper()
	if l, ok := a.Line(name); !ok || math.Abs(l.Value-want) > tolerance {
		t.Errorf("%s: %v, want %v", name, l.Value, want)
	}
}

func TestQuantifyExample(t *testing.T) {
	a := account(t, puro(t), request(t, example))
	const stored = 22008.07 * .869 * 44 / 12
	hc := 12 * 2.1 / 86.9
	pf := 91.87 - 28.16*hc
	loss := stored * (100 - pf) / 100
	for name, want := range map[string]float64{
		"C_org": 86.9, "H/Corg": hc, "PF": pf, "C_stored": stored, "C_loss": loss, "E_biomass": 328.536, "E_production": 0,
		"E_use": 199.11, "E_emb": 0, "E_project": 527.646, "CORCs": stored - loss - 527.646,
	} {
		expect(t, a, name, want, 1e-8)
	}
	if !a.Eligible || a.Net == nil || a.Net.CO2e() != *a.Indicative || a.Net.CO2e().String() != "58169.770117622 t" {
		t.Errorf("net %v, eligible %v, unmet %q", a.Net, a.Eligible, a.Unmet)
	}
	// GUM, by differences: each input moved by its own uncertainty.
	sum := 0.0
	for _, change := range []struct{ from, to string }{
		{"dry_mass: 22008.07 t\n  produced", "dry_mass: 22228.1507 t\n  produced"}, {"carbon_total: 87.4 %", "carbon_total: 88.0992 %"}, {"hydrogen: 2.1 %", "hydrogen: 2.163 %"},
	} {
		text := strings.Replace(example, change.from, change.to, 1)
		text = strings.Replace(text, "produced_dry_mass: 22008.07 t", "produced_dry_mass: 30000 t", 1)
		moved := account(t, puro(t), request(t, text))
		d := moved.Indicative.Tonnes() - a.Net.CO2e().Tonnes()
		sum += d * d
	}
	if u := a.StandardUncertainty.Tonnes(); math.Abs(u-math.Sqrt(sum)) > 0.01*u {
		t.Errorf("standard uncertainty %v t, by differences %v t", u, math.Sqrt(sum))
	}
	if want := a.Net.CO2e().Tonnes() - 1.645*a.StandardUncertainty.Tonnes(); math.Abs(a.Conservative.CO2e().Tonnes()-want) > 1e-6 {
		t.Errorf("conservative %s, want %v t", a.Conservative, want)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"method":"puro-2025"`, `"net":58169.770117622`, `"eligible":true`, `"unit":"t"`, `"label":"reproduced"`, `"factors_digest":"` + a.FactorsDigest} {
		if !strings.Contains(string(text), want) {
			t.Errorf("JSON lacks %s: %s", want, text)
		}
	}
}

// Puro Edition 2025, Table 6.1 at 20 °C as quoted from the PDF, and at 7 °C.
func TestPersistence(t *testing.T) {
	for _, c := range []struct {
		soil, hc string
		pf       float64
	}{{"20 Cel", "0.4", 75.754}, {"20 Cel", "0.2", 82.812}, {"7 Cel", "0.35", 92.642}, {"2 Cel", "0.35", 92.642}, {"6.4 Cel", "0.35", 92.642}, {"14.2 Cel", "0", 91.87}, {"40 Cel", "0", 86.19}} {
		text := strings.NewReplacer("hydrogen: 2.1 %", "h_corg: "+c.hc, "15 Cel", c.soil, ", hydrogen: 3 %", ", h_corg: 3 %").Replace(example)
		a := account(t, puro(t), request(t, text))
		expect(t, a, "PF", c.pf, 1e-9)
		if !a.Eligible {
			t.Errorf("%s: %q", c.soil, a.Unmet)
		}
	}
}

func TestTableFallsAndRises(t *testing.T) {
	m := puro(t)
	rows := m.Tables["persistence"].Rows
	if len(rows) != 34 || !slices.Equal(rows[0].Values, []float64{7, 96.59, 11.28}) || !slices.Equal(rows[13].Values, []float64{20, 89.87, 35.29}) {
		t.Errorf("Table 6.1 has %d rows, the first %v", len(rows), rows[0])
	}
	for i := 1; i < len(rows); i++ {
		if a, b := rows[i-1].Values, rows[i].Values; b[1] >= a[1] || b[2] <= a[2] || b[0] != a[0]+1 {
			t.Errorf("row %v follows %v", b, a)
		}
	}
}

func TestGatesFailClosed(t *testing.T) {
	for _, c := range []struct{ from, to, says string }{
		{"hydrogen: 2.1 %", "hydrogen: 5.1 %", "is not below 0.7"},
		{"hydrogen: 2.1 %", "h_corg: 0.7", "is not below 0.7"},
		{"  hydrogen: 2.1 %\n", "", "batch.hydrogen: neither"},
		{"  carbon_total: 87.4 %\n", "", "batch.carbon_total: not given"},
		{"  carbon_inorganic: 0.5 %\n", "", "batch.carbon_inorganic: not given"},
		{"carbon_inorganic: 0.5 %", "carbon_inorganic: 90 %", "more than the total carbon"},
		{"soil_temperature: 15 Cel, ", "", "sink.soil_temperature: not given"},
		{"15 Cel", "40.1 Cel", "above 40 Cel"},
		{"agricultural-soil", "barbecue", "not a durable use"},
		{"feedstock: wood", "feedstock: food-crops", "category J"},
		{"dry_mass: 22008.07 t\n  produced", "dry_mass: 22009 t\n  produced", "more than the 22008070 kg produced"},
		{"dry_mass: 22008.07 t\n  produced", "dry_mass: 0 t\n  produced", "there is none in the sink"},
		{"group: E_use", "group: PE_ED", "no group of puro-2025"},
		{"amount: 199.11 t", "amount: 199110 t", "is not above zero"},
		{"amount: 199.11 t", "amount: -199.11 t", "avoided"},
	} {
		text := strings.Replace(example, c.from, c.to, 1)
		if text == example {
			t.Fatalf("%q is not in the example", c.from)
		}
		a := account(t, puro(t), request(t, text))
		if a.Eligible || a.Net != nil || a.Conservative != nil || !strings.Contains(strings.Join(a.Unmet, "\n"), c.says) {
			t.Errorf("%s: eligible %v, net %v, unmet %q", c.to, a.Eligible, a.Net, a.Unmet)
		}
	}
	// What a request is silent about counts only against a certificate.
	r := request(t, strings.Replace(example, ", end_use: agricultural-soil", "", 1))
	if a := account(t, puro(t), r); !a.Eligible || len(a.Unmet) != 4 {
		t.Errorf("calculator: %v, %q", a.Eligible, a.Unmet)
	}
	r.Certify = true
	if a := account(t, puro(t), r); a.Eligible || a.Net != nil || a.Indicative == nil {
		t.Errorf("certificate: %v, %q", a.Eligible, a.Unmet)
	}
	refused := map[string]bool{} // also of a request by hand: what is wrong, not what is missing
	for _, says := range []string{"a minute was 11 % off", "batch.combustion_uptime: 90 % is below 95 %", "batch.feed_carbon: not given", "feed of category A earns nothing",
		"feed of category P earns nothing", "is no letter", "sink.retail_discount: not given"} {
		refused[says] = true
	}
	for _, c := range []struct {
		change func(r *Request)
		says   string // "": eligible
	}{
		{func(*Request) {}, ""},
		{func(r *Request) {
			r.Sampling = Sampling{Regime: "A", AnalysesInYear: 2, Proof: "kiln log", Deviation: share(.1)}
		}, ""},
		{func(r *Request) { r.Sink.EndUse, r.Sink.SoilTemperatureFrom = "landfill-cover", "measured" }, ""}, // with proof
		{func(r *Request) { r.Sink.EndUse = "landfill-cover" }, "a landfill warms its cover"},
		{func(r *Request) { r.Sink.EndUse, r.Measurements.SoilTemperature = "landfill-cover", share(14) }, "14 Cel were measured at depth"},
		{func(r *Request) { r.Sink.Proof = "" }, "use.proof: not given"},
		{func(r *Request) { r.Sink.EndUse, r.Sink.Proof = "landfill-cover", "" }, "eligibility is not determined"},
		{func(r *Request) { r.Feed.Proof = "" }, "use.biomass_proof: not given"},
		{func(r *Request) { r.Sampling = Sampling{} }, "sampling.regime: not given"},
		{func(r *Request) { r.Sampling.AnalysesInYear = 3 }, "sampling.analyses_in_year: 3; regime B asks for at least 4"},
		{func(r *Request) { r.Sampling = Sampling{Regime: "A", AnalysesInYear: 1, Proof: "kiln log"} }, "regime A asks for at least 2"},
		{func(r *Request) { r.Sampling = Sampling{Regime: "A", AnalysesInYear: 9, Deviation: share(.1)} }, "sampling.proof: not given"},
		{func(r *Request) { r.Sampling = Sampling{Regime: "A", AnalysesInYear: 9, Proof: "trust me"} }, "sampling.deviation: no minute is shown"},
		{func(r *Request) {
			r.Sampling = Sampling{Regime: "A", AnalysesInYear: 9}
			r.Measurements.Deviation = share(.1)
		}, ""},
		{func(r *Request) {
			r.Sampling = Sampling{Regime: "A", AnalysesInYear: 9}
			r.Measurements.Deviation = share(.11)
		}, "a minute was 11 % off"},
		{func(r *Request) { r.Production.CombustionUptime = nil }, "batch.combustion_uptime: not given"},
		{func(r *Request) { r.Production.CombustionUptime = share(.9) }, "batch.combustion_uptime: 90 % is below 95 %"},
		{func(r *Request) { r.Measurements.CombustionUp = share(.9) }, "batch.combustion_uptime: 90 % is below 95 %"},
		{func(r *Request) { r.Production.CombustionUptime, r.Measurements.CombustionUp = nil, share(.96) }, ""},
		{func(r *Request) { r.Emissions[len(r.Emissions)-1].Of = "" }, "nothing says what methane"},
		{func(r *Request) { r.Emissions[len(r.Emissions)-1].Source = "" }, "nothing says what methane"},
		{func(r *Request) {
			r.Emissions[len(r.Emissions)-1].Of = ""
			r.Stack = &Stack{Groups: []string{"E_production"}}
		}, ""},
		{func(r *Request) { r.Char.Impurity = nil }, "batch.impurity: not given"},
		{func(r *Request) { r.Feed.FossilCarbon = nil }, "batch.fossil_carbon: not given"},
		{func(r *Request) { r.Feed.FossilCarbon = fossil(12) }, "batch.feed_carbon: not given"},
		{func(r *Request) { r.Feed.Categories = nil }, "batch.feed_categories: not given"},
		{func(r *Request) { r.Feed.Categories = []string{"E", "A"} }, "feed of category A earns nothing"},
		{func(r *Request) { r.Feed.Categories = []string{"P"} }, "feed of category P earns nothing"},
		{func(r *Request) { r.Feed.Categories = []string{"waste"} }, "is no letter"},
		{func(r *Request) { r.Sink.EndUse = "retail" }, "sink.retail_discount: not given"},
		{func(r *Request) { r.Sink.EndUse, r.Sink.RetailDiscount = "retail", share(.1) }, ""},
		{func(r *Request) { r.Measurements.Accused = []string{"WT-301 reads 5 % high"} }, "balance: WT-301"},
		{func(r *Request) {
			d := 23 * time.Hour
			r.Production.Outside = &d
			r.Batch.Made = measure.Interval{From: day(1), To: day(1).Add(time.Hour)}
		}, "23h0m0s are in no lot"},
	} {
		r := request(t, example+"  - { group: E_production, name: none, amount: 0 t }\n  - { group: E_emb, name: none, amount: 0 t }\n")
		for i := range r.Emissions {
			r.Emissions[i].Source = "given"
		}
		r.Emissions = append(r.Emissions, Emission{Group: "E_production", Name: "methane slip", Of: OfProcessGas, Source: "emission test 3",
			Amount: measure.Quantity{Value: 16, Unit: measure.MustUnit("t")}, Factor: &measure.Quantity{Value: .28, Unit: measure.MustUnit("kg/t")}})
		r.Production.CombustionUptime, r.Char.Impurity, r.Feed.FossilCarbon, r.Feed.Categories = share(.99), share(0), fossil(0), []string{"E"}
		r.Certify, r.Sink.Proof, r.Feed.Proof, r.Sampling = true, "spreading record", "forest certificate", Sampling{Regime: "B", AnalysesInYear: 4}
		c.change(&r)
		a := account(t, puro(t), r)
		if a.Eligible != (c.says == "") || a.Eligible != (a.Net != nil) || a.Indicative == nil || !strings.Contains(strings.Join(a.Unmet, "\n"), c.says) || a.Eligible && len(a.Unmet) > 0 {
			t.Errorf("%q: eligible %v, net %v, unmet %q", c.says, a.Eligible, a.Net, a.Unmet)
		}
		if r.Certify = false; !refused[c.says] && !account(t, puro(t), r).Eligible {
			t.Errorf("%q: the calculator asks for proofs", c.says)
		}
	}
	if _, err := Quantify(Method{ID: "puro-2022"}, r); err == nil {
		t.Error("an unknown method was computed")
	}
}

func fossil(kg float64) *measure.Carbon { m := measure.Carbon(kg * 1e6); return &m }

func TestQuantifyLaws(t *testing.T) {
	m, given := puro(t), request(t, example)
	rapid.Check(t, func(t *rapid.T) {
		r := given
		r.Char.DryMass = measure.DryMass(rapid.Int64Range(1e9, 1e15).Draw(t, "mg"))
		r.Char.Produced, r.Emissions = 4*r.Char.DryMass, nil
		hc, soil := rapid.Float64Range(0, 0.69).Draw(t, "H/Corg"), rapid.Float64Range(-5, 39).Draw(t, "soil")
		r.Analysis.Hydrogen, r.Analysis.HCorg, r.Sink.SoilTemperature = nil, &hc, &soil
		a, err := Quantify(m, r)
		if err != nil || a.Net == nil {
			t.Fatal(err, a.Unmet)
		}
		twice := r
		twice.Char.DryMass *= 2
		b, _ := Quantify(m, twice)
		if d := int64(b.Net.CO2e()) - 2*int64(a.Net.CO2e()); d < -2 || d > 2 {
			t.Fatalf("twice the char is %s, once is %s", b.Net, a.Net)
		}
		less := r
		more := min(0.69, hc+0.01)
		less.Analysis.HCorg = &more
		if c, _ := Quantify(m, less); c.Net.CO2e() > a.Net.CO2e() {
			t.Fatalf("less carbonised, more removal: %s, %s", c.Net, a.Net)
		}
		warmer := r
		warm := soil + 1
		warmer.Sink.SoilTemperature = &warm
		if c, _ := Quantify(m, warmer); c.Net.CO2e() > a.Net.CO2e() {
			t.Fatalf("warmer soil, more removal: %s, %s", c.Net, a.Net)
		}
		emitting := r
		emitting.Emissions = []Emission{{Group: "E_use", Name: "x", Amount: measure.Quantity{Value: rapid.Float64Range(0, 1).Draw(t, "kg"), Unit: kilogram}}}
		if c, _ := Quantify(m, emitting); c.Net != nil && c.Net.CO2e() > a.Net.CO2e() {
			t.Fatalf("emissions raise the net: %s, %s", c.Net, a.Net)
		}
	})
}

func TestParseRequestSaysAllFaultsAtOnce(t *testing.T) {
	text := strings.NewReplacer("22008.07 t\n  produced", "22008.07\n  produced", "87.4 %", "874 %", "soil_temperature", "soil_temprature", "amount: 199.11 t", "amount: 199.11 t.km", "high", "hi").Replace(example)
	_, err := ParseRequest("r.yaml", []byte(text))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"r.yaml:2:13: dry_mass: 22008.07 has no unit", "carbon_total: 874 % is not between", `did you mean "soil_temperature"?`,
		"199.11 t.km is no mass of CO2e", `technology: "hi"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not said: %s\n%v", want, err)
		}
	}
}
