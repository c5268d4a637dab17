package formulas

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Step is one value and how it came about. A step without a key is a remark.
type Step struct {
	Key      string `json:"key,omitempty"`
	Equation string `json:"equation,omitempty"` // in symbols
	Numbers  string `json:"numbers,omitempty"`  // the same with numbers and units
	Value    any    `json:"value"`
	Unit     string `json:"unit,omitempty"`
	Remark   string `json:"remark,omitempty"`
}

// Result is what a formula came to: Values by key, as a file of cases expects
// them, and the steps in order.
type Result struct {
	Values map[string]any
	at     string
	shared *resultState
}

type resultState struct {
	steps  []Step
	faults Faults
}

func newResult() *Result { return &Result{Values: map[string]any{}, shared: &resultState{}} }

// Steps returns each value and remark in the order in which it came about.
func (r *Result) Steps() []Step { return r.shared.steps }

func (r *Result) put(key string, v any, s Step) {
	r.Values[key] = v
	s.Key, s.Value = r.at+key, v
	r.shared.steps = append(r.shared.steps, s)
}

func (r *Result) finite(key string, v float64) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.shared.faults = append(r.shared.faults, Fault{Text: r.at + key + " has no value for these inputs: something is divided by 0 or is too large"})
		return false
	}
	return true
}

// Number adds a value. The equation is in symbols; numbers is the same with a
// %v for each of args, floats among which are printed for people.
func (r *Result) Number(key, unit string, v float64, equation, numbers string, args ...any) {
	if r.finite(key, v) {
		r.put(key, v, Step{Equation: equation, Numbers: fill(numbers, args), Unit: unit})
	}
}

// List adds a list of values.
func (r *Result) List(key, unit string, v []float64, equation string) {
	for i, one := range v {
		if !r.finite(fmt.Sprintf("%s[%d]", key, i), one) {
			return
		}
	}
	r.put(key, v, Step{Equation: equation, Unit: unit})
}

// Other adds a flag, a word, a list of flags or nothing (nil), and why.
func (r *Result) Other(key string, v any, why string, args ...any) {
	r.put(key, v, Step{Equation: fill(why, args)})
}

// Remark says something about the steps before it.
func (r *Result) Remark(text string, args ...any) {
	r.shared.steps = append(r.shared.steps, Step{Remark: fill(text, args)})
}

// Under returns a result whose values stand in an object of this one.
func (r *Result) Under(key string) *Result {
	below := &Result{Values: map[string]any{}, at: r.at + key + ".", shared: r.shared}
	r.Values[key] = below.Values
	return below
}

// Row returns a result whose values are the next of a list of objects.
func (r *Result) Row(key string) *Result {
	rows, _ := r.Values[key].([]any)
	below := &Result{Values: map[string]any{}, at: fmt.Sprintf("%s%s[%d].", r.at, key, len(rows)), shared: r.shared}
	r.Values[key] = append(rows, below.Values)
	return below
}

// Text prints the steps, a line each.
func (r *Result) Text() string {
	var b strings.Builder
	for _, s := range r.shared.steps {
		if s.Key == "" {
			fmt.Fprintf(&b, "  note: %s\n", s.Remark)
			continue
		}
		parts := []string{s.Key}
		for _, p := range []string{s.Equation, s.Numbers, valueText(s.Value) + unitText(s.Unit)} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		fmt.Fprintf(&b, "%s\n", strings.Join(parts, " = "))
	}
	return b.String()
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case float64:
		return digits(v)
	case []float64:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = digits(one)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	}
	return fmt.Sprint(v)
}

// digits prints a number for people.
func digits(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

func unitText(unit string) string {
	if unit == "" || unit == "1" {
		return ""
	}
	return " " + unit
}

func fill(format string, args []any) string {
	for i, a := range args {
		if f, is := a.(float64); is {
			args[i] = digits(f)
		}
	}
	return fmt.Sprintf(format, args...)
}
