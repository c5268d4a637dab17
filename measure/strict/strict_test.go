package strict_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

var kilogram = measure.MustUnit("kg")

func TestReadsEachKindOfValue(t *testing.T) {
	d, root := strict.Open("f.yaml", []byte(`# a comment
name: pyro1
"tag": pyro1/feed/mass_flow
unit: 'L{N}/min'
mass: 0.5 t
share: 44 %
ratio: 0.29
every: 500 ms
at: 2026-11-02T01:00:00+01:00
on: true
count: 0x1F
kind: solid
list: [1 kg, 2 kg]
text: |
  two
  lines
rest: { rest: true }
`))
	f := root.Fields("name", "tag", "unit", "mass", "share", "ratio", "every", "at", "on", "count", "kind", "list", "text", "rest", "gone")
	root.Need(f, "name", "tag")
	var masses []float64
	for _, item := range f["list"].List() {
		m, _ := item.In(kilogram)
		masses = append(masses, m)
	}
	mass, _ := f["mass"].In(kilogram)
	unit, _ := f["unit"].Unit()
	got := fmt.Sprint(f["name"].PlainName("plant"), f["tag"].Tag(), unit, mass, *f["share"].Share(), *f["ratio"].Optional(measure.Unit{}),
		f["every"].Duration(), f["at"].Instant().Format(time.RFC3339), f["on"].Flag(), f["count"].Whole(0, 0, 31), f["kind"].Choice("solid", "gas"),
		masses, f["text"].Text(), f["rest"].Sole("rest").Flag(), f["list"].IsList(), f["at"].Line())
	want := fmt.Sprint("pyro1", "pyro1/feed/mass_flow", measure.MustUnit("L{N}/min"), 500.0, 0.44, 0.29,
		500*time.Millisecond, "2026-11-02T00:00:00Z", true, 31, "solid", []float64{1, 2}, "two\nlines", true, true, 9)
	if got != want {
		t.Errorf("read\n%s, want\n%s", got, want)
	}
	if root.Peek("name") != "pyro1" || root.Peek("list") != "" || root.Peek("gone") != "" || f["name"].Peek("name") != "" {
		t.Error("Peek does not see the text at a key")
	}
	gone := f["gone"]
	if gone.Present() || gone.Text() != "" || gone.Optional(kilogram) != nil || gone.Whole(7, 0, 9) != 7 || gone.Duration() != 0 || gone.Entries() != nil {
		t.Error("an absent value is something")
	}
	if err := d.Err(); err != nil || d.Faults() != 0 {
		t.Error(err)
	}
}

func TestSaysAllFaultsAtOnce(t *testing.T) {
	d, root := strict.Open("f.yaml", []byte(`nmae: x
name: 5 kg
name: y
mass: 5
every: 30
start: 0 s
tag: pyro1
unit: ton
none:
flag: maybe
count: 010
kind: sollid
list: [1 kg, ~]
map: 7
anchor: &a 1
alias: *a
tagged: !!str 1
at: 2026-11-02
fraction: 120 %
part:
  known: 1
  konwn: 2
empty: ''
`))
	f := root.Fields("name", "mass", "every", "start", "tag", "unit", "none", "flag", "count", "kind", "list", "map", "anchor", "alias", "tagged",
		"at", "fraction", "part", "empty", "missing", "needed")
	root.Need(f, "missing", "none", "name")
	f["needed"].Needed("5 kg")
	f["empty"].Needed("WT-101")
	f["name"].PlainName("plant")
	f["mass"].In(kilogram)
	f["every"].Duration()
	f["start"].Duration()
	f["tag"].Tag()
	f["unit"].Unit()
	f["flag"].Flag()
	f["count"].Whole(0, 0, 9)
	f["kind"].Choice("solid", "gas")
	for _, item := range f["list"].List() {
		item.In(kilogram)
	}
	inner := f["map"].Fields("a")
	f["map"].Need(inner, "a") // that it is no mapping is said once, and nothing more
	for _, key := range []string{"anchor", "alias", "tagged"} {
		f[key].Text()
	}
	f["at"].Instant()
	f["fraction"].Fraction()
	f["part"].As("the part").Fields("known")["known"].Fault("is no good")
	f["name"].Take(strict.Problems{{File: "other.yaml", Line: 2, Column: 3, Message: "from elsewhere"}})
	f["name"].Take(errors.New("cannot be opened"))
	f["name"].Take(nil)

	problems, ok := strict.ProblemsOf(fmt.Errorf("check: %w", d.Err()))
	if !ok {
		t.Fatal("the faults are no Problems")
	}
	want := []string{
		`f.yaml:1:1: missing is missing`,
		`f.yaml:1:1: needed is missing, as in needed: 5 kg`,
		`f.yaml:1:1: unknown key "nmae"; did you mean "name"?`,
		`f.yaml:2:7: name: cannot be opened`,
		`f.yaml:2:7: plant "5 kg": must be`,
		`f.yaml:3:1: key "name" is given twice`,
		`f.yaml:4:7: mass: 5 has no unit: write it with its unit, as in "5 kg"`,
		`f.yaml:5:8: every: 30 has no unit: write a time, as in 30 s or 2 min`,
		`f.yaml:6:8: start: 0 s must be more than 0`,
		`f.yaml:7:6: tag "pyro1": needs a plant and a point`,
		`f.yaml:8:7: unit: unit "ton"`,
		`f.yaml:9:6: none: has no value; leave it out if there is none`,
		`f.yaml:10:7: flag: must be true or false, not "maybe"`,
		`f.yaml:11:8: count: must be a whole number from 0 to 9, not "010"`,
		`f.yaml:12:7: kind: "sollid" is not one of solid, gas; did you mean "solid"?`,
		`f.yaml:13:14: list: has no value`,
		`f.yaml:14:6: map: needs keys and values here, not a plain value`,
		`f.yaml:15:9: anchor: needs a single value here, not an anchor, alias or tag: write the value out`,
		`f.yaml:16:8: alias: needs a single value here, not an anchor`,
		`f.yaml:17:9: tagged: needs a single value here, not an anchor`,
		`f.yaml:18:5: at: "2026-11-02" is not an RFC 3339 time with zone`,
		`f.yaml:19:11: fraction: 120 % is not between 0 % and 100 %`,
		`f.yaml:21:10: the part: known: is no good`,
		`f.yaml:22:3: the part: unknown key "konwn"; did you mean "known"?`,
		`f.yaml:23:8: empty: has no value; leave it out if there is none`,
		`other.yaml:2:3: from elsewhere`,
	}
	for i := range max(len(want), len(problems)) {
		switch {
		case i >= len(problems):
			t.Errorf("not said: %s", want[i])
		case i >= len(want):
			t.Errorf("said beyond: %s", problems[i])
		case !strings.HasPrefix(problems[i].Error(), want[i]):
			t.Errorf("%d: said %q, want %q", i, problems[i], want[i])
		}
	}
	text, err := json.Marshal(problems[0])
	if want := `{"file":"f.yaml","line":1,"column":1,"message":"missing is missing"}`; err != nil || string(text) != want {
		t.Errorf("JSON is %s (%v), want %s", text, err, want)
	}
}

func TestRefusesWhatIsNoDocument(t *testing.T) {
	for text, want := range map[string]string{
		"":                              `f.yaml:1:1: the file is empty`,
		"# only words\n":                `f.yaml:1:1: the file is empty`,
		"a: 1\n---\nb: 2\n":             `f.yaml:3:1: the file has 2 YAML documents`,
		"a: 1\nunit: L{N}/min }\nb: {c": `goes in quotes here, as in 'L{N}/min'`,
		"a: 1\n b: [" + strings.Repeat("[", 64000): `f.yaml:2:105: not readable as YAML: more than 100 brackets are open here`,
	} {
		d, root := strict.Open("f.yaml", []byte(text))
		f := root.Fields("a")
		root.Need(f, "a")
		if err := d.Err(); root.Present() && text[0] != 'a' || err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want only %s", text, err, want)
		}
	}
}

func TestMeant(t *testing.T) {
	long := make([]string, 60)
	for i := range long {
		long[i] = fmt.Sprintf("pyro1/tag/%d", i)
	}
	for _, c := range []struct {
		got   string
		names []string
		want  string
	}{
		{"spol", []string{"site", "spool"}, `; did you mean "spool"?`},
		{"SPOOL", []string{"site", "spool"}, `; did you mean "spool"?`},
		{"prfoile", []string{"file", "profile"}, `; did you mean "profile"?`},
		{"x", []string{"y", "key"}, `; known are y, key`},
		{"weight", []string{"site", "spool"}, `; known are site, spool`},
		{"entirely/other", long, ""},
		{"any", nil, ""},
	} {
		if got := strict.Meant(c.got, c.names); got != c.want {
			t.Errorf("Meant(%q) = %q, want %q", c.got, got, c.want)
		}
	}
}

// walk asks every value for everything.
func walk(x strict.Node) {
	x.Text()
	x.Tag()
	x.Unit()
	x.Fraction()
	x.Duration()
	x.Instant()
	x.Flag()
	x.Whole(0, 0, 1)
	x.Choice("a")
	x.PlainName("name")
	x.Needed("x")
	x.Peek("a")
	x.Fields("a", "b")["a"].Needed("")
	for _, e := range x.Entries() {
		walk(e.Value)
	}
	for _, item := range x.List() {
		walk(item)
	}
}

func FuzzOpen(f *testing.F) {
	for _, text := range []string{"a: 1 kg\nb: [1, {c: ~}]\n", "a: &x [*x]", "? {a: b}\n: c", "<<: {a: 1}", "a: |\n  x\n", "- - - 1", "!!map {a: 1}", "\"a\": 'b'\n---\n", "a: .nan", "{a: b: c}", "%TAG ! x\n", "\t", "a:\n\r b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, root := strict.Open("f", data)
		if !root.Present() && d.Err() == nil {
			t.Fatal("neither a root nor a fault")
		}
		walk(root)
		problems, ok := strict.ProblemsOf(d.Err())
		if !ok || (len(problems) > 0) != (d.Faults() > 0) {
			t.Fatalf("%d problems of %d faults", len(problems), d.Faults())
		}
		for _, p := range problems {
			if p.File != "f" || p.Line < 1 || p.Column < 1 || p.Message == "" || strings.Contains(p.Message, "\n") {
				t.Fatalf("problem %#v", p)
			}
		}
	})
}

// What is valid is no fault, whatever is worth saying about it.
func TestNotesStandApartFromFaults(t *testing.T) {
	other, node := strict.Open("b.yaml", []byte("every: 1 s"))
	node.Fields("every")["every"].Note("is %s", "short")
	d, root := strict.Open("a.yaml", []byte("name: x\nfile: b.yaml"))
	f := root.As("plant").Fields("name", "file")
	f["file"].TakeNotes(other.Notes())
	f["name"].Note("is\na poor name")
	f["name"].Note("is\na poor name")
	if err := d.Err(); err != nil || d.Faults() != 0 {
		t.Errorf("a note is a fault: %v", err)
	}
	if got, want := d.Notes().Error(), "a.yaml:1:7: note: plant: name: is a poor name\nb.yaml:1:8: note: every: is short"; got != want {
		t.Errorf("notes\n%s, want\n%s", got, want)
	}
}
