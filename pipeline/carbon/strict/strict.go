// Package strict reads configuration in YAML strictly: unknown keys, keys
// given twice, bare numbers where a unit belongs and values of the wrong kind
// are faults, and reading goes on after each. [Document.Err] holds all of them,
// each as "file:line:col: message". It reads text and computes nothing.
package strict

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

// Document is one YAML file being read strictly: every fault of it is kept as
// "file:line:col: message", and reading goes on after each.
type Document struct {
	file   string
	faults []error
}

// Open parses data and returns its root, which is absent if there is none.
func Open(file string, data []byte) (*Document, Node) {
	d := &Document{file: file}
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
		return d, Node{d: d}
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
	return d, Node{d: d, n: root}
}

// Err returns all faults, or nil.
func (d *Document) Err() error { return errors.Join(d.faults...) }

// Node is one value of the file. The zero Node is absent: asking it for
// anything gives the zero value and says nothing.
type Node struct {
	d    *Document
	n    ast.Node
	name string // for messages: the key it stands at
}

// Present tells whether the value is in the file.
func (x Node) Present() bool { return x.n != nil }

// Fault adds a fault at the place of the value.
func (x Node) Fault(format string, args ...any) {
	line, column := 1, 1
	if at := start(x.n); at != nil {
		if t := at.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	text := fmt.Sprintf(format, args...)
	if x.name != "" {
		text = x.name + ": " + text
	}
	x.d.faults = append(x.d.faults, fmt.Errorf("%s:%d:%d: %s", x.d.file, line, column, text))
}

// start is the first part of a value: of a mapping its first key.
func start(n ast.Node) ast.Node {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return m.Values[0].Key
		}
	case *ast.MappingValueNode:
		return m.Key
	}
	return n
}

// Entry is one key of a mapping and its value.
type Entry struct {
	Key   Node
	Text  string // of the key
	Value Node
}

// Entries returns the pairs of a mapping in the order of the file.
func (x Node) Entries() []Entry {
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
		x.Fault("needs keys and values here")
		return nil
	}
	seen := map[string]bool{}
	var all []Entry
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		k := Node{x.d, pair.Key, ""}
		if seen[key] {
			k.Fault("%s is given twice", key)
			continue
		}
		seen[key] = true
		v := Node{x.d, pair.Value, key}
		if _, null := pair.Value.(*ast.NullNode); null {
			v.Fault("has no value; leave the key out if there is none")
			v.n = nil
		}
		all = append(all, Entry{k, key, v})
	}
	return all
}

// Fields returns the values of a mapping that may only have these keys.
func (x Node) Fields(allowed ...string) map[string]Node {
	values := map[string]Node{}
	for _, key := range allowed {
		values[key] = Node{d: x.d, name: key}
	}
	for _, e := range x.Entries() {
		if !slices.Contains(allowed, e.Text) {
			e.Key.Fault("unknown key %q%s", e.Text, Meant(e.Text, allowed))
			continue
		}
		values[e.Text] = e.Value
	}
	return values
}

// Need reports each of these keys that a mapping lacks.
func (x Node) Need(values map[string]Node, keys ...string) {
	if x.n == nil {
		return
	}
	for _, key := range keys {
		if !values[key].Present() {
			x.Fault("needs the key %s", key)
		}
	}
}

// List returns the items of a sequence.
func (x Node) List() []Node {
	if x.n == nil {
		return nil
	}
	s, ok := x.n.(*ast.SequenceNode)
	if !ok {
		x.Fault("needs a list here")
		return nil
	}
	var items []Node
	for _, item := range s.Values {
		items = append(items, Node{x.d, item, x.name})
	}
	return items
}

// Text returns a scalar as it is written.
func (x Node) Text() string {
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
	x.Fault("needs a single value here")
	return ""
}

// Choice returns a scalar that must be one of a few.
func (x Node) Choice(allowed ...string) string {
	s := x.Text()
	if x.n != nil && s != "" && !slices.Contains(allowed, s) {
		x.Fault("%q is not one of %s%s", s, strings.Join(allowed, ", "), Meant(s, allowed))
		return ""
	}
	return s
}

// Flag returns true or false.
func (x Node) Flag() bool {
	if x.n == nil {
		return false
	}
	b, ok := x.n.(*ast.BoolNode)
	if !ok {
		x.Fault("needs true or false")
		return false
	}
	return b.Value
}

// PlainName returns a name of one segment; what says which kind of name it is.
func (x Node) PlainName(what string) string {
	if x.n == nil {
		return ""
	}
	s, err := measure.ParseName(what, x.Text())
	if err != nil {
		x.Fault("%v", err)
	}
	return s
}

// Tag returns a tag.
func (x Node) Tag() measure.Tag {
	if x.n == nil {
		return ""
	}
	t, err := measure.ParseTag(x.Text())
	if err != nil {
		x.Fault("%v", err)
	}
	return t
}

// Unit returns a unit by its code.
func (x Node) Unit() measure.Unit {
	if x.n == nil {
		return measure.Unit{}
	}
	u, err := measure.ParseUnit(x.Text())
	if err != nil {
		x.Fault("%v", err)
	}
	return u
}

// Quantity returns a number with its unit; a bare number is refused unless
// the quantity it stands for has no unit.
func (x Node) Quantity() (measure.Quantity, bool) {
	if x.n == nil {
		return measure.Quantity{}, false
	}
	s := x.Text()
	if s == "" {
		return measure.Quantity{}, false
	}
	q, err := measure.ParseQuantity(s)
	if err != nil {
		x.Fault("%v", err)
		return measure.Quantity{}, false
	}
	return q, true
}

// In returns a quantity in the unit given.
func (x Node) In(u measure.Unit) (float64, bool) {
	q, ok := x.Quantity()
	if !ok {
		return 0, false
	}
	v, err := q.In(u)
	if err != nil {
		if q.Unit == (measure.Unit{}) {
			x.Fault("%s has no unit: write it with one that converts to %s", q, u)
		} else {
			x.Fault("%v", err)
		}
		return 0, false
	}
	return v, true
}

// Fraction returns a share written in %, [ppm] or as a pure number, 0 to 1.
func (x Node) Fraction() (float64, bool) {
	v, ok := x.In(measure.Unit{})
	if ok && (v < 0 || v > 1) {
		x.Fault("%s is not between 0 %% and 100 %%", x.Text())
		return 0, false
	}
	return v, ok
}

// Duration returns a length of time above 0.
func (x Node) Duration() time.Duration {
	q, ok := x.Quantity()
	if !ok {
		return 0
	}
	d, err := q.Duration()
	switch {
	case err != nil && q.Unit == (measure.Unit{}):
		x.Fault("%s has no unit: write a time, as in 30 s or 2 min", q)
	case err != nil:
		x.Fault("%v", err)
	case d <= 0:
		x.Fault("%s is not longer than nothing", q)
	}
	return d
}

// Instant returns a time in UTC.
func (x Node) Instant() time.Time {
	if x.n == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, x.Text())
	if err != nil {
		x.Fault("%q is not an RFC 3339 time with zone, as in 2026-11-02T00:00:00Z", x.Text())
		return time.Time{}
	}
	return t.UTC()
}

// Meant returns "; did you mean ...?" for the nearest of the names, if near.
func Meant(got string, names []string) string {
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

// Optional returns a quantity in a unit, or nil if it is not given.
func (x Node) Optional(u measure.Unit) *float64 {
	if v, ok := x.In(u); ok {
		return &v
	}
	return nil
}

// Share returns a fraction, or nil if it is not given.
func (x Node) Share() *float64 {
	if v, ok := x.Fraction(); ok {
		return &v
	}
	return nil
}

// Sole returns the value of a mapping's only key if it is this one.
func (x Node) Sole(key string) Node {
	if e := x.Entries(); len(e) == 1 && e[0].Text == key {
		return e[0].Value
	}
	return Node{d: x.d}
}
