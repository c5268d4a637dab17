package formulas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// object is a JSON object; keys are in the file's order.
type object struct {
	keys   []string
	values map[string]any
}

const (
	maxDepth = 32
	maxBytes = 64 << 20
	fileNote = "write one JSON value"
)

// parse reads one JSON value: object, []any, string, json.Number, bool or nil.
// A key given twice is an error, so is anything after the value.
func parse(data []byte) (any, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%d bytes: at most %d", len(data), maxBytes)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := value(d, 0)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the value; " + fileNote)
		}
	}
	if err != nil {
		at := data[:min(int(d.InputOffset()), len(data))]
		if errors.Is(err, io.EOF) {
			err = errors.New("the text ends too early; " + fileNote)
		}
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(at, []byte("\n")), err)
	}
	return v, nil
}

func value(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		o := object{values: map[string]any{}}
		for d.More() {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, ok := token.(string)
			if !ok {
				return nil, fmt.Errorf("a key is %v: write a string", token)
			}
			if _, twice := o.values[key]; twice {
				return nil, fmt.Errorf("the key %s stands twice", quote(key))
			}
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			o.keys = append(o.keys, key)
			o.values[key] = v
		}
		_, err := d.Token()
		return o, err
	}
	return token, nil
}

// kind says what a value is, for people.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case string:
		return "the text " + quote(v)
	case json.Number:
		return "the number " + v.String()
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	return "an object"
}

// sorted returns the keys in the order of the alphabet, so that the order in a
// file does not decide the last digit of a sum.
func (o object) sorted() []string {
	keys := slices.Clone(o.keys)
	slices.SortFunc(keys, strings.Compare)
	return keys
}
