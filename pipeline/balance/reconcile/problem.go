package reconcile

import (
	"fmt"
	"slices"
)

// Formats of the input and the output.
const (
	ProblemFormat = "nielu-reconciliation-problem/1"
	ResultFormat  = "nielu-reconciliation-result/1"
)

// Problem is one set of readings and the constraints they should obey.
type Problem struct {
	ID           string
	Nodes        []Node
	Components   []string // names of substances; makes the problem bilinear
	SumToOne     bool     // the fractions of each stream sum to one
	Streams      []Stream
	Variables    []Quantity
	Correlations []Correlation
	Constraints  []Constraint
	Equations    []Equation
	Options      Options
}

// Node is a place where what goes in comes out.
type Node struct {
	ID      string
	Balance []string // "total" and components; nil stands for all of them
}

// Quantity is something with a value, in any unit the problem keeps to.
// Value and SD both nil: unmeasured. SD 0: exactly known.
type Quantity struct {
	ID, Unit        string
	Value, SD       *float64
	Min, Max, Start *float64
}

// Stream is a flow between two nodes; "" is the environment.
type Stream struct {
	Quantity
	From, To  string
	Fractions []Quantity // in the order of the components, whose names they bear
}

// Correlation is that of the errors of two readings, between -1 and 1.
type Correlation struct {
	Between [2]string
	R       float64
}

// Constraint is one linear row: the sum of A over quantities is B.
type Constraint struct {
	ID string
	A  []Coefficient
	B  float64
}

// Coefficient is one entry of a linear row.
type Coefficient struct {
	Of    string
	Value float64
}

// Equation is a nonlinear constraint, left = right.
type Equation struct {
	ID   string
	Expr Expr
}

// Options say what else is wanted. Alpha 0 stands for 0.05.
type Options struct {
	Alpha      float64
	Serial     bool // serial elimination while the global test fails
	Covariance bool // print the covariance of the reconciled values
}

// Parse reads a problem in [ProblemFormat], or the one under the key
// "problem". Its error is [ErrNotJSON] or a [*Fault] that lists all that is
// wrong.
func Parse(data []byte) (*Problem, error) {
	v, ok := parseDocument(data)
	if !ok {
		return nil, ErrNotJSON
	}
	if v.kind == '{' {
		if inner := slices.Index(v.keys, "problem"); inner >= 0 {
			v = &v.items[inner]
		}
	}
	var r reader
	p := r.problem(v)
	if f := r.faults.err(); f != nil {
		if id := v.get("id"); id != nil && id.kind == '"' {
			f.ID = &id.text
		}
		return nil, f
	}
	return p, nil
}

var (
	problemKeys     = []string{"format", "id", "nodes", "components", "fractions_sum_to_one", "streams", "variables", "correlations", "constraints", "equations", "options"}
	nodeKeys        = []string{"id", "balance"}
	variableKeys    = []string{"id", "unit", "value", "sd", "min", "max", "start"}
	streamKeys      = append([]string{"from", "to", "fractions"}, variableKeys...)
	fractionKeys    = []string{"value", "sd", "min", "max", "start", "unit"}
	correlationKeys = []string{"between", "r"}
	constraintKeys  = []string{"id", "a", "b"}
	equationKeys    = []string{"id", "expr"}
	optionKeys      = []string{"alpha", "elimination", "covariance"}
)

// reader turns a tree into a problem and collects what is wrong with its shape.
type reader struct{ faults faults }

func (r *reader) problem(v *value) *Problem {
	p := &Problem{}
	if !r.object(v, "the problem", problemKeys) {
		return p
	}
	if f := r.text(v, "the problem", "format", true); f != "" && f != ProblemFormat {
		r.faults.add("format is %q, not %q", f, ProblemFormat)
	}
	p.ID = r.text(v, "the problem", "id", true)
	for i, n := range r.list(v, "nodes", true) {
		where := fmt.Sprintf("node %d", i+1)
		if r.object(&n, where, nodeKeys) {
			node := Node{ID: r.text(&n, where, "id", true)}
			if b := n.get("balance"); b != nil {
				node.Balance = append([]string{}, r.texts(b, "node "+node.ID+": balance")...)
			}
			p.Nodes = append(p.Nodes, node)
		}
	}
	if c := v.get("components"); c != nil {
		p.Components = r.texts(c, "components")
	}
	p.SumToOne = r.flag(v, "the problem", "fractions_sum_to_one")
	if streams := r.list(v, "streams", true); len(streams) > 0 {
		p.Streams = make([]Stream, 0, len(streams))
		for i := range streams {
			p.Streams = append(p.Streams, r.stream(&streams[i], i, p.Components))
		}
	}
	for i, q := range r.list(v, "variables", false) {
		where := fmt.Sprintf("variable %d", i+1)
		if r.object(&q, where, variableKeys) {
			p.Variables = append(p.Variables, r.quantity(&q, "variable", r.text(&q, where, "id", true)))
		}
	}
	r.relations(v, p)
	p.Options = r.options(v.get("options"))
	return p
}

func (r *reader) stream(v *value, i int, components []string) Stream {
	var s Stream
	if !r.object(v, fmt.Sprintf("stream %d", i+1), streamKeys) {
		return s
	}
	id := r.text(v, fmt.Sprintf("stream %d", i+1), "id", true)
	s.Quantity = r.quantity(v, "stream", id)
	s.From, s.To = r.text(v, id, "from", false), r.text(v, id, "to", false)
	fractions := v.get("fractions")
	if fractions == nil {
		if len(components) > 0 {
			r.faults.add("stream %s: fractions are missing, one for each component", id)
		}
		return s
	}
	if !r.object(fractions, "stream "+id+": fractions", components) {
		return s
	}
	for _, c := range components {
		f := fractions.get(c)
		if f == nil {
			r.faults.add("stream %s: fraction of %s is missing; an absent substance is value 0, sd 0", id, c)
		} else if r.object(f, "fraction "+id+"."+c, fractionKeys) {
			q := r.quantity(f, "fraction", id+"."+c)
			q.ID = c
			s.Fractions = append(s.Fractions, q)
		}
	}
	return s
}

func (r *reader) quantity(v *value, what, id string) Quantity {
	q := Quantity{ID: id}
	where := what + " " + id
	for i, key := range v.keys {
		item := &v.items[i]
		var to **float64
		switch key {
		case "value":
			to = &q.Value
		case "sd":
			to = &q.SD
		case "min":
			to = &q.Min
		case "max":
			to = &q.Max
		case "start":
			to = &q.Start
		case "unit":
			q.Unit = r.text(v, where, "unit", false)
		}
		if to == nil || item.kind == 'n' {
			continue
		}
		if x, ok := item.number(); ok {
			*to = &x
		} else {
			r.faults.add("%s: %s is not a number that fits", where, key)
		}
	}
	return q
}

func (r *reader) relations(v *value, p *Problem) {
	for i, c := range r.list(v, "correlations", false) {
		where := fmt.Sprintf("correlation %d", i+1)
		if !r.object(&c, where, correlationKeys) {
			continue
		}
		var out Correlation
		between := c.get("between")
		if between == nil {
			r.faults.add("%s: between is missing", where)
		} else if ids := r.texts(between, where+": between"); len(ids) != 2 {
			r.faults.add("%s: between needs two ids", where)
		} else {
			out.Between = [2]string{ids[0], ids[1]}
		}
		out.R = r.float(&c, where, "r", true)
		p.Correlations = append(p.Correlations, out)
	}
	for i, c := range r.list(v, "constraints", false) {
		where := fmt.Sprintf("constraint %d", i+1)
		if !r.object(&c, where, constraintKeys) {
			continue
		}
		out := Constraint{ID: r.text(&c, where, "id", true), B: r.float(&c, where, "b", false)}
		a := c.get("a")
		if a == nil || a.kind != '{' {
			r.faults.add("%s: a is not an object of ids and coefficients", where)
			continue
		}
		r.object(a, where+": a", a.keys)
		for k, id := range a.keys {
			x, ok := a.items[k].number()
			if !ok {
				r.faults.add("%s: the coefficient of %s is not a number that fits", where, id)
			}
			out.A = append(out.A, Coefficient{Of: id, Value: x})
		}
		p.Constraints = append(p.Constraints, out)
	}
	for i, e := range r.list(v, "equations", false) {
		where := fmt.Sprintf("equation %d", i+1)
		if r.object(&e, where, equationKeys) {
			p.Equations = append(p.Equations, Equation{ID: r.text(&e, where, "id", true), Expr: Text(r.text(&e, where, "expr", true))})
		}
	}
}

func (r *reader) options(v *value) Options {
	o := Options{}
	if v == nil || !r.object(v, "options", optionKeys) {
		return o
	}
	if v.get("alpha") != nil {
		if o.Alpha = r.float(v, "options", "alpha", false); o.Alpha <= 0 || o.Alpha >= 1 {
			r.faults.add("options: alpha is not between 0 and 1")
		}
	}
	switch e := r.text(v, "options", "elimination", false); e {
	case "", "none":
	case "serial":
		o.Serial = true
	default:
		r.faults.add("options: elimination is %q, not none or serial%s", e, meant(e, []string{"none", "serial"}))
	}
	o.Covariance = r.flag(v, "options", "covariance")
	return o
}

// object checks that v is an object of known keys, each written once.
func (r *reader) object(v *value, where string, known []string) bool {
	if v.kind != '{' {
		r.faults.add("%s is not an object", where)
		return false
	}
	for i, key := range v.keys {
		if !slices.Contains(known, key) {
			r.faults.add("%s: unknown key %q%s", where, key, meant(key, known))
		} else if len(v.keys) > 1 && slices.Contains(v.keys[:i], key) {
			r.faults.add("%s: %q is written twice", where, key)
		}
	}
	return true
}

func (r *reader) text(v *value, where, key string, required bool) string {
	item := v.get(key)
	switch {
	case item == nil && required:
		r.faults.add("%s: %s is missing", where, key)
	case item == nil:
	case item.kind != '"':
		r.faults.add("%s: %s is not a string", where, key)
	case item.text == "" && (required || key == "from" || key == "to" || key == "elimination"):
		r.faults.add("%s: %s is empty", where, key)
	default:
		return item.text
	}
	return ""
}

func (r *reader) float(v *value, where, key string, required bool) float64 {
	item := v.get(key)
	if item == nil {
		if required {
			r.faults.add("%s: %s is missing", where, key)
		}
		return 0
	}
	x, ok := item.number()
	if !ok {
		r.faults.add("%s: %s is not a number that fits", where, key)
	}
	return x
}

func (r *reader) flag(v *value, where, key string) bool {
	item := v.get(key)
	if item != nil && item.kind != 't' && item.kind != 'f' {
		r.faults.add("%s: %s is not true or false", where, key)
	}
	return item != nil && item.kind == 't'
}

func (r *reader) list(v *value, key string, required bool) []value {
	item := v.get(key)
	if item == nil {
		if required {
			r.faults.add("%s is missing; it may be an empty list", key)
		}
		return nil
	}
	if item.kind != '[' {
		r.faults.add("%s is not a list", key)
	}
	return item.items
}

func (r *reader) texts(v *value, where string) []string {
	if v.kind != '[' {
		r.faults.add("%s is not a list", where)
		return nil
	}
	var all []string
	for _, item := range v.items {
		if item.kind != '"' {
			r.faults.add("%s: an entry is not a string", where)
			continue
		}
		all = append(all, item.text)
	}
	return all
}
