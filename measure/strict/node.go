package strict

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// Node is one value of the file. An absent Node gives the zero value when it
// is asked for anything and says nothing; [Node.Need] and [Node.Needed] say
// that it is missing.
type Node struct {
	d    *Document
	n    ast.Node // nil: absent
	at   place    // of an absent value: the mapping that lacks it
	of   string   // what it belongs to, in front of its faults; see As
	key  string   // the key it stands at
	said bool     // absent, and why is among the faults already
}

// Present tells whether the value is in the file.
func (x Node) Present() bool { return x.n != nil }

// IsList tells whether the value is a list.
func (x Node) IsList() bool {
	_, ok := x.n.(*ast.SequenceNode)
	return ok
}

// IsMapping tells whether the value is keys and values.
func (x Node) IsMapping() bool {
	_, ok := x.pairs()
	return ok
}

// Line returns the line the value stands in.
func (x Node) Line() int { return x.at.line }

// Column returns the column the value begins in.
func (x Node) Column() int { return x.at.column }

// As returns the node with these words in front of its faults and of those of
// its keys, in the place of the key it stands at.
func (x Node) As(words string) Node {
	x.of, x.key = words, ""
	return x
}

// Fault adds a fault at the place of the value.
func (x Node) Fault(format string, args ...any) {
	x.d.add(x.at, join(x.words(), fmt.Sprintf(format, args...)))
}

// Note adds a note at the place of the value: it is valid, and something about
// it is worth a second look.
func (x Node) Note(format string, args ...any) {
	p := x.d.problem(x.at, join(x.words(), fmt.Sprintf(format, args...)))
	p.Note = true
	x.d.notes = append(x.d.notes, p)
}

// TakeNotes adds the notes to another file that this value names.
func (x Node) TakeNotes(notes Problems) { x.d.notes = append(x.d.notes, notes...) }

func (x Node) words() string {
	if x.key == "" {
		return x.of
	}
	return join(x.of, x.key)
}

// fault adds a fault whose text names the value itself.
func (x Node) fault(text string) { x.d.add(x.at, join(x.of, text)) }

func join(words, text string) string {
	if words == "" {
		return text
	}
	return words + ": " + text
}

// Take adds the faults of another file that this value names; an error of
// another kind is a fault of the value. It does nothing for nil.
func (x Node) Take(err error) {
	if problems, ok := ProblemsOf(err); ok {
		x.d.problems = append(x.d.problems, problems...)
	} else {
		x.Fault("%v", err)
	}
}

// Entry is one key of a mapping and its value.
type Entry struct {
	Key   Node
	Text  string // of the key
	Value Node
}

// Entries returns the pairs of a mapping in the order of the file.
func (x Node) Entries() []Entry {
	all, _ := x.entries()
	return all
}

func (x Node) entries() (all []Entry, ok bool) {
	pairs, ok := x.pairs()
	if !ok {
		if x.n != nil {
			x.Fault("needs keys and values here, not %s", x.kind())
		}
		return nil, false
	}
	seen := make(map[string]bool, len(pairs))
	for _, pair := range pairs {
		if pair == nil || pair.Key == nil {
			continue
		}
		key := Node{d: x.d, n: pair.Key, at: placeOf(pair.Key.GetToken()), of: x.words()}
		text, ok := key.scalar()
		switch {
		case !ok:
			key.Fault("a key must be a plain word, not %s", key.kind())
			continue
		case seen[text]:
			key.Fault("key %q is given twice", text)
			continue
		}
		seen[text] = true
		value := x.child(pair.Value, key.at)
		value.key = text
		all = append(all, Entry{Key: key, Text: text, Value: value.filled()})
	}
	return all, true
}

func (x Node) pairs() ([]*ast.MappingValueNode, bool) {
	switch n := x.n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// Peek returns the text at a key of a mapping, "" if there is none, and says
// nothing: a name to put in front of the mapping's faults with As.
func (x Node) Peek(key string) string {
	pairs, _ := x.pairs()
	for _, pair := range pairs {
		if pair == nil || pair.Key == nil {
			continue
		}
		if text, _ := (Node{n: pair.Key}).scalar(); text == key {
			text, _ := Node{n: pair.Value}.scalar()
			return text
		}
	}
	return ""
}

// child returns a part of x.
func (x Node) child(n ast.Node, at place) Node {
	if n == nil {
		return Node{d: x.d, n: &ast.NullNode{}, at: at, of: x.of}
	}
	part := x.d.node(n)
	part.of = x.of
	return part
}

// filled makes a value that was left empty an absent one, and says so.
func (x Node) filled() Node {
	_, empty := x.n.(*ast.NullNode)
	if text, scalar := x.scalar(); empty || scalar && text == "" {
		x.Fault("has no value; leave it out if there is none")
		x.n, x.said = nil, true
	}
	return x
}

// Fields returns the values of a mapping that may only have these keys.
func (x Node) Fields(allowed ...string) map[string]Node {
	entries, ok := x.entries()
	values := make(map[string]Node, len(allowed))
	for _, key := range allowed {
		values[key] = Node{d: x.d, at: x.at, of: x.of, key: key, said: !ok}
	}
	for _, e := range entries {
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
	for _, key := range keys {
		values[key].Needed("")
	}
}

// Needed returns x and reports it if it is missing, with an example of what
// to write.
func (x Node) Needed(example string) Node {
	if x.n == nil && !x.said {
		if example != "" {
			example = ", as in " + x.key + ": " + example
		}
		x.fault(x.key + " is missing" + example)
		x.said = true
	}
	return x
}

// List returns the items of a list.
func (x Node) List() []Node {
	if x.n == nil {
		return nil
	}
	s, ok := x.n.(*ast.SequenceNode)
	if !ok {
		x.Fault("needs a list here, not %s", x.kind())
		return nil
	}
	items := make([]Node, len(s.Values))
	for i, value := range s.Values {
		items[i] = x.child(value, x.at)
		items[i].key = x.key
		items[i] = items[i].filled()
	}
	return items
}

// Sole returns the value of a mapping's only key if it is this one.
func (x Node) Sole(key string) Node {
	if e := x.Entries(); len(e) == 1 && e[0].Text == key {
		return e[0].Value
	}
	return Node{d: x.d, at: x.at, said: true}
}

func (x Node) kind() string {
	if x.n == nil {
		return "nothing"
	}
	switch x.n.Type() {
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

// Faults returns how many faults the file has so far.
func (x Node) Faults() int { return x.d.Faults() }
