package registry

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/statement"
)

var update = flag.Bool("update", false, "write golden files anew")

const plantFile = `plant: p
name: "=Small plant"
site: park
process: slow-pyrolysis
balance_every: 1 h
tags:
  p/char/mass_flow: { instrument: WT-1, unit: kg/h, hold: sloped, stale: 30 s, range: [0 kg/h, 100 kg/h], uncertainty: 1 % }
nodes: { kiln: "Kiln" }
streams:
  char: { from: kiln, phase: solid, mass: {tag: p/char/mass_flow}, moisture: {lab: char_moisture}, carbon: {lab: char_carbon_total} }
product: char
`

const records = `author: shift lead
plant: p
records:
  - { lot: p-1, from: 2026-11-02T00:00:00Z, to: 2026-11-04T00:00:00Z, process: wood at 550 Cel, feedstock: wood, biomass_proof: notes, technology: high, production_temperature: 550 Cel, regime: B, facility: new }
  - { delivery: D-1, at: 2026-11-01T08:00:00Z, wet_mass: 12.4 t, moisture: 18 %, feedstock: wood, category: E }
  - { unit: BB-1, lot: p-1, at: 2026-11-04T06:00:00Z, wet_mass: 500 kg, moisture: 20 %, scale: WT-2 }
  - { unit: BB-2, lot: p-1, at: 2026-11-04T07:00:00Z, wet_mass: 30 kg, moisture: 20 %, scale: WT-2 }
  - { unit: BB-3, lot: p-1, at: 2026-11-04T07:00:00Z, wet_mass: 30 kg, moisture: 20 %, scale: WT-2 }
  - { calibration: K-2, instrument: WT-2, at: 2026-01-15T00:00:00Z, due: 2027-01-15T00:00:00Z, certificate: certificate 78 }
  - { sample: S-1, lot: p-1, of: char, at: 2026-11-03T12:00:00Z, point: outlet }
  - { sample: S-2, lot: p-1, of: char, at: 2026-11-03T13:00:00Z, by: day shift, point: cooler }
  - { report: L-1, laboratory: { name: B laboratory, accreditation: T001 }, at: 2026-11-05T00:00:00Z, results: { S-1: { carbon_total: { value: 87.4 %, uncertainty: 0.7 % }, carbon_inorganic: { value: 0.5 %, uncertainty: 0.1 % }, hydrogen: { value: 2.1 %, uncertainty: 0.06 % }, oxygen: { value: 8 % } }, S-2: { carbon_total: { value: 87.2 %, uncertainty: 0.7 % } } } }
  - { transport: T-1, at: 2026-11-06T08:00:00Z, group: GROUP, units: [BB-1, BB-2], distance: 35 km, factor: 58.5 g/(t.km), source: "a table" }
  - { activity: A-1, lot: p-1, group: CH4, about: slip, amount: 1.5 kg }
  - { activity: A-2, lot: p-1, group: N2O, about: slip, amount: 0 kg, reason: below the limit of detection }
  - { use: U-1, at: 2026-11-06T12:00:00Z, units: [BB-1, BB-2], end_use: agricultural-soil, matrix: S-01, place: { name: field 3, latitude: 60.98 deg, longitude: 25.66 deg }, soil_temperature: 7 Cel, horizon: 200 a, proof: "spreading record 12" }
`

// source is a lot of two bags in soil and one in stock, stated by a method.
func source(t *testing.T, method string) Input {
	t.Helper()
	return statedSource(t, method, plantFile, nil)
}

func statedSource(t *testing.T, method, plantText string, stack *carbon.Stack) Input {
	t.Helper()
	text := strings.ReplaceAll(records, "GROUP", map[string]string{"csi-3.3": "CO2"}[method]+map[string]string{"puro-2025": "E_use", "isometric-1.3": "E_use"}[method])
	if method != "csi-3.3" {
		text = strings.NewReplacer("group: CH4", "group: E_production", "group: N2O", "group: E_biomass").Replace(text)
	}
	s := Input{Plant: must(flowsheet.Parse("p.yaml", []byte(plantText)))(t), Lot: "p-1"}
	s.Entries = []custody.Entry{must(custody.Open(4, 0, evidence.Records, "records.yaml", []byte(text)))(t),
		must(custody.Open(20, 0, evidence.Records, "later.yaml", []byte("author: a\nplant: p\nrecords:\n  - { withdraw: U-1, kind: use, reason: wrong field }\n")))(t)}
	book := custody.Replay(s.Entries[:1])
	if len(book.Refusals) > 0 {
		t.Fatal(book.Refusals)
	}
	name := "../../configs/methods/" + method + ".yaml"
	m := must(carbon.ParseMethod(name, must(os.ReadFile(name))(t)))(t)
	said := must(statement.NewStatement(statement.Input{
		Plant: s.Plant, Lab: book.Lab(), Lot: "p-1", Method: *m, Entered: statement.Evidence{First: 4, Last: 4, Leaves: 1, Digest: strings.Repeat("cd", 32)},
		Count: statement.LotCount{Stack: stack, Product: claim.Product{Stream: "char", Wet: 500_000_000, Dry: 470_000_000, Covered: 48 * time.Hour, Of: 48 * time.Hour, Quality: measure.GoodQuality, RelU: 0.01}},
	}))(t)
	digest := statement.DigestOf(said.Text())
	s.Statements = []statement.Status{*statement.Replay([]statement.Event{{Leaf: 10, Kind: statement.Seal, Statement: &said, Digest: digest, By: "centre"}, {Leaf: 11, Kind: statement.Sign, Digest: digest, By: "maker"}}).Statements[0]}
	return s
}

// digests of files are told in other tests.
var digests = regexp.MustCompile(`[0-9a-f]{64}`)

// TestGolden holds every field of each form of a statement by its own method.
func TestGolden(t *testing.T) {
	for name, method := range map[string]string{"puro": "puro-2025", "isometric": "isometric-1.3", "csink": "csi-3.3"} {
		form := must(Forms()[name](source(t, method)))(t)
		for ext, way := range map[string]func() ([]byte, error){".csv": form.CSV, ".json": form.JSON} {
			got, file := must(way())(t), "testdata/"+name+ext
			if again := must(way())(t); !bytes.Equal(got, again) {
				t.Errorf("%s: the same form gave other bytes", file)
			}
			got = digests.ReplaceAll(got, []byte("(digest)"))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := must(os.ReadFile(file))(t); !bytes.Equal(got, want) {
				t.Errorf("%s differs; go test -update writes it anew:\n%s", file, got)
			}
		}
	}
}

// TestFigures holds that figures of the account are the statement's own.
func TestFigures(t *testing.T) {
	s := source(t, "puro-2025")
	form := must(Puro(s))(t)
	a := s.Statements[0].Account
	seen := 0
	for _, f := range form.Records[0].Fields {
		if symbol, ok := strings.CutPrefix(f.From, "statement, line "); ok {
			symbol, _, _ = strings.Cut(symbol, ",")
			if l, ok := a.Line(symbol); !ok || f.Value != l.Value || f.Unit != l.Unit {
				t.Errorf("%s is %v %s, the statement says %v", f.Name, f.Value, f.Unit, l)
			}
			seen++
		}
	}
	if seen != 11 {
		t.Errorf("%d figures of the account: want C_org, H/Corg, Ts, PF, C_stored, C_loss and the five E_", seen)
	}
	if f := field(t, form, "p-1", "CORCs"); a.Net != nil || f.Value != nil || f.Enter == "" {
		t.Errorf("the account has no net, and the form says %+v", f)
	}
	if f := field(t, form, "p-1", "C_total"); f.Value != 87.3 || f.Samples != 2 || f.Deviation == nil || *f.Deviation < 0.7 || *f.Deviation > 0.71 {
		t.Errorf("the carbon is %+v", f)
	}
}

// TestNothingInvented holds that a field without a value says where it is
// entered, that all of them are listed, and that a form by another method
// takes no figure of the account.
func TestNothingInvented(t *testing.T) {
	for name, make := range Forms() {
		for _, method := range []string{"puro-2025", "csi-3.3"} {
			form := must(make(source(t, method)))(t)
			missing := 0
			for _, r := range form.Records {
				for _, f := range r.Fields {
					if (f.Value == nil) != (f.Enter != "") {
						t.Errorf("%s: %s of %s is %v and is entered at %q", name, f.Name, r.ID, f.Value, f.Enter)
					}
					if f.Value == nil {
						missing++
					}
					if own := map[string]string{"puro": "puro-2025", "csink": "csi-3.3", "isometric": "isometric-1.3"}[name] == method; !own && (strings.HasPrefix(f.From, "statement, line") || f.From == "statement, net") {
						t.Errorf("%s takes %s from a statement by %s", name, f.Name, method)
					}
				}
			}
			if len(form.Missing) != missing {
				t.Errorf("%s: %d fields are missing, %d are listed", name, missing, len(form.Missing))
			}
			if form.Certified || !strings.HasPrefix(form.Warnings[0], "NOT CERTIFIED") {
				t.Errorf("%s: nobody certified it, and it says %v", name, form.Warnings)
			}
		}
	}
}

// TestSink holds what the Global C-Sink wants in its own way.
func TestSink(t *testing.T) {
	s := source(t, "csi-3.3")
	form := must(CSink(s))(t)
	if len(form.Records) != 3 {
		t.Fatalf("%d records: want the lot and two units in their sink", len(form.Records))
	}
	for name, want := range map[string]any{"date_of_production": "03.11.2026", "sink_date": "06.11.2026", "product_quantity_dm": 0.4, "matrix_of_sink": "S-01", "transport_km": 35.0, "transport_emissions": 0.001535625} {
		if f := field(t, form, "BB-1", name); f.Value != want {
			t.Errorf("%s is %v, not %v", name, f.Value, want)
		}
	}
	if f := field(t, form, "p-1", "methane_emissions"); f.Value != 0.0015 || f.Unit != "t{CH4}" {
		t.Errorf("methane is %v %s", f.Value, f.Unit)
	}
	gross, ok := s.Statements[0].Account.Line("gross")
	if !ok {
		t.Fatal("the account has no gross")
	}
	sum := 0.0
	for _, id := range []string{"BB-1", "BB-2"} {
		sum += field(t, form, id, "gross_amount_of_co2").Value.(float64)
	}
	if sum > gross.Value || gross.Value-sum > 1e-8 {
		t.Errorf("the units' gross adds up to %.9f, the account's is %.9f", sum, gross.Value)
	}
}

// TestStanding holds which statement a form rests on.
func TestStanding(t *testing.T) {
	s := source(t, "puro-2025")
	s.Statements[0].State = statement.Withdrawn
	if _, err := Puro(s); !errors.Is(err, ErrNotStated) {
		t.Errorf("a withdrawn statement gave %v", err)
	}
	s.Statements[0].State = statement.Certified
	s.Statements[0].Events = append(s.Statements[0].Events, statement.Event{Leaf: 12, Kind: statement.Certify, By: "verifier"})
	form := must(Puro(s))(t)
	if !form.Certified || field(t, form, "p-1", "certified_by").Value != "verifier" || slices.ContainsFunc(form.Warnings, func(w string) bool { return strings.HasPrefix(w, "NOT CERTIFIED") }) {
		t.Errorf("a certified one says %v", form.Warnings)
	}
	other := source(t, "csi-3.3").Statements[0]
	other.Leaf = 13
	s.Statements = append(s.Statements, other)
	if form := must(Puro(s))(t); form.Statement.Method != "puro-2025" {
		t.Errorf("it rests on a statement by %s", form.Statement.Method)
	}
	if form := must(CSink(s))(t); form.Statement.Method != "csi-3.3" {
		t.Errorf("it rests on a statement by %s", form.Statement.Method)
	}
}

// TestTable reads the table back, and holds that no text is a formula.
func TestTable(t *testing.T) {
	form := must(Puro(source(t, "puro-2025")))(t)
	r := csv.NewReader(bytes.NewReader(must(form.CSV())(t)))
	r.FieldsPerRecord = -1
	rows := must(r.ReadAll())(t)
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
				t.Errorf("a cell is the formula %q", cell)
			}
		}
	}
	if !slices.ContainsFunc(rows, func(row []string) bool { return row[1] == "production_facility" && row[2] == "'=Small plant" }) {
		t.Error("the plant's name is not there")
	}
	var back Form
	if err := json.Unmarshal(must(form.JSON())(t), &back); err != nil || back.Records[0].Fields[0].Value != "=Small plant" {
		t.Errorf("JSON: %v", err)
	}
	if noFormula("-1.5") != "-1.5" || noFormula("-a") != "'-a" {
		t.Error("a number below 0 stays, text does not")
	}
}

func field(t *testing.T, form *Form, record, name string) Field {
	t.Helper()
	for _, r := range form.Records {
		for _, f := range r.Fields {
			if r.ID == record && f.Name == name {
				return f
			}
		}
	}
	t.Fatalf("there is no field %s of %s", name, record)
	return Field{}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
