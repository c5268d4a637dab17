package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nielu/nielu/measure/strict"
)

// word is one word of a line, and where it begins.
type word struct {
	text   string
	col    int // from 1, in characters
	quoted bool
}

// line is the words of one line, read from left to right. After its first
// fault nothing more is said of it.
type line struct {
	p      *parser
	no     int // from 1
	text   string
	words  []word
	at     int
	end    int // the column behind the last word
	faulty bool
}

// split cuts a line into words. A word in double quotes keeps its spaces; # at
// the start of a word begins a comment.
func (p *parser) split(no int, text string) *line {
	l := &line{p: p, no: no, end: 1}
	rest, col := text, 1
	for {
		trimmed := strings.TrimLeft(rest, " \t")
		col += len(rest) - len(trimmed)
		if rest = trimmed; rest == "" || rest[0] == '#' {
			l.text = strings.TrimSpace(text[:len(text)-len(rest)])
			return l
		}
		w, size := word{col: col}, 0
		if rest[0] == '"' {
			body, _, closed := strings.Cut(rest[1:], `"`)
			if w.text, w.quoted, size = body, true, len(body)+2; !closed {
				l.words = append(l.words, w)
				l.fault(w, "the quotation mark is not closed")
				return l
			}
		} else {
			if size = strings.IndexAny(rest, " \t"); size < 0 {
				size = len(rest)
			}
			w.text = rest[:size]
		}
		l.words = append(l.words, w)
		col += utf8.RuneCountInString(rest[:size])
		rest = rest[size:]
		l.end = col
	}
}

func (l *line) fault(w word, format string, args ...any) {
	if !l.faulty {
		l.faulty = true
		l.p.fault(l.no, w.col, fmt.Sprintf(format, args...))
	}
}

// more tells whether there is another word on a line without faults.
func (l *line) more() bool { return !l.faulty && l.at < len(l.words) }

// peek returns the next word, "" at the end.
func (l *line) peek() string {
	if l.more() {
		return l.words[l.at].text
	}
	return ""
}

// take skips the next word if it is this one.
func (l *line) take(text string) bool {
	if l.peek() != text || l.words[l.at].quoted {
		return false
	}
	l.at++
	return true
}

// next returns the next word; what says what is missing if there is none.
func (l *line) next(what string) word {
	if !l.more() {
		w := word{col: l.end}
		l.fault(w, "needs %s here", what)
		return w
	}
	l.at++
	return l.words[l.at-1]
}

// choice reads one of some words.
func (l *line) choice(what string, of ...string) string {
	w := l.next(what)
	for _, name := range of {
		if w.text == name {
			return name
		}
	}
	l.fault(w, "%q is no %s%s", w.text, what, strict.Meant(w.text, of))
	return ""
}

// done says what is left over.
func (l *line) done() {
	if l.more() {
		l.fault(l.words[l.at], "%q is too much here", l.words[l.at].text)
	}
}
