package strict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Document is one YAML file being read; it collects every fault of it, and
// the notes to what is valid and unwise.
type Document struct {
	file     string
	problems Problems
	notes    Problems
}

// Open parses data and returns its root, which is absent if there is none.
func Open(file string, data []byte) (*Document, Node) {
	d := &Document{file: file}
	root := Node{d: d, at: place{1, 1}, said: true}
	if body := d.parse(data); body != nil {
		root = d.node(body)
	}
	return d, root
}

// Err returns all faults as [Problems], or nil.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	return ordered(d.file, d.problems)
}

// Notes returns all notes. They are no part of [Document.Err].
func (d *Document) Notes() Problems { return ordered(d.file, d.notes) }

// Faults returns how many faults were found so far.
func (d *Document) Faults() int { return len(d.problems) }

func (d *Document) add(at place, message string) {
	d.problems = append(d.problems, d.problem(at, message))
}

func (d *Document) problem(at place, message string) Problem {
	message = strings.ReplaceAll(message, "\n", " ") // one fault, one line
	return Problem{File: d.file, Line: at.line, Column: at.column, Message: message}
}

// parse returns the root of the file's only document, or nil.
func (d *Document) parse(data []byte) (root ast.Node) {
	start := place{1, 1}
	defer func() { // a malformed file must be an answer, whatever the YAML library makes of it
		if caught := recover(); caught != nil {
			d.add(start, fmt.Sprintf("not readable as YAML: %v", caught))
			root = nil
		}
	}()
	if at, deep := tooDeep(data); deep {
		d.add(at, fmt.Sprintf("not readable as YAML: more than %d brackets are open here: close them", deepest))
		return nil
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var syntax interface {
		GetToken() *token.Token
		GetMessage() string
	}
	switch {
	case errors.As(err, &syntax):
		at := placeOf(syntax.GetToken())
		d.add(at, "not readable as YAML: "+syntax.GetMessage()+quoteHint(data, at.line))
		return nil
	case err != nil:
		d.add(start, fmt.Sprintf("not readable as YAML: %v", err))
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		d.add(start, "the file is empty")
		return nil
	case 1:
		return bodies[0]
	}
	d.add(d.node(bodies[1]).at, fmt.Sprintf("the file has %d YAML documents, one is needed: take out the lines ---", len(bodies)))
	return nil
}

// deepest is how many brackets may be open at once. The library takes time by
// the square of it, and some files come from evidence that others have signed.
const deepest = 100

func tooDeep(data []byte) (at place, deep bool) {
	open := 0
	for i, c := range data {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if open > deepest {
			before := data[:i]
			return place{bytes.Count(before, []byte("\n")) + 1, i - bytes.LastIndexByte(before, '\n')}, true
		}
	}
	return at, false
}

// quoteHint reminds of the characters of units that YAML reads as its own.
func quoteHint(data []byte, line int) string {
	lines := strings.Split(string(data), "\n")
	if line > len(lines) || !strings.ContainsAny(lines[line-1], "%{}[]") {
		return ""
	}
	return "; a unit with { } [ ] or a lone % goes in quotes here, as in 'L{N}/min'"
}

// place is where in a file something was written, from 1.
type place struct{ line, column int }

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

func (d *Document) node(n ast.Node) Node {
	at := placeOf(n.GetToken())
	switch m := n.(type) { // a block mapping starts at its first key
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 && m.Values[0].Key != nil {
			at = placeOf(m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		if m.Key != nil {
			at = placeOf(m.Key.GetToken())
		}
	}
	return Node{d: d, n: n, at: at}
}
