package nielu_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// uncounted lists what package balance holds although nothing that counts
// calls it, and why.
var uncounted = map[string]string{
	"(Slurry).Additivity": "the model as it was published, with whole masses of atoms; Exact counts",
}

// TestEveryFormulaOfBalanceCounts holds package balance to what it promises:
// a formula that only people work out by hand stands in package formulas, so
// that no published figure proves a twin of what counts.
func TestEveryFormulaOfBalanceCounts(t *testing.T) {
	const balance, byHand = "pipeline/balance", "pipeline/balance/formulas"
	c := newChecker(t, "measure", "pipeline", "centre", "cmd")
	calls := map[string]map[string]bool{} // of each function: which of balance it names
	for folder, files := range c.folders {
		if folder == byHand {
			continue
		}
		c.check(module+folder, folder)
		for _, f := range files {
			if c.isTest(f) {
				continue
			}
			for _, d := range f.Decls {
				from := "outside"
				if f, is := d.(*ast.FuncDecl); is && folder == balance {
					from = shortName(c.info.Defs[f.Name])
				}
				for _, to := range c.named(d, module+balance) {
					if calls[from] == nil {
						calls[from] = map[string]bool{}
					}
					calls[from][to] = true
				}
			}
		}
	}
	reached := map[string]bool{}
	var reach func(string)
	reach = func(from string) {
		for to := range calls[from] {
			if !reached[to] {
				reached[to] = true
				reach(to)
			}
		}
	}
	reach("outside")
	if len(reached) < 30 {
		t.Fatalf("only %d formulas are reached: the test does not see the calls", len(reached))
	}
	for _, file := range c.folders[balance] {
		if c.isTest(file) {
			continue
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || !f.Name.IsExported() {
				continue
			}
			name := shortName(c.info.Defs[f.Name])
			if why := uncounted[name]; reached[name] == (why != "") {
				t.Errorf("balance: %s: reached by what counts: %v; as an exception: %q. What is only worked out by hand belongs into package formulas", name, reached[name], why)
			}
		}
	}
}

// checker knows the types of the module's packages. What they import from
// elsewhere is taken as empty: a name of ours is the same without it.
type checker struct {
	fset    *token.FileSet
	folders map[string][]*ast.File // tests among them
	checked map[string]*types.Package
	info    *types.Info
}

// newChecker parses every folder of the module below any of some.
func newChecker(t *testing.T, below ...string) *checker {
	t.Helper()
	c := &checker{
		fset: token.NewFileSet(), folders: map[string][]*ast.File{}, checked: map[string]*types.Package{},
		info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}},
	}
	for _, folder := range below {
		err := fs.WalkDir(os.DirFS("."), folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
				return err
			}
			file, err := parser.ParseFile(c.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			c.folders[path.Dir(name)] = append(c.folders[path.Dir(name)], file)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *checker) isTest(f *ast.File) bool {
	return strings.HasSuffix(c.fset.Position(f.Package).Filename, "_test.go")
}

// Import is what go/types asks for.
func (c *checker) Import(name string) (*types.Package, error) {
	folder, _ := strings.CutPrefix(name, module)
	return c.check(name, folder), nil
}

// check returns a package as it is built into a binary.
func (c *checker) check(name, folder string) *types.Package {
	if p, done := c.checked[name]; done {
		return p
	}
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	if files := slices.DeleteFunc(slices.Clone(c.folders[folder]), c.isTest); len(files) > 0 {
		config := types.Config{Importer: c, Error: func(error) {}} // what is not ours is not known
		p, _ = config.Check(name, c.fset, files, c.info)
	}
	c.checked[name] = p
	return p
}

// named lists the functions and methods of a package that a piece of source names.
func (c *checker) named(n ast.Node, in string) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is {
			if f, is := c.info.Uses[id].(*types.Func); is && f.Pkg() != nil && f.Pkg().Path() == in {
				all = append(all, shortName(f))
			}
		}
		return true
	})
	return all
}

// shortName is the name of a function without its package: Dry, (Budget).Closure.
func shortName(f types.Object) string {
	return strings.ReplaceAll(f.(*types.Func).FullName(), f.Pkg().Path()+".", "")
}
