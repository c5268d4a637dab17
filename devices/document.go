package devices

import (
	"bytes"
	"strconv"
	"strings"
)

// document is a JSON message as a tree, in memory that the next message uses
// again. It takes the liberties that sensors take, NaN and Infinity as bare
// words, and refuses everything else that is not JSON.
type document struct {
	text  []byte
	pos   int
	nodes []node // the root first
}

// node is one value of a document.
type node struct {
	kind        byte   // '{', '[', '"', or '0' for a bare word
	key         []byte // in an object
	word        []byte // of a string or a bare word
	first, next int32  // child and sibling; 0 for none, as the root is neither
}

// maxDepth is how deep a message may be nested.
const maxDepth = 32

// parse reads one message; false if it is not JSON.
func (d *document) parse(message []byte) bool {
	d.text, d.pos, d.nodes = message, 0, d.nodes[:0]
	_, ok := d.value(nil, 0)
	d.space()
	return ok && d.pos == len(d.text)
}

// found counts the values at a path; node is one of them.
type found struct {
	node  int32
	count int
}

// find returns what stands at a path below a node: names of members and
// indexes from 0, joined by dots, and selectors of an array's elements by one
// of their members, as in values[id=103].val, or by index, as in values[0]. A
// name may itself hold dots and brackets.
func (d *document) find(from int32, path string) found {
	var f found
	d.search(from, path, &f)
	return f
}

// search visits each node at most once, as a node has one way to it.
func (d *document) search(at int32, path string, f *found) {
	if path == "" {
		f.node = at
		f.count++
		return
	}
	switch d.nodes[at].kind {
	case '{':
		for c := d.nodes[at].first; c != 0; c = d.nodes[c].next {
			if rest, ok := below(path, string(d.nodes[c].key)); ok {
				d.search(c, rest, f)
			}
		}
	case '[':
		key, value, rest, selects := selector(path)
		index := 0
		for c := d.nodes[at].first; c != 0; c = d.nodes[c].next {
			place := strconv.Itoa(index)
			if selects && (key == "" && value == place || key != "" && d.has(c, key, value)) {
				d.search(c, rest, f)
			} else if rest, ok := below(path, place); ok && !selects {
				d.search(c, rest, f)
			}
			index++
		}
	}
}

// has tells whether an object has a member of that text.
func (d *document) has(at int32, key, value string) bool {
	if d.nodes[at].kind != '{' {
		return false
	}
	for c := d.nodes[at].first; c != 0; c = d.nodes[c].next {
		if n := &d.nodes[c]; string(n.key) == key && string(n.word) == value && n.kind != '{' && n.kind != '[' {
			return true
		}
	}
	return false
}

// below returns what is left of a path below a name.
func below(path, name string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(path, name); !ok || rest == "" {
		return rest, ok
	}
	if rest[0] == '[' {
		_, _, _, ok = selector(rest)
		return rest, ok
	}
	return rest[1:], rest[0] == '.' && len(rest) > 1
}

// selector reads [key=value], [key="value"] or [0], which has no key, at the
// start of a path.
func selector(path string) (key, value, rest string, ok bool) {
	inside, ok := strings.CutPrefix(path, "[")
	if !ok {
		return "", "", "", false
	}
	if digits := len(inside) - len(strings.TrimLeft(inside, "0123456789")); digits > 0 && strings.HasPrefix(inside[digits:], "]") {
		key, value = "", inside
	} else if key, value, ok = strings.Cut(inside, "="); !ok || key == "" || strings.ContainsAny(key, "[]") {
		return "", "", "", false
	}
	end := "]"
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, end = quoted, `"]`
	}
	if value, rest, ok = strings.Cut(value, end); !ok {
		return "", "", "", false
	}
	if strings.HasPrefix(rest, ".") && len(rest) > 1 {
		rest = rest[1:]
	} else if rest != "" && rest[0] != '[' {
		return "", "", "", false
	}
	return key, value, rest, true
}

func (d *document) space() {
	for d.pos < len(d.text) && strings.IndexByte(" \t\r\n", d.text[d.pos]) >= 0 {
		d.pos++
	}
}

// take moves over c if it comes next.
func (d *document) take(c byte) bool {
	d.space()
	if d.pos < len(d.text) && d.text[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

// value reads one value and returns its node.
func (d *document) value(key []byte, depth int) (at int32, ok bool) {
	d.space()
	if d.pos == len(d.text) || depth > maxDepth {
		return 0, false
	}
	at = int32(len(d.nodes))
	d.nodes = append(d.nodes, node{kind: '0', key: key})
	switch c := d.text[d.pos]; c {
	case '{', '[':
		d.nodes[at].kind = c
		return at, d.members(at, depth)
	case '"':
		word, ok := d.str()
		d.nodes[at].kind, d.nodes[at].word = '"', bytes.TrimSpace(word)
		return at, ok
	}
	start := d.pos
	for d.pos < len(d.text) && strings.IndexByte(",]} \t\r\n:\"{[", d.text[d.pos]) < 0 {
		d.pos++
	}
	word := d.text[start:d.pos]
	d.nodes[at].word = word
	return at, isWord(word)
}

// members reads the members of an object or the elements of an array.
func (d *document) members(parent int32, depth int) bool {
	object, end := d.nodes[parent].kind == '{', byte(']')
	if object {
		end = '}'
	}
	d.pos++
	if d.take(end) {
		return true
	}
	for last := int32(0); ; {
		var key []byte
		if object {
			d.space()
			var ok bool
			if key, ok = d.str(); !ok || !d.take(':') {
				return false
			}
		}
		child, ok := d.value(key, depth+1)
		if !ok {
			return false
		}
		if last == 0 {
			d.nodes[parent].first = child
		} else {
			d.nodes[last].next = child
		}
		last = child
		if d.take(end) {
			return true
		}
		if !d.take(',') {
			return false
		}
	}
}

// str reads a quoted string.
func (d *document) str() ([]byte, bool) {
	if d.pos >= len(d.text) || d.text[d.pos] != '"' {
		return nil, false
	}
	d.pos++
	start, escaped := d.pos, false
	for d.pos < len(d.text) {
		switch c := d.text[d.pos]; {
		case c == '"':
			word := d.text[start:d.pos]
			d.pos++
			if escaped {
				return unescape(word)
			}
			return word, true
		case c == '\\':
			escaped = true
			d.pos += 2
		case c < ' ':
			return nil, false
		default:
			d.pos++
		}
	}
	return nil, false
}

// unescape undoes JSON's escapes; pairs of surrogates become U+FFFD twice,
// which matches no path.
func unescape(word []byte) ([]byte, bool) {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] != '\\' {
			out = append(out, word[i])
			continue
		}
		i++
		if i == len(word) {
			return nil, false
		}
		if j := strings.IndexByte(`"\/bfnrt`, word[i]); j >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[j])
			continue
		}
		if word[i] != 'u' || i+5 > len(word) {
			return nil, false
		}
		code, err := strconv.ParseUint(string(word[i+1:i+5]), 16, 16)
		if err != nil {
			return nil, false
		}
		out = append(out, string(rune(code))...)
		i += 4
	}
	return out, true
}
