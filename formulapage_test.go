package nielu_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/balance/formulas"
)

//go:generate go test . -run TestFormulaPage -update

var update = flag.Bool("update", false, "write docs/formulas.md anew")

// subjects are the headings of docs/formulas.md, in order, and the files or
// folders whose formulas stand below each; the longest name that fits counts.
var subjects = []struct {
	name  string
	files []string
}{
	{"Mass, moisture, yields and closure", []string{"pipeline/balance/basis.go", "pipeline/balance/budget.go"}},
	{"Gas", []string{"pipeline/balance/gas.go", "pipeline/balance/elements.go", "pipeline/balance/state.go", "pipeline/balance/formulas/idealgas.go", "pipeline/balance/formulas/carbon.go"}},
	{"Fuels", []string{"pipeline/balance/fuel.go", "pipeline/balance/formulas/dulong.go"}},
	{"Pyrolysis", []string{"pipeline/balance/formulas/woolf.go", "pipeline/balance/formulas/heatpower.go", "pipeline/process/pyrolysis.go"}},
	{"Hydrothermal liquefaction", []string{"pipeline/balance/htl.go", "pipeline/process/htl.go"}},
	{"Landfill", []string{"pipeline/balance/landfill.go", "pipeline/balance/flare.go", "pipeline/balance/biocover.go", "pipeline/balance/formulas/landfill.go", "pipeline/process/landfill.go", "pipeline/process/cover.go", "pipeline/process/storage.go"}},
	{"Signals", []string{"pipeline/balance/checks.go", "pipeline/balance/counter.go", "pipeline/balance/cusum.go", "pipeline/balance/mean.go", "pipeline/balance/formulas/series.go", "pipeline/balance/formulas/bits.go", "pipeline/rollup"}},
	{"Which instrument errs", []string{"pipeline/balance/change.go", "pipeline/balance/slope.go", "pipeline/diagnosis"}},
	{"Uncertainty", []string{"pipeline/balance/uncertainty.go", "pipeline/balance/formulas/total.go", "pipeline/flowsheet/uncertainty.go", "pipeline/process/relative.go"}},
	{"Reconciliation", []string{"pipeline/balance/reconcile", "pipeline/reconciled"}},
	{"From readings to a period's figures", []string{"pipeline/material", "pipeline/closure", "pipeline/claim", "pipeline"}},
	{"What stays of the carbon, by each method", []string{"pipeline/carbon"}},
	{"Emissions", []string{"pipeline/emissions"}},
	{"Bookkeeping", []string{"pipeline/balance/formulas/symbiosis.go", "pipeline/custody", "pipeline/statement", "pipeline/registry"}},
	{"Elementary functions, mean and scatter", []string{"measure/elementary"}},
}

const formulaPageTop = `# Formulas

Every formula that nielu computes with, from the comments above the code that computes it. *Source* is where it comes from: a standard, a
paper, a data sheet or public code; "definition" is nobody's; *unverified* says that the text itself was not at hand; "ours" that this project
chose it. *Valid* is where it holds. Units stand in brackets; M means a share of wet mass, w a share of dry mass, u a standard uncertainty.

*Tests* are those that reach the formula by the fewest calls. *By hand* names the commands that work it out with your own numbers and
the published cases that they meet; they stand in the second half. ` + "`go generate .`" + ` writes this page; a test holds it to the code.

`

// TestFormulaPage holds docs/formulas.md to the code.
func TestFormulaPage(t *testing.T) {
	const file = "docs/formulas.md"
	want := formulaPage(t)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code says: go generate .", file)
	}
}

// noted is a formula as its comment has it.
type noted struct {
	name, full, file string
	line             int
	function         bool
	doc              string
}

func formulaPage(t *testing.T) []byte {
	c := newChecker(t, "measure", "pipeline", "centre", "cmd")
	callers := c.callers()
	byHand := c.byHand()
	bySubject := map[string][]noted{}
	for folder, files := range c.folders {
		for _, f := range files {
			if c.isTest(f) {
				continue
			}
			for _, x := range c.noted(folder, f) {
				subject := subjectOf(x.file)
				if subject == "" {
					t.Errorf("%s: %s: name a subject for it", x.file, x.name)
				}
				bySubject[subject] = append(bySubject[subject], x)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(formulaPageTop)
	for _, s := range subjects {
		fmt.Fprintf(&b, "- [%s](#%s)\n", s.name, anchor(s.name))
	}
	b.WriteString("- [By hand](#by-hand)\n")
	for _, s := range subjects {
		fmt.Fprintf(&b, "\n## %s\n", s.name)
		all := bySubject[s.name]
		place := func(x noted) int {
			return slices.IndexFunc(s.files, func(name string) bool { return below(x.file, name) })
		}
		slices.SortFunc(all, func(x, y noted) int {
			return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.file, y.file), cmp.Compare(x.line, y.line))
		})
		for _, x := range all {
			fmt.Fprintf(&b, "\n### %s\n\n%s", x.name, markdown(x.doc))
			fmt.Fprintf(&b, "\n*Code:* `%s`", x.file)
			if names := byHand[x.full]; len(names) > 0 {
				fmt.Fprintf(&b, " · *By hand:* %s", strings.Join(names, ", "))
			}
			tests := nearestTests(callers, x.full)
			switch {
			case len(tests) == 0 && x.function:
				t.Errorf("%s: no test reaches %s", x.file, x.name)
			case len(tests) > 0:
				fmt.Fprintf(&b, " · *Tests:* %s", strings.Join(tests, ", "))
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n## By hand\n\nThe commands of [nielu calc](calc.md): what each asks for, and the published cases that it meets.\n")
	for _, s := range formulas.Subjects() {
		fmt.Fprintf(&b, "\n### %s, by hand\n", s.Name)
		for _, f := range s.Formulas {
			fmt.Fprintf(&b, "\n#### %s\n\n%s.\n\n```\n%s\n```\n\n*Source:* %s.", f.Name, capital(f.About), f.Equation, f.Source)
			if f.Valid != "" {
				fmt.Fprintf(&b, " *Valid:* %s.", f.Valid)
			}
			var keys []string
			for _, k := range f.Keys() {
				text := "`" + k.Name + "` " + k.Unit
				if k.Optional {
					text += ", optional"
				}
				keys = append(keys, text)
			}
			fmt.Fprintf(&b, "\n\n*Inputs:* %s. *Vectors:* `%s`.\n", strings.Join(keys, "; "), strings.Join(f.Vectors, "`, `"))
		}
	}
	return b.Bytes()
}

func subjectOf(file string) (subject string) {
	longest := -1
	for _, s := range subjects {
		for _, name := range s.files {
			if below(file, name) && len(name) > longest {
				subject, longest = s.name, len(name)
			}
		}
	}
	return subject
}

func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// noted lists what in a file has an equation and a source in its comment.
func (c *checker) noted(folder string, f *ast.File) (all []noted) {
	add := func(name string, id *ast.Ident, function bool, doc *ast.CommentGroup) {
		text := doc.Text()
		if !strings.Contains(text, "Source:") || !strings.Contains(text, "\n\t") {
			return
		}
		at := c.fset.Position(id.Pos())
		all = append(all, noted{name: path.Base(folder) + "." + name, full: module + folder + "." + name, file: at.Filename, line: at.Line, function: function, doc: text})
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			add(declaredName(d), d.Name, true, d.Doc)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					add(s.Name.Name, s.Name, false, cmp.Or(s.Doc, d.Doc))
				case *ast.ValueSpec:
					add(s.Names[0].Name, s.Names[0], false, cmp.Or(s.Doc, d.Doc))
				}
			}
		}
	}
	return all
}

// declaredName is Dry of a function, Budget.Closure of a method.
func declaredName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	of := d.Recv.List[0].Type
	if star, is := of.(*ast.StarExpr); is {
		of = star.X
	}
	if generic, is := of.(*ast.IndexExpr); is {
		of = generic.X
	}
	return of.(*ast.Ident).Name + "." + d.Name.Name
}

// fullName is the same of what is used, with its package before it.
func fullName(o types.Object) string {
	f, is := o.(*types.Func)
	if !is || o.Pkg() == nil {
		return ""
	}
	name := f.Name()
	if recv := f.Signature().Recv(); recv != nil {
		of := recv.Type()
		if p, is := of.(*types.Pointer); is {
			of = p.Elem()
		}
		if n, is := of.(*types.Named); is {
			name = n.Obj().Name() + "." + name
		}
	}
	return strings.TrimSuffix(o.Pkg().Path(), "_test") + "." + name
}

// callers says of each function which functions name it, tests among them. A
// method that is named by an interface of its package may be any of that name.
func (c *checker) callers() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	methods := map[string][]string{} // by folder and name
	for folder, files := range c.folders {
		for _, f := range files {
			for _, d := range f.Decls {
				if d, is := d.(*ast.FuncDecl); is && d.Recv != nil {
					methods[module+folder+"."+d.Name.Name] = append(methods[module+folder+"."+d.Name.Name], module+folder+"."+declaredName(d))
				}
			}
		}
	}
	add := func(from, to string) {
		if to == "" || to == from {
			return
		}
		if out[to] == nil {
			out[to] = map[string]bool{}
		}
		out[to][from] = true
	}
	for _, folder := range slices.Sorted(maps.Keys(c.folders)) {
		c.check(module+folder, folder)
		files := map[string][]*ast.File{}
		for _, f := range c.folders[folder] {
			files[f.Name.Name] = append(files[f.Name.Name], f)
		}
		for name, some := range files {
			if slices.ContainsFunc(some, c.isTest) {
				c.checkAs(module+folder, name, some)
			}
		}
		for _, f := range c.folders[folder] {
			for _, d := range f.Decls {
				d, is := d.(*ast.FuncDecl)
				if !is {
					continue
				}
				from := module + folder + "." + declaredName(d)
				ast.Inspect(d, func(n ast.Node) bool {
					if id, is := n.(*ast.Ident); is {
						o := c.info.Uses[id]
						if f, is := o.(*types.Func); is && f.Signature().Recv() != nil && types.IsInterface(f.Signature().Recv().Type()) && f.Pkg() != nil {
							for _, to := range methods[f.Pkg().Path()+"."+f.Name()] {
								add(from, to)
							}
						}
						add(from, fullName(o))
					}
					return true
				})
			}
		}
	}
	return out
}

// nearestTests lists the tests that reach a function by the fewest calls, and
// no more than five of them.
func nearestTests(callers map[string]map[string]bool, of string) []string {
	seen := map[string]bool{of: true}
	for level := []string{of}; len(level) > 0; {
		var next, tests []string
		for _, name := range level {
			for from := range callers[name] {
				if seen[from] {
					continue
				}
				seen[from] = true
				next = append(next, from)
				if short := from[strings.LastIndex(from, ".")+1:]; strings.HasPrefix(short, "Test") && short != "TestMain" {
					tests = append(tests, short)
				}
			}
		}
		if slices.Sort(tests); len(tests) > 0 {
			return tests[:min(5, len(tests))]
		}
		level = next
	}
	return nil
}

// byHand says of each function which formulas of nielu calc work it out.
func (c *checker) byHand() map[string][]string {
	const folder = "pipeline/balance/formulas"
	c.check(module+folder, folder)
	bodies, names := map[string]ast.Node{}, map[string]string{}
	for _, f := range c.folders[folder] {
		if c.isTest(f) {
			continue
		}
		for _, d := range f.Decls {
			if d, is := d.(*ast.FuncDecl); is {
				bodies[module+folder+"."+declaredName(d)] = d
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if row, is := n.(*ast.CompositeLit); is {
				name, compute := field(row, "Name"), field(row, "compute")
				if literal, is := name.(*ast.BasicLit); is && literal.Kind == token.STRING && compute != nil {
					names[strings.Trim(literal.Value, `"`)] = fullName(c.info.Uses[compute.(*ast.Ident)])
				}
			}
			return true
		})
	}
	out := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		seen := map[string]bool{}
		var reach func(string)
		reach = func(from string) {
			body, ours := bodies[from]
			if seen[from] {
				return
			}
			seen[from] = true
			if from != names[name] {
				out[from] = append(out[from], fmt.Sprintf("[%s](#%s)", name, name))
			}
			if !ours {
				return
			}
			ast.Inspect(body, func(n ast.Node) bool {
				if id, is := n.(*ast.Ident); is {
					if to := fullName(c.info.Uses[id]); strings.HasPrefix(to, module+"pipeline/balance") {
						reach(to)
					}
				}
				return true
			})
		}
		reach(names[name])
	}
	return out
}

// field returns the value of a key of a composite literal.
func field(row *ast.CompositeLit, key string) ast.Expr {
	for _, e := range row.Elts {
		if e, is := e.(*ast.KeyValueExpr); is {
			if id, is := e.Key.(*ast.Ident); is && id.Name == key {
				return e.Value
			}
		}
	}
	return nil
}

// checkAs checks a package once more with the tests that stand in it, or the
// package of tests beside it.
func (c *checker) checkAs(name, pkg string, files []*ast.File) {
	config := types.Config{Importer: c, Error: func(error) {}}
	if strings.HasSuffix(pkg, "_test") {
		name += "_test"
	}
	_, _ = config.Check(name, c.fset, files, c.info)
}

var label = regexp.MustCompile(`\b(Source|Valid|Rounds|Error|Uncertainty):`)
var link = regexp.MustCompile(`\[([A-Za-z][A-Za-z0-9_.]*)\]`)

// markdown turns the text of a comment into a passage of the page.
func markdown(doc string) string {
	var b strings.Builder
	var prose []string
	inCode := false
	flush := func() {
		if len(prose) > 0 {
			text := link.ReplaceAllString(strings.Join(prose, " "), "`$1`")
			b.WriteString(label.ReplaceAllString(text, "*$1:*") + "\n\n")
		}
		prose = nil
	}
	lines := strings.Split(strings.TrimRight(doc, "\n"), "\n")
	for i, line := range lines {
		code, is := strings.CutPrefix(line, "\t")
		switch {
		case is && !inCode:
			flush()
			b.WriteString("```\n" + code + "\n")
			inCode = true
		case is:
			b.WriteString(code + "\n")
		case inCode && line == "" && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t"):
			b.WriteString("\n")
		case inCode:
			b.WriteString("```\n\n")
			inCode = false
			if line != "" {
				prose = append(prose, line)
			}
		case line == "":
			flush()
		default:
			prose = append(prose, line)
		}
	}
	if inCode {
		b.WriteString("```\n\n")
	}
	flush()
	return strings.TrimSuffix(b.String(), "\n")
}
