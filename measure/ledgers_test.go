package measure

import (
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLedgersCannotBeMixed compiles, in this process, programs that add one
// ledger to another or take its number out. The compiler must refuse each, and
// for the line in question alone; the first one shows that it is not deaf.
func TestLedgersCannotBeMixed(t *testing.T) {
	set := token.NewFileSet()
	files := []*ast.File{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	std := importer.ForCompiler(set, "source", nil)
	this, err := (&types.Config{Importer: std}).Check("measure", set, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line  string
		wrong bool
	}{
		{"_ = r.Add(r); _ = a.Add(a); _ = s.Add(s)", false},
		{"_ = l.Add(l)", false},
		{"_ = r.Compare(r); _ = r.CO2e() + e", false},
		{"_ = r.Compare(a)", true},
		{"_ = r + a", true},
		{"_ = a + s", true},
		{"_ = r - s", true},
		{"_ = r + r", true},
		{"r += a", true},
		{"_ = r.Add(a)", true},
		{"_ = r.Add(s)", true},
		{"_ = a.Add(r)", true},
		{"_ = a.Add(s)", true},
		{"_ = s.Add(r)", true},
		{"_ = s.Add(a)", true},
		{"r = a", true},
		{"_ = r == a", true},
		{"_ = measure.Removal(a)", true},
		{"_ = measure.Removal(s)", true},
		{"_ = measure.Avoided(r)", true},
		{"_ = measure.Substitution(a)", true},
		{"_ = measure.CO2e(r)", true},
		{"_ = int64(a)", true},
		{"_ = float64(s)", true},
		{"_ = r.removed", true},
		{"_ = r + e", true},
		{"_ = e + a", true},
		{"_ = l.Removal + l.Avoided", true},
	} {
		text := "package p\nimport \"measure\"\nfunc f(r measure.Removal, a measure.Avoided, s measure.Substitution, e measure.CO2e, l measure.Ledgers) {\n\t" + c.line + "\n}\n"
		file, err := parser.ParseFile(set, "claim.go", text, 0)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		_, err = (&types.Config{Importer: only{"measure": this}}).Check("p", set, []*ast.File{file}, nil)
		switch {
		case !c.wrong && err != nil:
			t.Errorf("%s does not compile: %v", c.line, err)
		case c.wrong && err == nil:
			t.Errorf("%s compiles", c.line)
		case c.wrong && !strings.Contains(err.Error(), "claim.go:4:"):
			t.Errorf("%s: %v, which is not about that line", c.line, err)
		}
	}
}

// only imports the packages it holds.
type only map[string]*types.Package

func (o only) Import(path string) (*types.Package, error) { return o[path], nil }

func TestLedgersSayWhichTheyAre(t *testing.T) {
	l := ledgers(t, 1_500_000_000, 2_000_000_000, 4_000_000_001)
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"removal":"1.5 t removed","avoided":"2 t avoided","substitution":"4.000000001 t substituted"}`; string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	var back Ledgers
	if err := json.Unmarshal(text, &back); err != nil || back != l {
		t.Errorf("%v reads back as %v: %v", l, back, err)
	}
	for _, wrong := range []string{`"1 t avoided"`, `"1 t"`, `"1 removed"`, `"-1 t removed"`, `1`, `"1  t removed"`} {
		var r Removal
		if err := json.Unmarshal([]byte(wrong), &r); err == nil {
			t.Errorf("%s was taken as %s", wrong, r)
		}
	}
}

func TestLedgersRefuseWhatIsNoClaim(t *testing.T) {
	if r, err := RemovalOf(-1); err == nil {
		t.Errorf("a removal of -1 mg is %s", r)
	}
	if a, err := AvoidedOf(-1); err == nil {
		t.Errorf("an avoided emission of -1 mg is %s", a)
	}
	if s, err := SubstitutionOf(-1); err == nil {
		t.Errorf("a substitution of -1 mg is %s", s)
	}
	if l := ledgers(t, 0, 0, 0); l != (Ledgers{}) {
		t.Errorf("nothing claimed is %v", l)
	}
}

// TestLedgersAddEachToItself holds the one sum there is against whole numbers.
func TestLedgersAddEachToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, math.MaxInt64)
		x := [2][3]int64{}
		for i := range x {
			for k := range x[i] {
				x[i][k] = amount.Draw(t, "mg")
			}
		}
		sum := [3]int64{}
		for k := range sum {
			if sum[k] = x[0][k] + x[1][k]; sum[k] < 0 {
				sum[k] = math.MaxInt64
			}
		}
		got := ledgers(t, x[0][0], x[0][1], x[0][2]).Add(ledgers(t, x[1][0], x[1][1], x[1][2]))
		if want := ledgers(t, sum[0], sum[1], sum[2]); got != want {
			t.Fatalf("%v and %v are %v, want %v", x[0], x[1], got, want)
		}
	})
}

type fatal interface{ Fatal(...any) }

func ledgers(t fatal, removed, avoided, substituted int64) Ledgers {
	r, err1 := RemovalOf(CO2e(removed))
	a, err2 := AvoidedOf(CO2e(avoided))
	s, err3 := SubstitutionOf(CO2e(substituted))
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return Ledgers{r, a, s}
}
