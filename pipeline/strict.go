package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/nielu/nielu/measure"
)

// document is one YAML file being read strictly: every fault of it is kept as
// "file:line:col: message", and reading goes on after each.
type document struct {
	file   string
	faults []error
}

// open parses data and returns its root, which is absent if there is none.
func open(file string, data []byte) (*document, node) {
	d := &document{file: file}
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		line, column, text := 1, 1, err.Error()
		var syntax interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &syntax) {
			text = syntax.GetMessage()
			if t := syntax.GetToken(); t != nil && t.Position != nil {
				line, column = t.Position.Line, t.Position.Column
			}
		}
		d.faults = append(d.faults, fmt.Errorf("%s:%d:%d: %s", file, line, column, text))
		return d, node{d: d}
	}
	var root ast.Node
	for _, doc := range parsed.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			d.faults = append(d.faults, fmt.Errorf("%s: more than one YAML document in the file", file))
			break
		}
		root = doc.Body
	}
	if root == nil && len(d.faults) == 0 {
		d.faults = append(d.faults, fmt.Errorf("%s:1:1: the file is empty", file))
	}
	return d, node{d: d, n: root}
}

func (d *document) err() error { return errors.Join(d.faults...) }

// node is one value of the file. The zero node is absent: asking it for
// anything gives the zero value and says nothing.
type node struct {
	d    *document
	n    ast.Node
	name string // for messages: the key it stands at
}

func (x node) present() bool { return x.n != nil }

func (x node) fault(format string, args ...any) {
	line, column := 1, 1
	if x.n != nil {
		if t := x.n.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	text := fmt.Sprintf(format, args...)
	if x.name != "" {
		text = x.name + ": " + text
	}
	x.d.faults = append(x.d.faults, fmt.Errorf("%s:%d:%d: %s", x.d.file, line, column, text))
}

type entry struct {
	key   node
	text  string
	value node
}

// entries returns the pairs of a mapping in the order of the file.
func (x node) entries() []entry {
	if x.n == nil {
		return nil
	}
	var pairs []*ast.MappingValueNode
	switch n := x.n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		x.fault("needs keys and values here")
		return nil
	}
	seen := map[string]bool{}
	var all []entry
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		k := node{x.d, pair.Key, ""}
		if seen[key] {
			k.fault("%s is given twice", key)
			continue
		}
		seen[key] = true
		v := node{x.d, pair.Value, key}
		if _, null := pair.Value.(*ast.NullNode); null {
			v.fault("has no value; leave the key out if there is none")
			v.n = nil
		}
		all = append(all, entry{k, key, v})
	}
	return all
}

// fields returns the values of a mapping that may only have these keys.
func (x node) fields(allowed ...string) map[string]node {
	values := map[string]node{}
	for _, key := range allowed {
		values[key] = node{d: x.d, name: key}
	}
	for _, e := range x.entries() {
		if !slices.Contains(allowed, e.text) {
			e.key.fault("unknown key %q%s", e.text, meant(e.text, allowed))
			continue
		}
		values[e.text] = e.value
	}
	return values
}

// need reports each of these keys that a mapping lacks.
func (x node) need(values map[string]node, keys ...string) {
	if x.n == nil {
		return
	}
	for _, key := range keys {
		if !values[key].present() {
			x.fault("needs the key %s", key)
		}
	}
}

// list returns the items of a sequence.
func (x node) list() []node {
	if x.n == nil {
		return nil
	}
	s, ok := x.n.(*ast.SequenceNode)
	if !ok {
		x.fault("needs a list here")
		return nil
	}
	var items []node
	for _, item := range s.Values {
		items = append(items, node{x.d, item, x.name})
	}
	return items
}

// text returns a scalar as it is written.
func (x node) text() string {
	switch n := x.n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	x.fault("needs a single value here")
	return ""
}

func (x node) choice(allowed ...string) string {
	s := x.text()
	if x.n != nil && s != "" && !slices.Contains(allowed, s) {
		x.fault("%q is not one of %s%s", s, strings.Join(allowed, ", "), meant(s, allowed))
		return ""
	}
	return s
}

func (x node) flag() bool {
	if x.n == nil {
		return false
	}
	b, ok := x.n.(*ast.BoolNode)
	if !ok {
		x.fault("needs true or false")
		return false
	}
	return b.Value
}

func (x node) plainName(what string) string {
	if x.n == nil {
		return ""
	}
	s, err := measure.ParseName(what, x.text())
	if err != nil {
		x.fault("%v", err)
	}
	return s
}

func (x node) tag() measure.Tag {
	if x.n == nil {
		return ""
	}
	t, err := measure.ParseTag(x.text())
	if err != nil {
		x.fault("%v", err)
	}
	return t
}

func (x node) unit() measure.Unit {
	if x.n == nil {
		return measure.Unit{}
	}
	u, err := measure.ParseUnit(x.text())
	if err != nil {
		x.fault("%v", err)
	}
	return u
}

// quantity returns a number with its unit; a bare number is refused unless
// the quantity it stands for has no unit.
func (x node) quantity() (measure.Quantity, bool) {
	if x.n == nil {
		return measure.Quantity{}, false
	}
	s := x.text()
	if s == "" {
		return measure.Quantity{}, false
	}
	q, err := measure.ParseQuantity(s)
	if err != nil {
		x.fault("%v", err)
		return measure.Quantity{}, false
	}
	return q, true
}

// in returns a quantity in the unit given.
func (x node) in(u measure.Unit) (float64, bool) {
	q, ok := x.quantity()
	if !ok {
		return 0, false
	}
	v, err := q.In(u)
	if err != nil {
		if q.Unit == (measure.Unit{}) {
			x.fault("%s has no unit: write it with one that converts to %s", q, u)
		} else {
			x.fault("%v", err)
		}
		return 0, false
	}
	return v, true
}

// fraction returns a share written in %, [ppm] or as a pure number, 0 to 1.
func (x node) fraction() (float64, bool) {
	v, ok := x.in(measure.Unit{})
	if ok && (v < 0 || v > 1) {
		x.fault("%s is not between 0 %% and 100 %%", x.text())
		return 0, false
	}
	return v, ok
}

func (x node) duration() time.Duration {
	q, ok := x.quantity()
	if !ok {
		return 0
	}
	d, err := q.Duration()
	switch {
	case err != nil && q.Unit == (measure.Unit{}):
		x.fault("%s has no unit: write a time, as in 30 s or 2 min", q)
	case err != nil:
		x.fault("%v", err)
	case d <= 0:
		x.fault("%s is not longer than nothing", q)
	}
	return d
}

func (x node) instant() time.Time {
	if x.n == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, x.text())
	if err != nil {
		x.fault("%q is not an RFC 3339 time with zone, as in 2026-11-02T00:00:00Z", x.text())
		return time.Time{}
	}
	return t.UTC()
}

// meant returns "; did you mean ...?" for the nearest of the names, if near.
func meant(got string, names []string) string {
	best, least := "", 1+len(got)/3
	for _, name := range names {
		if n := distance(got, name); n <= least && (n < least || best == "") {
			best, least = name, n
		}
	}
	if best == "" {
		return "; known are " + strings.Join(names, ", ")
	}
	return "; did you mean " + best + "?"
}

// distance counts the letters to insert, drop or change between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
