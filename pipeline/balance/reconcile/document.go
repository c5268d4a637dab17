package reconcile

import (
	"encoding/json"
	"strconv"
	"strings"
)

// kind is the first byte of a JSON value: { [ " 0 t f n, where 0 stands for
// any number.
type kind byte

// value is one node of a JSON tree. Objects keep the order of their keys, and
// keys written twice.
type value struct {
	kind  kind
	text  string   // of a string, unquoted, or a number, as written
	keys  []string // of an object
	items []value  // of an object or a list
}

// parseDocument reads a whole JSON text. Its syntax is checked by the
// standard library, so that the scanner may trust it.
func parseDocument(data []byte) (*value, bool) {
	if !json.Valid(data) {
		return nil, false
	}
	s := scanner{text: string(data)}
	v := s.value()
	return &v, true
}

type scanner struct {
	text string
	at   int
}

// next skips what separates values and returns the next byte.
func (s *scanner) next() byte {
	for {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			s.at++
		default:
			return c
		}
	}
}

func (s *scanner) value() value {
	switch c := s.next(); c {
	case '{':
		v := value{kind: '{'}
		s.at++
		for s.next() != '}' {
			v.keys = append(v.keys, s.quoted())
			v.items = append(v.items, s.value())
		}
		s.at++
		return v
	case '[':
		v := value{kind: '['}
		s.at++
		for s.next() != ']' {
			v.items = append(v.items, s.value())
		}
		s.at++
		return v
	case '"':
		return value{kind: '"', text: s.quoted()}
	case 't', 'n':
		s.at += 4
		return value{kind: kind(c)}
	case 'f':
		s.at += 5
		return value{kind: 'f'}
	}
	from := s.at
	for s.at < len(s.text) && strings.IndexByte("+-.0123456789eE", s.text[s.at]) >= 0 {
		s.at++
	}
	return value{kind: '0', text: s.text[from:s.at]}
}

func (s *scanner) quoted() string {
	s.next()
	from, plain := s.at, true
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			plain = false
			s.at++
		}
	}
	s.at++
	if plain {
		return s.text[from+1 : s.at-1]
	}
	var text string
	if json.Unmarshal([]byte(s.text[from:s.at]), &text) != nil {
		return s.text[from+1 : s.at-1] // unreachable after json.Valid
	}
	return text
}

// get returns the value of a key, nil if it is absent or null.
func (v *value) get(key string) *value {
	for i, k := range v.keys {
		if k == key && v.items[i].kind != 'n' {
			return &v.items[i]
		}
	}
	return nil
}

func (v *value) number() (float64, bool) {
	if v.kind != '0' {
		return 0, false
	}
	x, err := strconv.ParseFloat(v.text, 64)
	return x, err == nil
}
