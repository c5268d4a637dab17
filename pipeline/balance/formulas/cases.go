package formulas

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// CasesFormat is what a file of cases says it is.
const CasesFormat = "nielu-domain-vectors/1"

// Case is inputs of a formula with the values expected of them. Got may hold
// more than is expected; it may not hold less.
type Case struct {
	ID, Formula string
	Tolerance   Tolerance

	inputs, expected object
	faults           Faults // what is wrong with the case itself
}

// Tolerance is how far a number may lie from what is expected: Rel relative to
// max(10⁻¹², |expected|), Abs absolute, whichever allows more. Keys has
// absolute tolerances of single keys, which replace both.
type Tolerance struct {
	Rel, Abs float64
	Keys     map[string]float64
}

// defaultRel is the relative tolerance of a case that states none.
const defaultRel = 1e-9

// ParseCases reads a file of cases. What is wrong with one case is said when it runs.
func ParseCases(data []byte) ([]Case, error) {
	v, err := parse(data)
	if err != nil {
		return nil, err
	}
	o, _ := v.(object)
	if f, said := o.values["format"]; said && f != CasesFormat {
		return nil, fmt.Errorf("the format is %s: only %s is known", kind(f), quote(CasesFormat))
	}
	list, is := o.values["cases"].([]any)
	if !is {
		return nil, errors.New(`no list of cases: write {"format": "` + CasesFormat + `", "cases": [...]}`)
	}
	cases := make([]Case, len(list))
	for i, one := range list {
		cases[i] = parseCase(i, one)
	}
	return cases, nil
}

func parseCase(i int, v any) Case {
	o, is := v.(object)
	c := Case{ID: fmt.Sprintf("cases[%d]", i)}
	fault := func(format string, args ...any) {
		c.faults = append(c.faults, Fault{Text: fmt.Sprintf(format, args...)})
	}
	if !is {
		fault("the case is %s: write an object", kind(v))
		return c
	}
	if id, is := o.values["id"].(string); is {
		c.ID = id
	}
	if c.Formula, is = o.values["formula"].(string); !is {
		fault("formula: missing; name one")
	}
	if c.inputs, is = o.values["inputs"].(object); !is {
		fault("inputs: missing; write an object")
	}
	if c.expected, is = o.values["expected"].(object); !is || len(c.expected.keys) == 0 {
		fault("expected: missing; a case expects something")
	}
	c.Tolerance = Tolerance{Rel: defaultRel}
	t, given := o.values["tolerance"]
	if !given {
		return c
	}
	tolerances, is := t.(object)
	if !is {
		fault("tolerance: is %s: write an object", kind(t))
		return c
	}
	c.Tolerance = Tolerance{Keys: map[string]float64{}}
	for _, key := range tolerances.keys {
		n, _ := tolerances.values[key].(json.Number)
		f, err := n.Float64()
		name, single := strings.CutSuffix(key, "_abs")
		switch {
		case err != nil || f < 0:
			fault("tolerance.%s: is %s: write a number from 0", key, kind(tolerances.values[key]))
		case key == "rel":
			c.Tolerance.Rel = f
		case key == "abs":
			c.Tolerance.Abs = f
		case single:
			c.Tolerance.Keys[name] = f
		default:
			c.faults = append(c.faults, Fault{Text: "unknown key " + quote("tolerance."+key), Got: key, Known: []string{"rel", "abs", "eta_abs"}})
		}
	}
	return c
}

// Run works the case out. It returns the values and where they differ from
// what is expected; a [Faults] if there is nothing to compare.
func (c Case) Run() (got map[string]any, differs []string, err error) {
	f, err := Find(c.Formula)
	if c.Formula == "" {
		return nil, nil, c.faults
	}
	if err != nil {
		return nil, nil, err
	}
	if len(c.faults) > 0 {
		return nil, nil, c.faults
	}
	r, err := f.calculate(c.inputs)
	if err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(r.Values)
	if err != nil {
		return nil, nil, fmt.Errorf("print the values: %w", err)
	}
	v, err := parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("read the values again: %w", err)
	}
	return r.Values, c.Tolerance.compare(nil, "", "", c.expected, v), nil
}

// compare adds to list what differs at a path, whose last key is given.
func (t Tolerance) compare(list []string, path, key string, expected, got any) []string {
	differ := func() []string {
		return append(list, fmt.Sprintf("%s is %s, expected %s", path, kind(got), kind(expected)))
	}
	switch e := expected.(type) {
	case object:
		g, is := got.(object)
		if !is {
			return differ()
		}
		for _, k := range e.sorted() {
			at := k
			if path != "" {
				at = path + "." + k
			}
			v, there := g.values[k]
			if !there {
				list = append(list, at+" is not a value of this formula")
				continue
			}
			list = t.compare(list, at, k, e.values[k], v)
		}
		return list
	case []any:
		g, is := got.([]any)
		if !is || len(g) != len(e) {
			return differ()
		}
		for i := range e {
			list = t.compare(list, fmt.Sprintf("%s[%d]", path, i), key, e[i], g[i])
		}
		return list
	case json.Number:
		g, is := got.(json.Number)
		if !is || !t.near(key, e, g) {
			return differ()
		}
		return list
	}
	switch got.(type) {
	case object, []any:
		return differ()
	}
	if expected != got {
		return differ()
	}
	return list
}

func (t Tolerance) near(key string, expected, got json.Number) bool {
	e, err := expected.Float64()
	g, err2 := got.Float64()
	if err != nil || err2 != nil {
		return false
	}
	limit := max(t.Abs, float64(t.Rel*max(1e-12, math.Abs(e))))
	if only, is := t.Keys[key]; is {
		limit = only
	}
	return math.Abs(g-e) <= limit
}
