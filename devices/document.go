package devices

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one fault of a configuration file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // from 1
	Column  int    `json:"column"`
	Message string `json:"message"` // what is wrong and what to do
}

// Error prints "file:line:col: message".
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is every fault of a configuration, in the order of the file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// place is where in a file something was written.
type place struct {
	file      string
	line, col int
}

// document reads one YAML file strictly and collects all its problems.
type document struct {
	file     string
	problems *Problems
}

// node is a YAML value and where it stands.
type node struct {
	value ast.Node
	place
}

// field is one key of a mapping with its value.
type field struct {
	key string
	at  place
	node
}

// fields is a mapping in the order of the file.
type fields struct {
	doc  *document
	at   place
	what string
	list []field
}

func (d *document) add(at place, format string, args ...any) {
	*d.problems = append(*d.problems, Problem{at.file, at.line, at.col, fmt.Sprintf(format, args...)})
}

// failed returns the problems in the order of the file, those of other files
// after it, nil if there are none.
func (d *document) failed() error {
	if len(*d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(*d.problems, func(a, b Problem) int {
		if (a.File == d.file) != (b.File == d.file) {
			if a.File == d.file {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	*d.problems = slices.Compact(*d.problems)
	return *d.problems
}

// parse returns the root of the file's only document.
func (d *document) parse(data []byte) (root node, ok bool) {
	root.place = place{d.file, 1, 1}
	defer func() { // a malformed file must be an answer, whatever the YAML library makes of it
		if caught := recover(); caught != nil {
			d.add(place{d.file, 1, 1}, "not readable as YAML: %v", caught)
			ok = false
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil:
		at := d.position(syntax.GetToken())
		d.add(at, "not readable as YAML: %s%s", syntax.GetMessage(), quoteHint(data, at.line))
		return root, false
	case err != nil:
		d.add(root.place, "not readable as YAML: %v", err)
		return root, false
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) != 1 {
		d.add(root.place, "has %d YAML documents, exactly one is needed", len(bodies))
		return root, false
	}
	return d.node(bodies[0]), true
}

// quoteHint reminds of the characters of units that YAML reads as its own.
func quoteHint(data []byte, line int) string {
	lines := strings.Split(string(data), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	text := strings.TrimSpace(lines[line-1])
	if strings.ContainsAny(text, "%{}[]") {
		return "; a unit with { } [ ] or a lone % goes in quotes here, as in 'L{N}/min'"
	}
	return ""
}

func (d *document) position(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{d.file, 1, 1}
	}
	return place{d.file, max(tk.Position.Line, 1), max(tk.Position.Column, 1)}
}

func (d *document) node(n ast.Node) node {
	at := place{d.file, 1, 1}
	if n == nil {
		return node{nil, at}
	}
	at = d.position(n.GetToken())
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 && m.Values[0].Key != nil {
		at = d.position(m.Values[0].Key.GetToken())
	}
	return node{n, at}
}

// mapping reads n as a mapping. With allowed names, any other key is a problem.
func (d *document) mapping(n node, what string, allowed ...string) (fields, bool) {
	out := fields{doc: d, at: n.place, what: what}
	var values []*ast.MappingValueNode
	switch m := n.value.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.add(n.place, "%s: needs keys and values, not %s", what, kind(n))
		return out, false
	}
	for _, value := range values {
		if value == nil || value.Key == nil {
			continue
		}
		at := d.position(value.Key.GetToken())
		key, ok := d.scalar(node{value.Key, at})
		if !ok {
			d.add(at, "%s: a key must be a plain word, not %s", what, kind(node{value.Key, at}))
			continue
		}
		if slices.ContainsFunc(out.list, func(f field) bool { return f.key == key }) {
			d.add(at, "%s: key %q is given twice", what, key)
			continue
		}
		if len(allowed) > 0 && !slices.Contains(allowed, key) {
			d.add(at, "%s: unknown key %q%s", what, key, suggest(key, allowed))
			continue
		}
		out.list = append(out.list, field{key, at, d.node(value.Value)})
	}
	return out, true
}

// list reads n as a list.
func (d *document) list(n node, what string) []node {
	s, ok := n.value.(*ast.SequenceNode)
	if !ok {
		d.add(n.place, "%s: needs a list, not %s", what, kind(n))
		return nil
	}
	out := make([]node, len(s.Values))
	for i, value := range s.Values {
		out[i] = d.node(value)
	}
	return out
}

// scalar returns the text of a plain value as it was written.
func (d *document) scalar(n node) (string, bool) {
	switch v := n.value.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		if v.Value != nil {
			return strings.TrimSpace(v.Value.Value), true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.value.GetToken().Value, true
	}
	return "", false
}

func kind(n node) string {
	if n.value == nil {
		return "nothing"
	}
	switch n.value.Type() {
	case ast.NullType:
		return "nothing"
	case ast.MappingType, ast.MappingValueType:
		return "keys and values"
	case ast.SequenceType:
		return "a list (a unit such as '[ppm]' goes in quotes)"
	case ast.AnchorType, ast.AliasType, ast.TagType, ast.MergeKeyType:
		return "an anchor, alias or tag: write the value out"
	}
	return "a plain value"
}

// get returns the field of that key.
func (f fields) get(key string) (field, bool) {
	for _, field := range f.list {
		if field.key == key {
			return field, true
		}
	}
	return field{}, false
}

// text returns the plain value of key, "" if absent.
func (f fields) text(key string) (string, place) {
	field, ok := f.get(key)
	if !ok {
		return "", f.at
	}
	text, ok := f.doc.scalar(field.node)
	if !ok {
		f.doc.add(field.place, "%s: %s must be a plain value, not %s", f.what, key, kind(field.node))
	}
	return text, field.place
}

// need is text for a key that must be there and not be empty.
func (f fields) need(key, example string) (string, place) {
	if _, ok := f.get(key); !ok {
		f.doc.add(f.at, "%s: %s is missing, as in %s: %s", f.what, key, key, example)
		return "", f.at
	}
	before := len(*f.doc.problems)
	text, at := f.text(key)
	if text == "" && len(*f.doc.problems) == before {
		f.doc.add(at, "%s: %s is empty, give one as in %s: %s", f.what, key, key, example)
	}
	return text, at
}

// suggest returns `; did you mean "x"?` for the nearest name, if one is near.
func suggest(word string, names []string) string {
	best, distance := "", 3
	for _, name := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(name)); d < distance && d < max(len(name), 2) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance counts the letters to insert, drop, change or swap with a neighbour.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	previous, row := make([]int, len(b)+1), make([]int, len(b)+1)
	var before []int
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, previous, row = previous, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
