package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/nielu/nielu/"

// A room is one folder of Go files: what its package comment says first, the
// rooms it imports (not in its tests), and what it declares for others.
type room struct {
	name     string // "pipeline/rollup"
	synopsis string
	uses     []string
	declares map[string]string // "Compute" or "Bus.Read" → its file
}

// readHouse reads every folder below top that holds Go files, but for
// programs that keep the documents true.
func readHouse(top string) (map[string]room, error) {
	rooms := map[string]room{}
	files := token.NewFileSet()
	err := fs.WalkDir(os.DirFS(top), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"build", "docs", "testdata", "node_modules"}, d.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path.Join(top, name))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		r := rooms[path.Dir(name)]
		r.name = path.Dir(name)
		return r.take(rooms, name, file)
	})
	if err == nil && len(rooms) < 10 {
		err = fmt.Errorf("only %d rooms are found", len(rooms))
	}
	return rooms, err
}

func (r room) take(rooms map[string]room, name string, file *ast.File) error {
	if file.Doc != nil {
		r.synopsis = new(doc.Package).Synopsis(file.Doc.Text())
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(r.uses, ours) {
			r.uses = append(r.uses, ours)
		}
	}
	if r.declares == nil {
		r.declares = map[string]string{}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			r.declares[receiver(d)+d.Name.Name] = name
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					r.declares[s.Name.Name] = name
				case *ast.ValueSpec:
					for _, id := range s.Names {
						r.declares[id.Name] = name
					}
				}
			}
		}
	}
	rooms[r.name] = r
	return nil
}

// receiver is the name of a method's type and a dot, or nothing.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}

// A graph has, for each box, the boxes it uses.
type graph map[string]map[string]bool

// graphOf joins rooms into boxes; box gives "" for a room that is not shown.
func graphOf(rooms map[string]room, box func(string) string) graph {
	g := graph{}
	for name, r := range rooms {
		from := box(name)
		if from == "" {
			continue
		}
		if g[from] == nil {
			g[from] = map[string]bool{}
		}
		for _, used := range r.uses {
			if to := box(used); to != "" && to != from {
				g[from][to] = true
			}
		}
	}
	return g
}

// reduced leaves out the arrows that a longer way already implies, so that
// what is drawn can be followed with the eye.
func (g graph) reduced() graph {
	out := graph{}
	for from, uses := range g {
		out[from] = map[string]bool{}
		for to := range uses {
			implied := false
			for other := range uses {
				implied = implied || other != to && g.reaches(other, to)
			}
			if !implied {
				out[from][to] = true
			}
		}
	}
	return out
}

func (g graph) reaches(from, to string) bool {
	for next := range g[from] {
		if next == to || g.reaches(next, to) {
			return true
		}
	}
	return false
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
