package formulas

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Key is an input that a formula asks for. Unit is a UCUM code, or says what
// the key holds if that is no number.
type Key struct {
	Name     string `json:"name"`
	Unit     string `json:"unit"`
	Optional bool   `json:"optional,omitempty"`
}

// Input is an object that a formula takes its inputs from. A formula asks for
// all of them first; what it did not ask for is an unknown key.
type Input struct {
	values object
	at     string
	known  []string
	inner  []*Input
	shared *inputState
}

type inputState struct {
	keys    []Key
	faults  Faults
	listing bool // only the keys are wanted
}

func newInput(o object) *Input { return &Input{values: o, shared: &inputState{}} }

func (in *Input) path(key string) string {
	if in.at == "" {
		return key
	}
	return in.at + "." + key
}

func (in *Input) fault(key, format string, args ...any) {
	in.shared.faults = append(in.shared.faults, Fault{Text: in.path(key) + ": " + fmt.Sprintf(format, args...)})
}

// take returns what stands under a key, and whether anything does.
func (in *Input) take(key, unit string, optional bool) (any, bool) {
	in.known = append(in.known, key)
	k := Key{Name: in.path(key), Unit: unit, Optional: optional}
	if !slices.Contains(in.shared.keys, k) {
		in.shared.keys = append(in.shared.keys, k)
	}
	v, there := in.values.values[key]
	if !there && !optional {
		in.fault(key, "missing; give it%s", inUnit(unit))
	}
	return v, there
}

func inUnit(unit string) string {
	switch unit {
	case "1":
		return " as a number"
	case "":
		return ""
	}
	return " in " + unit
}

// Complete tells whether the inputs are all there and none else. Nothing may
// be computed if not.
func (in *Input) Complete() bool {
	in.unknown()
	return len(in.shared.faults) == 0
}

func (in *Input) unknown() {
	for _, key := range in.values.keys {
		if !slices.Contains(in.known, key) {
			in.shared.faults = append(in.shared.faults, Fault{Text: "unknown key " + quote(in.path(key)), Got: key, Known: in.known})
		}
	}
	for _, i := range in.inner {
		i.unknown()
	}
}

func (in *Input) number(key, unit string, v any) float64 {
	n, ok := v.(json.Number)
	if !ok {
		in.fault(key, "is %s: write a number%s", kind(v), map[bool]string{true: "", false: inUnit(unit)}[unit == "1"])
		return math.NaN()
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		in.fault(key, "%s is larger than any number here", n)
		return math.NaN()
	}
	return f
}

// Number returns any number.
func (in *Input) Number(key, unit string) float64 {
	v, there := in.take(key, unit, false)
	if !there {
		return math.NaN()
	}
	return in.number(key, unit, v)
}

// NumberOr returns a number that need not be given.
func (in *Input) NumberOr(key, unit string, otherwise float64) float64 {
	v, there := in.take(key, unit, true)
	if !there {
		return otherwise
	}
	return in.number(key, unit, v)
}

// Between returns a number that must lie between two, both included.
func (in *Input) Between(key, unit string, low, high float64) float64 {
	f := in.Number(key, unit)
	if f < low || f > high {
		in.fault(key, "%s lies outside %s to %s%s; is it in another unit?", digits(f), digits(low), digits(high), unitText(unit))
	}
	return f
}

// Share returns a number from 0 to 1.
func (in *Input) Share(key string) float64 { return in.Between(key, "1", 0, 1) }

// Rest returns a number from 0 to below 1: what is left of the whole is not nothing.
func (in *Input) Rest(key string) float64 {
	f := in.Share(key)
	if f == 1 {
		in.fault(key, "is 1: then nothing is left")
	}
	return f
}

// AtLeastZero returns a number that cannot be negative.
func (in *Input) AtLeastZero(key, unit string) float64 {
	f := in.Number(key, unit)
	if f < 0 {
		in.fault(key, "%s%s is below 0", digits(f), unitText(unit))
	}
	return f
}

// Positive returns a number above 0.
func (in *Input) Positive(key, unit string) float64 {
	f := in.Number(key, unit)
	if f <= 0 {
		in.fault(key, "%s%s is not above 0", digits(f), unitText(unit))
	}
	return f
}

// Count returns a whole number, exactly, up to 2⁶⁴ - 1.
func (in *Input) Count(key string) uint64 {
	v, there := in.take(key, "1", false)
	if !there {
		return 0
	}
	return in.count(key, v)
}

// CountOr is Count of a key that need not be given.
func (in *Input) CountOr(key string, otherwise uint64) uint64 {
	v, there := in.take(key, "1", true)
	if !there {
		return otherwise
	}
	return in.count(key, v)
}

func (in *Input) count(key string, v any) uint64 {
	if n, is := v.(json.Number); is {
		if whole, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
			return whole
		}
	}
	f := in.number(key, "1", v)
	if !(f >= 0 && f < 1<<53 && f == math.Trunc(f)) {
		if !math.IsNaN(f) {
			in.fault(key, "%s is not a whole number from 0", digits(f))
		}
		return 0
	}
	return uint64(f)
}

// Limits returns two numbers, the lower first.
func (in *Input) Limits(key, unit string) (low, high float64) {
	l := in.List(key, unit, 2)
	if len(l) != 2 || !(l[0] <= l[1]) {
		if len(l) > 0 {
			in.fault(key, "write two numbers, the lower first")
		}
		return math.NaN(), math.NaN()
	}
	return l[0], l[1]
}

// List returns numbers, at least so many. One number alone is a list of one.
func (in *Input) List(key, unit string, least int) []float64 {
	v, there := in.take(key, unit, false)
	if !there {
		return nil
	}
	list, is := v.([]any)
	if !is {
		list = []any{v}
	}
	if len(list) < least {
		in.fault(key, "has %d values: at least %d are needed", len(list), least)
	}
	numbers := make([]float64, len(list))
	for i, one := range list {
		numbers[i] = in.number(fmt.Sprintf("%s[%d]", key, i), unit, one)
	}
	return numbers
}

// Texts returns words.
func (in *Input) Texts(key, what string) []string {
	v, there := in.take(key, what, false)
	if !there {
		return nil
	}
	list, is := v.([]any)
	if !is {
		in.fault(key, "is %s: write a list", kind(v))
	}
	var texts []string
	for i, one := range list {
		text, is := one.(string)
		if !is {
			in.fault(fmt.Sprintf("%s[%d]", key, i), "is %s: write a text", kind(one))
		}
		texts = append(texts, text)
	}
	return texts
}

// Says lets a file say what it is in, and refuses anything but what is meant.
func (in *Input) Says(key, only string) {
	v, there := in.take(key, "the text "+quote(only), true)
	if text, is := v.(string); there && (!is || text != only) {
		in.fault(key, "is %s: only %s is known here; convert the values", kind(v), quote(only))
	}
}

// Named is a number with a name of the file's choice.
type Named struct {
	Name  string
	Value float64
}

// Named returns numbers by names, in the order of the alphabet.
func (in *Input) Named(key, unit string) []Named { return in.named(key, unit, false) }

func (in *Input) named(key, unit string, optional bool) []Named {
	v, there := in.take(key, unit, optional)
	if !there {
		return nil
	}
	o, is := v.(object)
	if !is || len(o.keys) == 0 {
		in.fault(key, "is %s: write an object of names and numbers", kind(v))
		return nil
	}
	var all []Named
	for _, name := range o.sorted() {
		all = append(all, Named{Name: name, Value: in.number(key+"."+name, unit, o.values[name])})
	}
	return all
}

// Object returns an object inside this one.
func (in *Input) Object(key string) *Input {
	v, there := in.take(key, "object", false)
	o, is := v.(object)
	if there && !is {
		in.fault(key, "is %s: write an object", kind(v))
	}
	return in.below(key, o)
}

// Objects returns a list of objects inside this one.
func (in *Input) Objects(key string) []*Input {
	v, there := in.take(key, "list of objects", false)
	return in.objects(key, v, there)
}

// optionalObjects returns a list of objects that may be left out.
func (in *Input) optionalObjects(key string) ([]*Input, bool) {
	v, there := in.take(key, "list of objects", true)
	if !there {
		return nil, false
	}
	return in.objects(key, v, there), true
}

func (in *Input) objects(key string, v any, there bool) []*Input {
	list, is := v.([]any)
	if there && (!is || len(list) == 0) {
		in.fault(key, "is %s: write a list of objects", kind(v))
	}
	if in.shared.listing {
		list = []any{object{}}
	}
	var all []*Input
	for i, one := range list {
		name := fmt.Sprintf("%s[%d]", key, i)
		o, is := one.(object)
		if !is {
			in.fault(name, "is %s: write an object", kind(one))
		}
		all = append(all, in.below(name, o))
	}
	return all
}

func (in *Input) below(key string, o object) *Input {
	i := &Input{values: o, at: in.path(key), shared: in.shared}
	in.inner = append(in.inner, i)
	return i
}
